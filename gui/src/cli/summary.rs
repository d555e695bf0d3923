//! What a check came to, for people and for programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aiq_braze::diag::{Fix, Place, quote};
use aiq_braze::{Code, Language, Plan, Problem, Severity, Summary};

use super::json::Group;
use super::{CliError, Console, words};
use crate::input::Export;
use crate::pipeline::{Event, Job, Pipeline, RejectsFile};
use crate::push::{Audience, audiences};

/// A finished pass over every row.
pub(crate) struct Checked {
    pub(crate) summary: Summary,
    /// The first few problems of each (code, column).
    problems: BTreeMap<(Code, Option<String>), Vec<Problem>>,
    files: Vec<String>,
    pub(super) rejects: Option<PathBuf>,
}

/// Starts the rejects file, if one is wanted.
pub(crate) fn create_rejects(path: Option<&Path>) -> Result<Option<RejectsFile>, CliError> {
    let file = path.map(RejectsFile::create).transpose();
    file.map_err(CliError::of)
}

/// Checks every row, with a line that says how far it is.
pub(crate) fn check(
    export: &Export,
    plan: &Plan,
    rejects: Option<RejectsFile>,
    console: &mut Console<'_>,
) -> Result<Checked, CliError> {
    let rejects_path = rejects.as_ref().map(|file| file.path().to_owned());
    let job = Job::check(export.clone(), plan.clone()).with_rejects(rejects);
    let mut problems = BTreeMap::new();
    for event in Pipeline::start(job) {
        match event {
            Event::Problem(problem) => keep(&mut problems, problem),
            Event::Progress { bytes, rows } => {
                let percent = (bytes * 100).checked_div(export.n_bytes()).unwrap_or(100);
                console.say_for_now(format_args!("Checking: {}, {percent}%", words::rows(rows)));
            }
            Event::Done(summary) => {
                console.clear_line();
                return Ok(Checked {
                    summary,
                    problems,
                    files: export.names(),
                    rejects: rejects_path,
                });
            }
            Event::Failed(error) => {
                console.clear_line();
                return Err(CliError::of(error));
            }
            Event::Batch(_) => {}
        }
    }
    Err(CliError::of(crate::pipeline::PipelineError::Died))
}

/// Keeps a problem for its group.
pub(crate) fn keep(
    problems: &mut BTreeMap<(Code, Option<String>), Vec<Problem>>,
    problem: Problem,
) {
    let column = match &problem.place {
        Place::Row { column, .. } => column.clone(),
        _ => None,
    };
    problems
        .entry((problem.code, column))
        .or_default()
        .push(problem);
}

impl Checked {
    /// Prints it all: what would be sent, the audiences, the problems, the warnings of the plan.
    pub(crate) fn print(
        &self,
        export: &Export,
        plan: &Plan,
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        self.print_totals(export, console)?;
        self.print_audiences(console)?;
        self.print_problems(plan, console)?;
        print_warnings(plan, console)?;
        if let Some(path) = &self.rejects {
            console.put_line(format_args!(
                "\nRejected rows, with their reasons: {} (personal data; only you may read it)",
                words::path(path)
            ))?;
        }
        Ok(())
    }

    fn print_totals(&self, export: &Export, console: &mut Console<'_>) -> Result<(), CliError> {
        let Summary {
            rows,
            objects,
            rejected,
            nothing_to_send,
            batches,
            body_bytes,
            ..
        } = &self.summary;
        let nothing_to_send = match nothing_to_send {
            0 => String::new(),
            n => format!(", {} with nothing to send", words::count(*n)),
        };
        console.put_line(format_args!(
            "{}: {}, {} rejected{nothing_to_send}",
            words::files(export),
            words::rows(*rows),
            words::count(*rejected),
        ))?;
        console.put_line(format_args!(
            "To send: {} in {}, {}",
            words::counted(*objects, "object", "objects"),
            words::counted(*batches, "request", "requests"),
            words::bytes(*body_bytes),
        ))
    }

