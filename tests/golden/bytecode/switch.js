function name(code) {
  switch (code) {
    case 0: return "zero";
    case 1: return "one";
    case 2:
    case 3: return "few";
    case 4: break;
    default: return `many (${code})`;
  }
  return code?.toString() ?? "none";
}
