//! What workers tell the window: one closed list, taken between frames.

use std::path::PathBuf;

use aiq_braze::{Inspection, Mapping};

use super::model::{Checked, FileError};
use crate::input::{Export, InputError};
use crate::pipeline::PipelineError;
use crate::push::{ApiKey, KeyError, PushEvent, PushPlan};
use crate::sandbox::Sandbox;

/// News from a worker. Those of a run that was cancelled or replaced are passed over by their number.
#[derive(Debug)]
pub(super) enum Event {
    /// The user chose files in a system dialog; none when it was closed without a choice.
    Picked(Purpose, Vec<PathBuf>),
    /// Files were looked at; `mapping` is the mapping that came with them.
    Opened {
        run: u64,
        result: Result<Box<(Export, Inspection)>, InputError>,
        mapping: Option<PathBuf>,
        /// It is the same export once more: the mapping stays.
        keeps_mapping: bool,
    },
    /// A mapping was read, and the export looked at by its format if it gives one.
    MappingRead {
        path: PathBuf,
        result: MappingResult,
    },
    MappingSaved(PathBuf, Result<(), std::io::Error>),
    CheckProgress {
        run: u64,
        bytes: u64,
        rows: u64,
        seconds: f64,
    },
    Checked {
        run: u64,
        result: Result<Box<Checked>, PipelineError>,
    },
    RejectsSaved(PathBuf, Result<u64, PipelineError>),
    KeyRead(PathBuf, Result<ApiKey, KeyError>),
    Sandbox(Result<Sandbox, std::io::Error>),
    /// A push is written down and may start; or why not.
    PushBegun(Result<Box<PushPlan>, String>),
    Push(PushEvent),
}

/// A mapping, with what the export is by the format that it gives.
pub(super) type MappingResult = Result<Box<(Mapping, Option<Inspection>)>, MappingError>;

/// Why a mapping was not taken.
#[derive(Debug)]
pub(super) enum MappingError {
    File(FileError),
    /// The export cannot be read by the format that the mapping gives.
    Export(InputError),
}

/// What a system dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Open,
    LoadMapping,
    SaveMapping,
    SaveRejects,
    KeyFile,
}
