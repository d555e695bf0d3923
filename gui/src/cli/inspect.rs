//! `inspect`: what an export is, and how its columns probably map.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aiq_braze::diag::Grade;
use aiq_braze::mapping::{Becomes, Draft};
use aiq_braze::read::Format;
use aiq_braze::{Because, Facts, Inspection, Plan, Problem, Reason};
use serde::Serialize;
use serde_json::value::RawValue;

use super::files::refuse_clashes;
use super::input::InputArgs;
use super::json::{ExportJson, FixableJson, mapping_json, warnings_json};
use super::summary::print_warnings;
use super::survey::{self, survey};
use super::{CliError, Console, Exit, words};
use crate::input::{Export, Note};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// Save the suggested mapping to a new file, to look at, correct, and name with -m
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Look at the first rows alone, not at the whole export
    #[arg(long)]
    quick: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The members of --json: format, export, notes, dialect, columns (of name, role, as, type, grade, because,\n\
                    sample), grade, mapping, warnings, errors, facts, findings, saved";

/// Values of each column that are told, and of them those that are shown to people.
const TOLD_VALUES: usize = 3;
const SHOWN_VALUES: usize = 2;

/// Inspects and says what was found.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let export = args.input.open(console)?;
    refuse_clashes(&export, &[], &[("--save", args.save.as_deref())])?;
    let found = export.inspect(None).map_err(CliError::of)?;
    console.is_watched &= !args.json;
    let facts = match args.quick {
        true => None,
        false => Some(survey(&export, &found.header, console)?),
    };
    // What the first rows suggest, the others may refute.
    let found = match &facts {
        Some(facts) => found.corrected_by(facts),
        None => found,
    };
    let plan = found.suggestion.mapping.compile(&found.header);
    let columns = columns(&found);
    let findings = match (&facts, &plan) {
        (Some(facts), Ok(plan)) => facts.findings(plan),
        _ => Vec::new(),
    };
    let saved = args.save.as_deref();
    if let Some(path) = saved {
        save(&found, path)?;
    }
    if args.json {
        let errors = plan.as_ref().err().map_or(&[][..], Vec::as_slice);
        console.put_json(&InspectJson {
            export: ExportJson::of(&export),
            notes: export.notes(),
            dialect: found.header.format,
            columns,
            grade: found.suggestion.grade(),
            mapping: mapping_json(&found.suggestion.mapping),
            warnings: plan.as_ref().map_or_else(|_| Vec::new(), warnings_json),
            errors,
            facts: facts.as_ref(),
            findings: &findings,
            saved: saved.map(|path| path.display().to_string()),
        })?;
    } else {
        print(&export, &found, &columns, console)?;
        if let Some(facts) = &facts {
            survey::print(facts, &findings, console)?;
        }
        print_mapping(&found, &plan, console)?;
    }
    if let Some(path) = saved {
        console.say(format_args!(
            "Saved: {}. Look at it, correct it, then: aiq-braze check {} -m {0}",
            words::path(path),
            words::path(&args.input.files[0]), // OK because at least one file is required
        ));
    }
    Ok(Exit::Fine)
}

