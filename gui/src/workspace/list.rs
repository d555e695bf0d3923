//! The list of workspaces as a file: read with care, written as a whole.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

use super::name::{Name, refuse_taken};
use super::{HomeError, Settings, Workspace, unreadable};
use crate::private::PrivateFile;
use crate::push::{Address, Limits, Share};

const VERSION: u64 = 1;
/// A list of ours is a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

/// The list as it is written.
#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    version: u64,
    workspaces: Vec<Entry>,
}

/// The same of any version.
#[derive(serde::Deserialize)]
struct Versioned {
    version: u64,
}

#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(serialize_with = "write_text", deserialize_with = "of_text")]
    pub(super) name: Name,
    #[serde(serialize_with = "write_address", deserialize_with = "read_address")]
    pub(super) endpoint: Address,
    #[serde(default, serialize_with = "write_text", deserialize_with = "of_text")]
    pub(super) limits: Limits,
    #[serde(default, serialize_with = "write_text", deserialize_with = "of_text")]
    pub(super) share: Share,
    #[serde(default)]
    pub(super) confirm_name: bool,
}

impl Entry {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let Settings {
            address,
            limits,
            confirms_name,
        } = workspace.settings.clone();
        Self {
            name: Name(workspace.name.clone()),
            endpoint: address,
            share: limits.share(),
            limits,
            confirm_name: confirms_name,
        }
    }
}

fn of_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

fn write_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn read_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    let text = String::deserialize(deserializer)?;
    Address::parse(&text).map_err(D::Error::custom)
}

fn write_address<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(address.base())
}

/// The entries of the list; none where there is no list.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, HomeError> {
    let mut json = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut json));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(path, &error)),
        Ok(_) if json.len() as u64 > MOST_BYTES => {
            return Err(wrong(
                path,
                "found more than 1 MiB, expected a list of workspaces",
            ));
        }
        Ok(_) => {}
    }
    match serde_json::from_slice(&json) {
        Ok(Versioned { version: VERSION }) | Err(_) => {}
        Ok(Versioned { version }) => {
            return Err(HomeError::at(
                path,
                format_args!(
                    "found a list of version {version}, expected version {VERSION}. Use the aiq-braze that \
                     wrote it, or a newer one. Nothing in it was changed"
                ),
            ));
        }
    }
    let list: List = serde_json::from_slice(&json).map_err(|error| wrong(path, error))?;
    for (place, entry) in list.workspaces.iter().enumerate() {
        let before = list.workspaces[..place].iter().map(|entry| &*entry.name.0);
        refuse_taken(&entry.name.0, before).map_err(|error| wrong(path, error))?;
    }
    Ok(list.workspaces)
}

/// Writes the whole list.
pub(super) fn write(path: &Path, workspaces: Vec<Entry>) -> Result<(), HomeError> {
    let list = List {
        version: VERSION,
        workspaces,
    };
    let json = serde_json::to_string_pretty(&list);
    let json = json.expect("a list has text keys and plain values only");
    let mut file = PrivateFile::create(path).map_err(HomeError::of)?;
    writeln!(file, "{json}").map_err(|error| {
        HomeError::at(
            path,
            format_args!("cannot be written: {error}. Check the space left"),
        )
    })?;
    file.finish().map_err(HomeError::of)
}

fn wrong(path: &Path, words: impl Display) -> HomeError {
    HomeError::at(
        path,
        format_args!(
            "{words}. Correct the list of workspaces, or move it away and add them again. Nothing in it was \
             changed"
        ),
    )
}
