//! Single instructions: decoding from bytes, encoding to bytes, and the decoded form that both share.
//!
//! Encoding: `[Wide] opcode operand...`, little endian, no padding. Narrow registers, counts, immediates and
//! depths take one byte, everything else two; behind the `Wide` prefix registers take two bytes and everything
//! else four. The encoder chooses the narrow form wherever all operands fit.

use crate::ops::{FIELDS, Kind, MAX_OPERANDS, NARROW, Op};

/// A decoded instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Insn {
    /// The operation.
    pub op: Op,
    /// Whether it is encoded with the `Wide` prefix.
    pub wide: bool,
    operands: [i64; MAX_OPERANDS],
}

impl Insn {
    /// An instruction with these operands; the form is chosen when it is encoded.
    ///
    /// # Panics
    /// Where the number of operands is not the row's.
    pub fn new(op: Op, operands: &[i64]) -> Insn {
        assert_eq!(operands.len(), op.row().operands.len(), "operand count of {}", op.row().name);
        let mut all = [0; MAX_OPERANDS];
        all[..operands.len()].copy_from_slice(operands);
        Insn { op, wide: false, operands: all }
    }

    /// The operands, in the row's order.
    pub fn operands(&self) -> &[i64] {
        &self.operands[..self.op.row().operands.len()]
    }

    /// Replaces operand `index`.
    pub fn set_operand(&mut self, index: usize, value: i64) {
        self.operands[index] = value;
    }

    /// Operands with their kinds.
    pub fn typed(&self) -> impl Iterator<Item = (Kind, i64)> + '_ {
        self.op.row().operands.iter().zip(self.operands()).map(|(&(_, kind), &value)| (kind, value))
    }

    /// The operand of the given kind; the first, where there are several.
    pub fn operand(&self, kind: Kind) -> Option<i64> {
        self.op.position(kind).map(|index| self.operands[index])
    }

    /// Whether every operand fits the form.
    pub fn fits(&self, wide: bool) -> bool {
        self.typed().all(|(kind, value)| {
            let (low, high) = kind.range(wide);
            (low..=high).contains(&value)
        })
    }

    /// Bytes of the encoded instruction.
    pub fn length(&self) -> usize {
        self.op.length(self.wide)
    }

    /// Appends the encoding. `wide` must hold where an operand needs it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if self.wide {
            out.push(Op::Wide as u8);
        }
        out.push(self.op as u8);
        for (kind, value) in self.typed() {
            out.extend_from_slice(&value.to_le_bytes()[..kind.width(self.wide)]);
        }
    }

    /// Reads the instruction at `offset`; an error says what is wrong there.
    pub fn decode(code: &[u8], offset: usize) -> Result<Insn, &'static str> {
        let mut insn = Insn::BLANK;
        insn.read(code, offset)?;
        Ok(insn)
    }

    /// Not an instruction; to be [`Insn::read`] into.
    pub(crate) const BLANK: Insn = Insn { op: Op::Wide, wide: false, operands: [0; MAX_OPERANDS] };

    /// As [`Insn::decode`], in place: moving a fresh instruction costs more than decoding it. Leaves anything behind
    /// where it fails.
    #[inline(always)]
    pub(crate) fn read(&mut self, code: &[u8], offset: usize) -> Result<(), &'static str> {
        let code = code.get(offset..).unwrap_or(&[]);
        match code.first_chunk::<{ NARROW as usize }>() {
            Some(first) if first[0] != Op::Wide as u8 => self.read_narrow(first),
            _ => self.read_any(code),
        }
    }

    /// A narrow instruction with what follows it: without branches on the opcode, which no processor foretells.
    #[inline(always)]
    fn read_narrow(&mut self, bytes: &[u8; NARROW as usize]) -> Result<(), &'static str> {
        self.op = Op::from_byte(bytes[0]).ok_or(UNKNOWN)?;
        self.wide = false;
        let all = u64::from_le_bytes(*bytes);
        for (operand, &(shift, mask, sign)) in self.operands.iter_mut().zip(&FIELDS[self.op as usize]) {
            let raw = (all >> shift) as u16 & mask;
            *operand = i64::from(raw ^ sign) - i64::from(sign);
        }
        Ok(())
    }

    /// The instruction at the start of `code`, in any form and perhaps cut.
    fn read_any(&mut self, code: &[u8]) -> Result<(), &'static str> {
        const CUT: &str = "the code ends inside an instruction";
        self.wide = code.first() == Some(&(Op::Wide as u8));
        let opcode = *code.get(usize::from(self.wide)).ok_or(CUT)?;
        self.op = match Op::from_byte(opcode) {
            Some(Op::Wide) => return Err("a doubled wide prefix"),
            Some(op) => op,
            None => return Err(UNKNOWN),
        };
        let mut rest = code.get(1 + usize::from(self.wide)..self.length()).ok_or(CUT)?;
        self.operands = [0; MAX_OPERANDS];
        for (slot, &(_, kind)) in self.operands.iter_mut().zip(self.op.row().operands) {
            let (bytes, behind) = rest.split_at(kind.width(self.wide));
            *slot = read_operand(bytes, kind.is_signed());
            rest = behind;
        }
        Ok(())
    }

    /// All operand places; those that the row does not have are 0.
    pub(crate) fn places(&self) -> &[i64; MAX_OPERANDS] {
        &self.operands
    }
}

