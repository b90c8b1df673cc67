//! Code memory: one file in memory, mapped twice. Machine code is written through the one mapping and executed through
//! the other; no page is ever both.
#![allow(unsafe_code)]

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap};

/// Bytes of code memory.
const BYTES: usize = 64 << 20;

/// Memory for machine code.
pub struct CodeMemory {
    write: *mut u8,
    execute: *const u8,
    used: usize,
}

// SAFETY: the mappings belong to the whole process; whoever writes has the memory by `&mut`.
unsafe impl Send for CodeMemory {}

impl CodeMemory {
    /// Reserves the memory; pages are taken as they are written.
    pub fn new() -> std::io::Result<CodeMemory> {
        let file = memfd_create("tvm-code", MemfdFlags::CLOEXEC)?;
        ftruncate(&file, BYTES as u64)?;
        let map = |protection| {
            // SAFETY: a new mapping overlaps nothing.
            unsafe { mmap(std::ptr::null_mut(), BYTES, protection, MapFlags::SHARED, &file, 0) }
        };
        let write = map(ProtFlags::READ | ProtFlags::WRITE)?.cast();
        let execute = map(ProtFlags::READ | ProtFlags::EXEC)?.cast::<u8>();
        Ok(CodeMemory { write, execute, used: 0 })
    }

    /// Installs machine code; `None` where there is no room.
    pub fn install(&mut self, code: &[u8]) -> Option<*const u8> {
        let start = self.used.next_multiple_of(64);
        if start + code.len() > BYTES {
            return None;
        }
        self.used = start + code.len();
        // SAFETY: the range lies in both mappings, and nobody executes it yet.
        unsafe {
            let to = self.write.add(start);
            to.copy_from_nonoverlapping(code.as_ptr(), code.len());
            Some(self.execute.add(start))
        }
    }
}
