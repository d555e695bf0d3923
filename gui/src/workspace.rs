//! Workspaces: where pushes go, how fast they may, and the folder in which they keep what must outlive
//! them.
//!
//! All of it is in two folders of the user's: the list of workspaces, a file that can be read and written
//! by hand, among the settings, and a folder for each workspace among the data. The key is in neither.
//!
//! ```json
//! {
//!   "version": 1,
//!   "workspaces": [
//!     {
//!       "name": "eu-live",
//!       "endpoint": "https://rest.fra-01.braze.eu",
//!       "limits": "3000/3s,250000/h",
//!       "share": "80%",
//!       "confirm_name": true
//!     }
//!   ]
//! }
//! ```

use std::env;
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use aiq_braze::diag::quote;
use directories::ProjectDirs;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

use crate::private::PrivateFile;
use crate::push::{Address, Limits, Share};

/// The environment's variable that names one folder for all of it, in place of the system's usual two.
pub const HOME_VARIABLE: &str = "AIQ_BRAZE_HOME";

const LIST: &str = "workspaces.json";
const LOCK: &str = "workspaces.lock";
const VERSION: u64 = 1;
/// A list of ours is a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;
const MOST_CHARACTERS: usize = 64;

/// Names that mean something else: to the program, or as a file to Windows.
const RESERVED: &[&str] = &["sandbox", "con", "prn", "aux", "nul"];

/// A workspace of Braze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    name: String,
    settings: Settings,
    folder: PathBuf,
}

/// What is said about a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub address: Address,
    /// The limits of its contract, and the share of them that is ours.
    pub limits: Limits,
    /// Whether somebody who pushes to it from a terminal types its name.
    pub confirms_name: bool,
}

/// Where workspaces are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    config: PathBuf,
    data: PathBuf,
}

/// What is wrong with a workspace or where it is kept: what was found, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeError(String);

impl Display for HomeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HomeError {}

impl HomeError {
    fn of(words: impl Display) -> Self {
        Self(words.to_string())
    }

    fn at(path: &Path, words: impl Display) -> Self {
        Self(format!("{}: {words}", path.display()))
    }
}

impl Workspace {
    /// As it was given, or host and port where none was.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it stands for an address that was given without a workspace: no name that can be given has
    /// such a sign.
    pub fn is_implied(&self) -> bool {
        self.name.contains('+')
    }

    /// What is said about it.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.settings.address
    }

    /// Its limits.
    pub fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// Its folder, which need not be there yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its folder, made if it is not there: what is in it says who is in which audience.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or is open to others.
    pub fn make_folder(&self) -> Result<&Path, HomeError> {
        make_private(&self.folder)?;
        Ok(&self.folder)
    }

    /// What is in its folder, by name.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, HomeError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries,
        };
        let files = entries.and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            paths.collect::<io::Result<Vec<_>>>()
        });
        let mut files = files.map_err(|error| unreadable(&self.folder, &error))?;
        files.sort();
        Ok(files)
    }
}

impl Home {
    /// The folder that [`HOME_VARIABLE`] names, or the system's usual ones.
    ///
    /// # Errors
    ///
    /// When the variable names no absolute path, or the user has no home.
    pub fn find() -> Result<Self, HomeError> {
        Self::said_by(env::var_os(HOME_VARIABLE))
    }

    fn said_by(variable: Option<OsString>) -> Result<Self, HomeError> {
        if let Some(folder) = variable {
            let folder = PathBuf::from(folder);
            if !folder.is_absolute() {
                return Err(HomeError::of(format_args!(
                    "{HOME_VARIABLE}: found {}, expected a folder by its full path, from / or a drive on",
                    quote(&folder.to_string_lossy())
                )));
            }
            return Ok(Self::at(&folder));
        }
        let usual = ProjectDirs::from("", "", "aiq-braze").ok_or_else(|| {
            HomeError::of(format_args!(
                "found no home folder of the user's, expected one to keep workspaces in. Name a folder by its \
                 full path in the environment as {HOME_VARIABLE}"
            ))
        })?;
        Ok(Self {
            config: usual.config_dir().to_owned(),
            data: usual.data_local_dir().to_owned(),
        })
    }

    /// All in this folder.
    pub fn at(folder: &Path) -> Self {
        Self {
            config: folder.to_owned(),
            data: folder.to_owned(),
        }
    }

