//! Opening an export: which files it has, what each is wrapped in and written in, what lies beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use aiq_braze::diag::Code;
use aiq_braze::{PROBE_BYTES, Problem};

use super::folder::{self, Skip};
use super::layers::{self, Entry, Layer, MOST_LAYERS};
use super::manifest::{self, Manifest, Role};
use super::note::{NoteKind, Notes};
use super::refuse::{self, Alien};
use super::source::Source;
use super::{Asked, Encoding, ExpectedRows, Export, ExportFile, InputError, Options, io_error};
use aiq_braze::content::{Guess, guess};

/// Opens everything that was named, in order.
pub(super) fn open(paths: &[&Path], options: Options<'_>) -> Result<Export, InputError> {
    let asked = Asked {
        paths: paths.iter().map(|path| from_root(path)).collect(),
        encoding: options.encoding,
    };
    let mut opening = Opening {
        options,
        files: Vec::new(),
        guesses: Vec::new(),
        seen: BTreeMap::new(),
        named: Vec::new(),
        notes: Notes::default(),
        expected: Vec::new(),
        problems: Vec::new(),
    };
    for path in paths {
        opening.add(path)?;
    }
    opening.settle_encodings();
    opening.look_beside()?;
    Ok(Export {
        files: opening.files,
        notes: opening.notes.into_vec(),
        expected: opening.expected,
        problems: opening.problems,
        asked,
    })
}

fn from_root(path: &Path) -> PathBuf {
    if path == Path::new("-") {
        return path.to_owned();
    }
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

struct Opening<'o> {
    options: Options<'o>,
    files: Vec<ExportFile>,
    /// Of each file.
    guesses: Vec<Guess>,
    /// What was opened, and under which path.
    seen: BTreeMap<Identity, PathBuf>,
    /// Files that were named one by one.
    named: Vec<PathBuf>,
    notes: Notes,
    expected: Vec<ExpectedRows>,
    problems: Vec<Problem>,
}

/// What content is.
enum Content {
    Text(ExportFile, Guess),
    Zip,
    Alien(Alien),
}

/// One of the files that lie together in a folder or an archive.
struct Member {
    name: String,
    file: ExportFile,
}

/// What a file beside an export says about it.
struct Aside {
    name: String,
    /// The name of what it is about; empty: everything.
    stem: String,
    says: Manifest,
}

/// Files of the export that lie together.
struct Group<'g> {
    /// Their indices.
    files: Vec<usize>,
    /// Whether no other file of the export lies there.
    is_whole: bool,
    /// Whether something of this name lies there.
    lies_there: &'g dyn Fn(&str) -> bool,
}

