//! The survey against slow and obvious code on top of the `csv` crate, and against itself at other chunk
//! sizes.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use aiq_braze::diag::{Grade, MappingEdit};
use aiq_braze::forms::{self, Form};
use aiq_braze::mapping::{ColumnRef, IdentifierKind, IdentifierRule, Kind, Rows};
use aiq_braze::read::{Dialect, Location};
use aiq_braze::survey::{Distinct, Options};
use aiq_braze::{
    Code, Facts, Fatal, Header, Language, Mapping, Plan, Probe, Problem, Survey, ValueKind,
};
use aiq_braze_tests::exports;
use proptest::prelude::*;

const CHUNKS: [usize; 5] = [1, 3, 64, 1000, 64 << 10];

fn header(names: &[&str]) -> Header {
    Header::new(Dialect::default(), names.iter().copied())
}

fn survey_files(header: &Header, files: &[&[u8]], chunk_bytes: usize) -> Result<Facts, Fatal> {
    let options = Options {
        most_distinct: 500,
        ..Options::default()
    };
    let mut survey = Survey::with_options(header, options);
    for (file_idx, file) in files.iter().enumerate() {
        survey.begin_file(&format!("part-{file_idx}.csv"));
        for chunk in file.chunks(chunk_bytes) {
            survey.feed(chunk)?;
        }
        survey.end_file()?;
    }
    Ok(survey.finish())
}

fn survey(header: &Header, export: &[u8]) -> Facts {
    let facts = CHUNKS
        .map(|chunk_bytes| survey_files(header, &[export], chunk_bytes).expect("the header fits"));
    for (other, chunk_bytes) in facts.iter().zip(CHUNKS) {
        assert_eq!(*other, facts[0], "chunks of {chunk_bytes}");
    }
    let [facts, ..] = facts;
    facts
}

/// What is known of a column, in terms that both sides have.
#[derive(Debug, Default, PartialEq)]
struct Known {
    filled: u64,
    empty: u64,
    /// How many, and the first row.
    forms: BTreeMap<Form, (u64, u64)>,
    longest: Option<(u64, u64)>,
    smallest: Option<String>,
    largest: Option<String>,
    distinct: Option<u64>,
    spaces: Option<(u64, u64)>,
    non_ascii: Option<(u64, u64)>,
}

fn known(facts: &Facts) -> Vec<Known> {
    let columns = facts.columns.iter().map(|column| Known {
        filled: column.filled,
        empty: column.empty,
        forms: column
            .forms
            .iter()
            .map(|seen| (seen.form, (seen.count, seen.first.row)))
            .collect(),
        longest: column
            .longest
            .map(|longest| (longest.characters, longest.first.row)),
        smallest: column.smallest.clone(),
        largest: column.largest.clone(),
        distinct: match column.distinct {
            Distinct::Exactly(n) => Some(n),
            Distinct::MoreThan(_) => None,
        },
        spaces: column.spaces.map(|seen| (seen.count, seen.first.row)),
        non_ascii: column.non_ascii.map(|seen| (seen.count, seen.first.row)),
    });
    columns.collect()
}

/// The same by collecting every column and looking at it as a whole.
fn oracle(export: &[u8]) -> Vec<Known> {
    let mut reader = csv::Reader::from_reader(export);
    let width = reader.headers().expect("there is a header").len();
    let rows: Vec<csv::StringRecord> = reader
        .records()
        .map(|row| row.expect("the export is whole"))
        .collect();
    let column = |column_idx: usize| {
        let cells = rows.iter().zip(1u64..);
        let cells: Vec<(&str, u64)> = cells
            .map(|(row, number)| (&row[column_idx], number))
            .collect();
        known_of(&cells)
    };
    (0..width).map(column).collect()
}

