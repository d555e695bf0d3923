//! Braze's side of the wire: its limits, its profile fields, the shape of its answers.

pub(crate) mod body;
pub(crate) mod cursor;
pub mod fields;
pub(crate) mod json;
pub mod limits;
pub(crate) mod lists;
pub mod reply;
