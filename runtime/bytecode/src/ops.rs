//! The instruction table: one row per opcode, and everything that is expanded from the rows.
//!
//! A row reads `Name { operand: Kind, ... } [effects]`. From it come the opcode numbers, the operand layout in
//! narrow and wide form, the decoder and encoder, the text form, the structural part of the verifier, the
//! interpreter's operand readers and the format id. Order gives the opcode number; inserting a row changes the
//! format id, and with it every file is compiled anew.
//!
//! Registers: `r0` is `this`, `r1..` the declared parameters, then locals and temporaries. An instruction has
//! at most one observable effect, so that execution can resume before or after it but never inside.
//!
//! Effects: `throws` may raise an exception; `calls` may run guest code; `allocs` may allocate (and so collect);
//! `ends` never falls through to the next instruction.

/// Expands a callback macro with the whole instruction table.
#[macro_export]
macro_rules! for_each_op {
    ($callback:ident) => {
        $callback! {
            /// Prefix: the next instruction has wide operands.
            Wide {} [];

            // ---- moves and constants
            /// `dst = src`, whatever kind of value `src` holds.
            Move { dst: OutAny, src: InAny } [];
            /// `dst = imm` as an int32.
            LoadInt { dst: Out, value: Imm } [];
            /// `dst = constants[value]` (number, string, BigInt or well-known symbol).
            LoadConst { dst: Out, value: Const } [];
            /// `dst = undefined`.
            LoadUndefined { dst: Out } [];
            /// `dst = null`.
            LoadNull { dst: Out } [];
            /// `dst = true`.
            LoadTrue { dst: Out } [];
            /// `dst = false`.
            LoadFalse { dst: Out } [];
            /// `dst = <hole>`: a binding in its temporal dead zone.
            LoadHole { dst: OutHole } [];
            /// `dst` = the function object that is running.
            LoadCallee { dst: Out } [];
            /// `dst` = the running function's home object (for `super`), or undefined.
            LoadHome { dst: Out } [];
            /// `dst = new.target`.
            LoadNewTarget { dst: Out } [];
            /// `dst` = the realm's global `this` value.
            LoadGlobalThis { dst: Out } [];
            /// `dst` = `r0` as sloppy code sees it (OrdinaryCallBindThis, 10.2.1.2): undefined and null become the
            /// global object, primitives their wrapper.
            CoerceThis { dst: Out } [allocs];
            /// Throws a ReferenceError where `src` (a derived constructor's `this`) is still a hole.
            CheckThis { src: Unhole } [throws];
            /// Throws a ReferenceError unless `src` is still a hole: `super()` binds `this` once.
            CheckSuperOnce { src: InAny } [throws];
            /// Throws a ReferenceError naming `name` where `src` is still a hole.
            CheckHole { src: Unhole, name: Const } [throws];

            // ---- scopes
            /// `dst` = the scope that the running function was created in.
            LoadScope { dst: OutEnv } [];
            /// `dst` = a new scope of layout `scope` within `parent`.
            NewScope { dst: OutEnv, parent: InEnv, scope: Const } [allocs];
            /// `dst` = a new scope without a parent.
            NewRootScope { dst: OutEnv, scope: Const } [allocs];
            /// `dst` = a copy of the scope `src`: a loop iteration's own bindings (14.7.4.4).
            CopyScope { dst: OutEnv, src: InEnv } [allocs];
            /// `dst` = slot `slot` of the scope `depth` levels above `env`; may be a hole.
            GetSlot { dst: OutSlot, env: InEnv, depth: Depth, slot: Slot } [];
            /// As GetSlot, but throws a ReferenceError on a hole.
            GetSlotChecked { dst: Out, env: InEnv, depth: Depth, slot: Slot } [throws];
            /// Stores `src` into a scope's slot.
            SetSlot { env: InEnv, depth: Depth, slot: Slot, src: InAny } [];
            /// As SetSlot, but throws a ReferenceError where the slot still holds a hole.
            SetSlotChecked { env: InEnv, depth: Depth, slot: Slot, src: In } [throws];
            /// `dst` = the module binding that an import slot refers to; throws while it is uninitialised.
            GetImport { dst: Out, env: InEnv, depth: Depth, slot: Slot } [throws];

            // ---- globals
            /// Checks and creates a script's global declarations (16.1.7), functions last.
            DeclareGlobals { declarations: Const } [throws, calls, allocs];
            /// `dst` = global binding `name`; throws a ReferenceError where there is none.
            GetGlobal { dst: Out, name: Const, feedback: Global } [throws, calls, allocs];
            /// As GetGlobal, but undefined where there is none (`typeof name`).
            GetGlobalOrUndefined { dst: Out, name: Const, feedback: Global } [throws, calls, allocs];
            /// `dst` = whether there is a global binding `name`: what strict code asks before it computes a value to
            /// assign.
            HasGlobal { dst: Out, name: Const } [throws, calls, allocs];
            /// Assigns global binding `name`; a missing one is created by sloppy code and an error in strict code.
            SetGlobal { name: Const, src: In, feedback: Global } [throws, calls, allocs];
            /// Initialises a global lexical binding.
            InitGlobal { name: Const, src: In } [];
            /// `dst = delete name` for a global name.
            DeleteGlobal { dst: Out, name: Const } [throws, calls];
            /// Defines a global function (CreateGlobalFunctionBinding, 9.1.1.4.19).
            DefineGlobalFunction { name: Const, src: In, deletable: Imm } [throws, allocs];

            // ---- arithmetic
            /// `dst = left + right`.
            Add { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left - right`.
            Sub { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left * right`.
            Mul { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left / right`.
            Div { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left % right`.
            Mod { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left ** right`.
            Exp { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left & right`.
            BitAnd { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left | right`.
            BitOr { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left ^ right`.
            BitXor { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left << right`.
            Shl { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left >> right`.
            Shr { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left >>> right`.
            UShr { dst: Out, left: In, right: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = left + right`, an immediate.
            AddI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left - right`, an immediate.
            SubI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left * right`, an immediate.
            MulI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left / right`, an immediate.
            DivI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left % right`, an immediate.
            ModI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left & right`, an immediate.
            BitAndI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left | right`, an immediate.
            BitOrI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left ^ right`, an immediate.
            BitXorI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left << right`, an immediate.
            ShlI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left >> right`, an immediate.
            ShrI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = left >>> right`, an immediate.
            UShrI { dst: Out, left: In, right: Imm, feedback: Arith } [throws, calls, allocs];
            /// `dst = -src`.
            Neg { dst: Out, src: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = ~src`.
            BitNot { dst: Out, src: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = src + 1` after ToNumeric.
            Inc { dst: Out, src: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = src - 1` after ToNumeric.
            Dec { dst: Out, src: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = ToNumeric(src)` (7.1.3).
            ToNumeric { dst: Out, src: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = ToNumber(src)` (7.1.4), the unary plus.
            ToNumber { dst: Out, src: In, feedback: Arith } [throws, calls, allocs];
            /// `dst = !src`.
            Not { dst: Out, src: In } [];
            /// `dst = typeof src`.
            Typeof { dst: Out, src: In } [];
            /// `dst = ToString(src)` (7.1.17), for template literals.
            ToString { dst: Out, src: In } [throws, calls, allocs];
            /// `dst` = the concatenation of `count` strings in consecutive registers.
            Concat { dst: Out, start: Regs, count: Count } [throws, allocs];
            /// `dst = ToPropertyKey(src)` (7.1.19).
            ToPropertyKey { dst: Out, src: In } [throws, calls, allocs];
            /// `dst = ToPropertyKey(key)` for an `object[key]` that is read and then written: where `key` is an
            /// object, `object` must be neither undefined nor null (GetValue, 6.2.5.5).
            ToElementKey { dst: Out, object: In, key: In } [throws, calls, allocs];
            /// `dst = ToObject(src)` (7.1.18).
            ToObject { dst: Out, src: In } [throws, allocs];

            // ---- comparisons
            /// `dst = left == right`.
            Equal { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = left != right`.
            NotEqual { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = left === right`.
            StrictEqual { dst: Out, left: In, right: In, feedback: Compare } [allocs];
            /// `dst = left !== right`.
            StrictNotEqual { dst: Out, left: In, right: In, feedback: Compare } [allocs];
            /// `dst = left < right`.
            Less { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = left <= right`.
            LessEqual { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = left > right`.
            Greater { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = left >= right`.
            GreaterEqual { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = left instanceof right`.
            InstanceOf { dst: Out, left: In, right: In, feedback: Compare } [throws, calls, allocs];
            /// `dst = key in object`.
            In { dst: Out, key: In, object: In } [throws, calls, allocs];
            /// `dst = #key in object`.
            PrivateIn { dst: Out, key: In, object: In } [throws];

            // ---- jumps (targets are relative to the start of the instruction; a backward jump polls)
            /// Goes to `target`.
            Jump { target: Jump } [ends];
            /// Goes to `target` where `src` is truthy.
            JumpIfTrue { src: In, target: Jump } [];
            /// Goes to `target` where `src` is falsy.
            JumpIfFalse { src: In, target: Jump } [];
            /// Goes to `target` where `src` is undefined or null.
            JumpIfNullish { src: In, target: Jump } [];
            /// Goes to `target` where `src` is neither undefined nor null.
            JumpIfNotNullish { src: In, target: Jump } [];
            /// Goes to `target` where `src == null` (an object that claims to be undefined, B.3.6, included).
            JumpIfNull { src: In, target: Jump } [];
            /// Goes to `target` unless `src == null`.
            JumpIfNotNull { src: In, target: Jump } [];
            /// Goes to `target` where `src` is undefined.
            JumpIfUndefined { src: In, target: Jump } [];
            /// Goes to `target` where `src` is not undefined.
            JumpIfNotUndefined { src: In, target: Jump } [];
            /// Goes to `target` where `left < right`.
            JumpIfLess { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left <= right`.
            JumpIfLessEqual { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left > right`.
            JumpIfGreater { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left >= right`.
            JumpIfGreaterEqual { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left < right`.
            JumpIfNotLess { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left <= right`.
            JumpIfNotLessEqual { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left > right`.
            JumpIfNotGreater { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left >= right`.
            JumpIfNotGreaterEqual { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left == right`.
            JumpIfEqual { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left != right`.
            JumpIfNotEqual { left: In, right: In, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left === right`.
            JumpIfStrictEqual { left: In, right: In, target: Jump, feedback: Compare } [allocs];
            /// Goes to `target` where `left !== right`.
            JumpIfStrictNotEqual { left: In, right: In, target: Jump, feedback: Compare } [allocs];
            /// Goes to `target` where `left < right`, an immediate.
            JumpIfLessI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left <= right`, an immediate.
            JumpIfLessEqualI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left > right`, an immediate.
            JumpIfGreaterI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left >= right`, an immediate.
            JumpIfGreaterEqualI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left < right`, an immediate.
            JumpIfNotLessI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left <= right`, an immediate.
            JumpIfNotLessEqualI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left > right`, an immediate.
            JumpIfNotGreaterI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` unless `left >= right`, an immediate.
            JumpIfNotGreaterEqualI { left: In, right: Imm, target: Jump, feedback: Compare } [throws, calls, allocs];
            /// Goes to `target` where `left === right`, an immediate.
            JumpIfStrictEqualI { left: In, right: Imm, target: Jump, feedback: Compare } [];
            /// Goes to `target` where `left !== right`, an immediate.
            JumpIfStrictNotEqualI { left: In, right: Imm, target: Jump, feedback: Compare } [];
            /// Goes where the jump table says for an int32 `src`; falls through where the table does not hold it.
            Switch { src: In, table: Const } [];

            // ---- properties
            /// `dst = object.name`.
            GetProp { dst: Out, object: In, name: Const, feedback: Property } [throws, calls, allocs];
            /// `dst = object.length`.
            GetLength { dst: Out, object: In, name: Const, feedback: Property } [throws, calls, allocs];
            /// `object.name = src`.
            SetProp { object: In, name: Const, src: In, feedback: Property } [throws, calls, allocs];
            /// `dst = object[key]`.
            GetElem { dst: Out, object: In, key: In, feedback: Element } [throws, calls, allocs];
            /// `object[key] = src`.
            SetElem { object: In, key: In, src: In, feedback: Element } [throws, calls, allocs];
            /// `dst = delete object.name`.
            DeleteProp { dst: Out, object: In, name: Const } [throws, calls, allocs];
            /// `dst = delete object[key]`.
            DeleteElem { dst: Out, object: In, key: In } [throws, calls, allocs];
            /// `dst = super[key]`, read from `home`'s prototype with receiver `this`.
            GetSuper { dst: Out, home: In, key: In, this: In } [throws, calls, allocs];
            /// `dst` = the object that `super[key]` starts at: `home`'s prototype, or null.
            SuperBase { dst: Out, home: In } [];
            /// As GetSuper, from what SuperBase gave.
            GetSuperFrom { dst: Out, base: In, key: In, this: In } [throws, calls, allocs];
            /// `super[key] = src`, from what SuperBase gave.
            SetSuper { base: In, key: In, src: In, this: In } [throws, calls, allocs];
            /// Defines own data property `name` (CreateDataPropertyOrThrow): literals and class fields.
            InitProp { object: In, name: Const, src: In, feedback: Property } [throws, calls, allocs];
            /// Defines own data property `key`, a property key.
            InitElem { object: In, key: In, src: In } [throws, calls, allocs];
            /// Sets the prototype of an object literal (`__proto__: src`, B.3.1).
            InitProto { object: In, src: In } [];
            /// Defines a method, getter or setter; `kind` is a MethodKind with its enumerability.
            DefineMethod { object: In, key: In, function: In, kind: Imm } [throws, calls, allocs];
            /// Names a function after its property key (SetFunctionName, 10.2.9); `prefix` is a NamePrefix.
            SetFunctionName { function: In, key: In, prefix: Imm } [allocs];
            /// Gives a function its home object.
            SetHome { function: In, home: In } [];
            /// `dst` = a new private name, described as `name`.
            NewPrivateName { dst: Out, name: Const } [allocs];
            /// `dst = object.#key`.
            GetPrivate { dst: Out, object: In, key: In, feedback: Property } [throws, calls];
            /// `object.#key = src`.
            SetPrivate { object: In, key: In, src: In, feedback: Property } [throws, calls];
            /// Adds a private field, method or accessor to `object`; `kind` is a PrivateKind.
            DefinePrivate { object: In, key: In, src: In, kind: Imm } [throws, allocs];
            /// Copies own enumerable properties of `src` to `object`, but the `count` keys in registers (7.3.25).
            CopyDataProps { object: In, src: In, start: Regs, count: Count } [throws, calls, allocs];

            // ---- objects
            /// `dst = {}` with room for `capacity` properties.
            NewObject { dst: Out, capacity: Count } [allocs];
            /// `dst` = an object with the named properties, values from consecutive registers.
            ObjectFromRegs { dst: Out, keys: Const, start: Regs, count: Count, feedback: Literal } [allocs];
            /// `dst = []` with room for `capacity` elements.
            NewArray { dst: Out, capacity: Count } [allocs];
            /// `dst` = an array of `count` values in consecutive registers.
            ArrayFromRegs { dst: Out, start: Regs, count: Count } [allocs];
            /// Appends `src` to an array literal under construction.
            ArrayPush { array: In, src: In } [allocs];
            /// Appends a hole to an array literal under construction.
            ArrayPushHole { array: In } [allocs];
            /// Appends all that `src` iterates over to an array literal under construction.
            ArraySpread { array: In, src: In } [throws, calls, allocs];
            /// `dst` = a new RegExp object.
            NewRegExp { dst: Out, pattern: Const, flags: Const } [throws, allocs];
            /// `dst` = the template object of a tagged template (13.2.8.4).
            GetTemplate { dst: Out, template: Const } [allocs];
            /// `dst` = a closure of `function` within `env`.
            Closure { dst: Out, function: Const, env: InEnv } [allocs];
            /// `dst` = a closure of `function` that needs no scope.
            ClosureRoot { dst: Out, function: Const } [allocs];
            /// `dst` = a class constructor and `dst + 1` its prototype object (15.7.14); `heritage` is a hole
            /// where there is no `extends`.
            NewClass { dst: OutPair, heritage: InAny, constructor: In } [throws, calls, allocs];
            /// Sets the function that initialises a class's instance fields.
            SetFieldInit { constructor: In, function: In } [];
            /// Calls `function`'s field initialiser, where it has one, with `this`.
            RunFieldInit { this: In, function: In } [throws, calls, allocs];
            /// `dst` = the unmapped arguments object (10.4.4.6).
            NewArguments { dst: Out } [allocs];
            /// `dst` = a mapped arguments object (10.4.4); parameter i lives in slot `slots[i]` of `env`.
            NewMappedArguments { dst: Out, env: InEnv, slots: Const } [allocs];
            /// `dst` = an array of the arguments from index `from` on.
            NewRest { dst: Out, from: Count } [allocs];

            // ---- calls (the window's first registers become the callee's frame header)
            /// Calls `callee` with an undefined receiver.
            Call { dst: Out, callee: In, window: Window, count: Count, feedback: Call } [throws, calls, allocs];
            /// Calls `callee` with the receiver in the window.
            CallMethod { dst: Out, callee: In, window: WindowThis, count: Count, feedback: Call } [throws, calls, allocs];
            /// `dst = new callee(...)`.
            New { dst: Out, callee: In, window: Window, count: Count, feedback: Call } [throws, calls, allocs];
            /// Calls `callee` with receiver `this` and the elements of `array`.
            CallSpread { dst: Out, callee: In, this: In, array: In } [throws, calls, allocs];
            /// `dst = new callee(...array)`.
            NewSpread { dst: Out, callee: In, array: In } [throws, calls, allocs];
            /// `dst = super(...)`: constructs the prototype of `function` for `target`.
            SuperCall { dst: Out, function: In, target: In, window: Window, count: Count } [throws, calls, allocs];
            /// `dst = super(...array)`.
            SuperCallSpread { dst: Out, function: In, target: In, array: In } [throws, calls, allocs];
            /// A direct call of `eval`, if that is what `callee` is; else a plain call. `context` is an EvalContext.
            DirectEval { dst: Out, callee: In, window: WindowThis, count: Count, env: InEnv, context: Const } [throws, calls, allocs];
            /// As DirectEval, with receiver `this` and the elements of `array`.
            DirectEvalSpread { dst: Out, callee: In, this: In, array: In, env: InEnv, context: Const } [throws, calls, allocs];
            /// Calls a runtime intrinsic; only in self-hosted code.
            CallIntrinsic { dst: Out, intrinsic: Slot, start: Regs, count: Count } [throws, calls, allocs];
            /// `dst` = an object of the realm (such as %Array.prototype%); only in self-hosted code.
            GetIntrinsic { dst: Out, intrinsic: Slot } [allocs];
            /// `dst` = a self-hosted function of the realm; only in self-hosted code.
            GetSelfHosted { dst: Out, function: Slot } [allocs];
            /// Returns `src` to the caller.
            Return { src: In } [ends];
            /// As Return from a derived constructor: an object `src`, else `this` (10.2.2 steps 10 to 14).
            ReturnDerived { src: In, this: InAny } [throws, ends];
            /// Throws `src`.
            Throw { src: In } [throws, ends];
            /// Throws a new error of ErrorKind `kind` with the message `message`.
            ThrowError { kind: Imm, message: Const } [throws, ends];
            /// Throws a TypeError where `src` is undefined or null; `what` words the message.
            CheckCoercible { src: In, what: Const } [throws];
            /// Throws a TypeError where `src` is not an object; `message` is a CheckMessage.
            CheckObject { src: In, message: Imm } [throws];
            /// `dst = import(specifier, options)`.
            DynamicImport { dst: Out, specifier: In, options: In } [throws, calls, allocs];
            /// `dst = import.meta`.
            ImportMeta { dst: Out } [allocs];

            // ---- iteration
            /// `dst` = whether iterating over an array only walks its elements: nothing of the protocol was changed, nor does
            /// anything happen at its end.
            ArraysIteratePlainly { dst: Out } [];
            /// Starts iterating over `object` (GetIterator, 7.4.3): the record takes three registers.
            GetIterator { iterator: OutIter, object: In, feedback: Iteration } [throws, calls, allocs];
            /// Reads the iterator's `next` method, second half of GetIterator.
            IteratorMethod { iterator: InIter } [throws, calls, allocs];
            /// `dst` = the next value, or goes to `target` at the end.
            IteratorNext { dst: Out, iterator: InIter, target: Jump } [throws, calls, allocs];
            /// Closes the iterator (7.4.11); `quiet` 1 swallows what closing throws.
            IteratorClose { iterator: InIter, quiet: Imm } [throws, calls, allocs];
            /// Starts an asynchronous iteration; the record takes three registers.
            GetAsyncIterator { iterator: OutIter, object: In } [throws, calls, allocs];
            /// `dst` = the iterator object of a record and `dst + 1` its `next` method.
            IteratorParts { dst: OutPair, iterator: InIter } [allocs];
            /// Starts enumerating `object`'s keys (14.7.5.9); undefined and null have none.
            ForInStart { keys: OutKeys, object: In } [throws, calls, allocs];
            /// `dst` = the next key, or goes to `target` at the end.
            ForInNext { dst: Out, keys: InKeys, target: Jump } [throws, calls, allocs];

            // ---- generators and async functions
            /// Makes the generator object, keeps the frame in it and returns it to the caller.
            InitialYield { dst: Out } [throws, calls, allocs];
            /// Yields `src`; resumed by next, `dst` is the value sent; by return, goes to `target`; by throw, throws.
            Yield { dst: Out, src: In, target: Jump } [throws, calls, allocs];
            /// Suspends, handing out `src`; `dst` is the value sent and `dst + 1` the ResumeMode as an int32.
            Suspend { dst: OutPair, src: In, kind: Imm } [throws, calls, allocs];
            /// `dst` = a new coroutine for the running async function, with its promise.
            AsyncStart { dst: OutCoroutine } [allocs];
            /// `dst = PromiseResolve(%Promise%, src)`, what `await` waits for.
            ToPromise { dst: Out, src: In } [throws, calls, allocs];
            /// Waits for promise `src`.
            Await { dst: Out, coroutine: InCoroutine, src: In } [throws, calls, allocs];
            /// Resolves the coroutine's promise and ends the async function.
            AsyncReturn { coroutine: InCoroutine, src: In } [throws, calls, allocs, ends];
            /// Rejects the coroutine's promise and ends the async function.
            AsyncReject { coroutine: InCoroutine, src: In } [throws, calls, allocs, ends];

            // ---- dynamic scoping
            /// `dst` = whether `with` object `object` binds `name` (9.1.1.2.1, unscopables included).
            WithHas { dst: Out, object: In, name: Const } [throws, calls, allocs];
            /// Works on the resources of `using` declarations, kept in the array `list`: `action` is a DisposeAction.
            Dispose { dst: Out, list: In, value: In, action: Imm } [throws, calls, allocs];
            /// Does nothing; a `debugger` statement.
            Debugger {} [];
        }
    };
}

macro_rules! define_opcodes {
    ($( $(#[$doc:meta])* $name:ident { $($field:ident : $kind:ident),* } [$($effect:ident),*]; )*) => {
        /// An instruction's operation.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op { $( $(#[$doc])* $name ),* }

        /// Every opcode in numeric order.
        pub const ALL: &[Op] = &[$(Op::$name),*];

        const ROWS: &[Row] = &[$( Row {
            name: stringify!($name),
            operands: &[$( (stringify!($field), Kind::$kind) ),*],
            effects: 0 $( | effect::$effect )*,
        } ),*];

        /// The table as text: what the format id is a hash of.
        pub(crate) const TABLE_TEXT: &str =
            concat!($( stringify!($name), "{" $(, stringify!($field), ":", stringify!($kind), "," )*, "}" $(, stringify!($effect), "," )*, ";" ),*);
    };
}

/// Bits of [`Row::effects`].
#[allow(non_upper_case_globals)]
pub mod effect {
    /// May raise an exception.
    pub const throws: u8 = 1;
    /// May run guest code.
    pub const calls: u8 = 2;
    /// May allocate.
    pub const allocs: u8 = 4;
    /// Never falls through.
    pub const ends: u8 = 8;
}

/// One row of the table.
pub struct Row {
    /// The mnemonic.
    pub name: &'static str,
    /// Operand names and kinds, in encoding order.
    pub operands: &'static [(&'static str, Kind)],
    /// Bits of [`effect`].
    pub effects: u8,
}

/// What an operand is; decides its width, its text form and what the verifier asks of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Register that receives a value.
    Out,
    /// Register that receives whatever `Move` copies.
    OutAny,
    /// Register that receives a hole.
    OutHole,
    /// Register that receives a scope slot's content, perhaps a hole.
    OutSlot,
    /// Register that receives a scope.
    OutEnv,
    /// First of two registers that receive values.
    OutPair,
    /// First of three registers that receive an iteration record.
    OutIter,
    /// Register that receives a key enumeration (`for in`).
    OutKeys,
    /// Register that receives a coroutine.
    OutCoroutine,
    /// Register that is read, a value.
    In,
    /// Register that is read, a value or a hole.
    InAny,
    /// Register that is read and holds no hole afterwards.
    Unhole,
    /// Register that is read, a scope.
    InEnv,
    /// First of three registers that hold an iteration record.
    InIter,
    /// Register that holds a key enumeration.
    InKeys,
    /// Register that holds a coroutine.
    InCoroutine,
    /// First of `count` registers that are read.
    Regs,
    /// Call window: [`crate::FRAME_HEADER`] registers, receiver (written by the call), `count` arguments.
    Window,
    /// Call window whose receiver is set.
    WindowThis,
    /// Number of registers or elements.
    Count,
    /// Signed immediate.
    Imm,
    /// Index into the function's constants.
    Const,
    /// Slot of a scope, or id of an intrinsic.
    Slot,
    /// Levels up the scope chain.
    Depth,
    /// Jump target, relative to the start of the instruction (its prefix included).
    Jump,
    /// Feedback slot of an arithmetic operation.
    Arith,
    /// Feedback slot of a comparison.
    Compare,
    /// Feedback slot of a named property access.
    Property,
    /// Feedback slot of an element access.
    Element,
    /// Feedback slot of a call.
    Call,
    /// Feedback slot of a global access.
    Global,
    /// Feedback slot of an object literal.
    Literal,
    /// Feedback slot of an iteration.
    Iteration,
}

impl Kind {
    /// Whether the operand names a register.
    pub const fn is_register(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Out | OutAny
                | OutHole
                | OutSlot
                | OutEnv
                | OutPair
                | OutIter
                | OutKeys
                | OutCoroutine
                | In
                | InAny
                | Unhole
                | InEnv
                | InIter
                | InKeys
                | InCoroutine
                | Regs
                | Window
                | WindowThis
        )
    }

    /// Whether the operand is a feedback slot.
    pub const fn is_feedback(self) -> bool {
        self.feedback_words() != 0
    }

    /// Words of feedback that a slot of this kind takes; 0 for other operands.
    pub const fn feedback_words(self) -> u32 {
        match self {
            Kind::Arith | Kind::Compare | Kind::Literal | Kind::Iteration => 1,
            Kind::Element | Kind::Call => 2,
            Kind::Property | Kind::Global => 3,
            _ => 0,
        }
    }

    /// Whether the operand is signed.
    pub const fn is_signed(self) -> bool {
        matches!(self, Kind::Imm | Kind::Jump)
    }

    /// Bytes in the narrow and in the wide form.
    pub const fn width(self, wide: bool) -> usize {
        match (self, wide) {
            (k, false) if k.is_register() => 1,
            (k, true) if k.is_register() => 2,
            (Kind::Count | Kind::Imm | Kind::Depth, false) => 1,
            (_, false) => 2,
            (_, true) => 4,
        }
    }

    /// Smallest and largest value in the given form.
    pub const fn range(self, wide: bool) -> (i64, i64) {
        let bits = 8 * self.width(wide) as u32;
        if self.is_signed() { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
    }
}

for_each_op!(define_opcodes);

/// Number of kinds; `Iteration` is the last.
const KINDS: usize = Kind::Iteration as usize + 1;

const _: () = assert!(ALL.len() <= 256, "opcodes are one byte");
const _: () = assert!(Op::Wide as u8 == 0, "the prefix is opcode 0");

/// Most operands of any instruction.
pub const MAX_OPERANDS: usize = {
    let (mut most, mut i) = (0, 0);
    while i < ROWS.len() {
        if ROWS[i].operands.len() > most {
            most = ROWS[i].operands.len();
        }
        i += 1;
    }
    most
};

impl Op {
    /// The opcode with this number.
    pub fn from_byte(byte: u8) -> Option<Op> {
        ALL.get(usize::from(byte)).copied()
    }

    /// The opcode with this mnemonic.
    pub fn from_name(name: &str) -> Option<Op> {
        ROWS.iter().position(|row| row.name == name).map(|index| ALL[index])
    }

    /// This opcode's row.
    pub const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Whether the instruction has this [`effect`].
    pub const fn has(self, effect: u8) -> bool {
        self.row().effects & effect != 0
    }

    /// Bytes of the instruction: opcode and operands, and the prefix where wide.
    pub const fn length(self, wide: bool) -> usize {
        LENGTHS[self as usize][wide as usize] as usize
    }

    /// Index of the first operand of the given kind.
    pub const fn position(self, kind: Kind) -> Option<usize> {
        match POSITIONS[self as usize][kind as usize] {
            ABSENT => None,
            index => Some(index as usize),
        }
    }
}

/// Bytes of every instruction, narrow and wide.
const LENGTHS: [[u8; 2]; ALL.len()] = {
    let mut lengths = [[1, 2]; ALL.len()];
    let mut op = 0;
    while op < ALL.len() {
        let mut i = 0;
        while i < ROWS[op].operands.len() {
            lengths[op][0] += ROWS[op].operands[i].1.width(false) as u8;
            lengths[op][1] += ROWS[op].operands[i].1.width(true) as u8;
            i += 1;
        }
        op += 1;
    }
    lengths
};

/// How to take an operand out of a narrow instruction's 8 bytes: bits to shift, mask, sign bit.
pub(crate) type Field = (u8, u16, u16);

/// Most bytes of a narrow instruction.
pub(crate) const NARROW: u8 = 8;

/// The operands of every narrow instruction; absent ones read as 0.
pub(crate) static FIELDS: [[Field; MAX_OPERANDS]; ALL.len()] = {
    let mut fields = [[(0, 0, 0); MAX_OPERANDS]; ALL.len()];
    let mut op = 0;
    while op < ALL.len() {
        let (mut i, mut at) = (0, 1);
        while i < ROWS[op].operands.len() {
            let kind = ROWS[op].operands[i].1;
            let bits = 8 * kind.width(false) as u32;
            let sign = if kind.is_signed() { 1 << (bits - 1) } else { 0 };
            fields[op][i] = (8 * at, u16::MAX >> (16 - bits), sign);
            at += kind.width(false) as u8;
            i += 1;
        }
        assert!(at <= NARROW, "a narrow instruction fits a register of the processor");
        op += 1;
    }
    fields
};

const ABSENT: u8 = u8::MAX;

/// Index of the first operand of every kind in every instruction, or [`ABSENT`].
const POSITIONS: [[u8; KINDS]; ALL.len()] = {
    let mut positions = [[ABSENT; KINDS]; ALL.len()];
    let mut op = 0;
    while op < ALL.len() {
        let mut i = ROWS[op].operands.len();
        while i > 0 {
            i -= 1;
            positions[op][ROWS[op].operands[i].1 as usize] = i as u8;
        }
        op += 1;
    }
    positions
};
