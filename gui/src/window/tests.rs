//! The window without a display: the real application, its widgets found by their names.
//!
//! Nothing sleeps: a test that needs a worker's news waits on the channel that brings it.

mod commands;
mod draft;
mod more;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aiq_braze::{Account, Language};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::app::App;
use super::commands::Command;
use super::model::{CheckPhase, Model, Push};
use crate::sandbox::{Fault, Options, Sandbox};

type Window = Harness<'static, App>;

/// High enough that nothing lies below the window's end.
const SIZE: [f32; 2] = [1180.0, 4000.0];

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/exports/audience.csv")
}

fn open(files: Vec<PathBuf>) -> Window {
    let mut window = Harness::builder()
        .allow_missing_glyphs()
        .with_size(SIZE)
        .build_eframe(|creation| {
            let mut app = App::new(&creation.egui_ctx, Language::English, files);
            app.model.target.forget_key(); // whatever this machine's environment holds
            app
        });
    window.run_ok();
    window
}

/// The window with the example, checked.
fn open_example() -> Window {
    let mut window = open(vec![example()]);
    until(&mut window, |model| model.checked().is_some());
    window
}

/// Lets the window work until this holds.
#[track_caller]
fn until(window: &mut Window, holds: impl Fn(&Model) -> bool) {
    window.run_ok();
    while !holds(&window.state().model) {
        let ctx = window.ctx.clone();
        window.state_mut().wait(&ctx);
        window.run_ok();
    }
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run_ok();
}

fn press(window: &mut Window, command: Command) {
    let shortcut = command.shortcut().expect("every command has a key");
    window.key_press_modifiers(shortcut.modifiers, shortcut.logical_key);
    window.run_ok();
}

/// Clicks an item of the list that is open.
fn choose(window: &Window, label: &str) {
    let mut choices = window.query_all_by_label(label);
    let choice = choices.rfind(|node| node.accesskit_node().role() == Role::Button);
    choice.expect("it is a choice").click();
}

fn type_into(window: &mut Window, role: Role, label: &str, text: &str) {
    window.get_by_role_and_label(role, label).focus();
    window.run_ok();
    window.get_by_role_and_label(role, label).type_text(text);
    window.run_ok();
}

fn account(window: &Window) -> Account {
    let ended = window.state().model.push.ended();
    ended.expect("the push has ended").report.account
}

#[test]
fn an_export_goes_all_the_way_into_the_sandbox() {
    let mut window = open_example();
    window.get_by_label("audience.csv");
    let identifier = window.get_by_role_and_label(Role::ComboBox, "Identifier");
    assert_eq!(
        identifier.accesskit_node().value().as_deref(),
        Some("customer_id")
    );
    window.get_by_label("rows rejected");
    assert_eq!(n_rejected(&window), 12);
    assert!(
        window
            .state()
            .window_title()
            .contains("5,000 rows, 12 rejected")
    );

    // Both certain fixes, one click each.
    click(&mut window, "Apply: use \"first_name\"");
    until(&mut window, |model| model.checked().is_some());
    click(&mut window, "Apply: use \"tier\"");
    until(&mut window, |model| model.checked().is_some());
    assert!(window.query_by_label_contains("Apply:").is_none());
    let attributes = &window
        .state()
        .model
        .checked()
        .expect("it was checked")
        .attributes;
    assert!(attributes.iter().any(|name| name == "first_name"));
    assert!(attributes.iter().any(|name| name == "tier"));

    click(&mut window, "Push 4,988 rows to the sandbox");
    until(&mut window, |model| model.push.ended().is_some());
    let account = account(&window);
    assert_eq!(
        (account.accepted, account.rejected, account.rows),
        (4988, 12, 5000)
    );
    assert!(account.is_balanced());
    for label in ["accepted by the sandbox", "4,988", "all rows", "AIQ_1042_1"] {
        assert!(window.query_all_by_label(label).next().is_some(), "{label}");
    }
    assert!(
        window
            .state()
            .window_title()
            .contains("4,988 accepted, 12 rejected")
    );
    window.get_by_label("Open the sandbox’s page");
}

fn n_rejected(window: &Window) -> u64 {
    let checked = window.state().model.checked();
    checked.expect("it was checked").summary.rejected
}

