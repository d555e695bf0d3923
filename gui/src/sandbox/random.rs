//! Chance that repeats itself: numbers that depend on a seed alone, so that a run with faults can
//! be had a second time.

/// A stream of numbers (splitmix64).
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of the `index`-th thing under `seed`: no other thing shifts it.
    pub(super) fn of(seed: u64, index: u64) -> Self {
        Self(mix(seed) ^ index.wrapping_mul(0xA076_1D64_78BD_642F))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// 0 to `below`, which itself is left out. The smallest numbers come up too often by a part
    /// that no test of ours could see.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        match below {
            0 => 0,
            below => self.number() % below,
        }
    }

    /// True so many times in a thousand.
    pub(super) fn happens(&mut self, per_mille: u16) -> bool {
        self.below(1000) < u64::from(per_mille)
    }
}

/// Spreads every bit of `number` over all of the result.
pub(super) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
