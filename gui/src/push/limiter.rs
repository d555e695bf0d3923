//! How many requests may leave, and when the next one may.
//!
//! A contract knows several limits at once (so many requests in three seconds, and so many in an hour);
//! other senders use it as well, so that a share of it can be set. Every attempt counts, the first and
//! each further one. What the server says about itself wins: after a 429 the gate is closed to everybody.
//!
//! Time is an argument, counted from the start of the push: hours of it are tested in microseconds.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// So many requests in any stretch of time of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    /// At least 1.
    requests: u32,
    /// Longer than nothing.
    length: Duration,
}

/// The limits of a contract, and how much of them a push may use.
///
/// As text: `3000/3s`, `3000/3s,250000/h`; seconds, minutes (`m`) and hours, with a number in front or
/// without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    windows: Vec<Limit>,
    share: Share,
}

/// Percent of a limit: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u8);

/// A text that is no limit or share: what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitError(String);

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LimitError {}

/// 3,000 requests in 3 seconds, which is the limit of contracts that are priced by data points and the
/// burst limit of others (API limits), and all of it.
impl Default for Limits {
    fn default() -> Self {
        let windows = vec![Limit {
            requests: 3000,
            length: Duration::from_secs(3),
        }];
        Self {
            windows,
            share: Share::default(),
        }
    }
}

impl Default for Share {
    fn default() -> Self {
        Self(100)
    }
}

impl Limits {
    /// The same limits with another share of them.
    #[must_use]
    pub fn with_share(self, share: Share) -> Self {
        Self { share, ..self }
    }

    /// The share of them that is used.
    pub fn share(&self) -> Share {
        self.share
    }

    /// Each limit's requests as far as the share allows them, at least one, and its length.
    fn shared(&self) -> impl Iterator<Item = Limit> {
        self.windows.iter().map(|limit| {
            let part = u64::from(limit.requests) * u64::from(self.share.0) / 100;
            Limit {
                requests: u32::try_from(part.max(1)).unwrap_or(u32::MAX),
                length: limit.length,
            }
        })
    }

    /// The seconds that so many requests take at least.
    pub fn seconds(&self, n_requests: u64) -> f64 {
        let of = |limit: Limit| {
            // The first stretch's requests need no time.
            let rest = n_requests.saturating_sub(u64::from(limit.requests));
            rest as f64 * limit.length.as_secs_f64() / f64::from(limit.requests)
        };
        self.shared().map(of).fold(0.0, f64::max)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, limit) in self.windows.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{limit}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.length.as_secs();
        let (number, unit) = match seconds {
            _ if seconds.is_multiple_of(3600) => (seconds / 3600, 'h'),
            _ if seconds.is_multiple_of(60) => (seconds / 60, 'm'),
            _ => (seconds, 's'),
        };
        match number {
            1 => write!(f, "{}/{unit}", self.requests),
            _ => write!(f, "{}/{number}{unit}", self.requests),
        }
    }
}

impl FromStr for Limits {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let windows: Result<Vec<_>, _> = text.split(',').map(|text| text.trim().parse()).collect();
        Ok(Self {
            windows: windows?,
            share: Share::default(),
        })
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        const MOST: Duration = Duration::from_secs(24 * 60 * 60);
        let read = || {
            let (requests, length) = text.split_once('/')?;
            let (number, seconds) = match length.as_bytes().last()? {
                b's' => (&length[..length.len() - 1], 1),
                b'm' => (&length[..length.len() - 1], 60),
                b'h' => (&length[..length.len() - 1], 3600),
                _ => return None,
            };
            let number: u64 = if number.is_empty() {
                1
            } else {
                number.parse().ok()?
            };
            let length = Duration::from_secs(number.checked_mul(seconds)?);
            let requests = requests.parse().ok()?;
            (requests > 0 && !length.is_zero() && length <= MOST)
                .then_some(Self { requests, length })
        };
        read().ok_or_else(|| {
            LimitError(format!(
                "found the limit {}, expected requests and a time of at most a day, such as 3000/3s or \
                 250000/h",
                aiq_braze::diag::quote(text)
            ))
        })
    }
}