#[test]
fn the_identifier_can_be_another_column_and_comes_back() {
    let mut window = open_example();
    for (column, n_wanted) in [("last_name", None), ("customer_id", Some(12))] {
        window
            .get_by_role_and_label(Role::ComboBox, "Identifier")
            .click();
        window.run_ok();
        choose(&window, column);
        until(&mut window, |model| model.checked().is_some());
        let open = window.state().model.open.as_ref().expect("it is open");
        let first = open.draft.identifiers().next();
        let (column_idx, _) = first.expect("there is one");
        assert_eq!(
            open.found.header.name(column_idx.expect("it exists")),
            Some(column)
        );
        if let Some(n_wanted) = n_wanted {
            assert_eq!(n_rejected(&window), n_wanted);
        } else {
            assert_ne!(n_rejected(&window), 12);
        }
    }
}

/// Sets a combo box to one of its choices.
fn set(window: &mut Window, combo: &str, choice: &str) {
    window.get_by_role_and_label(Role::ComboBox, combo).click();
    window.run_ok();
    choose(window, choice);
    window.run_ok();
}

/// Rows that can be events: a time without a zone, and an alias.
const EVENTS: &str = "customer_id,crm,what,at,amount,born,tags\n\
    u1,c1,Page Viewed,2026-01-02 03:04:05,1.10,03/02/1999,a|b\n\
    u1,c1,Page Viewed,2026-01-02 03:04:05,1.10,03/02/1999,a\n\
    u2,c2,Bought,2026-07-02T03:04:05Z,5,31/12/2001,\n";

fn open_events() -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("events.csv");
    std::fs::write(&path, EVENTS).expect("there is room");
    let mut window = open(vec![path]);
    until(&mut window, |model| model.checked().is_some());
    (folder, window)
}

#[test]
fn rows_become_events_and_reach_the_sandbox() {
    let (_folder, mut window) = open_events();
    set(&mut window, "A row says", "what a user did: an event");
    assert!(
        window.state().model.checked().is_none(),
        "half a form is checked by nobody"
    );
    set(&mut window, "Event name", "what");
    set(&mut window, "Time of the event", "at");
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(n_rejected(&window), 2, "times without a zone");
    type_into(
        &mut window,
        Role::TextInput,
        "Time zone of at",
        "Europe/Madrid",
    );
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(n_rejected(&window), 0);
    let checked = window.state().model.checked().expect("it was checked");
    let events: Vec<_> = checked
        .events
        .iter()
        .map(|event| (&*event.name, event.count))
        .collect();
    assert_eq!(events, [("Bought", 1), ("Page Viewed", 2)]);
    window.get_by_label("events");
    press(&mut window, Command::Push);
    until(&mut window, |model| model.push.ended().is_some());
    assert_eq!(account(&window).accepted, 3);
    window.get_by_label("Accepted means queued: the events follow within minutes");
}

#[test]
fn an_event_may_have_a_fixed_name_with_spaces_in_it() {
    let (_folder, mut window) = open_events();
    set(&mut window, "A row says", "what a user did: an event");
    set(&mut window, "Event name", "The same for all rows…");
    set(&mut window, "Time of the event", "at");
    let field = "Event name for all rows";
    for text in ["Page", " ", "Viewed"] {
        type_into(&mut window, Role::TextInput, field, text);
    }
    type_into(&mut window, Role::TextInput, "Time zone of at", "tokyo");
    assert!(
        window.state().model.checked().is_none(),
        "there is no such zone"
    );
    set(&mut window, "Zones of at", "Asia/Tokyo");
    until(&mut window, |model| model.checked().is_some());
    let checked = window.state().model.checked().expect("it was checked");
    assert_eq!(
        (checked.events[0].name.as_str(), checked.events[0].count),
        ("Page Viewed", 3)
    );
    let open = window.state().model.open.as_ref().expect("it is open");
    assert_eq!(open.draft.written(3).zone, Some("Asia/Tokyo"));
}

#[test]
fn columns_have_every_type_and_say_how_they_are_written() {
    let (_folder, mut window) = open_events();
    set(&mut window, "Send born as", "Date");
    type_into(&mut window, Role::TextInput, "Format of born", "dd/MM/yyyy");
    set(&mut window, "Send tags as", "List of texts");
    type_into(&mut window, Role::TextInput, "Separator of tags", "|");
    set(&mut window, "Send at as", "Date and time");
    type_into(&mut window, Role::TextInput, "Time zone of at", "UTC");
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(n_rejected(&window), 0);
    let open = window.state().model.open.as_ref().expect("it is open");
    let plan = open.draft.plan().expect("it can be run");
    let kinds: Vec<_> = plan
        .attributes()
        .map(|(_, name, kind)| format!("{name} {}", kind.as_str()))
        .collect();
    assert_eq!(
        kinds[2..],
        ["at time", "amount number", "born date", "tags list"]
    );
    for kind in [
        "Whole number",
        "JSON as it is",
        "Number",
        "True or false",
        "Text",
        "Leave out",
    ] {
        set(&mut window, "Send tags as", kind);
        let combo = window.get_by_role_and_label(Role::ComboBox, "Send tags as");
        assert_eq!(combo.accesskit_node().value().as_deref(), Some(kind));
    }
}