impl Opening<'_> {
    fn add(&mut self, path: &Path) -> Result<(), InputError> {
        if path == Path::new("-") {
            return self.add_stdin();
        }
        let metadata = path.metadata().map_err(io_error(path))?;
        if metadata.is_dir() {
            return self.add_folder(path);
        }
        let source = Source::of_path(path, &metadata)?;
        self.see(path, &metadata)?;
        self.named.push(path.to_owned());
        self.add_source(source)
    }

    fn add_stdin(&mut self) -> Result<(), InputError> {
        if self.files.iter().any(|file| file.source.is_spool()) {
            return Err(InputError::StdinTwice);
        }
        let input = self.options.stdin.as_mut().ok_or(InputError::Stdin)?;
        let source = Source::spool(input)?;
        self.add_source(source)
    }

    /// Notes what is opened: one file read twice would be sent twice.
    fn see(&mut self, path: &Path, metadata: &Metadata) -> Result<(), InputError> {
        let identity = identity(path, metadata).map_err(io_error(path))?;
        match self.seen.insert(identity, path.to_owned()) {
            None => Ok(()),
            Some(first) => Err(InputError::Twice {
                path: path.to_owned(),
                first,
            }),
        }
    }

    /// Something that is taken for an export because it was named.
    fn add_source(&mut self, source: Source) -> Result<(), InputError> {
        let file = ExportFile::new(source.clone(), None);
        match examine(file)? {
            Content::Text(file, guess) => self.push(file, guess),
            Content::Zip => self.add_archive(&source)?,
            Content::Alien(alien) => return Err(refused(source.path(), alien.reason())),
        }
        Ok(())
    }

    fn push(&mut self, file: ExportFile, guess: Guess) {
        let layers = file.all_layers();
        if !layers.is_empty() {
            self.notes.add(NoteKind::Unpacked(layers), file.name());
        }
        self.files.push(file);
        self.guesses.push(guess);
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), InputError> {
        let mut members = Vec::new();
        for (name, path) in folder::list(folder)? {
            if let Some(why) = Skip::of_name(&name) {
                self.notes.add(NoteKind::Skipped(why), name);
                continue;
            }
            let metadata = path.metadata().map_err(io_error(&path))?;
            if metadata.is_dir() {
                self.notes.add(NoteKind::Skipped(Skip::Folder), name);
                continue;
            }
            let source = Source::of_path(&path, &metadata)?;
            self.see(&path, &metadata)?;
            let file = ExportFile::new(source, None);
            members.push(Member { name, file });
        }
        self.add_members(members, folder)
    }

    fn add_archive(&mut self, source: &Source) -> Result<(), InputError> {
        let disk = source.open()?;
        let entries = layers::entries(disk.clone());
        let mut entries =
            entries.map_err(|error| super::explain(error, &disk, source.path().to_owned()))?;
        if let Some(alien) = refuse::archive(&entries) {
            return Err(refused(source.path(), alien.reason()));
        }
        entries.sort_by(|one, other| folder::natural(&one.name, &other.name));
        let mut members = Vec::new();
        for entry in entries.into_iter().filter(|entry| !entry.is_folder) {
            let name = base_name(&entry);
            if let Some(why) = Skip::of_entry(&entry.name) {
                self.notes.add(NoteKind::Skipped(why), name);
                continue;
            }
            let file = ExportFile::new(source.clone(), Some(entry));
            members.push(Member { name, file });
        }
        self.add_members(members, source.path())
    }

    /// The exports among files that lie together at `place`.
    fn add_members(&mut self, members: Vec<Member>, place: &Path) -> Result<(), InputError> {
        let names: BTreeSet<_> = members.iter().map(|member| member.name.clone()).collect();
        let first_idx = self.files.len();
        let mut asides = Vec::new();
        for member in members {
            if let Some(aside) = self.set_aside(&member, &names)? {
                asides.extend(aside);
                continue;
            }
            let Member { name, file } = member;
            let source = file.source.clone();
            let (path, is_entry) = (file.shown_path(), file.entry.is_some());
            match examine(file)? {
                Content::Text(file, _) if file.is_empty => {
                    self.notes.add(NoteKind::Skipped(Skip::Empty), name);
                }
                Content::Text(file, guess) => self.push(file, guess),
                Content::Zip if is_entry => return Err(refused(&path, NESTED_ZIP.to_owned())),
                Content::Zip => self.add_archive(&source)?,
                Content::Alien(alien) if alien.is_data => {
                    return Err(refused(&path, alien.reason()));
                }
                Content::Alien(_) => self.notes.add(NoteKind::Skipped(Skip::NoData), name),
            }
        }
        if self.files.len() == first_idx {
            return Err(InputError::NoExport {
                path: place.to_owned(),
            });
        }
        for aside in asides {
            let group = Group {
                files: (first_idx..self.files.len()).collect(),
                is_whole: true,
                lies_there: &|name| names.contains(name),
            };
            self.compare(aside, &group);
        }
        Ok(())
    }

    /// Takes a member that is no file of the export by its name: what it says, if it says anything. `None`
    /// for one that may be a file of the export.
    fn set_aside(
        &mut self,
        member: &Member,
        names: &BTreeSet<String>,
    ) -> Result<Option<Option<Aside>>, InputError> {
        let Member { name, file } = member;
        let Some((role, stem)) = Role::of(name) else {
            return Ok(None);
        };
        let says = says(role, file)?;
        if role == Role::Json
            && !says
                .as_ref()
                .is_some_and(|says| is_about(says, name, stem, names))
        {
            return Ok(None);
        }
        if says.is_none() {
            let kind = match role {
                Role::Done => NoteKind::Skipped(Skip::Marker),
                _ => NoteKind::NotCompared,
            };
            self.notes.add(kind, name);
        }
        Ok(Some(says.map(|says| Aside {
            name: name.clone(),
            stem: stem.to_owned(),
            says,
        })))
    }

    /// Manifests and counts beside files that were named one by one.
    fn look_beside(&mut self) -> Result<(), InputError> {
        let folders: BTreeSet<_> = self.named.iter().map(|path| folder_of(path)).collect();
        for folder in folders {
            let files: Vec<_> = (0..self.files.len())
                .filter(|file_idx| {
                    let path = self.files[*file_idx].path();
                    self.named.iter().any(|named| named == path) && folder_of(path) == folder
                })
                .collect();
            for path in self.beside(&folder) {
                let Some(aside) = self.read_beside(&path)? else {
                    continue;
                };
                let is_total = aside.stem.is_empty() && aside.says.entries.is_empty();
                let group = Group {
                    files: files.clone(),
                    is_whole: is_total && self.is_all_of(&folder)?,
                    lies_there: &|name| folder.join(name).exists(),
                };
                self.compare(aside, &group);
            }
        }
        Ok(())
    }

    /// Where something about the named files of this folder may lie.
    fn beside(&self, folder: &Path) -> BTreeSet<PathBuf> {
        let named = self.named.iter().filter(|path| folder_of(path) == folder);
        let names = named.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let mut paths: BTreeSet<_> = names
            .flat_map(|name| {
                let stems: Vec<_> = manifest::stems(&name).map(str::to_owned).collect();
                stems
                    .into_iter()
                    .flat_map(|stem| Role::ENDS.map(|end| folder.join(format!("{stem}.{end}"))))
            })
            .collect();
        paths.extend(["manifest.json", "manifest"].map(|name| folder.join(name)));
        paths
    }

    fn read_beside(&self, path: &Path) -> Result<Option<Aside>, InputError> {
        let Ok(metadata) = path.metadata() else {
            return Ok(None);
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some((role, stem)) = Role::of(&name) else {
            return Ok(None);
        };
        // What was named is an export, whatever it is called.
        let identity = identity(path, &metadata).map_err(io_error(path))?;
        if !metadata.is_file() || self.seen.contains_key(&identity) {
            return Ok(None);
        }
        let source = Source::of_path(path, &metadata)?;
        // What cannot be read was not named, and is nobody's business.
        let says = says(role, &ExportFile::new(source, None)).ok().flatten();
        Ok(says.map(|says| Aside {
            name: name.clone().into_owned(),
            stem: stem.to_owned(),
            says,
        }))
    }

    /// Whether the folder holds no export that was not named.
    fn is_all_of(&self, folder: &Path) -> Result<bool, InputError> {
        let is_other = |name: &str, path: &Path| {
            let is_passed_over = Skip::of_name(name).is_some() || Role::of(name).is_some();
            let is_named = || {
                self.named
                    .iter()
                    .any(|named| named.file_name() == Some(OsStr::new(name)))
            };
            !is_passed_over && !path.is_dir() && !is_named()
        };
        let members = folder::list(folder)?;
        Ok(!members.iter().any(|(name, path)| is_other(name, path)))
    }

    /// Notes what is to be compared once the rows are read, and compares what can be compared now.
    fn compare(&mut self, aside: Aside, group: &Group<'_>) {
        let Aside { name, stem, says } = aside;
        let mut is_used = false;
        let mut are_all_found = true;
        let mut listed_files = Vec::new();
        for listed in &says.entries {
            let mut files = group.files.clone();
            files.retain(|file_idx| self.files[*file_idx].is_called(&listed.name));
            let lies_there = !files.is_empty() || (group.lies_there)(&listed.name);
            if !lies_there {
                let missing =
                    manifest::of_file(Code::FileMissing, &listed.name, None, name.clone());
                self.problems.push(missing);
            } else if files.is_empty() && !group.is_whole {
                are_all_found = false; // it was not named: nothing is said about it
                continue;
            }
            is_used = true;
            self.compare_size(&files, listed, &name);
            if let Some(rows) = listed.rows.filter(|_| lies_there) {
                self.expect(&name, files.clone(), rows);
            }
            listed_files.extend(files);
        }
        let is_counted =
            !says.entries.is_empty() && says.entries.iter().all(|listed| listed.rows.is_some());
        let total = says.rows.filter(|_| !is_counted && are_all_found);
        let files = if !listed_files.is_empty() {
            listed_files
        } else if !stem.is_empty() {
            let mut files = group.files.clone();
            files.retain(|file_idx| self.files[*file_idx].is_about(&stem));
            files
        } else if group.is_whole {
            group.files.clone()
        } else {
            Vec::new()
        };
        if let Some(rows) = total
            && !files.is_empty()
        {
            is_used = true;
            self.expect(&name, files, rows);
        }
        let kind = if is_used {
            NoteKind::Counts
        } else {
            NoteKind::NotCompared
        };
        self.notes.add(kind, name);
    }

    fn expect(&mut self, said_by: &str, files: Vec<usize>, rows: u64) {
        self.expected.push(ExpectedRows {
            said_by: said_by.to_owned(),
            files,
            rows,
        });
    }

    fn compare_size(&mut self, files: &[usize], listed: &manifest::Listed, said_by: &str) {
        let Some(expected) = listed.n_bytes else {
            return;
        };
        let found = match files {
            [] => return,
            [file_idx, ..] => self.files[*file_idx].n_bytes_of(&listed.name),
        };
        if found != expected {
            let expected = format!("{expected} ({said_by})");
            let differs =
                manifest::of_file(Code::FileSizeDiffers, &listed.name, Some(found), expected);
            self.problems.push(differs);
        }
    }

    /// Decides what each file is written in. One that is all ASCII so far is what the others are.
    fn settle_encodings(&mut self) {
        let any = |wanted: &[Guess]| self.guesses.iter().any(|guess| wanted.contains(guess));
        let is_utf8 = any(&[Guess::Seen(Encoding::Utf8), Guess::Marked(Encoding::Utf8)]);
        let for_ascii = match any(&[Guess::Seen(Encoding::Windows1252)]) {
            true if !is_utf8 => Encoding::Windows1252,
            _ => Encoding::Utf8,
        };
        let given = self.options.encoding;
        for (file, guess) in self.files.iter_mut().zip(&self.guesses) {
            file.encoding = given.unwrap_or(match guess {
                Guess::Marked(encoding) | Guess::Seen(encoding) => *encoding,
                Guess::Ascii => for_ascii,
            });
            if file.encoding != Encoding::Utf8 {
                let kind = NoteKind::ReadAs {
                    encoding: file.encoding,
                    is_given: given.is_some(),
                };
                self.notes.add(kind, file.name());
            }
        }
    }
}

