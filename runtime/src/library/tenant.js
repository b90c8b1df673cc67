// The side of an isolate that another one made: requests of its maker, and functions that its maker answers. And what
// both sides make of exceptions: they travel as records of text.

function tenantRun(number, script) {
  let value;
  try {
    value = %call(script, undefined);
  } catch (error) {
    tenantFail(number, error);
    return;
  }
  tenantSettle(number, value);
}

function tenantInvoke(number, name, args) {
  let value;
  try {
    let callee = %tenantGlobal(name);
    if (callee === undefined) callee = getGlobalSlow(%realm("Global"), name, false);
    if (!%isCallable(callee)) %throwTypeError(`${name} is not a function`);
    value = %apply(callee, undefined, args);
  } catch (error) {
    tenantFail(number, error);
    return;
  }
  tenantSettle(number, value);
}

function tenantSettle(number, value) {
  if (%isPromise(value)) tenantAwait(number, value);
  else tenantTell(number, value);
}

async function tenantAwait(number, promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    tenantFail(number, error);
    return;
  }
  tenantTell(number, value);
}

function tenantTell(number, value) {
  try {
    if (!%tenantAnswer(number, false, value, false)) %tenantAnswer(number, false, cloneValue(%newMap(), value), true);
  } catch (error) {
    tenantFail(number, error);
  }
}

function tenantFail(number, error) {
  try {
    %tenantAnswer(number, true, tellThrown(error, true), true);
  } catch (refused) {
    %tenantAnswer(number, true, { __proto__: null, name: "DataCloneError", message: "The exception could not be cloned" }, true);
  }
}

function tenantSet(name, value) {
  %define(%realm("Global"), name, value);
}

function tenantDefine(name, index) {
  const made = { __proto__: null, [name](...args) { return tenantCall(index, args); } };
  %define(%realm("Global"), name, made[name]);
}

// The isolate stops at the loop until its maker has answered.
function tenantCall(index, args) {
  if (!%tenantAsk(index, args, false)) %tenantAsk(index, cloneValue(%newMap(), args), true);
  while (%tenantWaits());
  // A value, what tells of an exception, or the number of a promise.
  const reply = %tenantReply();
  if (reply[0] === 0) return reply[1];
  if (reply[0] === 1) throw makeThrown(reply[1]);
  const promise = %newPromise();
  %mapSet(%realm("ConsoleState").calls, reply[1], promise);
  return promise;
}

function tenantResolve(call, failed, value) {
  const calls = %realm("ConsoleState").calls;
  const promise = %mapGet(calls, call);
  if (promise === undefined) return;
  %mapSet(calls, call, undefined);
  if (failed) %rejectPromise(promise, makeThrown(value));
  else %fulfillPromise(promise, value);
}

// ---- exceptions

// What is told of an exception: of an Error its parts, of anything else a copy, or what it looks like.
function tellThrown(thrown, withStack) {
  return tellAt(thrown, withStack, 0);
}

function tellAt(thrown, withStack, depth) {
  const record = %newObject(null);
  if (%isObject(thrown) && !%isProxy(thrown) && %objectKind(thrown) === "Error") {
    record.name = textOf(thrown, "name", "Error");
    record.message = textOf(thrown, "message", "");
    const code = partOf(thrown, "code");
    if (typeof code === "string" || typeof code === "number") record.code = code;
    if (withStack) record.stack = textOf(thrown, "stack", `${record.name}: ${record.message}`);
    if (depth < 8 && (%ownFlags(thrown, "cause") & 13) === 1) {
      record.cause = tellAt(%ownData(thrown, "cause"), withStack, depth + 1);
    }
    return record;
  }
  try {
    record.value = cloneValue(%newMap(), thrown);
  } catch (error) {
    // Not what a function looks like: its text stays here.
    record.value = withStack ? %describe(thrown) : `a ${typeof thrown} that could not be cloned`;
  }
  return record;
}

function partOf(object, key) {
  try {
    return object[key];
  } catch (error) {
    return undefined;
  }
}

function textOf(object, key, otherwise) {
  const part = partOf(object, key);
  return typeof part === "string" ? part : otherwise;
}

// The exception of a record, in this realm.
function makeThrown(record) {
  if (record.name === undefined) return record.value;
  const proto = errorPrototypeNamed(record.name);
  const error = %newErrorFor(proto, record.message);
  if (proto.name !== record.name) %defineHidden(error, "name", record.name);
  if (record.stack !== undefined) %defineHidden(error, "stack", record.stack);
  if (record.code !== undefined) error.code = record.code;
  if (record.cause !== undefined) %defineHidden(error, "cause", makeThrown(record.cause));
  return error;
}

// ---- the maker's side

// A sandbox has told something while it ran elsewhere.
function sandboxArrival(id, kind, number, value) {
  const loader = commonJs();
  const builtin = loader.builtin;
  const exports = %call(builtin, undefined, "internal/sandbox");
  const hear = exports.arrived;
  %call(hear, undefined, id, kind, number, value);
}
