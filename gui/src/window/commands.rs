//! All that a user can do: one list of commands for menu, buttons and keyboard, and the actions that
//! carry data. They are collected while a frame is drawn and run after it.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use aiq_braze::mapping::Change;

use super::model::{CheckPhase, Model, RowsForm};
use super::texts::Texts;

/// Something that needs no more to be said. The order is that of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Open,
    TypePath,
    LoadMapping,
    SaveMapping,
    CopyMapping,
    CheckAgain,
    SaveRejects,
    Push,
    Continue,
    Cancel,
    ShowSandbox,
    ChooseKeyFile,
    GoToExport,
    GoToMapping,
    GoToCheck,
    GoToPush,
    SwitchLanguage,
    SwitchTheme,
    FollowSystemTheme,
    ZoomIn,
    ZoomOut,
    ActualSize,
    Close,
}

/// What a view asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    Command(Command),
    /// Load these files.
    OpenPaths(Vec<PathBuf>),
    /// Load what stands in the path box.
    OpenTyped,
    PathText(String),
    Change(Change),
    /// What the form of the rows says.
    Rows(RowsForm),
    /// Push to the sandbox, or to a real endpoint.
    UseSandbox(bool),
    Place(String),
    KeyText(String),
    TakeKey,
    ForgetKey,
    /// The question that is open is answered with yes, or no.
    Answer(bool),
    DismissNotice,
}

/// Actions of one frame, in order.
#[derive(Debug, Default)]
pub(super) struct Commands(Vec<Action>);

impl Commands {
    pub(super) fn add(&mut self, action: Action) {
        self.0.push(action);
    }

    pub(super) fn run(&mut self, command: Command) {
        self.add(Action::Command(command));
    }

    pub(super) fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.0)
    }
}

