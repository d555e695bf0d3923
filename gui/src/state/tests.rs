//! Against slow twins: a map of all that was said, and the comparison of two exports.

use std::collections::{BTreeMap, BTreeSet};

use aiq_braze::Summary;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::delta::tests::{PLAIN, Settings, lines, objects_of, plain, plain_lines, settings, side};
use crate::delta::{DELTA_BYTES, Delta, DeltaError, Report, Since};
use crate::pipeline::{Event, Job, Pipeline};

/// What layers say: by user and attribute. Of whom is created only now, nothing that was said before is sure.
#[derive(Debug, Default, PartialEq)]
struct Said {
    values: BTreeMap<(u128, u32), u64>,
    created: BTreeSet<u128>,
}

impl Said {
    fn take(&mut self, user: u128, creates: bool, values: impl IntoIterator<Item = (u32, u64)>) {
        if creates && self.created.insert(user) {
            for (_, value) in self.values.range_mut((user, 0)..=(user, u32::MAX)) {
                *value = record::UNSURE;
            }
        }
        for (attribute, value) in values {
            self.values.insert((user, attribute), value);
        }
    }
}

fn state(folder: &tempfile::TempDir) -> State {
    let folder = folder.path().join("state");
    make_folder(&folder).unwrap();
    let key = ApiKey::new("a-key").unwrap();
    State {
        folder,
        index: Index::new("https://rest.iad-01.braze.com", &key, 0),
        n_bytes: LEARN_BYTES,
    }
}

