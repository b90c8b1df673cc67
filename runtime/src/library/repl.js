// What the REPL asks of the program's realm.

// Runs a script and shows its completion value.
function replRun(script) {
  const state = %realm("ConsoleState");
  state.busy = true;
  const value = %call(script, undefined);
  state.busy = false;
  replShow(state, value);
}

// Runs a script whose completion value is a promise of an object with the value.
async function replRunAsync(script) {
  const state = %realm("ConsoleState");
  state.busy = true;
  const result = await %call(script, undefined);
  state.busy = false;
  replShow(state, result === undefined ? undefined : result.value);
}

// Keeps a value as `_`, unless the program has taken that name over, and prints it.
function replShow(state, value) {
  const global = %realm("Global");
  if (!state.taken) {
    if (%ownFlags(global, "_") !== 0 && !%sameValue(%ownData(global, "_"), state.last)) state.taken = true;
    else {
      state.last = value;
      %defineHidden(global, "_", value);
    }
  }
  %writeLine(1, formatValue(newInspection(%hasColors(1)), value, 0, false));
}
