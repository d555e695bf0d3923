//! Numbers that Braze publishes. Each names the page of its documentation that states it.

/// Longest `external_id`, in bytes of UTF-8 (POST /users/track).
pub const EXTERNAL_ID_BYTES: usize = 987;

/// Longest name and longest label of a user alias, in bytes of UTF-8 (user alias object).
pub const ALIAS_BYTES: usize = 236;

/// Longest name of an attribute and longest text value, in characters; Braze cuts what is longer
/// (custom attributes; data types).
pub const TEXT_CHARS: usize = 255;

/// Largest object, in bytes of JSON (nested custom attributes; custom event properties).
pub const OBJECT_BYTES: usize = 100 << 10;

/// Most keys of one object that rows are merged into. Braze publishes a limit for its own ingestion from
/// warehouses (table setup) and none for requests; a merged object stays within it.
pub const MERGED_KEYS: usize = 250;

/// Most objects in one request, over all its arrays (API limits).
pub const REQUEST_OBJECTS: usize = 75;

/// Largest request body, in bytes (API limits).
pub const REQUEST_BYTES: usize = 4 << 20;
