//! The CSV of Braze's dashboard: a header of identifiers and names, UTF-8, commas; a text in quotes, so
//! that Braze reads it as a text (`0130` without quotes may become another number); a blank cell leaves the
//! profile as it is. It has no null, no lists and no objects (CSV import; custom attributes).

use std::collections::BTreeMap;

use super::{check_unknown_users, inexpressible};
use crate::diag::Problem;
use crate::mapping::{Empty, IdentifierKind, Kind, Leaver, Rows, Use};
use crate::plan::Plan;
use crate::wire::json;
use crate::wire::members::Members;

#[derive(Debug)]
pub(super) struct BrazeCsv {
    header: Vec<String>,
    /// The column of each key.
    columns: BTreeMap<String, usize>,
    /// The row at hand: a cell for each column, and nothing where the object has none.
    cells: Vec<Vec<u8>>,
}

impl BrazeCsv {
    pub(super) fn new(plan: &Plan, audiences: &[&str]) -> Result<Self, Vec<Problem>> {
        let problems = problems(plan);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut header: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !header.iter().any(|other| other == name) {
                header.push(name.to_owned());
            }
        };
        for rule in &plan.mapping().identifiers {
            let names: &[&str] = match rule.kind {
                IdentifierKind::UserAlias => &["user_alias_name", "user_alias_label"],
                kind => &[kind.as_str()],
            };
            names.iter().copied().for_each(&mut add);
        }
        if matches!(plan.mapping().rows, Rows::Events(_)) {
            ["name", "time"].into_iter().for_each(&mut add);
        }
        audiences.iter().copied().for_each(&mut add);
        plan.attributes().for_each(|(_, name, _)| add(&name));
        let columns = header.iter().cloned().zip(0..).collect();
        let cells = vec![Vec::new(); header.len()];
        Ok(Self {
            header,
            columns,
            cells,
        })
    }

    pub(super) fn write_header(&self, out: &mut Vec<u8>) {
        let cells = self.header.iter().map(|name| {
            let mut cell = Vec::new();
            put_text(name, &mut cell);
            cell
        });
        write_line(&cells.collect::<Vec<_>>(), out);
    }

    pub(super) fn write_row(&mut self, object: &[u8], out: &mut Vec<u8>) {
        self.cells.iter_mut().for_each(Vec::clear);
        self.read(object);
        write_line(&self.cells, out);
    }

    fn read(&mut self, object: &[u8]) {
        for (key, value) in Members::new(object) {
            match key {
                b"\"properties\"" => self.read(value),
                b"\"user_alias\"" => {
                    for ((_, part), name) in
                        Members::new(value).zip(["user_alias_name", "user_alias_label"])
                    {
                        self.put(name, part);
                    }
                }
                _ => {
                    if let Some(name) = json::text(key) {
                        // Names are sent as Braze trims them.
                        self.put(name.trim(), value);
                    }
                }
            }
        }
    }

    fn put(&mut self, name: &str, value: &[u8]) {
        let Some(cell) = self
            .columns
            .get(name)
            .map(|column_idx| &mut self.cells[*column_idx])
        else {
            return;
        };
        match json::text(value) {
            Some(text) => put_text(&text, cell),
            None => cell.extend_from_slice(value),
        }
    }
}

fn put_text(text: &str, cell: &mut Vec<u8>) {
    cell.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            cell.push(b'"');
        }
        cell.push(byte);
    }
    cell.push(b'"');
}

fn write_line(cells: &[Vec<u8>], out: &mut Vec<u8>) {
    for (cell_idx, cell) in cells.iter().enumerate() {
        if cell_idx > 0 {
            out.push(b',');
        }
        out.extend_from_slice(cell);
    }
    out.push(b'\n');
}

/// What the mapping does and the file cannot say.
fn problems(plan: &Plan) -> Vec<Problem> {
    let mapping = plan.mapping();
    let mut problems = Vec::new();
    let mut report = |path: &str, found: &str, todo: &str| {
        problems.push(inexpressible(path, found, todo));
    };
    let has = |kind| mapping.identifiers.iter().any(|rule| rule.kind == kind);
    let n_primary = [
        IdentifierKind::ExternalId,
        IdentifierKind::BrazeId,
        IdentifierKind::UserAlias,
    ];
    if n_primary.into_iter().filter(|kind| has(*kind)).count() > 1 {
        let found = "two of external_id, braze_id and user_alias";
        report(
            "identifiers",
            found,
            "one of them: a file has users of one kind",
        );
    }
    let mut empties = vec![("empty".to_owned(), mapping.empty)];
    let rules = mapping.columns.iter().enumerate();
    empties.extend(rules.filter_map(|(rule_idx, rule)| match &rule.to_use {
        Use::Attribute(attribute) => Some((format!("columns[{rule_idx}].empty"), attribute.empty?)),
        Use::Skip => None,
    }));
    for (path, empty) in empties {
        if empty != Empty::Leave {
            let found = format!("\"{}\"", empty.as_str());
            report(
                &path,
                &found,
                "\"leave\": a blank cell leaves the profile as it is",
            );
        }
    }
    match &mapping.rows {
        Rows::Audience(rule) if rule.leaver == Leaver::Null => {
            report("audience.leaver", "null", "false: a CSV has no null");
        }
        Rows::Events(rule) if rule.app_id.is_some() => {
            report("event.app_id", "an app", "events without an app");
        }
        _ => {}
    }
    for (column_idx, name, kind) in plan.attributes() {
        if matches!(kind, Kind::List | Kind::Json) {
            let header = plan.header().name(column_idx).unwrap_or(&name);
            let found = format!(
                "the column {} as {}",
                crate::diag::quote(header),
                kind.as_str()
            );
            report(
                "columns",
                &found,
                "plain values: a CSV has no lists and no objects",
            );
        }
    }
    if !plan.nested.is_empty() {
        report("nested_names", "objects", "\"off\": a CSV has no objects");
    }
    check_unknown_users(plan, &mut problems);
    problems
}
