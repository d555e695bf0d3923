//! What the subcommands tell programs with `--json`: one JSON object on a line of standard output.
//!
//! Every object begins with `"format":1`. Keys are in `snake_case`. A member is always there; where there
//! is nothing to say it is `null`, `0` or empty. Words in it are English, whatever `--lang` says, but for
//! `explain`. New members may come with a new version of the program; the number changes when one of those
//! that are there goes, or means something else. Control characters stand escaped in texts.
//!
//! # What could not run
//!
//! ```json
//! {"format":1,"error":{"message":"mapping.json: found 1 mistake in the mapping…",
//!                      "problems":[{"code":"AIQ2002","name":"unknown-key","…":"…"}]}}
//! ```
//!
//! It goes with the exit code 2, whatever the subcommand, and also where the arguments were wrong. `message`
//! is what standard error says; `problems` are those of the mapping (each a [`Problem`]), where it is the
//! mapping that cannot be used. No other object has an `error`.
//!
//! # `check`
//!
//! ```json
//! {"format":1,
//!  "export":{"files":["audience.csv"],"bytes":613449},
//!  "mapping":{"version":1},"mapping_from":"suggestion",
//!  "warnings":[{"code":"AIQ2012","name":"spaces-around-name","…":"…","patch":[{"op":"add"}]}],
//!  "rows":5000,"rejected":12,"nothing_to_send":0,"left_out":0,"is_allowed":false,
//!  "objects":4988,"requests":67,"body_bytes":1312011,
//!  "audiences":[{"name":"AIQ_1042_1","members":1021,"leavers":97}],"events":[],
//!  "problems":[{"code":"AIQ3003","name":"bad-number","severity":"error","column":"lifetime_value",
//!               "count":1,"first":[{"code":"AIQ3003","row":3061,"…":"…"}]}],
//!  "rejects":"rejects.csv","fixes":null}
//! ```
//!
//! `mapping_from` is `file` or `suggestion`. A warning is a [`Problem`] with the `patch` (RFC 6902) that
//! would mend it, or `null`. `left_out` counts the rows among `nothing_to_send` that the mapping's `where`
//! leaves out. `is_allowed` says whether the rejected rows are within `--allow-rejects` (without it: whether
//! there are none). An event is `{"name":"Visited","count":7}`. `first` holds at most ten problems of its
//! group, of at most 1,000 in all. With `--fix`, `mapping` is the mended one, `fixes` is
//! `{"applied":[…],"left":[…],"out":"mapping.json"}`, and what is in its lists has the members of a
//! warning.
//!
//! # `map`
//!
//! `{"format":1,"check":{…},"as":"bodies","out":"bodies.jsonl"}`: what a check of the same rows tells, without
//! its `format`, what was written (`bodies`, `braze-csv`, `cdi`), and where it is. Users with two values of an
//! attribute are not looked for.
//!
//! # `diff`
//!
//! ```json
//! {"format":1,
//!  "old":{"files":["monday.csv"],"bytes":613449,"rows":5000,"rejected":0},
//!  "new":{"files":["tuesday.csv"],"bytes":613402,"rows":5001,"rejected":0},
//!  "mapping":{"version":1},
//!  "users":{"joined":12,"left":11,"changed":240,"unchanged":4749,"unsure":0},
//!  "audiences":[{"name":"AIQ_1042_1","joins":12,"leaves":11}],
//!  "attributes":[{"name":"ltv","set":12,"changed":240,"removed":0,"gone":3}],
//!  "columns":{"only_old":[],"only_new":[]},
//!  "leavers_held":0,"unread_rows":0,"is_allowed":true,
//!  "objects":263,"requests":4,"body_bytes":20480,"out":"difference.jsonl"}
//! ```
//!
//! Users and attributes are counted as [`Users`](crate::delta::Users) and
//! [`AttributeCounts`](crate::delta::AttributeCounts) say. `mapping` is that of the new export. `leavers_held`
//! are memberships that are not ended because of `unread_rows`, rejected rows of the new export that do not
//! say whose they are, or because that export is incomplete. `objects` are those with something to be told;
//! `requests`, `body_bytes` and `out` are `null` without `-o`.
//!
//! # `push`
//!
//! ```json
//! {"format":1,"check":{"rows":5000,"…":"…"},"endpoint":"https://rest.iad-01.braze.com",
//!  "is_sandbox":false,
//!  "preflight":{"sampled":50,"known":48,"new_names":["AIQ_1042_1"],
//!               "users":[{"user":"00123","values":[{"name":"lifetime_value","now":12,"next":15}]}]},
//!  "balanced":true,"run":12,
//!  "account":{"rows":5000,"accepted":4988,"rejected":12,"…":0},
//!  "refused":[{"reason":"EMAIL_BAD_FORMAT","rows":2,"first":[{"file":0,"row":7,"line":9,"byte":1044}]}],
//!  "unknown":[],"requests":67,"resends":0,"waited_seconds":0.0,"seconds":1.25,
//!  "stopped":null,"left_out":0,"audiences":[{"name":"AIQ_1042_1","members":1021,"leavers":97}],"events":[],
//!  "verified":null}
//! ```
//!
//! `preflight` is what was seen of a few users before anything was sent; `null` where none were looked up.
//! `verified` is what `verify` tells of `--verify`, without `format`, `endpoint` and `run`; `null` where nothing
//! was read back. `left_out` counts the rows among `nothing_to_send` of users that `--exclude` or `--first` left
//! out. `balanced` says whether the account's parts are all rows of the export. The rest is a
//! [`Report`](crate::push::Report). `run` is the number by which `resume` and `runs` know it.
//!
//! # `resume`
//!
//! What a push tells, without `check`, `is_sandbox`, `preflight` and `verified`.
//!
//! # `verify`
//!
//! ```json
//! {"format":1,"endpoint":"https://rest.iad-01.braze.com","run":12,"sampled":50,"same":49,"absent":0,
//!  "different":[{"user":"00123","is_missing":false,"values":[{"name":"ltv","now":12,"next":15}]}],
//!  "waited_seconds":60.0}
//! ```
//!
//! `now` is what is there, `next` what was sent. `is_missing`: Braze does not know the user. `absent` counts
//! those whom it does not know and was not asked to create.
//!
//! # `runs`
//!
//! ```json
//! {"format":1,
//!  "runs":[{"workspace":"eu-live","run":12,"state":"paused","running":false,"started":1790000000,"ended":1790000009,
//!           "endpoint":"https://rest.fra-01.braze.eu","files":["audience.csv"],
//!           "account":{"rows":5000,"…":0},"requests":67,"resends":0,"stopped":"denied"}]}
//! ```
//!
//! The newest first. `state` is `open` (where `running`, a process is at work on it; else one ended without a
//! word, and `resume` goes on), `paused` (rows are to be sent), `undecided` (rows are unknown) or `done`. Times are seconds since 1970 (UTC). `runs show` tells the
//! members of one run, and its `report`.
//!
//! # `inspect`
//!
//! ```json
//! {"format":1,
//!  "export":{"files":["audience.csv"],"bytes":613449},"notes":[],
//!  "dialect":{"delimiter":",","escape":"double","header":true},
//!  "columns":[{"name":"customer_id","role":"identifier","as":"external_id","type":null,
//!              "grade":"likely","because":"usual_header","sample":["0012300003"]}],
//!  "grade":"likely","mapping":{"version":1},
//!  "warnings":[{"code":"AIQ2012","…":"…","patch":[{"op":"add"}]}],
//!  "errors":[],"facts":{"rows":5000,"…":"…"},"findings":[],"saved":null}
//! ```
//!
//! `role` is `identifier`, `audience_id`, `split_id`, `status`, `event_name`, `event_time`, `app_id`,
//! `attribute`, or `null` where the column is not sent. The outer `grade` is the least sure of what the mapping rests on; `null` when it lacks
//! an identifier. `errors` are the problems for which the suggested mapping cannot be used as it is.
//!
//! `notes` say how files are packed and written, and what was passed over. `facts` are those of the whole
//! export ([`Facts`](aiq_braze::Facts)), `findings` the problems in them; `null` and empty with `--quick`.
//!
//! # `validate`
//!
//! ```json
//! {"format":1,
//!  "files":[{"file":"bodies.jsonl","bodies":67,"bytes":1312078,"attributes":4988,"events":0,"purchases":0,
//!            "errors":1,"warnings":0,
//!            "problems":[{"code":"AIQ5015","name":"identifier-not-text","severity":"error","column":null,
//!                         "count":1,"first":[{"code":"AIQ5015","path":"attributes[0].external_id","…":"…"}]}]}]}
//! ```
//!
//! `first` holds at most ten problems of its code. In a file of one body a line, `line` is the file's line.
//!
//! # The others
//!
//! `endpoints`: `{"format":1,"endpoints":[{"name":"US-01","dashboard":"https://…","rest":"https://…"}]}`.
//! `explain`: `{"format":1,"language":"en","codes":[{"code":"AIQ1004","name":"unclosed-quote",
//! "severity":"error","title":"…","expected":"…","why":"…","what_to_do":"…"}]}`.
//! `workspace list`: `{"format":1,"file":"/home/…/workspaces.json","workspaces":[{"name":"eu","endpoint":"https://…",
//! "limits":"3000/3s","share":"80%","confirm_name":false,"folder":"/home/…/eu"}]}`.
//! `key status`: `{"format":1,"keys":[{"workspace":"eu","source":"keychain","where":"…","problem":null}]}`; `source`
//! is `file`, `environment`, `keychain` or `null`; `workspace` is `null` for pushes by `--endpoint`.
//! `doctor`: `{"format":1,"workspace":"eu","endpoint":"https://…","is_fine":true,"checks":[{"name":"clock",
//! "grade":"ok","found":"…","what_to_do":null}]}`; a grade is `ok`, `probably` or `problem`.
//! `sandbox`: `{"format":1,"url":"http://127.0.0.1:8400","key":"…"}`, when it listens.

