//! The text form.

use std::fmt::{Display, Formatter, Result};

use super::{End, Graph, Inst, Op, Value};

impl Display for Graph {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.lines().into_iter().try_for_each(|(line, _)| writeln!(f, "{line}"))
    }
}

impl Graph {
    /// The lines of the text form, each with the instruction that it shows.
    pub fn lines(&self) -> Vec<(String, Option<Value>)> {
        let mut lines = Vec::new();
        for block in self.order() {
            let content = self.at(block);
            let preds: String = content.preds.iter().map(|pred| format!(" b{}", pred.0)).collect();
            let from = if preds.is_empty() { "" } else { " <-" };
            let kind = if content.is_loop { " loop" } else { "" };
            lines.push((format!("b{}{from}{preds}:{kind}", block.0), None));
            for &value in &content.insts {
                lines.push((inst(value, self.inst(value)), Some(value)));
            }
            lines.push((end(&content.end), None));
        }
        for (number, state) in self.states.iter().enumerate() {
            let slots: String =
                state.slots.iter().map(|(slot, value)| format!(" {slot}={}", held(self, *value))).collect();
            let place = format!("code {} pc {} frame {}", state.code, state.pc, state.frame);
            lines.push((format!("!{number} {place}:{slots}"), None));
        }
        lines
    }
}

/// A value as states show it: what was not made is told whole.
fn held(graph: &Graph, value: Value) -> String {
    let inst = graph.inst(value);
    let Op::Unmade(unmade) = inst.op else { return format!("v{}", value.0) };
    let content: Vec<String> = inst.args.iter().map(|&arg| held(graph, arg)).collect();
    format!("{unmade:?}[{}]", content.join(" "))
}

fn inst(value: Value, inst: &Inst) -> String {
    let args: String = inst.args.iter().map(|arg| format!(" v{}", arg.0)).collect();
    let state = inst.state.map_or(String::new(), |state| format!(" !{}", state.0));
    format!("  v{} {:?} = {:?}{args}{state}", value.0, inst.ty, inst.op)
}

fn end(end: &End) -> String {
    match end {
        End::Open => "  open".to_owned(),
        End::Jump(to) => format!("  jump b{}", to.0),
        End::Branch(on, yes, no) => format!("  branch v{} b{} b{}", on.0, yes.0, no.0),
        End::Switch(on, low, targets, otherwise) => {
            let targets: Vec<String> = targets.iter().map(|to| format!("b{}", to.0)).collect();
            format!("  switch v{} {low} [{}] b{}", on.0, targets.join(" "), otherwise.0)
        }
        End::Return(value) => format!("  return v{}", value.0),
        End::Unreachable => "  unreachable".to_owned(),
    }
}
