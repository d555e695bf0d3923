//! The slow twin: maps a whole export the obvious way, with the `csv` crate and plain strings, and
//! with nothing of the core. Where the two differ, one of them is wrong.
//!
//! It reads files that are structurally clean, and trusts that the mapping is valid: what a broken
//! file or a wrong mapping calls forth is not its subject.

use serde_json::{Value, value::RawValue};

const MAX_OBJECTS: usize = 75;
const MAX_BODY_BYTES: usize = 4_194_304;
const MAX_OBJECT_BYTES: usize = 102_400;
const MAX_IDENTIFIER_BYTES: usize = 987;

/// What became of an export.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Twin {
    /// Request bodies, in file order.
    pub bodies: Vec<String>,
    /// All rows after the header.
    pub rows: u64,
    /// Each rejected row, counting from 1 after the header, with its code's name.
    pub rejected: Vec<(u64, &'static str)>,
    /// Rows that say nothing about a user.
    pub nothing_to_send: u64,
}

/// Maps a whole export.
pub fn map(export: &[u8], mapping_json: &str) -> Twin {
    let mapping: Value = serde_json::from_str(mapping_json).expect("the mapping is JSON");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(export);
    let header = reader.headers().expect("the header is UTF-8").clone();
    let header: Vec<&str> = header.iter().collect();

    let mut twin = Twin::default();
    let mut objects = Vec::new();
    for record in reader.records() {
        let record = record.expect("a structurally clean export is UTF-8");
        let cells: Vec<&str> = record.iter().collect();
        twin.rows += 1;
        match object(&mapping, &header, &cells) {
            Ok(Some(object)) => objects.push(object),
            Ok(None) => twin.nothing_to_send += 1,
            Err(code_name) => twin.rejected.push((twin.rows, code_name)),
        }
    }
    twin.bodies = bodies(&objects);
    twin
}

/// One row's object, nothing if it says nothing, or why the row is rejected.
fn object(
    mapping: &Value,
    header: &[&str],
    cells: &[&str],
) -> Result<Option<String>, &'static str> {
    if cells.len() < header.len() {
        return Err("too-few-cells");
    }
    if cells.len() > header.len() {
        return Err("too-many-cells");
    }
    let row: Vec<(&str, &str)> = header.iter().copied().zip(cells.iter().copied()).collect();

    let mut pairs = vec![identifier(mapping, &row)?];
    match mapping["unknown_users"].as_str() {
        Some("skip") => pairs.push(r#""_update_existing_only":true"#.to_owned()),
        Some("create") => pairs.push(r#""_update_existing_only":false"#.to_owned()),
        _ => {}
    }
    let n_before = pairs.len();
    if mapping["rows"] == "audience" {
        pairs.push(membership(&mapping["audience"], &row)?);
    }
    for &(name, cell) in &row {
        pairs.extend(attribute(mapping, name, cell)?);
    }
    if pairs.len() == n_before {
        return Ok(None);
    }

    let object = format!("{{{}}}", pairs.join(","));
    if object.len() > MAX_OBJECT_BYTES {
        return Err("object-too-large");
    }
    Ok(Some(object))
}

/// The first identifier that is filled.
fn identifier(mapping: &Value, row: &[(&str, &str)]) -> Result<String, &'static str> {
    for identifier in list(&mapping["identifiers"]) {
        let value = cell(row, &identifier["column"]);
        if value.len() > MAX_IDENTIFIER_BYTES {
            return Err("identifier-too-long");
        } else if !value.is_empty() {
            return Ok(pair(text(&identifier["as"]), &quoted(value)));
        }
    }
    Err("missing-identifier")
}

fn membership(audience: &Value, row: &[(&str, &str)]) -> Result<String, &'static str> {
    let part = |source: &Value| match source["value"].as_str() {
        Some(value) => value.to_owned(),
        None => cell(row, &source["column"]).to_owned(),
    };
    let (id, split) = (part(&audience["id"]), part(&audience["split"]));
    if id.is_empty() || split.is_empty() {
        return Err("empty-audience-part");
    }
    // A part that itself holds braces stays as it is.
    let name: Vec<String> = audience["name"]
        .as_str()
        .unwrap_or("AIQ_{audience_id}_{split_id}")
        .split("{audience_id}")
        .map(|piece| piece.replace("{split_id}", &split))
        .collect();
    let name = name.join(&id);

    let member = &audience["member"];
    if member.is_null() {
        return Ok(pair(&name, "true"));
    }
    let status = cell(row, &member["column"]);
    if list(&member["true"]).iter().any(|word| word == status) {
        return Ok(pair(&name, "true"));
    }
    if list(&member["false"]).iter().any(|word| word == status) {
        let leaves_null = audience.get("leaver") == Some(&Value::Null);
        return Ok(pair(&name, if leaves_null { "null" } else { "false" }));
    }
    Err("unknown-status")
}

