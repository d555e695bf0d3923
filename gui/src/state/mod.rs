//! What Braze has, as far as this program knows: of each user of a workspace the value of each attribute that
//! Braze accepted last. With it a push sends what is new alone, and knows who left an audience.
//!
//! | file of `state/` | holds |
//! |---|---|
//! | `index.json` | the attributes' names, and which layers count; written anew each time, in one step |
//! | `1`, `2`, … | layers: records of users, parted as [`crate::parts`] are; a later layer's values count |
//!
//! A record is 20 bytes, the user's identifier, and 9 bytes or so for each attribute: a hash of its value, and
//! not the value. The identifier is there because users who left must be named.
//!
//! # What holds
//!
//! 1. Only what Braze accepted is known. What was sent without an answer is known to be *unsure*, and differs
//!    from every value.
//! 2. Before anything is sent in a workspace, its state has learned all that was settled there before
//!    ([`catch_up`]); while a push sends, the ledger has what is new. So no accepted value is ever forgotten,
//!    whenever the program is killed: settlements are marked as learned only once the index that has them is
//!    on disk, and to learn them twice, one behind the other, is to learn them once.
//! 3. A killed program leaves the old index, and with it the old state, whole.
//!
//! What others write to Braze is not seen: not by another program, nor from another machine.
//!
//! How sure a comparison is: see [`crate::delta`].

mod index;
mod layer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aiq_braze::conflicts::Statements;
use aiq_braze::mapping::{NestedNames, Rows};
use aiq_braze::{Object, Outcome};

use self::index::{Index, KeyMark};
use self::layer::{Layer, Values};
use crate::crash;
use crate::delta::{Known, record};
use crate::ledger::{Ledger, LedgerError, Run, RunId, RunState, Settlement};
use crate::parts::{Parts, Stretch};
use crate::private::{PrivateFileError, make_folder};
use crate::push::{self, ApiKey, Source};

/// Bytes of records that stay in memory while the state learns.
const LEARN_BYTES: usize = 16 << 20;
/// More layers than these are made one.
const MOST_LAYERS: usize = 8;

/// What is known of a workspace's users.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    index: Index,
    /// Bytes of records that stay in memory.
    n_bytes: usize,
}

/// What there is of a state.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Facts {
    /// Where the values were sent to.
    pub(crate) endpoint: String,
    /// When it began, and when it learned last; in seconds since 1970 (UTC).
    pub(crate) began: u64,
    /// See `began`.
    pub(crate) learned: u64,
    /// The attributes that something is known of.
    pub(crate) attributes: Vec<String>,
    /// Users with their values, or a few more: one of several layers counts several times.
    pub(crate) records: u64,
    /// Bytes on disk.
    pub(crate) bytes: u64,
}

impl State {
    /// The state in a workspace's folder, if there is one.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read.
    pub(crate) fn open(workspace: &Path) -> Result<Option<Self>, StateError> {
        let folder = folder_of(workspace);
        let index = Index::read(&folder)?;
        Ok(index.map(|index| Self {
            folder,
            index,
            n_bytes: LEARN_BYTES,
        }))
    }

