//! Programs made at random, for tiers to be compared on: values change type, objects change shape, callees change,
//! numbers overflow, indices run out, and things are thrown, after functions have become hot. Every program ends by
//! itself, and prints what it saw.

use std::fmt::Write;

use crate::common::Random;

/// Functions of a program.
const FUNCTIONS: usize = 5;
/// Calls of each function.
const ROUNDS: u32 = 48;

const PRELUDE: &str = r#"
const log = [];
function show(v) {
  switch (typeof v) {
    case 'object': return v === null ? 'null' : Array.isArray(v) ? '[' + v.length + ':' + v.slice(0, 6).map(show) + ']' : '{' + Object.keys(v) + '}';
    case 'function': return 'f';
    case 'bigint': return v + 'n';
    case 'string': return '"' + v + '"';
    default: return Object.is(v, -0) ? '-0' : String(v);
  }
}
function cut(v) { return typeof v === 'string' && v.length > 40 ? v.substring(3, 20) : v; }
class Base { constructor(v) { this.v = v; this.n = 0; } get twice() { return this.v * 2; } set twice(v) { this.v = v; } step(x) { this.n++; return this.v + x; } }
class Derived extends Base { constructor(v, w) { super(v); this.w = w; } step(x) { return super.step(x) - this.w; } }
function Old(v) { this.v = v; this.w = 1; if (v === 7) return { v: 70, step(x) { return x; } }; this.u = v; }
Old.prototype.step = function (x) { return this.w++ + x; };
const tricky = { valueOf() { log.length < 400 && log.push('valueOf'); return 3; }, get p() { throw new RangeError('p'); } };
function make(k, v) { switch (k % 4) { case 0: return new Base(v); case 1: return new Derived(v, 2); case 2: return new Old(v); default: return { w: v, v: v, step(x) { return x; } }; } }
"#;

/// Makes a program.
pub fn program(seed: u64) -> String {
    let mut made = Maker { random: Random(seed), out: PRELUDE.to_owned(), function: 0, names: 0, loops: 0 };
    for function in 0..FUNCTIONS {
        made.function = function;
        made.function();
    }
    made.driver();
    made.out
}

struct Maker {
    random: Random,
    out: String,
    /// The function being made: it calls only those before it.
    function: usize,
    /// Names given so far.
    names: u32,
    /// Loops around.
    loops: u32,
}

impl Maker {
    fn below(&mut self, n: u64) -> u64 {
        self.random.next() % n
    }

    fn pick(&mut self, of: &[&str]) -> String {
        of[self.below(of.len() as u64) as usize].to_owned()
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("k{}", self.names)
    }

    fn function(&mut self) {
        let _ =
            writeln!(self.out, "function f{}(x, y, o, r, t, s) {{ let a = x, b = 0, c = y;", self.function);
        let count = 3 + self.below(5);
        for _ in 0..count {
            let statement = self.statement(3);
            self.out.push_str(&statement);
            self.out.push('\n');
        }
        let value = self.expression(3);
        let _ = writeln!(self.out, "return cut({value}); }}");
    }

    /// Calls with arguments that change with the rounds.
    fn driver(&mut self) {
        let (early, late, rare) = (self.literal(), self.literal(), self.literal());
        let (kinds, other) = (self.below(4), self.below(4));
        let change = 10 + self.below(u64::from(ROUNDS) - 10);
        let _ = write!(
            self.out,
            "let acc = 0;\nfor (let n = 0; n < {ROUNDS}; n++) {{\n\
             const o = make(n < {change} ? {kinds} : {other} + n, n), r = n % 9 === 8 ? [1.5, , 'x'] : [n, 2, 3, 4], \
             t = n % 11 < 8 ? new Int32Array(8) : new Float64Array(8);\n\
             const x = n < {change} ? {early} : n % 5 ? {late} : {rare};\n"
        );
        for function in 0..FUNCTIONS {
            let _ = writeln!(
                self.out,
                "try {{ const v = f{function}(x, n, o, r, t, 'text' + n); acc = v; log.push(show(v)); }} \
                 catch (e) {{ log.push(e instanceof Error ? e.name + ': ' + e.message : 'thrown ' + show(e)); }}"
            );
        }
        self.out.push_str("log.push(show(o), show(r), show(t[1]), show(o.v), show(o.w));\n}\nconsole.log(log.join('\\n'));\n");
    }

    fn literal(&mut self) -> String {
        match self.below(12) {
            0..=3 => (self.below(20) as i64 - 5).to_string(),
            4 => self.pick(&["2147483647", "-2147483648", "1073741824", "4294967295", "65536"]),
            5 => self.pick(&["0.5", "-0", "NaN", "1e300", "-1.25", "Infinity", "3.0000001"]),
            6 => self.pick(&["'a'", "'12'", "''", "'long text of many letters'"]),
            7 => self.pick(&["undefined", "null", "true", "false"]),
            8 => self.pick(&["tricky", "10n", "[]", "{}", "(() => 1)"]),
            _ => self.below(9).to_string(),
        }
    }

    fn variable(&mut self) -> String {
        self.pick(&["a", "b", "c", "x", "y", "a", "b"])
    }

    fn index(&mut self) -> String {
        let inner = self.variable();
        match self.below(4) {
            0 => format!("({inner} & 7)"),
            1 => self.below(6).to_string(),
            2 => "b".to_owned(),
            _ => inner,
        }
    }

