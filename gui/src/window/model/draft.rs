//! The mapping in the window: the core's draft, where it comes from, and a form that may be half filled.

use std::path::PathBuf;

use aiq_braze::mapping::{
    Becomes, Change, ColumnRef, Draft as Core, IdentifierKind, Part, Rows, Why,
};
use aiq_braze::{Inspection, Mapping, Plan, Problem, Reason};

/// A mapping that is being edited against an export.
#[derive(Debug)]
pub(crate) struct Draft {
    core: Core,
    pub(crate) origin: Origin,
    /// What the audience's form says while it is incomplete.
    half_filled: Option<Parts>,
}

/// Where a mapping comes from. What somebody saved is not doubted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Suggested,
    File(PathBuf),
}

/// Where the audience's and the split's ids come from, as far as it is said.
pub(crate) type Parts = [Option<Part>; 2];

impl Draft {
    pub(crate) fn suggested(found: &Inspection) -> Self {
        Self::new(found.suggestion.mapping.clone(), Origin::Suggested, found)
    }

    pub(crate) fn new(mapping: Mapping, origin: Origin, found: &Inspection) -> Self {
        Self {
            core: Core::new(found.clone(), mapping),
            origin,
            half_filled: None,
        }
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        self.core.mapping()
    }

    /// The plan, if the mapping can be run.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.core.plan()
    }

    /// Why the mapping does not fit the export.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self.core.plan() {
            Some(_) => &[],
            None => self.core.problems(),
        }
    }

    pub(crate) fn needs_identifier(&self) -> bool {
        self.mapping().identifiers.is_empty()
    }

    /// What the mapping rests on that is only likely: a person should have looked before it counts.
    pub(crate) fn doubts(&self) -> Vec<&Reason> {
        match self.origin {
            Origin::Suggested => self.core.doubts().collect(),
            Origin::File(_) => Vec::new(),
        }
    }

    pub(crate) fn change(&mut self, change: Change) {
        self.core.change(change);
    }

    /// Takes what the audience's form says, once it says something that can be meant: both parts, or
    /// neither. Choosing none for one chooses none for both.
    pub(crate) fn set_parts(&mut self, parts: Parts) {
        let before = self.parts();
        let chose_none = parts
            .iter()
            .zip(&before)
            .any(|(now, before)| now.is_none() && before.is_some());
        self.half_filled = None;
        if chose_none {
            return self.core.change(Change::NoAudience);
        }
        let is_said = |part: &Part| !matches!(part, Part::Value(value) if value.trim().is_empty());
        match parts {
            [Some(id), Some(split)] if is_said(&id) && is_said(&split) => {
                self.core.change(Change::Audience {
                    id: trimmed(id),
                    split: trimmed(split),
                });
            }
            incomplete => self.half_filled = Some(incomplete),
        }
    }

    pub(crate) fn is_half_filled(&self) -> bool {
        let [id, split] = self.parts();
        self.half_filled.is_some() || id.is_some() != split.is_some()
    }

    /// What the audience's form says: what the mapping has, unless it is being filled.
    pub(crate) fn parts(&self) -> Parts {
        if let Some(parts) = &self.half_filled {
            return parts.clone();
        }
        match &self.mapping().rows {
            Rows::Audience(rule) => [&rule.id, &rule.split].map(|source| self.core.part(source)),
            Rows::Attributes => [None, None],
        }
    }

    /// The first identifier: its column, if the export has it, and its kind.
    pub(crate) fn identifier(&self) -> Option<(Option<usize>, IdentifierKind)> {
        self.core.identifier()
    }

    pub(crate) fn column_ref(&self, column_idx: usize) -> ColumnRef {
        self.core.column_ref(column_idx)
    }

    pub(crate) fn becomes(&self, column_idx: usize) -> Becomes {
        self.core.becomes(column_idx)
    }

    pub(crate) fn why(&self, column_idx: usize) -> Why {
        self.core.why(column_idx)
    }
}

fn trimmed(part: Part) -> Part {
    match part {
        Part::Value(value) => Part::Value(value.trim().to_owned()),
        column => column,
    }
}
