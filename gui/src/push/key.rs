//! The API key: a secret that no text of ours ever holds.
//!
//! It comes from a private file, from the environment, from the system's keychain, or from a prompt (see
//! [`key`](crate::key)); never from an argument, which every process of the machine can read. A `Debug` print shows dots, there is no `Display`, and errors
//! say where a key was looked for and nothing of what was found there.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The environment's variable that may hold the key.
pub const KEY_VARIABLE: &str = "BRAZE_API_KEY";

/// A Braze API key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Why there is no key. Holds nothing of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// It is named nowhere.
    Missing,
    /// The text is empty, too long, or holds what no key holds.
    Malformed {
        /// Where it came from.
        origin: String,
        /// What was found.
        found: &'static str,
    },
    /// Others than its owner may read the file.
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file cannot be read.
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(
                f,
                "found no API key, expected one in the file that --key-file names or in the \
                 environment as {KEY_VARIABLE}. Make one in Braze under Settings, API Keys, with the \
                 permission users.track"
            ),
            Self::Malformed { origin, found } => write!(
                f,
                "{origin}: found {found}, expected an API key and nothing else. Copy it from Braze \
                 once more (Settings, API Keys)"
            ),
            Self::Exposed { path, mode } => {
                let path = path.display();
                write!(
                    f,
                    "{path}: found a key file that others may read (mode {mode:03o}), expected one for \
                     its owner alone. Run: chmod 600 {path}"
                )
            }
            Self::Io { path, error } => write!(
                f,
                "{}: the key file cannot be read: {error}",
                path.display()
            ),
        }
    }
}

impl std::error::Error for KeyError {}

impl ApiKey {
    /// A longer text is no key: another file was named.
    pub(crate) const MOST_BYTES: usize = 512;

    /// A key that someone typed or pasted; spaces and line ends around it do not count.
    ///
    /// # Errors
    ///
    /// When the text cannot be a key.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        Self::of(text, "the key")
    }

    /// The key from its file if one is named, and from the environment otherwise.
    ///
    /// # Errors
    ///
    /// When there is none, it cannot be one, or others may read the file.
    pub fn find(file: Option<&Path>) -> Result<Self, KeyError> {
        match file {
            Some(path) => Self::from_file(path),
            None => {
                let value = env::var_os(KEY_VARIABLE).ok_or(KeyError::Missing)?;
                Self::from_variable(KEY_VARIABLE, &value)
            }
        }
    }

    /// The key that stands in this file, alone.
    ///
    /// # Errors
    ///
    /// When it cannot be read, others than its owner may read it, or it holds no key.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let fail = |error| KeyError::Io {
            path: path.to_owned(),
            error,
        };
        let file = File::open(path).map_err(fail)?;
        check_private(&file, path)?;
        let mut bytes = Vec::new();
        let read = file
            .take(Self::MOST_BYTES as u64 + 8)
            .read_to_end(&mut bytes);
        read.map_err(fail)?;
        let origin = path.display().to_string();
        match str::from_utf8(&bytes) {
            Ok(text) => Self::of(text, &origin),
            Err(_) => Err(malformed(&origin, "bytes that are no text")),
        }
    }

    /// The key that this variable of the environment holds.
    pub(crate) fn from_variable(name: &str, value: &OsStr) -> Result<Self, KeyError> {
        match value.to_str() {
            Some(text) => Self::of(text, name),
            None => Err(malformed(name, "bytes that are no text")),
        }
    }

    /// A key that comes from there.
    pub(crate) fn of(text: &str, origin: &str) -> Result<Self, KeyError> {
        let key = text.trim();
        if key.is_empty() {
            return Err(malformed(origin, "nothing"));
        }
        if key.len() > Self::MOST_BYTES {
            return Err(malformed(origin, "a text of more than 512 bytes"));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed(origin, "spaces, line breaks or accents"));
        }
        Ok(Self(key.to_owned()))
    }

    /// The key itself, for the one header that carries it and for the system's keychain.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// What tells it from other keys, and says nothing else of it: 32 bits of a hash with this salt.
    pub(crate) fn mark(&self, salt: u64) -> u32 {
        xxhash_rust::xxh3::xxh3_64_with_seed(self.0.as_bytes(), salt) as u32 // OK because half of it is enough
    }

    /// The text without the key, should anyone have repeated it, as it is or with characters of it
    /// escaped as in JSON. A key as short as the sandbox's is no secret, and may be a word.
    pub(crate) fn scrub(&self, text: &str) -> String {
        if self.0.len() < 12 {
            return text.to_owned();
        }
        let mut scrubbed = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            match after(rest, &self.0) {
                Some(behind) => {
                    scrubbed.push_str(DOTS);
                    rest = behind;
                }
                None => {
                    scrubbed.push(char);
                    rest = &rest[char.len_utf8()..];
                }
            }
        }
        scrubbed
    }
}

