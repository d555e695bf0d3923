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
        let file_name = members
            .take("file_name")
            .and_then(|(node, path)| self.file_name(node, &path));
        let filter = members
            .take("where")
            .and_then(|(node, path)| self.filter(node, &path));
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
        let nested_names = self.word(&mut members, "nested_names", NestedNames::NAMES);
        let max_names = members
            .take("max_names")
            .and_then(|(node, path)| self.max_names(node, &path));
        self.finish(members);
        Some(Mapping {
            format,
            file_name,
            filter,
            unknown_users: unknown_users.unwrap_or_default(),
            columns,
            other_columns: other_columns.unwrap_or_default(),
            empty: empty.unwrap_or_default(),
            nested_names: nested_names.unwrap_or_default(),
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
        #[derive(Clone, Copy, PartialEq)]
        enum Word {
            Audience,
            Attributes,
            Events,
        }
        const WORDS: &[(&str, Word)] = &[
            ("audience", Word::Audience),
            ("attributes", Word::Attributes),
            ("events", Word::Events),
        ];
        let word = match members.take("rows") {
            Some((node, path)) => self.one_of(node, &path, WORDS),
            None => {
                self.missing(members, "rows");
                None
            }
        };
        let audience = members.take("audience");
        let event = members.take("event");
        let word = word?;
        if word != Word::Audience {
            self.out_of_place(
                audience.as_ref(),
                "\"audience\" only where rows are audience",
            );
        }
        if word != Word::Events {
            self.out_of_place(event.as_ref(), "\"event\" only where rows are events");
        }
        match (word, audience, event) {
            (Word::Audience, Some((node, path)), _) => {
                self.audience(node, &path).map(Rows::Audience)
            }
            (Word::Audience, None, _) => {
                self.missing(members, "audience");
                None
            }
            (Word::Attributes, ..) => Some(Rows::Attributes),
            (Word::Events, _, Some((node, path))) => self.event(node, &path).map(Rows::Events),
            (Word::Events, _, None) => {
                self.missing(members, "event");
                None
            }
        }
    }

    /// Reports a member, if it is there, that says nothing where it stands.
    fn out_of_place(&mut self, member: Option<&(&Node<'s>, String)>, expected: &str) {
        if let Some((node, path)) = member {
            let key = path.rsplit('.').next().unwrap_or(path);
            let (found, expected) = (Some(quote(key)), Some(expected.to_owned()));
            self.report(Code::UnknownKey, node, path, found, expected);
        }
    }

    fn file_name(&mut self, node: &Node<'s>, path: &str) -> Option<FileName> {
        let text = self.text(node, path)?;
        match FileName::parse(&text) {
            Ok(file_name) => Some(file_name),
            Err(expected) => {
                let (found, expected) = (Some(quote(&text)), Some(expected.to_owned()));
                self.report(Code::UnknownValue, node, path, found, expected);
                None
            }
        }
    }

    fn filter(&mut self, node: &Node<'s>, path: &str) -> Option<Filter> {
        let mut members = self.object(node, path)?;
        let column = self.required_column(&mut members, "column");
        let words = match members.take("in") {
            Some((node, path)) => Some(self.items(node, &path, Self::text)),
            None => {
                self.missing(&members, "in");
                None
            }
        };
        self.finish(members);
        Some(Filter {
            column: column?,
            words: words?,
        })
    }

    /// Each row is compared with all names: more of them than this are a wrong column, too. With none of
    /// them every row would be rejected.
    fn max_names(&mut self, node: &Node<'s>, path: &str) -> Option<u32> {
        const MOST: u32 = 1000;
        let count = self.count(node, path)?;
        let expected = match count {
            0 => Some("at least 1".to_owned()),
            1..=MOST => return Some(count),
            _ => Some(format!("at most {MOST}")),
        };
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

    fn event(&mut self, node: &Node<'s>, path: &str) -> Option<EventRule> {
        let mut members = self.object(node, path)?;
        let name = self.required_source(&mut members, "name");
        let time = match members.take("time") {
            Some((node, path)) => self.time(node, &path),
            None => {
                self.missing(&members, "time");
                None
            }
        };
        let app_id = members
            .take("app_id")
            .and_then(|(node, path)| self.source(node, &path));
        self.finish(members);
        Some(EventRule {
            name: name?,
            time: time?,
            app_id,
        })
    }

    fn time(&mut self, node: &Node<'s>, path: &str) -> Option<TimeRule> {
        let mut members = self.object(node, path)?;
        let column = self.required_column(&mut members, "column");
        let format = self.text_of(&mut members, "format");
        let zone = self.text_of(&mut members, "zone");
        self.finish(members);
        Some(TimeRule {
            column: column?,
            format,
            zone,
        })
    }

    fn text_of(&mut self, members: &mut Members<'_, 's>, key: &'static str) -> Option<String> {
        let (node, path) = members.take(key)?;
        self.text(node, &path)
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
        let label = if kind == Some(IdentifierKind::UserAlias) {
            let label = self.required_source(&mut members, "label");
            Some(label?)
        } else {
            let label = members.take("label");
            self.out_of_place(label.as_ref(), "\"label\" only of a user_alias");
            None
        };
        self.finish(members);
        Some(IdentifierRule {
            column: column?,
            kind: kind?,
            label,
        })
    }

    fn column_rule(&mut self, node: &Node<'s>, path: &str) -> Option<ColumnRule> {
        let mut members = self.object(node, path)?;
        let column = self.column_of_members(&mut members);
        let skip = members
            .take("skip")
            .and_then(|(node, path)| self.bool(node, &path));
        let attribute = Attribute {
            name: self.text_of(&mut members, "as"),
            kind: self.word(&mut members, "type", Kind::NAMES),
            on_bad_value: self
                .word(&mut members, "on_bad_value", BadValue::NAMES)
                .unwrap_or_default(),
            empty: self.word(&mut members, "empty", Empty::NAMES),
            ..self.written(&mut members)
        };
        self.finish(members);
        let to_use = if skip == Some(true) {
            Use::Skip
        } else {
            Use::Attribute(attribute)
        };
        Some(ColumnRule {
            column: column?,
            to_use,
        })
    }

    /// How a column's cells are written; which of it fits its type is seen when it is compiled.
    fn written(&mut self, members: &mut Members<'_, 's>) -> Attribute {
        let separator = members.take("separator").and_then(|(node, path)| {
            let text = self.text(node, &path)?;
            if text.is_empty() {
                let (found, expected) = ("an empty text", "at least one character");
                let (found, expected) = (Some(found.to_owned()), Some(expected.to_owned()));
                self.report(Code::UnknownValue, node, &path, found, expected);
            }
            Some(text)
        });
        Attribute {
            format: self.text_of(members, "format"),
            zone: self.text_of(members, "zone"),
            separator,
            ..Attribute::default()
        }
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
        self.source(node, &path)
    }

    fn source(&mut self, node: &Node<'s>, path: &str) -> Option<Source> {
        let mut members = self.object(node, path)?;
        let sources = ["column", "value", "file_part"].map(|key| (key, members.take(key)));
        self.finish(members);
        let mut given = sources
            .into_iter()
            .filter_map(|(key, member)| Some((key, member?)));
        match (given.next(), given.next()) {
            (Some(("column", (node, path))), None) => {
                self.column_ref(node, &path).map(Source::Column)
            }
            (Some(("value", (node, path))), None) => self.text(node, &path).map(Source::Value),
            (Some((_, (node, path))), None) => self.text(node, &path).map(Source::FilePart),
            _ => {
                let expected = "one of \"column\", \"value\" or \"file_part\"".to_owned();
                self.report(Code::UnknownValue, node, path, None, Some(expected));
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
  "file_name": "{audience}-{}.csv",
  "where": {
    "column": "audience_id",
    "in": [
      "12"
    ]
  },
  "identifiers": [
    {
      "column": "customer_id",
      "as": "external_id"
    },
    {
      "column": "crm",
      "as": "user_alias",
      "label": {
        "file_part": "audience"
      }
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
      "header": "seen",
      "type": "time",
      "format": "dd.MM.yyyy HH:mm",
      "zone": "Europe/Berlin"
    },
    {
      "header": "tags",
      "type": "list",
      "separator": "|"
    },
    {
      "index": 7,
      "skip": true
    }
  ],
  "other_columns": "skip",
  "empty": "blank",
  "nested_names": "merge",
  "max_names": 3
}"#;

    #[test]
    fn a_full_mapping_is_read_and_written_unchanged() {
        assert_eq!(Mapping::parse(FULL).unwrap().to_json(), FULL);
        assert_eq!(schema::refusals(FULL), [""; 0]);
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
                "\"text\" or \"number\" or \"integer\" or \"boolean\" or \"date\" or \"time\" or \"list\" or \"json\"",
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
                "one of version, rows, audience, event, file_name, where, format, identifiers, unknown_users, columns, other_columns, empty, nested_names, max_names",
            ),
        ];
        let expected = expected.map(|(code, path, text)| (code, path.to_owned(), text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn no_name_at_all_is_too_few() {
        let with = |most: &str| {
            format!(
                r#"{{"version": 1, "rows": "attributes", "max_names": {most},
                    "identifiers": [{{"column": "id", "as": "braze_id"}}]}}"#
            )
        };
        let wanted = (
            "unknown-value",
            "max_names".to_owned(),
            "at least 1".to_owned(),
        );
        assert_eq!(problems(&with("0")), [wanted]);
        let problem = Mapping::parse(&with("0")).unwrap_err().remove(0);
        let message = problem.message(crate::Language::Spanish);
        assert!(message.contains("al menos 1"), "{message}");
        Mapping::parse(&with("1")).unwrap();
    }

    #[test]
    fn events_have_a_name_and_a_time() {
        let text = r#"{"version": 1, "rows": "events", "identifiers": [{"column": "id", "as": "braze_id"}],
            "event": {"name": {"value": "bought"}, "time": {"column": "at", "zone": "UTC"}, "app_id": {"column": "app"}}}"#;
        let mapping = Mapping::parse(text).unwrap();
        let Rows::Events(rule) = &mapping.rows else {
            panic!("{:?}", mapping.rows)
        };
        assert_eq!(rule.time.zone.as_deref(), Some("UTC"));
        assert_eq!(Mapping::parse(&mapping.to_json()).unwrap(), mapping);
        let found = problems(
            &text
                .replace("\"time\"", "\"tim\"")
                .replace("events", "audience"),
        );
        let codes: Vec<_> = found
            .iter()
            .map(|(code, path, _)| (*code, &**path))
            .collect();
        assert_eq!(
            codes,
            [("unknown-key", "event"), ("missing-key", "audience")]
        );
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
