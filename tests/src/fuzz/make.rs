//! What is handed to the core: half right, so that it gets past the first check, and half wrong.

use std::fmt::Write as _;

use aiq_braze::read::{Dialect, Escape};

use crate::random::Random;

const HEADERS: [&str; 27] = [
    "id",
    "email",
    "phone",
    "name",
    "time",
    "aud",
    "split",
    "status",
    "n",
    "b",
    "d",
    "t",
    "l",
    "j",
    "a.b",
    "a.c",
    "a",
    "bought.properties.price",
    "First_Name",
    "tier ",
    "é",
    "braze_id",
    "say \"x\"",
    "x,y",
    "_aiq_file",
    "_aiq_row",
    "_aiq_raw",
];

const CELLS: [&str; 51] = [
    "",
    "",
    "",
    "x",
    "y",
    "1",
    "2",
    "7",
    "00123",
    "12345678901234567890123",
    "1.10",
    "-0",
    "1e10",
    "true",
    "FALSE",
    "no",
    "2024-05-31",
    "2024-02-30",
    "2024-05-31T18:30:00Z",
    "2024-05-31 18:30:00.5+02:00",
    "2024-11-03 01:30",
    "2024-03-10 02:30",
    "1717180200",
    "99999999999999999999",
    "a;b;c",
    ";;",
    "[1, {\"a\": null}]",
    "{\"a\":1}",
    "\"t\"",
    "[1",
    "ann@example.com",
    "a@b",
    "+14155550100",
    "in",
    "out",
    "entered the audience",
    "bought",
    "viewed",
    "\u{FEFF}",
    "\u{A0}",
    "😀",
    "e\u{301}",
    "\\",
    "a\\\"b",
    "line\nbreak",
    "cr\r\nlf",
    "tab\t",
    "\u{1}\u{7F}",
    "1042_1.csv",
    "{\"id\":\"u1\",\"_aiq_raw\":\"{}\"}",
    " {\"id\":[1,{\"a.b\":2}]} ",
];

/// Names of columns, mostly different ones.
pub(super) fn columns(random: &mut Random) -> Vec<String> {
    let n_columns = 1 + random.below(10);
    let mut columns: Vec<String> = Vec::new();
    while (columns.len() as u64) < n_columns {
        let header = if columns.is_empty() && random.percent(80) {
            "id"
        } else {
            random.pick(&HEADERS)
        };
        if !columns.iter().any(|other| other == header) || random.percent(3) {
            columns.push(header.to_owned());
        }
    }
    columns
}

