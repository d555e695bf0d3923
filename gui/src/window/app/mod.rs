//! Where actions are run and events are taken: all changes of the model, between frames.

mod files;
mod news;
mod push;

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use aiq_braze::Language;
use eframe::egui::{Context, Key, Modifiers, OpenUrl, Theme, ThemePreference, Ui, ViewportCommand};

use self::files::typed_path;
use crate::ledger::RunId;
use crate::push::Address;
use crate::window::commands::{Action, Command, Commands};
use crate::window::events::{Event, Purpose};
use crate::window::model::{Model, Push, Question, Target, sent};
use crate::window::theme;
use crate::window::views::{Looks, window_ui};
use crate::window::words::Words;
use crate::window::work::Work;

/// The window's application.
pub(in crate::window) struct App {
    pub(in crate::window) model: Model,
    work: Work,
    events: Receiver<Event>,
    looks: Looks,
    /// The window's name as the system has it.
    title: String,
    /// The window closes once the push has ended.
    is_closing: bool,
    /// The push that is wanted goes on with this run.
    continues: Option<RunId>,
}

impl eframe::App for App {
    /// Takes what workers told, also while nothing is drawn.
    fn logic(&mut self, ctx: &Context, _: &mut eframe::Frame) {
        while let Ok(event) = self.events.try_recv() {
            self.take(event, ctx);
        }
        if let Some(report) = self.work.lost_push() {
            self.end_push(report, ctx);
        }
        self.name_window(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut commands = Commands::default();
        self.read_keys(&ctx, &mut commands);
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        if !dropped.is_empty() {
            let paths = dropped.iter().map(|file| file.path().to_owned());
            commands.add(Action::OpenPaths(paths.collect()));
        }
        window_ui(ui, &self.model, &mut self.looks, &mut commands);
        for action in commands.take() {
            self.run(action, &ctx, frame);
        }
        self.hold_close(&ctx);
        self.name_window(&ctx);
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.work.cancel_push();
        self.work.cancel_check();
    }
}

impl App {
    /// Starts with these files.
    pub(in crate::window) fn new(ctx: &Context, language: Language, files: Vec<PathBuf>) -> Self {
        theme::install(ctx);
        let (work, events) = Work::new(ctx.clone());
        let mut app = Self {
            model: Model {
                language,
                target: Target::with_environment(),
                ..Model::default()
            },
            work,
            events,
            looks: Looks::default(),
            title: String::new(),
            is_closing: false,
            continues: None,
        };
        if !files.is_empty() {
            app.open_paths(files);
        }
        app
    }