fn known_of(cells: &[(&str, u64)]) -> Known {
    let filled: Vec<_> = cells
        .iter()
        .filter(|(text, _)| !text.is_empty())
        .copied()
        .collect();
    let seen = |is_so: &dyn Fn(&str) -> bool| {
        let rows: Vec<u64> = filled
            .iter()
            .filter(|(text, _)| is_so(text))
            .map(|(_, row)| *row)
            .collect();
        rows.first().map(|first| (rows.len() as u64, *first))
    };
    let forms = Form::ALL
        .iter()
        .filter_map(|form| Some((*form, seen(&|text| slow_form(text) == *form)?)));
    let n_longest = filled.iter().map(|(text, _)| text.chars().count()).max();
    let distinct: BTreeSet<&str> = filled.iter().map(|(text, _)| *text).collect();
    let texts: Vec<&str> = filled.iter().map(|(text, _)| *text).collect();
    Known {
        filled: filled.len() as u64,
        empty: (cells.len() - filled.len()) as u64,
        forms: forms.collect(),
        longest: n_longest.map(|n| {
            (
                n as u64,
                seen(&|text| text.chars().count() == n)
                    .expect("it was seen")
                    .1,
            )
        }),
        smallest: extreme(&texts, Ordering::Less),
        largest: extreme(&texts, Ordering::Greater),
        distinct: Some(distinct.len() as u64).filter(|n| *n <= 500),
        spaces: seen(&|text| text.trim() != text),
        non_ascii: seen(&|text| !text.is_ascii()),
    }
}

/// The first of the values that come before (or behind) all others.
fn extreme(texts: &[&str], wanted: Ordering) -> Option<String> {
    let forms: BTreeSet<Form> = texts.iter().map(|text| slow_form(text)).collect();
    let is_number = |form: &Form| {
        matches!(
            form,
            Form::Integer | Form::Epoch | Form::Decimal | Form::Exponent | Form::LongNumber
        )
    };
    let compare: fn(&str, &str) -> Ordering = if forms.iter().all(is_number) {
        |one, other| sortable(one).cmp(&sortable(other))
    } else if forms.iter().eq([&Form::Date])
        || forms
            .iter()
            .all(|form| matches!(form, Form::Time | Form::LocalTime))
    {
        str::cmp
    } else {
        return None;
    };
    let mut best = *texts.first()?;
    for text in texts {
        if compare(text, best) == wanted {
            best = text;
        }
    }
    Some(best.to_owned())
}

/// A number of up to 60 digits and exponents up to 60 as a pair that sorts like it.
fn sortable(number: &str) -> (bool, String) {
    let (is_negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().expect("it is a number");
    let zeros = "0".repeat(200);
    let digits = format!("{zeros}{whole}{fraction}{zeros}");
    let (whole, fraction) = digits.split_at((200 + whole.len() as i64 + exponent) as usize);
    let digits = format!("{whole:0>400}{fraction:0<400}");
    if !is_negative || digits.bytes().all(|digit| digit == b'0') {
        return (true, digits);
    }
    let turned = digits
        .bytes()
        .map(|digit| char::from(b'9' - (digit - b'0')));
    (false, turned.collect())
}

/// The form by trying one after the other.
fn slow_form(text: &str) -> Form {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = |text: &str| match text.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(text),
    };
    let lower = text.to_ascii_lowercase();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(place) => unsigned.split_at(place),
        None => (unsigned, ""),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let n_significant = digits.trim_start_matches('0').len();
    let is_json =
        text.trim() == text && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    let is_number = is_json && unsigned.starts_with(|c: char| c.is_ascii_digit());
    if let Some(rest) = exponent.strip_prefix("E+")
        && is_digits(rest)
        && (2..=3).contains(&rest.len())
        && is_plain(&mantissa.replacen(',', ".", 1))
        && mantissa.find(['.', ',']).unwrap_or(mantissa.len()) == 1
    {
        return Form::SpreadsheetDamage;
    }
    if [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!",
    ]
    .contains(&text)
    {
        return Form::SpreadsheetDamage;
    }
    if is_number {
        return match () {
            () if n_significant > 15 => Form::LongNumber,
            () if !exponent.is_empty() => Form::Exponent,
            () if text.contains('.') => Form::Decimal,
            () if [10, 13].contains(&text.len()) && is_digits(text) => Form::Epoch,
            () => Form::Integer,
        };
    }
    if is_plain(unsigned) {
        return Form::LeadingZeros;
    }
    if let Some(rest) = text.strip_prefix('+') {
        let n_digits = rest.chars().filter(char::is_ascii_digit).count();
        if (7..=15).contains(&n_digits) && rest.chars().all(|c| "0123456789 .-()".contains(c)) {
            return Form::Phone;
        }
        if is_plain(rest) {
            return Form::LeadingPlus;
        }
    }
    match &*lower {
        "true" | "false" => return Form::TrueFalse,
        "yes" | "no" => return Form::YesNo,
        "null" | "nan" | "none" | "n/a" | "\\n" => return Form::NullWord,
        _ => {}
    }
    if let Some(form) = slow_moment(text) {
        return form;
    }
    let hex: Vec<&str> = text.split('-').collect();
    let is_hex = |text: &&str| text.chars().all(|c| c.is_ascii_hexdigit());
    if hex.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && hex.iter().all(is_hex) {
        return Form::Uuid;
    }
    let inside = |open, close| {
        Some(
            text.strip_prefix(open)?
                .strip_suffix(close)?
                .trim_ascii_start(),
        )
    };
    if inside('{', '}').is_some_and(|inner| inner.is_empty() || inner.starts_with('"')) {
        return Form::JsonObject;
    }
    if inside('[', ']').is_some_and(|inner| {
        inner.is_empty()
            || inner.starts_with(|c: char| "\"{[-".contains(c) || c.is_ascii_digit())
            || ["true", "false", "null"]
                .iter()
                .any(|word| inner.starts_with(word))
    }) {
        return Form::JsonArray;
    }
    match is_address(text) {
        true => Form::Email,
        false => Form::Text,
    }
}

