//! What of an export a push sends: all of it, or what is new alone; row by row, or user by user.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use aiq_braze::mapping::{NestedNames, Rows};
use aiq_braze::wire::InputArray;
use aiq_braze::{BatchLimits, Plan};
use serde::Serialize;

use super::diff::{compile_old, ends_memberships, notes, without_others};
use super::input::EncodingArgs;
use super::mapping::Chosen;
use super::progress::{Watch, WatchBoth};
use super::summary::Checked;
use super::target::Target;
use super::{CliError, Console, words};
use crate::allowance::Allowance;
use crate::delta::{
    AudienceCounts, DELTA_BYTES, Delta, DeltaError, Known, Report, Selected, Side, Since, Users,
};
use crate::input::Export;
use crate::ledger::{Ledger, Sends};
use crate::merge::{MERGE_BYTES, Merging};
use crate::pipeline::{Blocks, Event, Job, Pipeline};
use crate::private::PrivateFileError;
use crate::push::{Draft, Keeping, Loose};
use crate::state::{self, State};

/// Over the flags that choose.
pub(super) const HEADING: &str = "What of it is sent";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct ChangesArgs {
    /// Send of each user only the values that Braze does not have yet, as far as pushes with this flag and since
    /// then know; what others write to Braze is not seen
    #[arg(long)]
    only_changes: bool,
    /// Send what Braze has, too: all that is known is renewed
    #[arg(long, requires = "only_changes", conflicts_with = "since")]
    full: bool,
    /// The export has everybody who is in its audiences: who is known to be in one and is missing has left it
    #[arg(long, requires = "only_changes", conflicts_with = "since")]
    full_audience: bool,
    /// Send what is different from this earlier export alone, and who has left its audiences since
    #[arg(long, value_name = "OLD", conflicts_with = "only_changes")]
    since: Option<PathBuf>,
    /// Make one object of all rows of a user, wherever they stand; of two values the last counts
    #[arg(long)]
    merge: bool,
}

/// What is sent in place of the export, kept in the workspace's folder until its run begins.
pub(super) struct Changes {
    pub(super) draft: Draft,
    /// What a comparison came to.
    pub(super) report: Option<Report>,
}

/// What is asked about.
pub(super) struct Asked<'a> {
    pub(super) export: &'a Export,
    /// What an old export is read as.
    pub(super) written_in: EncodingArgs,
    pub(super) chosen: &'a Chosen,
    pub(super) checked: &'a Checked,
    /// How many rejected rows are no reason to doubt the export.
    pub(super) allowed: Allowance,
    /// Where it is sent to.
    pub(super) endpoint: &'a str,
}

impl ChangesArgs {
    /// The old export, if there is one: it is only read.
    pub(super) fn old(&self) -> Option<&Path> {
        self.since.as_deref()
    }

    /// Makes what is sent; `None` where the export is sent as it is.
    pub(super) fn keep(
        &self,
        asked: &Asked<'_>,
        ledger: &Ledger,
        console: &mut Console<'_>,
    ) -> Result<Option<Changes>, CliError> {
        self.refuse_rows(&asked.chosen.plan)?;
        let delta = match (self.only_changes, &self.since) {
            (true, _) => Some(self.since_state(asked, ledger, console)?),
            (false, Some(old)) => Some(since_export(old, asked, console)?),
            (false, None) if self.merge => None,
            (false, None) => return Ok(None),
        };
        if delta
            .as_ref()
            .is_some_and(|delta| delta.blocks() != asked.checked.blocks)
        {
            return Err(CliError::of(
                "found another export than was checked a moment ago, expected it to stay as it is. Wait until it \
                 is written, then push it. Nothing was sent",
            ));
        }
        let report = delta.as_ref().map(|delta| delta.report.clone());
        let draft = self.write(delta, asked, ledger.folder(), console)?;
        console.clear_line();
        Ok(Some(Changes { draft, report }))
    }

