//! What the user saved: how the columns of an export become objects for Braze.
//!
//! A mapping is versioned JSON ([`Mapping::parse`], [`Mapping::to_json`]). It cannot be run: compiled
//! against an export's header it becomes a [`Plan`](crate::Plan), or every reason why not.
//!
//! ```json
//! {
//!   "version": 1,
//!   "rows": "audience",
//!   "identifiers": [ { "column": "customer_id", "as": "external_id" } ],
//!   "audience": {
//!     "id": { "column": "audience_id" }, "split": { "value": "4" },
//!     "member": { "column": "status", "true": ["entered"], "false": ["exited"] }
//!   },
//!   "columns": [ { "header": "ltv", "type": "number" }, { "header": "internal_note", "skip": true } ]
//! }
//! ```

mod draft;
mod parse;
mod walk;

pub use draft::{Becomes, Change, Draft, Part, Why};

use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

use crate::read::Format;

/// The only version of the format that there is.
pub const VERSION: u64 = 1;

/// How an export becomes objects. See the module's page for its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What a row is.
    pub rows: Rows,
    /// How cells are written, where the user says so; found out otherwise.
    pub format: Option<Format>,
    /// Where a row's user stands: the first filled one is used, one per object.
    pub identifiers: Vec<IdentifierRule>,
    /// What Braze shall do with users that it does not know.
    pub unknown_users: UnknownUsers,
    /// Rules for single columns.
    pub columns: Vec<ColumnRule>,
    /// What happens to columns without a rule and without a part to play.
    pub other_columns: OtherColumns,
    /// What an empty cell says.
    pub empty: Empty,
    /// Most distinct audience attributes in one run. Default 50: a wrong column must not make thousands.
    pub max_names: u32,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A person in, or out of, an audience's split.
    Audience(AudienceRule),
    /// A person's attributes.
    Attributes,
}

/// How membership is read and named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceRule {
    /// The audience id.
    pub id: Source,
    /// The split id.
    pub split: Source,
    /// The attribute's name, with `{audience_id}` and `{split_id}` in it.
    pub name: String,
    /// Who is in and who left; everyone is in where nothing says so.
    pub member: Option<MemberRule>,
    /// What is written for those who left.
    pub leaver: Leaver,
}

impl AudienceRule {
    /// The naming rule of Braze's ActionIQ page.
    pub const NAME: &'static str = "AIQ_{audience_id}_{split_id}";
}

/// Which words of a column mean membership. Compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberRule {
    /// The column.
    pub column: ColumnRef,
    /// Words of those who are in.
    #[serde(rename = "true")]
    pub members: Vec<String>,
    /// Words of those who left.
    #[serde(rename = "false")]
    pub leavers: Vec<String>,
}

/// What is written for those who left an audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaver {
    /// `false`
    #[default]
    False,
    /// `null`: the attribute is removed from the profile.
    Null,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// From the row.
    Column(ColumnRef),
    /// The same for all rows.
    Value(String),
}

/// A column by its header, where needed by which of several, or by its index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnRef {
    /// The column with exactly this header.
    Header {
        /// Byte for byte.
        name: String,
        /// Which of several with this header, from 1.
        occurrence: Option<u32>,
    },
    /// The column at this index, from 0. The reserved columns of a rejects file do not count.
    Index(u32),
}

impl ColumnRef {
    /// The one column with this header.
    pub fn header(name: impl Into<String>) -> Self {
        Self::Header {
            name: name.into(),
            occurrence: None,
        }
    }
}

/// An identifier column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentifierRule {
    /// Where it stands.
    pub column: ColumnRef,
    /// What it is.
    #[serde(rename = "as")]
    pub kind: IdentifierKind,
}

/// The identifiers that a mapping can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// The customer's own id of the user; up to 987 bytes.
    ExternalId,
    /// Braze's own id of the profile; never makes a new one.
    BrazeId,
}

impl IdentifierKind {
    /// All, by their wire name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("external_id", Self::ExternalId),
        ("braze_id", Self::BrazeId),
    ];

    /// The key in Braze's object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::BrazeId => "braze_id",
        }
    }
}

/// What Braze shall do with users that it does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownUsers {
    /// Not said: nothing is sent about it, and Braze creates them.
    #[default]
    Unset,
    /// Create a profile (`_update_existing_only: false`).
    Create,
    /// Leave them out (`_update_existing_only: true`).
    Skip,
}

