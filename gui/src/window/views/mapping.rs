//! Step 2: who a row is about, which audience it means, and what becomes of every column.

use aiq_braze::mapping::{
    Change, ColumnRef, IdentifierKind, IdentifierRule, Part, Rows, Source, UnknownUsers,
};
use eframe::egui::{ComboBox, RichText, Role, TextStyle, Ui, WidgetInfo};

use super::columns::{self, format_ui, text_ui, zone_ui};
use super::more::more_ui;
use super::parts::{command_ui, field_ui, hint_ui};
use crate::window::commands::{Action, Command, Commands};
use crate::window::model::{Model, Opened, Origin, RowsForm};
use crate::window::theme::Palette;
use crate::window::words::Words;

pub(super) const COMBO_WIDTH: f32 = 250.0;

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
        rows_ui(ui, open, words, commands);
        unknown_users_ui(ui, open, words, commands);
        more_ui(ui, open, words, commands);
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
pub(super) fn combo_ui(
    ui: &mut Ui,
    label: &str,
    width: f32,
    shown: &str,
    add_choices: impl FnOnce(&mut Ui),
) {
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
    let mut identifiers = open.draft.identifiers();
    let first = identifiers.next();
    let kind = first.map_or(IdentifierKind::ExternalId, |(_, rule)| rule.kind);
    let column_idx = first.and_then(|(column_idx, _)| column_idx);
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
        if let Some((Some(_), rule)) = first
            && kind == IdentifierKind::UserAlias
        {
            ui.label(t.alias_label);
            let text = match &rule.label {
                Some(Source::Value(value)) => value,
                _ => "",
            };
            let label = rule.label.as_ref();
            let shown = label.map_or(String::new(), |label| source_words(label, open, words));
            if let Some(text) = text_ui(ui, t.alias_label, text, &shown, 130.0) {
                commands.add(Action::Change(Change::AliasLabel(Part::Value(text))));
            }
        }
    });
    for (rule_idx, (column_idx, rule)) in identifiers.enumerate() {
        other_identifier_ui(ui, rule_idx + 1, column_idx, rule, open, words, commands);
    }
    if open.draft.needs_identifier() {
        let warn = Palette::of(ui).warn;
        field_ui(ui, "", None, |ui| {
            ui.label(RichText::new(t.needs_identifier).color(warn));
        });
    }
}

/// What is used where the identifiers before it are empty.
fn other_identifier_ui(
    ui: &mut Ui,
    rule_idx: usize,
    column_idx: Option<usize>,
    rule: &IdentifierRule,
    open: &Opened,
    words: Words,
    commands: &mut Commands,
) {
    let t = words.texts();
    let header = column_idx.and_then(|column_idx| open.found.header.name(column_idx));
    let name = match (header, &rule.column) {
        (Some(header), _) => header,
        (None, ColumnRef::Header { name, .. }) => name,
        (None, ColumnRef::Index(_)) => "?",
    };
    field_ui(ui, "", None, |ui| {
        hint_ui(ui, t.identifier_else);
        ui.label(RichText::new(name).text_style(TextStyle::Monospace));
        hint_ui(ui, t.identifier_as);
        let kind = RichText::new(rule.kind.as_str()).text_style(TextStyle::Monospace);
        ui.label(kind.color(Palette::of(ui).accent));
        if let Some(label) = &rule.label {
            hint_ui(ui, t.alias_label);
            ui.label(source_words(label, open, words));
        }
        let response = ui.button(t.remove);
        let label = format!("{} {name}", t.remove);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
        if response.clicked() {
            commands.add(Action::Change(Change::NoIdentifier(rule_idx)));
        }
    });
}

/// Where a text comes from, in words.
fn source_words(source: &Source, open: &Opened, words: Words) -> String {
    match source {
        Source::Value(value) => value.clone(),
        Source::FilePart(part) => words.file_part(part),
        Source::Column(column) => {
            let header = &open.found.header;
            let name = header
                .position(column)
                .and_then(|column_idx| header.name(column_idx));
            words.in_column(name.unwrap_or("?"))
        }
    }
}

/// What a row is, and where what makes it so comes from.
fn rows_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let form = open.draft.rows();
    let choices = [
        (t.rows_audience, matches!(form, RowsForm::Audience(_))),
        (t.rows_attributes, form == RowsForm::Attributes),
        (t.rows_events, matches!(form, RowsForm::Events { .. })),
    ];
    let shown = choices.iter().find(|(_, is_chosen)| *is_chosen);
    let hint = (form == RowsForm::Attributes).then_some(t.no_audience_hint);
    field_ui(ui, t.rows, hint, |ui| {
        let shown = shown.map_or("", |(name, _)| name);
        combo_ui(ui, t.rows, COMBO_WIDTH, shown, |ui| {
            for (at, (name, is_chosen)) in choices.iter().enumerate() {
                if ui.selectable_label(*is_chosen, *name).clicked() && !is_chosen {
                    commands.add(Action::Rows(match at {
                        0 => open.draft.audience_form(),
                        1 => RowsForm::Attributes,
                        _ => open.draft.events_form(),
                    }));
                }
            }
        });
    });
    match form {
        RowsForm::Audience(parts) => audience_ui(ui, &parts, open, words, commands),
        RowsForm::Attributes => {}
        RowsForm::Events { name, time } => event_ui(ui, name, time, open, words, commands),
    }
}

