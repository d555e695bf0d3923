//! A push without its surroundings: what leaves next, and what an answer changes.
//!
//! It brings together who may leave ([`Schedule`]), when ([`Limiter`]), how many at once
//! ([`Concurrency`]), what an answer means ([`retry`](super::retry)), and when there is no sense in going
//! on. It has no clock, no network, no disk; chance comes from a seed. So weeks of bad weather are tested
//! in seconds.

use std::collections::HashMap;
use std::time::Duration;

use aiq_braze::wire::InputArray;
use aiq_braze::wire::reply::{Reply, Sent, Wait};
use aiq_braze::{Object, Outcome, body_of};
use fastrand::Rng;
use hyper::body::Bytes;

use super::concurrency::Concurrency;
use super::limiter::{Limiter, Limits};
use super::report::Stopped;
use super::retry::{
    Attempt, Facts, Halt, MOST_ASKED, Next, OnUnknown, Part, Pause, Settled, Why, judge, wait,
};
use super::schedule::Schedule;
use crate::ledger::{Settlement, Span};
use crate::pipeline::OwnedBatch;

/// Bytes of bodies that are held at most, but for one batch.
const HELD_BYTES: usize = 64 << 20;
/// Batches that are held at most: later ones may be free to leave when these wait for each other.
const HELD_BATCHES: usize = 1024;
/// So many unknown outcomes one after the other stop a push.
const MOST_UNKNOWN: u32 = 3;
/// So many requests refused as a whole, one after the other, stop a push: what is wrong is not the data.
const MOST_REFUSED: u32 = 5;
/// How long a push goes on while nothing at all gets through, not counting waits that Braze asks for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// The same before the first connection: then the address is wrong more often than the weather.
pub(super) const FIRST_PATIENCE: Duration = Duration::from_secs(30);

/// The state of a push.
#[derive(Debug)]
pub(super) struct Engine {
    schedule: Schedule,
    limiter: Limiter,
    concurrency: Concurrency,
    on_unknown: OnUnknown,
    random: Rng,
    held: HashMap<u64, Held>,
    n_held_bytes: usize,
    streak: Streak,
    /// When the first of the requests left since which nothing has got through.
    quiet_since: Option<Duration>,
    /// How long Braze asked to be left alone meanwhile, and until when.
    asked_for: Duration,
    asked_until: Duration,
    /// Requests that Braze or the network held up one after the other, and when the last of them left.
    n_held_up: u32,
    held_up_at: Duration,
    is_connected: bool,
    is_stopping: bool,
}

/// A batch that is not settled.
#[derive(Debug)]
struct Held {
    batch: OwnedBatch,
    is_repeatable: bool,
    /// Attempts of the request at hand that failed, and those of which nothing came back.
    n_failed: u32,
    n_lost: u32,
    left_at: Duration,
    /// As many requests as allowed were on their way when it left.
    was_full: bool,
    is_repeat: bool,
}

/// How requests went, one after the other.
#[derive(Debug, Default)]
struct Streak {
    unknown: u32,
    refused: u32,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Write down that this batch's request will leave, then say so: [`Engine::recorded`].
    Record(u64),
    /// This batch's request leaves now; then say what came of it: [`Engine::answered`].
    Send(u64),
    /// Nothing until then, or until something is offered, recorded or answered.
    Wait(Option<Duration>),
}

/// What an answer changed.
#[derive(Debug)]
pub(super) struct Change {
    /// Objects that are settled now.
    pub(super) settled: Vec<Settlement>,
    /// The request had been sent before.
    pub(super) is_repeat: bool,
    /// Why the request goes again, if it does.
    pub(super) pause: Option<Why>,
    /// Why the push must stop.
    pub(super) stopped: Option<Stopped>,
}

/// What the server says about its limit, beside its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    /// Requests that it still takes (`X-RateLimit-Remaining`).
    pub(super) left: Option<u64>,
    /// Until when (`X-RateLimit-Reset`).
    pub(super) until: Option<Wait>,
}

/// Now, by two clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// Since the start of the push; never jumps.
    pub(super) since_start: Duration,
    /// Seconds since 1970, UTC; may jump.
    pub(super) unix_seconds: u64,
}

