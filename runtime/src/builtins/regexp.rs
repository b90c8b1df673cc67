//! RegExp (22.2): constructor, accessors and matching. What may ask other objects is in `library/regexp.js`; the
//! whole loop of a replacement or split is done here where the expression is plain.

use super::table::*;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::store::Refusal;
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

/// %RegExp%
pub const REGEXP_CLASS: Class = Class::new(
    "RegExp",
    2,
    Intrinsic::RegExp,
    Intrinsic::RegExpPrototype,
    by_both(construct, lib::regexpConstructor),
);

/// Properties of %RegExp%.
pub const REGEXP: Group = Group {
    on: Intrinsic::RegExp,
    rows: &[
        native("escape", 1, super::regexp_text::escape),
        getter("@@species", species).named(Intrinsic::RegExpSpecies),
    ],
};

/// Properties of %RegExp.prototype%.
pub const REGEXP_PROTOTYPE: Group = Group {
    on: Intrinsic::RegExpPrototype,
    rows: &[
        both("exec", 1, exec, lib::regexpExecConverted).named(Intrinsic::RegExpExec),
        getter("dotAll", flag::dotAll).named(Intrinsic::RegExpDotAll),
        library_getter("flags", lib::regexpFlags).named(Intrinsic::RegExpFlags),
        getter("global", flag::global).named(Intrinsic::RegExpGlobal),
        getter("hasIndices", flag::hasIndices).named(Intrinsic::RegExpHasIndices),
        getter("ignoreCase", flag::ignoreCase).named(Intrinsic::RegExpIgnoreCase),
        getter("multiline", flag::multiline).named(Intrinsic::RegExpMultiline),
        getter("source", super::regexp_text::source),
        getter("sticky", flag::sticky).named(Intrinsic::RegExpSticky),
        getter("unicode", flag::unicode).named(Intrinsic::RegExpUnicode),
        getter("unicodeSets", flag::unicodeSets).named(Intrinsic::RegExpUnicodeSets),
        native("compile", 2, compile),
        library("toString", 0, lib::regexpToString),
        both("test", 1, test, lib::regexpTest),
        both("@@match", 1, super::regexp_replace::symbol_match, lib::regexpMatch)
            .named(Intrinsic::RegExpSymbolMatch),
        library("@@matchAll", 1, lib::regexpMatchAll),
        both("@@replace", 2, super::regexp_replace::symbol_replace, lib::regexpReplace)
            .named(Intrinsic::RegExpSymbolReplace),
        both("@@search", 1, super::regexp_replace::symbol_search, lib::regexpSearch),
        both("@@split", 2, super::regexp_replace::symbol_split, lib::regexpSplit)
            .named(Intrinsic::RegExpSymbolSplit),
    ],
};

/// Properties of %RegExpStringIteratorPrototype%.
pub const REGEXP_STRING_ITERATOR: Group = Group {
    on: Intrinsic::RegExpStringIteratorPrototype,
    rows: &[library("next", 0, lib::regexpStringIteratorNext), tag("RegExp String Iterator")],
};

/// Ranges of captures, the whole match first.
pub type Captures = Vec<Option<(usize, usize)>>;

/// RegExp, where pattern and flags ask no object.
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.get(cx, 0).value(cx).is_object() || args.get(cx, 1).value(cx).is_object() {
        return Err(Exit::Fallback);
    }
    let proto = if args.is_construct(cx) {
        cx.prototype_for(args, Intrinsic::RegExpPrototype)?
    } else {
        cx.intrinsic(Intrinsic::RegExpPrototype)
    };
    let object = cx.alloc_regexp(Some(proto))?;
    initialize(cx, args, 0, object)?;
    Ok(object.any())
}

/// RegExpInitialize (22.2.3.3) with two primitive arguments, up to `lastIndex`.
fn initialize<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    first: usize,
    object: Local<'s, Object>,
) -> JsResult<'s, ()> {
    let mut text = [cx.empty_string(); 2];
    for (i, text) in text.iter_mut().enumerate() {
        if !args.get(cx, first + i).value(cx).is_undefined() {
            *text = args.string(cx, first + i)?;
        }
    }
    cx.init_regexp(object, text[0].any(), text[1].any())
}

