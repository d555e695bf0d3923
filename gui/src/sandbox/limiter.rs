//! How many requests fit into a window of time, and what the headers say of it.

use std::cmp::Reverse;

use super::{route::Route, settings::Limit};

/// Where one request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) limit: u64,
    pub(super) remaining: u64,
    /// In seconds since 1970, UTC.
    pub(super) reset_secs: u64,
    pub(super) now_secs: u64,
    /// Whole seconds to wait, if the request is one too many.
    pub(super) retry_after_secs: Option<u64>,
}

/// One window that goes on and on.
#[derive(Debug)]
struct Meter {
    route: Route,
    requests: u64,
    window_secs: u64,
    /// Otherwise it only counts.
    refuses: bool,
    window: u64,
    n_requests: u64,
}

impl Meter {
    fn turn(&mut self, now_secs: u64) {
        let window = now_secs / self.window_secs;
        if window != self.window {
            self.window = window;
            self.n_requests = 0;
        }
    }

    fn is_full(&self) -> bool {
        self.refuses && self.n_requests >= self.requests
    }

    fn remaining(&self) -> u64 {
        self.requests.saturating_sub(self.n_requests)
    }

    fn end_secs(&self) -> u64 {
        (self.window + 1) * self.window_secs
    }
}

/// The limits of all routes.
#[derive(Debug)]
pub(super) struct Limiter(Vec<Meter>);

impl Limiter {
    pub(super) fn new(limits: &[Limit]) -> Self {
        let meters = Route::ALL.into_iter().flat_map(|route| {
            let own = limits
                .iter()
                .filter(move |limit| limit.path == route.path());
            let own: Vec<_> = own
                .map(|limit| (limit.requests, limit.window_secs.max(1), true))
                .collect();
            let windows = if own.is_empty() {
                let (requests, window_secs) = route.documented_limit();
                vec![(requests, window_secs, false)]
            } else {
                own
            };
            windows
                .into_iter()
                .map(move |(requests, window_secs, refuses)| Meter {
                    route,
                    requests,
                    window_secs,
                    refuses,
                    window: 0,
                    n_requests: 0,
                })
        });
        Self(meters.collect())
    }

    /// Counts one request, unless it is one too many. The headers tell of the window that has the
    /// least left.
    pub(super) fn count(&mut self, route: Route, now_secs: u64) -> Standing {
        let own = || move |meter: &&mut Meter| meter.route == route;
        for meter in self.0.iter_mut().filter(own()) {
            meter.turn(now_secs);
        }
        let full = self
            .0
            .iter()
            .filter(|meter| meter.route == route && meter.is_full());
        let reset_secs = full.map(Meter::end_secs).max();
        if reset_secs.is_none() {
            for meter in self.0.iter_mut().filter(own()) {
                meter.n_requests += 1;
            }
        }
        let own = self.0.iter().filter(|meter| meter.route == route);
        let told = own
            .min_by_key(|meter| (meter.remaining(), Reverse(meter.end_secs())))
            .expect("every route has a meter from the start");
        Standing {
            limit: told.requests,
            remaining: told.remaining(),
            reset_secs: told.end_secs(),
            now_secs,
            // OK because a window that is not over ends after now.
            retry_after_secs: reset_secs.map(|reset_secs| reset_secs - now_secs),
        }
    }
}
