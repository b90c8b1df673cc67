//! Properties, elements, globals and object literals, by what the caches hold.

use tvm_bytecode::Insn;
use tvm_runtime::base::tier::{Callee, KnownNative};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{kind, offset};
use tvm_runtime::interp::feedback::*;

use super::{Builder, Flow, Frame, Refusal};
use crate::mir::{BlockId, Element, End, Op, Type, Value};

/// Most kinds of typed arrays that an access tells apart.
const MAX_TYPED: usize = 3;

/// Whether an entry is of a shape.
fn is_cached(word: u64) -> bool {
    bits::tag(word) == bits::TAG_CELL
}

impl Builder<'_> {
    fn words3(&self, frame: &Frame, slot: i64) -> [u64; 3] {
        let words = &self.request.functions[frame.function].words;
        std::array::from_fn(|i| words[slot as usize + i])
    }

    fn object(&mut self, frame: &Frame, value: Value) -> Value {
        let value = self.any(value);
        self.guard(frame, Op::GuardObject, &[value], Type::Any)
    }

    /// Reads a place of an object.
    pub(super) fn load_place(&mut self, object: Value, place: u32) -> Value {
        if place < OUT_OF_LINE {
            return self.emit(Op::LoadField(8 * place), &[object], Type::Any);
        }
        let slots = self.emit(Op::Part(offset::Object::slots), &[object], Type::Raw);
        self.emit(Op::LoadAt(8 + 8 * (place - OUT_OF_LINE)), &[slots], Type::Any)
    }

    fn store_place(&mut self, object: Value, place: u32, value: Value) {
        if place < OUT_OF_LINE {
            self.effect(Op::StoreField(8 * place), &[object, value], Type::None, None);
            return;
        }
        let slots = self.emit(Op::Part(offset::Object::slots), &[object], Type::Raw);
        self.effect(Op::StoreAt(8 + 8 * (place - OUT_OF_LINE)), &[slots, value], Type::None, None);
    }

    /// What a place of an object whose reference is known has: a function that was called is taken for it, until it is
    /// another.
    fn constant_of(&mut self, frame: &Frame, reference: u32, place: u32) -> Value {
        match self.request.constants.get(&(reference, place)) {
            Some(&word) if self.failures(frame, self.at) == 0 => {
                self.guard(frame, Op::GuardWordOf(reference, place, word), &[], Type::None);
                self.graph.count("functions known by where they are", 1);
                self.constant(word)
            }
            _ => self.load_of(reference, place),
        }
    }

    /// Reads a place of an object whose reference is known.
    pub(super) fn load_of(&mut self, reference: u32, place: u32) -> Value {
        if place < OUT_OF_LINE {
            return self.emit(Op::LoadOf(reference, 8 * place), &[], Type::Any);
        }
        let slots = self.emit(Op::PartOf(reference, offset::Object::slots), &[], Type::Raw);
        self.emit(Op::LoadAt(8 + 8 * (place - OUT_OF_LINE)), &[slots], Type::Any)
    }

    /// Whether an object that a cache names stays where it is.
    pub(super) fn stays(&self, word: u64) -> bool {
        word as u32 >= tvm_runtime::heap::YOUNG_END_REF
    }

    /// Whether a cache entry can be used for a read.
    fn readable(&self, words: [u64; 3]) -> bool {
        match place(words[0]) {
            ELSEWHERE => self.is_inherited(words),
            ACCESSOR => self.accessor(words).is_some(),
            place => place < ELSEWHERE,
        }
    }

    /// The getter and setter that a cache entry saw.
    fn accessor(&self, words: [u64; 3]) -> Option<(u64, u64)> {
        let holds = words[2] == bits::UNDEFINED || self.is_inherited(words);
        self.request.accessors.get(&(words[0], words[1])).copied().filter(|_| holds)
    }

    /// Whether a cache entry's holder can be named, and the chain to it is what it was.
    fn is_inherited(&self, words: [u64; 3]) -> bool {
        self.stays(words[1]) && self.request.valid.contains(&(words[2] as u32))
    }

    /// What a cache entry's holder has at its place.
    fn load_inherited(&mut self, frame: &Frame, words: [u64; 3]) -> Value {
        self.guard(frame, Op::GuardValid(words[2] as u32), &[], Type::None);
        self.constant_of(frame, words[1] as u32, place(words[1]))
    }

    /// Reads by a cache entry whose shape the object has; `None` where a getter never comes back.
    fn read_entry(
        &mut self,
        frame: &mut Frame,
        index: usize,
        object: Value,
        words: [u64; 3],
        dst: i64,
    ) -> Result<Option<Value>, Refusal> {
        match place(words[0]) {
            ACCESSOR => {
                let (getter, _) = self.accessor(words).ok_or("an accessor that is not known")?;
                let callee = self.load_accessor(frame, object, words, offset::Accessor::getter);
                if getter == bits::UNDEFINED {
                    self.guard(frame, Op::GuardIs(getter), &[callee], Type::Any);
                    return Ok(Some(self.constant(bits::UNDEFINED)));
                }
                self.call_within(frame, index, getter, callee, object, &[], Some(dst))
            }
            ELSEWHERE => Ok(Some(self.load_inherited(frame, words))),
            at => Ok(Some(match self.graph.inst(self.graph.root(object)).op {
                Op::Const(word) => self.constant_of(frame, word as u32, at),
                _ => self.load_place(object, at),
            })),
        }
    }

    /// The getter or setter, by its offset, of the accessor that a cache entry says an object has.
    fn load_accessor(&mut self, frame: &Frame, object: Value, words: [u64; 3], offset: u32) -> Value {
        let pair = match words[2] {
            bits::UNDEFINED => self.load_place(object, place(words[1])),
            _ => self.load_inherited(frame, words),
        };
        self.emit(Op::LoadField(offset), &[pair], Type::Any)
    }

    /// The entries of a property cache, where all of them can be used.
    fn entries(&self, words: [u64; 3], usable: impl Fn(&Self, [u64; 3]) -> bool) -> Option<Vec<[u64; 3]>> {
        let entries = match words[0] {
            bits::POLYMORPHIC => self.request.caches.get(&(words[1] as u32)).cloned()?,
            _ => is_cached(words[0]).then(|| vec![words])?,
        };
        (!entries.is_empty() && entries.iter().all(|&entry| usable(self, entry))).then_some(entries)
    }

    /// Looks for an object's shape in cache entries, one after the other, and does what each asks for; the last one must
    /// be it. `None` where no way leads back.
    fn by_shape(
        &mut self,
        frame: &mut Frame,
        object: Value,
        entries: &[[u64; 3]],
        mut each: impl FnMut(&mut Self, &mut Frame, Value, [u64; 3]) -> Result<Option<Value>, Refusal>,
    ) -> Result<Option<Value>, Refusal> {
        let (last, others) = entries.split_last().ok_or("a cache without entries")?;
        let mut results = Vec::new();
        if !others.is_empty() {
            let shape = self.emit(Op::Shape, &[object], Type::Raw);
            for &words in others {
                let way = |builder: &mut Self| each(builder, frame, object, words);
                results.extend(self.where_raw_is(shape, words[0] as u32, way)?);
            }
        }
        let object = self.guard(frame, Op::GuardShape(last[0] as u32), &[object], Type::Any);
        let value = each(self, frame, object, *last)?;
        if others.is_empty() {
            return Ok(value);
        }
        results.extend(value.map(|value| (self.block, value)));
        Ok((!results.is_empty()).then(|| self.join(&results)))
    }

    /// Does something where a Raw is a number, and goes on building for where it is not. Gives where the first way ends,
    /// and with what; `None` where it never ends.
    fn where_raw_is(
        &mut self,
        raw: Value,
        number: u32,
        way: impl FnOnce(&mut Self) -> Result<Option<Value>, Refusal>,
    ) -> Result<Option<(BlockId, Value)>, Refusal> {
        let is = self.emit(Op::IsRaw(number), &[raw], Type::Bool);
        self.where_holds(is, way)
    }

    /// The same where a truth value is true.
    pub(super) fn where_holds(
        &mut self,
        is: Value,
        way: impl FnOnce(&mut Self) -> Result<Option<Value>, Refusal>,
    ) -> Result<Option<(BlockId, Value)>, Refusal> {
        let (yes, no) = (self.arm(), self.arm());
        self.graph.at_mut(self.block).end = End::Branch(is, yes, no);
        let checkpoint = self.checkpoint;
        self.block = yes;
        let result = way(self)?.map(|value| (self.block, value));
        self.block = no;
        self.checkpoint = checkpoint;
        Ok(result)
    }

    pub(super) fn get_prop(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let words = self.words3(frame, o[3]);
        let object = self.reg(frame, o[1])?;
        if is_cached(words[0]) && matches!(place(words[0]), ON_STRING | ON_NUMBER) {
            return self.get_of_primitive(frame, index, insn, object, words);
        }
        let Some(entries) = self.entries(words, Self::readable) else {
            return self.general(frame, index);
        };
        let object = self.object(frame, object);
        let value = self.by_shape(frame, object, &entries, |builder, frame, object, words| {
            builder.read_entry(frame, index, object, words, o[0])
        })?;
        Ok(self.set_or_end(frame, o[0], value))
    }

    /// Brings blocks together that each have a value.
    pub(super) fn join(&mut self, ways: &[(BlockId, Value)]) -> Value {
        let same = self.graph.ty(ways[0].1);
        let ty = if ways.iter().all(|&(_, value)| self.graph.ty(value) == same) { same } else { Type::Any };
        let to = self.graph.block();
        let mut inputs = Vec::with_capacity(ways.len());
        for &(block, value) in ways {
            self.block = block;
            let value = if ty == Type::Any { self.any(value) } else { value };
            inputs.push(value);
            self.graph.at_mut(block).end = End::Jump(to);
            self.graph.at_mut(to).preds.push(block);
        }
        self.block = to;
        self.checkpoint = None;
        let phi = self.graph.make(Op::Phi, &inputs, ty, None);
        self.graph.at_mut(to).insts.push(phi);
        phi
    }

    /// A method of a string or a number.
    fn get_of_primitive(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
        value: Value,
        words: [u64; 3],
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        if !self.stays(words[1]) {
            return self.general(frame, index);
        }
        if place(words[0]) == ON_STRING {
            let value = self.any(value);
            let value = self.guard(frame, Op::GuardString, &[value], Type::Any);
            frame.regs[o[1] as usize] = Some(value);
        } else if !matches!(self.graph.ty(value), Type::Int | Type::Double) {
            let value = self.any(value);
            self.guard(frame, Op::GuardIsNumber, &[value], Type::Any);
        }
        self.guard(frame, Op::GuardShapeOf(words[1] as u32, words[0] as u32), &[], Type::None);
        let value = self.constant_of(frame, words[1] as u32, place(words[1]));
        Ok(self.set(frame, o[0], value))
    }

    pub(super) fn get_global(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let words = self.words3(frame, o[2]);
        if !self.global_guards(frame, words) {
            return self.general(frame, index);
        }
        let value = self.constant_of(frame, words[1] as u32, place(words[0]) & (ELSEWHERE - 1));
        let value = self.guard(frame, Op::GuardNotHole, &[value], Type::Any);
        Ok(self.set(frame, o[0], value))
    }

    /// Guards that a global is where the cache says.
    fn global_guards(&mut self, frame: &Frame, words: [u64; 3]) -> bool {
        let valid = words[2] == bits::UNDEFINED || self.request.valid.contains(&(words[2] as u32));
        if !is_cached(words[0]) || !self.stays(words[1]) || !valid {
            return false;
        }
        if words[2] != bits::UNDEFINED {
            self.guard(frame, Op::GuardValid(words[2] as u32), &[], Type::None);
        }
        self.guard(frame, Op::GuardShapeOf(words[1] as u32, words[0] as u32), &[], Type::None);
        true
    }

    pub(super) fn set_global(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let words = self.words3(frame, o[2]);
        let at = place(words[0]);
        let value = self.reg(frame, o[1])?;
        if at >= OUT_OF_LINE && at & ELSEWHERE != 0 || !self.global_guards(frame, words) {
            return self.general(frame, index);
        }
        let value = self.any(value);
        let old = self.load_of(words[1] as u32, at);
        self.guard(frame, Op::GuardNotHole, &[old], Type::Any);
        if at < OUT_OF_LINE {
            self.effect(Op::StoreOf(words[1] as u32, 8 * at), &[value], Type::None, None);
        } else {
            let slots = self.emit(Op::PartOf(words[1] as u32, offset::Object::slots), &[], Type::Raw);
            self.effect(Op::StoreAt(8 + 8 * (at - OUT_OF_LINE)), &[slots, value], Type::None, None);
        }
        Ok(Flow::Next)
    }

    pub(super) fn set_prop(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let words = self.words3(frame, o[3]);
        let Some(entries) = self.entries(words, Self::writable) else {
            return self.general(frame, index);
        };
        let (object, value) = (self.reg(frame, o[0])?, self.reg(frame, o[2])?);
        let object = self.object(frame, object);
        let value = self.any(value);
        let done = self.by_shape(frame, object, &entries, |builder, frame, object, words| {
            builder.write_entry(frame, index, object, words, value)
        })?;
        Ok(if done.is_some() { Flow::Next } else { Flow::Ends })
    }

    fn writable(&self, words: [u64; 3]) -> bool {
        match place(words[0]) {
            ELSEWHERE => place(words[1]) < OUT_OF_LINE && self.request.valid.contains(&(words[2] as u32)),
            ACCESSOR => self.accessor(words).is_some_and(|(_, setter)| setter != bits::UNDEFINED),
            at => at < ELSEWHERE,
        }
    }

    /// Writes by a cache entry whose shape the object has, and gives anything; `None` where a setter never comes back.
    fn write_entry(
        &mut self,
        frame: &mut Frame,
        index: usize,
        object: Value,
        words: [u64; 3],
        value: Value,
    ) -> Result<Option<Value>, Refusal> {
        match place(words[0]) {
            ACCESSOR => {
                let (_, setter) = self.accessor(words).ok_or("an accessor that is not known")?;
                let callee = self.load_accessor(frame, object, words, offset::Accessor::setter);
                return self.call_within(frame, index, setter, callee, object, &[value], None);
            }
            ELSEWHERE => {
                self.guard(frame, Op::GuardValid(words[2] as u32), &[], Type::None);
                self.add_property(object, words, value);
            }
            at => self.store_place(object, at, value),
        }
        Ok(Some(value))
    }

    /// Gives an object the next shape of a cache entry, and its new property a value.
    fn add_property(&mut self, object: Value, words: [u64; 3], value: Value) {
        self.effect(Op::StoreShape(words[1] as u32), &[object], Type::None, None);
        self.effect(Op::StoreField(8 * place(words[1])), &[object, value], Type::None, None);
    }

    /// The entries of a private name's cache with the name guarded, where all are of one that stays.
    fn private_entries(
        &mut self,
        frame: &Frame,
        slot: i64,
        key: i64,
    ) -> Result<Option<Vec<[u64; 3]>>, Refusal> {
        let words = self.words3(frame, slot);
        let Some(entries) = self.entries(words, |_, words| place(words[0]) < ELSEWHERE) else {
            return Ok(None);
        };
        let name = entries[0][1];
        if !self.stays(name) || entries.iter().any(|entry| entry[1] != name) {
            return Ok(None);
        }
        let key = self.reg(frame, key)?;
        let key = self.any(key);
        self.guard(frame, Op::GuardIs(name), &[key], Type::Any);
        Ok(Some(entries))
    }

    pub(super) fn get_private(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let Some(entries) = self.private_entries(frame, o[3], o[2])? else {
            return self.general(frame, index);
        };
        let object = self.reg(frame, o[1])?;
        let object = self.object(frame, object);
        let value = self.by_shape(frame, object, &entries, |builder, _, object, words| {
            Ok(Some(builder.load_place(object, place(words[0]))))
        })?;
        Ok(self.set_or_end(frame, o[0], value))
    }

    pub(super) fn set_private(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let Some(entries) = self.private_entries(frame, o[3], o[1])? else {
            return self.general(frame, index);
        };
        let (object, value) = (self.reg(frame, o[0])?, self.reg(frame, o[2])?);
        let object = self.object(frame, object);
        let value = self.any(value);
        self.by_shape(frame, object, &entries, |builder, _, object, words| {
            builder.store_place(object, place(words[0]), value);
            Ok(Some(value))
        })?;
        Ok(Flow::Next)
    }

    pub(super) fn init_prop(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let words = self.words3(frame, o[3]);
        let Some(entries) = self.entries(words, |_, words| {
            let at = place(words[0]);
            at < ELSEWHERE || at == ELSEWHERE && place(words[1]) < OUT_OF_LINE
        }) else {
            return self.general(frame, index);
        };
        let (object, value) = (self.reg(frame, o[0])?, self.reg(frame, o[2])?);
        let object = self.object(frame, object);
        let value = self.any(value);
        self.by_shape(frame, object, &entries, |builder, _, object, words| {
            match place(words[0]) {
                ELSEWHERE => builder.add_property(object, words, value),
                at => builder.store_place(object, at, value),
            }
            Ok(Some(value))
        })?;
        Ok(Flow::Next)
    }

    pub(super) fn get_length(&mut self, frame: &mut Frame, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let words = self.words3(frame, o[3]);
        let object = self.reg(frame, o[1])?;
        let object = self.any(object);
        let Some(entries) = self.entries(words, Self::is_typed_length) else {
            let value = self.guard(frame, Op::Length, &[object], Type::Int);
            return Ok(self.set(frame, o[0], value));
        };
        let object = self.object(frame, object);
        self.graph.count("lengths of typed arrays", 1);
        let value = self.by_shape(frame, object, &entries, |builder, frame, object, words| {
            let getter = builder.load_accessor(frame, object, words, offset::Accessor::getter);
            let template = builder.typed_length_getter(words).ok_or("a getter that is not known")?;
            builder.known_template(frame, getter, template);
            Ok(Some(builder.guard(frame, Op::TypedLength, &[object], Type::Int)))
        })?;
        Ok(self.set_or_end(frame, o[0], value))
    }

    /// The template of the getter that a cache entry saw, where that is %TypedArray%.prototype's of `length`.
    fn typed_length_getter(&self, words: [u64; 3]) -> Option<u32> {
        let (getter, _) = self.accessor(words)?;
        match self.request.callees.get(&(getter as u32))? {
            &Callee::Native { template, known: Some(KnownNative::TypedLength), .. } => Some(template),
            _ => None,
        }
    }

    fn is_typed_length(&self, words: [u64; 3]) -> bool {
        place(words[0]) == ACCESSOR && self.typed_length_getter(words).is_some()
    }

    /// A value as it is stored in an element of a type.
    pub(super) fn element_value(&mut self, frame: &Frame, element: Element, value: Value) -> Value {
        match (element, self.graph.ty(value)) {
            (Element::F32 | Element::F64, _) => self.as_double(frame, value),
            (Element::Clamped, Type::Int) => self.emit(Op::ClampByte, &[value], Type::Int),
            (_, Type::Int) => value,
            (Element::Clamped, _) => {
                let value = self.as_double(frame, value);
                self.emit(Op::ClampByte, &[value], Type::Int)
            }
            _ => {
                let value = self.as_double(frame, value);
                self.emit(Op::Truncate, &[value], Type::Int)
            }
        }
    }

    /// What was seen at a place where feedback gathers bits: none of those that say that it is cold.
    pub(super) fn seen(&self, frame: &Frame, slot: i64) -> u64 {
        self.word(frame, slot) & 0xFFFF_FFEF
    }

    /// The kinds of typed arrays that were seen, where they are few and nothing else was.
    pub(super) fn typed(seen: u64) -> Option<Vec<Element>> {
        if seen & 0xFF != 0 {
            return None;
        }
        let kinds = seen >> SAW_TYPED_SHIFT & 0x3FF;
        let numbers = (0..10).filter(|number| kinds & 1 << number != 0);
        let kinds: Vec<Element> = numbers.map(Element::of).collect::<Option<_>>()?;
        (1..=MAX_TYPED).contains(&kinds.len()).then_some(kinds)
    }

    /// Looks for a typed array's element type among those that were seen, and does what each asks for with the address
    /// of the elements and their number; the last one must be it.
    fn by_element(
        &mut self,
        frame: &Frame,
        object: Value,
        kinds: &[Element],
        mut each: impl FnMut(&mut Self, Element, Value, Value) -> Value,
    ) -> Result<Value, Refusal> {
        let mut arm = |builder: &mut Self, element| {
            let object = builder.guard(frame, Op::GuardTyped(element), &[object], Type::Any);
            let (data, count) = builder.typed_parts(object);
            each(builder, element, data, count)
        };
        let (&last, others) = kinds.split_last().ok_or("an access without kinds")?;
        if others.is_empty() {
            return Ok(arm(self, last));
        }
        let typed = self.guard(frame, Op::GuardKind(kind::TypedArray), &[object], Type::Any);
        let found = self.emit(Op::LoadWord(offset::TypedArray::element_type), &[typed], Type::Raw);
        let mut results = Vec::new();
        for &element in others {
            let way = |builder: &mut Self| Ok(Some(arm(builder, element)));
            results.extend(self.where_raw_is(found, element.number(), way)?);
        }
        let value = arm(self, last);
        results.push((self.block, value));
        Ok(self.join(&results))
    }

    /// A code unit of a string, as a string.
    pub(super) fn load_character(&mut self, frame: &Frame, string: Value, at: Value) -> Value {
        let string = self.guard(frame, Op::GuardString, &[string], Type::Any);
        let unit = self.guard(frame, Op::CharCode, &[string, at], Type::Int);
        self.guard(frame, Op::Character, &[unit], Type::Any)
    }

    /// Where a typed array's elements are, and how many there are.
    pub(super) fn typed_parts(&mut self, array: Value) -> (Value, Value) {
        let data = self.emit(Op::TypedData, &[array], Type::Raw);
        (data, self.emit(Op::TypedCount, &[array], Type::Raw))
    }

    /// An element of those of a type: where they are, and how many there are.
    pub(super) fn load_typed(
        &mut self,
        frame: &Frame,
        element: Element,
        (data, count): (Value, Value),
        at: Value,
    ) -> Value {
        let at = self.guard(frame, Op::InBounds, &[at, count], Type::Int);
        self.emit(Op::LoadTyped(element), &[data, at], element.read_type())
    }

    /// A dense element of an object.
    pub(super) fn load_element(&mut self, frame: &Frame, object: Value, key: Value) -> Value {
        let elements = self.emit(Op::Part(offset::Object::elements), &[object], Type::Raw);
        let capacity = self.emit(Op::LoadWordAt(offset::Elements::capacity), &[elements], Type::Raw);
        self.guard(frame, Op::LoadElement, &[elements, key, capacity], Type::Any)
    }

    /// The flags that a value sets in elements, where its making tells.
    fn kind_flags(&self, value: Value) -> Option<u8> {
        use tvm_runtime::heap::cells::flag;
        match (self.graph.ty(value), self.graph.inst(value).op) {
            (Type::Int, _) => Some(flag::NOT_DOUBLE),
            (Type::Double, op) if op.gives_ints_where_it_can() => None,
            (Type::Double, _) => Some(flag::NOT_INT),
            (Type::Bool, _) | (_, Op::Const(_) | Op::NewObject(..) | Op::NewArray | Op::Closure(..)) => {
                Some(flag::NOT_INT | flag::NOT_DOUBLE)
            }
            _ => None,
        }
    }

    /// Whether a key is an index, as far as its making tells: an int, or a phi that may turn out to be one.
    fn is_index(&self, key: Value) -> bool {
        let inst = self.graph.inst(self.graph.root(key));
        match inst.ty {
            Type::Int | Type::Double => true,
            Type::Any => !matches!(inst.op, Op::Const(_) | Op::Word(..)),
            _ => false,
        }
    }

    pub(super) fn get_elem(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let seen = self.seen(frame, o[3]);
        let (object, key) = (self.reg(frame, o[1])?, self.reg(frame, o[2])?);
        if seen == SAW_DENSE {
            let key = self.as_int(frame, key);
            let object = self.object(frame, object);
            let value = self.load_element(frame, object, key);
            return Ok(self.set(frame, o[0], value));
        }
        if seen & SAW_STRING != 0 && seen & !(SAW_STRING | SAW_ELSEWHERE) == 0 {
            let key = self.as_int(frame, key);
            let string = self.any(object);
            let value = self.load_character(frame, string, key);
            return Ok(self.set(frame, o[0], value));
        }
        if let Some(kinds) = Self::typed(seen) {
            let key = self.as_int(frame, key);
            let object = self.object(frame, object);
            let value = self.by_element(frame, object, &kinds, |builder, element, data, count| {
                builder.load_typed(frame, element, (data, count), key)
            })?;
            return Ok(self.set(frame, o[0], value));
        }
        // Where nothing but slow paths was seen, what is no number for sure is a name, most likely.
        let named = seen == SAW_ELSEWHERE && self.graph.ty(key) == Type::Any;
        if self.is_index(key) && !named {
            let key = self.as_int(frame, key);
            let object = self.any(object);
            let state = self.state_at(frame, index);
            let value = self.effect(Op::GetIndex, &[object, key], Type::Any, Some(state));
            return Ok(self.set(frame, o[0], value));
        }
        self.general(frame, index)
    }

    pub(super) fn set_elem(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let seen = self.seen(frame, o[3]);
        let (object, key) = (self.reg(frame, o[0])?, self.reg(frame, o[1])?);
        let value = self.reg(frame, o[2])?;
        if seen == SAW_DENSE {
            let key = self.as_int(frame, key);
            let object = self.object(frame, object);
            let object = self.guard(frame, Op::GuardKind(kind::Array), &[object], Type::Any);
            let object = self.guard(frame, Op::GuardStores, &[object], Type::Any);
            let elements = self.emit(Op::Part(offset::Object::elements), &[object], Type::Raw);
            let limit = self.emit(Op::StoreLimit, &[object, elements], Type::Raw);
            let noted = self.kind_flags(value);
            if let Some(set) = noted {
                self.emit(Op::NoteKind(set), &[elements], Type::None);
            }
            let value = self.any(value);
            let state = self.state_at(frame, index);
            let op = Op::StoreElement(noted.is_some());
            self.effect(op, &[elements, key, value, limit], Type::None, Some(state));
            return Ok(Flow::Next);
        }
        if let Some(kinds) = Self::typed(seen) {
            let key = self.as_int(frame, key);
            let object = self.object(frame, object);
            self.by_element(frame, object, &kinds, |builder, element, data, count| {
                let stored = builder.element_value(frame, element, value);
                let index = builder.guard(frame, Op::InBounds, &[key, count], Type::Int);
                builder.effect(Op::StoreTyped(element), &[data, index, stored], Type::None, None);
                stored
            })?;
            return Ok(Flow::Next);
        }
        if seen >> SAW_TYPED_SHIFT & 0x3FF == 0 && self.is_index(key) {
            let key = self.as_int(frame, key);
            let object = self.object(frame, object);
            let value = self.any(value);
            let state = self.state_at(frame, index);
            self.effect(Op::SetIndex, &[object, key, value], Type::None, Some(state));
            return Ok(Flow::Next);
        }
        self.general(frame, index)
    }

    pub(super) fn object_from_regs(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let shape = self.word(frame, o[4]);
        if !is_cached(shape) {
            return self.general(frame, index);
        }
        let mut values = Vec::new();
        for register in o[2]..o[2] + o[3] {
            let value = self.reg(frame, register)?;
            values.push(self.any(value));
        }
        // The object's room is what the shape says; the literal fills it.
        let count = values.len() as u32;
        let mut live = frame.analysis.live_across(index);
        for register in o[2]..o[2] + o[3] {
            live.insert(register as usize);
        }
        let pc = frame.analysis.insns[index].0;
        let word = tvm_runtime::frame::state(pc, 0, tvm_runtime::frame::ReturnKind::Resume);
        let state = self.state_of(frame, &live, pc, word);
        let value = self.effect(Op::NewObject(shape as u32, count), &values, Type::Any, Some(state));
        Ok(self.set(frame, o[0], value))
    }
}
