//! The engine against a model of all that can go wrong, in virtual time and by seeds: answers of every
//! kind, delays, requests that arrive and whose answers do not, limits and what servers say of them, clocks
//! that jump, stops at any moment, and crashes that lose what was not on disk yet. What a push promises must hold in each of these worlds.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use aiq_braze::wire::reply::{Again, Refusal, Reply, Wait};
use aiq_braze::{Batch, BatchLimits, Flow, Options, Outcome, Probe, Session, Sink};
use fastrand::Rng;

use super::engine::{Engine, Heard, Now, Step};
use super::limiter::Limits;
use super::retry::{Attempt, OnUnknown, Part};
use crate::ledger::{Settlement, Span};
use crate::pipeline::OwnedBatch;

const OBJECTS: u32 = 5;

/// Batches of an export in which users come again and again; each row has a number of its own.
fn batches(random: &mut Rng, n_rows: usize, is_events: bool) -> Vec<OwnedBatch> {
    struct Collect(Vec<OwnedBatch>);
    impl Sink for Collect {
        fn batch(&mut self, batch: &Batch<'_>) -> Flow {
            self.0.push(batch.into());
            Flow::Continue
        }
    }
    let header = match is_events {
        true => "external_id,event_name,event_time,n\n",
        false => "external_id,audience_id,split_id,n\n",
    };
    let n_users = random.usize(1..=n_rows);
    let rows = (0..n_rows).map(|number| {
        let user = random.usize(..n_users);
        match is_events {
            true => format!("u{user},Visited,2026-01-01T00:00:00Z,{number}\n"),
            false => format!("u{user},1,2,{number}\n"),
        }
    });
    let text: String = std::iter::once(header.to_owned()).chain(rows).collect();
    let found = Probe::inspect(text.as_bytes()).unwrap();
    let plan = found.suggestion.mapping.compile(&found.header).unwrap();
    let options = Options {
        batch: BatchLimits {
            objects: OBJECTS as usize,
            ..BatchLimits::default()
        },
        ..Options::default()
    };
    let mut session = Session::with_options(plan, options);
    let mut collected = Collect(Vec::new());
    session.begin_file("export.csv");
    let _ = session.feed(text.as_bytes(), &mut collected).unwrap();
    let _ = session.end_file(&mut collected).unwrap();
    session.finish(&mut collected);
    collected.0
}

/// What the model's Braze has got: (user, row's number), in the order in which it was processed.
#[derive(Default)]
struct Braze {
    got: Vec<(String, u64)>,
}

impl Braze {
    fn process(&mut self, objects: &[(String, u64)]) {
        self.got.extend_from_slice(objects);
    }
}

/// (user, row's number) of each object of a body.
fn objects(body: &[u8], is_events: bool) -> Vec<(String, u64)> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    let list = if is_events {
        &body["events"]
    } else {
        &body["attributes"]
    };
    let number = |object: &serde_json::Value| {
        let n = if is_events {
            &object["properties"]["n"]
        } else {
            &object["n"]
        };
        n.as_u64().or_else(|| n.as_str()?.parse().ok()).unwrap()
    };
    let object = |object: &serde_json::Value| {
        (
            object["external_id"].as_str().unwrap().to_owned(),
            number(object),
        )
    };
    list.as_array().unwrap().iter().map(object).collect()
}

/// What is on disk: it outlives crashes.
#[derive(Default)]
struct Disk {
    settled: BTreeMap<u64, Vec<Settlement>>,
    /// Batches with requests that are written down, and their objects.
    intents: BTreeMap<u64, Vec<Span>>,
}

enum Op {
    Intend(u64, Vec<Span>),
    Answer(u64, Vec<Settlement>),
}

impl Disk {
    fn write(&mut self, op: Op) {
        match op {
            Op::Intend(batch, spans) => {
                assert!(self.intents.insert(batch, spans).is_none(), "two at once");
            }
            Op::Answer(batch, settled) => {
                self.intents.remove(&batch);
                self.settled.entry(batch).or_default().extend(settled);
            }
        }
    }

    /// After a crash: what may have been sent, and must not be sent by guess, is unknown.
    fn take_up(&mut self, is_repeatable: bool) {
        for (batch, spans) in std::mem::take(&mut self.intents) {
            if !is_repeatable {
                let unknown = spans.into_iter().map(|span| Settlement {
                    batch,
                    span,
                    outcome: Outcome::Unknown,
                    reason: None,
                });
                self.settled.entry(batch).or_default().extend(unknown);
            }
        }
    }

