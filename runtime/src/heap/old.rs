//! Old space: blocks with lines, runs of blocks for large cells, and what the collector keeps beside them.

use super::cage::Cage;
use super::cells::flag;
use super::major::FIRST_THRESHOLD;

/// Bytes of a block.
pub const BLOCK: usize = 32 << 10;
/// Bytes of a line: free lines are what is allocated into.
pub const LINE: usize = 256;
/// Lines of a block: one bit each in a `u128`.
pub const LINES: usize = BLOCK / LINE;
/// Bytes of a card of a large cell.
pub const CARD: usize = 512;

const _: () = assert!(LINES == 128);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Free,
    Small,
    LargeHead,
    LargeTail,
}

/// What is known of one block.
pub(super) struct Block {
    pub state: State,
    /// Never used since the system gave it: reads as zero.
    fresh: bool,
    /// Part of a mapped snapshot: must not be given back to the system.
    image: bool,
    /// Lines in use.
    lines: u128,
    pub large: Option<Box<Large>>,
}

/// A cell with blocks of its own.
pub(super) struct Large {
    bytes: usize,
    pub cards: Vec<bool>,
    /// In the remembered set.
    remembered: bool,
}

impl Block {
    fn free(fresh: bool) -> Block {
        Block { state: State::Free, fresh, image: false, lines: 0, large: None }
    }
}

/// A place to allocate from.
#[derive(Clone, Copy, Default)]
struct Hole {
    at: usize,
    end: usize,
}

/// Runs of blocks given back to the system after one sweep: each takes some microseconds.
const RELEASED_RUNS: usize = 256;

/// Marks of cells and of lines, beside the cage.
struct Marks {
    /// First byte of the cage that has marks.
    start: usize,
    /// A bit for each word of 8 bytes that a cell may start at, then a byte for each line.
    table: Cage,
    /// Where the lines' bytes start in the table.
    lines_at: usize,
}

impl Marks {
    fn new(start: usize, end: usize) -> std::io::Result<Marks> {
        let lines_at = ((end - start) / 64 + 8).next_multiple_of(64);
        let table = Cage::reserve(lines_at + (end - start) / LINE + LINES)?;
        Ok(Marks { start, table, lines_at })
    }

    #[inline(always)]
    fn word(&self, at: usize) -> (*mut u64, u64) {
        let bit = (at - self.start) >> 3;
        // SAFETY: callers name cells within the range that the table was made for.
        (unsafe { self.table.base().cast::<u64>().add(bit >> 6) }, 1 << (bit & 63))
    }

    #[inline(always)]
    fn get(&self, at: usize) -> bool {
        let (word, bit) = self.word(at);
        // SAFETY: the word lies in the table.
        unsafe { word.read() & bit != 0 }
    }

    #[inline(always)]
    fn set(&mut self, at: usize) -> bool {
        let (word, bit) = self.word(at);
        // SAFETY: the word lies in the table.
        unsafe {
            let old = word.read();
            word.write(old | bit);
            old & bit == 0
        }
    }

    #[inline(always)]
    fn set_lines(&mut self, at: usize, size: usize) {
        let (first, last) = ((at - self.start) / LINE, (at - self.start + size - 1) / LINE);
        for line in first..=last {
            // SAFETY: the line lies in the range that the table was made for.
            unsafe { self.table.base().add(self.lines_at + line).write(1) };
        }
    }

    /// Lines of the block at `at` that are in use.
    fn lines(&self, at: usize) -> u128 {
        let first = (at - self.start) / LINE;
        let mut lines = 0;
        for line in 0..LINES {
            // SAFETY: the block's lines lie in the table.
            let used = unsafe { self.table.base().add(self.lines_at + first + line).read() };
            lines |= u128::from(used) << line;
        }
        lines
    }