    /// The state of what is pushed there from now on. What was pushed before is not known, and never will be.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn begin(
        ledger: &mut Ledger,
        endpoint: &str,
        key: &ApiKey,
    ) -> Result<Self, StateError> {
        let folder = folder_of(ledger.folder());
        make_folder(&folder).map_err(|error| StateError::io(&folder, error))?;
        ledger.set_learned(None)?;
        let mut state = Self {
            folder,
            index: Index::new(endpoint, key, now()),
            n_bytes: LEARN_BYTES,
        };
        state.bind(ledger)?;
        state.index.write(&state.folder)?;
        Ok(state)
    }

    /// Whether the ledger is the one that it has learned from, and not an older copy. It may be one step ahead of
    /// what the ledger knows: a program was killed between the two.
    fn belongs_to(&self, ledger: &Ledger) -> Result<bool, StateError> {
        let (id, learned) = ledger.identity()?;
        let ahead = self.index.generation.checked_sub(learned);
        Ok(self.index.ledger == u128::from_be_bytes(id).to_string()
            && ahead.is_some_and(|ahead| ahead <= 1))
    }

    fn bind(&mut self, ledger: &Ledger) -> Result<(), StateError> {
        let (id, learned) = ledger.identity()?;
        self.index.ledger = u128::from_be_bytes(id).to_string();
        self.index.generation = learned;
        Ok(())
    }

    /// Makes all values unsure, in one step.
    fn doubt(&mut self) -> Result<(), StateError> {
        let mut index = self.index.clone();
        if !index.layers.is_empty() {
            index.layers = vec![self.folded(&mut index, Values::Unsure)?];
        }
        index.write(&self.folder)?;
        self.index = index;
        self.index.sweep(&self.folder)
    }

    /// All layers as one.
    fn folded(&self, index: &mut Index, values: Values) -> Result<Layer, StateError> {
        for layer in &index.layers {
            layer.verify(&self.folder)?;
        }
        let stretches = self.stretches(&index.layers);
        let stored = Parts::stored(self.n_bytes, |place| stretches[place].clone());
        Layer::fold(&self.folder, index.take_number(), stored, values)
    }

    /// Forgets all of it.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub(crate) fn forget(ledger: &Ledger) -> Result<(), StateError> {
        let folder = folder_of(ledger.folder());
        // Without the index there is no state, should the rest be interrupted.
        for removed in [
            fs::remove_file(folder.join(index::FILE)),
            fs::remove_dir_all(&folder),
        ] {
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StateError::io(&folder, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where its values were sent to.
    pub(crate) fn endpoint(&self) -> &str {
        &self.index.endpoint
    }

    /// From now on what is known is of what this key leads to.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn take_key(&mut self, key: &ApiKey) -> Result<(), StateError> {
        if !self.index.key.is_of(key) {
            self.index.key = KeyMark::of(key);
            self.index.write(&self.folder)?;
        }
        Ok(())
    }

    pub(crate) fn facts(&self) -> Facts {
        let Index {
            endpoint,
            began,
            learned,
            keys,
            layers,
            ..
        } = &self.index;
        let name = |key: &String| serde_json::from_str(key).unwrap_or_else(|_| key.clone());
        Facts {
            endpoint: endpoint.clone(),
            began: *began,
            learned: *learned,
            attributes: keys.iter().map(name).collect(),
            records: layers.iter().map(|layer| layer.records).sum(),
            bytes: layers.iter().map(Layer::n_bytes).sum(),
        }
    }

    /// All of it, to compare an export with. Its layers are looked through: they must be as they were written.
    ///
    /// # Errors
    ///
    /// When they are not.
    pub(crate) fn known(&self) -> Result<Known, StateError> {
        for layer in &self.index.layers {
            layer.verify(&self.folder)?;
        }
        let keys = self.index.keys.iter().map(|key| key.clone().into_bytes());
        Ok(Known {
            keys: keys.collect(),
            stretches: self.stretches(&self.index.layers),
        })
    }

    fn stretches(&self, layers: &[Layer]) -> Vec<Vec<Stretch>> {
        let of_place = |place| {
            let stretches = layers.iter();
            stretches
                .map(|layer| layer.stretch(&self.folder, place))
                .collect()
        };
        (0..crate::parts::PARTS).map(of_place).collect()
    }

    /// Puts records on top of what is known, in one step.
    fn put(&mut self, parts: Parts, keys: Vec<String>) -> Result<(), StateError> {
        let mut index = self.index.clone();
        index.keys = keys;
        index.learned = now();
        crash::point("layer");
        let layer = Layer::write(&self.folder, index.take_number(), |write| {
            let mut parts = parts.into_parts().into_iter();
            parts.try_for_each(|part| write.part(|write| part.each(write)))
        })?;
        index.layers.push(layer);
        if is_compacted(&index.layers) {
            index.layers = vec![self.folded(&mut index, Values::AsKnown)?];
        }
        crash::point("index");
        index.write(&self.folder)?;
        self.index = index;
        crash::point("sweep");
        self.index.sweep(&self.folder)
    }
}

/// Whether layers are made one: they are many, or those on top are half as large as the lowest.
fn is_compacted(layers: &[Layer]) -> bool {
    let Some((lowest, others)) = layers.split_first() else {
        return false;
    };
    let n_bytes: u64 = others.iter().map(Layer::n_bytes).sum();
    layers.len() > MOST_LAYERS || n_bytes * 2 > lowest.n_bytes()
}

