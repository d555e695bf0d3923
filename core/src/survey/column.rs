//! What is counted of one column while the rows go by.

use std::cmp::Ordering;

use super::distinct::DistinctCounter;
use super::facts::{ColumnFacts, FormCount, Longest, Occurrences};
use super::number;
use crate::forms::{self, Form};
use crate::read::Location;

pub(super) struct Column {
    forms: [Option<Occurrences>; Form::ALL.len()],
    empty: u64,
    longest: Option<Longest>,
    range: Range,
    distinct: DistinctCounter,
    spaces: Option<Occurrences>,
    non_ascii: Option<Occurrences>,
}

impl Column {
    pub(super) fn new(most_distinct: usize) -> Self {
        Self {
            forms: [None; Form::ALL.len()],
            empty: 0,
            longest: None,
            range: Range::Nothing,
            distinct: DistinctCounter::new(most_distinct),
            spaces: None,
            non_ascii: None,
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, text: &[u8], at: Location) {
        if text.is_empty() {
            self.empty += 1;
            return;
        }
        let form = forms::of(text);
        Occurrences::add(&mut self.forms[form as usize], at);
        self.range.add(text, form);
        self.distinct.add(text);
        self.measure(text, at);
        if !text.is_ascii() {
            Occurrences::add(&mut self.non_ascii, at);
        }
        if has_spaces_around(text) {
            Occurrences::add(&mut self.spaces, at);
        }
    }

    pub(super) fn facts(self, column_idx: usize, header: &str) -> ColumnFacts {
        let counts = Form::ALL.iter().zip(self.forms);
        let forms: Vec<FormCount> = counts
            .filter_map(|(form, seen)| {
                let Occurrences { count, first } = seen?;
                Some(FormCount {
                    form: *form,
                    count,
                    first,
                })
            })
            .collect();
        let (smallest, largest) = self.range.facts();
        ColumnFacts {
            column_idx,
            header: header.to_owned(),
            kind: forms::kind_of(header, forms.iter().map(|seen| seen.form)),
            filled: forms.iter().map(|seen| seen.count).sum(),
            empty: self.empty,
            forms,
            longest: self.longest,
            smallest,
            largest,
            distinct: self.distinct.facts(),
            spaces: self.spaces,
            non_ascii: self.non_ascii,
        }
    }

    /// Characters are counted only where there are enough bytes for a new longest.
    #[inline(always)]
    fn measure(&mut self, text: &[u8], at: Location) {
        let most = self.longest.map_or(0, |longest| longest.characters);
        if text.len() as u64 > most {
            let characters = n_characters(text);
            if characters > most {
                let first = at;
                self.longest = Some(Longest { characters, first });
            }
        }
    }
}

/// Characters of a text in UTF-8: the bytes that start one.
fn n_characters(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64
}

/// Whether the text, which is not empty, starts or ends with white space as Unicode has it.
#[inline(always)]
fn has_spaces_around(text: &[u8]) -> bool {
    let (first, last) = (text[0], text[text.len() - 1]);
    // White space beyond ASCII starts with one of four bytes, and ends with a byte beyond ASCII.
    let is_suspect =
        first <= b' ' || last <= b' ' || matches!(first, 0xC2 | 0xE1..=0xE3) || last >= 0x80;
    is_suspect && is_trimmed_by_unicode(text)
}

fn is_trimmed_by_unicode(text: &[u8]) -> bool {
    // A character has at most four bytes: both ends are seen without a look at what is between.
    let head = &text[..text.len().min(4)];
    let starts = head.utf8_chunks().next().map(|chunk| chunk.valid());
    let tail_start =
        (text.len().saturating_sub(4)..text.len()).find(|place| text[*place] & 0xC0 != 0x80);
    let tail = tail_start.and_then(|place| str::from_utf8(&text[place..]).ok());
    starts.is_some_and(|text| text.starts_with(char::is_whitespace))
        || tail.is_some_and(|text| text.ends_with(char::is_whitespace))
}

/// The smallest and the largest value, as long as all can be compared.
enum Range {
    Nothing,
    Values {
        measure: Measure,
        smallest: Bound,
        largest: Bound,
    },
    /// Not all values can be compared.
    Mixed,
}

/// How values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Number,
    Date,
    Time,
}

impl Measure {
    #[inline(always)]
    fn of(form: Form) -> Option<Self> {
        match form {
            Form::Date => Some(Self::Date),
            Form::Time | Form::LocalTime => Some(Self::Time),
            form if form.is_number() => Some(Self::Number),
            _ => None,
        }
    }
}

/// A value, with what makes a usual number quick to compare.
struct Bound {
    text: Vec<u8>,
    scaled: Option<i128>,
}

impl Range {
    #[inline(always)]
    fn add(&mut self, text: &[u8], form: Form) {
        if matches!(self, Self::Mixed) {
            return;
        }
        let Some(measure) = Measure::of(form) else {
            *self = Self::Mixed;
            return;
        };
        let scaled = match measure {
            Measure::Number => number::scaled(text),
            Measure::Date | Measure::Time => None,
        };
        match self {
            Self::Values {
                measure: before,
                smallest,
                largest,
            } if *before == measure => {
                if smallest.compare(measure, text, scaled) == Ordering::Greater {
                    smallest.set(text, scaled);
                } else if largest.compare(measure, text, scaled) == Ordering::Less {
                    largest.set(text, scaled);
                }
            }
            Self::Nothing => {
                let (smallest, largest) = (Bound::new(text, scaled), Bound::new(text, scaled));
                *self = Self::Values {
                    measure,
                    smallest,
                    largest,
                };
            }
            Self::Values { .. } | Self::Mixed => *self = Self::Mixed,
        }
    }

    fn facts(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Values {
                smallest, largest, ..
            } => (
                String::from_utf8(smallest.text).ok(),
                String::from_utf8(largest.text).ok(),
            ),
            Self::Nothing | Self::Mixed => (None, None),
        }
    }
}

impl Bound {
    fn new(text: &[u8], scaled: Option<i128>) -> Self {
        // Room for all usual values: a new bound is no new allocation.
        let mut bound = Self {
            text: Vec::with_capacity(64),
            scaled,
        };
        bound.set(text, scaled);
        bound
    }

    fn set(&mut self, text: &[u8], scaled: Option<i128>) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.scaled = scaled;
    }

    /// How the bound compares with a value.
    #[inline(always)]
    fn compare(&self, measure: Measure, text: &[u8], scaled: Option<i128>) -> Ordering {
        match (measure, self.scaled, scaled) {
            (Measure::Number, Some(own), Some(other)) => own.cmp(&other),
            (Measure::Number, _, _) => number::compare(&self.text, text),
            (Measure::Date | Measure::Time, _, _) => (*self.text).cmp(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_around_are_those_that_unicode_trims() {
        for inner in ["", "a", "é", "日本", "😀", "a b", "ab  cd"] {
            for space in [
                "", " ", "\t", "\n", "\u{85}", "\u{A0}", "\u{1680}", "\u{2003}", "\u{202F}",
                "\u{3000}", "\u{200B}",
            ] {
                for text in [
                    format!("{space}{inner}"),
                    format!("{inner}{space}"),
                    format!("{space}{inner}{space}"),
                ] {
                    if !text.is_empty() {
                        assert_eq!(
                            has_spaces_around(text.as_bytes()),
                            text.trim() != text,
                            "{text:?}"
                        );
                    }
                }
            }
        }
    }
}
