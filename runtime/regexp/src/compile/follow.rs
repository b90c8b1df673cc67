//! What comes after the node being emitted.

use crate::first::First;
use crate::limits::FOLLOW_TERMS_MAX;
use crate::node::{Kind, Node};

/// The continuation of a node.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    /// What the continuation may begin with; never `empty`.
    pub(super) first: First,
    /// Whether the continuation cannot fail, wherever it begins. Then nothing
    /// before it is ever asked to give back.
    pub(super) infallible: bool,
}

impl Follow {
    /// The end of the pattern, or of a lookaround, whose choices are dropped.
    pub(super) fn accept() -> Self {
        Self { first: First { empty: false, ..First::anything() }, infallible: true }
    }

    /// Nothing is known.
    pub(super) fn unknown() -> Self {
        Self { first: First { empty: false, ..First::anything() }, infallible: false }
    }

    /// `parts`, then this.
    pub(super) fn after(&self, parts: &[Node]) -> Self {
        let near = parts.iter().take(FOLLOW_TERMS_MAX + 1);
        let first = First::of_sequence(near.map(|part| &part.info.first)).then(&self.first);
        let first = First { empty: false, ..first };
        // Long sequences are not worth looking through.
        let infallible =
            self.infallible && parts.len() <= FOLLOW_TERMS_MAX && parts.iter().all(is_infallible);
        Self { first, infallible }
    }
}

/// Whether a node matches wherever it is tried.
fn is_infallible(node: &Node) -> bool {
    match &node.kind {
        Kind::Empty => true,
        Kind::Repeat(repeat) => repeat.min == 0,
        Kind::Capture(_, body) => is_infallible(body),
        Kind::Concat(parts) => parts.len() <= FOLLOW_TERMS_MAX && parts.iter().all(is_infallible),
        _ => false,
    }
}
