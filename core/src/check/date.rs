//! Whether Braze reads a text as a date or a time.
//!
//! The forms are a closed list (user attributes object; event object): ISO 8601 in its long form,
//! `yyyy-MM-ddTHH:mm:ss:SSSZ`, `yyyy-MM-dd HH:mm:ss`, `yyyy-MM-dd`, `MM/dd/yyyy`, and
//! `ddd MM dd HH:mm:ss.TZD YYYY`. Whatever has another form is a plain text to Braze, and no filter on
//! times finds it.

use crate::wire::limits;

/// What Braze makes of a text that is meant as a date or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A date or a time. Without a zone it is taken as UTC.
    Moment,
    /// A time with an offset that cannot be: Braze takes it as UTC.
    BadOffset,
    /// The form is right, the year is not between 0 and 3000: kept as a text at the top of a profile,
    /// dropped inside a nested value.
    YearOutOfRange,
    /// A plain text.
    Text,
}

/// Reads a text as Braze does.
pub(crate) fn read(text: &[u8]) -> Reading {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_before_zero = digits.len() < text.len();
    let n_year = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let found = match (is_before_zero, n_year) {
        (false, 2) => slashed(text),
        (false, 4) => iso(digits, 4),
        // ISO 8601 writes years before 0 with a sign, and gives years beyond 9999 more digits.
        (true, 4..=6) | (false, 5..=6) => iso(digits, n_year).map(|_| Reading::YearOutOfRange),
        (false, 0) => spoken(text),
        _ => None,
    };
    found.unwrap_or(Reading::Text)
}

/// Whether Braze reads the text as a date or a time.
pub(crate) fn is_read(text: &[u8]) -> bool {
    read(text) == Reading::Moment
}

/// Whether the text is a day as `yyyy-MM-dd`.
pub(crate) fn is_day(text: &[u8]) -> bool {
    text.len() == 10 && !text.contains(&b'/') && read(text) == Reading::Moment
}

/// Whether a person would take the text for a date, in whatever form: three numbers with one of `-/.`
/// between them of which one is a year, or a month's name with a day and a year.
pub(crate) fn looks_like_date(text: &[u8]) -> bool {
    // Longer than any date; and most texts end here.
    if !(6..=40).contains(&text.len()) || !text.iter().any(u8::is_ascii_digit) {
        return false;
    }
    looks_numeric(text) || looks_spoken(text)
}

/// `2026/3/26`, `26.03.2026 18:12`, `3/26/26`
fn looks_numeric(text: &[u8]) -> bool {
    let mut rest = Rest(text);
    let Some((first, n_first)) = rest.number(4) else {
        return false;
    };
    let Some(separator @ (b'-' | b'/' | b'.')) = rest.next() else {
        return false;
    };
    let (Some((second, n_second)), true) = (rest.number(2), rest.eat(separator)) else {
        return false;
    };
    let Some((third, n_third)) = rest.number(4) else {
        return false;
    };
    let is_year = |number, n_digits| n_digits == 4 && (1900..2100).contains(&number);
    let is_part = |number, n_digits| n_digits <= 2 && (1..=31).contains(&number);
    let is_short_year = separator == b'/' && n_third == 2;
    (rest.0.is_empty() || matches!(rest.0[0], b' ' | b'T' | b','))
        && is_part(second, n_second)
        && ((is_year(first, n_first) && is_part(third, n_third))
            || (is_part(first, n_first) && (is_year(third, n_third) || is_short_year)))
}

