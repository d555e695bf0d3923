//! The API key: where one may be found.
//!
//! In this order: the file that was named; the environment's variable of the workspace; the environment's
//! variable for all; the system's keychain, which keeps one for each workspace. The first that holds
//! something is taken: what is wrong with it is told, and no other is tried in its place. Who sits at a
//! terminal may be asked after all of them.

mod keychain;
#[cfg(all(feature = "keychain", target_os = "macos"))]
mod macos;
#[cfg(not(feature = "keychain"))]
mod none;
#[cfg(all(feature = "keychain", unix, not(target_os = "macos")))]
mod secret_service;
#[cfg(all(feature = "keychain", windows))]
mod windows;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

pub use self::keychain::{KeychainError, erase, keep};
use crate::push::{ApiKey, KEY_VARIABLE, KeyError};

/// Where a key came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The file that was named.
    File(PathBuf),
    /// This variable of the environment.
    Variable(String),
    /// The system's keychain.
    Keychain,
    /// Somebody typed it.
    Typed,
}

impl KeySource {
    /// The kind of it, for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Variable(_) => "environment",
            Self::Keychain => "keychain",
            Self::Typed => "typed",
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the environment's {name}"),
            Self::Keychain => f.write_str("the system's keychain"),
            Self::Typed => f.write_str("the terminal"),
        }
    }
}

/// A key and where it came from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The key.
    pub key: ApiKey,
    /// Where it came from.
    pub source: KeySource,
}

/// Why no key was found. Holds nothing of one.
#[derive(Debug)]
pub enum FindError {
    /// What is there is none, or cannot be read.
    Bad(KeyError),
    /// It is nowhere.
    Missing {
        /// Whose key it would be.
        workspace: Option<String>,
        /// Why the keychain could not say whether it keeps one.
        keychain: Option<KeychainError>,
    },
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (workspace, keychain) = match self {
            Self::Bad(error) => return error.fmt(f),
            Self::Missing {
                workspace,
                keychain,
            } => (workspace, keychain),
        };
        let Some(workspace) = workspace else {
            return write!(
                f,
                "found no API key, expected one in the file that --key-file names or in the environment as \
                 {KEY_VARIABLE}. A workspace may keep one in the system's keychain: aiq-braze key set WORKSPACE"
            );
        };
        write!(
            f,
            "found no API key for {workspace}, expected one in the file that --key-file names, in the \
             environment as {} or {KEY_VARIABLE}, or in the system's keychain",
            variable(workspace)
        )?;
        match keychain {
            Some(error) => write!(f, " ({error})"),
            None => write!(f, ". Put it there: aiq-braze key set {workspace}"),
        }
    }
}

impl std::error::Error for FindError {}

/// The environment's variable for the key of this workspace.
pub fn variable(workspace: &str) -> String {
    let name = workspace.to_ascii_uppercase().replace('-', "_");
    format!("AIQ_BRAZE_KEY_{name}")
}

/// The key for a push: from the file if one is named, or else for a workspace of the list or for none.
///
/// # Errors
///
/// When there is none, or what is there is none.
pub fn find(file: Option<&Path>, workspace: Option<&str>) -> Result<Found, FindError> {
    find_in(file, workspace, |name| env::var_os(name), keychain::read)
}

