//! JSON.parse (25.5.1): an iterative parser. Open containers live in one variable a level, so that neither the native
//! stack nor the fiber's grows with anything but the depth, which is bounded.

use tvm_bytecode::data::ErrorKind;

use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::shape::info;
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

/// JSON.parse; a reviver is called by the library.
pub fn parse<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = args.flat_string(cx, 0)?;
    let reviver = args.get(cx, 1);
    if !cx.is_callable(reviver.value(cx)) {
        return parse_text(cx, text, false);
    }
    let record = parse_text(cx, text, true)?;
    Err(cx.call_library(lib::jsonRevive, &[record, reviver]))
}

/// Whether a text is JSON; throws where it is not.
pub fn check(cx: &mut Cx<'_>, text: Local<'_, Str>) -> Result<(), Exit> {
    cx.scope(|cx| {
        let text = text.get(cx).root(cx);
        parse_text(cx, text, false).map(drop)
    })
}

/// A container under construction.
#[derive(Clone, Copy)]
struct Open<'s> {
    /// The object or array.
    container: Local<'s>,
    /// The key of the value that comes next.
    key: Local<'s>,
    /// With records: what the container's parts were made from, by the same keys.
    parts: Local<'s>,
    is_array: bool,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Add,
    Close,
    End,
}

struct Parser<'s> {
    text: Local<'s, Str>,
    at: usize,
    /// Open containers: `levels[..depth]`; the others' variables are free.
    levels: Vec<Open<'s>>,
    depth: usize,
    /// Whether values are made as records for a reviver: arrays of value and source or parts.
    records: bool,
    /// The value that was read last.
    value: Local<'s>,
    /// Its record.
    record: Local<'s>,
}

/// Parses a flat text; with `records` gives the record of the value instead.
pub fn parse_text<'s>(cx: &mut Cx<'s>, text: Local<'s, Str>, records: bool) -> JsResult<'s> {
    cx.spend_on(text, 16)?;
    let (value, record) = (cx.variable(), cx.variable());
    let mut parser = Parser { text, at: 0, levels: Vec::new(), depth: 0, records, value, record };
    let mut next = Next::Value;
    while next != Next::End {
        next = parser.step(cx, next)?;
    }
    parser.skip_space(cx);
    if parser.at < parser.length(cx) {
        return Err(parser.failure(cx, "Unexpected non-whitespace character after JSON"));
    }
    Ok(if records { record } else { value })
}

impl<'s> Parser<'s> {
    fn length(&self, cx: &Cx<'_>) -> usize {
        self.text.get(cx).length() as usize
    }

    /// The unit at the current place, 0 at the end.
    fn unit(&self, cx: &Cx<'_>) -> u16 {
        self.text.get(cx).chars(cx).at(self.at).unwrap_or(0)
    }

    fn skip_space(&mut self, cx: &Cx<'_>) {
        let chars = self.text.get(cx).chars(cx);
        while matches!(chars.at(self.at), Some(9 | 10 | 13 | 32)) {
            self.at += 1;
        }
    }

    /// Skips space; whether a character comes, which is then skipped too.
    fn eat(&mut self, cx: &Cx<'_>, wanted: u8) -> bool {
        self.skip_space(cx);
        let found = self.text.get(cx).chars(cx).at(self.at) == Some(u16::from(wanted));
        self.at += usize::from(found);
        found
    }

