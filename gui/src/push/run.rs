//! The plain sender: one request at a time, in the order of the file.

use std::time::Duration;

use aiq_braze::read::Location;
use aiq_braze::wire::reply::{Fate, Reply, Sent};
use aiq_braze::{Code, Object, Outcome, Summary, Tally};
use hyper::body::Bytes;

use super::http::{Attempt, Http};
use super::report::{Book, Report, Stopped, again_words};
use super::wait::{Cancelled, Clock, before_next, own_wait};
use super::{Progress, PushEvent, PushPlan};
use crate::pipeline::{Event, Job, OwnedBatch, Pipeline};

/// Most attempts at one request that Braze puts off.
const MOST_ATTEMPTS: u32 = 10;
/// Most attempts at a connection for one request.
const MOST_CONNECTS: u32 = 5;
/// So many unknown outcomes one after the other stop a push.
const MOST_UNKNOWN: u32 = 3;
/// So many requests refused as a whole, one after the other, stop a push: what is wrong is not the data.
const MOST_REFUSED: u32 = 5;

/// A push at work.
pub(super) struct Run {
    pub(super) book: Book,
    pub(super) clock: Box<dyn Clock>,
    pub(super) cancelled: Cancelled,
    pub(super) events: Box<dyn FnMut(PushEvent) + Send>,
}

/// How requests went, one after the other.
#[derive(Default)]
struct Streak {
    unknown: u32,
    refused: u32,
}

