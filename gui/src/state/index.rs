//! Which layers count, and the names of the attributes in them.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StateError;
use super::layer::Layer;
use crate::private::{PrivateFile, PrivateFileError};
use crate::push::ApiKey;

/// Its file's name.
pub(super) const FILE: &str = "index.json";
pub(super) const VERSION: u32 = 2;

/// The index: JSON, and a hash of it in a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    version: u32,
    /// Where the values were sent to.
    pub(super) endpoint: String,
    /// By which key: workspaces of Braze share an address.
    pub(super) key: KeyMark,
    /// When it began, and when it learned last; in seconds since 1970 (UTC).
    pub(super) began: u64,
    pub(super) learned: u64,
    /// Keys of attributes as they stand in bodies, by their numbers.
    pub(super) keys: Vec<String>,
    /// The lowest first.
    pub(super) layers: Vec<Layer>,
    /// The ledger that it has learned from, and how often.
    pub(super) ledger: String,
    pub(super) generation: u64,
    /// The number of the next layer's file.
    next: u64,
}

/// The same of any version.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Index {
    pub(super) fn new(endpoint: &str, key: &ApiKey, now: u64) -> Self {
        Self {
            version: VERSION,
            endpoint: endpoint.to_owned(),
            key: KeyMark::of(key),
            began: now,
            learned: now,
            keys: Vec::new(),
            layers: Vec::new(),
            ledger: String::new(),
            generation: 0,
            next: 1,
        }
    }

    /// A number that no layer had before.
    pub(super) fn take_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// The one in a folder, if there is one.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, StateError> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(StateError::damaged(&path, "bytes that are no text"));
            }
            Err(error) => return Err(StateError::io(&path, error)),
        };
        let lines = text.split_once('\n');
        let (json, hash) = lines.unwrap_or_default();
        if hash.trim_end() != hash_of(json) {
            return Err(StateError::damaged(&path, "another text"));
        }
        let malformed = |error: serde_json::Error| StateError::damaged(&path, error.to_string());
        // First: another version may have other members.
        let Versioned { version } = serde_json::from_str(json).map_err(malformed)?;
        if version != VERSION {
            return Err(StateError::damaged(
                &path,
                format!(
                    "version {version}, which another version of this program wrote (this one knows {VERSION})"
                ),
            ));
        }
        let index: Self = serde_json::from_str(json).map_err(malformed)?;
        match index.layers.iter().all(Layer::is_parted) {
            true => Ok(Some(index)),
            false => Err(StateError::damaged(&path, "layers in other parts")),
        }
    }

    /// Puts it in the place of the one before.
    pub(super) fn write(&self, folder: &Path) -> Result<(), PrivateFileError> {
        let path = folder.join(FILE);
        let fail = |error| PrivateFileError::new(&path, error);
        let json = serde_json::to_string(self).map_err(|error| fail(error.into()))?;
        let mut file = PrivateFile::create(&path)?;
        writeln!(file, "{json}\n{}", hash_of(&json)).map_err(fail)?;
        file.finish()
    }

    /// Removes what does not count: layers of before, and what a killed program left behind.
    pub(super) fn sweep(&self, folder: &Path) -> Result<(), StateError> {
        let fail = |error| StateError::io(folder, error);
        for entry in fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name();
            let mut layers = self.layers.iter();
            if name != FILE && !layers.any(|layer| name == layer.file_name().as_str()) {
                fs::remove_file(entry.path()).map_err(fail)?;
            }
        }
        Ok(())
    }
}

/// Tells a key from others. What is left of it here finds nobody the key.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyMark {
    salt: u64,
    mark: u32,
}

impl KeyMark {
    pub(super) fn of(key: &ApiKey) -> Self {
        let salt = fastrand::u64(..);
        Self {
            salt,
            mark: key.mark(salt),
        }
    }

    pub(super) fn is_of(self, key: &ApiKey) -> bool {
        key.mark(self.salt) == self.mark
    }
}

impl fmt::Debug for KeyMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMark(••••)")
    }
}

pub(super) fn hash_of(json: &str) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(json.as_bytes()))
}
