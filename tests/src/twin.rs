//! The slow twin: maps a whole export the obvious way, with the `csv` crate and plain strings, and
//! with nothing of the core. Where the two differ, one of them is wrong.
//!
//! It reads files that are structurally clean, and trusts that the mapping is valid: what a broken
//! file or a wrong mapping calls forth is not its subject. Of zones it knows UTC alone, and no patterns of
//! times.

mod moment;

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::{Value, value::RawValue};

const MAX_OBJECTS: usize = 75;
const MAX_BODY_BYTES: usize = 4_194_304;
const MAX_OBJECT_BYTES: usize = 102_400;
const MAX_MERGED_KEYS: usize = 250;
const MAX_IDENTIFIER_BYTES: usize = 987;
const MAX_ALIAS_BYTES: usize = 236;

/// What became of an export.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Twin {
    /// Request bodies, in file order. Empty where they were handed out one by one.
    pub bodies: Vec<String>,
    /// How many bodies there were.
    pub n_bodies: u64,
    /// All rows after the headers.
    pub rows: u64,
    /// Each rejected row, counting from 1 after its header, with its code's name.
    pub rejected: Vec<(u64, &'static str)>,
    /// Rows that say nothing about a user, and those that are not meant.
    pub nothing_to_send: u64,
    /// Objects in all bodies.
    pub objects: u64,
}

/// Maps a whole export of one file.
pub fn map(export: &[u8], mapping_json: &str) -> Twin {
    map_files(&[("export.csv", export)], mapping_json)
}

/// Maps the files of an export, each with its name.
pub fn map_files(files: &[(&str, &[u8])], mapping_json: &str) -> Twin {
    let mut bodies = Vec::new();
    let files = files.iter().map(|(name, bytes)| (*name, *bytes));
    let mut twin = stream(files, mapping_json, &mut |body| bodies.push(body));
    twin.bodies = bodies;
    twin
}

/// Maps files as they come, and hands out each body as soon as it is known.
pub fn stream<'f, R: Read>(
    files: impl Iterator<Item = (&'f str, R)>,
    mapping_json: &str,
    hand_out: &mut dyn FnMut(String),
) -> Twin {
    let mapping: Value = serde_json::from_str(mapping_json).expect("the mapping is JSON");
    let mut twin = Twin::default();
    let mut batch = Batch {
        array: if mapping["rows"] == "events" {
            "events"
        } else {
            "attributes"
        },
        objects: Vec::new(),
        hand_out,
        n_bodies: 0,
        n_objects: 0,
    };
    for (file_idx, (name, file)) in files.enumerate() {
        let mut reader = reader(&mapping, file);
        let header = reader.headers().expect("the header is UTF-8").clone();
        let header: Vec<&str> = header.iter().collect();
        let file_column = header.iter().rposition(|name| *name == "_aiq_file");
        let mut n_rows = 0;
        for record in reader.records() {
            let record = record.expect("a structurally clean export is UTF-8");
            let cells: Vec<&str> = record.iter().collect();
            n_rows += 1;
            let own_name = file_column.and_then(|column| cells.get(column).copied());
            let context = Context {
                mapping: &mapping,
                header: &header,
                file_parts: file_parts(mapping["file_name"].as_str(), own_name.unwrap_or(name)),
            };
            match object(&context, &cells) {
                Ok(Some(object)) => batch.push(Object { file_idx, ..object }, merges(&mapping)),
                Ok(None) => twin.nothing_to_send += 1,
                Err(code_name) => twin.rejected.push((n_rows, code_name)),
            }
        }
        twin.rows += n_rows;
    }
    batch.finish();
    (twin.n_bodies, twin.objects) = (batch.n_bodies, batch.n_objects);
    twin
}

fn reader<R: Read>(mapping: &Value, file: R) -> csv::Reader<R> {
    let format = &mapping["format"];
    let mut builder = csv::ReaderBuilder::new();
    builder.flexible(true);
    if let Some(delimiter) = format["delimiter"].as_str() {
        builder.delimiter(delimiter.as_bytes()[0]);
    }
    if format["escape"] == "backslash" {
        builder.escape(Some(b'\\'));
    }
    builder.from_reader(file)
}

/// What is the same for all rows of a file.
struct Context<'c> {
    mapping: &'c Value,
    header: &'c [&'c str],
    /// What the name of the row's file says; nothing where it is made in another way.
    file_parts: Option<Vec<(String, String)>>,
}

