module.exports = function shape() {}; module.exports.extra = 1;
