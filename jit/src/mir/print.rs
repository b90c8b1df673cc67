//! The text form.

use std::fmt::{Display, Formatter, Result};

use super::{End, Graph};

impl Display for Graph {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for block in self.order() {
            let content = self.at(block);
            write!(f, "b{}", block.0)?;
            if !content.preds.is_empty() {
                let preds: Vec<String> = content.preds.iter().map(|pred| format!("b{}", pred.0)).collect();
                write!(f, " <- {}", preds.join(" "))?;
            }
            writeln!(f, "{}:", if content.is_loop { " loop" } else { "" })?;
            for &value in &content.insts {
                let inst = self.inst(value);
                write!(f, "  v{} {:?} = {:?}", value.0, inst.ty, inst.op)?;
                for arg in &inst.args {
                    write!(f, " v{}", arg.0)?;
                }
                if let Some(state) = inst.state {
                    write!(f, " !{}", state.0)?;
                }
                writeln!(f)?;
            }
            match &content.end {
                End::Open => writeln!(f, "  open")?,
                End::Jump(to) => writeln!(f, "  jump b{}", to.0)?,
                End::Branch(on, yes, no) => writeln!(f, "  branch v{} b{} b{}", on.0, yes.0, no.0)?,
                End::Switch(on, low, targets, otherwise) => {
                    let targets: Vec<String> = targets.iter().map(|to| format!("b{}", to.0)).collect();
                    writeln!(f, "  switch v{} {low} [{}] b{}", on.0, targets.join(" "), otherwise.0)?;
                }
                End::Return(value) => writeln!(f, "  return v{}", value.0)?,
                End::Unreachable => writeln!(f, "  unreachable")?,
            }
        }
        for (number, state) in self.states.iter().enumerate() {
            write!(f, "!{number} code {} pc {} frame {}:", state.code, state.pc, state.frame)?;
            for (slot, value) in &state.slots {
                write!(f, " {slot}=v{}", value.0)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
