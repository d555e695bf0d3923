//! Against a slow twin: tables of everything that the bodies of both exports say.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use aiq_braze::{BatchLimits, Bodies, Language, Mapping, payload};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::*;
use crate::pipeline::{Event, Job, Pipeline};

const HEADER: &str = "id,audience,split,status,segment,a,n,j\n";

/// A row, and what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    user: u8,
    audience: u8,
    is_in: bool,
    is_meant: bool,
    /// 0 is an empty cell.
    a: u8,
    n: u8,
    /// 0 is an empty cell, 1 a plain value, and more an operator.
    j: u8,
    defect: Defect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// It can be said whose the row is.
    BadNumber,
    NoIdentifier,
    TooFewCells,
}

impl Line {
    fn text(self) -> String {
        let cell = |value: u8, start: &str| match value {
            0 => String::new(),
            value => format!("{start}{value}"),
        };
        let user = match self.defect {
            Defect::NoIdentifier => String::new(),
            _ => format!("u{}", self.user),
        };
        if self.defect == Defect::TooFewCells {
            return format!("{user},1\n");
        }
        let number = match self.defect {
            Defect::BadNumber => "x".to_owned(),
            _ => cell(self.n, "1"),
        };
        let json = match self.j {
            0 => String::new(),
            1 => r#""{""income"":1}""#.to_owned(),
            by => format!(r#""{{""inc"":{by}}}""#),
        };
        format!(
            "{user},{},7,{},{},{},{number},{json}\n",
            self.audience,
            if self.is_in { "in" } else { "out" },
            if self.is_meant { "m" } else { "x" },
            cell(self.a, "v"),
        )
    }

    /// Rows that `where` leaves out are looked at no closer.
    fn is_rejected(self) -> bool {
        let is_whole = self.defect != Defect::TooFewCells;
        self.defect != Defect::None && (self.is_meant || !is_whole)
    }
}

fn line(j: impl Strategy<Value = u8>) -> impl Strategy<Value = Line> {
    let defect = prop_oneof![
        30 => Just(Defect::None),
        2 => Just(Defect::BadNumber),
        1 => Just(Defect::NoIdentifier),
        1 => Just(Defect::TooFewCells),
    ];
    let cells = (0u8..14, 1u8..4, any::<bool>(), prop::bool::weighted(0.9));
    let values = (0u8..3, 0u8..3, j);
    (cells, values, defect).prop_map(|((user, audience, is_in, is_meant), (a, n, j), defect)| {
        Line {
            user,
            audience,
            is_in,
            is_meant,
            a,
            n,
            j,
            defect,
        }
    })
}

/// Rows with plain values.
pub(crate) fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(line(0u8..2), 1..40)
}

/// Rows with an operator here and there.
fn lines_with_operators() -> impl Strategy<Value = Vec<Line>> {
    let j = prop_oneof![9 => 0u8..2, 1 => 2u8..4];
    prop::collection::vec(line(j), 1..40)
}

/// The new export: some rows of the old one as they were, in another order, and others.
fn pair() -> impl Strategy<Value = (Vec<Line>, Vec<Line>)> {
    let exports = (lines_with_operators(), lines_with_operators());
    (exports, any::<u64>(), 0usize..40).prop_map(|((old, more), seed, n_kept)| {
        let mut new: Vec<_> = old.iter().copied().take(n_kept).chain(more).collect();
        let mut random = fastrand::Rng::with_seed(seed);
        random.shuffle(&mut new);
        (old, new)
    })
}

/// What the mapping says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) removes_empty: bool,
    pub(crate) leaver_is_null: bool,
    pub(crate) skips_unknown: bool,
    pub(crate) has_audience: bool,
}

pub(crate) fn settings() -> impl Strategy<Value = Settings> {
    (any::<[bool; 3]>(), prop::bool::weighted(0.8)).prop_map(|(flags, has_audience)| Settings {
        removes_empty: flags[0],
        leaver_is_null: flags[1],
        skips_unknown: flags[2],
        has_audience,
    })
}

impl Settings {
    pub(crate) fn mapping(self) -> Mapping {
        let mut mapping = json!({
            "version": 1,
            "max_names": 300,
            "rows": if self.has_audience { "audience" } else { "attributes" },
            "where": {"column": "segment", "in": ["m"]},
            "identifiers": [{"column": "id", "as": "external_id"}],
            "empty": if self.removes_empty { "null" } else { "leave" },
            "columns": [
                {"header": "n", "type": "number"},
                {"header": "segment", "skip": true},
                {"header": "j", "type": "json"},
            ],
        });
        if self.skips_unknown {
            mapping["unknown_users"] = json!("skip");
        }
        if self.has_audience {
            mapping["audience"] = json!({
                "id": {"column": "audience"},
                "split": {"column": "split"},
                "member": {"column": "status", "true": ["in"], "false": ["out"]},
                "leaver": if self.leaver_is_null { json!(null) } else { json!(false) },
            });
        }
        Mapping::parse(&mapping.to_string()).unwrap()
    }
}

