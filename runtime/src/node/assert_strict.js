// node:assert/strict.
// exports: AssertionError deepEqual deepStrictEqual doesNotMatch doesNotReject doesNotThrow equal fail ifError match
// exports: notDeepEqual notDeepStrictEqual notEqual notStrictEqual ok rejects strict strictEqual throws

module.exports = require("assert").strict;