    fn left(&self, batch: &OwnedBatch) -> Option<Part> {
        let settled = self.settled.get(&batch.number);
        let is_settled = |place: &u32| {
            let mut spans = settled
                .into_iter()
                .flatten()
                .map(|settlement| settlement.span);
            spans.any(|span| (span.first..span.first + span.count).contains(place))
        };
        let n_objects = batch.objects.len() as u32;
        Part::new((0..n_objects).filter(|place| !is_settled(place)).collect())
    }
}

/// What will happen, by time; the number keeps what happens at once in order.
enum Coming {
    Written,
    Arrives(u64, Vec<(String, u64)>, Weather),
    Answered(u64, Attempt),
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
enum Weather {
    Fine,
    /// Some objects refused, the others processed.
    Partly,
    /// Refused for some objects; nothing processed.
    Named,
    /// Refused for some objects; the others processed.
    NamedAndProcessed,
    Limited(Option<u64>),
    Unavailable,
    TooLarge,
    /// Processed, and the answer lost.
    AnswerLost,
    /// Lost on its way.
    RequestLost,
    NotSent,
    /// The key is refused: the push stops, and goes on later.
    Denied,
}

fn weather(random: &mut Rng, percent_bad: u32) -> Weather {
    if random.u32(..100) >= percent_bad {
        return Weather::Fine;
    }
    match random.u32(..11) {
        0 => Weather::Partly,
        1 => Weather::Named,
        2 => Weather::NamedAndProcessed,
        3 => Weather::Limited(Some(random.u64(..9))),
        4 => Weather::Limited(None),
        5 => Weather::Unavailable,
        6 => Weather::TooLarge,
        7 => Weather::AnswerLost,
        8 => Weather::RequestLost,
        9 => Weather::NotSent,
        _ => Weather::Denied,
    }
}

struct World {
    random: Rng,
    is_events: bool,
    on_unknown: OnUnknown,
    percent_bad: u32,
    limits: Limits,
    batches: Vec<OwnedBatch>,
    braze: Braze,
    disk: Disk,
    now: Duration,
    /// When requests left, of all stretches.
    left: Vec<Duration>,
    /// Rows whose answers were lost, by a crash or on the way.
    n_crashes: u32,
    /// Stops by the user and by refused keys.
    n_stops: u32,
}

/// One stretch of a run, up to a crash or its end.
struct Stretch {
    engine: Engine,
    to_write: VecDeque<Op>,
    coming: BinaryHeap<Reverse<(Duration, u64, u64)>>,
    things: BTreeMap<u64, Coming>,
    n_things: u64,
    next_batch: usize,
    /// Nothing more leaves; whether the run is over then.
    stopped: Option<bool>,
}

impl Stretch {
    /// What was written down to leave, and has not left, is taken back.
    fn stop(&mut self, is_over: bool) {
        if self.stopped.is_some() {
            return;
        }
        self.stopped = Some(is_over);
        self.engine.stop();
        let unsent: Vec<_> = self.engine.unsent().collect();
        let back = |number| Op::Answer(number, Vec::new());
        self.to_write.extend(unsent.into_iter().map(back));
    }

    fn plan(&mut self, at: Duration, thing: Coming) {
        self.n_things += 1;
        self.things.insert(self.n_things, thing);
        self.coming
            .push(Reverse((at, self.n_things, self.n_things)));
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let is_events = random.bool();
        let n_rows = random.usize(1..120);
        let limits = ["3000/3s", "4/s", "7/2s,20/m", "2/s"][random.usize(..4)];
        Self {
            batches: batches(&mut random, n_rows, is_events),
            is_events,
            on_unknown: OnUnknown::Hold,
            percent_bad: [0, 10, 40][random.usize(..3)],
            limits: limits.parse().unwrap(),
            braze: Braze::default(),
            disk: Disk::default(),
            now: Duration::ZERO,
            left: Vec::new(),
            n_crashes: 0,
            n_stops: 0,
            random,
        }
    }

    fn some_time(&mut self) -> Duration {
        Duration::from_micros(self.random.u64(..300_000))
    }

    /// Runs until all is settled or the engine gives up. On the way it crashes and is stopped, so many times
    /// at most.
    fn run(&mut self, most_crashes: u32, most_stops: u32) {
        loop {
            let crashes = self.n_crashes < most_crashes;
            let stops = self.n_stops < most_stops;
            let end = self.stretch(crashes, stops);
            self.check();
            if end {
                return;
            }
        }
    }