/// %newRegExp%: pattern and flags, both strings.
pub fn intrinsic_new<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (pattern, flags) = (args.get(cx, 0), args.get(cx, 1));
    cx.new_regexp(pattern, flags)
}

/// %allocRegExp%: an object with a prototype, without pattern.
pub fn intrinsic_alloc<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = args.get(cx, 0);
    Ok(cx.alloc_regexp(Some(proto))?.any())
}

/// %initRegExp%: object, pattern and flags, all primitives.
pub fn intrinsic_init<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = args.get(cx, 0);
    let Some(regexp) = object.as_object(cx) else { return Err(cx.bug("initRegExp of a primitive")) };
    initialize(cx, args, 1, regexp)?;
    Ok(object)
}

/// %isRegExpObject%
pub fn intrinsic_is<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let answer = args.get(cx, 0).value(cx).is::<RegExp>(cx);
    Ok(cx.boolean(answer))
}

/// %regexpSource%: the pattern text as it was given.
pub fn intrinsic_source<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let source =
        args.get(cx, 0).value(cx).cast::<RegExp>(cx).map_or(Value::UNDEFINED, |regexp| regexp.source());
    Ok(source.root(cx))
}

/// %regexpOriginalFlags%
pub fn intrinsic_flags<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let flags =
        args.get(cx, 0).value(cx).cast::<RegExp>(cx).map_or(Value::UNDEFINED, |regexp| regexp.flags());
    Ok(flags.root(cx))
}

fn species<'s>(_: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(args.this())
}

/// The accessors of flags.
#[allow(non_snake_case)]
mod flag {
    use super::*;

    macro_rules! flags {
        ($($name:ident: $letter:literal;)*) => {
            $(pub fn $name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                has_flag(cx, args, stringify!($name), $letter)
            })*
        };
    }

    flags! {
        hasIndices: 'd';
        global: 'g';
        ignoreCase: 'i';
        multiline: 'm';
        dotAll: 's';
        unicode: 'u';
        unicodeSets: 'v';
        sticky: 'y';
    }

    /// RegExpHasFlag (22.2.6.4.1).
    fn has_flag<'s>(cx: &mut Cx<'s>, args: Args<'s>, name: &str, letter: char) -> JsResult<'s> {
        if let Some(regexp) = args.this().cast::<RegExp>(cx) {
            let set = flags_of(cx, regexp).contains(letter);
            return Ok(cx.boolean(set));
        }
        if cx.is_intrinsic(args.this().value(cx), Intrinsic::RegExpPrototype) {
            return Ok(cx.undefined());
        }
        let shown = cx.describe(args.this());
        Err(cx.type_error(&format!("RegExp.prototype.{name} getter called on non-RegExp object {shown}")))
    }
}

/// The flags of a regular expression.
pub fn flags_of(cx: &Cx<'_>, regexp: Local<'_, RegExp>) -> FlagLetters {
    let flags = regexp.get(cx).flags().flat_chars(cx);
    FlagLetters(flags.map_or(0, |chars| chars.iter().fold(0, |bits, unit| bits | 1 << (unit as u32 & 31))))
}

/// A set of letters.
#[derive(Clone, Copy)]
pub struct FlagLetters(u32);

impl FlagLetters {
    /// Whether a letter is in it.
    pub fn contains(self, letter: char) -> bool {
        self.0 >> (letter as u32 & 31) & 1 == 1
    }

    /// Whether code points are matched.
    pub fn is_unicode(self) -> bool {
        self.contains('u') || self.contains('v')
    }
}

fn incompatible(cx: &mut Cx<'_>, args: Args<'_>, method: &str) -> Exit {
    let shown = cx.describe(args.this());
    cx.type_error(&format!("Method RegExp.prototype.{method} called on incompatible receiver {shown}"))
}

/// RegExp.prototype.compile (B.2.4.1)
fn compile<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(this) = args.this().cast::<RegExp>(cx) else { return Err(incompatible(cx, args, "compile")) };
    let object: Local<'_, Object> = this.into();
    if let Some(other) = args.get(cx, 0).cast::<RegExp>(cx) {
        if !args.get(cx, 1).value(cx).is_undefined() {
            return Err(cx.type_error("Invalid flags supplied to RegExp constructor"));
        }
        let (source, flags) = (other.get(cx).source().root(cx), other.get(cx).flags().root(cx));
        cx.init_regexp(object, source, flags)?;
    } else {
        for i in 0..2 {
            args.primitive(cx, i, crate::semantics::Hint::String)?;
        }
        initialize(cx, args, 0, object)?;
    }
    set_last_index(cx, this, 0)?;
    Ok(args.this())
}