    /// Adds the commands whose keys were pressed. Those with Shift come first: the others would match
    /// them, too.
    pub(super) fn read_keys(&self, ctx: &Context, commands: &mut Commands) {
        let is_shifted = |command: &&Command| {
            let shortcut = command.shortcut();
            shortcut.is_some_and(|shortcut| shortcut.modifiers.shift)
        };
        let (shifted, plain): (Vec<_>, Vec<_>) = Command::ALL.iter().partition(is_shifted);
        for command in shifted.into_iter().chain(plain).copied() {
            let Some(shortcut) = command.shortcut() else {
                continue;
            };
            // Escape leaves a list or a text box first.
            let is_theirs = shortcut.logical_key == Key::Escape
                && (ctx.any_popup_open() || ctx.text_edit_focused());
            if is_theirs || !command.is_enabled(&self.model) {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
                commands.run(command);
            }
        }
        // Where plus is typed with Shift, the key says equals.
        if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Equals)) {
            commands.run(Command::ZoomIn);
        }
    }

    pub(super) fn run(&mut self, action: Action, ctx: &Context, frame: &mut eframe::Frame) {
        let model = &mut self.model;
        match action {
            Action::Command(command) => self.command(command, ctx, frame),
            Action::OpenPaths(paths) => self.open_paths(paths),
            Action::OpenTyped => {
                let path = typed_path(&model.path_text);
                self.open_paths(vec![path]);
            }
            Action::PathText(text) => model.path_text = text,
            Action::Change(change) => self.edit(|draft| draft.change(change)),
            Action::Rows(form) => self.edit(|draft| draft.set_rows(form)),
            Action::UseSandbox(is_sandbox) => model.target.is_sandbox = is_sandbox,
            Action::Place(place) => model.target.place = place,
            Action::KeyText(text) => model.target.typed.0 = text,
            Action::TakeKey => self.take_key(),
            Action::ForgetKey => model.target.forget_key(),
            Action::Answer(is_yes) => self.answer(is_yes, ctx),
            Action::DismissNotice => model.notice = None,
        }
    }

    pub(super) fn command(&mut self, command: Command, ctx: &Context, frame: &mut eframe::Frame) {
        if !command.is_enabled(&self.model) {
            return; // something before it in the same frame made it impossible
        }
        match command {
            Command::Open => self.ask(Purpose::Open, frame),
            Command::TypePath => self.looks.focus_path = true,
            Command::LoadMapping => self.ask(Purpose::LoadMapping, frame),
            Command::SaveMapping => self.ask(Purpose::SaveMapping, frame),
            Command::SaveRejects => self.ask(Purpose::SaveRejects, frame),
            Command::ChooseKeyFile => self.ask(Purpose::KeyFile, frame),
            Command::CopyMapping => self.copy_mapping(ctx),
            Command::CheckAgain => self.check_again(),
            Command::Push => self.push(),
            Command::Continue => self.go_on(),
            Command::Cancel => self.cancel(),
            Command::ShowSandbox => {
                let url = self.model.sandbox_url.clone();
                url.into_iter()
                    .for_each(|url| ctx.open_url(OpenUrl::new_tab(url)));
            }
            Command::GoToExport => self.looks.go_to = Some(0),
            Command::GoToMapping => self.looks.go_to = Some(1),
            Command::GoToCheck => self.looks.go_to = Some(2),
            Command::GoToPush => self.looks.go_to = Some(3),
            Command::SwitchLanguage => {
                self.model.language = match self.model.language {
                    Language::English => Language::Spanish,
                    Language::Spanish => Language::English,
                };
            }
            Command::SwitchTheme => ctx.set_theme(match ctx.theme() {
                Theme::Light => ThemePreference::Dark,
                Theme::Dark => ThemePreference::Light,
            }),
            Command::FollowSystemTheme => ctx.set_theme(ThemePreference::System),
            Command::ZoomIn => eframe::egui::gui_zoom::zoom_in(ctx),
            Command::ZoomOut => eframe::egui::gui_zoom::zoom_out(ctx),
            Command::ActualSize => ctx.set_zoom_factor(1.0),
            Command::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
        ctx.request_repaint();
    }

    /// A push to where it counts is not cut off by closing the window unasked.
    pub(super) fn hold_close(&mut self, ctx: &Context) {
        if !ctx.input(|input| input.viewport().close_requested()) || self.is_closing {
            return;
        }
        let is_sandbox =
            |address: &Address| self.model.sandbox_url.as_deref() == Some(address.base());
        if let Push::Running { address, .. } = &self.model.push
            && !is_sandbox(address)
        {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.model.question = Some(Question::Close);
        }
    }

    /// The window's name says how things stand: it is what a task bar shows.
    pub(super) fn name_window(&mut self, ctx: &Context) {
        let title = self.window_title();
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    pub(in crate::window) fn window_title(&self) -> String {
        let words = Words(self.model.language);
        let Some(open) = &self.model.open else {
            return words.title("");
        };
        let state = match (&self.model.push, self.model.checked()) {
            (Push::Running { progress, .. }, _) => {
                let (n_sent, n_all) = sent(&progress.account);
                words.pushing((n_sent * 100).checked_div(n_all).unwrap_or(0))
            }
            (Push::Ended(ended), _) if !ended.is_old => words.account(&ended.report.account),
            (_, Some(checked)) => words.checked(&checked.summary),
            _ => String::new(),
        };
        let file = words.files(&open.export.names());
        words.title(&if state.is_empty() {
            file
        } else {
            format!("{file}: {state}")
        })
    }

    /// Waits for the next piece of news and takes it. For tests, which must not sleep.
    #[cfg(all(test, feature = "window-tests"))]
    pub(in crate::window) fn wait(&mut self, ctx: &Context) {
        let timeout = std::time::Duration::from_secs(60);
        let event = self.events.recv_timeout(timeout);
        self.take(
            event.expect("a worker has something to tell within a minute"),
            ctx,
        );
    }
}
