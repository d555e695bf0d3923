//! Which objects a row of intents or settlements is about: the columns that both tables begin with.

use aiq_braze::read::Location;
use rusqlite::{Row, Transaction, params_from_iter};

use crate::ledger::run::{RunId, Span};

/// Objects of a batch that follow each other.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) batch: u64,
    pub(super) span: Span,
}

impl Place {
    /// Batch, first, count, rows, file, row, line and byte.
    pub(super) fn columns(&self) -> [i64; 8] {
        let Self {
            batch,
            span:
                Span {
                    first,
                    count,
                    rows,
                    at:
                        Location {
                            file,
                            row,
                            line,
                            byte,
                        },
                },
        } = *self;
        [
            batch as i64,
            i64::from(first),
            i64::from(count),
            rows as i64,
            i64::from(file),
            row as i64,
            line as i64,
            byte as i64,
        ]
    }

    /// Reads these columns, which a row begins with.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let number = |column: usize| row.get::<_, i64>(column).map(|number| number as u64);
        let small = |column: usize| row.get::<_, u32>(column);
        Ok(Self {
            batch: number(0)?,
            span: Span {
                first: small(1)?,
                count: small(2)?,
                rows: number(3)?,
                at: Location {
                    file: small(4)?,
                    row: number(5)?,
                    line: number(6)?,
                    byte: number(7)?,
                },
            },
        })
    }

    /// Adds a row that begins with them, after its run's number; the `rest` of its columns follow.
    pub(super) fn insert(
        &self,
        transaction: &Transaction<'_>,
        sql: &str,
        run: RunId,
        rest: &[Option<i64>],
    ) -> rusqlite::Result<()> {
        let columns = [run.0].into_iter().chain(self.columns()).map(Some);
        let columns = columns.chain(rest.iter().copied());
        let mut statement = transaction.prepare_cached(sql)?;
        statement
            .execute(params_from_iter(columns))
            .map(|_n_rows| ())
    }
}