/// A date or a time, as far as [`values`] make them.
fn slow_moment(text: &str) -> Option<Form> {
    let part = |text: &str, from: usize| -> Option<u32> { text.get(from..from + 2)?.parse().ok() };
    let shape = |text: &str| -> String {
        let digit = |c: char| if c.is_ascii_digit() { '9' } else { c };
        text.chars().map(digit).collect()
    };
    let (date, rest) = text.split_at_checked(10)?;
    if shape(date) != "9999-99-99" {
        return None;
    }
    let year: u32 = date[..4].parse().ok()?;
    let (month, day) = (part(date, 5)?, part(date, 8)?);
    let days = match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let exists = (1..=days).contains(&day);
    if exists && rest.is_empty() {
        return Some(Form::Date);
    }
    if exists && rest.starts_with(['T', ' ']) {
        let rest = &rest[1..];
        let zones = ["Z", "+99:99", "-99:99", "+9999", "-9999", "+99", "-99"];
        let rest_shape = shape(rest);
        let found = zones.iter().find_map(|zone| rest_shape.strip_suffix(zone));
        let clock = found.unwrap_or(&rest_shape);
        let is_clock = match clock.split_once('.') {
            Some((clock, fraction)) => {
                clock == "99:99:99"
                    && (1..=9).contains(&fraction.len())
                    && fraction.bytes().all(|byte| byte == b'9')
            }
            None => ["99:99", "99:99:99"].contains(&clock),
        };
        let zone: Vec<char> = rest[clock.len()..]
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let zone: String = zone.into_iter().collect();
        let is_zone = part(&zone, 0).is_none_or(|hours| hours <= 23)
            && part(&zone, 2).is_none_or(|minutes| minutes <= 59);
        let has_seconds = clock.len() > 5;
        let fits = is_clock
            && part(rest, 0)? <= 23
            && part(rest, 3)? <= 59
            && (!has_seconds || part(rest, 6)? <= 59);
        if fits && is_zone {
            return Some(match found {
                Some(_) => Form::Time,
                None => Form::LocalTime,
            });
        }
    }
    let looks_like_one = (1900..2100).contains(&year)
        && (1..=31).contains(&month)
        && (1..=31).contains(&day)
        && (rest.is_empty() || rest.starts_with(['T', ' ', ',']));
    looks_like_one.then_some(Form::OtherDate)
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_local = |c: char| c > ' ' && c != '\u{7F}' && !",;<>\"()[]\\:@".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c == '-' || c.is_ascii_alphanumeric() || !c.is_ascii())
    };
    !local.is_empty()
        && local.chars().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// Values that lie near a border between forms.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9]{0,18}(\\.[0-9]{0,3})?",
        "[-+]?[0-9]{1,3}([.,][0-9]{1,3})?[eE][-+]?[0-9]{0,3}",
        "\\+[0-9 ().-]{5,18}",
        "[0-9]{4}-[0-3][0-9]-[0-3][0-9]([Tt ][0-2][0-9]:[0-9]{2}(:[0-9]{2}(\\.[0-9]{0,3})?)?(Z|z|[-+][0-9]{2}:?[0-9]{2}|\\+02)?)?",
        "[0-9a-g]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9A-F]{4}-[0-9a-f]{12}",
        "[a-z +-]{0,3}@[a-zé.-]{0,5}\\.[a-z]{1,2}",
        "[\\[{] ?[\"a1n-]?(null|true)?[a-z:, ]{0,4}[\\]}]?",
        "(?i)true|false|yes|no|null|nan|none|n/a|\\\\N",
        "#(N/A|REF!|VALUE!|NAME\\?|DIV/0!|NUM!|NULL!|1)",
        "[ \u{A0}\u{3000}\t]?[a-zé日😀\"',\n ]{0,8}[ \u{A0}\u{3000}\t]?",
    ]
}

