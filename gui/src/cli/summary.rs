//! What a check came to, for people and for programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aiq_braze::diag::{Fix, Grade, Place, quote};
use aiq_braze::{Code, Language, Plan, Problem, Severity, Summary};

use super::json::Group;
use super::progress::Watch;
use super::{CliError, Console, Look, words};
use crate::input::Export;
use crate::pipeline::{Event, Job, Pipeline, PipelineError, RejectsFile, SampleSize, SampledUser};
use crate::push::{Audience, audiences, events};

/// A finished pass over every row.
pub(crate) struct Checked {
    pub(crate) summary: Summary,
    /// Hashes of what was read.
    pub(super) blocks: Vec<u128>,
    /// Some of the users, where they were wanted.
    pub(super) sample: Vec<SampledUser>,
    pub(super) problems: Problems,
    pub(super) files: Vec<String>,
    pub(super) rejects: Option<PathBuf>,
}

/// The first few problems of each (code, column).
#[derive(Default)]
pub(crate) struct Problems(BTreeMap<(Code, Option<String>), Vec<Problem>>);

impl Problems {
    /// Keeps a problem for its group.
    pub(crate) fn keep(&mut self, problem: Problem) {
        let column = problem.place.column().map(str::to_owned);
        let group = self.0.entry((problem.code, column));
        group.or_default().push(problem);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.values().flatten()
    }
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
    finds_conflicts: bool,
    sample: Option<SampleSize>,
    console: &mut Console<'_>,
) -> Result<Checked, CliError> {
    let rejects_path = rejects.as_ref().map(|file| file.path().to_owned());
    let job = Job::check(export.clone(), plan.clone());
    let job = Job {
        conflicts: job.conflicts.filter(|_| finds_conflicts),
        sample,
        ..job.with_rejects(rejects)
    };
    let watch = Watch::start("Checking", export.n_bytes());
    let (mut problems, mut blocks, mut sampled) = (Problems::default(), Vec::new(), Vec::new());
    for event in Pipeline::start(job) {
        match event {
            Event::Problem(problem) => problems.keep(problem),
            Event::Blocks(made) => blocks = made,
            Event::Sample(users) => sampled = users,
            Event::Progress { bytes, rows } => watch.show(bytes, rows, console),
            Event::Done(summary) => {
                console.clear_line();
                return Ok(Checked {
                    summary,
                    blocks,
                    sample: sampled,
                    problems,
                    files: export.names(),
                    rejects: rejects_path,
                });
            }
            Event::Failed(error) => return Err(CliError::of(error)),
            Event::Batch(_) => {}
        }
    }
    Err(CliError::of(PipelineError::Died))
}

/// Problems of one kind, as people read them.
pub(crate) struct Listed {
    pub(crate) code: Code,
    /// How many there are, and where all of them are: `1,234 rows, column "ltv"`.
    pub(crate) subject: String,
    pub(crate) count: u64,
    /// The first few, each with its place: `row 17 (line 21): found "12,5", expected a number`.
    pub(crate) first: Vec<String>,
}

/// Places of each group that people are shown.
const MOST_PLACES: usize = 3;

