//! Realms: the intrinsic objects of one global environment, by number.

use crate::base::exit::Exit;
use crate::frame::Frames;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Gc, Local, Value};

macro_rules! intrinsics {
    ($($name:ident),* $(,)?) => {
        /// An intrinsic object (6.1.7.4), or another thing that a realm has one of.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        #[allow(missing_docs)]
        pub enum Intrinsic { $($name),* }

        impl Intrinsic {
            /// Every intrinsic, in order.
            pub const ALL: &[Intrinsic] = &[$(Intrinsic::$name),*];
            /// Their names, as the library's `%realm("...")` takes them.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        }
    };
}

intrinsics! {
    // What the engine keeps for the realm.
    Global, GlobalThis, Lexicals, Library, FunctionShapes, TemplateCache, BuiltinTemplates,
    // Shapes that are used often.
    PlainShape, ArrayShape, IterResultShape, ErrorShapes, PromiseShape, RegExpShape, MatchShape, ArrayIteratorShape,
    // Prototypes and constructors.
    ObjectPrototype, Object, FunctionPrototype, Function, ArrayPrototype, Array, StringPrototype, String,
    NumberPrototype, Number, BooleanPrototype, Boolean, SymbolPrototype, Symbol, BigIntPrototype, BigInt,
    ErrorPrototype, Error, TypeErrorPrototype, TypeError, ReferenceErrorPrototype, ReferenceError,
    SyntaxErrorPrototype, SyntaxError, RangeErrorPrototype, RangeError, EvalErrorPrototype, EvalError,
    URIErrorPrototype, URIError, AggregateErrorPrototype, AggregateError, SuppressedErrorPrototype, SuppressedError,
    IteratorPrototype, Iterator, AsyncIteratorPrototype, AsyncFromSyncIteratorPrototype,
    ArrayIteratorPrototype, MapIteratorPrototype, SetIteratorPrototype, StringIteratorPrototype,
    RegExpStringIteratorPrototype, IteratorHelperPrototype, WrapForValidIteratorPrototype,
    GeneratorFunctionPrototype, GeneratorFunction, GeneratorPrototype,
    AsyncFunctionPrototype, AsyncFunction,
    AsyncGeneratorFunctionPrototype, AsyncGeneratorFunction, AsyncGeneratorPrototype,
    PromisePrototype, Promise, RegExpPrototype, RegExp, DatePrototype, Date,
    MapPrototype, Map, SetPrototype, Set, WeakMapPrototype, WeakMap, WeakSetPrototype, WeakSet,
    WeakRefPrototype, WeakRef, FinalizationRegistryPrototype, FinalizationRegistry,
    ArrayBufferPrototype, ArrayBuffer, SharedArrayBufferPrototype, SharedArrayBuffer, DataViewPrototype, DataView,
    TypedArrayPrototype, TypedArray,
    Int8ArrayPrototype, Int8Array, Uint8ArrayPrototype, Uint8Array, Uint8ClampedArrayPrototype, Uint8ClampedArray,
    Int16ArrayPrototype, Int16Array, Uint16ArrayPrototype, Uint16Array, Int32ArrayPrototype, Int32Array,
    Uint32ArrayPrototype, Uint32Array, Float16ArrayPrototype, Float16Array, Float32ArrayPrototype, Float32Array,
    Float64ArrayPrototype, Float64Array, BigInt64ArrayPrototype, BigInt64Array,
    BigUint64ArrayPrototype, BigUint64Array,
    Proxy, Reflect, Math, JSON, Atomics,
    // Functions that the engine compares with or calls.
    Eval, ThrowTypeError, ArrayValues, ArrayIteratorNext, MapIteratorNext, SetIteratorNext, MapEntries, SetValues,
    GeneratorNext, PromiseThen, PromiseResolve, ArrayToString, ObjectToString, ObjectValueOf, StringIteratorNext,
    StringValues, RegExpExec, AggregateErrors, FunctionCall, FunctionApply, ArrayPush, DateToPrimitive,
    RegExpSymbolMatch, RegExpSymbolReplace, RegExpSymbolSplit, RegExpFlags, ObjectProtoGetter,
    Console, TextEncoderPrototype, TextDecoderPrototype, RawJSON, ModuleLoader,
}

impl Gc<'_, Realm> {
    /// An intrinsic.
    #[inline(always)]
    pub fn intrinsic<'a>(self, cx: &'a Cx<'_>, intrinsic: Intrinsic) -> Value<'a> {
        let value = self.at(cx, intrinsic as usize);
        // SAFETY: nothing is allocated while `cx` is borrowed for 'a.
        #[allow(unsafe_code)]
        unsafe {
            Value::from_bits(value.bits())
        }
    }
}

impl<'s> Cx<'s> {
    /// The realm of the running function; the first realm where nothing runs.
    pub fn realm(&self) -> Gc<'_, Realm> {
        let running = Frames::new(self).find_map(|frame| frame.template(self));
        match running {
            Some(template) => template.realm(self),
            None => self.first_realm(),
        }
    }

    /// The realm that was made first.
    pub fn first_realm(&self) -> Gc<'_, Realm> {
        self.root_cell::<List>(Root::Realms).item(self, 0).cast(self).expect("an isolate has a realm")
    }

    /// An intrinsic of the running function's realm.
    pub fn intrinsic(&self, intrinsic: Intrinsic) -> Local<'s> {
        self.realm().intrinsic(self, intrinsic).root(self)
    }

    /// An intrinsic that is an object.
    ///
    /// # Panics
    /// Where it is none: the realm is not set up yet.
    pub fn intrinsic_object(&self, intrinsic: Intrinsic) -> Local<'s, Object> {
        self.intrinsic(intrinsic).as_object(self).expect("intrinsics are objects")
    }

    /// Sets an intrinsic of a realm.
    pub fn set_intrinsic(&self, realm: Local<'_, Realm>, intrinsic: Intrinsic, value: Value<'_>) {
        realm.get(self).put(self, intrinsic as usize, value);
    }

    /// Whether a value is that intrinsic of the running realm.
    pub fn is_intrinsic(&self, value: Value<'_>, intrinsic: Intrinsic) -> bool {
        self.realm().intrinsic(self, intrinsic) == value
    }

    /// An empty realm.
    pub(crate) fn alloc_realm(&mut self, number: u32) -> Result<Local<'s, Realm>, Exit> {
        let count = Intrinsic::ALL.len();
        let realm = self.alloc_old::<Realm>(kind::Realm, Realm::BYTES + 8 * count)?;
        realm.get(self).set_number(number);
        realm.get(self).fill(self, 0, Value::UNDEFINED);
        Ok(realm)
    }
}
