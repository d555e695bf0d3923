//! Dates and times of day as they are written, and their place on the line of seconds. Integers alone.

/// Seconds from 1970 at which the year 0 begins.
pub(super) const FIRST_SECOND: i64 = -62_167_219_200;
/// Seconds from 1970 at which the year 3001 begins.
pub(super) const END_SECOND: i64 = 32_535_216_000;
/// The last year that Braze takes for a date; it stores a later one as plain text (user attributes object).
pub(super) const LAST_YEAR: u16 = 3000;

const SECONDS_A_DAY: i64 = 86_400;
/// Seconds from 1970 to the first of March in the year -400, where days are counted from.
const FIRST_MARCH: i64 = -(719_468 + 146_097) * SECONDS_A_DAY;

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
    #[inline]
    pub(super) fn exists(self) -> bool {
        (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= days_of_month(self.year, self.month)
    }

    /// Days from the first of March in the year -400. The date exists.
    #[inline]
    fn days(self) -> u32 {
        // The year begins in March, so that the day that comes and goes is its last.
        let year = u32::from(self.year) + 400 - u32::from(self.month <= 2);
        let month = (u32::from(self.month) + 9) % 12;
        let leap_days = year / 4 - year / 100 + year / 400;
        year * 365 + leap_days + (153 * month + 2) / 5 + u32::from(self.day) - 1
    }

    /// The date so many days from the first of March in the year -400; not before the year 0.
    #[inline]
    fn of_days(days: u32) -> Self {
        // 400 years are an era of 146097 days.
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year_of_era + u32::from(month <= 2) - 400;
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        }
    }

    /// `yyyy-MM-dd`
    #[inline]
    pub(super) fn write(self, out: &mut [u8; 10]) {
        let [century, year] = [self.year / 100, self.year % 100].map(|part| part as u8);
        let ([y1, y2], [y3, y4]) = (pair(century), pair(year));
        let ([m1, m2], [d1, d2]) = (pair(self.month), pair(self.day));
        *out = [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2];
    }
}

impl Clock {
    #[inline]
    fn exists(self) -> bool {
        self.hour < 24 && self.minute < 60 && self.second < 60
    }
}

impl Offset {
    /// As RFC 3339 has it: at most 23 hours and 59 minutes.
    #[inline]
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
#[inline]
pub(super) fn seconds(date: Date, clock: Clock) -> i64 {
    let minute_of_day = u32::from(clock.hour) * 60 + u32::from(clock.minute);
    let second_of_day = minute_of_day * 60 + u32::from(clock.second);
    i64::from(date.days()) * SECONDS_A_DAY + i64::from(second_of_day) + FIRST_MARCH
}

/// What a clock in UTC shows so many seconds from 1970, in the years from 0 to 3000.
#[inline]
pub(super) fn of_seconds(seconds: i64, millis: u16) -> (Date, Clock) {
    let seconds = seconds - FIRST_MARCH;
    let (days, second_of_day) = (seconds / SECONDS_A_DAY, (seconds % SECONDS_A_DAY) as u32);
    let minute_of_day = second_of_day / 60;
    let clock = Clock {
        hour: (minute_of_day / 60) as u8,
        minute: (minute_of_day % 60) as u8,
        second: (second_of_day % 60) as u8,
        millis,
    };
    (Date::of_days(days as u32), clock)
}

/// `yyyy-MM-ddTHH:mm:ssZ`, or `….fffZ` with milliseconds. Answers with the number of bytes.
#[inline]
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
#[inline]
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
        let day = |second| u32::try_from((second - FIRST_MARCH) / SECONDS_A_DAY).unwrap();
        let mut days = day(FIRST_SECOND);
        for year in 0..=LAST_YEAR {
            for month in 1..=12 {
                for day in 1..=days_of_month(year, month) {
                    let date = Date { year, month, day };
                    assert_eq!((date.days(), Date::of_days(days)), (days, date));
                    days += 1;
                }
            }
        }
        assert_eq!(days, day(END_SECOND));
    }
}
