//! Runs for tests.

use aiq_braze::read::Location;

use super::*;
use crate::push::OnUnknown;

/// A run before it starts, of an export with so many good rows.
pub(crate) fn new_run(n_rows: u64) -> NewRun {
    NewRun {
        started: 1_790_000_000,
        endpoint: "http://127.0.0.1:1".to_owned(),
        export: ExportNote {
            sends: Sends::All,
            seal: 0,
            paths: vec![PathBuf::from("/exports/audience.csv")],
            names: vec!["audience.csv".to_owned()],
            encoding: None,
            selection: None,
        },
        mapping: "{}".to_owned(),
        fingerprint: 7 << 100,
        batch_objects: 75,
        batch_bytes: 4 << 20,
        on_unknown: OnUnknown::Hold,
        keeps_row_data: true,
        checked: Checked {
            rows: n_rows,
            objects: n_rows,
            ..Checked::default()
        },
        blocks: vec![1, 2 << 90],
    }
}

/// The same as it is read back.
pub(crate) fn run(n_rows: u64) -> Run {
    let begun = new_run(n_rows);
    Run {
        id: RunId(1),
        account: begun.checked.account(),
        begun,
        state: RunState::Open,
        ended: None,
        stopped: None,
        requests: [0, 0],
    }
}

/// Objects of one row each.
pub(crate) fn span(first: u32, count: u32) -> Span {
    Span {
        first,
        count,
        rows: u64::from(count),
        at: Location {
            row: u64::from(first) + 1,
            ..Location::default()
        },
    }
}
