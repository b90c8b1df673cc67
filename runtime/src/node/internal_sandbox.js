// Sandboxes that have requests under way on other threads, by their numbers.

const waiting = new Map();

function arrived(id, kind, number, value) {
  const hear = waiting.get(id);
  if (hear !== undefined) hear(kind, number, value);
}

module.exports = { waiting, arrived };
