//! Step 4: where to, by which key, and how far it is.

use eframe::egui::{Button, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};

use super::Looks;
use super::parts::{bar_ui, command_ui, field_ui, hint_ui, primary_ui};
use super::report::report_ui;
use crate::window::commands::{Action, Command, Commands};
use crate::window::model::{KeyOrigin, Model, Push, sent};
use crate::window::theme::Palette;
use crate::window::words::Words;

/// Draws the push.
pub(super) fn push_ui(ui: &mut Ui, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let words = Words(model.language);
    ui.add_enabled_ui(model.can_edit(), |ui| {
        target_ui(ui, model, words, looks, commands);
    });
    if let Some(url) = model
        .sandbox_url
        .as_ref()
        .filter(|_| model.target.is_sandbox)
    {
        field_ui(ui, "", None, |ui| {
            command_ui(ui, Command::ShowSandbox, model, commands);
            ui.hyperlink_to(url, url);
        });
    }
    ui.add_space(8.0);
    match &model.push {
        Push::Starting => {
            bar_ui(ui, 0.0, words.texts().step_push);
            ui.horizontal(|ui| {
                ui.spinner();
                hint_ui(ui, words.texts().starting);
                command_ui(ui, Command::Cancel, model, commands);
            });
        }
        Push::Running { .. } => running_ui(ui, model, words, commands),
        Push::None | Push::Ended(_) => start_ui(ui, model, words, commands),
    }
    if let Some(ended) = model.push.ended() {
        report_ui(ui, ended, model, commands);
    }
}

/// The button, or what is missing for it.
fn start_ui(ui: &mut Ui, model: &Model, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let n_rows = model.n_to_push();
    let missing = match model.checked() {
        None => Some(t.needs_check),
        Some(_) if n_rows == 0 => Some(t.nothing_to_push),
        Some(_) if !model.target.is_complete() => Some(t.needs_place),
        Some(_) => None,
    };
    ui.horizontal(|ui| {
        let text = match n_rows {
            0 => t.push.to_owned(),
            _ => words.push_button(n_rows, model.target.is_sandbox),
        };
        primary_ui(ui, &text, Command::Push, model, commands);
        if let Some(missing) = missing {
            hint_ui(ui, missing);
        }
    });
}

fn target_ui(ui: &mut Ui, model: &Model, words: Words, looks: &mut Looks, commands: &mut Commands) {
    let t = words.texts();
    let is_sandbox = model.target.is_sandbox;
    let hint = is_sandbox.then_some(t.sandbox_hint);
    field_ui(ui, t.push_to, hint, |ui| {
        for (choice, name) in [(true, t.sandbox), (false, t.real)] {
            if ui.radio(choice == is_sandbox, name).clicked() {
                commands.add(Action::UseSandbox(choice));
            }
            ui.add_space(10.0);
        }
    });
    if !is_sandbox {
        place_ui(ui, model, words, commands);
        key_ui(ui, model, words, looks, commands);
    }
}

fn place_ui(ui: &mut Ui, model: &Model, words: Words, commands: &mut Commands) {
    let (t, palette) = (words.texts(), Palette::of(ui));
    let address = model.target.address();
    let hint = match &address {
        None => Some(t.endpoint_hint),
        Some(_) => None,
    };
    field_ui(ui, t.endpoint, hint, |ui| {
        let mut text = model.target.place.clone();
        let response = ui.add(line(&mut text).hint_text("US-01").desired_width(320.0));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, t.endpoint));
        if response.changed() {
            commands.add(Action::Place(text));
        }
    });
    match &address {
        None => {}
        Some(Ok(address)) => field_ui(ui, "", None, |ui| match (address.warning(), words.0) {
            (Some(warning), aiq_braze::Language::English) => {
                ui.label(RichText::new(warning).color(palette.warn));
            }
            (Some(_), aiq_braze::Language::Spanish) => {
                let text = format!(
                    "{} no está entre las direcciones REST que Braze publica. Compruébela en Braze (Settings, APIs and Identifiers); se usa tal cual",
                    address.base()
                );
                ui.label(RichText::new(text).color(palette.warn));
            }
            (None, _) => {
                ui.label(RichText::new(format!("✔  {address}")).color(palette.good));
            }
        }),
        Some(Err(error)) => field_ui(ui, "", None, |ui| {
            ui.label(RichText::new(words.endpoint_error(error)).color(palette.warn));
        }),
    }
}

fn key_ui(ui: &mut Ui, model: &Model, words: Words, looks: &mut Looks, commands: &mut Commands) {
    let t = words.texts();
    let origin = model.target.key_origin();
    field_ui(ui, t.key, Some(t.key_where), |ui| {
        let Some(origin) = origin else {
            let mut text = model.target.typed.0.clone();
            let edit = line(&mut text)
                .password(true)
                .hint_text(t.key_hint)
                .desired_width(320.0);
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(Role::PasswordInput, true, t.key));
            if response.changed() {
                commands.add(Action::KeyText(text));
            }
            if response.lost_focus() {
                commands.add(Action::TakeKey);
            }
            command_ui(ui, Command::ChooseKeyFile, model, commands);
            return;
        };
        let said = match origin {
            KeyOrigin::Environment => t.key_environment.to_owned(),
            KeyOrigin::File(path) => path.display().to_string(),
            KeyOrigin::Typed => t.key_typed.to_owned(),
        };
        ui.label(RichText::new(format!("✔  {said}")).color(Palette::of(ui).good));
        let response = ui.add(Button::new(t.key_forget));
        if std::mem::take(&mut looks.focus_key) {
            response.request_focus(); // the box that had the keyboard is gone
        }
        if response.clicked() {
            commands.add(Action::ForgetKey);
        }
    });
}

/// A box for one line, as high as a button.
fn line(text: &mut String) -> TextEdit<'_> {
    TextEdit::singleline(text)
        .align(eframe::egui::Align2::LEFT_CENTER)
        .min_size(vec2(0.0, crate::window::theme::CONTROL_HEIGHT))
}

fn running_ui(ui: &mut Ui, model: &Model, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let Push::Running {
        progress,
        waiting,
        is_stopping,
        address: _,
    } = &model.push
    else {
        return;
    };
    let (n_sent, n_all) = sent(&progress.account);
    bar_ui(ui, n_sent as f32 / n_all.max(1) as f32, t.step_push);
    ui.horizontal(|ui| {
        hint_ui(ui, words.push_progress(progress, n_sent, n_all));
        if !is_stopping {
            command_ui(ui, Command::Cancel, model, commands);
        }
    });
    if *is_stopping {
        ui.label(t.stopping);
    } else if let Some((seconds, why)) = waiting {
        let why = words.waiting_why(why);
        ui.label(RichText::new(words.waiting(*seconds, why)).color(Palette::of(ui).warn));
    }
}
