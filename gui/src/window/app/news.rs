//! What workers told, taken into the model.

use eframe::egui::Context;

use super::App;
use crate::window::events::Event;
use crate::window::model::{CheckPhase, KeyOrigin, Notice, Push, Said};
use crate::window::views::Looks;

impl App {
    /// Takes one piece of news.
    pub(in crate::window) fn take(&mut self, event: Event, ctx: &Context) {
        match event {
            Event::Picked(purpose, paths) => self.picked(purpose, paths),
            Event::Opened {
                run,
                result,
                mapping,
                keeps_mapping,
            } => {
                if !self.work.is_current_open(run) {
                    return;
                }
                self.model.is_opening = false;
                match result {
                    Ok(found) => {
                        let (export, found) = *found;
                        self.model.show(export, found, keeps_mapping);
                        self.looks = Looks::default();
                        self.recheck();
                        mapping.into_iter().for_each(|path| self.read_mapping(path));
                    }
                    Err(error) => self.model.fail(Notice::Input(error)),
                }
            }
            Event::MappingRead { path, result } => self.mapping_read(path, result),
            Event::MappingSaved(path, Ok(())) => self.model.say(Said::MappingSaved(path)),
            Event::MappingSaved(path, Err(error)) => {
                self.model.fail(Notice::SaveMapping { path, error });
            }
            Event::CheckProgress {
                run,
                bytes,
                rows,
                seconds,
            } => self.with_check(run, |phase| {
                *phase = CheckPhase::Running {
                    bytes,
                    rows,
                    seconds,
                };
            }),
            Event::Checked { run, result } => {
                if self.work.is_current_check(run)
                    && let Some(open) = &mut self.model.open
                {
                    open.check.end(result.map(|checked| *checked));
                }
            }
            Event::RejectsSaved(path, result) => {
                if let Some(open) = &mut self.model.open {
                    open.is_saving = false;
                }
                match result {
                    Ok(n_rows) => self.model.say(Said::RejectsSaved(path, n_rows)),
                    Err(error) => self.model.fail(Notice::SaveRejects(error)),
                }
            }
            Event::KeyRead(path, Ok(key)) => {
                self.model.notice = None;
                self.model.target.set_key(key, KeyOrigin::File(path));
            }
            Event::KeyRead(_, Err(error)) => self.model.fail(Notice::Key(error)),
            Event::Sandbox(Ok(sandbox)) => {
                self.model.sandbox_url = Some(sandbox.url());
                self.work.keep_sandbox(sandbox);
                if matches!(self.model.push, Push::Starting) {
                    self.push_to_sandbox();
                }
            }
            Event::Sandbox(Err(error)) => {
                self.model.push = Push::None;
                self.model.fail(Notice::Sandbox(error));
            }
            Event::PushBegun(begun) => self.push_begun(begun),
            Event::Push(event) => self.pushed(event, ctx),
        }
    }

    pub(super) fn with_check(&mut self, run: u64, change: impl FnOnce(&mut CheckPhase)) {
        if let Some(open) = &mut self.model.open
            && self.work.is_current_check(run)
            && open.check.is_running()
        {
            change(&mut open.check.phase);
        }
    }
}
