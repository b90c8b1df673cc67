//! The heap as an image: what a snapshot keeps of it, and a heap over the pages of one.
//!
//! An image is taken of a quiet heap: everything collected, the nursery empty, nothing in the remembered set. So old
//! space's pages, the descriptions of its blocks and the used part of the stack say everything.

use std::ops::Range;
use std::os::fd::BorrowedFd;

use super::cells::flag;
use super::old::BlockRecord;
use super::{BLOCK, Heap, HeapOptions, OLD_START};

/// What is taken of a heap besides the bytes of its pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapImage {
    /// Descriptions of the blocks of old space, in order.
    pub blocks: Vec<BlockRecord>,
    /// The used slots of the stack.
    pub stack: Vec<u64>,
    /// The exception being thrown.
    pub exception: u64,
    /// Whether registrations' targets died that nobody was told of.
    pub finalized: bool,
}

impl Heap {
    /// Collects everything and describes what is left; the pages are [`Heap::old_bytes`].
    pub fn take_image(&mut self) -> HeapImage {
        self.collect_all();
        // What was promoted by the last step was marked as new; nothing refers to the nursery any more.
        for reference in std::mem::take(self.dirty.get_mut()) {
            let at = (reference as usize) << 3;
            let cell = self.at(at);
            // SAFETY: the remembered set names live old cells, whose flags are byte 1.
            unsafe {
                let flags = cell.add(1).read();
                if flags & flag::LARGE != 0 {
                    if let Some(large) = self.old.large(at) {
                        large.take_cards();
                    }
                } else {
                    cell.add(1).write(flags & !flag::DIRTY);
                }
            }
        }
        let stack = (0..self.top()).map(|slot| self.slot(slot)).collect();
        HeapImage {
            blocks: self.old.describe(),
            stack,
            exception: self.exception(),
            finalized: self.finalized,
        }
    }

    /// The bytes of old space's blocks.
    pub fn old_bytes(&self) -> &[u8] {
        // SAFETY: all blocks that were ever used lie in the cage, and reading borrows the heap.
        unsafe { std::slice::from_raw_parts(self.at(OLD_START), self.old.end() - OLD_START) }
    }

    /// Pages of an image that this heap, which began as one, has written to.
    pub fn written_pages(&self) -> Vec<Range<usize>> {
        self.cage.written_pages(OLD_START..self.old.end())
    }

    /// Copies such pages at once, in another heap that has just begun.
    pub fn populate(&self, pages: &[Range<usize>]) {
        self.cage.populate(pages);
    }

    /// A heap over an image's pages, which lie in `file` from `offset` on, mapped private: they are read when they are
    /// touched and copied when they are written to.
    pub fn from_image(
        options: HeapOptions,
        image: &HeapImage,
        file: BorrowedFd<'_>,
        offset: u64,
    ) -> std::io::Result<Heap> {
        let mut heap = Heap::new(options)?;
        let bytes = image.blocks.len() * BLOCK;
        if OLD_START + bytes > heap.cage.bytes() {
            return Err(std::io::Error::other(
                "the snapshot's heap is larger than the limit (raise it with --max-heap)",
            ));
        }
        if image.stack.len() as u64 > u64::from(heap.stack.guest_slots()) {
            return Err(std::io::Error::other(
                "the snapshot's stack is larger than the limit (raise it with --max-stack)",
            ));
        }
        if heap.old.restore(&image.blocks).is_none() {
            return Err(std::io::Error::other("the descriptions of the snapshot's blocks are inconsistent"));
        }
        if bytes > 0 {
            // SAFETY: the range lies in the cage, which is fresh; the caller vouches for the file's content.
            unsafe { heap.cage.map_file(OLD_START, bytes, file, offset)? };
        }
        let top = image.stack.len() as u32;
        if !heap.raise_stack(top) {
            return Err(std::io::Error::other(
                "the snapshot's stack is larger than the limit (raise it with --max-stack)",
            ));
        }
        for (slot, &bits) in image.stack.iter().enumerate() {
            heap.set_slot(slot as u32, bits);
        }
        heap.set_top(top);
        heap.set_exception(image.exception);
        heap.finalized = image.finalized;
        heap.mark_threshold = heap.old.bytes_used() + super::major::FIRST_THRESHOLD;
        Ok(heap)
    }
}
