//! The small examples: one for each form in which exports may come, each with its mapping and the request
//! bodies that it must become.

use super::{Customer, Event, customer_id, push_quoted, write_csv_cell};
use crate::random::Random;
use crate::twin;

/// An export in one form.
pub struct Example {
    /// What its mapping and its bodies are called.
    pub name: &'static str,
    /// Its files as they lie in `tests/exports`, by their path there.
    pub files: Vec<(String, Vec<u8>)>,
    /// Each file's name and its text in UTF-8, unpacked: what a host hands to the core.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Its mapping.
    pub mapping: &'static str,
    /// The same for the twin, where the twin is handed the rows in another form.
    twin: Option<(Vec<u8>, &'static str)>,
}

impl Example {
    fn new(name: &'static str, file: &str, text: String, mapping: &'static str) -> Self {
        let text = text.into_bytes();
        Self {
            name,
            files: vec![(file.to_owned(), text.clone())],
            texts: vec![(file.to_owned(), text)],
            mapping,
            twin: None,
        }
    }

    /// The request bodies, one a line, as the slow twin makes them.
    pub fn bodies(&self) -> String {
        let twin = match &self.twin {
            Some((text, mapping)) => twin::map(text, mapping),
            None => {
                let texts = self
                    .texts
                    .iter()
                    .map(|(name, text)| (name.as_str(), text.as_slice()));
                twin::map_files(&texts.collect::<Vec<_>>(), self.mapping)
            }
        };
        assert_eq!(twin.rejected, [], "{}: no example has bad rows", self.name);
        let lines = twin.bodies.iter().map(|body| format!("{body}\n"));
        lines.collect()
    }
}

/// All of them.
pub fn all() -> Vec<Example> {
    vec![
        ids_in_file_name(),
        wide_audiences(),
        spark(),
        attributes(),
        events(),
        events_json(),
        windows_1252(),
    ]
}

fn ids_in_file_name() -> Example {
    let mut text = String::from("external_id,status\n");
    for row in 1..=200 {
        let mut random = Random::for_row(21, row);
        let status = random.weighted(&[(85, "entered"), (15, "exited")]);
        text += &format!("{},{status}\n", customer_id(row));
    }
    let mapping = include_str!("../../exports/ids-in-file-name.mapping.json");
    Example::new(
        "ids-in-file-name",
        "audience_1042_3_20260101.csv",
        text,
        mapping,
    )
}

/// A column for each audience. Now and then a person stands in two rows that follow each other.
fn wide_audiences() -> Example {
    let mut text = String::from("braze_id,AIQ_1042_1,AIQ_1042_2,AIQ_1077_1\n");
    for row in 1..=200 {
        let mut random = Random::for_row(22, row);
        let id = Random::new(row - u64::from(row % 10 == 0)).number();
        let cells = [(); 3].map(|()| random.weighted(&[(40, "true"), (30, "false"), (30, "")]));
        text += &format!("{id:024x},{}\n", cells.join(","));
    }
    let mapping = include_str!("../../exports/wide-audiences.mapping.json");
    Example::new("wide-audiences", "wide-audiences.csv", text, mapping)
}

/// Part files as Spark leaves them behind: packed, each with the header, quotes and backslashes escaped by a
/// backslash, and a file without bytes that says that the work is done.
fn spark() -> Example {
    let mut files = vec![("spark/_SUCCESS".to_owned(), Vec::new())];
    let mut texts = Vec::new();
    for part in 0..3 {
        let mut text = String::from("customer_id,audience_id,split_id,status,last_name,note\n");
        for row in part * 100 + 1..=part * 100 + 100 {
            let customer = Customer::new(23, row);
            let mut cells = [
                customer.id,
                customer.audience_id.to_owned(),
                customer.split_id.to_owned(),
                customer.status.to_owned(),
                customer.last_name,
                customer.note,
            ];
            if row % 25 == 0 {
                cells[5] = format!("C:\\tmp\\{row} and \"so\" on\\");
            }
            let cells: Vec<_> = cells.iter().map(|cell| spark_cell(cell)).collect();
            text += &(cells.join(",") + "\n");
        }
        let name = format!("part-{part:05}-9b1c7f3e-c000.csv");
        files.push((format!("spark/{name}.gz"), gzip(text.as_bytes())));
        texts.push((name, text.into_bytes()));
    }
    Example {
        name: "spark",
        files,
        texts,
        mapping: include_str!("../../exports/spark.mapping.json"),
        twin: None,
    }
}

fn spark_cell(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\\']) {
        format!("\"{}\"", cell.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        cell.to_owned()
    }
}

/// A column of every type, and names with dots.
fn attributes() -> Example {
    let header = "email,crm_id,first_name,lifetime_value,visits,vip,birthday,last_seen,tags,preferences,\
                  address.city,address.zip\n";
    let mut text = header.as_bytes().to_vec();
    for row in 1..=200 {
        let mut random = Random::for_row(24, row);
        let customer = Customer::new(24, row);
        // Who has no address is known by the id in another system.
        let cells = [
            customer.email,
            format!("crm-{row:05}"),
            customer.first_name.to_owned(),
            customer.lifetime_value,
            random.below(90).to_string(),
            customer.vip.to_owned(),
            customer.last_purchase.replace("20", "19"),
            format!(
                "{:02}.0{}.2025 1{}:30",
                1 + random.below(28),
                1 + random.below(9),
                random.below(10)
            ),
            random
                .pick(&["", "new", "sport;sale", "sale;größe 46;vip"])
                .to_owned(),
            random
                .pick(&[
                    "",
                    "{\"size\": 46, \"colours\": [\"red\", \"blue\"]}",
                    "{\"size\": 38.50}",
                ])
                .to_owned(),
            random
                .pick(&["Rome", "Łódź", "", "São Paulo, SP"])
                .to_owned(),
            random.pick(&["00118", "01310-100", ""]).to_owned(),
        ];
        write_row(&mut text, &cells);
    }
    let text = String::from_utf8(text).expect("all cells are texts");
    let mapping = include_str!("../../exports/attributes.mapping.json");
    let twin_text = text.clone();
    let mut example = Example::new("attributes", "attributes.csv", text, mapping);
    example.twin = Some(attributes_for_twin(&twin_text));
    example
}

/// The twin reads no patterns: it is handed the column with them in the usual form.
fn attributes_for_twin(text: &str) -> (Vec<u8>, &'static str) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut twin = Vec::new();
    let header: Vec<String> = reader
        .headers()
        .expect("a header")
        .iter()
        .map(str::to_owned)
        .collect();
    write_row(&mut twin, &header);
    for row in reader.records() {
        let mut cells: Vec<String> = row.expect("a row").iter().map(str::to_owned).collect();
        // dd.MM.yyyy HH:mm
        let (date, clock) = cells[7].split_once(' ').expect("a date and a time");
        let parts: Vec<&str> = date.split('.').collect();
        cells[7] = format!("{}-{}-{} {clock}", parts[2], parts[1], parts[0]);
        write_row(&mut twin, &cells);
    }
    (twin, include_str!("attributes.twin.json"))
}

fn events() -> Example {
    let text = String::from_utf8(super::events(250, 25, 0)).expect("all cells are texts");
    Example::new("events", "events.csv", text, super::EVENTS_MAPPING)
}

/// Events as JSON lines: the values have types, and what an event does not have is not there. The first has
/// everything; keys stand in the order of the alphabet.
fn events_json() -> Example {
    let header = [
        "channel",
        "event_name",
        "gift",
        "items",
        "occurred_at",
        "price",
        "sku",
        "user_id",
    ];
    let mut lines = String::new();
    let mut rows = Vec::new();
    write_row(&mut rows, &header.map(str::to_owned));
    for row in 1..=250 {
        let mut random = Random::for_row(26, row);
        let mut event = Event::new(&mut random, false);
        let gift = random.pick(&["true", "false"]);
        let items = random.pick(&[r#"["shoe","sock"]"#, r#"["größe 46"]"#, "[]"]);
        if row == 1 {
            (event.name, event.price, event.sku) =
                ("purchase", "12.50".to_owned(), "000123".to_owned());
        }
        let is_purchase = event.name == "purchase";
        let cells = [
            event.channel,
            event.name,
            if is_purchase { gift } else { "" },
            if is_purchase { items } else { "" },
            &event.time,
            &event.price,
            &event.sku,
            &event.user_id,
        ];
        let members = header
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !cell.is_empty());
        let members: Vec<_> = members
            .map(|(key, cell)| match *key {
                "gift" | "items" | "price" => format!("\"{key}\":{cell}"),
                _ => format!("\"{key}\":{}", serde_json::Value::from(cell)),
            })
            .collect();
        lines += &format!("{{{}}}\n", members.join(","));
        write_row(&mut rows, &cells.map(str::to_owned));
    }
    let mapping = include_str!("../../exports/events-json.mapping.json");
    let mut example = Example::new("events-json", "events.jsonl", lines, mapping);
    example.twin = Some((rows, include_str!("events-json.twin.json")));
    example
}

/// Semicolons, and the bytes of Windows-1252, as a spreadsheet in western Europe saves it.
fn windows_1252() -> Example {
    let mut text = String::from("customer_id;last_name;spent;note\r\n");
    for row in 1..=200 {
        let mut random = Random::for_row(27, row);
        let name = random.pick(&["Lefèvre", "Müller", "Núñez", "Œuvrard", "Šimek", "Lund"]);
        let note = random.pick(&[
            "",
            "says “hello”",
            "10 € off",
            "size 46–48",
            "it’s fine; really",
        ]);
        let mut line = Vec::new();
        if note.contains(';') {
            push_quoted(note, &mut line);
        } else {
            line.extend_from_slice(note.as_bytes());
        }
        let note = String::from_utf8(line).expect("a text");
        text += &format!(
            "{};{name};{}.{:02};{note}\r\n",
            customer_id(row),
            random.below(900),
            random.below(100)
        );
    }
    let mapping = include_str!("../../exports/windows-1252.mapping.json");
    let mut example = Example::new("windows-1252", "windows-1252.csv", text.clone(), mapping);
    example.files[0].1 = text.chars().map(windows_1252_byte).collect();
    example
}

/// A character's byte in Windows-1252: that of Latin-1, but for those that stand where it has controls.
fn windows_1252_byte(char: char) -> u8 {
    match char {
        '€' => 0x80,
        'Š' => 0x8A,
        'Œ' => 0x8C,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        char => u8::try_from(u32::from(char)).expect("a character of Latin-1"),
    }
}

fn write_row(out: &mut Vec<u8>, cells: &[String]) {
    for (column_idx, cell) in cells.iter().enumerate() {
        if column_idx > 0 {
            out.push(b',');
        }
        write_csv_cell(out, cell);
    }
    out.push(b'\n');
}

/// The bytes as gzip without compression: the same on every machine, and whatever packs better in ten years.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let blocks = bytes.chunks(0xFFFF).collect::<Vec<_>>();
    for (number, block) in blocks.iter().enumerate() {
        let n_bytes = block.len() as u16; // OK because a block is cut to that
        packed.push(u8::from(number + 1 == blocks.len()));
        packed.extend_from_slice(&n_bytes.to_le_bytes());
        packed.extend_from_slice(&(!n_bytes).to_le_bytes());
        packed.extend_from_slice(block);
    }
    packed.extend_from_slice(&crc32(bytes).to_le_bytes());
    packed.extend_from_slice(&(bytes.len() as u32).to_le_bytes()); // OK because the format counts so far
    packed
}

fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            let mask = 0_u32.wrapping_sub(crc & 1);
            (crc >> 1) ^ (0xEDB8_8320 & mask)
        })
    });
    !crc
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_examples_are_what_the_generator_makes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports");
        for example in all() {
            let bodies = (
                format!("{}.bodies.jsonl", example.name),
                example.bodies().into_bytes(),
            );
            for (path, bytes) in example.files.iter().chain([&bodies]) {
                let committed = fs::read(folder.join(path)).expect(path);
                assert!(
                    committed == *bytes,
                    "tests/exports/{path} is stale: run `cargo run -p aiq-braze-tests --bin make-exports`"
                );
            }
        }
    }

    /// The check value that the format's authors publish.
    #[test]
    fn checksums_are_those_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