/// A mapping that might fit the columns.
pub(super) fn mapping(random: &mut Random, columns: &[String]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let column =
        |random: &mut Random| quoted(&columns[random.below(columns.len() as u64) as usize]);
    let source = |random: &mut Random| match random.below(10) {
        0..4 => {
            let times = random.pick(&[1, 1, 1, 40, 700]);
            let value = random.pick(&CELLS[3..]).repeat(times);
            format!(r#"{{"value":{}}}"#, quoted(&value))
        }
        4..9 => format!(r#"{{"column":{}}}"#, column(random)),
        _ => format!(r#"{{"file_part":"{}"}}"#, random.pick(&["p", "q", "r"])),
    };
    let mut text = String::from(r#"{"version":1"#);
    let add = |text: &mut String, more: String| _ = write!(text, ",{more}");
    match random.below(10) {
        0..4 => add(&mut text, r#""rows":"attributes""#.to_owned()),
        4..7 => {
            let (id, split) = (source(random), source(random));
            let mut audience = format!(r#""id":{id},"split":{split}"#);
            if random.percent(50) {
                let words =
                    r#""true":["in","x","entered the audience",""],"false":["out","y","1"]"#;
                let column = column(random);
                let _ = write!(audience, r#","member":{{"column":{column},{words}}}"#);
            }
            if random.percent(30) {
                audience.push_str(r#","leaver":null"#);
            }
            if random.percent(20) {
                audience.push_str(r#","name":"{split_id}{audience_id}""#);
            }
            add(
                &mut text,
                format!(r#""rows":"audience","audience":{{{audience}}}"#),
            );
        }
        _ => {
            let (name, time) = (source(random), column(random));
            let zone = random.pick(&[
                "",
                r#","zone":"America/New_York""#,
                r#","zone":"UTC""#,
                r#","format":"epoch_seconds""#,
            ]);
            let app_id = if random.percent(40) {
                format!(r#","app_id":{}"#, source(random))
            } else {
                String::new()
            };
            let event = format!(r#""name":{name},"time":{{"column":{time}{zone}}}{app_id}"#);
            add(&mut text, format!(r#""rows":"events","event":{{{event}}}"#));
        }
    }
    let n_identifiers = 1 + random.below(3);
    let identifiers = (0..n_identifiers).map(|number| {
        let kind = random.pick(&[
            "external_id",
            "external_id",
            "braze_id",
            "user_alias",
            "email",
            "phone",
        ]);
        let label = if kind == "user_alias" {
            format!(r#","label":{}"#, source(random))
        } else {
            String::new()
        };
        let column = if number == 0 {
            quoted(&columns[0])
        } else {
            column(random)
        };
        format!(r#"{{"column":{column},"as":"{kind}"{label}}}"#)
    });
    let identifiers: Vec<_> = identifiers.collect();
    add(
        &mut text,
        format!(r#""identifiers":[{}]"#, identifiers.join(",")),
    );
    let mut rules: Vec<String> = Vec::new();
    for (column_idx, name) in columns.iter().enumerate() {
        if random.percent(60) {
            rules.push(rule(random, &quoted(name), column_idx));
        }
    }
    add(&mut text, format!(r#""columns":[{}]"#, rules.join(",")));
    for (share, more) in [
        (30, r#""file_name":"{p}_{q}.csv""#),
        (20, r#""unknown_users":"skip""#),
        (20, r#""unknown_users":"create""#),
        (20, r#""empty":"null""#),
        (20, r#""empty":"blank""#),
        (20, r#""nested_names":"replace""#),
        (20, r#""nested_names":"merge""#),
        (20, r#""other_columns":"skip""#),
        (10, r#""max_names":2"#),
        (15, r#""format":{"delimiter":";"}"#),
        (15, r#""format":{"escape":"backslash"}"#),
    ] {
        let key = more.split(':').next().unwrap_or(more);
        if random.percent(share) && !text.contains(key) {
            add(&mut text, more.to_owned());
        }
    }
    if random.percent(15) {
        add(
            &mut text,
            format!(
                r#""where":{{"column":{},"in":["x","in","entered the audience"]}}"#,
                column(random)
            ),
        );
    }
    text.push('}');
    text
}

fn rule(random: &mut Random, name: &str, column_idx: usize) -> String {
    let mut rule = if random.percent(90) {
        format!(r#"{{"header":{name}"#)
    } else {
        format!(r#"{{"index":{column_idx}"#)
    };
    if random.percent(10) {
        rule.push_str(r#","skip":true}"#);
        return rule;
    }
    if random.percent(30) {
        let new = random.pick(&[
            "p",
            "q.r",
            "q.s",
            "q",
            "email",
            "email.work",
            "phone.x",
            "o.p.q",
            "time",
            "a\\\"b",
            "x y",
        ]);
        let _ = write!(rule, r#","as":"{new}""#);
    }
    rule.push_str(random.pick(&[
        "",
        "",
        r#","type":"text""#,
        r#","type":"number""#,
        r#","type":"integer""#,
        r#","type":"boolean""#,
        r#","type":"date""#,
        r#","type":"time","zone":"America/New_York""#,
        r#","type":"time""#,
        r#","type":"list""#,
        r#","type":"list","separator":"\n""#,
        r#","type":"json""#,
    ]));
    rule.push_str(random.pick(&["", "", r#","on_bad_value":"skip_cell""#]));
    rule.push_str(random.pick(&["", "", r#","empty":"null""#, r#","empty":"blank""#]));
    rule.push('}');
    rule
}

/// An export of these columns, mostly as it should be.
pub(super) fn export(random: &mut Random, columns: &[String], dialect: Dialect) -> Vec<u8> {
    let mut out = Vec::new();
    let mut order: Vec<usize> = (0..columns.len()).collect();
    if random.percent(10) {
        order.reverse();
    }
    if random.percent(20) {
        out.extend_from_slice(b"\xEF\xBB\xBF");
    }
    let end: &[u8] = random.pick(&[b"\n" as &[u8], b"\n", b"\r\n", b"\r"]);
    let header: Vec<&str> = order
        .iter()
        .map(|column_idx| columns[*column_idx].as_str())
        .collect();
    write_row(&mut out, random, &header, dialect, end);
    let most = 1 << random.pick(&[1, 3, 5, 8]);
    let n_rows = random.below(most);
    let mut last: Option<&'static str> = None;
    for _ in 0..n_rows {
        // Rows of one user that follow each other.
        let id = last.filter(|_| random.percent(30));
        let id = id.unwrap_or_else(|| random.pick(&CELLS));
        last = Some(id);
        let long = "x".repeat(random.pick(&[256, 990, 60_000]));
        let mut cells = vec![id];
        cells.extend((1..columns.len()).map(|_| random.pick(&CELLS)));
        if random.percent(2) {
            cells.pop();
        }
        let hostile = "\u{1}".repeat(random.pick(&[1, 39, 236]));
        if random.percent(3) {
            // One cell in many places, and each of its bytes six when it is written.
            cells.iter_mut().for_each(|cell| *cell = &hostile);
        }
        if random.percent(1) {
            let place = random.below(cells.len().max(1) as u64) as usize;
            if let Some(cell) = cells.get_mut(place) {
                *cell = &long;
            }
        }
        write_row(&mut out, random, &cells, dialect, end);
    }
    if random.percent(25) {
        spoilt(random, out)
    } else {
        out
    }
}

/// An export of these columns in which no row is broken.
pub(super) fn clean_export(random: &mut Random, columns: &[String], dialect: Dialect) -> Vec<u8> {
    let mut out = Vec::new();
    let header: Vec<&str> = columns.iter().map(String::as_str).collect();
    write_row(&mut out, random, &header, dialect, b"\n");
    let ids = ["u1", "u1", "u2", "u3", "+1 415", "a@example.com"];
    for _ in 0..random.below(40) {
        let mut cells: Vec<&str> = columns.iter().map(|_| random.pick(&CELLS)).collect();
        if random.percent(70) {
            cells[0] = random.pick(&ids);
        }
        if random.percent(2) {
            cells.pop();
        }
        write_row(&mut out, random, &cells, dialect, b"\n");
    }
    out
}

/// JSON values as cells cannot be.
const VALUES: [&str; 34] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "7",
    "1.10",
    "1e400",
    "-1E+5",
    "12345678901234567890123",
    "1717180200",
    "{}",
    "[]",
    "[1, \"a\", true]",
    "[null]",
    "[[1]]",
    "[{\"a\": 1}, {\"b\": [2]}]",
    "{\"a\": {\"b\": {\"c\": 1}}}",
    "{\"a.b\": 1}",
    "{\"$add\": [1]}",
    "{\"add\": [\"x\"]}",
    "{\"inc\": 2}",
    "{\"$time\": \"2024-05-31\"}",
    "{\"$time\": \"soon\"}",
    "{\"a\": 1, \"a\": 2}",
    "{\"a\": null}",
    "{\"\": 1}",
    "\"\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\u0000\"",
    "\"\\n\\t\\\"\\/\"",
    "\"in\"",
    "[1",
];

/// JSON objects of these columns and some others, mostly one a line.
pub(super) fn json_lines(random: &mut Random, columns: &[String]) -> Vec<u8> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let is_array = random.percent(15);
    let (mut out, between) = match is_array {
        true => (String::from("["), ",\n"),
        false => (
            String::new(),
            random.pick(&["\n", "\n", "\r\n", "", " \n\n"]),
        ),
    };
    let most = 1 << random.pick(&[1, 3, 5, 7]);
    for number in 0..random.below(most) {
        if number > 0 {
            out.push_str(between);
        }
        let mut members: Vec<String> = Vec::new();
        for column in columns {
            let value = match random.below(10) {
                0 => continue,
                1..4 => random.pick(&VALUES).to_owned(),
                _ => quoted(random.pick(&CELLS)),
            };
            members.push(format!("{}:{value}", quoted(column)));
        }
        if random.percent(10) {
            let (name, value) = (random.pick(&HEADERS), random.pick(&VALUES));
            members.push(format!("{} : {value}", quoted(name)));
        }
        if random.percent(15) {
            members.reverse();
        }
        out.push_str(&format!("{{{}}}", members.join(",")));
    }
    if is_array {
        out.push(']');
    }
    if random.percent(25) {
        spoilt(random, out.into_bytes())
    } else {
        out.into_bytes()
    }
}

fn write_row(out: &mut Vec<u8>, random: &mut Random, cells: &[&str], dialect: Dialect, end: &[u8]) {
    for (column_idx, cell) in cells.iter().enumerate() {
        if column_idx > 0 {
            out.push(dialect.delimiter);
        }
        let must = cell
            .bytes()
            .any(|byte| byte == dialect.delimiter || b"\"\r\n\\".contains(&byte));
        if !must && random.percent(85) {
            out.extend_from_slice(cell.as_bytes());
            continue;
        }
        out.push(b'"');
        for byte in cell.bytes() {
            match (byte, dialect.escape) {
                (b'"', Escape::Double) => out.push(b'"'),
                (b'"' | b'\\', Escape::Backslash) => out.push(b'\\'),
                _ => {}
            }
            out.push(byte);
        }
        out.push(b'"');
    }
    out.extend_from_slice(end);
}

/// Any bytes: noise, or rows to which something was done.
pub(super) fn bytes(random: &mut Random) -> Vec<u8> {
    const NOISE: &[u8] = b"\"\"\"\\\\,,,;\t|\r\n\n\na1.\0\xC3\xA9\xEF\xBB\xBF\xFF {}[]:";
    if random.percent(40) {
        let most = 1 << random.below(11);
        let n_bytes = random.below(most);
        return (0..n_bytes).map(|_| random.pick(NOISE)).collect();
    }
    let columns = columns(random);
    let dialect = Dialect {
        delimiter: random.pick(b",;\t|"),
        escape: random.pick(&[Escape::Double, Escape::Backslash]),
        header: true,
    };
    let export = export(random, &columns, dialect);
    if random.percent(70) {
        spoilt(random, export)
    } else {
        export
    }
}

/// Some bytes more, fewer, doubled or different.
pub(super) fn spoilt(random: &mut Random, mut bytes: Vec<u8>) -> Vec<u8> {
    const BYTES: &[u8] = b"\"\"\\,;\n\r\0\xC3\xFF\xEF{}[]:x1 -";
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() as u64 + 1) as usize;
        match random.below(4) {
            0 => bytes.insert(at, random.pick(BYTES)),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 if at < bytes.len() => bytes[at] = random.pick(BYTES),
            3 => {
                let end = bytes.len().min(at + random.below(40) as usize);
                let copied = bytes[at..end].to_vec();
                bytes.splice(at..at, copied);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// The bytes cut at random places; some chunks are empty.
pub(super) fn chunks<'b>(random: &mut Random, bytes: &'b [u8]) -> Vec<&'b [u8]> {
    let most = 1 << random.below(10);
    let mut chunks = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let n_bytes = (random.below(most + 1) as usize).min(rest.len());
        let (chunk, behind) = rest.split_at(n_bytes);
        chunks.push(chunk);
        rest = behind;
    }
    chunks
}

/// The body of an answer.
pub(super) fn reply(random: &mut Random, n_objects: usize) -> Vec<u8> {
    let mut members: Vec<String> = Vec::new();
    if random.percent(80) {
        members.push(format!(
            r#""message":{}"#,
            random.pick(&[r#""success""#, "null", "5", r#""Invalid API key""#, "{}"])
        ));
    }
    if random.percent(20) {
        members.push(r#""error":"no JSON""#.to_owned());
    }
    if random.percent(60) {
        let count = random.pick(&["0", "1", "75", "null", "\"3\"", "-1"]);
        members.push(format!(r#""attributes_processed":{count}"#));
    }
    if random.percent(60) {
        let n_errors = random.below(5);
        let errors = (0..n_errors).map(|_| {
            let index = random.below(n_objects as u64 + 2);
            let array = random.pick(&["attributes", "events", "purchases", ""]);
            match random.below(6) {
                0 => r#""a sentence""#.to_owned(),
                1 => format!(r#"{{"type":null,"index":{index}}}"#),
                2 => format!(r#"{{"type":"X","input_array":"{array}","index":"{index}"}}"#),
                3 => format!(r#"{{"index":-{index}}}"#),
                _ => format!(r#"{{"type":"BAD","input_array":"{array}","index":{index}}}"#),
            }
        });
        let errors: Vec<_> = errors.collect();
        members.push(format!(r#""errors":[{}]"#, errors.join(",")));
    } else if random.percent(10) {
        members.push(
            random
                .pick(&[r#""errors":"text""#, r#""errors":{}"#, r#""errors":null"#])
                .to_owned(),
        );
    }
    let body = format!("{{{}}}", members.join(",")).into_bytes();
    if random.percent(30) {
        spoilt(random, body)
    } else {
        body
    }
}
