//! BigInts: num-bigint computes, cells keep the digits.

use num_bigint::{BigInt as Big, BigUint, Sign};
use num_integer::Integer;
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
        let mut text = String::new();
        if big.sign() == Sign::Minus {
            text.push('-');
        }
        self.digits_of(big.into_parts().1, radix, &mut text)?;
        self.string(&text)
    }

    /// Appends the digits of a number, in pieces between which the clock is looked at.
    fn digits_of(&mut self, number: BigUint, radix: u32, text: &mut String) -> Result<(), Exit> {
        if number.bits() <= BITS_AT_ONCE || radix.is_power_of_two() {
            text.push_str(&number.to_str_radix(radix));
            return Ok(());
        }
        // Powers of the radix, each the square of the one before, up to half of the number's length.
        let mut digits = 1 << 10;
        let mut powers = vec![BigUint::from(radix).pow(digits)];
        while let Some(last) = powers.last()
            && last.bits() * 2 <= number.bits()
        {
            let square = last * last;
            powers.push(square);
        }
        digits <<= powers.len() - 1;
        // What stands first is taken first: a number, the power that cuts it, and how many digits it fills.
        let mut pending = vec![(number, powers.len(), 0)];
        while let Some((number, level, width)) = pending.pop() {
            self.vm.poll(false)?;
            if level == 0 || number.bits() <= BITS_AT_ONCE {
                let shown = number.to_str_radix(radix);
                text.extend(std::iter::repeat_n('0', (width as usize).saturating_sub(shown.len())));
                text.push_str(&shown);
                continue;
            }
            let low = digits >> (powers.len() - level);
            let (high, rest) = number.div_rem(&powers[level - 1]);
            pending.push((rest, level - 1, low));
            if width > 0 || high != BigUint::ZERO {
                pending.push((high, level - 1, width.saturating_sub(low)));
            } else if let Some(rest) = pending.last_mut() {
                rest.2 = 0;
            }
        }
        Ok(())
    }
}

/// Bits of a number whose digits are found without looking at the clock.
const BITS_AT_ONCE: u64 = 1 << 17;

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
