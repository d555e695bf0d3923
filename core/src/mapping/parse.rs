//! A mapping from its JSON, by a walk of our own: every error is reported at once, each with its place,
//! and an unknown key names the nearest known one.

use super::walk::{Members, Walk};
use super::*;
use crate::diag::{Code, Place, Problem, quote};
use crate::read::{Dialect, Escape};
use crate::wire::json::{Node, Value};

impl Mapping {
    /// Reads a mapping. `Err`: every reason why not (the first hundred), in the text's order; never empty.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
        let root = Node::parse(source).map_err(|error| vec![not_json(source, &error)])?;
        let mut walk = Walk::new(source);
        let mapping = walk.mapping(&root);
        match mapping {
            Some(mapping) if walk.problems.is_empty() => Ok(mapping),
            _ => {
                debug_assert!(!walk.problems.is_empty(), "what is missing was reported");
                Err(walk.problems)
            }
        }
    }
}

fn not_json(source: &str, error: &serde_json::Error) -> Problem {
    let words = error.to_string();
    // serde_json says what it missed ("expected value") or met ("trailing comma").
    let said = words.split(" at line ").next().unwrap_or(&words).to_owned();
    let (found, expected) = match said.strip_prefix("expected ") {
        Some(expected) => (None, Some(expected.to_owned())),
        None => (Some(said), None),
    };
    let lines = source.lines().count().max(1) as u64;
    let line = (error.line() as u64).clamp(1, lines);
    let place = Place::Mapping {
        path: String::new(),
        line,
        column: error.column().max(1) as u64,
    };
    Problem {
        code: Code::MappingNotJson,
        place,
        found,
        expected,
        fix: None,
    }
}

impl<'s> Walk<'s> {
    fn mapping(&mut self, root: &Node<'s>) -> Option<Mapping> {
        let mut members = self.object(root, "")?;
        self.version(&mut members)?;
        let rows = self.rows(&mut members);
        let format = members
            .take("format")
            .and_then(|(node, path)| self.format(node, &path));
        let identifiers = self.identifiers(&mut members);
        let unknown_users = self.word(
            &mut members,
            "unknown_users",
            &[
                ("create", UnknownUsers::Create),
                ("skip", UnknownUsers::Skip),
            ],
        );
        let columns = self.list(&mut members, "columns", Self::column_rule);
        let other_columns = self.word(&mut members, "other_columns", OtherColumns::NAMES);
        let empty = self.word(&mut members, "empty", Empty::NAMES);
        let max_names = members
            .take("max_names")
            .and_then(|(node, path)| self.max_names(node, &path));
        self.finish(members);
        Some(Mapping {
            format,
            unknown_users: unknown_users.unwrap_or_default(),
            columns,
            other_columns: other_columns.unwrap_or_default(),
            empty: empty.unwrap_or_default(),
            max_names: max_names.unwrap_or(50),
            ..Mapping::new(rows?, identifiers)
        })
    }

    /// Another version may mean something else by every word: nothing more is read then.
    fn version(&mut self, members: &mut Members<'_, 's>) -> Option<()> {
        let Some((node, path)) = members.take("version") else {
            self.missing(members, "version");
            return Some(());
        };
        match node.value {
            Value::Number("1") => Some(()),
            Value::Number(other) => {
                self.report(
                    Code::UnsupportedVersion,
                    node,
                    &path,
                    Some(other.to_owned()),
                    None,
                );
                None
            }
            _ => {
                self.wrong_type(node, &path, "the number 1");
                Some(())
            }
        }
    }

    fn rows(&mut self, members: &mut Members<'_, 's>) -> Option<Rows> {
        let is_audience = match members.take("rows") {
            Some((node, path)) => {
                self.one_of(node, &path, &[("audience", true), ("attributes", false)])
            }
            None => {
                self.missing(members, "rows");
                None
            }
        };
        match (is_audience?, members.take("audience")) {
            (true, Some((node, path))) => self.audience(node, &path).map(Rows::Audience),
            (true, None) => {
                self.missing(members, "audience");
                None
            }
            (false, None) => Some(Rows::Attributes),
            (false, Some((node, path))) => {
                let expected = "no \"audience\" where rows are attributes".to_owned();
                self.report(
                    Code::UnknownKey,
                    node,
                    &path,
                    Some("\"audience\"".to_owned()),
                    Some(expected),
                );
                None
            }
        }
    }