/// The parts of a file's name by a template such as `audience_{a}_{s}.csv`; nothing where it does not fit.
fn file_parts(template: Option<&str>, name: &str) -> Option<Vec<(String, String)>> {
    let Some(template) = template else {
        return Some(Vec::new());
    };
    let mut pieces = template.split('{');
    let mut rest = name.strip_prefix(pieces.next().unwrap_or_default())?;
    let mut parts = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let (part, behind) = piece.split_once('}').expect("the template is right");
        let value = if pieces.peek().is_none() {
            rest.strip_suffix(behind)?
        } else {
            let (value, others) = rest.split_once(behind)?;
            rest = others;
            value
        };
        parts.push((part.to_owned(), value.to_owned()));
    }
    Some(parts)
}

/// An object for Braze, as text in pieces.
#[derive(Debug, PartialEq, Eq)]
struct Object {
    /// The identifier and the flags: the same for all objects of a user.
    head: String,
    /// Members that are no columns: of those the last value always wins.
    n_own: usize,
    /// Each member's name and value, as JSON.
    members: Vec<(String, String)>,
    file_idx: usize,
}

impl Object {
    fn text(&self) -> String {
        let members = self.members.iter();
        let members: Vec<_> = members
            .map(|(name, value)| format!(",{name}:{value}"))
            .collect();
        format!("{{{}{}}}", self.head, members.concat())
    }

    /// Whether a value changes what Braze has, in place of standing for it.
    fn holds_operator(&self) -> bool {
        self.members.iter().any(|(_, value)| {
            let keys: Result<BTreeMap<String, Value>, _> = serde_json::from_str(value);
            keys.is_ok_and(|keys| {
                keys.keys().any(|key| {
                    matches!(&**key, "inc" | "add" | "remove")
                        || key.starts_with('$') && key != "$time"
                })
            })
        })
    }

    /// The object that this one and a later one of the same user make.
    fn merged(&self, later: &Self) -> Self {
        let is_filled = |value: &str| value != "null" && value != "\"\"";
        let mut members = self.members.clone();
        for (place, (name, value)) in later.members.iter().enumerate() {
            let is_own = place < later.n_own;
            match members.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => {
                    if is_own || is_filled(value) || !is_filled(known) {
                        value.clone_into(known);
                    }
                }
                None => members.push((name.clone(), value.clone())),
            }
        }
        Self {
            head: self.head.clone(),
            n_own: self.n_own,
            members,
            file_idx: self.file_idx,
        }
    }
}

/// Objects that wait for their body to be full.
struct Batch<'h> {
    array: &'static str,
    objects: Vec<(Object, String)>,
    hand_out: &'h mut dyn FnMut(String),
    n_bodies: u64,
    n_objects: u64,
}

impl Batch<'_> {
    fn push(&mut self, object: Object, merges: bool) {
        if merges
            && let Some((last, _)) = self.objects.last()
            && last.head == object.head
            && last.file_idx == object.file_idx
            && !last.holds_operator()
            && !object.holds_operator()
        {
            let merged = last.merged(&object);
            let text = merged.text();
            let others = &self.objects[..self.objects.len() - 1];
            if merged.members.len() <= MAX_MERGED_KEYS
                && text.len() <= MAX_OBJECT_BYTES
                && self.n_bytes(others, &text) <= MAX_BODY_BYTES
            {
                self.objects.pop();
                self.objects.push((merged, text));
                return;
            }
        }
        let text = object.text();
        if self.objects.len() == MAX_OBJECTS || self.n_bytes(&self.objects, &text) > MAX_BODY_BYTES
        {
            self.finish();
        }
        self.objects.push((object, text));
    }

    /// Bytes of a body of these objects and one more.
    fn n_bytes(&self, objects: &[(Object, String)], more: &str) -> usize {
        let n_commas = objects.len();
        let n_bytes: usize = objects.iter().map(|(_, text)| text.len()).sum();
        body(self.array, &[]).len() + n_bytes + n_commas + more.len()
    }

    fn finish(&mut self) {
        if self.objects.is_empty() {
            return;
        }
        let texts: Vec<&str> = self.objects.iter().map(|(_, text)| text.as_str()).collect();
        (self.hand_out)(body(self.array, &texts));
        self.n_bodies += 1;
        self.n_objects += self.objects.len() as u64;
        self.objects.clear();
    }
}

fn body(array: &str, objects: &[&str]) -> String {
    format!("{{\"{array}\":[{}]}}", objects.join(","))
}

/// Rows of one user that follow each other are one object, but for events and objects in objects.
fn merges(mapping: &Value) -> bool {
    mapping["rows"] != "events" && !nests(mapping)
}