const NESTED_ZIP: &str = "found a zip archive inside another file, expected an export there. Unpack the \
                          outer one first";

/// Looks through the layers of a file at what is inside.
fn examine(mut file: ExportFile) -> Result<Content, InputError> {
    loop {
        let (sample, is_whole) = sample(&file)?;
        match Layer::of(&sample) {
            Some(Layer::Zip) if file.all_layers().is_empty() => return Ok(Content::Zip),
            Some(Layer::Zip) if file.layers.is_empty() => return Ok(Content::Zip),
            Some(Layer::Zip) => return Err(refused(&file.shown_path(), NESTED_ZIP.to_owned())),
            Some(layer) if file.all_layers().len() < MOST_LAYERS => file.layers.push(layer),
            Some(layer) => {
                let reason = format!(
                    "found {} inside {MOST_LAYERS} other layers, expected at most {MOST_LAYERS} in all. \
                     Unpack it first",
                    layer.as_str()
                );
                return Err(refused(&file.shown_path(), reason));
            }
            None => {
                if let Some(alien) = refuse::content(&sample) {
                    return Ok(Content::Alien(alien));
                }
                file.is_empty = sample.is_empty();
                return Ok(Content::Text(file, guess(&sample, is_whole)));
            }
        }
    }
}

/// The first bytes of what is inside, and whether they are all.
fn sample(file: &ExportFile) -> Result<(Vec<u8>, bool), InputError> {
    let mut opened = file.start()?;
    let mut sample = Vec::new();
    let mut stream = (&mut opened.stream).take(PROBE_BYTES as u64);
    let read = stream.read_to_end(&mut sample);
    read.map_err(|error| opened.explain(error, file))?;
    let is_whole = sample.len() < PROBE_BYTES;
    Ok((sample, is_whole))
}

