//! What stands twice where it may stand once: hashes with their places, sorted when all are there.

use crate::wire::cursor::Text;

/// The keys of the objects that are open, as one stack. Used again and again, it allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Doubles {
    seen: Vec<(u128, usize)>,
}

impl Doubles {
    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }

    /// Begins an object or an array: what is added from here on is compared. To be handed to
    /// [`Self::close`].
    pub(crate) fn open(&self) -> usize {
        self.seen.len()
    }

    /// Adds a key that stands at this place.
    pub(crate) fn add_key(&mut self, key: Text<'_>, at: usize) {
        self.add(key.cow().as_bytes(), at);
    }

    /// Adds a value as it is written at this place.
    pub(crate) fn add(&mut self, text: &[u8], at: usize) {
        self.seen.push((xxhash_rust::xxh3::xxh3_128(text), at));
    }

    /// Ends what `open` began, and tells each place but the first of what stood there more than once.
    pub(crate) fn close(&mut self, open: usize, mut tell: impl FnMut(usize)) {
        let seen = &mut self.seen[open..];
        seen.sort_unstable();
        for pair in seen.windows(2) {
            if pair[0].0 == pair[1].0 {
                tell(pair[1].1);
            }
        }
        self.seen.truncate(open);
    }
}
