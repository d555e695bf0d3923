//! Rejects that are read again.

use aiq_braze::{Flow, Options, Probe, Session, rejects};

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
    if job
        .plan
        .header()
        .names()
        .iter()
        .any(|name| name.starts_with("_aiq_"))
    {
        return;
    }
    job.files.truncate(1);
    job.options = Options::default();
    let first = once(&job);
    if first.rejected.is_empty()
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
    let codes = |rejected: &[Diagnostic]| {
        rejected
            .iter()
            .map(|reason| reason.code)
            .collect::<Vec<_>>()
    };
    if codes(&first.rejected) != codes(&again.rejected) {
        panic!(
            "CODES {:?} {:?}\n{}\n{text}",
            codes(&first.rejected),
            codes(&again.rejected),
            job.plan.mapping().to_json()
        );
    }
}

#[derive(Default)]
struct Rejected {
    file: Vec<u8>,
    rejected: Vec<Diagnostic>,
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
        self.rejected.push(*reason);
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
