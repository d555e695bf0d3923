//! Exports made from a seed: the same bytes on every machine, of any length, streamed.
//!
//! ActionIQ publishes no format for its export files. What is made here is a likely form (a header,
//! commas, doubled quotes, LF line ends) with what real files bring along: identifiers that are no
//! numbers though they look it, names in ten scripts, notes with commas, quotes and line breaks,
//! and two headers that deserve a fix (`First_Name`, and `tier ` with its space).

pub mod examples;
mod shapes;
mod words;

use std::io::{self, Write};

use crate::random::Random;

pub use shapes::{LONG_TEXT_MAPPING, long_text, short_columns, short_columns_mapping};

/// The header of an audience export, without its line end.
pub const AUDIENCE_HEADER: &str = "customer_id,audience_id,split_id,status,First_Name,last_name,\
                                   email,tier ,lifetime_value,vip,last_purchase,note";

/// The header of a membership export, without its line end.
pub const MEMBERSHIP_HEADER: &str = "external_id,audience_id,split_id";

/// How many rows the committed example has after its header.
pub const EXAMPLE_ROWS: u64 = 5_000;
/// What the committed example is made from.
pub const EXAMPLE_SEED: u64 = 1;

/// The rows of the example export that must be rejected, counting from 1 after the header.
///
/// Far apart, so that each is seen to leave its neighbours alone, and away from both ends, so that
/// neither a sample of the first rows nor the last line shows one by chance.
pub const EXAMPLE_DEFECTS: [(u64, Defect); 12] = [
    (211, Defect::InvalidUtf8),
    (613, Defect::NulByte),
    (1_009, Defect::UnclosedQuote),
    (1_423, Defect::TooFewCells),
    (1_847, Defect::TooManyCells),
    (2_239, Defect::MissingIdentifier),
    (2_647, Defect::IdentifierTooLong),
    (3_061, Defect::BadNumber),
    (3_467, Defect::BadBoolean),
    (3_881, Defect::UnknownStatus),
    (4_271, Defect::EmptyAudiencePart),
    (4_703, Defect::BadEmail),
];

/// The mapping under which the example's bad rows are bad, and no others.
pub const EXAMPLE_MAPPING: &str = include_str!("../exports/mapping.json");

/// One way in which a row is wrong. It is wrong in no other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    InvalidUtf8,
    NulByte,
    /// The row after it starts its note with a quote and a letter. So whoever reads on over the
    /// line end finds a field that ends in the middle of a word, and knows that a quote is missing.
    UnclosedQuote,
    TooFewCells,
    TooManyCells,
    MissingIdentifier,
    IdentifierTooLong,
    BadNumber,
    BadBoolean,
    UnknownStatus,
    EmptyAudiencePart,
    BadEmail,
}

impl Defect {
    /// The name of the code under which such a row is rejected.
    pub const fn code_name(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid-utf8",
            Self::NulByte => "nul-byte",
            Self::UnclosedQuote => "unclosed-quote",
            Self::TooFewCells => "too-few-cells",
            Self::TooManyCells => "too-many-cells",
            Self::MissingIdentifier => "missing-identifier",
            Self::IdentifierTooLong => "identifier-too-long",
            Self::BadNumber => "bad-number",
            Self::BadBoolean => "bad-boolean",
            Self::UnknownStatus => "unknown-status",
            Self::EmptyAudiencePart => "empty-audience-part",
            Self::BadEmail => "bad-email",
        }
    }

    /// Whether the file itself is broken there, not only a value.
    pub const fn breaks_reading(self) -> bool {
        matches!(
            self,
            Self::InvalidUtf8 | Self::NulByte | Self::UnclosedQuote
        )
    }

    fn spoil(self, cells: &mut Vec<Vec<u8>>) {
        let mut set = |header, cell: &[u8]| cells[column(header)] = cell.to_vec();
        match self {
            Self::InvalidUtf8 => set("last_name", b"Lef\xE9vre"),
            Self::NulByte => set("note", b"Came\0back"),
            Self::UnclosedQuote => set("note", b"\"Called, and was cut off"),
            Self::TooFewCells => drop(cells.pop()),
            Self::TooManyCells => cells.push(b"one too many".to_vec()),
            Self::MissingIdentifier => set("customer_id", b""),
            Self::IdentifierTooLong => set("customer_id", &[b'7'; 988]),
            Self::BadNumber => set("lifetime_value", b"\"12,50\""),
            Self::BadBoolean => set("vip", b"maybe"),
            Self::UnknownStatus => set("status", b"paused"),
            Self::EmptyAudiencePart => set("split_id", b""),
            Self::BadEmail => set("email", b"ana@example"),
        }
    }
}