/// What one cell adds to the object: nothing, or one pair.
fn attribute(mapping: &Value, header: &str, cell: &str) -> Result<Option<String>, &'static str> {
    if ["_aiq_row", "_aiq_code", "_aiq_reason"].contains(&header) {
        return Ok(None);
    }
    let listed = list(&mapping["columns"])
        .iter()
        .find(|column| column["header"] == header);
    if listed.is_none() && (mapping["other_columns"] == "skip" || has_other_use(mapping, header)) {
        return Ok(None);
    }
    let column = listed.unwrap_or(&Value::Null);
    if column["skip"] == true {
        return Ok(None);
    }

    let name = column["as"].as_str().unwrap_or(header);
    let kind = column["type"].as_str().unwrap_or("text");
    if cell.is_empty() {
        return Ok(match mapping["empty"].as_str() {
            Some("null") => Some(pair(name, "null")),
            Some("blank") if kind == "text" && name != "email" => Some(pair(name, "\"\"")),
            _ => None,
        });
    }
    match value(kind, name, cell) {
        Ok(value) => Ok(Some(pair(name, &value))),
        Err(_) if column["on_bad_value"] == "skip_cell" => Ok(None),
        Err(code_name) => Err(code_name),
    }
}

/// Whether a column says who the user is or which audience it is, and so is no attribute by itself.
fn has_other_use(mapping: &Value, header: &str) -> bool {
    let audience = &mapping["audience"];
    list(&mapping["identifiers"])
        .iter()
        .chain([&audience["id"], &audience["split"], &audience["member"]])
        .any(|source| source["column"] == header)
}

fn value(kind: &str, name: &str, cell: &str) -> Result<String, &'static str> {
    match kind {
        "number" if is_number(cell) => Ok(cell.to_owned()),
        "number" => Err("bad-number"),
        "boolean" => match cell.to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "t" | "1" => Ok("true".to_owned()),
            "false" | "no" | "n" | "f" | "0" => Ok("false".to_owned()),
            _ => Err("bad-boolean"),
        },
        _ if name == "email" && !is_email(cell) => Err("bad-email"),
        _ => Ok(quoted(cell)),
    }
}

/// Whether the cell, to its last byte, is a number by JSON's grammar.
fn is_number(cell: &str) -> bool {
    let starts_like_one = cell.starts_with(|start: char| start == '-' || start.is_ascii_digit());
    starts_like_one && serde_json::from_str::<&RawValue>(cell).is_ok_and(|raw| raw.get() == cell)
}

fn is_email(cell: &str) -> bool {
    let [local, domain] = cell.split('@').collect::<Vec<_>>()[..] else {
        return false;
    };
    let labels: Vec<&str> = domain.split('.').collect();
    !local.is_empty()
        && !local.contains(|c: char| c.is_whitespace() || c.is_control())
        && !local.contains([',', ';', '<', '>', '"', '(', ')', '[', ']', '\\', ':'])
        && labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && !label.contains(|c: char| c.is_whitespace())
                && label
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii())
        })
}

/// Cuts the objects into request bodies, each as full as the limits allow.
fn bodies(objects: &[String]) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut batch: Vec<&str> = Vec::new();
    for object in objects {
        batch.push(object);
        let commas = batch.len() - 1;
        let bytes = batch.iter().map(|object| object.len()).sum::<usize>() + commas;
        if batch.len() > MAX_OBJECTS || body(&[]).len() + bytes > MAX_BODY_BYTES {
            batch.pop();
            bodies.push(body(&batch));
            batch = vec![object];
        }
    }
    if !batch.is_empty() {
        bodies.push(body(&batch));
    }
    bodies
}

fn body(objects: &[&str]) -> String {
    format!("{{\"attributes\":[{}]}}", objects.join(","))
}

fn pair(name: &str, value: &str) -> String {
    format!("{}:{value}", quoted(name))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn cell<'a>(row: &[(&str, &'a str)], column: &Value) -> &'a str {
    let found = row.iter().find(|(header, _)| column == header);
    found.expect("the mapping names columns of the header").1
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the mapping has a text here")
}

#[cfg(test)]
mod tests;