/// What the shape of a regular expression says of `lastIndex`, its first property.
fn last_index_info(cx: &Cx<'_>, regexp: Local<'_, RegExp>) -> Option<u32> {
    let object: Local<'_, Object> = regexp.into();
    let table = object.get(cx).shape(cx).table(cx)?;
    let (name, description) = table.entry(0);
    (name == cx.name(Name::lastIndex).bits() as u32).then_some(description)
}

/// `lastIndex` where it is a number, as a length.
pub fn last_index(cx: &mut Cx<'_>, regexp: Local<'_, RegExp>) -> JsResult<'static, Option<f64>> {
    let object: Local<'_, Object> = regexp.into();
    let value = match last_index_info(cx, regexp) {
        Some(description) => object.get(cx).slot(cx, description & info::SLOT).as_number(),
        None => return Err(cx.bug("a regular expression without lastIndex")),
    };
    Ok(value.map(crate::base::num::to_length))
}

/// Set(R, "lastIndex", index, true).
pub fn set_last_index(cx: &mut Cx<'_>, regexp: Local<'_, RegExp>, index: usize) -> JsResult<'static, ()> {
    let object: Local<'_, Object> = regexp.into();
    let description = last_index_info(cx, regexp).unwrap_or(0);
    if description & info::WRITABLE != 0 {
        object.get(cx).set_slot(cx, description & info::SLOT, Value::number(index as f64));
        return Ok(());
    }
    cx.scope(|cx| {
        let key = cx.key(Name::lastIndex);
        Err(cx.refused(Refusal::ReadOnly, key, object.any()))
    })
}

/// RegExpBuiltinExec (22.2.7.2) up to the result's object.
pub fn builtin_match<'s>(
    cx: &mut Cx<'s>,
    regexp: Local<'s, RegExp>,
    string: Local<'s, Str>,
    last: f64,
) -> JsResult<'s, Option<Captures>> {
    let flags = flags_of(cx, regexp);
    let keeps = flags.contains('g') || flags.contains('y');
    let last = if keeps { last } else { 0.0 };
    if last > f64::from(string.get(cx).length()) {
        if keeps {
            set_last_index(cx, regexp, 0)?;
        }
        return Ok(None);
    }
    let found = cx.regexp_match(regexp, string, last as usize, flags.contains('y'))?;
    if keeps {
        let end =
            found.as_ref().and_then(|captures| captures.first().copied().flatten()).map_or(0, |(_, end)| end);
        set_last_index(cx, regexp, end)?;
    }
    Ok(found)
}

/// What a match and its groups matched, as an array with room for `more`.
pub fn match_texts<'s>(
    cx: &mut Cx<'s>,
    string: Local<'_, Str>,
    captures: &Captures,
    more: usize,
) -> JsResult<'s, Local<'s, Array>> {
    let array = cx.new_array(captures.len() as u32, captures.len() + more)?;
    fill_texts(cx, array, string, captures)?;
    Ok(array)
}

fn fill_texts<'s>(
    cx: &mut Cx<'s>,
    array: Local<'_, Array>,
    string: Local<'_, Str>,
    captures: &Captures,
) -> JsResult<'s, ()> {
    let object: Local<'_, Object> = array.into();
    for (i, range) in captures.iter().enumerate() {
        cx.scope(|cx| {
            let value = match range {
                Some((start, end)) => cx.substring(string, *start, *end)?.any(),
                None => cx.undefined(),
            };
            if let Some(elements) = object.get(cx).elements(cx) {
                let value = value.value(cx);
                cx.note_element(elements, value);
                elements.put(cx, i, value);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The result of a successful match as an array.
pub fn match_array<'s>(
    cx: &mut Cx<'s>,
    regexp: Local<'s, RegExp>,
    string: Local<'s, Str>,
    captures: &Captures,
) -> JsResult<'s> {
    let Some(shape) = cx.intrinsic(Intrinsic::MatchShape).cast::<Shape>(cx) else {
        return Err(cx.bug("the realm has no shape of matches"));
    };
    let array = cx.new_array_of_shape(shape, captures.len() as u32, captures.len())?;
    fill_texts(cx, array, string, captures)?;
    let object: Local<'_, Object> = array.into();
    let start = captures.first().copied().flatten().map_or(0, |(start, _)| start);
    let groups = named_groups(cx, regexp, array)?;
    for (slot, value) in [cx.number(start as f64), string.any(), groups].into_iter().enumerate() {
        let value = value.value(cx);
        object.get(cx).set_slot(cx, slot as u32, value);
    }
    if flags_of(cx, regexp).contains('d') {
        let indices = indices_array(cx, regexp, captures)?;
        put(cx, object, Name::indices, indices)?;
    }
    Ok(array.any())
}

fn put<'s>(cx: &mut Cx<'s>, object: Local<'_, Object>, name: Name, value: Local<'_>) -> JsResult<'s, ()> {
    let key = cx.key(name);
    cx.put_own(object, key, value, info::DEFAULT)
}

