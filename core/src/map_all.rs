//! The whole job in one call, for exports that are in memory.

use std::fmt;

use crate::batch::Batch;
use crate::diag::{Diagnostic, Language, Problem};
use crate::mapping::Mapping;
use crate::probe::{Probe, ProbeError};
use crate::session::{Fatal, Session, Summary};
use crate::sink::{Flow, Row, Sink};

/// What an export came to.
#[derive(Debug, Default)]
pub struct Mapped {
    /// The request bodies.
    pub bodies: Vec<String>,
    /// Everything that there is to say about the header and the rows.
    pub problems: Vec<Problem>,
    /// The totals.
    pub summary: Summary,
}

/// Why an export cannot be mapped.
#[derive(Debug)]
pub enum MapError {
    /// The export cannot be inspected.
    Probe(ProbeError),
    /// The mapping does not fit: every reason.
    Mapping(Vec<Problem>),
    /// A file cannot be read on.
    Fatal(Fatal),
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probe(error) => error.fmt(f),
            Self::Fatal(error) => error.fmt(f),
            Self::Mapping(problems) => {
                let lines: Vec<_> = problems
                    .iter()
                    .map(|problem| problem.message(Language::English))
                    .collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for MapError {}

/// Maps a whole export by a mapping (its JSON), or by the suggested one.
///
/// For exports that fit into memory; a [`Session`] streams.
pub fn map_all(export: &[u8], mapping: Option<&str>) -> Result<Mapped, MapError> {
    let mapping = mapping
        .map(Mapping::parse)
        .transpose()
        .map_err(MapError::Mapping)?;
    let format = mapping.as_ref().and_then(|mapping| mapping.format);
    let mut probe = format.map_or_else(Probe::new, Probe::with_format);
    probe.feed(export);
    let found = probe.finish().map_err(MapError::Probe)?;
    let mapping = mapping.unwrap_or(found.suggestion.mapping);
    let plan = mapping.compile(&found.header).map_err(MapError::Mapping)?;

    let mut sink = Collect(Mapped {
        problems: plan.warnings().to_vec(),
        ..Mapped::default()
    });
    let mut session = Session::new(plan);
    session.begin_file("");
    let _ = session.feed(export, &mut sink).map_err(MapError::Fatal)?;
    let _ = session.end_file(&mut sink).map_err(MapError::Fatal)?;
    sink.0.summary = session.finish(&mut sink);
    Ok(sink.0)
}

struct Collect(Mapped);

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.0
            .bodies
            .push(String::from_utf8_lossy(batch.body).into_owned());
        Flow::Continue
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        self.0.problems.push(row.problem(diagnostic));
        Flow::Continue
    }
}
