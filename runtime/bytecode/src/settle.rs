//! Forms and distances of jumps whose targets are known by instruction, for assemblers.
//!
//! Distances depend on forms and forms on distances; two passes settle it. Where every jump fits while all free ones
//! are narrow, that is the layout. Otherwise a jump is narrow if it fits while all free ones are wide: the final
//! distances are no longer than those.

use crate::insn::Insn;
use crate::ops::Kind;

/// A jump of instruction `insn` to instruction `target`, or to the end of the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JumpTo {
    /// Index of the jump.
    pub insn: usize,
    /// Index of its target.
    pub target: usize,
}

/// Start of every instruction, then the end of the code.
pub fn offsets(code: &[Insn]) -> Vec<i64> {
    let mut end = 0;
    let mut offsets = Vec::with_capacity(code.len() + 1);
    for insn in code {
        offsets.push(end);
        end += insn.length() as i64;
    }
    offsets.push(end);
    offsets
}

/// Makes instructions wide that need it, sets the distances of `jumps`, and gives the [`offsets`]. Instructions that
/// are wide already stay so. Targets must be within the code.
pub fn settle(code: &mut [Insn], jumps: &[JumpTo]) -> Vec<i64> {
    for jump in jumps {
        set_distance(&mut code[jump.insn], 0);
    }
    code.iter_mut().for_each(|insn| insn.wide |= !insn.fits(false));
    let free: Vec<JumpTo> = jumps.iter().copied().filter(|jump| !code[jump.insn].wide).collect();
    let mut found = offsets(code);
    if !free.iter().all(|jump| is_near(&found, jump)) {
        free.iter().for_each(|jump| code[jump.insn].wide = true);
        found = offsets(code);
        free.iter().for_each(|jump| code[jump.insn].wide = !is_near(&found, jump));
        found = offsets(code);
    }
    for jump in jumps {
        set_distance(&mut code[jump.insn], found[jump.target] - found[jump.insn]);
    }
    found
}

fn is_near(offsets: &[i64], jump: &JumpTo) -> bool {
    let (low, high) = Kind::Jump.range(false);
    (low..=high).contains(&(offsets[jump.target] - offsets[jump.insn]))
}

fn set_distance(insn: &mut Insn, distance: i64) {
    if let Some(operand) = insn.op.position(Kind::Jump) {
        insn.set_operand(operand, distance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Op;

    fn jumps_over(count: usize) -> (Vec<Insn>, Vec<JumpTo>) {
        let mut code = vec![Insn::new(Op::JumpIfTrue, &[0, 0]); count];
        code.push(Insn::new(Op::Jump, &[0]));
        let jumps = (0..=count).map(|insn| JumpTo { insn, target: count - insn }).collect();
        (code, jumps)
    }

    #[test]
    fn distances_are_those_of_the_final_forms() {
        for count in [1, 100, 8191, 8192, 9000, 40_000] {
            let (mut code, jumps) = jumps_over(count);
            let found = settle(&mut code, &jumps);
            assert_eq!(found, offsets(&code));
            for jump in jumps {
                let distance = found[jump.target] - found[jump.insn];
                assert_eq!(code[jump.insn].operand(Kind::Jump), Some(distance));
                assert!(code[jump.insn].fits(code[jump.insn].wide));
            }
            let wide = code.iter().filter(|insn| insn.wide).count();
            assert_eq!(wide > 0, count > 8191, "{count}");
        }
    }
}
