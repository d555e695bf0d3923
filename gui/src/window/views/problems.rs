//! One sort of problem: how often, where first, what to do, and what one click does about it.

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::mapping::{Becomes, Change, Kind};
use aiq_braze::{Code, Problem, Severity};
use eframe::egui::{
    Align, Button, CornerRadius, Layout, Rect, RichText, Sense, Shape, Stroke, TextStyle, Ui,
    UiBuilder, vec2,
};

use super::Looks;
use super::parts::{accent_button_ui, cells_ui, hint_ui, right_ui};
use crate::window::commands::{Action, Commands};
use crate::window::errors::capitalised;
use crate::window::model::{Group, Model};
use crate::window::theme::Palette;
use crate::window::words::Words;

/// So many places are shown.
const MOST_PLACES: usize = 5;

/// Draws a group of problems: a line, and below it what there is to say once it is unfolded.
pub(super) fn problem_ui(
    ui: &mut Ui,
    group: &Group,
    stops: bool,
    model: &Model,
    looks: &mut Looks,
    commands: &mut Commands,
) {
    let (words, palette) = (Words(model.language), Palette::of(ui));
    let key = (
        group.code.id(),
        group.column.as_ref().map(|(column_idx, _)| *column_idx),
    );
    let colour = match group.severity() {
        Severity::Error => palette.bad,
        Severity::Warning => palette.warn,
    };
    let top = ui.cursor().top();
    let response = ui.horizontal_top(|ui| {
        ui.add_space(16.0);
        ui.vertical(|ui| {
            let is_open = looks.unfolded.contains(&key);
            if head_ui(ui, group, stops, is_open, words, model, commands) {
                if is_open {
                    looks.unfolded.remove(&key);
                } else {
                    looks.unfolded.insert(key);
                }
            }
            if is_open || stops {
                body_ui(ui, group, model, words, commands);
            }
        });
    });
    let rect = response.response.rect;
    let bar = Rect::from_min_max(rect.left_top(), rect.left_bottom() + vec2(3.0, 0.0));
    let bar = bar.with_min_y(top);
    ui.painter().rect_filled(bar, CornerRadius::same(2), colour);
    ui.add_space(4.0);
}

/// What is wrong, in one line. Whether it was clicked.
fn head_ui(
    ui: &mut Ui,
    group: &Group,
    stops: bool,
    is_open: bool,
    words: Words,
    model: &Model,
    commands: &mut Commands,
) -> bool {
    let (t, palette) = (words.texts(), Palette::of(ui));
    let title = capitalised(group.code.texts(words.0).title);
    let title = match &group.column {
        Some((_, name)) => format!("{title}, {}", words.in_column(name)),
        None => title,
    };
    let where_ = match (group.is_rows, &group.column) {
        (true, _) => words.rows(group.count),
        (false, Some(_)) => t.in_header.to_owned(),
        (false, None) => t.in_mapping.to_owned(),
    };
    let (severity, colour) = match group.severity() {
        Severity::Error if stops => (t.severity_stops, palette.bad),
        Severity::Error => (t.severity_error, palette.bad),
        Severity::Warning => (t.severity_warning, palette.warn),
    };
    // Where there is little room the code is told below, once it is unfolded.
    let (n_cells, code_width) = match ui.available_width() < 900.0 {
        true => (3, 0.0),
        false => (4, 60.0 + 16.0),
    };
    let rest = ui.available_width() - 2.0 * 16.0 - 140.0 - code_width;
    let fix_width = match group.fix {
        Some(_) => (rest * 0.36).min(220.0),
        None => 0.0,
    };
    let mut is_clicked = false;
    cells_ui(
        ui,
        34.0,
        &[rest - fix_width, fix_width, 140.0, 60.0][..n_cells],
        |cell, ui| match cell {
            0 => {
                arrow_ui(ui, is_open || stops);
                let fold = Button::new(&title).frame(false);
                is_clicked = ui.add(fold).on_hover_text(&title).clicked();
            }
            1 => {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    fix_ui(ui, group, words, model, commands);
                });
            }
            2 => {
                let text = RichText::new(format!("{severity} · {where_}"));
                ui.label(text.text_style(TextStyle::Small).color(colour));
            }
            _ => right_ui(
                ui,
                RichText::new(group.code.id())
                    .text_style(TextStyle::Small)
                    .weak(),
            ),
        },
    );
    is_clicked
}

