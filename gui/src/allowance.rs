//! How many of some rows are meant by `10` or `1%`.

use std::fmt;
use std::str::FromStr;

/// So many, or such a part of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// None.
    #[default]
    Nothing,
    /// At most so many rows.
    Rows(u64),
    /// At most this part of all rows, in thousandths of a percent.
    Part(u64),
}

/// Thousandths of a percent in all rows.
const WHOLE: u64 = 100_000;

impl Allowance {
    /// Whether so many of these rows are within it.
    pub(crate) fn covers(self, count: u64, rows: u64) -> bool {
        match self {
            Self::Nothing => count == 0,
            Self::Rows(most) => count <= most,
            Self::Part(part) => {
                u128::from(count) * u128::from(WHOLE) <= u128::from(rows) * u128::from(part)
            }
        }
    }

    /// Whether so many of these are no fewer than it says.
    pub(crate) fn reaches(self, count: u64, of: u64) -> bool {
        match self {
            Self::Nothing => true,
            Self::Rows(least) => count >= least,
            Self::Part(part) => {
                u128::from(count) * u128::from(WHOLE) >= u128::from(of) * u128::from(part)
            }
        }
    }

    /// So many percent.
    pub(crate) const fn percent(percent: u64) -> Self {
        Self::Part(percent * 1000)
    }

    /// The part that this text says; a number of rows is none.
    pub(crate) fn part(text: &str) -> Result<Self, String> {
        let part = text
            .parse()
            .ok()
            .filter(|found| matches!(found, Self::Part(_)));
        part.ok_or_else(|| "expected a part from 0% to 100%, such as 50%".to_owned())
    }
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected a number of rows such as 10, or a part of them such as 1% or 0.5%";
        let found = match text.strip_suffix('%') {
            None => digits(text).map(Self::Rows),
            Some(percent) => thousandths(percent).map(Self::Part),
        };
        match found {
            Some(Self::Part(part)) if part > WHOLE => Err("expected at most 100%".to_owned()),
            found => found.ok_or_else(|| expected.to_owned()),
        }
    }
}

/// A number without a sign.
fn digits(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// `0.5` as 500. At most three digits behind the point.
fn thousandths(percent: &str) -> Option<u64> {
    let (whole, part) = percent.split_once('.').unwrap_or((percent, "0"));
    if part.is_empty() || part.len() > 3 {
        return None;
    }
    let part = digits(&format!("{part:0<3}"))?;
    digits(whole)?.checked_mul(1000)?.checked_add(part)
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("0"),
            Self::Rows(most) => write!(f, "{most}"),
            Self::Part(part) => {
                let fraction = format!("{:03}", part % 1000);
                match fraction.trim_end_matches('0') {
                    "" => write!(f, "{}%", part / 1000),
                    fraction => write!(f, "{}.{fraction}%", part / 1000),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_parts_are_read_and_shown() {
        for text in ["0", "12", "1%", "0.5%", "99.999%", "100%", "2.05%"] {
            assert_eq!(text.parse::<Allowance>().unwrap().to_string(), text);
        }
        for text in [
            "", "%", "-1", "+1", "1.5", "1.%", ".5%", "1.2345%", "100.001%", "x", "1 %", "1e3",
        ] {
            text.parse::<Allowance>().unwrap_err();
        }
    }

    #[test]
    fn the_border_is_within() {
        for (text, rejected, rows, is_covered) in [
            ("12", 12, 5000, true),
            ("11", 12, 5000, false),
            ("0.24%", 12, 5000, true),
            ("0.239%", 12, 5000, false),
            ("100%", u64::MAX, u64::MAX, true),
            ("0%", 0, 0, true),
            ("0", 1, 1, false),
        ] {
            let allowance: Allowance = text.parse().unwrap();
            assert_eq!(allowance.covers(rejected, rows), is_covered, "{text}");
        }
        assert!(Allowance::Nothing.covers(0, 9) && !Allowance::Nothing.covers(1, 9));
    }
}