/// What follows the key in a text that starts with it.
fn after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let escaped = || {
        key.chars().try_fold(text, |rest, char| {
            let behind = rest.strip_prefix('\\');
            let escaped = behind.and_then(|behind| after_escaped(behind, char));
            escaped.or_else(|| rest.strip_prefix(char))
        })
    };
    text.strip_prefix(key).or_else(escaped)
}

/// What follows a character that JSON escapes as `\/` or `\u002F`; the text starts behind the backslash.
fn after_escaped(text: &str, char: char) -> Option<&str> {
    if matches!(char, '"' | '\\' | '/') && text.starts_with(char) {
        return text.strip_prefix(char);
    }
    let (digits, rest) = text.strip_prefix('u')?.split_at_checked(4)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    (code == u32::from(char)).then_some(rest)
}

const DOTS: &str = "••••";

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({DOTS})")
    }
}

fn malformed(origin: &str, found: &'static str) -> KeyError {
    KeyError::Malformed {
        origin: origin.to_owned(),
        found,
    }
}

#[cfg(unix)]
fn check_private(file: &File, path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|error| KeyError::Io {
        path: path.to_owned(),
        error,
    })?;
    // A pipe (as of `<(pass show braze)`) is nobody else's; permissions matter for what stays on disk.
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.is_file() && mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &File, _: &Path) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SECRET: &str = "0f9d-secret-77aa";

    #[test]
    fn spaces_around_a_key_do_not_count() {
        assert_eq!(
            ApiKey::new(&format!(" {SECRET}\r\n")).unwrap().secret(),
            SECRET
        );
        let variable = ApiKey::from_variable("X", SECRET.as_ref()).unwrap();
        assert_eq!(variable.secret(), SECRET);
    }

    #[test]
    fn no_text_holds_the_key() {
        let key = ApiKey::new(SECRET).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(••••)");
        assert_eq!(
            key.scrub(&format!("Invalid API key: {SECRET}")),
            "Invalid API key: ••••"
        );
        let escaped: String = SECRET
            .chars()
            .map(|char| format!("\\u{:04X}", u32::from(char)))
            .collect();
        let half = SECRET.replacen('s', "\\u0073", 1);
        assert_eq!(
            key.scrub(&format!("\\é{escaped}, {half}\\u00")),
            "\\é••••, ••••\\u00"
        );
        let key = ApiKey::new(r#"a/b"c\d-secret-77"#).unwrap();
        assert_eq!(key.scrub(r#"<a\/b\"c\\d-secret-77>"#), "<••••>");
        assert_eq!(key.scrub(r#"<a/b"c\d-secret-77>"#), "<••••>");
        let long = SECRET.repeat(100);
        let broken = format!("{SECRET} {SECRET}");
        for text in ["", " \n", &long, &broken, &format!("{SECRET}é")] {
            let error = ApiKey::new(text).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(!said.contains("secret"), "{said}");
            assert!(said.contains("expected an API key"), "{said}");
        }
    }

    #[test]
    fn a_missing_key_says_where_it_may_stand() {
        let said = KeyError::Missing.to_string();
        assert!(
            said.contains("--key-file") && said.contains(KEY_VARIABLE),
            "{said}"
        );
        let said = ApiKey::from_file(Path::new("/no/such/file")).unwrap_err();
        assert!(said.to_string().starts_with("/no/such/file: "), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, format!("{SECRET}\n")).unwrap();
        for (mode, is_fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match ApiKey::from_file(&path) {
                Ok(key) => assert!(is_fine && key.secret() == SECRET, "{mode:o}"),
                Err(error) => {
                    let said = format!("{error} {error:?}");
                    assert!(!is_fine && said.contains("chmod 600"), "{said}");
                    assert!(!said.contains("secret"), "{said}");
                }
            }
        }
    }
}
