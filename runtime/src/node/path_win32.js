// node:path/win32.
// exports: resolve normalize isAbsolute join relative toNamespacedPath dirname basename extname format parse
// exports: matchesGlob sep delimiter win32 posix

module.exports = require("path").win32;
