//! Programs made at random, for tiers to be compared on: values change type, objects change shape, callees and
//! prototypes change, numbers overflow, indices run out, and things are thrown, after functions have become hot. Every
//! program ends by itself or by its fuel, and prints what it saw.
//!
//! Expressions are made for a kind of value, so that code is compiled for it; now and then one of another kind comes.
//! The fuzz target `tiers` shares this module.

mod choices;
mod expression;
mod statement;

use std::fmt::Write;

pub use choices::Choices;

/// Functions of a program, at most.
const FUNCTIONS: u64 = 3;
/// Rounds in which each function is called.
const ROUNDS: u64 = 32;
/// What every program begins with.
const PRELUDE: &str = include_str!("prelude.js");
/// Parameters of the functions: values that change type, a number, an object of many shapes, one of one shape, an array
/// of anything, one of numbers, a typed array, a string and a closure.
const PARAMETERS: &str = "x, y, o, p, r, w, t, s, h";
const GIVEN: &str = "y, o, p, r, w, t, s, h";

/// Makes a program.
pub fn program(choices: Choices<'_>) -> String {
    let mut made =
        Maker { choices, function: 0, names: 0, counters: Vec::new(), labels: Vec::new(), inside: 0 };
    let functions = 1 + made.below(FUNCTIONS) as usize;
    let mut text = PRELUDE.to_owned();
    for function in 0..functions {
        made.function = function;
        text += &made.whole_function();
    }
    text + &made.driver(functions)
}

/// What a value is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Double,
    Text,
    Truth,
    Any,
}

struct Maker<'a> {
    choices: Choices<'a>,
    /// The function being made: it calls only those before it.
    function: usize,
    /// Names given so far.
    names: u32,
    /// Counters of the loops around.
    counters: Vec<String>,
    /// Labels of the loops around.
    labels: Vec<String>,
    /// Functions around within the function: there is no way out of them by `break`, and no `return` of the outer one.
    inside: u32,
}

