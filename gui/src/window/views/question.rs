//! What is asked before going on: a push to where it counts, and closing while one runs.

use eframe::egui::{Frame, Id, Label, Margin, Modal, RichText, ScrollArea, TextStyle, Ui};

use super::parts::{accent_button_ui, hint_ui, strong_ui};
use crate::window::commands::{Action, Commands};
use crate::window::model::{Model, Question};
use crate::window::theme::Palette;
use crate::window::words::Words;

/// So many names of attributes are shown.
const MOST_NAMES: usize = 40;

/// Draws the question that is open.
pub(super) fn question_ui(ui: &Ui, model: &Model, commands: &mut Commands) {
    let Some(question) = model.question else {
        return;
    };
    let palette = Palette::of(ui);
    let frame = Frame::popup(ui.style())
        .fill(palette.card)
        .corner_radius(14)
        .inner_margin(Margin::same(24));
    let modal = Modal::new(Id::unique("question")).frame(frame);
    modal.show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        match question {
            Question::Push => push_ui(ui, model, commands),
            Question::Close => close_ui(ui, model, commands),
        }
    });
}

fn push_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let (words, palette) = (Words(model.language), Palette::of(ui));
    let t = words.texts();
    let (Some(checked), Some(open), Some(Ok(address))) =
        (model.checked(), &model.open, model.target.address())
    else {
        return answers_ui(ui, t.no, None, commands);
    };
    strong_ui(ui, t.confirm_title, TextStyle::Heading);
    ui.add_space(8.0);
    ui.label(words.confirm(checked, &address.to_string()));
    let audiences = checked.audiences.iter().map(|audience| &audience.name);
    let names: Vec<_> = match checked.events.is_empty() {
        true => audiences.chain(&checked.attributes).collect(),
        false => checked.events.iter().map(|event| &event.name).collect(),
    };
    let mut shown: Vec<_> = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| name.as_str())
        .collect();
    let more = words.and_more(names.len().saturating_sub(MOST_NAMES));
    if names.len() > MOST_NAMES {
        shown.push(&more);
    }
    ScrollArea::vertical().max_height(150.0).show(ui, |ui| {
        let text = RichText::new(shown.join("   ")).text_style(TextStyle::Monospace);
        ui.add(Label::new(text.color(palette.accent)).wrap());
    });
    let doubts = open.draft.doubts();
    if !doubts.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new(t.confirm_doubts).color(palette.warn));
        for doubt in doubts {
            hint_ui(ui, words.doubt(doubt, open.found.header.names()));
        }
    }
    ui.add_space(8.0);
    if !checked.events.is_empty() {
        hint_ui(ui, t.confirm_events);
    }
    hint_ui(ui, t.confirm_later);
    let yes = words.confirm_yes(checked.n_to_push());
    answers_ui(ui, t.no, Some(&yes), commands);
}

fn close_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let t = Words(model.language).texts();
    strong_ui(ui, t.close_title, TextStyle::Heading);
    ui.add_space(8.0);
    ui.label(t.close_words);
    answers_ui(ui, t.close_no, Some(t.close_yes), commands);
}

/// The answers, the careful one first.
fn answers_ui(ui: &mut Ui, no: &str, yes: Option<&str>, commands: &mut Commands) {
    ui.add_space(14.0);
    ui.horizontal(|ui| {
        if ui.button(no).clicked() {
            commands.add(Action::Answer(false));
        }
        if let Some(yes) = yes
            && accent_button_ui(ui, yes, true).clicked()
        {
            commands.add(Action::Answer(true));
        }
    });
}
