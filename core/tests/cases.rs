//! The corpus: each file of `cases` is an export, a mapping, and everything that comes of them.
//!
//! A case is a text of sections, each behind a line `--- name`:
//!
//! | section | holds |
//! |---|---|
//! | `about` | what the case shows |
//! | `mapping` | the mapping's JSON; without it the suggested one is used |
//! | `export NAME` | a file of the export, as it stands there; several are its parts |
//! | `export NAME escaped` | the same with `\n`, `\r`, `\t`, `\\` and `\xNN`; its own line ends count for nothing. `\*9{text}` is the text nine times, with `#` in it as a number from 1 |
//! | `options` | words of `record_bytes N`, `objects N`, `body_bytes N`, `now SECONDS`, `looks_for_conflicts`, one a line |
//! | `bodies` | the request bodies, one a line |
//! | `diagnostics` | what is said about rows: code, file.row, line and byte, column, what was found; and which rows are rejected |
//! | `problems` | what is said about the mapping, the header, or the end of the run |
//! | `rejects` | the rejects file, if a case wants to show it |
//! | `output FORM` | what an output of this form is, if a case wants to show it |
//! | `summary` | the totals |
//!
//! Characters that stand forty times or more one behind the other are shortened to `«987×a»`. Every case is
//! run in chunks of many sizes: the same must come of it.
//!
//! `UPDATE_CASES=1 cargo test -p aiq-braze --test cases` writes what is expected anew. Whoever commits that
//! has read it, and holds it against the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aiq_braze::diag::Place;
use aiq_braze::output::{Form, Output};
use aiq_braze::{
    Batch, Code, Diagnostic, Fatal, Flow, Inspection, Language, Mapping, Options, Probe, Problem,
    Row, Session, Sink, Summary, Tally, rejects,
};
use aiq_braze_tests::random::Random;

