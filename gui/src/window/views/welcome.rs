//! Before there is an export: what this is, and three ways to load one.

use eframe::egui::{
    Align, Key, Layout, RichText, Stroke, TextEdit, TextStyle, Ui, UiBuilder, vec2,
};

use super::parts::{command_ui, dashed_ui, hint_ui, primary_ui, strong_ui};
use super::{Looks, step_names};
use crate::window::commands::{Action, Command, Commands};
use crate::window::model::Model;
use crate::window::texts::Texts;
use crate::window::theme::{Palette, large};

/// The first screen.
pub(super) fn welcome_ui(ui: &mut Ui, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let (t, palette) = (Texts::of(model.language), Palette::of(ui));
    let spare = (ui.ctx().content_rect().height() - 640.0).max(0.0);
    ui.add_space(14.0 + spare * 0.35);
    ui.vertical_centered(|ui| {
        strong_ui(ui, t.title, large());
        ui.add_space(4.0);
        ui.label(RichText::new(t.lead).weak());
    });
    ui.add_space(26.0);
    drop_zone_ui(ui, model, looks, commands);
    ui.add_space(14.0);
    ui.vertical_centered(|ui| {
        ui.label(
            RichText::new(t.privacy)
                .color(palette.good)
                .text_style(TextStyle::Small),
        );
    });
    ui.add_space(34.0);
    tour_ui(ui, t);
}

fn drop_zone_ui(ui: &mut Ui, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let (t, palette) = (Texts::of(model.language), Palette::of(ui));
    let (rect, _) = ui.allocate_exact_size(
        vec2(ui.available_width(), 158.0),
        eframe::egui::Sense::hover(),
    );
    dashed_ui(
        ui,
        rect,
        Stroke::new(1.5, palette.accent.gamma_multiply(0.6)),
        palette.card,
    );
    let layout = Layout::top_down(Align::Center);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(rect.shrink(30.0)).layout(layout));
    let ui = &mut inside;
    strong_ui(ui, t.drop, TextStyle::Heading);
    hint_ui(ui, t.drop_hint);
    ui.add_space(14.0);
    // A row does not know its width before it is drawn: it is centred by that of the last frame.
    let margin = ((ui.available_width() - looks.row_width) / 2.0).max(0.0);
    ui.horizontal(|ui| {
        ui.add_space(margin);
        let left = ui.cursor().left();
        primary_ui(ui, t.open, Command::Open, model, commands);
        path_ui(ui, 270.0, model, looks, commands);
        let width = ui.min_rect().right() - left;
        if (width - looks.row_width).abs() > 0.5 {
            looks.row_width = width;
            ui.ctx().request_repaint();
        }
    });
}

/// The box for a path, and the button that loads it.
fn path_ui(ui: &mut Ui, width: f32, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let t = Texts::of(model.language);
    let mut text = model.path_text.clone();
    let edit = TextEdit::singleline(&mut text)
        .hint_text(t.path_hint)
        .desired_width(width)
        .align(eframe::egui::Align2::LEFT_CENTER)
        .min_size(vec2(0.0, ui.spacing().interact_size.y));
    let response = ui.add_enabled(model.can_edit(), edit);
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(eframe::egui::Role::TextInput, true, t.path)
    });
    if response.changed() {
        commands.add(Action::PathText(text));
    }
    if std::mem::take(&mut looks.focus_path) {
        response.request_focus();
        response.scroll_to_me(None);
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let can_load = model.can_edit() && !model.path_text.trim().is_empty();
    let button = ui.add_enabled(can_load, eframe::egui::Button::new(t.open_typed));
    if button.clicked() || (is_entered && can_load) {
        commands.add(Action::OpenTyped);
    }
}

/// What each step does.
fn tour_ui(ui: &mut Ui, t: &Texts) {
    let palette = Palette::of(ui);
    let words = [t.tour_export, t.tour_mapping, t.tour_check, t.tour_push];
    let gap = 24.0;
    let width = (ui.available_width() - 3.0 * gap) / 4.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for (step, words) in words.into_iter().enumerate() {
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.x = 8.0;
                let top = ui.cursor().left_top();
                let stroke = Stroke::new(2.0, palette.line);
                ui.painter().hline(top.x..=top.x + width, top.y, stroke);
                ui.add_space(12.0);
                ui.horizontal(|ui| {
                    ui.label(RichText::new((step + 1).to_string()).color(palette.accent));
                    strong_ui(ui, step_names(t)[step], TextStyle::Body);
                });
                hint_ui(ui, words);
            });
        }
    });
}

/// With an export loaded: the ways to load another one, on one line.
pub(super) fn again_ui(ui: &mut Ui, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let t = Texts::of(model.language);
    ui.horizontal(|ui| {
        hint_ui(ui, t.drop_again);
        command_ui(ui, Command::Open, model, commands);
        path_ui(ui, 260.0, model, looks, commands);
    });
}