    fn expression(&mut self, depth: u32) -> String {
        if depth == 0 {
            return if self.below(3) == 0 { self.literal() } else { self.variable() };
        }
        let next = depth - 1;
        match self.below(26) {
            0..=5 => {
                let op = self.pick(&["+", "-", "*", "+", "-", "/", "%"]);
                format!("({} {op} {})", self.expression(next), self.expression(next))
            }
            6 | 7 => {
                let op = self.pick(&["|", "&", "^", "<<", ">>", ">>>"]);
                format!("({} {op} {})", self.expression(next), self.expression(next))
            }
            8 | 9 => format!("({})", self.condition(next)),
            10 => {
                format!("({} ? {} : {})", self.condition(next), self.expression(next), self.expression(next))
            }
            11 => {
                let op = self.pick(&["-", "~", "!", "+", "typeof"]);
                format!("({op} {})", self.expression(next))
            }
            12 | 13 => {
                let field = self.pick(&["v", "w", "n", "v", "twice", "missing", "u"]);
                format!("o.{field}")
            }
            14 | 15 => format!("r[{}]", self.index()),
            16 => format!("t[{}]", self.index()),
            17 => self.pick(&["r.length", "s.length", "t.length", "s"]),
            18 => format!("s.charCodeAt({})", self.index()),
            19 => format!("s.substring({}, {})", self.index(), self.index()),
            20 => {
                let f = self.pick(&["abs", "floor", "sqrt", "trunc", "ceil"]);
                format!("Math.{f}({})", self.expression(next))
            }
            21 => {
                let f = self.pick(&["min", "max", "imul"]);
                format!("Math.{f}({}, {})", self.expression(next), self.expression(next))
            }
            22 => format!("o.step({})", self.expression(next)),
            23 if self.function > 0 => {
                let callee = self.below(self.function as u64);
                match self.loops {
                    0 => {
                        format!("f{callee}({}, {}, o, r, t, s)", self.expression(next), self.expression(next))
                    }
                    _ => self.expression(next),
                }
            }
            24 => {
                let what = self.pick(&["Base", "Derived", "Old"]);
                format!("new {what}({}, 1).v", self.expression(next))
            }
            _ => format!("cut({})", self.expression(next)),
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        let op = self.pick(&["<", "<=", ">", ">=", "===", "!==", "==", "!="]);
        format!("{} {op} {}", self.expression(depth), self.expression(depth))
    }

    fn block(&mut self, depth: u32) -> String {
        let mut text = String::from("{ ");
        for _ in 0..1 + self.below(3) {
            text.push_str(&self.statement(depth));
            text.push(' ');
        }
        text + "}"
    }

    fn statement(&mut self, depth: u32) -> String {
        let kind = if depth == 0 { self.below(10) } else { self.below(22) };
        let next = depth.saturating_sub(1);
        match kind {
            0..=3 => {
                let target = self.pick(&["a", "b", "c", "b"]);
                let op = self.pick(&["=", "=", "+=", "-=", "*="]);
                format!("{target} {op} {}; {target} = cut({target});", self.expression(2))
            }
            4 => {
                let field = self.pick(&["v", "w", "n", "twice", "extra", "u"]);
                format!("o.{field} = {};", self.expression(2))
            }
            5 => format!("r[{} & 15] = {};", self.variable(), self.expression(2)),
            6 => format!("if (r.length < 40) r.push({});", self.expression(1)),
            7 => format!("t[{}] = {};", self.index(), self.expression(2)),
            8 => self.pick(&["b++;", "c--;", "a++;", "b = (b + 1) | 0;", "o.n++;"]),
            9 => self.pick(&["delete o.w;", "r.length = 3;", "o.late = 1;", "b = -b;"]),
            10 | 11 => {
                let (yes, no) = (self.block(next), self.block(next));
                format!("if ({}) {yes} else {no}", self.condition(1))
            }
            12..=15 if self.loops < 2 => {
                let counter = self.name();
                let count = 2 + self.below(14);
                self.loops += 1;
                let body = self.block(next);
                self.loops -= 1;
                let more = match self.below(4) {
                    0 => format!("if ({}) break; ", self.condition(1)),
                    1 => format!("if ({}) continue; ", self.condition(1)),
                    _ => String::new(),
                };
                format!(
                    "for (let {counter} = 0; {counter} < {count}; {counter}++) {{ {more}b = {counter}; {body} }}"
                )
            }
            16 => {
                let caught = self.name();
                let body = self.block(next);
                let thrown = self.expression(1);
                let condition = self.condition(1);
                let last =
                    if self.below(2) == 0 { String::new() } else { format!(" finally {}", self.block(0)) };
                format!(
                    "try {{ {body} if ({condition}) throw {thrown}; }} catch ({caught}) {{ a = typeof {caught}; }}{last}"
                )
            }
            17 => {
                let closure = self.name();
                format!(
                    "const {closure} = z => z + a + {}; c = cut({closure}({}));",
                    self.literal(),
                    self.expression(1)
                )
            }
            18 => format!(
                "switch ({}) {{ case 1: {} break; case 2: {} case 'a': b = 2; break; default: {} }}",
                self.expression(1),
                self.statement(0),
                self.statement(0),
                self.statement(0)
            ),
            19 => {
                let item = self.name();
                let body = self.statement(0);
                format!("for (const {item} of r.slice(0, 5)) {{ a = {item}; {body} }}")
            }
            20 => format!("[a, c] = [c, {}];", self.expression(1)),
            _ => format!("b = Math.max(...[1, 2, {}]);", self.expression(1)),
        }
    }
}
