//! Waiting: how long before a request is sent again, on a clock that tests replace.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aiq_braze::wire::reply::Wait;
use tokio::sync::watch;

/// The first wait where the server says nothing; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait where the server says nothing.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest wait that a server may ask for. Limits are per hour at most.
const MOST_ASKED: Duration = Duration::from_secs(2 * 60 * 60);
/// A server may ask for the next attempt at once, but not for ever.
const N_AT_ITS_WORD: u32 = 3;

/// How long before the next attempt, after so many (from 1) of the same request. `None`: longer than
/// makes sense.
pub(super) fn before_next(
    n_attempts: u32,
    asked: Option<Wait>,
    unix_seconds: u64,
) -> Option<Duration> {
    let own = own_wait(n_attempts);
    let asked = match asked {
        None => return Some(own),
        Some(Wait::Seconds(seconds)) => Duration::from_secs(seconds),
        Some(Wait::Until(then)) => Duration::from_secs(then.saturating_sub(unix_seconds)),
    };
    let wait = if n_attempts > N_AT_ITS_WORD {
        asked.max(own)
    } else {
        asked
    };
    (wait <= MOST_ASKED).then_some(wait)
}

/// How long before the next attempt where nobody says anything.
pub(super) fn own_wait(n_attempts: u32) -> Duration {
    let doubled = FIRST * (1 << n_attempts.saturating_sub(1).min(10));
    doubled.min(LONGEST)
}

/// What a push knows of time.
pub(super) trait Clock: Send {
    /// Seconds since 1970, UTC.
    fn unix_seconds(&self) -> u64;

    /// Since the push started.
    fn elapsed(&self) -> Duration;

    /// Lets time pass.
    fn sleep(&mut self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The machine's clock.
pub(super) struct SystemClock(pub(super) Instant);

impl Clock for SystemClock {
    fn unix_seconds(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&mut self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Whether the user has had enough.
#[derive(Clone)]
pub(super) struct Cancelled(pub(super) watch::Receiver<bool>);

impl Cancelled {
    pub(super) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the user cancels, and otherwise never.
    pub(super) async fn set(&mut self) {
        if self.0.wait_for(|is_cancelled| *is_cancelled).await.is_err() {
            std::future::pending::<()>().await; // nobody is left who could cancel
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_thirty_seconds_unless_the_server_says_otherwise() {
        let seconds = |n_attempts, asked| {
            before_next(n_attempts, asked, 1_790_000_000).map(|wait| wait.as_secs())
        };
        let own: Vec<_> = (1..=8).filter_map(|n| seconds(n, None)).collect();
        assert_eq!(own, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(seconds(1, Some(Wait::Seconds(7))), Some(7));
        assert_eq!(seconds(9, Some(Wait::Seconds(3600))), Some(3600));
        assert_eq!(seconds(1, Some(Wait::Until(1_790_000_005))), Some(5));
        assert_eq!(seconds(1, Some(Wait::Until(5))), Some(0));
        assert_eq!(seconds(1, Some(Wait::Seconds(0))), Some(0));
        assert_eq!(seconds(9, Some(Wait::Seconds(0))), Some(30));
        assert_eq!(seconds(1, Some(Wait::Seconds(u64::MAX))), None);
    }
}