    /// Forgets the marks of a range of whole blocks.
    fn clear(&mut self, from: usize, to: usize) {
        let (first, count) = ((from - self.start) / 64, (to - from) / 64);
        let (line, lines) = ((from - self.start) / LINE, (to - from) / LINE);
        // SAFETY: the range lies in the table: blocks are multiples of what a word and a byte stand for.
        unsafe {
            self.table.base().add(first).write_bytes(0, count);
            self.table.base().add(self.lines_at + line).write_bytes(0, lines);
        }
    }
}

/// All blocks.
pub(super) struct OldSpace {
    start: usize,
    /// Blocks that the cage has room for.
    capacity: usize,
    pub blocks: Vec<Block>,
    marks: Marks,
    /// Blocks with free lines that were not looked at since the last sweep.
    partial: Vec<u32>,
    free: Vec<u32>,
    hole: Hole,
    /// Block and next line that `hole` was found in.
    hole_block: Option<(u32, u32)>,
    /// For cells larger than a line that do not fit the hole.
    overflow: Hole,
    used: usize,
    /// Where the next search for a run of blocks starts.
    search: usize,
}

impl OldSpace {
    pub fn new(start: usize, end: usize) -> std::io::Result<OldSpace> {
        Ok(OldSpace {
            marks: Marks::new(start, end)?,
            start,
            capacity: (end - start) / BLOCK,
            blocks: Vec::new(),
            partial: Vec::new(),
            free: Vec::new(),
            hole: Hole::default(),
            hole_block: None,
            overflow: Hole::default(),
            used: 0,
            search: 0,
        })
    }

    pub fn bytes_used(&self) -> usize {
        self.used
    }

    /// End of the blocks that were ever used, as an offset.
    pub fn end(&self) -> usize {
        self.start + self.blocks.len() * BLOCK
    }

    pub fn block_of(&self, at: usize) -> usize {
        (at - self.start) / BLOCK
    }

    fn address(&self, block: usize) -> usize {
        self.start + block * BLOCK
    }

    /// Takes a free block, or a new one.
    fn take_block(&mut self, state: State) -> Option<usize> {
        let block = match self.free.pop() {
            Some(block) => block as usize,
            None => {
                if self.blocks.len() >= self.capacity {
                    return None;
                }
                self.blocks.push(Block::free(true));
                self.blocks.len() - 1
            }
        };
        self.blocks[block].state = state;
        Some(block)
    }

    /// Finds room for a small cell. `None` where the cage is full.
    pub fn allocate(&mut self, bytes: usize) -> Option<usize> {
        if self.hole.at + bytes <= self.hole.end {
            let at = self.hole.at;
            self.hole.at += bytes;
            return Some(at);
        }
        if bytes > LINE {
            return self.allocate_overflow(bytes);
        }
        while self.next_hole()? {
            if self.hole.at + bytes <= self.hole.end {
                break;
            }
        }
        let at = self.hole.at;
        self.hole.at += bytes;
        Some(at)
    }

    fn allocate_overflow(&mut self, bytes: usize) -> Option<usize> {
        if self.overflow.at + bytes > self.overflow.end {
            let block = self.take_block(State::Small)?;
            self.take_lines(block, 0, LINES);
            let at = self.address(block);
            self.overflow = Hole { at, end: at + BLOCK };
        }
        let at = self.overflow.at;
        self.overflow.at += bytes;
        Some(at)
    }

    fn take_lines(&mut self, block: usize, first: usize, count: usize) {
        self.blocks[block].lines |= line_mask(first, count);
        self.blocks[block].fresh = false;
        self.used += count * LINE;
    }

    /// Moves on to the next run of free lines.
    fn next_hole(&mut self) -> Option<bool> {
        loop {
            if let Some((block, line)) = self.hole_block.take()
                && let Some((first, count)) = next_run(self.blocks[block as usize].lines, line as usize)
            {
                self.take_lines(block as usize, first, count);
                let at = self.address(block as usize) + first * LINE;
                self.hole = Hole { at, end: at + count * LINE };
                self.hole_block = Some((block, (first + count) as u32));
                return Some(true);
            }
            let block = match self.partial.pop() {
                Some(block) => block as usize,
                None => self.take_block(State::Small)?,
            };
            self.hole_block = Some((block as u32, 0));
        }
    }