/// Writes an export of so many files.
pub(crate) fn side(
    folder: &TempDir,
    name: &str,
    lines: &[Line],
    n_files: usize,
    mapping: &Mapping,
) -> Side {
    let n_lines = lines.len().div_ceil(n_files).max(1);
    let paths: Vec<PathBuf> = lines
        .chunks(n_lines)
        .enumerate()
        .map(|(number, lines)| {
            let path = folder.path().join(format!("{name}-{number}.csv"));
            let rows: String = lines.iter().map(|line| line.text()).collect();
            fs::write(&path, HEADER.to_owned() + &rows).unwrap();
            path
        })
        .collect();
    let export = Export::open(&paths).unwrap();
    let header = export.inspect(mapping.format).unwrap().header;
    let plan = mapping.compile(&header).unwrap();
    Side { export, plan }
}

/// An object of a body: its user, its flags, and what it says.
fn parted(object: &Value) -> (String, Map<String, Value>, Map<String, Value>) {
    let mut head = Map::new();
    let mut said = object.as_object().unwrap().clone();
    for key in ["external_id", "_update_existing_only"] {
        if let Some(value) = said.remove(key) {
            head.insert(key.to_owned(), value);
        }
    }
    (head["external_id"].as_str().unwrap().to_owned(), head, said)
}

