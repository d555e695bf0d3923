//! Editing a mapping: what each change makes of it.

use aiq_braze::mapping::{IdentifierKind, Kind, Rows, Source};
use aiq_braze::{Inspection, Probe};

use crate::window::model::{Change, Draft, Part, PartChoice, Why};

const EXPORT: &[u8] = b"external_id,crm_id,audience_id,split_id,status,ltv,note\n\
    u1,c1,7,1,entered,1.5,x\nu2,c2,7,1,exited,2,y\n";

fn start() -> (Inspection, Draft) {
    let found = Probe::inspect(EXPORT).expect("it is an export");
    let draft = Draft::suggested(&found);
    (found, draft)
}

#[test]
fn a_former_identifier_is_left_out_where_braze_would_misread_its_name() {
    let (found, mut draft) = start();
    draft.change(Change::Identifier(1, IdentifierKind::ExternalId), &found);
    assert!(draft.plan().is_some(), "{:?}", draft.problems());
    assert_eq!(draft.part(0, &found.header), Part::Skipped);
    assert_eq!(
        draft.part(1, &found.header),
        Part::Identifier(IdentifierKind::ExternalId)
    );
    assert_eq!(draft.why(&found, 1), Why::Chosen);
}

#[test]
fn an_audience_needs_both_parts() {
    let (found, mut draft) = start();
    let parts = [PartChoice::Value(String::new()), PartChoice::Column(3)];
    draft.change(Change::Parts(parts.clone()), &found);
    assert_eq!(draft.parts(&found.header), parts);
    assert!(
        draft.plan().is_some(),
        "the mapping is as it was until the form is complete"
    );

    let parts = [PartChoice::Value("99".to_owned()), PartChoice::Column(3)];
    draft.change(Change::Parts(parts.clone()), &found);
    assert_eq!(draft.parts(&found.header), parts);
    let Rows::Audience(rule) = &draft.mapping().rows else {
        panic!("{:?}", draft.mapping().rows);
    };
    assert_eq!(rule.id, Source::Value("99".to_owned()));
    assert!(rule.member.is_some());
    assert_eq!(
        draft.part(2, &found.header),
        Part::Skipped,
        "it would become an attribute"
    );

    draft.change(
        Change::Parts([PartChoice::None, PartChoice::Column(3)]),
        &found,
    );
    assert_eq!(draft.mapping().rows, Rows::Attributes);
    let parts = [PartChoice::Column(2), PartChoice::Column(3)];
    draft.change(Change::Parts(parts.clone()), &found);
    assert_eq!(draft.parts(&found.header), parts);
    assert!(matches!(draft.part(4, &found.header), Part::Status(_)));
}

#[test]
fn attributes_are_named_typed_and_left_out() {
    let (found, mut draft) = start();
    let attribute = |name: Option<&str>, kind| Part::Attribute {
        name: name.map(str::to_owned),
        kind,
    };
    assert_eq!(draft.part(5, &found.header), attribute(None, Kind::Number));
    assert!(matches!(draft.why(&found, 5), Why::Suggested(..)));
    assert_eq!(draft.why(&found, 6), Why::Default);

    draft.change(Change::Name(5, "lifetime".to_owned()), &found);
    assert_eq!(
        draft.part(5, &found.header),
        attribute(Some("lifetime"), Kind::Number)
    );
    draft.change(Change::Kind(5, None), &found);
    assert_eq!(draft.part(5, &found.header), Part::Skipped);
    draft.change(Change::Kind(5, Some(Kind::Text)), &found);
    assert_eq!(draft.part(5, &found.header), attribute(None, Kind::Text));
    draft.change(Change::Name(6, "n".to_owned()), &found);
    draft.change(Change::Name(6, String::new()), &found);
    assert_eq!(draft.part(6, &found.header), attribute(None, Kind::Text));
}

#[test]
fn only_what_is_likely_and_unchanged_is_doubted() {
    let found = Probe::inspect(b"customer_id,audience_id,split_id\nu,1,2\n").expect("it is one");
    let mut draft = Draft::suggested(&found);
    assert_eq!(draft.doubts(&found).len(), 1);
    draft.change(Change::Identifier(0, IdentifierKind::BrazeId), &found);
    assert_eq!(draft.doubts(&found).len(), 0);
}
