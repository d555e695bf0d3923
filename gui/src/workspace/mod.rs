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

mod list;
mod name;
#[cfg(test)]
mod tests;

use std::env;
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use aiq_braze::diag::quote;
use directories::ProjectDirs;

use self::list::Entry;
use self::name::{Name, is_same, refuse_taken, unknown};
use crate::ledger::{self, LedgerError};
use crate::private;
use crate::push::{Address, Limits};

/// The environment's variable that names one folder for all of it, in place of the system's usual two.
pub const HOME_VARIABLE: &str = "AIQ_BRAZE_HOME";

const LIST: &str = "workspaces.json";
const LOCK: &str = "workspaces.lock";

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
        if cfg!(test) {
            #[cfg(test)]
            return Ok(tests::shared_home());
        }
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
        let entries = list::read(&self.list())?;
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
        let mut entries = list::read(&self.list())?;
        refuse_taken(&name, entries.iter().map(|entry| &*entry.name.0))?;
        let workspace = self.place(name, settings);
        workspace.make_folder()?;
        entries.push(Entry::of(&workspace));
        list::write(&self.list(), entries)?;
        drop(lock);
        Ok(workspace)
    }

    /// Takes a workspace off the list, and erases its folder with all that is in it.
    ///
    /// # Errors
    ///
    /// When there is none of this name, the list cannot be read, a process is at work there, or the disk does
    /// not let go.
    pub fn remove(&self, name: &str) -> Result<Workspace, HomeError> {
        let lock = self.lock()?;
        let workspace = self.workspace(name)?;
        let unused = match workspace.folder.is_dir() {
            true => Some(unused(&workspace)?),
            false => None,
        };
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
        drop(unused);
        let mut entries = list::read(&self.list())?;
        entries.retain(|entry| !is_same(&entry.name.0, name));
        list::write(&self.list(), entries)?;
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
}

/// Holds a workspace that nobody works in.
fn unused(workspace: &Workspace) -> Result<ledger::Lock, HomeError> {
    let lock = ledger::lock(&workspace.folder, "removing the workspace");
    lock.map_err(|error| match error {
        LedgerError::Locked { holder, .. } => HomeError::of(format_args!(
            "found {} at work in {}, expected nobody: it writes down there what it sends. Wait for its end, or \
             end it, and try again. Nothing was removed",
            match holder.as_str() {
                "" => "another process",
                holder => holder,
            },
            workspace.name
        )),
        error => HomeError::of(error),
    })
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
    private::make_folder(folder).map_err(|error| {
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