fn audience_ui(
    ui: &mut Ui,
    parts: &[Option<Part>; 2],
    open: &Opened,
    words: Words,
    commands: &mut Commands,
) {
    let t = words.texts();
    let membership = match &open.draft.mapping().rows {
        Rows::Audience(rule) if !open.draft.is_half_filled() => words.membership_as(rule),
        _ => t.needs_both.to_owned(),
    };
    for (at, label) in [t.audience, t.split].into_iter().enumerate() {
        let hint = (at == 1).then_some(membership.as_str());
        field_ui(ui, label, hint, |ui| {
            if let Some(part) = part_ui(ui, label, parts[at].as_ref(), open, words) {
                let mut parts = parts.clone();
                parts[at] = Some(part);
                commands.add(Action::Rows(RowsForm::Audience(parts)));
            }
        });
    }
}

fn event_ui(
    ui: &mut Ui,
    name: Option<Part>,
    time: Option<usize>,
    open: &Opened,
    words: Words,
    commands: &mut Commands,
) {
    let (t, header) = (words.texts(), &open.found.header);
    field_ui(ui, t.event_name, None, |ui| {
        if let Some(part) = part_ui(ui, t.event_name, name.as_ref(), open, words) {
            let name = Some(part);
            commands.add(Action::Rows(RowsForm::Events { name, time }));
        }
    });
    let hint = match open.draft.is_half_filled() {
        true => t.needs_event,
        false => t.events_hint,
    };
    field_ui(ui, t.event_time, Some(hint), |ui| {
        let shown = time.and_then(|time| header.name(time));
        let shown = shown.unwrap_or(t.choose_column);
        combo_ui(ui, t.event_time, COMBO_WIDTH, shown, |ui| {
            for (column_idx, column) in header.names().iter().enumerate() {
                let is_chosen = time == Some(column_idx);
                if ui.selectable_label(is_chosen, column).clicked() && !is_chosen {
                    let (name, time) = (name.clone(), Some(column_idx));
                    commands.add(Action::Rows(RowsForm::Events { name, time }));
                }
            }
        });
    });
    let time = time.filter(|_| !open.draft.is_half_filled());
    if let Some((time, column)) = time.and_then(|time| Some((time, header.name(time)?))) {
        field_ui(ui, "", Some(t.time_hint), |ui| {
            let written = open.draft.written(time);
            format_ui(ui, time, column, written.format, words, commands);
            zone_ui(ui, time, column, written.zone, words, commands);
        });
    }
}

/// Where a text comes from: a column, a part of the file's name, or a value; `Some` when that changed.
pub(super) fn part_ui(
    ui: &mut Ui,
    label: &str,
    part: Option<&Part>,
    open: &Opened,
    words: Words,
) -> Option<Part> {
    let (t, header) = (words.texts(), &open.found.header);
    let mut chosen = None;
    let shown = match part {
        None => t.choose_column.to_owned(),
        Some(Part::Column(column_idx)) => header.name(*column_idx).unwrap_or_default().to_owned(),
        Some(Part::Value(_)) => t.fixed_value.to_owned(),
        Some(Part::FilePart(name)) => words.file_part(name),
    };
    combo_ui(ui, label, COMBO_WIDTH, &shown, |ui| {
        let mut choice_ui = |text: &str, is_chosen: bool, choice: Part| {
            if ui.selectable_label(is_chosen, text).clicked() && !is_chosen {
                chosen = Some(choice);
            }
        };
        for (column_idx, name) in header.names().iter().enumerate() {
            let choice = Part::Column(column_idx);
            choice_ui(name, part == Some(&choice), choice);
        }
        for name in open.draft.file_parts() {
            let text = words.file_part(&name);
            let choice = Part::FilePart(name);
            choice_ui(&text, part == Some(&choice), choice);
        }
        let is_value = matches!(part, Some(Part::Value(_)));
        choice_ui(t.fixed_value, is_value, Part::Value(String::new()));
    });
    if let Some(Part::Value(value)) = part
        && let Some(text) = text_ui(ui, &words.fixed_label(label), value, "", 130.0)
    {
        chosen = Some(Part::Value(text));
    }
    chosen
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
