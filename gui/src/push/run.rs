//! A push at work: the export's batches in, requests out, answers into the ledger and the report. What is
//! decided is decided by the [`Engine`]; here is what the decisions need of the world.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aiq_braze::Outcome;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use super::concurrency::MOST;
use super::engine::{Change, Engine, Heard, Now, Step};
use super::http::Http;
use super::report::{Book, Report, Stopped, again_words};
use super::retry::{Attempt, Part, What, Why};
use super::selection::Selection;
use super::source::Batches;
use super::wait::{Cancelled, Clock};
use super::{Failure, Progress, PushEvent, PushPlan, WaitingFor};
use crate::crash;
use crate::ledger::{
    Ledger, LedgerError, Note, Op, RunId, RunState, SettledBefore, Settlement, Span, Writer,
};
use crate::pipeline::OwnedBatch;
use crate::state;

/// A push at work.
pub(super) struct Run {
    pub(super) book: Book,
    pub(super) clock: Box<dyn Clock>,
    pub(super) cancelled: Cancelled,
    pub(super) events: Box<dyn FnMut(PushEvent) + Send>,
}

/// What a push holds while it sends.
struct Delivery {
    engine: Engine,
    http: Arc<Http>,
    batches: mpsc::Receiver<Fed>,
    before: SettledBefore,
    /// Whose rows are sent.
    selection: Selection,
    requests: JoinSet<(u64, Attempt, Heard)>,
    writer: Writer,
    notes: UnboundedReceiver<Note>,
    /// Every batch of the export was offered.
    is_read: bool,
    /// Why a request goes again, until that is told.
    why_waiting: Option<(Why, What)>,
    /// The end of the wait that was told last.
    told_until: Option<Duration>,
    /// Why nothing more is sent.
    stopped: Option<Stopped>,
}

/// What happened while nothing could be done.
enum Happened {
    Answer(u64, Attempt, Heard),
    Note(Note),
    Batch(Option<Fed>),
    Cancelled,
    TimePassed,
}