fn said(state: &State) -> Said {
    let known = state.known().unwrap();
    let parts = Parts::stored(0, |place| known.stretches[place].clone());
    let mut said = Said::default();
    for part in parts.into_parts() {
        part.each(|user, rest| {
            assert_eq!(
                record::name(rest),
                format!("\"external_id\":\"{user}\"").as_bytes()
            );
            let creates = !record::is_if_there(rest);
            said.take(user, creates, record::statements(rest));
            Ok(())
        })
        .unwrap();
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With little memory, parts are parted again until one user is left in each.
    #[test]
    fn of_all_that_was_learned_the_last_value_is_known(
        learned in prop::collection::vec(
            prop::collection::vec((0..40u8, 0..4u32, 0..5u64, any::<bool>()), 0..60),
            1..25,
        ),
        n_bytes in prop_oneof![Just(1usize), Just(300), Just(1 << 20)],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State { n_bytes, ..state(&folder) };
        let mut wanted = Said::default();
        for records in learned {
            let mut parts = Parts::new(n_bytes);
            for (user, attribute, value, creates) in records {
                // Users spread over all parts and levels.
                let user = xxhash_rust::xxh3::xxh3_128(&[user]);
                let mut rest = Vec::new();
                record::begin_object(&mut rest, !creates);
                record::add(&mut rest, attribute, value);
                record::end_known(&mut rest, format!("\"external_id\":\"{user}\"").as_bytes());
                parts.push(user, &rest).unwrap();
                wanted.take(user, creates, [(attribute, value)]);
            }
            parts.settle().unwrap();
            state.put(parts, Vec::new()).unwrap();
            prop_assert_eq!(&said(&state), &wanted);
            prop_assert!(state.index.layers.len() <= MOST_LAYERS);
            let n_files = fs::read_dir(&state.folder).unwrap().count();
            prop_assert_eq!(n_files, state.index.layers.len() + 1);
        }
        let opened = State::open(folder.path()).unwrap().unwrap();
        prop_assert_eq!(said(&opened), wanted);
    }

    /// What is new against a state that has learned an export is what is new against the export.
    #[test]
    fn to_know_an_export_is_to_have_it(
        old_lines in lines(),
        new_lines in lines(),
        settings in settings(),
        n_bytes in prop_oneof![Just(200usize), Just(DELTA_BYTES)],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mapping = settings.mapping();
        let old = side(&folder, "old", &old_lines, 1, &mapping);
        let new = side(&folder, "new", &new_lines, 1, &mapping);
        let state = learned(&folder, &old);
        let trust = |_: &Summary, _: u64, _: bool| true;
        let by_export = Delta::compare(old, new.clone(), n_bytes, &trust, &mut |_, _, _| ()).unwrap();
        let since = Since { tells_all: false, is_whole: true };
        let known = state.known().unwrap();
        let by_state = Delta::since(known, new, since, n_bytes, &trust, &mut |_, _, _| ()).unwrap();
        // Of audiences that the new export does not have, a state says nothing.
        let is_new = |name: &String| {
            let audiences = by_export.report.new.audiences.iter();
            audiences.map(|audience| &audience.name).any(|audience| audience == name)
        };
        let new_audiences: Vec<_> = by_export.report.audiences.keys().filter(|name| is_new(name)).cloned().collect();
        let by_export = told(by_export, &new_audiences);
        let by_state = told(by_state, &new_audiences);
        prop_assert_eq!(by_state, by_export);
    }

    /// Values that Braze took only if it knew their users are not those of users whom it creates later.
    #[test]
    fn what_was_skipped_is_told_of_whom_is_created(lines in lines(), settings in settings()) {
        let folder = tempfile::tempdir().unwrap();
        let of = |name, skips_unknown| {
            let settings = Settings { skips_unknown, ..settings };
            side(&folder, name, &lines, 1, &settings.mapping())
        };
        let (skipping, creating) = (of("skipping", true), of("creating", false));
        let mut state = state(&folder);
        let part = Since { tells_all: false, is_whole: false };
        let tells = |state: &State, side| compared(state, side, part).1;
        let everything = tells(&state, &creating);
        for _ in 0..3 {
            teach(&mut state, &skipping);
            prop_assert_eq!(&tells(&state, &creating), &everything);
            prop_assert_eq!(tells(&state, &skipping), Vec::<Value>::new());
        }
        // By now its layers are one, and then they are two.
        teach(&mut state, &creating);
        for _ in 0..3 {
            prop_assert_eq!(tells(&state, &creating), Vec::<Value>::new());
            prop_assert_eq!(tells(&state, &skipping), Vec::<Value>::new());
            teach(&mut state, &skipping);
        }
    }
}

/// A state that has learned all objects of an export.
fn learned(folder: &tempfile::TempDir, side: &crate::delta::Side) -> State {
    let mut state = state(folder);
    teach(&mut state, side);
    state
}

/// Lets a state learn all objects of an export.
fn teach(state: &mut State, side: &crate::delta::Side) {
    let mut learning = Learning {
        statements: Statements::default(),
        parts: Parts::new(LEARN_BYTES),
        rest: Vec::new(),
        n_objects: 0,
        is_plain: true,
    };
    for key in &state.index.keys {
        learning.statements.add(key.as_bytes());
    }
    for event in Pipeline::start(Job::map(side.export.clone(), side.plan.clone())) {
        if let Event::Batch(batch) = event {
            for object in &batch.objects {
                learning
                    .take(object, &batch.body, Outcome::Accepted)
                    .unwrap();
            }
        }
    }
    let keys = learning
        .statements
        .keys()
        .map(|key| String::from_utf8(key.to_vec()).unwrap());
    let keys = keys.collect();
    state.put(learning.parts, keys).unwrap();
}

/// What is told: objects of the new export in their order, and leavers of these audiences in any.
fn told(delta: Delta, audiences: &[String]) -> (Vec<Value>, Vec<String>) {
    let (mut objects, mut leavers) = (Vec::new(), Vec::new());
    let mut text = Vec::new();
    delta
        .select(&mut |_, _, _| (), &mut |selected| {
            text.clear();
            selected.write(&mut text);
            let object: Value = serde_json::from_slice(&text).unwrap();
            if selected.n_rows > 0 {
                objects.push(object);
                return Ok::<(), DeltaError>(());
            }
            for (name, value) in object.as_object().unwrap() {
                if audiences.contains(name) {
                    leavers.push(format!("{} {name} {value}", object["external_id"]));
                }
            }
            Ok(())
        })
        .unwrap();
    leavers.sort();
    (objects, leavers)
}

/// The export compared with what is known.
fn compared(state: &State, new: &crate::delta::Side, since: Since) -> (Report, Vec<Value>) {
    let trust = |_: &Summary, _: u64, _: bool| true;
    let known = state.known().unwrap();
    let delta = Delta::since(
        known,
        new.clone(),
        since,
        DELTA_BYTES,
        &trust,
        &mut |_, _, _| (),
    )
    .unwrap();
    let report = delta.report.clone();
    let (objects, _) = told(delta, &[]);
    (report, objects)
}

#[test]
fn an_export_that_is_not_the_whole_audience_has_no_leavers_and_a_full_one_tells_all() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let all = plain_lines(6);
    let old = side(&folder, "old", &all, 1, &mapping);
    let new = side(&folder, "new", &all[..4], 1, &mapping);
    let state = learned(&folder, &old);
    let part = Since {
        tells_all: false,
        is_whole: false,
    };
    let (report, objects) = compared(&state, &new, part);
    assert_eq!((report.objects, objects.len()), ((0, 0), 0));
    assert!(report.audiences.values().all(|counts| counts.leaves == 0));
    let whole = Since {
        is_whole: true,
        ..part
    };
    assert_eq!(compared(&state, &new, whole).0.objects, (0, 2));
    let full = Since {
        tells_all: true,
        ..part
    };
    let (report, objects) = compared(&state, &new, full);
    assert_eq!(report.objects, (4, 0));
    assert_eq!(objects, objects_of(&new));
}

