//! `validate`: ready-made request bodies against Braze's rules.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use aiq_braze::diag::Place;
use aiq_braze::{Code, Problem, Severity, payload};
use serde::Serialize;
use serde::de::IgnoredAny;

use super::json::Group;
use super::summary::{Listed, print_listed};
use super::{CliError, Console, Exit, words};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    /// Files with one body each, or with one body a line as `map` writes them; - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The members of --json: format, files (of file, bodies, bytes, attributes, events, purchases, errors,\n\
                    warnings, problems)";

/// Bytes of a body. Braze takes 4 MB; more than this is no body at all.
const MOST_BYTES: u64 = 64 << 20;
/// Problems of each code that are told one by one.
const MOST_TOLD: usize = 10;

/// Checks the files. Exit 1 says that there are errors; warnings alone are fine.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut checked = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let bodies = if path.as_os_str() == "-" {
            if console.is_typed {
                return Err(CliError::of(
                    "found nobody who passes a body on standard input (-), expected one there: \
                     `aiq-braze validate - < body.json`. Or name a file",
                ));
            }
            Bodies::read(path, &mut *console.input)?
        } else {
            let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
            Bodies::read(path, &mut BufReader::with_capacity(128 << 10, file))?
        };
        checked.push(bodies);
    }
    let is_fine = checked
        .iter()
        .all(|bodies| bodies.count(Severity::Error) == 0);
    if args.json {
        let files = checked.iter().map(Bodies::json).collect();
        console.put_json(&ValidateJson { files })?;
    } else if !(is_fine && console.manner.is_quiet) {
        for (place, bodies) in checked.iter().enumerate() {
            if place > 0 {
                console.put("\n")?;
            }
            bodies.print(console)?;
        }
    }
    Ok(if is_fine { Exit::Fine } else { Exit::SomeRows })
}

fn cannot_read(path: &Path, error: &io::Error) -> CliError {
    CliError::of(format_args!(
        "{}: cannot be read: {error}. Check the path and its permissions",
        words::path(path)
    ))
}

/// What was found in the bodies of one file.
struct Bodies {
    name: String,
    n_bodies: u64,
    n_bytes: u64,
    n_attributes: u64,
    n_events: u64,
    n_purchases: u64,
    /// By code: how many, and the first few.
    problems: BTreeMap<Code, (u64, Vec<Problem>)>,
}

impl Bodies {
    /// Reads a file of one body, or of one a line: whose first line is a body by itself, and not alone.
    fn read(path: &Path, input: &mut dyn BufRead) -> Result<Self, CliError> {
        let mut bodies = Self {
            name: match path.as_os_str() == "-" {
                true => "standard input".to_owned(),
                false => path.display().to_string(),
            },
            n_bodies: 0,
            n_bytes: 0,
            n_attributes: 0,
            n_events: 0,
            n_purchases: 0,
            problems: BTreeMap::new(),
        };
        let mut text = Vec::new();
        let is_more = bodies.line(1, input, &mut text)?;
        let is_named_lines = path
            .extension()
            .is_some_and(|name| name == "jsonl" || name == "ndjson");
        if is_named_lines || is_more && serde_json::from_slice::<IgnoredAny>(&text).is_ok() {
            let mut line = 1;
            while !text.is_empty() {
                if !text.trim_ascii().is_empty() {
                    bodies.add(text.trim_ascii_end(), line);
                }
                line += 1;
                text.clear();
                bodies.line(line, input, &mut text)?;
            }
            return Ok(bodies);
        }
        let room = (MOST_BYTES + 1).saturating_sub(text.len() as u64);
        let rest = input.take(room).read_to_end(&mut text);
        rest.map_err(|error| cannot_read(path, &error))?;
        bodies.refuse_length(text.len(), 1)?;
        bodies.add(&text, 1);
        Ok(bodies)
    }