/// Codes that no case of the corpus can raise: each range by its numbers, with who proves it instead.
const ELSEWHERE: &[(u16, u16, &str)] = &[
    (1008, 1008, "wide JSON exports: tests of the JSON reader"),
    (1012, 1012, "JSON exports: tests of the JSON reader"),
    (1020, 1022, "files around an export: tests of the host"),
    (3012, 3022, "values of standard fields: tests of the checks"),
    (3024, 3024, "removed fields: tests of the checks"),
    (3051, 3051, "nested values: tests of the checks"),
    (3053, 3053, "nested values: tests of the checks"),
    (3055, 3057, "nested values: tests of the checks"),
    (3059, 3062, "nested values: tests of the checks"),
    (3066, 3066, "arrays: tests of the checks"),
    (3069, 3069, "properties of an event: tests of the checks"),
    (3070, 3073, "facts about whole columns: tests of the survey"),
    (
        5001,
        5011,
        "ready-made bodies: tests of the payload's checker",
    ),
    (
        5013,
        5034,
        "ready-made bodies: tests of the payload's checker",
    ),
];

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "blessed cases are written, by whoever asks for it"
)]
fn every_case_comes_out_as_it_says_at_any_chunking() {
    let updates = std::env::var_os("UPDATE_CASES").is_some();
    let mut wrong = Vec::new();
    for path in case_files() {
        let text = fs::read_to_string(&path).expect("a case can be read");
        let case = Case::parse(&text, &path);
        let found = case.run(&Cuts::whole());
        for cuts in Cuts::all(&case.name) {
            let other = case.run(&cuts);
            for ((section, one), (_, other)) in found.sections().into_iter().zip(other.sections()) {
                assert_eq!(one, other, "{}, {section}, {cuts:?}", case.name);
            }
        }
        let expected = case.render(&found);
        if expected == text {
            continue;
        }
        if updates {
            fs::write(&path, expected).expect("a case can be written");
        } else {
            wrong.push(format!("{}\n{}", case.name, difference(&text, &expected)));
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{}\nif this is right by the rules: UPDATE_CASES=1",
        wrong.join("\n")
    );
}

#[test]
fn every_code_is_raised_by_a_case() {
    let mut raised = BTreeSet::new();
    for path in case_files() {
        let text = fs::read_to_string(&path).expect("a case can be read");
        let case = Case::parse(&text, &path);
        let expected = case.expected.iter().map(|(_, text)| text.as_str());
        for text in expected {
            raised.extend(text.match_indices("AIQ").filter_map(|(at, _)| {
                let number: u16 = text.get(at + 3..at + 7)?.parse().ok()?;
                Some(number)
            }));
        }
    }
    let is_elsewhere = |number: u16| {
        let mut ranges = ELSEWHERE.iter();
        ranges.any(|(from, to, _)| (*from..=*to).contains(&number))
    };
    let missing = Code::ALL.iter().filter(|code| {
        let number = code.id()[3..].parse().expect("AIQ and four digits");
        !raised.contains(&number) && !is_elsewhere(number)
    });
    let missing: Vec<_> = missing.map(|code| code.id()).collect();
    assert!(missing.is_empty(), "no case raises {missing:?}");
    let needless: Vec<_> = raised
        .into_iter()
        .filter(|number| is_elsewhere(*number))
        .collect();
    assert!(
        needless.is_empty(),
        "a case raises {needless:?}: shorten the list"
    );
}

fn case_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let files = fs::read_dir(folder).expect("there are cases");
    let mut files: Vec<_> = files
        .map(|entry| entry.expect("a folder can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "case")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

// --- Case files -----------------------------------------------------------------------------------

#[derive(Debug, Default)]
struct Case {
    name: String,
    /// All that is given, as it stands in the file.
    given: String,
    mapping: Option<String>,
    files: Vec<(String, Vec<u8>)>,
    options: Options,
    expected: Vec<(String, String)>,
}

const EXPECTED: [&str; 4] = ["problems", "diagnostics", "bodies", "summary"];

impl Case {
    fn parse(text: &str, path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default();
        let mut case = Self {
            name: name.to_string_lossy().into_owned(),
            ..Self::default()
        };
        let sections = format!("\n{}", text.strip_suffix('\n').unwrap_or(text));
        let mut sections = sections.split("\n--- ");
        assert_eq!(
            sections.next(),
            Some(""),
            "{}: text before a section",
            case.name
        );
        for section in sections {
            let (head, body) = section.split_once('\n').unwrap_or((section, ""));
            let words: Vec<&str> = head.split(' ').collect();
            match *words {
                ["about"] => {}
                ["mapping"] => case.mapping = Some(body.to_owned()),
                // The line end in front of the next section belongs to the export's last line.
                ["export", name] => {
                    let bytes = format!("{body}\n").into_bytes();
                    case.files.push((name.to_owned(), bytes));
                }
                ["export", name, "escaped"] => case.files.push((name.to_owned(), unescape(body))),
                ["options"] => body
                    .lines()
                    .for_each(|line| option(&mut case.options, line)),
                _ => {
                    case.expected.push((head.to_owned(), body.to_owned()));
                    continue;
                }
            }
            let _ = writeln!(case.given, "--- {section}");
        }
        for (head, _) in &case.expected {
            let is_known =
                EXPECTED.contains(&&**head) || head == "rejects" || head.starts_with("output ");
            assert!(is_known, "{}: section {head:?}", case.name);
        }
        case
    }

    /// The case's file as it should be.
    fn render(&self, found: &Found) -> String {
        let mut text = self.given.clone();
        let mut sections = vec![
            ("problems".to_owned(), found.problems.clone()),
            ("diagnostics".to_owned(), found.diagnostics.clone()),
            ("bodies".to_owned(), found.bodies.clone()),
        ];
        for (head, _) in &self.expected {
            if head == "rejects" {
                let rejects = String::from_utf8_lossy(&found.rejects);
                sections.push((head.clone(), shortened(&rejects)));
            }
            if let Some(form) = head.strip_prefix("output ") {
                sections.push((head.clone(), shortened(&self.output(form, found))));
            }
        }
        sections.push(("summary".to_owned(), found.summary.clone()));
        for (head, body) in sections {
            if !body.is_empty() {
                let _ = write!(text, "--- {head}\n{}\n", body.trim_end_matches('\n'));
            }
        }
        text
    }

    /// What an output of this form makes of the case, or why it cannot.
    fn output(&self, form: &str, found: &Found) -> String {
        let form = Form::NAMES.iter().find(|(name, _)| *name == form);
        let (_, form) = form.unwrap_or_else(|| panic!("{}: output {form:?}", self.name));
        let (Some(plan), Some(summary)) = (self.plan(), &found.totals) else {
            return "no plan\n".to_owned();
        };
        let names: Vec<&str> = summary.audiences.iter().map(|name| &*name.name).collect();
        let output = match Output::new(*form, &plan, &names) {
            Ok(output) => output,
            Err(problems) => return problem_lines(&problems),
        };
        let mut out = Vec::new();
        output.start(&mut out);
        let mut sink = Write { output, out };
        let mut session = Session::with_options(plan, self.options);
        for (name, bytes) in &self.files {
            session.begin_file(name);
            let _ = session.feed(bytes, &mut sink).expect("it went well before");
            let _ = session.end_file(&mut sink).expect("it went well before");
        }
        session.finish(&mut sink);
        String::from_utf8(sink.out).expect("outputs are UTF-8")
    }

    fn inspection(&self) -> Result<Inspection, String> {
        let mapping = self
            .mapping
            .as_deref()
            .and_then(|text| Mapping::parse(text).ok());
        let format = mapping.and_then(|mapping| mapping.format);
        let mut probe = format.map_or_else(Probe::new, Probe::with_format);
        if let Some((_, bytes)) = self.files.first() {
            probe.feed(bytes);
        }
        probe.finish().map_err(|error| error.to_string())
    }

    fn plan(&self) -> Option<aiq_braze::Plan> {
        let mapping = match &self.mapping {
            Some(text) => Mapping::parse(text).ok()?,
            None => self.inspection().ok()?.suggestion.mapping,
        };
        mapping.compile(&self.inspection().ok()?.header).ok()
    }

    fn run(&self, cuts: &Cuts) -> Found {
        let mut found = Found::default();
        let parsed = self.mapping.as_deref().map(Mapping::parse).transpose();
        let mapping = match parsed {
            Ok(mapping) => mapping,
            Err(problems) => {
                found.problems = problem_lines(&problems);
                return found;
            }
        };
        let inspection = match self.inspection() {
            Ok(inspection) => inspection,
            Err(error) => {
                found.problems = format!("{error}\n");
                return found;
            }
        };
        let mapping = mapping.unwrap_or(inspection.suggestion.mapping);
        let plan = match mapping.compile(&inspection.header) {
            Ok(plan) => plan,
            Err(problems) => {
                found.problems = problem_lines(&problems);
                return found;
            }
        };
        found.problems = problem_lines(plan.warnings());
        let mut collect = Collect::default();
        rejects::write_header(&mut collect.rejects, plan.header());
        let mut session = Session::with_options(plan, self.options);
        for (number, (name, bytes)) in self.files.iter().enumerate() {
            session.begin_file(name);
            if let Err(fatal) = feed(&mut session, bytes, cuts, number, &mut collect) {
                let _ = writeln!(found.problems, "fatal: {fatal}");
                break;
            }
        }
        let summary = session.finish(&mut collect);
        collect.check(&summary, &self.name);
        found.summary = summary_lines(&summary);
        found.diagnostics = collect.said;
        found.bodies = shortened(&collect.bodies);
        found.rejects = collect.rejects;
        found.totals = Some(summary);
        found
    }
}

fn feed(
    session: &mut Session,
    bytes: &[u8],
    cuts: &Cuts,
    number: usize,
    sink: &mut Collect,
) -> Result<(), Fatal> {
    let mut rest = bytes;
    let mut random = Random::new(cuts.seed ^ number as u64);
    while !rest.is_empty() {
        let n_bytes = cuts.next(&mut random).min(rest.len());
        let (chunk, behind) = rest.split_at(n_bytes);
        assert_eq!(session.feed(chunk, sink)?, Flow::Continue);
        rest = behind;
    }
    assert_eq!(session.end_file(sink)?, Flow::Continue);
    Ok(())
}

/// How a file is cut into chunks.
#[derive(Debug)]
struct Cuts {
    /// 0: at random.
    n_bytes: usize,
    seed: u64,
}

impl Cuts {
    fn whole() -> Self {
        Self {
            n_bytes: usize::MAX,
            seed: 0,
        }
    }

    fn all(name: &str) -> Vec<Self> {
        let seed = name
            .bytes()
            .fold(0, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte));
        let fixed = [1, 2, 3, 7, 64, 64 << 10].map(|n_bytes| Self { n_bytes, seed });
        let random = (0..8).map(|number| Self {
            n_bytes: 0,
            seed: seed * 8 + number,
        });
        fixed.into_iter().chain(random).collect()
    }

    fn next(&self, random: &mut Random) -> usize {
        match self.n_bytes {
            0 => {
                let most = 1 << random.below(8);
                random.below(most) as usize
            }
            n_bytes => n_bytes,
        }
    }
}

/// What came of a case.
#[derive(Debug, Default)]
struct Found {
    problems: String,
    diagnostics: String,
    bodies: String,
    summary: String,
    rejects: Vec<u8>,
    totals: Option<Summary>,
}

impl Found {
    fn sections(&self) -> Vec<(&'static str, String)> {
        vec![
            ("problems", self.problems.clone()),
            ("diagnostics", self.diagnostics.clone()),
            ("bodies", self.bodies.clone()),
            ("summary", self.summary.clone()),
            (
                "rejects",
                String::from_utf8_lossy(&self.rejects).into_owned(),
            ),
        ]
    }
}

// --- What a session hands out ---------------------------------------------------------------------

#[derive(Default)]
struct Collect {
    bodies: String,
    n_objects: u64,
    n_rows: u64,
    n_batches: u64,
    n_bytes: u64,
    n_rejected: u64,
    said: String,
    tally: Tally,
    rejects: Vec<u8>,
}

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        let body = std::str::from_utf8(batch.body).expect("a body is UTF-8");
        serde_json::from_str::<serde::de::IgnoredAny>(body).expect("a body is JSON");
        assert!(!body.contains('\n'), "a body is one line");
        assert!(
            (1..=75).contains(&batch.objects.len()),
            "{}",
            batch.objects.len()
        );
        assert!(body.len() <= 4 << 20);
        assert_eq!(batch.number, self.n_batches);
        assert_eq!(batch.start.at, batch.objects[0].at);
        for object in batch.objects {
            let text = &body[object.range.start as usize..object.range.end as usize];
            assert!(text.starts_with("{\"") && text.ends_with('}') && text.len() <= 102_400);
            assert!(
                object.user(batch.body).is_some(),
                "an object names its user"
            );
            self.n_rows += object.n_rows;
        }
        self.n_objects += batch.objects.len() as u64;
        self.n_batches += 1;
        self.n_bytes += body.len() as u64;
        let _ = writeln!(self.bodies, "{body}");
        Flow::Continue
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        let problem = row.problem(diagnostic);
        let column = match &problem.place {
            Place::Row { column, .. } => column.as_deref().unwrap_or("-"),
            Place::Column { header, .. } => header,
            place => panic!("{place:?}"),
        };
        let at = diagnostic.at;
        let found = problem.found.as_deref().unwrap_or("-");
        let _ = writeln!(
            self.said,
            "{} {} | {}.{} | line {} byte {} | {column} | {}",
            diagnostic.code.id(),
            diagnostic.code.name(),
            at.file,
            at.row,
            at.line,
            at.byte,
            shortened(found),
        );
        self.tally.add(diagnostic);
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        let at = reason.at;
        let _ = writeln!(
            self.said,
            "rejected | {}.{} | {}",
            at.file,
            at.row,
            reason.code.name()
        );
        row.write_reject(&mut self.rejects, reason);
        self.n_rejected += 1;
        Flow::Continue
    }
}

