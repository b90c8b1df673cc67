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

/// Decimal digits read at once.
const DIGITS_AT_ONCE: usize = 1024;

/// The value of decimal digits. Pieces are joined in pairs, since num-bigint takes quadratic time over the whole.
pub fn from_decimal(digits: &[u8]) -> Option<Big> {
    let pieces = digits.rchunks(DIGITS_AT_ONCE).map(|piece| Big::parse_bytes(piece, 10));
    let mut pieces: Vec<Big> = pieces.collect::<Option<_>>()?;
    let mut power = Big::from(10).pow(DIGITS_AT_ONCE as u32);
    while pieces.len() > 1 {
        let join = |pair: &[Big]| match pair {
            [low, high] => high * &power + low,
            _ => pair[0].clone(),
        };
        pieces = pieces.chunks(2).map(join).collect();
        if pieces.len() > 1 {
            power = &power * &power;
        }
    }
    pieces.pop()
}

#[cfg(test)]
mod tests {
    use super::{Big, from_decimal};

    #[test]
    fn decimal_digits_are_read_in_pieces() {
        for count in [1, 2, 1023, 1024, 1025, 2048, 2049, 5000, 10_000] {
            let digits: Vec<u8> = (0..count).map(|i| b'0' + (i * i % 7 + i % 3) as u8).collect();
            assert_eq!(from_decimal(&digits), Big::parse_bytes(&digits, 10), "{count}");
        }
        assert_eq!(from_decimal(b""), None);
    }
}
