//! Tree to program.
//!
//! Code is emitted in one walk over the tree, with labels for addresses, and
//! resolved at the end. What makes it fast is decided by the emitters: which
//! choices the next unit decides (`choice.rs`), which runs never give back
//! (`repeat.rs`), which characters go together (`characters.rs`), where matches
//! may begin (`prefix.rs`), which captures need undoing (below).
//!
//! **Captures without an undo log.** A group that is not repeated and not
//! referred to is *direct*: it is stored without remembering the old value.
//! After backtracking it may be stale, so every way around a direct group
//! clears it: the other alternatives, the way past an optional part, the end of
//! a negative lookaround. A way through it overwrites it. Groups in loops and
//! groups with back references are undone on failure instead.

mod ahead;
mod characters;
mod choice;
mod emit;
mod follow;
mod frequency;
mod prefix;
mod repeat;

use std::collections::HashSet;

use crate::charset::CharSet;
use crate::error::SyntaxError;
use crate::limits::{CODE_MAX, SETS_MAX};
use crate::node::{Kind, Node};
use crate::program::Parts;
use crate::program::literals::{Literal, Switch};
use crate::program::op::Op;
use crate::program::scan::Scan;
use crate::program::sets::SetsBuilder;
use follow::Follow;

/// An address that may not be known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Label(u32);

/// The state of code generation.
struct Compiler {
    ops: Vec<Op>,
    /// The address of each label.
    labels: Vec<u32>,
    sets: SetsBuilder,
    literals: Vec<Literal>,
    switches: Vec<Switch>,
    registers: u32,
    /// Whether surrogate pairs are single characters.
    unicode: bool,
    /// Whether code is being emitted for a lookbehind.
    backward: bool,
    /// How many loops are around the code being emitted.
    loops: u32,
    /// Groups with back references.
    referenced: HashSet<u32>,
    /// How many groups have been emitted as direct ones.
    direct: u32,
}

/// Compiles a tree with `captures` groups.
pub(crate) fn compile(tree: &Node, captures: u32, unicode: bool) -> Result<Parts, SyntaxError> {
    let mut compiler = Compiler {
        ops: Vec::new(),
        labels: Vec::new(),
        sets: SetsBuilder::new(),
        literals: Vec::new(),
        switches: Vec::new(),
        registers: 0,
        unicode,
        backward: false,
        loops: 0,
        referenced: HashSet::new(),
        direct: 0,
    };
    debug_assert!(tree.info.captures.end <= captures + 1);
    find_references(tree, &mut compiler.referenced);
    compiler.node(tree, &Follow::accept())?;
    compiler.emit(Op::Match {})?;
    let scan = compiler.scan(tree);
    let all_direct = compiler.direct == captures;
    compiler.finish(scan, all_direct)
}

/// Collects the groups that back references name.
fn find_references(node: &Node, groups: &mut HashSet<u32>) {
    match &node.kind {
        Kind::BackReference { group, .. } => _ = groups.insert(*group),
        Kind::Concat(parts) | Kind::Alternation(parts) => {
            parts.iter().for_each(|part| find_references(part, groups));
        }
        Kind::Repeat(repeat) => find_references(&repeat.body, groups),
        Kind::Capture(_, body) => find_references(body, groups),
        Kind::Look(look) => find_references(&look.body, groups),
        Kind::Empty | Kind::Set(_) | Kind::Unit(_) | Kind::Assertion(_) => {}
    }
}

impl Compiler {
    fn emit(&mut self, op: Op) -> Result<(), SyntaxError> {
        if self.ops.len() >= CODE_MAX || self.sets.len() > SETS_MAX {
            return Err(SyntaxError::new("Regular expression too large", 0));
        }
        self.ops.push(op);
        Ok(())
    }

    /// A label whose place is set later by [`Self::place`].
    fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    /// Puts a label at the next instruction.
    fn place(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.ops.len() as u32;
    }

    fn label_here(&mut self) -> Label {
        let label = self.label();
        self.place(label);
        label
    }

    /// Takes `count` registers and answers the first.
    fn take_registers(&mut self, count: u32) -> u32 {
        self.registers += count;
        self.registers - count
    }

    /// The number of a set that is only tested against code units.
    fn unit_set(&mut self, set: &CharSet) -> u32 {
        self.sets.number_of_units(set)
    }

    fn finish(mut self, scan: Scan, all_direct: bool) -> Result<Parts, SyntaxError> {
        let labels = self.labels;
        let resolve = |label: u32| {
            let address = labels[label as usize];
            assert!(address != u32::MAX, "a label was used and never placed");
            address
        };
        let code = self.ops.iter().map(|op| op.with_targets(resolve).encode()).collect();
        self.switches.iter_mut().for_each(|switch| switch.resolve(resolve));
        Ok(Parts {
            code,
            sets: self.sets.finish(),
            literals: self.literals,
            switches: self.switches,
            scan,
            registers: self.registers,
            all_direct,
        })
    }
}
