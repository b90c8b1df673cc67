// TextEncoder, TextDecoder, atob, btoa, reportError, and process.

function textEncoderConstructor() {
  if (new.target === undefined) %throwTypeError("Class constructor TextEncoder cannot be invoked without 'new'");
  return %newTextEncoder(prototypeFor(new.target, "TextEncoderPrototype"));
}

function textDecoderConstructor(label, options) {
  if (new.target === undefined) %throwTypeError("Class constructor TextDecoder cannot be invoked without 'new'");
  label = label === undefined ? "utf-8" : %toString(label);
  let fatal = false;
  let keepsMark = false;
  if (options !== undefined && options !== null) {
    if (!%isObject(options)) %throwTypeError("The \"options\" argument must be of type object.");
    fatal = !!options.fatal;
    keepsMark = !!options.ignoreBOM;
  }
  return %newTextDecoder(prototypeFor(new.target, "TextDecoderPrototype"), label, fatal, keepsMark);
}

function textDecoderDecode(input, options) {
  %checkTextDecoder(this);
  let more = false;
  if (options !== undefined && options !== null) {
    if (!%isObject(options)) %throwTypeError("The \"options\" argument must be of type object.");
    more = !!options.stream;
  }
  return %decodeText(this, input, more);
}

function btoa(data) {
  if (%argumentCount() === 0) %throwTypeError("The \"data\" argument must be specified");
  const text = %encodeBase64(%toString(data));
  if (text === undefined) throwDOMException("Invalid character", "InvalidCharacterError");
  return text;
}

function atob(data) {
  if (%argumentCount() === 0) %throwTypeError("The \"data\" argument must be specified");
  const text = %decodeBase64(%toString(data));
  if (text === null) throwDOMException("Invalid character", "InvalidCharacterError");
  if (text === undefined) throwDOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
  return text;
}

function reportError(error) {
  if (%argumentCount() === 0) %throwTypeError("The \"error\" argument must be specified");
  %writeLine(2, "Uncaught " + formatValue(newInspection(%hasColors(2)), error, 0, false));
}

function processHrtime(previous) {
  const now = %monotonicTime();
  let seconds = now / 1000;
  seconds -= seconds % 1;
  let nanoseconds = (now - seconds * 1000) * 1e6;
  nanoseconds -= nanoseconds % 1;
  if (previous !== undefined) {
    if (!%isArrayQuietly(previous)) %throwTypeError("The \"time\" argument must be an instance of Array.");
    seconds -= previous[0];
    nanoseconds -= previous[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}

function processExit(code) {
  if (code !== undefined) %setExitCode(exitCodeOf(code));
  %exit();
}

function setProcessExitCode(code) {
  %setExitCode(code === undefined || code === null ? 0 : exitCodeOf(code));
}

function exitCodeOf(code) {
  const number = typeof code === "string" && code !== "" ? %toNumber(code) : code;
  if (typeof number !== "number" || number % 1 !== 0) {
    %throwTypeError(`The "code" argument must be of type number. Received ${inspect(code, undefined)}`);
  }
  return number;
}