    /// Finds a run of blocks for a large cell. `None` where the cage has none.
    pub fn allocate_large(&mut self, bytes: usize) -> Option<usize> {
        let count = bytes.div_ceil(BLOCK);
        let head = if count == 1 { self.take_block(State::LargeHead)? } else { self.take_run(count)? };
        for tail in head + 1..head + count {
            self.blocks[tail].state = State::LargeTail;
        }
        let cards = vec![false; bytes.div_ceil(CARD)];
        self.blocks[head].large = Some(Box::new(Large { bytes, cards, remembered: false }));
        self.used += count * BLOCK;
        Some(self.address(head))
    }

    fn take_run(&mut self, count: usize) -> Option<usize> {
        let head = match self.find_run(self.search, count).or_else(|| self.find_run(0, count)) {
            Some(head) => head,
            None => {
                // Behind the last block that is in use.
                let tail_free = self.blocks.iter().rev().take_while(|b| b.state == State::Free).count();
                let head = self.blocks.len() - tail_free;
                if head + count > self.capacity {
                    return None;
                }
                while self.blocks.len() < head + count {
                    self.blocks.push(Block::free(true));
                }
                head
            }
        };
        self.search = head + count;
        self.blocks[head].state = State::LargeHead;
        self.free.retain(|&b| (b as usize) < head || b as usize >= head + count);
        Some(head)
    }

    fn find_run(&self, from: usize, count: usize) -> Option<usize> {
        let mut run = 0;
        for block in from..self.blocks.len() {
            run = if self.blocks[block].state == State::Free { run + 1 } else { 0 };
            if run == count {
                return Some(block + 1 - count);
            }
        }
        None
    }

    /// Whether the blocks of a large cell just allocated all read as zero; they count as used from now on.
    pub fn is_fresh(&mut self, at: usize) -> bool {
        let head = self.block_of(at);
        let count = self.large_size(at).div_ceil(BLOCK);
        let mut fresh = true;
        for block in &mut self.blocks[head..head + count] {
            fresh &= block.fresh;
            block.fresh = false;
        }
        fresh
    }

    /// Bytes of a large cell.
    pub fn large_size(&self, at: usize) -> usize {
        self.blocks.get(self.block_of(at)).and_then(|b| b.large.as_ref()).map_or(8, |large| large.bytes)
    }

    /// Notes a write into a large cell; true where the cell must join the remembered set.
    pub fn mark_card(&self, at: usize, offset: usize) -> bool {
        let Some(large) = self.blocks[self.block_of(at)].large.as_deref() else { return false };
        // The table of cards is the collector's own; writes come from one thread, between collections.
        let large = std::ptr::from_ref(large).cast_mut();
        // SAFETY: no other reference to the record is live while guest or native code runs.
        unsafe {
            (&mut (*large).cards)[offset / CARD] = true;
            let first = !(*large).remembered;
            (*large).remembered = true;
            first
        }
    }

    /// The large cell at `at`.
    pub fn large(&mut self, at: usize) -> Option<&mut Large> {
        let block = self.block_of(at);
        self.blocks[block].large.as_deref_mut()
    }

    // ---- marking

    /// Forgets a part of the marks: those of `count` blocks from `first` on. Gives the next block to go on with, or
    /// `None` at the end.
    pub fn clear_marks(&mut self, first: usize, count: usize) -> Option<usize> {
        let end = (first + count).min(self.blocks.len());
        self.marks.clear(self.address(first), self.address(end));
        (end < self.blocks.len()).then_some(end)
    }

    /// Marks the cell at `at`; false where it was marked already.
    #[inline(always)]
    pub fn mark(&mut self, at: usize) -> bool {
        self.marks.set(at)
    }