    /// Whether the run is over.
    fn stretch(&mut self, may_crash: bool, may_stop: bool) -> bool {
        let start = self.now;
        let seed = self.random.u64(..);
        let mut stretch = Stretch {
            engine: Engine::new(&self.limits, 64, self.on_unknown, seed),
            to_write: VecDeque::new(),
            coming: BinaryHeap::new(),
            things: BTreeMap::new(),
            n_things: 0,
            next_batch: 0,
            stopped: None,
        };
        let mut stop_in = may_stop.then(|| self.random.u32(1..200));
        let mut crash_in = may_crash.then(|| self.random.u32(1..200));
        loop {
            if let Some(left) = &mut crash_in {
                *left -= 1;
                if *left == 0 {
                    self.n_crashes += 1;
                    self.crash(stretch);
                    return false;
                }
            }
            if let Some(left) = &mut stop_in {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.n_stops += 1;
                    stretch.stop(false);
                    stop_in = None;
                }
            }
            if let Some(is_over) = stretch.stopped
                && stretch.engine.n_under_way() == 0
            {
                self.flush(&mut stretch);
                self.now += Duration::from_secs(60);
                return is_over;
            }
            while stretch.next_batch < self.batches.len() && stretch.engine.has_room() {
                let batch = self.batches[stretch.next_batch].clone();
                stretch.next_batch += 1;
                if let Some(part) = self.disk.left(&batch) {
                    stretch.engine.offer(batch, part);
                }
            }
            if stretch.engine.is_empty() {
                self.flush(&mut stretch);
                return true;
            }
            match stretch.engine.next(self.now - start) {
                Step::Record(number) => {
                    let objects = stretch.engine.part(number).objects().to_vec();
                    let spans = stretch.engine.spans(number, &objects);
                    stretch.to_write.push_back(Op::Intend(number, spans));
                    let at = self.now + self.some_time() / 20;
                    stretch.plan(at, Coming::Written);
                }
                Step::Send(number) => self.send(number, &mut stretch),
                Step::Wait(until) => {
                    let until = until.map(|until| until + start);
                    self.pass_time(until, start, &mut stretch);
                }
            }
        }
    }

    fn send(&mut self, number: u64, stretch: &mut Stretch) {
        assert!(
            self.disk.intents.contains_key(&number),
            "sent, and not on disk"
        );
        let (body, sent) = stretch.engine.request(number);
        let objects = objects(&body, self.is_events);
        assert_eq!(objects.len(), sent.n_objects);
        let weather = weather(&mut self.random, self.percent_bad);
        self.left.push(self.now);
        let at = self.now + self.some_time();
        stretch.plan(at, Coming::Arrives(number, objects, weather));
    }

    /// Goes on to the next thing that happens.
    fn pass_time(&mut self, until: Option<Duration>, start: Duration, stretch: &mut Stretch) {
        let next = stretch.coming.peek().map(|Reverse((at, ..))| *at);
        if let Some(until) = until
            && next.is_none_or(|next| until < next)
        {
            assert!(until > self.now, "time stands still");
            self.now = until;
            return;
        }
        let Some(Reverse((at, _, key))) = stretch.coming.pop() else {
            panic!("nothing will ever happen");
        };
        self.now = self.now.max(at);
        match stretch.things.remove(&key).unwrap() {
            Coming::Written => self.write(stretch),
            Coming::Arrives(number, objects, weather) => {
                let attempt = self.arrive(&objects, weather);
                let at = self.now + self.some_time();
                stretch.plan(at, Coming::Answered(number, attempt));
            }
            Coming::Answered(number, attempt) => {
                let now = Now {
                    since_start: self.now - start,
                    unix_seconds: self.unix_seconds(),
                };
                let heard = self.heard();
                let is_denied = matches!(attempt, Attempt::Answered(Reply::Denied { .. }));
                let change = stretch.engine.answered(number, attempt, heard, now);
                stretch
                    .to_write
                    .push_back(Op::Answer(number, change.settled));
                let at = self.now + self.some_time() / 20;
                stretch.plan(at, Coming::Written);
                if change.stopped.is_some() {
                    stretch.stop(!is_denied);
                }
            }
        }
    }

    /// A clock that is set now and then, forwards and backwards.
    fn unix_seconds(&mut self) -> u64 {
        let jump = [0, 0, 0, 5, 500, 100_000][self.random.usize(..6)];
        2_000_000_000 + self.now.as_secs() - jump
    }

