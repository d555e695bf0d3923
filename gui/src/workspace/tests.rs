//! Homes in folders that vanish.

use std::thread;

use super::*;

/// Where tests of this crate keep workspaces: in no folder of the user's.
pub(super) fn shared_home() -> Home {
    static FOLDER: std::sync::LazyLock<tempfile::TempDir> =
        std::sync::LazyLock::new(|| tempfile::tempdir().expect("there is room for a folder"));
    Home::at(FOLDER.path())
}

fn settings(endpoint: &str) -> Settings {
    Settings {
        address: Address::parse(endpoint).unwrap(),
        limits: Limits::default(),
        confirms_name: false,
    }
}

fn home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    (folder, home)
}

#[test]
fn what_is_added_is_there() {
    let (folder, home) = home();
    assert_eq!(home.workspaces(), Ok(Vec::new()));
    let given = Settings {
        limits: "3000/3s,250000/h"
            .parse::<Limits>()
            .unwrap()
            .with_share("80%".parse().unwrap()),
        confirms_name: true,
        ..settings("EU-01")
    };
    let added = home.add("EU-live", given.clone()).unwrap();
    home.add("test", settings("http://127.0.0.1:8400")).unwrap();
    assert_eq!(added.settings(), &given);
    assert_eq!(added.folder(), folder.path().join("workspaces/eu-live"));
    assert_eq!(home.workspace("eu-LIVE"), Ok(added));
    let names: Vec<_> = home.workspaces().unwrap();
    let names: Vec<_> = names.iter().map(Workspace::name).collect();
    assert_eq!(names, ["EU-live", "test"]);
    assert_eq!(
        fs::read_to_string(home.list()).unwrap(),
        r#"{
  "version": 1,
  "workspaces": [
    {
      "name": "EU-live",
      "endpoint": "https://rest.fra-01.braze.eu",
      "limits": "3000/3s,250000/h",
      "share": "80%",
      "confirm_name": true
    },
    {
      "name": "test",
      "endpoint": "http://127.0.0.1:8400",
      "limits": "3000/3s",
      "share": "100%",
      "confirm_name": false
    }
  ]
}
"#
    );
}

#[test]
fn names_are_plain_and_their_own() {
    let (_folder, home) = home();
    let long = "a".repeat(64);
    for name in ["a", "eu-live", "EU_1", &long] {
        home.add(name, settings("EU-01")).unwrap();
    }
    let longer = "a".repeat(65);
    for name in [
        "", "a b", "a.b", "../a", "a/b", "é", "Sandbox", "NUL", "com1", &longer,
    ] {
        let said = home.add(name, settings("EU-01")).unwrap_err().to_string();
        assert!(said.starts_with("found the name \""), "{said}");
    }
    for name in ["A", "EU-LIVE", "eu_live", "eu-1"] {
        let said = home.add(name, settings("EU-01")).unwrap_err().to_string();
        assert!(said.contains("no other workspace has"), "{said}");
    }
    let said = home.workspace("us").unwrap_err().to_string();
    assert!(said.contains("there are a, eu-live, EU_1"), "{said}");
}

#[test]
fn what_is_removed_leaves_nothing() {
    let (folder, home) = home();
    let added = home.add("eu", settings("EU-01")).unwrap();
    home.add("us", settings("US-01")).unwrap();
    fs::write(added.folder().join("ledger"), "").unwrap();
    assert_eq!(added.files(), Ok(vec![added.folder().join("ledger")]));
    home.remove("EU").unwrap();
    assert!(!added.folder().exists());
    assert_eq!(home.workspaces().unwrap().len(), 1);
    assert!(home.remove("eu").is_err());
    fs::remove_dir_all(folder.path().join("workspaces")).unwrap();
    home.remove("us").unwrap(); // whose folder somebody has erased
}

#[test]
fn a_push_without_a_workspace_has_a_folder_of_its_own() {
    let (folder, home) = home();
    for (endpoint, name) in [
        ("EU-01", "rest.fra-01.braze.eu+443"),
        ("http://localhost", "localhost+80"),
        ("http://127.0.0.1:8400", "127.0.0.1+8400"),
        ("http://[::1]:8400", "++1+8400"),
        ("https://[::1]", "++1+443"),
    ] {
        let implied = home.implied(&Address::parse(endpoint).unwrap());
        assert_eq!(implied.name(), name);
        assert!(name.parse::<Name>().is_err(), "{name}");
        implied.make_folder().unwrap();
        assert!(folder.path().join("workspaces").join(name).is_dir());
    }
    assert_eq!(home.workspaces(), Ok(Vec::new()));
}

