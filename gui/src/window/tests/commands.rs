//! The list of commands, and the words: walked from end to end.

use aiq_braze::Language;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, open, open_example, press};
use crate::window::commands::Command;
use crate::window::texts::{PAIRS, Texts};

#[test]
fn texts_are_there_and_translated() {
    for (name, english, spanish) in PAIRS {
        assert!(!english.is_empty() && !spanish.is_empty(), "{name}");
        if *name != "real" {
            assert_ne!(english, spanish, "{name}");
        }
        assert_eq!(english.ends_with('…'), spanish.ends_with('…'), "{name}");
    }
}

#[test]
fn commands_have_names_keys_and_a_place_in_the_menu() {
    let mut window = open_example();
    for (place, command) in Command::ALL.iter().enumerate() {
        assert!(
            !Command::ALL[..place].contains(command),
            "{command:?} stands twice"
        );
        let earlier = Command::ALL[..place].iter();
        let same_key = earlier.filter(|other| other.shortcut() == command.shortcut());
        assert_eq!(
            same_key.count(),
            0,
            "{command:?} has a key that another has"
        );
        assert!(command.shortcut().is_some(), "{command:?}");
    }
    for language in [Language::English, Language::Spanish] {
        let t = Texts::of(language);
        window.state_mut().model.language = language;
        window.run_ok();
        click(&mut window, t.menu);
        let model = &window.state().model;
        for command in Command::ALL {
            assert!(!command.tooltip(t).is_empty(), "{command:?}");
            let keys = command
                .shortcut()
                .map(|keys| window.ctx.format_shortcut(&keys));
            let label = format!("{} {}", command.label(t), keys.unwrap_or_default());
            let items = window.query_all_by_label(&label);
            let mut items = items;
            let item = items.next_back();
            let item = item.unwrap_or_else(|| panic!("{command:?} is not in the menu"));
            let is_disabled = item.accesskit_node().is_disabled();
            assert_eq!(!is_disabled, command.is_enabled(model), "{command:?}");
        }
        window.key_press(Key::Escape);
        window.run_ok();
    }
}

#[test]
fn without_an_export_only_opening_and_looks_are_possible() {
    let window = open(Vec::new());
    let model = &window.state().model;
    let possible: Vec<_> = Command::ALL
        .iter()
        .filter(|command| command.is_enabled(model))
        .collect();
    use Command::*;
    let wanted = [
        Open,
        TypePath,
        SwitchLanguage,
        SwitchTheme,
        FollowSystemTheme,
        ZoomIn,
        ZoomOut,
        ActualSize,
        Close,
    ];
    assert_eq!(possible, wanted.iter().collect::<Vec<_>>());
}

#[test]
fn keys_change_the_looks() {
    let mut window = open(Vec::new());
    let theme = window.ctx.theme();
    press(&mut window, Command::SwitchTheme);
    assert_ne!(window.ctx.theme(), theme);
    press(&mut window, Command::ZoomIn);
    assert!(window.ctx.zoom_factor() > 1.0);
    press(&mut window, Command::ActualSize);
    assert_eq!(window.ctx.zoom_factor(), 1.0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Equals);
    window.run_ok();
    assert!(window.ctx.zoom_factor() > 1.0);
}
