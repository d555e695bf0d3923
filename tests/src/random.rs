//! Random numbers that are the same on every machine and in every version of this repository,
//! so that a committed file, a benchmark and a failing seed stay what they were.

/// The generator splitmix64.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The numbers that belong to a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The numbers that belong to one row: they depend on nothing that was drawn for the rows
    /// before it, so a change to one row leaves all others as they are.
    pub fn for_row(seed: u64, row: u64) -> Self {
        Self::new(mix(seed ^ mix(row)))
    }

    /// Any number at all.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number from 0 to `limit` - 1. Some are likelier than others by less than one in 2^32 at
    /// the small limits used here.
    pub fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.number()) * u128::from(limit);
        // OK because the product of two 64-bit numbers, shifted by 64, has at most 64 bits.
        (wide >> 64) as u64
    }

    /// True for `share` calls in a hundred.
    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of the choices, all equally often.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        // OK because the number is below a `usize`.
        choices[self.below(choices.len() as u64) as usize]
    }

    /// One of the choices, each as often as its weight says; the weights add up to 100.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u64, T)]) -> T {
        let mut left = self.below(100);
        for &(weight, choice) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        panic!("expected weights that add up to 100, found {left} left over")
    }
}

fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published reference values for the seed 1234567.
    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut random = Random::new(1_234_567);
        let numbers = [(); 3].map(|()| random.number());
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }
}
