//! Suggestions, case by case.

use proptest::prelude::*;

use super::*;
use crate::Survey;
use crate::mapping::{IdentifierRule, Source, Use};

fn inspect(name: &str, export: &str) -> Inspection {
    let mut probe = Probe::new().with_name(name);
    probe.feed(export.as_bytes());
    probe.finish().expect("it is an export")
}

/// A suggestion in one line: what rows are, identifiers, types and skipped columns.
fn told(mapping: &Mapping) -> String {
    let source = |source: &Source| match source {
        Source::Column(column) => serde_json::to_string(column).unwrap(),
        Source::Value(value) => format!("={value}"),
        Source::FilePart(part) => format!("{{{part}}}"),
    };
    let mut words = vec![mapping.rows.as_str().to_owned()];
    let identifier = |rule: &IdentifierRule| {
        let label = rule
            .label
            .as_ref()
            .map_or(String::new(), |label| format!(" under {}", source(label)));
        let column = serde_json::to_string(&rule.column).unwrap();
        format!("{} {column}{label}", rule.kind.as_str())
    };
    words.extend(mapping.identifiers.iter().map(identifier));
    match &mapping.rows {
        Rows::Attributes => {}
        Rows::Audience(rule) => {
            words.push(format!("of {} {}", source(&rule.id), source(&rule.split)));
            words.extend(rule.member.iter().map(|member| {
                format!("{}|{}", member.members.join(" "), member.leavers.join(" "))
            }));
        }
        Rows::Events(rule) => {
            let column = serde_json::to_string(&rule.time.column).unwrap();
            words.push(format!("{} at {column}", source(&rule.name)));
            words.extend(rule.app_id.iter().map(|app| format!("in {}", source(app))));
        }
    }
    words.extend(
        mapping
            .file_name
            .iter()
            .map(|name| name.as_str().to_owned()),
    );
    words.extend(mapping.columns.iter().map(|rule| {
        let column = serde_json::to_string(&rule.column).unwrap();
        match &rule.to_use {
            Use::Skip => format!("not {column}"),
            Use::Attribute(attribute) => {
                format!("{} {column}", attribute.kind.unwrap_or_default().as_str())
            }
        }
    }));
    words.join("; ").replace('"', "")
}

/// The reasons in one line each, without those that are by values and attributes.
fn reasons(found: &Inspection) -> String {
    let reasons = found.suggestion.reasons.iter().filter(|reason| {
        !(matches!(reason.role, Role::Attribute(_)) && reason.because == Because::Values)
    });
    let reasons = reasons.map(|reason| {
        let column = reason
            .column_idx
            .map_or("-".to_owned(), |idx| idx.to_string());
        let grade = match reason.grade {
            Grade::Certain => "certain",
            Grade::Likely => "likely",
        };
        format!("{column} {grade} {:?}", reason.because)
    });
    reasons.collect::<Vec<_>>().join(", ")
}

