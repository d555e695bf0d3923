//! The table of columns: what each becomes in Braze, and why.

use aiq_braze::diag::Grade;
use aiq_braze::mapping::{Becomes, Change, Kind};
use eframe::egui::{
    Align2, ComboBox, Rect, RichText, Role, TextEdit, TextStyle, Ui, WidgetInfo, vec2,
};

use super::parts::{cells_ui, head_ui, hint_ui};
use crate::window::commands::{Action, Commands};
use crate::window::model::Opened;
use crate::window::theme::Palette;
use crate::window::words::Words;

const ROW_HEIGHT: f32 = 37.0;

/// Draws the table.
pub(super) fn columns_ui(ui: &mut Ui, open: &Opened, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let widths = widths(ui.available_width());
    let names = [t.column, t.first_value, t.becomes, t.send_as, t.why];
    head_ui(ui, &widths, &names, &[]);
    for column_idx in 0..open.found.header.width() {
        column_ui(ui, &widths, column_idx, open, words, commands);
    }
}

/// The widths of the columns of the table, of so much in all.
fn widths(all: f32) -> [f32; 5] {
    let rest = all - 4.0 * 16.0 - 150.0;
    [rest * 0.2, rest * 0.2, rest * 0.29, 150.0, rest * 0.31]
}

fn column_ui(
    ui: &mut Ui,
    widths: &[f32],
    column_idx: usize,
    open: &Opened,
    words: Words,
    commands: &mut Commands,
) {
    let place = Rect::from_min_size(ui.cursor().min, vec2(1.0, ROW_HEIGHT));
    if !ui.is_rect_visible(place) {
        return cells_ui(ui, ROW_HEIGHT, widths, |_, _| {}); // an export may have thousands
    }
    let header = &open.found.header.names()[column_idx];
    let part = open.draft.becomes(column_idx);
    cells_ui(ui, ROW_HEIGHT, widths, |cell, ui| match cell {
        0 => {
            ui.label(RichText::new(shown_name(header)).text_style(TextStyle::Monospace));
        }
        1 => first_value_ui(ui, open, column_idx),
        2 => becomes_ui(ui, header, column_idx, &part, words, commands),
        3 => kind_ui(ui, header, column_idx, &part, words, commands),
        _ => why_ui(ui, open, column_idx, &part, words),
    });
    if let Becomes::Attribute { kind, .. } = part
        && matches!(kind, Kind::Date | Kind::Time | Kind::List)
    {
        cells_ui(ui, ROW_HEIGHT, &written_widths(widths), |cell, ui| {
            if cell == 1 {
                written_ui(ui, column_idx, kind, open, words, commands);
            }
        });
    }
}

/// The widths of the line below a column that says how it is written: it begins below the name in Braze.
fn written_widths(widths: &[f32]) -> [f32; 2] {
    let gap = 16.0;
    let before = widths[0] + gap + widths[1];
    let all: f32 = widths.iter().sum::<f32>() + gap * (widths.len() - 1) as f32;
    [before, all - before - gap]
}

/// How the values of a column are written.
fn written_ui(
    ui: &mut Ui,
    column_idx: usize,
    kind: Kind,
    open: &Opened,
    words: Words,
    commands: &mut Commands,
) {
    let t = words.texts();
    let header = &open.found.header.names()[column_idx];
    let written = open.draft.written(column_idx);
    if kind == Kind::List {
        hint_ui(ui, t.separator);
        let label = words.of_column(t.separator, header);
        let text = written.separator.unwrap_or_default();
        if let Some(text) = text_ui(ui, &label, text, ";", 60.0) {
            commands.add(Action::Change(Change::Separator(column_idx, text)));
        }
        return;
    }
    format_ui(ui, column_idx, header, written.format, words, commands);
    if kind == Kind::Time {
        zone_ui(ui, column_idx, header, written.zone, words, commands);
    }
}

