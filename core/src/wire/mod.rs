//! Braze's side of the wire: its limits, its profile fields, the shape of its answers.

pub(crate) mod body;
pub(crate) mod cursor;
pub mod fields;
pub(crate) mod json;
pub mod limits;
pub(crate) mod lists;
pub(crate) mod members;
pub mod reply;

use serde::Serialize;

/// The arrays of a `/users/track` request that objects stand in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputArray {
    /// Attributes of users.
    #[default]
    Attributes,
    /// Events.
    Events,
    /// Purchases.
    Purchases,
}

impl InputArray {
    /// The array's key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Events => "events",
            Self::Purchases => "purchases",
        }
    }
}
