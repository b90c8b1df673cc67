//! Code memory: the same pages mapped twice. Machine code is written through the one mapping and executed through the
//! other; no page is ever both.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex};

use rustix::mm::{
    MapFlags, MprotectFlags, MremapFlags, ProtFlags, mmap, mmap_anonymous, mprotect, mremap, munmap,
};
use tvm_runtime::base::threads::locked;

/// Bytes of code memory.
const BYTES: usize = 64 << 20;
/// Code starts at multiples of this.
const LINE: usize = 64;

/// Memory for machine code, which pieces of it share.
#[derive(Clone)]
pub struct CodeMemory(Arc<Mutex<Mappings>>);

/// A piece of code memory: dropping it gives the room back.
pub struct Piece {
    memory: CodeMemory,
    start: usize,
    bytes: usize,
}

/// The pages.
struct Mappings {
    write: *mut u8,
    execute: *const u8,
    rooms: Rooms,
}

/// Room by where it starts: neighbours are one.
struct Rooms(BTreeMap<usize, usize>);

impl Rooms {
    /// The first room for so many bytes.
    fn take(&mut self, bytes: usize) -> Option<usize> {
        let (&start, &room) = self.0.iter().find(|&(_, &room)| room >= bytes)?;
        self.0.remove(&start);
        if room > bytes {
            self.0.insert(start + bytes, room - bytes);
        }
        Some(start)
    }

    fn give(&mut self, mut start: usize, mut bytes: usize) {
        if let Some(behind) = self.0.remove(&(start + bytes)) {
            bytes += behind;
        }
        if let Some((&before, &room)) = self.0.range(..start).next_back()
            && before + room == start
        {
            (start, bytes) = (before, room + bytes);
        }
        self.0.insert(start, bytes);
    }
}

// SAFETY: the mappings belong to the whole process; whoever writes has the memory by `&mut`.
unsafe impl Send for Mappings {}

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
        let rooms = Rooms(BTreeMap::from([(0, BYTES)]));
        let mappings = Mappings { write: write.cast(), execute: execute.cast::<u8>(), rooms };
        Ok(CodeMemory(Arc::new(Mutex::new(mappings))))
    }

    /// Installs machine code; `None` where there is no room.
    pub fn install(&self, code: &[u8]) -> Option<(*const u8, Piece)> {
        let bytes = code.len().next_multiple_of(LINE);
        let mut mappings = locked(&self.0);
        let start = mappings.rooms.take(bytes)?;
        // SAFETY: the range lies in both mappings, and nobody executes it.
        let entry = unsafe {
            mappings.write.add(start).copy_from_nonoverlapping(code.as_ptr(), code.len());
            mappings.execute.add(start)
        };
        drop(mappings);
        Some((entry, Piece { memory: self.clone(), start, bytes }))
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        locked(&self.memory.0).rooms.give(self.start, self.bytes);
    }
}

impl Drop for Mappings {
    fn drop(&mut self) {
        // SAFETY: code runs in isolates, and these hold pieces, which hold this.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_given_back_is_used_again() {
        let memory = CodeMemory::new().expect("code memory");
        let code = |byte: u8, bytes: usize| vec![byte; bytes];
        let (first, one) = memory.install(&code(1, 100)).expect("room");
        let (second, two) = memory.install(&code(2, 64)).expect("room");
        let (_, three) = memory.install(&code(3, 1)).expect("room");
        assert_eq!(second as usize - first as usize, 128);
        drop(one);
        // Too large for the gap, which a smaller one fills.
        let (behind, _four) = memory.install(&code(4, 129)).expect("room");
        assert!(behind > second);
        let (again, five) = memory.install(&code(5, 70)).expect("room");
        assert_eq!(again, first);
        // SAFETY: it was just written.
        assert_eq!(unsafe { again.read() }, 5);
        drop((two, three, five));
        let (all, _six) = memory.install(&code(6, 256)).expect("neighbours are one room");
        assert_eq!(all, first);
        assert!(memory.install(&code(7, BYTES)).is_none());
    }
}
