//! Regular expressions as objects: compiled programs by number, and matching under the meter.

use std::sync::Arc;

use tvm_bytecode::data::ErrorKind;
use tvm_regexp::{Budget, Flags, Input, MatchError, Pattern, Program, Scratch};

use super::args::JsResult;
use crate::base::exit::Exit;
use crate::base::vm::{RecentRegExp, Vm};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::shape::{ObjectLayout, info};
use crate::object::string::Chars;

/// Programs that are kept compiled; beyond this the table is emptied and filled anew as needed.
const PROGRAMS: usize = 4096;
/// Code units of patterns above which no more programs are kept: each takes some 10 bytes in its program.
const PATTERN_UNITS: usize = 1 << 21;

/// Expressions found at once because they were asked for last: what a literal in a loop asks for.
const RECENT: usize = 64;
/// Code units of patterns above which that is not tried.
const RECENT_UNITS: u32 = 1024;

/// Bytes that compiling takes for each code unit.
const PATTERN_BYTES: usize = 16;

/// Takes a match's steps from the isolate's meter.
struct Metered<'v> {
    vm: &'v mut Vm,
    exit: Option<Exit>,
}

impl Budget for Metered<'_> {
    fn spend(&mut self, steps: u64) -> bool {
        match self.vm.spend(steps) {
            Ok(()) => true,
            Err(exit) => {
                self.exit = Some(exit);
                false
            }
        }
    }
}

/// Where a match and its groups lie; none for groups that took no part.
pub type Captures = Vec<Option<(usize, usize)>>;

