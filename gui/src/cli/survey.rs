//! Facts about the columns of a whole export, read for `inspect`.

use aiq_braze::diag::{Place, quote};
use aiq_braze::read::Location;
use aiq_braze::survey::{ColumnFacts, Distinct};
use aiq_braze::{Code, Facts, Header, Problem, Survey};

use super::progress::Watch;
use super::summary::{Listed, print_listed};
use super::{CliError, Console, words};
use crate::input::Export;

/// Reads every row, with a line that says how far it is.
pub(super) fn survey(
    export: &Export,
    header: &Header,
    console: &mut Console<'_>,
) -> Result<Facts, CliError> {
    let watch = Watch::start("Reading", export.n_bytes());
    let mut survey = Survey::new(header);
    let mut n_bytes = 0;
    for file in export.files() {
        let name = file.name();
        let fail = |error| CliError::of(format_args!("{}: {error}", words::name(&name)));
        survey.begin_file(&name);
        let mut reading = file.read().map_err(CliError::of)?;
        loop {
            let chunk = reading.next_chunk().map_err(CliError::of)?;
            if chunk.is_empty() {
                break;
            }
            survey.feed(chunk).map_err(fail)?;
            watch.show(n_bytes + reading.n_consumed(), survey.rows(), console);
        }
        survey.end_file().map_err(fail)?;
        n_bytes += file.n_bytes();
    }
    console.clear_line();
    Ok(survey.finish())
}

/// Prints the facts: rows, columns, and what in them deserves a word.
pub(super) fn print(
    facts: &Facts,
    findings: &[Problem],
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let language = console.manner.language;
    let bad_rows = match facts.bad_rows {
        0 => String::new(),
        n => format!(", {} that cannot be read", words::count(n)),
    };
    console.put_line(format_args!("\n{}{bad_rows}", words::rows(facts.rows)))?;
    let head = [
        "Column",
        "filled",
        "empty",
        "distinct",
        "longest",
        "Looks like",
        "From",
        "To",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(facts.columns.iter().map(cells));
    console.put(words::table(&rows, &[1, 2, 3, 4]))?;
    let files: Vec<_> = facts.files.iter().map(|file| file.name.clone()).collect();
    let place = |at: Location| words::place(at, &files, language);
    let mut listed = Vec::new();
    for file in &facts.files {
        for bad in &file.bad_rows {
            listed.push(Listed {
                code: bad.code,
                subject: words::rows_in(language, bad.seen.count),
                count: bad.seen.count,
                first: vec![place(bad.seen.first)],
            });
        }
    }
    listed.extend(findings.iter().map(|problem| {
        let Place::Row { at, column } = &problem.place else {
            return of_finding(problem.code, problem.place.words(language), String::new());
        };
        let column = column.as_deref().map_or_else(String::new, quote);
        let word = words::or(language, "column", "columna");
        let found = problem.found.as_deref().unwrap_or_default();
        of_finding(
            problem.code,
            format!("{word} {column}"),
            format!("{found}, {}", place(*at)),
        )
    }));
    print_listed(listed, console)
}

fn of_finding(code: Code, subject: String, first: String) -> Listed {
    Listed {
        code,
        subject,
        count: 1,
        first: vec![first],
    }
}

/// A column's line: the commonest form first, and where the first value of each other one is.
fn cells(column: &ColumnFacts) -> Vec<String> {
    let mut forms: Vec<_> = column.forms.iter().collect();
    forms.sort_by_key(|seen| std::cmp::Reverse(seen.count));
    let forms = forms.into_iter().enumerate().map(|(place, seen)| {
        let form = seen.form.as_str();
        match place {
            0 => form.to_owned(),
            _ => format!(
                "{} {form} (row {})",
                words::count(seen.count),
                words::count(seen.first.row)
            ),
        }
    });
    let forms: Vec<_> = forms.collect();
    let distinct = match column.distinct {
        Distinct::Exactly(n) => words::count(n),
        Distinct::MoreThan(n) => format!("over {}", words::count(n)),
    };
    let longest = column.longest.map_or(0, |longest| longest.characters);
    let value = |value: &Option<String>| value.as_deref().map_or_else(String::new, words::short);
    vec![
        words::short(&column.header),
        words::count(column.filled),
        words::count(column.empty),
        distinct,
        words::count(longest),
        forms.join(", "),
        value(&column.smallest),
        value(&column.largest),
    ]
}
