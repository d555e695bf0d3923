//! Rejects that are read again.

use aiq_braze::read::Format;
use aiq_braze::{Code, Flow, Options, Probe, Session, rejects};

use super::{Batch, Diagnostic, Job, Row, Sink, job, json_job};
use crate::random::Random;

/// Rejects read again as they are, are rejected again for the same reasons, and say where they stood first.
pub(super) fn rejects(seed: u64) {
    let mut random = Random::new(seed);
    let job = if random.percent(50) {
        job(&mut random)
    } else {
        json_job(&mut random)
    };
    let Some(mut job) = job else {
        return;
    };
    // What a rejects file adds is not the export's own; and by their places columns are known only where all
    // files have the same.
    let is_json = job.plan.header().format == Format::Json;
    let mut files = job.files.iter();
    let has_ours = files.any(|file| file.windows(5).any(|bytes| bytes == b"_aiq_"));
    if has_ours || is_json && job.plan.mapping().to_json().contains("\"index\":") {
        return;
    }
    job.files.truncate(1);
    job.options = Options::default();
    let first = once(&job);
    if first.reasons.is_empty()
        || !job
            .plan
            .header()
            .format
            .dialect()
            .is_none_or(|dialect| dialect.header)
    {
        return;
    }
    let mut probe = Probe::with_format(job.plan.header().format);
    probe.feed(&first.file);
    let found = probe.finish().expect("rejects can be read");
    let plan = job.plan.mapping().compile(&found.header);
    let plan = plan.unwrap_or_else(|problems| panic!("{problems:?}"));
    let files = vec![first.file.clone()];
    let again = once(&Job {
        plan,
        files,
        options: job.options,
    });
    let text = String::from_utf8_lossy(&first.file);
    let (reasons, again) = (reasons(&first, is_json), reasons(&again, is_json));
    // The rows that used up the names are not there the second time; nor are those that told the columns
    // which a mapping passes over.
    let depends_on_others = |reason: &&str| {
        ["too-many-names", "audience-name-clash", "row-doubled-key"].contains(reason)
    };
    if !reasons.iter().any(depends_on_others) {
        assert_eq!(reasons, again, "{}\n{text}", job.plan.mapping().to_json());
    }
}

/// Why each row was rejected: of what cannot be read another flaw may come first in quotes, and of several bad
/// values another one where the columns of a JSON export came in another order.
fn reasons(rejected: &Rejected, is_json: bool) -> Vec<&'static str> {
    let reasons = rejected.reasons.iter();
    let reasons = reasons.map(|reason| match reason.code {
        Code::TooManyNames | Code::AudienceNameClash | Code::RowDoubledKey => reason.code.name(),
        Code::RowNotJson | Code::NulByte | Code::InvalidUtf8 | Code::LoneSurrogate => "damaged",
        Code::UnclosedQuote | Code::TextAfterQuote => "quotes",
        _ if is_json => "bad value",
        code => code.name(),
    });
    reasons.collect()
}

#[derive(Default)]
struct Rejected {
    file: Vec<u8>,
    reasons: Vec<Diagnostic>,
}

impl Sink for Rejected {
    fn batch(&mut self, _: &Batch<'_>) -> Flow {
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        if self.file.is_empty() {
            rejects::write_header(&mut self.file, row.header);
        }
        row.write_reject(&mut self.file, reason);
        self.reasons.push(*reason);
        Flow::Continue
    }
}

fn once(job: &Job) -> Rejected {
    let mut sink = Rejected::default();
    let mut session = Session::with_options(job.plan.clone(), job.options);
    session.begin_file("a0_b0.csv");
    let fed = session.feed(&job.files[0], &mut sink);
    if fed.and_then(|_| session.end_file(&mut sink)).is_ok() {
        session.finish(&mut sink);
    }
    sink
}