/// A rule for one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRule {
    /// The column.
    pub column: ColumnRef,
    /// What becomes of it.
    pub to_use: Use,
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nothing.
    Skip,
    /// An attribute.
    Attribute {
        /// Its name; the header's text where none is given.
        name: Option<String>,
        /// Its type.
        kind: Kind,
        /// What a cell that is not of the type does.
        on_bad_value: BadValue,
        /// What an empty cell says, where it differs from the mapping's.
        empty: Option<Empty>,
    },
}

impl ColumnRule {
    /// A rule that sends the column as text under its header's name.
    pub fn text(column: ColumnRef) -> Self {
        Self::of_kind(column, Kind::Text)
    }

    /// A rule that sends the column as this type under its header's name.
    pub fn of_kind(column: ColumnRef, kind: Kind) -> Self {
        let to_use = Use::Attribute {
            name: None,
            kind,
            on_bad_value: BadValue::default(),
            empty: None,
        };
        Self { column, to_use }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All, by their word in the mapping.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word in the mapping.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// The type of an attribute.
    Kind {
        /// A JSON string; the cell as it is.
        #[default]
        Text = "text",
        /// A JSON number; the cell's own digits.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
    }
}

words! {
    /// What a cell that is not of its column's type does.
    BadValue {
        /// The row is rejected.
        #[default]
        RejectRow = "reject_row",
        /// The cell is left out; the row is sent.
        SkipCell = "skip_cell",
    }
}

words! {
    /// What an empty cell says.
    Empty {
        /// Nothing: the attribute stays as it is.
        #[default]
        Leave = "leave",
        /// `null`: the attribute is removed.
        Null = "null",
        /// An empty text (text columns only; addresses and other types are left as they are).
        Blank = "blank",
    }
}

words! {
    /// What happens to columns without a rule.
    OtherColumns {
        /// They are sent as text under their header's name.
        #[default]
        Keep = "keep",
        /// They are not sent.
        Skip = "skip",
    }
}

impl Mapping {
    /// A mapping of these rows and identifiers, with everything else as it is by default.
    pub fn new(rows: Rows, identifiers: Vec<IdentifierRule>) -> Self {
        Self {
            rows,
            format: None,
            identifiers,
            unknown_users: UnknownUsers::default(),
            columns: Vec::new(),
            other_columns: OtherColumns::default(),
            empty: Empty::default(),
            max_names: 50,
        }
    }

    /// Whether any column is named by its index.
    pub(crate) fn names_by_index(&self) -> bool {
        let mut columns: Vec<&ColumnRef> =
            self.identifiers.iter().map(|rule| &rule.column).collect();
        columns.extend(self.columns.iter().map(|rule| &rule.column));
        if let Rows::Audience(rule) = &self.rows {
            columns.extend(
                [&rule.id, &rule.split]
                    .into_iter()
                    .filter_map(|source| match source {
                        Source::Column(column) => Some(column),
                        Source::Value(_) => None,
                    }),
            );
            columns.extend(rule.member.as_ref().map(|member| &member.column));
        }
        columns
            .iter()
            .any(|column| matches!(column, ColumnRef::Index(_)))
    }

    /// The mapping as JSON for people: indented, defaults left out, always the same for the same mapping.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a mapping has text keys and plain values only")
    }
}

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            rows,
            format,
            identifiers,
            unknown_users,
            columns,
            other_columns,
            empty,
            max_names,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry(
            "rows",
            if matches!(rows, Rows::Audience(_)) {
                "audience"
            } else {
                "attributes"
            },
        )?;
        if let Some(format) = format {
            map.serialize_entry("format", format)?;
        }
        map.serialize_entry("identifiers", identifiers)?;
        match unknown_users {
            UnknownUsers::Unset => {}
            UnknownUsers::Create => map.serialize_entry("unknown_users", "create")?,
            UnknownUsers::Skip => map.serialize_entry("unknown_users", "skip")?,
        }
        if let Rows::Audience(audience) = rows {
            map.serialize_entry("audience", audience)?;
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

fn serialize_column<M: serde::ser::SerializeMap>(
    column: &ColumnRef,
    map: &mut M,
) -> Result<(), M::Error> {
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
            Use::Attribute {
                name,
                kind,
                on_bad_value,
                empty,
            } => {
                if let Some(name) = name {
                    map.serialize_entry("as", name)?;
                }
                if *kind != Kind::default() {
                    map.serialize_entry("type", kind)?;
                }
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