impl Maker<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        self.choices.below(bound)
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.choices.once_in(times)
    }

    fn pick(&mut self, of: &[&str]) -> String {
        self.choices.pick(of).to_owned()
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("k{}", self.names)
    }

    /// Something made where no loop or label of the function around counts.
    fn within<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let labels = std::mem::take(&mut self.labels);
        self.inside += 1;
        let made = make(self);
        self.inside -= 1;
        self.labels = labels;
        made
    }

    fn whole_function(&mut self) -> String {
        let number = self.function;
        let (head, tail) = match self.below(12) {
            0 => (format!("const f{number} = ({PARAMETERS}) => {{"), "};"),
            1 => (
                format!(
                    "function f{number}(x = 1, y = x, o = p, p = new Point(1, 2), ...more) {{\nconst [r, w, t, s, h] = more;"
                ),
                "}",
            ),
            2 => (format!("function f{number}({PARAMETERS}) {{\n'use strict';"), "}"),
            3 => (
                format!("function f{number}({PARAMETERS}) {{\nif (arguments.length > 20) arguments[0] = 1;"),
                "}",
            ),
            4 => (
                format!("const f{number} = {{ method({PARAMETERS}) {{\nif (this === 1) y = super.method;"),
                "} }.method;",
            ),
            5 => (
                format!(
                    "const f{number} = (() => {{ let kept = 0; return function ({PARAMETERS}) {{\nkept += y;"
                ),
                "}; })();",
            ),
            _ => (format!("function f{number}({PARAMETERS}) {{"), "}"),
        };
        let first = self.value(Kind::Any, 1);
        let mut text =
            format!("{head}\nlet i = y, j = 1, d = 0.5, e = y * 0.5, q = 'q', a = x, b = 0, c = {first};\n");
        for _ in 0..1 + self.below(5) {
            let _ = writeln!(text, "{}", self.statement(2));
        }
        let result = self.value(Kind::Any, 2);
        let _ = write!(text, "return cut([a, b, c, i, j, d, e, q, {result}][y % 9]);\n{tail}\n");
        text
    }

    /// Calls with arguments that change with the rounds, and changes what the functions relied on.
    fn driver(&mut self, functions: usize) -> String {
        let [early, late, rare] = [0; 3].map(|_| self.literal());
        let [object, other, items, view] = [12, 12, 7, 10].map(|kinds| self.below(kinds));
        let change = ROUNDS / 4 + self.below(ROUNDS * 3 / 4);
        let mut text = format!(
            "const kept = make({object}, 1), point = new Point(1, 2), list = array({items}, 1);\n\
             for (let n = 0; n < {ROUNDS}; n++) {{\n\
             let o = n % 3 ? make(n < {change} ? {object} : {other} + n, n) : kept;\n\
             let p = n % 4 ? new Point(n, n < {change} ? 2 : 0.5) : point;\n\
             let r = n % 5 ? array(n < {change} ? {items} : n, n) : list, w = [n, 1, 2, 3, 4, 5, 6, 7];\n\
             const t = new views[n < {change} ? {view} : n % 10](8), h = n % 7 ? counter : k => k * 2;\n\
             const x = n < {change} ? {early} : n % 5 ? {late} : {rare}, y = n, s = n % 9 ? 'text' + n : '\\u0416\\ud83d';\n\
             let i = n, j = 0, d = 0.5, e = n, q = s, a = x, b = o, c = r;\n"
        );
        for _ in 0..self.below(4) {
            let round = self.below(ROUNDS);
            let mutation = self.mutation();
            let _ = writeln!(text, "if (n === {round}) try {{ {mutation} }} catch (z) {{ say(z.name); }}");
        }
        for function in 0..functions {
            let call = match self.below(8) {
                0 => format!("f{function}(...[{PARAMETERS}])"),
                1 => format!("f{function}.call(o, {PARAMETERS})"),
                2 => format!("f{function}.apply(n, [{PARAMETERS}])"),
                3 => format!("f{function}(n % 10 === 9 ? undefined : x, {GIVEN}, n)"),
                _ => format!("f{function}({PARAMETERS})"),
            };
            let _ = writeln!(
                text,
                "try {{ say({call}); }} catch (z) {{ say(z instanceof Error ? z.name + ': ' + z.message : z); }}"
            );
        }
        text + "try { say(o), say(r), say(w), say(t[1]), say(p.x), say(o.v), say(o.w); } catch (z) { say(z); }\n}\n\
                say([shared, g1, g2, add(1, 2), Base.made]);\nconsole.log(out);\n"
    }

    /// What other code relied on changes.
    fn mutation(&mut self) -> String {
        let class = self.pick(&["Base", "Derived", "Third", "Old", "Point"]);
        let field = self.pick(&["v", "n", "w", "twice", "step", "x", "late"]);
        let target = self.pick(&["o", "p", "r", "o", "w"]);
        let value = self.value(Kind::Any, 1);
        match self.below(30) {
            0 => format!("{class}.prototype.step = function (k) {{ return this.v - k; }};"),
            1 => format!("{class}.prototype.{field} = {value};"),
            2 => format!(
                "defineProperty({class}.prototype, '{field}', {{ get() {{ return {value}; }}, set(k) {{ this.u = k; }}, configurable: true }});"
            ),
            3 => format!(
                "defineProperty({target}, '{field}', {{ get() {{ return {value}; }}, set(k) {{ shared = k; }}, configurable: true }});"
            ),
            4 => format!(
                "defineProperty({target}, '{field}', {{ value: {value}, writable: false, configurable: true }});"
            ),
            5 => format!("Object.freeze({target});"),
            6 => format!("Object.preventExtensions({target}); Object.seal(o);"),
            7 => format!("setPrototypeOf({target}, {class}.prototype);"),
            8 => "setPrototypeOf(Derived.prototype, Point.prototype);".to_owned(),
            9 => "setPrototypeOf(Derived, Third);".to_owned(),
            10 => "setPrototypeOf(Derived, class extends Base { constructor(k) { super(k, 1); this.u = k; } });".to_owned(),
            11 => format!("delete {class}.prototype.{field};"),
            12 => format!("Object.prototype.missing = {value};"),
            13 => format!("Array.prototype[{}] = {value};", self.below(8)),
            14 => format!(
                "defineProperty(Array.prototype, {}, {{ get() {{ return 'g'; }}, set(k) {{ shared = k; }}, configurable: true }});",
                self.below(6)
            ),
            15 => "delete Array.prototype[1]; delete Object.prototype.missing; delete Array.prototype[3];".to_owned(),
            16 => "Math.abs = k => k + 1; Math.max = (k, l) => l; Math.imul = (k, l) => k;".to_owned(),
            17 => "Array.prototype.push = function (k) { this[0] = k; return 1; };".to_owned(),
            18 => "String.prototype.charCodeAt = () => 7;".to_owned(),
            19 => "Math.abs = natives.abs; Math.max = natives.max; Math.imul = natives.imul; Array.prototype.push = natives.push; \
                   String.prototype.charCodeAt = natives.charCodeAt; Array.prototype[Symbol.iterator] = natives.iterator; \
                   arrayIterator.next = next;"
                .to_owned(),
            20 => "Array.prototype[Symbol.iterator] = function* () { yield 1; yield 'two'; };".to_owned(),
            21 => "arrayIterator.next = function () { const got = next.call(this); shared++; return got; };".to_owned(),
            22 => "add = (k, l) => k - l;".to_owned(),
            23 => format!("g1 = {value}; g2 = {};", self.literal()),
            24 => format!("counter = k => {value};"),
            25 => "defineProperty(globalThis, 'g2', { get() { return 2.5; }, configurable: true });".to_owned(),
            26 => format!("r.length = {}; w.length = 3;", self.below(5)),
            27 => format!("delete r[1]; delete w[{}]; w[40] = 1; r.extra = 1;", self.below(4)),
            28 => "defineProperty(Base, Symbol.hasInstance, { value: k => k === o, configurable: true });".to_owned(),
            _ => format!("{target}.{field} = {value}; {target}['a' + y] = y; delete {target}.{field};"),
        }
    }
}
