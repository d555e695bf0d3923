//! Who may do what: keys, permissions, paths, kinds of content and sizes.

use super::{client, start, with_settings};
use crate::sandbox::{Key, Sandbox, Settings};

/// The status of a POST with this path and key, and with `{}` for a body.
fn status(sandbox: &Sandbox, path: &str, key: &str) -> (u16, String) {
    let head = [
        &format!("POST {path} HTTP/1.1"),
        "Host: 127.0.0.1",
        &format!("Authorization: Bearer {key}"),
        "Content-Type: application/json",
    ];
    let reply = client::send(sandbox, &head, b"{}").unwrap();
    let message = reply.json()["message"].as_str().unwrap().to_owned();
    (reply.status, message)
}

fn with_keys() -> Sandbox {
    let key = |key: &str, permissions: Option<&[&str]>| Key {
        key: key.to_owned(),
        permissions: permissions
            .map(|permissions| permissions.iter().map(|p| (*p).to_owned()).collect()),
    };
    with_settings(Settings {
        keys: vec![
            key("writer", Some(&["users.track"])),
            key("reader", Some(&["users.export.ids", "user.track"])),
            key("nothing", Some(&[])),
            key("all", None),
        ],
        ..Settings::default()
    })
}

#[test]
fn a_key_does_what_its_permissions_allow() {
    let sandbox = with_keys();
    assert_eq!(sandbox.key(), "writer");
    for (key, track, export) in [
        ("writer", 400, 403),
        ("reader", 403, 400),
        ("nothing", 403, 403),
        ("all", 400, 400),
        ("sandbox", 401, 401),
        ("Writer", 401, 401),
        ("", 401, 401),
    ] {
        let at = |path| status(&sandbox, path, key);
        for (path, expected) in [("/users/track", track), ("/users/export/ids", export)] {
            let (status, message) = at(path);
            assert_eq!(status, expected, "{key} at {path}");
            match status {
                401 => assert_eq!(message, "Invalid API Key"),
                403 => assert_eq!(message, "Access Denied"),
                _ => assert_ne!(message, "Access Denied"),
            }
        }
    }
}

#[test]
fn paths_are_exact() {
    let sandbox = start();
    for (path, expected) in [
        ("/users/export/ids/", 403),
        ("/users/track/", 403),
        ("/users/export", 404),
        ("/users/Track", 404),
        ("/", 404),
    ] {
        assert_eq!(status(&sandbox, path, "sandbox").0, expected, "{path}");
    }
}

#[test]
fn an_export_is_checked_like_the_rest() {
    let sandbox = start();
    let head = [
        "POST /users/export/ids HTTP/1.1",
        "Host: 127.0.0.1",
        "Authorization: Bearer sandbox",
    ];
    let send = |kind: &str, body: &[u8]| {
        let head: Vec<&str> = head.into_iter().chain([kind]).collect();
        client::send(&sandbox, &head, body).unwrap().status
    };
    assert_eq!(send("Content-Type: text/json", b"{}"), 415);
    let huge = vec![b' '; (4 << 20) + 1];
    assert_eq!(send("Content-Type: application/json", &huge), 413);
    assert_eq!(send("Content-Type: application/json", &huge[1..]), 400);
}

#[test]
fn the_page_prints_the_first_key() {
    let page = client::get(&with_keys(), "/").body;
    assert!(page.contains("<code>writer</code>"), "{page}");
}
