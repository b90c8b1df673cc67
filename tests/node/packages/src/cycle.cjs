try { require("./cycle.mjs"); console.log("no error"); } catch (e) { console.log(e.code); }
