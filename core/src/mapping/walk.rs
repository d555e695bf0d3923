//! Walking a mapping's JSON: members taken one by one, everything else reported with its place.

use crate::diag::{Code, Place, Problem, quote};
use crate::wire::json::{Node, Value, line_and_column};

/// Problems that are told of one mapping, at most.
const MOST_PROBLEMS: usize = 100;

pub(super) struct Walk<'s> {
    source: &'s str,
    pub(super) problems: Vec<Problem>,
}

/// The members of one object, taken one by one; what is left over is unknown.
pub(super) struct Members<'n, 's> {
    pub(super) node: &'n Node<'s>,
    path: String,
    known: Vec<&'static str>,
    left: Vec<(&'n str, &'n Node<'s>)>,
}

impl<'n, 's> Members<'n, 's> {
    pub(super) fn take(&mut self, key: &'static str) -> Option<(&'n Node<'s>, String)> {
        self.known.push(key);
        let place = self.left.iter().position(|(name, _)| *name == key)?;
        let (_, node) = self.left.remove(place);
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        Some((node, path))
    }
}

impl<'s> Walk<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            problems: Vec::new(),
        }
    }

    pub(super) fn object<'n>(&mut self, node: &'n Node<'s>, path: &str) -> Option<Members<'n, 's>> {
        let Value::Object(members) = &node.value else {
            self.wrong_type(node, path, "an object");
            return None;
        };
        let mut left: Vec<(&str, &Node<'s>)> = Vec::new();
        for (key, node) in members {
            if left.iter().any(|(name, _)| name == key) {
                let found = Some(format!("{} a second time", quote(key)));
                self.report(
                    Code::UnknownKey,
                    node,
                    &join(path, key),
                    found,
                    Some("each key once".to_owned()),
                );
            } else {
                left.push((key, node));
            }
        }
        Some(Members {
            node,
            path: path.to_owned(),
            known: Vec::new(),
            left,
        })
    }

    /// What nobody took is unknown.
    pub(super) fn finish(&mut self, members: Members<'_, 's>) {
        for (key, node) in &members.left {
            let expected = match nearest(key, &members.known) {
                Some(near) => format!("\"{near}\""),
                None => format!("one of {}", members.known.join(", ")),
            };
            let found = Some(quote(key));
            self.report(
                Code::UnknownKey,
                node,
                &join(&members.path, key),
                found,
                Some(expected),
            );
        }
    }

    pub(super) fn list<T>(
        &mut self,
        members: &mut Members<'_, 's>,
        key: &'static str,
        read: impl FnMut(&mut Self, &Node<'s>, &str) -> Option<T>,
    ) -> Vec<T> {
        match members.take(key) {
            Some((node, path)) => self.items(node, &path, read),
            None => Vec::new(),
        }
    }

    pub(super) fn items<T>(
        &mut self,
        node: &Node<'s>,
        path: &str,
        mut read: impl FnMut(&mut Self, &Node<'s>, &str) -> Option<T>,
    ) -> Vec<T> {
        let Value::Array(items) = &node.value else {
            self.wrong_type(node, path, "an array");
            return Vec::new();
        };
        let items = items.iter().enumerate();
        items
            .filter_map(|(item_idx, node)| read(self, node, &format!("{path}[{item_idx}]")))
            .collect()
    }

    pub(super) fn word<T: Copy>(
        &mut self,
        members: &mut Members<'_, 's>,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let (node, path) = members.take(key)?;
        self.one_of(node, &path, words)
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        node: &Node<'s>,
        path: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let names: Vec<_> = words
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        let expected = names.join(" or ");
        let Value::Text(text) = &node.value else {
            self.wrong_type(node, path, &expected);
            return None;
        };
        let found = words.iter().find(|(word, _)| word == text);
        if found.is_none() {
            self.report(
                Code::UnknownValue,
                node,
                path,
                Some(quote(text)),
                Some(expected),
            );
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn text(&mut self, node: &Node<'s>, path: &str) -> Option<String> {
        if let Value::Text(text) = &node.value {
            return Some(text.clone());
        }
        self.wrong_type(node, path, "a text");
        None
    }

    pub(super) fn bool(&mut self, node: &Node<'s>, path: &str) -> Option<bool> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        self.wrong_type(node, path, "true or false");
        None
    }

    pub(super) fn count(&mut self, node: &Node<'s>, path: &str) -> Option<u32> {
        if let Value::Number(digits) = node.value
            && let Ok(count) = digits.parse()
        {
            return Some(count);
        }
        self.wrong_type(node, path, "a whole number");
        None
    }

    pub(super) fn wrong_type(&mut self, node: &Node<'s>, path: &str, expected: &str) {
        self.report(
            Code::WrongType,
            node,
            path,
            Some(node.value.kind().to_owned()),
            Some(expected.to_owned()),
        );
    }

    pub(super) fn missing(&mut self, members: &Members<'_, 's>, key: &str) {
        let expected = Some(format!("\"{key}\""));
        self.report(
            Code::MissingKey,
            members.node,
            &join(&members.path, key),
            None,
            expected,
        );
    }

    pub(super) fn report(
        &mut self,
        code: Code,
        node: &Node<'s>,
        path: &str,
        found: Option<String>,
        expected: Option<String>,
    ) {
        // Whatever is wrong a hundred times is wrong in the same way.
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let (line, column) = line_and_column(self.source, node.start);
        let place = Place::Mapping {
            path: path.to_owned(),
            line,
            column,
        };
        self.problems.push(Problem {
            code,
            place,
            found,
            expected,
            fix: None,
        });
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// The known word that is at most two edits (and less than half the word) away.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let distances = known.iter().map(|other| (edits(word, other), *other));
    let near = distances.filter(|(n_edits, other)| *n_edits <= 2 && n_edits * 2 < other.len());
    near.min().map(|(_, other)| other)
}

/// Insertions, deletions and replacements between two words.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, char_a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, char_b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(char_a != *char_b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
