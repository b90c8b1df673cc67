//! The table of native functions, as the interpreter sees it: numbers to functions.

use std::sync::OnceLock;

use super::args::NativeFn;

/// What the builtins provide.
pub struct Natives {
    /// The native function with a template's code number.
    pub builtin: fn(u32) -> NativeFn,
    /// Intrinsics of library code, by number.
    pub intrinsics: &'static [NativeFn],
}

static NATIVES: OnceLock<Natives> = OnceLock::new();

/// Sets the table: once for the process, before anything runs.
pub fn install(natives: Natives) {
    // A second isolate brings the same table.
    let _ = NATIVES.set(natives);
}

/// The table.
///
/// # Panics
/// Where it was not installed: no isolate is made without it.
#[inline]
pub fn natives() -> &'static Natives {
    NATIVES.get().expect("an isolate installs the natives")
}
