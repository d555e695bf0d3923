//! Times and dates of exports: what stands in a cell, in the text that Braze takes.
//!
//! A time becomes `yyyy-MM-ddTHH:mm:ssZ` in UTC, with three digits of a fraction where its milliseconds are
//! not zero; what is finer is cut, never rounded. A date becomes `yyyy-MM-dd`. Without a pattern of the
//! user's these forms are read, and no other:
//!
//! - `yyyy-MM-dd`; as a time it is midnight.
//! - That, `T` or one space, and `HH:mm` or `HH:mm:ss`; behind seconds perhaps `.` or `,` and 1 to 9 digits;
//!   behind it all perhaps a zone: `Z`, `UTC`, `±HH`, `±HHmm` or `±HH:mm`, perhaps with one space before it.
//! - 10 or 13 digits without a leading zero: seconds or milliseconds since 1970, from 2001 on. No date.
//!
//! `01/02/2024` and names of months need a pattern ([`pattern`]), for which `epoch_seconds` and
//! `epoch_millis` stand, too. Nothing is guessed: a text of another form, a day that does not exist, an
//! hour that clocks skipped are errors. An offset in the cell wins over the mapping's zone.
//!
//! A date keeps its day as written: the date part of a time is taken without a look at its zone.

mod civil;
mod forms;
mod pattern;
mod zone;

#[cfg(test)]
mod tests;

pub(crate) use forms::{Form, seen_as};
pub(crate) use pattern::PatternError;
pub(crate) use zone::data_version;
pub use zone::{zone_exists, zones};

use civil::Fields;
use forms::Moment;
use pattern::{Flaw, Pattern};
use zone::Zone;

use crate::diag::{Code, quote};

/// Reads the times of a column.
#[derive(Clone, Debug)]
pub(crate) struct TimeReader {
    source: TimeSource,
    zone: Option<Zone>,
}

/// What a time is read from.
#[derive(Clone, Debug)]
enum TimeSource {
    AnyForm,
    Pattern(Pattern),
    EpochSeconds,
    EpochMillis,
}

/// Reads the dates of a column.
#[derive(Clone, Debug)]
pub(crate) struct DateReader {
    pattern: Option<Pattern>,
}

/// Why a column of times or dates cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimeSetup {
    /// No zone has this name.
    UnknownZone {
        /// The name.
        name: String,
        /// The one that is meant, perhaps.
        near: Option<String>,
    },
    /// The `format` cannot be read.
    Pattern(PatternError),
    /// The `format` has no offset, and the column no zone.
    ZoneNeeded {
        /// The `format`.
        format: String,
    },
}

/// Why a cell is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeError {
    /// Its text has not the form.
    Form,
    /// There is no such day, time of day or offset.
    Range,
    /// It has no offset, and the column no zone.
    Zoneless,
    /// Clocks were put forward over it.
    Gap,
    /// Before the year 0 or after the year 3000.
    Year,
}

/// Why a cell is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateError {
    /// Its text has not the form.
    Form,
    /// There is no such day, or no such time behind it.
    Range,
    /// After the year 3000.
    Year,
}

/// What was written of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes of the buffer, from its start.
    pub(crate) n_bytes: usize,
    /// Whether clocks showed this twice, as they were put back: the earlier instant was taken.
    pub(crate) is_fold: bool,
}

impl TimeReader {
    /// A reader of times in this pattern (or any form of the list), in this zone where a cell has no offset.
    pub(crate) fn new(format: Option<&str>, zone: Option<&str>) -> Result<Self, TimeSetup> {
        let source = match format {
            None => TimeSource::AnyForm,
            Some("epoch_seconds") => TimeSource::EpochSeconds,
            Some("epoch_millis") => TimeSource::EpochMillis,
            Some(format) => TimeSource::Pattern(Pattern::new(format).map_err(TimeSetup::Pattern)?),
        };
        let zone = zone.map(Zone::new).transpose()?;
        match (&source, format) {
            (TimeSource::Pattern(pattern), Some(format))
                if zone.is_none() && !pattern.has_offset() =>
            {
                Err(TimeSetup::ZoneNeeded {
                    format: format.to_owned(),
                })
            }
            _ => Ok(Self { source, zone }),
        }
    }

