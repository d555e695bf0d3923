//! What the window shows, without a word of how: no type of egui's is named here.
//!
//! Everything in it changes in two ways: by an action of the user's and by an
//! [`Event`](super::events::Event) of a worker's. Both happen between frames.

mod check;
mod draft;
mod push;
mod target;

use std::path::{Path, PathBuf};

use aiq_braze::{Inspection, Language, Problem};

pub(super) use self::check::{Check, CheckPhase, Checked, Group, Told, keep};
pub(super) use self::draft::{Draft, Origin, RowsForm};
pub(super) use self::push::{Ended, Push, sent};
pub(super) use self::target::{KeyOrigin, Target};
use crate::input::{Export, InputError};
use crate::ledger::RunId;
use crate::pipeline::PipelineError;
use crate::push::KeyError;

/// Everything that the window shows.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) language: Language,
    /// What stands in the box for a path.
    pub(super) path_text: String,
    /// Files are being looked at.
    pub(super) is_opening: bool,
    /// The export, once there is one.
    pub(super) open: Option<Box<Opened>>,
    /// What did not work, until the next thing is tried.
    pub(super) notice: Option<Notice>,
    /// What was done, until the next thing is.
    pub(super) said: Option<Said>,
    pub(super) target: Target,
    pub(super) push: Push,
    /// Where the built-in sandbox listens, once it runs.
    pub(super) sandbox_url: Option<String>,
    /// What is asked before going on.
    pub(super) question: Option<Question>,
}

/// An export with its mapping and what the check says about it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) export: Export,
    pub(super) found: Inspection,
    pub(super) draft: Draft,
    pub(super) check: Check,
    /// The rejects file is being written.
    pub(super) is_saving: bool,
}

/// What is asked before going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether to push to where it counts.
    Push,
    /// Whether to stop a push and close the window.
    Close,
}

/// What did not work.
#[derive(Debug)]
pub(super) enum Notice {
    Input(InputError),
    /// Several sorts of files were dropped, or one too early.
    MappingWithoutExport,
    /// Nothing may be changed while a push reads it.
    Busy,
    /// The file of a mapping.
    MappingFile {
        path: PathBuf,
        error: FileError,
    },
    /// The mapping cannot be written.
    SaveMapping {
        path: PathBuf,
        error: std::io::Error,
    },
    /// Rejected rows cannot be written.
    SaveRejects(PipelineError),
    /// The export itself was named to be written over.
    IsExport(PathBuf),
    Endpoint(String),
    Key(KeyError),
    Sandbox(std::io::Error),
    /// A push cannot be begun: why, in words.
    Push(String),
}

/// Why a mapping cannot be had from a file.
#[derive(Debug)]
pub(super) enum FileError {
    Io(std::io::Error),
    Mapping(Vec<Problem>),
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    MappingCopied,
    MappingSaved(PathBuf),
    MappingLoaded(PathBuf),
    RejectsSaved(PathBuf, u64),
}

impl Model {
    /// The export is there and a check of it went through.
    pub(super) fn checked(&self) -> Option<&Checked> {
        self.open.as_ref()?.check.current()
    }

    /// How many rows a push would send.
    pub(super) fn n_to_push(&self) -> u64 {
        self.checked().map_or(0, Checked::n_to_push)
    }

    /// Whether a push could be started, as far as the export is concerned.
    pub(super) fn can_push(&self) -> bool {
        self.n_to_push() > 0 && !self.push.is_running()
    }

    /// The run that stopped and can go on, with the export and the mapping that it began with.
    pub(super) fn to_continue(&self) -> Option<RunId> {
        let ended = self.push.ended()?;
        let is_there = match ended.is_sandbox {
            true => self.target.is_sandbox,
            false => self
                .target
                .address()
                .is_some_and(|address| address.as_ref() == Ok(&ended.address)),
        };
        let is_same = !ended.is_old && self.checked().is_some() && is_there;
        let can_go_on = ended.report.account.pending > 0 && is_same;
        can_go_on.then_some(ended.report.run)
    }

    /// Whether the export and its mapping may change: not while a push reads them.
    pub(super) fn can_edit(&self) -> bool {
        !self.push.is_running()
    }

    pub(super) fn is_checking(&self) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.check.is_running())
    }

    /// An export, with the suggested mapping or, if it is the same one again, with the one that is there.
    pub(super) fn show(&mut self, export: Export, found: Inspection, keeps_mapping: bool) {
        let former = self.open.take().filter(|_| keeps_mapping);
        let draft = match former {
            Some(former) => Draft::new(
                former.draft.mapping().clone(),
                former.draft.origin.clone(),
                &found,
            ),
            None => Draft::suggested(&found),
        };
        self.is_opening = false;
        self.notice = None;
        self.said = None;
        self.path_text.clear();
        self.question = None;
        self.push.forget();
        self.open = Some(Box::new(Opened {
            export,
            found,
            draft,
            check: Check::default(),
            is_saving: false,
        }));
    }

    pub(super) fn fail(&mut self, notice: Notice) {
        self.said = None;
        self.notice = Some(notice);
    }

    pub(super) fn say(&mut self, said: Said) {
        self.notice = None;
        self.said = Some(said);
    }
}

impl Opened {
    /// The first file's path with another end: where things about the export are offered to be saved.
    pub(super) fn beside(&self, end: &str) -> (Option<&Path>, String) {
        let path = self
            .export
            .files()
            .first()
            .map(crate::input::ExportFile::path);
        let stem = path.and_then(Path::file_stem);
        let stem = stem.map_or_else(|| "export".into(), std::ffi::OsStr::to_string_lossy);
        (path.and_then(Path::parent), format!("{stem}.{end}"))
    }
}
