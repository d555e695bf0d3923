//! Objects inside the object, as names with dots make them.

use super::{Nesting, Pieces, PlannedColumn};
use crate::wire::body;

/// Objects inside each other, in the order of their first columns.
#[derive(Default)]
pub(super) struct Tree {
    members: Vec<(String, PlannedColumn)>,
    branches: Vec<(String, Tree)>,
}

impl Tree {
    /// Puts a column under its path; whether the place was free.
    pub(super) fn insert(&mut self, objects: &[&str], name: &str, column: PlannedColumn) -> bool {
        let Some((first, rest)) = objects.split_first() else {
            let is_free = !self.has(name);
            self.members.push((name.to_owned(), column));
            return is_free;
        };
        if self.members.iter().any(|(member, _)| member == first) {
            return false;
        }
        let found = self.branches.iter().position(|(name, _)| name == first);
        let branch_idx = found.unwrap_or_else(|| {
            self.branches.push(((*first).to_owned(), Tree::default()));
            self.branches.len() - 1
        });
        self.branches[branch_idx].1.insert(rest, name, column)
    }

    fn has(&self, name: &str) -> bool {
        let mut branches = self.branches.iter().map(|(name, _)| name);
        let mut members = self.members.iter().map(|(name, _)| name);
        members.any(|other| other == name) || branches.any(|other| other == name)
    }

    /// Whether there is an object of this name.
    pub(super) fn has_branch(&self, name: &str) -> bool {
        self.branches.iter().any(|(other, _)| other == name)
    }

    pub(super) fn write(&self, pieces: &mut Pieces, steps: &mut Vec<Nesting>) {
        let members = self.members.iter();
        steps.extend(members.map(|(_, column)| Nesting::Member(*column)));
        for (name, branch) in &self.branches {
            let key = body::string(name);
            steps.push(Nesting::Open(pieces.add(&[b",", &key, b":"])));
            branch.write(pieces, steps);
            steps.push(Nesting::Close);
        }
    }
}
