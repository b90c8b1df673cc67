//! Scope layouts as the flow check asks about them: ancestors in logarithmic time, slots without decoding.

use crate::data::*;
use crate::unit::Unit;

struct Row {
    parent: ScopeId,
    /// Number of ancestors.
    depth: u32,
    /// An ancestor further up, so chosen that any ancestor is few steps away (skew-binary jump pointers); a scope
    /// without a parent names itself.
    jump: ScopeId,
    kind: ScopeKind,
    first: u32,
    count: u32,
}

/// The unit's scope layouts. Parents stand before their children (R3).
#[derive(Default)]
pub(super) struct Scopes {
    rows: Vec<Row>,
    slots: Vec<SlotKind>,
}

impl Scopes {
    /// Adds the next layout; `false` where its parent does not stand before it, or the chain gets too deep.
    pub fn push(&mut self, unit: &Unit, id: ScopeId, kind: ScopeKind, slots: Vec<SlotKind>) -> bool {
        let parent = unit.scope_parent(id);
        let (depth, jump) = match self.rows.get(parent as usize) {
            _ if parent == NONE => (0, id),
            None => return false,
            Some(above) => (above.depth + 1, self.jump_past(parent)),
        };
        let (first, count) = (self.slots.len() as u32, slots.len() as u32);
        self.slots.extend(slots);
        self.rows.push(Row { parent, depth, jump, kind, first, count });
        depth < super::limit::SCOPE_DEPTH
    }

    /// The jump pointer of a child of `parent`.
    fn jump_past(&self, parent: ScopeId) -> ScopeId {
        let above = &self.rows[parent as usize];
        let next = &self.rows[above.jump as usize];
        let further = &self.rows[next.jump as usize];
        if above.depth - next.depth == next.depth - further.depth { next.jump } else { parent }
    }

    /// The scope `levels` above `id`.
    pub fn ancestor(&self, mut id: ScopeId, levels: u32) -> Option<ScopeId> {
        let wanted = self.rows.get(id as usize)?.depth.checked_sub(levels)?;
        loop {
            let row = &self.rows[id as usize];
            if row.depth == wanted {
                return Some(id);
            }
            let jumps = self.rows[row.jump as usize].depth >= wanted;
            id = if jumps { row.jump } else { row.parent };
        }
    }

    pub fn parent(&self, id: ScopeId) -> ScopeId {
        self.rows.get(id as usize).map_or(NONE, |row| row.parent)
    }

    pub fn kind(&self, id: ScopeId) -> Option<ScopeKind> {
        self.rows.get(id as usize).map(|row| row.kind)
    }

    pub fn slot(&self, id: ScopeId, slot: u32) -> Option<SlotKind> {
        self.slots(id).get(slot as usize).copied()
    }

    pub fn slots(&self, id: ScopeId) -> &[SlotKind] {
        let Some(row) = self.rows.get(id as usize) else { return &[] };
        &self.slots[row.first as usize..][..row.count as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(parent: ScopeId, depth: u32, jump: ScopeId) -> Row {
        Row { parent, depth, jump, kind: ScopeKind::Block, first: 0, count: 0 }
    }

    #[test]
    fn ancestors_are_found_on_chains_and_trees() {
        let mut scopes = Scopes::default();
        scopes.rows.push(row(NONE, 0, 0));
        for id in 1..3000u32 {
            // Two chains that share their first thousand scopes.
            let parent = if id == 2000 { 999 } else { id - 1 };
            let jump = scopes.jump_past(parent);
            scopes.rows.push(row(parent, scopes.rows[parent as usize].depth + 1, jump));
        }
        for start in [0, 1, 500, 1999, 2000, 2999] {
            let mut expected = start;
            let mut levels = 0;
            while expected != NONE {
                assert_eq!(scopes.ancestor(start, levels), Some(expected), "{levels} above {start}");
                expected = scopes.rows[expected as usize].parent;
                levels += 1;
            }
            assert_eq!(scopes.ancestor(start, levels), None);
            assert_eq!(scopes.ancestor(start, u32::MAX), None);
        }
    }
}
