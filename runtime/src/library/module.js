// Modules (16.2.1.6): evaluation, `import()` and `import.meta`. A module's record is
// { status, dfs, ancestor, error, failed, capability, pending, order, parents, root, hoisted, main }.
// Status: 0 linked, 1 evaluating, 2 evaluating-async, 3 evaluated.

function moduleRecord(module) {
  let record = %moduleRecord(module);
  if (record === undefined) {
    record = {
      status: 0, dfs: 0, ancestor: 0, error: undefined, failed: false, capability: undefined,
      pending: 0, order: 0, parents: [], root: module, hoisted: false, main: 0,
    };
    %setModuleRecord(module, record);
  }
  return record;
}

// Runs the functions that hoist declarations, of a module and all that it leads to, before anything is evaluated.
function hoistModules(module) {
  const all = [module];
  for (let i = 0; i < all.length; i++) {
    const record = moduleRecord(all[i]);
    if (record.hoisted) continue;
    record.hoisted = true;
    const init = %moduleInit(all[i]);
    if (init !== undefined) %call(init, undefined);
    const requests = %moduleRequests(all[i]);
    for (let j = 0; j < requests.length; j++) {
      if (!moduleRecord(requests[j]).hoisted) %push(all, requests[j]);
    }
  }
}

// 16.2.1.6.1.2 Evaluate: a promise.
function evaluateModule(module) {
  hoistModules(module);
  let record = moduleRecord(module);
  if (record.status >= 2) {
    module = record.root;
    record = moduleRecord(module);
  }
  if (record.capability !== undefined) return record.capability.promise;
  const capability = newCapability(%realm("Promise"));
  record.capability = capability;
  const stack = [];
  const failure = innerEvaluate(module, stack, 0);
  if (failure.failed) {
    for (let i = 0; i < stack.length; i++) {
      const other = moduleRecord(stack[i]);
      other.status = 3;
      other.failed = true;
      other.error = failure.error;
      other.root = stack[i];
    }
    %call(capability.reject, undefined, failure.error);
  } else if (record.status === 3 || record.order === 0) {
    if (record.failed) %call(capability.reject, undefined, record.error);
    else %call(capability.resolve, undefined, undefined);
  }
  return capability.promise;
}

// 16.2.1.6.1.3.1 InnerModuleEvaluation: { index, failed, error }.
function innerEvaluate(module, stack, index) {
  const record = moduleRecord(module);
  if (record.status >= 2) return { index, failed: record.failed, error: record.error };
  if (record.status === 1) return { index, failed: false, error: undefined };
  record.status = 1;
  record.dfs = index;
  record.ancestor = index;
  record.pending = 0;
  index++;
  %push(stack, module);
  const requests = %moduleRequests(module);
  for (let i = 0; i < requests.length; i++) {
    const result = innerEvaluate(requests[i], stack, index);
    if (result.failed) return result;
    index = result.index;
    let required = moduleRecord(requests[i]);
    if (required.status === 1) {
      if (required.ancestor < record.ancestor) record.ancestor = required.ancestor;
    } else {
      required = moduleRecord(required.root);
      if (required.failed) return { index, failed: true, error: required.error };
    }
    // One of its own cycle that waits is waited for as well.
    if (required.order !== 0 && required.status !== 3) {
      record.pending++;
      %push(required.parents, module);
    }
  }
  if (record.pending > 0 || %moduleIsAsync(module)) {
    record.order = nextAsyncOrder();
    if (record.pending === 0) executeAsyncModule(module, record);
  } else {
    try {
      executeModule(module);
    } catch (error) {
      return { index, failed: true, error };
    }
  }
  if (record.ancestor === record.dfs) {
    for (;;) {
      const last = stack[stack.length - 1];
      stack.length = stack.length - 1;
      const other = moduleRecord(last);
      other.status = other.order === 0 ? 3 : 2;
      other.root = module;
      if (last === module) break;
    }
  }
  return { index, failed: false, error: undefined };
}

function nextAsyncOrder() {
  return %nextModuleOrder();
}

// A module without top-level await: its body, or the parsed text.
function executeModule(module) {
  const form = %moduleForm(module);
  if (form === 1 || form === 2) {
    const evaluate = commonJs().evaluate;
    return %call(evaluate, undefined, module);
  }
  const body = %moduleBody(module);
  if (body !== undefined) return %call(body, undefined);
  const text = %moduleText(module);
  %setModuleDefault(module, %moduleIsJson(module) ? %call(%realm("JsonParse"), undefined, text) : text);
}

// 16.2.1.6.1.3.2 ExecuteAsyncModule
function executeAsyncModule(module, record) {
  const promise = executeModule(module);
  %promiseThen(promise, (0, () => asyncModuleFulfilled(module, record)),
    (0, (error) => asyncModuleRejected(module, error)), undefined, undefined, undefined);
}