#[test]
fn an_alias_has_its_label_and_further_identifiers_can_be_removed() {
    let (folder, mut window) = open_events();
    set(&mut window, "Identifier", "crm");
    set(&mut window, "which in Braze is the", "user_alias");
    assert!(
        window.state().model.checked().is_none(),
        "there is no label yet"
    );
    type_into(&mut window, Role::TextInput, "under the label", "crm id");
    until(&mut window, |model| model.checked().is_some());

    let path = folder.path().join("mapping.json");
    let text = r#"{"version": 1, "rows": "audience", "file_name": "{audience_id}.csv",
        "identifiers": [{"column": "customer_id", "as": "external_id"}, {"column": "crm", "as": "phone"}],
        "audience": {"id": {"file_part": "audience_id"}, "split": {"value": "1"}}}"#;
    std::fs::write(&path, text).expect("there is room");
    let mut window = open(vec![folder.path().join("events.csv"), path]);
    until(&mut window, |model| model.checked().is_some());
    let id = window.get_by_role_and_label(Role::ComboBox, "Audience ID");
    assert_eq!(
        id.accesskit_node().value().as_deref(),
        Some("audience_id in the file name")
    );
    let checked = window.state().model.checked().expect("it was checked");
    assert_eq!(checked.audiences[0].name, "AIQ_events_1");
    click(&mut window, "Remove crm");
    until(&mut window, |model| model.checked().is_some());
    assert!(window.query_by_label("Remove crm").is_none());
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody needs the bytes: the file is read by its path".to_owned())
    }
}

fn drop_file(window: &mut Window, path: PathBuf) {
    window
        .input_mut()
        .dropped_files
        .push(Arc::new(Dropped(path)));
    window.step();
}

#[test]
fn files_can_be_dropped_a_mapping_among_them() {
    let mut window = open(Vec::new());
    window.get_by_label("Drop an export anywhere in this window");
    drop_file(&mut window, example().with_file_name("mapping.json"));
    window.run_ok();
    window.get_by_label("A mapping needs an export: load one first");

    drop_file(&mut window, example());
    until(&mut window, |model| model.checked().is_some());
    window.get_by_label("audience.csv");

    drop_file(&mut window, example().with_file_name("mapping.json"));
    until(&mut window, |model| {
        model.said.is_some() && model.checked().is_some()
    });
    assert!(window.query_by_label_contains("Apply:").is_none());
    assert_eq!(n_rejected(&window), 12);
}

#[test]
fn a_path_can_be_typed_and_a_wrong_one_is_said_so() {
    let mut window = open(Vec::new());
    type_into(
        &mut window,
        Role::TextInput,
        "Path of an export",
        "/no/such.csv",
    );
    click(&mut window, "Load");
    until(&mut window, |model| model.notice.is_some());
    window.get_by_label_contains("there is no such file");
    click(&mut window, "Dismiss");
    window.state_mut().model.path_text.clear();
    let path = example().display().to_string();
    type_into(&mut window, Role::TextInput, "Path of an export", &path);
    window.key_press(Key::Enter);
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(n_rejected(&window), 12);
}

#[test]
fn a_cancelled_check_says_nothing_more() {
    let mut window = open(Vec::new());
    drop_file(&mut window, example());
    let ctx = window.ctx.clone();
    // News change the model in this thread only, so the check that was just started is running for us.
    while !window.state().model.is_checking() {
        window.state_mut().wait(&ctx);
    }
    window.state_mut().cancel();
    window.run_ok();
    window.get_by_label("Stopped before the end");
    let open = window.state().model.open.as_ref().expect("it is open");
    assert!(matches!(open.check.phase, CheckPhase::Cancelled));
    press(&mut window, Command::CheckAgain);
    until(&mut window, |model| model.checked().is_some());
    assert_eq!(n_rejected(&window), 12);
}

