//! Nothing is allocated per row: twice the rows cost not one allocation more.

use std::fmt::Write as _;

use aiq_braze::{Batch, Flow, Mapping, Probe, Session, Sink, Survey};
use aiq_braze_tests::exports;

struct Ignore;

impl Sink for Ignore {
    fn batch(&mut self, _: &Batch<'_>) -> Flow {
        Flow::Continue
    }
}

fn allocations(export: &[u8], mapping: &str) -> u64 {
    let header = Probe::inspect(export).expect("it is an export").header;
    let plan = Mapping::parse(mapping)
        .expect("it is a mapping")
        .compile(&header)
        .expect("it fits");
    let info = allocation_counter::measure(|| {
        let mut session = Session::new(plan);
        session.begin_file("export.csv");
        for chunk in export.chunks(64 << 10) {
            let _ = session.feed(chunk, &mut Ignore).expect("the header fits");
        }
        let _ = session.end_file(&mut Ignore).expect("the header fits");
        let summary = session.finish(&mut Ignore);
        assert_eq!((summary.rejected, summary.nothing_to_send), (0, 0));
        assert!(
            summary.rows >= 100_000 && summary.tally.is_empty(),
            "{:?}",
            summary.tally
        );
    });
    info.count_total
}

/// 100,000 rows, and the same rows once more behind them: others might be longer, and take more room.
#[track_caller]
fn twice_the_rows_allocate_no_more(make: impl Fn(u64) -> Vec<u8>, mapping: &str) {
    let once = make(100_000);
    assert_eq!(
        allocations(&once, mapping),
        allocations(&doubled(&once), mapping)
    );
}

fn doubled(export: &[u8]) -> Vec<u8> {
    let header_end = export.iter().position(|byte| *byte == b'\n');
    let rows = &export[header_end.expect("there is a header") + 1..];
    [export, rows].concat()
}

/// Rows from a template with the row's number in it.
fn rows(header: &str, n_rows: u64, row: impl Fn(u64, &mut String)) -> Vec<u8> {
    let mut export = format!("{header}\n");
    for number in 1..=n_rows {
        row(number, &mut export);
        export.push('\n');
    }
    export.into_bytes()
}

const IDENTIFIERS: &str = r#""version":1,"identifiers":[{"column":"id","as":"external_id"}]"#;

#[test]
fn audiences() {
    twice_the_rows_allocate_no_more(
        |rows| exports::audience(rows, 1, &[]),
        exports::EXAMPLE_MAPPING,
    );
}

#[test]
fn events() {
    twice_the_rows_allocate_no_more(|rows| exports::events(rows, 1, 0), exports::EVENTS_MAPPING);
}

#[test]
fn objects_in_objects() {
    let export = |n_rows| {
        rows(
            "id,address.city,address.geo.lat,a,address.since",
            n_rows,
            |number, row| {
                let _ = write!(
                    row,
                    "{number},\"R\"\"{}\"\"\",{}.50,x,2024-05-31",
                    number % 97,
                    number % 90
                );
            },
        )
    };
    let mapping = format!(
        r#"{{{IDENTIFIERS},"rows":"attributes","nested_names":"merge",
        "columns":[{{"header":"address.geo.lat","type":"number"}},{{"header":"address.since","type":"date"}}]}}"#
    );
    twice_the_rows_allocate_no_more(export, &mapping);
}

#[test]
fn values_of_every_type() {
    let export = |n_rows| {
        rows(
            "id,tags,prefs,seen,day,count,email,local",
            n_rows,
            |number, row| {
                let (minute, small) = (number % 60, number % 1000);
                let _ = write!(
                    row,
                    "{number},a;b{small};c,\"{{\"\"n\"\": [{small}, {{\"\"k\"\": 1.50}}]}}\",2024-05-31T10:{minute:02}:00+02:00,\
                 2024-05-31,{small},u{number}@example.com,2024-01-31 12:{minute:02}"
                );
            },
        )
    };
    let mapping = format!(
        r#"{{{IDENTIFIERS},"rows":"attributes","columns":[{{"header":"tags","type":"list"}},
        {{"header":"prefs","type":"json"}},{{"header":"seen","type":"time"}},{{"header":"day","type":"date"}},
        {{"header":"count","type":"integer"}},{{"header":"local","type":"time","zone":"America/New_York"}}]}}"#
    );
    twice_the_rows_allocate_no_more(export, &mapping);
}

#[test]
fn rows_that_are_merged() {
    let export = |n_rows| {
        rows("id,aud,a,b", n_rows, |number, row| {
            let (user, audience) = (number / 4, number % 4);
            let _ = write!(row, "{user},{audience},x,y{user}");
        })
    };
    let mapping = format!(
        r#"{{{IDENTIFIERS},"rows":"audience","audience":{{"id":{{"column":"aud"}},"split":{{"value":"1"}}}}}}"#
    );
    twice_the_rows_allocate_no_more(export, &mapping);
}

#[test]
fn further_identifiers_and_filters() {
    let export = |n_rows| {
        rows("id,crm,label,a", n_rows, |number, row| {
            let _ = match number % 2 {
                0 => write!(row, "{number},,,x"),
                _ => write!(row, ",c-{number},crm,x"),
            };
        })
    };
    let mapping = r#"{"version":1,"rows":"attributes","where":{"column":"a","in":["x"]},
        "identifiers":[{"column":"id","as":"external_id"},{"column":"crm","as":"user_alias","label":{"column":"label"}}]}"#;
    twice_the_rows_allocate_no_more(export, mapping);
}

fn survey_allocations(export: &[u8]) -> u64 {
    let header = Probe::inspect(export).expect("it is an export").header;
    let info = allocation_counter::measure(|| {
        let mut survey = Survey::new(&header);
        survey.begin_file("export.csv");
        for chunk in export.chunks(64 << 10) {
            survey.feed(chunk).expect("the header fits");
        }
        survey.end_file().expect("the header fits");
        assert!(survey.finish().rows > 0);
    });
    info.count_total
}

#[test]
fn twice_the_rows_of_a_survey_allocate_no_more() {
    let once = exports::audience(100_000, 1, &[]);
    assert_eq!(
        survey_allocations(&once),
        survey_allocations(&doubled(&once))
    );
}
