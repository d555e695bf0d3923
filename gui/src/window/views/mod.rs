//! What is drawn: the page with its four steps, and what lies over it.

mod check;
mod columns;
mod export;
mod mapping;
mod more;
mod parts;
mod problems;
mod push;
mod question;
mod report;
mod top;
mod welcome;

use eframe::egui::{
    Align, CentralPanel, Color32, Frame, Id, LayerId, Margin, Order, Panel, ScrollArea, Sense,
    TextStyle, Ui, vec2,
};

use self::parts::{hint_ui, line_ui, strong_coloured_ui, strong_ui};
use super::commands::{Action, Commands};
use super::errors::capitalised;
use super::model::Model;
use super::texts::Texts;
use super::theme::{PAGE_WIDTH, Palette};
use super::words::Words;

/// What views remember that is no business of the model's.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// The step to scroll to in this frame.
    pub(super) go_to: Option<usize>,
    /// The keyboard goes to the path box in this frame.
    pub(super) focus_path: bool,
    /// The keyboard goes on behind the key that was typed.
    pub(super) focus_key: bool,
    /// How wide the first screen's controls are.
    row_width: f32,
    /// Problems that are unfolded.
    unfolded: std::collections::BTreeSet<(&'static str, Option<usize>)>,
    /// The last screenful may not be enough to bring the last step to the top.
    tail: f32,
}

/// Draws everything, and collects what the user wants.
pub(super) fn window_ui(ui: &mut Ui, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let palette = Palette::of(ui);
    let bar = Frame::new()
        .fill(palette.paper)
        .inner_margin(Margin::symmetric(0, 10));
    Panel::top("top").frame(bar).show(ui, |ui| {
        let width = ui.available_width();
        centred_ui(ui, width, |ui| top::top_ui(ui, model, commands));
    });
    CentralPanel::default()
        .frame(Frame::new().fill(palette.paper))
        .show(ui, |ui| page_ui(ui, model, looks, commands));
    question::question_ui(ui, model, commands);
    hover_ui(ui, model);
}

fn page_ui(ui: &mut Ui, model: &Model, looks: &mut Looks, commands: &mut Commands) {
    let (height, width) = (ui.available_height(), ui.available_width());
    ScrollArea::vertical()
        .auto_shrink(false)
        .id_salt("page")
        .show(ui, |ui| {
            ui.add_space(18.0);
            centred_ui(ui, width, |ui| match &model.open {
                None => {
                    notices_ui(ui, model, commands);
                    welcome::welcome_ui(ui, model, looks, commands);
                }
                Some(open) => {
                    welcome::again_ui(ui, model, looks, commands);
                    notices_ui(ui, model, commands);
                    step_ui(ui, 0, model, looks, |ui, _| {
                        export::export_ui(ui, open, model)
                    });
                    step_ui(ui, 1, model, looks, |ui, _| {
                        mapping::mapping_ui(ui, open, model, commands);
                    });
                    step_ui(ui, 2, model, looks, |ui, looks| {
                        check::check_ui(ui, open, model, looks, commands);
                    });
                    let top = ui.cursor().top();
                    step_ui(ui, 3, model, looks, |ui, looks| {
                        push::push_ui(ui, model, looks, commands);
                    });
                    looks.tail = (height - (ui.cursor().top() - top) - 60.0).max(0.0);
                    ui.add_space(looks.tail.min(height * 0.3));
                }
            });
        });
}

/// The middle of the window, no wider than the page.
fn centred_ui(ui: &mut Ui, all: f32, add: impl FnOnce(&mut Ui)) {
    let margin = ((all - PAGE_WIDTH) / 2.0).max(28.0);
    let width = all - 2.0 * margin;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(margin);
        ui.vertical(|ui| {
            ui.reset_style();
            ui.set_width(width);
            add(ui);
        });
    });
}

/// A step with its number and name.
fn step_ui(
    ui: &mut Ui,
    step: usize,
    model: &Model,
    looks: &mut Looks,
    add: impl FnOnce(&mut Ui, &mut Looks),
) {
    let name = step_names(Texts::of(model.language))[step];
    let palette = Palette::of(ui);
    ui.add_space(if step == 0 { 10.0 } else { 30.0 });
    line_ui(ui);
    ui.add_space(18.0);
    let head = ui.horizontal(|ui| {
        number_ui(ui, step, palette.accent, palette.accent_ink);
        ui.add_space(4.0);
        strong_ui(ui, name, TextStyle::Heading);
    });
    if looks.go_to == Some(step) {
        looks.go_to = None;
        let mut rect = head.response.rect;
        rect.min.y -= 16.0;
        ui.scroll_to_rect(rect, Some(Align::Min));
    }
    ui.add_space(10.0);
    add(ui, looks);
}

fn step_names(t: &Texts) -> [&'static str; 4] {
    [t.step_export, t.step_mapping, t.step_check, t.step_push]
}

/// A step's number in a disc.
fn number_ui(ui: &mut Ui, step: usize, fill: Color32, ink: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(24.0, 24.0), Sense::hover());
    let painter = ui.painter();
    painter.circle_filled(rect.center(), 12.0, fill);
    let font = TextStyle::Small.resolve(ui.style());
    let centre = eframe::egui::Align2::CENTER_CENTER;
    painter.text(rect.center(), centre, step + 1, font, ink);
}

/// What did not work, or what was done.
fn notices_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let (words, palette) = (Words(model.language), Palette::of(ui));
    let t = words.texts();
    if let Some(notice) = &model.notice {
        ui.add_space(8.0);
        let frame = Frame::new()
            .fill(palette.bad_tint)
            .corner_radius(10)
            .inner_margin(Margin::symmetric(16, 12));
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            strong_coloured_ui(ui, t.failed, TextStyle::Body, palette.bad);
            ui.label(capitalised(&words.notice(notice)));
            if ui.small_button(t.dismiss).clicked() {
                commands.add(Action::DismissNotice);
            }
        });
    }
    if let Some(said) = &model.said {
        ui.add_space(6.0);
        ui.colored_label(palette.good, format!("✔  {}", words.said(said)));
    }
    if model.is_opening {
        ui.horizontal(|ui| {
            ui.spinner();
            hint_ui(ui, t.opening);
        });
    }
}

/// The whole window shows that it takes what hovers over it.
fn hover_ui(ui: &Ui, model: &Model) {
    let hovered = ui.input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let names = hovered
        .iter()
        .filter_map(|file| file.path.as_ref()?.file_name());
    let names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let (t, palette) = (Texts::of(model.language), Palette::of(ui));
    let rect = ui.ctx().content_rect();
    let layer = LayerId::new(Order::Foreground, Id::unique("drop"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(rect, 0, palette.paper.gamma_multiply(0.92));
    let inner = rect.shrink(24.0);
    let stroke = eframe::egui::Stroke::new(3.0, palette.accent);
    let inside = eframe::egui::StrokeKind::Inside;
    painter.rect(inner, 18, palette.tint, stroke, inside);
    let words = if model.can_edit() {
        t.drop_now
    } else {
        t.drop_busy
    };
    let font = super::theme::large().resolve(ui.style());
    let centre = eframe::egui::Align2::CENTER_CENTER;
    painter.text(inner.center(), centre, words, font, palette.accent);
    let below = inner.center() + vec2(0.0, 34.0);
    let font = TextStyle::Body.resolve(ui.style());
    painter.text(
        below,
        centre,
        Words(model.language).files(&names),
        font,
        palette.soft,
    );
}
