//! Both exports at once, each in a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use aiq_braze::conflicts::Statements;
use aiq_braze::{Batch, Flow, Object, UserKey};

use super::{DeltaError, Progress, Read, Side, Which};
use crate::parts::Parts;
use crate::pipeline::PipelineError;

/// Reads the old and the new export; the calling thread tells how far they are. Where one cannot be read the
/// other is read no further.
pub(super) fn read_both(
    (old, new): (&Side, &Side),
    n_bytes: usize,
    names: &Names,
    progress: &mut Progress<'_>,
) -> Result<[(Read, Parts); 2], DeltaError> {
    let is_stopped = AtomicBool::new(false);
    let (tell, told) = mpsc::sync_channel(1);
    let (old, new) = thread::scope(|scope| {
        let start = |which, side| {
            let (tell, is_stopped) = (tell.clone(), &is_stopped);
            let read = move || {
                let mut progress = |bytes, rows| {
                    tell.try_send((which, bytes, rows)).ok(); // newer progress comes soon
                    match is_stopped.load(Ordering::Relaxed) {
                        true => Flow::Stop,
                        false => Flow::Continue,
                    }
                };
                let read = Read::of(side, n_bytes, names, &mut progress);
                is_stopped.fetch_or(read.is_err(), Ordering::Relaxed);
                read
            };
            let thread = thread::Builder::new().name("export".to_owned());
            thread.spawn_scoped(scope, read)
        };
        let readers = [start(Which::Old, old), start(Which::New, new)];
        drop(tell);
        for (which, bytes, rows) in told {
            progress(which, bytes, rows);
        }
        let [old, new] = readers.map(|reader| {
            let read = reader.ok().and_then(|reader| reader.join().ok());
            read.unwrap_or(Err(DeltaError::Pass(PipelineError::Died)))
        });
        (old, new)
    });
    match (old, new) {
        (Ok(old), Ok(new)) => Ok([old, new]),
        (Err(DeltaError::Stopped) | Ok(_), Err(error)) | (Err(error), _) => Err(error),
    }
}

/// Attributes by the numbers that all threads give them.
#[derive(Default)]
pub(super) struct Names(Mutex<Statements>);

impl Names {
    pub(super) fn of<'k>(keys: impl IntoIterator<Item = &'k [u8]>) -> Self {
        let mut statements = Statements::default();
        for key in keys {
            statements.add(key);
        }
        Self(Mutex::new(statements))
    }

    fn number(&self, key: &[u8]) -> u32 {
        // OK because a name that one thread has not quite added is added by the next.
        let mut statements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        statements.add(key)
    }

    pub(super) fn into_statements(self) -> Statements {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts objects into what they say, in one thread.
pub(super) struct Cutter<'n> {
    names: &'n Names,
    statements: Statements,
    /// The numbers of all threads, by those of this one's statements.
    numbers: Vec<u32>,
    said: Vec<(u32, u64)>,
}

impl<'n> Cutter<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Self {
            names,
            statements: Statements::default(),
            numbers: Vec::new(),
            said: Vec::new(),
        }
    }

    /// The object's user, and what it says: (attribute, hash of the value). `None` if it says nothing.
    pub(super) fn cut(
        &mut self,
        batch: &Batch<'_>,
        object: &Object,
    ) -> Option<(UserKey, impl Iterator<Item = (u32, u64)>)> {
        let mut user = None;
        self.said.clear();
        let objects = std::slice::from_ref(object);
        self.statements.of_batch(batch.body, objects, |statement| {
            user = Some(statement.user);
            self.said.push((statement.attribute, statement.value));
        });
        while let Some(key) = self.statements.key(self.numbers.len() as u32) {
            self.numbers.push(self.names.number(key));
        }
        let said = self.said.iter();
        let said = said.map(|(attribute, value)| (self.numbers[*attribute as usize], *value));
        Some((user?, said))
    }
}