use aiq_braze::{Code, Mapping, Plan, Problem, Summary};
use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};
use serde_json::value::RawValue;

use super::fix::Fixes;
use super::mapping::Chosen;
use super::summary::Checked;
use crate::input::Export;
use crate::push::{Audience, EventCount, audiences, events};

/// Why it could not run, for programs.
#[derive(Serialize)]
pub(crate) struct FailureJson<'f> {
    error: ErrorJson<'f>,
}

#[derive(Serialize)]
struct ErrorJson<'f> {
    message: String,
    problems: &'f [Problem],
}

impl<'f> FailureJson<'f> {
    pub(crate) fn of(message: String, problems: &'f [Problem]) -> Self {
        let error = ErrorJson { message, problems };
        Self { error }
    }
}

/// What a check tells programs.
#[derive(Serialize)]
pub(crate) struct CheckJson<'c> {
    export: ExportJson,
    mapping: Box<RawValue>,
    mapping_from: &'static str,
    warnings: Vec<FixableJson<'c>>,
    rows: u64,
    rejected: u64,
    nothing_to_send: u64,
    left_out: u64,
    is_allowed: bool,
    objects: u64,
    requests: u64,
    body_bytes: u64,
    audiences: Vec<Audience>,
    events: Vec<EventCount>,
    problems: Vec<Group<'c>>,
    rejects: Option<String>,
    fixes: Option<FixesJson<'c>>,
}