/// `Mar 26 2026 06:12 PM`, `26 March 2026`, `Thu, 26 Mar 2026 18:12:00 GMT`
fn looks_spoken(text: &[u8]) -> bool {
    let words = text.split(|byte| matches!(byte, b' ' | b',' | b'-' | b'.'));
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    if words
        .peek()
        .is_some_and(|word| named(word, &DAYS).is_some())
    {
        words.next();
    }
    let number = |word: Option<&[u8]>| Rest(word?).whole_number();
    let (first, second, third) = (words.next(), words.next(), words.next());
    let has_month = |word: Option<&[u8]>| word.is_some_and(|word| named(word, &MONTHS).is_some());
    let is_day = |word| number(word).is_some_and(|day| (1..=31).contains(&day));
    let is_year = |word| number(word).is_some_and(|year| (1900..2100).contains(&year));
    (has_month(first) && is_day(second) && is_year(third))
        || (is_day(first) && has_month(second) && is_year(third))
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Which of the names the word starts with, where it is letters alone.
fn named(word: &[u8], names: &[&str]) -> Option<u32> {
    let start = word.get(..3)?;
    let is_word = word.iter().all(u8::is_ascii_alphabetic);
    let place = names
        .iter()
        .position(|name| start.eq_ignore_ascii_case(name.as_bytes()))?;
    is_word.then_some(place as u32 + 1)
}

/// What a time is on a day, where the day exists.
fn on_day(year: u32, month: u32, day: u32, offset: Offset) -> Option<Reading> {
    is_in_calendar(year, month, day).then_some(match offset {
        _ if year > limits::LAST_YEAR => Reading::YearOutOfRange,
        Offset::Right => Reading::Moment,
        Offset::Wrong => Reading::BadOffset,
    })
}

/// Whether a time's offset from UTC can be.
#[derive(Clone, Copy)]
enum Offset {
    Right,
    Wrong,
}

/// `yyyy-MM-dd`, and a time behind `T` or a space.
fn iso(text: &[u8], n_year: usize) -> Option<Reading> {
    let mut rest = Rest(text);
    let year = rest.digits(n_year)?;
    let month = rest.after(b'-')?.digits(2)?;
    let day = rest.after(b'-')?.digits(2)?;
    if rest.0.is_empty() {
        return on_day(year, month, day, Offset::Right);
    }
    if !(rest.eat(b'T') || rest.eat(b' ')) {
        return None;
    }
    rest.time_of_day(false)?;
    rest.eat(b' ');
    let offset = rest.offset()?;
    rest.0
        .is_empty()
        .then(|| on_day(year, month, day, offset))?
}

/// `MM/dd/yyyy`
fn slashed(text: &[u8]) -> Option<Reading> {
    let mut rest = Rest(text);
    let month = rest.digits(2)?;
    let day = rest.after(b'/')?.digits(2)?;
    let year = rest.after(b'/')?.digits(4)?;
    rest.0
        .is_empty()
        .then(|| on_day(year, month, day, Offset::Right))?
}

/// `ddd MM dd HH:mm:ss.TZD YYYY`; the month by its number or its name.
fn spoken(text: &[u8]) -> Option<Reading> {
    let mut rest = Rest(text);
    named(rest.take(3)?, &DAYS)?;
    let month = rest.after(b' ')?.take(2)?;
    let month = match Rest(month).digits(2) {
        Some(month) => month,
        None => named(&[month[0], month[1], rest.next()?], &MONTHS)?,
    };
    let day = rest.after(b' ')?.digits(2)?;
    rest.after(b' ')?.time_of_day(true)?;
    if !(rest.eat(b'.') || rest.eat(b' ')) {
        return None;
    }
    let n_letters = rest.0.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let offset = match n_letters {
        0 => rest.offset()?,
        1..=5 => rest.take(n_letters).map(|_| Offset::Right)?,
        _ => return None,
    };
    let year = rest.after(b' ')?.digits(4)?;
    rest.0
        .is_empty()
        .then(|| on_day(year, month, day, offset))?
}

/// Whether the Gregorian calendar has such a day.
fn is_in_calendar(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let n_days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=n_days).contains(&day)
}

/// What of a text is still to be read.
struct Rest<'t>(&'t [u8]);

impl<'t> Rest<'t> {
    fn next(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn take(&mut self, n_bytes: usize) -> Option<&'t [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.0.first() == Some(&byte);
        self.0 = &self.0[usize::from(is_there)..];
        is_there
    }

    fn after(&mut self, byte: u8) -> Option<&mut Self> {
        self.eat(byte).then_some(self)
    }

    /// So many digits; at most nine.
    fn digits(&mut self, n_digits: usize) -> Option<u32> {
        let digits = self.take(n_digits)?;
        let next = |number, byte: &u8| {
            let digit = char::from(*byte).to_digit(10)?;
            Some(number * 10 + digit)
        };
        digits.iter().try_fold(0, next)
    }