    /// What servers say about their limits: mostly nothing, sometimes nonsense.
    fn heard(&mut self) -> Heard {
        if self.percent_bad == 0 || self.random.u32(..4) > 0 {
            return Heard::default();
        }
        let until = match self.random.bool() {
            true => Wait::Seconds(self.random.u64(..9)),
            false => Wait::Until(2_000_000_000 + self.now.as_secs() + self.random.u64(..9) - 4),
        };
        Heard {
            left: Some(self.random.u64(..5)),
            until: Some(until),
        }
    }

    /// The next thing reaches the disk.
    fn write(&mut self, stretch: &mut Stretch) {
        let Some(op) = stretch.to_write.pop_front() else {
            return;
        };
        let recorded = match &op {
            Op::Intend(number, _) => Some(*number),
            Op::Answer(..) => None,
        };
        self.disk.write(op);
        if let Some(number) = recorded {
            stretch.engine.recorded(number);
        }
    }

    fn flush(&mut self, stretch: &mut Stretch) {
        while !stretch.to_write.is_empty() {
            self.write(stretch);
        }
    }

    /// The program is gone; what is on its way may still arrive.
    fn crash(&mut self, stretch: Stretch) {
        for thing in stretch.things.into_values() {
            if let Coming::Arrives(_, objects, weather) = thing
                && self.random.bool()
            {
                self.arrive(&objects, weather);
            }
        }
        self.disk
            .take_up(!self.is_events || self.on_unknown == OnUnknown::Resend);
        self.now += Duration::from_secs(60);
    }

    fn arrive(&mut self, objects: &[(String, u64)], weather: Weather) -> Attempt {
        let words = || "words".to_owned();
        let is_named = |number: u64| number.is_multiple_of(3);
        let named = || -> Vec<Refusal> {
            let places = objects.iter().enumerate();
            places
                .filter(|(_, (_, number))| is_named(*number))
                .map(|(index, _)| Refusal {
                    index,
                    reason: words(),
                })
                .collect()
        };
        let others = || -> Vec<_> {
            objects
                .iter()
                .filter(|(_, number)| !is_named(*number))
                .cloned()
                .collect()
        };
        let reply = match weather {
            Weather::Fine => {
                self.braze.process(objects);
                Reply::Taken {
                    refused: vec![],
                    unattributed: vec![],
                }
            }
            Weather::Partly => {
                self.braze.process(&others());
                Reply::Taken {
                    refused: named(),
                    unattributed: vec![],
                }
            }
            Weather::Named => Reply::Refused {
                message: words(),
                named: named(),
                was_processed: false,
            },
            Weather::NamedAndProcessed => {
                if !named().is_empty() {
                    self.braze.process(&others());
                }
                Reply::Refused {
                    message: words(),
                    named: named(),
                    was_processed: true,
                }
            }
            Weather::Limited(wait) => Reply::Again {
                why: Again::RateLimited,
                wait: wait.map(Wait::Seconds),
            },
            Weather::Unavailable => Reply::Again {
                why: Again::Unavailable,
                wait: None,
            },
            Weather::Denied => Reply::Denied { message: words() },
            Weather::TooLarge => Reply::TooLarge { message: words() },
            Weather::AnswerLost => {
                self.braze.process(objects);
                return Attempt::NoAnswer(words());
            }
            Weather::RequestLost => return Attempt::NoAnswer(words()),
            Weather::NotSent => return Attempt::NotSent(words()),
        };
        Attempt::Answered(reply)
    }

