//! What a file is, for JavaScript.

use aiq_braze::diag::Grade;
use aiq_braze::read::Format;
use aiq_braze::{Because, Mapping, Probe, Role};
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::mapping_error;

/// What a file's first bytes showed.
#[wasm_bindgen]
pub struct Inspection {
    pub(crate) found: aiq_braze::Inspection,
}

/// Inspects a file by its first 256 KiB, or by all of it where it is shorter. A mapping's `format`
/// decides how it is read.
#[wasm_bindgen]
pub fn inspect(first_bytes: &[u8], mapping: Option<String>) -> Result<Inspection, JsError> {
    let mapping = mapping.as_deref().map(Mapping::parse).transpose();
    let format = mapping
        .map_err(|problems| mapping_error(&problems))?
        .and_then(|mapping| mapping.format);
    let mut probe = format.map_or_else(Probe::new, Probe::with_format);
    probe.feed(first_bytes);
    Ok(Inspection {
        found: probe.finish()?,
    })
}

#[wasm_bindgen]
impl Inspection {
    /// The inspection as JSON:
    ///
    /// ```json
    /// {"format":{"delimiter":",","escape":"double","header":true},"columns":["external_id","ltv"],
    ///  "rows":[["00123","1.10"]],"mapping":{"version":1,…},"grade":"certain",
    ///  "reasons":[{"column_idx":0,"role":"identifier","as":"external_id","grade":"certain","because":"header"},
    ///             {"column_idx":1,"role":"attribute","as":"number","grade":"likely","because":"values"}]}
    /// ```
    pub fn json(&self) -> Result<String, JsError> {
        let aiq_braze::Inspection {
            header,
            sample,
            suggestion,
        } = &self.found;
        let reasons = suggestion.reasons.iter().map(|reason| ReasonView {
            column_idx: reason.column_idx,
            role: role_word(reason.role),
            kind: kind_word(reason.role),
            grade: reason.grade,
            because: because_word(reason.because),
        });
        Ok(serde_json::to_string(&InspectionView {
            format: header.format,
            columns: header.names(),
            rows: sample,
            mapping: &suggestion.mapping,
            grade: suggestion.grade(),
            reasons: reasons.collect(),
        })?)
    }
}

#[derive(Serialize)]
struct InspectionView<'a> {
    format: Format,
    columns: &'a [String],
    rows: &'a [Vec<String>],
    mapping: &'a Mapping,
    grade: Option<Grade>,
    reasons: Vec<ReasonView>,
}

#[derive(Serialize)]
struct ReasonView {
    /// `None`: no single column says it.
    column_idx: Option<usize>,
    role: &'static str,
    #[serde(rename = "as")]
    kind: Option<&'static str>,
    grade: Grade,
    because: &'static str,
}

pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Identifier(_) => "identifier",
        Role::AudienceId => "audience_id",
        Role::SplitId => "split_id",
        Role::Status => "status",
        Role::EventName => "event_name",
        Role::EventTime => "event_time",
        Role::AppId => "app_id",
        Role::NoHeader => "no_header",
        Role::Attribute(_) => "attribute",
    }
}

/// What exactly: the kind of identifier, the type of attribute.
pub(crate) fn kind_word(role: Role) -> Option<&'static str> {
    match role {
        Role::Identifier(kind) => Some(kind.as_str()),
        Role::Attribute(kind) => Some(kind.as_str()),
        Role::AudienceId
        | Role::SplitId
        | Role::Status
        | Role::EventName
        | Role::EventTime
        | Role::AppId
        | Role::NoHeader => None,
    }
}

pub(crate) fn because_word(because: Because) -> &'static str {
    match because {
        Because::Header => "header",
        Because::UsualHeader => "usual_header",
        Because::Values => "values",
        Because::FileName => "file_name",
    }
}
