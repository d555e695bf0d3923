//! What can be the name of a workspace, and when two are one.

use std::fmt;
use std::str::FromStr;

use aiq_braze::diag::quote;

use super::{HomeError, Workspace};

const MOST_CHARACTERS: usize = 64;

/// Names that mean something else: to the program, or as a file to Windows.
const RESERVED: &[&str] = &["sandbox", "con", "prn", "aux", "nul"];

/// What can be the name of a workspace.
#[derive(Clone, Debug)]
pub(super) struct Name(pub(super) String);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = HomeError;

    fn from_str(text: &str) -> Result<Self, HomeError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.is_empty() || text.len() > MOST_CHARACTERS || !text.bytes().all(is_plain) {
            return Err(HomeError::of(format_args!(
                "found the name {}, expected 1 to {MOST_CHARACTERS} of the letters A to Z, digits, - and _, \
                 such as eu-live",
                quote(text)
            )));
        }
        if is_reserved(&text.to_ascii_lowercase()) {
            return Err(HomeError::of(format_args!(
                "found the name {}, which means something else, expected another one, such as eu-live",
                quote(text)
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

/// `com1` and `lpt9` are ports to Windows, whatever the folder.
fn is_reserved(name: &str) -> bool {
    let port = name.strip_prefix("com").or(name.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']));
    is_port || RESERVED.contains(&name)
}

/// Whether two names are one. `-` and `_` are, too: the environment's variables know `_` alone.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    plain(one) == plain(other)
}

pub(super) fn refuse_taken<'n>(
    name: &str,
    taken: impl Iterator<Item = &'n str>,
) -> Result<(), HomeError> {
    let mut taken = taken;
    match taken.find(|taken| is_same(taken, name)) {
        Some(taken) => Err(HomeError::of(format_args!(
            "found the name {name}, expected one that no other workspace has: {taken} is there (capitals make \
             no difference, nor do - and _). Choose another name, or remove that workspace first"
        ))),
        None => Ok(()),
    }
}

pub(super) fn unknown(name: &str, known: &[Workspace]) -> HomeError {
    let names: Vec<_> = known.iter().map(Workspace::name).collect();
    let known = match names.is_empty() {
        true => "there is none yet".to_owned(),
        false => format!("there are {}", names.join(", ")),
    };
    HomeError::of(format_args!(
        "found no workspace {}, expected the name of one: {known}. Add one: aiq-braze workspace add NAME \
         --endpoint WHERE",
        quote(name)
    ))
}
