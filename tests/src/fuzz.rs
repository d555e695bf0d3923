//! Functions that are handed a seed, make something hostile of it, and panic when the core breaks a promise:
//! no panic on any bytes, the same at any chunking, only valid JSON, every row accounted for.
//!
//! The same seed is the same input on every machine. `cargo test` replays a fixed number of seeds; longer:
//!
//! ```text
//! cargo run --release -p aiq-braze-tests --bin fuzz -- --seconds 60 --from 1
//! ```

mod again;
mod make;

use std::collections::BTreeSet;

use aiq_braze::output::{Form, Output};
use aiq_braze::read::{Dialect, Escape, Format, Limits, Step};
use aiq_braze::wire::InputArray;
use aiq_braze::wire::reply::{Again, Fate, Reply, ReplyHeaders, Sent, interpret};
use aiq_braze::{
    Batch, BatchLimits, Diagnostic, Flow, Header, Mapping, Options, Plan, Probe, Problem, Reader,
    Row, Session, Severity, Sink, Summary, map_all,
};
use serde_json::value::RawValue;

use crate::random::Random;

/// A function and its name.
pub type Target = (&'static str, fn(u64));

/// All that there are.
pub const TARGETS: [Target; 9] = [
    ("reader", reader),
    ("probe", probe),
    ("mapping", mapping),
    ("session", session),
    ("json", json),
    ("rejects", rejects),
    ("twin", twin),
    ("outputs", outputs),
    ("replies", replies),
];

// --- The reader -----------------------------------------------------------------------------------

/// Any bytes in any dialect: the same rows at any chunking, one behind the other, within the limits.
pub fn reader(seed: u64) {
    let mut random = Random::new(seed);
    let bytes = make::bytes(&mut random);
    let dialect = Dialect {
        delimiter: random.pick(b",;\t|^ "),
        escape: random.pick(&[Escape::Double, Escape::Backslash]),
        header: true,
    };
    let limits = Limits {
        record_bytes: random.pick(&[64, 65, 200, 1 << 20]),
        ..Limits::default()
    };
    let whole = read(dialect, limits, &[&bytes]);
    for _ in 0..4 {
        let chunks = make::chunks(&mut random, &bytes);
        assert_eq!(
            read(dialect, limits, &chunks),
            whole,
            "{dialect:?} {limits:?}"
        );
    }
    let mut last = 0;
    for (number, row) in whole.iter().enumerate() {
        assert_eq!(row.row, number as u64, "rows count one by one");
        assert!(
            row.byte >= last && row.byte <= bytes.len() as u64,
            "rows follow each other"
        );
        assert!(
            row.raw.len() <= limits.record_bytes.max(64),
            "no row is longer than the limit"
        );
        let there = bytes.get(row.byte as usize..).unwrap_or_default();
        assert!(there.starts_with(&row.raw), "a row stands where it says");
        last = row.byte;
    }
}

/// What a reader says of one row.
#[derive(Debug, PartialEq, Eq)]
struct ReadRow {
    row: u64,
    line: u64,
    byte: u64,
    raw: Vec<u8>,
    /// The cells, or what is wrong.
    said: Result<Vec<String>, String>,
}

fn read(dialect: Dialect, limits: Limits, chunks: &[&[u8]]) -> Vec<ReadRow> {
    let mut rows = Vec::new();
    let mut reader = Reader::new(dialect, limits);
    reader.begin_file(0);
    for chunk in chunks {
        let mut rest = *chunk;
        while !rest.is_empty() {
            let n_bytes = reader.fill(rest);
            assert!(n_bytes > 0, "a reader that was emptied takes something");
            rest = &rest[n_bytes..];
            take_rows(&mut reader, &mut rows);
        }
    }
    reader.end();
    take_rows(&mut reader, &mut rows);
    rows
}

fn take_rows(reader: &mut Reader, rows: &mut Vec<ReadRow>) {
    loop {
        let (at, raw, said) = match reader.next() {
            Step::Record(record) => {
                let cells = (0..record.width()).map(|column_idx| {
                    let text = record.text(column_idx).expect("a column of the row");
                    String::from_utf8(text.into_owned()).expect("cells are UTF-8")
                });
                (record.location(), record.raw(), Ok(cells.collect()))
            }
            Step::Defect(defect) => (defect.at, defect.raw, Err(format!("{:?}", defect.kind))),
            Step::More => return,
        };
        rows.push(ReadRow {
            row: at.row,
            line: at.line,
            byte: at.byte,
            raw: raw.to_vec(),
            said,
        });
    }
}

// --- Probe and mappings ---------------------------------------------------------------------------

/// Any bytes as a whole export without a mapping.
pub fn probe(seed: u64) {
    let mut random = Random::new(seed);
    let bytes = make::bytes(&mut random);
    if let Ok(found) = Probe::inspect(&bytes) {
        let json = found.suggestion.mapping.to_json();
        // A suggestion without an identifier is a question, and no mapping yet.
        if !found.suggestion.mapping.identifiers.is_empty() {
            let parsed = Mapping::parse(&json).expect("a suggestion is a mapping");
            assert_eq!(parsed, found.suggestion.mapping);
        }
    }
    if let Ok(mapped) = map_all(&bytes, None) {
        mapped.bodies.iter().for_each(|body| _ = check_body(body));
    }
}

/// Any text as a mapping, and mappings that were right before something was done to them.
pub fn mapping(seed: u64) {
    let mut random = Random::new(seed);
    let columns = make::columns(&mut random);
    let mut text = make::mapping(&mut random, &columns);
    if random.percent(70) {
        text = String::from_utf8_lossy(&make::spoilt(&mut random, text.into_bytes())).into_owned();
    }
    match Mapping::parse(&text) {
        Ok(mapping) => {
            let json = mapping.to_json();
            assert_eq!(Mapping::parse(&json).as_ref(), Ok(&mapping), "{json}");
            let header = Header::new(Dialect::default(), &columns);
            match (mapping.compile(&header), mapping.compile(&header)) {
                (Ok(one), Ok(other)) => assert_eq!(one.fingerprint(), other.fingerprint()),
                (one, _) => assert!(!one.expect_err("both or none").is_empty()),
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty() && problems.len() <= 100);
            for problem in &problems {
                for language in [aiq_braze::Language::English, aiq_braze::Language::Spanish] {
                    assert!(!problem.message(language).is_empty());
                }
            }
        }
    }
}

// --- Sessions -------------------------------------------------------------------------------------

/// An export, a mapping that fits it, and settings.
struct Job {
    plan: Plan,
    options: Options,
    files: Vec<Vec<u8>>,
}

fn job(random: &mut Random) -> Option<Job> {
    let columns = make::columns(random);
    let mapping = Mapping::parse(&make::mapping(random, &columns)).ok()?;
    let dialect = mapping.format.unwrap_or_default().dialect()?;
    let n_files = 1 + random.below(3);
    let files = (0..n_files).map(|_| make::export(random, &columns, dialect));
    let files = files.collect();
    let header = Header::new(dialect, &columns);
    job_of(random, &mapping, &header, files)
}

/// The same of JSON lines, whose columns may come at any time.
fn json_job(random: &mut Random) -> Option<Job> {
    let columns = make::columns(random);
    let text = make::mapping(random, &columns);
    let text = text.replacen('{', r#"{"format":{"kind":"json"},"#, 1);
    let mapping = Mapping::parse(&text).ok()?;
    let n_files = 1 + random.below(3);
    let files = (0..n_files).map(|_| make::json_lines(random, &columns));
    let files: Vec<_> = files.collect();
    let mut probe = Probe::with_format(Format::Json);
    probe.feed(&files[0]);
    let found = probe.finish().ok()?;
    job_of(random, &mapping, &found.header, files)
}

fn job_of(
    random: &mut Random,
    mapping: &Mapping,
    header: &Header,
    files: Vec<Vec<u8>>,
) -> Option<Job> {
    let plan = mapping.compile(header).ok()?;
    let options = Options {
        read: Limits {
            record_bytes: random.pick(&[64, 300, 1 << 20, 1 << 20]),
            ..Limits::default()
        },
        batch: BatchLimits {
            objects: random.pick(&[1, 2, 5, 75, 75]),
            body_bytes: random.pick(&[1024, 2000, 4 << 20, 4 << 20]),
        },
        now: random.percent(30).then(|| random.below(4_000_000_000)),
        looks_for_conflicts: random.percent(30),
    };
    Some(Job {
        plan,
        options,
        files,
    })
}

/// Whether a seed of [`session`] and [`outputs`] makes a mapping that fits its export: what does not is no
/// run.
pub fn is_run(seed: u64) -> bool {
    job(&mut Random::new(seed)).is_some()
}

/// Any bytes under any mapping that compiles.
pub fn session(seed: u64) {
    let mut random = Random::new(seed);
    if let Some(job) = job(&mut random) {
        check_chunks(&job, &mut random);
    }
}

/// Any JSON under any mapping that compiles.
pub fn json(seed: u64) {
    let mut random = Random::new(seed);
    if let Some(job) = json_job(&mut random) {
        check_chunks(&job, &mut random);
    }
}

fn check_chunks(job: &Job, random: &mut Random) {
    let whole = run(job, &mut |file: &[u8]| vec![file.to_vec()]);
    let cut = run(job, &mut |file: &[u8]| {
        let chunks = make::chunks(random, file);
        chunks.into_iter().map(<[u8]>::to_vec).collect()
    });
    assert_eq!(whole.bodies, cut.bodies, "the same bodies at any chunking");
    assert_eq!(whole.said, cut.said, "the same diagnostics at any chunking");
    assert_eq!(whole.rejected, cut.rejected);
    assert_eq!(whole.summary, cut.summary);
}

/// What a session handed out.
#[derive(Default)]
struct Collect {
    limits: BatchLimits,
    bodies: Vec<String>,
    said: Vec<Diagnostic>,
    rejected: Vec<Diagnostic>,
    n_rows: u64,
    n_objects: u64,
    summary: Summary,
}

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        let body = std::str::from_utf8(batch.body).expect("a body is UTF-8");
        let n_objects = check_body(body);
        assert_eq!(n_objects, batch.objects.len());
        assert!((1..=self.limits.objects).contains(&n_objects));
        assert!(body.len() <= self.limits.body_bytes, "{} bytes", body.len());
        assert_eq!(batch.number, self.bodies.len() as u64);
        let mut end = 0;
        for object in batch.objects {
            assert!(object.range.start > end && object.n_rows > 0);
            end = object.range.end;
            let text = &body[object.range.start as usize..object.range.end as usize];
            assert!(text.len() <= 102_400 && text.starts_with('{') && text.ends_with('}'));
            assert!(
                object.user(batch.body).is_some(),
                "an object names its user: {text}"
            );
            assert!(batch.array == InputArray::Attributes || object.n_rows == 1);
            self.n_rows += object.n_rows;
        }
        self.n_objects += n_objects as u64;
        self.bodies.push(body.to_owned());
        Flow::Continue
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        let problem = row.problem(diagnostic);
        assert!(!problem.message(aiq_braze::Language::English).is_empty());
        self.said.push(*diagnostic);
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        assert!(self.said.contains(reason), "a reason was told before");
        let mut line = Vec::new();
        row.write_reject(&mut line, reason);
        assert!(line.ends_with(b"\n"));
        self.rejected.push(*reason);
        Flow::Continue
    }
}