/// The `groups` object of a match: names to what the array has at the groups' places; undefined without names.
pub fn named_groups<'s>(cx: &mut Cx<'s>, regexp: Local<'_, RegExp>, array: Local<'_, Array>) -> JsResult<'s> {
    let program = cx.regexp_program(regexp)?;
    if program.group_names().len() == 0 {
        return Ok(cx.undefined());
    }
    let null = cx.local(Value::NULL);
    let groups = cx.new_object_with(null)?;
    let array: Local<'_, Object> = array.into();
    for (name, places) in program.group_names() {
        cx.scope(|cx| {
            let key = cx.text_key(name)?;
            let value = cx.undefined();
            for &place in places {
                let capture =
                    array.get(cx).element(cx, place).map_or(Value::UNDEFINED, |element| element.value);
                if !capture.is_undefined() {
                    value.set(cx, capture);
                }
            }
            cx.put_own(groups, key, value, info::DEFAULT)
        })?;
    }
    Ok(groups.any())
}

/// MakeMatchIndicesIndexPairArray (22.2.7.8).
fn indices_array<'s>(cx: &mut Cx<'s>, regexp: Local<'s, RegExp>, captures: &Captures) -> JsResult<'s> {
    let array = cx.new_array(0, captures.len())?;
    for range in captures {
        cx.scope(|cx| {
            let value = match *range {
                Some((start, end)) => {
                    let pair = [cx.number(start as f64), cx.number(end as f64)];
                    cx.array_of(&pair)?.any()
                }
                None => cx.undefined(),
            };
            cx.array_push(array, value)
        })?;
    }
    let groups = named_groups(cx, regexp, array)?;
    put(cx, array.into(), Name::groups, groups)?;
    Ok(array.any())
}

/// Matches and makes the result.
fn exec_at<'s>(
    cx: &mut Cx<'s>,
    regexp: Local<'s, RegExp>,
    string: Local<'s, Str>,
    last: f64,
) -> JsResult<'s> {
    match builtin_match(cx, regexp, string, last)? {
        Some(captures) => match_array(cx, regexp, string, &captures),
        None => Ok(cx.local(Value::NULL)),
    }
}

/// RegExp.prototype.exec
fn exec<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(regexp) = args.this().cast::<RegExp>(cx) else { return Err(incompatible(cx, args, "exec")) };
    let string = args.flat_string(cx, 0)?;
    match last_index(cx, regexp)? {
        Some(last) => exec_at(cx, regexp, string, last),
        None => Err(Exit::Fallback),
    }
}

/// %regexpBuiltinExec%: regular expression, string, and `lastIndex` as a length.
pub fn intrinsic_exec<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(regexp) = args.get(cx, 0).cast::<RegExp>(cx) else { return Err(cx.bug("regexpBuiltinExec")) };
    let string = args.flat_string(cx, 1)?;
    let last = args.number(cx, 2)?;
    exec_at(cx, regexp, string, last)
}

/// RegExp.prototype.test
fn test<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(regexp) = args.this().cast::<RegExp>(cx) else { return Err(Exit::Fallback) };
    let string = args.flat_string(cx, 0)?;
    if !has_builtin_exec(cx, regexp.into())? {
        return Err(Exit::Fallback);
    }
    let Some(last) = last_index(cx, regexp)? else { return Err(Exit::Fallback) };
    let found = builtin_match(cx, regexp, string, last)?;
    Ok(cx.boolean(found.is_some()))
}

