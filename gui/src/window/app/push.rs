//! The push: from the wish over the question to the account.

use eframe::egui::{Context, ViewportCommand};

use super::App;
use crate::push::{Address, ApiKey, PushEvent, PushPlan, Report};
use crate::window::model::{CheckPhase, Ended, Notice, Push, Question};
use crate::window::words::Words;
use crate::window::work::Wanted;

impl App {
    pub(super) fn take_key(&mut self) {
        match self.model.target.take_typed() {
            Ok(()) => self.looks.focus_key = self.model.target.key().is_some(),
            Err(error) => self.model.fail(Notice::Key(error)),
        }
    }

    /// Into the sandbox at once; to where it counts after a question.
    pub(super) fn push(&mut self) {
        self.model.notice = None;
        self.continues = None;
        self.looks.go_to = Some(3);
        if !self.model.target.is_sandbox {
            self.take_key(); // it may stand in its box still
            let has_key = self.model.target.key().is_some();
            self.model.question = has_key.then_some(Question::Push);
            return;
        }
        self.model.push = Push::Starting;
        if self.work.sandbox().is_some() {
            self.push_to_sandbox();
        } else {
            self.work.start_sandbox();
        }
    }

    pub(super) fn push_to_sandbox(&mut self) {
        let sandbox = self.work.sandbox();
        let found =
            sandbox.map(|sandbox| (Address::parse(&sandbox.url()), ApiKey::new(sandbox.key())));
        match found {
            Some((Ok(address), Ok(key))) => self.deliver(address, key),
            Some((Err(error), _)) => {
                self.model.push = Push::None;
                let words = Words(self.model.language).endpoint_error(&error);
                self.model.fail(Notice::Endpoint(words));
            }
            Some((_, Err(error))) => {
                self.model.push = Push::None;
                self.model.fail(Notice::Key(error));
            }
            None => self.model.push = Push::None,
        }
    }

    pub(super) fn deliver(&mut self, address: Address, key: ApiKey) {
        let (Some(open), Some(checked)) = (&self.model.open, self.model.checked()) else {
            self.model.push = Push::None;
            return;
        };
        let Some(plan) = open.draft.plan() else {
            self.model.push = Push::None;
            return;
        };
        let wanted = Wanted {
            export: open.export.clone(),
            plan: plan.clone(),
            summary: checked.summary.clone(),
            blocks: checked.blocks.clone(),
            address,
            key,
            run: self.continues.take(),
        };
        self.model.push = Push::Starting;
        self.work.begin_push(wanted, self.model.target.is_sandbox);
    }

    /// Sends what a push that stopped has left: that was agreed to when it began.
    pub(super) fn go_on(&mut self) {
        self.model.notice = None;
        self.continues = self.model.to_continue();
        if self.model.target.is_sandbox {
            return self.push_to_sandbox();
        }
        self.take_key(); // it may stand in its box still
        let key = self.model.target.key().cloned();
        if let (Some(Ok(address)), Some(key)) = (self.model.target.address(), key) {
            self.deliver(address, key);
        }
    }

    pub(super) fn push_begun(&mut self, begun: Result<Box<PushPlan>, String>) {
        let is_wanted = matches!(self.model.push, Push::Starting);
        match begun {
            Ok(plan) if is_wanted => {
                self.model.push = Push::Running {
                    address: plan.address.clone(),
                    progress: Default::default(),
                    waiting: None,
                    is_stopping: false,
                };
                self.work.push(*plan);
            }
            // It was cancelled before anything was sent.
            Ok(plan) => self.work.forget_run(*plan),
            Err(words) => {
                self.model.push = Push::None;
                self.model.fail(Notice::Push(words));
            }
        }
    }

    pub(super) fn pushed(&mut self, event: PushEvent, ctx: &Context) {
        if let PushEvent::Done(report) = event {
            return self.end_push(report, ctx);
        }
        let Push::Running {
            progress, waiting, ..
        } = &mut self.model.push
        else {
            return;
        };
        match event {
            PushEvent::Progress(now) => {
                *progress = now;
                *waiting = None;
            }
            PushEvent::Waiting { seconds, why, .. } => *waiting = Some((seconds, why)),
            _ => {}
        }
    }

    pub(super) fn end_push(&mut self, report: Report, ctx: &Context) {
        self.work.forget_push();
        let push = std::mem::take(&mut self.model.push);
        if let Push::Running { address, .. } = push {
            let files = self.model.open.as_ref().map(|open| open.export.names());
            self.model.push = Push::Ended(Box::new(Ended {
                is_sandbox: self.model.sandbox_url.as_deref() == Some(address.base()),
                address,
                report,
                files: files.unwrap_or_default(),
                is_old: false,
            }));
        }
        if self.is_closing {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    pub(super) fn answer(&mut self, is_yes: bool, ctx: &Context) {
        let question = self.model.question.take();
        match question {
            Some(Question::Push) if is_yes => {
                let address = self.model.target.address();
                let key = self.model.target.key().cloned();
                if let (Some(Ok(address)), Some(key)) = (address, key) {
                    self.deliver(address, key);
                }
            }
            Some(Question::Close) if is_yes => {
                self.is_closing = true;
                self.stop_push();
                if !self.model.push.is_running() {
                    ctx.send_viewport_cmd(ViewportCommand::Close);
                }
            }
            _ => {}
        }
    }

    /// What Escape means: no to a question, the end of a push, or of a check.
    pub(in crate::window) fn cancel(&mut self) {
        if self.model.question.take().is_some() {
            return;
        }
        if self.model.push.is_running() {
            return self.stop_push();
        }
        self.work.cancel_check();
        if let Some(open) = &mut self.model.open
            && open.check.is_running()
        {
            open.check.phase = CheckPhase::Cancelled;
        }
    }

    pub(super) fn stop_push(&mut self) {
        match &mut self.model.push {
            Push::Running { is_stopping, .. } => {
                *is_stopping = true;
                self.work.cancel_push();
            }
            Push::Starting => self.model.push = Push::None,
            Push::None | Push::Ended(_) => {}
        }
    }
}
