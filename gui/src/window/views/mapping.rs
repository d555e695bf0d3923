//! Step 2: who a row is about, which audience it means, and what becomes of every column.

use aiq_braze::mapping::{Change, IdentifierKind, Part, Rows, UnknownUsers};
use eframe::egui::{ComboBox, RichText, Role, TextEdit, Ui, WidgetInfo};

use super::columns;
use super::parts::{command_ui, field_ui, hint_ui};
use crate::window::commands::{Action, Command, Commands};
use crate::window::model::{Model, Opened, Origin, Parts};
use crate::window::theme::Palette;
use crate::window::words::Words;

const COMBO_WIDTH: f32 = 250.0;

/// Draws the mapping.
pub(super) fn mapping_ui(ui: &mut Ui, open: &Opened, model: &Model, commands: &mut Commands) {
    let words = Words(model.language);
    let origin = match &open.draft.origin {
        Origin::Suggested => words.texts().mapping_from_export.to_owned(),
        Origin::File(path) => words.mapping_from(path),
    };
    hint_ui(ui, origin);
    ui.add_space(8.0);
    ui.add_enabled_ui(model.can_edit(), |ui| {
        identifier_ui(ui, open, words, commands);
        parts_ui(ui, open, words, commands);
        unknown_users_ui(ui, open, words, commands);
        ui.add_space(10.0);
        columns::columns_ui(ui, open, words, commands);
    });
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        for command in [
            Command::LoadMapping,
            Command::SaveMapping,
            Command::CopyMapping,
        ] {
            command_ui(ui, command, model, commands);
        }
    });
}

/// A choice of one column. Has the label as its name.
fn combo_ui(ui: &mut Ui, label: &str, width: f32, shown: &str, add_choices: impl FnOnce(&mut Ui)) {
    let combo = ComboBox::from_id_salt(label)
        .selected_text(shown)
        .width(width)
        .truncate();
    let response = combo.show_ui(ui, add_choices).response;
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, label);
        info.current_text_value = Some(shown.to_owned());
        info
    });
}

fn identifier_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let (t, header) = (words.texts(), &open.found.header);
    let identifier = open.draft.identifier();
    let kind = identifier.map_or(IdentifierKind::ExternalId, |(_, kind)| kind);
    let column_idx = identifier.and_then(|(column_idx, _)| column_idx);
    let chosen = column_idx.and_then(|column_idx| header.name(column_idx));
    let hint = chosen.map(|_| t.identifier_hint);
    field_ui(ui, t.identifier, hint, |ui| {
        combo_ui(
            ui,
            t.identifier,
            COMBO_WIDTH,
            chosen.unwrap_or(t.choose_column),
            |ui| {
                for (choice, name) in header.names().iter().enumerate() {
                    let is_chosen = column_idx == Some(choice);
                    if ui.selectable_label(is_chosen, name).clicked() && !is_chosen {
                        commands.add(Action::Change(Change::Identifier(choice, kind)));
                    }
                }
            },
        );
        ui.label(t.identifier_as);
        combo_ui(ui, t.identifier_as, 130.0, kind.as_str(), |ui| {
            for (name, choice) in IdentifierKind::NAMES {
                let is_chosen = *choice == kind;
                if ui.selectable_label(is_chosen, *name).clicked()
                    && let Some(column_idx) = column_idx
                {
                    commands.add(Action::Change(Change::Identifier(column_idx, *choice)));
                }
            }
        });
    });
    if open.draft.needs_identifier() {
        let warn = Palette::of(ui).warn;
        field_ui(ui, "", None, |ui| {
            ui.label(RichText::new(t.needs_identifier).color(warn));
        });
    }
}

fn parts_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let parts = open.draft.parts();
    let membership = match &open.draft.mapping().rows {
        _ if open.draft.is_half_filled() => t.needs_both.to_owned(),
        Rows::Audience(rule) => words.membership_as(rule),
        Rows::Attributes => t.no_audience_hint.to_owned(),
    };
    for (at, label) in [t.audience, t.split].into_iter().enumerate() {
        let hint = (at == 1).then_some(membership.as_str());
        field_ui(ui, label, hint, |ui| {
            part_ui(ui, label, &parts, at, open, words, commands);
        });
    }
}

fn part_ui(
    ui: &mut Ui,
    label: &str,
    parts: &Parts,
    at: usize,
    open: &Opened,
    words: Words,
    commands: &mut Commands,
) {
    let (t, header) = (words.texts(), &open.found.header);
    let part = &parts[at];
    let mut choose = |choice: Option<Part>| {
        let mut parts = parts.clone();
        parts[at] = choice;
        commands.add(Action::Parts(parts));
    };
    let shown = match part {
        None => t.no_audience,
        Some(Part::Column(column_idx)) => header.name(*column_idx).unwrap_or_default(),
        Some(Part::Value(_)) => t.fixed_value,
    };
    combo_ui(ui, label, COMBO_WIDTH, shown, |ui| {
        let mut choice_ui = |ui: &mut Ui, text: &str, is_chosen: bool, choice: Option<Part>| {
            if ui.selectable_label(is_chosen, text).clicked() && !is_chosen {
                choose(choice);
            }
        };
        choice_ui(ui, t.no_audience, part.is_none(), None);
        for (column_idx, name) in header.names().iter().enumerate() {
            let choice = Some(Part::Column(column_idx));
            choice_ui(ui, name, *part == choice, choice);
        }
        let is_value = matches!(part, Some(Part::Value(_)));
        choice_ui(
            ui,
            t.fixed_value,
            is_value,
            Some(Part::Value(String::new())),
        );
    });
    if let Some(Part::Value(value)) = part {
        let mut text = value.clone();
        let response = ui.add(TextEdit::singleline(&mut text).desired_width(130.0));
        let name = words.fixed_label(label);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        if response.changed() {
            choose(Some(Part::Value(text)));
        }
    }
}

fn unknown_users_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let name = |unknown_users| match unknown_users {
        UnknownUsers::Unset => t.unknown_unset,
        UnknownUsers::Create => t.unknown_create,
        UnknownUsers::Skip => t.unknown_skip,
    };
    let chosen = open.draft.mapping().unknown_users;
    field_ui(ui, t.unknown_users, Some(t.unknown_hint), |ui| {
        combo_ui(ui, t.unknown_users, COMBO_WIDTH, name(chosen), |ui| {
            for choice in [
                UnknownUsers::Unset,
                UnknownUsers::Create,
                UnknownUsers::Skip,
            ] {
                if ui
                    .selectable_label(choice == chosen, name(choice))
                    .clicked()
                {
                    commands.add(Action::Change(Change::UnknownUsers(choice)));
                }
            }
        });
    });
}