    /// Each row is compared with all names: more of them than this are a wrong column, too.
    fn max_names(&mut self, node: &Node<'s>, path: &str) -> Option<u32> {
        const MOST: u32 = 1000;
        let count = self.count(node, path)?;
        if count <= MOST {
            return Some(count);
        }
        let expected = Some(format!("at most {MOST}"));
        self.report(
            Code::UnknownValue,
            node,
            path,
            Some(count.to_string()),
            expected,
        );
        None
    }

    fn audience(&mut self, node: &Node<'s>, path: &str) -> Option<AudienceRule> {
        let mut members = self.object(node, path)?;
        let id = self.required_source(&mut members, "id");
        let split = self.required_source(&mut members, "split");
        let name = members
            .take("name")
            .and_then(|(node, path)| self.audience_name(node, &path));
        let member = members
            .take("member")
            .and_then(|(node, path)| self.member(node, &path));
        let leaver = members
            .take("leaver")
            .and_then(|(node, path)| match node.value {
                Value::Bool(false) => Some(Leaver::False),
                Value::Null => Some(Leaver::Null),
                _ => {
                    self.wrong_type(node, &path, "false or null");
                    None
                }
            });
        self.finish(members);
        Some(AudienceRule {
            id: id?,
            split: split?,
            name: name.unwrap_or_else(|| AudienceRule::NAME.to_owned()),
            member,
            leaver: leaver.unwrap_or_default(),
        })
    }

    fn audience_name(&mut self, node: &Node<'s>, path: &str) -> Option<String> {
        let name = self.text(node, path)?;
        if name.contains("{audience_id}") && name.contains("{split_id}") {
            return Some(name);
        }
        let expected = "a name with {audience_id} and {split_id} in it".to_owned();
        self.report(
            Code::UnknownValue,
            node,
            path,
            Some(quote(&name)),
            Some(expected),
        );
        None
    }

    fn member(&mut self, node: &Node<'s>, path: &str) -> Option<MemberRule> {
        let mut members = self.object(node, path)?;
        let column = self.required_column(&mut members, "column");
        let words = ["true", "false"].map(|key| match members.take(key) {
            Some((node, path)) => self.items(node, &path, Self::text),
            None => {
                self.missing(&members, key);
                Vec::new()
            }
        });
        self.finish(members);
        let [members, leavers] = words;
        if let Some(word) = members.iter().find(|word| leavers.contains(word)) {
            let expected = "words that are either of members or of leavers".to_owned();
            self.report(
                Code::UnknownValue,
                node,
                path,
                Some(quote(word)),
                Some(expected),
            );
        }
        Some(MemberRule {
            column: column?,
            members,
            leavers,
        })
    }

    fn format(&mut self, node: &Node<'s>, path: &str) -> Option<Format> {
        let mut members = self.object(node, path)?;
        let kinds = [("delimited", false), ("json", true)];
        if self.word(&mut members, "kind", &kinds) == Some(true) {
            self.finish(members);
            return Some(Format::Json);
        }
        let delimiter = members
            .take("delimiter")
            .and_then(|(node, path)| self.delimiter(node, &path));
        let escapes = [("double", Escape::Double), ("backslash", Escape::Backslash)];
        let escape = self.word(&mut members, "escape", &escapes);
        let header = members
            .take("header")
            .and_then(|(node, path)| self.bool(node, &path));
        self.finish(members);
        let default = Dialect::default();
        Some(Format::Delimited(Dialect {
            delimiter: delimiter.unwrap_or(default.delimiter),
            escape: escape.unwrap_or(default.escape),
            header: header.unwrap_or(default.header),
        }))
    }