/// The form of a column's dates or times.
pub(super) fn format_ui(
    ui: &mut Ui,
    column_idx: usize,
    header: &str,
    format: Option<&str>,
    words: Words,
    commands: &mut Commands,
) {
    let t = words.texts();
    hint_ui(ui, t.format);
    let label = words.of_column(t.format, header);
    if let Some(text) = text_ui(ui, &label, format.unwrap_or_default(), t.format_hint, 160.0) {
        commands.add(Action::Change(Change::Format(column_idx, text)));
    }
}

/// The zone of a column's times: a text, and the list of all zones that have it in their name.
pub(super) fn zone_ui(
    ui: &mut Ui,
    column_idx: usize,
    header: &str,
    zone: Option<&str>,
    words: Words,
    commands: &mut Commands,
) {
    let t = words.texts();
    let zone = zone.unwrap_or_default();
    hint_ui(ui, t.zone);
    let label = words.of_column(t.zone, header);
    let mut choose = |zone: String| {
        commands.add(Action::Change(Change::Zone(column_idx, zone)));
    };
    if let Some(text) = text_ui(ui, &label, zone, "Europe/Madrid", 150.0) {
        choose(text);
    }
    let combo = ComboBox::from_id_salt(("zones", column_idx))
        .selected_text(t.zones)
        .width(70.0);
    let response = combo.show_ui(ui, |ui| {
        let wanted = match aiq_braze::zone_exists(zone) {
            true => String::new(),
            false => zone.to_lowercase(),
        };
        let mut zones: Vec<_> = aiq_braze::zones().chain(["UTC"]).collect();
        zones.retain(|name| name.to_lowercase().contains(&wanted));
        zones.sort_unstable();
        zones.dedup();
        for name in zones {
            if ui.selectable_label(name == zone, name).clicked() {
                choose(name.to_owned());
            }
        }
    });
    let label = words.of_column(t.zones, header);
    let info = || WidgetInfo::labeled(Role::ComboBox, true, &label);
    response.response.widget_info(info);
}

/// A line of text with a name; `Some` when somebody changed it.
pub(super) fn text_ui(
    ui: &mut Ui,
    label: &str,
    text: &str,
    hint: &str,
    width: f32,
) -> Option<String> {
    let mut text = text.to_owned();
    let edit = TextEdit::singleline(&mut text)
        .hint_text(hint)
        .align(Align2::LEFT_CENTER)
        .desired_width(width);
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, label);
        info.current_text_value = Some(text.clone());
        info
    });
    response.changed().then_some(text)
}

/// Spaces at the ends of a header matter, and show.
fn shown_name(name: &str) -> String {
    let trimmed = name.trim();
    if trimmed == name {
        return name.to_owned();
    }
    let start = name.len() - name.trim_start().len();
    let end = name.len() - start - trimmed.len();
    format!("{}{trimmed}{}", "·".repeat(start), "·".repeat(end))
}

fn first_value_ui(ui: &mut Ui, open: &Opened, column_idx: usize) {
    let cells = open.found.sample.iter();
    let mut values = cells.filter_map(|row| row.get(column_idx));
    if let Some(value) = values.find(|value| !value.is_empty()) {
        ui.label(RichText::new(value).weak());
    }
}

