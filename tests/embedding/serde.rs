//! Values through serde.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tvm::{Error, Value};

use crate::isolates;

#[derive(Serialize, Deserialize, PartialEq, Clone, Debug)]
struct Order {
    id: u64,
    customer: Option<String>,
    items: Vec<Item>,
    tags: BTreeMap<String, i8>,
    by_number: BTreeMap<u32, bool>,
    #[serde(default)]
    note: String,
    state: State,
    unit: (),
    pair: (f32, char),
    #[serde(rename = "camelCase")]
    renamed: Wrapper,
}

#[derive(Serialize, Deserialize, PartialEq, Clone, Debug)]
struct Item {
    name: String,
    price: f64,
}

#[derive(Serialize, Deserialize, PartialEq, Clone, Debug)]
struct Wrapper(i64);

#[derive(Serialize, Deserialize, PartialEq, Clone, Debug)]
enum State {
    Open,
    Paid(f64),
    Sent { by: String, days: u8 },
    Split(u8, String),
}

fn order(state: State) -> Order {
    Order {
        id: 7,
        customer: None,
        items: vec![Item { name: "tea".into(), price: 2.5 }, Item { name: "ü😀".into(), price: -0.0 }],
        tags: [("a".to_owned(), -1), ("__proto__".to_owned(), 2), ("3".to_owned(), 3)].into(),
        by_number: [(1, true), (4_000_000_000, false)].into(),
        note: "n".into(),
        state,
        unit: (),
        pair: (0.5, 'x'),
        renamed: Wrapper(-5),
    }
}

#[test]
fn structures_come_through_both_ways() {
    let states = [
        State::Open,
        State::Paid(1.5),
        State::Sent { by: "post".into(), days: 3 },
        State::Split(1, "two".into()),
    ];
    for mut isolate in isolates() {
        let mut context = isolate.context();
        for state in &states {
            let wanted = order(state.clone());
            let value = context.to_value(&wanted).expect("it is written");
            assert_eq!(context.from_value::<Order>(&value).expect("it is read"), wanted);
            // The program sees what serde_json writes, but for what JSON does not have.
            context.set_global_value("order", &value).expect("a global");
            let text: String = context.eval_as("JSON.stringify(order)").expect("a text");
            let seen: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let mut json = serde_json::to_value(&wanted).expect("JSON");
            // It writes integers as such, and no -0.
            json["items"][1]["price"] = 0.into();
            assert_eq!(seen, json);
        }
        let value = context.eval(
            "Object.is(order.items[1].price, -0) && Object.getPrototypeOf(order.tags) === Object.prototype",
        );
        assert_eq!(value.expect("it runs").as_bool(), Some(true));
        // Any JSON comes through.
        let json: serde_json::Value = serde_json::json!({
            "a": [1, 2.5, null, "x", { "deep": [[[]]] }], "b": true, "big": 9007199254740991u64, "": "empty"
        });
        let value = context.to_value(&json).expect("it is written");
        assert_eq!(context.from_value::<serde_json::Value>(&value).expect("it is read"), json);
    }
}

fn read<T: DeserializeOwned>(context: &mut tvm::Context<'_>, source: &str) -> Result<T, String> {
    let value = context.eval(source).expect(source);
    context.from_value(&value).map_err(|error| error.to_string())
}

#[test]
fn integers_beyond_the_safe_range_are_bigints() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        for (number, kind) in [
            (0, "number"),
            ((1i128 << 53) - 1, "number"),
            (1 << 53, "bigint"),
            (-(1i128 << 53), "bigint"),
            (i128::from(u64::MAX), "bigint"),
            (i128::MIN, "bigint"),
        ] {
            let value = context.to_value(&number).expect("it is written");
            assert_eq!(value.type_of(), kind, "{number}");
            assert_eq!(value.to_text(&mut context).expect("a text"), number.to_string());
            assert_eq!(context.from_value::<i128>(&value).expect("it is read"), number);
        }
        let value = context.to_value(&u128::MAX).expect("it is written");
        assert_eq!(context.from_value::<u128>(&value).expect("it is read"), u128::MAX);
        let value = context.to_value(&i64::MIN).expect("it is written");
        assert_eq!(context.from_value::<i64>(&value).expect("it is read"), i64::MIN);
        assert_eq!(read::<u64>(&mut context, "2n ** 64n - 1n"), Ok(u64::MAX));
        assert_eq!(read::<u8>(&mut context, "255"), Ok(255));
        assert!(read::<u8>(&mut context, "256").is_err() && read::<u8>(&mut context, "1.5").is_err());
        assert!(
            read::<u64>(&mut context, "-1").is_err() && read::<i128>(&mut context, "2n ** 200n").is_err()
        );
        assert_eq!(read::<f64>(&mut context, "7"), Ok(7.0));
        assert!(read::<f64>(&mut context, "NaN").is_ok_and(f64::is_nan));
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Blob {
    #[serde(with = "as_bytes")]
    bytes: Vec<u8>,
}

