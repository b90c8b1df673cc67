function attempt(action, log) {
  for (;;) {
    try {
      return action();
    } catch ({ message }) {
      if (message === "again") continue;
      throw message;
    } finally {
      log("done");
    }
  }
}
