// Kernels over doubles: n bodies, Mandelbrot, spectral norm, numerical integration, a Fourier
// transform, and Newton's method; with Math functions and values that change between int and double.
// => -0.400379505 2131.00000 0.000322357973 0.785398127 637.444222 168686.224

function bodies(steps) {
  const list = [
    { x: 0, y: 0, z: 0, vx: 0, vy: 0, vz: 0, mass: 39.47 },
    { x: 4.84, y: -1.16, z: -0.1, vx: 0.6, vy: 2.81, vz: -0.02, mass: 0.037 },
    { x: 8.34, y: 4.12, z: -0.4, vx: -1.01, vy: 1.82, vz: 0.008, mass: 0.011 },
    { x: 12.89, y: -15.11, z: -0.22, vx: 1.08, vy: 0.86, vz: -0.01, mass: 0.0017 },
  ];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < list.length; i++) {
      const a = list[i];
      for (let j = i + 1; j < list.length; j++) {
        const b = list[j];
        const dx = a.x - b.x;
        const dy = a.y - b.y;
        const dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz;
        const force = 0.01 / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * force;
        a.vy -= dy * b.mass * force;
        a.vz -= dz * b.mass * force;
        b.vx += dx * a.mass * force;
        b.vy += dy * a.mass * force;
        b.vz += dz * a.mass * force;
      }
    }
    for (const body of list) {
      body.x += 0.01 * body.vx;
      body.y += 0.01 * body.vy;
      body.z += 0.01 * body.vz;
    }
  }
  return list[0].x + list[1].y;
}

function mandelbrot(size, limit) {
  let inside = 0;
  for (let py = 0; py < size; py++) {
    for (let px = 0; px < size; px++) {
      const cx = (3 * px) / size - 2;
      const cy = (2 * py) / size - 1;
      let x = 0;
      let y = 0;
      let n = 0;
      for (; n < limit && x * x + y * y <= 4; n++) [x, y] = [x * x - y * y + cx, 2 * x * y + cy];
      if (n === limit) inside++;
    }
  }
  return inside;
}

function spectral(n) {
  const a = (i, j) => 1 / (((i + j) * (i + j + 1)) / 2 + i + 1);
  let u = new Float64Array(n).fill(1);
  for (let round = 0; round < 4; round++) {
    const v = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) v[i] += a(i, j) * u[j];
    u = v;
  }
  return u[n - 1] / u[0];
}

function integrate(f, from, to, steps) {
  const width = (to - from) / steps;
  let sum = (f(from) + f(to)) / 2;
  for (let i = 1; i < steps; i++) sum += f(from + i * width);
  return sum * width;
}

function fourier(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  for (let length = 2; length <= n; length <<= 1) {
    const angle = (-2 * Math.PI) / length;
    for (let i = 0; i < n; i += length) {
      for (let k = 0; k < length / 2; k++) {
        const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
        const at = i + k;
        const to = at + length / 2;
        const [x, y] = [re[to] * c - im[to] * s, re[to] * s + im[to] * c];
        re[to] = re[at] - x;
        im[to] = im[at] - y;
        re[at] += x;
        im[at] += y;
      }
    }
  }
  return Math.hypot(re[16], im[16]);
}

function newton(rounds) {
  let sum = 0;
  for (let n = 1; n <= rounds; n++) {
    let x = n;
    for (let i = 0; i < 12; i++) x = (x + n / x) / 2;
    sum += x;
  }
  return sum;
}

function run() {
  const wave = Array.from({ length: 1024 }, (_, i) => ((i * 37) % 64) - 32);
  return [
    bodies(3000),
    mandelbrot(90, 60),
    spectral(100),
    integrate((x) => Math.sqrt(1 - x * x), 0, 1, 40000),
    fourier(wave, new Array(1024).fill(0)),
    newton(4000),
  ].map((x) => x.toPrecision(9)).join(' ');
}
