//! Expressions.

use super::{Kind, Maker};

impl Maker<'_> {
    /// An expression that mostly gives a value of the kind.
    pub(super) fn value(&mut self, kind: Kind, depth: u32) -> String {
        let kind = if self.once_in(40) { Kind::Any } else { kind };
        match kind {
            Kind::Int => self.int(depth),
            Kind::Double => self.double(depth),
            Kind::Text => self.text(depth),
            Kind::Truth => self.truth(depth),
            Kind::Any => self.any(depth),
        }
    }

    pub(super) fn literal(&mut self) -> String {
        match self.below(14) {
            0..=3 => self.below(9).to_string(),
            4 => format!("-{}", self.below(6)),
            5 => self.pick(&["2147483647", "-2147483648", "1073741824", "4294967295", "65536", "1e21"]),
            6 => self.pick(&["0.5", "-0", "NaN", "1e300", "-1.25", "Infinity", "3.0000001", "5e-324"]),
            7 => self.pick(&["'a'", "'12'", "''", "'long text of many letters'", "'\\u0416'", "'0x10'"]),
            8 => self.pick(&["undefined", "null", "true", "false"]),
            9 => self.pick(&["tricky", "wordy", "primitive", "literal()", "new Point(1, 0.5)"]),
            10 => self.pick(&["10n", "-1n", "0n", "9007199254740993n"]),
            11 => self.pick(&["[]", "({})", "[1, , 3]", "(() => 1)", "Symbol.iterator", "/a/"]),
            _ => self.below(9).to_string(),
        }
    }

    /// A variable that holds ints while nothing odd came.
    fn int_place(&mut self) -> String {
        match self.counters.last().cloned() {
            Some(counter) if self.below(3) == 0 => counter,
            _ => self.pick(&["i", "j", "y", "i", "j"]),
        }
    }

    pub(super) fn any_place(&mut self) -> String {
        self.pick(&["a", "b", "c", "x", "a", "b", "c", "i", "d", "q", "shared", "g1", "g2"])
    }

    pub(super) fn index(&mut self) -> String {
        match self.below(7) {
            0 | 1 => format!("{} & 7", self.int_place()),
            2 => self.below(6).to_string(),
            3 => format!("{} + 1", self.int_place()),
            4 => self.pick(&["-1", "8", "'1'", "'length'", "1.5", "-0", "1e9", "b"]),
            _ => self.int_place(),
        }
    }

    /// A key of a Map or Set.
    pub(super) fn key(&mut self) -> String {
        match self.below(6) {
            0 => self.pick(&["q + i", "'q' + (i & 3)", "d", "-0", "s", "y", "d * 2"]),
            1 => self.any_place(),
            2 => self.value(Kind::Any, 1),
            3 => format!("{} & 7", self.int_place()),
            _ => self.int_place(),
        }
    }

    pub(super) fn int(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.below(5) {
                0 => self.below(12).to_string(),
                1 => self.pick(&["-1", "2147483647", "-2147483648", "65535", "1"]),
                _ => self.int_place(),
            };
        }
        let next = depth - 1;
        match self.below(30) {
            0..=3 => {
                let op = self.pick(&["+", "-", "*", "+", "/"]);
                format!("({} {op} {} | 0)", self.int(next), self.int(next))
            }
            4..=6 => {
                let op = self.pick(&["&", "|", "^", "<<", ">>", ">>>"]);
                format!("({} {op} {})", self.int(next), self.value(Kind::Int, next))
            }
            7..=9 => {
                let op = self.pick(&["+", "-", "*", "%"]);
                format!("({} {op} {})", self.value(Kind::Int, next), self.value(Kind::Int, next))
            }
            10 => {
                let what = self.pick(&["imul", "min", "max", "max"]);
                format!("Math.{what}({}, {})", self.value(Kind::Int, next), self.int(next))
            }
            11 => {
                let what = self.pick(&["abs", "floor", "ceil", "trunc", "round", "sign", "clz32"]);
                format!("Math.{what}({})", self.value(Kind::Double, next))
            }
            12..=14 => {
                let what = self.pick(&["w", "w", "t", "r"]);
                format!("{what}[{}]", self.index())
            }
            15 => self.pick(&["w.length", "r.length", "t.length", "s.length", "q.length"]),
            16 => format!("s.charCodeAt({})", self.index()),
            17 => self.pick(&["p.x", "o.n", "p.x", "point.x", "o.v", "p.size"]),
            18 => {
                let op = self.pick(&["~", "-", "+"]);
                format!("({op} {})", self.int(next))
            }
            19 => format!("({} ? {} : {})", self.truth(next), self.int(next), self.value(Kind::Int, next)),
            20 => self.pick(&["i++", "--j", "(i -= 1)", "p.x++", "w[1]++", "++o.n", "g2++", "--shared"]),
            21 => format!("add({}, {})", self.value(Kind::Int, next), self.int(next)),
            22 => format!("p.sum({})", self.value(Kind::Int, next)),
            23 => format!("h({})", self.value(Kind::Int, next)),
            24 => format!("fall({} & 7)", self.int(next)),
            25 => format!("sumOf({}, {}, 1)", self.int(next), self.value(Kind::Int, next)),
            26 => format!("({} | 0)", self.value(Kind::Double, next)),
            27 => format!("({} ** 2)", self.int_place()),
            28 => format!("o.step({})", self.int(next)),
            _ => self.int(next),
        }
    }

    pub(super) fn double(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.below(4) {
                0 => self.pick(&["0.5", "-0", "NaN", "1e300", "2.25", "-1e-7"]),
                1 => self.int_place(),
                _ => self.pick(&["d", "e"]),
            };
        }
        let next = depth - 1;
        match self.below(14) {
            0..=4 => {
                let op = self.pick(&["+", "-", "*", "/", "%", "*", "+"]);
                format!("({} {op} {})", self.double(next), self.value(Kind::Double, next))
            }
            5 => format!("({} / {})", self.int(next), self.value(Kind::Int, next)),
            6 => {
                let what = self.pick(&["sqrt", "abs", "floor", "trunc", "ceil", "fround", "sin"]);
                format!("Math.{what}({})", self.value(Kind::Double, next))
            }
            7 => {
                let what = self.pick(&["min", "max", "pow", "atan2", "hypot"]);
                format!("Math.{what}({}, {})", self.value(Kind::Double, next), self.double(next))
            }
            8 => self.pick(&["p.y", "p.size", "o.twice", "t[0]", "w[2]"]),
            9 => format!("(- {})", self.value(Kind::Double, next)),
            10 => format!("({} ? {} : {})", self.truth(next), self.double(next), self.int(next)),
            11 => format!("({} * 0.5)", self.value(Kind::Int, next)),
            12 => format!("({} ** {})", self.pick(&["d", "e", "i"]), self.pick(&["2", "0.5", "-1", "3"])),
            _ => format!("add({}, {})", self.double(next), self.value(Kind::Double, next)),
        }
    }

    pub(super) fn text(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.pick(&["q", "s", "s", "'a'", "'12'", "''"]);
        }
        let next = depth - 1;
        match self.below(14) {
            0..=2 => format!("cut({} + {})", self.text(next), self.value(Kind::Text, next)),
            3 => format!("({} + {})", self.text(0), self.value(Kind::Any, next)),
            4 => {
                format!("`<${{{}}}-${{{}}}>`", self.value(Kind::Int, next), self.value(Kind::Text, next))
            }
            5 => format!("s.substring({}, {})", self.index(), self.index()),
            6 => format!("{}.slice({})", self.text(0), self.index()),
            7 => format!("s[{}]", self.index()),
            8 => format!("typeof {}", self.any(0)),
            9 => self.pick(&[
                "q.toUpperCase()",
                "s.trim()",
                "q.repeat(2)",
                "s.at(-1)",
                "s.charAt(1)",
                "q.split('').length",
            ]),
            10 => format!("String({})", self.value(Kind::Double, next)),
            11 => format!("r.join({})", self.text(0)),
            12 => format!("({} ? {} : {})", self.truth(next), self.text(next), self.value(Kind::Text, next)),
            _ => format!("tag`a${{{}}}b`", self.any(0)),
        }
    }

    pub(super) fn truth(&mut self, depth: u32) -> String {
        let next = depth.saturating_sub(1);
        let compare = ["<", "<=", ">", ">=", "===", "!==", "==", "!="];
        match self.below(20) {
            0..=5 => {
                let op = self.pick(&compare);
                format!("({} {op} {})", self.int(next), self.value(Kind::Int, next))
            }
            6 | 7 => {
                let op = self.pick(&compare);
                format!("({} {op} {})", self.double(next), self.value(Kind::Double, next))
            }
            8 => {
                let op = self.pick(&compare);
                format!("({} {op} {})", self.text(next), self.value(Kind::Text, next))
            }
            9 | 10 => {
                let op = self.pick(&compare);
                format!("({} {op} {})", self.any(next), self.any(next))
            }
            11 => format!("!{}", self.truth(next)),
            12 => {
                let op = self.pick(&["&&", "||"]);
                format!("({} {op} {})", self.truth(next), self.truth(next))
            }
            13 => {
                let what =
                    self.pick(&["'v' in o", "1 in r", "'missing' in o", "y in w", "'x' in p", "'w' in o"]);
                format!("({what})")
            }
            14 => {
                let class = self.pick(&["Base", "Derived", "Old", "Array", "Point"]);
                let what = self.pick(&["o", "p", "r", "a", "c"]);
                format!("({what} instanceof {class})")
            }
            15 => self.pick(&[
                "isArray(r)",
                "isArray(a)",
                "is(d, -0)",
                "(a == null)",
                "(c === undefined)",
                "!!b",
            ]),
            16 => format!("!!{}", self.value(Kind::Any, next)),
            17 => self.pick(&[
                "r.includes(1)",
                "delete o.w",
                "delete r[1]",
                "(o.n = 2, true)",
                "w.indexOf(3) > 0",
            ]),
            _ => self.pick(&["(i < 9)", "(y > 8)", "(d < e)", "(i & 1)", "(y % 3 === 0)"]),
        }
    }

    fn any(&mut self, depth: u32) -> String {
        if depth == 0 {
            return if self.once_in(3) { self.literal() } else { self.any_place() };
        }
        let next = depth - 1;
        match self.below(60) {
            0..=2 => self.int(depth),
            3 | 4 => self.double(depth),
            5 | 6 => self.text(depth),
            7 => self.truth(depth),
            58 => format!("known.get({})", self.key()),
            59 => {
                let what = self.pick(&["known.has", "met.has"]);
                format!("{what}({})", self.key())
            }
            8..=11 => {
                let op = self.pick(&["+", "-", "*", "+", "/", "%", "&", "|", "<<", ">>>", "^"]);
                format!("cut({} {op} {})", self.any(next), self.any(next))
            }
            12 => {
                let op = self.pick(&["-", "~", "!", "+", "typeof", "void"]);
                format!("({op} {})", self.any(next))
            }
            13..=15 => {
                let field = self.pick(&[
                    "v",
                    "w",
                    "n",
                    "v",
                    "twice",
                    "missing",
                    "u",
                    "late",
                    "last",
                    "constructor.name",
                ]);
                format!("o.{field}")
            }
            16..=18 => format!("r[{}]", self.index()),
            19 => format!("t[{}]", self.index()),
            20 | 21 => format!("o.step({})", self.any(next)),
            22 if self.function > 0 && (self.counters.is_empty() || self.below(6) == 0) => {
                let callee = self.below(self.function as u64);
                format!("f{callee}({}, {})", self.any(next), super::GIVEN)
            }
            23 | 24 => {
                let what = self.pick(&["Base", "Derived", "Old", "Third", "Passing", "Early", "Old"]);
                let field = self.pick(&["v", "twice", "step(1)", "w", "n", "hide?.(2)"]);
                format!("new {what}({}, 1).{field}", self.any(next))
            }
            25 => {
                let what = self.pick(&["Base.of", "Third.of", "Derived.of", "List.of", "Old.of"]);
                format!("{what}({}).v", self.any(next))
            }
            26 => self.pick(&[
                "r.pop()",
                "r.shift()",
                "w.pop()",
                "r.at(-1)",
                "r.last",
                "r.concat(w)",
                "r.slice(1, 3)",
            ]),
            27 => {
                let what = self.pick(&["map", "filter", "some", "find", "every", "flatMap", "findLastIndex"]);
                let name = self.name();
                let body = self.within(|made| made.any(next));
                format!("r.{what}(({name}, z) => cut({body}))")
            }
            28 => {
                let body = self.within(|made| made.any(next));
                format!("w.reduce((z, m) => cut(z + {body}), 0)")
            }
            29 => {
                format!("[...{}, {}]", self.pick(&["r", "w", "s", "range(0, 3)", "r", "t"]), self.any(next))
            }
            30 => format!("rest(...{}, {})", self.pick(&["r", "w", "[]", "[1, , 3]", "s"]), self.any(next)),
            31 => format!("sumOf(...w, {})", self.any(next)),
            32 => format!(
                "defaults({})",
                self.pick(&["", "1", "undefined", "a", "i, o", "1, { v: 2 }", "2, { w: r }", "b, null"])
            ),
            33 => format!("(({{ v, n = {}, ...others }}) => cut(v ?? others.w ?? n))(o)", self.any(next)),
            34 => format!("(([z = {}, ...others]) => others.length ? others[0] : z)(r)", self.any(next)),
            35 => {
                let op = self.pick(&["??", "||", "&&"]);
                format!("({} {op} {})", self.any(next), self.any(next))
            }
            36 => self.pick(&["o?.missing?.x", "o.missing?.(1)", "a?.v", "c?.[1]", "o.step?.(2)", "a?.b.c"]),
            37 => {
                let body = self.within(|made| made.any(next));
                let when = self.pick(&["i", "y", "a", "d"]);
                format!("(z => {{ {when} = z; return cut({body}); }})({})", self.any(next))
            }
            38 => format!("({{ v: {}, [{}]: 1, ...o }})", self.any(next), self.text(0)),
            39 => format!("({{ __proto__: o, get n() {{ return {}; }} }}).n", self.any(next)),
            40 => format!("(a = {}, cut(a))", self.any(next)),
            41 => self.pick(&[
                "10n * 3n",
                "cut(BigInt(i) * 7n)",
                "(a > 3n)",
                "(10n == i)",
                "-g1",
                "asIntN(8, 300n)",
                "i + 1n",
            ]),
            42 => format!("(h, {})", self.any(next)),
            43 => format!("[{}, , {}]", self.any(next), self.value(Kind::Int, next)),
            44 => self.pick(&[
                "o[q]",
                "o[i - 2]",
                "([i, j] = [j, i], i)",
                "([d, e] = [e, d + i], d)",
                "((i >>> (j & 31)) & 3)",
                "(((d >>> 0) + j) | 0)",
                "(t[0] = t[1] * d + t[2], t[0])",
                "Math.cos(i)",
                "Math.round(d)",
                "Math.fround(e)",
                "(o[-1] = i)",
                "(w[j >> 1] |= 1 << (i & 31))",
                "o['v']",
                "p['x']",
                "r[q]",
                "s.length",
                "this",
                "o[Symbol.iterator]",
                "s.x",
                "(5).x",
            ]),
            45 => {
                format!(
                    "(function (k, l) {{ arguments[0] = l; k += 1; return cut(arguments[0] + arguments.length); }})({}, {})",
                    self.any(next),
                    self.value(Kind::Int, next)
                )
            }
            46 => format!("(function () {{ return typeof this + (this === o); }}).call({})", self.any(next)),
            47 => {
                let (when, until) =
                    (self.within(|made| made.truth(next)), self.within(|made| made.truth(next)));
                let (one, other) = (self.within(|made| made.any(next)), self.within(|made| made.any(next)));
                format!(
                    "(() => {{ for (const m of [1, 2]) {{ try {{ if ({when}) continue; return {one}; }} finally {{ j++; if ({until}) break; }} }} return {other}; }})()"
                )
            }
            48 => format!("checked({}, {})", self.value(Kind::Int, next), self.int(0)),
            49 => self.pick(&[
                "add(i)",
                "add(1, 2, 3)",
                "p.sum()",
                "p.sum",
                "new Point(1).size",
                "Old.prototype.step.call({ w: i }, 2)",
                "make(i, 1).v",
            ]),
            50 => self.pick(&[
                "(1 / (i * -0))",
                "(-i % 4)",
                "(1 / Math.round(-0.2))",
                "(-j | 0)",
                "(i << 33)",
                "(i >>> -1)",
                "(d % -2)",
                "(-2147483648 / -1)",
                "((i | 0) % -1)",
            ]),
            51 => self.pick(&[
                "t.subarray(1)[0]",
                "t.at(-1)",
                "t.byteLength",
                "(w[w.length] = i)",
                "(w.length = i & 7)",
                "w.at(9)",
                "w.lastIndexOf(1)",
            ]),
            52 => self.pick(&[
                "JSON.stringify(o)",
                "Object.entries(o).length",
                "Object.keys(r).join()",
                "parseInt(q + i)",
                "(+q)",
                "Number(b)",
                "q.codePointAt(i)",
                "q.indexOf('q')",
            ]),
            53 => {
                format!("Hidden.has({}) + Hidden.get(hidden, {})", self.any(0), self.value(Kind::Int, next))
            }
            54 => format!("[{}].concat(r, [{}])", self.any(next), self.any(0)),
            55 => {
                "(() => { try { return later; } catch (z) { return z.name; } let later = 1; })()".to_owned()
            }
            56 => format!("nested({}, {})", self.value(Kind::Int, next), self.any(0)),
            _ => format!("cut({})", self.any(next)),
        }
    }
}
