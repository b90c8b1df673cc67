//! The tables of native functions, as the interpreter sees them: numbers to functions.

use std::sync::OnceLock;

use super::args::{Args, JsResult, NativeFn};
use crate::heap::{Cx, Local};

/// What the builtins provide.
pub struct Natives {
    /// Native functions by the number that their templates keep.
    pub builtins: Vec<NativeFn>,
    /// Intrinsics of library code, by number.
    pub intrinsics: &'static [NativeFn],
    /// Names of the intrinsics, by number.
    pub intrinsic_names: &'static [&'static str],
    /// Names of the native functions, by number.
    pub names: fn() -> Vec<String>,
}

static NATIVES: OnceLock<Natives> = OnceLock::new();

/// Sets the tables: once for the process, before anything runs.
pub fn install(natives: impl FnOnce() -> Natives) {
    NATIVES.get_or_init(natives);
}

fn natives() -> &'static Natives {
    NATIVES.get().expect("an isolate installs the natives")
}

/// Names of the intrinsics, by number.
pub fn intrinsic_names() -> &'static [&'static str] {
    natives().intrinsic_names
}

/// Names of the native functions, by number.
pub fn names() -> Vec<String> {
    (natives().names)()
}

/// The native function with a number.
#[inline]
pub fn builtin(number: u32) -> NativeFn {
    natives().builtins[number as usize]
}

impl<'s> Cx<'s> {
    /// Calls an intrinsic of library code with `count` arguments from a register on.
    #[inline]
    pub fn call_intrinsic(&mut self, number: i32, start: Local<'s>, count: i32) -> JsResult<'s> {
        // SAFETY: the arguments are registers of the running library function, one behind the other.
        #[allow(unsafe_code)]
        let args = unsafe { Args::new(start.slot() - 1, count as u32) };
        natives().intrinsics[number as usize](self, args)
    }
}
