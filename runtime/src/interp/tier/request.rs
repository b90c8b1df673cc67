//! What a compiler is told of a function and of those it calls: a copy of their bytecode's feedback, and of the facts that
//! it rests on.

use rustc_hash::{FxHashMap, FxHashSet};
use tvm_bytecode::{Insn, Insns, Kind, Op};

use crate::base::tier::*;
use crate::frame::{self, Frame};
use crate::heap::YOUNG_END_REF;
use crate::heap::bits;
use crate::heap::cells::*;
use crate::heap::{Cx, Value};
use crate::interp::feedback::{ELSEWHERE, ON_STRING, place};
use crate::object::function::{Entry, template_flag};
use crate::object::realm::Intrinsic;

/// Who was called, where that can be told.
enum Called {
    Native { template: u32, code: u32 },
    NewArray(u32),
    Bytecode(u32),
}

/// The cache of an instruction that reads a property: entries of those that write say something else.
fn read_cache(insn: &Insn) -> Option<i64> {
    insn.operand(Kind::Property).filter(|_| insn.op == Op::GetProp)
}

/// The entries of the cache in a function's words: triples.
fn cache_entries(request: &Request, profile: &FunctionProfile, slot: i64) -> Vec<[u64; 3]> {
    let words: [u64; 3] = std::array::from_fn(|i| profile.words[slot as usize + i]);
    match words[0] {
        bits::POLYMORPHIC => request.caches.get(&(words[1] as u32)).cloned().unwrap_or_default(),
        word if bits::tag(word) == bits::TAG_CELL => vec![words],
        _ => Vec::new(),
    }
}

/// Where a cache entry says that a property is inherited from, and which place it has there.
fn inherited(request: &Request, words: [u64; 3]) -> Option<(u64, u32)> {
    let holds = place(words[0]) == ELSEWHERE && request.valid.contains(&(words[2] as u32));
    holds.then(|| (words[1], place(words[1])))
}

