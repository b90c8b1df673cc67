//! Rule R5: constants and the lists that they refer to.

use super::{ensure, in_range, in_range_or_none, limit};
use crate::data::*;
use crate::layout::Section;
use crate::unit::{FunctionRecord, LoadError, TextRef, Unit};

pub(super) struct Constants<'a> {
    unit: &'a Unit,
    indices: &'a [bool],
    /// For each string, the last key list that it was seen in, counted from 1.
    last_seen: Vec<u32>,
    key_lists: u32,
    /// List entries and BigInt digits that may still be looked at: constants can share a long list.
    left: usize,
}

impl Constants<'_> {
    pub fn new<'a>(unit: &'a Unit, indices: &'a [bool]) -> Constants<'a> {
        let left = unit.bytes().len() + limit::SHARED_ENTRIES;
        Constants { unit, indices, last_seen: vec![0; indices.len()], key_lists: 0, left }
    }

    /// Checks a function's constants.
    pub fn check(&mut self, r: &FunctionRecord) -> Result<(), LoadError> {
        for (index, constant) in (0..r.constant_count).zip(self.unit.constants(r)) {
            let sound = constant.is_some_and(|constant| self.is_sound(constant));
            ensure(sound, || {
                let what = if self.left == 0 {
                    "R5: lists are shared too often"
                } else {
                    "R5: malformed constant, or a list, string or function out of range"
                };
                self.unit.error(Section::Constants, r.constant_first + index, what)
            })?;
        }
        Ok(())
    }

    fn is_sound(&mut self, constant: Constant) -> bool {
        let unit = self.unit;
        match constant {
            Constant::Number(_) => true,
            Constant::String(id) => self.is_string(id),
            Constant::BigInt(id) => self.is_decimal(id),
            Constant::Symbol(id) => WellKnownSymbol::from_u32(id).is_some(),
            Constant::Function(id) => in_range(id, unit.function_count()),
            Constant::Scope(id) => in_range(id, unit.scope_count()),
            Constant::Keys(id) => self.is_keys(id),
            Constant::Template(id) => self.is_template(id),
            Constant::JumpTable(id) => self.is_jump_table(id),
            Constant::Slots(id) => self.is_list(id),
            Constant::Globals(id) => self.is_globals(id),
            Constant::Eval(id) => self.is_eval(id),
        }
    }

    fn is_string(&self, id: StringId) -> bool {
        in_range(id, self.unit.string_count())
    }

    /// Whether `count` more entries may be looked at.
    fn spend(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        self.left > 0
    }

    /// Whether the list exists and may be looked through.
    fn is_list(&mut self, id: ListId) -> bool {
        in_range(id, self.unit.list_count()) && self.spend(self.unit.list(id).len())
    }

    fn is_decimal(&mut self, id: StringId) -> bool {
        let TextRef::Latin1(text) = self.unit.text(id) else { return false };
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        self.is_string(id)
            && self.spend(text.len())
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
    }

    /// Keys make a shape, one slot each: they are distinct, and none is an element's.
    fn is_keys(&mut self, id: ListId) -> bool {
        if !self.is_list(id) {
            return false;
        }
        self.key_lists += 1;
        self.unit.list(id).all(|key| {
            let Some(last) = self.last_seen.get_mut(key as usize) else { return false };
            let repeated = std::mem::replace(last, self.key_lists) == self.key_lists;
            !repeated && !self.indices[key as usize]
        })
    }

    fn is_template(&mut self, id: ListId) -> bool {
        self.is_list(id)
            && self.unit.list(id).len().is_multiple_of(2)
            && self.unit.list(id).enumerate().all(|(i, string)| match i % 2 {
                0 => in_range_or_none(string, self.unit.string_count()),
                _ => self.is_string(string),
            })
    }

    /// A first number and at least one target, for numbers within int32; R11 checks the targets.
    fn is_jump_table(&mut self, id: ListId) -> bool {
        if !self.is_list(id) || self.unit.list(id).len() < 2 {
            return false;
        }
        let first = self.unit.list(id).next().unwrap_or(0) as i32;
        let last = i64::from(first) + self.unit.list(id).len() as i64 - 2;
        last <= i64::from(i32::MAX)
    }

    fn is_globals(&mut self, id: ListId) -> bool {
        self.is_list(id)
            && self.unit.list(id).len().is_multiple_of(2)
            && self.unit.list(id).enumerate().all(|(i, entry)| match i % 2 {
                0 => GlobalKind::from_u32(entry).is_some(),
                _ => self.is_string(entry),
            })
    }

    fn is_eval(&mut self, id: ListId) -> bool {
        if !self.is_list(id) {
            return false;
        }
        let mut entries = self.unit.list(id);
        match (entries.next(), entries.next(), entries.next()) {
            (Some(scope), Some(flags), None) => {
                in_range_or_none(scope, self.unit.scope_count()) && flags & !eval_flag::ALL == 0
            }
            _ => false,
        }
    }
}