    /// What must hold whenever nothing is on its way.
    fn check(&self) {
        let n_got = |number: u64| {
            self.braze
                .got
                .iter()
                .filter(|(_, got)| *got == number)
                .count()
        };
        let mut seen = 0;
        let mut taken = BTreeMap::new();
        let mut goes_on = false;
        for batch in &self.batches {
            let objects = objects(&batch.body, self.is_events);
            let settled = self.disk.settled.get(&batch.number);
            let mut fates = vec![None; objects.len()];
            for settlement in settled.into_iter().flatten() {
                let Span { first, count, .. } = settlement.span;
                for place in first..first + count {
                    let fate = &mut fates[place as usize];
                    assert_eq!(*fate, None, "settled twice");
                    *fate = Some(settlement.outcome);
                }
            }
            for ((user, number), fate) in objects.iter().zip(fates) {
                seen += 1;
                goes_on |= fate.is_none();
                if fate == Some(Outcome::Accepted) {
                    taken.insert(user.clone(), *number);
                }
                let n_got = n_got(*number);
                let once = self.is_events && self.on_unknown == OnUnknown::Hold;
                match fate {
                    Some(Outcome::Accepted) if once => {
                        assert_eq!(n_got, 1, "event {number}")
                    }
                    Some(Outcome::Accepted) => assert!(n_got >= 1, "{number}"),
                    Some(Outcome::Refused) if once => {
                        assert_eq!(n_got, 0, "event {number}")
                    }
                    Some(Outcome::Refused) => {}
                    Some(Outcome::Unknown) if once => {
                        assert!(n_got <= 1, "event {number}")
                    }
                    Some(Outcome::Unknown) => {}
                    // Attributes may be on their way from before a crash.
                    None if once => assert_eq!(n_got, 0, "event {number} will be sent"),
                    None => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        let n_objects: usize = self.batches.iter().map(|batch| batch.objects.len()).sum();
        assert_eq!(seen, n_objects);
        self.check_order();
        if !self.is_events && !goes_on {
            self.check_last_words(&taken);
        }
    }

    /// One user's objects arrive in the order of the file: none for the first time after a later one.
    fn check_order(&self) {
        let mut latest: BTreeMap<&str, u64> = BTreeMap::new();
        for (user, number) in &self.braze.got {
            let latest = latest.entry(user).or_insert(*number);
            let is_repeatable = (!self.is_events || self.on_unknown == OnUnknown::Resend)
                && (self.n_crashes > 0 || self.percent_bad > 0);
            assert!(
                *number >= *latest || is_repeatable,
                "{user}: {number} after {latest}"
            );
            *latest = (*latest).max(*number);
        }
    }

    /// However often attributes were repeated, the last word on each user is the latest that was accepted,
    /// or one behind it.
    fn check_last_words(&self, accepted: &BTreeMap<String, u64>) {
        let last: BTreeMap<_, _> = self.braze.got.iter().cloned().collect();
        for (user, number) in accepted {
            assert!(last[user] >= *number, "{user}: an old value came last");
        }
    }
}

#[test]
fn promises_hold_in_any_weather() {
    for seed in 0..600 {
        World::new(seed).run(0, 0);
    }
}

#[test]
fn promises_hold_after_any_crashes() {
    for seed in 0..600 {
        World::new(seed).run(6, 0);
    }
}

#[test]
fn promises_hold_however_often_it_is_stopped() {
    for seed in 0..600 {
        World::new(seed).run(0, 6);
        World::new(seed).run(4, 4);
    }
}

#[test]
fn promises_hold_where_what_is_unknown_is_sent_again() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        world.on_unknown = OnUnknown::Resend;
        world.run(4, 4);
    }
}

#[test]
fn no_window_holds_more_requests_than_its_limit() {
    for seed in 0..100 {
        let mut world = World::new(seed);
        world.limits = "5/s,12/10s".parse().unwrap();
        world.run(0, 0);
        for (requests, seconds) in [(5, 1), (12, 10)] {
            let length = Duration::from_secs(seconds);
            for (place, &at) in world.left.iter().enumerate() {
                let later = world.left[place..].iter();
                let n = later.take_while(|&&other| other < at + length).count();
                assert!(n <= requests, "seed {seed}: {n} requests in {seconds} s");
            }
        }
    }
}

#[test]
fn a_fast_braze_is_used_to_its_limit() {
    let mut world = World::new(1);
    let mut random = Rng::with_seed(9);
    // Everybody stands in the export once.
    let text = batches(&mut random, 1, false);
    let template = text[0].clone();
    world.batches = (0..6000)
        .map(|number| {
            let mut batch = template.clone();
            let body = String::from_utf8(batch.body).unwrap();
            batch.body = body
                .replace("\"u0\"", &format!("\"{number:04}\""))
                .into_bytes();
            let n_more = batch.body.len() as u32 - body.len() as u32;
            batch.objects[0].range.end += n_more;
            batch.number = number;
            batch
        })
        .collect();
    world.is_events = false;
    world.percent_bad = 0;
    world.limits = "100/s".parse().unwrap();
    world.run(0, 0);
    let took = world.left.last().unwrap().as_secs_f64() - world.left[0].as_secs_f64();
    let best = 6000.0 / 100.0 - 1.0;
    assert!(best / took >= 0.95, "{took} s in place of {best}");
}
