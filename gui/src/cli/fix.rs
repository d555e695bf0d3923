//! What can be mended without a doubt is mended: the certain fixes among the problems, applied to the
//! mapping.

use aiq_braze::diag::{Fix, Grade};
use aiq_braze::{Mapping, Problem};

use super::mapping::Found;
use super::{Console, words};

/// What was mended, and what was not.
#[derive(Default)]
pub(crate) struct Fixes {
    /// In their order, each with the mapping as it was before.
    pub(crate) applied: Vec<(Problem, Mapping)>,
    /// What is only likely, with the mapping as it is.
    pub(crate) left: Vec<(Problem, Mapping)>,
}

/// A fix can bring another problem to light, but hardly ever a tenth one.
pub(crate) const MOST_ROUNDS: usize = 10;

impl Fixes {
    /// Mends what header and mapping alone show, until nothing certain is left.
    pub(crate) fn mend_plan(&mut self, found: &mut Found) {
        for _ in 0..MOST_ROUNDS {
            let problems = match found.mapping.compile(&found.found.header) {
                Ok(plan) => plan.warnings().to_vec(),
                Err(problems) => problems,
            };
            if !self.apply(&problems, &mut found.mapping) {
                return;
            }
        }
    }

    /// Applies the certain ones among the fixes of these problems; `false` if that changed nothing.
    pub(crate) fn apply<'p>(
        &mut self,
        problems: impl IntoIterator<Item = &'p Problem>,
        mapping: &mut Mapping,
    ) -> bool {
        let before = self.applied.len();
        for problem in problems {
            let Some(Fix { edit, grade }) = &problem.fix else {
                continue;
            };
            let former = mapping.clone();
            if *grade == Grade::Certain {
                edit.apply(mapping);
            }
            if *mapping != former {
                self.applied.push((problem.clone(), former));
            }
        }
        self.applied.len() > before
    }

    /// Remembers the fixes of these problems that were not applied.
    pub(crate) fn leave<'p>(
        &mut self,
        problems: impl IntoIterator<Item = &'p Problem>,
        mapping: &Mapping,
    ) {
        let fixable = problems.into_iter().filter(|problem| problem.fix.is_some());
        let left = fixable.map(|problem| (problem.clone(), mapping.clone()));
        self.left.extend(left);
    }

    /// Says what was mended, and what was not.
    pub(crate) fn say(&self, console: &mut Console<'_>) {
        for (problem, former) in &self.applied {
            say_fix(("Applied", "Aplicada"), problem, former, console);
        }
        for (problem, mapping) in &self.left {
            let left = (
                "Left, since it is only likely",
                "Sin aplicar, porque solo es probable",
            );
            say_fix(left, problem, mapping, console);
        }
        if self.applied.is_empty() {
            console.say(words::or(
                console.manner.language,
                "Nothing was mended: no problem has a certain fix",
                "No se corrigió nada: ningún problema tiene una corrección segura",
            ));
        }
    }
}

/// `what` became of it: in English, in Spanish.
fn say_fix(what: (&str, &str), problem: &Problem, mapping: &Mapping, console: &mut Console<'_>) {
    let language = console.manner.language;
    let Some(Fix { edit, .. }) = &problem.fix else {
        return;
    };
    console.say(format_args!(
        "{}: {} {}, {}: {}",
        words::or(language, what.0, what.1),
        problem.code.id(),
        problem.code.name(),
        problem.place.words(language),
        words::edit(edit, mapping),
    ));
}
