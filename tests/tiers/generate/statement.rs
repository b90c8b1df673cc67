//! Statements. Each stands on lines of its own, so that programs can be cut down line by line.

use super::{Kind, Maker};

impl Maker<'_> {
    pub(super) fn statement(&mut self, depth: u32) -> String {
        let kind = if depth == 0 { self.below(20) } else { self.below(65) };
        let next = depth.saturating_sub(1);
        match kind {
            0..=2 => {
                let target = self.pick(&["i", "j", "i"]);
                let op = self.pick(&["=", "+=", "-=", "=", "^=", "*=", "|="]);
                format!("{target} {op} {};", self.value(Kind::Int, 2))
            }
            3 | 4 => {
                let target = self.pick(&["d", "e"]);
                let op = self.pick(&["=", "+=", "-=", "*=", "/="]);
                format!("{target} {op} {};", self.value(Kind::Double, 2))
            }
            5 => format!("q = cut({});", self.value(Kind::Text, 2)),
            6 | 7 => {
                let target = self.pick(&["a", "b", "c"]);
                let op = self.pick(&["=", "=", "+=", "-=", "*=", "??=", "||=", "&&="]);
                format!("{target} {op} {}; {target} = cut({target});", self.value(Kind::Any, 2))
            }
            8 => {
                let field = self.pick(&["v", "w", "n", "twice", "extra", "u", "late", "size"]);
                let op = self.pick(&["=", "=", "+=", "??="]);
                format!("o.{field} {op} {};", self.value(Kind::Any, 1))
            }
            9 => {
                let field = self.pick(&["x", "y", "size", "x"]);
                let op = self.pick(&["=", "+=", "-="]);
                format!("p.{field} {op} {};", self.value(Kind::Int, 2))
            }
            10 | 11 => {
                let target = self.pick(&["r", "w", "w", "t"]);
                let op = self.pick(&["=", "=", "+=", "|="]);
                format!("{target}[{} & 15] {op} {};", self.int(1), self.value(Kind::Int, 2))
            }
            12 => format!("t[{}] = {};", self.index(), self.value(Kind::Double, 2)),
            13 => format!("r[{}] = {};", self.index().replace("1e9", "30"), self.value(Kind::Any, 1)),
            14 => format!("if (r.length < 40) r.push({});", self.value(Kind::Any, 1)),
            15 => self.pick(&[
                "i++;",
                "j--;",
                "b = -b;",
                "d++;",
                "p.x++;",
                "o.n++;",
                "w[i & 7]++;",
                "a++;",
                "q += 'z'; q = cut(q);",
                "g1 = i;",
                "g2 = d;",
                "shared += 1;",
            ]),
            16 => self.pick(&[
                "delete o.w;",
                "r.length = 3;",
                "o.late = 1;",
                "r.reverse();",
                "r.sort();",
                "w.fill(1, 2, 4);",
                "w.length = 5;",
                "r.splice(1, 1, 'p');",
                "w.unshift(i);",
                "r = [1, 2.5];",
                "o = p;",
                "w = [0.5, i];",
                "w.push(i);",
                "setPrototypeOf(o, Point.prototype);",
                "Object.freeze(r);",
                "p = new Point(0.5, 1);",
                "r.extra = 1;",
            ]),
            17 => format!("say({});", self.value(Kind::Any, 1)),
            18 => self.leave(),
            19 => format!(
                "[a, {}] = [{}, {}];",
                self.pick(&["c", "i", "o.v", "r[1]", "b = 3"]),
                self.any_place(),
                self.value(Kind::Any, 1)
            ),
            20..=23 => {
                let (yes, no) = (self.block(next), self.block(next));
                format!("if ({}) {yes} else {no}", self.truth(2))
            }
            24..=29 if self.counters.len() < 2 => self.looping(next),
            30 | 31 => self.trying(next),
            32 => {
                let name = self.name();
                let kind = [Kind::Int, Kind::Double, Kind::Truth, Kind::Any][self.below(4) as usize];
                let body = self.within(|made| made.value(kind, 2));
                let (place, argument) = (self.pick(&["c", "a", "i"]), self.value(kind, 1));
                format!(
                    "const {name} = z => cut(z + {body});\n{place} = cut({name}({argument}) + {name}(1));"
                )
            }
            33 => self.switch(next),
            34 => {
                let name = self.name();
                let body = self.within(|made| made.block(next));
                format!("const {name} = () => {body};\n{name}();")
            }
            35 => {
                let name = self.name();
                let value = self.value(Kind::Any, 1);
                let argument = self.value(Kind::Int, 1);
                let base = self.pick(&["Base", "Derived", "Point", "Early", "Third"]);
                format!(
                    "class {name} extends {base} {{ #m = {value}; step(k) {{ return super.step?.(k) ?? this.#m; }} get v() {{ return this.#m; }} set v(k) {{ this.#m = k; }} static {{ shared += 1; }} }}\n\
                     c = cut(new {name}({argument}, 2).step(1));"
                )
            }
            36 => {
                let name = self.name();
                let values = self.within(|made| made.value(Kind::Any, 1));
                let last = self.pick(&["break", "a = z", "continue", "b = z"]);
                format!(
                    "function* {name}(k) {{ try {{ yield k; yield {values}; yield* r; }} finally {{ j++; }} }}\n\
                     for (const z of {name}(i)) {{ say(z); if (z === 2) {last}; }}"
                )
            }
            37 => {
                let field = self.pick(&["v", "n", "w", "twice", "step"]);
                let value = self.value(Kind::Int, 1);
                format!(
                    "defineProperty(o, '{field}', {{ get() {{ return {value}; }}, set(k) {{ j = k; }}, configurable: true }});"
                )
            }
            38 => {
                let round = self.below(super::ROUNDS);
                let mutation = self.within(Self::mutation);
                format!("if (y === {round}) {{ {mutation} }}")
            }
            39 => format!(
                "let {{ v: {0}, n: [{1}] = [{2}] }} = o;\na = {0}; b = {1};",
                self.name(),
                self.name(),
                self.value(Kind::Any, 1)
            ),
            40 => {
                let body = self.block(next);
                let when = self.truth(1);
                let label = self.name();
                self.labels.push(label.clone());
                let inner = self.block(next);
                self.labels.pop();
                format!("{label}: {{ {inner} if ({when}) break {label}; {body} }}")
            }
            41 => {
                let name = self.name();
                format!(
                    "for (const {name} of [o, p, {{ v: i }}, {{ n: 1, v: d }}, [1], q, make({}, i)]) c = cut({name}.v ?? {name}.x);",
                    self.below(8)
                )
            }
            42 => format!(
                "c = cut(Reflect.construct({}, [{}], {}).v);",
                self.pick(&["Base", "Derived", "Old"]),
                self.value(Kind::Any, 1),
                self.pick(&["Third", "Old", "Derived", "Point"])
            ),
            43 => {
                let name = self.name();
                let change = self.pick(&["m++", "m += i", "m = q", "m", "i++"]);
                format!(
                    "const {name} = []; for (let m = 0; m < 3; m++) {{ {name}.push(() => ({change}) + j); if (m > 1) m++; }}\n\
                     a = cut({name}[0]() + {name}[0]()); b = cut({name}[2]());"
                )
            }
            44 => {
                let what = self.pick(&["a", "b", "c", "x", "d", "q", "w[i & 7]"]);
                let (one, other) = (self.statement(0), self.statement(0));
                format!(
                    "switch (typeof {what}) {{\ncase 'number': {{ {one} }} break;\ncase 'string': {{ {other} }}\n\
                     case 'object': i++; break;\ndefault: j--;\n}}"
                )
            }
            45 => {
                let text = self.text(1);
                format!(
                    "for (let m = 0, z = cut({text}); m < z.length && m < 12; m++) q = cut(q + z[m]), i += z.charCodeAt(m);"
                )
            }
            46 => {
                let (from, step) = (self.int(1), self.pick(&["m++", "m += 2", "m += 0.5"]));
                let value = self.value(Kind::Int, 2);
                format!("for (let m = {from} & 3; m < 10; {step}) t[m] = w[m] = {value};")
            }
            47 => {
                let (from, value) = (self.int(1), self.value(Kind::Double, 1));
                format!("for (let m = {from} & 7; m >= 0; m--) d += w[m] * {value}, e -= t[m & 3];")
            }
            48..=55 => self.newer(kind - 48),
            60..=63 => {
                let name = self.name();
                let (value, other) = (self.value(Kind::Int, 1), self.value(Kind::Any, 1));
                let (when, place) = (self.truth(1), self.pick(&["a", "b", "c"]));
                match self.below(6) {
                    0 => format!(
                        "{{ const {name} = {{ v: {value}, w: d }}; if ({when}) {name}.v = {other}; {place} = cut({name}.v + {name}.w); }}"
                    ),
                    1 => format!(
                        "{{ const {name} = new Point({value}, j), m = new Point(1, {value}); m.x += {name}.x; if ({when}) say(m); {place} = cut(m.x + {name}.y); }}"
                    ),
                    2 => format!(
                        "{{ let m = {value}; const {name} = k => (m += k); {name}(1); if ({when}) h = {name}; {place} = cut({name}({other})); }}"
                    ),
                    3 => format!(
                        "{{ const m = {{ v: i }}, {name} = {{ m, n: [1] }}; for (let k = 0; k < 3; k++) {{ m.v += {value}; if ({when}) {name}.n = k; }} {place} = cut({name}.m.v + {name}.n); }}"
                    ),
                    4 => format!(
                        "{{ let {name} = {{ n: 1 }}; for (let k = 0; k < 4; k++) {{ const m = {{ n: {name}.n + {value} }}; {name} = m; if ({when}) break; }} {place} = cut({name}.n); }}"
                    ),
                    _ => format!(
                        "{{ const {name} = (k => l => m => cut(k + l + m))({value})({other}); {place} = {name}(j); if ({when}) say(typeof {name}); }}"
                    ),
                }
            }
            57..=59 => {
                let (key, value) = (self.key(), self.value(Kind::Any, 1));
                match self.below(6) {
                    0 => format!("known.delete({key}); met.delete(i);"),
                    1 => format!("if (met.size < 60) met.add({key}).add({value});"),
                    2 => "for (const [m, z] of known) { c = cut(c + z); if (z === i) break; }".to_owned(),
                    3 => format!(
                        "for (let m = 0; m < 9; m++) {{ known.set(m & 3, m); known.set(m * 0.5, {value}); d += known.has(m) ? 1 : 2; }}"
                    ),
                    4 => format!(
                        "if (known.size > 50) known.clear(); known.set({key}, (known.get({key}) ?? 0) + i);"
                    ),
                    _ => {
                        format!("if (known.size < 60) known.set({key}, {value}); a = cut(known.get({key}));")
                    }
                }
            }
            _ => self.block(next),
        }
    }

    /// Suspended frames, iterators, copies, and functions with any number of arguments.
    fn newer(&mut self, kind: u64) -> String {
        let name = self.name();
        match kind {
            0 => {
                let (sent, value) = (self.value(Kind::Int, 1), self.value(Kind::Any, 1));
                let (when, last) = (self.truth(1), self.pick(&["break", "i = z", "c = cut(c + z)"]));
                format!(
                    "function* {name}(k) {{ let s = k; while (s < k + 6) {{ const z = yield s; s += z === undefined ? 1 : 2; if ({when}) return {value}; }} }}\n\
                     for (const z of {name}(i & 7)) {{ say(z); if (z > 9) {last}; }}\n\
                     {{ const z = {name}(1); z.next(); a = cut(z.next({sent}).value ?? z.next().done); }}"
                )
            }
            1 => {
                let (inner, value) = (self.name(), self.value(Kind::Any, 1));
                let whole = self.pick(&["[...{}]", "[a, b, c] = {}", "Math.max(...{})", "new Set({}).size"]);
                let whole = whole.replace("{}", &format!("{name}(i & 3)"));
                format!(
                    "function* {inner}(k) {{ if (k > 0) yield* {inner}(k - 1); yield k; return {value}; }}\n\
                     function* {name}(k) {{ try {{ j = (yield* {inner}(k)) === 1 ? 1 : 2; yield* r; }} finally {{ shared += 1; }} }}\n\
                     c = cut(String({whole})); a = cut(a); b = cut(b);"
                )
            }
            2 => {
                let result = self.pick(&[
                    "{ done: m > 3, value: m++ }",
                    "{ value: m++, done: m > 4 }",
                    "{ get done() { return m > 3; }, value: m++ }",
                    "m > 2 ? { done: true } : { value: m++ }",
                    "create({ done: m > 3, value: m++ })",
                ]);
                format!(
                    "const {name} = {{ [Symbol.iterator]() {{ let m = 0; return {{ next: k => ({result}), return() {{ j++; return {{}}; }} }}; }} }};\n\
                     for (const z of {name}) {{ c = cut(c + z); if (z === (i & 7)) break; }}"
                )
            }
            3 => {
                let (extra, key) = (
                    self.pick(&["late: i", "v: d", "n: [1]", "get u() { return i; }"]),
                    self.pick(&["v", "n", "late"]),
                );
                format!(
                    "{{ const {{ {key}: z, ...{name} }} = {{ ...o, {extra}, ...p }}; {name}.late ??= z; say(Object.keys({name}).join()); a = cut({name}.x ?? z); }}"
                )
            }
            4 => {
                let (value, other) = (self.value(Kind::Any, 1), self.value(Kind::Int, 1));
                format!(
                    "function {name}(k) {{ k = arguments.length; return k + (arguments[1] ?? 0); }}\n\
                     {{ const z = (k, ...m) => cut(m.length + (k ?? m[1])); c = cut(z({value}) + z(i, {other}, 2, 3) + z(...r)); a = cut({name}({value}) + {name}(i, {other}) + {name}(...w, 1)); }}"
                )
            }
            5 => format!(
                "for (const {name} of [o, p, r, i, make({}, 1)]) j += {name} instanceof Point ? 1 : {name} instanceof Base ? 2 : {name} instanceof Array ? 3 : 4;",
                self.below(8)
            ),
            6 => {
                let value = self.value(Kind::Any, 1);
                format!(
                    "for (let m = 0; m < 4; m++) {{ const {name} = [m, i]; {name}.push({value}); a = {name}.pop(); b = cut({name}.pop() + {name}.pop()); c = {name}.pop(); if (w.length > 6) d = w.pop(); }}"
                )
            }
            _ => {
                let (awaited, when) = (self.value(Kind::Any, 1), self.truth(1));
                format!(
                    "(async {name} => {{ let s = 0; for (let m = 0; m < 4; m++) {{ try {{ s += Number(await m); if ({when}) await {{ then(z) {{ z(1); }} }}; if (m > 2) throw await {awaited}; }} catch (z) {{ s += String(z).length; }} }} return s; }})(i).then(say, say);"
                )
            }
        }
    }

    fn block(&mut self, depth: u32) -> String {
        let mut text = String::from("{\n");
        for _ in 0..1 + self.below(3) {
            text.push_str(&self.statement(depth));
            text.push('\n');
        }
        text + "}"
    }

    /// A way out, under a condition.
    fn leave(&mut self) -> String {
        let when = self.truth(1);
        let value = self.value(Kind::Any, 1);
        let label = self.labels.last().cloned();
        match (self.below(3), label) {
            (0, _) => format!("if ({when}) throw {value};"),
            (1, Some(label)) if self.inside == 0 => format!("if ({when}) break {label};"),
            _ => format!("if ({when}) return {value};"),
        }
    }

    fn looping(&mut self, depth: u32) -> String {
        let (counter, label) = (self.name(), self.name());
        let count = 2 + self.below(14);
        let head = match self.below(12) {
            0 => format!("for (let {counter} = {count}; {counter} > 0; {counter}--)"),
            1 => format!("for (let {counter} = 0; {counter} < w.length && {counter} < 20; {counter} += 1)"),
            2 => format!("for (const {counter} of w.slice(0, {count}))"),
            3 => format!(
                "for (const {counter} of {})",
                self.pick(&["r.slice(0, 9)", "s", "range(0, 5)", "new Set(w)", "twice(i)", "t"])
            ),
            4 => format!("for (const {counter} in {})", self.pick(&["o", "p", "w", "r.slice(0, 9)"])),
            5 => format!("for (let {counter} = 0, h = () => {counter}; {counter} < {count}; {counter}++)"),
            6 => format!("for (let {counter} = -0.5; {counter} < {count}; {counter} += 0.75)"),
            _ => format!("for (let {counter} = 0; {counter} < {count}; {counter}++)"),
        };
        self.counters.push(counter.clone());
        let labelled = self.below(3) == 0;
        if labelled {
            self.labels.push(label.clone());
        }
        let body = self.block(depth);
        let first = match self.below(5) {
            0 => format!("if ({}) break;\n", self.truth(1)),
            1 => format!("if ({}) continue;\n", self.truth(1)),
            2 if labelled => format!("if ({}) continue {label};\n", self.truth(1)),
            _ => String::new(),
        };
        self.counters.pop();
        if labelled {
            self.labels.pop();
        }
        let label = if labelled { format!("{label}: ") } else { String::new() };
        match self.below(12) {
            0 => format!(
                "{{ let {counter} = 0;\n{label}while ({counter}++ < {count}) {{\n{first}{body}\n}} }}"
            ),
            1 => format!(
                "{{ let {counter} = 0;\n{label}do {{\n{first}{body}\n}} while ({counter}++ < {count}); }}"
            ),
            _ => format!("{label}{head} {{\n{first}{body}\n}}"),
        }
    }

    fn trying(&mut self, depth: u32) -> String {
        let caught = self.name();
        let body = self.block(depth);
        let (when, thrown) = (self.truth(1), self.value(Kind::Any, 1));
        let last = match self.below(5) {
            0 => format!(" finally {}", self.block(0)),
            1 => {
                let then = self.leave();
                format!(" finally {{ {then} j++; }}")
            }
            _ => String::new(),
        };
        let handler = match self.below(4) {
            0 if !last.is_empty() => String::new(),
            1 => format!(" catch {}", self.block(0)),
            2 => format!(" catch ({{ message: {caught} = 1 }}) {{ a = {caught}; }}"),
            _ => format!(
                " catch ({caught}) {{ a = {caught} instanceof Error ? {caught}.name : {caught}; say(a); }}"
            ),
        };
        format!("try {{\n{body}\nif ({when}) throw {thrown};\n}}{handler}{last}")
    }

    fn switch(&mut self, depth: u32) -> String {
        let on = match self.below(4) {
            0 => self.value(Kind::Any, 1),
            1 => self.value(Kind::Text, 1),
            _ => format!("{} & 7", self.int(1)),
        };
        let mut text = format!("switch ({on}) {{\n");
        for label in ["0", "1", "'a'", "3", "4", "undefined"] {
            if self.below(3) == 0 {
                continue;
            }
            let body = self.statement(depth.min(1));
            let end = if self.below(3) == 0 { "" } else { " break;" };
            text += &format!("case {label}: {{ {body} }}{end}\n");
        }
        if self.below(2) == 0 {
            text += &format!("default: {{ {} }}\n", self.statement(0));
        }
        text + "}"
    }
}
