//! What Braze takes, alters, and leaves out without a word.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{handle, objects::users, with_memory};
use crate::sandbox::{Forced, Memory, Settings, Weather, state, workspace::Workspace};

/// The attributes of one user to whom these are sent, one after the other, and how many values
/// were left out.
fn attributes(objects: &[Value]) -> (Value, u64) {
    let mut workspace = Workspace::default();
    for object in objects {
        let mut object = object.clone();
        object["external_id"] = json!("a");
        let body = json!({"attributes": [object]}).to_string();
        assert_eq!(handle(&mut workspace, &body).status, 201, "{body}");
    }
    let state: Value = serde_json::from_str(&state::state(&workspace, None).body).unwrap();
    let dropped = workspace.report().dropped_values;
    (
        state["users"]["external_id:a"]["attributes"].clone(),
        dropped,
    )
}

/// What `x` holds after these values of it, and how many were left out.
fn held(values: &[Value]) -> (Value, u64) {
    let objects: Vec<_> = values.iter().map(|value| json!({"x": value})).collect();
    let (mut attributes, dropped) = attributes(&objects);
    (attributes["x"].take(), dropped)
}

/// The same with `_merge_objects`.
fn merged(values: &[Value]) -> (Value, u64) {
    let objects = values.iter();
    let objects: Vec<_> = objects
        .map(|value| json!({"x": value, "_merge_objects": true}))
        .collect();
    let (mut attributes, dropped) = attributes(&objects);
    (attributes["x"].take(), dropped)
}

#[test]
fn one_bad_value_inside_leaves_all_of_it_out() {
    let good = json!({"a": 1, "when": {"$time": "2026-03-26"}, "list": [{"b": "c"}]});
    assert_eq!(held(std::slice::from_ref(&good)), (good.clone(), 0));
    let long = "k".repeat(256);
    for bad in [
        json!({"a": null}),
        json!({"a": [1, null]}),
        json!({"a": {"b": {"c": null}}}),
        json!({"when": {"$time": "soon"}}),
        json!({"when": {"$time": null}}),
        json!({"when": {"$time": "3001-01-01"}}),
        json!({"when": {"$time": "9999-12-31T23:59:59Z"}}),
        json!({"when": {"$time": "2026-01-01", "x": 1}}),
        json!({"two words": 1}),
        json!({"dotted.name": 1}),
        json!({"$dollar": 1}),
        json!({"a$b": 1}),
        json!({"": 1}),
        json!({long.as_str(): 1}),
        json!([{"a": null}]),
        json!([{"a b": 1}]),
        json!([1, null]),
    ] {
        assert_eq!(
            held(&[good.clone(), bad.clone()]),
            (good.clone(), 1),
            "{bad}"
        );
    }
    let last = json!({"when": {"$time": "3000-12-31T23:59:59Z"}});
    assert_eq!(held(std::slice::from_ref(&last)), (last, 0));
}

#[test]
fn texts_are_cut_wherever_they_are() {
    let (long, cut) = ("é".repeat(300), "é".repeat(255));
    let (value, dropped) = held(&[json!({"a": long, "b": [long, {"c": long}], "d": 1})]);
    assert_eq!(value, json!({"a": cut, "b": [cut, {"c": cut}], "d": 1}));
    assert_eq!(dropped, 0);
    assert_eq!(held(&[json!([long, "short"])]), (json!([cut, "short"]), 0));
}

#[test]
fn an_array_is_a_set_of_at_most_five_hundred() {
    assert_eq!(
        held(&[json!(["a", 1, "a", true, 1, "b"])]),
        (json!(["a", true, 1, "b"]), 0)
    );
    let numbers = |range: std::ops::Range<u32>| Value::from_iter(range);
    assert_eq!(held(&[numbers(0..500)]), (numbers(0..500), 0));
    // The oldest fall out.
    assert_eq!(held(&[numbers(0..503)]), (numbers(3..503), 3));
    // Objects are as many as they fit.
    let objects = Value::from_iter((0..600).map(|n| json!({"n": n})));
    assert_eq!(held(std::slice::from_ref(&objects)), (objects, 0));
}