impl<'s> Cx<'s> {
    /// `NewRegExp`: a regular expression of the running realm from its literal.
    pub fn new_regexp(&mut self, pattern: Local<'s>, flags: Local<'s>) -> JsResult<'s> {
        let object = self.alloc_regexp(None)?;
        self.init_regexp(object, pattern, flags)?;
        Ok(object.any())
    }

    /// RegExpAlloc (22.2.3.2): an object without pattern, with `lastIndex`.
    pub fn alloc_regexp(&mut self, proto: Option<Local<'s>>) -> JsResult<'s, Local<'s, Object>> {
        let proto = proto.unwrap_or_else(|| self.intrinsic(Intrinsic::RegExpPrototype));
        let shape = self.root_shape(proto, ObjectLayout { kind: kind::RegExp, inline: 1 }, 0)?;
        let object = self.alloc_object(shape)?;
        let cell = object.get(self).cast::<RegExp>().expect("just made");
        cell.set_source(self, Value::UNDEFINED);
        cell.set_flags(self, Value::UNDEFINED);
        let name = self.local(self.name(Name::lastIndex));
        let zero = self.local(Value::int(0));
        self.add_property(object, name, zero, info::WRITABLE)?;
        Ok(object)
    }

    /// RegExpInitialize (22.2.3.3) with strings; `lastIndex` is the caller's business.
    pub fn init_regexp(
        &mut self,
        object: Local<'s, Object>,
        pattern: Local<'s>,
        flags: Local<'s>,
    ) -> JsResult<'s, ()> {
        let (Some(pattern), Some(flags)) = (pattern.cast::<Str>(self), flags.cast::<Str>(self)) else {
            return Err(self.bug("a regular expression's pattern is no string"));
        };
        let number = self.compile_regexp(pattern, flags)?;
        if let Some(cell) = object.get(self).cast::<RegExp>() {
            cell.set_source(self, pattern.value(self));
            cell.set_flags(self, flags.value(self));
            cell.set_program(number);
        }
        Ok(())
    }

    /// The number of the program for a pattern and flags; throws a SyntaxError.
    fn compile_regexp(&mut self, pattern: Local<'_, Str>, flags: Local<'_, Str>) -> JsResult<'s, u32> {
        let (flat, flat_flags) = (self.flatten(pattern)?, self.flatten(flags)?);
        if [flat, flat_flags].iter().any(|text| text.get(self).length() > RECENT_UNITS) {
            return self.find_or_compile_regexp(flat, flat_flags);
        }
        let place = self.recent_place(flat, flat_flags);
        if let Some(number) = self.recent_regexp(place, flat, flat_flags) {
            return Ok(number);
        }
        let number = self.find_or_compile_regexp(flat, flat_flags)?;
        let [pattern, flags] = [flat, flat_flags].map(|text| text.get(self).chars(self).to_vec());
        let recent = &mut self.vm.regexps.recent;
        if recent.is_empty() {
            recent.resize(RECENT, None);
        }
        recent[place] = Some(RecentRegExp { pattern, flags, number });
        Ok(number)
    }

    /// Where an expression is among those asked for last.
    fn recent_place(&self, pattern: Local<'_, Str>, flags: Local<'_, Str>) -> usize {
        let hash = |text: Local<'_, Str>| match text.get(self) {
            atom if atom.is_atom() => atom.stored_hash(),
            other => other.chars(self).hash(),
        };
        (hash(pattern) ^ hash(flags).rotate_left(3)) as usize % RECENT
    }

    fn recent_regexp(&self, place: usize, pattern: Local<'_, Str>, flags: Local<'_, Str>) -> Option<u32> {
        let known = self.vm.regexps.recent.get(place)?.as_ref()?;
        let is = |text: Local<'_, Str>, units: &[u16]| text.get(self).chars(self).equals(Chars::Utf16(units));
        (is(pattern, &known.pattern) && is(flags, &known.flags)).then_some(known.number)
    }

    /// The same for flat strings, by all the patterns that are known.
    fn find_or_compile_regexp(
        &mut self,
        pattern: Local<'_, Str>,
        flags: Local<'_, Str>,
    ) -> JsResult<'s, u32> {
        // Pattern and program lie elsewhere while it is compiled.
        self.require_room(pattern.get(self).length() as usize * PATTERN_BYTES)?;
        let key = (pattern.get(self).chars(self).to_vec(), flags.get(self).to_text(self));
        if let Some(&number) = self.vm.regexps.known.get(&key) {
            return Ok(number);
        }
        let Some(parsed) = Flags::parse(key.1.chars()) else {
            let message = format!("Invalid flags supplied to RegExp constructor '{}'", key.1);
            return Err(self.throw(ErrorKind::SyntaxError, &message));
        };
        self.vm.spend(key.0.len() as u64 + 8)?;
        match Program::compile(Pattern::Utf16(&key.0), parsed) {
            Ok(program) => {
                let regexps = &mut self.vm.regexps;
                if regexps.known.len() >= PROGRAMS || regexps.pattern_units >= PATTERN_UNITS {
                    regexps.known.clear();
                    regexps.recent.clear();
                    regexps.pattern_units = 0;
                    regexps.programs.clear();
                    regexps.programs.push(None);
                    regexps.generation += 1;
                }
                let number = regexps.programs.len() as u32 | regexps.generation << 16;
                regexps.programs.push(Some(Arc::new(program)));
                regexps.pattern_units += key.0.len();
                regexps.known.insert(key, number);
                Ok(number)
            }
            Err(error) => {
                let text = String::from_utf16_lossy(&key.0);
                let message = format!("Invalid regular expression: /{text}/{}: {error}", key.1);
                Err(self.throw(ErrorKind::SyntaxError, &message))
            }
        }
    }

    /// The compiled program of a regular expression, compiled again where this process does not have it.
    pub fn regexp_program(&mut self, regexp: Local<'_, RegExp>) -> JsResult<'s, Arc<Program>> {
        for _ in 0..2 {
            let number = regexp.get(self).program();
            let regexps = &self.vm.regexps;
            if number >> 16 == regexps.generation
                && let Some(Some(program)) = regexps.programs.get((number & 0xFFFF) as usize)
            {
                return Ok(Arc::clone(program));
            }
            let (pattern, flags) =
                (regexp.get(self).source().root(self), regexp.get(self).flags().root(self));
            let (Some(pattern), Some(flags)) = (pattern.cast::<Str>(self), flags.cast::<Str>(self)) else {
                return Err(self.type_error("The regular expression is not initialized"));
            };
            let number = self.compile_regexp(pattern, flags)?;
            regexp.get(self).set_program(number);
        }
        Err(self.bug("a regular expression cannot be compiled"))
    }

    /// Matches a flat string from `start` on. Gives the captures' ranges, or `None` where nothing matches.
    pub fn regexp_match(
        &mut self,
        regexp: Local<'_, RegExp>,
        string: Local<'_, Str>,
        start: usize,
        sticky: bool,
    ) -> JsResult<'s, Option<Captures>> {
        let program = self.regexp_program(regexp)?;
        let mut scratch = self.vm.regexps.scratch.take().unwrap_or_else(|| Box::new(Scratch::new()));
        let (chars, vm) = self.chars_and_vm(string);
        let mut budget = Metered { vm, exit: None };
        let input = match chars {
            Chars::Latin1(bytes) => Input::Latin1(bytes),
            Chars::Utf16(units) => Input::Utf16(units),
        };
        let outcome = program.exec(input, start, sticky, &mut scratch, &mut budget);
        let exit = budget.exit;
        let captures = match outcome {
            Ok(true) => Some(scratch.captures().collect()),
            _ => None,
        };
        scratch.shrink_to(1 << 20);
        self.vm.regexps.scratch = Some(scratch);
        match outcome {
            Ok(_) => Ok(captures),
            Err(MatchError::Interrupted) => Err(exit.unwrap_or(Exit::Terminate)),
            Err(_) => Err(self.range_error("Maximum call stack size exceeded")),
        }
    }
}
