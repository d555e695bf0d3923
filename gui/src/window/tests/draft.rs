//! Editing a mapping: what each change makes of it.

use aiq_braze::Probe;
use aiq_braze::mapping::{Becomes, Change, IdentifierKind, Kind, Part, Rows, Source, Why};

use crate::window::model::{Draft, RowsForm};

const EXPORT: &[u8] = b"external_id,crm_id,audience_id,split_id,status,ltv,note\n\
    u1,c1,7,1,entered,1.5,x\nu2,c2,7,1,exited,2,y\n";

fn start() -> Draft {
    let found = Probe::inspect(EXPORT).expect("it is an export");
    Draft::suggested(&found)
}

#[test]
fn a_former_identifier_is_left_out_where_braze_would_misread_its_name() {
    let mut draft = start();
    draft.change(Change::Identifier(1, IdentifierKind::ExternalId));
    assert!(draft.plan().is_some(), "{:?}", draft.problems());
    assert_eq!(draft.becomes(0), Becomes::Skipped);
    assert_eq!(
        draft.becomes(1),
        Becomes::Identifier(IdentifierKind::ExternalId)
    );
    assert_eq!(draft.why(1), Why::Chosen);
}

#[test]
fn an_audience_needs_both_parts() {
    let mut draft = start();
    let before = draft.mapping().clone();
    let parts = [Some(Part::Value(String::new())), Some(Part::Column(3))];
    draft.set_rows(RowsForm::Audience(parts.clone()));
    assert_eq!(draft.rows(), RowsForm::Audience(parts));
    assert!(draft.is_half_filled() && draft.plan().is_none());
    assert_eq!(*draft.mapping(), before, "until the form is complete");

    let parts = [Some(Part::Value("99".to_owned())), Some(Part::Column(3))];
    draft.set_rows(RowsForm::Audience(parts.clone()));
    assert_eq!(draft.rows(), RowsForm::Audience(parts));
    let Rows::Audience(rule) = &draft.mapping().rows else {
        panic!("{:?}", draft.mapping().rows);
    };
    assert_eq!(rule.id, Source::Value("99".to_owned()));
    assert!(rule.member.is_some());
    assert_eq!(
        draft.becomes(2),
        Becomes::Skipped,
        "it would become an attribute"
    );

    draft.set_rows(RowsForm::Attributes);
    assert_eq!(draft.mapping().rows, Rows::Attributes);
    let form = RowsForm::Audience([Some(Part::Column(2)), Some(Part::Column(3))]);
    assert_eq!(draft.audience_form(), form, "as it was suggested");
    draft.set_rows(form.clone());
    assert_eq!(draft.rows(), form);
    assert!(matches!(draft.becomes(4), Becomes::Status(_)));
}

#[test]
fn an_event_needs_a_name_and_a_time() {
    let mut draft = start();
    let event = |name: &str, time| RowsForm::Events {
        name: Some(Part::Value(name.to_owned())),
        time,
    };
    draft.set_rows(draft.events_form());
    for (name, time, is_filled) in [
        ("", None, false),
        ("page", None, false),
        ("page", Some(6), true),
        ("page ", Some(6), true),
        ("page viewed", Some(6), true),
        (" ", Some(6), false),
    ] {
        draft.set_rows(event(name, time));
        assert_eq!(draft.rows(), event(name, time), "letters stay as typed");
        assert_eq!(draft.is_half_filled(), !is_filled, "{name:?} {time:?}");
        assert_eq!(draft.plan().is_some(), is_filled, "{name:?} {time:?}");
    }
    let Rows::Events(rule) = &draft.mapping().rows else {
        panic!("{:?}", draft.mapping().rows);
    };
    assert_eq!(rule.name, Source::Value("page viewed".to_owned()));
    assert_eq!(draft.becomes(6), Becomes::EventTime);
    draft.set_rows(event("seen ", Some(6)));
    draft.change(Change::Zone(6, "Europe/Madrid".to_owned()));
    assert_eq!(draft.rows(), event("seen", Some(6)));
    assert_eq!(draft.written(6).zone, Some("Europe/Madrid"));
}

#[test]
fn attributes_are_named_typed_and_left_out() {
    let mut draft = start();
    let attribute = |name: Option<&str>, kind| Becomes::Attribute {
        name: name.map(str::to_owned),
        kind,
    };
    assert_eq!(draft.becomes(5), attribute(None, Kind::Number));
    assert!(matches!(draft.why(5), Why::Suggested(..)));
    assert_eq!(draft.why(6), Why::Default);

    draft.change(Change::Name(5, "lifetime".to_owned()));
    assert_eq!(draft.becomes(5), attribute(Some("lifetime"), Kind::Number));
    draft.change(Change::Kind(5, None));
    assert_eq!(draft.becomes(5), Becomes::Skipped);
    draft.change(Change::Kind(5, Some(Kind::Text)));
    assert_eq!(draft.becomes(5), attribute(None, Kind::Text));
    draft.change(Change::Name(6, "n".to_owned()));
    draft.change(Change::Name(6, String::new()));
    assert_eq!(draft.becomes(6), attribute(None, Kind::Text));
}

#[test]
fn only_what_is_likely_and_unchanged_is_doubted() {
    let found = Probe::inspect(b"customer_id,audience_id,split_id\nu,1,2\n").expect("it is one");
    let mut draft = Draft::suggested(&found);
    assert_eq!(draft.doubts().len(), 1);
    draft.change(Change::Identifier(0, IdentifierKind::BrazeId));
    assert_eq!(draft.doubts().len(), 0);
}