fn becomes_ui(
    ui: &mut Ui,
    header: &str,
    column_idx: usize,
    part: &Becomes,
    words: Words,
    commands: &mut Commands,
) {
    let (t, accent) = (words.texts(), Palette::of(ui).accent);
    let name = match part {
        Becomes::Attribute { name, .. } => name,
        Becomes::Identifier(kind) => {
            ui.label(
                RichText::new(kind.as_str())
                    .text_style(TextStyle::Monospace)
                    .color(accent),
            );
            return;
        }
        Becomes::AudienceId
        | Becomes::SplitId
        | Becomes::EventName
        | Becomes::EventTime
        | Becomes::AppId => {
            let text = match part {
                Becomes::AudienceId => "AIQ_{audience_id}_…",
                Becomes::SplitId => "AIQ_…_{split_id}",
                Becomes::EventName => "name",
                Becomes::EventTime => "time",
                _ => "app_id",
            };
            ui.label(
                RichText::new(text)
                    .text_style(TextStyle::Monospace)
                    .color(accent),
            );
            return;
        }
        Becomes::Status(rule) => {
            let text = words.status(&rule.members, &rule.leavers);
            let shown = RichText::new("true / false").text_style(TextStyle::Monospace);
            ui.label(shown.color(accent)).on_hover_text(text);
            return;
        }
        Becomes::Skipped | Becomes::Ours => {
            hint_ui(ui, t.not_sent);
            return;
        }
    };
    let mut text = name.clone().unwrap_or_else(|| header.to_owned());
    let edit = TextEdit::singleline(&mut text)
        .font(TextStyle::Monospace)
        .hint_text(header)
        .align(Align2::LEFT_CENTER)
        .desired_width(ui.available_width() - 12.0);
    let response = ui.add(edit);
    let label = words.name_label(header);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, &label);
        info.current_text_value = Some(text.clone());
        info
    });
    if response.changed() {
        commands.add(Action::Change(Change::Name(column_idx, text)));
    }
}

fn kind_ui(
    ui: &mut Ui,
    header: &str,
    column_idx: usize,
    part: &Becomes,
    words: Words,
    commands: &mut Commands,
) {
    let t = words.texts();
    let chosen = match part {
        Becomes::Attribute { kind, .. } => Some(*kind),
        Becomes::Skipped => None,
        Becomes::Identifier(_) => return part_name_ui(ui, t.identifier),
        Becomes::AudienceId => return part_name_ui(ui, t.audience),
        Becomes::SplitId => return part_name_ui(ui, t.split),
        Becomes::Status(_) => return part_name_ui(ui, t.part_status),
        Becomes::EventName => return part_name_ui(ui, t.event_name),
        Becomes::EventTime => return part_name_ui(ui, t.event_time),
        Becomes::AppId => return part_name_ui(ui, t.app_id),
        Becomes::Ours => return part_name_ui(ui, t.not_sent),
    };
    let name = |kind| match kind {
        Some(Kind::Text) => t.type_text,
        Some(Kind::Number) => t.type_number,
        Some(Kind::Integer) => t.type_integer,
        Some(Kind::Boolean) => t.type_boolean,
        Some(Kind::Date) => t.type_date,
        Some(Kind::Time) => t.type_time,
        Some(Kind::List) => t.type_list,
        Some(Kind::Json) => t.type_json,
        None => t.type_skip,
    };
    let combo = ComboBox::from_id_salt(("kind", column_idx))
        .selected_text(name(chosen))
        .width(140.0);
    let response = combo.show_ui(ui, |ui| {
        let kinds = Kind::NAMES.iter().map(|(_, kind)| Some(*kind));
        for choice in kinds.chain([None]) {
            if ui
                .selectable_label(choice == chosen, name(choice))
                .clicked()
                && choice != chosen
            {
                commands.add(Action::Change(Change::Kind(column_idx, choice)));
            }
        }
    });
    let label = words.send_as_label(header);
    response.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, &label);
        info.current_text_value = Some(name(chosen).to_owned());
        info
    });
}

fn part_name_ui(ui: &mut Ui, name: &str) {
    ui.label(name);
}

fn why_ui(ui: &mut Ui, open: &Opened, column_idx: usize, part: &Becomes, words: Words) {
    let palette = Palette::of(ui);
    let (grade, because) = match part {
        Becomes::Ours => (None, words.texts().because_ours),
        _ => words.why(open.draft.why(column_idx)),
    };
    ui.spacing_mut().item_spacing.x = 6.0;
    if let Some((grade, name)) = grade {
        let colour = match grade {
            Grade::Certain => palette.good,
            Grade::Likely => palette.warn,
        };
        ui.label(
            RichText::new(name)
                .text_style(TextStyle::Small)
                .color(colour),
        );
    }
    hint_ui(ui, because).on_hover_text(because);
}
