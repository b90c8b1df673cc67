//! The cage: one reserved range of addresses that holds an isolate's heap.
//!
//! Pages are committed by being touched. References are offsets into the range in units of 8 bytes, so that the same
//! bytes mean the same heap at any address.

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};

/// Bytes of a page, as far as mapping is concerned.
pub const PAGE: usize = 4096;

/// A reserved range.
pub struct Cage {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the range belongs to this value alone; threads hand it over as a whole.
unsafe impl Send for Cage {}

impl Cage {
    /// Reserves `bytes`, rounded up to pages. Nothing is committed.
    pub fn reserve(bytes: usize) -> std::io::Result<Cage> {
        let bytes = bytes.next_multiple_of(PAGE);
        // SAFETY: a fresh anonymous mapping touches nothing that exists.
        let base = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )?
        };
        let base = NonNull::new(base.cast()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        Ok(Cage { base, bytes })
    }

    /// First address.
    #[inline(always)]
    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Where the first address is kept, for compiled code.
    pub(super) const fn base_offset() -> usize {
        std::mem::offset_of!(Cage, base)
    }

    /// Bytes reserved.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Maps part of a file over part of the cage, private: pages are copied when written.
    ///
    /// # Safety
    /// The range lies in the cage, nothing in it is in use, and the file's content is a heap image.
    pub unsafe fn map_file(
        &self,
        at: usize,
        bytes: usize,
        file: BorrowedFd<'_>,
        offset: u64,
    ) -> std::io::Result<()> {
        assert!(at.is_multiple_of(PAGE) && at + bytes <= self.bytes, "a mapping within the cage");
        // SAFETY: by this function's contract.
        unsafe {
            mmap(
                self.base().add(at).cast(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE,
                file,
                offset,
            )?;
        }
        Ok(())
    }

    /// Gives the pages of a range back; they read as zero afterwards.
    ///
    /// # Safety
    /// Nothing in the range is in use, and it was not mapped from a file.
    pub unsafe fn release(&self, at: usize, bytes: usize) {
        let start = at.next_multiple_of(PAGE);
        let end = (at + bytes) / PAGE * PAGE;
        if start < end {
            // SAFETY: by this function's contract. A failure only keeps the pages.
            let _ = unsafe { madvise(self.base().add(start).cast(), end - start, Advice::LinuxDontNeed) };
        }
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        // SAFETY: the range is this value's own; nothing outlives it.
        let _ = unsafe { munmap(self.base().cast(), self.bytes) };
    }
}