#[test]
fn what_is_too_large_leaves_the_old_value() {
    let large = json!({"a": vec!["x".repeat(200); 520]});
    assert_eq!(
        held(&[json!({"b": 1}), large.clone()]),
        (json!({"b": 1}), 1)
    );
    let half = |name: &str| json!({name: vec!["x".repeat(200); 400]});
    let (value, dropped) = merged(&[half("a"), half("b")]);
    assert_eq!((value, dropped), (half("a"), 1));
    let list = Value::from(vec!["x".repeat(2000); 60]);
    assert_eq!(held(&[json!(1), list]), (json!(1), 1));
}

#[test]
fn numbers_are_increased() {
    assert_eq!(
        held(&[json!(5), json!({"inc": 3}), json!({"inc": -10})]),
        (json!(-2), 0)
    );
    assert_eq!(held(&[json!({"inc": 3})]), (json!(3), 0));
    for there in [json!("5"), json!(1.5), json!(i64::MAX), json!([1])] {
        let values = [there.clone(), json!({"inc": 1})];
        assert_eq!(held(&values), (there, 1));
    }
    assert_eq!(
        held(&[json!(5), json!({"inc": 1.5}), json!({"inc": "1"})]),
        (json!(5), 2)
    );
}

#[test]
fn values_are_added_and_removed() {
    let there = json!(["a", "b", "c"]);
    for (operation, after) in [
        (json!({"add": ["d"]}), json!(["a", "b", "c", "d"])),
        // What is there already moves to the end.
        (json!({"add": ["a", "d", "d"]}), json!(["b", "c", "a", "d"])),
        (json!({"remove": ["b", "x"]}), json!(["a", "c"])),
        (
            json!({"add": ["d"], "remove": ["a"]}),
            json!(["b", "c", "d"]),
        ),
        (json!({"remove": ["a", "b", "c"]}), json!([])),
    ] {
        assert_eq!(held(&[there.clone(), operation]), (after, 0));
    }
    assert_eq!(held(&[json!({"add": ["d"]})]), (json!(["d"]), 0));
    for bad in [
        json!({"add": "d"}),
        json!({"add": [null]}),
        json!({"add": [["d"]]}),
    ] {
        assert_eq!(held(&[there.clone(), bad]), (there.clone(), 1));
    }
    assert_eq!(
        held(&[json!("text"), json!({"add": ["d"]})]),
        (json!("text"), 1)
    );
    let numbers = Value::from_iter(0..500);
    let (value, dropped) = held(&[numbers, json!({"add": ["new"]})]);
    assert_eq!(
        (&value[0], &value[499], dropped),
        (&json!(1), &json!("new"), 1)
    );
}