impl Collect {
    /// What must be true of every run.
    fn check(&self, summary: &Summary, name: &str) {
        let rows = self.n_rows + summary.rejected + summary.nothing_to_send;
        assert_eq!(summary.rows, rows, "{name}: every row is accounted for");
        assert_eq!(summary.rejected, self.n_rejected, "{name}");
        assert_eq!(summary.objects, self.n_objects, "{name}");
        assert_eq!(summary.batches, self.n_batches, "{name}");
        assert_eq!(summary.body_bytes, self.n_bytes, "{name}");
        // Columns are counted by the first file's header, and said by each file's own.
        assert_eq!(
            counts_of_codes(&summary.tally),
            counts_of_codes(&self.tally),
            "{name}: everything that is said is counted"
        );
    }
}

fn counts_of_codes(tally: &Tally) -> BTreeMap<Code, u64> {
    let mut counts = BTreeMap::new();
    for (code, _, entry) in tally.iter() {
        *counts.entry(code).or_default() += entry.count;
    }
    counts
}

/// Writes one output.
struct Write {
    output: Output,
    out: Vec<u8>,
}

impl Sink for Write {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.output.batch(batch.body, batch.objects, &mut self.out);
        Flow::Continue
    }
}

// --- Words ----------------------------------------------------------------------------------------

