//! What is left of a user when there is no room for a profile: enough to tell whether exactly the
//! right values arrived.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use super::random::mix;

/// Sixteen bytes about one user. Two are equal when the same values arrived the same number of
/// times, in whatever order; a value that is missing, wrong or doubled shows.
///
/// ```
/// use aiq_braze_app::sandbox::Proof;
///
/// let mut expected = Proof::default();
/// expected.add_attribute("AIQ_1_2", "true");
/// expected.add_attribute("city", r#""Oslo""#);
/// expected.add_event("visit", "2026-03-26T18:12:00Z");
/// assert_eq!((expected.attributes, expected.events), (2, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// A sum of one number for each value, so that no order counts.
    pub sum: u64,
    /// How many fields and attributes were written.
    pub attributes: u32,
    /// How many events and purchases there were.
    pub events: u32,
}

impl Proof {
    /// Counts a field or attribute. `value` is its JSON text as it stands in the request.
    pub fn add_attribute(&mut self, name: &str, value: &str) {
        self.sum = self.sum.wrapping_add(hash(&["attribute", name, value]));
        self.attributes = self.attributes.saturating_add(1);
    }

    /// Counts an event, with its time as it stands in the request, without the quotes. A purchase
    /// counts under its product's id.
    pub fn add_event(&mut self, name: &str, time: &str) {
        self.sum = self.sum.wrapping_add(hash(&["event", name, time]));
        self.events = self.events.saturating_add(1);
    }

    /// The key of a user in [`super::Sandbox::proofs`]. `user` is the identifier as the sandbox
    /// shows it, such as `external_id:7`.
    #[must_use]
    pub fn user(user: &str) -> u64 {
        hash(&["user", user])
    }

    /// One number for many users, whatever their order.
    #[must_use]
    pub fn total<'p>(proofs: impl IntoIterator<Item = (&'p u64, &'p Self)>) -> u64 {
        let one = |(user, proof): (&u64, &Self)| {
            let counts = u64::from(proof.attributes) << 32 | u64::from(proof.events);
            mix(user.wrapping_add(mix(proof.sum.wrapping_add(mix(counts)))))
        };
        proofs
            .into_iter()
            .fold(0, |total, proof| total.wrapping_add(one(proof)))
    }
}

/// The proofs of all users by [`Proof::user`].
pub type Proofs = HashMap<u64, Proof, BuildHasherDefault<Hashed>>;

/// Keys that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// FNV-1a over the parts, each with an end that no UTF-8 holds, then mixed.
fn hash(parts: &[&str]) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let all = parts.iter().fold(0xCBF2_9CE4_8422_2325, |hash, part| {
        step(part.bytes().fold(hash, step), 0xFF)
    });
    mix(all)
}
