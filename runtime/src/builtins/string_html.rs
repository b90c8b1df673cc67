//! Annex B methods that put a string into HTML (B.2.2).

use super::text::Builder;
use crate::heap::Cx;
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// CreateHTML (B.2.2.2.1).
fn create<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, tag: &str, attribute: &str) -> JsResult<'s> {
    let string = args.this_string(cx, method)?;
    let mut out = Builder::new();
    out.push(Chars::Latin1(format!("<{tag}").as_bytes()));
    if !attribute.is_empty() {
        let value = args.flat_string(cx, 0)?;
        cx.spend_on(value, 64)?;
        out.push(Chars::Latin1(format!(" {attribute}=\"").as_bytes()));
        for unit in value.get(cx).chars(cx).iter() {
            if unit == u16::from(b'"') {
                out.push(Chars::Latin1(b"&quot;"));
            } else {
                out.push_unit(unit);
            }
        }
        out.push(Chars::Latin1(b"\""));
    }
    out.push(Chars::Latin1(b">"));
    let string = cx.flatten(string)?;
    out.push(string.get(cx).chars(cx));
    out.push(Chars::Latin1(format!("</{tag}>").as_bytes()));
    Ok(out.finish(cx)?.any())
}

macro_rules! methods {
    ($($name:ident: $tag:literal $attribute:literal;)*) => {
        $(pub fn $name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
            create(cx, args, stringify!($name), $tag, $attribute)
        })*
    };
}

methods! {
    anchor: "a" "name";
    big: "big" "";
    blink: "blink" "";
    bold: "b" "";
    fixed: "tt" "";
    fontcolor: "font" "color";
    fontsize: "font" "size";
    italics: "i" "";
    link: "a" "href";
    small: "small" "";
    strike: "strike" "";
    sub: "sub" "";
    sup: "sup" "";
}
