//! Which statements of each object are told: a length and so many bytes of bits for each object, in the order
//! of its part's records. All parts stand one behind the other in one file without a name.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use crate::parts::{PARTS, place};

/// Bytes of verdicts in memory, over all parts.
const BUFFER_BYTES: usize = 4 << 20;
/// The most and the fewest of one part.
const PART_BYTES: (usize, usize) = (64 << 10, 512);
/// The longest verdict: its length, and a bit for each member of the largest object.
const MOST_BYTES: usize = 1 + u8::MAX as usize;

/// The statements of one object that are told.
#[derive(Clone, Copy)]
pub(super) struct Verdict<'v>(&'v [u8]);

impl Verdict<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn keeps(&self, statement_idx: usize) -> bool {
        let byte = self.0.get(statement_idx / 8);
        byte.is_some_and(|byte| byte >> (statement_idx % 8) & 1 == 1)
    }
}

/// Sets the bit of a statement.
pub(super) fn keep(mask: &mut Vec<u8>, statement_idx: usize) {
    let n_bytes = statement_idx / 8 + 1;
    if mask.len() < n_bytes {
        mask.resize(n_bytes, 0);
    }
    mask[statement_idx / 8] |= 1 << (statement_idx % 8);
}

/// Parts, as those of the records are.
pub(super) enum Node {
    Part(Stream),
    Finer(Vec<Node>),
}

/// Verdicts of one part that are still to be read.
pub(super) struct Stream {
    /// Where they go on in the file, and where they end.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were read.
    n_read: usize,
}

/// Writes verdicts, part by part.
pub(super) struct Writer {
    file: BufWriter<File>,
    n_bytes: u64,
    start: u64,
}

impl Writer {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(64 << 10, tempfile::tempfile()?),
            n_bytes: 0,
            start: 0,
        })
    }

    /// Adds the verdict of the part's next object.
    pub(super) fn push(&mut self, mask: &[u8]) -> io::Result<()> {
        let n_bytes = u8::try_from(mask.len()).map_err(io::Error::other)?;
        self.file.write_all(&[n_bytes])?;
        self.file.write_all(mask)?;
        self.n_bytes += 1 + u64::from(n_bytes);
        Ok(())
    }

    /// Ends a part.
    pub(super) fn end_part(&mut self) -> Node {
        let start = std::mem::replace(&mut self.start, self.n_bytes);
        Node::Part(Stream {
            at: start,
            end: self.n_bytes,
            buffer: Vec::new(),
            n_read: 0,
        })
    }

    pub(super) fn finish(self, nodes: Vec<Node>) -> io::Result<Verdicts> {
        let n_parts = count(&nodes);
        let (most, least) = PART_BYTES;
        Ok(Verdicts {
            file: self
                .file
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?,
            nodes,
            buffer_bytes: (BUFFER_BYTES / n_parts.max(1)).clamp(least, most),
        })
    }
}

fn count(nodes: &[Node]) -> usize {
    let counts = nodes.iter().map(|node| match node {
        Node::Part(_) => 1,
        Node::Finer(nodes) => count(nodes),
    });
    counts.sum()
}

/// Verdicts of one export, to be taken in the order of its objects.
pub(super) struct Verdicts {
    file: File,
    nodes: Vec<Node>,
    buffer_bytes: usize,
}

impl Verdicts {
    /// The verdict of the user's next object.
    pub(super) fn next(&mut self, user: u128) -> io::Result<Verdict<'_>> {
        let (mut nodes, mut level) = (&mut self.nodes, 0);
        debug_assert_eq!(nodes.len(), PARTS);
        loop {
            match &mut nodes[place(user, level)] {
                Node::Part(stream) => return stream.next(&mut self.file, self.buffer_bytes),
                Node::Finer(finer) => (nodes, level) = (finer, level + 1),
            }
        }
    }
}

impl Stream {
    fn next(&mut self, file: &mut File, buffer_bytes: usize) -> io::Result<Verdict<'_>> {
        if self.buffer.len() - self.n_read < MOST_BYTES && self.at < self.end {
            self.fill(file, buffer_bytes)?;
        }
        let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let left = &self.buffer[self.n_read..];
        let (n_bytes, left) = left.split_first().ok_or_else(missing)?;
        let mask = left.get(..usize::from(*n_bytes)).ok_or_else(missing)?;
        self.n_read += 1 + mask.len();
        Ok(Verdict(mask))
    }

    #[cold]
    fn fill(&mut self, file: &mut File, buffer_bytes: usize) -> io::Result<()> {
        self.buffer.drain(..self.n_read);
        self.n_read = 0;
        let start = self.buffer.len();
        let n_left = self.end - self.at;
        let n_bytes = n_left.min(buffer_bytes as u64) as usize; // OK because a buffer is small
        self.buffer.resize(start + n_bytes, 0);
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut self.buffer[start..])?;
        self.at += n_bytes as u64;
        Ok(())
    }
}
