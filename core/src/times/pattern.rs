//! A pattern of the user's own, in the letters that Java and Unicode use.
//!
//! | letters | reads |
//! |---|---|
//! | `yyyy`, `yy` | the year; two digits are 2000 to 2099 |
//! | `MM`, `M`, `MMM` | the month: two digits, one or two, an English name of three letters |
//! | `dd`, `d` | the day: two digits, one or two |
//! | `HH`, `H`, `hh`, `h` with `a` | the hour of the day; the hour of its half, with `AM` or `PM` |
//! | `mm`, `ss` | minutes, seconds |
//! | `S` to `SSSSSSSSS` | so many digits of a fraction of the second |
//! | `X`, `XX`, `XXX`, `Z` | `Z`, `±HH`, `±HHmm` or `±HH:mm` |
//! | `z` | the same, or `UTC` or `GMT` |
//! | `'T'`, `''` | the letters in quotes; a quote |
//!
//! Names are read in any case. Whatever is no letter stands for itself.

use std::fmt;

use super::civil::{Clock, Date, Fields, Offset};
use super::forms;
use crate::diag::quote;

/// What the letters of a pattern can be, in words that every language understands.
const KNOWN: &str = "yyyy yy MM M MMM dd d HH H hh h a mm ss S X XX XXX Z z 'text'";

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// A pattern that reads dates, and perhaps times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This byte.
    Literal(u8),
    /// Two digits, or one or two.
    Number(Field, Width),
    Year,
    YearOfCentury,
    MonthName,
    HalfDay,
    /// So many digits.
    Fraction(usize),
    Offset,
    OffsetOrName,
}

/// What a part says about a time: each at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Year,
    Month,
    Day,
    Hour,
    HalfDay,
    Minute,
    Second,
    Fraction,
    Offset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Month,
    Day,
    Hour,
    HourOfHalf,
    Minute,
    Second,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Two,
    OneOrTwo,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatternError {
    pub(super) pattern: String,
    pub(super) flaw: Flaw,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// These letters mean nothing.
    Unknown(Letters),
    /// These letters say what others have said before.
    Doubled(Letters),
    /// One digit or two, and then a digit again: where the number ends is not certain.
    Endless(Letters),
    /// A quote without its partner.
    OpenQuote(Letters),
    /// What is read cannot do without these letters.
    Missing(&'static str),
    /// A date is no count of seconds: its day would be that of some zone.
    NoDate,
}

/// Letters of a pattern and their place, in characters from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letters {
    pub(super) letters: String,
    pub(super) at: usize,
}

impl PatternError {
    /// What was expected, in words that every language understands.
    pub(crate) fn expected(&self) -> String {
        match &self.flaw {
            Flaw::Unknown(_) | Flaw::Doubled(_) => KNOWN.to_owned(),
            Flaw::Endless(Letters { letters, .. }) => letters.repeat(2),
            Flaw::OpenQuote(_) => "'text'".to_owned(),
            Flaw::Missing(letters) => (*letters).to_owned(),
            Flaw::NoDate => "yyyy-MM-dd".to_owned(),
        }
    }
}

/// What was found: the pattern, and the letters with their place (`"dd.QQ.yyyy": "QQ" (4)`).
impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote(&self.pattern))?;
        match &self.flaw {
            Flaw::Unknown(Letters { letters, at })
            | Flaw::Doubled(Letters { letters, at })
            | Flaw::Endless(Letters { letters, at })
            | Flaw::OpenQuote(Letters { letters, at }) => write!(f, ": {} ({at})", quote(letters)),
            Flaw::Missing(_) | Flaw::NoDate => Ok(()),
        }
    }
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Result<Self, PatternError> {
        parse(pattern)
            .map(|parts| Self { parts })
            .map_err(|flaw| PatternError {
                pattern: pattern.to_owned(),
                flaw,
            })
    }

    pub(super) fn has_offset(&self) -> bool {
        says(&self.parts, Says::Offset)
    }

    /// Reads a whole text. The numbers may be out of range.
    pub(super) fn read(&self, text: &[u8]) -> Option<Fields> {
        let mut seen = Seen::default();
        let mut rest = text;
        for part in &self.parts {
            rest = seen.take(*part, rest)?;
        }
        rest.is_empty().then(|| seen.fields())
    }
}

// --- From letters to parts ------------------------------------------------------------------------

