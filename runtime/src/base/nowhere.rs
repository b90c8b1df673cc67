//! A host for isolates that are set up and not run, and for tests.

use super::vm::{Host, ModuleFailure, ModuleText, ModuleUse};

/// The host without anything.
pub(crate) struct Nowhere;

impl Host for Nowhere {
    fn write_stdout(&mut self, _: &[u8]) {}
    fn write_stderr(&mut self, _: &[u8]) {}
    fn now_ms(&mut self) -> f64 {
        0.0
    }
    fn monotonic_ms(&mut self) -> f64 {
        0.0
    }
    fn random(&mut self, _: &mut [u8]) {}
    fn sleep(&mut self, _: std::time::Duration) {}
    fn local_offset_ms(&mut self, _: f64, _: bool) -> f64 {
        0.0
    }
    fn time_zone(&mut self) -> String {
        "UTC".to_owned()
    }
    fn resolve_module(&mut self, specifier: &str, _: &str, _: ModuleUse) -> Result<String, ModuleFailure> {
        Err(ModuleFailure::plain(format!("Cannot find module '{specifier}'")))
    }
    fn load_module(
        &mut self,
        name: &str,
        _: Option<&str>,
        _: ModuleUse,
    ) -> Result<ModuleText, ModuleFailure> {
        Err(ModuleFailure::plain(format!("Cannot find module '{name}'")))
    }
}