fn nests(mapping: &Value) -> bool {
    mapping["nested_names"] == "replace" || mapping["nested_names"] == "merge"
}

/// One row's object, nothing if it says nothing or is not meant, or why the row is rejected.
fn object(context: &Context<'_>, cells: &[&str]) -> Result<Option<Object>, &'static str> {
    let (mapping, header) = (context.mapping, context.header);
    if cells.len() < header.len() {
        return Err("too-few-cells");
    }
    if cells.len() > header.len() {
        return Err("too-many-cells");
    }
    let row: Vec<(&str, &str)> = header.iter().copied().zip(cells.iter().copied()).collect();
    let filter = &mapping["where"];
    if !filter.is_null() {
        let word = cell(&row, &filter["column"]);
        if !list(&filter["in"]).iter().any(|other| other == word) {
            return Ok(None);
        }
    }

    if context.file_parts.is_none() {
        return Err("file-name-differs");
    }
    let (kind, identifier) = identifier(context, &row)?;
    let mut head = vec![identifier];
    match mapping["unknown_users"].as_str() {
        Some("skip") => head.push(r#""_update_existing_only":true"#.to_owned()),
        Some("create") => head.push(r#""_update_existing_only":false"#.to_owned()),
        _ => {}
    }
    let is_event = mapping["rows"] == "events";
    if mapping["nested_names"] == "merge" && !is_event {
        head.push(r#""_merge_objects":true"#.to_owned());
    }
    let mut members = Vec::new();
    let mut n_own = 0;
    if is_event {
        members = event(context, &row)?;
    } else {
        if mapping["rows"] == "audience" {
            members.push(membership(context, &row)?);
            n_own = 1;
        }
        members.extend(columns(mapping, &row, None, kind)?);
    }
    if members.is_empty() {
        return Ok(None);
    }
    let object = Object {
        head: head.join(","),
        n_own,
        members,
        file_idx: 0,
    };
    if object.text().len() > MAX_OBJECT_BYTES {
        return Err("object-too-large");
    }
    Ok(Some(object))
}

/// The first identifier that is filled: its kind and its pair.
fn identifier<'m>(
    context: &Context<'m>,
    row: &[(&str, &str)],
) -> Result<(&'m str, String), &'static str> {
    for identifier in list(&context.mapping["identifiers"]) {
        let (kind, value) = (text(&identifier["as"]), cell(row, &identifier["column"]));
        if value.trim().is_empty() {
            continue;
        }
        let most = match kind {
            "external_id" => MAX_IDENTIFIER_BYTES,
            "user_alias" => MAX_ALIAS_BYTES,
            _ => usize::MAX,
        };
        if value.len() > most {
            return Err("identifier-too-long");
        }
        if kind == "email" && !is_email(value) {
            return Err("bad-email");
        }
        if kind == "phone" && !value.contains(|c: char| c.is_ascii_digit()) {
            return Err("phone-without-digits");
        }
        if kind != "user_alias" {
            return Ok((kind, pair(kind, &quoted(value))));
        }
        let label = source(context, &identifier["label"], row);
        if label.trim().is_empty() {
            return Err("missing-identifier");
        }
        if label.len() > MAX_ALIAS_BYTES {
            return Err("identifier-too-long");
        }
        let parts = [
            pair("alias_name", &quoted(value)),
            pair("alias_label", &quoted(&label)),
        ];
        return Ok((kind, pair(kind, &format!("{{{}}}", parts.join(",")))));
    }
    Err("missing-identifier")
}

/// A value from a column, from the mapping itself, or from the file's name.
fn source(context: &Context<'_>, source: &Value, row: &[(&str, &str)]) -> String {
    if let Some(value) = source["value"].as_str() {
        return value.to_owned();
    }
    if let Some(part) = source["file_part"].as_str() {
        let parts = context.file_parts.iter().flatten();
        let found = parts.into_iter().find(|(name, _)| name == part);
        return found.expect("the template has the part").1.clone();
    }
    cell(row, &source["column"]).to_owned()
}

fn membership(
    context: &Context<'_>,
    row: &[(&str, &str)],
) -> Result<(String, String), &'static str> {
    let audience = &context.mapping["audience"];
    let part = |of: &Value| source(context, of, row);
    let (id, split) = (part(&audience["id"]), part(&audience["split"]));
    if id.trim().is_empty() || split.trim().is_empty() {
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
    if name.trim_start().starts_with('$') {
        return Err("dollar-first");
    }
    let name = quoted(&name);

    let member = &audience["member"];
    if member.is_null() {
        return Ok((name, "true".to_owned()));
    }
    let status = cell(row, &member["column"]);
    if list(&member["true"]).iter().any(|word| word == status) {
        return Ok((name, "true".to_owned()));
    }
    if list(&member["false"]).iter().any(|word| word == status) {
        let leaves_null = audience.get("leaver") == Some(&Value::Null);
        return Ok((name, if leaves_null { "null" } else { "false" }.to_owned()));
    }
    Err("unknown-status")
}

/// What an event has behind its user.
fn event(
    context: &Context<'_>,
    row: &[(&str, &str)],
) -> Result<Vec<(String, String)>, &'static str> {
    let rule = &context.mapping["event"];
    let name = source(context, &rule["name"], row);
    if name.trim().is_empty() {
        return Err("empty-event-name");
    }
    if name.trim_start().starts_with('$') {
        return Err("dollar-first");
    }
    let mut members = Vec::new();
    if !rule["app_id"].is_null() {
        let app_id = source(context, &rule["app_id"], row);
        if !app_id.is_empty() {
            members.push((quoted("app_id"), quoted(&app_id)));
        }
    }
    members.push((quoted("name"), quoted(&name)));
    let time = cell(row, &rule["time"]["column"]);
    if time.is_empty() {
        return Err("missing-time");
    }
    let time = moment::time(time, rule["time"]["zone"] == "UTC")?;
    members.push((quoted("time"), quoted(&time)));
    let properties = columns(context.mapping, row, Some(&name), "")?;
    if !properties.is_empty() {
        members.push((quoted("properties"), joined(&properties)));
    }
    Ok(members)
}

fn joined(members: &[(String, String)]) -> String {
    let pairs: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

/// A column that is sent.
struct Sent<'r> {
    name: &'r str,
    rule: &'r Value,
    cell: &'r str,
}

/// What the columns add: plain ones in the header's order, and behind them the objects that names with dots
/// make. A column that would say the identifier a second time is left out.
fn columns(
    mapping: &Value,
    row: &[(&str, &str)],
    event: Option<&str>,
    identifier: &str,
) -> Result<Vec<(String, String)>, &'static str> {
    let sent = row
        .iter()
        .filter_map(|(header, cell)| sent(mapping, header, cell, event));
    let (nested, plain): (Vec<_>, Vec<_>) =
        sent.partition(|sent| nests(mapping) && sent.name.contains('.'));
    let mut members = Vec::new();
    for sent in plain.iter().filter(|sent| sent.name != identifier) {
        let empty = sent.rule["empty"].as_str().or(mapping["empty"].as_str());
        // A property of an event is no field of the profile, whatever its name is.
        let field = if event.is_none() { sent.name } else { "" };
        let value = attribute(sent, field, empty, false)?;
        members.extend(value.map(|value| (quoted(sent.name), value)));
    }
    let paths: Vec<(Vec<&str>, &Sent<'_>)> = nested
        .iter()
        .map(|sent| (sent.name.split('.').collect(), sent))
        .collect();
    members.extend(objects(&paths, event.is_none())?);
    Ok(members)
}

/// The members of an object: those that end here, and behind them the objects inside it.
fn objects(
    paths: &[(Vec<&str>, &Sent<'_>)],
    of_profile: bool,
) -> Result<Vec<(String, String)>, &'static str> {
    let mut members = Vec::new();
    for (path, sent) in paths.iter().filter(|(path, _)| path.len() == 1) {
        let value = attribute(sent, "", None, of_profile)?;
        members.extend(value.map(|value| (quoted(path[0]), value)));
    }
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in paths.iter().filter(|(path, _)| path.len() > 1) {
        if !names.contains(&path[0]) {
            names.push(path[0]);
        }
    }
    for name in names {
        let inside = paths
            .iter()
            .filter(|(path, _)| path.len() > 1 && path[0] == name);
        let inside: Vec<_> = inside
            .map(|(path, sent)| (path[1..].to_vec(), *sent))
            .collect();
        let inside = objects(&inside, of_profile)?;
        if !inside.is_empty() {
            members.push((quoted(name), joined(&inside)));
        }
    }
    Ok(members)
}

/// The column, if it is sent with this event, or with the profile.
fn sent<'r>(
    mapping: &'r Value,
    header: &'r str,
    cell: &'r str,
    event: Option<&str>,
) -> Option<Sent<'r>> {
    if ["_aiq_file", "_aiq_row", "_aiq_code", "_aiq_reason"].contains(&header) {
        return None;
    }
    let listed = list(&mapping["columns"])
        .iter()
        .find(|column| column["header"] == header);
    if listed.is_none() && (mapping["other_columns"] == "skip" || has_other_use(mapping, header)) {
        return None;
    }
    let rule = listed.unwrap_or(&Value::Null);
    if rule["skip"] == true {
        return None;
    }
    let mut name = rule["as"].as_str().unwrap_or(header);
    if let (Some(event), None) = (event, rule["as"].as_str())
        && let Some((of_event, property)) = header.split_once(".properties.")
        && !of_event.is_empty()
        && !property.is_empty()
    {
        if of_event != event {
            return None;
        }
        name = property;
    }
    Some(Sent { name, rule, cell })
}

/// The column's value, nothing if it says nothing, or why the row is rejected. A time in an object of the
/// profile stands in one of its own. `field` is the name of the profile's field, if it is one.
fn attribute(
    sent: &Sent<'_>,
    field: &str,
    empty: Option<&str>,
    in_object: bool,
) -> Result<Option<String>, &'static str> {
    let kind = sent.rule["type"].as_str().unwrap_or("text");
    let separator = sent.rule["separator"].as_str().unwrap_or(";");
    let is_list_of_nothing = kind == "list" && sent.cell.split(separator).all(str::is_empty);
    if sent.cell.is_empty() || is_list_of_nothing {
        return Ok(match empty {
            Some("null") => Some("null".to_owned()),
            Some("blank") if kind == "text" && !["email", "phone"].contains(&field) => {
                Some("\"\"".to_owned())
            }
            _ => None,
        });
    }
    match value(kind, field, sent.cell, sent.rule) {
        Ok(value) if in_object && (kind == "time" || kind == "date") => {
            Ok(Some(format!("{{\"$time\":{value}}}")))
        }
        Ok(value) => Ok(Some(value)),
        Err(_) if sent.rule["on_bad_value"] == "skip_cell" => Ok(None),
        Err(code_name) => Err(code_name),
    }
}

/// Whether a column says who the user is, which audience or event it is, and so is no attribute by itself.
fn has_other_use(mapping: &Value, header: &str) -> bool {
    let (audience, event) = (&mapping["audience"], &mapping["event"]);
    let identifiers = list(&mapping["identifiers"]);
    identifiers
        .iter()
        .chain(identifiers.iter().map(|identifier| &identifier["label"]))
        .chain([&audience["id"], &audience["split"], &audience["member"]])
        .chain([&event["name"], &event["time"], &event["app_id"]])
        .any(|source| source["column"] == header)
}

fn value(kind: &str, field: &str, cell: &str, rule: &Value) -> Result<String, &'static str> {
    match kind {
        "number" if is_number(cell) => Ok(cell.to_owned()),
        "number" => Err("bad-number"),
        "integer"
            if is_number(cell)
                && !cell.contains(['.', 'e', 'E'])
                && cell.parse::<i64>().is_ok() =>
        {
            Ok(cell.to_owned())
        }
        "integer" => Err("bad-integer"),
        "boolean" => match cell.to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "t" | "1" => Ok("true".to_owned()),
            "false" | "no" | "n" | "f" | "0" => Ok("false".to_owned()),
            _ => Err("bad-boolean"),
        },
        "list" => {
            let items = cell.split(rule["separator"].as_str().unwrap_or(";"));
            let items: Vec<_> = items.filter(|item| !item.is_empty()).map(quoted).collect();
            Ok(format!("[{}]", items.join(",")))
        }
        "json" if serde_json::from_str::<&RawValue>(cell).is_ok() => Ok(compact(cell)),
        "json" => Err("bad-json"),
        "date" => moment::date(cell).map(|date| quoted(&date)),
        "time" => moment::time(cell, rule["zone"] == "UTC").map(|time| quoted(&time)),
        _ if field == "email" && !is_email(cell) => Err("bad-email"),
        _ => Ok(quoted(cell)),
    }
}

/// JSON without the white space outside of its texts.
fn compact(json: &str) -> String {
    let mut compact = String::new();
    let mut is_text = false;
    let mut chars = json.chars();
    while let Some(char) = chars.next() {
        if is_text && char == '\\' {
            compact.push(char);
            compact.extend(chars.next());
            continue;
        }
        is_text ^= char == '"';
        if is_text || !char.is_ascii_whitespace() {
            compact.push(char);
        }
    }
    compact
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

fn pair(name: &str, value: &str) -> String {
    format!("{}:{value}", quoted(name))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
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