#[test]
fn a_list_that_cannot_be_read_is_told_and_left_alone() {
    let (_folder, home) = home();
    let of_entry = |entry: &str| format!(r#"{{"version":1,"workspaces":[{entry}]}}"#);
    let eu = r#"{"name":"eu","endpoint":"EU-01"}"#;
    for (text, expected) in [
        (String::new(), "EOF while parsing"),
        ("garbage".to_owned(), "expected value at line 1 column 1"),
        (
            r#"{"version":2,"bases":[]}"#.to_owned(),
            "found a list of version 2, expected version 1",
        ),
        (
            r#"{"version":1,"workspaces":[],"x":1}"#.to_owned(),
            "unknown field `x`",
        ),
        (of_entry(r#"{"name":"eu"}"#), "missing field `endpoint`"),
        (
            of_entry(r#"{"name":"eu","endpoint":"EU-01","colour":1}"#),
            "unknown field `colour`",
        ),
        (
            of_entry(r#"{"name":"eu","endpoint":"XX-01"}"#),
            "which is no instance of Braze",
        ),
        (
            of_entry(r#"{"name":"eu","endpoint":"EU-01","limits":"3"}"#),
            "found the limit \"3\"",
        ),
        (
            of_entry(r#"{"name":"eu","endpoint":"EU-01","share":"0%"}"#),
            "found the share \"0%\"",
        ),
        (
            of_entry(r#"{"name":"../eu","endpoint":"EU-01"}"#),
            "found the name \"../eu\"",
        ),
        (
            of_entry(&format!("{eu},{}", eu.replace("eu", "EU"))),
            "no other workspace has",
        ),
        (" ".repeat(2 << 20), "found more than 1 MiB"),
    ] {
        fs::write(home.list(), &text).unwrap();
        let errors = [
            home.workspaces().unwrap_err(),
            home.add("us", settings("US-01")).unwrap_err(),
            home.remove("eu").unwrap_err(),
        ];
        for said in errors.map(|error| error.to_string()) {
            let path = home.list().display().to_string();
            assert!(said.starts_with(&path) && said.contains(expected), "{said}");
            assert!(said.ends_with("Nothing in it was changed"), "{said}");
        }
        assert_eq!(fs::read_to_string(home.list()).unwrap(), text);
    }
    fs::write(home.list(), of_entry(eu)).unwrap();
    assert_eq!(home.workspace("eu").unwrap().settings(), &settings("EU-01"));
}

#[test]
fn two_that_add_at_once_lose_nothing() {
    let (_folder, home) = home();
    thread::scope(|scope| {
        for number in 0..8 {
            let home = &home;
            scope.spawn(move || home.add(&format!("w{number}"), settings("EU-01")).unwrap());
        }
    });
    assert_eq!(home.workspaces().unwrap().len(), 8);
}

#[test]
fn a_home_is_named_by_its_full_path() {
    for path in ["", "home", "./home"] {
        let said = Home::said_by(Some(path.into())).unwrap_err().to_string();
        assert!(said.starts_with("AIQ_BRAZE_HOME: found"), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let home = Home::said_by(Some(folder.path().into())).unwrap();
    assert_eq!(home.folders(), [folder.path(); 2]);
}

#[test]
fn a_home_that_is_a_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("home");
    fs::write(&file, "mine").unwrap();
    for home in [Home::at(&file), Home::at(&file.join("below"))] {
        let said = home.add("eu", settings("EU-01")).unwrap_err().to_string();
        assert!(
            said.contains("found no folder and could make none"),
            "{said}"
        );
        assert!(said.contains("AIQ_BRAZE_HOME"), "{said}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn all_of_it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(&folder.path().join("new"));
    let added = home.add("eu", settings("EU-01")).unwrap();
    let of = |path: &Path| mode(path).unwrap();
    let [config, _] = home.folders();
    assert_eq!([of(config), of(added.folder())], [0o700; 2]);
    assert_eq!([of(&home.list()), of(&config.join(LOCK))], [0o600; 2]);

    fs::set_permissions(config, fs::Permissions::from_mode(0o777)).unwrap();
    let said = home.add("us", settings("US-01")).unwrap_err().to_string();
    assert!(
        said.contains("others may write to") && said.contains("chmod 700"),
        "{said}"
    );
}

#[test]
fn a_workspace_that_somebody_works_in_is_not_removed() {
    let (_folder, home) = home();
    let workspace = home.add("eu", settings("EU-01")).unwrap();
    let ledger = ledger::Ledger::open(workspace.folder(), "a push").unwrap();
    let error = home.remove("eu").unwrap_err().to_string();
    let holder = format!("process {} (a push)", std::process::id());
    assert!(error.contains(&holder) && error.contains("eu"), "{error}");
    assert_eq!(home.workspace("eu"), Ok(workspace.clone()));
    assert!(workspace.folder().join("ledger.sqlite").exists());
    drop(ledger);
    home.remove("eu").unwrap();
    assert!(!workspace.folder().exists());
    // One whose folder is not there is no less removed.
    let workspace = home.add("us", settings("US-01")).unwrap();
    fs::remove_dir(workspace.folder()).unwrap();
    home.remove("us").unwrap();
    assert!(!workspace.folder().exists());
}
