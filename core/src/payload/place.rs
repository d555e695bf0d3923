//! Places in a text as people name them: path, line and column. Worked out for all problems in one pass
//! over the text, after they are found.

use std::fmt::Write as _;

use crate::check::nested::MOST_LEVELS;
use crate::wire::cursor::{Broken, Cursor, Text, Token};

/// Line and column of each of the ascending places, both from 1; columns count characters.
pub(super) fn lines(source: &str, places: &[usize]) -> Vec<(u64, u64)> {
    let (mut from, mut line, mut column) = (0, 1, 1);
    let next = |place: &usize| {
        let passed = source.get(from..*place).unwrap_or_default();
        line += passed.matches('\n').count() as u64;
        match passed.rfind('\n') {
            Some(newline) => column = passed[newline + 1..].chars().count() as u64 + 1,
            None => column += passed.chars().count() as u64,
        }
        from = *place;
        (line, column)
    };
    places.iter().map(next).collect()
}

/// The path of each of the ascending places: `attributes[3].pets[0].name`. A place where no key and no
/// value starts has the path of what was read before it.
pub(super) fn paths(source: &str, places: &[usize]) -> Vec<String> {
    let mut guide = Guide {
        cursor: Cursor::new(source),
        places,
        open: Vec::new(),
        paths: Vec::with_capacity(places.len()),
    };
    // A text that breaks off has no paths behind the break but the one where it broke.
    let _ = guide.walk();
    while guide.paths.len() < places.len() {
        guide.paths.push(guide.path());
    }
    guide.paths
}

/// A walk over a text that hands out paths on its way.
struct Guide<'g, 's> {
    cursor: Cursor<'s>,
    places: &'g [usize],
    open: Vec<Open<'s>>,
    paths: Vec<String>,
}

/// An array or object that is open, and where in it the walk is.
enum Open<'s> {
    Array(Option<usize>),
    Object(Option<Text<'s>>),
}

impl<'s> Guide<'_, 's> {
    fn walk(&mut self) -> Result<(), Broken> {
        // Problems lie in nested values of so many levels at most, below the few that lead to them.
        const DEEPEST: usize = MOST_LEVELS + 16;
        while self.paths.len() < self.places.len() {
            let mut ahead = self.cursor;
            let start = ahead.value()?;
            self.name(start.at);
            self.cursor = ahead;
            match start.token {
                Token::Array if self.open.len() < DEEPEST => self.open.push(Open::Array(None)),
                Token::Object if self.open.len() < DEEPEST => self.open.push(Open::Object(None)),
                token => self.cursor.skip(token)?,
            }
            if !self.go_on()? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Moves to the next value. `false`: there is none.
    fn go_on(&mut self) -> Result<bool, Broken> {
        loop {
            let next = match self.open.last_mut() {
                None => return Ok(false),
                Some(Open::Array(item_idx)) => {
                    let is_first = item_idx.is_none();
                    let has_item = self.cursor.next_item(is_first)?;
                    *item_idx = Some(item_idx.map_or(0, |item_idx| item_idx + 1));
                    has_item
                }
                Some(Open::Object(member)) => match self.cursor.next_key(member.is_none())? {
                    Some((at, key)) => {
                        *member = Some(key);
                        self.name(at);
                        true
                    }
                    None => false,
                },
            };
            if next {
                return Ok(true);
            }
            self.open.pop();
        }
    }

    /// Gives their path to all places up to this one.
    fn name(&mut self, at: usize) {
        while self
            .places
            .get(self.paths.len())
            .is_some_and(|place| *place <= at)
        {
            self.paths.push(self.path());
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            match open {
                Open::Array(None) | Open::Object(None) => {}
                Open::Array(Some(item_idx)) => {
                    // OK because writing to a text never fails.
                    let _ = write!(path, "[{item_idx}]");
                }
                Open::Object(Some(key)) => push_key(&mut path, *key),
            }
        }
        path
    }
}

/// `.name`, or `["a.b"]` where the key has more than letters, digits, `_`, `-` and `$`. Long keys are cut.
fn push_key(path: &mut String, key: Text<'_>) {
    const LONGEST: usize = 60;
    let mut shown: String = key.chars().take(LONGEST).collect();
    if key.is_longer_than(LONGEST) {
        shown.push('…');
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '…');
    if shown.is_empty() || !shown.chars().all(is_plain) {
        let _ = write!(path, "[{shown:?}]");
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_paths_lines_and_columns() {
        let source = "{\"é\": [1,\n {\"a.b\": 2, \"c\" : [3]}]\n, \"\": 4}";
        let places: Vec<usize> = ["{\"é", "\"é", "[1", "1", "{\"a", "2", "\"c", "3", "4"]
            .iter()
            .map(|word| source.find(word).unwrap())
            .collect();
        let expected = [
            ("", (1, 1)),
            ("é", (1, 2)),
            ("é", (1, 7)),
            ("é[0]", (1, 8)),
            ("é[1]", (2, 2)),
            ("é[1][\"a.b\"]", (2, 10)),
            ("é[1].c", (2, 13)),
            ("é[1].c[0]", (2, 20)),
            ("[\"\"]", (3, 7)),
        ];
        let found = paths(source, &places)
            .into_iter()
            .zip(lines(source, &places));
        let expected = expected.map(|(path, place)| (path.to_owned(), place));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
