// One big function: many locals, a long straight stretch, a wide switch, nested loops with labels,
// and values of every type, so that registers run short and compile time shows.
// => 2279326/16013/6902/4882/1524/-2122503005/225158/28107 66.770122  35273 248,25,213,228,237 116

function big(input, flag) {
  let a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
  let i0 = 0.5, i1 = 1.5, i2 = 2.5, i3 = 3.5, i4 = 4.5, i5 = 5.5;
  let text = '';
  let object = { a, b, c };
  const list = [a, b, c, d, e];
  outer: for (let n = 0; n < input; n++) {
    a = (a + b * 3) | 0;
    b = (b ^ (a >>> 3)) & 0xffff;
    c = (c + list[n % 5]) % 9973;
    d = d > 1000 ? d - 1000 : d + c;
    e = (e * 5 + d) % 7919;
    f = f ^ e ^ (n << 2);
    g = (g + (f & 15)) | 0;
    h = h + (g > h ? 1 : -1);
    i0 = i0 * 0.99 + i1 * 0.01;
    i1 = i1 * 0.98 + (n % 10) * 0.02;
    i2 = Math.abs(i0 - i1) + i2 / 2;
    i3 = Math.max(i2, i3 * 0.5);
    i4 = Math.sqrt(i3 + i4);
    i5 = i5 > 100 ? i5 - 100 : i5 + i4;
    switch ((a ^ n) & 15) {
      case 0: a += 1; break;
      case 1: b -= c & 7; break;
      case 2: text = text.length > 40 ? '' : text + b; break;
      case 3: object = { a: n, b: d, c: e }; break;
      case 4: object.b += object.a & 3;
      // falls through
      case 5: list[n % 5] = (list[n % 5] + 1) & 255; break;
      case 6: {
        for (let k = 0; k < 6; k++) {
          if (k === (n & 7)) continue outer;
          for (let m = 0; m < 3; m++) {
            if (m + k === (b & 7)) break;
            c += m * k;
          }
        }
        break;
      }
      case 7: object.c = object.c > 500 ? object.a : object.c + 7; break;
      case 8: [a, b] = [b, a & 0xffff]; break;
      case 9: d += text.charCodeAt(0) || 9; break;
      case 10: i5 += object.b % 3; break;
      case 11: if (flag) h += list.length; else h -= 1; break;
      case 12: f = (f * 31 + object.c) | 0; break;
      case 13: e += n % 3 === 0 ? 1 : n % 3 === 1 ? 2 : 3; break;
      case 14: try { if ((n & 63) === 9) throw n; g++; } catch (thrown) { g += thrown & 7; } break;
      default: i0 += 0.125; break;
    }
    const p = a & 255, q = b & 255, r = c & 255, s = d & 255;
    const t = p * q - r * s, u = p * r - q * s, v = p * s - q * r;
    const w = (t & u) | v, x = (t ^ u) & 1023, y = (u + v) | 0, z = w > x ? y : w;
    if (z > 100000 && flag) f ^= z;
    else if (x < 10 || y === 77) e ^= x;
    if (!(n & 1023)) text += `${x},${typeof object.a}`;
  }
  const ints = [a, b, c, d, e, f, g, h].join('/');
  return `${ints} ${(i0 + i1 + i2 + i3 + i4 + i5).toFixed(6)} ${text} ${object.a + object.b + object.c} ${list}`;
}

function run() {
  let last = '';
  for (let round = 0; round < 4; round++) last = big(30000 + round, round % 2 === 0);
  return `${last} ${big(3000, true).length}`;
}