/// What the text of a file beside an export says; nothing if it is not understood.
fn says(role: Role, file: &ExportFile) -> Result<Option<Manifest>, InputError> {
    const MOST_DIGITS: u64 = 64;
    let most = match role {
        Role::Count | Role::Done => MOST_DIGITS,
        Role::Manifest | Role::Json => manifest::MOST_BYTES,
    };
    let mut opened = file.start()?;
    let mut bytes = Vec::new();
    let mut stream = (&mut opened.stream).take(most + 1);
    let read = stream.read_to_end(&mut bytes);
    read.map_err(|error| opened.explain(error, file))?;
    if bytes.len() as u64 > most {
        return Ok(None);
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(None);
    };
    Ok(match role {
        Role::Manifest | Role::Json => manifest::parse(&text),
        Role::Count | Role::Done => manifest::count(&text).map(|rows| Manifest {
            entries: Vec::new(),
            rows: Some(rows),
        }),
    })
}

/// Whether what looks like a manifest is about other files that lie there.
fn is_about(says: &Manifest, own_name: &str, stem: &str, names: &BTreeSet<String>) -> bool {
    let others = || names.iter().filter(|name| *name != own_name);
    let is_listed = says
        .entries
        .iter()
        .any(|listed| names.contains(&listed.name));
    is_listed || others().any(|name| manifest::stems(name).any(|other| other == stem))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

fn base_name(entry: &Entry) -> String {
    let name = entry.name.rsplit('/').next();
    name.unwrap_or(&entry.name).to_owned()
}

fn refused(path: &Path, reason: String) -> InputError {
    InputError::Refused {
        path: path.to_owned(),
        reason,
    }
}

/// What tells a file from every other, whatever path led to it.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> std::io::Result<Identity> {
    path.canonicalize()
}
