//! What a mapping seldom needs, folded until it is used: which rows are meant, the app of events, dots in
//! names, and what the files' names say.

use aiq_braze::mapping::{Change, NestedNames, Part, Rows};
use eframe::egui::{CollapsingHeader, Id, Role, TextEdit, Ui, WidgetInfo};

use super::columns::text_ui;
use super::mapping::{COMBO_WIDTH, combo_ui, part_ui};
use super::parts::field_ui;
use crate::window::commands::{Action, Commands};
use crate::window::model::Opened;
use crate::window::words::Words;

/// Draws the part that is folded where the mapping uses nothing of it.
pub(super) fn more_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    // Another mapping may use another part of it.
    let salt = ("more", format!("{:?}", open.draft.origin));
    CollapsingHeader::new(words.texts().more)
        .id_salt(salt)
        .default_open(is_used(open))
        .show_unindented(ui, |ui| {
            ui.add_space(6.0);
            filter_ui(ui, open, words, commands);
            app_id_ui(ui, open, words, commands);
            nested_names_ui(ui, open, words, commands);
            file_name_ui(ui, open, words, commands);
        });
}

fn is_used(open: &Opened) -> bool {
    let mapping = open.draft.mapping();
    let has_app = matches!(&mapping.rows, Rows::Events(rule) if rule.app_id.is_some());
    mapping.filter.is_some()
        || has_app
        || mapping.nested_names != NestedNames::Off
        || mapping.file_name.is_some()
}

fn filter_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let (t, header) = (words.texts(), &open.found.header);
    let filter = open.draft.filter();
    let (column_idx, text) = match &filter {
        Some((column_idx, text)) => (*column_idx, text.as_str()),
        None => (None, ""),
    };
    let shown = match (&filter, column_idx.and_then(|at| header.name(at))) {
        (None, _) => t.where_all,
        (Some(_), name) => name.unwrap_or("?"),
    };
    let hint = match (&filter, text) {
        (None, _) => None,
        (Some(_), "") => Some(t.where_nothing),
        (Some(_), _) => Some(t.where_hint),
    };
    field_ui(ui, t.where_rows, hint, |ui| {
        combo_ui(ui, t.where_rows, COMBO_WIDTH, shown, |ui| {
            let is_all = filter.is_none();
            if ui.selectable_label(is_all, t.where_all).clicked() && !is_all {
                commands.add(Action::Change(Change::NoFilter));
            }
            for (choice, name) in header.names().iter().enumerate() {
                let is_chosen = column_idx == Some(choice);
                if ui.selectable_label(is_chosen, name).clicked() && !is_chosen {
                    let no_words = String::new(); // those of one column mean nothing in another
                    commands.add(Action::Change(Change::Filter(choice, no_words)));
                }
            }
        });
        if let Some(column_idx) = column_idx {
            ui.label(t.where_is);
            if let Some(text) = lines_ui(ui, t.where_words, text, 220.0) {
                commands.add(Action::Change(Change::Filter(column_idx, text)));
            }
        }
    });
}

/// Lines of text with a name; `Some` when somebody changed them. The end of a line that was just typed
/// says nothing yet, and is kept for what is typed next.
fn lines_ui(ui: &mut Ui, label: &str, text: &str, width: f32) -> Option<String> {
    let id = Id::unique(("lines", label));
    let typed = ui.data(|data| data.get_temp::<String>(id));
    let mut shown = typed
        .filter(|typed| typed.lines().eq(text.lines()))
        .unwrap_or_else(|| text.to_owned());
    let edit = TextEdit::multiline(&mut shown)
        .desired_rows(2)
        .desired_width(width);
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::MultilineTextInput, true, label);
        info.current_text_value = Some(shown.clone());
        info
    });
    if !response.changed() {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(id, shown.clone()));
    Some(shown)
}

fn app_id_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let Rows::Events(rule) = &open.draft.mapping().rows else {
        return;
    };
    let t = words.texts();
    let app_id = rule.app_id.as_ref();
    let part = app_id.and_then(|source| open.draft.part(source));
    field_ui(ui, t.app_id, Some(t.app_id_hint), |ui| {
        let mut change = |app_id: Option<Part>| {
            commands.add(Action::Change(Change::AppId(app_id)));
        };
        if let Some(part) = part_ui(ui, t.app_id, part.as_ref(), open, words) {
            change(Some(part));
        }
        if app_id.is_some() {
            let response = ui.button(t.remove);
            let label = format!("{} {}", t.remove, t.app_id);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
            if response.clicked() {
                change(None);
            }
        }
    });
}

fn nested_names_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let name = |nested_names| match nested_names {
        NestedNames::Off => t.nested_off,
        NestedNames::Replace => t.nested_replace,
        NestedNames::Merge => t.nested_merge,
    };
    let chosen = open.draft.mapping().nested_names;
    field_ui(ui, t.nested_names, Some(t.nested_hint), |ui| {
        combo_ui(ui, t.nested_names, COMBO_WIDTH, name(chosen), |ui| {
            for (_, choice) in NestedNames::NAMES {
                let is_chosen = *choice == chosen;
                if ui.selectable_label(is_chosen, name(*choice)).clicked() && !is_chosen {
                    commands.add(Action::Change(Change::NestedNames(*choice)));
                }
            }
        });
    });
}

fn file_name_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let names = open.export.names();
    let first = names.first().map_or("", String::as_str);
    field_ui(ui, t.file_name, Some(t.file_name_hint), |ui| {
        let template = open.draft.file_name();
        if let Some(text) = text_ui(ui, t.file_name, template, first, 340.0) {
            commands.add(Action::Change(Change::FileName(text)));
        }
    });
}