fn print(
    export: &Export,
    found: &Inspection,
    columns: &[Column<'_>],
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let n_columns = words::counted(found.header.width() as u64, "column", "columns");
    console.put_line(format_args!(
        "{}: {}, {n_columns}; {}\n",
        words::files(export),
        words::bytes(export.n_bytes()),
        words::format(found.header.format)
    ))?;
    let head = ["Column", "Suggested use", "", "First values"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    rows.extend(columns.iter().map(Column::cells));
    console.put(words::table(&rows, &[]))
}

fn print_mapping(
    found: &Inspection,
    plan: &Result<Plan, Vec<Problem>>,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    match plan {
        Ok(plan) => print_warnings(plan, console)?,
        Err(_) if found.suggestion.mapping.identifiers.is_empty() => console.put_line(
            "\nNo column is known to identify users. Name it: --id COLUMN=external_id, \
             or \"identifiers\" in the mapping",
        )?,
        Err(problems) => {
            console.put_line("\nThe suggested mapping cannot be used as it is:")?;
            for problem in problems {
                let message = problem.message(console.manner.language);
                console.put_line(format_args!("  {}: {message}", problem.code.id()))?;
            }
        }
    }
    console.put_line(format_args!(
        "\nSuggested mapping:\n{}",
        found.suggestion.mapping.to_json()
    ))
}

fn save(found: &Inspection, path: &Path) -> Result<(), CliError> {
    let fail = |error: io::Error| {
        CliError::of(match error.kind() {
            io::ErrorKind::AlreadyExists => format!(
                "{}: found a file of this name, expected a new one: a mapping may have been corrected \
                 by hand. Name another one, or remove it",
                path.display()
            ),
            _ => format!("{}: the mapping cannot be saved: {error}", path.display()),
        })
    };
    let mut file = std::fs::File::create_new(path).map_err(fail)?;
    let json = found.suggestion.mapping.to_json() + "\n";
    file.write_all(json.as_bytes()).map_err(fail)
}

/// A column as it is told.
#[derive(Serialize)]
struct Column<'i> {
    name: &'i str,
    /// `identifier`, `audience_id`, `split_id`, `status`, `event_name`, `event_time`, `app_id` or
    /// `attribute` (of events: a property); `None`: it is not sent.
    role: Option<&'static str>,
    /// The identifier, or the attribute's name.
    #[serde(rename = "as")]
    as_name: Option<String>,
    /// The attribute's type.
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    /// `certain` or `likely`; `None` for what is simply sent as text.
    grade: Option<Grade>,
    /// `header`, `usual_header` or `values`.
    because: Option<&'static str>,
    #[serde(skip)]
    reason: Option<&'i Reason>,
    /// The first filled cells.
    sample: Vec<&'i str>,
}

fn columns(found: &Inspection) -> Vec<Column<'_>> {
    let draft = Draft::suggested(found.clone());
    let names = found.header.names().iter().enumerate();
    names
        .map(|(column_idx, name)| {
            let mut reasons = found.suggestion.reasons.iter();
            let reason = reasons.find(|reason| reason.column_idx == Some(column_idx));
            let (role, as_name, kind) = match draft.becomes(column_idx) {
                Becomes::Identifier(kind) => {
                    (Some("identifier"), Some(kind.as_str().to_owned()), None)
                }
                Becomes::AudienceId => (Some("audience_id"), None, None),
                Becomes::SplitId => (Some("split_id"), None, None),
                Becomes::Status(_) => (Some("status"), None, None),
                Becomes::Attribute { name: given, kind } => {
                    let given = given.unwrap_or_else(|| name.clone());
                    (Some("attribute"), Some(given), Some(kind.as_str()))
                }
                Becomes::EventName => (Some("event_name"), None, None),
                Becomes::EventTime => (Some("event_time"), None, None),
                Becomes::AppId => (Some("app_id"), None, None),
                Becomes::Skipped | Becomes::Ours => (None, None, None),
            };
            Column {
                name,
                role,
                as_name,
                kind,
                grade: reason.map(|reason| reason.grade),
                because: reason.map(|reason| match reason.because {
                    Because::Header => "header",
                    Because::UsualHeader => "usual_header",
                    Because::Values => "values",
                    Because::FileName => "file_name",
                }),
                reason,
                sample: sample(found, column_idx),
            }
        })
        .collect()
}

fn sample(found: &Inspection, column_idx: usize) -> Vec<&str> {
    let cells = found.sample.iter().filter_map(|row| row.get(column_idx));
    let filled = cells.map(String::as_str).filter(|cell| !cell.is_empty());
    filled.take(TOLD_VALUES).collect()
}

impl Column<'_> {
    fn cells(&self) -> Vec<String> {
        let to_use = match (self.role, self.kind) {
            (None, _) => "not sent".to_owned(),
            (_, Some(kind)) => format!("attribute, {kind}"),
            _ => self
                .reason
                .map_or_else(String::new, |reason| words::role(reason.role)),
        };
        let why = self.reason.map_or_else(String::new, |reason| {
            format!(
                "{}: {}",
                words::grade(reason.grade),
                words::because(reason.because)
            )
        });
        let values: Vec<_> = self
            .sample
            .iter()
            .take(SHOWN_VALUES)
            .map(|value| words::short(value))
            .collect();
        vec![words::short(self.name), to_use, why, values.join(", ")]
    }
}

/// What an inspection tells programs; see [`json`](super::json#inspect).
#[derive(Serialize)]
struct InspectJson<'i> {
    export: ExportJson,
    /// See [`Note`].
    notes: &'i [Note],
    dialect: Format,
    columns: Vec<Column<'i>>,
    grade: Option<Grade>,
    mapping: Box<RawValue>,
    warnings: Vec<FixableJson<'i>>,
    errors: &'i [Problem],
    facts: Option<&'i Facts>,
    findings: &'i [Problem],
    saved: Option<String>,
}
