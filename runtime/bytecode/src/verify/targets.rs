//! Rule R11, and R12 for handlers: where jumps, jump tables and handlers lead.

use super::Rejection;
use super::code::{Code, FIRST_LABEL, INSIDE, Jump, JumpTable, START};
use crate::data::*;
use crate::unit::Unit;

/// Gives every target a label and every instruction its handler.
pub(super) fn check(unit: &Unit, code: &mut Code) -> Result<(), Rejection> {
    check_tables(unit, code)?;
    check_jumps(unit, code)?;
    check_handlers(unit, code)
}

impl Code {
    /// Index of the instruction at a code offset, or behind the last one.
    fn index(&self, at: u32) -> Option<u32> {
        if at == self.record.code_count {
            return Some(self.starts.len() as u32);
        }
        self.starts.binary_search(&at).ok().map(|index| index as u32)
    }

    /// The label of a target; `None` where no instruction starts there.
    fn target(&mut self, at: u32) -> Option<u32> {
        let place = self.places.get_mut(at as usize)?;
        if *place == INSIDE {
            return None;
        }
        if *place == START {
            *place = FIRST_LABEL + self.looped.len() as u32;
            self.looped.push(false);
        }
        self.lowest_target = self.lowest_target.min(at);
        Some(*place - FIRST_LABEL)
    }
}

/// Jump tables by constant, whether an instruction uses them or not: each is looked through once.
fn check_tables(unit: &Unit, code: &mut Code) -> Result<(), Rejection> {
    code.tables.clear();
    code.table_labels.clear();
    let constants = (0..code.record.constant_count).zip(unit.constants(&code.record));
    for (constant, value) in constants {
        let Some(Constant::JumpTable(list)) = value else { continue };
        let first = code.table_labels.len();
        let mut lowest = u32::MAX;
        for target in unit.list(list).skip(1) {
            match code.target(target) {
                Some(label) => code.table_labels.push(label),
                None => return Err(code.error(unit, 0, "R11: a jump table that leads to no instruction")),
            }
            lowest = lowest.min(target);
        }
        let mut labels = code.table_labels.split_off(first);
        labels.sort_unstable();
        labels.dedup();
        code.table_labels.append(&mut labels);
        code.tables.push(JumpTable { constant, lowest, labels: first..code.table_labels.len() });
    }
    Ok(())
}

fn check_jumps(unit: &Unit, code: &mut Code) -> Result<(), Rejection> {
    for index in 0..code.jumps.len() {
        match code.jumps[index] {
            Jump::By(at, distance) => {
                let target = u32::try_from(i64::from(at) + distance).ok();
                let Some(label) = target.and_then(|target| code.target(target)) else {
                    return Err(code.error(unit, at, "R11: a jump to no instruction"));
                };
                code.looped[label as usize] |= distance <= 0;
            }
            // Only jumps poll: an edge back of another sort would make a loop that nothing interrupts.
            Jump::Table(at, constant) => {
                if code.table(constant).is_some_and(|table| table.lowest <= at) {
                    return Err(code.error(unit, at, "R11: a jump table that leads back"));
                }
            }
        }
    }
    Ok(())
}

fn check_handlers(unit: &Unit, code: &mut Code) -> Result<(), Rejection> {
    code.handlers.clear();
    code.handler_of.clear();
    if code.record.handler_count == 0 {
        return Ok(());
    }
    let mut painter = Painter::new(code.count());
    for handler in unit.handlers(&code.record) {
        let label = code.target(handler.target);
        let range = (code.index(handler.start), code.index(handler.end));
        let (Some(label), (Some(first), Some(last))) = (label, range) else {
            let reason = "R11: a handler's range or target is no instruction";
            return Err(code.error(unit, handler.start, reason));
        };
        if first >= last || handler.target < handler.end {
            let reason = "R11: a handler's range is empty, or its target not behind it";
            return Err(code.error(unit, handler.start, reason));
        }
        if handler.register >= code.record.registers {
            return Err(code.error(unit, handler.start, "R12: a handler's register is out of range"));
        }
        painter.paint(first, last, code.handlers.len() as u32);
        code.handlers.push((handler, label));
    }
    code.handler_of = painter.handler_of;
    Ok(())
}

/// Gives instructions the first handler over them, in time that does not depend on how ranges nest.
struct Painter {
    handler_of: Vec<u32>,
    /// By instruction, and one behind the last: one at or behind it that has no handler yet, or a step towards it.
    next_free: Vec<u32>,
}

impl Painter {
    fn new(count: usize) -> Painter {
        Painter { handler_of: vec![NONE; count], next_free: (0..=count as u32).collect() }
    }

    fn free_from(&mut self, mut index: u32) -> u32 {
        while self.next_free[index as usize] != index {
            // Halving the path keeps later walks short.
            let next = self.next_free[index as usize];
            self.next_free[index as usize] = self.next_free[next as usize];
            index = self.next_free[index as usize];
        }
        index
    }

    fn paint(&mut self, first: u32, last: u32, handler: u32) {
        let mut index = self.free_from(first);
        while index < last {
            self.handler_of[index as usize] = handler;
            self.next_free[index as usize] = index + 1;
            index = self.free_from(index + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_handler_over_an_instruction_wins() {
        let count = 40;
        let mut painter = Painter::new(count);
        let ranges = [(5, 10), (5, 12), (0, 3), (8, 30), (2, 40), (0, 40)];
        for (handler, &(first, last)) in ranges.iter().enumerate() {
            painter.paint(first, last, handler as u32);
        }
        for index in 0..count as u32 {
            let covers = |&(first, last): &(u32, u32)| (first..last).contains(&index);
            let expected = ranges.iter().position(covers).map(|handler| handler as u32);
            assert_eq!(painter.handler_of[index as usize], expected.unwrap_or(NONE), "{index}");
        }
    }
}
