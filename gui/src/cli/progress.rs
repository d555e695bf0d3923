//! How far a run is, on a line that a terminal redraws.

use std::time::{Duration, Instant};

use super::{Console, words};
use crate::delta::Which;
use crate::input::Export;

/// A pass over an export that began at some moment.
pub(crate) struct Watch {
    /// What is done: `Checking`.
    doing: &'static str,
    n_bytes: u64,
    began: Instant,
}

impl Watch {
    pub(crate) fn start(doing: &'static str, n_bytes: u64) -> Self {
        Self {
            doing,
            n_bytes,
            began: Instant::now(),
        }
    }

    /// Shows how far it is.
    pub(crate) fn show(&self, bytes: u64, rows: u64, console: &mut Console<'_>) {
        let far = reading(bytes, self.n_bytes, rows, self.began.elapsed());
        console.say_for_now(format_args!("{}: {far}", self.doing));
    }
}

/// Two exports that are read at once, as one.
pub(crate) struct WatchBoth {
    watch: Watch,
    /// Bytes and rows of the old and of the new one.
    far: [(u64, u64); 2],
}

impl WatchBoth {
    pub(crate) fn start(exports: [&Export; 2]) -> Self {
        let n_bytes = exports.iter().map(|export| export.n_bytes()).sum();
        Self {
            watch: Watch::start("Reading both exports", n_bytes),
            far: [(0, 0); 2],
        }
    }

    pub(crate) fn show(&mut self, which: Which, bytes: u64, rows: u64, console: &mut Console<'_>) {
        self.far[usize::from(which == Which::New)] = (bytes, rows);
        let [old, new] = self.far;
        self.watch.show(old.0 + new.0, old.1 + new.1, console);
    }
}

/// Before this a rate says nothing.
const FIRST_RATE: Duration = Duration::from_millis(500);

/// `45%, 1,234,567 rows, 210.3 MB/s, 12 s left`
pub(crate) fn reading(bytes: u64, n_bytes: u64, rows: u64, elapsed: Duration) -> String {
    let mut far = format!("{}%, {}", percent(bytes, n_bytes), words::rows(rows));
    if elapsed >= FIRST_RATE {
        far += &format!(", {}/s", words::bytes(per_second(bytes, elapsed)));
        far += &left(bytes, n_bytes, elapsed);
    }
    far
}

/// `45%, 2,244 of 4,988 rows, 30 requests, 900 rows/s, 3 s left`
pub(crate) fn sending(n_sent: u64, n_all: u64, requests: u64, elapsed: Duration) -> String {
    let mut far = format!(
        "{}%, {} of {}, {}",
        percent(n_sent, n_all),
        words::count(n_sent),
        words::rows(n_all),
        words::counted(requests, "request", "requests"),
    );
    if elapsed >= FIRST_RATE {
        let rate = per_second(n_sent, elapsed);
        far += &format!(", {}/s", words::rows(rate));
        far += &left(n_sent, n_all, elapsed);
    }
    far
}

/// Whole percents; 100 only at the end.
fn percent(done: u64, all: u64) -> u64 {
    let percent = (u128::from(done.min(all)) * 100).checked_div(u128::from(all));
    percent.map_or(100, |percent| percent as u64) // OK because it is at most 100
}

fn per_second(done: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(done) * 1000 / elapsed.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// `, 12 s left`, if all goes on as it went; nothing before there is anything to go by.
fn left(done: u64, all: u64, elapsed: Duration) -> String {
    let rest = u128::from(all.saturating_sub(done));
    if done == 0 || rest == 0 {
        return String::new();
    }
    let seconds = (elapsed.as_millis() * rest).div_ceil(u128::from(done) * 1000);
    let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
    format!(", {} left", words::time(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    #[test]
    fn reading_is_told_by_bytes() {
        for (bytes, n_bytes, rows, millis, words) in [
            (0, 100 * MB, 0, 0, "0%, 0 rows"),
            (1, 100 * MB, 1, 499, "0%, 1 row"),
            (
                25 * MB,
                100 * MB,
                1_234,
                500,
                "25%, 1,234 rows, 50.0 MB/s, 2 s left",
            ),
            (
                99_999_999,
                100 * MB,
                9,
                60_000,
                "99%, 9 rows, 1.7 MB/s, 1 s left",
            ),
            (100 * MB, 100 * MB, 9, 60_000, "100%, 9 rows, 1.7 MB/s"),
            (0, 100 * MB, 0, 5_000, "0%, 0 rows, 0 bytes/s"),
            (
                MB,
                1_000 * MB,
                5,
                1_000,
                "0%, 5 rows, 1.0 MB/s, 16 min 39 s left",
            ),
            // A file that is larger than was thought.
            (3 * MB, 2 * MB, 5, 1_000, "100%, 5 rows, 3.0 MB/s"),
            (0, 0, 0, 1_000, "100%, 0 rows, 0 bytes/s"),
            (
                u64::MAX,
                u64::MAX,
                u64::MAX,
                1,
                "100%, 18,446,744,073,709,551,615 rows",
            ),
        ] {
            let elapsed = Duration::from_millis(millis);
            assert_eq!(reading(bytes, n_bytes, rows, elapsed), words);
        }
    }

    #[test]
    fn sending_is_told_by_rows() {
        for (n_sent, n_all, requests, millis, words) in [
            (0, 4988, 0, 0, "0%, 0 of 4,988 rows, 0 requests"),
            (
                75,
                4988,
                1,
                1_000,
                "1%, 75 of 4,988 rows, 1 request, 75 rows/s, 1 min 06 s left",
            ),
            (
                4988,
                4988,
                67,
                2_000,
                "100%, 4,988 of 4,988 rows, 67 requests, 2,494 rows/s",
            ),
        ] {
            let elapsed = Duration::from_millis(millis);
            assert_eq!(sending(n_sent, n_all, requests, elapsed), words);
        }
    }
}
