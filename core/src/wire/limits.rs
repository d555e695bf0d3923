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

/// Most items of an array attribute; Braze drops the oldest of what is more (data types).
pub const ARRAY_ITEMS: usize = 500;

/// Most properties of an event; Braze keeps the first ones (custom events).
pub const EVENT_PROPERTIES: usize = 256;

/// Most keys at the top of an object that Braze's Cloud Data Ingestion takes; for requests none is
/// documented (data ingestion best practices).
pub const OBJECT_KEYS: usize = 250;

/// Last year of a date; a later one is kept as text (user attributes object).
pub const LAST_YEAR: u32 = 3000;

/// Most items of one purchase (purchase object).
pub const PURCHASE_QUANTITY: u32 = 100;

/// Shortest and longest `device_id` of a push token, in bytes (POST /users/track).
pub const DEVICE_ID_BYTES: std::ops::RangeInclusive<usize> = 8..=255;

/// Most objects in one request, over all its arrays (API limits).
pub const REQUEST_OBJECTS: usize = 75;

/// Largest request body, in bytes (API limits).
pub const REQUEST_BYTES: usize = 4 << 20;
