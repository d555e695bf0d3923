//! The closed list of forms that need no `format`: ISO 8601 and its usual relatives, and epochs.

use super::civil::{Clock, Date, Fields, Offset};

/// A time as a cell has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A date, perhaps a time of day, perhaps an offset. The numbers may be out of range.
    Civil(Fields),
    /// So long after 1970 in UTC.
    Epoch { seconds: i64, millis: u16 },
}

/// Reads one of the forms of the list, or nothing.
#[inline]
pub(super) fn read(text: &[u8]) -> Option<Moment> {
    match text.get(4) {
        Some(b'-') => civil(text).map(Moment::Civil),
        _ => epoch(text),
    }
}

/// `yyyy-MM-dd`, and perhaps `T` or a space and a time of day, and perhaps a zone.
#[inline]
pub(super) fn civil(text: &[u8]) -> Option<Fields> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let date = iso_date(date)?;
    let (clock, offset) = match rest {
        [] => (None, None),
        [b'T' | b' ', rest @ ..] => {
            let (clock, rest) = clock(rest)?;
            (Some(clock), zone(rest)?)
        }
        _ => return None,
    };
    Some(Fields {
        date,
        clock,
        offset,
    })
}

#[inline]
fn iso_date(text: &[u8; 10]) -> Option<Date> {
    let [y1, y2, y3, y4, _, m1, m2, _, d1, d2] = digits(text, b"0000-00-00")?;
    let (century, year) = (y1 * 10 + y2, y3 * 10 + y4);
    Some(Date {
        year: u16::from(century) * 100 + u16::from(year),
        month: m1 * 10 + m2,
        day: d1 * 10 + d2,
    })
}

/// `HH:mm`, `HH:mm:ss`, and a fraction of 1 to 9 digits behind a dot or a comma.
#[inline]
fn clock(text: &[u8]) -> Option<(Clock, &[u8])> {
    let with_seconds = text.split_first_chunk::<8>();
    if let Some(([.., b':', _, _], _)) = with_seconds {
        let (clock, rest) = with_seconds?;
        let [h1, h2, _, m1, m2, _, s1, s2] = digits(clock, b"00:00:00")?;
        let clock = Clock {
            hour: h1 * 10 + h2,
            minute: m1 * 10 + m2,
            second: s1 * 10 + s2,
            millis: 0,
        };
        return with_fraction(clock, rest);
    }
    let (clock, rest) = text.split_first_chunk::<5>()?;
    let [h1, h2, _, m1, m2] = digits(clock, b"00:00")?;
    let clock = Clock {
        hour: h1 * 10 + h2,
        minute: m1 * 10 + m2,
        ..Clock::default()
    };
    Some((clock, rest))
}

#[inline]
fn with_fraction(clock: Clock, text: &[u8]) -> Option<(Clock, &[u8])> {
    let [b'.' | b',', fraction @ ..] = text else {
        return Some((clock, text));
    };
    let (fraction, rest) = fraction.split_at(n_digits(fraction));
    let millis = millis(fraction)?;
    Some((Clock { millis, ..clock }, rest))
}

/// The digits of a text that has digits where the model has `0`, and is like the model elsewhere. Without a
/// branch for each byte: a column has one form, and its digits follow no rule.
#[inline(always)]
fn digits<const N: usize>(text: &[u8; N], model: &[u8; N]) -> Option<[u8; N]> {
    let mut digits = *text;
    let mut fits = true;
    for (byte, model) in digits.iter_mut().zip(model) {
        *byte ^= model;
        fits &= *byte <= if *model == b'0' { 9 } else { 0 };
    }
    fits.then_some(digits)
}

/// The milliseconds of a fraction of 1 to 9 digits; what is finer is cut.
pub(super) fn millis(fraction: &[u8]) -> Option<u16> {
    match *fraction {
        [a] => number([a, b'0', b'0']),
        [a, b] => number([a, b, b'0']),
        [a, b, c, ref finer @ ..] if finer.len() <= 6 && n_digits(finer) == finer.len() => {
            number([a, b, c])
        }
        _ => None,
    }
}

/// Nothing, or perhaps one space and `Z`, `UTC`, or a numeric offset.
#[inline]
fn zone(text: &[u8]) -> Option<Option<Offset>> {
    match text {
        [] => Some(None),
        b"Z" | b" Z" | b"UTC" | b" UTC" => Some(Some(Offset::default())),
        _ => {
            let (offset, rest) = offset(text.strip_prefix(b" ").unwrap_or(text))?;
            rest.is_empty().then_some(Some(offset))
        }
    }
}

