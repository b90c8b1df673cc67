// What is too large for a message is refused, on both sides.
import { Sandbox } from "tvm:sandbox";

using box = new Sandbox();
box.evalSync("function back(value) { return value } function large() { return new Uint8Array(2e7) }");
for (const make of [() => new Uint8Array(2e7), () => "x".repeat(2e7), () => new Array(2e6).fill(0).map(() => ({})), () => { let o = []; for (let i = 0; i < 2e5; i++) o = [o]; return o; }]) {
  try { console.log(box.callSync("back", make()) !== undefined); } catch (error) { console.log(error.name, error.message); }
}
try { box.callSync("large"); } catch (error) { console.log(error.name, error.message); }
console.log(box.callSync("back", new Uint8Array(15e6)).length, box.callSync("back", new Array(1e5).fill("x".repeat(1000))).length);
// => RangeError The value is larger than a message may be
// => RangeError The value is larger than a message may be
// => RangeError The value is larger than a message may be
// => RangeError The value is larger than a message may be
// => RangeError The value is larger than a message may be
// => 15000000 100000
