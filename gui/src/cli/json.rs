//! What the subcommands tell programs: one JSON object on a line, each documented at its type.

use aiq_braze::{Mapping, Plan, Problem, Summary};
use serde::Serialize;
use serde_json::value::RawValue;

use super::mapping::Chosen;
use super::summary::Checked;
use crate::input::Export;
use crate::push::{Audience, EventCount, audiences, events};

/// What a check tells programs.
///
/// ```json
/// {"export":{"files":["audience.csv"],"bytes":613449},
///  "mapping":{"version":1},"mapping_from":"suggestion",
///  "warnings":[{"code":"AIQ2011","name":"near-standard-field","…":"…","patch":[{"op":"add"}]}],
///  "rows":5000,"rejected":12,"nothing_to_send":0,"left_out":0,
///  "objects":4988,"requests":67,"body_bytes":1312011,
///  "audiences":[{"name":"AIQ_1042_1","members":1021,"leavers":97}],"events":[],
///  "problems":[{"code":"AIQ3003","name":"bad-number","severity":"error","column":"lifetime_value",
///               "count":1,"first":[{"code":"AIQ3003","row":3061,"…":"…"}]}],
///  "rejects":"rejects.csv"}
/// ```
///
/// `mapping_from` is `file` or `suggestion`. A warning is a problem with the `patch` (RFC 6902) that
/// would mend it, or `null`. `left_out` counts the rows among `nothing_to_send` that the mapping's `where`
/// leaves out. An event is `{"name":"Visited","count":7}`. `first` holds at most ten problems of its group, of at most 1,000 in all.
#[derive(Serialize)]
pub(crate) struct CheckJson<'c> {
    export: ExportJson,
    mapping: Box<RawValue>,
    mapping_from: &'static str,
    warnings: Vec<WarningJson<'c>>,
    rows: u64,
    rejected: u64,
    nothing_to_send: u64,
    left_out: u64,
    objects: u64,
    requests: u64,
    body_bytes: u64,
    audiences: Vec<Audience>,
    events: Vec<EventCount>,
    problems: Vec<Group<'c>>,
    rejects: Option<String>,
}

impl<'c> CheckJson<'c> {
    pub(crate) fn of(export: &Export, chosen: &'c Chosen, checked: &'c Checked) -> Self {
        let Summary {
            rows,
            objects,
            rejected,
            nothing_to_send,
            batches,
            body_bytes,
            left_out,
            audiences: _,
            events: _,
            tally: _,
        } = checked.summary;
        let rejects = checked.rejects.as_ref();
        Self {
            export: ExportJson::of(export),
            mapping: mapping_json(chosen.plan.mapping()),
            mapping_from: chosen.origin_word(),
            warnings: warnings_json(&chosen.plan),
            rows,
            rejected,
            nothing_to_send,
            left_out,
            objects,
            requests: batches,
            body_bytes,
            audiences: audiences(&checked.summary),
            events: events(&checked.summary),
            problems: checked.groups(&chosen.plan),
            rejects: rejects.map(|path| path.display().to_string()),
        }
    }
}

/// Problems of one kind in one column.
#[derive(Serialize)]
pub(crate) struct Group<'c> {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) severity: &'static str,
    pub(super) column: Option<&'c str>,
    pub(super) count: u64,
    pub(super) first: &'c [Problem],
}

/// The files that were named.
#[derive(Serialize)]
pub(crate) struct ExportJson {
    files: Vec<String>,
    bytes: u64,
}

impl ExportJson {
    pub(crate) fn of(export: &Export) -> Self {
        Self {
            files: export.names(),
            bytes: export.n_bytes(),
        }
    }
}

/// A warning of a plan with the patch that would mend it.
#[derive(Serialize)]
pub(crate) struct WarningJson<'c> {
    #[serde(flatten)]
    problem: &'c Problem,
    patch: Option<serde_json::Value>,
}

pub(crate) fn warnings_json(plan: &Plan) -> Vec<WarningJson<'_>> {
    let warnings = plan.warnings().iter();
    warnings
        .map(|problem| {
            let fix = problem.fix.as_ref();
            let patch = fix.map(|fix| fix.edit.to_json_patch(plan.mapping()));
            WarningJson {
                problem,
                patch: patch.and_then(|patch| serde_json::from_str(&patch).ok()),
            }
        })
        .collect()
}

pub(crate) fn mapping_json(mapping: &Mapping) -> Box<RawValue> {
    // One line: a JSON line is what is promised.
    let json = serde_json::to_string(mapping).ok();
    json.and_then(|json| RawValue::from_string(json).ok())
        .expect("a mapping is JSON")
}
