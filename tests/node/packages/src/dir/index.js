exports.dir = __filename.split("/").slice(-2).join("/");
