//! Linking: templates for a unit's functions, and their constants as values beside fresh feedback.

use tvm_bytecode::Verified;
use tvm_bytecode::data::*;
use tvm_bytecode::unit::TextRef;

use crate::base::vm::CodeEntry;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value, bits};
use crate::object::bigint::from_decimal;
use crate::object::function::{Entry, template_flag};
use crate::object::string::Chars;
use crate::semantics::JsResult;

/// A scope layout as `NewScope` finds it among its constants: slots, and how many of the first are holes.
pub fn scope_word(slots: u32, holes: u32) -> f64 {
    f64::from(slots) * 65536.0 + f64::from(holes)
}

impl<'s> Cx<'s> {
    /// Takes a unit into the isolate.
    pub fn add_unit(&mut self, unit: Verified) -> u32 {
        self.vm.units.push(unit);
        self.vm.units.len() as u32 - 1
    }

    /// A unit of code that the program itself gave: it stays, and counts as the program's memory.
    pub fn add_given_unit(&mut self, unit: Verified) -> JsResult<'s, u32> {
        if !self.heap.charge(unit.bytes().len()) {
            return Err(self.out_of_memory());
        }
        Ok(self.add_unit(unit))
    }

    /// A string of a unit as an atom.
    pub fn unit_atom(&mut self, unit: u32, id: StringId) -> JsResult<'s, Local<'s, Str>> {
        let unit = self.vm.units[unit as usize].clone();
        match unit.text(id) {
            TextRef::Latin1(bytes) => self.atom_of(Chars::Latin1(bytes)),
            TextRef::Utf16(bytes) => {
                let units: Vec<u16> =
                    bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
                self.atom_of(Chars::Utf16(&units))
            }
        }
    }

    /// A template for a function of a unit.
    pub fn new_template(
        &mut self,
        unit: u32,
        function: u32,
        realm: Local<'_, Realm>,
    ) -> JsResult<'s, Local<'s, Template>> {
        let template = self.alloc_old::<Template>(kind::Template, Template::BYTES)?;
        let record = self.vm.units[unit as usize].function(function);
        let name = self.unit_atom(unit, record.name)?;
        let kind = FunctionKind::from_u32(record.kind).unwrap_or(FunctionKind::Normal);
        let cell = template.get(self);
        cell.set_kind_and_entry(kind, if is_class(kind) { Entry::Class } else { Entry::Unlinked });
        let mut flags = template_flags(kind, record.flags);
        if is_default_constructor(&self.vm.units[unit as usize], &record) {
            flags |= template_flag::DEFAULT_CONSTRUCTOR;
            if record.flags & function_flag::HAS_FIELDS == 0 {
                flags |= template_flag::PASSES_ON;
            }
        }
        cell.set_flags(flags);
        cell.set_registers(record.registers);
        cell.set_params(record.params);
        cell.set_unit(unit);
        cell.set_function(function);
        cell.set_realm(self, realm.get(self));
        cell.set_name(self, name.value(self));
        cell.set_length(record.length);
        cell.set_inline_hint(record.inline_hint);
        cell.set_module(self, Value::UNDEFINED);
        Ok(template)
    }

    /// Makes a template's constants and feedback, once.
    pub fn link(&mut self, template: Local<'_, Template>) -> JsResult<'s, ()> {
        if template.get(self).linked(self).is_some() {
            return Ok(());
        }
        let (unit_number, function) = (template.get(self).unit(), template.get(self).function());
        let unit = self.vm.units[unit_number as usize].clone();
        let record = unit.function(function);
        let feedback: u32 = unit
            .feedback(&record)
            .iter()
            .map(|&kind| FEEDBACK_KINDS[usize::from(kind)].feedback_words())
            .sum();
        let count = record.constant_count as usize;
        let bytes = Linked::BYTES + 8 * (count + feedback as usize);
        let linked = self.alloc_old::<Linked>(kind::Linked, bytes)?;
        linked.get(self).set_constants(record.constant_count);
        // COLD for feedback; constants follow one by one.
        // SAFETY: a special value is no reference.
        #[allow(unsafe_code)]
        let cold = unsafe { Value::from_bits(bits::COLD) };
        linked.get(self).fill(self, 0, cold);
        for index in 0..record.constant_count {
            self.scope(|cx| {
                let constant = unit.constant(&record, index).expect("verified constants");
                let value = cx.constant_value(unit_number, &unit, constant)?;
                linked.get(cx).put(cx, index as usize, value.value(cx));
                Ok(())
            })?;
        }
        let number = self.number_code(template, CodeEntry::new(&unit, unit_number, function));
        let cell = template.get(self);
        cell.set_code(number);
        cell.set_linked(self, Some(linked.get(self)));
        if cell.entry() == Entry::Unlinked {
            cell.set_kind_and_entry(cell.function_kind(), Entry::Bytecode);
        }
        Ok(())
    }

    /// Puts a template's code into the table: under the number of one that died, where there is any.
    fn number_code(&mut self, template: Local<'_, Template>, entry: CodeEntry) -> u32 {
        if self.vm.free_codes.is_empty() {
            let mut dead = self.heap.codes.take_dead();
            if let (Some(tiers), false) = (&self.vm.tiers, dead.is_empty()) {
                let known = tiers.known_codes();
                dead.retain(|number| !known.contains(number));
            }
            self.vm.free_codes = dead;
        }
        let number = match self.vm.free_codes.pop() {
            Some(number) => {
                self.vm.codes[number as usize] = entry;
                number
            }
            None => {
                self.vm.add_code(entry);
                self.vm.codes.len() as u32 - 1
            }
        };
        let reference = template.get(self).reference(self);
        self.heap.codes.own(number, reference);
        number
    }

    /// A constant as a value. Functions, templates and the like are numbers until they are needed.
    fn constant_value(&mut self, number: u32, unit: &Verified, constant: Constant) -> JsResult<'s> {
        Ok(match constant {
            Constant::Number(value) => self.number(value),
            Constant::String(id) => self.unit_atom(number, id)?.any(),
            Constant::BigInt(id) => {
                let text = unit.text(id).to_text().to_string();
                let digits = text.strip_prefix('-').unwrap_or(&text);
                let magnitude = from_decimal(digits.as_bytes()).unwrap_or_default();
                let big = if digits.len() < text.len() { -magnitude } else { magnitude };
                self.bigint(&big)?.any()
            }
            Constant::Symbol(id) => {
                let symbol = WellKnownSymbol::from_u32(id).unwrap_or(WellKnownSymbol::Iterator);
                self.local(self.well_known(symbol))
            }
            Constant::Scope(id) => {
                let slots = unit.slot_count(id);
                let holes = (0..slots)
                    .take_while(|&slot| unit.slot(id, slot).is_some_and(|slot| slot.kind.has_dead_zone()))
                    .count() as u32;
                self.number(scope_word(slots, holes))
            }
            Constant::Keys(id) => {
                let ids: Vec<u32> = unit.list(id).collect();
                let keys = self.new_tuple(ids.len())?;
                for (i, id) in ids.into_iter().enumerate() {
                    let atom = self.unit_atom(number, id)?;
                    keys.get(self).put(self, i, atom.value(self));
                }
                keys.any()
            }
            Constant::JumpTable(id) => {
                let entries: Vec<u32> = unit.list(id).collect();
                let bytes = self.alloc_old::<Bytes>(kind::Bytes, Bytes::BYTES + 4 * entries.len())?;
                bytes.get(self).set_length(4 * entries.len() as u32);
                for (i, &entry) in entries.iter().enumerate() {
                    bytes.get(self).set_u32(self, i, entry);
                }
                bytes.any()
            }
            Constant::Slots(id) => {
                let slots: Vec<u32> = unit.list(id).collect();
                let tuple = self.new_tuple(slots.len())?;
                for (i, slot) in slots.into_iter().enumerate() {
                    let value = if slot == NONE { Value::HOLE } else { Value::int(slot as i32) };
                    tuple.get(self).put(self, i, value);
                }
                tuple.any()
            }
            Constant::Function(id) | Constant::Template(id) | Constant::Globals(id) | Constant::Eval(id) => {
                self.number(f64::from(id))
            }
        })
    }
}

