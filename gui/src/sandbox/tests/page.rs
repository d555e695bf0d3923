//! The page, which shows what anybody may have sent.

use super::{
    client::{get, track},
    start,
};

#[test]
fn the_page_shows_what_was_sent_and_escapes_all_of_it() {
    let sandbox = start();
    let evil = r#"{"attributes":[{"external_id":"<script>alert('1')</script>",
        "<img src=x>":"\"><b>&amp;","AIQ_1_2":false}],
        "events":[{"user_alias":{"alias_name":"<i>","alias_label":"<u>"},"name":"<h1>",
                   "time":"2024-01-01","_update_existing_only":false}]}"#;
    assert_eq!(track(&sandbox, evil).status, 201);
    let reply = get(&sandbox, "/");
    assert_eq!(
        reply.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    let policy = reply.header("Content-Security-Policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for markup in [
        "<script",
        "<img",
        "<b>&amp;",
        "<i>",
        "<u>",
        "<h1><",
        "&amp;amp;lt;",
    ] {
        assert!(!reply.body.contains(markup), "{markup}");
    }
    for text in [
        "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;",
        "&lt;img src=x&gt;",
        "AIQ_1_2",
        "&lt;h1&gt;",
    ] {
        assert!(reply.body.contains(text), "{text}");
    }
    assert_eq!(get(&sandbox, "/style.css").status, 200);
}

#[test]
fn the_page_looks_one_user_up() {
    let sandbox = start();
    track(
        &sandbox,
        r#"{"attributes":[{"external_id":"a b+é","x":1},{"external_id":"other","x":2}]}"#,
    );
    let one = get(&sandbox, "/?user=a+b%2B%C3%A9").body;
    assert!(one.contains("a b+é") && !one.contains("other</bdi>"));
    let none = get(&sandbox, "/?user=%22%3E%zz%").body;
    assert!(none.contains("No profile is called so"));
    assert!(none.contains(r#"value="&quot;&gt;%zz%""#), "{none}");
    let all = get(&sandbox, "/?user=").body;
    assert!(all.contains("other</bdi>"));
    for user in ["other", "external_id:other"] {
        let state = get(&sandbox, &format!("/state.json?user={user}")).json();
        let users = state["users"].as_object().unwrap();
        assert_eq!(users.keys().collect::<Vec<_>>(), ["external_id:other"]);
    }
    let nobody = get(&sandbox, "/state.json?user=external_id:nobody").json();
    assert_eq!(nobody["users"], serde_json::json!({}));
}
