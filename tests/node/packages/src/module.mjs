export const value = "named"; export default "d"; let n = 0; export function count() { return ++n; }
