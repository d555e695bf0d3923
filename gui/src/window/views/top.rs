//! The bar at the top: name, steps, language, theme, menu.

use eframe::egui::{
    Align, Button, CornerRadius, Layout, RichText, ScrollArea, Sense, Shape, Stroke, TextStyle, Ui,
    vec2,
};

use super::parts::strong_ui;
use super::step_names;
use crate::window::commands::{Command, Commands};
use crate::window::model::Model;
use crate::window::texts::Texts;
use crate::window::theme::Palette;

/// Draws the bar.
pub(super) fn top_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let t = Texts::of(model.language);
    ui.horizontal(|ui| {
        mark_ui(ui, 26.0);
        strong_ui(ui, "aiq-braze", TextStyle::Body);
        ui.add_space(18.0);
        for (step, name) in step_names(t).into_iter().enumerate() {
            let command = Command::of_step(step);
            let text = RichText::new(format!("{}  {name}", step + 1)).text_style(TextStyle::Small);
            let button = Button::new(text)
                .frame_when_inactive(false)
                .corner_radius(15);
            let is_enabled = command.is_enabled(model);
            if ui.add_enabled(is_enabled, button).clicked() {
                commands.run(command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.menu_button(t.menu, |ui| menu_ui(ui, model, commands));
            for command in [Command::SwitchTheme, Command::SwitchLanguage] {
                quiet_ui(ui, command, t, commands);
            }
        });
    });
}

fn quiet_ui(ui: &mut Ui, command: Command, t: &Texts, commands: &mut Commands) {
    let text = RichText::new(command.label(t)).text_style(TextStyle::Small);
    let button = Button::new(text).frame_when_inactive(false);
    if ui.add(button).on_hover_text(command.tooltip(t)).clicked() {
        commands.run(command);
    }
}

/// All commands, in their order.
fn menu_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let t = Texts::of(model.language);
    ui.spacing_mut().interact_size.y = 25.0;
    ui.spacing_mut().button_padding.y = 2.0;
    ui.spacing_mut().item_spacing.y = 1.0;
    let height = ui.ctx().content_rect().height() - 70.0;
    let scroll = ScrollArea::vertical()
        .max_height(height)
        .min_scrolled_height(height);
    scroll.show(ui, |ui| {
        ui.set_min_width(290.0);
        for command in Command::ALL.iter().copied() {
            if command.starts_group() {
                ui.separator();
            }
            item_ui(ui, command, model, t, commands);
        }
    });
}

fn item_ui(ui: &mut Ui, command: Command, model: &Model, t: &Texts, commands: &mut Commands) {
    let keys = command.shortcut();
    let keys = keys.map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys));
    let button = Button::new(command.label(t)).shortcut_text(keys);
    let response = ui.add_enabled(command.is_enabled(model), button);
    if response.on_hover_text(command.tooltip(t)).clicked() {
        commands.run(command);
        ui.close();
    }
}

/// The program's mark: lines that become an arrow.
pub(super) fn mark_ui(ui: &mut Ui, size: f32) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same((size / 4.0) as u8), palette.accent);
    let at = |x: f32, y: f32| rect.min + vec2(x, y) * (size / 32.0);
    let stroke = Stroke::new(size * 0.075, palette.accent_ink);
    for (from, to, y) in [(8.0, 17.0, 11.0), (8.0, 14.0, 16.0), (8.0, 17.0, 21.0)] {
        painter.line_segment([at(from, y), at(to, y)], stroke);
    }
    let arrow = vec![at(19.0, 11.0), at(24.0, 16.0), at(19.0, 21.0)];
    painter.add(Shape::line(arrow, stroke));
}
