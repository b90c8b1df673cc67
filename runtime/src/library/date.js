// Date (21.4): setters whose arguments must be converted, and what asks other objects.

// The time value is read before the arguments are converted, and all of them are converted.
function dateSetParts(date, part, local, limit, values) {
  const time = %dateValue(date);
  let count = values.length < limit ? values.length : limit;
  if (count === 0) count = 1;
  const a = %toNumber(values[0]);
  if (count === 1) return %dateSet(date, part, local, time, a);
  const b = %toNumber(values[1]);
  if (count === 2) return %dateSet(date, part, local, time, a, b);
  const c = %toNumber(values[2]);
  if (count === 3) return %dateSet(date, part, local, time, a, b, c);
  return %dateSet(date, part, local, time, a, b, c, %toNumber(values[3]));
}

function dateSetFullYear(...values) {
  return dateSetParts(this, 0, true, 3, values);
}

function dateSetMonth(...values) {
  return dateSetParts(this, 1, true, 2, values);
}

function dateSetDate(...values) {
  return dateSetParts(this, 2, true, 1, values);
}

function dateSetHours(...values) {
  return dateSetParts(this, 3, true, 4, values);
}

function dateSetMinutes(...values) {
  return dateSetParts(this, 4, true, 3, values);
}

function dateSetSeconds(...values) {
  return dateSetParts(this, 5, true, 2, values);
}

function dateSetMilliseconds(...values) {
  return dateSetParts(this, 6, true, 1, values);
}

function dateSetYear(...values) {
  return dateSetParts(this, 7, true, 1, values);
}

function dateSetUTCFullYear(...values) {
  return dateSetParts(this, 0, false, 3, values);
}

function dateSetUTCMonth(...values) {
  return dateSetParts(this, 1, false, 2, values);
}

function dateSetUTCDate(...values) {
  return dateSetParts(this, 2, false, 1, values);
}

function dateSetUTCHours(...values) {
  return dateSetParts(this, 3, false, 4, values);
}

function dateSetUTCMinutes(...values) {
  return dateSetParts(this, 4, false, 3, values);
}

function dateSetUTCSeconds(...values) {
  return dateSetParts(this, 5, false, 2, values);
}

function dateSetUTCMilliseconds(...values) {
  return dateSetParts(this, 6, false, 1, values);
}

// 21.4.4.37 Date.prototype.toJSON
function dateToJSON() {
  const object = %toObject(this);
  const value = %isObject(object) ? toPrimitive(object, 1) : object;
  if (typeof value === "number" && value - value !== 0) return null;
  const method = object.toISOString;
  if (!%isCallable(method)) %throwTypeError("toISOString is not a function");
  return %call(method, object);
}

// 21.4.4.45 Date.prototype [ %Symbol.toPrimitive% ]
function dateToPrimitive(hint) {
  if (!%isObject(this)) {
    %throwTypeError(`Method Date.prototype [ @@toPrimitive ] called on incompatible receiver ${%describe(this)}`);
  }
  if (hint === "string" || hint === "default") return ordinaryToPrimitive(this, true);
  if (hint === "number") return ordinaryToPrimitive(this, false);
  %throwTypeError(`Invalid hint: ${%describe(hint)}`);
}
