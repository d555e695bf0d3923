//! Runs over JSON exports: their columns may come at any time, and the plan grows with them.

use super::*;
use crate::diag::Place;
use crate::mapping::OtherColumns;
use crate::read::{BadRow, Sought};

/// Columns of a JSON export that are not in the plan's header.
#[derive(Debug, Default)]
pub(super) struct Later {
    /// Columns that the mapping cannot send, and why not: as many as there may be columns.
    refused: Vec<(String, Code)>,
    /// Their places in `refused`.
    by_name: BTreeMap<String, usize>,
    /// What is still to be said about columns that came with the object at hand.
    warnings: Vec<(Code, String)>,
}

/// Why a row's new columns cannot be sent.
enum Refusal {
    Defect(DefectKind),
    /// The column at this place of `refused`.
    Column(usize),
}

impl Session {
    pub(super) fn drain_json(&mut self, sink: &mut dyn Sink) -> Result<(), Fatal> {
        while self.flow == Flow::Continue {
            let RecordReader::Json(reader) = &mut self.reader else {
                return Ok(());
            };
            let sought = reader.seek();
            let rows_say_it = reader.origin().is_some();
            if rows_say_it || matches!(sought, Sought::Object) {
                self.check_file_name(rows_say_it)?;
            }
            let RecordReader::Json(reader) = &mut self.reader else {
                return Ok(());
            };
            self.flow = match sought {
                Sought::More => return Ok(()),
                Sought::Defect(bad) => self.bad_json(&bad, sink)?,
                Sought::Object if reader.has_strangers() => {
                    let learned = self.learn_columns();
                    match (self.tell_columns(sink), learned) {
                        (Flow::Stop, _) => Flow::Stop,
                        (Flow::Continue, Ok(())) => self.json_object(sink),
                        (Flow::Continue, Err(refusal)) => self.refuse(refusal, sink),
                    }
                }
                Sought::Object => self.json_object(sink),
            };
        }
        Ok(())
    }

    fn json_object(&mut self, sink: &mut dyn Sink) -> Flow {
        let (mut row, reader) = self.row_run(sink);
        match reader {
            RecordReader::Json(reader) => row.record_apart(&reader.record()),
            RecordReader::Delimited(_) => Flow::Continue,
        }
    }

    fn bad_json(&mut self, bad: &BadRow, sink: &mut dyn Sink) -> Result<Flow, Fatal> {
        let (mut row, reader) = self.row_run(sink);
        let RecordReader::Json(reader) = reader else {
            return Ok(Flow::Continue);
        };
        let defect = reader.defect(bad);
        let looks_like_json = matches!(reader.first_byte(), Some(b'{' | b'['));
        if defect.at.row == 1 && !looks_like_json {
            return Err(Fatal::OtherFormat(Format::Json));
        }
        Ok(row.defect(&defect, reader.origin()))
    }

    /// Takes the columns that came with the object at hand into the plan.
    fn learn_columns(&mut self) -> Result<(), Refusal> {
        let RecordReader::Json(reader) = &mut self.reader else {
            return Ok(());
        };
        let mapping = self.plan.mapping();
        let skips = mapping.other_columns == OtherColumns::Skip;
        if skips && !mapping.names_unknown_columns(self.plan.header()) {
            return Ok(()); // what no rule names is not sent
        }
        let mut names = reader.new_columns().map_err(Refusal::Defect)?;
        names.retain(|name| !skips || mapping.names_column(name));
        names.sort();
        let by_name = &self.later.by_name;
        if let Some(refused_idx) = names.iter().find_map(|name| by_name.get(name)) {
            return Err(Refusal::Column(*refused_idx));
        }
        let limit = self.limits.columns;
        if self.later.refused.len() >= limit && !names.is_empty() {
            let found = limit + 1;
            return Err(Refusal::Defect(DefectKind::TooManyColumns { found, limit }));
        }
        // Mostly all of them can be sent; where not, each is tried on its own.
        let refusal = match self.add_columns(&names) {
            Ok(()) => None,
            Err(_) => names.into_iter().fold(None, |first, name| {
                let refusal = self.add_column(name).err();
                first.or(refusal)
            }),
        };
        refusal.map_or(Ok(()), Err)
    }

    fn add_column(&mut self, name: String) -> Result<(), Refusal> {
        self.add_columns(std::slice::from_ref(&name))
            .map_err(|code| {
                let refused_idx = self.later.refused.len();
                self.later.refused.push((name.clone(), code));
                self.later.by_name.insert(name, refused_idx);
                Refusal::Column(refused_idx)
            })
    }

    fn add_columns(&mut self, names: &[String]) -> Result<(), Code> {
        // Such an attribute may stand in an object already.
        if names.iter().any(|name| self.mapper.has_audience(name)) {
            return Err(Code::DoubledName);
        }
        let header = self.plan.header().with_later(names);
        let compiled = self.plan.mapping().compile(&header);
        // OK because a mapping that does not compile has a reason.
        self.plan = compiled.map_err(|problems| {
            let code = problems.first().map(|problem| problem.code);
            code.unwrap_or(Code::UnknownColumn)
        })?;
        self.mapper.follow(&self.plan);
        for name in names {
            if let Some(column_idx) = header.later_position(name) {
                self.tally.all.make_room_for_column(column_idx);
            }
        }
        self.note_warnings(names);
        if let RecordReader::Json(reader) = &mut self.reader {
            reader.set_columns(header.names(), header.n_first());
        }
        Ok(())
    }

    /// Notes what new columns deserve to have said about them: of the header's own the plan's warnings do.
    fn note_warnings(&mut self, names: &[String]) {
        let warnings = self.plan.warnings().iter();
        let of_new = warnings.filter_map(|problem| match &problem.place {
            Place::Column { header, .. } if names.contains(header) => {
                Some((problem.code, header.clone()))
            }
            _ => None,
        });
        self.later.warnings.extend(of_new);
    }

    fn tell_columns(&mut self, sink: &mut dyn Sink) -> Flow {
        let RecordReader::Json(reader) = &self.reader else {
            return Flow::Continue;
        };
        let (at, raw) = reader.object();
        let row = Row {
            header: self.plan.header(),
            raw,
            origin: Origin {
                file: &self.file,
                row: at.row,
            },
            record: None,
            user: None,
        };
        for (code, name) in self.later.warnings.drain(..) {
            let warning = Diagnostic {
                code,
                at,
                column: self.plan.header().later_position(&name),
                detail: Detail::None,
            };
            self.tally.add(&warning);
            if sink.diagnostic(&warning, &row) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    fn refuse(&mut self, refusal: Refusal, sink: &mut dyn Sink) -> Flow {
        let later = std::mem::take(&mut self.later);
        let (mut row, reader) = self.row_run(sink);
        let flow = match (reader, refusal) {
            (RecordReader::Delimited(_), _) => Flow::Continue,
            (RecordReader::Json(reader), Refusal::Defect(kind)) => {
                row.defect(&reader.object_defect(kind), reader.origin())
            }
            (RecordReader::Json(reader), Refusal::Column(refused_idx)) => row.refused_column(
                &later.refused,
                refused_idx,
                reader.object(),
                reader.origin(),
            ),
        };
        self.later = later;
        flow
    }

    /// The columns behind those that the plan began with: those that are sent, and then the refused ones.
    pub(super) fn later_columns(&self) -> Vec<String> {
        let sent = self.plan.header().later().iter();
        let refused = self.later.refused.iter().map(|(name, _)| name);
        sent.chain(refused).cloned().collect()
    }
}