    fn step(&mut self, cx: &mut Cx<'s>, next: Next) -> JsResult<'s, Next> {
        match next {
            Next::Add => self.add(cx),
            Next::Close => self.close(cx),
            Next::FirstElement if self.eat(cx, b']') => self.close(cx),
            Next::Value | Next::FirstElement => self.parse_value(cx),
            Next::FirstKey if self.eat(cx, b'}') => self.close(cx),
            Next::FirstKey | Next::Key => {
                self.skip_space(cx);
                if self.unit(cx) != u16::from(b'"') {
                    let first = next == Next::FirstKey;
                    let wanted = if first {
                        "Expected property name or '}'"
                    } else {
                        "Expected double-quoted property name"
                    };
                    return Err(self.failure(cx, &format!("{wanted} in JSON")));
                }
                self.parse_key(cx)?;
                if !self.eat(cx, b':') {
                    return Err(self.failure(cx, "Expected ':' after property name in JSON"));
                }
                Ok(Next::Value)
            }
            Next::End => Ok(Next::End),
        }
    }

    fn parse_value(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Next> {
        cx.vm.spend(1)?;
        self.skip_space(cx);
        let start = self.at;
        match u8::try_from(self.unit(cx)).unwrap_or(0) {
            b'{' => return self.open(cx, false),
            b'[' => return self.open(cx, true),
            b'"' => {
                let units = self.string_units(cx)?;
                cx.scope(|cx| {
                    let string = match &units {
                        Units::Range(from, to) => cx.substring(self.text, *from, *to)?,
                        Units::Owned(units) => cx.utf16_string(units)?,
                    };
                    self.value.set(cx, string.value(cx));
                    Ok(())
                })?;
            }
            b'-' | b'0'..=b'9' => self.number(cx)?,
            b't' => self.literal(cx, "true", Value::TRUE)?,
            b'f' => self.literal(cx, "false", Value::FALSE)?,
            b'n' => self.literal(cx, "null", Value::NULL)?,
            _ => return Err(self.unexpected(cx)),
        }
        if self.records {
            cx.scope(|cx| {
                let source = cx.substring(self.text, start, self.at)?;
                self.set_record(cx, source.any())
            })?;
        }
        Ok(Next::Add)
    }

    fn set_record(&self, cx: &mut Cx<'_>, source: Local<'_>) -> Result<(), Exit> {
        let record = cx.array_of(&[self.value, source])?;
        self.record.set(cx, record.value(cx));
        Ok(())
    }

    fn literal(&mut self, cx: &mut Cx<'s>, word: &str, value: Value<'static>) -> JsResult<'s, ()> {
        for wanted in word.bytes() {
            if self.unit(cx) != u16::from(wanted) {
                return Err(self.unexpected(cx));
            }
            self.at += 1;
        }
        self.value.set(cx, value);
        Ok(())
    }

    /// Opens a container.
    fn open(&mut self, cx: &mut Cx<'s>, is_array: bool) -> JsResult<'s, Next> {
        self.at += 1;
        if self.depth == self.levels.len() {
            if self.depth == limits::JSON_DEPTH || cx.heap.top() + 64 >= cx.heap.stack_slots() {
                return Err(cx.range_error("Maximum call stack size exceeded"));
            }
            let (container, key, parts) = (cx.variable(), cx.variable(), cx.variable());
            self.levels.push(Open { container, key, parts, is_array });
        }
        let level = &mut self.levels[self.depth];
        level.is_array = is_array;
        let level = *level;
        cx.scope(|cx| {
            let container = if is_array { cx.new_array(0, 0)?.any() } else { cx.new_object()?.any() };
            level.container.set(cx, container.value(cx));
            if self.records {
                let null = cx.local(Value::NULL);
                let parts =
                    if is_array { cx.new_array(0, 0)?.any() } else { cx.new_object_with(null)?.any() };
                level.parts.set(cx, parts.value(cx));
            }
            Ok(())
        })?;
        self.depth += 1;
        Ok(if is_array { Next::FirstElement } else { Next::FirstKey })
    }

    /// The innermost container is complete: it is the value.
    fn close(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Next> {
        self.depth -= 1;
        let level = self.levels[self.depth];
        self.value.set(cx, level.container.value(cx));
        if self.records {
            cx.scope(|cx| self.set_record(cx, level.parts))?;
        }
        Ok(Next::Add)
    }

    /// Puts the value into the innermost container, and looks at what follows.
    fn add(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Next> {
        let Some(depth) = self.depth.checked_sub(1) else { return Ok(Next::End) };
        let level = self.levels[depth];
        cx.scope(|cx| {
            put(cx, level, level.container, self.value)?;
            if self.records {
                put(cx, level, level.parts, self.record)?;
            }
            Ok(())
        })?;
        if self.eat(cx, b',') {
            return Ok(if level.is_array { Next::Value } else { Next::Key });
        }
        if self.eat(cx, if level.is_array { b']' } else { b'}' }) {
            return Ok(Next::Close);
        }
        let wanted = if level.is_array { "']' after array element" } else { "'}' after property value" };
        Err(self.failure(cx, &format!("Expected ',' or {wanted} in JSON")))
    }

    /// Reads a property name into the innermost level's key.
    fn parse_key(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, ()> {
        let units = self.string_units(cx)?;
        let key = self.levels[self.depth - 1].key;
        cx.scope(|cx| {
            let atom = match &units {
                Units::Range(from, to) => match self.text.get(cx).chars(cx).slice(*from, *to) {
                    Chars::Latin1(bytes) => {
                        let copy = bytes.to_vec();
                        cx.atom_of(Chars::Latin1(&copy))?.any()
                    }
                    Chars::Utf16(units) => {
                        let copy = units.to_vec();
                        intern(cx, &copy)?
                    }
                },
                Units::Owned(units) => intern(cx, units)?,
            };
            key.set(cx, atom.value(cx));
            Ok(())
        })
    }

    /// The units of the string that begins here.
    fn string_units(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Units> {
        let start = self.at + 1;
        let outcome = scan_string(self.text.get(cx).chars(cx), start);
        match outcome {
            Ok((units, end)) => {
                self.at = end;
                Ok(units)
            }
            Err((message, at)) => {
                self.at = at;
                Err(self.failure(cx, message))
            }
        }
    }

    fn number(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, ()> {
        let outcome = scan_number(self.text.get(cx).chars(cx), self.at);
        match outcome {
            Ok((number, end)) => {
                self.at = end;
                self.value.set(cx, Value::number(number));
                Ok(())
            }
            Err((message, at)) => {
                self.at = at;
                Err(if message.is_empty() { self.unexpected(cx) } else { self.failure(cx, message) })
            }
        }
    }

    /// An error at the current place, in V8's words.
    fn failure(&mut self, cx: &mut Cx<'_>, message: &str) -> Exit {
        let at = self.at;
        let (line, column) = self.position(cx);
        let message = format!("{message} at position {at} (line {line} column {column})");
        cx.throw(ErrorKind::SyntaxError, &message)
    }

    fn position(&self, cx: &Cx<'_>) -> (usize, usize) {
        let chars = self.text.get(cx).chars(cx);
        let before = chars.slice(0, self.at.min(chars.len()));
        let line = 1 + before.iter().filter(|&unit| unit == 10).count();
        let column = 1 + before.iter().rev().take_while(|&unit| unit != 10).count();
        (line, column)
    }

    /// A character that begins no value, in V8's words.
    fn unexpected(&mut self, cx: &mut Cx<'_>) -> Exit {
        let chars = self.text.get(cx).chars(cx);
        let Some(_) = chars.at(self.at) else {
            return cx.throw(ErrorKind::SyntaxError, "Unexpected end of JSON input");
        };
        let (_, width) = chars.code_point(self.at);
        let token = chars.slice(self.at, self.at + width).to_text();
        let whole = if chars.len() <= 40 { chars.to_text() } else { String::new() };
        if matches!(&whole[..], "undefined" | "[object Object]" | "NaN" | "Infinity") {
            return cx.throw(ErrorKind::SyntaxError, &format!("\"{whole}\" is not valid JSON"));
        }
        const AROUND: usize = 10;
        let message = if chars.len() <= 4 * AROUND {
            format!("Unexpected token '{token}', \"{whole}\" is not valid JSON")
        } else {
            let start = self.at.saturating_sub(AROUND);
            let end = (self.at + AROUND).min(chars.len());
            let (head, tail) =
                (if start > 0 { "..." } else { "" }, if end < chars.len() { "..." } else { "" });
            let part = chars.slice(start, end).to_text();
            format!("Unexpected token '{token}', {head}\"{part}\"{tail} is not valid JSON")
        };
        cx.throw(ErrorKind::SyntaxError, &message)
    }
}

/// The text of a string: units of the source, or ones of its own where there were escapes.
enum Units {
    Range(usize, usize),
    Owned(Vec<u16>),
}

type ScanError = (&'static str, usize);

/// Reads a string whose first unit is at `start`; gives its units and the place behind its end.
fn scan_string(chars: Chars<'_>, start: usize) -> Result<(Units, usize), ScanError> {
    let mut at = start;
    let mut owned: Option<Vec<u16>> = None;
    loop {
        let Some(unit) = chars.at(at) else { return Err(("Unterminated string in JSON", at)) };
        match unit {
            0x22 => {
                let units = match owned {
                    Some(units) => Units::Owned(units),
                    None => Units::Range(start, at),
                };
                return Ok((units, at + 1));
            }
            0..=0x1F => return Err(("Bad control character in string literal in JSON", at)),
            0x5C => {
                let units = owned.get_or_insert_with(|| chars.slice(start, at).to_vec());
                let (unit, width) = scan_escape(chars, at)?;
                units.push(unit);
                at += width;
            }
            _ => {
                if let Some(units) = &mut owned {
                    units.push(unit);
                }
                at += 1;
            }
        }
    }
}

/// The unit that an escape sequence stands for, and the sequence's length.
fn scan_escape(chars: Chars<'_>, at: usize) -> Result<(u16, usize), ScanError> {
    let Some(letter) = chars.at(at + 1) else { return Err(("Unterminated string in JSON", at + 1)) };
    let unit = match u8::try_from(letter).unwrap_or(0) {
        letter @ (b'"' | b'\\' | b'/') => letter,
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'u' => {
            let mut unit = 0u16;
            for i in at + 2..at + 6 {
                let digit = chars.at(i).and_then(|digit| char::from_u32(u32::from(digit))?.to_digit(16));
                let Some(digit) = digit else {
                    let ended = chars.at(i).is_none();
                    return Err((
                        if ended { "Unterminated string in JSON" } else { "Bad Unicode escape in JSON" },
                        i,
                    ));
                };
                unit = unit << 4 | digit as u16;
            }
            return Ok((unit, 6));
        }
        _ => return Err(("Bad escaped character in JSON", at + 1)),
    };
    Ok((u16::from(unit), 2))
}

/// Reads a number; gives the place behind its end. An error without message is an unexpected token.
fn scan_number(chars: Chars<'_>, start: usize) -> Result<(f64, usize), ScanError> {
    let digit = |at: usize| chars.at(at).is_some_and(|unit| (0x30..=0x39).contains(&unit));
    let digits = |mut at: usize| {
        while digit(at) {
            at += 1;
        }
        at
    };
    let mut at = start;
    let negative = chars.at(at) == Some(u16::from(b'-'));
    at += usize::from(negative);
    if !digit(at) {
        return Err(("No number after minus sign in JSON", at));
    }
    if chars.at(at) == Some(0x30) {
        at += 1;
        if digit(at) {
            return Err(("Unexpected number in JSON", at));
        }
    } else {
        at = digits(at);
    }
    if at - start < 9 && !matches!(chars.at(at), Some(0x2E | 0x45 | 0x65)) {
        let magnitude = (start + usize::from(negative)..at).filter_map(|i| chars.at(i));
        let magnitude = magnitude.fold(0.0, |value, unit| value * 10.0 + f64::from(unit - 0x30));
        return Ok((if negative { -magnitude } else { magnitude }, at));
    }
    if chars.at(at) == Some(u16::from(b'.')) {
        if !digit(at + 1) {
            return Err(("Unterminated fractional number in JSON", at + 1));
        }
        at = digits(at + 1);
    }
    if matches!(chars.at(at), Some(0x45 | 0x65)) {
        at += 1;
        at += usize::from(matches!(chars.at(at), Some(0x2B | 0x2D)));
        if !digit(at) {
            return Err(("Exponent part is missing a number in JSON", at));
        }
        at = digits(at);
    }
    let text: String =
        chars.slice(start, at).iter().filter_map(|unit| char::from_u32(u32::from(unit))).collect();
    Ok((text.parse().unwrap_or(f64::NAN), at))
}

/// Units that may all be narrow, as atoms are looked up.
fn intern<'s>(cx: &mut Cx<'s>, units: &[u16]) -> JsResult<'s, Local<'s>> {
    let chars = Chars::Utf16(units);
    if chars.fits_latin1() {
        let bytes: Vec<u8> = units.iter().map(|&unit| unit as u8).collect();
        return Ok(cx.atom_of(Chars::Latin1(&bytes))?.any());
    }
    Ok(cx.atom_of(chars)?.any())
}

/// Puts a value into a container: at the end of an array, under the level's key of an object.
fn put<'s>(cx: &mut Cx<'s>, level: Open<'_>, container: Local<'_>, value: Local<'_>) -> Result<(), Exit> {
    if let Some(array) = container.cast::<Array>(cx) {
        return cx.array_push(array, value);
    }
    let (Some(object), Some(atom)) = (container.as_object(cx), level.key.cast::<Str>(cx)) else {
        return Err(cx.bug("a JSON container of no kind"));
    };
    let atom = atom.get(cx).root(cx);
    let key: Key<'_> = cx.atom_key(atom);
    cx.put_own(object, key, value, info::DEFAULT)
}
