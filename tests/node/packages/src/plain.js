exports.detected = typeof require;
