//! The README's examples: each file with its mapping gives the body that stands below it.

use aiq_braze::{Batch, Flow, Mapping, Probe, Session, Sink};

const README: &str = include_str!("../README.md");

/// A fenced block: what stands behind its fence, and its text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let fences: Vec<&str> = README.split("\n```").collect();
    let inside = fences.iter().skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).collect()
}

#[derive(Default)]
struct Bodies(String);

impl Sink for Bodies {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        let body = std::str::from_utf8(batch.body).expect("a body is UTF-8");
        self.0 += body;
        self.0.push('\n');
        Flow::Continue
    }
}

fn map(name: &str, export: &str, mapping: &str) -> String {
    let mapping = Mapping::parse(mapping).expect("the mapping is right");
    let header = Probe::inspect(export.as_bytes())
        .expect("the export can be read")
        .header;
    let plan = mapping.compile(&header).expect("the mapping fits");
    let mut sink = Bodies::default();
    let mut session = Session::new(plan);
    session.begin_file(name);
    let flow = session
        .feed(export.as_bytes(), &mut sink)
        .expect("the header fits");
    assert_eq!(flow, Flow::Continue);
    let flow = session.end_file(&mut sink).expect("the header fits");
    assert_eq!(flow, Flow::Continue);
    assert_eq!(session.finish(&mut sink).rejected, 0);
    sink.0
}

#[test]
fn every_example_gives_the_body_below_it() {
    let blocks = blocks();
    let is_export = |fence: &str| fence.starts_with("csv") || fence.starts_with("jsonl");
    let mut n_examples = 0;
    for example in blocks.windows(3) {
        let [(fence, export), ("json", mapping), ("jsonl", bodies)] = example else {
            continue;
        };
        if is_export(fence) {
            let name = fence.split_once(' ').map_or("", |(_, name)| name);
            assert_eq!(
                map(name, export, mapping),
                format!("{bodies}\n"),
                "{mapping}"
            );
            n_examples += 1;
        }
    }
    assert_eq!(
        n_examples, 4,
        "the examples of audience, names, types and events"
    );
}