impl<'c> CheckJson<'c> {
    pub(crate) fn of(
        export: &Export,
        chosen: &'c Chosen,
        checked: &'c Checked,
        is_allowed: bool,
    ) -> Self {
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
            later_columns: _,
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
            is_allowed,
            objects,
            requests: batches,
            body_bytes,
            audiences: audiences(&checked.summary),
            events: events(&checked.summary),
            problems: checked.groups(&chosen.plan),
            rejects: rejects.map(|path| path.display().to_string()),
            fixes: None,
        }
    }

    /// With what was mended before the check.
    pub(crate) fn with_fixes(self, fixes: &'c Fixes, out: Option<String>) -> Self {
        let list = |fixes: &'c [(Problem, Mapping)]| {
            let fixes = fixes.iter();
            fixes
                .map(|(problem, mapping)| FixableJson::of(problem, mapping))
                .collect()
        };
        let fixes = FixesJson {
            applied: list(&fixes.applied),
            left: list(&fixes.left),
            out,
        };
        Self {
            fixes: Some(fixes),
            ..self
        }
    }
}

#[derive(Serialize)]
struct FixesJson<'c> {
    applied: Vec<FixableJson<'c>>,
    left: Vec<FixableJson<'c>>,
    out: Option<String>,
}

/// Problems of one kind in one column.
pub(crate) struct Group<'c> {
    pub(super) code: Code,
    pub(super) column: Option<&'c str>,
    pub(super) count: u64,
    pub(super) first: &'c [Problem],
}

impl Serialize for Group<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut group = serializer.serialize_struct("Group", 6)?;
        group.serialize_field("code", self.code.id())?;
        group.serialize_field("name", self.code.name())?;
        group.serialize_field("severity", self.code.severity().as_str())?;
        group.serialize_field("column", &self.column)?;
        group.serialize_field("count", &self.count)?;
        group.serialize_field("first", self.first)?;
        group.end()
    }
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

/// A problem with the patch of a mapping that would mend it.
#[derive(Serialize)]
pub(crate) struct FixableJson<'c> {
    #[serde(flatten)]
    problem: &'c Problem,
    patch: Option<serde_json::Value>,
}

impl<'c> FixableJson<'c> {
    fn of(problem: &'c Problem, mapping: &Mapping) -> Self {
        let fix = problem.fix.as_ref();
        let patch = fix.map(|fix| fix.edit.to_json_patch(mapping));
        Self {
            problem,
            patch: patch.and_then(|patch| serde_json::from_str(&patch).ok()),
        }
    }
}

pub(crate) fn warnings_json(plan: &Plan) -> Vec<FixableJson<'_>> {
    let warnings = plan.warnings().iter();
    warnings
        .map(|problem| FixableJson::of(problem, plan.mapping()))
        .collect()
}

pub(crate) fn mapping_json(mapping: &Mapping) -> Box<RawValue> {
    // One line: a JSON line is what is promised.
    let json = serde_json::to_string(mapping).ok();
    json.and_then(|json| RawValue::from_string(json).ok())
        .expect("a mapping is JSON")
}