fn run(job: &Job, cut: &mut dyn FnMut(&[u8]) -> Vec<Vec<u8>>) -> Collect {
    let mut sink = Collect {
        limits: job.options.batch,
        ..Collect::default()
    };
    let mut session = Session::with_options(job.plan.clone(), job.options);
    'files: for (number, file) in job.files.iter().enumerate() {
        session.begin_file(&format!("a{number}_b{number}.csv"));
        for chunk in cut(file) {
            match session.feed(&chunk, &mut sink) {
                Ok(flow) => assert_eq!(flow, Flow::Continue),
                Err(fatal) => {
                    assert!(!fatal.to_string().is_empty());
                    break 'files;
                }
            }
        }
        if session.end_file(&mut sink).is_err() {
            break;
        }
    }
    let summary = session.finish(&mut sink);
    let accounted = sink.n_rows + summary.rejected + summary.nothing_to_send;
    assert_eq!(summary.rows, accounted, "every row is accounted for");
    assert_eq!(summary.rejected, sink.rejected.len() as u64);
    assert_eq!(summary.objects, sink.n_objects);
    assert_eq!(summary.batches, sink.bodies.len() as u64);
    assert!(summary.left_out <= summary.nothing_to_send);
    sink.summary = summary;
    sink
}

/// Checks a request body: JSON of one array of objects, one identifier in each, no key twice. Answers with
/// the number of objects.
fn check_body(body: &str) -> usize {
    assert!(!body.contains(['\n', '\r']), "a body is one line: {body}");
    let report = aiq_braze::payload::check(body.as_bytes());
    let is_error = |problem: &&Problem| problem.code.severity() == Severity::Error;
    let errors: Vec<_> = report.problems.iter().filter(is_error).collect();
    assert!(errors.is_empty(), "{errors:?}: {body}");
    let members = members(body);
    let [(array, objects)] = &members[..] else {
        panic!("one array: {body}")
    };
    assert!(array == "attributes" || array == "events", "{body}");
    let objects: Vec<&RawValue> = serde_json::from_str(objects).expect("an array");
    for object in &objects {
        let members = self::members(object.get());
        let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        let is_primary = |key: &&&str| ["external_id", "braze_id", "user_alias"].contains(key);
        let n_primary = keys.iter().filter(is_primary).count();
        let is_named = n_primary == 1 || n_primary == 0 && ["email", "phone"].contains(&keys[0]);
        assert!(is_named, "one identifier: {object}");
        if array == "events" {
            assert!(keys.contains(&"name") && keys.contains(&"time"), "{object}");
            let allowed = [
                "app_id",
                "name",
                "time",
                "properties",
                "_update_existing_only",
            ];
            assert!(
                keys[1..].iter().all(|key| allowed.contains(key)),
                "{object}"
            );
        }
        let properties = members.iter().filter(|(key, _)| key == "properties");
        if array == "events" {
            properties.for_each(|(_, value)| _ = self::members(value));
        }
    }
    objects.len()
}

