//! What an export writes into Braze, by name.

use aiq_braze::wire::{InputArray, fields};
use aiq_braze::{Plan, Summary};

/// The names that a push writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Attributes: those of audiences, then those of columns. Of events there are none.
    pub(crate) attributes: Vec<String>,
    /// Events.
    pub(crate) events: Vec<String>,
}

impl Names {
    /// Those of an export that was checked. Names that come late in a JSON export are not among them.
    pub(crate) fn of(plan: &Plan, summary: &Summary) -> Self {
        let audiences = summary.audiences.iter().map(|audience| &audience.name);
        let mut names = Self {
            attributes: audiences.cloned().collect(),
            events: summary
                .events
                .iter()
                .map(|event| event.name.clone())
                .collect(),
        };
        if plan.array() == InputArray::Attributes {
            for (_, name, _) in plan.attributes() {
                if !names.attributes.contains(&name) {
                    names.attributes.push(name);
                }
            }
        }
        names
    }

    /// Those that a workspace may or may not have yet: Braze's own fields are always there.
    pub(crate) fn custom(&self) -> impl Iterator<Item = &str> {
        let attributes = self.attributes.iter().map(String::as_str);
        let attributes = attributes.filter(|name| fields::standard(name).is_none());
        attributes.chain(self.events.iter().map(String::as_str))
    }
}