#[test]
fn exports_suggest_their_mappings() {
    const HEX: &str = "0123456789abcdef01234567";
    const APP: &str = "5a1f0c3e-0000-4000-8000-0123456789ab";
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, &str)] = &[
        // Identifiers.
        ("", "external_id,x\nu,a\n", "attributes; external_id external_id", "0 certain Header"),
        ("", "User ID,braze_id\nu,b\n", "attributes; external_id User ID; braze_id braze_id", "0 likely UsualHeader, 1 certain Header"),
        ("", "email,id_cliente\na@b.co,7\n", "attributes; external_id id_cliente", "1 likely UsualHeader"),
        ("", "email,phone\na@b.co,+34600123456\n", "attributes; email email; phone phone", "0 likely Header, 1 likely Header"),
        ("", "Teléfono,tier\n600123456,a\n", "attributes; phone Teléfono", "0 likely UsualHeader"),
        ("", "email,tier\n0f0f0f,a\n", "attributes", ""),
        ("", "user_alias_name,user_alias_label\n7,crm\n", "attributes; user_alias user_alias_name under user_alias_label", "0 likely UsualHeader"),
        ("", "alias_name,x\n7,a\n", "attributes; user_alias alias_name", "0 likely UsualHeader"),
        ("", "email,alias_name\na@b.co,7\n", "attributes; email email; not alias_name", "0 likely Header"),
        ("", &format!("profile,appboy\n{HEX},x\n"), "attributes", ""),
        ("", &format!("device_id,x\n{HEX},x\n"), "attributes; braze_id device_id", "0 likely Values"),
        ("", &format!("a_id,b_id\n{HEX},{HEX}\n"), "attributes", ""),
        ("", "x,y\na,b\n", "attributes", ""),
        // Audiences.
        ("", "external_id,audience_id,split_id\nu,1,2\n", "audience; external_id external_id; of audience_id split_id", "0 certain Header, 1 certain Header, 2 certain Header"),
        ("", "external_id,audience_id,split,Estado\nu,1,2,ALTA\n", "audience; external_id external_id; of audience_id split; ALTA|BAJA SALIDA INACTIVO INACTIVA ELIMINADO FUERA", "0 certain Header, 1 certain Header, 2 likely UsualHeader, 3 likely Values"),
        ("", "external_id,audience_id,split_id,status\nu,1,2,gold\nv,1,2,silver\nw,1,2,active\n", "audience; external_id external_id; of audience_id split_id", "0 certain Header, 1 certain Header, 2 certain Header"),
        ("", "external_id,AIQ_12_3,AIQ_12_4,AIQ_x,AIQ_9_9\nu,true,0,true,7\n", "attributes; external_id external_id; boolean AIQ_12_3; boolean AIQ_12_4; boolean AIQ_x", "0 certain Header, 1 certain Header, 2 certain Header"),
        ("in/audience_123_4.csv", "external_id,x\nu,a\n", "audience; external_id external_id; of {audience_id} {split_id}; audience_{audience_id}_{split_id}.csv", "0 certain Header, - likely FileName, - likely FileName"),
        ("aiq_123_4_2026-01-01.csv", "external_id,status\nu,entered\n", "audience; external_id external_id; of {audience_id} {split_id}; entered|exited left removed deleted inactive; aiq_{audience_id}_{split_id}_{}.csv", "0 certain Header, - likely FileName, - likely FileName, 1 certain Values"),
        ("aiq_123_4.csv", "external_id,audience_id\nu,9\n", "audience; external_id external_id; of audience_id {split_id}; aiq_{audience_id}_{split_id}.csv", "0 certain Header, 1 certain Header, - likely FileName"),
        ("aiq_123_4.csv", "external_id,audience_id,split_id\nu,9,8\n", "audience; external_id external_id; of audience_id split_id", "0 certain Header, 1 certain Header, 2 certain Header"),
        ("aiq_123_4.csv", "external_id,AIQ_1_2\nu,1\n", "attributes; external_id external_id; boolean AIQ_1_2", "0 certain Header, 1 certain Header"),
        ("users.csv", "external_id,audience_id\nu,9\n", "attributes; external_id external_id", "0 certain Header"),
        // Events.
        ("", "external_id,event_name,time,n\nu,bought,2024-01-01T10:00:00Z,3\n", "events; external_id external_id; event_name at time; integer n", "0 certain Header, 1 certain Header, 2 certain Header"),
        ("", "external_id,event_name,time\nu,bought,2024-01-01 10:00\n", "events; external_id external_id; event_name at time", "0 certain Header, 1 certain Header, 2 likely Values"),
        ("", "external_id,event_name,time\nu,bought,31/12/2024\n", "events; external_id external_id; event_name at time", "0 certain Header, 1 certain Header, 2 likely Values"),
        ("", "external_id,event,occurred_at\nu,bought,1704164645\n", "events; external_id external_id; event at occurred_at", "0 certain Header, 1 likely UsualHeader, 2 likely UsualHeader"),
        ("", "external_id,name,time\nu,bought,2024-01-01\n", "events; external_id external_id; name at time", "0 certain Header, 1 likely UsualHeader, 2 likely Values"),
        ("", "external_id,name,created_at\nu,Ana,2024-01-01\n", "attributes; external_id external_id; date created_at", "0 certain Header"),
        ("", "external_id,event_name,time\nu,bought,soon\n", "attributes; external_id external_id", "0 certain Header"),
        ("", &format!("external_id,event_name,time,app_id\nu,bought,1704164645,{APP}\n"), "events; external_id external_id; event_name at time; in app_id", "0 certain Header, 1 certain Header, 2 certain Header, 3 certain Header"),
        ("", "external_id,event_name,time,app_id\nu,bought,1704164645,7\n", "events; external_id external_id; event_name at time", "0 certain Header, 1 certain Header, 2 certain Header"),
        ("", "external_id,timestamp,bought.properties.price\nu,1704164645,1.5\n", "events; external_id external_id; =bought at timestamp; number bought.properties.price", "0 certain Header, - likely UsualHeader, 1 likely UsualHeader"),
        ("", "external_id,name,timestamp,a.properties.x,b.properties.x\nu,a,1704164645,w,\n", "events; external_id external_id; name at timestamp", "0 certain Header, 1 likely UsualHeader, 2 likely UsualHeader"),
        // Types.
        ("", "external_id,i,n,b,d,t,l,j,z,p,g,s\nu,1,1.5,true,2024-02-29,2024-02-29T10:00Z,2024-02-29 10:00,{},007,+7,1234567890123456,a\n", "attributes; external_id external_id; integer i; number n; boolean b; date d; time t; json j", "0 certain Header"),
        ("", "external_id,j\nu,{\"a\n", "attributes; external_id external_id", "0 certain Header"),
        ("", "external_id,slash,gender,dob,email_open_tracking_disabled,email_subscribe,zip\nu,03/04/2024,1,2000-01-01,,1,12345\n", "attributes; external_id external_id; boolean email_open_tracking_disabled", "0 certain Header, 4 certain Header"),
        ("", "external_id,n\nu,1\nv,a\n", "attributes; external_id external_id", "0 certain Header"),
        ("", "external_id,n", "attributes; external_id external_id", "0 certain Header"),
        // JSON has its types.
        ("", "{\"external_id\":\"u\",\"n\":1,\"AIQ_1_2\":true}\n", "attributes; external_id external_id", "0 certain Header"),
        ("", "{\"user_alias\":{\"alias_name\":\"a\",\"alias_label\":\"b\"},\"email\":\"a@b.co\"}\n", "attributes; email email; not user_alias", "1 likely Header"),
    ];
    for (name, export, wanted, why) in cases {
        let found = inspect(name, export);
        let mapping = &found.suggestion.mapping;
        assert_eq!(told(mapping), *wanted, "{name} {export}");
        assert_eq!(reasons(&found), *why, "{name} {export}");
        let lacks_label =
            |rule: &IdentifierRule| rule.kind == IdentifierKind::UserAlias && rule.label.is_none();
        let mut rules = mapping.identifiers.iter();
        let needs_person = mapping.identifiers.is_empty() || rules.any(lacks_label);
        let plan = mapping.compile(&found.header);
        assert_eq!(plan.is_err(), needs_person, "{export} {plan:?}");
        let parsed = Mapping::parse(&mapping.to_json());
        assert_eq!(parsed.is_err(), needs_person, "{export} {parsed:?}");
    }
}