/// Bytes as serde has them, not as a list of numbers.
mod as_bytes {
    pub fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;

        impl serde::de::Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
        }

        deserializer.deserialize_byte_buf(Bytes)
    }
}

#[test]
fn what_programs_have_besides_is_read() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        let blob = Blob { bytes: (0..=255).collect() };
        let value = context.to_value(&blob).expect("it is written");
        context.set_global_value("blob", &value).expect("a global");
        let seen = "blob.bytes instanceof Uint8Array && blob.bytes.length === 256 && blob.bytes[200] === 200";
        assert_eq!(read(&mut context, seen), Ok(true));
        assert_eq!(context.from_value::<Blob>(&value).expect("it is read"), blob);
        let part = "({ bytes: new Uint16Array(new Uint8Array([9, 1, 2, 3, 4, 9]).buffer.slice(1, 5)) })";
        assert_eq!(read::<Blob>(&mut context, part), Ok(Blob { bytes: vec![1, 2, 3, 4] }));
        assert_eq!(
            read::<Blob>(&mut context, "({ bytes: new Uint8Array([7, 8]).buffer })"),
            Ok(Blob { bytes: vec![7, 8] })
        );
        assert_eq!(read::<Vec<i16>>(&mut context, "new Int16Array([-1, 2])"), Ok(vec![-1, 2]));
        assert_eq!(
            read::<Vec<Option<u8>>>(&mut context, "[1, , null, undefined]"),
            Ok(vec![Some(1), None, None, None])
        );
        assert_eq!(
            read::<HashMap<u8, String>>(&mut context, "new Map([[1, 'a'], [2, 'b']])").map(|m| m[&2].clone()),
            Ok("b".into())
        );
        assert_eq!(
            read::<Vec<u8>>(&mut context, "const s = new Set([1, 2, 3]); s.delete(2); s"),
            Ok(vec![1, 3])
        );
        assert_eq!(read::<f64>(&mut context, "new Date(86400000)"), Ok(86_400_000.0));
        assert_eq!(read::<String>(&mut context, "Object('boxed')"), Ok("boxed".into()));
        // Undefined properties and those that are not enumerable are none.
        let source =
            "Object.defineProperty({ a: 1, b: undefined, [Symbol('s')]: 2 }, 'hidden', { value: 3 })";
        assert_eq!(read::<BTreeMap<String, u8>>(&mut context, source), Ok([("a".to_owned(), 1)].into()));
        // Getters and proxies are asked.
        assert_eq!(
            read::<Item>(&mut context, "({ name: 'n', get price() { return 3 } })"),
            Ok(Item { name: "n".into(), price: 3.0 })
        );
        assert_eq!(read::<Vec<u8>>(&mut context, "new Map([['x', 1]]), [1, 2]"), Ok(vec![1, 2]));
    }
}