impl Engine {
    pub(super) fn new(limits: &Limits, at_once: usize, on_unknown: OnUnknown, seed: u64) -> Self {
        Self {
            schedule: Schedule::default(),
            limiter: Limiter::new(limits),
            concurrency: Concurrency::new(at_once),
            on_unknown,
            random: Rng::with_seed(seed),
            held: HashMap::new(),
            n_held_bytes: 0,
            streak: Streak::default(),
            quiet_since: None,
            asked_for: Duration::ZERO,
            asked_until: Duration::ZERO,
            n_held_up: 0,
            held_up_at: Duration::ZERO,
            is_connected: false,
            is_stopping: false,
        }
    }

    /// Whether there is room for another batch.
    pub(super) fn has_room(&self) -> bool {
        !self.is_stopping && self.n_held_bytes < HELD_BYTES && self.held.len() < HELD_BATCHES
    }

    /// Takes a batch, of which these objects are to be sent.
    pub(super) fn offer(&mut self, batch: OwnedBatch, objects: Part) {
        let places = objects.objects().iter().map(|&place| place as usize);
        let objects_of = places.filter_map(|place| batch.objects.get(place));
        let users = objects_of
            .filter_map(|object| object.user(&batch.body))
            .collect();
        let repeatable = |object: &Object| object.is_repeatable(&batch.body);
        let is_repeatable =
            batch.array == InputArray::Attributes && batch.objects.iter().all(repeatable);
        self.schedule.offer(batch.number, users, objects);
        self.n_held_bytes += batch.body.len();
        let held = Held {
            batch,
            is_repeatable,
            n_failed: 0,
            n_lost: 0,
            left_at: Duration::ZERO,
            was_full: false,
            is_repeat: false,
        };
        self.held.insert(held.batch.number, held);
    }

    /// Nothing more is recorded and sent; what is on its way may still be answered.
    pub(super) fn stop(&mut self) {
        self.is_stopping = true;
    }

    /// Batches whose requests are written down and have not left: after a stop they never do.
    pub(super) fn unsent(&self) -> impl Iterator<Item = u64> {
        self.schedule.unsent()
    }

    /// Whether nothing is held any more.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Requests on their way.
    pub(super) fn n_under_way(&self) -> usize {
        self.schedule.n_under_way()
    }

    /// What to do next.
    pub(super) fn next(&mut self, now: Duration) -> Step {
        if self.is_stopping {
            return Step::Wait(None);
        }
        let is_full = self.schedule.n_started() >= self.concurrency.limit();
        if !self.schedule.has_recorded() {
            match self.schedule.has_fresh(now) {
                true if is_full => return Step::Wait(None),
                true => {}
                false => return Step::Wait(self.schedule.due()),
            }
        }
        let open_at = self.limiter.ready_at(now);
        if open_at > now {
            return Step::Wait(Some(open_at));
        }
        if let Some(number) = self.schedule.send() {
            return self.leave(number, now);
        }
        match self.schedule.record(now) {
            Some(number) => Step::Record(number),
            None => Step::Wait(self.schedule.due()),
        }
    }

    fn leave(&mut self, number: u64, now: Duration) -> Step {
        self.limiter.take(now);
        let was_full = self.schedule.n_started() >= self.concurrency.limit();
        let held = self.held_mut(number);
        held.left_at = now;
        held.was_full = was_full;
        Step::Send(number)
    }

    /// The batch's request is on disk.
    pub(super) fn recorded(&mut self, number: u64) {
        self.schedule.recorded(number);
    }

    /// The objects of the batch's request.
    pub(super) fn part(&self, number: u64) -> &Part {
        self.schedule.part(number)
    }

    fn batch(&self, number: u64) -> &OwnedBatch {
        &self.held[&number].batch // OK because only batches that are not settled are asked for
    }

    /// These objects of the batch, about to be sent: those that follow each other together. What may be lost is
    /// to be found again by its rows.
    pub(super) fn spans(&self, number: u64, objects: &[u32]) -> Vec<Span> {
        let together = match self.is_repeatable(number) {
            true => Together::Objects,
            false => Together::Rows,
        };
        spans(&self.batch(number).objects, objects, together)
    }

    /// Whether the batch's objects may be sent twice without harm.
    pub(super) fn is_repeatable(&self, number: u64) -> bool {
        self.held[&number].is_repeatable // OK as above
    }

    /// The body of the batch's request, and what it holds.
    pub(super) fn request(&self, number: u64) -> (Bytes, Sent) {
        let (batch, part) = (self.batch(number), self.part(number));
        let body = if part.len() == batch.objects.len() {
            batch.body.clone()
        } else {
            let objects = part
                .objects()
                .iter()
                .map(|&place| &batch.objects[place as usize]);
            body_of(batch.array, objects, &batch.body)
        };
        let sent = Sent {
            array: batch.array,
            n_objects: part.len(),
        };
        (Bytes::from(body), sent)
    }

