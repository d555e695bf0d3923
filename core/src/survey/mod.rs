//! Facts about every column over a whole export: one pass, constant memory, nothing sent or mapped.
//!
//! A [`Probe`](crate::Probe) looks at the first rows; what spoils an import often comes later. A survey
//! reads the same rows as a [`Session`](crate::Session) and counts what its cells look like.
//!
//! ```
//! let export = b"customer_id,ltv\n00123,1.10\n1.23457E+15,n/a\n";
//! let found = aiq_braze::Probe::inspect(export)?;
//! let plan = found.suggestion.mapping.compile(&found.header).map_err(|problems| format!("{problems:?}"))?;
//!
//! let mut survey = aiq_braze::Survey::new(&found.header);
//! survey.begin_file("export.csv");
//! survey.feed(export)?;
//! survey.end_file()?;
//! let facts = survey.finish();
//!
//! assert_eq!(facts.rows, 2);
//! assert_eq!(facts.columns[0].kind, aiq_braze::ValueKind::Text);
//! let damage = &facts.findings(&plan)[0];
//! assert_eq!(damage.code.name(), "spreadsheet-damage");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod column;
mod distinct;
mod facts;
mod number;

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic};
use crate::header::Header;
use crate::read::{Defect, Format, Limits, Location, Record, RecordReader, Sought, Step};
use crate::session::Fatal;

use column::Column;
pub use facts::{
    BadRows, ColumnFacts, Distinct, Facts, FileFacts, FormCount, Longest, Occurrences,
};

/// Room for the texts of escaped cells; longer ones make more.
const ESCAPED_BYTES: usize = 4 << 10;

/// Settings of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bounds on what is read.
    pub read: Limits,
    /// So many distinct values of a column are counted exactly; of more it is only said that they are more.
    /// Default 10,000, which takes up to 128 KiB a column.
    pub most_distinct: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            read: Limits::default(),
            most_distinct: 10_000,
        }
    }
}

/// A survey over the files of one export. Feed it in chunks of any size: the same bytes give the same facts.
pub struct Survey {
    reader: RecordReader,
    most_distinct: usize,
    header: Header,
    count: Count,
    /// The header row of the file at hand is still to come.
    wants_header: bool,
}

impl Survey {
    /// A survey with the default options of an export with this header.
    pub fn new(header: &Header) -> Self {
        Self::with_options(header, Options::default())
    }

    /// A survey.
    pub fn with_options(header: &Header, options: Options) -> Self {
        let columns = (0..header.width()).map(|_| Column::new(options.most_distinct));
        Self {
            reader: RecordReader::new(header, options.read),
            most_distinct: options.most_distinct,
            header: header.clone(),
            count: Count {
                files: Vec::new(),
                columns: columns.collect(),
                places: header.places_in(header),
                text: Vec::with_capacity(ESCAPED_BYTES),
            },
            wants_header: false,
        }
    }

    /// Starts a file: its byte order mark, its header and its last line are its own. `name` is the file's
    /// name for the facts.
    pub fn begin_file(&mut self, name: &str) {
        let file = self.count.files.len() as u32; // OK because nobody has four billion files
        self.reader.begin_file(file);
        if let RecordReader::Delimited(reader) = &mut self.reader {
            reader.expect_width(self.header.width());
        }
        self.count.files.push(FileFacts::new(name));
        let dialect = self.header.format.dialect();
        self.wants_header = dialect.is_some_and(|dialect| dialect.header);
    }

