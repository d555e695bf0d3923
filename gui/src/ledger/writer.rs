//! Writes what becomes of a run, many things at once: a sync of the disk takes as long for a thousand rows
//! as for one.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc::UnboundedSender;

use super::run::{RunId, RunState, Settlement, Span};
use super::{Ledger, LedgerError};
use crate::crash;

/// Most things that are written in one transaction.
const MOST_AT_ONCE: usize = 1024;

/// Something to be written.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// These objects are about to be sent in one request.
    Intend {
        batch: u64,
        spans: Vec<Span>,
        /// Whether they may be sent twice without harm.
        is_repeatable: bool,
    },
    /// The batch's request was answered, or given up: nothing of it is on its way any more.
    Answer {
        batch: u64,
        settled: Vec<Settlement>,
        was_sent: bool,
        is_repeat: bool,
    },
    /// The run stops here.
    End {
        state: RunState,
        ended: u64,
        /// Why, for programs and in words.
        stopped: Option<(String, String)>,
    },
}

/// What the writer tells.
#[derive(Debug)]
pub(crate) enum Note {
    /// The batch's intent is on disk.
    Recorded(u64),
    /// Nothing more can be written; [`Writer::end`] says why.
    Failed,
}

/// A thread that writes one run's fate.
#[derive(Debug)]
#[must_use = "what is written is on disk for certain once the writer has ended"]
pub(crate) struct Writer {
    ops: Option<Sender<Op>>,
    thread: Option<JoinHandle<(Ledger, Result<(), LedgerError>)>>,
}

impl Writer {
    pub(super) fn start(ledger: Ledger, run: RunId, notes: UnboundedSender<Note>) -> Self {
        let (ops, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write(ledger, run, &receiver, &notes));
        Self {
            ops: Some(ops),
            thread: thread.ok(),
        }
    }

    /// Has it written soon. That it could not be is told by [`Note::Failed`].
    pub(crate) fn take(&self, op: Op) {
        if let Some(ops) = &self.ops {
            ops.send(op).ok();
        }
    }

    /// Waits until all is on disk, and gives the ledger back. `None`: the thread could not be started, or
    /// died.
    pub(crate) fn end(mut self) -> Option<(Ledger, Result<(), LedgerError>)> {
        self.ops = None;
        self.thread.take()?.join().ok()
    }
}

fn write(
    mut ledger: Ledger,
    run: RunId,
    ops: &Receiver<Op>,
    notes: &UnboundedSender<Note>,
) -> (Ledger, Result<(), LedgerError>) {
    let result = write_all(&mut ledger, run, ops, notes);
    if result.is_err() {
        notes.send(Note::Failed).ok();
    }
    (ledger, result)
}

fn write_all(
    ledger: &mut Ledger,
    run: RunId,
    ops: &Receiver<Op>,
    notes: &UnboundedSender<Note>,
) -> Result<(), LedgerError> {
    let keeps_words = ledger.run(run)?.is_none_or(|run| run.begun.keeps_row_data);
    ledger.store.reopen(run)?;
    let mut waiting = Vec::new();
    while let Ok(op) = ops.recv() {
        waiting.push(op);
        waiting.extend(ops.try_iter().take(MOST_AT_ONCE - 1));
        crash::point("before-write");
        ledger.store.apply(run, &waiting, keeps_words)?;
        crash::point("after-write");
        for op in waiting.drain(..) {
            if let Op::Intend { batch, .. } = op {
                notes.send(Note::Recorded(batch)).ok();
            }
        }
    }
    Ok(())
}