const UNKNOWN: &str = "an unknown opcode";

fn read_operand(bytes: &[u8], signed: bool) -> i64 {
    match (bytes, signed) {
        (&[a], false) => a.into(),
        (&[a], true) => i64::from(a as i8),
        (&[a, b], false) => u16::from_le_bytes([a, b]).into(),
        (&[a, b], true) => i16::from_le_bytes([a, b]).into(),
        (&[a, b, c, d], false) => u32::from_le_bytes([a, b, c, d]).into(),
        (&[a, b, c, d], true) => i32::from_le_bytes([a, b, c, d]).into(),
        _ => 0,
    }
}

/// Iterates over the instructions of a function's code; stops after the first error.
pub struct Insns<'a> {
    code: &'a [u8],
    offset: usize,
}

impl<'a> Insns<'a> {
    /// Starts at the first instruction.
    pub fn new(code: &'a [u8]) -> Self {
        Insns { code, offset: 0 }
    }
}

impl Iterator for Insns<'_> {
    type Item = Result<(usize, Insn), (usize, &'static str)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.code.len() {
            return None;
        }
        let at = self.offset;
        Some(match Insn::decode(self.code, at) {
            Ok(insn) => {
                self.offset += insn.length();
                Ok((at, insn))
            }
            Err(reason) => {
                self.offset = self.code.len();
                Err((at, reason))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::ALL;

    /// Every row with its operands at the ends of both ranges.
    fn samples() -> Vec<Insn> {
        let mut all = Vec::new();
        for &op in ALL.iter().filter(|&&op| op != Op::Wide) {
            for wide in [false, true] {
                for high in [false, true] {
                    let ends = |kind: Kind| if high { kind.range(wide).1 } else { kind.range(wide).0 };
                    let operands: Vec<i64> = op.row().operands.iter().map(|&(_, kind)| ends(kind)).collect();
                    all.push(Insn { wide, ..Insn::new(op, &operands) });
                }
            }
        }
        all
    }

    #[test]
    fn each_row_round_trips_in_both_forms() {
        for insn in samples() {
            let mut bytes = Vec::new();
            insn.encode(&mut bytes);
            assert_eq!(bytes.len(), insn.length());
            assert_eq!(Insn::decode(&bytes, 0), Ok(insn));
            let followed = [&bytes[..], &[0xA5; 16]].concat();
            assert_eq!(Insn::decode(&followed, 0), Ok(insn));
            for cut in 0..bytes.len() {
                assert!(Insn::decode(&bytes[..cut], 0).is_err(), "{insn:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn fits_tells_the_form() {
        let insn = Insn::new(Op::LoadInt, &[3, 200]);
        assert!(!insn.fits(false) && insn.fits(true));
        assert!(Insn::new(Op::LoadInt, &[3, -128]).fits(false));
    }

    #[test]
    fn bad_bytes_are_told_apart() {
        assert_eq!(Insn::decode(&[0, 0], 0), Err("a doubled wide prefix"));
        assert_eq!(Insn::decode(&[255, 0, 0, 0], 0), Err("an unknown opcode"));
    }
}