fn parse(pattern: &str) -> Result<Vec<Part>, Flaw> {
    let mut parts = Vec::new();
    // The last run, where digits may not follow on it.
    let mut open: Option<Letters> = None;
    let (mut rest, mut at) = (pattern, 1);
    while !rest.is_empty() {
        let (run, behind) = rest.split_at(run_bytes(rest));
        let here = || Letters {
            letters: run.to_owned(),
            at,
        };
        let n_before = parts.len();
        if run.starts_with('\'') {
            let text = unquoted(run).ok_or_else(|| Flaw::OpenQuote(here()))?;
            parts.extend(text.bytes().map(Part::Literal));
        } else if run.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let part = part(run).ok_or_else(|| Flaw::Unknown(here()))?;
            if part.says().is_some_and(|said| says(&parts, said)) {
                return Err(Flaw::Doubled(here()));
            }
            parts.push(part);
        } else {
            parts.extend(run.bytes().map(Part::Literal));
        }
        if let Some(new) = parts.get(n_before) {
            match open.take() {
                Some(before) if new.is_digit() => return Err(Flaw::Endless(before)),
                _ => {}
            }
            open = matches!(new, Part::Number(_, Width::OneOrTwo)).then(here);
        }
        at += run.chars().count();
        rest = behind;
    }
    match missing(&parts) {
        Some(letters) => Err(Flaw::Missing(letters)),
        None => Ok(parts),
    }
}

/// The length of the first run: one letter as often as it is repeated, or a text in quotes.
fn run_bytes(pattern: &str) -> usize {
    let Some(text) = pattern.strip_prefix('\'') else {
        let first = pattern.chars().next();
        let end = pattern.find(|char| Some(char) != first);
        return end.unwrap_or(pattern.len());
    };
    if text.starts_with('\'') {
        return "''".len();
    }
    let mut end = 0;
    while let Some(n_bytes) = text[end..].find('\'') {
        end += n_bytes + 1;
        if !text[end..].starts_with('\'') {
            return end + 1;
        }
        end += 1;
    }
    pattern.len()
}

/// The text between quotes, in which two quotes are one; `''` alone is one, too.
fn unquoted(run: &str) -> Option<String> {
    if run == "''" {
        return Some("'".to_owned());
    }
    let text = run.strip_prefix('\'')?.strip_suffix('\'')?;
    let n_quotes = text.matches('\'').count();
    (n_quotes % 2 == 0).then(|| text.replace("''", "'"))
}

fn part(letters: &str) -> Option<Part> {
    use Field::{Day, Hour, HourOfHalf, Minute, Month, Second};
    use Width::{OneOrTwo, Two};
    Some(match letters {
        "yyyy" => Part::Year,
        "yy" => Part::YearOfCentury,
        "MMM" => Part::MonthName,
        "MM" => Part::Number(Month, Two),
        "M" => Part::Number(Month, OneOrTwo),
        "dd" => Part::Number(Day, Two),
        "d" => Part::Number(Day, OneOrTwo),
        "HH" => Part::Number(Hour, Two),
        "H" => Part::Number(Hour, OneOrTwo),
        "hh" => Part::Number(HourOfHalf, Two),
        "h" => Part::Number(HourOfHalf, OneOrTwo),
        "a" => Part::HalfDay,
        "mm" => Part::Number(Minute, Two),
        "ss" => Part::Number(Second, Two),
        "X" | "XX" | "XXX" | "Z" => Part::Offset,
        "z" => Part::OffsetOrName,
        _ if letters.starts_with('S') && letters.len() <= 9 => Part::Fraction(letters.len()),
        _ => return None,
    })
}

impl Part {
    fn says(self) -> Option<Says> {
        Some(match self {
            Self::Literal(_) => return None,
            Self::Year | Self::YearOfCentury => Says::Year,
            Self::MonthName | Self::Number(Field::Month, _) => Says::Month,
            Self::Number(Field::Day, _) => Says::Day,
            Self::Number(Field::Hour | Field::HourOfHalf, _) => Says::Hour,
            Self::HalfDay => Says::HalfDay,
            Self::Number(Field::Minute, _) => Says::Minute,
            Self::Number(Field::Second, _) => Says::Second,
            Self::Fraction(_) => Says::Fraction,
            Self::Offset | Self::OffsetOrName => Says::Offset,
        })
    }

    /// Whether what it reads begins with a digit.
    fn is_digit(self) -> bool {
        match self {
            Self::Literal(byte) => byte.is_ascii_digit(),
            Self::Number(..) | Self::Year | Self::YearOfCentury | Self::Fraction(_) => true,
            Self::MonthName | Self::HalfDay | Self::Offset | Self::OffsetOrName => false,
        }
    }
}

fn says(parts: &[Part], said: Says) -> bool {
    parts.iter().any(|part| part.says() == Some(said))
}

