//! The desktop window: the same four steps as the page (Export, Mapping, Check, Push), made from the
//! same core by the same pipeline and push as the shell's.
//!
//! | file | holds |
//! |---|---|
//! | `model` | what is shown, with no type of egui's |
//! | `commands` | what a user can do: one list for menu, buttons and keyboard |
//! | `events` | what workers tell |
//! | `work` | the workers: threads that are never waited for |
//! | `app` | runs commands and takes events, between frames |
//! | `views` | draws the model and collects commands |
//! | `texts`, `words`, `errors` | English and Spanish |
//! | `theme` | colours and sizes |

mod app;
mod commands;
mod errors;
mod events;
mod model;
#[cfg(all(test, feature = "window-tests"))]
mod tests;
mod texts;
mod theme;
mod views;
mod words;
mod work;

use std::path::PathBuf;

use aiq_braze::Language;
use eframe::egui::{IconData, ViewportBuilder};

use self::app::App;

/// Opens the window with the files loaded, and comes back when it is closed.
///
/// # Errors
///
/// When there is no window to be had, in words for the user.
pub fn open(files: Vec<PathBuf>) -> Result<(), String> {
    let viewport = ViewportBuilder::default()
        .with_title("aiq-braze")
        .with_app_id("aiq-braze")
        .with_icon(icon())
        .with_inner_size([1180.0, 860.0])
        .with_min_inner_size([720.0, 480.0])
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions {
        viewport,
        persist_window: false,
        ..Default::default()
    };
    let language = language();
    let opened = eframe::run_native(
        "aiq-braze",
        options,
        Box::new(move |creation| Ok(Box::new(App::new(&creation.egui_ctx, language, files)))),
    );
    opened.map_err(|error| {
        format!(
            "found no display to open a window on, expected one of X11 or Wayland with OpenGL: {error}. \
             The same work is done by the subcommands: aiq-braze --help"
        )
    })
}

/// The system's language, where the environment names one.
fn language() -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let mut values = names.iter().filter_map(|name| std::env::var(name).ok());
    match values.find(|value| !value.is_empty()) {
        Some(value) if value.starts_with("es") => Language::Spanish,
        _ => Language::English,
    }
}

/// The program's mark as a picture: lines that become an arrow.
fn icon() -> IconData {
    const SIZE: i32 = 64;
    let mut rgba = Vec::new();
    for y in 0..SIZE {
        for x in 0..SIZE {
            let is_line = [22, 32, 42].contains(&(y / 2 * 2))
                && (16..if y / 2 * 2 == 32 { 28 } else { 34 }).contains(&x);
            let is_arrow = (22..=42).contains(&y) && (x - (48 - (y - 32).abs())).abs() <= 2;
            let (dx, dy) = (edge(x, SIZE), edge(y, SIZE));
            let is_outside = dx * dx + dy * dy > 256;
            rgba.extend(match (is_outside, is_line || is_arrow) {
                (true, _) => [0, 0, 0, 0],
                (false, true) => [255, 255, 255, 255],
                (false, false) => [0x5b, 0x3f, 0xd6, 255],
            });
        }
    }
    IconData {
        rgba,
        width: SIZE as u32,
        height: SIZE as u32,
    }
}

/// How far a point lies in the rounded part of a side: 0 between the corners.
fn edge(at: i32, size: i32) -> i32 {
    const RADIUS: i32 = 16;
    (RADIUS - at).max(at - (size - 1 - RADIUS)).max(0)
}
