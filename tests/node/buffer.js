const { Buffer } = require("buffer");
console.log(Buffer === globalThis.Buffer, Buffer.from("héllo"), Buffer.from("héllo").toString(), String(Buffer.from("x")));
for (const encoding of ["utf8", "latin1", "ascii", "hex", "base64", "base64url", "utf16le", "ucs2", "binary"]) {
  const b = Buffer.from("héllo wörld?>", "utf8");
  console.log(encoding, JSON.stringify(b.toString(encoding)), Buffer.from(b.toString(encoding), encoding), Buffer.byteLength("añb", encoding), Buffer.isEncoding(encoding));
}
console.log(Buffer.from("abc", "hex"), Buffer.from("zz", "hex"), Buffer.from("YQ", "base64"), Buffer.from("Y Q=\n=", "base64"), Buffer.from("-_8", "base64"));
console.log(Buffer.alloc(3), Buffer.alloc(4, "ab"), Buffer.alloc(2, 7), Buffer.from([1, 256, -1]), Buffer.from(new Uint16Array([1, 300])), Buffer.from({ type: "Buffer", data: [1, 2] }), Buffer.from(new String("s")));
const shared = new ArrayBuffer(4);
const view = Buffer.from(shared, 1, 2); view[0] = 9;
console.log(new Uint8Array(shared), view.buffer === shared, view.byteOffset, view.length);
console.log(Buffer.concat([Buffer.from("a"), Buffer.from("bc")]), Buffer.concat([Buffer.from("abc")], 2), Buffer.concat([]), Buffer.compare(Buffer.from("a"), Buffer.from("b")));
const b = Buffer.alloc(16);
console.log(b.writeUInt8(255, 0), b.writeInt16LE(-2, 1), b.writeUInt32BE(0xdeadbeef, 3), b.writeDoubleLE(1.5, 7), b);
console.log(b.readUInt8(0), b.readInt16LE(1), b.readUInt32BE(3), b.readDoubleLE(7), b.readUIntBE(3, 3), b.readIntLE(3, 6), b.readUint8(0));
b.writeBigUInt64LE(123456789012345n, 8); console.log(b.readBigUInt64LE(8), b.readBigInt64BE(8), b.writeIntBE(-5, 0, 3), b.readIntBE(0, 3), b.writeFloatBE(0.5, 0), b.readFloatBE(0));
console.log(b.write("héé", 0, 2), b.toString("utf8", 0, 2), b.write("ff", 1, "hex"), b.fill("xyz").toString(), b.fill(0, 2, 4).indexOf(0), b.lastIndexOf("x"), b.includes("yz"), b.indexOf(Buffer.from("zx")), b.indexOf(""), b.indexOf("q"));
console.log(b.slice(1, 3), b.subarray(-2), b.equals(Buffer.from(b)), b.copy(Buffer.alloc(3)), JSON.stringify(Buffer.from("hi")), b.slice(0, 2) instanceof Buffer, Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1)));
console.log(Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32(), Buffer.from("abc").map((x) => x + 1), [...Buffer.from("ab").entries()], Buffer.from("abcdef").compare(Buffer.from("abc"), 0, 3, 0, 3));
console.log(Buffer.alloc(60).inspect === undefined, require("util").inspect(Buffer.alloc(60)).length, Object.prototype.toString.call(b), b.constructor === Buffer, Buffer.poolSize, Buffer.of(1, 2), Buffer(2).length);
for (const call of [() => Buffer.from(5), () => Buffer.from(null), () => Buffer.from({}), () => Buffer.alloc("1"), () => Buffer.alloc(-1), () => b.readUInt8(99), () => b.readUInt8(1.5), () => b.writeUInt8(256), () => b.writeInt32LE(2 ** 40), () => b.readUIntBE(0, 7), () => Buffer.concat("x"), () => b.toString("nope"), () => Buffer.from("x", "nope"), () => Buffer.alloc(3).swap16(), () => b.equals("x"), () => b.indexOf({}), () => b.readInt16LE("0")]) {
  try { console.log(call()); } catch (e) { console.log(e.name, e.code, e.message); }
}
console.log(require("buffer").constants.MAX_STRING_LENGTH > 1e6, Buffer.from("a\ud800b").toString("hex"), Buffer.from([0xff, 0x61]).toString(), new TextDecoder().decode(Buffer.from("é")));
