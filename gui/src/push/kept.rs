//! Request bodies that a run keeps beside the ledger: those of a push that sends a part of what its export
//! says. They are made once, of what was known at that time; what is known changes while they are sent, so
//! they could not be made again.
//!
//! The file holds personal data. It is private to its user, and gone once its run is settled.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aiq_braze::mapping::IdentifierKind;
use aiq_braze::read::Location;
use aiq_braze::wire::InputArray;
use aiq_braze::{BatchLimits, Bodies, Object};
use xxhash_rust::xxh3::Xxh3;

use crate::ledger::Sends;
use crate::pipeline::OwnedBatch;
use crate::private::{PassingFile, PrivateFile, PrivateFileError};

/// Its name: in the workspace's folder until its run begins, and then in the run's.
const FILE: &str = "bodies";
/// In front of the file: what it is, and in which version.
const MAGIC: &[u8; 8] = b"aiqbod 1";
/// Stands for the number of objects behind the last body.
const END: u32 = u32::MAX;
/// The most that a body and its objects can have: what is more was not written by us.
const MOST_OBJECTS: u32 = 75;
const MOST_BODY_BYTES: u32 = 4 << 20;
const OBJECT_BYTES: usize = 45;

/// An object on its own: its text, and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loose<'t> {
    pub(crate) text: &'t [u8],
    pub(crate) identifier: IdentifierKind,
    /// Its first row, and how many rows it stands for: none where it is about a user who left.
    pub(crate) at: Location,
    pub(crate) n_rows: u64,
}

/// How much there is of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Volume {
    /// Objects.
    pub(crate) objects: u64,
    /// Request bodies.
    pub(crate) batches: u64,
    /// Rows of the export that the objects stand for.
    pub(crate) rows: u64,
    /// Objects that stand for no row: of users who left.
    pub(crate) leavers: u64,
}

/// Writes bodies, as objects come.
pub(crate) struct Keeping {
    file: PrivateFile,
    bodies: Bodies,
    /// Those of the body at hand; their ranges are lengths until it is whole.
    objects: Vec<Object>,
    volume: Volume,
    seal: u64,
    record: Vec<u8>,
}

impl Keeping {
    /// Starts in a workspace's folder, of which the caller holds the lock.
    pub(crate) fn start(folder: &Path, limits: BatchLimits) -> Result<Self, PrivateFileError> {
        let path = folder.join(FILE);
        sweep(folder).map_err(|error| PrivateFileError::new(&path, error))?;
        let mut file = PrivateFile::create(&path)?;
        file.write_all(MAGIC)
            .map_err(|error| PrivateFileError::new(&path, error))?;
        Ok(Self {
            file,
            bodies: Bodies::new(InputArray::Attributes, limits),
            objects: Vec::new(),
            volume: Volume::default(),
            seal: fastrand::u64(..),
            record: Vec::new(),
        })
    }

    /// Takes an object.
    pub(crate) fn push(&mut self, loose: &Loose<'_>) -> Result<(), PrivateFileError> {
        let Loose {
            text,
            identifier,
            at,
            n_rows,
        } = *loose;
        let Self {
            file,
            bodies,
            objects,
            volume,
            seal,
            record,
        } = self;
        let put = |body: &[u8], _: usize| write(file, body, objects, (volume, *seal), record);
        bodies
            .push(text, put)
            .map_err(|error| PrivateFileError::new(file.path(), error))?;
        volume.objects += 1;
        match n_rows {
            0 => volume.leavers += 1,
            n => volume.rows += n,
        }
        objects.push(Object {
            identifier,
            at,
            n_rows: n_rows.max(1),
            range: 0..text.len() as u32, // OK because an object has 100 KB at most
        });
        Ok(())
    }

    /// Writes the rest.
    pub(crate) fn finish(mut self, sends: Sends) -> Result<Draft, PrivateFileError> {
        let path = self.file.path().to_owned();
        self.write_rest()
            .map_err(|error| PrivateFileError::new(&path, error))?;
        Ok(Draft {
            volume: self.volume,
            sends,
            seal: self.seal,
            file: self.file.finish_for_now()?,
        })
    }

