//! A compiled pattern: plain data, shared freely between threads.

pub(crate) mod literals;
pub(crate) mod op;
pub(crate) mod scan;
pub(crate) mod sets;

use crate::error::SyntaxError;
use crate::flags::Flags;
use literals::{Literal, Switch};
use op::Word;
use scan::Scan;
use sets::Sets;

/// The text of a pattern, as the engine's strings hold it.
#[derive(Clone, Copy, Debug)]
pub enum Pattern<'a> {
    /// UTF-8 text.
    Str(&'a str),
    /// One byte per character, U+0000 to U+00FF.
    Latin1(&'a [u8]),
    /// Code units, in which surrogates need not be paired.
    Utf16(&'a [u16]),
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) code: Vec<Word>,
    pub(crate) sets: Sets,
    pub(crate) literals: Vec<Literal>,
    pub(crate) switches: Vec<Switch>,
    pub(crate) scan: Scan,
    /// Capturing groups, with the whole match.
    pub(crate) groups: u32,
    pub(crate) registers: u32,
    /// Whether every match stores or clears all groups, whatever they held.
    pub(crate) all_direct: bool,
    /// Whether surrogate pairs are single characters.
    pub(crate) unicode: bool,
    names: Vec<(String, Vec<u32>)>,
}

/// What code generation hands over.
pub(crate) struct Parts {
    pub(crate) code: Vec<Word>,
    pub(crate) sets: Sets,
    pub(crate) literals: Vec<Literal>,
    pub(crate) switches: Vec<Switch>,
    pub(crate) scan: Scan,
    pub(crate) registers: u32,
    pub(crate) all_direct: bool,
}

impl Program {
    /// Compiles a pattern.
    ///
    /// Uses at most about 600 KB of native stack, for patterns nested as deep
    /// as allowed (400 groups).
    ///
    /// # Errors
    /// A [`SyntaxError`] if ECMA-262 refuses the pattern, or if it exceeds a
    /// limit of this crate ("Regular expression too large").
    pub fn compile(pattern: Pattern<'_>, flags: Flags) -> Result<Self, SyntaxError> {
        let units: Vec<u16> = match pattern {
            Pattern::Str(text) => text.encode_utf16().collect(),
            Pattern::Latin1(bytes) => bytes.iter().map(|&byte| u16::from(byte)).collect(),
            Pattern::Utf16(units) => units.to_vec(),
        };
        let parsed = crate::parse::parse(&units, flags)?;
        let parts = crate::compile::compile(&parsed.tree, parsed.captures, flags.is_unicode())?;
        Ok(Self {
            code: parts.code,
            sets: parts.sets,
            literals: parts.literals,
            switches: parts.switches,
            scan: parts.scan,
            groups: parsed.captures + 1,
            registers: parts.registers,
            all_direct: parts.all_direct,
            unicode: flags.is_unicode(),
            names: parsed.names,
        })
    }

    /// The number of groups, with group 0, the whole match.
    pub fn capture_count(&self) -> usize {
        self.groups as usize
    }

    /// The names of groups with the indices of the groups that bear them, both
    /// in source order. At most one group of a name takes part in a match.
    pub fn group_names(&self) -> impl ExactSizeIterator<Item = (&str, &[u32])> {
        self.names.iter().map(|(name, groups)| (&name[..], &groups[..]))
    }

    /// The memory the program holds, in bytes, apart from its own struct.
    pub fn heap_bytes(&self) -> usize {
        self.code.len() * size_of::<Word>()
            + self.sets.heap_bytes()
            + self.literals.iter().map(Literal::heap_bytes).sum::<usize>()
            + self.switches.iter().map(Switch::heap_bytes).sum::<usize>()
    }

    /// The instructions as text, one a line, for tests and for the curious.
    pub fn disassemble(&self) -> String {
        let mut text = format!("scan: {}\n", self.scan);
        for (index, &word) in self.code.iter().enumerate() {
            text.push_str(&format!("{index:4} "));
            // Writing to a string does not fail.
            let _ = op::disassemble(word, &mut text);
            text.push('\n');
        }
        text
    }
}