    /// Notes that the lines of a live cell are in use.
    #[inline(always)]
    pub fn mark_lines(&mut self, at: usize, size: usize) {
        self.marks.set_lines(at, size);
    }

    /// Whether the cell at `at` is marked.
    #[inline(always)]
    pub fn is_marked(&self, at: usize) -> bool {
        self.marks.get(at)
    }

    /// Frees what was not marked. Gives runs of blocks that may go back to the system.
    pub fn sweep(&mut self) -> Vec<(usize, usize)> {
        self.hole = Hole::default();
        self.hole_block = None;
        self.overflow = Hole::default();
        self.partial.clear();
        self.free.clear();
        self.used = 0;
        self.search = 0;
        let mut index = 0;
        while index < self.blocks.len() {
            index += self.sweep_block(index);
        }
        // Low blocks first, so that the heap stays compact.
        self.free.reverse();
        self.partial.reverse();
        self.release_runs()
    }

    fn sweep_block(&mut self, index: usize) -> usize {
        let at = self.address(index);
        let block = &mut self.blocks[index];
        match block.state {
            State::Free | State::LargeTail => {
                self.free.push(index as u32);
                1
            }
            State::Small => {
                block.lines = self.marks.lines(at);
                let used = block.lines.count_ones() as usize;
                self.used += used * LINE;
                if used == 0 {
                    block.state = State::Free;
                    self.free.push(index as u32);
                } else if used < LINES {
                    self.partial.push(index as u32);
                }
                1
            }
            State::LargeHead => {
                let count = block.large.as_ref().map_or(1, |large| large.bytes.div_ceil(BLOCK));
                if self.marks.get(at) {
                    self.used += count * BLOCK;
                } else {
                    for dead in &mut self.blocks[index..index + count] {
                        dead.state = State::Free;
                        dead.large = None;
                    }
                    self.free.extend((index..index + count).map(|b| b as u32));
                }
                count
            }
        }
    }

    /// Long runs of free blocks, as many as may be given back in one pause; the others are found by the next sweep.
    /// What the program will have taken again by then stays: a page that comes back costs more than it holds.
    fn release_runs(&mut self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut kept = (self.used / 2).max(FIRST_THRESHOLD) / BLOCK;
        for index in 0..self.blocks.len() {
            if runs.len() >= RELEASED_RUNS {
                break;
            }
            if self.blocks[index].state == State::Free && kept > 0 {
                kept -= 1;
                continue;
            }
            let block = &mut self.blocks[index];
            if block.state != State::Free || block.fresh || block.image {
                continue;
            }
            block.fresh = true;
            let at = self.start + index * BLOCK;
            match runs.last_mut() {
                Some((start, bytes)) if *start + *bytes == at => *bytes += BLOCK,
                _ => runs.push((at, BLOCK)),
            }
        }
        runs
    }

    // ---- snapshots

    /// What a snapshot must keep of the blocks: per block a state number, lines in use, and large sizes.
    pub fn describe(&self) -> Vec<BlockRecord> {
        self.blocks
            .iter()
            .map(|block| BlockRecord {
                state: block.state as u64,
                lines: [block.lines as u64, (block.lines >> 64) as u64],
                large: block.large.as_ref().map_or(0, |large| large.bytes as u64),
            })
            .collect()
    }