    /// The folder of the list, and the one that holds those of the workspaces; they may be one.
    pub fn folders(&self) -> [&Path; 2] {
        [&self.config, &self.data]
    }

    /// The file that lists the workspaces.
    pub fn list(&self) -> PathBuf {
        self.config.join(LIST)
    }

    /// All workspaces, in the order of the list.
    ///
    /// # Errors
    ///
    /// When the list cannot be read, or something in it is not right.
    pub fn workspaces(&self) -> Result<Vec<Workspace>, HomeError> {
        let entries = read(&self.list())?;
        let workspaces = entries.into_iter().map(|entry| self.of_entry(entry));
        Ok(workspaces.collect())
    }

    /// The workspace of this name, in any case.
    ///
    /// # Errors
    ///
    /// When there is none, or the list cannot be read.
    pub fn workspace(&self, name: &str) -> Result<Workspace, HomeError> {
        let known = self.workspaces()?;
        let found = known
            .iter()
            .find(|workspace| is_same(&workspace.name, name));
        found.cloned().ok_or_else(|| unknown(name, &known))
    }

    /// The workspace of an address that was given without one: it is not in the list, and its name, which
    /// is no name that can be given, says host and port.
    pub fn implied(&self, address: &Address) -> Workspace {
        let (host, port) = address.host_and_port();
        let host = host.trim_matches(['[', ']']).replace(':', "+");
        let name = format!("{host}+{port}");
        let settings = Settings {
            address: address.clone(),
            limits: Limits::default(),
            confirms_name: false,
        };
        self.place(name, settings)
    }

    /// Folders in which something may be kept of earlier pushes, by the names of their workspaces: those of
    /// the list, and those of addresses that were given without one.
    ///
    /// # Errors
    ///
    /// When the list or the folder of folders cannot be read.
    pub fn kept(&self) -> Result<Vec<(String, PathBuf)>, HomeError> {
        let listed = self.workspaces()?;
        let mut kept: Vec<_> = listed
            .into_iter()
            .map(|workspace| (workspace.name, workspace.folder))
            .collect();
        let folder = self.data.join("workspaces");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(kept),
            entries => entries.map_err(|error| unreadable(&folder, &error))?,
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut implied: Vec<_> = paths
            .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
            .filter(|(name, _)| name.contains('+'))
            .collect();
        implied.sort();
        kept.extend(implied);
        Ok(kept)
    }

    /// Adds a workspace to the list, and makes its folder.
    ///
    /// # Errors
    ///
    /// When the name cannot be one or is taken, the list cannot be read, or the disk does not take it.
    pub fn add(&self, name: &str, settings: Settings) -> Result<Workspace, HomeError> {
        let Name(name) = name.parse()?;
        let lock = self.lock()?;
        let mut entries = read(&self.list())?;
        refuse_taken(&name, entries.iter().map(|entry| &*entry.name.0))?;
        let workspace = self.place(name, settings);
        workspace.make_folder()?;
        entries.push(Entry::of(&workspace));
        self.write(entries)?;
        drop(lock);
        Ok(workspace)
    }

