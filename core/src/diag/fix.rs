//! Fixes as values: edits of the mapping, each with how sure it is.
//!
//! The window's Apply button, the shell's suggestion and the page use the same edit. On the wire it is
//! a JSON Patch (RFC 6902) of the mapping.

use serde_json::json;

use crate::mapping::{Attribute, BadValue, ColumnRef, ColumnRule, Kind, Mapping, Use};

/// An edit of the mapping that would mend a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to change.
    pub edit: MappingEdit,
    /// How sure it is.
    pub grade: Grade,
}

/// How sure a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Probably meant; a person should look.
    Likely,
    /// Nothing else can be meant.
    Certain,
}

/// One change of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingEdit {
    /// Send the column under this name.
    SetName {
        /// The column.
        column: ColumnRef,
        /// The attribute's name.
        name: String,
    },
    /// Read the column as this type.
    SetKind {
        /// The column.
        column: ColumnRef,
        /// The type.
        kind: Kind,
    },
    /// Leave the column's bad cells out, and keep their rows.
    SkipBadCells {
        /// The column.
        column: ColumnRef,
    },
    /// Do not send the column.
    SkipColumn {
        /// The column.
        column: ColumnRef,
    },
}

impl MappingEdit {
    /// Applies the edit.
    pub fn apply(&self, mapping: &mut Mapping) {
        let rule = rule_of(mapping, self.column());
        match (self, &mut rule.to_use) {
            (Self::SkipColumn { .. }, to_use) => *to_use = Use::Skip,
            (_, Use::Skip) => {}
            (Self::SetName { name, .. }, Use::Attribute(attribute)) => {
                attribute.name = Some(name.clone());
            }
            (Self::SetKind { kind, .. }, Use::Attribute(attribute)) => {
                // How a value is written belongs to its type.
                *attribute = Attribute {
                    kind: Some(*kind),
                    format: None,
                    zone: None,
                    separator: None,
                    ..std::mem::take(attribute)
                };
            }
            (Self::SkipBadCells { .. }, Use::Attribute(attribute)) => {
                attribute.on_bad_value = BadValue::SkipCell;
            }
        }
    }

    /// The edit as a JSON Patch of `mapping`'s JSON.
    pub fn to_json_patch(&self, mapping: &Mapping) -> String {
        let mut edited = mapping.clone();
        self.apply(&mut edited);
        let rule_idx = mapping
            .columns
            .iter()
            .position(|rule| rule.column == *self.column());
        let rule = edited
            .columns
            .iter()
            .find(|rule| rule.column == *self.column());
        let (op, place) = match (rule_idx, mapping.columns.is_empty()) {
            (Some(rule_idx), _) => ("replace", format!("/columns/{rule_idx}")),
            (None, false) => ("add", "/columns/-".to_owned()),
            (None, true) => {
                return json!([{ "op": "add", "path": "/columns", "value": [rule] }]).to_string();
            }
        };
        json!([{ "op": op, "path": place, "value": rule }]).to_string()
    }

    fn column(&self) -> &ColumnRef {
        match self {
            Self::SetName { column, .. }
            | Self::SetKind { column, .. }
            | Self::SkipBadCells { column }
            | Self::SkipColumn { column } => column,
        }
    }
}

/// The rule for a column: the one that is there, or a new one that says nothing yet.
fn rule_of<'m>(mapping: &'m mut Mapping, column: &ColumnRef) -> &'m mut ColumnRule {
    let place = mapping
        .columns
        .iter()
        .position(|rule| rule.column == *column);
    let place = place.unwrap_or_else(|| {
        mapping.columns.push(ColumnRule::plain(column.clone()));
        mapping.columns.len() - 1
    });
    &mut mapping.columns[place]
}