/// What `map` makes of it.
pub(crate) fn objects_of(side: &Side) -> Vec<Value> {
    let mut objects = Vec::new();
    for event in Pipeline::start(Job::map(side.export.clone(), side.plan.clone())) {
        match event {
            Event::Batch(batch) => {
                let body: Value = serde_json::from_slice(&batch.body).unwrap();
                objects.extend(body["attributes"].as_array().unwrap().iter().cloned());
            }
            Event::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
    objects
}

type Model = BTreeMap<String, Map<String, Value>>;

fn apply(model: &mut Model, objects: &[Value]) {
    for object in objects {
        let (user, _, said) = parted(object);
        model.entry(user).or_default().extend(said);
    }
}

fn model_of(objects: &[Value]) -> Model {
    let mut model = Model::new();
    apply(&mut model, objects);
    model
}

fn is_audience(name: &str) -> bool {
    name.starts_with("AIQ_")
}

/// The twin.
fn wanted(
    old: &[Value],
    new: &[Value],
    new_lines: &[Line],
    settings: Settings,
    ends_memberships: bool,
) -> (Vec<Value>, Users, u64) {
    let leaver = match settings.leaver_is_null {
        true => Value::Null,
        false => json!(false),
    };
    let (was, is) = (model_of(old), model_of(new));
    let unsure: BTreeSet<String> = new_lines
        .iter()
        .filter(|line| line.defect == Defect::BadNumber && line.is_rejected())
        .map(|line| format!("u{}", line.user))
        .collect();
    let last_of = |objects: &[Value]| {
        let mut last = BTreeMap::new();
        for (idx, object) in objects.iter().enumerate() {
            let (user, _, said) = parted(object);
            for name in said.keys() {
                last.insert((user.clone(), name.clone()), idx);
            }
        }
        last
    };
    let (last_old, last_new) = (last_of(old), last_of(new));
    let with_operators: BTreeSet<String> = new
        .iter()
        .filter(|object| object["j"].get("inc").is_some())
        .map(|object| parted(object).0)
        .collect();
    let mut told = Vec::new();
    let mut touched = BTreeSet::new();
    for (idx, object) in new.iter().enumerate() {
        let (user, mut object, said) = parted(object);
        let n_head = object.len();
        let before = was.get(&user);
        for (name, value) in said {
            let is_last = last_new[&(user.clone(), name.clone())] == idx;
            let is_new = is_last && before.and_then(|before| before.get(&name)) != Some(&value);
            if is_new || with_operators.contains(&user) {
                object.insert(name, value);
            }
        }
        if object.len() > n_head {
            touched.insert(user);
            told.push(Value::Object(object));
        }
    }
    let mut held = 0;
    for (idx, object) in old.iter().enumerate() {
        let (user, mut object, said) = parted(object);
        object.insert("_update_existing_only".to_owned(), json!(true));
        let n_head = object.len();
        for name in said.keys().filter(|name| is_audience(name)) {
            let is_last = last_old[&(user.clone(), name.clone())] == idx;
            let says = is.get(&user).is_some_and(|said| said.contains_key(name));
            let has_left = was[&user][name] != true || says || unsure.contains(&user);
            if !is_last || has_left {
                continue;
            }
            if ends_memberships {
                object.insert(name.clone(), leaver.clone());
            } else {
                held += 1;
            }
        }
        if object.len() > n_head {
            touched.insert(user);
            told.push(Value::Object(object));
        }
    }
    let mut users = Users::default();
    for user in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
        *match (was.contains_key(user), is.contains_key(user)) {
            (true, true) if touched.contains(user) => &mut users.changed,
            (true, true) => &mut users.unchanged,
            (true, false) if unsure.contains(user) => &mut users.unsure,
            (true, false) => &mut users.left,
            _ => &mut users.joined,
        } += 1;
    }
    (told, users, held)
}

/// The difference, and the bodies of it.
fn found(old: Side, new: Side, n_bytes: usize, trusts: bool) -> (Vec<Value>, Report) {
    let ends = |_: &Summary, n_unread, _: bool| trusts || n_unread == 0;
    let delta = Delta::compare(old, new, n_bytes, &ends, &mut |_, _, _| ()).unwrap();
    let report = delta.report.clone();
    let mut objects = Vec::new();
    let mut bodies = Bodies::new(InputArray::Attributes, BatchLimits::default());
    let mut take = |body: &[u8], n_objects| {
        let checked = payload::check(body);
        let words: Vec<_> = checked
            .problems
            .iter()
            .filter(|problem| problem.severity() == aiq_braze::Severity::Error)
            .map(|problem| problem.message(Language::English))
            .collect();
        assert_eq!(words, [""; 0]);
        assert!(n_objects <= 75 && body.len() <= 4 << 20);
        let body: Value = serde_json::from_slice(body).unwrap();
        let more = body["attributes"].as_array().unwrap();
        assert_eq!(more.len(), n_objects);
        objects.extend(more.iter().cloned());
        Ok::<(), DeltaError>(())
    };
    let mut object = Vec::new();
    delta
        .select(&mut |_, _, _| (), &mut |selected| {
            object.clear();
            selected.write(&mut object);
            bodies.push(&object, &mut take)
        })
        .unwrap();
    bodies.finish(&mut take).unwrap();
    (objects, report)
}

/// Counts of all attributes by the models alone.
fn assert_counts(report: &Report, was: &Model, is: &Model) {
    let said = was.values().chain(is.values());
    let names = said.flat_map(Map::keys).filter(|name| !is_audience(name));
    let names: BTreeSet<_> = names.collect();
    let mut attributes: BTreeMap<String, AttributeCounts> = BTreeMap::new();
    for user in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
        let (before, now) = (was.get(user), is.get(user));
        for name in &names {
            let counts = attributes.entry((*name).clone()).or_default();
            let value =
                |said: Option<&Map<String, Value>>| said.and_then(|said| said.get(*name)).cloned();
            match (value(before), value(now)) {
                (before, now) if before == now => {}
                (_, Some(Value::Null)) => counts.removed += 1,
                (None | Some(Value::Null), Some(_)) => counts.set += 1,
                (Some(_), Some(_)) => counts.changed += 1,
                (Some(Value::Null), None) => {}
                (_, None) => counts.gone += u64::from(now.is_some()),
            }
        }
    }
    assert_eq!(report.attributes, attributes);
    for (name, counts) in &report.audiences {
        let is_in = |model: &Model, user: &String| {
            let said = model
                .get(user)
                .and_then(|said: &Map<String, Value>| said.get(name));
            said == Some(&json!(true))
        };
        let joins = is
            .keys()
            .filter(|user| is_in(is, user) && !is_in(was, user));
        assert_eq!(counts.joins, joins.count() as u64, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 200 }))]

    #[test]
    fn the_difference_is_the_twins(
        (old, new) in pair(),
        settings in settings(),
        n_files in (1usize..4, 1usize..4),
        n_bytes in prop::sample::select(vec![0, 40, 200, 600, 1 << 20]),
        trusts in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mapping = settings.mapping();
        let was = side(&folder, "old", &old, n_files.0, &mapping);
        let is = side(&folder, "new", &new, n_files.1, &mapping);
        let (old_objects, new_objects) = (objects_of(&was), objects_of(&is));
        let n_unread = new.iter().filter(|line| {
            line.is_rejected() && line.defect != Defect::BadNumber
        }).count() as u64;
        let ends = trusts || n_unread == 0;
        let (told, users, held) = wanted(&old_objects, &new_objects, &new, settings, ends);

        let (objects, report) = found(was, is, n_bytes, trusts);
        prop_assert_eq!(report.unread, n_unread);
        prop_assert_eq!(report.users, users);
        prop_assert_eq!(report.held, held);
        prop_assert_eq!(report.objects.0 + report.objects.1, told.len() as u64);
        prop_assert_eq!(&objects, &told);
        assert_counts(&report, &model_of(&old_objects), &model_of(&new_objects));

        // Whoever was told the old export and is told the difference has all that the new one says.
        let mut model = model_of(&old_objects);
        apply(&mut model, &objects);
        for (user, said) in model_of(&new_objects) {
            for (name, value) in said {
                prop_assert_eq!(model[&user].get(&name), Some(&value));
            }
        }
    }

    #[test]
    fn an_export_and_itself_have_no_difference(
        lines in lines(),
        settings in settings(),
        seed in any::<u64>(),
        n_bytes in prop::sample::select(vec![0, 200, 1 << 20]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mapping = settings.mapping();
        let same = side(&folder, "same", &lines, 1, &mapping);
        let (objects, report) = found(same.clone(), same.clone(), n_bytes, true);
        prop_assert_eq!(objects, Vec::<Value>::new());
        prop_assert_eq!(report.users, Users { unchanged: report.users.unchanged, ..Users::default() });

        // Nor has one with each user's rows in one order, and the users in another.
        let mut users: Vec<u8> = (0..14).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut users);
        let mut shuffled = lines.clone();
        shuffled.sort_by_key(|line| users.iter().position(|user| *user == line.user));
        let was = model_of(&objects_of(&same));
        let other = side(&folder, "other", &shuffled, 1, &mapping);
        // Rows of one user that follow each other are merged, so that a value may win over a null.
        if model_of(&objects_of(&other)) == was {
            let (objects, _) = found(same, other, n_bytes, true);
            prop_assert_eq!(objects, Vec::<Value>::new());
        }
    }
}