    /// Takes a workspace off the list, and erases its folder with all that is in it.
    ///
    /// # Errors
    ///
    /// When there is none of this name, the list cannot be read, or the disk does not let go.
    pub fn remove(&self, name: &str) -> Result<Workspace, HomeError> {
        let lock = self.lock()?;
        let workspace = self.workspace(name)?;
        // First: a folder that outlived its workspace would be taken for the next one's of the name.
        match fs::remove_dir_all(&workspace.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(HomeError::at(
                    &workspace.folder,
                    format_args!(
                        "cannot be erased: {error}. The workspace {} stays in the list. End what uses the \
                         folder, or erase it yourself, and try again",
                        workspace.name
                    ),
                ));
            }
            _ => {}
        }
        let mut entries = read(&self.list())?;
        entries.retain(|entry| !is_same(&entry.name.0, name));
        self.write(entries)?;
        drop(lock);
        Ok(workspace)
    }

    fn of_entry(&self, entry: Entry) -> Workspace {
        let settings = Settings {
            address: entry.endpoint,
            limits: entry.limits.with_share(entry.share),
            confirms_name: entry.confirm_name,
        };
        self.place(entry.name.0, settings)
    }

    fn place(&self, name: String, settings: Settings) -> Workspace {
        let folder_name = name.to_ascii_lowercase(); // one for all spellings, on any file system
        Workspace {
            folder: self.data.join("workspaces").join(folder_name),
            name,
            settings,
        }
    }

    /// Held while the list is changed: what another process adds meanwhile is not lost.
    fn lock(&self) -> Result<File, HomeError> {
        make_private(&self.config)?;
        let path = self.config.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let locked = options.open(&path).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        locked.map_err(|error| {
            HomeError::at(
                &path,
                format_args!("cannot be locked: {error}. Check the folder's permissions"),
            )
        })
    }

    fn write(&self, workspaces: Vec<Entry>) -> Result<(), HomeError> {
        let list = List {
            version: VERSION,
            workspaces,
        };
        let json = serde_json::to_string_pretty(&list);
        let json = json.expect("a list has text keys and plain values only");
        let path = self.list();
        let mut file = PrivateFile::create(&path).map_err(HomeError::of)?;
        writeln!(file, "{json}").map_err(|error| {
            HomeError::at(
                &path,
                format_args!("cannot be written: {error}. Check the space left"),
            )
        })?;
        file.finish().map_err(HomeError::of)
    }
}

/// What can be the name of a workspace.
#[derive(Clone, Debug)]
struct Name(String);

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
fn is_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    plain(one) == plain(other)
}

fn refuse_taken<'n>(name: &str, taken: impl Iterator<Item = &'n str>) -> Result<(), HomeError> {
    let mut taken = taken;
    match taken.find(|taken| is_same(taken, name)) {
        Some(taken) => Err(HomeError::of(format_args!(
            "found the name {name}, expected one that no other workspace has: {taken} is there (capitals make \
             no difference, nor do - and _). Choose another name, or remove that workspace first"
        ))),
        None => Ok(()),
    }
}

fn unknown(name: &str, known: &[Workspace]) -> HomeError {
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
struct Entry {
    #[serde(serialize_with = "write_name", deserialize_with = "of_text")]
    name: Name,
    #[serde(serialize_with = "write_address", deserialize_with = "read_address")]
    endpoint: Address,
    #[serde(default, serialize_with = "write_text", deserialize_with = "of_text")]
    limits: Limits,
    #[serde(default, serialize_with = "write_text", deserialize_with = "of_text")]
    share: Share,
    #[serde(default)]
    confirm_name: bool,
}

impl Entry {
    fn of(workspace: &Workspace) -> Self {
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

fn write_name<S: Serializer>(name: &Name, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&name.0)
}

fn read_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    let text = String::deserialize(deserializer)?;
    Address::parse(&text).map_err(D::Error::custom)
}

fn write_address<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(address.base())
}

