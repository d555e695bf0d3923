//! Nothing is allocated per row: twice the rows cost not one allocation more.

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
        assert_eq!(summary.rejected, 0);
    });
    info.count_total
}

#[test]
fn twice_the_rows_allocate_no_more() {
    let once = allocations(&exports::audience(20_000, 1, &[]), exports::EXAMPLE_MAPPING);
    let twice = allocations(&exports::audience(40_000, 1, &[]), exports::EXAMPLE_MAPPING);
    assert_eq!(once, twice);
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
    // The same rows once more: other rows might be the first of their form, which is a fact more.
    let once = exports::audience(100_000, 1, &[]);
    let header_end = once
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("there is a header");
    let twice = [&once, &once[header_end + 1..]].concat();
    assert_eq!(survey_allocations(&once), survey_allocations(&twice));
}
