// Modules (16.2): what the engine calls for `import()` and `import.meta`.

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
    %importModule(promise, referrer, specifier, attribute);
  } catch (error) {
    %rejectPromise(promise, error);
  }
  return promise;
}

function importMeta(module) {
  return %moduleMeta(module);
}