    fn write_rest(&mut self) -> io::Result<()> {
        let Self {
            file,
            bodies,
            objects,
            volume,
            seal,
            record,
        } = self;
        bodies.finish(|body, _| write(file, body, objects, (volume, *seal), record))?;
        file.write_all(&END.to_le_bytes())?;
        file.write_all(&volume.batches.to_le_bytes())
    }
}

/// Bodies that no run has yet. Dropped before one takes them, or when the process is told to end, they are gone.
#[derive(Debug)]
pub(crate) struct Draft {
    /// How much there is of them.
    pub(crate) volume: Volume,
    /// What they are of the export.
    pub(crate) sends: Sends,
    /// A number that tells them from those of every other run; each body's hash depends on it.
    pub(crate) seal: u64,
    file: PassingFile,
}

impl Draft {
    /// Gives them to a run.
    pub(super) fn give(&self, run_folder: &Path) -> io::Result<()> {
        self.file.give(&run_folder.join(FILE))
    }
}

/// Removes bodies that no run has from a workspace's folder: what a push that was killed left behind.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    let draft = format!(".{FILE}.");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == FILE || name.starts_with(&draft) && name.ends_with(".part") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// One body: how many objects, how many bytes, the objects, the body, and a hash of all that.
fn write(
    file: &mut PrivateFile,
    body: &[u8],
    objects: &mut Vec<Object>,
    (volume, seal): (&mut Volume, u64),
    record: &mut Vec<u8>,
) -> io::Result<()> {
    let lengths: u32 = objects.iter().map(|object| object.range.end).sum();
    let n_objects = objects.len() as u32; // OK because a body has 75 at most
    let n_commas = n_objects.saturating_sub(1);
    let mut start = (body.len() as u32)
        .saturating_sub(lengths + n_commas)
        .saturating_sub(2); // behind the objects stands `]}`
    record.clear();
    record.extend(n_objects.to_le_bytes());
    record.extend((body.len() as u32).to_le_bytes());
    for object in objects.drain(..) {
        let end = start + object.range.end;
        let kinds = IdentifierKind::NAMES.iter();
        let kind = kinds.take_while(|(_, kind)| *kind != object.identifier);
        record.push(kind.count() as u8); // OK because there are five
        let Location {
            file,
            row,
            line,
            byte,
        } = object.at;
        record.extend(file.to_le_bytes());
        for number in [row, line, byte, object.n_rows] {
            record.extend(number.to_le_bytes());
        }
        record.extend(start.to_le_bytes());
        record.extend(end.to_le_bytes());
        start = end + 1;
    }
    let hash = hash_of(seal, volume.batches, record, body);
    volume.batches += 1;
    file.write_all(record)?;
    file.write_all(body)?;
    file.write_all(&hash.to_le_bytes())
}

fn hash_of(seal: u64, number: u64, record: &[u8], body: &[u8]) -> u64 {
    let mut hash = Xxh3::with_seed(seal);
    hash.update(&number.to_le_bytes());
    hash.update(record);
    hash.update(body);
    hash.digest()
}

/// Bodies that are kept. As long as it is held they can be read, also when the file has been removed.
#[derive(Clone, Debug)]
pub struct KeptBodies {
    path: PathBuf,
    file: Arc<File>,
}

impl KeptBodies {
    /// Those of a run.
    pub(super) fn open(run_folder: &Path) -> Result<Self, String> {
        let path = run_folder.join(FILE);
        match File::open(&path) {
            Ok(file) => Ok(Self {
                path,
                file: Arc::new(file),
            }),
            Err(error) => Err(refuse(&path, &error.to_string())),
        }
    }

    /// Whether a run has any.
    pub(crate) fn are_there(run_folder: &Path) -> bool {
        run_folder.join(FILE).exists()
    }