/// Columns whose values are of one sort.
fn columns() -> impl Strategy<Value = Vec<Vec<String>>> {
    let sorts = prop_oneof![
        Just("-?(0|[1-9][0-9]{0,16})"),
        Just("-?(0|[1-9][0-9]{0,3})\\.[0-9]{1,2}"),
        Just("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE]-?[0-3]?[0-9])?"),
        Just("20[0-2][0-9]-0[1-9]-[0-2][1-9]"),
        Just("20[0-2][0-9]-0[1-9]-[0-2][1-9]T1[0-9]:00Z"),
        Just("true|false|"),
    ];
    let column = prop_oneof![
        sorts.prop_flat_map(|sort| {
            let cell = proptest::string::string_regex(sort).expect("it is a pattern");
            proptest::collection::vec(cell, 40)
        }),
        proptest::collection::vec(values(), 40),
    ];
    proptest::collection::vec(column, 1..4)
}

fn written(columns: &[Vec<String>]) -> (Header, Vec<u8>) {
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("c{number}"))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&names).expect("memory takes it");
    for row in 0..columns[0].len() {
        let cells = columns.iter().map(|column| &column[row]);
        writer.write_record(cells).expect("memory takes it");
    }
    let export = writer.into_inner().expect("memory takes it");
    (Header::new(Dialect::default(), names), export)
}

proptest! {
    #[test]
    fn forms_are_those_of_the_slow_way(text in values()) {
        prop_assert_eq!(forms::of(text.as_bytes()), slow_form(&text), "{:?}", text);
    }

    #[test]
    fn tables_give_what_the_oracle_finds(columns in columns()) {
        let (header, export) = written(&columns);
        prop_assert_eq!(known(&survey(&header, &export)), oracle(&export));
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\",\n\r a1é\u{0}-]{0,60}") {
        forms::of(&bytes);
        for export in [bytes, text.into_bytes()] {
            let dialect = Dialect { header: false, ..Dialect::default() };
            let facts = survey(&Header::new(dialect, ["a", "b"]), &export);
            facts.findings(&plan("a"));
        }
    }
}

#[test]
fn generated_exports_give_what_the_oracle_finds() {
    for export in [
        exports::audience(3_000, 7, &[]),
        exports::membership(1_000, 7),
    ] {
        let header = Probe::inspect(&export).expect("it is an export").header;
        assert_eq!(known(&survey(&header, &export)), oracle(&export));
    }
}

#[test]
fn bad_rows_are_counted_where_they_are_and_nowhere_else() {
    let export = exports::example();
    let header = Probe::inspect(&export).expect("it is an export").header;
    let facts = survey(&header, &export);
    let [file] = &*facts.files else {
        panic!("one file was fed")
    };
    assert_eq!(
        (file.rows, file.bytes),
        (exports::EXAMPLE_ROWS, export.len() as u64)
    );
    let found: Vec<_> = file
        .bad_rows
        .iter()
        .map(|bad| (bad.seen.first.row, bad.code.name(), bad.seen.count))
        .collect();
    assert_eq!(
        found,
        [
            (211, "invalid-utf8", 1),
            (613, "nul-byte", 1),
            (1_009, "unclosed-quote", 1),
            (1_423, "too-few-cells", 1),
            (1_847, "too-many-cells", 1),
        ]
    );
    assert_eq!(facts.bad_rows, 5);
    for column in &facts.columns {
        assert_eq!(
            column.filled + column.empty,
            facts.rows - facts.bad_rows,
            "{}",
            column.header
        );
    }
}

