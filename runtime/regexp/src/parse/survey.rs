//! The first pass over a pattern: counts, names, bounds.
//!
//! It finds how many groups capture (which decides what `\1` means), which
//! names exist (which decides what `\k` means) and refuses what is too deep or
//! too large before anything recurses over it. It also refuses a name used
//! twice where both groups could take part in one match.

use std::collections::{HashMap, HashSet};

use super::names;
use super::tokens::{Kind, Tokens};
use crate::error::SyntaxError;
use crate::limits::{CAPTURES_MAX, NESTING_MAX, PATTERN_LENGTH_MAX};

/// What the first pass found.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Number of capturing groups, without the whole match.
    pub(crate) captures: u32,
    /// Names with the indices of their groups, each in source order.
    pub(crate) names: Vec<(String, Vec<u32>)>,
    by_name: HashMap<String, usize>,
}

impl Survey {
    /// The groups of a name.
    pub(super) fn groups_of(&self, name: &str) -> Option<&[u32]> {
        self.by_name.get(name).map(|&index| &self.names[index].1[..])
    }

    fn add_name(&mut self, name: String) -> usize {
        let index = *self.by_name.entry(name.clone()).or_insert_with(|| {
            self.names.push((name, Vec::new()));
            self.names.len() - 1
        });
        self.names[index].1.push(self.captures);
        index
    }
}

/// Surveys a pattern. `nested_classes` is the `v` flag.
pub(super) fn survey(units: &[u16], nested_classes: bool) -> Result<Survey, SyntaxError> {
    if units.len() > PATTERN_LENGTH_MAX {
        return Err(too_large(0));
    }
    let mut tokens = Tokens::new(units, nested_classes);
    let mut survey = Survey::default();
    let mut scopes = Scopes::new();
    loop {
        let offset = tokens.at;
        let Some(kind) = tokens.next() else { return Ok(survey) };
        match kind {
            Kind::CaptureOpen | Kind::NameOpen => {
                survey.captures += 1;
                if survey.captures > CAPTURES_MAX {
                    return Err(SyntaxError::new("Too many captures", offset));
                }
                if kind == Kind::NameOpen {
                    let name = survey.add_name(names::read(&mut tokens)?);
                    scopes.declare(name).map_err(|()| duplicate(offset))?;
                }
                scopes.open();
            }
            Kind::OtherOpen => scopes.open(),
            Kind::GroupClose => scopes.close().map_err(|()| duplicate(offset))?,
            Kind::Bar => scopes.next_alternative(),
            Kind::Escape(None) => return Err(SyntaxError::new("\\ at end of pattern", offset)),
            _ => {}
        }
        if scopes.depth() + tokens.class_depth > NESTING_MAX {
            return Err(too_large(offset));
        }
    }
}

fn too_large(offset: usize) -> SyntaxError {
    SyntaxError::new("Regular expression too large", offset)
}

fn duplicate(offset: usize) -> SyntaxError {
    SyntaxError::new("Duplicate capture group name", offset)
}

/// The names declared so far in each open group, kept apart by alternative:
/// the same name may stand in two alternatives, but not twice in one.
struct Scopes {
    stack: Vec<Scope>,
}

#[derive(Default)]
struct Scope {
    /// Names of the alternative being read.
    current: HashSet<usize>,
    /// Names of the alternatives before it.
    earlier: HashSet<usize>,
}

impl Scopes {
    fn new() -> Self {
        Self { stack: vec![Scope::default()] }
    }

    fn depth(&self) -> usize {
        self.stack.len()
    }

    fn innermost(&mut self) -> &mut Scope {
        let last = self.stack.len() - 1;
        &mut self.stack[last]
    }

    fn open(&mut self) {
        self.stack.push(Scope::default());
    }

    fn declare(&mut self, name: usize) -> Result<(), ()> {
        if self.innermost().current.insert(name) { Ok(()) } else { Err(()) }
    }

    fn next_alternative(&mut self) {
        let scope = self.innermost();
        let current = std::mem::take(&mut scope.current);
        merge(&mut scope.earlier, current);
    }

    /// Hands all names of the innermost group to the group around it. An
    /// unmatched parenthesis is left to the parser.
    fn close(&mut self) -> Result<(), ()> {
        if self.stack.len() == 1 {
            return Ok(());
        }
        self.next_alternative();
        let names = self.stack.pop().map(|scope| scope.earlier).unwrap_or_default();
        if merge(&mut self.innermost().current, names) { Ok(()) } else { Err(()) }
    }
}

/// Moves `names` into `target`; false if some name was there already. The
/// smaller set moves, so that deep nesting stays cheap.
fn merge(target: &mut HashSet<usize>, mut names: HashSet<usize>) -> bool {
    if names.len() > target.len() {
        std::mem::swap(target, &mut names);
    }
    let mut fresh = true;
    for name in names {
        fresh &= target.insert(name);
    }
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pattern: &str) -> Result<Survey, SyntaxError> {
        survey(&pattern.encode_utf16().collect::<Vec<_>>(), false)
    }

    #[test]
    fn captures_are_counted_outside_classes_and_escapes() {
        for (pattern, captures) in
            [("()", 1), ("(a(b))", 2), (r"\(a\)", 0), ("[(](?:a)(?=b)(?<!c)(?i:d)", 0), ("(?<a>)(b)", 2)]
        {
            assert_eq!(run(pattern).map(|survey| survey.captures), Ok(captures), "{pattern}");
        }
    }

    #[test]
    fn a_name_may_recur_in_other_alternatives_only() {
        for good in ["(?<a>x)|(?<a>y)", "(?:(?<a>x)|(?<a>y))(?<b>z)", "(?:|(?<a>x))|(?<a>y)"] {
            assert!(run(good).is_ok(), "{good}");
        }
        for bad in [
            "(?<a>x)(?<a>y)",
            "(?<a>(?<a>x))",
            "(?:x|(?<a>y))(?<a>z)",
            "(?<a>|(?<a>x))",
            "(?<\\u0061>)(?<a>)",
        ] {
            assert_eq!(
                run(bad).map_err(|error| error.message).err().as_deref(),
                Some("Duplicate capture group name"),
                "{bad}"
            );
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(run(&format!("{}{}", "(".repeat(NESTING_MAX - 1), ")".repeat(NESTING_MAX - 1))).is_ok());
        assert!(run(&"(".repeat(NESTING_MAX + 1)).is_err());
        assert!(run(&"()".repeat(70_000)).is_err());
    }
}
