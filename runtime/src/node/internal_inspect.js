// The library's inspector, for the modules.

function inspectValue(value, options) {
  return inspect(value, options);
}

function format(...args) {
  return formatArguments(args, false);
}

exports.inspect = inspectValue;
exports.format = format;