#[test]
fn the_example_suggests_its_mapping() {
    let found = Probe::inspect(&aiq_braze_tests::exports::example()).expect("it is an export");
    assert_eq!(
        told(&found.suggestion.mapping),
        "audience; external_id customer_id; of audience_id split_id; entered member|exited; \
         number lifetime_value; boolean vip; date last_purchase"
    );
    assert_eq!(
        reasons(&found),
        "0 likely UsualHeader, 1 certain Header, 2 certain Header, 3 certain Values"
    );
}

#[test]
fn types_are_corrected_by_the_whole_file() {
    let rows: String = (0..300)
        .map(|row| format!("u{row},1,2,,x,{row}\n"))
        .collect();
    let export = format!("external_id,n,m,later,text,i\n{rows}u,n/a,1.5,true,1,1\n");
    let found = inspect("", &export);
    let before = told(&found.suggestion.mapping);
    assert_eq!(
        before,
        "attributes; external_id external_id; integer n; integer m; integer i"
    );
    let mut survey = Survey::new(&found.header);
    survey.begin_file("a.csv");
    survey.feed(export.as_bytes()).expect("the header fits");
    survey.end_file().expect("the header fits");
    let found = found.corrected_by(&survey.finish());
    let after = told(&found.suggestion.mapping);
    assert_eq!(
        after,
        "attributes; external_id external_id; number m; boolean later; integer i"
    );
    assert_eq!(found.suggestion.reasons.len(), 4);
    assert_eq!(found.suggestion.grade(), Some(Grade::Certain));
}

#[test]
fn what_is_no_export_is_told_apart() {
    let long = "a,".repeat(PROBE_BYTES);
    for (export, error) in [
        ("", ProbeError::Empty),
        ("\u{FEFF}", ProbeError::Empty),
        ("\r\n \n", ProbeError::Empty),
        (&*long, ProbeError::HeaderTooLong),
        ("\"a", ProbeError::NoHeader),
        ("[]", ProbeError::NoObject),
    ] {
        let found = Probe::inspect(export.as_bytes()).map(|found| found.suggestion);
        assert_eq!(found.err(), Some(error), "{:?}", export.get(..9));
    }
}

#[test]
fn a_first_row_like_the_others_is_no_header_and_only_likely_so() {
    let export = "00123,Ana,entered\n00124,Bob,exited\n00125,Eva,entered\n";
    let found = inspect("a.csv", export);
    let dialect = found.header.format.dialect().expect("it is delimited");
    assert!(!dialect.header);
    assert_eq!(found.header.names()[0], "column_1");
    assert_eq!(found.sample.len(), 3);
    assert_eq!(found.suggestion.mapping.format, Some(found.header.format));
    let reason = &found.suggestion.reasons[0];
    assert_eq!((reason.role, reason.grade), (Role::NoHeader, Grade::Likely));
    let with_header = Dialect {
        header: true,
        ..dialect
    };
    let mut probe = Probe::with_format(with_header.into());
    probe.feed(export.as_bytes());
    let found = probe.finish().expect("it is an export");
    assert_eq!(found.header.names()[0], "00123", "a person has said so");
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        text in "((external_id|email|time|event_name|AIQ_1_2|x.properties.y|status),){0,4}[\",\n\r a1é\u{0}{:-]{0,80}",
        name in "(audience|aiq|[é{}_])?[_0-9é./-]{0,14}",
    ) {
        for export in [bytes, text.into_bytes()] {
            let mut probe = Probe::new().with_name(&name);
            probe.feed(&export);
            if let Ok(found) = probe.finish() {
                let _ = found.suggestion.mapping.compile(&found.header);
            }
        }
    }
}
