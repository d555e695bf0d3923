//! Who a row is about.
//!
//! Each identifier is a checked newtype: an object without a valid identity cannot be made. A user is
//! (kind, exact bytes); [`UserKey`] is its fixed-size stand-in wherever users are compared.

use std::fmt;

use crate::check;
use crate::wire::limits;

/// A user as one object of `/users/track` names it: exactly one identifier (POST /users/track).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// The customer's own id.
    ExternalId(ExternalId<'a>),
    /// Braze's id of the profile.
    BrazeId(BrazeId<'a>),
    /// A name under a label.
    UserAlias(UserAlias<'a>),
    /// A mail address, where there is nothing better.
    Email(Email<'a>),
    /// A phone number, where there is nothing better.
    Phone(Phone<'a>),
}

/// Why a text is no identifier of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityError {
    /// There is no text, or nothing but white space.
    Empty,
    /// More bytes than Braze takes.
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not of the shape.
    Malformed,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name<'a>(&'a [u8]);

        impl<'a> $name<'a> {
            /// Checks the text, which is UTF-8.
            #[inline]
            pub fn new(text: &'a [u8]) -> Result<Self, IdentityError> {
                let check: fn(&[u8]) -> Result<(), IdentityError> = $check;
                check(text).map(|()| Self(text))
            }

            /// The text, byte for byte.
            pub fn as_bytes(&self) -> &'a [u8] {
                self.0
            }
        }

        impl fmt::Debug for $name<'_> {
            /// Personal data: debug prints tell its length alone.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }
    };
}

identifier! {
    /// 1 to 987 bytes, and not all of them white space (POST /users/track).
    ExternalId, |text| filled(text, limits::EXTERNAL_ID_BYTES)
}
identifier! {
    /// Not blank; set by Braze.
    BrazeId, |text| filled(text, usize::MAX)
}
identifier! {
    /// One `@`, something before it, and two or more labels behind it.
    Email, |text| if check::email(text) { Ok(()) } else { Err(IdentityError::Malformed) }
}
identifier! {
    /// Holds a digit; Braze advises E.164.
    Phone, |text| if text.iter().any(u8::is_ascii_digit) { Ok(()) } else { Err(IdentityError::Malformed) }
}
identifier! {
    /// 1 to 236 bytes: the name or the label of an alias (user alias object).
    AliasPart, |text| filled(text, limits::ALIAS_BYTES)
}

/// A name under a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAlias<'a> {
    /// Unique under its label; case matters.
    pub name: AliasPart<'a>,
    /// What kind of name it is.
    pub label: AliasPart<'a>,
}

/// Whether a text is nothing, or nothing but white space: to Braze, which trims, the two are the same.
#[inline(always)]
pub(crate) fn is_blank(text: &[u8]) -> bool {
    match text.first() {
        None => true,
        // Nearly all texts begin like this.
        Some(b'!'..=b'~') => false,
        Some(_) => is_white(text),
    }
}

#[inline(never)]
fn is_white(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.trim().is_empty())
}

#[inline]
fn filled(text: &[u8], limit: usize) -> Result<(), IdentityError> {
    match text.len() {
        _ if is_blank(text) => Err(IdentityError::Empty),
        found if found > limit => Err(IdentityError::TooLong { found, limit }),
        _ => Ok(()),
    }
}

impl Identity<'_> {
    /// The user's key.
    #[inline]
    pub fn key(&self) -> UserKey {
        match self {
            Self::ExternalId(id) => UserKey::of(0, id.as_bytes()),
            Self::BrazeId(id) => UserKey::of(1, id.as_bytes()),
            Self::UserAlias(UserAlias { name, label }) => {
                // A length in front: no name and label run together like another pair.
                let mut text = (label.as_bytes().len() as u64).to_le_bytes().to_vec();
                text.extend_from_slice(label.as_bytes());
                text.extend_from_slice(name.as_bytes());
                UserKey::of(2, &text)
            }
            // Braze compares addresses without regard to case.
            Self::Email(email) => UserKey::of(3, &email.as_bytes().to_ascii_lowercase()),
            // And numbers without regard to what makes them easy to read.
            Self::Phone(phone) => {
                let text = phone.as_bytes();
                let is_spacing = |byte: &u8| b" -.()".contains(byte);
                match text.iter().any(is_spacing) {
                    true => {
                        let digits = text.iter().filter(|byte| !is_spacing(byte));
                        UserKey::of(4, &digits.copied().collect::<Vec<_>>())
                    }
                    false => UserKey::of(4, text),
                }
            }
        }
    }
}

/// A user in 128 bits: a hash of kind and bytes with a fixed seed, the same on every machine. Two
/// different users share one by chance only (1 in 10²⁰ for 10⁹ users).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey(u128);

impl UserKey {
    #[inline]
    fn of(kind: u64, text: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_128_with_seed(text, kind))
    }

    /// The key's bytes, for files of keys: the same order as the keys'.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// A hash of the user with one attribute; never 0.
    pub(crate) fn with(self, attribute: u32) -> u64 {
        let [high, low] = [(self.0 >> 64) as u64, self.0 as u64];
        let step = u64::from(attribute)
            .wrapping_add(1)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (high ^ low.rotate_left(32) ^ step).max(1)
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKey({:032x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_have_1_to_987_bytes() {
        for blank in ["", " ", "\t \n", "\u{A0}\u{2003}"] {
            let text = blank.as_bytes();
            assert_eq!(ExternalId::new(text), Err(IdentityError::Empty));
        }
        assert!(ExternalId::new(" é ".as_bytes()).is_ok());
        assert!(ExternalId::new(&[b'a'; 987]).is_ok());
        assert_eq!(
            ExternalId::new(&[b'a'; 988]),
            Err(IdentityError::TooLong {
                found: 988,
                limit: 987
            })
        );
    }

    #[test]
    fn keys_tell_kinds_bytes_and_parts_apart() {
        let alias = |name, label| {
            let part = |text| AliasPart::new(text).unwrap();
            Identity::UserAlias(UserAlias {
                name: part(name),
                label: part(label),
            })
            .key()
        };
        let external = |text| Identity::ExternalId(ExternalId::new(text).unwrap()).key();
        let braze = |text| Identity::BrazeId(BrazeId::new(text).unwrap()).key();
        let email = |text| Identity::Email(Email::new(text).unwrap()).key();
        assert_eq!(external(b"1"), external(b"1"));
        assert_ne!(external(b"1"), external(b"01"));
        assert_ne!(external(b"1"), braze(b"1"));
        assert_ne!(alias(b"ab", b"c"), alias(b"b", b"ca"));
        assert_eq!(email(b"Ana@Example.com"), email(b"ana@example.com"));
    }

    #[test]
    fn a_phone_number_is_one_however_it_is_spaced() {
        let phone = |text: &str| Identity::Phone(Phone::new(text.as_bytes()).unwrap()).key();
        for spaced in ["+1 555 010-9999", "+1 (555) 010.9999", " +15550109999"] {
            assert_eq!(phone(spaced), phone("+15550109999"), "{spaced}");
        }
        assert_ne!(phone("15550109999"), phone("+15550109999"));
        assert_ne!(phone("+15550109998"), phone("+15550109999"));
        let spaced = Phone::new(b"+1 555").unwrap();
        assert_eq!(spaced.as_bytes(), b"+1 555");
    }
}