    /// Writes the instant that a cell names, in UTC.
    #[inline]
    pub(crate) fn instant(&self, text: &[u8], out: &mut [u8; 32]) -> Result<Written, TimeError> {
        let moment = match &self.source {
            TimeSource::AnyForm => forms::read(text),
            TimeSource::Pattern(pattern) => pattern.read(text).map(Moment::Civil),
            TimeSource::EpochSeconds => forms::epoch_seconds(text),
            TimeSource::EpochMillis => forms::epoch_millis(text),
        };
        match moment.ok_or(TimeError::Form)? {
            Moment::Civil(fields) => self.of_civil(&fields, out),
            Moment::Epoch { seconds, millis } => of_epoch(seconds, millis, out),
        }
    }

    #[inline]
    fn of_civil(&self, fields: &Fields, out: &mut [u8; 32]) -> Result<Written, TimeError> {
        if !fields.is_in_range() {
            return Err(TimeError::Range);
        }
        let (date, clock) = (fields.date, fields.clock.unwrap_or_default());
        let (ahead, is_fold) = match (fields.offset, &self.zone) {
            (Some(offset), _) => (offset.seconds(), false),
            (None, Some(zone)) => zone.offset(date, clock)?,
            (None, None) => return Err(TimeError::Zoneless),
        };
        // Most exports are in UTC: then nothing is to be counted.
        if ahead == 0 && date.year <= civil::LAST_YEAR {
            let n_bytes = civil::write_time(date, clock, out);
            return Ok(Written { n_bytes, is_fold });
        }
        let written = of_epoch(civil::seconds(date, clock) - ahead, clock.millis, out)?;
        Ok(Written { is_fold, ..written })
    }
}

fn of_epoch(seconds: i64, millis: u16, out: &mut [u8; 32]) -> Result<Written, TimeError> {
    if !(civil::FIRST_SECOND..civil::END_SECOND).contains(&seconds) {
        return Err(TimeError::Year);
    }
    let (date, clock) = civil::of_seconds(seconds, millis);
    Ok(Written {
        n_bytes: civil::write_time(date, clock, out),
        is_fold: false,
    })
}

impl DateReader {
    /// A reader of dates in this pattern, or any form of the list.
    pub(crate) fn new(format: Option<&str>) -> Result<Self, TimeSetup> {
        let pattern = match format {
            None => None,
            Some(format @ ("epoch_seconds" | "epoch_millis")) => {
                return Err(TimeSetup::Pattern(PatternError {
                    pattern: format.to_owned(),
                    flaw: Flaw::NoDate,
                }));
            }
            Some(format) => Some(Pattern::new(format).map_err(TimeSetup::Pattern)?),
        };
        Ok(Self { pattern })
    }

    /// Writes the date that a cell names; answers with the number of bytes.
    #[inline]
    pub(crate) fn date(&self, text: &[u8], out: &mut [u8; 16]) -> Result<usize, DateError> {
        let fields = match &self.pattern {
            Some(pattern) => pattern.read(text),
            None => forms::civil(text),
        };
        let fields = fields.ok_or(DateError::Form)?;
        if !fields.is_in_range() {
            return Err(DateError::Range);
        }
        if fields.date.year > civil::LAST_YEAR {
            return Err(DateError::Year);
        }
        let day = out.first_chunk_mut().expect("16 bytes hold 10");
        fields.date.write(day);
        Ok(day.len())
    }
}

impl TimeSetup {
    /// The code of the problem, which stands at the mapping's `zone` or `format`.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::UnknownZone { .. } => Code::UnknownZone,
            Self::Pattern(_) => Code::BadTimePattern,
            Self::ZoneNeeded { .. } => Code::ZoneNeeded,
        }
    }

    /// What was found, in words that every language understands.
    pub(crate) fn found(&self) -> String {
        match self {
            Self::UnknownZone { name, .. } => quote(name),
            Self::Pattern(error) => error.to_string(),
            Self::ZoneNeeded { format } => quote(format),
        }
    }

    /// What was expected, where the code's own words can be said more exactly.
    pub(crate) fn expected(&self) -> Option<String> {
        match self {
            Self::UnknownZone { near, .. } => near.as_deref().map(quote),
            Self::Pattern(error) => Some(error.expected()),
            Self::ZoneNeeded { .. } => None,
        }
    }
}

impl TimeError {
    /// The code of the problem.
    pub(crate) fn code(self) -> Code {
        match self {
            Self::Form | Self::Range => Code::BadTime,
            Self::Zoneless => Code::TimeWithoutZone,
            Self::Gap => Code::TimeInGap,
            Self::Year => Code::YearOutOfRange,
        }
    }
}

impl DateError {
    /// The code of the problem.
    pub(crate) fn code(self) -> Code {
        match self {
            Self::Form | Self::Range => Code::BadDate,
            Self::Year => Code::YearOutOfRange,
        }
    }
}
