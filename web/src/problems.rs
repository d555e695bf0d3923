//! Problems in words, grouped as people look at them: by code and column, with a count and the first
//! few places.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aiq_braze::diag::{Fix, Place, SAMPLE, Severity};
use aiq_braze::{Code, Language, Mapping, Problem};
use serde::Serialize;
use serde_json::value::RawValue;

/// Problems by code and column. The worst come first, then the order of the codes' numbers.
pub(crate) struct Groups {
    groups: BTreeMap<(Code, Option<u32>), Group>,
    /// Places that are kept of each group.
    sample: usize,
}

#[derive(Default)]
struct Group {
    count: u64,
    /// At most [`Groups::sample`].
    first: Vec<Problem>,
}

impl Default for Groups {
    fn default() -> Self {
        Self::with_sample(SAMPLE)
    }
}

impl Groups {
    /// None yet. Of each the first `sample` places will be kept.
    pub(crate) fn with_sample(sample: usize) -> Self {
        Self {
            groups: BTreeMap::new(),
            sample,
        }
    }

    /// Groups problems of the header or the mapping.
    pub(crate) fn of<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Self {
        let mut groups = Self::default();
        for problem in problems {
            let column_idx = match problem.place {
                Place::Column { column_idx, .. } => Some(column_idx),
                Place::Row { .. }
                | Place::Mapping { .. }
                | Place::Payload { .. }
                | Place::Setting { .. }
                | Place::File { .. } => None,
            };
            groups.add(problem.code, column_idx, || problem.clone());
        }
        groups
    }

    /// Counts one; it is put into words only while examples are still wanted.
    pub(crate) fn add(
        &mut self,
        code: Code,
        column_idx: Option<u32>,
        words: impl FnOnce() -> Problem,
    ) {
        let group = self.groups.entry((code, column_idx)).or_default();
        group.count += 1;
        if group.first.len() < self.sample {
            group.first.push(words());
        }
    }

    /// Counts some that are no column's, whose places come by [`Self::show`].
    pub(crate) fn count(&mut self, code: Code, count: u64) {
        self.groups.entry((code, None)).or_default().count += count;
    }

    /// Keeps the place of one that was counted, while places are still wanted.
    pub(crate) fn show(&mut self, problem: Problem) {
        let group = self.groups.entry((problem.code, None)).or_default();
        if group.first.len() < self.sample {
            group.first.push(problem);
        }
    }

    /// The examples of all groups, one after the other.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &Problem> {
        self.groups.values().flat_map(|group| &group.first)
    }

    /// All groups in words. Fixes are patches of `mapping`; where there is none, there are no fixes.
    pub(crate) fn view<'a>(
        &'a self,
        mapping: Option<&Mapping>,
        language: Language,
    ) -> Vec<GroupView<'a>> {
        let groups = self
            .groups
            .iter()
            .map(|((code, column_idx), group)| group.view(*code, *column_idx, mapping, language));
        let (mut errors, warnings): (Vec<_>, Vec<_>) =
            groups.partition(|group| group.severity == Severity::Error.as_str());
        errors.extend(warnings);
        errors
    }

    /// Counts alone, as a summary has them.
    pub(crate) fn counts(&self) -> Vec<CountView<'_>> {
        let groups = self.groups.iter();
        groups
            .map(|((code, _), group)| CountView {
                code: code.id(),
                name: code.name(),
                severity: code.severity().as_str(),
                column: group.column(),
                count: group.count,
            })
            .collect()
    }
}

impl Group {
    /// The header of the column that the group is about.
    fn column(&self) -> Option<&str> {
        self.first.first()?.place.column()
    }

    fn view(
        &self,
        code: Code,
        column_idx: Option<u32>,
        mapping: Option<&Mapping>,
        language: Language,
    ) -> GroupView<'_> {
        let texts = code.texts(language);
        let examples = self.first.iter().map(|problem| ExampleView {
            place: problem.place.words(language),
            row: match problem.place {
                Place::Row { at, .. } => Some(at.row),
                _ => None,
            },
            line: match problem.place {
                Place::Row { at, .. } => Some(at.line),
                Place::Mapping { line, .. } | Place::Payload { line, .. } => Some(line),
                _ => None,
            },
            found: problem.found(language),
            expected: problem.expected(language),
            message: problem.message(language),
        });
        let fix = self.first.iter().find_map(|problem| problem.fix.as_ref());
        GroupView {
            code: code.id(),
            name: code.name(),
            severity: code.severity().as_str(),
            column: self.column(),
            column_idx,
            count: self.count,
            title: texts.title,
            why: texts.why,
            todo: texts.todo,
            first: examples.collect(),
            fix: fix
                .zip(mapping)
                .map(|(fix, mapping)| FixView::of(fix, mapping)),
        }
    }
}

/// One code and column, for people.
#[derive(Serialize)]
pub(crate) struct GroupView<'a> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    column: Option<&'a str>,
    column_idx: Option<u32>,
    count: u64,
    title: &'static str,
    why: &'static str,
    todo: &'static str,
    first: Vec<ExampleView<'a>>,
    fix: Option<FixView>,
}

#[derive(Serialize)]
struct ExampleView<'a> {
    place: String,
    row: Option<u64>,
    line: Option<u64>,
    found: Option<Cow<'a, str>>,
    expected: Cow<'a, str>,
    message: String,
}

/// One code and column, counted.
#[derive(Serialize)]
pub(crate) struct CountView<'a> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    column: Option<&'a str>,
    count: u64,
}

#[derive(Serialize)]
struct FixView {
    grade: aiq_braze::diag::Grade,
    /// A JSON Patch (RFC 6902) of the mapping.
    patch: Box<RawValue>,
}

impl FixView {
    fn of(fix: &Fix, mapping: &Mapping) -> Self {
        let patch = RawValue::from_string(fix.edit.to_json_patch(mapping));
        Self {
            grade: fix.grade,
            patch: patch.expect("a patch is written as JSON by the core"),
        }
    }
}
