import first, { second as renamed } from "./elsewhere.js";
import * as all from "./all.js";
export let live = first + renamed;
export default function () { live = all.third; }
export { renamed as again } from "./more.js";
await live;
