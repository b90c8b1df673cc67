// A time limit within the sandbox that leaves a call of the host: what the next call gets is its own answer.
import { Sandbox } from "tvm:sandbox";

using box = new Sandbox({ functions: { same: (n) => n } });
const told = await box.eval(`import("node:vm").then((vm) => {
  const inside = vm.createContext({ same });
  const told = [];
  for (let i = 0; i < 10; i++) {
    try {
      vm.runInContext("for (;;) same(0)", inside, { timeout: 3 });
    } catch (error) {
      told.push(error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" && same(i + 100) === i + 100);
    }
  }
  return told.join();
})`);
console.log(told);
// => true,true,true,true,true,true,true,true,true,true