pub(crate) fn plain(user: u8, audience: u8, a: u8) -> Line {
    Line {
        user,
        audience,
        is_in: true,
        is_meant: true,
        a,
        n: 0,
        j: 0,
        defect: Defect::None,
    }
}

/// So many users of one audience.
pub(crate) fn plain_lines(n_users: u8) -> Vec<Line> {
    (0..n_users)
        .map(|user| plain(user, 1, 1 + user % 2))
        .collect()
}

pub(crate) const PLAIN: Settings = Settings {
    removes_empty: false,
    leaver_is_null: false,
    skips_unknown: false,
    has_audience: true,
};

#[test]
fn who_moves_to_another_audience_leaves_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let old = side(&folder, "old", &[plain(1, 1, 1)], 1, &mapping);
    let new = side(&folder, "new", &[plain(1, 2, 1)], 1, &mapping);
    let (objects, report) = found(old, new, DELTA_BYTES, false);
    assert_eq!(
        objects,
        [
            json!({"external_id": "u1", "AIQ_2_7": true}),
            json!({"external_id": "u1", "_update_existing_only": true, "AIQ_1_7": false}),
        ]
    );
    assert_eq!(
        report.audiences["AIQ_1_7"],
        AudienceCounts {
            joins: 0,
            leaves: 1
        }
    );
}

#[test]
fn who_is_known_not_to_be_in_an_audience_does_not_leave_it_whatever_leavers_are_told() {
    let out = Line {
        is_in: false,
        ..plain(1, 1, 1)
    };
    for leaver_is_null in [false, true] {
        let settings = Settings {
            leaver_is_null,
            ..PLAIN
        };
        let folder = tempfile::tempdir().unwrap();
        let mapping = settings.mapping();
        let old = side(&folder, "old", &[out, plain(2, 1, 1)], 1, &mapping);
        let new = side(&folder, "new", &[plain(3, 1, 1)], 1, &mapping);
        let (objects, report) = found(old, new, DELTA_BYTES, true);
        assert_eq!(report.audiences["AIQ_1_7"].leaves, 1);
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[1]["external_id"], "u2");
    }
}

#[test]
fn each_operator_of_a_user_is_told_and_all_that_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let with = |j, user| Line {
        j,
        ..plain(user, 1, 1)
    };
    let lines = [with(2, 1), with(1, 2), with(3, 1), with(0, 3), with(2, 1)];
    for n_bytes in [0, DELTA_BYTES] {
        let same = side(&folder, "same", &lines, 1, &mapping);
        let all = objects_of(&same);
        let of_first = all.iter().filter(|object| object["external_id"] == "u1");
        let wanted: Vec<_> = of_first.cloned().collect();
        let said: Vec<_> = wanted
            .iter()
            .map(|object| object["j"]["inc"].clone())
            .collect();
        assert_eq!(said, [2, 3, 2]);
        let (objects, report) = found(same.clone(), same, n_bytes, true);
        assert_eq!(objects, wanted);
        assert_eq!((report.users.changed, report.users.unchanged), (1, 2));
    }
}

