// Typed arrays of every common kind: a histogram, a box blur on bytes, CRC-32 with a table, mixing
// of 16-bit samples with saturation, DataView, and views that share a buffer.
// => 712,37,50,77,157,393,640,1410,7100,14365,3624,790,337,174,86,48 738897056 966812433.333

const CRC = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  CRC[n] = c;
}

function crc32(bytes) {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function image(width, height) {
  const pixels = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels[y * width + x] = (x * y * 3) % 310;
  return pixels;
}

function blur(source, width, height) {
  const target = new Uint8ClampedArray(source.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let sum = 0;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += source[(y + dy) * width + x + dx];
      target[y * width + x] = sum / 9;
    }
  }
  return target;
}

function histogram(pixels) {
  const bins = new Int32Array(16);
  for (const pixel of pixels) bins[pixel >> 4]++;
  return bins;
}

function mix(a, b) {
  const out = new Int16Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const sum = a[i] + b[i];
    out[i] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
  }
  return out;
}

function records(count) {
  const view = new DataView(new ArrayBuffer(count * 12));
  for (let i = 0; i < count; i++) {
    view.setInt32(i * 12, i * 77, true);
    view.setFloat32(i * 12 + 4, i / 3);
    view.setUint16(i * 12 + 8, i & 0xffff, i % 2 === 0);
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum += view.getInt32(i * 12, true) + view.getFloat32(i * 12 + 4) + view.getUint8(i * 12 + 9);
  return sum;
}

function run() {
  const width = 200;
  const height = 150;
  const pixels = blur(blur(image(width, height), width, height), width, height);
  const bins = histogram(pixels);
  const samples = Int16Array.from({ length: 20000 }, (_, i) => Math.sin(i / 20) * 30000);
  const mixed = mix(samples, samples.subarray().map((x) => x >> 1));
  const crc = crc32(new Uint8Array(mixed.buffer)) ^ crc32(pixels);
  return `${bins.join(',')} ${crc >>> 0} ${records(5000).toFixed(3)}`;
}