    fn print_audiences(&self, console: &mut Console<'_>) -> Result<(), CliError> {
        let audiences = audiences(&self.summary);
        if audiences.is_empty() {
            return Ok(());
        }
        let head = ["Audience attribute", "members", "leavers"].map(str::to_owned);
        let mut rows = vec![head.to_vec()];
        rows.extend(audiences.into_iter().map(|audience| {
            let Audience {
                name,
                members,
                leavers,
            } = audience;
            vec![
                words::name(&name),
                words::count(members),
                words::count(leavers),
            ]
        }));
        console.put(format_args!("\n{}", words::table(&rows, &[1, 2])))
    }

    fn print_problems(&self, plan: &Plan, console: &mut Console<'_>) -> Result<(), CliError> {
        const MOST_PLACES: usize = 3;
        for group in self.groups(plan) {
            let Some(code) = Code::find(group.code) else {
                continue;
            };
            let texts = code.texts(Language::English);
            let column = group.column.map(|name| format!(", column {}", quote(name)));
            let severity = match code.severity() {
                Severity::Error => "",
                Severity::Warning => " (a warning)",
            };
            console.put_line(format_args!(
                "\n{} {}: {}{}: {}{severity}",
                group.code,
                group.name,
                if is_of_files(code) {
                    words::counted(group.count, "file", "files")
                } else {
                    words::rows(group.count)
                },
                column.unwrap_or_default(),
                texts.title,
            ))?;
            for problem in group.first.iter().take(MOST_PLACES) {
                console.put_line(format_args!("  {}", self.place(problem)))?;
            }
            if group.count > MOST_PLACES as u64 {
                let more = group.count - (group.first.len().min(MOST_PLACES) as u64);
                console.put_line(format_args!("  and {} more", words::count(more)))?;
            }
            console.put_line(format_args!("  {}", texts.todo))?;
        }
        Ok(())
    }

    /// `row 17 (line 21): found "12,5", expected a number`
    fn place(&self, problem: &Problem) -> String {
        let texts = problem.code.texts(Language::English);
        let place = match &problem.place {
            Place::Row { at, .. } => words::place(*at, &self.files),
            other => other.words(Language::English),
        };
        let expected = problem.expected.as_deref().unwrap_or(texts.expected);
        match &problem.found {
            Some(found) => format!("{place}: found {found}, expected {expected}"),
            None => format!("{place}: expected {expected}"),
        }
    }

    pub(super) fn groups<'c>(&'c self, plan: &'c Plan) -> Vec<Group<'c>> {
        let entries = self.summary.tally.iter();
        entries
            .map(|(code, column_idx, entry)| {
                let column =
                    column_idx.and_then(|column_idx| plan.header().name(column_idx as usize));
                let key = (code, column.map(str::to_owned));
                Group {
                    code: code.id(),
                    name: code.name(),
                    severity: code.severity().as_str(),
                    column,
                    count: entry.count,
                    first: self.problems.get(&key).map_or(&[], Vec::as_slice),
                }
            })
            .collect()
    }
}

/// Whether the problem is one of whole files.
fn is_of_files(code: Code) -> bool {
    matches!(
        code,
        Code::RowCountDiffers | Code::FileMissing | Code::FileSizeDiffers
    )
}

/// Whether the export is not what files beside it say that it is: rows may be missing.
pub(crate) fn is_incomplete(summary: &Summary) -> bool {
    summary.tally.iter().any(|(code, ..)| is_of_files(code))
}

/// Prints what the header and the mapping deserve to have said about them.
pub(crate) fn print_warnings(plan: &Plan, console: &mut Console<'_>) -> Result<(), CliError> {
    for problem in plan.warnings() {
        let severity = problem.severity();
        debug_assert_eq!(severity, Severity::Warning);
        let message = problem.message(Language::English);
        console.put_line(format_args!(
            "\n{} {}: {message}",
            problem.code.id(),
            severity.as_str()
        ))?;
        if let Some(Fix { edit, grade }) = &problem.fix {
            console.put_line(format_args!(
                "  The fix ({}), in \"columns\" of the mapping: {}",
                words::grade(*grade),
                words::edit(edit, plan.mapping()),
            ))?;
        }
    }
    Ok(())
}