/// The entries of the list; none where there is no list.
fn read(path: &Path) -> Result<Vec<Entry>, HomeError> {
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

fn wrong(path: &Path, words: impl Display) -> HomeError {
    HomeError::at(
        path,
        format_args!(
            "{words}. Correct the list of workspaces, or move it away and add them again. Nothing in it was \
             changed"
        ),
    )
}

fn unreadable(path: &Path, error: &io::Error) -> HomeError {
    HomeError::at(
        path,
        format_args!("cannot be read: {error}. Check that it is yours, and its permissions"),
    )
}

/// Makes a folder for its owner alone, unless it is there. One that is must be none that others may write
/// to: what stands in it decides where data goes.
fn make_private(folder: &Path) -> Result<(), HomeError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        HomeError::at(
            folder,
            format_args!(
                "found no folder and could make none: {error}. Check where it is, or name another home by its \
                 full path in the environment as {HOME_VARIABLE}"
            ),
        )
    })?;
    match mode(folder) {
        Some(mode) if mode & 0o022 != 0 => Err(HomeError::at(
            folder,
            format_args!(
                "found a folder that others may write to (mode {mode:03o}), expected one of its owner's alone. \
                 Run: chmod 700 {}",
                folder.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// A folder's permissions, where there are such.
#[cfg(unix)]
pub(crate) fn mode(folder: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(folder).ok()?;
    Some(metadata.permissions().mode() & 0o777)
}

/// A folder's permissions, where there are such.
#[cfg(not(unix))]
pub(crate) fn mode(_: &Path) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn settings(endpoint: &str) -> Settings {
        Settings {
            address: Address::parse(endpoint).unwrap(),
            limits: Limits::default(),
            confirms_name: false,
        }
    }

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        (folder, home)
    }

    #[test]
    fn what_is_added_is_there() {
        let (folder, home) = home();
        assert_eq!(home.workspaces(), Ok(Vec::new()));
        let given = Settings {
            limits: "3000/3s,250000/h"
                .parse::<Limits>()
                .unwrap()
                .with_share("80%".parse().unwrap()),
            confirms_name: true,
            ..settings("EU-01")
        };
        let added = home.add("EU-live", given.clone()).unwrap();
        home.add("test", settings("http://127.0.0.1:8400")).unwrap();
        assert_eq!(added.settings(), &given);
        assert_eq!(added.folder(), folder.path().join("workspaces/eu-live"));
        assert_eq!(home.workspace("eu-LIVE"), Ok(added));
        let names: Vec<_> = home.workspaces().unwrap();
        let names: Vec<_> = names.iter().map(Workspace::name).collect();
        assert_eq!(names, ["EU-live", "test"]);
        assert_eq!(
            fs::read_to_string(home.list()).unwrap(),
            r#"{
  "version": 1,
  "workspaces": [
    {
      "name": "EU-live",
      "endpoint": "https://rest.fra-01.braze.eu",
      "limits": "3000/3s,250000/h",
      "share": "80%",
      "confirm_name": true
    },
    {
      "name": "test",
      "endpoint": "http://127.0.0.1:8400",
      "limits": "3000/3s",
      "share": "100%",
      "confirm_name": false
    }
  ]
}
"#
        );
    }

    #[test]
    fn names_are_plain_and_their_own() {
        let (_folder, home) = home();
        let long = "a".repeat(64);
        for name in ["a", "eu-live", "EU_1", &long] {
            home.add(name, settings("EU-01")).unwrap();
        }
        let longer = "a".repeat(65);
        for name in [
            "", "a b", "a.b", "../a", "a/b", "é", "Sandbox", "NUL", "com1", &longer,
        ] {
            let said = home.add(name, settings("EU-01")).unwrap_err().to_string();
            assert!(said.starts_with("found the name \""), "{said}");
        }
        for name in ["A", "EU-LIVE", "eu_live", "eu-1"] {
            let said = home.add(name, settings("EU-01")).unwrap_err().to_string();
            assert!(said.contains("no other workspace has"), "{said}");
        }
        let said = home.workspace("us").unwrap_err().to_string();
        assert!(said.contains("there are a, eu-live, EU_1"), "{said}");
    }

    #[test]
    fn what_is_removed_leaves_nothing() {
        let (folder, home) = home();
        let added = home.add("eu", settings("EU-01")).unwrap();
        home.add("us", settings("US-01")).unwrap();
        fs::write(added.folder().join("ledger"), "").unwrap();
        assert_eq!(added.files(), Ok(vec![added.folder().join("ledger")]));
        home.remove("EU").unwrap();
        assert!(!added.folder().exists());
        assert_eq!(home.workspaces().unwrap().len(), 1);
        assert!(home.remove("eu").is_err());
        fs::remove_dir_all(folder.path().join("workspaces")).unwrap();
        home.remove("us").unwrap(); // whose folder somebody has erased
    }

    #[test]
    fn a_push_without_a_workspace_has_a_folder_of_its_own() {
        let (folder, home) = home();
        for (endpoint, name) in [
            ("EU-01", "rest.fra-01.braze.eu+443"),
            ("http://localhost", "localhost+80"),
            ("http://127.0.0.1:8400", "127.0.0.1+8400"),
            ("http://[::1]:8400", "++1+8400"),
            ("https://[::1]", "++1+443"),
        ] {
            let implied = home.implied(&Address::parse(endpoint).unwrap());
            assert_eq!(implied.name(), name);
            assert!(name.parse::<Name>().is_err(), "{name}");
            implied.make_folder().unwrap();
            assert!(folder.path().join("workspaces").join(name).is_dir());
        }
        assert_eq!(home.workspaces(), Ok(Vec::new()));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_told_and_left_alone() {
        let (_folder, home) = home();
        let of_entry = |entry: &str| format!(r#"{{"version":1,"workspaces":[{entry}]}}"#);
        let eu = r#"{"name":"eu","endpoint":"EU-01"}"#;
        for (text, expected) in [
            (String::new(), "EOF while parsing"),
            ("garbage".to_owned(), "expected value at line 1 column 1"),
            (
                r#"{"version":2,"bases":[]}"#.to_owned(),
                "found a list of version 2, expected version 1",
            ),
            (
                r#"{"version":1,"workspaces":[],"x":1}"#.to_owned(),
                "unknown field `x`",
            ),
            (of_entry(r#"{"name":"eu"}"#), "missing field `endpoint`"),
            (
                of_entry(r#"{"name":"eu","endpoint":"EU-01","colour":1}"#),
                "unknown field `colour`",
            ),
            (
                of_entry(r#"{"name":"eu","endpoint":"XX-01"}"#),
                "which is no instance of Braze",
            ),
            (
                of_entry(r#"{"name":"eu","endpoint":"EU-01","limits":"3"}"#),
                "found the limit \"3\"",
            ),
            (
                of_entry(r#"{"name":"eu","endpoint":"EU-01","share":"0%"}"#),
                "found the share \"0%\"",
            ),
            (
                of_entry(r#"{"name":"../eu","endpoint":"EU-01"}"#),
                "found the name \"../eu\"",
            ),
            (
                of_entry(&format!("{eu},{}", eu.replace("eu", "EU"))),
                "no other workspace has",
            ),
            (" ".repeat(2 << 20), "found more than 1 MiB"),
        ] {
            fs::write(home.list(), &text).unwrap();
            let errors = [
                home.workspaces().unwrap_err(),
                home.add("us", settings("US-01")).unwrap_err(),
                home.remove("eu").unwrap_err(),
            ];
            for said in errors.map(|error| error.to_string()) {
                let path = home.list().display().to_string();
                assert!(said.starts_with(&path) && said.contains(expected), "{said}");
                assert!(said.ends_with("Nothing in it was changed"), "{said}");
            }
            assert_eq!(fs::read_to_string(home.list()).unwrap(), text);
        }
        fs::write(home.list(), of_entry(eu)).unwrap();
        assert_eq!(home.workspace("eu").unwrap().settings(), &settings("EU-01"));
    }

    #[test]
    fn two_that_add_at_once_lose_nothing() {
        let (_folder, home) = home();
        thread::scope(|scope| {
            for number in 0..8 {
                let home = &home;
                scope.spawn(move || home.add(&format!("w{number}"), settings("EU-01")).unwrap());
            }
        });
        assert_eq!(home.workspaces().unwrap().len(), 8);
    }

    #[test]
    fn a_home_is_named_by_its_full_path() {
        for path in ["", "home", "./home"] {
            let said = Home::said_by(Some(path.into())).unwrap_err().to_string();
            assert!(said.starts_with("AIQ_BRAZE_HOME: found"), "{said}");
        }
        let folder = tempfile::tempdir().unwrap();
        let home = Home::said_by(Some(folder.path().into())).unwrap();
        assert_eq!(home.folders(), [folder.path(); 2]);
    }

    #[test]
    fn a_home_that_is_a_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("home");
        fs::write(&file, "mine").unwrap();
        for home in [Home::at(&file), Home::at(&file.join("below"))] {
            let said = home.add("eu", settings("EU-01")).unwrap_err().to_string();
            assert!(
                said.contains("found no folder and could make none"),
                "{said}"
            );
            assert!(said.contains("AIQ_BRAZE_HOME"), "{said}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[cfg(unix)]
    #[test]
    fn all_of_it_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("new"));
        let added = home.add("eu", settings("EU-01")).unwrap();
        let of = |path: &Path| mode(path).unwrap();
        let [config, _] = home.folders();
        assert_eq!([of(config), of(added.folder())], [0o700; 2]);
        assert_eq!([of(&home.list()), of(&config.join(LOCK))], [0o600; 2]);

        fs::set_permissions(config, fs::Permissions::from_mode(0o777)).unwrap();
        let said = home.add("us", settings("US-01")).unwrap_err().to_string();
        assert!(
            said.contains("others may write to") && said.contains("chmod 700"),
            "{said}"
        );
    }
}
