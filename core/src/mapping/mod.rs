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
mod file_name;
mod parse;
mod schema;
mod walk;
mod write;

pub use draft::{Becomes, Change, Draft, Part, Why, Written};
pub use file_name::FileName;
pub use schema::SCHEMA;
pub(crate) use walk::{edits, nearest};

use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::header::Header;
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
    /// How the files' names are made, where they say something.
    pub file_name: Option<FileName>,
    /// Which rows are meant; all of them without it.
    pub filter: Option<Filter>,
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
    /// Whether dots in names make objects.
    pub nested_names: NestedNames,
    /// Most distinct audience attributes, or names of events, in one run. Default 50: a wrong column must
    /// not make thousands.
    pub max_names: u32,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A person in, or out of, an audience's split.
    Audience(AudienceRule),
    /// A person's attributes.
    Attributes,
    /// Something that a person did; the other columns are its properties.
    Events(EventRule),
}

impl Rows {
    /// The word in the mapping.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Audience(_) => "audience",
            Self::Attributes => "attributes",
            Self::Events(_) => "events",
        }
    }
}

/// What an event is, and when it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRule {
    /// The event's name.
    pub name: Source,
    /// When it was.
    pub time: TimeRule,
    /// The app in which it was, by its identifier in Braze.
    pub app_id: Option<Source>,
}

/// A column of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeRule {
    /// Where it stands.
    pub column: ColumnRef,
    /// How it is written; without it as one of the usual forms.
    pub format: Option<String>,
    /// The zone of times that name none.
    pub zone: Option<String>,
}

/// Which rows are meant: those whose cell is one of these words, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// The column.
    pub column: ColumnRef,
    /// The words.
    #[serde(rename = "in")]
    pub words: Vec<String>,
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
    /// A named part of the file's name; see [`FileName`].
    FilePart(String),
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
    /// Where it stands; of an alias: its name.
    pub column: ColumnRef,
    /// What it is.
    #[serde(rename = "as")]
    pub kind: IdentifierKind,
    /// The label of an alias, which has to have one; nothing else has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Source>,
}

impl IdentifierRule {
    /// A column that is this identifier all by itself.
    pub fn new(column: ColumnRef, kind: IdentifierKind) -> Self {
        Self {
            column,
            kind,
            label: None,
        }
    }
}

/// The identifiers that a mapping can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// The customer's own id of the user; up to 987 bytes.
    ExternalId,
    /// Braze's own id of the profile; never makes a new one.
    BrazeId,
    /// A name under a label.
    UserAlias,
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
}

impl IdentifierKind {
    /// All, by their wire name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("external_id", Self::ExternalId),
        ("braze_id", Self::BrazeId),
        ("user_alias", Self::UserAlias),
        ("email", Self::Email),
        ("phone", Self::Phone),
    ];

    /// The key in Braze's object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::BrazeId => "braze_id",
            Self::UserAlias => "user_alias",
            Self::Email => "email",
            Self::Phone => "phone",
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
    /// An attribute; where rows are events, a property.
    Attribute(Attribute),
}

/// What becomes of a column that is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribute {
    /// Its name; the header's text where none is given.
    pub name: Option<String>,
    /// Its type; where none is given, text, or the value as it is where the export has types.
    pub kind: Option<Kind>,
    /// What a cell that is not of the type does.
    pub on_bad_value: BadValue,
    /// What an empty cell says, where it differs from the mapping's.
    pub empty: Option<Empty>,
    /// How dates and times are written; without it as one of the usual forms.
    pub format: Option<String>,
    /// The zone of times that name none.
    pub zone: Option<String>,
    /// What stands between the items of a list. Default `;`.
    pub separator: Option<String>,
}

impl ColumnRule {
    /// A rule that sends the column under its header's name, as an export without rules would.
    pub fn plain(column: ColumnRef) -> Self {
        let to_use = Use::Attribute(Attribute::default());
        Self { column, to_use }
    }