fn problem_lines(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| {
        let place = problem.place.words(Language::English);
        let found = problem.found.as_deref().unwrap_or("-");
        let expected = problem.expected.as_deref().unwrap_or("-");
        let fix = if problem.fix.is_some() { " | fix" } else { "" };
        let (id, name) = (problem.code.id(), problem.code.name());
        format!("{id} {name} | {place} | {found} | {expected}{fix}\n")
    });
    lines.collect()
}

fn summary_lines(summary: &Summary) -> String {
    let mut text = format!(
        "rows {} = rejected {} + nothing {} (left out {}) + rows of {} objects in {} batches\n",
        summary.rows,
        summary.rejected,
        summary.nothing_to_send,
        summary.left_out,
        summary.objects,
        summary.batches
    );
    for name in &summary.audiences {
        let _ = writeln!(
            text,
            "audience {}: {} in, {} out",
            name.name, name.members, name.leavers
        );
    }
    for event in &summary.events {
        let _ = writeln!(text, "event {}: {}", event.name, event.count);
    }
    text
}

fn option(options: &mut Options, line: &str) {
    let (word, number) = line.split_once(' ').unwrap_or((line, "0"));
    let number: u64 = number.parse().unwrap_or_else(|_| panic!("option {line:?}"));
    match word {
        "record_bytes" => options.read.record_bytes = number as usize,
        "objects" => options.batch.objects = number as usize,
        "body_bytes" => options.batch.body_bytes = number as usize,
        "now" => options.now = Some(number),
        "looks_for_conflicts" => options.looks_for_conflicts = true,
        _ => panic!("option {line:?}"),
    }
}