/// Prints problems by their kind: what and how often, the first places, what to do.
pub(crate) fn print_listed(
    listed: impl IntoIterator<Item = Listed>,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let language = console.manner.language;
    let (and, more) = words::or(language, ("and", "more"), ("y", "más"));
    for Listed {
        code,
        subject,
        count,
        first,
    } in listed
    {
        let texts = code.texts(language);
        let severity = match code.severity() {
            Severity::Error => String::new(),
            warning => format!(" ({})", words::severity(warning, language)),
        };
        console.put("\n")?;
        console.put_in(Look::Code(code.severity()), code.id())?;
        console.put_line(format_args!(
            " {}: {subject}: {}{severity}",
            code.name(),
            texts.title
        ))?;
        let shown = &first[..first.len().min(MOST_PLACES)];
        for place in shown {
            console.put_line(format_args!("  {place}"))?;
        }
        match count.saturating_sub(shown.len() as u64) {
            0 => {}
            n => {
                let n = words::count_in(language, n);
                console.put_line(format_args!("  {and} {n} {more}"))?;
            }
        }
        console.put_line(format_args!("  {}", texts.todo))?;
    }
    Ok(())
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
        self.print_events(console)?;
        print_listed(self.listed(plan, console.manner.language), console)?;
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
            rejected,
            nothing_to_send,
            left_out,
            batches,
            body_bytes,
            ..
        } = &self.summary;
        let left_out = match left_out {
            0 => String::new(),
            n => format!(" ({} left out by the mapping's where)", words::count(*n)),
        };
        let nothing_to_send = match nothing_to_send {
            0 => String::new(),
            n => format!(", {} with nothing to send{left_out}", words::count(*n)),
        };
        console.put_line(format_args!(
            "{}: {}, {} rejected{nothing_to_send}",
            words::files(export),
            words::rows(*rows),
            words::count(*rejected),
        ))?;
        console.put_line(format_args!(
            "To send: {} in {}, {}",
            words::objects(&self.summary),
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

    fn print_events(&self, console: &mut Console<'_>) -> Result<(), CliError> {
        let events = events(&self.summary);
        if events.is_empty() {
            return Ok(());
        }
        let mut rows = vec![["Event", "count"].map(str::to_owned).to_vec()];
        rows.extend(
            events
                .into_iter()
                .map(|event| vec![words::name(&event.name), words::count(event.count)]),
        );
        console.put(format_args!("\n{}", words::table(&rows, &[1])))
    }

    fn listed(&self, plan: &Plan, language: Language) -> Vec<Listed> {
        let groups = self.groups(plan).into_iter();
        let listed = groups.map(|group| {
            let column = group.column.map_or_else(String::new, |name| {
                let word = words::or(language, "column", "columna");
                format!(", {word} {}", quote(name))
            });
            let first = group.first.iter().take(MOST_PLACES);
            Listed {
                code: group.code,
                subject: match is_of_files(group.code) {
                    true => words::files_in(language, group.count),
                    false => words::rows_in(language, group.count) + &column,
                },
                count: group.count,
                first: first.map(|problem| self.place(problem, language)).collect(),
            }
        });
        listed.collect()
    }

    /// `row 17 (line 21): found "12,5", expected a number`
    fn place(&self, problem: &Problem, language: Language) -> String {
        let place = match &problem.place {
            Place::Row { at, .. } => words::place(*at, &self.files, language),
            other => other.words(language),
        };
        format!("{place}: {}", problem.found_and_expected(language))
    }

    pub(super) fn groups<'c>(&'c self, plan: &'c Plan) -> Vec<Group<'c>> {
        let entries = self.summary.tally.iter();
        entries
            .map(|(code, column_idx, entry)| {
                let column = column_idx
                    .and_then(|idx| self.summary.column_name(plan.header(), idx as usize));
                let key = (code, column.map(str::to_owned));
                Group {
                    code,
                    column,
                    count: entry.count,
                    first: self.problems.0.get(&key).map_or(&[], Vec::as_slice),
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
    let language = console.manner.language;
    let is_certain = |problem: &Problem| {
        let fix = problem.fix.as_ref();
        fix.is_some_and(|fix| fix.grade == Grade::Certain)
    };
    for problem in plan.warnings() {
        let severity = problem.severity();
        debug_assert_eq!(severity, Severity::Warning);
        console.put("\n")?;
        console.put_in(Look::Code(severity), problem.code.id())?;
        console.put_line(format_args!(
            " {}: {}",
            words::severity(severity, language),
            problem.message(language)
        ))?;
        if let Some(Fix { edit, grade }) = &problem.fix {
            let grade = words::grade_in(language, *grade);
            let edit = words::edit(edit, plan.mapping());
            console.put_line(words::or(
                language,
                format!("  The fix ({grade}), in \"columns\" of the mapping: {edit}"),
                format!("  La corrección ({grade}), en \"columns\" del mapeo: {edit}"),
            ))?;
        }
    }
    if plan.warnings().iter().any(is_certain) {
        console.put_line(words::or(
            language,
            "\n`check --fix -o FILE` applies the fixes that are certain, and writes the mapping",
            "\n`check --fix -o FILE` aplica las correcciones seguras y escribe el mapeo",
        ))?;
    }
    Ok(())
}
