//! Where a pass puts what the session makes: into the channel and the rejects file.

use std::collections::BTreeMap;

use aiq_braze::diag::SAMPLE;
use aiq_braze::{Batch, Code, Diagnostic, Flow, Row, Sink, Summary};

use super::conflicts::{Conflicts, Search};
use super::queue::{Gone, Sender};
use super::{Bodies, Event, MOST_PROBLEMS, PipelineError, RejectsFile, Said, Sample, SampledUser};

/// What conflicts, and who was picked.
pub(super) type Found = (Vec<Conflicts>, Option<Vec<SampledUser>>);

/// Takes what the session makes.
pub(super) struct Outlet<'s> {
    sender: &'s Sender,
    bodies: Bodies,
    rejects: Option<RejectsFile>,
    search: Option<Search>,
    sample: Option<Sample>,
    told: Told,
    /// Why the outlet stopped the session, when it was not the receiver's end.
    error: Option<PipelineError>,
}

impl<'s> Outlet<'s> {
    pub(super) fn new(
        sender: &'s Sender,
        bodies: Bodies,
        rejects: Option<RejectsFile>,
        (search, sample): (Option<Search>, Option<Sample>),
    ) -> Self {
        Self {
            sender,
            bodies,
            rejects,
            search,
            sample,
            told: Told::default(),
            error: None,
        }
    }

    /// Why the session was stopped: an error, or the receiver's end.
    pub(super) fn stopped(self) -> Result<Option<Summary>, PipelineError> {
        self.error.map_or(Ok(None), Err)
    }

    /// After the last batch: puts the rejects file in its place, and hands out what conflicts and who was
    /// picked. `None` when nobody wants it any more.
    pub(super) fn finish(self) -> Result<Option<Found>, PipelineError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.sender.is_wanted() {
            return Ok(None);
        }
        let found = self.search.map(Search::finish).transpose()?;
        if let Some(rejects) = self.rejects {
            rejects.finish()?;
        }
        let sampled = self.sample.map(Sample::finish);
        Ok(Some((found.unwrap_or_default(), sampled)))
    }

    fn send(&self, event: Event) -> Flow {
        match self.sender.send(event) {
            Ok(()) => Flow::Continue,
            Err(Gone) => Flow::Stop,
        }
    }
}

impl Sink for Outlet<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        if let Some(search) = &self.search {
            search.take(batch);
        }
        if let Some(sample) = &mut self.sample {
            for object in batch.objects {
                sample.take(batch.array, batch.body, object, Said::Surely);
            }
        }
        match self.bodies {
            Bodies::Wanted => self.send(Event::Batch(batch.into())),
            Bodies::Dropped => Flow::Continue,
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        if self.told.is_news(diagnostic) {
            return self.send(Event::Problem(row.problem(diagnostic)));
        }
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        let Some(rejects) = &mut self.rejects else {
            return Flow::Continue;
        };
        match rejects.write(reason, row) {
            Ok(()) => Flow::Continue,
            Err(error) => {
                self.error = Some(PipelineError::Rejects(error));
                Flow::Stop
            }
        }
    }
}

/// Which problems were told one by one.
#[derive(Default)]
struct Told {
    /// So many of each (code, column).
    counts: BTreeMap<(Code, Option<u32>), usize>,
    n_told: usize,
}

impl Told {
    fn is_news(&mut self, diagnostic: &Diagnostic) -> bool {
        if self.n_told >= MOST_PROBLEMS {
            return false;
        }
        let count = self.counts.entry((diagnostic.code, diagnostic.column));
        let count = count.or_default();
        *count += 1;
        let is_news = *count <= SAMPLE;
        self.n_told += usize::from(is_news);
        is_news
    }
}
