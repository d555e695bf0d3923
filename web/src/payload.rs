//! Ready-made request bodies against Braze's rules, for JavaScript.

use std::borrow::Cow;

use aiq_braze::diag::{Place, Severity};
use aiq_braze::payload::{self, Report};
use aiq_braze::wire::limits;
use aiq_braze::{Code, Language, Probe, Problem};
use serde::Serialize;
use serde::de::IgnoredAny;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::language;
use crate::problems::{GroupView, Groups};

/// Places that are shown of each kind of problem: a body is short, and is mended by hand.
const SHOWN_PLACES: usize = 100;

/// Longest body that is looked at; many times what Braze takes.
const MOST_BODY_BYTES: usize = 64 << 20;

/// Checks one body, and gives what there is to say as JSON, in words of a language.
///
/// ```json
/// {"fine":false,"attributes":1,"events":0,"purchases":0,"bytes":41,
///  "tally":[{"code":"AIQ5015","name":"identifier-not-text","severity":"error","count":1}],
///  "problems":[{"code":"AIQ5015","name":"identifier-not-text","severity":"error",
///               "path":"attributes[0].external_id","line":1,"column":33,"found":"123","expected":"…",
///               "title":"…","why":"…","todo":"…","message":"…"}]}
/// ```
#[wasm_bindgen]
pub fn check_payload(body: &[u8], language_tag: Option<String>) -> Result<String, JsError> {
    let language = language(language_tag.as_deref())?;
    let report = payload::check(body);
    Ok(serde_json::to_string(&ReportView::of(&report, language))?)
}

/// Whether a text is a request body, or JSON lines of them, by its first bytes: an object with
/// `attributes`, `events` or `purchases` that hold something, and nobody's identifier beside them. A row
/// of an export may have such names, too, but says whose row it is.
#[wasm_bindgen]
pub fn is_payload(first_bytes: &[u8]) -> bool {
    let text = without_mark(first_bytes);
    let Some(keys) = Keys::of(text) else {
        return false;
    };
    keys.has_array && !names_a_user(&keys.names)
}

/// Whether one of the names is what an export calls its identifier: the probe knows.
fn names_a_user(names: &[&[u8]]) -> bool {
    let mut row = b"{".to_vec();
    for (n, name) in names.iter().enumerate() {
        row.extend_from_slice(if n == 0 { b"\"" } else { b",\"" });
        row.extend_from_slice(name);
        row.extend_from_slice(b"\":\"\"");
    }
    row.push(b'}');
    let found = Probe::inspect(&row);
    found.is_ok_and(|found| !found.suggestion.mapping.identifiers.is_empty())
}

/// The keys of the first object, as far as there is text.
#[derive(Default)]
struct Keys<'t> {
    /// As they are written, without their quotes.
    names: Vec<&'t [u8]>,
    /// One of the three arrays is there, as an array or at least as an object.
    has_array: bool,
}

impl<'t> Keys<'t> {
    /// `None` where the text starts with no object.
    fn of(text: &'t [u8]) -> Option<Self> {
        let mut keys = Self::default();
        let mut depth = 0_u64;
        let mut last: &[u8] = b"";
        let mut rest = text.trim_ascii_start();
        if !rest.starts_with(b"{") {
            return None;
        }
        while let [byte, behind @ ..] = rest {
            rest = behind;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'"' => {
                    let length = string_length(behind);
                    last = &behind[..length];
                    rest = behind.get(length + 1..).unwrap_or_default();
                }
                b':' if depth == 1 => keys.add(last, rest.trim_ascii_start().first()),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        Some(keys)
    }

    fn add(&mut self, name: &'t [u8], value: Option<&u8>) {
        self.names.push(name);
        self.has_array |= matches!(name, b"attributes" | b"events" | b"purchases")
            && matches!(value, Some(b'[' | b'{'));
    }
}

/// How long a string is, up to its closing quote or to the end of the text.
fn string_length(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = text.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}

/// A file's byte order mark is none of the body's.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

/// A text that holds one body, or one a line. Fed in chunks; what is said about all bodies is one.
#[wasm_bindgen]
pub struct Payloads {
    /// What is read and not yet checked.
    pending: Vec<u8>,
    /// So much of it holds no line end.
    n_seen: usize,
    layout: Layout,
    /// Lines in front of what is pending.
    n_lines: u64,
    totals: Totals,
    groups: Groups,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The first line that is not blank is not all there yet.
    Unknown,
    /// The first line is a body.
    Lines,
    /// The whole text is.
    Whole,
}

#[derive(Default, Serialize)]
struct Totals {
    bodies: u64,
    attributes: u64,
    events: u64,
    purchases: u64,
    bytes: u64,
    errors: u64,
    warnings: u64,
}

#[wasm_bindgen]
impl Payloads {
    /// Nothing read yet.
    #[wasm_bindgen(constructor)]
    #[expect(
        clippy::new_without_default,
        reason = "JavaScript has constructors only"
    )]
    pub fn new() -> Payloads {
        Self {
            pending: Vec::new(),
            n_seen: 0,
            layout: Layout::Unknown,
            n_lines: 0,
            totals: Totals::default(),
            groups: Groups::with_sample(SHOWN_PLACES),
        }
    }

    /// Takes the next bytes of the text.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), JsError> {
        self.pending.extend_from_slice(chunk);
        if self.layout != Layout::Whole {
            self.check_lines();
        }
        if self.pending.len() > MOST_BODY_BYTES {
            return Err(JsError::new(&format!(
                "found a request body of more than {MOST_BODY_BYTES} bytes, expected at most {}. \
                 Write one body a line",
                limits::REQUEST_BYTES
            )));
        }
        Ok(())
    }

    /// Ends the text.
    pub fn finish(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.check_body(&pending);
    }

    /// What was found so far as JSON, in words of a language.
    pub fn view(&self, language_tag: Option<String>) -> Result<String, JsError> {
        let language = language(language_tag.as_deref())?;
        Ok(serde_json::to_string(&PayloadsView {
            totals: &self.totals,
            groups: self.groups.view(None, language),
        })?)
    }
}