#[test]
fn objects_are_added_removed_and_updated_in_this_order() {
    let there = json!([{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]);
    let one = |id: u32| json!({"$identifier_key": "id", "$identifier_value": id});
    let update = |id: u32, new: Value| {
        let mut update = one(id);
        update["$new_object"] = new;
        update
    };
    for (operation, after) in [
        (
            json!({"$add": [{"id": 3}]}),
            json!([{"id": 1, "n": "a"}, {"id": 2, "n": "b"}, {"id": 3}]),
        ),
        (
            json!({"$remove": [one(1), one(7)]}),
            json!([{"id": 2, "n": "b"}]),
        ),
        (
            json!({"$update": [update(2, json!({"n": "c", "m": true}))]}),
            json!([{"id": 1, "n": "a"}, {"id": 2, "n": "c", "m": true}]),
        ),
        (
            // What is added is removed again, and nothing is left to be updated.
            json!({"$add": [{"id": 1}], "$remove": [one(1)], "$update": [update(1, json!({"x": 1}))]}),
            json!([{"id": 2, "n": "b"}]),
        ),
    ] {
        assert_eq!(
            merged(&[there.clone(), operation.clone()]),
            (after, 0),
            "{operation}"
        );
    }
    // An update without `_merge_objects`, and operators that are not as they should be.
    for bad in [
        json!({"$update": [update(2, json!({"n": "c"}))]}),
        json!({"$add": [{"id": null}]}),
        json!({"$add": [1]}),
        json!({"$add": {"id": 3}}),
        json!({"$remove": [{"$identifier_key": "id"}]}),
        json!({"$remove": [one(1)], "other": 1}),
    ] {
        assert_eq!(
            held(&[there.clone(), bad.clone()]),
            (there.clone(), 1),
            "{bad}"
        );
    }
    assert_eq!(
        held(&[json!({"$add": [{"id": 3}]})]),
        (json!([{"id": 3}]), 0)
    );
    assert_eq!(
        held(&[json!(5), json!({"$add": [{"id": 3}]})]),
        (json!(5), 1)
    );
}

#[test]
fn some_standard_fields_are_put_right_or_left_out() {
    let fields = |object: &str| {
        let body = format!(r#"{{"attributes":[{{"external_id":"a",{object}}}]}}"#);
        users(&[
            r#"{"attributes":[{"external_id":"a","country":"ES","language":"es"}]}"#,
            &body,
        ])["external_id:a"]["fields"]
            .clone()
    };
    for (sent, kept) in [
        (
            r#""country":"de""#,
            json!({"country": "DE", "language": "es"}),
        ),
        (
            r#""country":"Australia""#,
            json!({"country": "AU", "language": "es"}),
        ),
        // No country at all empties the field; no language leaves it.
        (r#""country":"Atlantis""#, json!({"language": "es"})),
        (
            r#""language":"spanish""#,
            json!({"country": "ES", "language": "es"}),
        ),
        (r#""language":null"#, json!({"country": "ES"})),
        (
            r#""time_zone":"Europe/Madrid""#,
            json!({"country": "ES", "language": "es", "time_zone": "Europe/Madrid"}),
        ),
        (
            r#""time_zone":"Eastern Time (US & Canada)""#,
            json!({"country": "ES", "language": "es", "time_zone": "Eastern Time (US & Canada)"}),
        ),
        (
            r#""time_zone":"+02:00""#,
            json!({"country": "ES", "language": "es"}),
        ),
        (
            r#""email":"Ada@B.co""#,
            json!({"country": "ES", "language": "es", "email": "ada@b.co"}),
        ),
    ] {
        assert_eq!(fields(sent), kept, "{sent}");
    }
}

#[test]
fn properties_past_the_limits_are_left_out() {
    let dropped = |properties: Value| {
        let mut workspace = Workspace::default();
        let event = json!({"external_id": "a", "name": "e", "time": "2024-01-01",
                           "properties": properties});
        let body = json!({"events": [event]}).to_string();
        assert_eq!(handle(&mut workspace, &body).status, 201, "{body}");
        workspace.report().dropped_values
    };
    let many = |n: usize| Value::from_iter((0..n).map(|n| (n.to_string(), json!(n))));
    assert_eq!(dropped(many(256)), 0);
    assert_eq!(dropped(many(260)), 4);
    assert_eq!(
        dropped(json!({"flat": "9999-01-01", "o": {"t": "9999-01-01"}, "l": ["2024-01-01"]})),
        1
    );
}

#[test]
fn blocked_names_are_left_out_and_cost_nothing() {
    let settings = Settings {
        blocked_names: vec!["secret".to_owned()],
        ..Settings::default()
    };
    let mut workspace = Workspace::new(settings.into(), &Weather::default());
    let body = json!({
        "attributes": [{"external_id": "a", "secret": 1, "open": 2}],
        "events": [{"external_id": "a", "name": "secret", "time": "2024-01-01"}],
    });
    handle(&mut workspace, body.to_string());
    let report = workspace.report();
    assert_eq!(
        (report.accepted, report.dropped_values, report.data_points),
        (2, 2, 1)
    );
    assert_eq!(workspace.profiles()[0].attributes.len(), 1);
}

#[test]
fn a_forced_type_turns_values_into_itself_or_leaves_them_out() {
    for (forced, sent, held) in [
        (Forced::Boolean, json!("T"), json!(true)),
        (Forced::Boolean, json!(1), json!(true)),
        (Forced::Boolean, json!("FALSE"), json!(false)),
        (Forced::Boolean, json!("0"), json!(false)),
        (Forced::Boolean, json!("yes"), json!("old")),
        (Forced::Boolean, json!(2), json!("old")),
        (Forced::Number, json!(" 1.5 "), json!(1.5)),
        (Forced::Number, json!("1e3"), json!(1e3)),
        (Forced::Number, json!("true"), json!("old")),
        (Forced::Number, json!("1,5"), json!("old")),
        (Forced::Number, json!(true), json!("old")),
        (Forced::String, json!("new"), json!("new")),
        (Forced::String, json!(1), json!("old")),
        (Forced::Time, json!("2026-03-26"), json!("2026-03-26")),
        (Forced::Time, json!("soon"), json!("old")),
        (Forced::Array, json!([1]), json!([1])),
        (Forced::Array, json!("a"), json!("old")),
        (Forced::Object, json!({"a": 1}), json!({"a": 1})),
        (Forced::Object, json!({"inc": 1}), json!("old")),
        (Forced::Number, json!(null), Value::Null),
    ] {
        // Values of the type before stay.
        let mut workspace = Workspace::default();
        let body = |x: &Value| json!({"attributes": [{"external_id": "a", "x": x}]}).to_string();
        handle(&mut workspace, body(&json!("old")));
        workspace.settings = Arc::new(Settings {
            types: [("x".to_owned(), forced)].into(),
            ..Settings::default()
        });
        handle(&mut workspace, body(&sent));
        let state: Value = serde_json::from_str(&state::state(&workspace, None).body).unwrap();
        let x = &state["users"]["external_id:a"]["attributes"]["x"];
        assert_eq!(*x, held, "{forced:?} {sent}");
        let dropped = workspace.report().dropped_values;
        assert_eq!(dropped == 1, held == "old", "{forced:?} {sent}");
    }
}

#[test]
fn writes_and_data_points_are_counted_by_name() {
    let mut workspace = with_memory(Memory {
        profiles: 1,
        ..Memory::default()
    });
    let time = "2024-01-01";
    let body = json!({
        "attributes": [
            {"external_id": "a", "x": 1, "first_name": "Ada", "email_subscribe": "opted_in"},
            // Unchanged, and costs again. A user who is not kept costs as much.
            {"external_id": "a", "x": 1, "first_name": null},
            {"external_id": "b", "x": null},
            // Somebody who is not there costs nothing.
            {"external_id": "c", "_update_existing_only": true, "x": 1},
            {"external_id": "a", "list": ["p", "q", "r"], "o": {"p": 1, "q": {"r": 2, "s": 3}}},
            {"external_id": "a", "list": {"add": ["s", "t"]}, "o": null, "bad": {"n": null}},
        ],
        "events": [{"external_id": "a", "name": "e", "time": time},
                   {"external_id": "b", "name": "e", "time": time}],
        "purchases": [{"external_id": "a", "product_id": "p", "currency": "EUR", "price": 1,
                       "quantity": 3, "time": time}],
    });
    assert_eq!(handle(&mut workspace, body.to_string()).status, 201);
    let state: Value = serde_json::from_str(&state::state(&workspace, None).body).unwrap();
    let writes = |count: u64, points: u64| json!({"count": count, "data_points": points});
    assert_eq!(
        state["written"],
        json!({
            "fields": {"first_name": writes(2, 2), "email_subscribe": writes(1, 0)},
            "attributes": {"x": writes(3, 3), "list": writes(2, 3), "o": writes(2, 4)},
            "events": {"e": writes(2, 2)},
            "purchases": {"p": writes(1, 3)},
        })
    );
    let report = workspace.report();
    assert_eq!((report.attribute_writes, report.data_points), (10, 17));
    assert_eq!((report.unknown_users, report.not_kept), (1, 2));
}