#[test]
fn what_does_not_fit_says_where() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        let told = |context: &mut tvm::Context<'_>, source: &str| {
            read::<BTreeMap<String, Vec<Item>>>(context, source).expect_err(source)
        };
        assert_eq!(
            told(&mut context, "({ a: [], b: [{ name: 'x', price: 1 }, { name: 'y', price: 'free' }] })"),
            "at .b[1].price: invalid type: string \"free\", expected f64"
        );
        assert_eq!(told(&mut context, "({ a: [{ name: 'x' }] })"), "at .a[0]: missing field `price`");
        let cycle = "const o = { name: 'o', list: [] }; o.list.push({ back: o }); o";
        assert_eq!(
            read::<serde_json::Value>(&mut context, cycle).expect_err("a cycle"),
            "at .list[0].back: a cycle: the value refers to what it stands in"
        );
        // Shared references are no cycles.
        assert!(read::<serde_json::Value>(&mut context, "const e = {}; [e, e, { e }]").is_ok());
        let deep = "let d = []; for (let i = 0; i < 300; i++) d = [d]; d";
        assert!(
            read::<serde_json::Value>(&mut context, deep).expect_err("deep").contains("more than 128 levels")
        );
        assert!(
            read::<serde_json::Value>(&mut context, "({ f: () => 1 })")
                .expect_err("a function")
                .starts_with("at .f: ")
        );
        assert!(
            read::<serde_json::Value>(&mut context, "[Symbol()]")
                .expect_err("a symbol")
                .starts_with("at [0]: ")
        );
        assert!(
            read::<State>(&mut context, "({ Paid: 1, Open: 2 })").is_err()
                && read::<State>(&mut context, "'Gone'").is_err()
        );
        assert!(
            read::<State>(&mut context, "({ Sent: { by: 'x', days: 300 } })")
                .expect_err("too large")
                .starts_with("at .Sent.days: ")
        );
        let bad: HashMap<(u8, u8), u8> = [((1, 2), 3)].into();
        assert!(matches!(context.to_value(&bad), Err(Error::Convert { .. })));
        // A getter that throws throws.
        let value = context.eval("({ get x() { throw new RangeError('no') } })").expect("it runs");
        assert!(matches!(context.from_value::<serde_json::Value>(&value), Err(Error::Thrown(_))));
    }
}

struct Panics;

impl Serialize for Panics {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("it cannot be written")
    }
}

/// What the embedder's own code does while a value is written leaves the isolate as it was.
#[test]
fn panics_of_what_is_written_are_passed_on() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for mut isolate in isolates() {
        let other = isolate.new_context().expect("a context");
        isolate
            .context()
            .set_function("fail", |context, _| Ok(context.to_value(&(1, [Panics]))?))
            .expect("a function");
        let mut context = isolate.enter(&other).expect("a context");
        let attempt = std::panic::AssertUnwindSafe(|| context.to_value(&[Some(Panics)]).map(drop));
        assert!(std::panic::catch_unwind(attempt).is_err());
        let mut context = isolate.context();
        let source =
            "try { fail() } catch (e) { `${e instanceof Error} ${e.message} ${[] instanceof Array}` }";
        let wanted = "true the host's function panicked: it cannot be written true";
        assert_eq!(context.eval_as::<String>(source).expect("a text"), wanted);
    }
    std::panic::set_hook(hook);
}

#[test]
fn values_of_the_program_pass_as_they_are() {
    #[derive(Serialize, Deserialize)]
    struct Handler {
        name: String,
        run: Value,
    }

    for mut isolate in isolates() {
        let mut context = isolate.context();
        let value = context.eval("({ name: 'double', run: (x) => x * 2 })").expect("it runs");
        let handler: Handler = context.from_value(&value).expect("it is read");
        assert_eq!(handler.run.call(&mut context, &[21.into()]).expect("it runs").as_f64(), Some(42.0));
        let again = context.to_value(&vec![handler]).expect("it is written");
        context.set_global_value("handlers", &again).expect("a global");
        assert_eq!(context.eval_as::<f64>("handlers[0].run(4)").expect("a number"), 8.0);
        context.set_typed_function("swap", |a: Value, b: Value| Ok((b, a))).expect("a function");
        assert_eq!(
            read(&mut context, "const f = () => 1; const r = swap(f, 2); r[0] === 2 && r[1] === f"),
            Ok(true)
        );
        // Where there is no isolate there is nothing to read.
        assert!(serde_json::from_str::<Value>("null").is_err());
        let many: Vec<(u32, String)> = (0..2_000).map(|n| (n, n.to_string())).collect();
        let value = context.to_value(&many).expect("it is written");
        assert_eq!(context.from_value::<Vec<(u32, String)>>(&value).expect("it is read")[199], many[199]);
    }
}
