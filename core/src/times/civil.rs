//! Dates and times of day as they are written, and their place on the line of seconds. Integers alone.

/// Seconds from 1970 at which the year 0 begins.
pub(super) const FIRST_SECOND: i64 = -62_167_219_200;
/// Seconds from 1970 at which the year 3001 begins.
pub(super) const END_SECOND: i64 = 32_535_216_000;
/// The last year that Braze takes for a date; it stores a later one as plain text (user attributes object).
pub(super) const LAST_YEAR: u16 = 3000;

const SECONDS_A_DAY: i64 = 86_400;

/// A date and perhaps a time, as numbers: the shape was right, the numbers may still be out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) date: Date,
    /// `None` for a date alone.
    pub(super) clock: Option<Clock>,
    /// `None` where the text has no zone.
    pub(super) offset: Option<Offset>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) millis: u16,
}

/// How far a clock is from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) is_west: bool,
    pub(super) hours: u8,
    pub(super) minutes: u8,
}

impl Fields {
    /// Whether there are such a day, such a time of day and such an offset. There is no hour 24 and no
    /// second 60: the one is the next day, the other is no second of Braze's.
    #[inline]
    pub(super) fn is_in_range(&self) -> bool {
        self.date.exists()
            && self.clock.is_none_or(Clock::exists)
            && self.offset.is_none_or(Offset::exists)
    }
}

impl Date {
    pub(super) fn exists(self) -> bool {
        (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= days_of_month(self.year, self.month)
    }

    /// Days from 1970-01-01. The date exists.
    fn days(self) -> i64 {
        // The year begins in March, so that the day that comes and goes is its last. 400 years are an era.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The date so many days from 1970-01-01, in the years from 0 to 3000: they fit.
    fn of_days(days: i64) -> Self {
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        }
    }

    /// `yyyy-MM-dd`
    pub(super) fn write(self, out: &mut [u8; 10]) {
        let [century, year] = [self.year / 100, self.year % 100].map(|part| part as u8);
        let ([y1, y2], [y3, y4]) = (pair(century), pair(year));
        let ([m1, m2], [d1, d2]) = (pair(self.month), pair(self.day));
        *out = [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2];
    }
}

impl Clock {
    fn exists(self) -> bool {
        self.hour < 24 && self.minute < 60 && self.second < 60
    }
}

impl Offset {
    /// As RFC 3339 has it: at most 23 hours and 59 minutes.
    pub(super) fn exists(self) -> bool {
        self.hours < 24 && self.minutes < 60
    }

    /// Seconds that its clocks are ahead of UTC.
    pub(super) fn seconds(self) -> i64 {
        let seconds = i64::from(self.hours) * 3600 + i64::from(self.minutes) * 60;
        if self.is_west { -seconds } else { seconds }
    }
}

/// The seconds from 1970 at which a clock in UTC shows this. Date and time exist.
pub(super) fn seconds(date: Date, clock: Clock) -> i64 {
    let hours = date.days() * 24 + i64::from(clock.hour);
    (hours * 60 + i64::from(clock.minute)) * 60 + i64::from(clock.second)
}

/// What a clock in UTC shows so many seconds from 1970, in the years from 0 to 3000.
pub(super) fn of_seconds(seconds: i64, millis: u16) -> (Date, Clock) {
    let second_of_day = seconds.rem_euclid(SECONDS_A_DAY);
    let clock = Clock {
        hour: (second_of_day / 3600) as u8,
        minute: (second_of_day / 60 % 60) as u8,
        second: (second_of_day % 60) as u8,
        millis,
    };
    (Date::of_days(seconds.div_euclid(SECONDS_A_DAY)), clock)
}

/// `yyyy-MM-ddTHH:mm:ssZ`, or `….fffZ` with milliseconds. Answers with the number of bytes.
pub(super) fn write_time(date: Date, clock: Clock, out: &mut [u8; 32]) -> usize {
    let (day, rest) = out.split_first_chunk_mut().expect("32 bytes hold 10");
    date.write(day);
    let [h1, h2] = pair(clock.hour);
    let ([m1, m2], [s1, s2]) = (pair(clock.minute), pair(clock.second));
    rest[..9].copy_from_slice(&[b'T', h1, h2, b':', m1, m2, b':', s1, s2]);
    if clock.millis == 0 {
        rest[9] = b'Z';
        return 20;
    }
    let [f2, f3] = pair((clock.millis % 100) as u8);
    let f1 = b'0' + (clock.millis / 100) as u8;
    rest[9..14].copy_from_slice(&[b'.', f1, f2, f3, b'Z']);
    24
}

/// Two digits of a number below 100.
fn pair(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day there is, in order: no day is left out, none comes twice.
    #[test]
    fn days_and_dates_are_each_others_inverse() {
        let mut days = FIRST_SECOND / SECONDS_A_DAY;
        for year in 0..=LAST_YEAR {
            for month in 1..=12 {
                for day in 1..=days_of_month(year, month) {
                    let date = Date { year, month, day };
                    assert_eq!((date.days(), Date::of_days(days)), (days, date));
                    days += 1;
                }
            }
        }
        assert_eq!(days, END_SECOND / SECONDS_A_DAY);
    }
}