/// The letters without which the others are no date, or no time of day.
fn missing(parts: &[Part]) -> Option<&'static str> {
    let says = |said| says(parts, said);
    let is_half = |part: &Part| matches!(part, Part::Number(Field::HourOfHalf, _));
    let has_half = parts.iter().any(is_half);
    let needs = [
        (true, Says::Year, "yyyy"),
        (true, Says::Month, "MM"),
        (true, Says::Day, "dd"),
        (says(Says::Fraction), Says::Second, "ss"),
        (says(Says::Second), Says::Minute, "mm"),
        (says(Says::Minute), Says::Hour, "HH"),
        (has_half, Says::HalfDay, "a"),
    ];
    let lack = needs
        .iter()
        .find(|(is_needed, said, _)| *is_needed && !says(*said));
    match lack {
        Some((_, _, letters)) => Some(letters),
        None if says(Says::HalfDay) && !has_half => Some("hh"),
        None => None,
    }
}

// --- From text to numbers -------------------------------------------------------------------------

/// What was read so far.
#[derive(Default)]
struct Seen {
    date: Date,
    clock: Option<Clock>,
    is_afternoon: Option<bool>,
    offset: Option<Offset>,
}

impl Seen {
    /// Reads one part, and answers with what comes behind it.
    fn take<'t>(&mut self, part: Part, text: &'t [u8]) -> Option<&'t [u8]> {
        match part {
            Part::Literal(byte) => text.strip_prefix(&[byte]),
            Part::Number(field, width) => {
                let (number, rest) = one_or_two(text, width)?;
                self.set(field, number);
                Some(rest)
            }
            Part::Year => {
                let (digits, rest) = text.split_first_chunk::<4>()?;
                self.date.year = forms::number(*digits)?;
                Some(rest)
            }
            Part::YearOfCentury => {
                let (digits, rest) = text.split_first_chunk::<2>()?;
                self.date.year = 2000 + u16::from(forms::pair(*digits)?);
                Some(rest)
            }
            Part::MonthName => {
                let (name, rest) = text.split_first_chunk::<3>()?;
                let mut months = MONTHS.iter();
                let month_idx = months.position(|month| month.eq_ignore_ascii_case(name))?;
                self.date.month = month_idx as u8 + 1;
                Some(rest)
            }
            Part::HalfDay => {
                let (half, rest) = text.split_first_chunk::<2>()?;
                self.is_afternoon = Some(match half {
                    [b'A' | b'a', b'M' | b'm'] => false,
                    [b'P' | b'p', b'M' | b'm'] => true,
                    _ => return None,
                });
                Some(rest)
            }
            Part::Fraction(n_digits) => {
                let (digits, rest) = text.split_at_checked(n_digits)?;
                let is_whole = forms::n_digits(digits) == n_digits;
                self.clock_mut().millis = forms::millis(digits).filter(|_| is_whole)?;
                Some(rest)
            }
            Part::Offset => self.take_offset(text),
            Part::OffsetOrName => match text.split_first_chunk::<3>() {
                Some((name, rest)) if is_utc(name) => {
                    self.offset = Some(Offset::default());
                    Some(rest)
                }
                _ => self.take_offset(text),
            },
        }
    }

    fn take_offset<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (offset, rest) = match text.strip_prefix(b"Z") {
            Some(rest) => (Offset::default(), rest),
            None => forms::offset(text)?,
        };
        self.offset = Some(offset);
        Some(rest)
    }

    fn set(&mut self, field: Field, number: u8) {
        match field {
            Field::Month => self.date.month = number,
            Field::Day => self.date.day = number,
            Field::Hour | Field::HourOfHalf => self.clock_mut().hour = number,
            Field::Minute => self.clock_mut().minute = number,
            Field::Second => self.clock_mut().second = number,
        }
    }

    fn clock_mut(&mut self) -> &mut Clock {
        self.clock.get_or_insert_default()
    }

    fn fields(self) -> Fields {
        let clock = self.clock.map(|clock| match self.is_afternoon {
            Some(is_afternoon) => Clock {
                hour: hour_of_day(clock.hour, is_afternoon),
                ..clock
            },
            None => clock,
        });
        Fields {
            date: self.date,
            clock,
            offset: self.offset,
        }
    }
}

fn is_utc(name: &[u8; 3]) -> bool {
    name.eq_ignore_ascii_case(b"utc") || name.eq_ignore_ascii_case(b"gmt")
}

/// 12 AM is midnight, 12 PM is noon. What is no hour of a half is none of the day.
fn hour_of_day(hour: u8, is_afternoon: bool) -> u8 {
    match hour {
        1..=12 => hour % 12 + if is_afternoon { 12 } else { 0 },
        _ => u8::MAX,
    }
}

fn one_or_two(text: &[u8], width: Width) -> Option<(u8, &[u8])> {
    let n_digits = match width {
        Width::Two => 2,
        Width::OneOrTwo => forms::n_digits(text).clamp(1, 2),
    };
    let (digits, rest) = text.split_at_checked(n_digits)?;
    let number = match *digits {
        [ones] => forms::pair([b'0', ones])?,
        [tens, ones] => forms::pair([tens, ones])?,
        _ => return None,
    };
    Some((number, rest))
}