fn is_class(kind: FunctionKind) -> bool {
    matches!(kind, FunctionKind::BaseConstructor | FunctionKind::DerivedConstructor)
}

/// Whether a function is what the frontend makes for a derived class without constructor.
fn is_default_constructor(unit: &Verified, record: &tvm_bytecode::unit::FunctionRecord) -> bool {
    use tvm_bytecode::Op as B;
    const ALL: [B; 6] =
        [B::NewRest, B::LoadCallee, B::LoadNewTarget, B::SuperCallSpread, B::RunFieldInit, B::ReturnDerived];
    record.kind == FunctionKind::DerivedConstructor as u32
        && record.params == 0
        && tvm_bytecode::Insns::new(unit.code(record))
            .map(|insn| insn.map(|(_, insn)| insn.op).ok())
            .eq(ALL.map(Some))
}

fn template_flags(kind: FunctionKind, flags: u32) -> u32 {
    use FunctionKind as F;
    let mut all = 0;
    let mut set = |condition: bool, flag: u32| all |= if condition { flag } else { 0 };
    set(flags & function_flag::STRICT != 0, template_flag::STRICT);
    set(flags & function_flag::KEEPS_ARGUMENTS != 0, template_flag::KEEPS_ARGUMENTS);
    set(flags & function_flag::SELF_HOSTED != 0, template_flag::LIBRARY);
    set(flags & function_flag::NO_SOURCE != 0, template_flag::NO_SOURCE);
    let library = flags & function_flag::SELF_HOSTED != 0;
    let is_plain = kind == F::Normal && (!library || flags & function_flag::CONSTRUCTS != 0);
    set(is_plain || is_class(kind), template_flag::CONSTRUCTOR);
    set(kind == F::DerivedConstructor, template_flag::DERIVED);
    let has_prototype = is_plain
        || is_class(kind)
        || matches!(kind, F::Generator | F::GeneratorMethod | F::AsyncGenerator | F::AsyncGeneratorMethod);
    set(has_prototype, template_flag::HAS_PROTOTYPE);
    all
}