    /// What is known must be of one workspace of Braze.
    pub(super) fn refuse_nameless(&self, target: &Target) -> Result<(), CliError> {
        if self.only_changes && target.place.is_nameless() && !target.address.is_loopback() {
            return Err(CliError::of(format_args!(
                "found --only-changes and an address without a workspace, expected a workspace that has a name: \
                 many workspaces of Braze share one address, and the key tells them apart. Give this one a name, \
                 then push with --to in place of --endpoint:\n  \
                 aiq-braze workspace add NAME --endpoint {}\nNothing was sent",
                target.address.base()
            )));
        }
        Ok(())
    }

    /// No key is taken for that of another workspace of Braze, whatever is sent by it.
    pub(super) fn refuse_key(&self, target: &Target, folder: &Path) -> Result<(), CliError> {
        if self.only_changes && self.full {
            return Ok(()); // all that is known is renewed by it
        }
        state::expect_key(folder, &target.key).map_err(nothing_sent)
    }

    /// Rows of which the flags say nothing, or would say something else than is meant.
    fn refuse_rows(&self, plan: &Plan) -> Result<(), CliError> {
        let flag = match self {
            Self {
                only_changes: true, ..
            } => "--only-changes",
            Self { since: Some(_), .. } => "--since",
            Self { merge: true, .. } => "--merge",
            _ => return Ok(()),
        };
        if plan.array() != InputArray::Attributes {
            return Err(CliError::of(format_args!(
                "found events, expected rows about users since {flag} is given: each event stands for itself. \
                 Push them without it. Nothing was sent"
            )));
        }
        if self.only_changes && plan.mapping().identifiers.len() > 1 {
            return Err(CliError::of(
                "found a mapping with several identifiers, expected one alone since --only-changes is given: one \
                 person may be named in two ways, and what is known by the one name says nothing of the other. Map \
                 one identifier, or push without it. Nothing was sent",
            ));
        }
        if self.full_audience && matches!(plan.mapping().rows, Rows::Attributes) {
            return Err(CliError::of(
                "found rows of attributes alone, expected rows of audiences since --full-audience is given: who is \
                 in an audience stands in none of them, so nobody can have left one. Push them without it. Nothing \
                 was sent",
            ));
        }
        if self.merge && plan.mapping().nested_names == NestedNames::Merge {
            return Err(CliError::of(
                "found a mapping whose nested names make objects that Braze merges (\"nested_names\": \"merge\"), \
                 expected plain values since --merge is given: of objects the last would stand in the place of \
                 the others. Push without it. Nothing was sent",
            ));
        }
        Ok(())
    }

    /// What is different from what Braze has.
    fn since_state(
        &self,
        asked: &Asked<'_>,
        ledger: &Ledger,
        console: &mut Console<'_>,
    ) -> Result<Delta, CliError> {
        let known = match State::open(ledger.folder()).map_err(nothing_sent)? {
            Some(state) if state.endpoint() != asked.endpoint => {
                return Err(CliError::of(format_args!(
                    "found what is known of {}, expected it to be of {}: the workspace was given another endpoint \
                     since. Give the endpoint back, or forget what is known (`aiq-braze state forget`). Nothing was \
                     sent",
                    state.endpoint(),
                    asked.endpoint
                )));
            }
            Some(state) => state.known().map_err(nothing_sent)?,
            None => {
                console.say(
                    "Nothing is known yet of what Braze has: all values are sent, and known from then on",
                );
                Known::default()
            }
        };
        let since = Since {
            tells_all: self.full,
            is_whole: self.full_audience,
        };
        let watch = Watch::start("Comparing with what Braze has", asked.export.n_bytes());
        let mut progress = |_, bytes, rows| watch.show(bytes, rows, console);
        let trust = ends_memberships(asked.allowed);
        Delta::since(
            known,
            asked.side(),
            since,
            DELTA_BYTES,
            &trust,
            &mut progress,
        )
        .map_err(nothing_sent)
    }