fn find_in(
    file: Option<&Path>,
    workspace: Option<&str>,
    environment: impl Fn(&str) -> Option<OsString>,
    keychain: impl FnOnce(&str) -> Result<Option<ApiKey>, KeychainError>,
) -> Result<Found, FindError> {
    if let Some(path) = file {
        let key = ApiKey::from_file(path).map_err(FindError::Bad)?;
        let source = KeySource::File(path.to_owned());
        return Ok(Found { key, source });
    }
    let names = workspace.map(variable).into_iter();
    for name in names.chain([KEY_VARIABLE.to_owned()]) {
        if let Some(value) = environment(&name) {
            let key = ApiKey::from_variable(&name, &value).map_err(FindError::Bad)?;
            let source = KeySource::Variable(name);
            return Ok(Found { key, source });
        }
    }
    let missing = |keychain| FindError::Missing {
        workspace: workspace.map(str::to_owned),
        keychain,
    };
    let workspace = workspace.ok_or_else(|| missing(None))?;
    match keychain(workspace) {
        Ok(Some(key)) => Ok(Found {
            key,
            source: KeySource::Keychain,
        }),
        Ok(None) => Err(missing(None)),
        Err(KeychainError::Malformed(error)) => Err(FindError::Bad(error)),
        Err(error) => Err(missing(Some(error))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SECRET: &str = "0f9d-secret-77aa";

    type Kept = Result<Option<ApiKey>, KeychainError>;

    fn found(
        file: Option<&Path>,
        workspace: Option<&str>,
        variables: &[(&str, &str)],
        kept: Kept,
    ) -> Result<(String, KeySource), String> {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        };
        let found = find_in(file, workspace, environment, |_| kept);
        match found {
            Ok(Found { key, source }) => Ok((key.secret().to_owned(), source)),
            Err(error) => {
                let said = format!("{error} {error:?}");
                assert!(!said.contains("secret-"), "{said}");
                Err(error.to_string())
            }
        }
    }

    fn kept(text: &str) -> Kept {
        Ok(Some(ApiKey::new(text).unwrap()))
    }

    #[test]
    fn sources_are_asked_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "of-file").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let all = [
            ("BRAZE_API_KEY", "of-all"),
            ("AIQ_BRAZE_KEY_EU_1", "of-eu-1"),
        ];
        let name = Some("eu-1");
        let variable = |name: &str| KeySource::Variable(name.to_owned());
        for (file, workspace, variables, wanted, source) in [
            (
                Some(&*path),
                name,
                &all[..],
                "of-file",
                KeySource::File(path.clone()),
            ),
            (None, name, &all, "of-eu-1", variable("AIQ_BRAZE_KEY_EU_1")),
            (None, name, &all[..1], "of-all", variable("BRAZE_API_KEY")),
            (None, None, &all, "of-all", variable("BRAZE_API_KEY")),
            (None, name, &[], "of-chain", KeySource::Keychain),
        ] {
            let found = found(file, workspace, variables, kept("of-chain"));
            assert_eq!(found, Ok((wanted.to_owned(), source)));
        }
    }

    #[test]
    fn what_is_wrong_is_told_and_no_other_is_taken_in_its_place() {
        let broken = format!("{SECRET} {SECRET}");
        for text in ["", &broken] {
            let variables = [("AIQ_BRAZE_KEY_EU", text), ("BRAZE_API_KEY", SECRET)];
            let said = found(None, Some("eu"), &variables, kept(SECRET)).unwrap_err();
            assert!(said.starts_with("AIQ_BRAZE_KEY_EU: found"), "{said}");
        }
        let said = found(Some(Path::new("/no/key")), None, &[], kept(SECRET)).unwrap_err();
        assert!(said.starts_with("/no/key: "), "{said}");
        let malformed = ApiKey::of(&broken, "the system's keychain").unwrap_err();
        let malformed = Err(KeychainError::Malformed(malformed));
        let said = found(None, Some("eu"), &[], malformed).unwrap_err();
        assert!(said.starts_with("the system's keychain: found"), "{said}");
    }

    #[test]
    fn a_missing_key_says_where_it_may_stand() {
        let said = found(None, None, &[], kept(SECRET)).unwrap_err();
        assert!(
            said.contains("--key-file") && said.contains("BRAZE_API_KEY"),
            "{said}"
        );
        let said = found(None, Some("eu"), &[], Ok(None)).unwrap_err();
        assert!(said.contains("AIQ_BRAZE_KEY_EU"), "{said}");
        assert!(said.contains("aiq-braze key set eu"), "{said}");
        let said = found(None, Some("eu"), &[], Err(KeychainError::Locked)).unwrap_err();
        assert!(said.contains("locked"), "{said}");
    }
}
