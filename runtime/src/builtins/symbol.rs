//! Symbol (20.4).

use super::table::*;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::symbol::symbol_flag;
use crate::semantics::{Args, JsResult};

/// %Symbol%
pub const SYMBOL_CLASS: Class =
    Class::new("Symbol", 0, Intrinsic::Symbol, Intrinsic::SymbolPrototype, by_native(construct));

/// Properties of %Symbol%.
pub const SYMBOL: Group = Group {
    on: Intrinsic::Symbol,
    rows: &[
        native("for", 1, symbol_for),
        native("keyFor", 1, key_for),
        well_known("asyncDispose", "@@asyncDispose"),
        well_known("asyncIterator", "@@asyncIterator"),
        well_known("dispose", "@@dispose"),
        well_known("hasInstance", "@@hasInstance"),
        well_known("isConcatSpreadable", "@@isConcatSpreadable"),
        well_known("iterator", "@@iterator"),
        well_known("match", "@@match"),
        well_known("matchAll", "@@matchAll"),
        well_known("replace", "@@replace"),
        well_known("search", "@@search"),
        well_known("species", "@@species"),
        well_known("split", "@@split"),
        well_known("toPrimitive", "@@toPrimitive"),
        well_known("toStringTag", "@@toStringTag"),
        well_known("unscopables", "@@unscopables"),
    ],
};

/// Properties of %Symbol.prototype%.
pub const SYMBOL_PROTOTYPE: Group = Group {
    on: Intrinsic::SymbolPrototype,
    rows: &[
        native("toString", 0, to_string),
        native("valueOf", 0, value_of),
        getter("description", description),
        native("@@toPrimitive", 1, to_primitive).with(info::CONFIGURABLE),
        tag("Symbol"),
    ],
};

/// Symbol
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.is_construct(cx) {
        return Err(cx.type_error("Symbol is not a constructor"));
    }
    let description = args.get(cx, 0);
    if description.value(cx).is_undefined() {
        return Ok(cx.new_symbol(description, 0)?.any());
    }
    let description = args.flat_string(cx, 0)?;
    Ok(cx.new_symbol(description.any(), 0)?.any())
}

/// Symbol.for
fn symbol_for<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.flat_string(cx, 0)?;
    let registry = cx.root_cell::<MapTable>(Root::SymbolRegistry).root(cx);
    if let Some(entry) = cx.map_find(registry, key.any())? {
        return Ok(registry.get(cx).entry_value(entry).root(cx));
    }
    let symbol = cx.new_symbol(key.any(), symbol_flag::REGISTERED)?;
    let registry = cx.map_set(registry, key.any(), symbol.any())?;
    cx.set_root(Root::SymbolRegistry, registry.value(cx));
    Ok(symbol.any())
}

/// Symbol.keyFor
fn key_for<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let Some(symbol) = value.cast::<Symbol>(cx) else {
        let shown = cx.describe(value);
        return Err(cx.type_error(&format!("{shown} is not a symbol")));
    };
    let symbol = symbol.get(cx);
    let key =
        if symbol.flags() & symbol_flag::REGISTERED != 0 { symbol.description() } else { Value::UNDEFINED };
    Ok(key.root(cx))
}

/// ThisSymbolValue (20.4.3.4.1).
fn this_symbol<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, Local<'s, Symbol>> {
    if let Some(symbol) = args.this().cast::<Symbol>(cx) {
        return Ok(symbol);
    }
    if let Some(symbol) = cx.wrapped(args.this()).and_then(|primitive| primitive.cast::<Symbol>(cx)) {
        return Ok(symbol);
    }
    Err(cx.type_error(&format!("Symbol.prototype{method} requires that 'this' be a Symbol")))
}

fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let symbol = this_symbol(cx, args, ".toString")?;
    cx.symbol_text(symbol)
}

fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(this_symbol(cx, args, ".valueOf")?.any())
}

fn description<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let symbol = this_symbol(cx, args, ".description")?;
    Ok(symbol.get(cx).description().root(cx))
}

fn to_primitive<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(this_symbol(cx, args, " [ @@toPrimitive ]")?.any())
}

impl<'s> Cx<'s> {
    /// SymbolDescriptiveString (20.4.3.3.1).
    pub fn symbol_text(&mut self, symbol: Local<'_, Symbol>) -> JsResult<'s> {
        let description = symbol.get(self).description().root(self);
        let (head, tail) = (self.string("Symbol(")?, self.character(b')'));
        let text = match description.cast::<Str>(self) {
            Some(description) => self.concat(head, description)?,
            None => head,
        };
        Ok(self.concat(text, tail)?.any())
    }
}