    /// A rule that sends the column as this type under its header's name.
    pub fn of_kind(column: ColumnRef, kind: Kind) -> Self {
        let to_use = Use::Attribute(Attribute {
            kind: Some(kind),
            ..Attribute::default()
        });
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
        /// A JSON number without fraction and exponent, within 64 bits.
        Integer = "integer",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A day, written as `yyyy-MM-dd`.
        Date = "date",
        /// An instant, written in UTC.
        Time = "time",
        /// An array of texts.
        List = "list",
        /// Any JSON value, as it is.
        Json = "json",
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
    /// Whether dots in names make objects: `address.city` a `city` inside `address`.
    NestedNames {
        /// A dot is a character like any other.
        #[default]
        Off = "off",
        /// They do, and the object takes the place of the one in the profile.
        Replace = "replace",
        /// They do, and the object is merged with the one in the profile (`_merge_objects`).
        Merge = "merge",
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
            file_name: None,
            filter: None,
            identifiers,
            unknown_users: UnknownUsers::default(),
            columns: Vec::new(),
            other_columns: OtherColumns::default(),
            empty: Empty::default(),
            nested_names: NestedNames::default(),
            max_names: 50,
        }
    }

    /// Whether any column is named by its index.
    pub(crate) fn names_by_index(&self) -> bool {
        let mut columns = self.columns_named();
        columns.any(|column| matches!(column, ColumnRef::Index(_)))
    }

    /// Whether a rule names a column that the header does not have.
    pub(crate) fn names_unknown_columns(&self, header: &Header) -> bool {
        let mut rules = self.columns.iter();
        rules.any(|rule| header.is_unknown(&rule.column))
    }

    /// Whether a rule names the column with this header.
    pub(crate) fn names_column(&self, header: &str) -> bool {
        let mut rules = self.columns.iter();
        rules.any(|rule| matches!(&rule.column, ColumnRef::Header { name, .. } if name == header))
    }

    /// All columns that the mapping names, in no order that matters.
    fn columns_named(&self) -> impl Iterator<Item = &ColumnRef> {
        let rules = self.columns.iter().map(|rule| &rule.column);
        self.parts_named().chain(rules)
    }

    /// The columns of the identifiers and of their labels.
    pub(crate) fn identifier_columns(&self) -> impl Iterator<Item = &ColumnRef> {
        self.identifiers.iter().flat_map(|rule| {
            let label = match &rule.label {
                Some(Source::Column(column)) => Some(column),
                _ => None,
            };
            [&rule.column].into_iter().chain(label)
        })
    }

    /// The columns that play a part, in an order that is always the same.
    pub(crate) fn parts_named(&self) -> impl Iterator<Item = &ColumnRef> {
        let of_sources = self.sources().filter_map(|source| match source {
            Source::Column(column) => Some(column),
            Source::Value(_) | Source::FilePart(_) => None,
        });
        let of_rows = match &self.rows {
            Rows::Audience(rule) => rule.member.as_ref().map(|member| &member.column),
            Rows::Attributes => None,
            Rows::Events(rule) => Some(&rule.time.column),
        };
        of_sources
            .chain(of_rows)
            .chain(self.filter.as_ref().map(|filter| &filter.column))
            .chain(self.identifiers.iter().map(|rule| &rule.column))
    }

    /// Forgets the template of the files' names where nothing is taken from it any more.
    pub fn drop_unused_file_name(&mut self) {
        let is_used = self
            .sources()
            .any(|source| matches!(source, Source::FilePart(_)));
        if !is_used {
            self.file_name = None;
        }
    }

    /// Where values come from that are no attributes.
    fn sources(&self) -> impl Iterator<Item = &Source> {
        let labels = self
            .identifiers
            .iter()
            .filter_map(|rule| rule.label.as_ref());
        let of_rows: Vec<&Source> = match &self.rows {
            Rows::Audience(rule) => vec![&rule.id, &rule.split],
            Rows::Attributes => Vec::new(),
            Rows::Events(rule) => [&rule.name].into_iter().chain(&rule.app_id).collect(),
        };
        labels.chain(of_rows)
    }

    /// The mapping as JSON for people: indented, defaults left out, always the same for the same mapping.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a mapping has text keys and plain values only")
    }
}