    /// Reads a line with its end; whether something follows it.
    fn line(
        &self,
        line: u64,
        input: &mut dyn BufRead,
        text: &mut Vec<u8>,
    ) -> Result<bool, CliError> {
        let fail = |error| cannot_read(Path::new(&self.name), &error);
        let mut bounded = (&mut *input).take(MOST_BYTES + 1);
        bounded.read_until(b'\n', text).map_err(fail)?;
        self.refuse_length(text.len(), line)?;
        let ahead = input.fill_buf().map_err(fail)?;
        Ok(!ahead.trim_ascii().is_empty())
    }

    fn refuse_length(&self, n_bytes: usize, line: u64) -> Result<(), CliError> {
        if n_bytes as u64 <= MOST_BYTES {
            return Ok(());
        }
        Err(CliError::of(format_args!(
            "{}: found a body of more than 64 MB from line {line} on, expected at most the 4 MB that Braze takes. \
             Split it into requests of 75 objects",
            words::name(&self.name)
        )))
    }

    /// Checks a body that begins on this line.
    fn add(&mut self, body: &[u8], first_line: u64) {
        let report = payload::check(body);
        self.n_bodies += 1;
        self.n_bytes += report.n_bytes;
        self.n_attributes += report.n_attributes;
        self.n_events += report.n_events;
        self.n_purchases += report.n_purchases;
        for (code, count) in &report.tally {
            self.problems.entry(*code).or_default().0 += count;
        }
        for mut problem in report.problems {
            if let Place::Payload { line, .. } = &mut problem.place {
                *line += first_line - 1;
            }
            let (_, first) = self.problems.entry(problem.code).or_default();
            if first.len() < MOST_TOLD {
                first.push(problem);
            }
        }
    }

    fn count(&self, severity: Severity) -> u64 {
        let of_it = self
            .problems
            .iter()
            .filter(|(code, _)| code.severity() == severity);
        of_it.map(|(_, (count, _))| count).sum()
    }

    fn print(&self, console: &mut Console<'_>) -> Result<(), CliError> {
        let language = console.manner.language;
        let counted = [
            words::counted(self.n_bodies, "body", "bodies"),
            words::counted(self.n_attributes, "attribute object", "attribute objects"),
            words::counted(self.n_events, "event", "events"),
            words::counted(self.n_purchases, "purchase", "purchases"),
            words::bytes(self.n_bytes),
        ];
        console.put_line(format_args!(
            "{}: {}",
            words::name(&self.name),
            counted.join(", ")
        ))?;
        let listed = self.problems.iter().map(|(code, (count, first))| Listed {
            code: *code,
            subject: words::places_in(language, *count),
            count: *count,
            first: first
                .iter()
                .map(|problem| {
                    let place = problem.place.words(language);
                    format!("{place}: {}", problem.found_and_expected(language))
                })
                .collect(),
        });
        print_listed(listed, console)?;
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        console.put_line(match errors + warnings {
            0 => "Nothing is wrong with it by Braze's documented rules".to_owned(),
            _ => format!(
                "\n{}, {}",
                words::counted(errors, "error", "errors"),
                words::counted(warnings, "warning", "warnings")
            ),
        })
    }

    fn json(&self) -> FileJson<'_> {
        let problems = self.problems.iter().map(|(code, (count, first))| Group {
            code: *code,
            column: None,
            count: *count,
            first,
        });
        FileJson {
            file: &self.name,
            bodies: self.n_bodies,
            bytes: self.n_bytes,
            attributes: self.n_attributes,
            events: self.n_events,
            purchases: self.n_purchases,
            errors: self.count(Severity::Error),
            warnings: self.count(Severity::Warning),
            problems: problems.collect(),
        }
    }
}

/// See [`json`](super::json#validate).
#[derive(Serialize)]
struct ValidateJson<'v> {
    files: Vec<FileJson<'v>>,
}

#[derive(Serialize)]
struct FileJson<'v> {
    file: &'v str,
    bodies: u64,
    bytes: u64,
    attributes: u64,
    events: u64,
    purchases: u64,
    errors: u64,
    warnings: u64,
    problems: Vec<Group<'v>>,
}