    /// Nobody will read a run's bodies again.
    pub(crate) fn let_go(run_folder: &Path) {
        fs::remove_file(run_folder.join(FILE)).ok();
    }

    /// All of them, in order. One reader at a time: all share a place in the file.
    pub(super) fn read(&self, seal: u64) -> KeptReader {
        let mut file = Arc::clone(&self.file);
        let rewound = file.rewind();
        KeptReader {
            path: self.path.clone(),
            file: BufReader::with_capacity(64 << 10, file),
            begins: Some(rewound),
            seal,
            number: 0,
            is_over: false,
        }
    }
}

/// Reads kept bodies.
pub(super) struct KeptReader {
    path: PathBuf,
    file: BufReader<Arc<File>>,
    begins: Option<io::Result<()>>,
    /// The one that the run's bodies have.
    seal: u64,
    number: u64,
    is_over: bool,
}

impl KeptReader {
    fn next_batch(&mut self) -> io::Result<Option<OwnedBatch>> {
        if let Some(rewound) = self.begins.take() {
            rewound?;
            expect(&self.array::<8>()? == MAGIC)?;
        }
        let n_objects = u32::from_le_bytes(self.array()?);
        if n_objects == END {
            expect(u64::from_le_bytes(self.array()?) == self.number)?;
            return Ok(None);
        }
        let n_bytes = u32::from_le_bytes(self.array()?);
        expect((1..=MOST_OBJECTS).contains(&n_objects) && n_bytes <= MOST_BODY_BYTES)?;
        let mut record = [n_objects.to_le_bytes(), n_bytes.to_le_bytes()].concat();
        let head = record.len();
        record.resize(head + n_objects as usize * OBJECT_BYTES, 0);
        self.file.read_exact(&mut record[head..])?;
        let mut body = vec![0; n_bytes as usize];
        self.file.read_exact(&mut body)?;
        let hash = u64::from_le_bytes(self.array()?);
        expect(hash == hash_of(self.seal, self.number, &record, &body))?;
        let (objects, _) = record[head..].as_chunks::<OBJECT_BYTES>();
        let batch = OwnedBatch {
            number: self.number,
            body,
            objects: objects
                .iter()
                .map(object_of)
                .collect::<Option<_>>()
                .ok_or_else(damaged)?,
            array: InputArray::Attributes,
        };
        self.number += 1;
        Ok(Some(batch))
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Iterator for KeptReader {
    type Item = Result<OwnedBatch, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.next_batch();
        self.is_over = !matches!(next, Ok(Some(_)));
        let words = |error: io::Error| refuse(&self.path, &error.to_string());
        next.map_err(words).transpose()
    }
}

fn object_of(bytes: &[u8; OBJECT_BYTES]) -> Option<Object> {
    let (kind, numbers) = bytes.split_first()?;
    let (file, numbers) = numbers.split_first_chunk::<4>()?;
    let (numbers, range) = numbers.split_first_chunk::<32>()?;
    let (numbers, _) = numbers.as_chunks::<8>();
    let [row, line, byte, n_rows] = numbers.first_chunk()?.map(u64::from_le_bytes);
    let (start, end) = range.split_first_chunk::<4>()?;
    Some(Object {
        identifier: IdentifierKind::NAMES.get(usize::from(*kind))?.1,
        at: Location {
            file: u32::from_le_bytes(*file),
            row,
            line,
            byte,
        },
        n_rows,
        range: u32::from_le_bytes(*start)..u32::from_le_bytes(*end.first_chunk()?),
    })
}

fn expect(is_so: bool) -> io::Result<()> {
    if is_so { Ok(()) } else { Err(damaged()) }
}

fn damaged() -> io::Error {
    io::Error::other("it is not as it was written")
}

fn refuse(path: &Path, found: &str) -> String {
    format!(
        "{}: {found}. The request bodies of a run are kept there, and are expected to be as they were written. \
         Nothing that is not so is sent: push the export anew",
        path.display()
    )
}