    /// Begins to learn what Braze has, where that is wanted and has not begun yet.
    pub(super) fn begin_state(&self, ledger: &mut Ledger, target: &Target) -> Result<(), CliError> {
        if !self.only_changes {
            return Ok(());
        }
        let (endpoint, key) = (target.address.base(), &target.key);
        let begun = match State::open(ledger.folder()).map_err(nothing_sent)? {
            Some(mut state) => state.take_key(key),
            None => State::begin(ledger, endpoint, key).map(drop),
        };
        begun.map_err(nothing_sent)
    }

    /// Writes the objects as bodies.
    fn write(
        &self,
        delta: Option<Delta>,
        asked: &Asked<'_>,
        folder: &Path,
        console: &mut Console<'_>,
    ) -> Result<Draft, CliError> {
        let keeping = Keeping::start(folder, BatchLimits::default());
        let mut keeping = keeping.map_err(cannot_keep)?;
        let mut merging = self.merge.then(|| Merging::new(MERGE_BYTES));
        let mut take = |loose: &Loose<'_>| match &mut merging {
            Some(merging) if loose.n_rows > 0 => merging.push(loose).map_err(cannot_merge),
            _ => {
                // Who left is told of one thing, and its object never creates a user: it stays by itself. Leavers
                // come last, so a request that begins with one is about leavers alone.
                keep_merged(merging.take(), &mut keeping)?;
                keeping.push(loose).map_err(Cannot::from)
            }
        };
        let watch = Watch::start("Writing what is sent", asked.export.n_bytes());
        match delta {
            Some(delta) => select(delta, &watch, console, &mut take),
            None => all(asked, &watch, console, &mut take),
        }
        .map_err(|Cannot(error)| error)?;
        keep_merged(merging, &mut keeping).map_err(|Cannot(error)| error)?;
        let sends = match self.merge {
            true => Sends::Merged,
            false => Sends::Changes,
        };
        keeping.finish(sends).map_err(cannot_keep)
    }
}

/// Keeps the objects that rows were brought together to.
fn keep_merged(merging: Option<Merging>, keeping: &mut Keeping) -> Result<(), Cannot> {
    let Some(merging) = merging else {
        return Ok(());
    };
    merging.finish(&mut |loose| keeping.push(loose).map_err(Cannot::from))
}

/// What is different from an earlier export.
fn since_export(
    old: &Path,
    asked: &Asked<'_>,
    console: &mut Console<'_>,
) -> Result<Delta, CliError> {
    let old = asked.written_in.open(&[old], console)?;
    let mapping = asked.chosen.plan.mapping();
    let found = old.inspect(mapping.format).map_err(CliError::of)?;
    let mapping = without_others(mapping, &found.header, &asked.chosen.found.header);
    let plan = compile_old(&mapping, &old, &found)?;
    let mut watch = WatchBoth::start([&old, asked.export]);
    let mut progress = |which, bytes, rows| watch.show(which, bytes, rows, console);
    let old = Side { export: old, plan };
    let trust = ends_memberships(asked.allowed);
    Delta::compare(old, asked.side(), DELTA_BYTES, &trust, &mut progress).map_err(nothing_sent)
}

impl Asked<'_> {
    fn side(&self) -> Side {
        Side {
            export: self.export.clone(),
            plan: self.chosen.plan.clone(),
        }
    }
}

/// Takes an object.
type Take<'t> = dyn FnMut(&Loose<'_>) -> Result<(), Cannot> + 't;

fn select(
    delta: Delta,
    watch: &Watch,
    console: &mut Console<'_>,
    take: &mut Take<'_>,
) -> Result<(), Cannot> {
    let mut text = Vec::new();
    let mut progress = |_, bytes, rows| watch.show(bytes, rows, console);
    delta.select(&mut progress, &mut |selected: &Selected<'_>| {
        text.clear();
        selected.write(&mut text);
        take(&Loose {
            text: &text,
            identifier: selected.identifier,
            at: selected.at,
            n_rows: selected.n_rows,
        })
    })
}

