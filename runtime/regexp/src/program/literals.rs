//! Tables of a program besides its sets: literals and switches.

/// Consecutive code units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) units: Box<[u16]>,
    /// Bits to set in the text's units before comparing; empty if none.
    pub(crate) bits: Box<[u16]>,
    /// The units as bytes; `None` if one is above 255, so that no Latin-1 text
    /// matches.
    pub(crate) bytes: Option<Box<[u8]>>,
}

impl Literal {
    pub(crate) fn new(units: &[u16], bits: &[u16]) -> Self {
        let bytes: Result<Vec<u8>, _> = units.iter().map(|&unit| u8::try_from(unit)).collect();
        let bits = if bits.iter().all(|&bits| bits == 0) { Box::default() } else { bits.into() };
        Self { units: units.into(), bits, bytes: bytes.ok().map(Into::into) }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        2 * (self.units.len() + self.bits.len()) + self.bytes.as_ref().map_or(0, |bytes| bytes.len())
    }
}

/// Where to go on, by the next unit.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    /// Targets of the units below 256.
    pub(crate) bytes: Box<[u32; 256]>,
    /// Ranges of units above, in order, with their targets.
    pub(crate) high: Box<[(u32, u32, u32)]>,
    /// The target of other units.
    pub(crate) other: u32,
    /// The target at the end of the text.
    pub(crate) end: u32,
}

impl Switch {
    /// The target for a unit.
    #[inline(always)]
    pub(crate) fn target(&self, unit: u32) -> u32 {
        if unit < 256 { self.bytes[unit as usize] } else { self.high_target(unit) }
    }

    fn high_target(&self, unit: u32) -> u32 {
        let after = self.high.partition_point(|range| range.0 <= unit);
        match self.high.get(after.wrapping_sub(1)) {
            Some(&(_, last, target)) if unit <= last => target,
            _ => self.other,
        }
    }

    /// Replaces labels by addresses.
    pub(crate) fn resolve(&mut self, resolve: impl Fn(u32) -> u32) {
        self.bytes.iter_mut().for_each(|target| *target = resolve(*target));
        self.high.iter_mut().for_each(|range| range.2 = resolve(range.2));
        self.other = resolve(self.other);
        self.end = resolve(self.end);
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.bytes) + size_of_val(&*self.high)
    }
}
