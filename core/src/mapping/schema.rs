//! The mapping's format for editors and other tools: a JSON Schema.

/// The JSON Schema (draft 2020-12) of a mapping, with a title and a description of each key. What it takes
/// may still not fit an export: [`Mapping::compile`](super::Mapping::compile) says that.
pub const SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
pub(super) use tests::refusals;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::mapping::Mapping;
    use crate::wire::json::{Node, Value};

    /// Why the schema refuses a mapping: each reason with its place; none where it takes it.
    pub(in crate::mapping) fn refusals(mapping: &str) -> Vec<String> {
        let schema = Node::parse(SCHEMA).unwrap();
        let mapping = Node::parse(mapping).unwrap();
        let mut reasons = Vec::new();
        Validator { root: &schema }.check(&schema, &mapping, "", &mut reasons);
        reasons
    }

    /// Knows the words that [`SCHEMA`] uses, and fails at every other.
    struct Validator<'v> {
        root: &'v Node<'v>,
    }

    impl Validator<'_> {
        fn check(&self, schema: &Node<'_>, node: &Node<'_>, path: &str, reasons: &mut Vec<String>) {
            let Value::Object(words) = &schema.value else {
                if matches!(schema.value, Value::Bool(false)) {
                    reasons.push(format!("{path}: not allowed here"));
                }
                return;
            };
            for (word, operand) in words {
                if let Some(reason) = self.reason(words, word, operand, node, path, reasons) {
                    reasons.push(format!("{path}: {reason}"));
                }
            }
        }

        fn reason(
            &self,
            words: &[(String, Node<'_>)],
            word: &str,
            operand: &Node<'_>,
            node: &Node<'_>,
            path: &str,
            reasons: &mut Vec<String>,
        ) -> Option<String> {
            let refuse = |is_refused: bool, why: &str| is_refused.then(|| why.to_owned());
            match (word, &operand.value, &node.value) {
                ("$schema" | "$defs" | "title" | "description" | "default" | "examples", ..) => {
                    None
                }
                ("$ref", Value::Text(target), _) => {
                    let target = target.strip_prefix("#/").unwrap().split('/');
                    let found = target.fold(self.root, |node, key| member(node, key).unwrap());
                    self.check(found, node, path, reasons);
                    None
                }
                ("const", wanted, found) => refuse(!is_same(wanted, found), "another value"),
                ("enum", Value::Array(all), found) => {
                    let is_one = all.iter().any(|one| is_same(&one.value, found));
                    refuse(!is_one, "none of the values")
                }
                ("type", Value::Text(kind), found) => {
                    refuse(!is_of_type(kind, found), &format!("no {kind}"))
                }
                ("properties", Value::Object(known), Value::Object(members)) => {
                    for (key, value) in members {
                        if let Some((_, schema)) = known.iter().find(|(name, _)| name == key) {
                            self.check(schema, value, &format!("{path}/{key}"), reasons);
                        }
                    }
                    None
                }
                ("additionalProperties", Value::Bool(false), Value::Object(members)) => {
                    let properties = words.iter().find(|(name, _)| name == "properties");
                    let properties = &properties.unwrap().1;
                    let mut keys = members.iter().map(|(key, _)| key);
                    let unknown = keys.find(|key| member(properties, key).is_none());
                    unknown.map(|key| format!("unknown key {key}"))
                }
                ("required", Value::Array(keys), Value::Object(_)) => {
                    let missing = keys.iter().filter_map(|key| text(&key.value));
                    let missing = missing.filter(|key| member(node, key).is_none());
                    missing.map(|key| format!("lacks {key}")).next()
                }
                ("items", _, Value::Array(items)) => {
                    for (place, item) in items.iter().enumerate() {
                        self.check(operand, item, &format!("{path}/{place}"), reasons);
                    }
                    None
                }
                ("oneOf", Value::Array(all), _) => {
                    let fits = |schema: &&Node<'_>| {
                        let mut reasons = Vec::new();
                        self.check(schema, node, path, &mut reasons);
                        reasons.is_empty()
                    };
                    let n_fits = all.iter().filter(fits).count();
                    refuse(n_fits != 1, &format!("{n_fits} of the alternatives fit"))
                }
                ("minimum", limit, found @ Value::Number(_)) => {
                    refuse(number(found) < number(limit), "too small")
                }
                ("maximum", limit, found @ Value::Number(_)) => {
                    refuse(number(found) > number(limit), "too large")
                }
                ("minItems", limit, Value::Array(items)) => {
                    refuse((items.len() as i64) < number(limit), "too few")
                }
                ("minLength", limit, Value::Text(found)) => {
                    refuse((found.chars().count() as i64) < number(limit), "too short")
                }
                ("maxLength", limit, Value::Text(found)) => {
                    refuse((found.chars().count() as i64) > number(limit), "too long")
                }
                // These say nothing about values of other types.
                ("properties" | "additionalProperties" | "required" | "items", ..)
                | ("minimum" | "maximum" | "minItems" | "minLength" | "maxLength", ..) => None,
                _ => panic!("the validator does not know {word}"),
            }
        }
    }

    fn member<'n>(node: &'n Node<'n>, key: &str) -> Option<&'n Node<'n>> {
        let Value::Object(members) = &node.value else {
            return None;
        };
        let found = members.iter().find(|(name, _)| name == key);
        found.map(|(_, node)| node)
    }

    fn text<'n>(value: &'n Value<'_>) -> Option<&'n str> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(value: &Value<'_>) -> i64 {
        let Value::Number(digits) = value else {
            panic!("{value:?} is no number");
        };
        digits.parse().unwrap_or(i64::MAX)
    }

    fn is_of_type(kind: &str, value: &Value<'_>) -> bool {
        match (kind, value) {
            ("integer", Value::Number(digits)) => digits.parse::<i64>().is_ok(),
            ("string", Value::Text(_))
            | ("boolean", Value::Bool(_))
            | ("array", Value::Array(_))
            | ("object", Value::Object(_)) => true,
            _ => false,
        }
    }

    fn is_same(one: &Value<'_>, other: &Value<'_>) -> bool {
        match (one, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Number(one), Value::Number(other)) => one == other,
            (Value::Text(one), Value::Text(other)) => one == other,
            _ => false,
        }
    }

    /// The rest of a mapping of attributes.
    fn with(rest: &str) -> String {
        format!(
            r#"{{"version": 1, "rows": "attributes", "identifiers": [{{"column": "id", "as": "external_id"}}]{rest}}}"#
        )
    }

    #[test]
    fn example_mappings_are_taken() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/exports");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let mappings: Vec<_> = files
            .filter(|path| path.extension() == Some("json".as_ref()))
            .collect();
        assert!(!mappings.is_empty());
        for path in mappings {
            let mapping = std::fs::read_to_string(&path).unwrap();
            assert_eq!(refusals(&mapping), [""; 0], "{}", path.display());
        }
    }

    #[test]
    fn a_mapping_with_everything_is_taken() {
        let events = r#"{
            "version": 1, "rows": "events",
            "format": { "kind": "delimited", "delimiter": "|", "escape": "double", "header": true },
            "file_name": "events_{name}.csv",
            "where": { "column": { "header": "kind", "occurrence": 2 }, "in": ["purchase"] },
            "identifiers": [
                { "column": "alias", "as": "user_alias", "label": { "value": "crm" } },
                { "column": "mail", "as": "email" }, { "column": { "index": 3 }, "as": "phone" }
            ],
            "event": {
                "name": { "file_part": "name" },
                "time": { "column": "at", "format": "yyyy-MM-dd HH:mm", "zone": "UTC" },
                "app_id": { "column": "app" }
            },
            "columns": [
                { "header": "day", "type": "date", "format": "dd.MM.yyyy", "zone": "Europe/Madrid" },
                { "header": "tags", "type": "list", "separator": ";", "empty": "null" },
                { "index": 7, "type": "json", "as": "details", "on_bad_value": "skip_cell" },
                { "header": "n", "type": "integer", "skip": false }
            ],
            "nested_names": "merge"
        }"#;
        assert_eq!(refusals(events), [""; 0]);
    }

    #[test]
    fn what_the_schema_refuses_is_refused() {
        for (rest, reason) in [
            (r#", "zebra": 1"#, ": unknown key zebra"),
            (
                r#", "format": {"delimeter": ","}"#,
                "/format: unknown key delimeter",
            ),
            (
                r#", "format": {"delimiter": ",,"}"#,
                "/format/delimiter: too long",
            ),
            (
                r#", "columns": [{"header": "a", "typ": "text"}]"#,
                "/columns/0: unknown key typ",
            ),
            (
                r#", "columns": [{"header": "a", "type": "float"}]"#,
                "/columns/0/type: none of the values",
            ),
            (
                r#", "columns": [{"as": "a"}]"#,
                "/columns/0: 0 of the alternatives fit",
            ),
            (
                r#", "columns": [{"header": "a", "index": 1}]"#,
                "/columns/0: 0 of the alternatives fit",
            ),
            (r#", "columns": {}"#, "/columns: no array"),
            (r#", "max_names": 1001"#, "/max_names: too large"),
            (r#", "max_names": 0"#, "/max_names: too small"),
            (r#", "max_names": 1.5"#, "/max_names: no integer"),
            (
                r#", "unknown_users": true"#,
                "/unknown_users: none of the values",
            ),
            (
                r#", "audience": {"id": {"value": "1"}, "split": {"value": "2"}}"#,
                ": 0 of the alternatives fit",
            ),
        ] {
            let mapping = with(rest);
            assert!(
                refusals(&mapping).iter().any(|found| found == reason),
                "{rest}: {:?}",
                refusals(&mapping)
            );
            Mapping::parse(&mapping).unwrap_err();
        }
        // Of a draft it is no mistake yet; a plan refuses it.
        let no_words = with(r#", "where": {"column": "kind", "in": []}"#);
        assert_eq!(refusals(&no_words), ["/where/in: too few"]);
        for (mapping, reason) in [
            (
                r#"{"version": 2, "rows": "attributes", "identifiers": []}"#,
                "/version: another value",
            ),
            (
                r#"{"version": 1, "rows": "attributes", "identifiers": []}"#,
                "/identifiers: too few",
            ),
            (
                r#"{"version": 1, "rows": "audience", "identifiers": []}"#,
                ": 0 of the alternatives fit",
            ),
            (r#"{"rows": "attributes"}"#, ": lacks version"),
        ] {
            assert!(
                refusals(mapping).iter().any(|found| found == reason),
                "{:?}",
                refusals(mapping)
            );
            Mapping::parse(mapping).unwrap_err();
        }
        assert_eq!(refusals(&with("")), [""; 0]);
        Mapping::parse(&with("")).unwrap();
    }

    #[test]
    fn identifiers_and_sources_are_one_of_their_kinds() {
        for (identifier, is_fine) in [
            (r#"{"column": "a", "as": "user_alias"}"#, false),
            (
                r#"{"column": "a", "as": "user_alias", "label": {"file_part": "x"}}"#,
                true,
            ),
            (
                r#"{"column": "a", "as": "email", "label": {"value": "x"}}"#,
                false,
            ),
            (
                r#"{"column": "a", "as": "user_alias", "label": {"value": "x", "column": "y"}}"#,
                false,
            ),
            (r#"{"column": "a", "as": "user_alias", "label": {}}"#, false),
            (
                r#"{"column": {"index": 1, "occurrence": 1}, "as": "email"}"#,
                false,
            ),
        ] {
            let mapping =
                format!(r#"{{"version": 1, "rows": "attributes", "identifiers": [{identifier}]}}"#);
            assert_eq!(refusals(&mapping).is_empty(), is_fine, "{identifier}");
        }
    }

    /// An editor shows them: every key has a title and says what it is for.
    #[test]
    fn every_key_is_described() {
        fn look(node: &Node<'_>, root: &Node<'_>, path: &str) {
            let Value::Object(members) = &node.value else {
                return;
            };
            for (key, value) in members {
                if let ("properties", Value::Object(keys)) = (&**key, &value.value)
                    && member(node, "additionalProperties").is_some()
                {
                    for (key, schema) in keys {
                        let shared = member(schema, "$ref").and_then(|target| text(&target.value));
                        let shared = shared.and_then(|target| target.strip_prefix("#/$defs/"));
                        let shared = shared.and_then(|name| member(member(root, "$defs")?, name));
                        for word in ["title", "description"] {
                            let says = |node| member(node, word).is_some();
                            assert!(
                                says(schema) || shared.is_some_and(says),
                                "{path}/{key} has no {word}"
                            );
                        }
                    }
                }
                look(value, root, &format!("{path}/{key}"));
            }
        }
        let schema = Node::parse(SCHEMA).unwrap();
        look(&schema, &schema, "");
    }
}