/// All objects of the export that was checked.
fn all(
    asked: &Asked<'_>,
    watch: &Watch,
    console: &mut Console<'_>,
    take: &mut Take<'_>,
) -> Result<(), Cannot> {
    let job = Job {
        blocks: Blocks::Expected(asked.checked.blocks.clone()),
        ..Job::map(asked.export.clone(), asked.chosen.plan.clone())
    };
    for event in Pipeline::start(job) {
        match event {
            Event::Batch(batch) => {
                for object in &batch.objects {
                    let range = object.range.start as usize..object.range.end as usize;
                    take(&Loose {
                        text: batch.body.get(range).unwrap_or_default(),
                        identifier: object.identifier,
                        at: object.at,
                        n_rows: object.n_rows,
                    })?;
                }
            }
            Event::Progress { bytes, rows } => watch.show(bytes, rows, console),
            Event::Failed(error) => return Err(Cannot::of(error)),
            Event::Problem(_) | Event::Blocks(_) | Event::Sample(_) | Event::Done(_) => {}
        }
    }
    Ok(())
}

/// Why what is sent cannot be written.
struct Cannot(CliError);

impl Cannot {
    fn of(error: impl Display) -> Self {
        Self(nothing_sent(error))
    }
}

impl From<PrivateFileError> for Cannot {
    fn from(error: PrivateFileError) -> Self {
        Self(cannot_keep(error))
    }
}

impl From<DeltaError> for Cannot {
    fn from(error: DeltaError) -> Self {
        Self::of(error)
    }
}

impl From<std::io::Error> for Cannot {
    fn from(error: std::io::Error) -> Self {
        cannot_merge(error)
    }
}

fn cannot_merge(error: std::io::Error) -> Cannot {
    Cannot::of(format_args!(
        "rows of one user cannot be brought together in {}: {error}. Make room there, or name another folder in \
         TMPDIR",
        std::env::temp_dir().display()
    ))
}

fn cannot_keep(error: PrivateFileError) -> CliError {
    let (path, error) = error.into_parts();
    nothing_sent(format_args!(
        "{}: what is sent cannot be kept there: {error}. Make room, and see that the folder may be written to",
        words::path(&path)
    ))
}

fn nothing_sent(error: impl Display) -> CliError {
    CliError::of(format_args!("{error}. Nothing was sent"))
}

impl Changes {
    /// Says what the comparison came to.
    pub(super) fn say(&self, args: &ChangesArgs, console: &mut Console<'_>) {
        let Some(report) = &self.report else {
            return;
        };
        let Users {
            joined,
            left,
            changed,
            unchanged,
            ..
        } = report.users;
        let left = match args.only_changes {
            true => String::new(),
            false => format!(", {} left", words::count(left)),
        };
        console.say(format_args!(
            "Compared: users: {} new, {} changed, {} unchanged{left}; {}",
            words::count(joined),
            words::count(changed),
            words::count(unchanged),
            words::counted(
                self.draft.volume.leavers,
                "leaver to be told",
                "leavers to be told"
            ),
        ));
        for note in notes(report) {
            console.say(note);
        }
    }

    pub(super) fn json(&self) -> ChangesJson<'_> {
        let report = self.report.as_ref();
        let audiences = report.into_iter().flat_map(|report| &report.audiences);
        ChangesJson {
            users: report.map(|report| report.users),
            audiences: audiences
                .map(|(name, counts)| NamedAudience {
                    name,
                    counts: *counts,
                })
                .collect(),
            leavers_held: report.map_or(0, |report| report.held),
            objects: self.draft.volume.objects,
            leavers: self.draft.volume.leavers,
        }
    }
}

/// What of an export is sent, for programs.
#[derive(Serialize)]
pub(super) struct ChangesJson<'c> {
    users: Option<Users>,
    audiences: Vec<NamedAudience<'c>>,
    leavers_held: u64,
    objects: u64,
    leavers: u64,
}

#[derive(Serialize)]
struct NamedAudience<'c> {
    name: &'c str,
    #[serde(flatten)]
    counts: AudienceCounts,
}