impl Command {
    pub(super) const ALL: &'static [Self] = &[
        Self::Open,
        Self::TypePath,
        Self::LoadMapping,
        Self::SaveMapping,
        Self::CopyMapping,
        Self::CheckAgain,
        Self::SaveRejects,
        Self::Push,
        Self::Continue,
        Self::Cancel,
        Self::ShowSandbox,
        Self::ChooseKeyFile,
        Self::GoToExport,
        Self::GoToMapping,
        Self::GoToCheck,
        Self::GoToPush,
        Self::SwitchLanguage,
        Self::SwitchTheme,
        Self::FollowSystemTheme,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::ActualSize,
        Self::Close,
    ];

    /// Whether the menu draws a line above it.
    pub(super) fn starts_group(self) -> bool {
        matches!(
            self,
            Self::LoadMapping
                | Self::CheckAgain
                | Self::Push
                | Self::GoToExport
                | Self::SwitchLanguage
                | Self::ZoomIn
                | Self::Close
        )
    }

    /// Its name on buttons and in the menu.
    pub(super) fn label(self, t: &Texts) -> &'static str {
        self.texts(t).0
    }

    /// What it does, in a sentence.
    pub(super) fn tooltip(self, t: &Texts) -> &'static str {
        self.texts(t).1
    }

    fn texts(self, t: &Texts) -> (&'static str, &'static str) {
        match self {
            Self::Open => (t.open, t.open_tip),
            Self::TypePath => (t.type_path, t.type_path_tip),
            Self::LoadMapping => (t.load_mapping, t.load_mapping_tip),
            Self::SaveMapping => (t.save_mapping, t.save_mapping_tip),
            Self::CopyMapping => (t.copy_mapping, t.copy_mapping_tip),
            Self::CheckAgain => (t.check_again, t.check_again_tip),
            Self::SaveRejects => (t.save_rejects, t.save_rejects_tip),
            Self::Push => (t.push, t.push_tip),
            Self::Continue => (t.go_on, t.go_on_tip),
            Self::Cancel => (t.cancel, t.cancel_tip),
            Self::ShowSandbox => (t.show_sandbox, t.show_sandbox_tip),
            Self::ChooseKeyFile => (t.key_file, t.key_file_tip),
            Self::GoToExport => (t.step_export, t.go_to_tip),
            Self::GoToMapping => (t.step_mapping, t.go_to_tip),
            Self::GoToCheck => (t.step_check, t.go_to_tip),
            Self::GoToPush => (t.step_push, t.go_to_tip),
            Self::SwitchLanguage => (t.switch_language, t.switch_language_tip),
            Self::SwitchTheme => (t.switch_theme, t.switch_theme_tip),
            Self::FollowSystemTheme => (t.follow_theme, t.follow_theme_tip),
            Self::ZoomIn => (t.zoom_in, t.zoom_tip),
            Self::ZoomOut => (t.zoom_out, t.zoom_tip),
            Self::ActualSize => (t.actual_size, t.zoom_tip),
            Self::Close => (t.close, t.close_tip),
        }
    }

    /// Its key, if it has one.
    pub(super) fn shortcut(self) -> Option<KeyboardShortcut> {
        let command = |key| KeyboardShortcut::new(Modifiers::COMMAND, key);
        let shifted = |key| KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key);
        Some(match self {
            Self::Open => command(Key::O),
            Self::TypePath => command(Key::L),
            Self::LoadMapping => shifted(Key::O),
            Self::SaveMapping => command(Key::S),
            Self::CopyMapping => command(Key::M),
            Self::CheckAgain => command(Key::R),
            Self::SaveRejects => shifted(Key::S),
            Self::Push => command(Key::Enter),
            Self::Continue => shifted(Key::Enter),
            Self::Cancel => KeyboardShortcut::new(Modifiers::NONE, Key::Escape),
            Self::ShowSandbox => command(Key::B),
            Self::ChooseKeyFile => command(Key::K),
            Self::GoToExport => command(Key::Num1),
            Self::GoToMapping => command(Key::Num2),
            Self::GoToCheck => command(Key::Num3),
            Self::GoToPush => command(Key::Num4),
            Self::SwitchLanguage => command(Key::E),
            Self::SwitchTheme => command(Key::D),
            Self::FollowSystemTheme => shifted(Key::D),
            Self::ZoomIn => command(Key::Plus),
            Self::ZoomOut => command(Key::Minus),
            Self::ActualSize => command(Key::Num0),
            Self::Close => command(Key::Q),
        })
    }

    /// Whether it makes sense just now.
    pub(super) fn is_enabled(self, model: &Model) -> bool {
        let is_free = model.question.is_none();
        let is_open = is_free && model.open.is_some();
        match self {
            Self::Open | Self::TypePath => is_free && model.can_edit(),
            Self::LoadMapping => is_open && model.can_edit(),
            Self::SaveMapping | Self::CopyMapping => is_open,
            Self::CheckAgain => {
                let is_over = |phase: &CheckPhase| {
                    !matches!(phase, CheckPhase::Running { .. } | CheckPhase::Blocked)
                };
                let open = model.open.as_ref();
                is_free && model.can_edit() && open.is_some_and(|open| is_over(&open.check.phase))
            }
            Self::SaveRejects => {
                let is_saving = model.open.as_ref().is_some_and(|open| open.is_saving);
                let checked = model.checked();
                is_free && !is_saving && checked.is_some_and(|checked| checked.summary.rejected > 0)
            }
            Self::Push => is_free && model.can_push() && model.target.is_complete(),
            Self::Continue => {
                is_free && model.to_continue().is_some() && model.target.is_complete()
            }
            Self::Cancel => {
                model.question.is_some() || model.push.is_running() || model.is_checking()
            }
            Self::ShowSandbox => is_free && model.sandbox_url.is_some(),
            Self::ChooseKeyFile => is_free && model.open.is_some() && !model.target.is_sandbox,
            Self::GoToExport | Self::GoToMapping | Self::GoToCheck | Self::GoToPush => is_open,
            Self::SwitchLanguage
            | Self::SwitchTheme
            | Self::FollowSystemTheme
            | Self::ZoomIn
            | Self::ZoomOut
            | Self::ActualSize
            | Self::Close => true,
        }
    }

    /// The command that leads to a step, from 0.
    pub(super) fn of_step(step: usize) -> Self {
        match step {
            0 => Self::GoToExport,
            1 => Self::GoToMapping,
            2 => Self::GoToCheck,
            _ => Self::GoToPush,
        }
    }
}
