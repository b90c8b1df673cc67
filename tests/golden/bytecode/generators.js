function* walk(tree) {
  if (!tree) return 0;
  const left = yield* walk(tree.left);
  try {
    const sent = yield tree.value;
    return left + sent;
  } finally {
    tree.seen = true;
  }
}
async function* lines(source) {
  for await (const chunk of source) yield await chunk.text;
}
