//! How the account is set up that the sandbox plays, and how much it remembers.
//!
//! In a file (`aiq-braze sandbox --settings FILE`) it reads like this; every member may be left
//! out, and then holds what stands here, except that `keys` holds one key `sandbox` that may do
//! everything, and that `limits` holds none:
//!
//! ```json
//! {
//!   "keys": [ { "key": "writer", "permissions": ["users.track"] }, { "key": "all" } ],
//!   "limits": [ { "path": "/users/track", "requests": 3000, "window_secs": 3 },
//!               { "path": "/users/track", "requests": 250000, "window_secs": 3600 } ],
//!   "reset": "epoch",
//!   "on_429": "retry_after",
//!   "errors": "codes",
//!   "objects": 75,
//!   "fields_to_export_required": true,
//!   "blocked_users": [],
//!   "blocked_names": [],
//!   "types": {},
//!   "memory": { "profiles": 100000, "bytes": 536870912, "history": 0, "proofs": false }
//! }
//! ```
//!
//! `types` forces types on custom attributes: `{"ltv": "number"}`, and likewise `boolean`, `string`,
//! `time`, `array` and `object`.
//!
//! A million users and more: `"memory": {"profiles": 0, "proofs": true}` keeps no profile at all,
//! and of each user 16 bytes that tell whether exactly the right values have arrived.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{forced::Forced, route::Route};

/// What differs between one Braze account and another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The API keys. None means the one key `sandbox`, which may do everything.
    pub keys: Vec<Key>,
    /// Above any of these a request is answered 429. Without one for a path its headers tell of
    /// the documented limit, and no request is ever too many.
    pub limits: Vec<Limit>,
    /// How `X-RateLimit-Reset` tells the time.
    pub reset: Reset,
    /// Which headers tell when to come back.
    pub on_429: On429,
    /// How a refused object's reason is worded.
    pub errors: Errors,
    /// How many objects a request to `/users/track` may hold.
    pub objects: usize,
    /// Whether `/users/export/ids` insists on `fields_to_export`, as for customers since
    /// 2024-08-22.
    pub fields_to_export_required: bool,
    /// External ids that are refused as `BLACKLISTED_EXTERNAL_USER_ID`.
    pub blocked_users: Vec<String>,
    /// Attributes and events that are left out without a word, and cost nothing.
    pub blocked_names: Vec<String>,
    /// Types that are forced on custom attributes.
    pub types: BTreeMap<String, Forced>,
    /// How much is remembered.
    pub memory: Memory,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            limits: Vec::new(),
            reset: Reset::default(),
            on_429: On429::default(),
            errors: Errors::default(),
            objects: 75,
            fields_to_export_required: true,
            blocked_users: Vec::new(),
            blocked_names: Vec::new(),
            types: BTreeMap::new(),
            memory: Memory::default(),
        }
    }
}

/// The one key there is without `keys`. It guards nothing and may be printed anywhere.
const KEY: &str = "sandbox";

impl Settings {
    /// Reads the JSON that stands at the top of this module.
    ///
    /// # Errors
    ///
    /// What is wrong and where, in words.
    pub fn read(json: &str) -> Result<Self, String> {
        let settings: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if settings.limits.iter().any(|limit| limit.window_secs == 0) {
            return Err(
                "a limit with \"window_secs\": 0, though a window takes a second at least".into(),
            );
        }
        let stray = settings
            .limits
            .iter()
            .find(|limit| Route::of(&limit.path).is_none());
        if let Some(limit) = stray {
            let paths = Route::ALL.map(Route::path).join(" and ");
            return Err(format!(
                "a limit for the path {:?}, though there are only {paths}",
                limit.path
            ));
        }
        Ok(settings)
    }

    /// The key to print.
    pub(super) fn key(&self) -> &str {
        self.keys.first().map_or(KEY, |key| &key.key)
    }

    /// What `key` may do: nothing if there is no such key.
    pub(super) fn allows(&self, key: &str, permission: &str) -> Option<bool> {
        if self.keys.is_empty() {
            return (key == KEY).then_some(true);
        }
        let known = self.keys.iter().find(|known| known.key == key)?;
        let may = |permissions: &Vec<String>| permissions.iter().any(|may| may == permission);
        Some(known.permissions.as_ref().is_none_or(may))
    }
}

/// An API key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What is sent behind `Bearer`.
    pub key: String,
    /// Such as `users.track`; everything is allowed where this is missing.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
}

/// So many requests to one path in every window. Windows begin at multiples of their length since
/// 1970, so that one of an hour begins anew with the hour of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Such as `/users/track`.
    pub path: String,
    /// How many fit into one window.
    pub requests: u64,
    /// How long a window is.
    pub window_secs: u64,
}

/// How `X-RateLimit-Reset` tells when the window ends. Braze's pages disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// In seconds since 1970, UTC.
    #[default]
    Epoch,
    /// In seconds from now.
    SecondsLeft,
}

/// What a 429 says about when to come back. Braze's pages disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On429 {
    /// `X-Ratelimit-Retry-After` in place of the three other headers.
    #[default]
    RetryAfter,
    /// The three headers that every answer has.
    Reset,
}

/// How the `type` of a refused object is worded. Braze documents codes; sentences are seen, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// `EMAIL_BAD_FORMAT`; a sentence only where no code is documented.
    #[default]
    Codes,
    /// `The value provided for the 'email' field is not a valid email.`
    Sentences,
}

/// How much a sandbox remembers. Beyond `profiles` or `bytes` objects are checked and counted only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// How many users.
    pub profiles: usize,
    /// How many bytes of names and values together.
    pub bytes: usize,
    /// How many of the last values of one attribute of one user stay known in their order.
    pub history: usize,
    /// Whether a [`super::Proof`] is kept of every user, whether or not their profile is.
    pub proofs: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            profiles: 100_000,
            bytes: 512 << 20,
            history: 0,
            proofs: false,
        }
    }
}