/// Refuses a key that may lead to another workspace of Braze than the one of which something is known: what is
/// sent by it would be learned as if it were of that one.
///
/// # Errors
///
/// When it is another key, or the state cannot be read.
pub(crate) fn expect_key(workspace: &Path, key: &ApiKey) -> Result<(), StateError> {
    match State::open(workspace)? {
        Some(state) if !state.index.key.is_of(key) => Err(StateError::OtherKey),
        _ => Ok(()),
    }
}

/// What is known less well than before, and why: for the user.
pub(crate) type Doubts = Vec<String>;

/// Learns what has been settled in a workspace since its state was written, if it has one, and removes what runs
/// keep of rows that nobody needs any more.
///
/// What cannot be learned, because the rows are not to be had any more, makes all values unsure: they are sent
/// once more by the next push of changes. Who was in an audience is still known.
///
/// # Errors
///
/// When something cannot be read or written. Nothing may be sent then: what the state does not learn in its
/// order, it would learn wrongly.
pub(crate) fn catch_up(ledger: &mut Ledger) -> Result<Doubts, StateError> {
    let doubts = match State::open(ledger.folder())? {
        Some(state) => learn_all(state, ledger)?,
        None => Doubts::new(),
    };
    tidy(ledger).map_err(|error| StateError::io(ledger.folder(), error))?;
    Ok(doubts)
}

fn learn_all(mut state: State, ledger: &mut Ledger) -> Result<Doubts, StateError> {
    let mut doubts = Doubts::new();
    if !state.belongs_to(ledger)? {
        doubts.push(
            "the ledger is not the one that the state has learned from, or an older one: what was sent meanwhile \
             is not known, so all values are sent once more"
                .to_owned(),
        );
        ledger.set_learned(None)?;
        state.bind(ledger)?;
        state.doubt()?;
    }
    for id in ledger.unlearned_runs()? {
        let run = ledger.expect_run(id)?;
        state.index.generation = ledger.identity()?.1 + 1;
        let learned = match run.begun.endpoint == state.index.endpoint {
            true => learn(&mut state, ledger, &run),
            false => state.index.write(&state.folder).map_err(StateError::from),
        };
        match learned {
            Err(StateError::Lost { words, .. }) => {
                state.doubt()?;
                doubts.push(format!(
                    "what run {id} sent cannot be made again ({words}): all values are sent once more"
                ));
            }
            learned => learned?,
        }
        crash::point("learned");
        ledger.set_learned(Some(id))?;
    }
    Ok(doubts)
}

/// Removes what runs keep of their rows once they are settled, and what killed programs left behind.
fn tidy(ledger: &Ledger) -> io::Result<()> {
    push::sweep(ledger.folder())?;
    for id in ledger.runs_with_rows()? {
        match ledger.run(id) {
            Ok(Some(run)) if run.state == RunState::Done => ledger.let_rows_go(id),
            Ok(None) => fs::remove_dir_all(ledger.run_folder(id))?,
            _ => {}
        }
    }
    Ok(())
}

fn learn(state: &mut State, ledger: &Ledger, run: &Run) -> Result<(), StateError> {
    let lost = |words: String| StateError::Lost { run: run.id, words };
    let mapping = push::mapping(run).map_err(lost)?;
    if let Rows::Events(_) = mapping.rows {
        // An event is no value that somebody has.
        return Ok(state.index.write(&state.folder)?);
    }
    let source = Source::reopen(run, ledger.folder()).map_err(lost)?;
    let mut unlearned = ledger.unlearned(run.id)?;
    let mut learning = Learning {
        statements: Statements::default(),
        parts: Parts::new(LEARN_BYTES),
        rest: Vec::new(),
        n_objects: 0,
        // Braze merges objects with what it has: nobody knows what comes of it.
        is_plain: mapping.nested_names != NestedNames::Merge,
    };
    for key in &state.index.keys {
        learning.statements.add(key.as_bytes());
    }
    for batch in source.batches(run) {
        let batch = batch.map_err(|stopped| lost(stopped.to_string()))?;
        let settled = unlearned.of(batch.number)?;
        for (place, object) in (0..).zip(&batch.objects) {
            if let Some(outcome) = outcome_of(place, &settled) {
                learning
                    .take(object, &batch.body, outcome)
                    .map_err(|error| StateError::io(&state.folder, error))?;
            }
        }
        if unlearned.is_over() {
            break;
        }
    }
    if learning.n_objects == 0 {
        return Ok(state.index.write(&state.folder)?);
    }
    let keys = learning
        .statements
        .keys()
        .map(|key| String::from_utf8_lossy(key).into_owned());
    let keys = keys.collect();
    state.put(learning.parts, keys)
}

