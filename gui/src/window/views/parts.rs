//! Small pieces that all views are made of.

use eframe::egui::{
    Align, Button, Color32, CornerRadius, Label, Layout, Rect, Response, RichText, Role, Sense,
    Stroke, StrokeKind, TextStyle, TextWrapMode, Ui, UiBuilder, WidgetInfo, WidgetText, pos2, vec2,
};

use crate::window::commands::{Command, Commands};
use crate::window::model::Model;
use crate::window::texts::Texts;
use crate::window::theme::{CONTROL_HEIGHT, Palette};

/// Soft words below or beside something.
pub(super) fn hint_ui(ui: &mut Ui, text: impl Into<String>) -> Response {
    ui.label(RichText::new(text).text_style(TextStyle::Small).weak())
}

/// A text with more weight than its neighbours. The font has one weight: it is drawn twice, a little
/// apart.
pub(super) fn strong_ui(ui: &mut Ui, text: &str, style: TextStyle) -> Response {
    let colour = Palette::of(ui).ink;
    strong_coloured_ui(ui, text, style, colour)
}

/// The same in a colour.
pub(super) fn strong_coloured_ui(
    ui: &mut Ui,
    text: &str,
    style: TextStyle,
    colour: Color32,
) -> Response {
    let text = RichText::new(text).text_style(style).color(colour);
    let (at, galley, response) = Label::new(text).layout_in_ui(ui);
    for offset in [0.0, 0.35] {
        ui.painter()
            .galley(at + vec2(offset, 0.0), galley.clone(), colour);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, galley.job.text.as_str()));
    response
}

/// A title between parts of a step.
pub(super) fn title_ui(ui: &mut Ui, text: &str) {
    ui.add_space(14.0);
    strong_ui(ui, text, TextStyle::Body);
    ui.add_space(2.0);
}

/// A button that runs a command, with its tooltip and shortcut.
pub(super) fn command_ui(ui: &mut Ui, command: Command, model: &Model, commands: &mut Commands) {
    let t = Texts::of(model.language);
    let button = Button::new(command.label(t));
    let response = ui.add_enabled(command.is_enabled(model), button);
    if tip_ui(response, command, t).clicked() {
        commands.run(command);
    }
}

/// The one button of a step that leads on.
pub(super) fn primary_ui(
    ui: &mut Ui,
    text: &str,
    command: Command,
    model: &Model,
    commands: &mut Commands,
) {
    let t = Texts::of(model.language);
    let response = accent_button_ui(ui, text, command.is_enabled(model));
    if tip_ui(response, command, t).clicked() {
        commands.run(command);
    }
}

/// A button in the accent's colour.
pub(super) fn accent_button_ui(ui: &mut Ui, text: &str, is_enabled: bool) -> Response {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [
            &mut widgets.inactive,
            &mut widgets.hovered,
            &mut widgets.active,
            &mut widgets.open,
        ] {
            state.weak_bg_fill = palette.accent;
            state.bg_stroke = Stroke::new(1.0, palette.accent);
            state.fg_stroke.color = palette.accent_ink;
        }
        widgets.hovered.bg_stroke = Stroke::new(2.0, palette.ink);
        widgets.active.bg_stroke = Stroke::new(2.0, palette.ink);
        ui.add_enabled(is_enabled, Button::new(text))
    })
    .inner
}

fn tip_ui(response: Response, command: Command, t: &Texts) -> Response {
    response.on_hover_ui(|ui| {
        ui.label(command.tooltip(t));
        if let Some(shortcut) = command.shortcut() {
            let keys = ui.ctx().format_shortcut(&shortcut);
            ui.label(RichText::new(keys).weak());
        }
    })
}

