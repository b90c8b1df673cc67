//! Leaving statements: `break`, `continue`, `return` through loops, iterators and `finally` blocks.
//!
//! What must happen on the way out is a stack of [`Control`] entries. Leaving runs the entries' clean-up from the
//! innermost outwards, each outside the exception ranges of the entries that it leaves; a `finally` block takes
//! over by noting where to go on.

use oxc_span::Span;
use tvm_bytecode::Op;

use super::Function as Emitter;
use super::core::{Label, Reg};

/// A range of code with a handler, in pieces where clean-up code of `break` and `return` lies between.
pub(crate) struct Region {
    handler: Label,
    register: Reg,
    pieces: Vec<(usize, usize)>,
    open: Option<usize>,
}

/// One thing to leave.
pub(crate) enum Control<'a> {
    /// A loop: its labels, where `break` and `continue` go, and how much `break` leaves besides.
    Loop { labels: Vec<&'a str>, break_label: Label, continue_label: Label, break_depth: usize },
    /// A labelled statement or `switch`.
    Block { labels: Vec<&'a str>, break_label: Label, is_switch: bool },
    /// An exception range.
    Region(usize),
    /// A synchronous iterator to close; `done` tells at run time whether it is needed.
    Iterator { record: Reg, done: Option<Reg> },
    /// An asynchronous iterator to close.
    AsyncIterator { parts: Reg },
    /// A `finally` block.
    Finally { entry: Label, kind: Reg, value: Reg, exits: Vec<Exit> },
    /// Completion values of a `finally` block are thrown away; nothing to do on the way out.
    FinallyBody,
}

/// Where control goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// To the `break` label of the entry at this depth.
    Break(usize),
    /// To the `continue` label of the entry at this depth.
    Continue(usize),
    /// Out of the function.
    Return,
}

/// `kind` register of a `finally` block: completed normally, or by an exception.
pub(crate) const FINALLY_NORMAL: i32 = -1;
pub(crate) const FINALLY_THROW: i32 = -2;

impl<'a> Emitter<'_, 'a> {
    pub(crate) fn open_region(&mut self, handler: Label, register: Reg) -> usize {
        self.regions.push(Region { handler, register, pieces: Vec::new(), open: Some(self.code.here()) });
        self.control.push(Control::Region(self.regions.len() - 1));
        self.regions.len() - 1
    }

    /// Ends a region; its handlers are noted, inner regions before outer ones.
    pub(crate) fn close_region(&mut self, region: usize) {
        self.pause(region);
        self.control.pop();
        let Region { handler, register, pieces, .. } = &self.regions[region];
        let (handler, register) = (*handler, *register);
        for (start, end) in pieces.clone() {
            self.code.handler(start, end, handler, register);
        }
    }

    fn pause(&mut self, region: usize) {
        let here = self.code.here();
        let region = &mut self.regions[region];
        if let Some(start) = region.open.take()
            && start < here
        {
            region.pieces.push((start, here));
        }
    }

    fn resume(&mut self, region: usize) {
        self.regions[region].open = Some(self.code.here());
    }

    pub(crate) fn push_iterator_cleanup(&mut self, record: Reg, done: Option<Reg>) -> usize {
        self.control.push(Control::Iterator { record, done });
        self.control.len() - 1
    }

    pub(crate) fn pop_control(&mut self, depth: usize) {
        self.control.truncate(depth);
    }

    /// Finds the target of `break` or `continue` and leaves for it.
    pub(crate) fn break_or_continue(&mut self, label: Option<&str>, is_continue: bool, span: Span) {
        let found = self.control.iter().enumerate().rev().find(|(_, entry)| match (entry, label) {
            (Control::Loop { .. }, None) => true,
            (Control::Loop { labels, .. }, Some(label)) => labels.contains(&label),
            (Control::Block { is_switch, .. }, None) => *is_switch && !is_continue,
            (Control::Block { labels, .. }, Some(label)) => !is_continue && labels.contains(&label),
            _ => false,
        });
        match found.map(|(depth, _)| depth) {
            Some(depth) if is_continue => self.exit(Exit::Continue(depth), None),
            Some(depth) => self.exit(Exit::Break(depth), None),
            None => self.fail(span, "Illegal break or continue statement"),
        }
    }

    /// Returns from the function through everything that is in force.
    pub(crate) fn return_value(&mut self, value: Reg) {
        self.exit(Exit::Return, Some(value));
    }

    /// Leaves for `exit`, running clean-up on the way.
    pub(crate) fn exit(&mut self, exit: Exit, value: Option<Reg>) {
        let (keep, label) = match exit {
            Exit::Break(depth) => match &self.control[depth] {
                Control::Loop { break_label, break_depth, .. } => (*break_depth, Some(*break_label)),
                Control::Block { break_label, .. } => (depth, Some(*break_label)),
                _ => (depth, None),
            },
            Exit::Continue(depth) => match &self.control[depth] {
                Control::Loop { continue_label, .. } => (depth, Some(*continue_label)),
                _ => (depth, None),
            },
            Exit::Return => (0, None),
        };
        let mut paused = Vec::new();
        let mut diverted = false;
        for depth in (keep..self.control.len()).rev() {
            if let Control::Region(region) = self.control[depth] {
                if self.regions[region].open.is_some() {
                    self.pause(region);
                    paused.push(region);
                }
                continue;
            }
            if self.clean_up(depth, exit, value) {
                diverted = true;
                break;
            }
        }
        if !diverted {
            match (label, value) {
                (Some(label), _) => self.code.jump(label),
                (None, Some(value)) => self.emit_return(value),
                (None, None) => {}
            }
        }
        for region in paused {
            self.resume(region);
        }
    }

    /// Leaves one entry; true where a `finally` block takes over.
    fn clean_up(&mut self, depth: usize, exit: Exit, value: Option<Reg>) -> bool {
        match &mut self.control[depth] {
            Control::Iterator { record, done } => {
                let (record, done) = (*record, *done);
                let end = self.code.label();
                if let Some(done) = done {
                    self.code.jump_if(Op::JumpIfTrue, &[done.into()], end);
                }
                self.op(Op::IteratorClose, &[record.into(), 0]);
                self.code.bind(end);
                false
            }
            Control::AsyncIterator { parts } => {
                let parts = *parts;
                self.close_async_iterator(parts);
                false
            }
            Control::Finally { entry, kind, value: kept, exits } => {
                let (entry, kind, kept) = (*entry, *kind, *kept);
                let number = match exits.iter().position(|&known| known == exit) {
                    Some(number) => number,
                    None => {
                        exits.push(exit);
                        exits.len() - 1
                    }
                };
                if let Some(value) = value {
                    self.move_to(kept, value);
                }
                self.op(Op::LoadInt, &[kind.into(), number as i64]);
                self.code.jump(entry);
                true
            }
            _ => false,
        }
    }
}
