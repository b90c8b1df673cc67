// Error and its kin (20.5).

// 20.5.8.1 InstallErrorCause, where looking runs code.
function installCause(error, options) {
  if ("cause" in options) %defineHidden(error, "cause", options.cause);
  return error;
}

function errorToString() {
  if (!%isObject(this)) %throwTypeError("Error.prototype.toString requires that 'this' be a JSReceiver");
  let name = this.name;
  name = name === undefined ? "Error" : %toString(name);
  let message = this.message;
  message = message === undefined ? "" : %toString(message);
  if (name === "") return message;
  if (message === "") return name;
  return `${name}: ${message}`;
}

// 20.5.7.1.1
function aggregateError(errors, message, options) {
  const target = new.target === undefined ? %realm("AggregateError") : new.target;
  const proto = prototypeFor(target, "AggregateErrorPrototype");
  if (message !== undefined) message = %toString(message);
  const error = %newErrorFor(proto, message);
  if (%isObject(options)) installCause(error, options);
  const list = [];
  for (const item of errors) %push(list, item);
  %defineHidden(error, "errors", list);
  return error;
}

// 20.5.8? SuppressedError, of explicit resource management.
function suppressedError(failure, suppressed, message) {
  const target = new.target === undefined ? %realm("SuppressedError") : new.target;
  const proto = prototypeFor(target, "SuppressedErrorPrototype");
  if (message !== undefined) message = %toString(message);
  const error = %newErrorFor(proto, message);
  %defineHidden(error, "error", failure);
  %defineHidden(error, "suppressed", suppressed);
  return error;
}

// Has `Error.prepareStackTrace`, which is `prepare`, make the `stack` of an object, and gives it.
function prepareStack(object, prepare, sites) {
  const stack = %call(prepare, %realm("Error"), object, sites);
  %defineHidden(object, "stack", stack);
  return stack;
}

function captureStack(object, prepare, sites) {
  prepareStack(object, prepare, sites);
}
