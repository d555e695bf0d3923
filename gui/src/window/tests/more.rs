//! What is seldom needed: which rows are meant, the app of events, dots in names, and the files' names; and
//! what is told about the files.

use aiq_braze::mapping::{NestedNames, Source};

use super::*;

fn mapping(window: &Window) -> &aiq_braze::Mapping {
    let open = window.state().model.open.as_ref().expect("it is open");
    open.draft.mapping()
}

fn left_out(window: &mut Window) -> u64 {
    until(window, |model| model.checked().is_some());
    let checked = window.state().model.checked();
    checked.expect("it was checked").summary.left_out
}

#[test]
fn rows_are_left_out_by_the_words_of_a_column() {
    let (_folder, mut window) = open_events();
    assert!(
        window.query_by_label("Only rows where").is_none(),
        "folded while it is unused"
    );
    click(&mut window, "More settings");
    set(&mut window, "Only rows where", "what");
    window.get_by_label_contains("Write the words, one a line");
    assert!(
        window.state().model.checked().is_none(),
        "without a word no row is meant"
    );
    let field = "One of these words";
    type_into(&mut window, Role::MultilineTextInput, field, "Bought");
    assert_eq!(left_out(&mut window), 2);
    window.key_press(Key::Enter);
    window.run_ok();
    type_into(&mut window, Role::MultilineTextInput, field, "Page Viewed");
    assert_eq!(left_out(&mut window), 0);
    let filter = mapping(&window).filter.as_ref().expect("there is one");
    assert_eq!(filter.words, ["Bought", "Page Viewed"]);
    set(&mut window, "Only rows where", "All rows");
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(mapping(&window).filter, None);
}

#[test]
fn events_name_their_app_and_dots_make_objects() {
    let (_folder, mut window) = open_events();
    click(&mut window, "More settings");
    assert!(
        window.query_by_label("App ID").is_none(),
        "only events have one"
    );
    set(&mut window, "A row says", "what a user did: an event");
    set(&mut window, "Event name", "what");
    set(&mut window, "Time of the event", "at");
    set(&mut window, "App ID", "The same for all rows…");
    assert!(
        window.state().model.checked().is_none(),
        "a value that says nothing yet"
    );
    type_into(&mut window, Role::TextInput, "App ID for all rows", "app 1");
    until(&mut window, |model| model.checked().is_some());
    let app_id = |window: &Window| match &mapping(window).rows {
        aiq_braze::mapping::Rows::Events(rule) => rule.app_id.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(app_id(&window), Some(Source::Value("app 1".to_owned())));
    click(&mut window, "Remove App ID");
    assert_eq!(app_id(&window), None);
    set(&mut window, "Names with dots", "Objects that replace");
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(mapping(&window).nested_names, NestedNames::Replace);
}

#[test]
fn the_names_of_files_have_parts() {
    let (_folder, mut window) = open_events();
    click(&mut window, "More settings");
    let field = "Names of the files";
    type_into(&mut window, Role::TextInput, field, "{who");
    assert!(
        window.state().model.checked().is_none(),
        "it is no template yet"
    );
    type_into(&mut window, Role::TextInput, field, "}.csv");
    until(&mut window, |model| model.checked().is_some());
    set(&mut window, "A row says", "who is in an audience");
    set(&mut window, "Audience ID", "who in the file name");
    set(&mut window, "Split ID", "The same for all rows…");
    let split = "Split ID for all rows";
    type_into(&mut window, Role::TextInput, split, "4");
    until(&mut window, |model| model.checked().is_some());
    let checked = window.state().model.checked().expect("it was checked");
    assert_eq!(checked.audiences[0].name, "AIQ_events_4");
}

#[test]
fn a_mapping_that_uses_it_shows_it() {
    let (folder, window) = open_events();
    drop(window);
    let path = folder.path().join("mapping.json");
    let text = r#"{"version": 1, "rows": "attributes", "where": {"column": "what", "in": ["Bought", ""]},
        "identifiers": [{"column": "customer_id", "as": "external_id"}]}"#;
    std::fs::write(&path, text).expect("there is room");
    let mut window = open(vec![folder.path().join("events.csv"), path]);
    assert_eq!(left_out(&mut window), 2);
    let words = window.get_by_role_and_label(Role::MultilineTextInput, "One of these words");
    assert_eq!(
        words.accesskit_node().value().as_deref(),
        Some("Bought\n\n")
    );
}

#[test]
fn what_was_found_out_about_the_files_is_told() {
    let folder = tempfile::tempdir().expect("there is room");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("there is room");
    };
    write("part-1.csv", b"external_id,city\nu1,Logro\xF1o\n");
    write("part-2.csv", b"external_id,city\nu2,M\xE1laga\n");
    write("_SUCCESS", b"");
    let mut window = open(vec![folder.path().to_owned()]);
    until(&mut window, |model| model.checked().is_some());
    window.get_by_label_contains("part-1.csv and 1 more file: read as Windows-1252");
    window.get_by_label("_SUCCESS: passed over: a mark that says that something is done");
    press(&mut window, Command::SwitchLanguage);
    window.get_by_label_contains("part-1.csv y 1 archivo más: leído como Windows-1252");
    window.get_by_label("_SUCCESS: omitido: una marca que indica que algo está hecho");
}
