//! The end of a push: what became of every row, and what to do next.

use aiq_braze::Account;
use eframe::egui::{RichText, TextStyle, Ui};

use super::parts::{cells_ui, command_ui, hint_ui, line_ui, right_ui, title_ui};
use crate::push::Group;
use crate::window::commands::{Command, Commands};
use crate::window::model::{Ended, Model};
use crate::window::theme::Palette;
use crate::window::words::Words;

/// So many places of a group are shown.
const MOST_PLACES: usize = 5;

/// Draws the report.
pub(super) fn report_ui(ui: &mut Ui, ended: &Ended, model: &Model, commands: &mut Commands) {
    let (words, palette) = (Words(model.language), Palette::of(ui));
    let (t, report) = (words.texts(), &ended.report);
    title_ui(ui, t.account);
    if ended.is_old {
        ui.label(RichText::new(t.old_push).color(palette.warn));
    }
    if let Some(stopped) = &report.stopped {
        ui.label(RichText::new(words.stopped(stopped)).color(palette.bad));
        ui.add_space(4.0);
    }
    ways_on_ui(ui, ended, model, commands);
    account_ui(ui, ended, words);
    ui.add_space(6.0);
    hint_ui(ui, words.push_facts(report, &ended.address.to_string()));
    groups_ui(ui, t.refused_title, &report.refused, &ended.files, words);
    groups_ui(ui, t.unknown_title, &report.unknown, &ended.files, words);
    next_ui(ui, ended, words);
}

/// What can be done about rows that are not settled.
fn ways_on_ui(ui: &mut Ui, ended: &Ended, model: &Model, commands: &mut Commands) {
    let t = Words(model.language).texts();
    let (account, run) = (&ended.report.account, ended.report.run);
    let flags = format!("{run} --endpoint {}", ended.address.base());
    let shell_ui = |ui: &mut Ui, line: String| {
        ui.label(RichText::new(line).text_style(TextStyle::Monospace));
    };
    if account.pending > 0 {
        if model.to_continue().is_some() {
            command_ui(ui, Command::Continue, model, commands);
        }
        if !ended.is_sandbox {
            hint_ui(ui, t.resume_from_shell);
            shell_ui(ui, format!("aiq-braze resume {flags}"));
        }
    }
    if account.unknown > 0 && !ended.is_sandbox {
        hint_ui(ui, t.decide);
        shell_ui(
            ui,
            format!(
                "aiq-braze runs decide {} resend|drop --endpoint {}",
                run,
                ended.address.base()
            ),
        );
    }
}

/// A table that visibly sums up.
fn account_ui(ui: &mut Ui, ended: &Ended, words: Words) {
    let (t, palette) = (words.texts(), Palette::of(ui));
    let Account {
        rows,
        leavers,
        accepted,
        unchanged,
        nothing_to_send,
        rejected,
        refused,
        unknown,
        pending,
    } = ended.report.account;
    let (by, refused_by) = match ended.is_sandbox {
        true => (t.accepted_sandbox, t.refused_sandbox),
        false => (t.accepted, t.refused),
    };
    let (good, bad, ink) = (palette.good, palette.bad, palette.ink);
    let lines = [
        (by, accepted, true, good),
        (t.unchanged, unchanged, unchanged > 0, ink),
        (t.nothing_to_send, nothing_to_send, nothing_to_send > 0, ink),
        (t.rejected, rejected, true, bad),
        (refused_by, refused, true, bad),
        (t.unknown, unknown, true, bad),
        (t.pending, pending, pending > 0, palette.warn),
    ];
    let widths = [260.0, 90.0];
    let sum: u64 = lines.iter().map(|(_, number, ..)| number).sum();
    ui.scope(|ui| {
        ui.set_max_width(widths[0] + widths[1] + 16.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, number, is_shown, colour) in lines {
            if is_shown {
                let colour = if number > 0 { colour } else { palette.soft };
                sum_ui(
                    ui,
                    &widths,
                    name,
                    RichText::new(words.count(number)).color(colour),
                );
            }
        }
        line_ui(ui);
        sum_ui(
            ui,
            &widths,
            t.all_rows,
            RichText::new(words.count(sum)).strong(),
        );
    });
    if sum != rows + leavers {
        ui.label(RichText::new(t.not_balanced).color(palette.bad));
    }
}

fn sum_ui(ui: &mut Ui, widths: &[f32], name: &str, number: RichText) {
    cells_ui(ui, 27.0, widths, |cell, ui| match cell {
        0 => {
            ui.label(name);
        }
        _ => right_ui(ui, number.clone()),
    });
}

fn groups_ui(ui: &mut Ui, title: &str, groups: &[Group], files: &[String], words: Words) {
    if groups.is_empty() {
        return;
    }
    title_ui(ui, title);
    for group in groups {
        let Group {
            reason,
            rows,
            first,
        } = group;
        let how_many = match group.is_of_leavers() {
            true => words.leavers(*rows),
            false => words.rows(*rows),
        };
        ui.label(format!("{how_many}: {reason}"));
        let places = first.iter().take(MOST_PLACES);
        let places: Vec<_> = places.map(|at| words.place(*at, files)).collect();
        let more = if *rows > places.len() as u64 {
            ", …"
        } else {
            ""
        };
        hint_ui(ui, format!("{}{more}", places.join(", ")));
    }
}

/// Where to find it in Braze, and in the sandbox.
fn next_ui(ui: &mut Ui, ended: &Ended, words: Words) {
    let t = words.texts();
    let report = &ended.report;
    let is_events = !report.events.is_empty();
    if report.account.accepted == 0 || (report.audiences.is_empty() && !is_events) {
        return;
    }
    let (todo, queued) = match is_events {
        true => (t.next_event_words, t.queued_events),
        false => (t.next_words, t.queued),
    };
    title_ui(ui, t.next_step);
    ui.label(todo);
    ui.horizontal_wrapped(|ui| {
        let audiences = report.audiences.iter().map(|audience| &audience.name);
        for name in audiences.chain(report.events.iter().map(|event| &event.name)) {
            let name = RichText::new(name).text_style(TextStyle::Monospace);
            ui.label(name.color(Palette::of(ui).accent));
            ui.add_space(6.0);
        }
    });
    hint_ui(ui, queued);
}