    /// Takes over blocks whose pages are mapped from a snapshot. `None` where the description is inconsistent.
    pub fn restore(&mut self, records: &[BlockRecord]) -> Option<()> {
        if records.len() > self.capacity {
            return None;
        }
        self.blocks.clear();
        self.partial.clear();
        self.free.clear();
        self.used = 0;
        let mut tails = 0;
        for (index, record) in records.iter().enumerate() {
            let mut block = Block::free(false);
            block.image = true;
            block.state = match record.state {
                0 => State::Free,
                1 => State::Small,
                2 => State::LargeHead,
                3 => State::LargeTail,
                _ => return None,
            };
            if (block.state == State::LargeTail) != (tails > 0) {
                return None;
            }
            match block.state {
                State::Free => self.free.push(index as u32),
                State::Small => {
                    block.lines = u128::from(record.lines[0]) | u128::from(record.lines[1]) << 64;
                    let used = block.lines.count_ones() as usize;
                    self.used += used * LINE;
                    if used < LINES {
                        self.partial.push(index as u32);
                    }
                }
                State::LargeHead => {
                    let bytes = usize::try_from(record.large).ok().filter(|&b| b > 0)?;
                    tails = bytes.div_ceil(BLOCK);
                    self.used += tails * BLOCK;
                    let cards = vec![false; bytes.div_ceil(CARD)];
                    block.large = Some(Box::new(Large { bytes, cards, remembered: false }));
                }
                State::LargeTail => {}
            }
            tails = tails.saturating_sub(1);
            self.blocks.push(block);
        }
        (tails == 0).then_some(())
    }
}

/// A block as a snapshot describes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BlockRecord {
    /// Number of its state.
    pub state: u64,
    /// Lines in use, low half first.
    pub lines: [u64; 2],
    /// Bytes of the large cell that starts here, or 0.
    pub large: u64,
}

impl Large {
    /// Ranges of bytes written to since the last time, and forgets them.
    pub fn take_cards(&mut self) -> Vec<(usize, usize)> {
        self.remembered = false;
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (index, card) in self.cards.iter_mut().enumerate() {
            if !std::mem::take(card) {
                continue;
            }
            let (from, to) = (index * CARD, ((index + 1) * CARD).min(self.bytes));
            match ranges.last_mut() {
                Some((_, end)) if *end == from => *end = to,
                _ => ranges.push((from, to)),
            }
        }
        ranges
    }

    /// Keeps a range in the remembered set.
    pub fn keep_cards(&mut self, from: usize, to: usize) {
        self.remembered = true;
        for card in from / CARD..to.div_ceil(CARD) {
            self.cards[card] = true;
        }
    }
}

/// A mask of `count` lines from `first` on.
fn line_mask(first: usize, count: usize) -> u128 {
    let ones = if count >= 128 { u128::MAX } else { (1u128 << count) - 1 };
    ones << first
}

/// The next run of clear bits from line `from` on.
fn next_run(lines: u128, from: usize) -> Option<(usize, usize)> {
    if from >= LINES {
        return None;
    }
    let first = from + (!lines >> from).trailing_zeros() as usize;
    if first >= LINES {
        return None;
    }
    let count = ((lines >> first).trailing_zeros() as usize).min(LINES - first);
    Some((first, count))
}

/// Flags that only the collector sets.
pub(super) const COLLECTOR_FLAGS: u8 = flag::DIRTY | flag::LARGE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_free_lines_are_found_in_order() {
        assert_eq!(next_run(0, 0), Some((0, 128)));
        assert_eq!(next_run(0b1011, 0), Some((2, 1)));
        assert_eq!(next_run(0b1011, 3), Some((4, 124)));
        assert_eq!(next_run(u128::MAX, 0), None);
        assert_eq!(next_run(u128::MAX >> 1, 0), Some((127, 1)));
        assert_eq!(line_mask(0, 128), u128::MAX);
    }

    #[test]
    fn large_cells_take_and_free_runs() {
        let mut old = OldSpace::new(BLOCK, BLOCK * 20).expect("memory");
        let a = old.allocate_large(3 * BLOCK).expect("room");
        let b = old.allocate_large(BLOCK + 1).expect("room");
        assert_eq!(old.blocks.len(), 5);
        assert!(old.is_fresh(a));
        old.mark(b);
        old.sweep();
        assert_eq!(old.bytes_used(), 2 * BLOCK);
        let c = old.allocate_large(2 * BLOCK).expect("room");
        assert!(c >= a && c < b);
    }
}
