//! Statements. Each stands on lines of its own, so that programs can be cut down line by line.

use super::{Kind, Maker};

impl Maker<'_> {
    pub(super) fn statement(&mut self, depth: u32) -> String {
        let kind = if depth == 0 { self.below(20) } else { self.below(44) };
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
            _ => self.block(next),
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