#[test]
fn columns_are_judged_by_the_whole_file() {
    let export = exports::audience(3_000, 1, &[]);
    let header = Probe::inspect(&export).expect("it is an export").header;
    let facts = survey(&header, &export);
    let kinds: Vec<_> = facts
        .columns
        .iter()
        .map(|column| (&*column.header, column.kind))
        .filter(|(_, kind)| *kind != ValueKind::Text)
        .collect();
    assert_eq!(
        kinds,
        [
            ("email", ValueKind::Email),
            ("lifetime_value", ValueKind::Number),
            ("vip", ValueKind::Boolean),
            ("last_purchase", ValueKind::Date)
        ]
    );
}

#[test]
fn a_further_file_may_order_its_columns_as_it_likes() {
    let header = header(&["a", "b", "b"]);
    let files: [&[u8]; 3] = [
        b"a,b,b\n1,2,3\n",
        b"b,a,b\n20,10,30\n",
        b"_aiq_row,a,b,b\n9,100,200,300\n",
    ];
    for chunk_bytes in CHUNKS {
        let facts = survey_files(&header, &files, chunk_bytes).expect("the headers fit");
        let ranges: Vec<_> = facts
            .columns
            .iter()
            .map(|column| (column.smallest.as_deref(), column.largest.as_deref()))
            .collect();
        assert_eq!(
            ranges,
            [
                (Some("1"), Some("100")),
                (Some("2"), Some("200")),
                (Some("3"), Some("300"))
            ]
        );
        let firsts: Vec<Location> = facts
            .columns
            .iter()
            .map(|column| column.longest.expect("filled").first)
            .collect();
        assert!(
            firsts.iter().all(|first| (first.file, first.row) == (2, 1)),
            "{firsts:?}"
        );
    }
}

#[test]
fn a_file_of_another_export_ends_the_survey() {
    let header = header(&["a", "b"]);
    for (other, stranger) in [(&b"a,c\n1,2\n"[..], Some("\"c\"")), (b"a\n1\n", None)] {
        let Err(Fatal::HeaderDiffers(problems)) =
            survey_files(&header, &[b"a,b\n1,2\n", other], 64)
        else {
            panic!("it is refused")
        };
        assert_eq!(problems[0].code, Code::HeaderDiffers);
        assert_eq!(problems[0].found.as_deref(), stranger);
    }
    let broken = survey_files(&header, &[b"\"a\"x,b\n1,2\n"], 64);
    assert!(matches!(broken, Err(Fatal::HeaderUnreadable(_))));
}

/// A plan of an export of the columns `a` and `b` without a header.
fn plan(identifier: &str) -> Plan {
    let dialect = Dialect {
        header: false,
        ..Dialect::default()
    };
    let header = Header::new(dialect, ["a", "b"]);
    let rules = vec![IdentifierRule::new(
        ColumnRef::header(identifier),
        IdentifierKind::ExternalId,
    )];
    let mapping = Mapping::new(Rows::Attributes, rules);
    mapping.compile(&header).expect("it fits")
}

/// What is found in one column of these values, beside a column of ids that has nothing odd, under a mapping
/// with these further members.
fn problems(name: &str, values: &[&str], is_identifier: bool, more: &str) -> Vec<Problem> {
    let ids: Vec<String> = (0..values.len()).map(|row| format!("u{row}")).collect();
    let column: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let (_, export) = written(&[column, ids]);
    let export = [format!("{name},the id\n").as_bytes(), &export[6..]].concat();
    let identifier = if is_identifier { name } else { "the id" };
    let mapping = format!(
        r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"{identifier}","as":"external_id"}}]{more}}}"#
    );
    let header = header(&[name, "the id"]);
    let plan = Mapping::parse(&mapping).expect("it is a mapping");
    let plan = plan.compile(&header).expect("it fits");
    survey(&header, &export).findings(&plan)
}

