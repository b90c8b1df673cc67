//! Each optimisation does what it is for: `--jit-stats=json` counts it for a program that calls for it, and nothing of
//! its kind for a program that must do without it.

mod common;

use common::Scratch;

/// An optimisation's counter, a program that it is for, and one that is like it where it must not be done.
const CASES: &[(&str, &str, &str)] = &[
    (
        "calls inlined",
        "const g = x => x + 1; function f(x) { return g(x); }",
        "function f(x) { return x + 1; }",
    ),
    (
        "constructions inlined",
        "class A { constructor(x) { this.x = x; } } class B extends A {} function f(x) { return new B(x).x; }",
        "class A { constructor(x) { this.x = x; } } function f(x) { return Reflect.construct(A, [x]).x; }",
    ),
    (
        "default constructors with fields",
        "class A { constructor(x) { this.x = x; } } class B extends A { y = 2; } function f(x) { return new B(x).y; }",
        "class A { constructor(x) { this.x = x; } } class B extends A {} function f(x) { return new B(x).x; }",
    ),
    (
        "receivers made in place",
        "function P(x) { this.x = x; } function f(x) { return new P(x).x; }",
        "function f(x) { return { x }.x; }",
    ),
    (
        "accessors known",
        "const o = { get v() { return 1; } }; function f(x) { return o.v + x; }",
        "const o = { v: 1 }; function f(x) { return o.v + x; }",
    ),
    (
        "natives done in place",
        "function f(x) { return Math.abs(x) + Math.imul(x, 3); }",
        "function f(x) { return Math.hypot(x, 3); }",
    ),
    ("strings joined as such", "function f(x) { return 'a' + x; }", "function f(x) { return 1 + x; }"),
    (
        "values pushed by the same call",
        "function f(x) { const a = []; a.push(x, 1); return a; }",
        "function f(x) { const a = []; a.push(x); return a; }",
    ),
    (
        "counters narrowed",
        "function f(x) { let s = 0; for (let j = (x - 2) * 65536 * 65536; j <= 100; j += 3) s += j; return s; }",
        "function f(x) { let s = 0; for (let j = x * 2; j <= 100; j += 3) s += j; return s; }",
    ),
    (
        "functions known by where they are",
        "function f(x) { return Math.floor(x / 2); }",
        "function f(x) { return (x / 2) | 0; }",
    ),
    (
        "calls of one of several functions",
        "class A { m() { return 1; } } class B { m() { return 2; } } const all = [new A(), new B()]; function f(x) { return all[x & 1].m(); }",
        "class A { m() { return 1; } } class B extends A {} const all = [new A(), new A()]; function f(x) { return all[x & 1].m(); }",
    ),
    (
        "short arrays made in place",
        "function f(x) { const a = new Array(3); a[0] = x; return a; }",
        "function f(x) { const a = new Array(x); a[0] = x; return a; }",
    ),
    (
        "lengths of typed arrays",
        "const a = new Uint8Array(3); function f(x) { return a.length + x; }",
        "const a = [1, 2, 3]; function f(x) { return a.length + x; }",
    ),
    (
        "phis removed",
        "function f(x) { let s = 0; for (let i = 0; i < 9; i++) s += x; return s; }",
        "function f(x) { return x * 3; }",
    ),
    (
        "phis unboxed",
        "function f(x) { let s = 0; for (let i = 0; i < 9; i++) s += i; return s; }",
        "function f(x) { let s = 0; s += x; return s; }",
    ),
    (
        "conversions removed",
        "function f(x) { let s = 0; for (let i = 0; i < 9; i++) s += i * 2; return s; }",
        "function f(x) { return x; }",
    ),
    (
        "redundancies removed",
        "const o = { v: 1 }; function f(x, p = o) { return p.v + p.v; }",
        "const o = { v: 1 }; function f(x, p = o) { return p.v; }",
    ),
    (
        "loads forwarded",
        "function f(x, p = { v: 0 }) { p.v = x; return p.v; }",
        "function f(x, p = { v: 0, w: 1 }) { p.v = x; return p.w; }",
    ),
    (
        "hoisted out of loops",
        "const o = { v: 1 }; function f(x, p = o) { let s = 0; for (let i = 0; i < 9; i++) s += p.v; return s; }",
        "const o = { v: 1 }; function f(x, p = o) { return p.v; }",
    ),
    (
        "elements hoisted out of loops",
        "const a = [1, 2, 3]; function f(x, l = a) { let s = 0; for (let i = 0; i < 9; i++) s += l[1]; return s; }",
        "const a = [1, 2, 3]; function f(x, l = a) { let s = 0; for (let i = 0; i < 3; i++) s += l[i]; return s; }",
    ),
    (
        "iterations of arrays known",
        "const a = [1, 2]; function f(x, l = a) { const [b, c] = l; return b + c + x; }",
        "const a = [1, 2]; function f(x, l = a) { return l[0] + l[1] + x; }",
    ),
    (
        "iterations of strings known",
        "const a = ['ab', 'cd']; function f(x) { let s = x; for (const c of a[x - 2]) s += c; return s; }",
        "const a = ['ab', 'cd']; function f(x) { let s = x, t = a[x - 2]; for (let i = 0; i < t.length; i++) s += t[i]; return s; }",
    ),
    (
        "species of arrays known",
        "const a = [1, 2]; function f(x, l = a) { return l.map(v => v + x); }",
        "const a = [1, 2]; function f(x, l = a) { return l.forEach(v => v + x); }",
    ),
    (
        "checks removed by range",
        "function f(x) { let s = 0; for (let i = 0; i < 9; i++) s ^= i; return s; }",
        "function f(x) { let s = 0; for (let i = 1; i < 9; i *= x) s ^= i; return s; }",
    ),
    (
        "objects never made",
        "function f(x) { const p = { v: x, w: 1 }, add = (y) => p.v + y; p.w = 2; return add(p.w); }",
        "const l = []; function f(x) { const p = { v: x }; l[0] = p; return p.v; }",
    ),
    (
        "loops rotated",
        "function f(x) { let s = x; while (s < 9) s++; return s; }",
        "function f(x) { let s = x; for (;;) if (s++ > 9 && f.name) return s; }",
    ),
    (
        "branches known",
        "function f(x) { let a = x, b = 1; [a, b] = [b, a]; return a - b; }",
        "function f(x) { let a = x, b = 1, c = a; a = b; b = c; return a - b; }",
    ),
    (
        "double operations made int",
        "function f(x) { let c = 4294967295; for (let i = 0; i < x; i++) c = (c ^ i) | 0; return c | 0; }",
        "function f(x) { let c = 4294967295; for (let i = 0; i < x; i++) c = c - i; return c; }",
    ),
    ("unused removed", "function f(x) { const o = { x }; return x; }", "function f(x) { return x; }"),
];

