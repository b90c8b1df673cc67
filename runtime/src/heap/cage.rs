//! The cage: one reserved range of addresses that holds an isolate's heap.
//!
//! Pages are committed by being touched. References are offsets into the range in units of 8 bytes, so that the same
//! bytes mean the same heap at any address.

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;
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

    /// Copies pages of a mapped file before they are touched, all at once. A failure only leaves that for later.
    pub fn populate(&self, ranges: &[Range<usize>]) {
        for range in ranges {
            assert!(range.start.is_multiple_of(PAGE) && range.end <= self.bytes, "pages of the cage");
            // SAFETY: the range lies in the cage, and its content stays what it is.
            let _ = unsafe {
                madvise(self.base().add(range.start).cast(), range.len(), Advice::LinuxPopulateWrite)
            };
        }
    }

    /// The pages of a range that were written to since a file was mapped there; none where the system does not tell.
    pub fn written_pages(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut pages: Vec<Range<usize>> = Vec::new();
        let Ok(map) = std::fs::File::open("/proc/self/pagemap") else { return pages };
        for at in range.step_by(PAGE) {
            let mut entry = [0; 8];
            let place = (self.base() as u64 + at as u64) / PAGE as u64 * 8;
            if map.read_exact_at(&mut entry, place).is_err() {
                return Vec::new();
            }
            // Present, and neither a file's nor shared.
            if u64::from_le_bytes(entry) >> 61 & 0b101 != 0b100 {
                continue;
            }
            match pages.last_mut() {
                Some(last) if last.end == at => last.end = at + PAGE,
                _ => pages.push(at..at + PAGE),
            }
        }
        pages
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