/// Whether `exec` of an object is the builtin one.
fn has_builtin_exec<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>) -> JsResult<'s, bool> {
    let exec = cx.plain_get_name(object, Name::exec)?;
    Ok(exec.is_some_and(|exec| cx.is_intrinsic(exec.value(cx), Intrinsic::RegExpExec)))
}

const FLAG_GETTERS: [(Name, Intrinsic); 9] = [
    (Name::flags, Intrinsic::RegExpFlags),
    (Name::hasIndices, Intrinsic::RegExpHasIndices),
    (Name::global, Intrinsic::RegExpGlobal),
    (Name::ignoreCase, Intrinsic::RegExpIgnoreCase),
    (Name::multiline, Intrinsic::RegExpMultiline),
    (Name::dotAll, Intrinsic::RegExpDotAll),
    (Name::unicode, Intrinsic::RegExpUnicode),
    (Name::unicodeSets, Intrinsic::RegExpUnicodeSets),
    (Name::sticky, Intrinsic::RegExpSticky),
];

/// The receiver as a regular expression on which nothing was changed: `exec` and the flags are the builtin ones,
/// `lastIndex` is a number that can be set. Its loop can then run natively.
pub fn pristine<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s, Option<(Local<'s, RegExp>, f64)>> {
    let Some(regexp) = value.cast::<RegExp>(cx) else { return Ok(None) };
    let object: Local<'s, Object> = regexp.into();
    let shape = object.get(cx).shape(cx);
    if shape.count() != 1 || !cx.is_intrinsic(shape.proto(), Intrinsic::RegExpPrototype) {
        return Ok(None);
    }
    let plain = cx.scope(|cx| {
        use crate::object::lookup::Found;
        let proto = cx.intrinsic_object(Intrinsic::RegExpPrototype);
        if !has_builtin_exec(cx, proto)? {
            return Ok(false);
        }
        for (name, intrinsic) in FLAG_GETTERS {
            let key = cx.key(name);
            let Found::Getter(getter) = cx.find(proto, key)? else { return Ok(false) };
            if !cx.is_intrinsic(getter.value(cx), intrinsic) {
                return Ok(false);
            }
        }
        Ok(last_index_info(cx, regexp).is_some_and(|description| description & info::WRITABLE != 0))
    })?;
    if !plain {
        return Ok(None);
    }
    Ok(last_index(cx, regexp)?.map(|last| (regexp, last)))
}

/// %newRegExpStringIterator%: matcher, string, global, unicode.
pub fn intrinsic_new_iterator<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = cx.intrinsic(Intrinsic::RegExpStringIteratorPrototype);
    let done = cx.boolean(false);
    let fields = [args.get(cx, 0), args.get(cx, 1), args.get(cx, 2), args.get(cx, 3), done];
    super::slotted::new_slotted(cx, proto, super::slotted::class::REGEXP_STRING_ITERATOR, &fields)
}

/// %regexpIteratorAt%: a field of such an iterator; undefined of anything else.
pub fn intrinsic_iterator_at<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let index = args.number(cx, 1)? as usize;
    let slotted = args.get(cx, 0).value(cx).cast::<Slotted>(cx);
    let slotted = slotted.filter(|slotted| slotted.class() == super::slotted::class::REGEXP_STRING_ITERATOR);
    Ok(slotted.map_or(Value::UNDEFINED, |slotted| slotted.fields(cx).at(cx, index)).root(cx))
}

/// %regexpIteratorEnd%: marks such an iterator as done.
pub fn intrinsic_iterator_end<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if let Some(slotted) = args.get(cx, 0).value(cx).cast::<Slotted>(cx) {
        slotted.fields(cx).put(cx, 4, Value::TRUE);
    }
    Ok(cx.undefined())
}

/// %advanceIndex%: string, index, whether by code points (22.2.7.3).
pub fn intrinsic_advance<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    let index = args.number(cx, 1)?;
    let chars: Chars<'_> = string.get(cx).chars(cx);
    let next = if index >= chars.len() as f64 {
        index + 1.0
    } else {
        super::text::advance(chars, index as usize, args.get(cx, 2).value(cx).is_true()) as f64
    };
    Ok(cx.number(next))
}