impl Cx<'_> {
    /// What a compiler is told of a function and of those it calls.
    pub(super) fn request(&mut self, entry: u32) -> Option<Request> {
        let running = Frame(self.vm.frame);
        let template = running.template(self)?;
        let root = template.reference(self);
        let callee = self.heap.slot((running.0 as isize + frame::CALLEE) as u32);
        let mut request = Request {
            functions: Vec::new(),
            entry,
            caches: FxHashMap::default(),
            valid: FxHashSet::default(),
            accessors: FxHashMap::default(),
            constants: FxHashMap::default(),
            callees: FxHashMap::default(),
            templates: FxHashMap::default(),
            closures: FxHashMap::default(),
            instances: FxHashMap::default(),
            parents: FxHashMap::default(),
            array_iteration: self.array_iteration(template.realm(self)),
            string_iteration: self.string_iteration(template.realm(self)),
            array_species: self.array_species(template.realm(self)),
            fields: FxHashMap::default(),
            callee: callee as u32,
            running: self.running_constructor(),
            blocked: FxHashMap::default(),
            unmoved: FxHashSet::default(),
            speculate: true,
            fail_guards: None,
            number: 0,
            intrinsics: crate::semantics::natives::intrinsic_names(),
            library: FxHashMap::default(),
            array_shape: self.realm_shape(Intrinsic::ArrayShape),
            plain_shape: self.realm_shape(Intrinsic::PlainShape),
            kept: Vec::new(),
            base: self.heap.base() as usize,
        };
        let plain = [&request.array_iteration, &request.string_iteration, &request.array_species];
        for holder in plain.into_iter().flatten() {
            let cells = [holder.object, holder.shape].map(|cell| bits::reference(bits::TAG_CELL, cell));
            request.kept.extend(cells);
            request.kept.extend(holder.method.map(|(_, method)| method));
        }
        let tiers = self.vm.tiers.as_ref()?;
        request.blocked = tiers.blocked.clone();
        request.unmoved = tiers.unmoved.keys().copied().collect();
        request.speculate = tiers.options.speculate;
        request.fail_guards =
            (tiers.options.fail_guards > 0).then_some(&raw const *tiers.guards_left as usize);
        // Nothing is allocated in between: references stay what they are.
        let mut waiting = vec![(root, 0u32)];
        let mut known: FxHashMap<u32, usize> = FxHashMap::default();
        let mut next = 0;
        while next < waiting.len() {
            let (reference, depth) = waiting[next];
            next += 1;
            let index = request.functions.len();
            known.insert(reference, index);
            request.templates.insert(reference, index);
            let profile = self.profile(reference)?;
            request.kept.push(bits::reference(bits::TAG_CELL, reference));
            let mut callees = self.callees(&profile);
            if index == 0
                && let Some((callee, target)) = request.running
            {
                callees.extend([callee, target]);
            }
            self.add_parents(&mut callees, &mut request);
            self.add_fields((index == 0).then_some(callee), &mut callees, &mut request);
            self.facts(&profile, &mut request);
            self.add_accessors(&profile, &mut callees, &mut request);
            self.add_methods(&profile, &mut callees, &request);
            let mut made = self.closures_of(&profile);
            self.add_called_templates(&profile, root, &mut made);
            request.functions.push(profile);
            for template in made {
                if depth < 5 && waiting.len() < MAX_INLINED && !known.contains_key(&template) {
                    waiting.push((template, depth + 1));
                    known.insert(template, waiting.len() - 1);
                }
            }
            for word in callees {
                let Some(callee) = self.callee_of(word) else { continue };
                request.kept.push(word);
                match callee {
                    Called::NewArray(template) => {
                        request.kept.push(bits::reference(bits::TAG_CELL, template));
                        let known = Some(KnownNative::NewArray);
                        let callee = Callee::Native { template, code: u32::MAX, known };
                        request.callees.insert(word as u32, callee);
                    }
                    Called::Native { template, code } => {
                        request.kept.push(bits::reference(bits::TAG_CELL, template));
                        let known =
                            self.vm.tiers.as_ref().and_then(|tiers| tiers.natives.known.get(&code).copied());
                        request.callees.insert(word as u32, Callee::Native { template, code, known });
                    }
                    Called::Bytecode(template)
                        if self.template_at(template).realm(self).reference(self)
                            != self.template_at(root).realm(self).reference(self) => {}
                    Called::Bytecode(template) => {
                        let index = match known.get(&template) {
                            Some(&index) => index,
                            None if depth < 5 && waiting.len() < MAX_INLINED => {
                                waiting.push((template, depth + 1));
                                known.insert(template, waiting.len() - 1);
                                waiting.len() - 1
                            }
                            None => continue,
                        };
                        request.callees.insert(word as u32, Callee::Function(index));
                        self.instance_of(word, template, &mut request);
                    }
                }
            }
        }
        self.add_constants(&mut request);
        Some(request)
    }

    /// Adds what caches lead to, where that is a function that was called, or an object like `Math`.
    fn add_constants(&self, request: &mut Request) {
        let realm = self.template_at(request.functions[0].template).realm(self);
        let namespaces = [Intrinsic::Math, Intrinsic::Reflect, Intrinsic::JSON, Intrinsic::Atomics];
        let namespaces = namespaces.map(|intrinsic| realm.intrinsic(self, intrinsic).bits());
        let has_shape = |word: u64, shape: u64| {
            bits::is_reference(word) && self.cached_object(word).shape(self).reference(self) == shape as u32
        };
        let mut found = Vec::new();
        for profile in &request.functions {
            for (_, insn) in &profile.insns {
                let global = insn.operand(Kind::Global);
                let Some(slot) = global.or(read_cache(insn)) else { continue };
                for words in cache_entries(request, profile, slot) {
                    let [first, holder, valid] = words;
                    found.extend(match place(first) {
                        at if global.is_some() => {
                            let holds = valid == bits::UNDEFINED || request.valid.contains(&(valid as u32));
                            (holds && has_shape(holder, first)).then_some((holder, at & (ELSEWHERE - 1)))
                        }
                        ELSEWHERE => inherited(request, words),
                        ON_STRING => has_shape(holder, first).then_some((holder, place(holder))),
                        at if at < ELSEWHERE => {
                            let namespace = namespaces.into_iter().find(|&word| has_shape(word, first));
                            namespace.map(|word| (word, at))
                        }
                        _ => None,
                    });
                }
            }
        }
        for (holder, at) in found {
            let word = self.cached_value(holder, at).bits();
            let called = request.callees.contains_key(&(word as u32)) || namespaces.contains(&word);
            let stays = [word, holder].iter().all(|&word| word as u32 >= YOUNG_END_REF);
            if bits::is_object(word) && called && stays {
                request.kept.push(word);
                request.constants.insert((holder as u32, at), word);
            }
        }
    }

    /// Adds the functions that initialise the fields of classes, among them the running one where it is given.
    fn add_fields(&self, running: Option<u64>, callees: &mut Vec<u64>, request: &mut Request) {
        let classes: Vec<u64> = running.into_iter().chain(callees.iter().copied()).collect();
        for word in classes {
            // SAFETY: as in `add_parents`.
            let value = unsafe { Value::from_bits(word) };
            let extra = value.cast::<Function>(self).and_then(|function| function.extra(self));
            let Some(fields) = extra.map(|extra| extra.fields().bits()).filter(|&it| bits::is_object(it))
            else {
                continue;
            };
            request.fields.insert(word as u32, fields);
            if !callees.contains(&fields) {
                callees.push(fields);
            }
        }
    }

    /// Adds the accessors that a function's property caches name, whose functions are callees.
    fn add_accessors(&self, profile: &FunctionProfile, callees: &mut Vec<u64>, request: &mut Request) {
        for (_, insn) in &profile.insns {
            let Some(slot) = insn.operand(Kind::Property) else { continue };
            for words in cache_entries(request, profile, slot) {
                let Some(pair) = self.cached_pair(words) else { continue };
                let pair = (pair.getter().bits(), pair.setter().bits());
                let of_insn = if insn.op == Op::SetProp { pair.1 } else { pair.0 };
                if bits::is_object(of_insn) && !callees.contains(&of_insn) {
                    callees.push(of_insn);
                }
                request.accessors.insert((words[0], words[1]), pair);
            }
        }
    }

    /// Adds the methods that polymorphic caches lead to, where they were called.
    fn add_methods(&self, profile: &FunctionProfile, callees: &mut Vec<u64>, request: &Request) {
        for (_, insn) in &profile.insns {
            let polymorphic = |&slot: &i64| profile.words[slot as usize] == bits::POLYMORPHIC;
            let Some(slot) = read_cache(insn).filter(polymorphic) else { continue };
            for words in cache_entries(request, profile, slot) {
                let Some((holder, at)) = inherited(request, words) else { continue };
                let word = self.cached_value(holder, at).bits();
                let was_called = matches!(self.callee_of(word), Some(Called::Bytecode(template))
                    if self.called_template(bits::reference(bits::TAG_CELL, template)).is_some());
                if was_called && !callees.contains(&word) {
                    callees.push(word);
                }
            }
        }
    }

    /// The running function and its new.target, where that is the constructor of a derived class.
    fn running_constructor(&self) -> Option<(u64, u64)> {
        let running = Frame(self.vm.frame);
        let derived = running.template(self)?.is_flagged(template_flag::DERIVED);
        let target = self.heap.slot((running.0 as isize + frame::NEW_TARGET) as u32);
        let callee = self.heap.slot((running.0 as isize + frame::CALLEE) as u32);
        (derived && bits::is_object(target)).then_some((callee, target))
    }

    /// Adds what the derived classes among the callees extend, and what that extends.
    fn add_parents(&self, callees: &mut Vec<u64>, request: &mut Request) {
        let mut next = 0;
        while next < callees.len() && callees.len() < MAX_INLINED {
            let word = callees[next];
            next += 1;
            // SAFETY: feedback words and the frame's are live values, and nothing was allocated since they were read.
            let value = unsafe { Value::from_bits(word) };
            let Some(function) = value.cast::<Function>(self) else { continue };
            if !function.template(self).is_flagged(template_flag::DERIVED) {
                continue;
            }
            let object: crate::heap::Gc<'_, Object> = function.into();
            let shape = object.shape(self);
            let constructor = shape.proto().bits();
            if !shape.is_cacheable() || !bits::is_object(constructor) {
                continue;
            }
            request.kept.push(bits::reference(bits::TAG_CELL, shape.reference(self)));
            request.parents.insert(word as u32, Parent { shape: shape.reference(self), constructor });
            if !callees.contains(&constructor) {
                callees.push(constructor);
            }
        }
    }

    fn template_at(&self, reference: u32) -> crate::heap::Gc<'_, Template> {
        // SAFETY: the callers took the reference from a live function, and nothing was allocated since.
        unsafe { crate::heap::Gc::from_ref(self, reference) }
    }

    fn profile(&mut self, reference: u32) -> Option<FunctionProfile> {
        let template = self.template_at(reference);
        let linked = template.linked(self)?;
        let (unit, function, code) = (template.unit(), template.function(), template.code());
        let (flags, linked_reference) = (template.flags(), linked.reference(self));
        let bytes = self.heap.size_of(self.heap.at((linked_reference as usize) << 3));
        let words = (0..(bytes - Linked::BYTES) / 8).map(|i| linked.at(self, i).bits()).collect();
        let unit = self.vm.units[unit as usize].clone();
        let record = unit.function(function);
        let insns = Insns::new(unit.code(&record)).flatten().map(|(at, insn)| (at as u32, insn)).collect();
        let cell = self.entry_cell(code);
        Some(FunctionProfile {
            unit,
            function,
            code,
            template: reference,
            linked: linked_reference,
            flags,
            insns,
            words,
            cell,
        })
    }

    /// Words of call feedback that name one callee.
    fn callees(&self, profile: &FunctionProfile) -> Vec<u64> {
        let mut found = Vec::new();
        for (_, insn) in &profile.insns {
            if let Some(slot) = insn.operand(Kind::Call) {
                let word = profile.words[slot as usize];
                if bits::is_object(word) && !found.contains(&word) {
                    found.push(word);
                }
            }
        }
        found
    }

    /// Adds the templates of which several closures were called.
    fn add_called_templates(&self, profile: &FunctionProfile, root: u32, found: &mut Vec<u32>) {
        let realm = self.template_at(root).realm(self).reference(self);
        for (_, insn) in &profile.insns {
            let Some(slot) = insn.operand(Kind::Call) else { continue };
            if let Some(template) = self.called_template(profile.words[slot as usize])
                && self.template_at(template).realm(self).reference(self) == realm
            {
                found.push(template);
            }
        }
    }

    /// Templates of the closures that a function makes and that were called before.
    fn closures_of(&self, profile: &FunctionProfile) -> Vec<u32> {
        let mut found = Vec::new();
        for (_, insn) in &profile.insns {
            if matches!(insn.op, Op::Closure | Op::ClosureRoot)
                && let Some(index) = insn.operand(Kind::Const)
            {
                found.extend(self.called_template(profile.words[index as usize]));
            }
        }
        found
    }

    /// The template in a constant or feedback word, where its closures were called and can be compiled with a caller.
    fn called_template(&self, word: u64) -> Option<u32> {
        // SAFETY: constants and feedback words are live values, and nothing was allocated since they were read.
        let template = unsafe { Value::from_bits(word) }.cast::<Template>(self)?;
        let fits = template.entry() == Entry::Bytecode
            && template.linked(self).is_some()
            && !template.is_suspendable();
        fits.then(|| template.reference(self))
    }

    fn callee_of(&self, word: u64) -> Option<Called> {
        // SAFETY: feedback words are live values, and nothing was allocated since they were read.
        let value = unsafe { Value::from_bits(word) };
        let function = value.cast::<Function>(self)?;
        let template = function.template(self);
        match template.entry() {
            // Number 0 is tvm's own library.
            _ if template.unit() == 0
                && template.entry() != Entry::Native
                && template.function() == crate::library::lib::arrayConstructor =>
            {
                let same = template.realm(self).reference(self) == self.realm().reference(self);
                same.then(|| Called::NewArray(template.reference(self)))
            }
            Entry::Native => {
                Some(Called::Native { template: template.reference(self), code: template.code() })
            }
            Entry::Bytecode | Entry::Class
                if template.linked(self).is_some() && !template.is_suspendable() =>
            {
                Some(Called::Bytecode(template.reference(self)))
            }
            _ => None,
        }
    }

    /// What a function makes when it constructs.
    fn instance_of(&self, word: u64, template: u32, request: &mut Request) {
        // SAFETY: as in `callee_of`.
        let value = unsafe { Value::from_bits(word) };
        let Some(extra) = value.cast::<Function>(self).and_then(|function| function.extra(self)) else {
            return;
        };
        let Some(shape) = extra.initial_shape(self) else { return };
        let layout = shape.object_layout();
        let place = match self.prototype_place(value) {
            Some(place) => place,
            None => return,
        };
        let instance =
            InstanceProfile { template, shape: shape.reference(self), inline: layout.inline, place };
        request.instances.insert(word as u32, instance);
        request.kept.push(bits::reference(bits::TAG_CELL, shape.reference(self)));
    }

    /// Where a function's `prototype` is: `Some(None)` while it is no property yet.
    fn prototype_place(&self, value: Value<'_>) -> Option<Option<(u32, u32)>> {
        use crate::object::shape::{info, shape_flag};
        let function = value.cast::<Function>(self)?;
        let object: crate::heap::Gc<'_, Object> = function.into();
        let shape = object.shape(self);
        if shape.is_flagged(shape_flag::LAZY_FUNCTION) {
            return Some(None);
        }
        if !shape.is_cacheable() {
            return None;
        }
        let key = self.key(crate::heap::roots::Name::prototype);
        let (_, description) = key.name_ref(self).and_then(|name| shape.find(self, name))?;
        let place = crate::interp::property::place_of(shape, description & info::SLOT)?;
        (description & info::ACCESSOR == 0).then_some(Some((shape.reference(self), place)))
    }

    /// A function of the realm's library, where it was made already.
    fn known_library_function(&self, number: usize) -> Option<u64> {
        let table = self.intrinsic(Intrinsic::Library);
        let function = table.cast::<Tuple>(self)?.get(self).at(self, number);
        function.cast::<Function>(self).map(|function| function.value(self).bits())
    }

    /// One of the realm's shapes, and its inline slots.
    fn realm_shape(&self, shape: Intrinsic) -> (u32, u8) {
        match self.intrinsic(shape).cast::<Shape>(self) {
            Some(shape) => (shape.get(self).reference(self), shape.get(self).object_layout().inline),
            None => (0, 0),
        }
    }

    /// Facts about the cells that a function's property feedback names.
    fn facts(&self, profile: &FunctionProfile, request: &mut Request) {
        for (_, insn) in &profile.insns {
            for kind in [Kind::Property, Kind::Global] {
                if let Some(slot) = insn.operand(kind) {
                    let words = &profile.words[slot as usize..slot as usize + 3];
                    self.property_facts([words[0], words[1], words[2]], request);
                }
            }
            if insn.op == Op::GetSelfHosted
                && let Some(number) = insn.operand(Kind::Slot)
                && let Some(word) = self.known_library_function(number as usize)
            {
                request.kept.push(word);
                request.library.insert(number as u32, word);
            }
            if matches!(insn.op, Op::Closure | Op::ClosureRoot)
                && let Some(index) = insn.operand(Kind::Const)
            {
                // SAFETY: constants are live values.
                let value = unsafe { Value::from_bits(profile.words[index as usize]) };
                if let Some(template) = value.cast::<Template>(self)
                    && let Some(shape) = template.shape(self)
                {
                    request.kept.push(template.value(self).bits());
                    request.kept.push(shape.value(self).bits());
                    request.closures.insert(template.reference(self), shape.reference(self));
                }
            }
            if insn.op == Op::ObjectFromRegs
                && let Some(slot) = insn.operand(Kind::Literal)
            {
                let word = profile.words[slot as usize];
                if bits::tag(word) == bits::TAG_CELL {
                    request.kept.push(word);
                }
            }
        }
    }

    fn property_facts(&self, words: [u64; 3], request: &mut Request) {
        if words[0] == bits::POLYMORPHIC {
            // SAFETY: the second word of a polymorphic slot is its cell.
            let value = unsafe { Value::from_bits(words[1]) };
            let Some(cache) = value.cast::<PolyCache>(self) else { return };
            let entries: Vec<[u64; 3]> = (0..cache.entries() as usize)
                .map(|i| std::array::from_fn(|j| cache.at(self, 3 * i + j).bits()))
                .collect();
            for &entry in &entries {
                self.property_facts(entry, request);
            }
            request.caches.insert(words[1] as u32, entries);
            return;
        }
        if bits::tag(words[0]) != bits::TAG_CELL {
            return;
        }
        for word in words.into_iter().filter(|&word| bits::is_reference(word)) {
            // The place that a cache word carries is no part of the reference.
            request.kept.push(bits::reference(bits::TAG_CELL, word as u32));
        }
        if self.is_valid(words[2]) {
            request.valid.insert(words[2] as u32);
        }
    }
}
