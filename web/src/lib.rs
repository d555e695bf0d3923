//! The core for JavaScript: what the npm package and the page's worker are made of.
//!
//! Four classes cross the border. An [`Inspection`] says what a file is, a [`Draft`] is a mapping that
//! is being edited, a [`Session`] turns chunks of bytes into request bodies, and [`Payloads`] holds bodies
//! that were made elsewhere against Braze's rules. A session is drained:
//! whatever it makes waits in a queue until it is asked for, so that no JavaScript ever runs inside a
//! call. Results cross as JSON text, bodies and files as bytes: no identifier and no number of the
//! user's ever becomes a JavaScript number.
//!
//! What cannot go on is thrown as an `Error`. A trap (`WebAssembly.RuntimeError`) is a mistake of this
//! crate, and the instance is not to be trusted after it.

#![warn(missing_docs)]

mod content;
mod draft;
mod inspection;
mod payload;
mod problems;
mod session;

pub use content::content;
pub use draft::Draft;
pub use inspection::{Inspection, inspect};
pub use payload::{Payloads, check_payload, is_payload};
pub use session::Session;

use aiq_braze::{Language, Problem};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The language of texts by its tag; English where none is given.
fn language(tag: Option<&str>) -> Result<Language, JsError> {
    match tag {
        None | Some("en") => Ok(Language::English),
        Some("es") => Ok(Language::Spanish),
        Some(other) => Err(JsError::new(&format!(
            "found the language {}, expected \"en\" or \"es\"",
            aiq_braze::diag::quote(other)
        ))),
    }
}

/// The names of all time zones in order, as a JSON array: what a form offers.
#[wasm_bindgen]
pub fn zones() -> Result<String, JsError> {
    let mut names: Vec<&str> = aiq_braze::zones().chain(["UTC"]).collect();
    names.sort_unstable();
    names.dedup();
    Ok(serde_json::to_string(&names)?)
}

/// How many users a session looks back on, at least, when it looks for conflicts.
#[wasm_bindgen]
pub fn conflict_users() -> u32 {
    aiq_braze::conflicts::WINDOW_USERS as u32 // OK because it is 65,536
}

/// Every reason why a mapping cannot be used, a line each.
#[cold]
fn mapping_error(problems: &[Problem]) -> JsError {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| problem.message(Language::English))
        .collect();
    JsError::new(&lines.join("\n"))
}