    fn delimiter(&mut self, node: &Node<'s>, path: &str) -> Option<u8> {
        let text = self.text(node, path)?;
        match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0 | b'\\') => {
                Some(*byte)
            }
            _ => {
                let expected =
                    "one ASCII character that is no quote, backslash or line end".to_owned();
                self.report(
                    Code::UnknownValue,
                    node,
                    path,
                    Some(quote(&text)),
                    Some(expected),
                );
                None
            }
        }
    }

    fn identifiers(&mut self, members: &mut Members<'_, 's>) -> Vec<IdentifierRule> {
        let Some((node, path)) = members.take("identifiers") else {
            self.missing(members, "identifiers");
            return Vec::new();
        };
        let n_problems = self.problems.len();
        let rules = self.items(node, &path, Self::identifier);
        if rules.is_empty() && self.problems.len() == n_problems {
            let expected = Some("at least one identifier column".to_owned());
            self.report(
                Code::UnknownValue,
                node,
                &path,
                Some("an empty list".to_owned()),
                expected,
            );
        }
        rules
    }

    fn identifier(&mut self, node: &Node<'s>, path: &str) -> Option<IdentifierRule> {
        let mut members = self.object(node, path)?;
        let column = self.required_column(&mut members, "column");
        let kind = match members.take("as") {
            Some((node, path)) => self.one_of(node, &path, IdentifierKind::NAMES),
            None => {
                self.missing(&members, "as");
                None
            }
        };
        self.finish(members);
        Some(IdentifierRule {
            column: column?,
            kind: kind?,
        })
    }

    fn column_rule(&mut self, node: &Node<'s>, path: &str) -> Option<ColumnRule> {
        let mut members = self.object(node, path)?;
        let column = self.column_of_members(&mut members);
        let skip = members
            .take("skip")
            .and_then(|(node, path)| self.bool(node, &path));
        let name = members
            .take("as")
            .and_then(|(node, path)| self.text(node, &path));
        let kind = self.word(&mut members, "type", Kind::NAMES);
        let on_bad_value = self.word(&mut members, "on_bad_value", BadValue::NAMES);
        let empty = self.word(&mut members, "empty", Empty::NAMES);
        self.finish(members);
        let to_use = if skip == Some(true) {
            Use::Skip
        } else {
            let (kind, on_bad_value) = (kind.unwrap_or_default(), on_bad_value.unwrap_or_default());
            Use::Attribute {
                name,
                kind,
                on_bad_value,
                empty,
            }
        };
        Some(ColumnRule {
            column: column?,
            to_use,
        })
    }

    fn required_source(
        &mut self,
        members: &mut Members<'_, 's>,
        key: &'static str,
    ) -> Option<Source> {
        let Some((node, path)) = members.take(key) else {
            self.missing(members, key);
            return None;
        };
        let mut members = self.object(node, &path)?;
        let (column, value) = (members.take("column"), members.take("value"));
        self.finish(members);
        match (column, value) {
            (Some((node, path)), None) => self.column_ref(node, &path).map(Source::Column),
            (None, Some((node, path))) => self.text(node, &path).map(Source::Value),
            _ => {
                let expected = "either \"column\" or \"value\"".to_owned();
                self.report(Code::UnknownValue, node, &path, None, Some(expected));
                None
            }
        }
    }

    fn required_column(
        &mut self,
        members: &mut Members<'_, 's>,
        key: &'static str,
    ) -> Option<ColumnRef> {
        match members.take(key) {
            Some((node, path)) => self.column_ref(node, &path),
            None => {
                self.missing(members, key);
                None
            }
        }
    }

    /// A header as a text, or an object with `header` and `occurrence`, or with `index`.
    fn column_ref(&mut self, node: &Node<'s>, path: &str) -> Option<ColumnRef> {
        if let Value::Text(name) = &node.value {
            return Some(ColumnRef::header(name));
        }
        if !matches!(node.value, Value::Object(_)) {
            self.wrong_type(
                node,
                path,
                "a header, or an object with \"header\" or \"index\"",
            );
            return None;
        }
        let mut members = self.object(node, path)?;
        let column = self.column_of_members(&mut members);
        self.finish(members);
        column
    }

    fn column_of_members(&mut self, members: &mut Members<'_, 's>) -> Option<ColumnRef> {
        let header = members.take("header");
        let occurrence = members
            .take("occurrence")
            .and_then(|(node, path)| self.count(node, &path));
        let index = members.take("index");
        match (header, index) {
            (Some((node, path)), None) => {
                let name = self.text(node, &path)?;
                Some(ColumnRef::Header { name, occurrence })
            }
            (None, Some((node, path))) => self.count(node, &path).map(ColumnRef::Index),
            (None, None) => {
                self.missing(members, "header");
                None
            }
            (Some(_), Some((node, path))) => {
                let expected = "\"header\" or \"index\", not both".to_owned();
                self.report(
                    Code::UnknownKey,
                    node,
                    &path,
                    Some("\"index\"".to_owned()),
                    Some(expected),
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"{
  "version": 1,
  "rows": "audience",
  "format": {
    "delimiter": ";",
    "escape": "backslash",
    "header": true
  },
  "identifiers": [
    {
      "column": "customer_id",
      "as": "external_id"
    },
    {
      "column": {
        "header": "id",
        "occurrence": 2
      },
      "as": "braze_id"
    }
  ],
  "unknown_users": "skip",
  "audience": {
    "id": {
      "column": "audience_id"
    },
    "split": {
      "value": "4"
    },
    "name": "A-{audience_id}-{split_id}",
    "member": {
      "column": "status",
      "true": [
        "entered"
      ],
      "false": [
        "exited"
      ]
    },
    "leaver": null
  },
  "columns": [
    {
      "header": "ltv",
      "as": "value",
      "type": "number",
      "on_bad_value": "skip_cell",
      "empty": "null"
    },
    {
      "index": 7,
      "skip": true
    }
  ],
  "other_columns": "skip",
  "empty": "blank",
  "max_names": 3
}"#;

    #[test]
    fn a_full_mapping_is_read_and_written_unchanged() {
        assert_eq!(Mapping::parse(FULL).unwrap().to_json(), FULL);
    }

    /// Each line: what is wrong with the text, as (code, path, expected).
    fn problems(source: &str) -> Vec<(&'static str, String, String)> {
        let problems = Mapping::parse(source).unwrap_err();
        let told = problems.into_iter().map(|problem| match problem.place {
            Place::Mapping { path, .. } => (
                problem.code.name(),
                path,
                problem.expected.unwrap_or_default(),
            ),
            place => panic!("{place:?}"),
        });
        told.collect()
    }

    #[test]
    fn every_error_is_reported_at_once_with_the_nearest_key() {
        let found = problems(
            r#"{"version": 1, "rows": "attributes", "identifier": [], "empty": "nul",
                "columns": [{"header": 5}, {"as": "x"}, {"header": "a", "type": "float"}], "zebra": 1, "empty": "leave"}"#,
        );
        let expected = [
            ("unknown-key", "empty", "each key once"),
            ("missing-key", "identifiers", "\"identifiers\""),
            ("wrong-type", "columns[0].header", "a text"),
            ("missing-key", "columns[1].header", "\"header\""),
            (
                "unknown-value",
                "columns[2].type",
                "\"text\" or \"number\" or \"boolean\"",
            ),
            (
                "unknown-value",
                "empty",
                "\"leave\" or \"null\" or \"blank\"",
            ),
            ("unknown-key", "identifier", "\"identifiers\""),
            (
                "unknown-key",
                "zebra",
                "one of version, rows, audience, format, identifiers, unknown_users, columns, other_columns, empty, max_names",
            ),
        ];
        let expected = expected.map(|(code, path, text)| (code, path.to_owned(), text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn places_are_lines_and_columns() {
        let problems = Mapping::parse("{\n  \"version\": 2\n}").unwrap_err();
        assert_eq!(
            problems[0].place,
            Place::Mapping {
                path: "version".into(),
                line: 2,
                column: 14
            }
        );
        let problems = Mapping::parse("{\n  \"version\": 1,\n}").unwrap_err();
        assert_eq!(problems[0].code, Code::MappingNotJson);
        assert!(
            matches!(problems[0].place, Place::Mapping { line: 3, .. }),
            "{problems:?}"
        );
    }

    #[test]
    fn no_panic_on_any_prefix() {
        for end in 0..FULL.len() {
            Mapping::parse(&FULL[..end]).unwrap_err();
        }
    }
}