/// One row of a table: cells at the same places in every row. What is out of sight is not drawn.
pub(super) fn cells_ui(
    ui: &mut Ui,
    height: f32,
    widths: &[f32],
    mut add_cell: impl FnMut(usize, &mut Ui),
) {
    let gap = 16.0;
    let width = widths.iter().sum::<f32>() + gap * widths.len().saturating_sub(1) as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(width.max(1.0), height), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let mut left = rect.left();
    for (column, width) in widths.iter().enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, height));
        left += width + gap;
        let layout = Layout::left_to_right(Align::Center);
        let mut child = ui.new_child(UiBuilder::new().max_rect(cell).layout(layout));
        child.shrink_clip_rect(cell.expand2(vec2(3.0, 0.0)));
        child.style_mut().wrap_mode = Some(TextWrapMode::Truncate);
        add_cell(column, &mut child);
    }
}

/// The names of a table's columns, and the line below.
pub(super) fn head_ui(ui: &mut Ui, widths: &[f32], names: &[&str], right: &[usize]) {
    cells_ui(ui, 24.0, widths, |column, ui| {
        let text = RichText::new(names[column])
            .text_style(TextStyle::Small)
            .weak();
        if right.contains(&column) {
            right_ui(ui, text);
        } else {
            ui.label(text);
        }
    });
    line_ui(ui);
}

/// Text at the right end of its cell.
pub(super) fn right_ui(ui: &mut Ui, text: impl Into<WidgetText>) {
    let text = text.into();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
}

/// A hairline over the whole width.
pub(super) fn line_ui(ui: &mut Ui) {
    let colour = Palette::of(ui).line;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter()
        .hline(rect.x_range(), rect.center().y, Stroke::new(1.0, colour));
}

/// A row of a form: a label at the left, controls beside it, and a hint below them.
pub(super) fn field_ui(
    ui: &mut Ui,
    label: &str,
    hint: Option<&str>,
    add_controls: impl FnOnce(&mut Ui),
) {
    const LABEL_WIDTH: f32 = 170.0;
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(LABEL_WIDTH, CONTROL_HEIGHT), Sense::hover());
        let layout = Layout::left_to_right(Align::Center);
        ui.new_child(UiBuilder::new().max_rect(rect).layout(layout))
            .label(label);
        ui.vertical(|ui| {
            ui.horizontal_wrapped(|ui| {
                ui.set_min_height(CONTROL_HEIGHT);
                add_controls(ui);
            });
            if let Some(hint) = hint {
                hint_ui(ui, hint);
            }
        });
    });
    ui.add_space(6.0);
}

/// A bar that fills up, from 0 to 1.
pub(super) fn bar_ui(ui: &mut Ui, part: f32, label: &str) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    let corner = CornerRadius::same(4);
    let mut filled = rect;
    filled.set_width(rect.width() * part.clamp(0.0, 1.0));
    ui.painter().rect_filled(rect, corner, palette.line);
    ui.painter().rect_filled(filled, corner, palette.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, label));
}

/// Where there is nothing yet and something may be put.
pub(super) fn dashed_ui(ui: &Ui, rect: Rect, stroke: Stroke, fill: Color32) {
    use eframe::egui::Shape;
    let corner = CornerRadius::same(14);
    ui.painter()
        .rect(rect, corner, fill, Stroke::NONE, StrokeKind::Inside);
    let r = 14.0;
    let mut points = Vec::new();
    let corners = [
        (pos2(rect.right() - r, rect.top() + r), -90.0_f32),
        (pos2(rect.right() - r, rect.bottom() - r), 0.0),
        (pos2(rect.left() + r, rect.bottom() - r), 90.0),
        (pos2(rect.left() + r, rect.top() + r), 180.0),
    ];
    for (centre, from) in corners {
        for step in 0..=8 {
            let angle = (from + 90.0 * step as f32 / 8.0).to_radians();
            points.push(centre + r * vec2(angle.cos(), angle.sin()));
        }
    }
    points.push(points[0]);
    ui.painter()
        .extend(Shape::dashed_line(&points, stroke, 7.0, 6.0));
}