impl FromStr for Share {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let number = text.strip_suffix('%').unwrap_or(text);
        match number.parse() {
            Ok(share @ 1..=100) => Ok(Self(share)),
            _ => Err(LimitError(format!(
                "found the share {}, expected a part of the limit from 1% to 100%",
                aiq_braze::diag::quote(text)
            ))),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// Lets requests out.
#[derive(Debug)]
pub(super) struct Limiter {
    windows: Vec<Window>,
    /// Nothing leaves before.
    closed_until: Duration,
    /// What the server says is left, and until when.
    left: Option<(u64, Duration)>,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            windows: limits.shared().map(Window::new).collect(),
            closed_until: Duration::ZERO,
            left: None,
        }
    }

    /// When the next request may leave: `now`, or later.
    pub(super) fn ready_at(&mut self, now: Duration) -> Duration {
        let windows = self.windows.iter_mut().map(|window| window.ready_at(now));
        let own = windows.max().unwrap_or(now).max(self.closed_until).max(now);
        match self.left {
            Some((0, until)) => own.max(until),
            _ => own,
        }
    }

    /// Counts a request that leaves now.
    pub(super) fn take(&mut self, now: Duration) {
        for window in &mut self.windows {
            window.count(now);
        }
        self.left = match self.left {
            Some((left, until)) if until > now => Some((left.saturating_sub(1), until)),
            _ => None,
        };
    }

    /// Closes the gate to everybody.
    pub(super) fn close(&mut self, until: Duration) {
        self.closed_until = self.closed_until.max(until);
    }

    /// The server says how many requests it still takes until then. Those that are on their way may or
    /// may not be counted in it: they are taken off.
    pub(super) fn hear(&mut self, left: u64, n_on_their_way: u64, until: Duration) {
        self.left = Some((left.saturating_sub(n_on_their_way), until));
    }
}

/// Slices of a window that are counted together: memory is the same for any limit. A slice counts until
/// all of it has left the window, so that the limit holds in every window, not only from slice to slice.
const SLICES: u32 = 1000;

#[derive(Debug)]
struct Window {
    limit: Limit,
    slice: Duration,
    /// Number of a slice, from 0 at the start, and its requests; no slice is empty.
    slices: VecDeque<(u64, u32)>,
    /// The sum of all `slices`.
    n_requests: u32,
}

impl Window {
    fn new(limit: Limit) -> Self {
        Self {
            limit,
            slice: limit.length / SLICES,
            slices: VecDeque::new(),
            n_requests: 0,
        }
    }

    fn ready_at(&mut self, now: Duration) -> Duration {
        while let Some(&(number, n_requests)) = self.slices.front()
            && self.end_of(number) <= now
        {
            self.slices.pop_front();
            self.n_requests -= n_requests;
        }
        match self.slices.front() {
            Some(&(number, _)) if self.n_requests >= self.limit.requests => self.end_of(number),
            _ => now,
        }
    }

