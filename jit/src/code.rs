//! Code memory: the same pages mapped twice. Machine code is written through the one mapping and executed through the
//! other; no page is ever both.
#![allow(unsafe_code)]

use std::fs::File;

use rustix::mm::{
    MapFlags, MprotectFlags, MremapFlags, ProtFlags, mmap, mmap_anonymous, mprotect, mremap, munmap,
};

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
    ///
    /// A file in memory (`memfd_create`) would do as well, but perf takes code in files for code of these files, and
    /// does not look into its map of names for it.
    pub fn new() -> std::io::Result<CodeMemory> {
        let writable = ProtFlags::READ | ProtFlags::WRITE;
        let shared = MapFlags::SHARED | MapFlags::NORESERVE;
        // SAFETY: a new mapping overlaps nothing.
        let write = unsafe { mmap_anonymous(std::ptr::null_mut(), BYTES, writable, shared) }?;
        // SAFETY: of a shared mapping, an old length of 0 makes a second one and leaves the first as it is.
        let execute = unsafe { mremap(write, 0, BYTES, MremapFlags::MAYMOVE) }?;
        // SAFETY: nothing was read from or written through the second mapping yet.
        unsafe { mprotect(execute, BYTES, MprotectFlags::READ | MprotectFlags::EXEC) }?;
        Ok(CodeMemory { write: write.cast(), execute: execute.cast::<u8>(), used: 0 })
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

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: code runs in isolates, and these hold the compiler, which holds this.
        unsafe {
            let _ = munmap(self.write.cast(), BYTES);
            let _ = munmap(self.execute.cast_mut().cast(), BYTES);
        }
    }
}

/// Maps the start of a file executable, for good: perf writes down such mappings, and looks at the file by its name.
pub fn map_executable(file: &File, bytes: usize) -> std::io::Result<()> {
    let protection = ProtFlags::READ | ProtFlags::EXEC;
    // SAFETY: a new mapping overlaps nothing, and nobody executes it.
    unsafe { mmap(std::ptr::null_mut(), bytes, protection, MapFlags::PRIVATE, file, 0) }?;
    Ok(())
}