#[test]
fn what_is_unsure_differs_from_every_value() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let new = side(&folder, "new", &plain_lines(3), 1, &mapping);
    let mut state = learned(&folder, &new);
    let part = Since {
        tells_all: false,
        is_whole: false,
    };
    assert_eq!(compared(&state, &new, part).0.users.unchanged, 3);
    let mut learning = Learning {
        statements: Statements::default(),
        parts: Parts::new(LEARN_BYTES),
        rest: Vec::new(),
        n_objects: 0,
        is_plain: true,
    };
    for key in &state.index.keys {
        learning.statements.add(key.as_bytes());
    }
    let keys = state.index.keys.clone();
    for event in Pipeline::start(Job::map(new.export.clone(), new.plan.clone())) {
        if let Event::Batch(batch) = event {
            let second = &batch.objects[1];
            learning
                .take(second, &batch.body, Outcome::Unknown)
                .unwrap();
        }
    }
    state.put(learning.parts, keys).unwrap();
    let (report, objects) = compared(&state, &new, part);
    assert_eq!((report.users.changed, report.users.unchanged), (1, 2));
    assert_eq!(objects, [objects_of(&new)[1].clone()]);
}

#[test]
fn who_leaves_more_audiences_than_an_object_has_members_is_told_so_in_several() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let others: Vec<_> = (1..=255).map(|user| plain(user, user, 1)).collect();
    // One user in each audience, and another between any two.
    let all: Vec<_> = (1..=255)
        .flat_map(|user| [plain(0, user, 1), plain(user, user, 1)])
        .collect();
    let old = side(&folder, "old", &all, 1, &mapping);
    let new = side(&folder, "new", &others, 1, &mapping);
    let mut state = learned(&folder, &old);
    teach(&mut state, &old);
    assert_eq!(state.index.layers.len(), 1);
    assert_eq!(state.index.layers[0].records, 255 + 2);
    for n_bytes in [200, DELTA_BYTES] {
        let trust = |_: &Summary, _: u64, _: bool| true;
        let whole = Since {
            tells_all: false,
            is_whole: true,
        };
        let known = state.known().unwrap();
        let delta = Delta::since(
            known,
            new.clone(),
            whole,
            n_bytes,
            &trust,
            &mut |_, _, _| (),
        )
        .unwrap();
        assert_eq!(delta.report.objects, (0, 2));
        let mut left = Vec::new();
        delta
            .select(&mut |_, _, _| (), &mut |selected| {
                let mut text = Vec::new();
                selected.write(&mut text);
                let object: Value = serde_json::from_slice(&text).unwrap();
                assert_eq!(object["external_id"], "u0");
                left.push(object.as_object().unwrap().len() - 2);
                Ok::<(), DeltaError>(())
            })
            .unwrap();
        // The one attribute beside them stands in the first record.
        assert_eq!(left, [199, 56]);
    }
}

#[test]
fn a_mark_tells_keys_apart_and_shows_nothing() {
    let key = |text: &str| ApiKey::new(text).unwrap();
    let marks = [0; 100].map(|_| KeyMark::of(&key("0f9d-secret-77aa")));
    assert!(
        marks
            .iter()
            .all(|mark| mark.is_of(&key("0f9d-secret-77aa")))
    );
    // Each has a salt of its own: of 100 none is of another key by chance, but for once in 40 million runs.
    assert!(
        !marks
            .iter()
            .any(|mark| mark.is_of(&key("0f9d-secret-77ab")))
    );
    assert!(!marks[1..].contains(&marks[0]));
    assert_eq!(format!("{:?}", marks[0]), "KeyMark(••••)");
}

#[test]
fn an_index_of_another_version_is_named_whatever_stands_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(index::FILE);
    let newer = index::VERSION + 1;
    for (version, found) in [
        (newer, format!("version {newer}")),
        (index::VERSION, "missing field".to_owned()),
    ] {
        let json = format!(r#"{{"version":{version},"more":[]}}"#);
        fs::write(&path, format!("{json}\n{}\n", index::hash_of(&json))).unwrap();
        let said = Index::read(folder.path()).unwrap_err().to_string();
        assert!(
            said.contains(&found) && said.contains("state forget"),
            "{said}"
        );
    }
}