    /// One to `most` digits, and how many they are.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let n_digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let number = (1..=most)
            .contains(&n_digits)
            .then(|| self.digits(n_digits))??;
        Some((number, n_digits))
    }

    /// One to four digits and nothing else.
    fn whole_number(mut self) -> Option<u32> {
        let (number, _) = self.number(4)?;
        self.0.is_empty().then_some(number)
    }

    /// `HH:mm`, `HH:mm:ss`, and a fraction behind `.`, `,` or `:`. A second may be the 61st. Where a
    /// dot ends the time, it is no fraction's.
    fn time_of_day(&mut self, is_bare: bool) -> Option<()> {
        let is_below = |number: u32, end: u32| (number < end).then_some(());
        is_below(self.digits(2)?, 24)?;
        is_below(self.after(b':')?.digits(2)?, 60)?;
        if !self.eat(b':') {
            return Some(());
        }
        is_below(self.digits(2)?, 61)?;
        if !is_bare && (self.eat(b'.') || self.eat(b',') || self.eat(b':')) {
            self.number(9)?;
        }
        Some(())
    }

    /// Nothing (UTC), `Z`, or a sign and digits: `+HH`, `+HHmm` and `+HH:mm` are right.
    fn offset(&mut self) -> Option<Offset> {
        if self.0.is_empty() || self.eat(b'Z') {
            return Some(Offset::Right);
        }
        if !(self.eat(b'+') || self.eat(b'-')) {
            return None;
        }
        let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b':';
        let part = self.take(self.0.iter().take_while(|byte| is_part(byte)).count())?;
        let is_right = match part {
            [_, _] => Some(0),
            [_, _, b':', minutes @ ..] | [_, _, minutes @ ..] if minutes.len() == 2 => {
                Rest(minutes).digits(2)
            }
            _ => None,
        };
        let hours = Rest(part).digits(2).is_some_and(|hours| hours <= 18);
        Some(
            match is_right.is_some_and(|minutes| minutes < 60) && hours {
                true => Offset::Right,
                false => Offset::Wrong,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_that_braze_reads() {
        for text in [
            "2026-03-26",
            "2024-02-29",
            "2000-02-29",
            "0000-01-01",
            "3000-12-31",
            "2026-03-26T18:12:00",
            "2026-03-26T18:12",
            "2026-03-26 18:12:00",
            "2026-03-26T18:12:00Z",
            "2026-03-26T18:12:00.123Z",
            "2026-03-26T18:12:00:123Z",
            "2026-03-26T18:12:00:123+0200",
            "2026-03-26T18:12:60+02:00",
            "2026-03-26 18:12:00 +0200",
            "2026-03-26T18:12:00-08",
            "03/26/2026",
            "Thu 03 26 18:12:00.Z 2026",
            "Thu Mar 26 18:12:00 UTC 2026",
            "Thu Mar 26 18:12:00 +0100 2026",
        ] {
            assert_eq!(read(text.as_bytes()), Reading::Moment, "{text}");
        }
        assert!(is_day(b"1990-12-31") && !is_day(b"12/31/1990") && !is_day(b"1990-02-29"));
    }

    #[test]
    fn what_it_reads_otherwise_or_not() {
        for (text, reading) in [
            ("2026-03-26T18:12:00+25:00", Reading::BadOffset),
            ("2026-03-26T18:12:00+1", Reading::BadOffset),
            ("2026-03-26T18:12:00+02:60", Reading::BadOffset),
            ("3001-01-01", Reading::YearOutOfRange),
            ("9999-12-31T00:00:00Z", Reading::YearOutOfRange),
            ("-0044-03-15", Reading::YearOutOfRange),
            ("12026-03-26", Reading::YearOutOfRange),
            ("2025-02-29", Reading::Text),
            ("1900-02-29", Reading::Text),
            ("2026-13-01", Reading::Text),
            ("2026-04-31", Reading::Text),
            ("2026-00-10", Reading::Text),
            ("26/03/2026", Reading::Text),
            ("2026-3-26", Reading::Text),
            ("2026-03-26T24:00:00", Reading::Text),
            ("2026-03-26T18:60:00", Reading::Text),
            ("2026-03-26T18:12:00.Z", Reading::Text),
            ("2026-03-26x", Reading::Text),
            ("2026-03-26T", Reading::Text),
            ("20260326", Reading::Text),
            ("+2026-03-26", Reading::Text),
            ("-", Reading::Text),
            ("Mar 26 2026 06:12 PM +00:00", Reading::Text),
            ("", Reading::Text),
        ] {
            assert_eq!(read(text.as_bytes()), reading, "{text}");
        }
    }

    #[test]
    fn what_a_person_takes_for_a_date() {
        for text in [
            "Mar 26 2026 06:12 PM +00:00",
            "26 March 2026",
            "Thu, 26 Mar 2026 18:12:00 GMT",
            "26.03.2026",
            "2026/03/26",
            "2026-3-5",
            "26/03/2026 18:12",
            "3/26/26",
            "2025-02-29",
        ] {
            assert!(looks_like_date(text.as_bytes()), "{text}");
            assert_eq!(read(text.as_bytes()), Reading::Text, "{text}");
        }
        for text in [
            "555-12-3456",
            "10.1.2.3",
            "1.10.2",
            "2026",
            "2026-03",
            "May the 4th",
            "12-34-56",
            "Mars 2026 bar",
            "Mar 2026",
            "00123",
            "2026-03-26x",
        ] {
            assert!(!looks_like_date(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_of_the_calendar_is_read(year in 0u32..=3000, month in 1u32..=14, day in 0u32..=33) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            let leap = if year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) { 29 } else { 28 };
            let lengths = [31, leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let is_there = lengths.get(month as usize - 1).is_some_and(|length| (1..=*length).contains(&day));
            prop_assert_eq!(read(text.as_bytes()) == Reading::Moment, is_there);
        }

        #[test]
        fn nothing_panics(text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"0123456789-/:. TZ+MarThu,".as_slice())], 0..45)) {
            let _ = (read(&text), looks_like_date(&text), is_day(&text));
        }
    }
}
