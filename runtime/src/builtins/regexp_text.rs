//! Regular expressions as text: `source` and `RegExp.escape`.

use super::text::Builder;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::realm::Intrinsic;
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// RegExp.prototype.source
pub fn source<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(regexp) = args.this().cast::<RegExp>(cx) else {
        if cx.is_intrinsic(args.this().value(cx), Intrinsic::RegExpPrototype) {
            return cx.text_value("(?:)");
        }
        let shown = cx.describe(args.this());
        return Err(
            cx.type_error(&format!("RegExp.prototype.source getter called on non-RegExp object {shown}"))
        );
    };
    source_of(cx, regexp)
}

/// A regular expression's pattern as its literal has it.
pub fn source_of<'s>(cx: &mut Cx<'s>, regexp: Local<'s, RegExp>) -> JsResult<'s> {
    let source = regexp.get(cx).source().root(cx);
    let Some(source) = source.cast::<Str>(cx) else { return cx.text_value("(?:)") };
    let source = cx.flatten(source)?;
    if source.get(cx).length() == 0 {
        return cx.text_value("(?:)");
    }
    cx.spend_on(source, 64)?;
    match escape_pattern(source.get(cx).chars(cx)) {
        Some(out) => Ok(out.finish(cx)?.any()),
        None => Ok(source.any()),
    }
}

/// EscapeRegExpPattern (22.2.6.13.1): slashes outside classes and line ends are escaped; `None` where there are none.
fn escape_pattern(chars: Chars<'_>) -> Option<Builder> {
    let mut out = Builder::new();
    let (mut changed, mut in_class, mut escaped) = (false, false, false);
    for unit in chars.iter() {
        let replacement: &[u8] = match unit {
            0x2F if !in_class && !escaped => b"\\/",
            0x0A => {
                if escaped {
                    b"n"
                } else {
                    b"\\n"
                }
            }
            0x0D => {
                if escaped {
                    b"r"
                } else {
                    b"\\r"
                }
            }
            0x2028 => {
                if escaped {
                    b"u2028"
                } else {
                    b"\\u2028"
                }
            }
            0x2029 => {
                if escaped {
                    b"u2029"
                } else {
                    b"\\u2029"
                }
            }
            _ => b"",
        };
        match unit {
            0x5B if !escaped => in_class = true,
            0x5D if !escaped => in_class = false,
            _ => {}
        }
        escaped = unit == 0x5C && !escaped;
        if replacement.is_empty() {
            out.push_unit(unit);
        } else {
            changed = true;
            out.push(Chars::Latin1(replacement));
        }
    }
    changed.then_some(out)
}

/// RegExp.escape (22.2.5.1)
pub fn escape<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let Some(string) = value.cast::<Str>(cx) else {
        let shown = cx.describe(value);
        return Err(cx.type_error(&format!("{shown} is not a string")));
    };
    let string = cx.flatten(string)?;
    cx.spend_on(string, 16)?;
    let mut out = Builder::new();
    let chars = string.get(cx).chars(cx);
    let mut at = 0;
    while at < chars.len() {
        let (point, width) = chars.code_point(at);
        let leading = at == 0 && char::from_u32(point).is_some_and(|c| c.is_ascii_alphanumeric());
        if leading {
            out.push(Chars::Latin1(format!("\\x{point:02x}").as_bytes()));
        } else {
            escape_point(&mut out, point, chars.slice(at, at + width));
        }
        at += width;
    }
    Ok(out.finish(cx)?.any())
}

/// EncodeForRegExpEscape (22.2.5.1.1).
fn escape_point(out: &mut Builder, point: u32, units: Chars<'_>) {
    let c = char::from_u32(point);
    let ascii = c.filter(char::is_ascii).map_or(0, |c| c as u8);
    let control = match ascii {
        0x09 => b't',
        0x0A => b'n',
        0x0B => b'v',
        0x0C => b'f',
        0x0D => b'r',
        _ => 0,
    };
    if ascii != 0 && b"^$\\.*+?()[]{}|/".contains(&ascii) {
        out.push(Chars::Latin1(&[b'\\', ascii]));
    } else if control != 0 {
        out.push(Chars::Latin1(&[b'\\', control]));
    } else if c.is_none_or(num::is_space) || (ascii != 0 && b",-=<>#&!%:;@~'`\"".contains(&ascii)) {
        if point <= 0xFF {
            out.push(Chars::Latin1(format!("\\x{point:02x}").as_bytes()));
        } else {
            for unit in units.iter() {
                out.push(Chars::Latin1(format!("\\u{unit:04x}").as_bytes()));
            }
        }
    } else {
        out.push(units);
    }
}
