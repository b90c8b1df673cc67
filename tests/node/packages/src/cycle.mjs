import "./cycle.cjs"; export const z = 1;
