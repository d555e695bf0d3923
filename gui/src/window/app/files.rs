//! Exports, mappings and rejects: what is read, what is written, and the check between.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use super::App;
use crate::window::events::{MappingError, MappingResult, Purpose};
use crate::window::model::{Draft, Notice, Origin, Said};

impl App {
    /// Loads an export, a mapping (JSON), or both.
    pub(super) fn open_paths(&mut self, paths: Vec<PathBuf>) {
        if !self.model.can_edit() {
            return self.model.fail(Notice::Busy);
        }
        let is_mapping = |path: &PathBuf| {
            let end = path.extension();
            end.is_some_and(|end| end.eq_ignore_ascii_case("json"))
        };
        let (mappings, mut files): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_mapping);
        let mapping = mappings.into_iter().next();
        if !files.is_empty() {
            files.sort_by_cached_key(|path| natural(path));
            self.model.is_opening = true;
            self.work.open(files, mapping, false);
        } else if let Some(path) = mapping {
            self.read_mapping(path);
        }
    }

    pub(super) fn read_mapping(&mut self, path: PathBuf) {
        match &self.model.open {
            Some(open) => self.work.read_mapping(path, open.export.clone()),
            None => self.model.fail(Notice::MappingWithoutExport),
        }
    }

    pub(super) fn mapping_read(&mut self, path: PathBuf, result: MappingResult) {
        let Some(open) = self
            .model
            .open
            .as_mut()
            .filter(|_| !self.model.push.is_running())
        else {
            return;
        };
        match result {
            Ok(read) => {
                let (mapping, found) = *read;
                if let Some(found) = found {
                    open.found = found;
                }
                open.draft = Draft::new(mapping, Origin::File(path.clone()), &open.found);
                self.model.push.outdate();
                self.model.say(Said::MappingLoaded(path));
                self.recheck();
            }
            Err(MappingError::File(error)) => {
                self.model.fail(Notice::MappingFile { path, error });
            }
            Err(MappingError::Export(error)) => self.model.fail(Notice::Input(error)),
        }
    }

    pub(super) fn ask(&self, purpose: Purpose, frame: &eframe::Frame) {
        let mut dialog = rfd::AsyncFileDialog::new().set_parent(frame);
        let end = match purpose {
            Purpose::SaveMapping => Some("mapping.json"),
            Purpose::SaveRejects => Some("rejects.csv"),
            Purpose::Open | Purpose::LoadMapping | Purpose::KeyFile => None,
        };
        if let (Some(end), Some(open)) = (end, &self.model.open) {
            let (folder, name) = open.beside(end);
            dialog = dialog.set_file_name(name);
            if let Some(folder) = folder.filter(|folder| folder.is_absolute()) {
                dialog = dialog.set_directory(folder);
            }
        }
        if purpose == Purpose::LoadMapping {
            dialog = dialog.add_filter("JSON", &["json"]);
        }
        self.work.ask(purpose, dialog);
    }

    pub(super) fn picked(&mut self, purpose: Purpose, paths: Vec<PathBuf>) {
        if purpose == Purpose::Open {
            if !paths.is_empty() {
                self.open_paths(paths);
            }
            return;
        }
        let (Some(path), Some(open)) = (paths.into_iter().next(), &mut self.model.open) else {
            return;
        };
        let is_written = matches!(purpose, Purpose::SaveMapping | Purpose::SaveRejects);
        if is_written && open.export.holds(&path) {
            return self.model.fail(Notice::IsExport(path));
        }
        match purpose {
            Purpose::Open => {}
            Purpose::LoadMapping => self.read_mapping(path),
            Purpose::KeyFile => self.work.read_key(path),
            Purpose::SaveMapping => self.work.save_mapping(path, open.draft.mapping()),
            Purpose::SaveRejects => {
                if let Some(plan) = open.draft.plan() {
                    open.is_saving = true;
                    self.work
                        .save_rejects(path, open.export.clone(), plan.clone());
                }
            }
        }
    }

    pub(super) fn copy_mapping(&mut self, ctx: &Context) {
        if let Some(open) = &self.model.open {
            ctx.copy_text(open.draft.mapping().to_json());
            self.model.say(Said::MappingCopied);
        }
    }

    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Draft)) {
        if !self.model.can_edit() {
            return;
        }
        let Some(open) = &mut self.model.open else {
            return;
        };
        edit(&mut open.draft);
        self.model.push.outdate();
        self.model.said = None;
        self.recheck();
    }

    /// Checks every row by the mapping as it stands, in place of the check that may run.
    pub(super) fn recheck(&mut self) {
        let Some(open) = &mut self.model.open else {
            return;
        };
        match open.draft.plan() {
            Some(plan) => {
                self.work.check(open.export.clone(), plan.clone());
                open.check.start();
            }
            None => {
                self.work.cancel_check();
                open.check.block();
            }
        }
    }

    /// Looks at the files anew, as they may have changed, and keeps the mapping.
    pub(super) fn check_again(&mut self) {
        if let Some(open) = &self.model.open {
            let files = open.export.files().iter();
            let paths = files.map(|file| file.path().to_owned()).collect();
            self.work.open(paths, None, true);
        }
    }
}

/// What somebody typed or pasted as a path: perhaps in quotes, perhaps from their home folder.
pub(super) fn typed_path(text: &str) -> PathBuf {
    let text = text.trim().trim_matches(['"', '\'']);
    let text = text.strip_prefix("file://").unwrap_or(text);
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

/// A key by which `part-2` comes before `part-10`.
fn natural(path: &Path) -> Vec<(u64, String)> {
    let text = path.to_string_lossy();
    let mut key = Vec::new();
    let mut rest = text.as_ref();
    while !rest.is_empty() {
        let words = rest
            .find(|char: char| char.is_ascii_digit())
            .unwrap_or(rest.len());
        let (before, behind) = rest.split_at(words);
        let end = behind
            .find(|char: char| !char.is_ascii_digit())
            .unwrap_or(behind.len());
        let (digits, after) = behind.split_at(end);
        key.push((0, before.to_lowercase()));
        key.push((digits.parse().unwrap_or(0), digits.to_owned()));
        rest = after;
    }
    key
}