    fn held_mut(&mut self, number: u64) -> &mut Held {
        let held = self.held.get_mut(&number);
        held.expect("only batches that are not settled are sent and answered")
    }

    /// What came of the batch's request.
    pub(super) fn answered(
        &mut self,
        number: u64,
        attempt: Attempt,
        heard: Heard,
        now: Now,
    ) -> Change {
        self.hear(heard, now);
        self.pace(number, &attempt, now.since_start);
        let on_unknown = self.on_unknown;
        let is_lost = matches!(
            attempt,
            Attempt::NoAnswer(_) | Attempt::Answered(Reply::Unknown { .. })
        );
        let is_connected = !matches!(attempt, Attempt::NotSent(_) | Attempt::NotBuilt(_));
        self.is_connected |= is_connected;
        let part = self.schedule.part(number).clone();
        let held = self.held_mut(number);
        let is_repeat = held.is_repeat;
        held.n_lost += u32::from(is_lost);
        held.is_repeat |= is_connected;
        let facts = Facts {
            part: &part,
            is_repeatable: held.is_repeatable,
            on_unknown,
            n_lost: held.n_lost,
        };
        let verdict = judge(attempt, facts);
        let stopped = self.note(&verdict.settled, part.len());
        let settled = verdict.settled.into_iter();
        let mut change = Change {
            settled: settled
                .flat_map(|group| self.settlements(number, group))
                .collect(),
            is_repeat,
            pause: None,
            stopped,
        };
        match verdict.next {
            Next::Nothing => self.over(number, Vec::new()),
            Next::Parts(parts) => self.over(number, parts),
            Next::Again { pause, why } => self.again(number, pause, why, now, &mut change),
            Next::Stop(why) => {
                self.schedule.again(number, now.since_start);
                change.stopped = Some(match why {
                    Halt::Denied(message) => Stopped::Denied(message),
                    Halt::NotBuilt(message) => Stopped::Machine(message),
                });
            }
        }
        self.is_stopping |= change.stopped.is_some();
        change
    }

    /// The batch's request is over and left these parts behind.
    fn over(&mut self, number: u64, left: Vec<Part>) {
        self.quiet_since = None;
        (self.asked_for, self.asked_until, self.n_held_up) = (Duration::ZERO, Duration::ZERO, 0);
        if !self.schedule.over(number, left) {
            let held = self.held_mut(number);
            (held.n_failed, held.n_lost, held.is_repeat) = (0, 0, false);
        } else if let Some(held) = self.held.remove(&number) {
            self.n_held_bytes -= held.batch.body.len();
        }
    }

    fn settlements(&self, number: u64, group: Settled) -> impl Iterator<Item = Settlement> {
        let Settled {
            objects,
            outcome,
            reason,
        } = group;
        let (together, reason) = match outcome {
            Outcome::Accepted => (Together::Objects, None),
            _ => (Together::Rows, Some(plain(&reason))),
        };
        let spans = spans(&self.batch(number).objects, &objects, together);
        spans.into_iter().map(move |span| Settlement {
            batch: number,
            span,
            outcome,
            reason: reason.clone(),
        })
    }

    /// The same request goes again, unless there is no sense in it.
    fn again(&mut self, number: u64, pause: Pause, why: Why, now: Now, change: &mut Change) {
        let jitter = self.random.f64();
        // Those that left together are held up together.
        let left_at = self.held_mut(number).left_at;
        let quiet_since = *self.quiet_since.get_or_insert(left_at);
        let is_first = self.n_held_up == 0 || left_at >= self.held_up_at;
        if is_first {
            self.held_up_at = now.since_start;
        }
        let (n_failed, asked) = match pause {
            Pause::All(asked) => {
                self.n_held_up += u32::from(is_first);
                (self.n_held_up, asked)
            }
            Pause::One(asked) => {
                let held = self.held_mut(number);
                held.n_failed += 1;
                (held.n_failed, asked)
            }
        };
        let Some(length) = wait(n_failed, asked, now.unix_seconds, jitter) else {
            self.schedule.again(number, now.since_start);
            change.stopped = Some(too_long(why));
            return;
        };
        let until = now.since_start.saturating_add(length);
        match pause {
            Pause::All(_) => {
                self.limiter.close(until);
                self.schedule.again(number, now.since_start);
            }
            Pause::One(_) => self.schedule.again(number, until),
        }
        self.be_asked(asked, now);
        let patience = match why {
            Why::NotSent(_) if !self.is_connected => FIRST_PATIENCE,
            _ => PATIENCE,
        };
        let quiet_for = now.since_start.saturating_sub(quiet_since);
        if quiet_for > patience + self.asked_for {
            change.stopped = Some(given_up(why, quiet_for));
        } else {
            change.pause = Some(why);
        }
    }