/// `±HH`, `±HHmm` or `±HH:mm` at the start of a text, and what comes behind it.
pub(super) fn offset(text: &[u8]) -> Option<(Offset, &[u8])> {
    let ([sign @ (b'+' | b'-'), h1, h2], rest) = text.split_first_chunk::<3>()? else {
        return None;
    };
    let whole = Offset {
        is_west: *sign == b'-',
        hours: pair([*h1, *h2])?,
        minutes: 0,
    };
    let minutes = rest.strip_prefix(b":").unwrap_or(rest);
    let found = minutes
        .split_first_chunk::<2>()
        .and_then(|(minutes, rest)| Some((pair(*minutes)?, rest)));
    Some(match found {
        Some((minutes, rest)) => (Offset { minutes, ..whole }, rest),
        None => (whole, rest),
    })
}

/// Seconds (10 digits) or milliseconds (13 digits) since 1970, from 2001 on: without a leading zero.
fn epoch(text: &[u8]) -> Option<Moment> {
    let [b'1'..=b'9', ..] = text else {
        return None;
    };
    match text.len() {
        10 => epoch_seconds(text),
        13 => epoch_millis(text),
        _ => None,
    }
}

/// Any number of digits, perhaps behind a minus.
pub(super) fn epoch_seconds(text: &[u8]) -> Option<Moment> {
    let seconds = whole(text)?;
    Some(Moment::Epoch { seconds, millis: 0 })
}

/// Any number of digits, perhaps behind a minus.
pub(super) fn epoch_millis(text: &[u8]) -> Option<Moment> {
    let millis = whole(text)?;
    Some(Moment::Epoch {
        seconds: millis.div_euclid(1000),
        millis: millis.rem_euclid(1000) as u16,
    })
}

/// A whole number; one that is too large for any year is the largest.
fn whole(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || n_digits(digits) < digits.len() {
        return None;
    }
    let add = |sum: i64, digit: &u8| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    };
    let number = digits.iter().fold(0, add);
    Some(if digits.len() < text.len() {
        -number
    } else {
        number
    })
}

/// How many digits the text starts with.
pub(super) fn n_digits(text: &[u8]) -> usize {
    text.iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len())
}

/// The number that so few digits make: at most four, so that it fits.
#[inline]
pub(super) fn number<const N: usize>(digits: [u8; N]) -> Option<u16> {
    const { assert!(N <= 4) };
    let mut number = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u16::from(digit);
    }
    Some(number)
}

/// The number that two digits make.
#[inline]
pub(super) fn pair(digits: [u8; 2]) -> Option<u8> {
    number(digits).map(|number| number as u8)
}

/// What a cell's text looks like to one who does not know its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `yyyy-MM-dd`
    Date,
    /// A date with a time of day.
    Time {
        /// Whether an offset, `Z` or `UTC` stands behind it.
        has_zone: bool,
    },
    /// Ten digits, from 2001 on.
    EpochSeconds,
    /// Thirteen digits, from 2001 on.
    EpochMillis,
    /// Three numbers with slashes between, and perhaps something behind a space: which one is the month
    /// only a `format` can say.
    SlashDate,
}

/// The form of a text, where it is one of the list and there is such a day and time.
pub(crate) fn seen_as(text: &[u8]) -> Option<Form> {
    match read(text) {
        Some(Moment::Civil(fields)) if fields.is_in_range() => Some(match fields.clock {
            None => Form::Date,
            Some(_) => Form::Time {
                has_zone: fields.offset.is_some(),
            },
        }),
        Some(Moment::Civil(_)) => None,
        Some(Moment::Epoch { .. }) if text.len() == 10 => Some(Form::EpochSeconds),
        Some(Moment::Epoch { .. }) => Some(Form::EpochMillis),
        None => is_slash_date(text).then_some(Form::SlashDate),
    }
}

/// `1/2/24`, `01/02/2024 10:00`, `2024/1/2`
fn is_slash_date(text: &[u8]) -> bool {
    let date = text.split(|byte| *byte == b' ').next().unwrap_or(text);
    let mut parts = date.split(|byte| *byte == b'/');
    let lengths = [parts.next(), parts.next(), parts.next()].map(|part| match part {
        Some(part) if n_digits(part) == part.len() => part.len(),
        _ => 0,
    });
    parts.next().is_none() && matches!(lengths, [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2])
}
