//! Pattern text to tree.
//!
//! The grammar is `oxc_regular_expression`'s. Before it runs, a survey bounds
//! what it recurses over and a rewrite gives it text it reads rightly; after
//! it, `lower` makes our tree of its tree. No other module names that crate's
//! parser, so that it can be replaced here.

mod messages;
mod names;
mod rewrite;
mod survey;
mod tokens;

use oxc_allocator::Allocator;
use oxc_regular_expression::{LiteralParser, Options};

use crate::error::SyntaxError;
use crate::flags::Flags;
use crate::node::Node;

/// A parsed pattern.
pub(crate) struct Parsed {
    pub(crate) tree: Node,
    /// Number of capturing groups, without the whole match.
    pub(crate) captures: u32,
    /// Names with their groups.
    pub(crate) names: Vec<(String, Vec<u32>)>,
}

/// Parses the code units of a pattern.
pub(crate) fn parse(units: &[u16], flags: Flags) -> Result<Parsed, SyntaxError> {
    let sets = flags.contains(Flags::UNICODE_SETS);
    let survey = survey::survey(units, sets)?;
    let rewritten = rewrite::rewrite(units, &survey, flags.is_unicode(), sets)?;
    let allocator = Allocator::default();
    let mode = match (flags.is_unicode(), sets) {
        (_, true) => "v",
        (true, false) => "u",
        (false, false) => "",
    };
    let parser = LiteralParser::new(&allocator, &rewritten.text, Some(mode), Options::default());
    let pattern = parser.parse().map_err(|diagnostic| {
        let label = diagnostic.labels.first();
        let stop = label.map_or(0, |label| (label.offset() + label.len()) as usize);
        let message = messages::reworded(&diagnostic.message, &rewritten.text, stop);
        SyntaxError::new(message, rewritten.source_offset(stop))
    })?;
    let tree = crate::lower::lower(&pattern, flags)
        .map_err(|error| SyntaxError { offset: rewritten.source_offset(error.offset), ..error })?;
    Ok(Parsed { tree, captures: survey.captures, names: survey.names })
}
