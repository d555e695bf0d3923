//! The file of settings.

use crate::sandbox::{Errors, Forced, Key, Limit, Memory, On429, Reset, Settings};

#[test]
fn a_file_says_all_of_it() {
    let text = r#"{
        "keys": [{"key": "writer", "permissions": ["users.track"]}, {"key": "all"}],
        "limits": [{"path": "/users/track", "requests": 3000, "window_secs": 3}],
        "reset": "seconds_left", "on_429": "reset", "errors": "sentences", "objects": 50,
        "fields_to_export_required": false, "blocked_users": ["dummy"], "blocked_names": ["secret"],
        "types": {"a": "boolean", "b": "number", "c": "string", "d": "time", "e": "array", "f": "object"},
        "memory": {"profiles": 1, "bytes": 2, "history": 3, "proofs": true}
    }"#;
    let expected = Settings {
        keys: vec![
            Key {
                key: "writer".to_owned(),
                permissions: Some(vec!["users.track".to_owned()]),
            },
            Key {
                key: "all".to_owned(),
                permissions: None,
            },
        ],
        limits: vec![Limit {
            path: "/users/track".to_owned(),
            requests: 3000,
            window_secs: 3,
        }],
        reset: Reset::SecondsLeft,
        on_429: On429::Reset,
        errors: Errors::Sentences,
        objects: 50,
        fields_to_export_required: false,
        blocked_users: vec!["dummy".to_owned()],
        blocked_names: vec!["secret".to_owned()],
        types: [
            ("a", Forced::Boolean),
            ("b", Forced::Number),
            ("c", Forced::String),
            ("d", Forced::Time),
            ("e", Forced::Array),
            ("f", Forced::Object),
        ]
        .map(|(name, forced)| (name.to_owned(), forced))
        .into(),
        memory: Memory {
            profiles: 1,
            bytes: 2,
            history: 3,
            proofs: true,
        },
    };
    assert_eq!(Settings::read(text), Ok(expected));
    assert_eq!(Settings::read("{}"), Ok(Settings::default()));
}

#[test]
fn a_wrong_file_says_where() {
    for (text, words) in [
        ("[", "line 1 column 1"),
        (r#"{"key": "x"}"#, "unknown field `key`"),
        (r#"{"keys": [{"permissions": []}]}"#, "missing field `key`"),
        (r#"{"reset": "never"}"#, "unknown variant `never`"),
        (
            r#"{"limits": [{"path": "/users/track", "requests": 1, "window_secs": 0}]}"#,
            "\"window_secs\": 0",
        ),
        (
            r#"{"limits": [{"path": "/users/track/", "requests": 1, "window_secs": 1}]}"#,
            "the path \"/users/track/\", though there are only /users/track and /users/export/ids",
        ),
        (r#"{"memory": {"profile": 1}}"#, "unknown field `profile`"),
    ] {
        let error = Settings::read(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}
