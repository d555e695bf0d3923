//! Figures and names as people read them.

use std::path::Path;

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::read::{Dialect, Escape, Format, Location};
use aiq_braze::{Because, Language, Mapping, Problem, Reason, Role, Severity, Summary};

use super::console::{escaped, is_command};
use crate::input::Export;

/// A name from outside, on one line and without anything that a terminal obeys.
pub(super) fn name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for char in name.chars() {
        if is_command(char) {
            shown += &escaped(char);
        } else {
            shown.push(char);
        }
    }
    shown
}

/// A path as [`name`] shows it.
pub(super) fn path(path: &Path) -> String {
    name(&path.display().to_string())
}

/// `1,234`
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `1,234 rows`
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `1,234 rows`
pub(super) fn rows(number: u64) -> String {
    counted(number, "row", "rows")
}

/// `1,234 leavers`: of users who are in no row.
pub(super) fn leavers(number: u64) -> String {
    counted(number, "leaver", "leavers")
}

/// `1,234 objects`, or `1,234 events` where rows are events.
pub(super) fn objects(summary: &Summary) -> String {
    match summary.events.is_empty() {
        true => counted(summary.objects, "object", "objects"),
        false => counted(summary.objects, "event", "events"),
    }
}

/// `613.4 KB`
pub(super) fn bytes(number: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = (number + unit / 20) / (unit / 10);
        format!("{}.{}", count(tenths / 10), tenths % 10)
    };
    match number {
        0..1_000 => counted(number, "byte", "bytes"),
        1_000..1_000_000 => format!("{} KB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

/// `12 s`, `3 min 05 s`, `2 h 07 min`
pub(super) fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", count(seconds / 3600), seconds / 60 % 60),
    }
}

/// `12,345`, in Spanish `12.345` and `1234`
pub(super) fn count_in(language: Language, number: u64) -> String {
    match (language, number) {
        (Language::English, _) => count(number),
        (Language::Spanish, 0..10_000) => number.to_string(),
        (Language::Spanish, _) => count(number).replace(',', "."),
    }
}

/// `12.345 filas`
pub(super) fn rows_in(language: Language, number: u64) -> String {
    counted_in(language, number, ("row", "rows"), ("fila", "filas"))
}

/// `3 archivos`
pub(super) fn files_in(language: Language, number: u64) -> String {
    counted_in(language, number, ("file", "files"), ("archivo", "archivos"))
}

/// `3 lugares`
pub(super) fn places_in(language: Language, number: u64) -> String {
    counted_in(language, number, ("place", "places"), ("lugar", "lugares"))
}

/// One and many in English, one and many in Spanish.
fn counted_in(
    language: Language,
    number: u64,
    english: (&str, &str),
    spanish: (&str, &str),
) -> String {
    let (one, many) = or(language, english, spanish);
    let word = if number == 1 { one } else { many };
    format!("{} {word}", count_in(language, number))
}

/// The one in English or the other in Spanish.
pub(super) fn or<T>(language: Language, english: T, spanish: T) -> T {
    match language {
        Language::English => english,
        Language::Spanish => spanish,
    }
}

/// `error`, `aviso`
pub(super) fn severity(severity: Severity, language: Language) -> &'static str {
    match (severity, language) {
        (Severity::Error, _) => "error",
        (Severity::Warning, Language::English) => "warning",
        (Severity::Warning, Language::Spanish) => "aviso",
    }
}

/// `export.csv`, `export.csv and 3 more files`
pub(super) fn files(export: &Export) -> String {
    let names = export.names();
    let first = names.first().map_or_else(String::new, |first| name(first));
    match names.len() {
        0 | 1 => first,
        n => {
            let more = counted(n as u64 - 1, "more file", "more files");
            format!("{first} and {more}")
        }
    }
}

/// `row 17 (line 21)`, with the file where there are several.
///
/// Who left is in no row of the export.
pub(super) fn place(at: Location, files: &[String], language: Language) -> String {
    if at.row == 0 {
        return or(language, "a leaver", "alguien que salió").to_owned();
    }
    let row = Place::Row { at, column: None }.words(language);
    match files.get(at.file as usize) {
        Some(file) if files.len() > 1 => format!("{} {row}", name(file)),
        _ => row,
    }
}

/// `JSON objects`, or how cells are written
pub(super) fn format(format: Format) -> String {
    match format {
        Format::Delimited(dialect) => self::dialect(dialect),
        Format::Json => "JSON objects".to_owned(),
    }
}

/// `commas, doubled quotes, a header`
fn dialect(dialect: Dialect) -> String {
    let delimiter = match dialect.delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b'|' => "pipes".to_owned(),
        other => format!("\"{}\"", other.escape_ascii()),
    };
    let escape = match dialect.escape {
        Escape::Double => "quotes doubled",
        Escape::Backslash => "quotes behind backslashes",
    };
    let header = if dialect.header {
        "a header"
    } else {
        "no header"
    };
    format!("{delimiter} between cells, {escape}, {header}")
}

/// What cannot be, and below it why: a problem a line.
pub(super) fn with_problems(words: &str, problems: &[Problem], language: Language) -> String {
    let lines = problems.iter().map(|problem| {
        let message = problem.message(language);
        format!("\n  {}: {message}", problem.code.id())
    });
    words.to_owned() + &lines.collect::<String>()
}