// 16.2.1.6.1.3.3 GatherAvailableAncestors, in the order in which they became asynchronous.
function gatherAncestors(module, list) {
  const parents = moduleRecord(module).parents;
  for (let i = 0; i < parents.length; i++) {
    const parent = parents[i];
    const record = moduleRecord(parent);
    let known = false;
    for (let j = 0; j < list.length; j++) if (list[j] === parent) known = true;
    if (known || moduleRecord(record.root).failed) continue;
    record.pending--;
    if (record.pending === 0) {
      let at = list.length;
      %push(list, parent);
      while (at > 0 && moduleRecord(list[at - 1]).order > record.order) {
        list[at] = list[at - 1];
        list[--at] = parent;
      }
      if (!%moduleIsAsync(parent)) gatherAncestors(parent, list);
    }
  }
}

// 16.2.1.6.1.3.4 AsyncModuleExecutionFulfilled
function asyncModuleFulfilled(module, record) {
  if (record.status === 3) return;
  record.status = 3;
  if (record.capability !== undefined) %call(record.capability.resolve, undefined, undefined);
  const list = [];
  gatherAncestors(module, list);
  for (let i = 0; i < list.length; i++) {
    const parent = list[i];
    const other = moduleRecord(parent);
    if (other.status === 3) continue;
    if (%moduleIsAsync(parent)) {
      executeAsyncModule(parent, other);
      continue;
    }
    try {
      executeModule(parent);
    } catch (error) {
      asyncModuleRejected(parent, error);
      continue;
    }
    other.status = 3;
    if (other.capability !== undefined) %call(other.capability.resolve, undefined, undefined);
  }
}

// 16.2.1.6.1.3.5 AsyncModuleExecutionRejected
function asyncModuleRejected(module, error) {
  const record = moduleRecord(module);
  if (record.status === 3) return;
  record.failed = true;
  record.error = error;
  record.status = 3;
  if (record.capability !== undefined) %call(record.capability.reject, undefined, error);
  for (let i = 0; i < record.parents.length; i++) asyncModuleRejected(record.parents[i], error);
}

// Evaluates the program's main module; gives its promise.
function runMainModule(module) {
  if (%moduleForm(module) === 1) {
    const run = commonJs().runMain;
    return %call(run, undefined, module);
  }
  %setInJobs(true);
  moduleRecord(module).main = 1;
  const promise = evaluateModule(module);
  %promiseThen(promise, undefined, (0, (error) => {
    %queueTask(rethrow, error);
  }), undefined, undefined, undefined);
  return promise;
}

function rethrow(error) {
  throw error;
}

// 13.3.10.2 EvaluateImportCall. `referrer` is a module, or the file name of a script.
function dynamicImport(referrer, specifier, options) {
  const promise = %newPromise();
  try {
    specifier = %toString(specifier);
    let attribute = undefined;
    if (options !== undefined) {
      if (!%isObject(options)) %throwTypeError("The second argument of import() must be an object");
      const attributes = options.with;
      if (attributes !== undefined) {
        if (!%isObject(attributes)) %throwTypeError("The 'options.with' of import() must be an object");
        const keys = %ownKeys(attributes);
        for (let i = 0; i < keys.length; i++) {
          if (typeof keys[i] === "symbol") continue;
          const desc = %getOwnDescriptor(attributes, keys[i]);
          if (desc === undefined || !desc.enumerable) continue;
          const value = attributes[keys[i]];
          if (typeof value !== "string") %throwTypeError("Import attribute values must be strings");
          if (keys[i] !== "type") %throwTypeError(`Import attribute '${keys[i]}' is not supported`);
          attribute = value;
        }
      }
    }
    if (%isObject(referrer)) importByScript(promise, referrer, specifier, attribute);
    else if (%isContextRealm()) importMissing(promise);
    else %queueImport(importJob, promise, referrer, specifier, attribute);
  } catch (error) {
    %rejectPromise(promise, error);
  }
  return promise;
}

// `import()` in a script of node:vm, which says itself what that means: an object of node/vm.js.
function importByScript(promise, host, specifier, attribute) {
  const importer = host.importer;
  if (importer === undefined) return importMissing(promise);
  const attributes = %newObject(null);
  if (attribute !== undefined) attributes.type = attribute;
  resolvePromise(promise, importer(specifier, host.script, attributes));
}

function importMissing(promise) {
  const error = %newTypeError("A dynamic import callback was not specified.");
  error.code = "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING";
  %rejectPromise(promise, error);
}

// ContinueDynamicImport (13.3.10.3).
function importJob(promise, referrer, specifier, attribute) {
  let module;
  let evaluated;
  try {
    module = %loadModule(referrer, specifier, attribute);
    evaluated = evaluateModule(module);
  } catch (error) {
    %rejectPromise(promise, error);
    return;
  }
  %promiseThen(evaluated, (0, () => resolvePromise(promise, %moduleNamespace(module))),
    (0, (error) => %rejectPromise(promise, error)), undefined, undefined, undefined);
}

function importMeta(module) {
  const known = %moduleMeta(module, undefined);
  if (known !== undefined) return known;
  const resolve = (specifier) => %resolveModule(module, %toString(specifier));
  return %moduleMeta(module, resolve);
}

// The realm's loader of CommonJS modules: node/internal_loader.js. It is made when it is first asked for.
function commonJs() {
  let loader = %loader();
  if (loader === undefined) {
    loader = %newObject(null);
    %call(%builtinModule("internal/loader"), undefined, loader, undefined, undefined);
    %setLoader(loader);
  }
  return loader;
}
