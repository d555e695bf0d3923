//! Numbers compared by their digits: exact at any length.

use std::cmp::Ordering;

/// Which of two JSON numbers is less. Both are numbers: see [`Form::is_number`](crate::forms::Form).
pub(super) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let (one, other) = (Parts::of(one), Parts::of(other));
    let by_size = match one.sign {
        0 => Ordering::Equal,
        _ => one.magnitude.cmp(&other.magnitude).then_with(|| {
            let longest = one.n_digits().max(other.n_digits());
            one.digits().take(longest).cmp(other.digits().take(longest))
        }),
    };
    let by_sign = one.sign.cmp(&other.sign);
    by_sign.then(if one.sign < 0 {
        by_size.reverse()
    } else {
        by_size
    })
}

/// A number as its sign, its digits from the first that is not zero, and the place of the point.
struct Parts<'t> {
    /// -1, 0 or 1.
    sign: i8,
    whole: &'t [u8],
    fraction: &'t [u8],
    /// How many digits stand in front of the point once the exponent is applied; less than none where zeros
    /// follow it.
    magnitude: i64,
}

impl<'t> Parts<'t> {
    fn of(text: &'t [u8]) -> Self {
        let (is_negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let (mantissa, exponent) = split_at_byte(text, |byte| matches!(byte, b'e' | b'E'));
        let (whole, behind) = split_at_byte(mantissa, |byte| byte == b'.');
        let whole = without_zeros(whole);
        let (fraction, point) = match whole.len() {
            0 => {
                let fraction = without_zeros(behind);
                (fraction, fraction.len() as i64 - behind.len() as i64)
            }
            n_whole => (behind, n_whole as i64),
        };
        let is_zero = whole.is_empty() && fraction.is_empty();
        Self {
            sign: match (is_zero, is_negative) {
                (true, _) => 0,
                (false, true) => -1,
                (false, false) => 1,
            },
            whole,
            fraction,
            magnitude: point + exponent_of(exponent),
        }
    }

    fn n_digits(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    /// The digits, and zeros for ever.
    fn digits(&self) -> impl Iterator<Item = u8> {
        let digits = self.whole.iter().chain(self.fraction).copied();
        digits.chain(std::iter::repeat(b'0'))
    }
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let n_zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[n_zeros..]
}

/// What stands in front of the first such byte, and behind it.
fn split_at_byte(text: &[u8], is_border: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| is_border(*byte)) {
        Some(place) => (&text[..place], &text[place + 1..]),
        None => (text, &[]),
    }
}

/// The number behind the `e`, 0 where there is none. Numbers have at most six digits there.
fn exponent_of(text: &[u8]) -> i64 {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let number = digits
        .iter()
        .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    if is_negative { -number } else { number }
}

/// How many digits behind the point [`scaled`] keeps.
const SCALE: usize = 18;

const TENS: [i128; SCALE + 1] = {
    let mut tens = [1; SCALE + 1];
    let mut exponent = 1;
    while exponent <= SCALE {
        tens[exponent] = tens[exponent - 1] * 10;
        exponent += 1;
    }
    tens
};

/// The number times 10^18, for quick comparisons. `None` where it has an exponent or more than 18 digits.
#[inline(always)]
pub(super) fn scaled(text: &[u8]) -> Option<i128> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.len() > SCALE {
        return None;
    }
    let (mut number, mut n_behind, mut is_behind) = (0u64, 0, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + u64::from(byte - b'0');
                n_behind += usize::from(is_behind);
            }
            b'.' => is_behind = true,
            _ => return None,
        }
    }
    let number = i128::from(number) * TENS[SCALE - n_behind];
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number as its digits in front of the point and behind it, both filled up to 60.
    fn plain(text: &str) -> (bool, String) {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().unwrap();
        let zeros = "0".repeat(60);
        let digits = format!("{zeros}{whole}{fraction}{zeros}");
        let point = (60 + whole.len() as i64 + exponent) as usize;
        let (whole, fraction) = digits.split_at(point);
        (is_negative, format!("{whole:0>120}{fraction:0<120}"))
    }

    fn oracle(one: &str, other: &str) -> Ordering {
        let ((one_negative, one), (other_negative, other)) = (plain(one), plain(other));
        let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
        match (
            one_negative && !is_zero(&one),
            other_negative && !is_zero(&other),
        ) {
            (false, false) => one.cmp(&other),
            (true, true) => other.cmp(&one),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }

    const NUMBER: &str = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][-+]?[0-3]?[0-9])?|-?(0|[1-3])(\\.[0-2]{1,2})?(e[-+]?[0-2])?";

    proptest! {
        #[test]
        fn numbers_compare_as_their_digits_do(one in NUMBER, other in NUMBER) {
            prop_assert_eq!(compare(one.as_bytes(), other.as_bytes()), oracle(&one, &other));
            if let (Some(one_scaled), Some(other_scaled)) = (scaled(one.as_bytes()), scaled(other.as_bytes())) {
                prop_assert_eq!(one_scaled.cmp(&other_scaled), oracle(&one, &other));
            }
        }
    }

    #[test]
    fn usual_numbers_compare_quickly() {
        for text in ["0", "-1.10", "9007199254740.99", "123456789012345678"] {
            assert!(scaled(text.as_bytes()).is_some(), "{text}");
        }
        for text in ["1e5", "1234567890123456789"] {
            assert!(scaled(text.as_bytes()).is_none(), "{text}");
        }
    }
}