/// An object's members; a key that stands twice is a panic.
fn members(object: &str) -> Vec<(String, String)> {
    struct Visitor;
    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Vec<(String, String)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                members.push((key, value.get().to_owned()));
            }
            Ok(members)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(object);
    let members = serde::Deserializer::deserialize_map(&mut reader, Visitor);
    let members = members.unwrap_or_else(|error| panic!("{error}: {object}"));
    reader
        .end()
        .unwrap_or_else(|error| panic!("{error}: {object}"));
    let keys: BTreeSet<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys.len(), members.len(), "no key twice: {object}");
    members
}

/// Rejects read again as they are, are rejected again for the same reasons.
pub fn rejects(seed: u64) {
    again::rejects(seed);
}

/// Clean exports under mappings that the slow twin knows: the same bodies, the same rejected rows.
pub fn twin(seed: u64) {
    let mut random = Random::new(seed);
    let columns = make::columns(&mut random);
    let text = make::mapping(&mut random, &columns);
    // What the twin does not know: see its page.
    let unknown = [
        "\"index\"",
        "New_York",
        "epoch_seconds",
        "\"json\"",
        "max_names",
        "file_part",
    ];
    let names: BTreeSet<&String> = columns.iter().collect();
    if unknown.iter().any(|word| text.contains(word)) || names.len() < columns.len() {
        return;
    }
    let Ok(mapping) = Mapping::parse(&text) else {
        return;
    };
    let Some(dialect) = mapping.format.unwrap_or_default().dialect() else {
        return;
    };
    let export = make::clean_export(&mut random, &columns, dialect);
    let header = Header::new(dialect, &columns);
    let Some(mut job) = job_of(&mut random, &mapping, &header, vec![export]) else {
        return;
    };
    job.options = Options::default();
    let ours = run(&job, &mut |file: &[u8]| vec![file.to_vec()]);
    let theirs = crate::twin::map_files(&[("a0_b0.csv", &job.files[0])], &text);
    let rejected = ours.rejected.iter();
    let rejected: Vec<_> = rejected
        .map(|reason| (reason.at.row, reason.code.name()))
        .collect();
    assert_eq!(
        rejected,
        theirs.rejected,
        "{text}\n{}",
        String::from_utf8_lossy(&job.files[0])
    );
    assert_eq!(ours.bodies, theirs.bodies, "{text}");
}