    /// Time for which Braze wants to be left alone. What several answers ask for at once counts once.
    fn be_asked(&mut self, asked: Option<Wait>, now: Now) {
        if let Some(length) = wait(1, asked, now.unix_seconds, 0.0) {
            let until = now.since_start.saturating_add(length);
            let since = self.asked_until.max(now.since_start);
            self.asked_for = (self.asked_for + until.saturating_sub(since)).min(MOST_ASKED);
            self.asked_until = self.asked_until.max(until);
        }
    }

    fn hear(&mut self, heard: Heard, now: Now) {
        let (Some(left), Some(until)) = (heard.left, heard.until) else {
            return;
        };
        if left == 0 {
            self.be_asked(Some(until), now);
        }
        if let Some(length) = wait(1, Some(until), now.unix_seconds, 0.0) {
            let n_others = self.schedule.n_under_way().saturating_sub(1);
            self.limiter
                .hear(left, n_others as u64, now.since_start + length);
        }
    }

    fn pace(&mut self, number: u64, attempt: &Attempt, now: Duration) {
        let &mut Held {
            left_at, was_full, ..
        } = self.held_mut(number);
        match attempt {
            Attempt::Answered(Reply::Again { .. } | Reply::Unknown { .. })
            | Attempt::NoAnswer(_)
            | Attempt::NotSent(_) => self.concurrency.pushed_back(left_at, now),
            Attempt::Answered(_) => self.concurrency.took(now.saturating_sub(left_at), was_full),
            Attempt::NotBuilt(_) => {}
        }
    }

    /// Counts what went wrong in a row.
    fn note(&mut self, settled: &[Settled], n_objects: usize) -> Option<Stopped> {
        if settled.is_empty() {
            return None;
        }
        let first = |outcome| settled.iter().find(|group| group.outcome == outcome);
        let before = std::mem::take(&mut self.streak);
        if let Some(group) = first(Outcome::Unknown) {
            self.streak.unknown = before.unknown + 1;
            let is_enough = self.streak.unknown >= MOST_UNKNOWN;
            return is_enough.then(|| Stopped::NoAnswers(group.reason.clone(), MOST_UNKNOWN));
        }
        let group = first(Outcome::Refused)?;
        // As a whole, in the same words: Braze's word for the request and not for each object.
        if group.objects.len() == n_objects && n_objects > 1 {
            self.streak.refused = before.refused + 1;
            let is_enough = self.streak.refused >= MOST_REFUSED;
            return is_enough.then(|| Stopped::AllRefused(group.reason.clone(), MOST_REFUSED));
        }
        None
    }
}

/// Which objects make one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Together {
    /// Those that follow each other in the batch.
    Objects,
    /// Those whose rows follow each other in the export, too.
    Rows,
}

fn spans(all: &[Object], objects: &[u32], together: Together) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for &place in objects {
        let Some(object) = all.get(place as usize) else {
            continue;
        };
        match spans.last_mut() {
            Some(span)
                if span.first + span.count == place
                    && (together == Together::Objects || follows(span, object)) =>
            {
                span.count += 1;
                span.rows += object.n_rows;
            }
            _ => spans.push(Span {
                first: place,
                count: 1,
                rows: object.n_rows,
                at: object.at,
            }),
        }
    }
    spans
}

/// Whether an object's rows come right behind those of a span.
fn follows(span: &Span, object: &Object) -> bool {
    let (last, next) = (span.at, object.at);
    last.file == next.file && last.row + span.rows == next.row
}

fn too_long(why: Why) -> Stopped {
    match why {
        Why::PutOff(why) => Stopped::LongWait(why),
        why => given_up(why, PATIENCE),
    }
}

fn given_up(why: Why, patience: Duration) -> Stopped {
    match why {
        Why::PutOff(why) => Stopped::PutOff(why, patience),
        Why::NotSent(message) => Stopped::Unreachable(message, patience),
        Why::Lost(message) => Stopped::Lost(message, patience),
    }
}

/// Words from outside, fit to be shown: one line, no control characters, not too long.
pub(super) fn plain(words: &str) -> String {
    let chars = words.chars().take(200);
    chars
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}
