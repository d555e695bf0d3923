//! How long the whole job takes, beside the time in which the `csv` crate merely reads the file, and
//! how long a survey takes beside the whole job.
//!
//! `cargo bench -p aiq-braze` (`-- --rows 200000 --rounds 5` for a quick look, `--shape 1` for one shape).
//! Both run in one process, round after round, and CPU time is counted: on a shared machine only the
//! ratio means something.

#![allow(
    clippy::disallowed_types,   // figures for people are floats
    clippy::disallowed_methods, // and a benchmark has arguments
    clippy::print_stdout,     // a benchmark prints
    clippy::unwrap_used       // and stops where it cannot go on
)]

use aiq_braze::{Batch, Flow, Mapping, Probe, Session, Sink, Survey};
use aiq_braze_tests::exports;

/// The chunks in which a host reads a file.
const CHUNK: usize = 64 << 10;

#[derive(Default)]
struct Count {
    body_bytes: u64,
}

impl Sink for Count {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.body_bytes += batch.body.len() as u64;
        Flow::Continue
    }
}

fn main() {
    let n_rows = argument("--rows").unwrap_or(1_000_000);
    let n_rounds = argument("--rounds").unwrap_or(9).max(1);
    let short_columns_mapping = exports::short_columns_mapping();
    let shapes: [Shape<'_>; 4] = [
        (
            "12 mixed columns",
            |n_rows| exports::audience(n_rows, 1, &[]),
            exports::EXAMPLE_MAPPING,
        ),
        (
            "membership only",
            |n_rows| exports::membership(3 * n_rows, 1),
            MEMBERSHIP,
        ),
        (
            "60 short columns",
            |n_rows| exports::short_columns(n_rows / 2, 1),
            &short_columns_mapping,
        ),
        (
            "long quoted text",
            |n_rows| exports::long_text(n_rows / 3, 1),
            exports::LONG_TEXT_MAPPING,
        ),
    ];
    println!("CPU time, median of {n_rounds} interleaved rounds");
    let mut slowest = (0.0, "");
    let only = argument("--shape");
    for (shape_idx, (name, make_export, mapping)) in shapes.into_iter().enumerate() {
        if only.is_some_and(|only| only != shape_idx as u64) {
            continue;
        }
        let ratio = compare(name, &make_export(n_rows), mapping, n_rounds);
        if ratio > slowest.0 {
            slowest = (ratio, name);
        }
    }
    println!("slowest: {}, ratio {:.2}", slowest.1, slowest.0);
}

/// A shape's name, what makes an export from a number of rows, and the mapping.
type Shape<'m> = (&'static str, fn(u64) -> Vec<u8>, &'m str);

/// Measures one shape and prints it; returns our time in units of the yardstick's.
fn compare(name: &str, export: &[u8], mapping: &str, n_rounds: u64) -> f64 {
    let mapping = Mapping::parse(mapping).unwrap();
    let (mut csv, mut ours, mut surveys, mut body_bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..n_rounds {
        csv.push(cpu_secs(|| read_with_csv(export)));
        ours.push(cpu_secs(|| body_bytes = map(export, &mapping)));
        surveys.push(cpu_secs(|| survey(export)));
    }
    let (csv, ours, survey) = (median(csv), median(ours), median(surveys));
    let megabytes = export.len() as f64 / 1e6;
    println!(
        "{name}: {megabytes:.1} MB in, {:.1} MB of bodies out",
        body_bytes as f64 / 1e6
    );
    println!("  csv crate, reading only   {:6.0} MB/s", megabytes / csv);
    println!(
        "  aiq-braze, the whole job  {:6.0} MB/s   ratio {:.2}",
        megabytes / ours,
        ours / csv
    );
    println!(
        "  aiq-braze, the survey     {:6.0} MB/s   {:.2} times the whole job",
        megabytes / survey,
        survey / ours
    );
    ours / csv
}

const MEMBERSHIP: &str = r#"{"version":1,"rows":"audience",
    "identifiers":[{"column":"external_id","as":"external_id"}],
    "audience":{"id":{"column":"audience_id"},"split":{"column":"split_id"}}}"#;

fn read_with_csv(export: &[u8]) {
    let mut reader = csv::Reader::from_reader(export);
    let mut record = csv::ByteRecord::new();
    let mut n_rows = 0u64;
    while reader.read_byte_record(&mut record).unwrap() {
        n_rows += 1;
    }
    std::hint::black_box(n_rows);
}

fn map(export: &[u8], mapping: &Mapping) -> u64 {
    let plan = mapping
        .compile(&Probe::inspect(export).unwrap().header)
        .unwrap();
    let mut session = Session::new(plan);
    let mut sink = Count::default();
    session.begin_file("export.csv");
    for chunk in export.chunks(CHUNK) {
        assert_eq!(session.feed(chunk, &mut sink).unwrap(), Flow::Continue);
    }
    assert_eq!(session.end_file(&mut sink).unwrap(), Flow::Continue);
    let summary = session.finish(&mut sink);
    assert_eq!(summary.rejected, 0);
    sink.body_bytes
}

fn survey(export: &[u8]) {
    let mut survey = Survey::new(&Probe::inspect(export).unwrap().header);
    survey.begin_file("export.csv");
    for chunk in export.chunks(CHUNK) {
        survey.feed(chunk).unwrap();
    }
    survey.end_file().unwrap();
    std::hint::black_box(survey.finish());
}

fn cpu_secs(work: impl FnOnce()) -> f64 {
    use rustix::time::{ClockId, clock_gettime};
    let now = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let before = now();
    work();
    now() - before
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The number behind an argument. Cargo adds arguments of its own, which are passed over.
fn argument(name: &str) -> Option<u64> {
    let mut arguments = std::env::args();
    arguments.find(|argument| argument == name)?;
    arguments.next()?.parse().ok()
}