// --- Outputs --------------------------------------------------------------------------------------

/// Every output of any run: JSON lines are JSON, a CSV is as wide as its header, no object is missing.
pub fn outputs(seed: u64) {
    let mut random = Random::new(seed);
    let Some(job) = job(&mut random) else {
        return;
    };
    let check = run(&job, &mut |file: &[u8]| vec![file.to_vec()]);
    let names: Vec<&str> = check
        .summary
        .audiences
        .iter()
        .map(|name| &*name.name)
        .collect();
    for (_, form) in Form::NAMES {
        let Ok(output) = Output::new(*form, &job.plan, &names) else {
            continue;
        };
        let mut sink = WriteOutput {
            output,
            out: Vec::new(),
        };
        sink.output.start(&mut sink.out);
        let mut session = Session::with_options(job.plan.clone(), job.options);
        for (number, file) in job.files.iter().enumerate() {
            session.begin_file(&format!("a{number}_b{number}.csv"));
            let fed = session
                .feed(file, &mut sink)
                .and_then(|_| session.end_file(&mut sink));
            if fed.is_err() {
                break;
            }
        }
        session.finish(&mut sink);
        check_output(*form, &sink.out, &check);
    }
}

struct WriteOutput {
    output: Output,
    out: Vec<u8>,
}