/// Their names and places.
fn findings(name: &str, values: &[&str], is_identifier: bool) -> Vec<(&'static str, u64, String)> {
    told(name, problems(name, values, is_identifier, ""))
}

fn told(name: &str, found: Vec<Problem>) -> Vec<(&'static str, u64, String)> {
    let rows = found.into_iter().map(|problem| match problem.place {
        aiq_braze::diag::Place::Row {
            at,
            column: Some(column),
        } if column == name => (problem.code.name(), at.row, problem.found.expect("figures")),
        place => panic!("{place:?}"),
    });
    rows.collect()
}

#[test]
fn true_and_false_as_texts_are_found_once_with_their_fix() {
    let found = problems("vip", &["true", "FALSE", ""], false, "");
    assert_eq!(
        told("vip", found.clone()),
        [("boolean-as-text", 1, "2 / 2".to_owned())]
    );
    let fix = found[0].fix.clone().expect("there is one");
    assert_eq!(fix.grade, Grade::Certain);
    assert_eq!(
        fix.edit,
        MappingEdit::SetKind {
            column: ColumnRef::header("vip"),
            kind: Kind::Boolean
        }
    );
    let grade = |more| {
        let found = problems("vip", &["true", "false"], false, more);
        found
            .first()
            .map(|found| found.fix.as_ref().expect("there is one").grade)
    };
    let said = r#","columns":[{"index":0,"type":"text"}]"#;
    assert_eq!(grade(said), Some(Grade::Likely));
    for more in [
        r#","columns":[{"header":"vip","type":"boolean"}]"#,
        r#","columns":[{"header":"vip","skip":true}]"#,
        r#","other_columns":"skip""#,
        r#","columns":[{"header":"vip","as":"gender"}]"#,
    ] {
        assert_eq!(grade(more), None, "{more}");
    }
    assert_eq!(findings("vip", &["true", "yes"], false), []);
    assert_eq!(findings("vip", &["yes", "no"], false), []);
}

#[test]
fn dates_that_stay_texts_are_found() {
    let found = |figures: &str, row| vec![("date-stays-text", row, figures.to_owned())];
    for (values, wanted) in [
        (&["29/02/2024", "01/02/2024"][..], found("1 / 2", 1)),
        (&["01/02/2024", "2024.02.29"], found("1 / 2", 2)),
        (&["1.2.2024 10:00", "3.2.2024 11:00"], found("2 / 2", 1)),
        (&["02/29/2024", "01/02/2024"], vec![]),
        (&["29/02/2024", "soon"], vec![]),
        (&["2024-02-29", "2024-02-28"], vec![]),
        (&["2024-02-29 10:00", "2024-02-28 11:00"], vec![]),
    ] {
        assert_eq!(findings("day", values, false), wanted, "{values:?}");
    }
    let as_date = r#","columns":[{"header":"day","type":"date","format":"dd/MM/yyyy"}]"#;
    assert_eq!(problems("day", &["29/02/2024"], false, as_date), []);
    assert_eq!(findings("day", &["29/02/2024", "1/2/2024"], true), []);
}

#[test]
fn damage_is_found_in_identifiers_only() {
    let values = ["00123", "1.23457E+15", "#N/A"];
    let damage = ("spreadsheet-damage", 2, "2 / 3".to_owned());
    assert_eq!(
        findings("member", &values, true),
        std::slice::from_ref(&damage)
    );
    assert_eq!(findings("card number", &values, false), [damage]);
    assert_eq!(findings("comment", &values, false), []);
}

#[test]
fn a_few_values_of_another_type_are_found() {
    let mixed = |kind: &str, others: &[&'static str]| {
        let mut values = vec![kind; 20];
        values.extend(others);
        findings(
            "value",
            &values.iter().map(|value| &**value).collect::<Vec<_>>(),
            false,
        )
    };
    let found = |figures: &str| vec![("mixed-forms", 21, figures.to_owned())];
    assert_eq!(
        mixed("1.5", &["NULL", "12,50"]),
        found("2 / 22 (null_word, text)")
    );
    assert_eq!(mixed("true", &["maybe"]), found("1 / 21 (text)"));
    let dates = mixed("2024-02-29", &["29.2.2024"]);
    assert_eq!(dates, found("1 / 21 (other_date)"));
    assert_eq!(
        mixed("2024-02-29T10:00Z", &["1700000000"]),
        found("1 / 21 (epoch)")
    );
    assert_eq!(
        mixed("15", &["007"]),
        [],
        "zeros in front say that digits are no quantity"
    );
    assert_eq!(
        mixed("15", &["a", "b", "c"]),
        [],
        "three of 23 are not a few"
    );
    assert_eq!(mixed("word", &["15"]), [], "a number is a text as well");
    assert_eq!(
        mixed("15", &["1.5", "1700000000", "1e3"]),
        [],
        "all are numbers"
    );
    assert_eq!(
        findings(
            "zip",
            &["1"; 20].iter().chain(&["x"]).copied().collect::<Vec<_>>(),
            false
        ),
        []
    );
}