/// A text as a shell takes it for one argument.
pub(super) fn argument(text: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "_-./:=@".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What a column seems to be: `the external_id`
pub(super) fn role(role: Role) -> String {
    match role {
        Role::Identifier(kind) => format!("the {}", kind.as_str()),
        Role::AudienceId => "the audience id".to_owned(),
        Role::SplitId => "the split id".to_owned(),
        Role::Status => "who is in and who left".to_owned(),
        Role::EventName => "the event's name".to_owned(),
        Role::EventTime => "when the event was".to_owned(),
        Role::AppId => "the app of the event".to_owned(),
        Role::NoHeader => "a row like the others, and no header".to_owned(),
        Role::Attribute(kind) => format!("an attribute of the type {}", kind.as_str()),
    }
}

/// What a suggestion was seen by.
pub(super) fn because(because: Because) -> &'static str {
    match because {
        Because::Header => "the header says exactly that",
        Because::UsualHeader => "a usual header for it",
        Because::Values => "by the values of the first rows",
        Because::FileName => "by the file's name",
    }
}

/// `"customer_id" is the external_id (likely: a usual header for it)`
pub(super) fn reason(reason: &Reason, names: &[String]) -> String {
    let name = match reason.column_idx {
        Some(column_idx) => names
            .get(column_idx)
            .map(|name| aiq_braze::diag::quote(name)),
        None if reason.because == Because::FileName => Some("a part of the file's name".to_owned()),
        None if reason.role == Role::NoHeader => Some("the first row".to_owned()),
        None => None,
    };
    format!(
        "{} is {} ({}: {})",
        name.as_deref().unwrap_or("a part of the headers"),
        role(reason.role),
        grade(reason.grade),
        because(reason.because)
    )
}

pub(super) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Likely => "likely",
        Grade::Certain => "certain",
    }
}

/// How sure a fix is.
pub(super) fn grade_in(language: Language, grade: Grade) -> &'static str {
    match (language, grade) {
        (Language::English, _) => self::grade(grade),
        (Language::Spanish, Grade::Likely) => "probable",
        (Language::Spanish, Grade::Certain) => "segura",
    }
}

/// An edit as the rule that the mapping's `columns` would then hold: `{"header":"a","as":"b"}`
pub(super) fn edit(edit: &MappingEdit, mapping: &Mapping) -> String {
    let mut edited = mapping.clone();
    edit.apply(&mut edited);
    let column = match edit {
        MappingEdit::SetName { column, .. }
        | MappingEdit::SetKind { column, .. }
        | MappingEdit::SkipBadCells { column }
        | MappingEdit::SkipColumn { column } => column,
    };
    let rule = edited.columns.iter().find(|rule| rule.column == *column);
    serde_json::to_string(&rule).expect("a rule has text keys and plain values only")
}

/// A text that fits into a table: one line, cut after 20 characters, in quotes where its border would
/// not be seen.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 20;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    if text.trim() != text || text.contains(',') {
        shown = format!("\"{shown}\"");
    }
    shown
}

/// Lines of cells, aligned: the columns in `right` to the right, all others to the left.
pub(super) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..n_columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            line += &if right.contains(&column) {
                format!("  {cell:>width$}")
            } else {
                format!("  {cell:<width$}")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_for_people() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1000, 1_234_567].map(count)
        );
        assert_eq!(rows(1), "1 row");
        let sizes = [0, 999, 1_000, 613_449, 999_999, 4_194_304, 12_345_678_901].map(bytes);
        let wanted = [
            "0 bytes",
            "999 bytes",
            "1.0 KB",
            "613.4 KB",
            "1,000.0 KB",
            "4.2 MB",
            "12.3 GB",
        ];
        assert_eq!(sizes, wanted);
    }

    #[test]
    fn figures_follow_their_language() {
        let figures = [1, 9_999, 12_345].map(|number| rows_in(Language::Spanish, number));
        assert_eq!(figures, ["1 fila", "9999 filas", "12.345 filas"]);
        assert_eq!(rows_in(Language::English, 9_999), "9,999 rows");
    }

    #[test]
    fn times_are_for_people() {
        let times = [0, 59, 60, 3599, 3600, 90_061, 4_000_000].map(time);
        let wanted = [
            "0 s",
            "59 s",
            "1 min 00 s",
            "59 min 59 s",
            "1 h 00 min",
            "25 h 01 min",
            "1,111 h 06 min",
        ];
        assert_eq!(times, wanted);
    }

    #[test]
    fn names_are_shown_and_never_obeyed() {
        assert_eq!(
            name("Añjou\u{1b}[2J\n\u{9b}x"),
            r"Añjou\u001b[2J\u000a\u009bx"
        );
        assert_eq!(name("a\u{202e}b\u{2066}"), r"a\u202eb\u2066");
        assert_eq!(path(Path::new("a/\u{7}.csv")), r"a/\u0007.csv");
    }

    #[test]
    fn arguments_survive_a_shell() {
        assert_eq!(argument("customer_id"), "customer_id");
        assert_eq!(argument("it's $HOME"), r"'it'\''s $HOME'");
    }

    #[test]
    fn tables_are_aligned() {
        let rows = [["a", "1"], ["élan", "1,000"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows, &[1]), "  a         1\n  élan  1,000\n");
    }
}
