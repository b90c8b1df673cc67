// The library's inspector, for the modules.

function inspectValue(value, options) {
  return inspect(value, options);
}

exports.inspect = inspectValue;
exports.format = (...args) => formatArguments(args, false);
exports.formatWithOptions = (options, args) => formatArguments(args, !!options.colors, options);
