//! Dates and times in the usual forms, by counting days one year after the other.

/// What stands in a cell, as numbers.
struct Clock {
    year: i64,
    month: i64,
    day: i64,
    /// Since midnight.
    seconds: i64,
    millis: i64,
    /// Seconds ahead of UTC.
    offset: Option<i64>,
}

/// The date in a cell, as `yyyy-MM-dd`: the day that is written, whatever stands behind it.
pub(super) fn date(cell: &str) -> Result<String, &'static str> {
    let clock = clock(cell).ok_or("bad-date")?;
    if clock.year > 3000 {
        return Err("year-out-of-range");
    }
    Ok(cell[..10].to_owned())
}

/// The time in a cell, in UTC.
pub(super) fn time(cell: &str, is_utc: bool) -> Result<String, &'static str> {
    let is_epoch = !cell.starts_with('0') && cell.bytes().all(|byte| byte.is_ascii_digit());
    let (seconds, millis) = match cell.len() {
        10 if is_epoch => (cell.parse().map_err(|_| "bad-time")?, 0),
        13 if is_epoch => {
            let millis: i64 = cell.parse().map_err(|_| "bad-time")?;
            (millis / 1000, millis % 1000)
        }
        _ => {
            let clock = clock(cell).ok_or("bad-time")?;
            let utc = is_utc.then_some(0);
            let offset = clock.offset.or(utc).ok_or("time-without-zone")?;
            let days = days_before(clock.year, clock.month) + clock.day - 1;
            (days * 86_400 + clock.seconds - offset, clock.millis)
        }
    };
    let (mut days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    if days < days_before(0, 1) || days >= days_before(3001, 1) {
        return Err("year-out-of-range");
    }
    // A year that is certainly not too late.
    let mut year = 1970 + days / if days < 0 { 365 } else { 366 } - 2;
    while days_before(year + 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_before(year, month + 1) <= days {
        month += 1;
    }
    days -= days_before(year, month);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let fraction = if millis == 0 {
        String::new()
    } else {
        format!(".{millis:03}")
    };
    Ok(format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{:02}{fraction}Z",
        days + 1,
        second % 60
    ))
}

/// Days from 1970 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let leap_days = |year: i64| {
        let last = year - 1;
        last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400)
    };
    let days = 365 * (year - 1970) + leap_days(year) - leap_days(1970);
    days + (1..month)
        .map(|month| days_of_month(year, month))
        .sum::<i64>()
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `yyyy-MM-dd`, perhaps a time of day behind `T` or a space, and perhaps an offset: all of it in range.
fn clock(cell: &str) -> Option<Clock> {
    let (date, behind) = cell.split_at_checked(10)?;
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let mut clock = Clock {
        year,
        month,
        day,
        seconds: 0,
        millis: 0,
        offset: None,
    };
    if behind.is_empty() {
        return Some(clock);
    }
    let behind = behind.strip_prefix(['T', ' '])?;
    let end = behind.find(|char: char| !char.is_ascii_digit() && !".,:".contains(char));
    let (time, zone) = behind.split_at(end.unwrap_or(behind.len()));
    let (time, fraction) = match time.split_once(['.', ',']) {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let parts: Vec<&str> = time.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute] if fraction.is_none() => (number(hour, 2)?, number(minute, 2)?, 0),
        [hour, minute, second] => (number(hour, 2)?, number(minute, 2)?, number(second, 2)?),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let Some(fraction) = fraction {
        number(fraction, fraction.len())?;
        if fraction.is_empty() || fraction.len() > 9 {
            return None;
        }
        clock.millis = format!("{fraction}00")[..3].parse().ok()?;
    }
    clock.seconds = hour * 3600 + minute * 60 + second;
    clock.offset = offset(zone)?;
    Some(clock)
}

/// Nothing, or perhaps a space and `Z`, `UTC`, `±HH`, `±HHmm` or `±HH:mm`.
fn offset(zone: &str) -> Option<Option<i64>> {
    if zone.is_empty() {
        return Some(None);
    }
    let zone = zone.strip_prefix(' ').unwrap_or(zone);
    if zone == "Z" || zone == "UTC" {
        return Some(Some(0));
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = match minutes {
        "" => 0,
        minutes => number(minutes.strip_prefix(':').unwrap_or(minutes), 2)?,
    };
    let hours = number(hours, 2)?;
    (hours < 24 && minutes < 60).then_some(Some(sign * (hours * 3600 + minutes * 60)))
}

/// A number of exactly so many digits.
fn number(digits: &str, n_digits: usize) -> Option<i64> {
    let is_number = digits.len() == n_digits && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}