    /// When the last request of this slice has left the window.
    fn end_of(&self, number: u64) -> Duration {
        let slice = u64::try_from(self.slice.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(slice.saturating_mul(number + 1)).saturating_add(self.limit.length)
    }

    fn count(&mut self, now: Duration) {
        // OK because a window is a day at most, and a push shorter than 500 years.
        let number = (now.as_nanos() / self.slice.as_nanos()) as u64;
        match self.slices.back_mut() {
            Some((last, n_requests)) if *last == number => *n_requests += 1,
            _ => self.slices.push_back((number, 1)),
        }
        self.n_requests += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(text: &str) -> Limits {
        text.parse().unwrap()
    }

    #[test]
    fn limits_are_read_and_written() {
        for text in ["3000/3s", "250000/h", "3000/3s,250000/h", "1/2m", "5/24h"] {
            assert_eq!(limits(text).to_string(), text);
        }
        assert_eq!(limits(" 3/60s , 4/1h ").to_string(), "3/m,4/h");
        for text in [
            "",
            "3000",
            "0/s",
            "3/0s",
            "-1/s",
            "3/d",
            "3/25h",
            "3/s,",
            "3/99999999999999999999h",
        ] {
            let error = text.parse::<Limits>().unwrap_err().to_string();
            assert!(error.contains("3000/3s"), "{text}: {error}");
        }
        assert_eq!("80%".parse(), Ok(Share(80)));
        assert_eq!("100".parse(), Ok(Share(100)));
        for text in ["0%", "101%", "", "half"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_push_takes_as_long_as_its_tightest_limit() {
        assert_eq!(limits("10/s").seconds(10), 0.0);
        assert_eq!(limits("10/s").seconds(30), 2.0);
        assert_eq!(limits("10/s,10/m").seconds(30), 120.0);
        let half = limits("10/s").with_share(Share(50));
        assert_eq!(half.seconds(30), 5.0);
    }

    /// Sends as fast as the limiter allows, each request `delay` after the one before at the earliest.
    fn send(limits: &Limits, delays: impl Iterator<Item = Duration>) -> Vec<Duration> {
        let mut limiter = Limiter::new(limits);
        let mut now = Duration::ZERO;
        let mut sent = Vec::new();
        for delay in delays {
            now = limiter.ready_at(now + delay);
            limiter.take(now);
            sent.push(now);
        }
        sent
    }

    /// The most requests in any stretch of this length.
    fn most_in(sent: &[Duration], length: Duration) -> usize {
        let mut first = 0;
        let windows = sent.iter().enumerate().map(|(last, &at)| {
            while sent[first] + length <= at {
                first += 1;
            }
            last + 1 - first
        });
        windows.max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_its_limit(
            (small, large) in (1_u32..40, 1_u32..200),
            delays in prop::collection::vec(0_u64..40_000, 1..600),
        ) {
            let limits = limits(&format!("{small}/s,{large}/3s"));
            let sent = send(&limits, delays.into_iter().map(Duration::from_micros));
            prop_assert!(most_in(&sent, Duration::from_secs(1)) <= small as usize);
            prop_assert!(most_in(&sent, Duration::from_secs(3)) <= large as usize);
        }
    }

    #[test]
    fn a_limit_is_used_up_and_no_more() {
        for (text, length, limit) in [
            ("3000/3s", 3, 3000),
            ("7/2s", 2, 7),
            ("50000/m", 60, 50_000),
        ] {
            let no_delay = std::iter::repeat_n(Duration::ZERO, limit * 20);
            let sent = send(&limits(text), no_delay);
            assert_eq!(most_in(&sent, Duration::from_secs(length)), limit, "{text}");
            let took = sent.last().unwrap().as_secs_f64() + length as f64;
            let best = 20.0 * length as f64;
            assert!(best / took >= 0.99, "{text}: {took} s in place of {best}");
        }
    }

    #[test]
    fn a_share_leaves_the_rest_to_others() {
        let sent = send(
            &limits("100/s").with_share(Share(80)),
            std::iter::repeat_n(Duration::ZERO, 500),
        );
        assert_eq!(most_in(&sent, Duration::from_secs(1)), 80);
        let least = send(
            &limits("3/s").with_share(Share(1)),
            std::iter::repeat_n(Duration::ZERO, 5),
        );
        assert_eq!(most_in(&least, Duration::from_secs(1)), 1);
    }

    #[test]
    fn what_the_server_says_wins() {
        let at = Duration::from_secs;
        let mut limiter = Limiter::new(&Limits::default());
        limiter.close(at(7));
        limiter.close(at(5)); // an earlier word does not open it
        assert_eq!(limiter.ready_at(at(1)), at(7));
        assert_eq!(limiter.ready_at(at(8)), at(8));

        limiter.hear(3, 1, at(20)); // two more
        for _ in 0..2 {
            assert_eq!(limiter.ready_at(at(9)), at(9));
            limiter.take(at(9));
        }
        assert_eq!(limiter.ready_at(at(9)), at(20));
        limiter.hear(1, 0, at(20)); // fewer were counted than feared
        assert_eq!(limiter.ready_at(at(9)), at(9));
        limiter.take(at(9));
        assert_eq!(limiter.ready_at(at(21)), at(21));
        limiter.take(at(21));
        assert_eq!(limiter.ready_at(at(21)), at(21)); // that time is over
    }
}
