//! Step 3: the check of every row, while it runs and when it is done.

use aiq_braze::Severity;
use eframe::egui::{RichText, TextStyle, Ui};

use super::Looks;
use super::parts::{
    bar_ui, cells_ui, command_ui, head_ui, hint_ui, right_ui, strong_coloured_ui, title_ui,
};
use super::problems::problem_ui;
use crate::window::commands::{Command, Commands};
use crate::window::errors::capitalised;
use crate::window::model::{CheckPhase, Checked, Group, Model, Opened, RowsForm};
use crate::window::theme::{Palette, large};
use crate::window::words::Words;

/// Draws the check.
pub(super) fn check_ui(
    ui: &mut Ui,
    open: &Opened,
    model: &Model,
    looks: &mut Looks,
    commands: &mut Commands,
) {
    let (words, palette) = (Words(model.language), Palette::of(ui));
    let t = words.texts();
    match &open.check.phase {
        CheckPhase::Blocked => {
            let words = if open.draft.needs_identifier() {
                t.needs_identifier
            } else {
                match open.draft.rows() {
                    RowsForm::Audience(_) if open.draft.is_half_filled() => t.needs_both,
                    RowsForm::Events { .. } if open.draft.is_half_filled() => t.needs_event,
                    _ => t.blocked,
                }
            };
            ui.label(RichText::new(words).color(palette.warn));
            for group in Group::of(open.draft.problems(), &open.found.header) {
                problem_ui(ui, &group, true, model, looks, commands);
            }
            return;
        }
        CheckPhase::Running {
            bytes,
            rows,
            seconds,
        } => {
            let all = open.export.n_bytes();
            let line = words.check_progress(*bytes, all, *rows, *seconds);
            bar_ui(ui, *bytes as f32 / all.max(1) as f32, t.step_check);
            ui.horizontal(|ui| {
                hint_ui(ui, line);
                command_ui(ui, Command::Cancel, model, commands);
            });
        }
        CheckPhase::Cancelled => {
            ui.horizontal(|ui| {
                ui.label(t.cancelled);
                command_ui(ui, Command::CheckAgain, model, commands);
            });
            return;
        }
        CheckPhase::Failed(error) => {
            ui.label(RichText::new(capitalised(&words.pipeline_error(error))).color(palette.bad));
            command_ui(ui, Command::CheckAgain, model, commands);
            return;
        }
        CheckPhase::Done => {}
    }
    if let Some(checked) = &open.check.done {
        // A result of an earlier mapping stays to be seen until the new one is there.
        let is_old = open.check.is_running();
        ui.scope(|ui| {
            if is_old {
                ui.set_opacity(0.55);
            }
            checked_ui(ui, checked, open, model, looks, commands);
        });
    }
}

fn checked_ui(
    ui: &mut Ui,
    checked: &Checked,
    open: &Opened,
    model: &Model,
    looks: &mut Looks,
    commands: &mut Commands,
) {
    let (words, palette) = (Words(model.language), Palette::of(ui));
    let t = words.texts();
    tiles_ui(ui, checked, words);
    if checked.summary.left_out > 0 {
        hint_ui(ui, words.n_left_out(checked.summary.left_out));
    }
    let n_nothing = checked.summary.nothing_to_send - checked.summary.left_out;
    if n_nothing > 0 {
        hint_ui(ui, words.n_nothing(n_nothing));
    }
    if checked.groups.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new(format!("✔  {}", t.all_good)).color(palette.good));
    } else {
        title_ui(ui, t.problems);
        for group in &checked.groups {
            problem_ui(ui, group, false, model, looks, commands);
        }
    }
    if checked.summary.tally.count(Severity::Error) > 0 {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            command_ui(ui, Command::SaveRejects, model, commands);
            if open.is_saving {
                ui.spinner();
                hint_ui(ui, t.saving_rejects);
            }
        });
    }
    if !checked.audiences.is_empty() {
        title_ui(ui, t.audiences);
        ui.scope(|ui| audiences_ui(ui, checked, words));
    }
    if !checked.events.is_empty() {
        title_ui(ui, t.events);
        ui.scope(|ui| events_ui(ui, checked, words));
    }
}

/// The four figures.
fn tiles_ui(ui: &mut Ui, checked: &Checked, words: Words) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 44.0;
        for (at, (figure, name)) in words.tiles(checked).into_iter().enumerate() {
            let is_bad = at == 3 && checked.summary.rejected > 0;
            let colour = if is_bad { palette.bad } else { palette.ink };
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                strong_coloured_ui(ui, &figure, large(), colour);
                ui.label(RichText::new(name).text_style(TextStyle::Small).weak());
            });
        }
    });
}

fn audiences_ui(ui: &mut Ui, checked: &Checked, words: Words) {
    let t = words.texts();
    let widths = [300.0, 90.0, 90.0];
    ui.set_max_width(widths.iter().sum::<f32>() + 32.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    head_ui(ui, &widths, &[t.attribute, t.members, t.leavers], &[1, 2]);
    for audience in &checked.audiences {
        cells_ui(ui, 26.0, &widths, |cell, ui| match cell {
            0 => {
                ui.label(RichText::new(&audience.name).text_style(TextStyle::Monospace));
            }
            1 => right_ui(ui, words.count(audience.members)),
            _ => right_ui(ui, words.count(audience.leavers)),
        });
    }
}

fn events_ui(ui: &mut Ui, checked: &Checked, words: Words) {
    let t = words.texts();
    let widths = [300.0, 90.0];
    ui.set_max_width(widths.iter().sum::<f32>() + 16.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    head_ui(ui, &widths, &[t.event, t.n_events], &[1]);
    for event in &checked.events {
        cells_ui(ui, 26.0, &widths, |cell, ui| match cell {
            0 => {
                ui.label(RichText::new(&event.name).text_style(TextStyle::Monospace));
            }
            _ => right_ui(ui, words.count(event.count)),
        });
    }
}