/// A small triangle, to the right or down.
fn arrow_ui(ui: &mut Ui, is_down: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
    let (centre, colour) = (rect.center(), Palette::of(ui).soft);
    let points = if is_down {
        [vec2(-4.0, -2.5), vec2(4.0, -2.5), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.5, -4.0), vec2(3.0, 0.0), vec2(-2.5, 4.0)]
    };
    let points = points.map(|offset| centre + offset).to_vec();
    ui.painter()
        .add(Shape::convex_polygon(points, colour, Stroke::NONE));
}

fn fix_ui(ui: &mut Ui, group: &Group, words: Words, model: &Model, commands: &mut Commands) {
    let Some(fix) = group.fix.as_ref().filter(|fix| fix.grade == Grade::Certain) else {
        return;
    };
    let expected = group
        .first
        .first()
        .and_then(|problem| problem.expected.as_deref());
    let text = words.apply(expected.unwrap_or_default());
    if accent_button_ui(ui, &text, model.can_edit()).clicked() {
        commands.add(Action::Change(Change::Edit(fix.edit.clone())));
    }
}

fn body_ui(ui: &mut Ui, group: &Group, model: &Model, words: Words, commands: &mut Commands) {
    let t = words.texts();
    let texts = group.code.texts(words.0);
    ui.horizontal_top(|ui| {
        ui.add_space(22.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            for problem in group.first.iter().take(MOST_PLACES) {
                ui.label(place_words(problem, model, words));
            }
            let n_shown = group.first.len().min(MOST_PLACES) as u64;
            if group.is_rows && group.count > n_shown {
                hint_ui(ui, words.more_places(group.count - n_shown));
            }
            ui.add_space(6.0);
            told_ui(ui, t.to_do, texts.todo);
            told_ui(ui, t.why_matters, texts.why);
            hint_ui(ui, format!("{} {}", group.code.id(), group.code.name()));
            remedies_ui(ui, group, model, words, commands);
            ui.add_space(6.0);
        });
    });
}

/// A sentence, with what it tells at its left.
fn told_ui(ui: &mut Ui, name: &str, text: &str) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(118.0, 20.0), Sense::hover());
        let layout = Layout::left_to_right(Align::Min);
        let builder = UiBuilder::new().max_rect(rect).layout(layout);
        hint_ui(&mut ui.new_child(builder), name);
        ui.vertical(|ui| ui.label(text));
    });
}

/// `Row 17 (line 21): found "12,5", expected a number`
fn place_words(problem: &Problem, model: &Model, words: Words) -> String {
    let place = match &problem.place {
        Place::Row { at, .. } => {
            let files = model.open.as_ref().map(|open| open.export.names());
            words.place(*at, &files.unwrap_or_default())
        }
        other => other.words(words.0),
    };
    let found = problem.found_and_expected(words.0);
    format!("{}: {found}", capitalised(&place))
}

/// What a person may decide about cells of another type than their column's.
fn remedies_ui(ui: &mut Ui, group: &Group, model: &Model, words: Words, commands: &mut Commands) {
    let (Some(open), Some((column_idx, _))) = (&model.open, &group.column) else {
        return;
    };
    let is_cell = matches!(
        group.code,
        Code::BadNumber
            | Code::BadInteger
            | Code::BadBoolean
            | Code::BadDate
            | Code::BadTime
            | Code::TimeWithoutZone
            | Code::TimeInGap
            | Code::YearOutOfRange
            | Code::BadJson
            | Code::BadEmail
            | Code::BadPhone
    );
    let is_attribute = matches!(open.draft.becomes(*column_idx), Becomes::Attribute { .. });
    if !is_cell || !is_attribute || !group.is_rows {
        return;
    }
    let t = words.texts();
    ui.horizontal(|ui| {
        let can_edit = model.can_edit();
        if ui
            .add_enabled(can_edit, Button::new(t.remedy_skip))
            .clicked()
        {
            let column = open.draft.column_ref(*column_idx);
            commands.add(Action::Change(Change::Edit(MappingEdit::SkipBadCells {
                column,
            })));
        }
        if !matches!(group.code, Code::BadEmail | Code::BadPhone)
            && ui
                .add_enabled(can_edit, Button::new(t.remedy_text))
                .clicked()
        {
            commands.add(Action::Change(Change::Kind(*column_idx, Some(Kind::Text))));
        }
    });
}
