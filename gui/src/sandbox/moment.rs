//! Points in time, as Braze's page of the event object lists their formats.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since the start of 1970, UTC. Shown as `2026-03-26T18:12:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i64);

impl Moment {
    pub(super) fn now() -> Self {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(elapsed.map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(0)))
    }

    pub(super) fn secs(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }

    pub(super) fn later(self, ms: u64) -> Self {
        Self(self.0.saturating_add_unsigned(ms))
    }

    pub(super) fn earlier_days(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days.saturating_mul(DAY_MS)))
    }

    /// Whether its year is 0 to 3000. Others Braze keeps as a text, or inside objects not at all.
    pub(super) fn is_in_range(self) -> bool {
        (days_before(0, 1, 1) * DAY_MS..days_before(3001, 1, 1) * DAY_MS).contains(&self.0)
    }

    /// ISO 8601 with or without a zone, also with a colon before the milliseconds or a space for
    /// the `T`; a date alone; `MM/dd/yyyy`; `ddd MM dd HH:mm:ss.TZD YYYY`. Without a zone it is UTC.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text.as_bytes());
        if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return with_weekday(&mut rest);
        }
        if text.as_bytes().get(2) == Some(&b'/') {
            let month = rest.digits(2)?;
            let day = rest.after(b'/')?.digits(2)?;
            let year = rest.after(b'/')?.digits(4)?;
            return rest.is_end().then(|| midnight(year, month, day))?;
        }
        let year = rest.digits(4)?;
        let month = rest.after(b'-')?.digits(2)?;
        let day = rest.after(b'-')?.digits(2)?;
        let Self(start) = midnight(year, month, day)?;
        if rest.is_end() {
            return Some(Self(start));
        }
        if !(rest.eat(b'T') || rest.eat(b' ')) {
            return None;
        }
        let moment = start + time_of_day_ms(&mut rest)? - zone_ms(&mut rest)?;
        rest.is_end().then_some(Self(moment))
    }
}

/// `Thu 03 26 18:12:00.+01:00 2026`, with `Z` or an offset for the zone. Nobody checks the weekday.
fn with_weekday(rest: &mut Rest<'_>) -> Option<Moment> {
    let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    if !weekdays.into_iter().any(|day| rest.eat_all(day)) {
        return None;
    }
    let month = rest.after(b' ')?.digits(2)?;
    let day = rest.after(b' ')?.digits(2)?;
    let (time, after) = rest.after(b' ')?.split_at_byte(b'.')?;
    let (zone, year) = after.split_at_byte(b' ')?;
    let (mut time, mut zone, mut year) = (time, zone, year);
    let in_day = time_of_day_ms(&mut time).filter(|_| time.is_end())?;
    let offset = (!zone.is_end()).then(|| zone_ms(&mut zone))??;
    let Moment(start) = midnight(year.digits(4)?, month, day)?;
    (zone.is_end() && year.is_end()).then_some(Moment(start + in_day - offset))
}

/// `HH:mm`, `HH:mm:ss`, and a fraction behind `.`, `,` or `:`.
fn time_of_day_ms(rest: &mut Rest<'_>) -> Option<i64> {
    let hour = rest.digits(2).filter(|hour| *hour < 24)?;
    let minute = rest.after(b':')?.digits(2).filter(|minute| *minute < 60)?;
    let mut ms = (hour * 60 + minute) * 60_000;
    if rest.eat(b':') {
        // OK because 60 is a leap second, and the next minute's start is close enough to it.
        ms += rest.digits(2).filter(|second| *second <= 60)? * 1000;
        if rest.eat(b'.') || rest.eat(b',') || rest.eat(b':') {
            ms += rest.fraction_ms()?;
        }
    }
    Some(ms)
}

/// Nothing (UTC), `Z`, `+HH`, `+HHmm` or `+HH:mm`.
fn zone_ms(rest: &mut Rest<'_>) -> Option<i64> {
    if rest.is_end() || rest.eat(b'Z') {
        return Some(0);
    }
    let sign = if rest.eat(b'+') {
        1
    } else if rest.eat(b'-') {
        -1
    } else {
        return None;
    };
    let hours = rest.digits(2).filter(|hours| *hours < 24)?;
    let colon = rest.eat(b':');
    let minutes = if rest.is_end() && !colon {
        0
    } else {
        rest.digits(2).filter(|minutes| *minutes < 60)?
    };
    Some(sign * (hours * 60 + minutes) * 60_000)
}

fn midnight(year: i64, month: i64, day: i64) -> Option<Moment> {
    let in_month = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=in_month)
        .contains(&day)
        .then(|| Moment(days_before(year, month, day) * DAY_MS))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. The year is taken to begin in March,
/// so that the leap day comes last and the months before it have a fixed pattern.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

impl fmt::Display for Moment {
    /// The inverse of [`days_before`]: eras of 400 years, each of the same length.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(DAY_MS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = (march_month + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let ms = self.0.rem_euclid(DAY_MS);
        let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
        let (second, ms) = (ms / 1000 % 60, ms % 1000);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"
        )
    }
}

/// What of a text is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// What stands before and behind the first such byte.
    fn split_at_byte(&self, byte: u8) -> Option<(Rest<'a>, Rest<'a>)> {
        let place = self.0.iter().position(|other| *other == byte)?;
        let (before, behind) = self.0.split_at(place);
        Some((Rest(before), Rest(behind.get(1..)?)))
    }

    fn eat_all(&mut self, text: &str) -> bool {
        match self.0.strip_prefix(text.as_bytes()) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn is_end(&self) -> bool {
        self.0.is_empty()
    }

    fn eat(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn after(&mut self, byte: u8) -> Option<&mut Self> {
        self.eat(byte).then_some(self)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            let digit = char::from(*digit).to_digit(10)?;
            Some(number * 10 + i64::from(digit))
        })
    }

    /// One to nine digits behind the separator; those past the third are below a millisecond.
    fn fraction_ms(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let digits = (1..=9).contains(&count).then(|| self.digits(count))??;
        // OK because `count` is at most 9.
        Some((0..count).fold(digits * 1000, |ms, _| ms / 10))
    }
}
