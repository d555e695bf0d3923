//! How many different texts there are, exactly up to a bound.

use xxhash_rust::xxh3::xxh3_64;

use super::facts::Distinct;

/// Slots of a new counter.
const FEWEST_SLOTS: usize = 64;

/// Counts texts by 64 bits of hash: two of ten thousand share one with a chance of one in hundreds of
/// billions. An open-addressing table, which doubles up to what the bound needs and is dropped beyond it.
pub(super) struct DistinctCounter {
    /// Hashes; 0 where a slot is free. A power of two of them, or none once there are too many texts.
    slots: Vec<u64>,
    n_found: usize,
    most: usize,
}

impl DistinctCounter {
    pub(super) fn new(most: usize) -> Self {
        Self {
            slots: vec![0; FEWEST_SLOTS],
            n_found: 0,
            most,
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, text: &[u8]) {
        if !self.slots.is_empty() {
            self.add_hash(xxh3_64(text).max(1));
        }
    }

    pub(super) fn facts(&self) -> Distinct {
        if self.slots.is_empty() {
            Distinct::MoreThan(self.most as u64)
        } else {
            Distinct::Exactly(self.n_found as u64)
        }
    }

    #[inline(always)]
    fn add_hash(&mut self, hash: u64) {
        let slot_idx = place(&self.slots, hash);
        if self.slots[slot_idx] == 0 {
            self.slots[slot_idx] = hash;
            self.n_found += 1;
            self.make_room();
        }
    }

    /// Keeps three slots in eight free, so that a free one is never far.
    fn make_room(&mut self) {
        if self.n_found > self.most {
            self.slots = Vec::new();
        } else if self.n_found * 8 > self.slots.len() * 5 {
            let mut slots = vec![0; 2 * self.slots.len()];
            for hash in self.slots.iter().filter(|hash| **hash != 0) {
                let slot_idx = place(&slots, *hash);
                slots[slot_idx] = *hash;
            }
            self.slots = slots;
        }
    }
}

/// The slot that holds the hash, or the free one where it belongs.
#[inline(always)]
fn place(slots: &[u64], hash: u64) -> usize {
    let mask = slots.len() - 1;
    let mut slot_idx = hash as usize & mask;
    while slots[slot_idx] != 0 && slots[slot_idx] != hash {
        slot_idx = (slot_idx + 1) & mask;
    }
    slot_idx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_up_to_the_bound() {
        for most in [1, 5, 1000] {
            let mut counter = DistinctCounter::new(most);
            for number in 0..=most {
                assert_eq!(counter.facts(), Distinct::Exactly(number as u64));
                for _ in 0..3 {
                    counter.add(number.to_string().as_bytes());
                }
            }
            assert_eq!(counter.facts(), Distinct::MoreThan(most as u64));
            assert_eq!(counter.slots.capacity(), 0, "nothing is held any more");
        }
    }
}
