//! Every bound of this crate, with the reason for its value.

/// Pattern length in code units. Patterns of real programs stay below 100 KB;
/// all compile-time work is linear in the length or bounded elsewhere here.
pub(crate) const PATTERN_LENGTH_MAX: usize = 1 << 20;

/// How deep groups and classes may nest. Parser and compiler recurse once per
/// level; a level costs about 750 bytes of native stack in the parser with
/// optimisation, so that this depth needs about 300 KB.
pub(crate) const NESTING_MAX: usize = 400;

/// Number of capturing groups, as in V8.
pub(crate) const CAPTURES_MAX: u32 = (1 << 16) - 1;

/// Ranges of sets handled while a pattern is lowered: bounds both the time
/// (about 3 ns each) and the memory (8 bytes each). `\p{L}` has 700.
pub(crate) const SET_WORK_MAX: usize = 1 << 22;

/// Different classes of one pattern; 8 of them share a table of 256 bytes.
pub(crate) const SETS_MAX: usize = 1 << 16;

/// Strings that the classes of a pattern (`v` only) may hold together.
pub(crate) const CLASS_STRINGS_MAX: usize = 1 << 15;

/// Instructions of one program, each of 16 bytes.
pub(crate) const CODE_MAX: usize = 1 << 20;

/// A repeated body is written out instead of counted while the copies stay
/// below this many nodes.
pub(crate) const UNROLL_NODES_MAX: u32 = 96;

/// Ranges a first-character set may have before it is widened.
pub(crate) const FIRST_RANGES_MAX: usize = 96;

/// How many following terms are looked through for a first character.
pub(crate) const FOLLOW_TERMS_MAX: usize = 16;

/// Steps between two questions to the budget.
pub(crate) const STEPS_PER_ASK: u32 = 4096;

/// Default limit of the backtrack stack.
pub(crate) const STACK_BYTES_DEFAULT: usize = 64 << 20;

/// How often in a row common beginnings of alternatives are shared.
pub(crate) const FACTOR_LEVELS_MAX: u32 = 8;

/// Only alternatives of at most this height share beginnings, so that sharing
/// cannot make a deep tree much deeper.
pub(crate) const FACTOR_DEPTH_MAX: u32 = 64;

/// Strings of classes up to this length become a trie, longer ones a list.
pub(crate) const TRIE_LENGTH_MAX: usize = 16;

/// Alternatives summed over the units below 256 that may begin them, up to
/// which a switch is made.
pub(crate) const SWITCH_ENTRIES_MAX: u32 = 1 << 16;

/// The same above 255, up to which units there are told apart.
pub(crate) const SWITCH_HIGH_MAX: usize = 1 << 14;
