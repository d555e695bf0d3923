//! Addresses as Braze takes them.

use wide::u8x16;

use super::at_most;

/// Whether `buffer[start..end]` has the shape of a mail address; see [`email`].
#[inline(always)]
pub(crate) fn is_email(buffer: &[u8], start: usize, end: usize) -> bool {
    is_plain_email(buffer, start, end - start) || email(&buffer[start..end])
}

/// Accepts up to 31 ASCII letters, digits and `._+-` with one `@`, where that is an address.
#[inline(always)]
fn is_plain_email(buffer: &[u8], start: usize, n_bytes: usize) -> bool {
    let Some(bytes) = buffer
        .get(start..)
        .and_then(|rest| rest.first_chunk::<32>())
    else {
        return false;
    };
    if n_bytes > 31 || n_bytes == 0 {
        return false;
    }
    let (mut at, mut dots, mut hyphens, mut words, mut others) = (0u32, 0u32, 0u32, 0u32, 0u32);
    let (lanes, _) = bytes.as_chunks::<16>();
    for (lane_idx, lane) in lanes.iter().enumerate() {
        let lane = u8x16::new(*lane);
        let letters = at_most((lane | u8x16::splat(0x20)) - u8x16::splat(b'a'), 25);
        let digits = at_most(lane - u8x16::splat(b'0'), 9);
        let place = |mask: u8x16| mask.to_bitmask() << (16 * lane_idx);
        at |= place(lane.simd_eq(u8x16::splat(b'@')));
        dots |= place(lane.simd_eq(u8x16::splat(b'.')));
        hyphens |= place(lane.simd_eq(u8x16::splat(b'-')));
        words |= place(letters | digits);
        others |= place(lane.simd_eq(u8x16::splat(b'_')) | lane.simd_eq(u8x16::splat(b'+')));
    }
    let all = (1u32 << n_bytes) - 1;
    at &= all;
    let is_covered = (at | dots | hyphens | words | others) & all == all;
    let has_one_at = at != 0 && at & (at - 1) == 0 && at != 1;
    let domain = all & !(at | at.wrapping_sub(1));
    let (dots, hyphens) = (dots & domain, hyphens & domain);
    let (first, last) = (at << 1, (all + 1) >> 1);
    let label_ends = first | last | (dots << 1) | (dots >> 1);
    let has_good_labels =
        dots != 0 && dots & (first | last | (dots << 1)) == 0 && hyphens & label_ends == 0;
    is_covered & has_one_at & has_good_labels & (others & domain == 0)
}

/// Whether a text has the shape of a mail address: one `@`; before it something without spaces,
/// control characters and ``,;<>"()[]\:``; behind it two or more labels with dots between, of letters,
/// digits, hyphens (not at a label's ends) and whatever is beyond ASCII.
#[cold]
pub(crate) fn email(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|byte| *byte == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let fits = |part: &[u8], class: u8| {
        part.iter()
            .fold(class, |all, byte| all & CLASSES[*byte as usize])
            != 0
    };
    !local.is_empty() && fits(local, LOCAL) && fits(domain, DOMAIN) && has_good_labels(domain)
}

/// What a byte may be part of.
const LOCAL: u8 = 1;
const DOMAIN: u8 = 2;
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_local = byte > 0x20
            && !matches!(
                byte as u8,
                0x7F | b',' | b';' | b'<' | b'>' | b'"' | b'(' | b')' | b'[' | b']' | b'\\' | b':'
            );
        let is_domain = byte >= 0x80
            || matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.');
        classes[byte] = if is_local { LOCAL } else { 0 } | if is_domain { DOMAIN } else { 0 };
        byte += 1;
    }
    classes
};

/// Two or more labels, none empty, none with a hyphen at its ends.
fn has_good_labels(domain: &[u8]) -> bool {
    let mut n_dots = 0;
    let mut before = b'.';
    for byte in domain {
        // A dot may not follow a dot or a hyphen, a hyphen not a dot.
        match (before, *byte) {
            (b'.' | b'-', b'.') | (b'.', b'-') => return false,
            (_, b'.') => n_dots += 1,
            _ => {}
        }
        before = *byte;
    }
    n_dots > 0 && !matches!(before, b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::in_buffer;

    #[test]
    fn emails() {
        for good in [
            "a@b.co",
            "ana.b+c@mail.example.com",
            "josé@exämple.org",
            "a'b@x-y.z9",
        ] {
            assert!(email(good.as_bytes()), "{good}");
        }
        for bad in [
            "", "a", "@b.co", "a@", "a@b", "a@b.", "a@.co", "a b@c.de", "a@b@c.de", "a@-b.de",
            "a@b-.de", "a@b c.de",
        ] {
            assert!(!email(bad.as_bytes()), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plainly_an_address_is_an_address(
            text in "[a-z.+_-]{0,4}@[a-z0-9.-]{0,6}(\\.[a-z-]{1,4})?|[a@. é,-]{0,8}|[a-z]{1,20}@[a-z]{1,12}\\.com",
            behind in "[a@.,-]{0,3}",
        ) {
            let (buffer, end) = in_buffer(&text, &behind);
            prop_assert!(!is_plain_email(&buffer, 0, end) || email(text.as_bytes()));
            prop_assert_eq!(is_email(&buffer, 0, end), email(text.as_bytes()));
        }
    }

    #[test]
    fn the_fast_way_takes_usual_addresses() {
        for text in ["ana.b+c@mail.example.com", "a@b.co", "a_b-c@x-y.z9"] {
            let (buffer, end) = in_buffer(text, ",");
            assert!(is_plain_email(&buffer, 0, end), "{text}");
        }
    }
}
