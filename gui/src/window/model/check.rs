//! The check of every row: how far it is, and what it came to.

use std::collections::BTreeMap;

use aiq_braze::diag::{Fix, Place};
use aiq_braze::{Code, Header, Plan, Problem, Severity, Summary};

use crate::pipeline::PipelineError;
use crate::push::{Audience, EventCount, audiences, events};

/// A check, over and over: by itself after each change.
#[derive(Debug, Default)]
pub(crate) struct Check {
    pub(crate) phase: CheckPhase,
    /// What the last one that went through came to. It may be of a mapping that has changed since.
    pub(crate) done: Option<Checked>,
}

/// How far a check is.
#[derive(Debug, Default)]
pub(crate) enum CheckPhase {
    /// The mapping cannot be run: there is nothing to check.
    #[default]
    Blocked,
    Running {
        bytes: u64,
        rows: u64,
        seconds: f64,
    },
    /// The last result is of this mapping.
    Done,
    Cancelled,
    Failed(PipelineError),
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checked {
    pub(crate) summary: Summary,
    /// Hashes of what was read: nothing else is sent.
    pub(crate) blocks: Vec<u128>,
    pub(crate) groups: Vec<Group>,
    pub(crate) audiences: Vec<Audience>,
    pub(crate) events: Vec<EventCount>,
    /// Names in Braze that the rows may write, without the audiences; of events, their properties.
    pub(crate) attributes: Vec<String>,
}

/// Problems of one sort.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) code: Code,
    /// Where the problem is about a column.
    pub(crate) column: Option<(usize, String)>,
    pub(crate) count: u64,
    /// The first few.
    pub(crate) first: Vec<Problem>,
    /// Whether they are problems of rows, and not of the header or the mapping.
    pub(crate) is_rows: bool,
    pub(crate) fix: Option<Fix>,
}

/// The first few problems of each (code, column), as a run tells them.
pub(crate) type Told = BTreeMap<(Code, Option<String>), Vec<Problem>>;

impl Check {
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.phase, CheckPhase::Running { .. })
    }

    /// The result, if it is of the mapping as it stands.
    pub(crate) fn current(&self) -> Option<&Checked> {
        match self.phase {
            CheckPhase::Done => self.done.as_ref(),
            _ => None,
        }
    }

    pub(crate) fn start(&mut self) {
        self.phase = CheckPhase::Running {
            bytes: 0,
            rows: 0,
            seconds: 0.0,
        };
    }

    pub(crate) fn end(&mut self, result: Result<Checked, PipelineError>) {
        match result {
            Ok(checked) => {
                self.phase = CheckPhase::Done;
                self.done = Some(checked);
            }
            Err(error) => {
                self.phase = CheckPhase::Failed(error);
                self.done = None;
            }
        }
    }

    pub(crate) fn block(&mut self) {
        self.phase = CheckPhase::Blocked;
        self.done = None;
    }
}

impl Checked {
    /// All that there is to say after a run: what stops rows first, then what the header deserves to
    /// have said.
    pub(crate) fn new(
        (summary, blocks): (Summary, Vec<u128>),
        mut told: Told,
        plan: &Plan,
    ) -> Self {
        let mut groups = Vec::new();
        for (code, column_idx, entry) in summary.tally.iter() {
            let column_idx = column_idx.map(|column_idx| column_idx as usize);
            let name = column_idx.and_then(|idx| summary.column_name(plan.header(), idx));
            let key = (code, name.map(str::to_owned));
            groups.push(Group {
                code,
                column: column_idx.zip(key.1.clone()),
                count: entry.count,
                first: told.remove(&key).unwrap_or_default(),
                is_rows: true,
                fix: None,
            });
        }
        groups.extend(Group::of(plan.warnings(), plan.header()));
        // What one click mends comes first, then what costs rows, then the rest.
        groups.sort_by_key(|group| (group.fix.is_none(), group.severity() != Severity::Error));
        Self {
            audiences: audiences(&summary),
            events: events(&summary),
            attributes: plan.attributes().map(|(_, name, _)| name).collect(),
            summary,
            blocks,
            groups,
        }
    }

    /// Rows that would be sent.
    pub(crate) fn n_to_push(&self) -> u64 {
        let Summary {
            rows,
            rejected,
            nothing_to_send,
            ..
        } = self.summary;
        rows - rejected - nothing_to_send
    }
}

impl Group {
    /// Problems of a header or a mapping, one group each.
    pub(crate) fn of(problems: &[Problem], header: &Header) -> Vec<Self> {
        let group = |problem: &Problem| {
            let column_idx = match &problem.place {
                Place::Column { column_idx, .. } => Some(*column_idx as usize),
                _ => None,
            };
            let name = column_idx.and_then(|column_idx| header.name(column_idx));
            Self {
                code: problem.code,
                column: column_idx.zip(name.map(str::to_owned)),
                count: 1,
                first: vec![problem.clone()],
                is_rows: false,
                fix: problem.fix.clone(),
            }
        };
        problems.iter().map(group).collect()
    }

    pub(crate) fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Keeps a problem for its group.
pub(crate) fn keep(told: &mut Told, problem: Problem) {
    let column = problem.place.column().map(str::to_owned);
    told.entry((problem.code, column))
        .or_default()
        .push(problem);
}