/// A server that is not the built-in sandbox, filled in as Braze would be.
fn aim_at(window: &mut Window, sandbox: &Sandbox) {
    click(window, "Braze");
    type_into(window, Role::TextInput, "Endpoint", &sandbox.url());
    type_into(window, Role::PasswordInput, "API key", sandbox.key());
    window.key_press(Key::Tab);
    window.run_ok();
    window.get_by_label_contains("A key was typed in");
}

#[test]
fn a_push_to_where_it_counts_is_asked_for() {
    let sandbox = Sandbox::start(Options::default()).expect("the loopback has free ports");
    let mut window = open_example();
    aim_at(&mut window, &sandbox);
    let shown = format!("{:?}", window.state().model);
    assert!(
        !shown.contains("\"sandbox\""),
        "the key is in no text: {shown}"
    );
    press(&mut window, Command::Push);
    window.get_by_label_contains("4,988 rows go to http://127.0.0.1:");
    window.get_by_label_contains("\"customer_id\" is the external_id");
    // Escape is a no.
    press(&mut window, Command::Cancel);
    assert!(window.query_by_label("Push to Braze?").is_none());
    assert_eq!(sandbox.report().requests, 0);

    click(&mut window, "Push 4,988 rows to Braze…");
    click(&mut window, "Push 4,988 rows");
    until(&mut window, |model| model.push.ended().is_some());
    assert_eq!(account(&window).accepted, 4988);
    assert_eq!(sandbox.report().accepted, 4988);
    window.get_by_label("accepted by Braze");
}

#[test]
fn a_waiting_push_can_be_cancelled_and_accounts_for_all_rows() {
    let put_off = Fault::Status {
        status: 429,
        retry_after_secs: Some(3600),
    };
    let options = Options {
        faults: vec![Fault::None, put_off],
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).expect("the loopback has free ports");
    let mut window = open_example();
    aim_at(&mut window, &sandbox);
    press(&mut window, Command::Push);
    click(&mut window, "Push 4,988 rows");
    until(&mut window, |model| {
        matches!(
            &model.push,
            Push::Running {
                waiting: Some(_),
                ..
            }
        )
    });
    // 3,600 seconds, but for those that the requests beside it still took.
    window.get_by_label_contains("s: over the rate limit (429)");
    assert!(!Command::Open.is_enabled(&window.state().model));
    drop_file(&mut window, example());
    window.run_ok();
    window.get_by_label("A push is running: wait for its end, or cancel it");

    // Closing the window is asked about, and can be thought better of.
    let viewport = window.input_mut().viewports.get_mut(&ViewportId::ROOT);
    let viewport = viewport.expect("there is a window");
    viewport.events.push(ViewportEvent::Close);
    window.run_ok();
    window.get_by_label("Stop the push and close?");
    click(&mut window, "Keep pushing");
    assert!(window.state().model.push.is_running());
    press(&mut window, Command::Cancel);
    until(&mut window, |model| model.push.ended().is_some());
    let account = account(&window);
    assert_eq!(account.accepted + account.pending, 4988);
    assert!(account.is_balanced() && account.pending > 0);
    window.get_by_label("Cancelled");
    window.get_by_label("not sent yet");
    window.get_by_label_contains("aiq-braze resume 1 --endpoint http://127.0.0.1:");

    // What is left, and nothing else, is sent another time.
    click(&mut window, "Continue");
    until(&mut window, |model| {
        model
            .push
            .ended()
            .is_some_and(|ended| ended.report.account.pending == 0)
    });
    assert_eq!(self::account(&window).accepted, 4988);
    assert_eq!(sandbox.report().accepted, 4988);
    assert!(!Command::Continue.is_enabled(&window.state().model));
}

#[test]
fn everything_is_said_in_spanish_too() {
    let mut window = open_example();
    press(&mut window, Command::SwitchLanguage);
    for label in [
        "Exportación",
        "Mapeo",
        "Revisión",
        "Envío",
        "filas rechazadas",
    ] {
        assert!(window.query_all_by_label(label).next().is_some(), "{label}");
    }
    window.get_by_label_contains("Sin identificador");
    click(&mut window, "Enviar 4988 filas al entorno de prueba");
    until(&mut window, |model| model.push.ended().is_some());
    window.get_by_label("aceptadas por el entorno de prueba");
    press(&mut window, Command::SwitchLanguage);
    window.get_by_label("accepted by the sandbox");
}
