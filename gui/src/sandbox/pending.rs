//! Requests that are accepted and not yet applied. Nothing is done when their time comes: whoever
//! looks applies first what is due.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use serde_json::value::RawValue;

use super::{fault::Weather, moment::Moment, random::Random, track::Array};

/// The good objects of one request.
type Objects = Vec<(Array, Box<RawValue>)>;

/// Requests in the order in which they are due.
#[derive(Debug, Default)]
pub(super) struct Pending {
    seed: u64,
    delay_ms: u64,
    shuffled: bool,
    n_added: u64,
    waiting: BinaryHeap<Reverse<Waiting>>,
}

impl Pending {
    pub(super) fn new(weather: &Weather) -> Self {
        Self {
            seed: weather.seed,
            delay_ms: weather.delay_ms,
            shuffled: weather.shuffled,
            ..Self::default()
        }
    }

    pub(super) fn delays(&self) -> bool {
        self.delay_ms > 0
    }

    pub(super) fn len(&self) -> u64 {
        self.waiting.len() as u64
    }

    pub(super) fn add(&mut self, objects: Objects, now: Moment) {
        // Another stream than that of the faults.
        let mut random = Random::of(!self.seed, self.n_added);
        let delay_ms = match self.shuffled {
            true => random.below(self.delay_ms.saturating_add(1)),
            false => self.delay_ms,
        };
        self.waiting.push(Reverse(Waiting {
            due: now.later(delay_ms),
            number: self.n_added,
            objects,
        }));
        self.n_added += 1;
    }

    /// The next request that is due at `now`; whichever is next without a time.
    pub(super) fn next(&mut self, now: Option<Moment>) -> Option<Objects> {
        let Reverse(first) = self.waiting.peek()?;
        if now.is_some_and(|now| first.due > now) {
            return None;
        }
        self.waiting.pop().map(|Reverse(first)| first.objects)
    }
}

#[derive(Debug)]
struct Waiting {
    due: Moment,
    /// Of two that are due together the earlier comes first.
    number: u64,
    objects: Objects,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}