impl Run {
    pub(super) fn run(mut self, plan: PushPlan) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let stopped = match runtime {
            Ok(runtime) => runtime.block_on(self.deliver(plan)),
            Err(error) => Some(Stopped::Machine(format!("no runtime: {error}"))),
        };
        let report = self.book.close(stopped, self.clock.elapsed().as_secs_f64());
        (self.events)(PushEvent::Done(report.clone()));
        report
    }

    async fn deliver(&mut self, plan: PushPlan) -> Option<Stopped> {
        let run = plan.run.id;
        let (delivery, ledger, doubts) = match Delivery::prepare(plan) {
            Ok(prepared) => prepared,
            Err(stopped) => return Some(stopped),
        };
        let (noting, notes) = mpsc::unbounded_channel();
        let mut delivery = delivery(ledger.write(run, noting), notes);
        self.tell_doubts(doubts);
        self.tell_progress();
        self.go_on(&mut delivery).await;
        self.end(run, delivery)
    }

    /// Sends until all is settled, or nothing more may be sent and all that was sent is answered.
    async fn go_on(&mut self, delivery: &mut Delivery) {
        while !delivery.is_over() {
            let wait = match delivery.engine.next(self.clock.elapsed()) {
                Step::Record(number) => {
                    delivery.record(number);
                    continue;
                }
                Step::Send(number) => {
                    delivery.send(number);
                    continue;
                }
                Step::Wait(until) => until,
            };
            let before = self.clock.elapsed();
            let idle_until = wait.filter(|_| delivery.engine.n_under_way() == 0);
            if let Some(until) = idle_until {
                self.tell_waiting(until, before, delivery);
            }
            let happened = self.wait(delivery, wait).await;
            if idle_until.is_some() {
                let waited = self.clock.elapsed().saturating_sub(before);
                self.book.report().waited_seconds += waited.as_secs_f64();
            }
            self.take(happened, delivery);
        }
    }

    /// Waits for whatever comes first.
    async fn wait(&mut self, delivery: &mut Delivery, until: Option<Duration>) -> Happened {
        let has_room = !delivery.is_read && delivery.engine.has_room();
        let goes_on = delivery.stopped.is_none();
        let length = until.map(|until| until.saturating_sub(self.clock.elapsed()));
        tokio::select! {
            biased;
            () = self.cancelled.set(), if goes_on => Happened::Cancelled,
            Some(answer) = delivery.requests.join_next() => match answer {
                Ok((number, attempt, heard)) => Happened::Answer(number, attempt, heard),
                // This task only waits for another: it neither panics nor is it cancelled.
                Err(_) => Happened::TimePassed,
            },
            // A writer that ended without a word writes nothing more.
            note = delivery.notes.recv(), if goes_on => {
                Happened::Note(note.unwrap_or(Note::Failed))
            }
            fed = delivery.batches.recv(), if has_room => Happened::Batch(fed),
            () = self.clock.sleep(length.unwrap_or_default()), if length.is_some() => {
                Happened::TimePassed
            }
        }
    }

    fn take(&mut self, happened: Happened, delivery: &mut Delivery) {
        match happened {
            Happened::Answer(number, attempt, heard) => {
                let now = Now {
                    since_start: self.clock.elapsed(),
                    unix_seconds: self.clock.unix_seconds(),
                };
                self.answer(number, attempt, heard, now, delivery);
            }
            Happened::Note(Note::Recorded(number)) => delivery.engine.recorded(number),
            // The writer's own words follow at the end.
            Happened::Note(Note::Failed) => delivery.stop(Stopped::Ledger(String::new())),
            Happened::Batch(fed) => {
                let left_out = delivery.take(fed);
                self.leave_out(left_out, delivery);
            }
            Happened::Cancelled => delivery.stop(Stopped::Cancelled),
            Happened::TimePassed => {}
        }
    }

    fn answer(
        &mut self,
        number: u64,
        attempt: Attempt,
        heard: Heard,
        now: Now,
        delivery: &mut Delivery,
    ) {
        crash::point("answered");
        let what = attempt.what();
        let was_sent = what != What::NotSent;
        let Change {
            settled,
            is_repeat,
            pause,
            stopped,
        } = delivery.engine.answered(number, attempt, heard, now);
        let report = self.book.report();
        report.requests += u64::from(was_sent);
        report.resends += u64::from(was_sent && is_repeat);
        for settlement in &settled {
            if !self.book.settle(settlement) {
                delivery.stop(Stopped::ExportChanged);
            }
            self.tell_failure(
                settlement.outcome,
                settlement.span,
                settlement.reason.as_deref(),
            );
        }
        if what != What::Taken {
            let rows = |outcome: Outcome| {
                let settled = settled.iter().filter(|settled| settled.outcome == outcome);
                settled.map(|settled| settled.span.rows).sum()
            };
            (self.events)(PushEvent::Failed(Failure {
                what,
                n_refused: rows(Outcome::Refused),
                n_unknown: rows(Outcome::Unknown),
                goes_again: pause.is_some(),
            }));
        }
        delivery.writer.take(Op::Answer {
            batch: number,
            settled,
            was_sent,
            is_repeat,
        });
        if let Some(why) = pause {
            delivery.why_waiting = Some((why, what));
        }
        if let Some(stopped) = stopped {
            delivery.stop(stopped);
        }
        self.tell_progress();
    }

    /// Objects that are not to be sent are settled without a request.
    fn leave_out(&mut self, left_out: Vec<Settlement>, delivery: &mut Delivery) {
        let Some(batch) = left_out.first().map(|settlement| settlement.batch) else {
            return;
        };
        for settlement in &left_out {
            if !self.book.settle(settlement) {
                delivery.stop(Stopped::ExportChanged);
            }
        }
        delivery.writer.take(Op::Answer {
            batch,
            settled: left_out,
            was_sent: false,
            is_repeat: false,
        });
        self.tell_progress();
    }

    /// Nothing is on its way, and nothing leaves until then. Each wait is told once; that a limit is
    /// reached, where it takes a while.
    fn tell_waiting(&mut self, until: Duration, now: Duration, delivery: &mut Delivery) {
        const A_WHILE: Duration = Duration::from_secs(5);
        let length = until.saturating_sub(now);
        let is_told = delivery.told_until.replace(until) == Some(until);
        let (why, waiting_for) = match delivery.why_waiting.take() {
            Some((why, what)) => (why_words(why), WaitingFor::Failed(what)),
            None if length >= A_WHILE && !is_told => {
                (WaitingFor::Limit.to_string(), WaitingFor::Limit)
            }
            None => return,
        };
        (self.events)(PushEvent::Waiting {
            seconds: length.as_secs_f64(),
            why,
            waiting_for,
        });
    }

    fn tell_failure(&mut self, outcome: Outcome, span: Span, reason: Option<&str>) {
        let reason = reason.unwrap_or_default().to_owned();
        let (at, n_rows) = (span.at, span.rows);
        match outcome {
            Outcome::Refused => (self.events)(PushEvent::Refusal { at, n_rows, reason }),
            Outcome::Unknown => (self.events)(PushEvent::Unknown { at, n_rows, reason }),
            _ => {}
        }
    }

    /// Writes down how it ended, and says why it did.
    fn end(&mut self, run: RunId, delivery: Delivery) -> Option<Stopped> {
        let Delivery {
            writer,
            stopped,
            before,
            ..
        } = delivery;
        drop(before); // whoever closes the ledger last tidies it up, and only the writer can
        let account = self.book.report().account;
        let state = RunState::of(&account);
        writer.take(Op::End {
            state,
            ended: self.clock.unix_seconds(),
            stopped: stopped
                .as_ref()
                .map(|stopped| (stopped.as_str().to_owned(), stopped.to_string())),
        });
        match writer.end() {
            Some((mut ledger, Ok(()))) => {
                match state::catch_up(&mut ledger) {
                    Ok(doubts) => self.tell_doubts(doubts),
                    Err(error) => self.tell_doubts(vec![format!(
                        "what this push sent is learned before the next one, and is kept until then: {error}"
                    )]),
                }
                stopped
            }
            Some((_, Err(error))) => Some(Stopped::Ledger(error.to_string())),
            None => Some(Stopped::Machine(format!(
                "the thread that writes down run {run} ended without a word: this is a mistake in aiq-braze"
            ))),
        }
    }

    fn tell_doubts(&mut self, doubts: state::Doubts) {
        for words in doubts {
            (self.events)(PushEvent::Warning(words));
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

/// What makes a delivery once there is a writer.
type Waiting = Box<dyn FnOnce(Writer, UnboundedReceiver<Note>) -> Delivery + Send>;

impl Delivery {
    /// All that can fail before anything is sent.
    fn prepare(plan: PushPlan) -> Result<(Waiting, Ledger, state::Doubts), Stopped> {
        let PushPlan {
            source,
            run,
            mut ledger,
            address,
            key,
            delivery: how,
        } = plan;
        let doubts = state::catch_up(&mut ledger);
        let doubts = doubts.map_err(|error| Stopped::Ledger(error.to_string()))?;
        let http =
            Http::new(&address, Some(key), &how.ca_certificates).map_err(Stopped::Machine)?;
        let before = ledger.settled_before(run.id).map_err(ledger_words)?;
        let folder = ledger.run_folder(run.id);
        let selection = Selection::of_run(&folder, run.begun.export.selection.as_deref())
            .map_err(Stopped::Ledger)?;
        let seed = seed();
        let delivery = move |writer, notes| Self {
            engine: Engine::new(
                &how.limits,
                how.at_once.unwrap_or(MOST),
                run.begun.on_unknown,
                seed,
            ),
            http: Arc::new(http),
            batches: pump(source.batches(&run)),
            before,
            selection,
            requests: JoinSet::new(),
            writer,
            notes,
            is_read: false,
            why_waiting: None,
            told_until: None,
            stopped: None,
        };
        Ok((Box::new(delivery), ledger, doubts))
    }

    fn is_over(&self) -> bool {
        match self.stopped {
            Some(_) => self.engine.n_under_way() == 0,
            None => self.is_read && self.engine.is_empty(),
        }
    }

    /// Nothing more is sent. What was written down to be sent, and was not, is taken back. The first reason
    /// counts.
    fn stop(&mut self, why: Stopped) {
        if self.stopped.is_some() {
            return;
        }
        self.stopped = Some(why);
        self.engine.stop();
        for number in self.engine.unsent() {
            self.writer.take(Op::Answer {
                batch: number,
                settled: Vec::new(),
                was_sent: false,
                is_repeat: false,
            });
        }
    }

    /// What of it is not to be sent.
    fn take(&mut self, fed: Option<Fed>) -> Vec<Settlement> {
        match fed {
            Some(Fed::Batch(Ok(batch))) => match self.before.of(batch.number) {
                Ok(settled) => return self.offer(batch, &settled),
                Err(error) => self.stop(ledger_words(error)),
            },
            Some(Fed::Batch(Err(stopped))) => {
                self.is_read = true;
                self.stop(stopped);
            }
            Some(Fed::End) => self.is_read = true,
            None => self.stop(Stopped::Export("reading ended without a result".to_owned())),
        }
        Vec::new()
    }

    /// Takes what is not settled of a batch, but for what is not to be sent.
    fn offer(&mut self, batch: OwnedBatch, settled: &[Settlement]) -> Vec<Settlement> {
        let is_settled = |place: &u32| settled.iter().any(|settled| settled.span.has(*place));
        let n_objects = batch.objects.len() as u32; // OK because a batch has 75 at most
        let is_left_out = self.selection.leaves_out(&batch);
        let left = (0..n_objects).filter(|place| !is_settled(place));
        let (left_out, left): (Vec<_>, _) = left.partition(|place| is_left_out[*place as usize]);
        let left_out = settle_unsent(&batch, &left_out);
        if let Some(part) = Part::new(left) {
            self.engine.offer(batch, part);
        }
        left_out
    }

    fn record(&self, number: u64) {
        let objects = self.engine.part(number).objects();
        self.writer.take(Op::Intend {
            batch: number,
            spans: self.engine.spans(number, objects),
            is_repeatable: self.engine.is_repeatable(number),
        });
    }

    fn send(&mut self, number: u64) {
        crash::point("send");
        let (body, sent) = self.engine.request(number);
        let http = Arc::clone(&self.http);
        self.requests.spawn(async move {
            // In a task of its own, so that whatever it meets is an answer to this request.
            let request = tokio::spawn(async move { http.track(body, sent).await });
            let (attempt, heard) = request.await.unwrap_or_else(|_| {
                let words = "the request ended without a word: this is a mistake in aiq-braze";
                (Attempt::NoAnswer(words.to_owned()), Heard::default())
            });
            (number, attempt, heard)
        });
    }
}

/// Objects that are not to be sent, those that follow each other together.
fn settle_unsent(batch: &OwnedBatch, places: &[u32]) -> Vec<Settlement> {
    let runs = places.chunk_by(|one, next| one + 1 == *next);
    let settlement = |places: &[u32]| {
        // OK because no run is empty, and places are those of the batch's objects.
        let (first, count) = (places[0], places.len());
        let objects = &batch.objects[first as usize..first as usize + count];
        Settlement {
            batch: batch.number,
            span: Span {
                first,
                count: count as u32, // OK because a batch has 75 objects at most
                rows: objects.iter().map(|object| object.n_rows).sum(),
                at: objects[0].at,
            },
            outcome: Outcome::NothingToSend,
            reason: None,
        }
    };
    runs.map(settlement).collect()
}

/// What the thread that reads hands over.
enum Fed {
    Batch(Result<OwnedBatch, Stopped>),
    /// There are no more.
    End,
}

/// Reads the batches in a thread, as fast as they are taken.
fn pump(batches: Batches) -> mpsc::Receiver<Fed> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut all = batches.map(Fed::Batch).chain([Fed::End]);
        all.try_for_each(|fed| sender.blocking_send(fed))
    });
    receiver
}

fn ledger_words(error: LedgerError) -> Stopped {
    Stopped::Ledger(error.to_string())
}

/// Different for every push, so that those that failed together do not come back together.
fn seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos() as u64);
    nanos ^ (u64::from(std::process::id()) << 32)
}

fn why_words(why: Why) -> String {
    match why {
        Why::PutOff(why) => again_words(why).to_owned(),
        Why::NotSent(message) | Why::Lost(message) => super::engine::plain(&message),
    }
}
