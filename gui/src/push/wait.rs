//! Waiting: on a clock that tests replace, and for a user who has had enough.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

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
    /// Ends when the user cancels, and otherwise never.
    pub(super) async fn set(&mut self) {
        if self.0.wait_for(|is_cancelled| *is_cancelled).await.is_err() {
            std::future::pending::<()>().await; // nobody is left who could cancel
        }
    }
}
