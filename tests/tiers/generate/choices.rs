//! Where decisions come from.

/// Decisions of a fuzzer, as long as its bytes last, and then of a seed.
pub struct Choices<'a> {
    bytes: &'a [u8],
    state: u64,
}

impl<'a> Choices<'a> {
    /// A seed's.
    pub fn from_seed(seed: u64) -> Choices<'static> {
        Choices { bytes: &[], state: seed }
    }

    /// A fuzzer's: the first bytes are the seed of what its bytes do not decide, so that short inputs are whole
    /// programs too.
    pub fn from_bytes(bytes: &'a [u8]) -> Choices<'a> {
        let (seed, bytes) = bytes.split_at(bytes.len().min(4));
        Choices { bytes, state: seed.iter().fold(0, |state, &byte| state << 8 | u64::from(byte)) }
    }

    /// A number below `bound`, which is at most 256.
    pub fn below(&mut self, bound: u64) -> u64 {
        if let Some((&byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            return u64::from(byte) % bound;
        }
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == times - 1
    }

    /// One of them.
    pub fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u64) as usize]
    }
}