#[test]
fn one_user_in_all_rows_and_spaces_are_found() {
    assert_eq!(
        findings("user", &["u1", "u1", ""], true),
        [("same-identifier", 1, "2 / 2".to_owned())]
    );
    assert_eq!(findings("user", &["u1"], true), [], "one row has one user");
    assert_eq!(findings("user", &["u1", "u2"], true), []);
    assert_eq!(findings("tier", &["gold", "gold"], false), []);
    let spaces = [("spaces-around-values", 2, "1 / 2".to_owned())];
    assert_eq!(findings("tier", &["gold", "gold "], false), spaces);
}

#[test]
fn facts_have_a_stable_shape() {
    let export = b"id,at\n7,2024-02-29\n x,2024-01-01\n,\n1\n";
    let mut survey = Survey::new(&header(&["id", "at"]));
    survey.begin_file("a.csv");
    survey.feed(export).expect("the header fits");
    survey.end_file().expect("the header fits");
    assert_eq!(survey.rows(), 4);
    let json = serde_json::to_string(&survey.finish()).expect("facts are plain");
    let expected = r#"{"rows":4,"bad_rows":1,
        "files":[{"name":"a.csv","rows":4,"bytes":37,"bad_rows":[{"code":"AIQ1006","name":"too-few-cells","count":1,
            "first":{"file":0,"row":4,"line":5,"byte":35}}]}],
        "columns":[
            {"column_idx":0,"header":"id","kind":"text","filled":2,"empty":1,"forms":[
                {"form":"integer","count":1,"first":{"file":0,"row":1,"line":2,"byte":6}},
                {"form":"text","count":1,"first":{"file":0,"row":2,"line":3,"byte":19}}],
            "longest":{"characters":2,"first":{"file":0,"row":2,"line":3,"byte":19}},
            "smallest":null,"largest":null,"distinct":{"exactly":2},
            "spaces":{"count":1,"first":{"file":0,"row":2,"line":3,"byte":19}},"non_ascii":null},
            {"column_idx":1,"header":"at","kind":"date","filled":2,"empty":1,"forms":[
                {"form":"date","count":2,"first":{"file":0,"row":1,"line":2,"byte":6}}],
            "longest":{"characters":10,"first":{"file":0,"row":1,"line":2,"byte":6}},
            "smallest":"2024-01-01","largest":"2024-02-29","distinct":{"exactly":2},
            "spaces":null,"non_ascii":null}]}"#;
    let expected: String = expected.lines().map(str::trim_start).collect();
    assert_eq!(json, expected);
}

#[test]
fn findings_of_the_example() {
    let mapping = Mapping::parse(exports::EXAMPLE_MAPPING).expect("it is a mapping");
    let export = exports::example();
    let header = Probe::inspect(&export).expect("it is an export").header;
    let plan = mapping.compile(&header).expect("it fits");
    let found = survey(&header, &export).findings(&plan);
    let found: Vec<_> = found
        .iter()
        .map(|problem| problem.message(Language::English))
        .collect();
    let mixed = "a few values of another type than the rest of the column";
    let expected = [
        format!(
            "row 3061 (line 3348), column \"lifetime_value\": {mixed}: found 1 / 4420 (text), "
        ),
        format!("row 3467 (line 3786), column \"vip\": {mixed}: found 1 / 3729 (text), "),
        "row 15 (line 17), column \"note\": values with spaces around them: found 76 / 2966, "
            .to_owned(),
    ];
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(&expected), "{found}");
    }
}