impl Run {
    pub(super) fn run(mut self, plan: PushPlan) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let stopped = match runtime {
            Ok(runtime) => runtime.block_on(self.deliver(plan)).err(),
            Err(error) => Some(Stopped::Machine(format!("no runtime: {error}"))),
        };
        let report = self.book.close(stopped, self.clock.elapsed().as_secs_f64());
        (self.events)(PushEvent::Done(report.clone()));
        report
    }

    async fn deliver(&mut self, plan: PushPlan) -> Result<(), Stopped> {
        let PushPlan {
            export,
            plan,
            checked,
            address,
            key,
            options,
        } = plan;
        let http = Http::new(&address, key).map_err(Stopped::Machine)?;
        let job = Job {
            options,
            ..Job::map(export, plan)
        };
        let mut streak = Streak::default();
        self.tell_progress();
        for event in Pipeline::start(job) {
            match event {
                Event::Batch(batch) => self.batch(&http, batch, &mut streak).await?,
                Event::Done(summary) if !is_same(&summary, &checked) => {
                    return Err(Stopped::ExportChanged);
                }
                Event::Failed(error) => return Err(Stopped::Export(error.to_string())),
                Event::Problem(_) | Event::Progress { .. } | Event::Done(_) => {}
            }
        }
        Ok(())
    }

    /// Sends a batch until there is an answer to it, and settles its objects.
    async fn batch(
        &mut self,
        http: &Http,
        batch: OwnedBatch,
        streak: &mut Streak,
    ) -> Result<(), Stopped> {
        if batch.n_rows() > self.book.report().account.pending {
            return Err(Stopped::ExportChanged); // more rows than the check has seen
        }
        let sent = batch.sent();
        let OwnedBatch { body, objects, .. } = batch;
        let reply = self.send(http, Bytes::from(body), sent).await?;
        let stopped = self.settle(&objects, &reply, streak);
        self.tell_progress();
        stopped
    }

    /// Sends a body until Braze has taken it or refused it, or nobody can know which.
    async fn send(&mut self, http: &Http, body: Bytes, sent: Sent) -> Result<Reply, Stopped> {
        let (mut n_put_off, mut n_unconnected) = (0, 0);
        loop {
            if self.cancelled.is_set() {
                return Err(Stopped::Cancelled);
            }
            let attempt = http.post(body.clone(), sent).await;
            if !matches!(attempt, Attempt::NotSent(_) | Attempt::NotBuilt(_)) {
                let report = self.book.report();
                report.requests += 1;
                report.resends += u64::from(n_put_off > 0);
            }
            match attempt {
                Attempt::NotBuilt(message) => return Err(Stopped::Machine(plain(&message))),
                Attempt::NotSent(message) => {
                    n_unconnected += 1;
                    if n_unconnected >= MOST_CONNECTS {
                        return Err(Stopped::Unreachable(plain(&message), n_unconnected));
                    }
                    self.wait(own_wait(n_unconnected), &message).await;
                }
                Attempt::Answered(Reply::Again { why, wait }) => {
                    n_put_off += 1;
                    if n_put_off >= MOST_ATTEMPTS {
                        return Err(Stopped::PutOff(why, n_put_off));
                    }
                    let wait = before_next(n_put_off, wait, self.clock.unix_seconds());
                    let wait = wait.ok_or(Stopped::LongWait(why))?;
                    self.wait(wait, again_words(why)).await;
                }
                Attempt::Answered(Reply::Denied { message }) => {
                    return Err(Stopped::Denied(plain(&message)));
                }
                Attempt::Answered(reply) => return Ok(reply),
                Attempt::NoAnswer(message) => return Ok(Reply::Unknown { message }),
            }
        }
    }

    /// Lets time pass, unless the user cancels.
    async fn wait(&mut self, duration: Duration, why: &str) {
        (self.events)(PushEvent::Waiting {
            seconds: duration.as_secs_f64(),
            why: plain(why),
        });
        let before = self.clock.elapsed();
        tokio::select! {
            biased;
            () = self.cancelled.set() => {}
            () = self.clock.sleep(duration) => {}
        }
        let waited = self.clock.elapsed().saturating_sub(before);
        self.book.report().waited_seconds += waited.as_secs_f64();
    }

    /// Writes down what became of each object. `Err`: the push must stop.
    fn settle(
        &mut self,
        objects: &[Object],
        reply: &Reply,
        streak: &mut Streak,
    ) -> Result<(), Stopped> {
        let before = std::mem::take(streak);
        let (mut n_accepted, mut lost, mut why_lost) = (0, Vec::new(), None);
        for (index, object) in objects.iter().enumerate() {
            match reply.fate(index) {
                Fate::Taken => n_accepted += object.n_rows,
                Fate::Refused(reason) => self.refuse(object, reason),
                Fate::NotProcessed => {} // its rows stay to be sent
                Fate::Unknown(reason) => {
                    lost.push(object);
                    why_lost = Some(reason);
                }
            }
        }
        self.book.settle(Outcome::Accepted, n_accepted);
        if let Some(reason) = why_lost {
            let reason = lost_words(reply, reason);
            self.lose(&lost, &reason);
            streak.unknown = before.unknown + 1;
            if streak.unknown >= MOST_UNKNOWN {
                return Err(Stopped::NoAnswers(reason, streak.unknown));
            }
        } else if let Reply::Refused { message, .. } = reply {
            streak.refused = before.refused + 1;
            if streak.refused >= MOST_REFUSED {
                return Err(Stopped::AllRefused(plain(message), streak.refused));
            }
        }
        Ok(())
    }

    fn refuse(&mut self, object: &Object, reason: &str) {
        let reason = plain(reason);
        self.book.refuse(object.at, object.n_rows, &reason);
        (self.events)(PushEvent::Refusal {
            at: object.at,
            n_rows: object.n_rows,
            reason,
        });
    }

    fn lose(&mut self, objects: &[&Object], reason: &str) {
        let (mut first, mut n_rows): (Option<Location>, u64) = (None, 0);
        for object in objects {
            first.get_or_insert(object.at);
            n_rows += object.n_rows;
            self.book.lose(object.at, object.n_rows, reason);
        }
        if let Some(at) = first {
            let reason = reason.to_owned();
            (self.events)(PushEvent::Unknown { at, n_rows, reason });
        }
    }

    fn tell_progress(&mut self) {
        let seconds = self.clock.elapsed().as_secs_f64();
        let report = self.book.report();
        let progress = Progress {
            account: report.account,
            requests: report.requests,
            resends: report.resends,
            waited_seconds: report.waited_seconds,
            seconds,
        };
        (self.events)(PushEvent::Progress(progress));
    }
}

/// Whether two passes saw the same rows. A check looks for more than a push does, and by another clock.
fn is_same(one: &Summary, other: &Summary) -> bool {
    const OF_A_CHECK: [Code; 2] = [Code::ConflictingValues, Code::FutureTime];
    let seen = |summary: &Summary| {
        let of_rows = summary.tally.iter();
        let of_rows = of_rows.filter(|(code, ..)| !OF_A_CHECK.contains(code));
        let seen: Vec<_> = of_rows
            .map(|(code, column, entry)| (code, column, entry.clone()))
            .collect();
        let summary = Summary {
            tally: Tally::default(),
            ..summary.clone()
        };
        (summary, seen)
    };
    seen(one) == seen(other)
}

/// Why nobody knows what became of objects, fit to be shown. An error that names no object may mean any of
/// those that are not named: then none of them can be called accepted.
fn lost_words(reply: &Reply, reason: &str) -> String {
    plain(&match reply {
        Reply::Taken { .. } => format!("an error of Braze's that names no row: {reason}"),
        Reply::Refused { .. } => {
            format!("Braze refused the request, and says that it processed some of it: {reason}")
        }
        _ => reason.to_owned(),
    })
}

/// Words from outside, fit to be shown: one line, no control characters, not too long.
fn plain(words: &str) -> String {
    let chars = words.chars().take(200);
    chars
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}