/// An export of these rows, of which each has an id, an address and an audience.
fn named_twice(folder: &TempDir, name: &str, rows: &str) -> Side {
    let mapping = Mapping::parse(
        r#"{"version":1,"rows":"audience",
            "identifiers":[{"column":"id","as":"external_id"},{"column":"mail","as":"email"}],
            "audience":{"id":{"column":"audience"},"split":{"value":"1"}}}"#,
    )
    .unwrap();
    let path = folder.path().join(name);
    fs::write(&path, format!("id,mail,audience\n{rows}")).unwrap();
    let export = Export::open(&[path]).unwrap();
    let header = export.inspect(mapping.format).unwrap().header;
    let plan = mapping.compile(&header).unwrap();
    Side { export, plan }
}

#[test]
fn nobody_who_may_be_there_by_another_name_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let old = named_twice(&folder, "old.csv", ",ana@example.com,7\n");
    let new = named_twice(&folder, "new.csv", "u1,ana@example.com,7\n");
    let (objects, report) = found(old, new, DELTA_BYTES, true);
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0]["external_id"], "u1");
    assert_eq!((report.held, report.has_several_identifiers), (1, true));
    assert_eq!(report.audiences["AIQ_7_1"].leaves, 1);
}

#[test]
fn an_export_that_changes_on_the_way_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let old = side(&folder, "old", &[plain(1, 1, 1)], 1, &mapping);
    let new = side(&folder, "new", &[plain(1, 1, 2)], 1, &mapping);
    let path = new.export.files()[0].path().to_owned();
    let ends = |_: &Summary, _, _| true;
    let delta = Delta::compare(old, new, DELTA_BYTES, &ends, &mut |_, _, _| ()).unwrap();
    fs::write(path, HEADER.to_owned() + &plain(1, 1, 3).text()).unwrap();
    let n_taken = Cell::new(0);
    let selected = delta.select(&mut |_, _, _| (), &mut |_| {
        n_taken.set(n_taken.get() + 1);
        Ok::<(), DeltaError>(())
    });
    assert!(matches!(selected, Err(DeltaError::Pass(_))), "{selected:?}");
    assert_eq!(n_taken.get(), 0);
}

#[test]
fn an_export_that_cannot_be_read_ends_the_comparison() {
    for is_new in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mapping = PLAIN.mapping();
        let lines = [plain(1, 1, 1), plain(2, 1, 1)];
        let sides = ["old", "new"].map(|name| side(&folder, name, &lines, 2, &mapping));
        let [old, new] = &sides;
        let broken = if is_new { new } else { old };
        let path = broken.export.files()[1].path().to_owned();
        fs::write(&path, "another,header\n1,2\n").unwrap();
        let [old, new] = sides;
        let ends = |_: &Summary, _, _| true;
        let delta = Delta::compare(old, new, DELTA_BYTES, &ends, &mut |_, _, _| ());
        let words = delta.map(|_| ()).unwrap_err().to_string();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(words.contains(name), "{words}");
    }
}

#[test]
fn attributes_that_each_export_names_in_an_order_of_its_own_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = PLAIN.mapping();
    let lines: Vec<_> = (1..=60)
        .map(|user| plain(user, user % 3, user % 5))
        .collect();
    let turned: Vec<_> = lines.iter().rev().copied().collect();
    let old = side(&folder, "old", &lines, 1, &mapping);
    let new = side(&folder, "new", &turned, 1, &mapping);
    let (objects, report) = found(old, new, DELTA_BYTES, false);
    assert_eq!(objects, Vec::<Value>::new());
    assert_eq!(report.users.unchanged, 60);
}

#[test]
fn events_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = Mapping::parse(
        r#"{"version":1,"rows":"events","identifiers":[{"column":"id","as":"external_id"}],
            "event":{"name":{"value":"seen"},"time":{"column":"a"}}}"#,
    )
    .unwrap();
    let same = side(&folder, "same", &[plain(1, 1, 1)], 1, &mapping);
    let ends = |_: &Summary, _, _| true;
    let delta = Delta::compare(same.clone(), same, DELTA_BYTES, &ends, &mut |_, _, _| ());
    assert!(matches!(delta, Err(DeltaError::Events)));
}
