//! Ready-made bodies of `POST /users/track` against Braze's rules.
//!
//! What the core makes itself is right by construction; this looks at what somebody else made, and says
//! of each problem where it is, what Braze does with it and what to do. Errors are what Braze refuses, or
//! drops as a whole; warnings what it changes, cuts or passes over without a word.
//!
//! A body is checked in one pass, whatever is in it: time and memory grow with its length, and the stack
//! with nothing. What depends on a clock or on a workspace is not checked: times in the future, blocked
//! names, types that somebody fixed in the dashboard.
//!
//! ```
//! use aiq_braze::{Language, payload};
//!
//! let body = br#"{"attributes": [{"external_id": 123, "tier": "gold"}]}"#;
//! let report = payload::check(body);
//! assert!(!report.is_fine());
//! assert_eq!((report.n_attributes, report.n_events), (1, 0));
//!
//! let problem = &report.problems[0];
//! assert_eq!(problem.code.name(), "identifier-not-text");
//! assert_eq!(
//!     problem.place.words(Language::English),
//!     "request body, line 1, column 33, attributes[0].external_id",
//! );
//! assert_eq!(problem.found.as_deref(), Some("123"));
//! ```

mod field;
mod found;
mod place;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use self::found::Findings;
use self::walk::Walker;
use crate::diag::{Code, Detail, Place, Problem, Severity};
use crate::wire::cursor::Broken;
use crate::wire::limits;

/// How many problems a [`Report`] holds at most: the first ones.
pub const MOST_PROBLEMS: usize = 1000;

/// What there is to say about a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The first [`MOST_PROBLEMS`] problems, in the order of their places.
    pub problems: Vec<Problem>,
    /// How many problems there are of each code: all of them.
    pub tally: BTreeMap<Code, u64>,
    /// How many attribute objects the body has.
    pub n_attributes: u64,
    /// How many events the body has.
    pub n_events: u64,
    /// How many purchases the body has.
    pub n_purchases: u64,
    /// How long the body is.
    pub n_bytes: u64,
}

impl Report {
    /// Nothing in it is an error. There may be warnings.
    pub fn is_fine(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    /// How many problems are of this severity.
    pub fn count(&self, severity: Severity) -> u64 {
        let of_it = self
            .tally
            .iter()
            .filter(|(code, _)| code.severity() == severity);
        of_it.map(|(_, count)| count).sum()
    }
}

/// Checks a body of `POST /users/track`. Takes any bytes, and never fails: that a body cannot be read is
/// one of its problems.
pub fn check(body: &[u8]) -> Report {
    let mut findings = Findings::default();
    if body.len() > limits::REQUEST_BYTES {
        let (found, expected) = (body.len() as u64, limits::REQUEST_BYTES as u64);
        findings.add(0, Code::BodyTooLarge, Detail::Count { found, expected });
    }
    let n_bytes = body.len() as u64;
    let source = match std::str::from_utf8(body) {
        Ok(source) => source,
        Err(error) => {
            let text = String::from_utf8_lossy(&body[..error.valid_up_to()]);
            findings.add(text.len(), Code::BodyNotUtf8, Detail::None);
            return Report {
                n_bytes,
                ..findings.report(&text)
            };
        }
    };
    if let Err(error) = serde_json::from_str::<IgnoredAny>(source) {
        return Report {
            n_bytes,
            ..not_json(source, &error, findings)
        };
    }
    let mut walker = Walker::new(source, findings);
    let read = walker.body();
    let (mut findings, counts) = walker.finish();
    if let Err(Broken(at)) = read {
        // OK because serde_json took the text: what is left are escapes of half a character.
        findings.add(at, Code::BodyNotUtf8, Detail::None);
    }
    let [n_attributes, n_events, n_purchases] = counts;
    Report {
        n_attributes,
        n_events,
        n_purchases,
        n_bytes,
        ..findings.report(source)
    }
}

/// A report of a text that is no JSON, with serde_json's words.
fn not_json(source: &str, error: &serde_json::Error, mut findings: Findings) -> Report {
    // Columns count bytes here, from 1, or are 0 before a line's first byte.
    let lines = source
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let line_start: usize = lines.map(str::len).sum();
    let at = (line_start + error.column().saturating_sub(1)).min(source.len());
    let at = source.floor_char_boundary(at);
    findings.add(at, Code::BodyNotJson, Detail::None);
    let mut report = findings.report(source);
    let words = error.to_string();
    let said = words.split(" at line ").next().unwrap_or(&words).to_owned();
    for problem in &mut report.problems {
        if problem.code == Code::BodyNotJson {
            // serde_json says what it missed ("expected value") or met ("trailing comma").
            match said.strip_prefix("expected ") {
                // Nobody sees it, and a body that is sent with it is none.
                Some(_) if source.starts_with('\u{FEFF}') => {
                    problem.found = Some("a byte order mark".to_owned());
                }
                Some(expected) => {
                    (problem.found, problem.expected) = (None, Some(expected.to_owned()))
                }
                None => problem.found = Some(said.clone()),
            }
            // Nothing before the break is known to be what it looks like: the place is the line's.
            if let Place::Payload { path, .. } = &mut problem.place {
                path.clear();
            }
        }
    }
    report
}