    /// Takes the next bytes of the file. `Err`: the file's header cannot be read, or its columns are not those
    /// of the export's first file (another order is fine); then the survey is over.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), Fatal> {
        if let Some(file) = self.count.files.last_mut() {
            file.bytes += chunk.len() as u64;
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            let n_bytes = self.reader.fill(rest);
            rest = &rest[n_bytes..];
            self.drain()?;
        }
        Ok(())
    }

    /// Ends the file. `Err` as in [`Self::feed`].
    pub fn end_file(&mut self) -> Result<(), Fatal> {
        self.reader.end();
        self.drain()
    }

    /// Sums up.
    pub fn finish(self) -> Facts {
        let Count { files, columns, .. } = self.count;
        let columns = columns.into_iter().enumerate();
        let columns = columns
            .map(|(column_idx, column)| column.facts(column_idx, &self.header.names()[column_idx]));
        Facts::new(files, columns.collect())
    }

    /// Rows read so far: what a progress bar asks for.
    pub fn rows(&self) -> u64 {
        self.count.files.iter().map(|file| file.rows).sum()
    }

    fn drain(&mut self) -> Result<(), Fatal> {
        if self.wants_header {
            self.read_header()?;
        }
        if self.wants_header {
            return Ok(());
        }
        let RecordReader::Delimited(reader) = &mut self.reader else {
            return self.drain_json();
        };
        loop {
            if let Some(record) = reader.next_plain() {
                self.count.record(&record);
                continue;
            }
            match reader.next() {
                Step::Record(record) => self.count.record(&record),
                Step::Defect(defect) => self.count.defect(&defect),
                Step::More => return Ok(()),
            }
        }
    }

    /// Objects bring columns at any time, which the reader sorts in among the later ones.
    fn drain_json(&mut self) -> Result<(), Fatal> {
        while let RecordReader::Json(reader) = &mut self.reader {
            let seen = reader.seek();
            match seen {
                Sought::More => break,
                Sought::Defect(bad) => self.count.defect(&reader.defect(&bad)),
                Sought::Object => {
                    let names = match reader.has_strangers() {
                        true => reader.new_columns(),
                        false => Ok(Vec::new()),
                    };
                    match names {
                        Ok(names) if names.is_empty() => self.count.record(&reader.record()),
                        Ok(names) => self.learn_columns(names),
                        Err(kind) => self.count.defect(&reader.object_defect(kind)),
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes the columns that came with the object at hand, and counts the object.
    fn learn_columns(&mut self, names: Vec<String>) {
        let header = self.header.with_later(&names);
        let former = std::mem::take(&mut self.count.columns);
        let mut former = self
            .header
            .names()
            .iter()
            .zip(former)
            .collect::<BTreeMap<_, _>>();
        let columns = header.names().iter().map(|name| {
            let column = former.remove(name);
            column.unwrap_or_else(|| Column::new(self.most_distinct))
        });
        self.count.columns = columns.collect();
        self.count.places = header.places_in(&header);
        self.header = header;
        if let RecordReader::Json(reader) = &mut self.reader {
            reader.set_columns(self.header.names(), self.header.n_first());
            self.count.record(&reader.record());
        }
    }

    fn read_header(&mut self) -> Result<(), Fatal> {
        let (RecordReader::Delimited(reader), Format::Delimited(dialect)) =
            (&mut self.reader, self.header.format)
        else {
            return Ok(());
        };
        let Some(header) = Header::read(reader, dialect)? else {
            return Ok(());
        };
        self.wants_header = false;
        header
            .check_part_of(&self.header)
            .map_err(Fatal::HeaderDiffers)?;
        self.count.places = header.places_in(&self.header);
        reader.expect_width(header.width());
        Ok(())
    }
}

/// What has been counted so far.
struct Count {
    files: Vec<FileFacts>,
    columns: Vec<Column>,
    /// Where each column of the file at hand stands among `columns`.
    places: Vec<Option<usize>>,
    /// The text of a cell that the file escapes.
    text: Vec<u8>,
}

impl Count {
    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) {
        let at = record.location();
        if record.width() != self.places.len() {
            return self.ragged(record.width(), at);
        }
        if let Some(file) = self.files.last_mut() {
            file.rows += 1;
        }
        for (cell, place) in record.cells::<false>().zip(&self.places) {
            let Some(place) = place else { continue };
            let text = match record.text_in(cell, &mut self.text) {
                true => &self.text,
                false => record.bytes(cell),
            };
            self.columns[*place].add(text, at);
        }
    }

    #[cold]
    fn ragged(&mut self, width: usize, at: Location) {
        let is_short = width < self.places.len();
        self.bad_row(
            if is_short {
                Code::TooFewCells
            } else {
                Code::TooManyCells
            },
            at,
        );
    }

    #[cold]
    fn defect(&mut self, defect: &Defect<'_>) {
        let code = Diagnostic::of_defect(defect.kind, defect.at).code;
        self.bad_row(code, defect.at);
    }

    #[cold]
    fn bad_row(&mut self, code: Code, at: Location) {
        if let Some(file) = self.files.last_mut() {
            file.add_bad_row(code, at);
        }
    }
}
