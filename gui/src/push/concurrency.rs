//! How many requests may be on their way at once: more for as long as Braze answers as fast as it did,
//! fewer as soon as it pushes back.

use std::time::Duration;

/// Requests at once to begin with.
const FIRST: f64 = 4.0;
/// At a tenth of a second an answer, 3,000 requests in three seconds need 100 at once.
pub(super) const MOST: usize = 256;
/// What is left after Braze pushed back.
const CUT: f64 = 0.9;
/// An answer that takes so many times the usual time says that more requests would only wait longer.
const SLOW: u32 = 3;

/// How many requests may be on their way at once.
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: f64,
    most: f64,
    /// What an answer usually takes: a mean in which the latest count most.
    usual: Option<Duration>,
    /// Until Braze pushes back once, each answer adds one; afterwards each round of answers.
    is_starting: bool,
    /// Requests that left before the last cut say nothing new.
    cut_at: Duration,
}

impl Concurrency {
    /// At most so many, from 1 to 256.
    pub(super) fn new(most: usize) -> Self {
        let most = most.clamp(1, MOST) as f64;
        Self {
            limit: FIRST.min(most),
            most,
            usual: None,
            is_starting: true,
            cut_at: Duration::ZERO,
        }
    }

    /// Requests that may be on their way at once; at least 1.
    pub(super) fn limit(&self) -> usize {
        self.limit as usize // OK because it lies from 1 to 256
    }

    /// Braze took a request that needed so long, while as many as allowed were on their way or not.
    pub(super) fn took(&mut self, latency: Duration, was_full: bool) {
        let usual = self.usual.unwrap_or(latency);
        self.usual = Some((usual * 15 + latency) / 16);
        if !was_full || latency > usual * SLOW {
            return;
        }
        let step = if self.is_starting {
            1.0
        } else {
            1.0 / self.limit
        };
        self.limit = (self.limit + step).min(self.most);
    }

    /// Braze pushed back, or gave no answer, to a request that left then.
    pub(super) fn pushed_back(&mut self, left_at: Duration, now: Duration) {
        if left_at < self.cut_at {
            return;
        }
        self.is_starting = false;
        self.cut_at = now;
        self.limit = (self.limit * CUT).max(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(100);

    #[test]
    fn it_grows_while_fast_and_full_and_shrinks_on_pushback() {
        let mut concurrency = Concurrency::new(MOST);
        concurrency.took(FAST, false);
        assert_eq!(concurrency.limit(), 4);
        for _ in 0..4 {
            concurrency.took(FAST, true);
        }
        assert_eq!(concurrency.limit(), 8); // one for each answer
        concurrency.took(FAST * 4, true);
        assert_eq!(concurrency.limit(), 8); // not when it is slow

        concurrency.pushed_back(FAST, FAST * 2);
        assert_eq!(concurrency.limit(), 7);
        concurrency.pushed_back(FAST, FAST * 3); // of the same round
        assert_eq!(concurrency.limit(), 7);
        for _ in 0..8 {
            concurrency.took(FAST, true);
        }
        assert_eq!(concurrency.limit(), 8); // one for a round

        for round in 4..100 {
            concurrency.pushed_back(FAST * round, FAST * round);
        }
        assert_eq!(concurrency.limit(), 1);
    }

    #[test]
    fn it_has_a_most_and_gets_used_to_slower_answers() {
        let mut concurrency = Concurrency::new(MOST);
        concurrency.took(Duration::from_millis(1), true);
        for _ in 0..1000 {
            concurrency.took(FAST, true);
        }
        assert_eq!(concurrency.limit(), MOST);
    }
}
