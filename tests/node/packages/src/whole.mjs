export { value as "module.exports" } from "./module.mjs";