/// What is to be learned of an object by its place. One that was accepted is what it is, also where an answer
/// before was lost; one that was refused may have arrived with the answer that was lost.
fn outcome_of(place: u32, settled: &[Settlement]) -> Option<Outcome> {
    let of_object = settled.iter().filter(|settled| settled.span.has(place));
    let mut outcomes = of_object.map(|settled| settled.outcome);
    let is_accepted = outcomes.clone().any(|outcome| outcome == Outcome::Accepted);
    match is_accepted {
        true => Some(Outcome::Accepted),
        false => outcomes.find(|outcome| *outcome == Outcome::Unknown),
    }
}

/// What a run's objects said.
struct Learning {
    statements: Statements,
    parts: Parts,
    rest: Vec<u8>,
    n_objects: u64,
    /// An object's values are what Braze has then.
    is_plain: bool,
}

impl Learning {
    fn take(&mut self, object: &Object, body: &[u8], outcome: Outcome) -> io::Result<()> {
        let Self {
            statements,
            parts,
            rest,
            n_objects,
            is_plain,
        } = self;
        let is_sure = *is_plain && outcome == Outcome::Accepted && object.is_repeatable(body);
        let mut user = None;
        // Nobody knows whether what was sent without an answer has created anybody.
        let creates = outcome == Outcome::Accepted && object.creates(body);
        record::begin_object(rest, !creates);
        statements.of_batch(body, std::slice::from_ref(object), |statement| {
            user = Some(statement.user);
            let value = match is_sure {
                true => record::hash_of(statement.value),
                false => record::UNSURE,
            };
            record::add(rest, statement.attribute, value);
        });
        let Some(user) = user else { return Ok(()) };
        record::end_known(rest, object.name(body));
        *n_objects += 1;
        parts.push(u128::from_be_bytes(user.to_bytes()), rest)
    }
}

fn folder_of(workspace: &Path) -> PathBuf {
    workspace.join("state")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Why the state cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum StateError {
    /// The ledger cannot be read or written.
    Ledger(LedgerError),
    /// What a run sent is not known any more.
    Lost { run: RunId, words: String },
    /// A file of it is not as it was written.
    Damaged { path: PathBuf, found: String },
    /// It began with another key.
    OtherKey,
    /// The disk does not let us.
    Io { path: PathBuf, error: io::Error },
}

impl StateError {
    fn io(path: &Path, error: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            error,
        }
    }

    fn damaged(path: &Path, found: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            found: found.into(),
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WAY_ON: &str = "Or forget what is known (`aiq-braze state forget`): the next push with \
                              --only-changes then sends all values once";
        match self {
            Self::Ledger(error) => error.fmt(f),
            Self::Lost { run, words } => write!(
                f,
                "what run {run} sent is to be learned, and cannot be made again: {words}. {WAY_ON}"
            ),
            Self::Damaged { path, found } => write!(
                f,
                "{}: found {found}, expected what was written of the values that Braze has. {WAY_ON}",
                path.display()
            ),
            Self::OtherKey => f.write_str(
                "found another key than the one by which it was learned what Braze has, expected that one: many \
                 workspaces of Braze share one address, and the key tells them apart. Is it a key of another \
                 workspace of Braze: push by a workspace of its own (`aiq-braze workspace add`), or forget what \
                 is known here (`aiq-braze state forget`). Is it a new key of the same one: push once with \
                 --only-changes --full, and it is taken",
            ),
            Self::Io { path, error } => write!(
                f,
                "{}: what Braze has cannot be read or written: {error}. Make room, and see that the folder may \
                 be written to",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StateError {}

impl From<LedgerError> for StateError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<PrivateFileError> for StateError {
    fn from(error: PrivateFileError) -> Self {
        let (path, error) = error.into_parts();
        Self::Io { path, error }
    }
}
