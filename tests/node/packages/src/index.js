exports.index = true; exports.name = require("../package.json").name;
