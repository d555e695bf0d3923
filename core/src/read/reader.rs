//! The reader: one buffer, the structure of what is in it, and the next row.

use std::ops::Range;

use super::plain::{self, Plain};
use super::scan::{BLOCK, Classes, Needles, Quotes, push_places};
use super::{Defect, DefectKind, Dialect, Limits, Location, Record, Step};
use crate::block::{AnyProcessor, Processor, Work};
use crate::processor;

/// Bytes that [`Reader::fill`] takes at most: small enough to stay in a core's second-level cache.
pub(super) const CHUNK: usize = 64 << 10;

/// Zeroed bytes behind the filled part, so that whole blocks and fixed-size copies stay in bounds.
const SLACK: usize = 2 * BLOCK;

/// A reader of one file after another. See the module's page.
///
/// Everything in it that counts bytes of the buffer is a `u32` or a `usize`; all that counts bytes of
/// the file is a `u64`.
pub struct Reader {
    pub(super) dialect: Dialect,
    pub(super) limits: Limits,
    needles: Needles,
    /// How many cells a row should have: a hint that saves counting them.
    width: usize,

    /// `buffer[..filled]` is text; from there on zeros or leftovers. `buffer.len() >= filled + SLACK`.
    pub(super) buffer: Vec<u8>,
    pub(super) filled: usize,
    /// One bit a byte of the buffer, right for each block that the scan has passed: must be escaped in JSON.
    /// The second of two quotes may have none: see [`Self::scan_block`].
    special: Vec<u64>,

    /// `separators[next_separator..n_separators]`: ends of cells at or after `start`.
    pub(super) separators: Vec<u32>,
    pub(super) n_separators: usize,
    pub(super) next_separator: usize,
    /// `ends[next_end..n_ends]`: ends of rows at or after `start`, each also a separator.
    pub(super) ends: Vec<u32>,
    pub(super) n_ends: usize,
    pub(super) next_end: usize,
    /// Line ends inside quotes, at or after `start` from `next_quoted_newline` on.
    pub(super) quoted_newlines: Vec<u32>,
    pub(super) next_quoted_newline: usize,

    /// The structure of the buffer is known below this place…
    scanned: usize,
    /// …and with these quotes at it.
    quotes: Quotes,
    /// The scan stopped before the end because this place is odd.
    odd: bool,
    /// The bytes in front of this place are UTF-8 as far as rows reach that start at or after `start`.
    utf8_until: usize,
    /// The plain path needs this much text before it is worth another try.
    retry_at: usize,
    /// Inside a line that was given up: nothing counts until its end.
    skipping: bool,
    pub(super) ended: bool,

    /// Where the next row starts in the buffer.
    pub(super) start: usize,
    /// Where the next row stands in the file, less what [`Self::next_location`] adds: so a row on its way
    /// moves `next_end` and `start`, and nothing else has to be kept in step. Wraps below 0.
    next: Location,
}

impl Reader {
    /// A reader that waits for [`Self::begin_file`].
    pub fn new(dialect: Dialect, limits: Limits) -> Self {
        let mut reader = Self {
            dialect,
            limits: Limits {
                record_bytes: limits.record_bytes.max(BLOCK),
                ..limits
            },
            needles: Needles::new(dialect.delimiter, dialect.escape),
            width: 1,
            buffer: Vec::new(),
            filled: 0,
            special: Vec::new(),
            separators: Vec::new(),
            n_separators: 0,
            next_separator: 0,
            ends: Vec::new(),
            n_ends: 0,
            next_end: 0,
            quoted_newlines: Vec::new(),
            next_quoted_newline: 0,
            scanned: 0,
            quotes: Quotes::AT_RECORD_START,
            odd: false,
            utf8_until: 0,
            retry_at: 0,
            skipping: false,
            ended: false,
            start: 0,
            next: Location::default(),
        };
        reader.grow(2 * CHUNK);
        reader.begin_file(0);
        reader
    }

    /// Starts over at the first byte of a file.
    pub fn begin_file(&mut self, file: u32) {
        self.filled = 0;
        self.utf8_until = 0;
        self.forget_structure(0);
        self.skipping = false;
        self.ended = false;
        self.start = 0;
        let row = u64::from(!self.dialect.header);
        self.next = Location {
            file,
            row,
            line: 1,
            byte: 0,
        };
    }

