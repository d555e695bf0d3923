//! Step 1: what the export is, how its files are packed and written, and its first rows.

use eframe::egui::{Align, Color32, Layout, RichText, ScrollArea, TextStyle, Ui, vec2};
use egui_extras::{Column, TableBuilder};

use super::parts::{hint_ui, strong_ui};
use crate::window::model::{Model, Opened};
use crate::window::theme::Palette;
use crate::window::words::Words;

const ROW_HEIGHT: f32 = 25.0;
/// So many rows are seen without scrolling.
const N_SEEN: f32 = 8.0;

/// Draws the export.
pub(super) fn export_ui(ui: &mut Ui, open: &Opened, model: &Model) {
    let words = Words(model.language);
    strong_ui(ui, &words.files(&open.export.names()), TextStyle::Body);
    let facts = words.facts(open.export.n_bytes(), &open.found);
    hint_ui(ui, facts.join("  ·  "));
    for note in open.export.notes() {
        hint_ui(ui, words.note(note));
    }
    ui.add_space(12.0);
    hint_ui(ui, words.first_rows(open.found.sample.len()));
    ui.add_space(4.0);
    sample_ui(ui, open, words);
}

fn sample_ui(ui: &mut Ui, open: &Opened, words: Words) {
    let (t, palette) = (words.texts(), Palette::of(ui));
    let (names, rows) = (open.found.header.names(), &open.found.sample);
    ScrollArea::horizontal()
        .id_salt("sample")
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let style = ui.style_mut();
            style.spacing.item_spacing = vec2(18.0, 0.0);
            // Where columns can be made wider shows when the pointer is there.
            style.visuals.widgets.noninteractive.bg_stroke.color = Color32::TRANSPARENT;
            style.wrap_mode = Some(eframe::egui::TextWrapMode::Truncate);
            let height = ROW_HEIGHT * (rows.len() as f32).min(N_SEEN);
            let table = TableBuilder::new(ui)
                .id_salt(("sample", names.len()))
                .striped(false)
                .resizable(true)
                .cell_layout(Layout::left_to_right(Align::Center))
                .min_scrolled_height(height)
                .max_scroll_height(height)
                .auto_shrink([false, true]);
            let table = (0..names.len()).fold(table, |table, column| {
                let width = width(names, rows, column);
                table.column(Column::initial(width).at_least(48.0).clip(true))
            });
            let table = table.header(26.0, |mut header| {
                for name in names {
                    header.col(|ui| {
                        let text = RichText::new(name).text_style(TextStyle::Monospace);
                        ui.label(text.color(palette.accent));
                    });
                }
            });
            table.body(|body| {
                body.rows(ROW_HEIGHT, rows.len(), |mut row| {
                    let cells = &rows[row.index()];
                    for column in 0..names.len() {
                        row.col(|ui| match cells.get(column).map(String::as_str) {
                            Some("") => {
                                hint_ui(ui, t.empty_cell);
                            }
                            Some(text) => {
                                ui.label(text);
                            }
                            None => {}
                        });
                    }
                });
            });
        });
}

/// How wide a column starts: as its texts need, within bounds.
fn width(names: &[String], rows: &[Vec<String>], column: usize) -> f32 {
    let cells = rows.iter().take(50).filter_map(|row| row.get(column));
    let n_chars = cells.map(|cell| cell.chars().count()).max().unwrap_or(0) as f32;
    let n_name = names[column].chars().count() as f32;
    (n_chars * 8.8).max(n_name * 8.2).clamp(60.0, 220.0)
}
