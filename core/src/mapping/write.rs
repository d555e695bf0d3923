//! A mapping as JSON: what is as it is by default is left out.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::*;

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            rows,
            format,
            file_name,
            filter,
            identifiers,
            unknown_users,
            columns,
            other_columns,
            empty,
            nested_names,
            max_names,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("rows", rows.as_str())?;
        if let Some(format) = format {
            map.serialize_entry("format", format)?;
        }
        if let Some(file_name) = file_name {
            map.serialize_entry("file_name", file_name.as_str())?;
        }
        if let Some(filter) = filter {
            map.serialize_entry("where", filter)?;
        }
        map.serialize_entry("identifiers", identifiers)?;
        match unknown_users {
            UnknownUsers::Unset => {}
            UnknownUsers::Create => map.serialize_entry("unknown_users", "create")?,
            UnknownUsers::Skip => map.serialize_entry("unknown_users", "skip")?,
        }
        match rows {
            Rows::Audience(audience) => map.serialize_entry("audience", audience)?,
            Rows::Attributes => {}
            Rows::Events(event) => map.serialize_entry("event", event)?,
        }
        if !columns.is_empty() {
            map.serialize_entry("columns", columns)?;
        }
        if *other_columns != OtherColumns::default() {
            map.serialize_entry("other_columns", other_columns)?;
        }
        if *empty != Empty::default() {
            map.serialize_entry("empty", empty)?;
        }
        if *nested_names != NestedNames::default() {
            map.serialize_entry("nested_names", nested_names)?;
        }
        if *max_names != 50 {
            map.serialize_entry("max_names", max_names)?;
        }
        map.end()
    }
}

impl Serialize for AudienceRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            id,
            split,
            name,
            member,
            leaver,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("split", split)?;
        if name != Self::NAME {
            map.serialize_entry("name", name)?;
        }
        if let Some(member) = member {
            map.serialize_entry("member", member)?;
        }
        match leaver {
            Leaver::False => {}
            Leaver::Null => map.serialize_entry("leaver", &())?,
        }
        map.end()
    }
}

impl Serialize for EventRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, time, app_id } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("time", time)?;
        if let Some(app_id) = app_id {
            map.serialize_entry("app_id", app_id)?;
        }
        map.end()
    }
}

impl Serialize for TimeRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            column,
            format,
            zone,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("column", column)?;
        serialize_text(&mut map, "format", format.as_deref())?;
        serialize_text(&mut map, "zone", zone.as_deref())?;
        map.end()
    }
}

fn serialize_text<M: SerializeMap>(
    map: &mut M,
    key: &str,
    text: Option<&str>,
) -> Result<(), M::Error> {
    text.map_or(Ok(()), |text| map.serialize_entry(key, text))
}

impl Serialize for ColumnRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Header {
            name,
            occurrence: None,
        } = self
        {
            return serializer.serialize_str(name);
        }
        let mut map = serializer.serialize_map(None)?;
        serialize_column(self, &mut map)?;
        map.end()
    }
}

fn serialize_column<M: SerializeMap>(column: &ColumnRef, map: &mut M) -> Result<(), M::Error> {
    match column {
        ColumnRef::Header { name, occurrence } => {
            map.serialize_entry("header", name)?;
            if let Some(occurrence) = occurrence {
                map.serialize_entry("occurrence", occurrence)?;
            }
            Ok(())
        }
        ColumnRef::Index(column_idx) => map.serialize_entry("index", column_idx),
    }
}

impl Serialize for ColumnRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        serialize_column(&self.column, &mut map)?;
        match &self.to_use {
            Use::Skip => map.serialize_entry("skip", &true)?,
            Use::Attribute(Attribute {
                name,
                kind,
                on_bad_value,
                empty,
                format,
                zone,
                separator,
            }) => {
                serialize_text(&mut map, "as", name.as_deref())?;
                if let Some(kind) = kind {
                    map.serialize_entry("type", kind)?;
                }
                serialize_text(&mut map, "format", format.as_deref())?;
                serialize_text(&mut map, "zone", zone.as_deref())?;
                serialize_text(&mut map, "separator", separator.as_deref())?;
                if *on_bad_value != BadValue::default() {
                    map.serialize_entry("on_bad_value", on_bad_value)?;
                }
                if let Some(empty) = empty {
                    map.serialize_entry("empty", empty)?;
                }
            }
        }
        map.end()
    }
}