    /// Tells how many cells a row should have. Rows of another width are handed out all the same.
    pub fn expect_width(&mut self, width: usize) {
        self.width = width.max(1);
    }

    /// Takes bytes from the front of `chunk`; returns how many. Call [`Self::next`] until it wants more.
    pub fn fill(&mut self, chunk: &[u8]) -> usize {
        let n_bytes = chunk.len().min(CHUNK);
        if self.buffer.len() < self.filled + n_bytes + SLACK {
            self.compact();
            self.grow(self.filled + n_bytes);
        }
        self.buffer[self.filled..self.filled + n_bytes].copy_from_slice(&chunk[..n_bytes]);
        self.filled += n_bytes;
        self.scan();
        self.check_utf8();
        n_bytes
    }

    /// Says that the file has no more bytes.
    pub fn end(&mut self) {
        self.ended = true;
        self.scan();
        self.check_utf8();
    }

    /// Checks all whole rows at once. Where that fails, each row is checked on its own.
    fn check_utf8(&mut self) {
        let Some(end) = self.ends[self.next_end..self.n_ends].last() else {
            return;
        };
        let end = *end as usize;
        if simdutf8::basic::from_utf8(&self.buffer[self.start..end]).is_ok() {
            self.utf8_until = end;
        }
    }

    /// The next row, the next defect, or the wish for more bytes.
    #[allow(clippy::should_implement_trait)] // what it returns is lent, which an iterator cannot do
    pub fn next(&mut self) -> Step<'_> {
        loop {
            if self.skipping && !self.skip_line() {
                return Step::More;
            }
            if self.next_end < self.n_ends {
                let end = self.ends[self.next_end] as usize;
                if end == self.start {
                    self.pass_blank_line(end);
                    continue;
                }
                return self.take_row(end);
            }
            let over_long = self.filled - self.start > self.limits.record_bytes;
            if !(self.odd || over_long) || self.start == self.filled {
                return Step::More;
            }
            if self.filled < self.retry_at && !self.ended {
                return Step::More;
            }
            match plain::read(self) {
                Plain::Row { end, nul_at } => {
                    self.adopt_row(end);
                    if let Some(place) = nul_at {
                        let kind = DefectKind::NulByte {
                            offset: place - self.start,
                        };
                        return self.take_defect_row(end, kind);
                    }
                }
                Plain::Defect(kind) => match self.take_defect_line() {
                    Some(range) => return self.defect(kind, range),
                    None => return Step::More,
                },
                Plain::More => {
                    // Twice the text before another try: reading stays linear at any chunking.
                    self.retry_at = self.filled + (self.filled - self.start).max(BLOCK);
                    return Step::More;
                }
            }
        }
    }

    /// The next row, if it is a plain one; [`Self::next`] says what is there otherwise.
    ///
    /// The same rows come out of `next` alone. This is the way of the hot loop: small enough to become
    /// part of it, so that a row is never passed through memory.
    #[inline(always)]
    pub(crate) fn next_plain(&mut self) -> Option<Record<'_>> {
        if self.next_end >= self.n_ends {
            return None;
        }
        let (start, end) = (self.start, self.ends[self.next_end] as usize);
        if end == start || end - start > self.limits.record_bytes || !self.is_utf8(start, end) {
            return None;
        }
        let at = self.next_location();
        let cells = self.pass_row(end);
        Some(self.record(start, cells, at))
    }

    /// Hands out the row that ends at `end`, or says why not.
    fn take_row(&mut self, end: usize) -> Step<'_> {
        if end - self.start > self.limits.record_bytes {
            return match self.take_defect_line() {
                Some(range) => self.defect(DefectKind::TooLong, range),
                None => Step::More,
            };
        }
        let (start, at) = (self.start, self.next_location());
        if let Err(error) = simdutf8::compat::from_utf8(&self.buffer[start..end]) {
            let kind = DefectKind::InvalidUtf8 {
                offset: error.valid_up_to(),
            };
            return self.take_defect_row(end, kind);
        }
        let cells = self.pass_row(end);
        Step::Record(self.record(start, cells, at))
    }

    #[inline(always)]
    fn is_utf8(&self, start: usize, end: usize) -> bool {
        end <= self.utf8_until || simdutf8::basic::from_utf8(&self.buffer[start..end]).is_ok()
    }

    #[inline(always)]
    fn record(&self, start: usize, cells: Range<usize>, at: Location) -> Record<'_> {
        Record {
            buffer: &self.buffer,
            special: &self.special,
            start,
            ends: &self.separators[cells],
            escape: self.dialect.escape,
            quote: b'"',
            json: None,
            at,
        }
    }

    /// Hands out the row that ends at `end` as a defect: its borders are certain.
    fn take_defect_row(&mut self, end: usize, kind: DefectKind) -> Step<'_> {
        let (start, at) = (self.start, self.next_location());
        self.pass_row(end);
        Step::Defect(Defect {
            kind,
            at,
            raw: &self.buffer[start..end],
        })
    }

    fn defect(&self, kind: DefectKind, (raw, at): (Range<usize>, Location)) -> Step<'_> {
        Step::Defect(Defect {
            kind,
            at,
            raw: &self.buffer[raw],
        })
    }

    /// Moves behind the row that ends at `end`; returns where its cells' ends stand.
    #[inline(always)]
    fn pass_row(&mut self, end: usize) -> Range<usize> {
        let first = self.next_separator;
        let last = self.find_separator(first, end);
        self.next_separator = last + 1;
        self.next_end += 1;
        while let Some(place) = self.quoted_newlines.get(self.next_quoted_newline)
            && (*place as usize) < end
        {
            self.next.line = self.next.line.wrapping_add(1);
            self.next_quoted_newline += 1;
        }
        self.move_to(end + 1);
        first..last + 1
    }

    #[inline(always)]
    fn find_separator(&self, first: usize, end: usize) -> usize {
        let expected = first + self.width - 1;
        if expected < self.n_separators && self.separators[expected] as usize == end {
            return expected;
        }
        let behind = &self.separators[first..self.n_separators];
        first
            + behind
                .iter()
                .take_while(|place| (**place as usize) < end)
                .count()
    }

    /// A line without a byte: no row; behind a carriage return, not even a line.
    fn pass_blank_line(&mut self, end: usize) {
        let after_return = end > 0 && self.buffer[end - 1] == b'\r';
        let belongs_to_return = after_return && self.buffer[end] == b'\n';
        self.next_separator += 1;
        self.next_end += 1;
        self.next.row = self.next.row.wrapping_sub(1);
        self.next.line = self.next.line.wrapping_sub(u64::from(belongs_to_return));
        self.move_to(end + 1);
    }

    /// Makes `start` the start of the next row; the byte before it ended a row, or the file did.
    #[inline(always)]
    fn move_to(&mut self, start: usize) {
        self.start = start.min(self.filled);
    }

    /// Where the next row starts in the file.
    #[inline(always)]
    fn next_location(&self) -> Location {
        let n_passed = self.next_end as u64;
        Location {
            file: self.next.file,
            row: self.next.row.wrapping_add(n_passed),
            line: self.next.line.wrapping_add(n_passed),
            byte: self.next.byte + self.start as u64,
        }
    }

    /// The rows below `next_end` are about to be dropped.
    fn count_passed(&mut self) {
        let n_passed = self.next_end as u64;
        self.next.row = self.next.row.wrapping_add(n_passed);
        self.next.line = self.next.line.wrapping_add(n_passed);
    }

    /// Gives up the row at `start`: moves behind the first line end after it. `None` when that line
    /// end is not here yet; the row's bytes and place otherwise.
    fn take_defect_line(&mut self) -> Option<(Range<usize>, Location)> {
        let (start, at) = (self.start, self.next_location());
        let longest = self.limits.record_bytes;
        let text = &self.buffer[start..self.filled];
        let line_end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let n_bytes = match line_end {
            Some(n_bytes) => n_bytes,
            None if self.ended || text.len() > longest => text.len(),
            None => {
                self.retry_at = self.filled + text.len().max(BLOCK);
                return None;
            }
        };
        self.next.row = self.next.row.wrapping_add(1);
        if line_end.is_some() {
            self.next.line = self.next.line.wrapping_add(1);
            self.forget_structure(start + n_bytes + 1);
            self.move_to(start + n_bytes + 1);
        } else {
            self.skipping = !self.ended;
            self.forget_structure(self.filled);
            self.start = self.filled;
        }
        self.scan();
        Some((start..start + n_bytes.min(longest), at))
    }

    /// Drops the rest of a line that was given up; whether its end was found.
    fn skip_line(&mut self) -> bool {
        let text = &self.buffer[self.start..self.filled];
        let line_end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let place = line_end.map_or(self.filled, |n_bytes| self.start + n_bytes + 1);
        self.forget_structure(place);
        if line_end.is_none() {
            self.start = place;
            return false;
        }
        self.skipping = false;
        self.next.line = self.next.line.wrapping_add(1);
        self.move_to(place);
        self.scan();
        true
    }

    /// Takes over the row that the plain path read: its structure, and the scan after it.
    fn adopt_row(&mut self, end: usize) {
        self.scanned = (end + 1).min(self.filled);
        self.quotes = Quotes::AT_RECORD_START;
        self.odd = false;
        self.retry_at = 0;
        self.classify_until(end);
        self.scan();
    }

    /// Forgets all structure; the scan goes on at `place`, the start of a row.
    fn forget_structure(&mut self, place: usize) {
        self.count_passed();
        self.n_separators = 0;
        self.next_separator = 0;
        self.n_ends = 0;
        self.next_end = 0;
        self.quoted_newlines.clear();
        self.next_quoted_newline = 0;
        self.scanned = place;
        self.quotes = Quotes::AT_RECORD_START;
        self.odd = false;
        self.retry_at = 0;
    }

    /// Learns the structure of what is filled, as far as whole blocks reach (at the end: all of it).
    fn scan(&mut self) {
        struct Scan<'r>(&'r mut Reader);
        impl Work for Scan<'_> {
            type Output = ();

            #[inline(always)]
            fn run<P: Processor>(self, processor: P) {
                self.0.scan_blocks(processor);
            }
        }
        processor::run(Scan(self));
    }

    #[inline(always)]
    fn scan_blocks(&mut self, processor: impl Processor) {
        if self.scanned == 0 && !self.pass_byte_order_mark() {
            return;
        }
        while !self.odd && !self.skipping && self.scanned < self.filled {
            let n_filled = self.filled - self.scanned;
            if self.scanned.is_multiple_of(BLOCK) && n_filled >= BLOCK {
                self.scan_block(processor, 0, BLOCK);
            } else if self.ended || self.filled / BLOCK > self.scanned / BLOCK {
                let first = self.scanned % BLOCK;
                self.scan_part(first, (first + n_filled).min(BLOCK));
            } else {
                return;
            }
        }
        if self.ended && !self.odd && !self.skipping {
            self.close_last_row();
        }
    }

    /// Scans what is filled of the block at hand where that is not all of it, or not all is new.
    #[cold]
    #[inline(never)]
    fn scan_part(&mut self, first: usize, end: usize) {
        self.scan_block(AnyProcessor, first, end);
    }

    /// Scans the bytes `first..end` of the block at hand.
    #[inline(always)]
    fn scan_block(&mut self, processor: impl Processor, first: usize, end: usize) {
        let block_idx = self.scanned / BLOCK;
        let classes = self.classify(processor, block_idx);
        let found = self.quotes.step(&classes, first as u32, end as u32 - 1);
        // What a doubled quote takes is known at its first: the second is no byte of the text.
        self.special[block_idx] = classes.special & !found.doubled;
        let mut known = u64::MAX;
        if found.odd != 0 {
            self.odd = true;
            known = (1 << found.odd.trailing_zeros()) - 1;
        }
        let origin = (block_idx * BLOCK) as u32; // OK because the buffer is bounded far below 4 GiB
        // Inside a long quoted cell there is none for many blocks.
        if found.separators != 0 {
            push_places::<8>(
                &mut self.separators,
                &mut self.n_separators,
                found.separators & known,
                origin,
            );
            push_places::<2>(
                &mut self.ends,
                &mut self.n_ends,
                found.newlines & known,
                origin,
            );
        }
        if found.quoted_newlines != 0 {
            self.note_quoted_newlines(found.quoted_newlines & known, origin);
        }
        self.scanned = block_idx * BLOCK + end;
    }

    /// All is scanned: the last row may have no line end, and then ends with the file.
    fn close_last_row(&mut self) {
        if self.start == self.filled {
            return;
        }
        if self.quotes.are_open() {
            self.odd = true;
            return;
        }
        let last_end = self.ends[..self.n_ends]
            .last()
            .copied()
            .map(|end| end as usize);
        if last_end.is_none_or(|end| end + 1 < self.filled) {
            let end = self.filled as u32;
            push_places::<8>(&mut self.separators, &mut self.n_separators, 1, end);
            push_places::<1>(&mut self.ends, &mut self.n_ends, 1, end);
        }
    }

    /// Skips a byte order mark; whether enough is there to know.
    fn pass_byte_order_mark(&mut self) -> bool {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        let text = &self.buffer[..self.filled];
        let is_file_start = self.next.byte == 0;
        if is_file_start && text.starts_with(MARK) {
            self.scanned = MARK.len();
            self.start = MARK.len();
        }
        !is_file_start || self.ended || self.filled >= MARK.len()
    }

    /// Classifies a block.
    #[inline(always)]
    fn classify(&mut self, processor: impl Processor, block_idx: usize) -> Classes {
        let origin = block_idx * BLOCK;
        let block = self.buffer[origin..]
            .first_chunk::<BLOCK>()
            .expect("the buffer has slack behind what is filled");
        let classes = self.needles.classify(processor.block(block));
        self.special[block_idx] = classes.special;
        classes
    }

    /// The plain path reads ahead of the scan: classifies what its row covers.
    fn classify_until(&mut self, end: usize) {
        for block_idx in self.start / BLOCK..=end / BLOCK {
            self.classify(AnyProcessor, block_idx);
        }
    }

    fn note_quoted_newlines(&mut self, mut bits: u64, origin: u32) {
        while bits != 0 {
            let place = origin + bits.trailing_zeros();
            bits &= bits - 1;
            self.note_quoted_newline(place);
        }
    }

    pub(super) fn note_quoted_newline(&mut self, place: u32) {
        let at = place as usize;
        let ends_pair = self.buffer[at] == b'\n' && at > 0 && self.buffer[at - 1] == b'\r';
        if !ends_pair {
            self.quoted_newlines.push(place);
        }
    }

    /// Moves what is still needed to the buffer's front. Places move by whole blocks, so that bits and
    /// blocks stay aligned.
    fn compact(&mut self) {
        // The byte before the row stays, too: it may be the carriage return of a pair.
        let n_blocks = self.start.saturating_sub(1) / BLOCK;
        let shift = n_blocks * BLOCK;
        if shift == 0 {
            return;
        }
        self.buffer.copy_within(shift..self.filled, 0);
        self.special.copy_within(n_blocks.., 0);
        self.filled -= shift;
        self.start -= shift;
        self.scanned -= shift;
        self.retry_at = self.retry_at.saturating_sub(shift);
        self.utf8_until = self.utf8_until.saturating_sub(shift);
        self.next.byte += shift as u64;

        keep(
            &mut self.separators,
            &mut self.next_separator,
            &mut self.n_separators,
            shift,
        );
        self.count_passed();
        keep(&mut self.ends, &mut self.next_end, &mut self.n_ends, shift);
        let mut n_newlines = self.quoted_newlines.len();
        keep(
            &mut self.quoted_newlines,
            &mut self.next_quoted_newline,
            &mut n_newlines,
            shift,
        );
        self.quoted_newlines.truncate(n_newlines);
    }

    /// Makes room for `n_bytes` in all; never less than double what there was.
    fn grow(&mut self, n_bytes: usize) {
        let wanted = n_bytes + SLACK;
        if self.buffer.len() >= wanted {
            return;
        }
        let n_bytes = wanted.max(2 * self.buffer.len()).next_multiple_of(BLOCK);
        self.buffer.resize(n_bytes, 0);
        self.special.resize(n_bytes / BLOCK + 2, 0);
    }
}

/// Keeps `places[*next..*len]`, each less `shift`.
fn keep(places: &mut [u32], next: &mut usize, len: &mut usize, shift: usize) {
    places.copy_within(*next..*len, 0);
    *len -= *next;
    *next = 0;
    for place in &mut places[..*len] {
        *place -= shift as u32;
    }
}