impl Payloads {
    /// Checks all lines that are there to their ends, unless the first of them shows that a body has many.
    fn check_lines(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut start = 0;
        while let Some(length) = line_length(&pending[start..], &mut self.n_seen) {
            let line = &pending[start..start + length];
            if self.layout == Layout::Unknown && !line.trim_ascii().is_empty() {
                self.layout = match serde_json::from_slice::<IgnoredAny>(without_mark(line)) {
                    Ok(_) => Layout::Lines,
                    Err(_) => Layout::Whole,
                };
                if self.layout == Layout::Whole {
                    break;
                }
            }
            self.check_body(line);
            self.n_lines += 1;
            start += length + 1;
        }
        self.pending = pending;
        self.pending.drain(..start);
    }

    /// Checks a body that starts on the line behind those that were counted. Blank lines are none.
    fn check_body(&mut self, body: &[u8]) {
        let body = match self.totals.bodies {
            0 => without_mark(body),
            _ => body,
        };
        if body.trim_ascii().is_empty() {
            return;
        }
        let report = payload::check(body);
        let totals = &mut self.totals;
        totals.bodies += 1;
        totals.attributes += report.n_attributes;
        totals.events += report.n_events;
        totals.purchases += report.n_purchases;
        totals.bytes += report.n_bytes;
        totals.errors += report.count(Severity::Error);
        totals.warnings += report.count(Severity::Warning);
        for (code, count) in report.tally {
            self.groups.count(code, count);
        }
        for mut problem in report.problems {
            if let Place::Payload { line, .. } = &mut problem.place {
                *line += self.n_lines;
            }
            self.groups.show(problem);
        }
    }
}

/// Bytes up to the next line end; `n_seen` of them are known to hold none.
fn line_length(text: &[u8], n_seen: &mut usize) -> Option<usize> {
    let unseen = text.get(*n_seen..).unwrap_or_default();
    match unseen.iter().position(|byte| *byte == b'\n') {
        Some(at) => Some(std::mem::take(n_seen) + at),
        None => {
            *n_seen = text.len();
            None
        }
    }
}

#[derive(Serialize)]
struct PayloadsView<'a> {
    #[serde(flatten)]
    totals: &'a Totals,
    groups: Vec<GroupView<'a>>,
}

#[derive(Serialize)]
struct ReportView<'r> {
    fine: bool,
    attributes: u64,
    events: u64,
    purchases: u64,
    bytes: u64,
    tally: Vec<TallyView>,
    problems: Vec<ProblemView<'r>>,
}

#[derive(Serialize)]
struct TallyView {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct ProblemView<'r> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    path: &'r str,
    line: u64,
    column: u64,
    found: Option<Cow<'r, str>>,
    expected: Cow<'r, str>,
    title: &'static str,
    why: &'static str,
    todo: &'static str,
    message: String,
}

impl<'r> ReportView<'r> {
    fn of(report: &'r Report, language: Language) -> Self {
        let tally = |(code, count): (&Code, &u64)| TallyView {
            code: code.id(),
            name: code.name(),
            severity: code.severity().as_str(),
            count: *count,
        };
        let problems = report.problems.iter();
        Self {
            fine: report.is_fine(),
            attributes: report.n_attributes,
            events: report.n_events,
            purchases: report.n_purchases,
            bytes: report.n_bytes,
            tally: report.tally.iter().map(tally).collect(),
            problems: problems
                .filter_map(|problem| ProblemView::of(problem, language))
                .collect(),
        }
    }
}

impl<'r> ProblemView<'r> {
    /// A problem of a payload: all that a report holds are.
    fn of(problem: &'r Problem, language: Language) -> Option<Self> {
        let Place::Payload { path, line, column } = &problem.place else {
            return None;
        };
        let code = problem.code;
        let texts = code.texts(language);
        Some(Self {
            code: code.id(),
            name: code.name(),
            severity: problem.severity().as_str(),
            path,
            line: *line,
            column: *column,
            found: problem.found(language),
            expected: problem.expected(language),
            title: texts.title,
            why: texts.why,
            todo: texts.todo,
            message: problem.message(language),
        })
    }
}