/// Code that was given up makes room when the program comes back to its event loop.
#[test]
fn code_that_was_given_up_is_freed() {
    let directory = Scratch::new();
    let text = "function f(o) { return o.x + 1; }
        for (let i = 0; i < 2000; i++) f({ x: i });
        for (let i = 0; i < 2000; i++) f({ [`k${i % 40}`]: 1, x: 'text' });
        setTimeout(() => f({ x: 1 }));";
    let file = directory.write("program.js", text);
    let outcome = common::tvm(&["run", "--jit-threshold=200", "--jit-stats=json", &file]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let found = outcome.stderr.split_once("\"freed_bytes\":").map(|(_, behind)| behind);
    let digits = found.and_then(|behind| behind.split(',').next()).expect("it is told");
    assert!(digits.parse::<u32>().expect("bytes are a number") > 0, "{}", outcome.stderr);
}

/// What a counter says after `f` was called often.
fn count(counter: &str, program: &str) -> u32 {
    let directory = Scratch::new();
    // The calls are made by functions of the library, so that only `f` is compiled of the program itself.
    let text = format!("{program}\nArray.from({{ length: 2000 }}, (_, i) => f(2 + i % 2));");
    let file = directory.write("program.js", &text);
    let outcome = common::tvm(&["run", "--script", "--jit-threshold=200", "--jit-stats=json", &file]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let found = outcome.stderr.split_once(&format!("\"{counter}\":"));
    let digits = found.map_or("0", |(_, behind)| behind.split([',', '}']).next().unwrap_or("0"));
    digits.parse().expect("counters are numbers")
}

#[test]
fn optimisations_are_done_where_they_are_called_for() {
    for (counter, program, other) in CASES {
        let (done, base) = (count(counter, program), count(counter, other));
        assert!(done > base, "{counter}: {done} in '{program}', {base} in '{other}'");
    }
}
