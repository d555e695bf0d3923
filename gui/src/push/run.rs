//! The plain sender: one request at a time, in the order of the file.

use std::time::Duration;

use aiq_braze::read::Location;
use aiq_braze::wire::reply::{Refusal, Reply, Sent};
use aiq_braze::{Object, Outcome};
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

/// What became of a request that is not sent again.
enum Answer {
    /// Braze took it, but for these objects.
    Taken {
        refused: Vec<Refusal>,
        unattributed: Vec<String>,
    },
    /// Braze refused it as a whole, in these words.
    Refused(String),
    /// This was seen, and it does not say.
    Unknown(String),
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
                Event::Done(summary) if summary != checked => return Err(Stopped::ExportChanged),
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
        let answer = self.send(http, Bytes::from(body), sent).await?;
        let stopped = self.settle(&objects, answer, streak);
        self.tell_progress();
        stopped
    }

    /// Sends a body until Braze has taken it or refused it, or nobody can know which.
    async fn send(&mut self, http: &Http, body: Bytes, sent: Sent) -> Result<Answer, Stopped> {
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
                Attempt::Answered(Reply::Taken {
                    refused,
                    unattributed,
                }) => {
                    return Ok(Answer::Taken {
                        refused,
                        unattributed,
                    });
                }
                Attempt::Answered(Reply::Refused { message }) => {
                    return Ok(Answer::Refused(plain(&message)));
                }
                Attempt::Answered(Reply::Unknown { message }) | Attempt::NoAnswer(message) => {
                    return Ok(Answer::Unknown(plain(&message)));
                }
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
        answer: Answer,
        streak: &mut Streak,
    ) -> Result<(), Stopped> {
        let before = std::mem::take(streak);
        let lost = match answer {
            Answer::Taken {
                refused,
                unattributed,
            } => self.taken(objects, &refused, &unattributed),
            Answer::Refused(message) => {
                streak.refused = before.refused + 1;
                for object in objects {
                    self.refuse(object, &message);
                }
                if streak.refused >= MOST_REFUSED {
                    return Err(Stopped::AllRefused(message, streak.refused));
                }
                None
            }
            Answer::Unknown(message) => {
                self.lose(objects.iter(), &message);
                Some(message)
            }
        };
        if let Some(message) = lost {
            streak.unknown = before.unknown + 1;
            if streak.unknown >= MOST_UNKNOWN {
                return Err(Stopped::NoAnswers(message, streak.unknown));
            }
        }
        Ok(())
    }

    /// Braze took the request and named the objects that it refused. An error that names none may mean
    /// any of the others: then none of them can be called accepted, and the answer was of no use for them.
    /// `Some`: why all the others are unknown.
    fn taken(
        &mut self,
        objects: &[Object],
        refused: &[Refusal],
        unattributed: &[String],
    ) -> Option<String> {
        let mut refused = refused.iter().peekable();
        let mut others = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            match refused.next_if(|refusal| refusal.index == index) {
                Some(refusal) => self.refuse(object, &refusal.reason),
                None => others.push(object),
            }
        }
        let Some(reason) = unattributed.first() else {
            let n_rows = others.iter().map(|object| object.n_rows).sum();
            self.book.settle(Outcome::Accepted, n_rows);
            return None;
        };
        let reason = plain(&format!("an error of Braze's that names no row: {reason}"));
        let is_lost = !others.is_empty();
        self.lose(others.into_iter(), &reason);
        is_lost.then_some(reason)
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

    fn lose<'o>(&mut self, objects: impl Iterator<Item = &'o Object>, reason: &str) {
        let reason = plain(reason);
        let (mut first, mut n_rows): (Option<Location>, u64) = (None, 0);
        for object in objects {
            first.get_or_insert(object.at);
            n_rows += object.n_rows;
            self.book.lose(object.at, object.n_rows, &reason);
        }
        if let Some(at) = first {
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

/// Words from outside, fit to be shown: one line, no control characters, not too long.
fn plain(words: &str) -> String {
    let chars = words.chars().take(200);
    chars
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}
