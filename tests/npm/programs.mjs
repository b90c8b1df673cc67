// What is run: scripts of a package, then a driver that prints. `module` drivers are modules that import the package.
export const programs = {
  acorn: { scripts: ["acorn/dist/acorn.js"], driver: `
    const source = "class A extends B { static #x = 1n; async *m() { for await (const [a, ...b] of c?.d ?? e) yield* f\`g\${h}\`; } }";
    const tree = acorn.parse(source, { ecmaVersion: "latest" });
    print(JSON.stringify(tree, (k, v) => typeof v === "bigint" ? String(v) : v));
    const tokens = []; for (const t of acorn.tokenizer(source, { ecmaVersion: 2022 })) tokens.push(t.type.label);
    print(tokens.join(" "));
    try { acorn.parse("let a; let a", { ecmaVersion: 6 }) } catch (e) { print(e.name + ": " + e.message) }` },
  "decimal.js": { scripts: ["decimal.js/decimal.js"], driver: `
    Decimal.set({ precision: 60 });
    print(Decimal.acos(-1).toString(), new Decimal(2).sqrt().toString(), Decimal.exp(1).toString());
    print(new Decimal("123.456").pow("-7.5").toString(), Decimal.ln(10).toFixed(40), new Decimal(255).toHex());` },
  dayjs: { scripts: ["dayjs/dayjs.min.js"], driver: `
    const d = dayjs("2024-02-29T12:34:56.789");
    print(d.format("YYYY-MM-DD HH:mm:ss.SSS dddd MMMM"), d.add(1, "year").format(), d.endOf("month").date());
    print(d.diff(dayjs("2020-01-01"), "day"), d.startOf("week").format("ddd D"), d.isBefore("2025-01-01"));` },
  graphql: { module: `
    import { graphqlSync, buildSchema, parse, print as show, validate, introspectionFromSchema } from "graphql/index.mjs";
    const schema = buildSchema("type Query { hello(name: String = \\"x\\"): String, list: [Item!]! } type Item { id: ID!, next: Item } enum E { A B }");
    const root = { hello: ({ name }) => "hi " + name, list: [{ id: 1, next: { id: 2 } }, { id: 3 }] };
    print(JSON.stringify(graphqlSync({ schema, rootValue: root, source: "{ a: hello(name: \\"y\\") hello list { id next { id } } }" })));
    print(JSON.stringify(graphqlSync({ schema, rootValue: root, source: "{ nope }" })));
    print(show(parse("query Q($a:Int=1){f(x:{a:[1,2,$a]})@include(if:true){...F}} fragment F on T{g}")));
    print(validate(schema, parse("{ list { zz } }")).map((e) => e.message).join("|"));
    print(JSON.stringify(introspectionFromSchema(schema)).length);` },
  handlebars: { scripts: ["handlebars/dist/handlebars.js"], driver: `
    Handlebars.registerHelper("up", (s) => s.toUpperCase());
    const t = Handlebars.compile("{{#each items}}{{@index}}:{{up name}}{{#if last}}!{{else}},{{/if}}{{/each}} {{{raw}}} {{esc}} {{#with a.b}}{{c}}{{/with}}");
    print(t({ items: [{ name: "a" }, { name: "b", last: true }], raw: "<b>", esc: "<i>&", a: { b: { c: 5 } } }));
    print(Handlebars.precompile("{{x}}").length);` },
  immutable: { scripts: ["immutable/dist/immutable.js"], driver: `
    const { Map, List, Set, Range, fromJS, OrderedMap } = Immutable;
    let m = Map(); for (let i = 0; i < 2000; i++) m = m.set("k" + i, i);
    print(m.size, m.get("k1234"), m.filter((v) => v % 500 === 0).toJS());
    print(JSON.stringify(Range(0, 50).filter((x) => x % 7 === 0).map((x) => x * x).toArray()), String(List([1, 2]).push(3)));
    print(fromJS({ a: { b: [1, 2] } }).setIn(["a", "b", 1], 9).toString(), Set([3, 1, 3]).toString(), OrderedMap([["z", 1], ["a", 2]]).keySeq().join());` },
  "js-yaml": { scripts: ["js-yaml/dist/js-yaml.js"], driver: `
    print(JSON.stringify(jsyaml.load("a: [1, 2.5, 0x1f]\\nb: &x {c: d}\\ne: *x\\nf: |\\n  line1\\n  line2\\ng: 2001-12-14t21:59:43.10-05:00\\nh: ~\\n? [k]\\n: v")));
    print(jsyaml.dump({ a: [1, { b: "x: y" }], c: "multi\\nline", d: null, e: 1.5e300, f: new Date(0) }));
    try { jsyaml.load("a: [") } catch (e) { print(e.message) }` },
  katex: { scripts: ["katex/dist/katex.js"], driver: `
    print(katex.renderToString("\\\\frac{\\\\sqrt{x^2+y^2}}{\\\\int_0^\\\\infty e^{-t}\\\\,dt} \\\\begin{pmatrix} a & b \\\\\\\\ c & d \\\\end{pmatrix}"));
    try { katex.renderToString("\\\\frac{a") } catch (e) { print(e.message) }` },
  lodash: { scripts: ["lodash/lodash.js"], driver: `
    print(JSON.stringify(_.groupBy(_.range(20), (x) => x % 3)), _.camelCase("foo bar-baz"), _.isEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }));
    print(JSON.stringify(_.merge({ a: { x: 1 } }, { a: { y: [1, 2] } })), _.template("<% for (const i of l) { %><%= i %>;<% } %>")({ l: [1, 2] }));
    print(JSON.stringify(_.chain([3, 1, 2]).sortBy().map((x) => x * 2).zip("abc").value()), _.debounce.length, _.deburr("déjà vu"), _.words("fred, barney, & pebbles").join("|"));
    print(JSON.stringify(_.cloneDeep({ d: new Date(0), r: /x/g, m: new Map([[1, 2]]).size })), _.padStart("7", 3, "0"));` },
  marked: { scripts: ["marked/lib/marked.umd.js"], driver: `
    print(marked.parse("# Title\\n\\nA *b* **c** [d](http://e \\"f\\") \`g\`\\n\\n- x\\n  1. y\\n\\n| a | b |\\n|---|:-:|\\n| 1 | 2 |\\n\\n> quote\\n\\n\`\`\`js\\nlet x = '<';\\n\`\`\`\\n"));
    print(JSON.stringify(marked.lexer("a_b_ <b>x</b>\\n***\\n")));` },
  mathjs: { scripts: ["mathjs/lib/browser/math.js"], driver: `
    print(math.evaluate("2 inch to cm").toString(), math.evaluate("det([1,2;3,4]) + sqrt(-4)").toString(), math.derivative("x^3 + sin(x)", "x").toString());
    print(math.simplify("2x + 3x - x").toString(), math.bignumber("0.1").plus("0.2").toString(), math.fraction(1, 3).add(math.fraction(1, 6)).toString());
    print(math.inv([[2, 1], [1, 3]]).toString(), math.format(math.eigs([[2, 0], [0, 3]]).values), math.parse("f(x) = a * x ^ 2 / b!").toTex());` },
  pako: { scripts: ["pako/dist/pako.js"], driver: `
    let s = ""; for (let i = 0; i < 3000; i++) s += "line " + (i * 7919) % 101 + "\\n";
    const packed = pako.deflate(s, { level: 9 });
    let sum = 0; for (const b of packed) sum = (sum * 31 + b) >>> 0;
    print(packed.length, sum, pako.inflate(packed, { to: "string" }) === s, pako.gzip("abc").length);` },
  prettier: { scripts: ["prettier/standalone.js", "prettier/plugins/babel.js", "prettier/plugins/estree.js"], driver: `
    prettier.format("const a={b:1,c:[1,2,3].map(x=>x*2)};function  f( a,b ){if(a)return b;else{return async()=>{await g(\`x\${y}\`)}}} class A extends B{#x=1;static{y()}}",
      { parser: "babel", plugins: [prettierPlugins.babel, prettierPlugins.estree] }).then(print, (e) => print("failed " + e.message));` },
  ramda: { scripts: ["ramda/dist/ramda.js"], driver: `
    print(JSON.stringify(R.pipe(R.range(1), R.map(R.multiply(3)), R.filter(R.gt(R.__, 10)), R.groupBy((x) => x % 2 ? "odd" : "even"))(12)));
    print(R.toString({ a: [1, "x", new Date(0)], b: R.identity.length }), JSON.stringify(R.over(R.lensPath(["a", 0]), R.inc, { a: [1] })), R.curry((a, b, c) => a + b + c)(1)(2)(3));` },
  rxjs: { scripts: ["rxjs/dist/bundles/rxjs.umd.js"], driver: `
    const { of, from, interval, map, filter, take, mergeMap, reduce, concat, delay, Subject, scan, zip } = rxjs;
    from([1, 2, 3, 4, 5]).pipe(filter((x) => x % 2 === 1), map((x) => x * 10), scan((a, b) => a + b, 0)).subscribe((x) => print("sync", x));
    concat(of("a").pipe(delay(3)), of("b")).pipe(mergeMap((x) => of(x, x + "!"))).subscribe({ next: (x) => print(x), complete: () => print("done") });
    zip(interval(1).pipe(take(3)), of("x", "y", "z")).pipe(reduce((a, b) => a + b.join(""), "")).subscribe((x) => print(x));` },
  typescript: { scripts: ["typescript/lib/typescript.js"], driver: `
    const r = ts.transpileModule("enum A { X = 1, Y }\\nexport const f = (x: number): string => \`\${x}\` + A.Y;\\nclass C<T> { constructor(private readonly a: T) {} get v() { return this.a } }\\nasync function g() { for await (const x of h()) k(x) }", { compilerOptions: { target: ts.ScriptTarget.ES2017, module: ts.ModuleKind.CommonJS } });
    print(r.outputText);
    const lib = "interface Array<T> { length: number; [n: number]: T; map<U>(f: (x: T) => U): U[] } interface Boolean {} interface Function {} interface CallableFunction extends Function {} interface NewableFunction extends Function {} interface IArguments {} interface Number { toFixed(n?: number): string } interface Object {} interface RegExp {} interface String { length: number } interface Symbol {} interface Promise<T> {}";
    const files = { "lib.d.ts": lib, "a.ts": "import { f } from './b';\\nconst x: string = f(1);\\nlet y: number = 'no';\\ninterface P { a: number; b?: P }\\nconst p: P = { a: 1, b: { a: 'x' } };\\n[1,2,3].map(n => n.toFixd());\\nfunction id<T extends { k: number }>(t: T) { return t.k }\\nid({});\\nexport {};", "b.ts": "export function f(n: number) { return n * 2 }" };
    const host = { getSourceFile: (n, v) => files[n] !== undefined ? ts.createSourceFile(n, files[n], v) : undefined, getDefaultLibFileName: () => "lib.d.ts", writeFile() {}, getCurrentDirectory: () => "", getCanonicalFileName: (f) => f, useCaseSensitiveFileNames: () => true, getNewLine: () => "\\n", fileExists: (n) => files[n] !== undefined, readFile: (n) => files[n] };
    const program = ts.createProgram(["a.ts"], { strict: true, noEmit: true, target: ts.ScriptTarget.ES2020 }, host);
    for (const d of ts.getPreEmitDiagnostics(program)) print(d.file?.fileName, d.start, "TS" + d.code, ts.flattenDiagnosticMessageText(d.messageText, "\\n"));` },
  zod: { module: `
    import { z } from "zod/lib/index.mjs";
    const schema = z.object({ a: z.string().min(2).email(), b: z.array(z.number().int().positive()).nonempty(), c: z.union([z.literal("x"), z.date()]).optional() }).strict();
    print(JSON.stringify(schema.safeParse({ a: "x", b: [1.5, -1], d: 1 }).error.issues));
    print(JSON.stringify(schema.parse({ a: "a@b.co", b: [1] })), z.string().transform((s) => s.length).parse("four"));` },

  // Packages by their names, through `require` and `import()`: what they export, and some of what they do.
  "packages by name": {
    commonjs: `
      const names = ["acorn", "decimal.js", "dayjs", "graphql", "handlebars", "immutable", "js-yaml", "katex", "lodash",
        "lodash/fp", "marked", "mathjs", "pako", "ramda", "rxjs", "rxjs/operators", "zod", "tslib", "argparse", "minimist",
        "source-map", "seedrandom", "typed-function", "neo-async"];
      for (const name of names) {
        const m = require(name);
        print(name, typeof m, Object.keys(m).length, Object.keys(m).slice(0, 12).join());
      }
      print(require("handlebars").compile("{{#each xs}}<{{this}}>{{/each}}")({ xs: [1, 2] }));
      print(require("js-yaml").dump(require("js-yaml").load("a: [1, {b: c}]\\nd: 2020-01-01")));
      print(require("lodash").template("<% for (const x of xs) { %>[<%= x %>]<% } %>")({ xs: ["a", "b"] }));
      print(new TextDecoder().decode(require("pako").inflate(require("pako").deflate(Buffer.from("squeeze ".repeat(20))))));
      print(require("minimist")(["--a", "1", "-bc", "rest"]), require("marked").parse("# *x*"));
      (async () => {
        for (const name of names.filter((name) => name !== "lodash/fp")) {
          const m = await import(name);
          print(name, Object.keys(m).length, Object.keys(m).slice(0, 12).join());
        }
      })();
    `,
  },
};