/// The bytes of an escaped section.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let text: String = text.split('\n').collect();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let kind = behind.chars().next().expect("something behind a backslash");
        rest = &behind[kind.len_utf8()..];
        match kind {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '\\' => bytes.push(b'\\'),
            'x' => {
                let (digits, behind) = rest.split_at(2);
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits of a byte"));
                rest = behind;
            }
            '*' => {
                let (times, behind) = rest.split_once('{').expect("\\*9{text}");
                let (repeated, behind) = behind.split_once('}').expect("\\*9{text}");
                for number in 1..=times.parse().expect("how many times") {
                    let number: u64 = number;
                    bytes.extend(unescape(&repeated.replace('#', &number.to_string())));
                }
                rest = behind;
            }
            other => panic!("escape \\{other}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// A text with `«987×a»` for a character that stands forty times or more.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let mut n_times = 1;
        while chars.next_if_eq(&char).is_some() {
            n_times += 1;
        }
        if n_times >= 40 {
            let _ = write!(short, "«{n_times}×{char}»");
        } else {
            short.extend(std::iter::repeat_n(char, n_times));
        }
    }
    short
}

/// The lines of the one text that the other has not.
fn difference(expected: &str, found: &str) -> String {
    let mut lines = String::new();
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    for line in expected.iter().filter(|line| !found.contains(line)) {
        let _ = writeln!(lines, "- {line}");
    }
    for line in found.iter().filter(|line| !expected.contains(line)) {
        let _ = writeln!(lines, "+ {line}");
    }
    if lines.is_empty() {
        lines.push_str("the same lines in another order\n");
    }
    lines
}