/// The committed example, as `tests/exports/audience.csv` holds it.
pub fn example() -> Vec<u8> {
    audience(EXAMPLE_ROWS, EXAMPLE_SEED, &EXAMPLE_DEFECTS)
}

/// The example's bad rows, counting from 1 after the header, each with its code's name.
pub fn example_bad_rows() -> [(u64, &'static str); 12] {
    EXAMPLE_DEFECTS.map(|(row, defect)| (row, defect.code_name()))
}

/// The physical line, counting from 1, on which each of the example's bad rows starts.
pub fn example_bad_lines() -> [u64; 12] {
    EXAMPLE_DEFECTS.map(|(bad, _)| {
        let before = audience(bad - 1, EXAMPLE_SEED, &EXAMPLE_DEFECTS);
        1 + count_lines(&before)
    })
}

/// An audience export in memory. See [`write_audience`].
pub fn audience(rows: u64, seed: u64, defects: &[(u64, Defect)]) -> Vec<u8> {
    let mut export = Vec::new();
    write_audience(&mut export, rows, seed, defects).expect("writing to memory never fails");
    export
}

/// Writes an audience export, one call of `write_all` a row: hand in something buffered. Defects stand in
/// the order of their rows.
///
/// A customer's identifier depends on the row's number alone, and is there once. So exports of two
/// seeds tell of the same customers, with other values.
pub fn write_audience(
    out: &mut impl Write,
    rows: u64,
    seed: u64,
    defects: &[(u64, Defect)],
) -> io::Result<()> {
    writeln!(out, "{AUDIENCE_HEADER}")?;
    let defect_of = |row| {
        let place = defects.binary_search_by_key(&row, |(bad, _)| *bad).ok()?;
        Some(&defects[place])
    };
    let mut line = Vec::new();
    for row in 1..=rows {
        let mut customer = Customer::new(seed, row);
        if let Some((_, Defect::UnclosedQuote)) = defect_of(row - 1) {
            customer.quote_only_note("Said \"hi\" and went on");
        }
        line.clear();
        match defect_of(row) {
            None => customer.write(&mut line),
            Some((_, defect)) => customer.write_spoilt(*defect, &mut line),
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

/// A membership export in memory. See [`write_membership`].
pub fn membership(rows: u64, seed: u64) -> Vec<u8> {
    let mut export = Vec::new();
    write_membership(&mut export, rows, seed).expect("writing to memory never fails");
    export
}

/// Writes the smallest export there is: who, and which audience and split.
pub fn write_membership(out: &mut impl Write, rows: u64, seed: u64) -> io::Result<()> {
    writeln!(out, "{MEMBERSHIP_HEADER}")?;
    for row in 1..=rows {
        let mut random = Random::for_row(seed, row);
        let id = user_uuid(row);
        let (audience_id, split_id) = audience_and_split(&mut random);
        writeln!(out, "{id},{audience_id},{split_id}")?;
    }
    Ok(())
}

/// The header of an export of events, without its line end.
pub const EVENTS_HEADER: &str = "event_name,user_id,occurred_at,app,purchase.properties.price,\
                                 purchase.properties.sku,page_view.properties.page,channel,note";

/// The mapping that fits an export of events.
pub const EVENTS_MAPPING: &str = include_str!("../exports/events.mapping.json");

/// An export of events in memory. See [`write_events`].
pub fn events(rows: u64, seed: u64, bad_each: u64) -> Vec<u8> {
    let mut export = Vec::new();
    write_events(&mut export, rows, seed, bad_each).expect("writing to memory never fails");
    export
}

/// Writes an export of events, one call of `write_all` a row: hand in something buffered. Each row whose
/// number `bad_each` divides has a time that is none; 0 divides nothing.
pub fn write_events(out: &mut impl Write, rows: u64, seed: u64, bad_each: u64) -> io::Result<()> {
    writeln!(out, "{EVENTS_HEADER}")?;
    let mut line = Vec::new();
    for row in 1..=rows {
        let is_bad = bad_each > 0 && row % bad_each == 0;
        line.clear();
        let event = Event::new(&mut Random::for_row(seed, row), is_bad);
        for (column_idx, cell) in event.cells().iter().enumerate() {
            if column_idx > 0 {
                line.push(b',');
            }
            write_csv_cell(&mut line, cell);
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

/// One event's values.
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) user_id: String,
    pub(crate) time: String,
    pub(crate) app: &'static str,
    pub(crate) price: String,
    pub(crate) sku: String,
    pub(crate) page: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) note: String,
}

impl Event {
    pub(crate) fn new(random: &mut Random, is_bad: bool) -> Self {
        let name = random.pick(&["purchase", "page_view", "page_view", "store visit"]);
        let user = 1 + random.below(40_000);
        let (price, sku) = match name {
            "purchase" => (
                format!("{}.{:02}", random.below(500), random.below(100)),
                format!("{:06}", random.below(1_000_000)),
            ),
            _ => Default::default(),
        };
        Self {
            name,
            user_id: format!("{user:08}"),
            time: if is_bad {
                "yesterday".to_owned()
            } else {
                event_time(random)
            },
            app: random.pick(&["", "5f1d6f5c-ios", "77a0c3b2-web"]),
            price,
            sku,
            page: match name {
                "page_view" => random.pick(&["/", "/sale?x=1&y=2", "/help", "/größe"]),
                _ => "",
            },
            channel: random.pick(&["app", "web", "store"]),
            note: note(random),
        }
    }

    fn cells(&self) -> [&str; 9] {
        let Self {
            name,
            user_id,
            time,
            app,
            price,
            sku,
            page,
            channel,
            note,
        } = self;
        [name, user_id, time, app, price, sku, page, channel, note]
    }
}

fn event_time(random: &mut Random) -> String {
    let (month, day) = (1 + random.below(12), 1 + random.below(28));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    let clock = format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    match random.below(4) {
        0 => format!("{clock}.{:03}Z", random.below(1000)),
        1 => format!("{clock}+02:00"),
        2 => format!("{clock}-05:30"),
        _ => format!("{clock}Z"),
    }
}

pub(crate) fn write_csv_cell(line: &mut Vec<u8>, cell: &str) {
    if cell.contains(['"', ',', '\n', '\r']) {
        line.push(b'"');
        line.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
        line.push(b'"');
    } else {
        line.extend_from_slice(cell.as_bytes());
    }
}

/// One row's values, before they are quoted.
struct Customer {
    id: String,
    audience_id: &'static str,
    split_id: &'static str,
    status: &'static str,
    first_name: &'static str,
    last_name: String,
    email: String,
    tier: &'static str,
    /// Some systems quote where there is no need to.
    tier_is_quoted: bool,
    lifetime_value: String,
    vip: &'static str,
    last_purchase: String,
    note: String,
}

impl Customer {
    fn new(seed: u64, row: u64) -> Self {
        let random = &mut Random::for_row(seed, row);
        let (audience_id, split_id) = audience_and_split(random);
        let script = random.weighted(words::SCRIPTS);
        Self {
            id: customer_id(row),
            audience_id,
            split_id,
            status: random.weighted(&[(45, "entered"), (40, "member"), (15, "exited")]),
            first_name: random.pick(script.given),
            last_name: last_name(script, random),
            email: email(row, random),
            tier: random.weighted(&[(15, "gold"), (25, "silver"), (35, "bronze"), (25, "")]),
            tier_is_quoted: random.percent(9),
            lifetime_value: lifetime_value(random),
            vip: random.weighted(&[(15, "true"), (60, "false"), (25, "")]),
            last_purchase: last_purchase(random),
            note: note(random),
        }
    }

    /// The values in the header's order.
    fn cells(&self) -> [&str; 12] {
        [
            &self.id,
            self.audience_id,
            self.split_id,
            self.status,
            self.first_name,
            &self.last_name,
            &self.email,
            self.tier,
            &self.lifetime_value,
            self.vip,
            &self.last_purchase,
            &self.note,
        ]
    }

    fn quote_only_note(&mut self, note: &str) {
        self.tier_is_quoted = false;
        self.last_name = "Lund".to_owned();
        self.note = note.to_owned();
    }

    fn write(&self, line: &mut Vec<u8>) {
        let tier = column("tier ");
        for (idx, cell) in self.cells().into_iter().enumerate() {
            if idx > 0 {
                line.push(b',');
            }
            if (idx == tier && self.tier_is_quoted) || cell.contains([',', '"', '\n']) {
                push_quoted(cell, line);
            } else {
                line.extend_from_slice(cell.as_bytes());
            }
        }
    }

    /// The row with nothing quoted and one thing wrong.
    fn write_spoilt(mut self, defect: Defect, line: &mut Vec<u8>) {
        self.quote_only_note("");
        let mut cells = self.cells().map(|cell| cell.as_bytes().to_vec()).to_vec();
        defect.spoil(&mut cells);
        line.extend(cells.join(&b','));
    }
}

fn push_quoted(cell: &str, line: &mut Vec<u8>) {
    line.push(b'"');
    for byte in cell.bytes() {
        if byte == b'"' {
            line.push(b'"');
        }
        line.push(byte);
    }
    line.push(b'"');
}

/// Forms that a number, or a float in between, would destroy. Each form keeps the row in it, and
/// no two forms meet, so that identifiers are distinct.
fn customer_id(row: u64) -> String {
    match Random::new(row).below(4) {
        0 => format!("00{}", 12_300_000 + row),
        1 => format!("{}", 400_000_000_000 + row * 7),
        2 => format!("{}", 12_345_678_901_234_000_000 + row),
        _ => format!("C-{row:06}"),
    }
}

/// An id as many systems make them: `5a1f0c3e-…`, 36 characters.
fn user_uuid(row: u64) -> String {
    let mut random = Random::new(row);
    let (high, low) = (random.number(), random.number());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

fn audience_and_split(random: &mut Random) -> (&'static str, &'static str) {
    let audience_id = random.weighted(&[(70, "1042"), (30, "1077")]);
    (audience_id, random.pick(&["1", "2", "3"]))
}

fn last_name(script: &words::Script, random: &mut Random) -> String {
    let name = random.pick(script.family);
    if name.is_ascii() && random.percent(5) {
        format!("{name}, Jr.")
    } else {
        name.to_owned()
    }
}

fn email(row: u64, random: &mut Random) -> String {
    if random.percent(12) {
        return String::new();
    }
    let mailbox = random.pick(words::MAILBOXES);
    let domain = random.pick(words::DOMAINS);
    format!("{mailbox}{row}@{domain}")
}

/// Amounts as text: trailing zeros, and now and then as many digits as a number may safely have.
fn lifetime_value(random: &mut Random) -> String {
    let cents = random.below(100);
    match random.below(100) {
        0..12 => String::new(),
        12..20 => "0".to_owned(),
        20..50 => format!("{}.{cents:02}", random.below(10)),
        50..90 => format!("{}.{cents:02}", random.below(10_000)),
        90..95 => format!("-{}.{cents:02}", random.below(100)),
        95..98 => format!("{}", random.below(10_000)),
        _ => format!("{}.{cents:02}", 9_007_199_254_740 + random.below(9)),
    }
}

fn last_purchase(random: &mut Random) -> String {
    if random.percent(20) {
        return String::new();
    }
    let year = 2019 + random.below(7);
    let month = 1 + random.below(12);
    let day = 1 + random.below(28);
    format!("{year}-{month:02}-{day:02}")
}

fn note(random: &mut Random) -> String {
    if random.percent(40) {
        return String::new();
    }
    let (first, second) = (phrases(random), random.pick(words::PHRASES));
    match random.below(30) {
        0..20 => first,
        20..24 => format!("{first}, {second}"),
        24..27 => format!("{first}\n{second}"),
        27 => format!("\"{first}\""),
        28 => format!("{first}, then said \"{second}\""),
        _ => format!("{first}, \"\"\n\n{second}\n"),
    }
}

/// One to four phrases: what somebody in a shop or at a telephone would jot down.
fn phrases(random: &mut Random) -> String {
    let n_phrases = 1 + random.below(4);
    let phrases: Vec<_> = (0..n_phrases)
        .map(|_| random.pick(words::PHRASES))
        .collect();
    phrases.join(". ")
}

fn column(header: &str) -> usize {
    AUDIENCE_HEADER
        .split(',')
        .position(|name| name == header)
        .expect("every caller names a column of the header")
}

fn count_lines(text: &[u8]) -> u64 {
    text.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

#[cfg(test)]
mod tests;
