//! Where a generator's decisions come from: a seed, or a fuzzer's bytes.

/// A sequence of decisions. The same seed or bytes give the same one on every machine.
pub struct Choices<'a> {
    source: Source<'a>,
}

enum Source<'a> {
    /// SplitMix64.
    Seed(u64),
    Bytes(&'a [u8]),
}

impl<'a> Choices<'a> {
    /// Decisions without end.
    pub fn from_seed(seed: u64) -> Choices<'static> {
        Choices { source: Source::Seed(seed) }
    }

    /// Decisions that a fuzzer can steer; behind the last byte all are 0, which every generator takes for the
    /// plainest choice.
    pub fn from_bytes(bytes: &'a [u8]) -> Choices<'a> {
        Choices { source: Source::Bytes(bytes) }
    }

    /// Any number of so many bytes.
    fn number(&mut self, bytes: usize) -> u64 {
        match &mut self.source {
            Source::Seed(state) => {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                (mixed ^ (mixed >> 31)) >> (64 - 8 * bytes)
            }
            Source::Bytes(rest) => {
                let (taken, behind) = rest.split_at(bytes.min(rest.len()));
                *rest = behind;
                taken.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
            }
        }
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.number(8)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let bytes = match bound {
            0 | 1 => return 0,
            2..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        // A seed gives more bits than needed, so that no remainder is favoured; a fuzzer's bytes are too dear.
        let bytes = if matches!(self.source, Source::Seed(_)) { 7 } else { bytes };
        (self.number(bytes) % u64::from(bound)) as u32
    }

    /// A number from `low` to below `high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low))
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) + per_mille >= 1000
    }

    /// One of a slice; `None` where it is empty.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len() as u32) as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_run_out_into_plain_choices() {
        let mut choices = Choices::from_bytes(&[7, 1, 2]);
        assert_eq!(choices.below(4), 3);
        assert_eq!(choices.below(0x300), 0x102);
        assert_eq!((choices.below(100), choices.any(), choices.chance(999)), (0, 0, false));
        assert_eq!(choices.pick(&[5, 6]), Some(5));
    }

    #[test]
    fn a_seed_reaches_all_choices() {
        let mut choices = Choices::from_seed(1);
        let mut seen = [0; 10];
        for _ in 0..1000 {
            seen[choices.below(10) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| (60..150).contains(&count)), "{seen:?}");
        assert!((0..1000).filter(|_| choices.chance(100)).count() < 150);
    }
}
