//! `POST /users/export/ids`.

use serde_json::{Value, json};

use super::{
    client::{self, Reply, track},
    start, with_settings,
};
use crate::sandbox::{Sandbox, Settings, moment::Moment};

const EXPORT: [&str; 4] = [
    "POST /users/export/ids HTTP/1.1",
    "Host: 127.0.0.1",
    "Authorization: Bearer sandbox",
    "Content-Type: application/json",
];

fn export(sandbox: &Sandbox, body: &Value) -> Reply {
    client::send(sandbox, &EXPORT, body.to_string().as_bytes()).unwrap()
}

fn full() -> Sandbox {
    let sandbox = start();
    let now = Moment::now().to_string();
    let body = json!({
        "attributes": [
            {"external_id": "a", "first_name": "Ada", "email": "ADA@b.co", "phone": "(555) 123-4567",
             "current_location": {"longitude": 2.5, "latitude": 41}, "AIQ_1_2": true,
             "o": {"x": [1, "y"]}},
            {"user_alias": {"alias_name": "n", "alias_label": "l"}, "_update_existing_only": false,
             "email": "ada@B.co"},
            {"external_id": "empty"},
        ],
        "events": [
            {"external_id": "a", "name": "visit", "time": now},
            {"external_id": "a", "name": "visit", "time": "2020-01-01"},
            {"external_id": "a", "name": "old", "time": "2020-01-01"},
        ],
        "purchases": [{"external_id": "a", "product_id": "p", "currency": "EUR", "price": 1.5,
                       "quantity": 2, "time": now}],
    });
    assert_eq!(track(&sandbox, &body.to_string()).status, 201);
    sandbox
}

#[test]
fn profiles_come_with_the_fields_that_were_asked_for() {
    let sandbox = full();
    let fields = [
        "external_id",
        "first_name",
        "last_name",
        "email",
        "phone",
        "last_coordinates",
        "custom_attributes",
        "custom_events",
        "purchases",
        "total_revenue",
        "apps",
    ];
    let reply = export(
        &sandbox,
        &json!({"external_ids": ["a", "nobody", "a", "empty", "nobody"], "fields_to_export": fields}),
    );
    assert_eq!(reply.status, 200);
    let mut answer = reply.json();
    let events = answer["users"][0]["custom_events"].take();
    let purchases = answer["users"][0]["purchases"].take();
    assert_eq!(
        answer,
        json!({
            "message": "success",
            "users": [
                {"external_id": "a", "first_name": "Ada", "email": "ada@b.co",
                 "phone": "+15551234567", "last_coordinates": [2.5, 41],
                 "custom_attributes": {"AIQ_1_2": true, "o": {"x": [1, "y"]}},
                 "custom_events": null, "purchases": null, "total_revenue": 3.0},
                {"external_id": "empty"},
            ],
            "invalid_user_ids": ["nobody"],
        })
    );
    // What last happened more than 90 days ago is not told.
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!(
        (&events[0]["name"], &events[0]["count"]),
        (&json!("visit"), &json!(2))
    );
    assert_eq!(events[0]["first"], "2020-01-01T00:00:00.000Z");
    assert_eq!(
        (&purchases[0]["name"], &purchases[0]["count"]),
        (&json!("p"), &json!(2))
    );
    assert_eq!(sandbox.report().exports, 1);
}

#[test]
fn users_are_found_by_every_kind_of_identifier() {
    let sandbox = full();
    let found = |way: &str, value: Value| {
        let body =
            json!({way: value, "fields_to_export": ["external_id", "user_aliases", "braze_id"]});
        let reply = export(&sandbox, &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    };
    let alias = json!({"alias_name": "n", "alias_label": "l"});
    let by_alias = found("user_aliases", json!([alias]));
    assert_eq!(by_alias["users"][0]["user_aliases"], json!([alias]));
    let by_address = found("email_address", json!("Ada@b.co"));
    assert_eq!(by_address["users"].as_array().unwrap().len(), 2);
    let by_phone = found("phone", json!("+1 555 123 4567"));
    assert_eq!(by_phone["users"][0]["external_id"], "a");
    let id = by_phone["users"][0]["braze_id"].clone();
    assert_eq!(found("braze_id", id)["users"], by_phone["users"]);
    let nobody = found("email_address", json!("no@b.co"));
    assert_eq!(nobody, json!({"message": "success", "users": []}));
    assert_eq!(found("device_id", json!("x"))["users"], json!([]));
    let other = json!({"alias_name": "N", "alias_label": "l"});
    assert_eq!(
        found("user_aliases", json!([other]))["invalid_user_ids"],
        json!([other])
    );
}

#[test]
fn what_is_asked_wrongly_is_400_with_the_reason() {
    let sandbox = full();
    let ids = |n: usize| vec!["a"; n];
    let alias = json!({"alias_name": "n", "alias_label": "l"});
    let too_many = "The max number of external_ids and aliases per request was exceeded";
    let fields = json!(["email"]);
    for (body, message) in [
        (
            json!({"external_ids": ids(51), "fields_to_export": fields}),
            too_many,
        ),
        (
            json!({"external_ids": ids(50), "user_aliases": [alias], "fields_to_export": fields}),
            too_many,
        ),
        (
            json!({"external_ids": ["a"]}),
            "'fields_to_export' is required",
        ),
        (
            json!({"external_ids": ["a"], "fields_to_export": ["email", "mail"]}),
            "'fields_to_export' contains an invalid field: mail",
        ),
        (
            json!({"external_ids": ["a"], "fields_to_export": "email"}),
            "'fields_to_export' must be an array of strings",
        ),
        (
            json!({"external_ids": "a", "fields_to_export": fields}),
            "'external_ids' must be an array of strings",
        ),
        (
            json!({"email_address": "a@b.co", "phone": "+15551234567", "fields_to_export": fields}),
            "Only one of 'device_id', 'email_address' or 'phone' may be provided",
        ),
        (
            json!({"fields_to_export": fields}),
            "At least one identifier is required",
        ),
        (json!([]), "The request body must be an object"),
    ] {
        let reply = export(&sandbox, &body);
        assert_eq!(
            (reply.status, &reply.json()["message"]),
            (400, &json!(message)),
            "{body}"
        );
    }
    let broken = client::send(&sandbox, &EXPORT, b"{").unwrap();
    assert_eq!(
        (broken.status, broken.json()["error"].is_string()),
        (400, true)
    );
    let fifty = json!({"external_ids": ids(50), "fields_to_export": fields});
    assert_eq!(export(&sandbox, &fifty).status, 200);
}

#[test]
fn older_customers_may_ask_for_everything() {
    let sandbox = with_settings(Settings {
        fields_to_export_required: false,
        ..Settings::default()
    });
    track(
        &sandbox,
        r#"{"attributes":[{"external_id":"a","city":"Oslo"}]}"#,
    );
    let reply = export(&sandbox, &json!({"external_ids": ["a"]}));
    let user = &reply.json()["users"][0];
    let names: Vec<_> = user.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "braze_id",
            "created_at",
            "custom_attributes",
            "external_id",
            "random_bucket"
        ]
    );
    assert!(user["created_at"].as_str().unwrap().ends_with(" UTC"));
}

#[test]
fn its_rate_limit_is_its_own() {
    let sandbox = full();
    let reply = export(
        &sandbox,
        &json!({"external_ids": ["a"], "fields_to_export": ["email"]}),
    );
    assert_eq!(reply.header("X-RateLimit-Limit"), Some("250"));
    assert_eq!(reply.header("X-RateLimit-Remaining"), Some("249"));
}
