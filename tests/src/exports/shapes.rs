//! Two shapes that stress a reader in other ways than an audience does: many short cells, and few long
//! ones. Made for benchmarks and oracles; each comes with the mapping that suits it.

use super::{Random, customer_id, phrases, push_quoted, words};

const N_NUMBERS: u64 = 25;
const N_BOOLEANS: u64 = 12;
const N_TEXTS: u64 = 15;
const N_DATES: u64 = 5;
const N_UNUSED: u64 = 2;

/// The mapping of [`short_columns`].
pub fn short_columns_mapping() -> String {
    let numbers = (1..=N_NUMBERS).map(|n| format!(r#"{{"header":"number_{n}","type":"number"}}"#));
    let booleans = (1..=N_BOOLEANS).map(|n| format!(r#"{{"header":"flag_{n}","type":"boolean"}}"#));
    let columns: Vec<_> = numbers.chain(booleans).collect();
    format!(
        r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"customer_id","as":"external_id"}}],
            "columns":[{}]}}"#,
        columns.join(",")
    )
}

/// An export of sixty short columns: a customer, then numbers, booleans, texts, dates that are mostly
/// empty, and columns that nobody ever filled.
pub fn short_columns(rows: u64, seed: u64) -> Vec<u8> {
    let mut export = b"customer_id".to_vec();
    for (name, n_columns) in [
        ("number", N_NUMBERS),
        ("flag", N_BOOLEANS),
        ("text", N_TEXTS),
        ("date", N_DATES),
        ("unused", N_UNUSED),
    ] {
        for n in 1..=n_columns {
            export.extend(format!(",{name}_{n}").bytes());
        }
    }
    export.push(b'\n');
    for row in 1..=rows {
        let random = &mut Random::for_row(seed, row);
        export.extend(customer_id(row).bytes());
        (0..N_NUMBERS).for_each(|_| push_cell(&mut export, &number(random)));
        (0..N_BOOLEANS).for_each(|_| push_cell(&mut export, flag(random)));
        (0..N_TEXTS).for_each(|_| push_cell(&mut export, text(random)));
        (0..N_DATES).for_each(|_| push_cell(&mut export, &date(random)));
        (0..N_UNUSED).for_each(|_| push_cell(&mut export, ""));
        export.push(b'\n');
    }
    export
}

fn push_cell(export: &mut Vec<u8>, cell: &str) {
    export.push(b',');
    export.extend(cell.bytes());
}

fn number(random: &mut Random) -> String {
    match random.below(10) {
        0 => String::new(),
        1..4 => format!("{}", random.below(10)),
        4..7 => format!("{}", random.below(5_000)),
        7..9 => format!("{}.{:02}", random.below(1_000), random.below(100)),
        _ => format!("-0.{:03}", random.below(1_000)),
    }
}

fn flag(random: &mut Random) -> &'static str {
    random.weighted(&[(35, "true"), (50, "false"), (15, "")])
}

fn text(random: &mut Random) -> &'static str {
    random.weighted(&[
        (20, ""),
        (15, "gold"),
        (15, "AT"),
        (10, "store"),
        (10, "web"),
        (10, "weekly"),
        (10, "München"),
        (10, "size 42"),
    ])
}

fn date(random: &mut Random) -> String {
    if random.percent(60) {
        return String::new();
    }
    format!(
        "20{}-{:02}-{:02}",
        10 + random.below(16),
        1 + random.below(12),
        1 + random.below(28)
    )
}

/// The mapping of [`long_text`].
pub const LONG_TEXT_MAPPING: &str = r#"{"version":1,"rows":"attributes",
    "identifiers":[{"column":"customer_id","as":"external_id"}]}"#;

/// An export of four columns, one of them a quoted text of 200 to 600 bytes with quotes and now and then
/// a line break in it.
pub fn long_text(rows: u64, seed: u64) -> Vec<u8> {
    let mut export = b"customer_id,channel,story,rating\n".to_vec();
    for row in 1..=rows {
        let random = &mut Random::for_row(seed, row);
        let channel = random.pick(&["store", "telephone", "web"]);
        export.extend(format!("{},{channel},", customer_id(row)).bytes());
        push_quoted(&story(random), &mut export);
        export.extend(format!(",{}\n", 1 + random.below(5)).bytes());
    }
    export
}

/// Sentences up to a length; every fifth is what somebody said, and every tenth ends a line.
fn story(random: &mut Random) -> String {
    let n_bytes = 200 + random.below(320) as usize;
    let mut story = phrases(random);
    while story.len() < n_bytes {
        let phrase = random.pick(words::PHRASES);
        story += &match random.below(10) {
            0 | 1 => format!(", said \"{phrase}\""),
            2 => format!(".\n{phrase}"),
            _ => format!(". {phrase}"),
        };
    }
    story
}