impl Sink for WriteOutput {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.output.batch(batch.body, batch.objects, &mut self.out);
        Flow::Continue
    }
}

fn check_output(form: Form, out: &[u8], check: &Collect) {
    let text = std::str::from_utf8(out).expect("outputs are UTF-8");
    match form {
        Form::Bodies => assert_eq!(text.lines().collect::<Vec<_>>(), check.bodies),
        Form::Cdi => {
            let lines = text.lines();
            let payloads = lines.map(|line| {
                let members = members(line);
                let (_, payload) = members
                    .iter()
                    .find(|(key, _)| key == "payload")
                    .expect("a payload");
                let payload: String = serde_json::from_str(payload).expect("the payload is a text");
                self::members(&payload);
            });
            assert_eq!(payloads.count() as u64, check.n_objects);
        }
        Form::BrazeCsv => {
            let mut csv = csv::ReaderBuilder::new().from_reader(out);
            let rows = csv
                .records()
                .map(|row| row.expect("each row is as wide as the header"));
            assert_eq!(rows.count() as u64, check.n_objects);
        }
    }
}

// --- Replies --------------------------------------------------------------------------------------

/// Any answer to any request: each object has a fate, and none is taken that was not.
pub fn replies(seed: u64) {
    let mut random = Random::new(seed);
    let sent = Sent {
        array: random.pick(&[
            InputArray::Attributes,
            InputArray::Events,
            InputArray::Purchases,
        ]),
        n_objects: random.below(76) as usize,
    };
    let status = random.pick(&[
        200, 201, 202, 204, 301, 400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504, 0,
    ]);
    let status = if random.percent(10) {
        random.below(1000) as u16
    } else {
        status
    };
    let body = make::reply(&mut random, sent.n_objects);
    let mut header = || {
        let texts = [
            "",
            "0",
            "7",
            " 12 ",
            "1700000000",
            "-1",
            "1e3",
            "99999999999999999999",
            "soon",
            "1.5",
        ];
        random
            .pick(&[None, None])
            .or_else(|| random.percent(60).then(|| random.pick(&texts)))
    };
    let (retry_after, reset) = (header(), header());
    let headers = ReplyHeaders {
        retry_after,
        retry_at: random.percent(20).then(|| random.number()),
        reset,
    };
    let reply = interpret(status, &headers, &body, sent);
    let named: &[_] = match &reply {
        Reply::Taken { refused, .. } => {
            assert!((200..=202).contains(&status));
            refused
        }
        Reply::Refused { named, .. } => {
            assert!((400..500).contains(&status));
            named
        }
        Reply::Again { why, .. } => {
            let wanted = match why {
                Again::RateLimited => 429,
                Again::NotReached => 502,
                Again::Unavailable => 503,
            };
            assert_eq!(status, wanted);
            &[]
        }
        Reply::Denied { .. } => {
            assert!(status == 401 || status == 403);
            &[]
        }
        Reply::TooLarge { .. } => {
            assert!(status == 400 || status == 413);
            &[]
        }
        Reply::Unknown { .. } => &[],
    };
    assert!(named.iter().all(|refusal| refusal.index < sent.n_objects));
    assert!(
        named.is_sorted_by(|one, other| one.index < other.index),
        "ascending, each once"
    );
    for index in 0..sent.n_objects {
        match reply.fate(index) {
            Fate::Taken => assert!((200..=202).contains(&status)),
            Fate::Refused(_) | Fate::NotProcessed | Fate::Unknown(_) => {}
        }
    }
}
