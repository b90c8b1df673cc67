//! BigInts: num-bigint computes, cells keep the digits.

use num_bigint::{BigInt as Big, Sign};
use tvm_bytecode::data::ErrorKind;

use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local};

impl Gc<'_, BigInt> {
    /// Its value.
    pub fn to_big(self) -> Big {
        let digits: Vec<u32> = self.digits().iter().flat_map(|&d| [d as u32, (d >> 32) as u32]).collect();
        let sign = if self.is_negative() { Sign::Minus } else { Sign::Plus };
        Big::from_slice(sign, &digits)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.size() >> 31 == 1
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.digits().is_empty()
    }
}

impl<'s> Cx<'s> {
    /// A BigInt of a value.
    pub fn bigint(&mut self, value: &Big) -> Result<Local<'s, BigInt>, Exit> {
        if value.bits() as usize > limits::BIGINT_BITS {
            return Err(self.throw(ErrorKind::RangeError, "Maximum BigInt size exceeded"));
        }
        let digits: Vec<u64> = value.iter_u64_digits().collect();
        let cell = self.alloc::<BigInt>(kind::BigInt, BigInt::BYTES + 8 * digits.len())?;
        let negative = u32::from(value.sign() == Sign::Minus) << 31;
        cell.get(self).set_size(digits.len() as u32 | negative);
        cell.get(self).write_digits(self, &digits);
        Ok(cell)
    }

    /// The text of a BigInt in a radix.
    pub fn bigint_string(&mut self, value: Local<'_>, radix: u32) -> Result<Local<'s, Str>, Exit> {
        let Some(cell) = value.value(self).cast::<BigInt>(self) else { return Ok(self.empty_string()) };
        let big = cell.to_big();
        // Conversion takes quadratic time: it is paid for.
        let bits = big.bits();
        self.vm.spend(bits / 64 * (bits / 4096 + 1) / 64)?;
        self.string(&big.to_str_radix(radix))
    }
}
