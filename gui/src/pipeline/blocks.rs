//! An export as hashes of its text, a MiB at a time: by them a later pass sees that it reads the same
//! export, before any row of a changed block leaves the reader.

use xxhash_rust::xxh3::Xxh3Default;

use crate::input::{InputError, Reading};

/// Text of one hash. A changed file is noticed within so much of it, and so much is held back.
const BLOCK_BYTES: usize = 1 << 20;

/// What a pass does with the hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Blocks {
    /// They are made, for an [`Event::Blocks`](super::Event::Blocks).
    #[default]
    Made,
    /// They must be these.
    Expected(Vec<u128>),
}

/// Hashes what a pass reads.
#[derive(Default)]
pub(super) struct Hashes {
    expected: Option<Vec<u128>>,
    made: Vec<u128>,
    hasher: Xxh3Default,
    /// Bytes in `hasher`.
    n_bytes: usize,
    /// The block at hand, where it must be looked at before it is handed on.
    held: Vec<u8>,
    /// Text behind it that was read with it.
    ahead: Vec<u8>,
}

/// The export is not the one that it was.
pub(super) struct Changed;

impl Hashes {
    pub(super) fn new(blocks: Blocks) -> Self {
        let expected = match blocks {
            Blocks::Made => None,
            Blocks::Expected(blocks) => Some(blocks),
        };
        Self {
            expected,
            ..Self::default()
        }
    }

    /// The file's next text; none at its end. Where blocks are expected it comes once its hash is known to
    /// be right.
    pub(super) fn next<'r>(
        &'r mut self,
        reading: &'r mut Reading<'_>,
    ) -> Result<Result<&'r [u8], Changed>, InputError> {
        if self.expected.is_none() {
            let chunk = reading.next_chunk()?;
            self.add(chunk);
            return Ok(Ok(chunk));
        }
        std::mem::swap(&mut self.held, &mut self.ahead);
        self.ahead.clear();
        while self.held.len() < BLOCK_BYTES {
            let chunk = reading.next_chunk()?;
            if chunk.is_empty() {
                break;
            }
            let n_bytes = chunk.len().min(BLOCK_BYTES - self.held.len());
            self.held.extend_from_slice(&chunk[..n_bytes]);
            self.ahead.extend_from_slice(&chunk[n_bytes..]);
        }
        if self.held.is_empty() {
            return Ok(Ok(&[]));
        }
        self.made.push(xxhash_rust::xxh3::xxh3_128(&self.held));
        Ok(match self.is_as_expected() {
            true => Ok(&self.held),
            false => Err(Changed),
        })
    }

    fn add(&mut self, mut chunk: &[u8]) {
        while !chunk.is_empty() {
            let (now, later) = chunk.split_at(chunk.len().min(BLOCK_BYTES - self.n_bytes));
            self.hasher.update(now);
            self.n_bytes += now.len();
            chunk = later;
            if self.n_bytes == BLOCK_BYTES {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        if self.n_bytes > 0 {
            self.made.push(self.hasher.digest128());
            self.hasher.reset();
            self.n_bytes = 0;
        }
    }

    /// The last block made is the one that is expected in its place.
    fn is_as_expected(&self) -> bool {
        let place = self.made.len().saturating_sub(1);
        let expected = self.expected.as_ref();
        expected.is_none_or(|blocks| blocks.get(place) == self.made.last())
    }

    /// A file's blocks are its own.
    pub(super) fn end_file(&mut self) {
        self.close();
    }

    /// All blocks, if none is missing that was expected.
    pub(super) fn finish(self) -> Result<Vec<u128>, Changed> {
        let n_expected = self.expected.as_ref().map(Vec::len);
        match n_expected {
            Some(n_expected) if n_expected != self.made.len() => Err(Changed),
            _ => Ok(self.made),
        }
    }
}
