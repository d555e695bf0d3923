//! Numbers as JSON has them. They stay text: what is said about them is said by their digits.

use wide::u8x16;

use super::at_most;

/// Whether `buffer[start..end]` is one JSON number.
#[inline(always)]
pub(crate) fn is_number(buffer: &[u8], start: usize, end: usize) -> bool {
    is_plain_number(buffer, start, end - start) || number(&buffer[start..end])
}

/// Accepts up to 15 characters of `-`, digits and one dot, where that is a number.
#[inline(always)]
fn is_plain_number(buffer: &[u8], start: usize, n_bytes: usize) -> bool {
    let Some(bytes) = buffer
        .get(start..)
        .and_then(|rest| rest.first_chunk::<16>())
    else {
        return false;
    };
    if n_bytes > 15 {
        return false;
    }
    let lane = u8x16::new(*bytes);
    let all = (1u32 << n_bytes) - 1;
    let digits = at_most(lane - u8x16::splat(b'0'), 9).to_bitmask() & all;
    let zeros = lane.simd_eq(u8x16::splat(b'0')).to_bitmask();
    let dots = lane.simd_eq(u8x16::splat(b'.')).to_bitmask() & all;
    let minus = u32::from(bytes[0] == b'-') & all;
    let rest = all & !minus;
    let first = rest & rest.wrapping_neg();
    let ends = first | ((all + 1) >> 1);
    let is_covered = digits | dots | minus == all;
    let has_one_dot_inside = dots & dots.wrapping_sub(1) == 0 && dots & ends == 0;
    let has_leading_zero = zeros & first != 0 && digits & (first << 1) != 0;
    (rest != 0) & is_covered & has_one_dot_inside & !has_leading_zero
}

/// Whether the bytes are one JSON number below 10³⁰⁸, where doubles end: a reader may refuse a whole body
/// for a larger one.
#[cold]
pub(crate) fn number(text: &[u8]) -> bool {
    is_json(text) && !overflows(text)
}

/// Whether the bytes are one JSON number, as RFC 8259 §6 writes it.
#[cold]
pub(crate) fn is_json(text: &[u8]) -> bool {
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let n_whole = n_digits(rest);
    if n_whole == 0 || (n_whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[n_whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n_fraction = n_digits(fraction);
        if n_fraction == 0 {
            return false;
        }
        rest = &fraction[n_fraction..];
    }
    rest.is_empty() || is_exponent(rest)
}

/// Whether a number is beyond what doubles reach, or nearly.
fn overflows(number: &[u8]) -> bool {
    let number = std::str::from_utf8(number).unwrap_or_default();
    magnitude(number).is_some_and(|magnitude| magnitude > 307)
}

/// `e5`, `E+5`, `e-5`
#[cold]
fn is_exponent(text: &[u8]) -> bool {
    let Some((b'e' | b'E', rest)) = text.split_first() else {
        return false;
    };
    let digits = match rest {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    !digits.is_empty() && n_digits(digits) == digits.len()
}

/// How many digits the text starts with.
#[inline(always)]
pub(crate) fn n_digits(text: &[u8]) -> usize {
    text.iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len())
}

/// Whether a JSON number is a whole one, written without dot and exponent.
pub(crate) fn is_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a JSON number probably does not come through unchanged: whole numbers beyond 2⁵³, and others
/// of more than 15 significant digits or beyond what doubles reach (data types: 15 digits).
pub(crate) fn loses_digits(number: &str) -> bool {
    const MOST: &str = "9007199254740992";
    let number = number.strip_prefix('-').unwrap_or(number);
    if is_integer(number) {
        let digits = number.trim_start_matches('0');
        return digits.len() > MOST.len() || (digits.len() == MOST.len() && digits > MOST);
    }
    let mantissa = number.split(['e', 'E']).next().unwrap_or(number);
    let digits = || mantissa.bytes().filter(u8::is_ascii_digit);
    let (Some(magnitude), Some(first)) =
        (magnitude(number), digits().position(|digit| digit != b'0'))
    else {
        return false; // Zero is zero at any exponent.
    };
    let n_zeros = digits().rev().take_while(|digit| *digit == b'0').count();
    let last = digits().count() - 1 - n_zeros;
    last - first >= 15 || !(-307..=308).contains(&magnitude)
}

/// The power of ten of a number's first digit that is not 0; `None` for zero.
fn magnitude(number: &str) -> Option<i64> {
    let number = number.strip_prefix('-').unwrap_or(number);
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = whole.bytes().chain(fraction.bytes());
    let first = digits.position(|digit| digit != b'0')?;
    // Exponents of more digits than an i64 holds are as far away as can be, in their direction.
    let exponent: i64 = exponent.parse().unwrap_or(match exponent.as_bytes() {
        [b'-', ..] => i64::MIN,
        _ => i64::MAX,
    });
    Some(exponent.saturating_add(whole.len() as i64 - 1 - first as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::in_buffer;

    #[test]
    fn numbers_are_those_that_serde_json_takes() {
        for text in [
            "0",
            "-0",
            "1",
            "10",
            "1.10",
            "-1.5e10",
            "1E+5",
            "1e-5",
            "01",
            "+1",
            ".5",
            "5.",
            "1e",
            "1e+",
            "",
            "-",
            "1 ",
            " 1",
            "0x1",
            "NaN",
            "1,5",
            "--1",
            "1.5.5",
            "00",
            "-01",
            "12345678901234567890",
            "1e10e1",
        ] {
            let oracle =
                text.trim() == text && serde_json::from_str::<serde_json::Number>(text).is_ok();
            assert_eq!(number(text.as_bytes()), oracle, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plainly_a_number_is_a_number(text in "-?[0-9.]{0,17}|[-+0-9.e]{0,6}", behind in "[-0-9.,]{0,3}") {
            let (buffer, end) = in_buffer(&text, &behind);
            prop_assert!(!is_plain_number(&buffer, 0, end) || number(text.as_bytes()));
            prop_assert_eq!(is_number(&buffer, 0, end), number(text.as_bytes()));
            if number(text.as_bytes()) && text.len() <= 15 && !text.contains('e') {
                prop_assert!(is_plain_number(&buffer, 0, end), "the fast way takes what it is made for");
            }
        }
    }

    #[test]
    fn digits_that_are_lost() {
        for kept in [
            "0",
            "-9007199254740992",
            "123456789012345.0",
            "1.10",
            "0.000000000123456789012345",
            "0e999999999999999999999",
            "1e5",
            "1.5E-10",
            "-1.7e308",
            "9007199254740991",
        ] {
            assert!(!loses_digits(kept), "{kept}");
        }
        for lost in [
            "9007199254740993",
            "-9007199254740993",
            "12345678901234567",
            "1.2345678901234567",
            "1234567890123456.5",
            "1e400",
            "1e-400",
            "1e99999999999999999999",
            "0.1e-99999999999999999999",
        ] {
            assert!(loses_digits(lost), "{lost}");
        }
        assert!(is_integer("-12") && !is_integer("1.0") && !is_integer("1e2") && !is_integer("-"));
    }
}
