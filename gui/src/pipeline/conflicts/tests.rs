//! The search against a table of everything, with so little memory that parts are parted again.

use std::collections::BTreeSet;

use aiq_braze::{Flow, Probe, Row, Session, Sink};
use proptest::prelude::*;

use super::*;

const MAPPING: &str = r#"{"version":1,"rows":"attributes","unknown_users":"skip",
    "identifiers":[{"column":"id","as":"external_id"}]}"#;

/// Rows of (user, values of three attributes): 0 is an empty cell.
fn export(rows: &[(u32, [u32; 3])]) -> String {
    let mut text = "id,a,b,c\n".to_owned();
    for (user, values) in rows {
        let cells = values.map(|value| match value {
            0 => String::new(),
            value => format!("v{value}"),
        });
        text += &format!("u{user},{}\n", cells.join(","));
    }
    text
}

struct Into<'f>(&'f mut Finder);

impl Sink for Into<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.0.take(batch.body, batch.objects).unwrap();
        Flow::Continue
    }
    fn diagnostic(&mut self, _: &Diagnostic, _: &Row<'_>) -> Flow {
        Flow::Continue
    }
}

fn found(rows: &[(u32, [u32; 3])], n_bytes: usize) -> BTreeMap<String, (u64, Vec<u64>)> {
    let text = export(rows);
    let header = Probe::inspect(text.as_bytes()).unwrap().header;
    let plan = aiq_braze::Mapping::parse(MAPPING).unwrap();
    let mut session = Session::new(plan.compile(&header).unwrap());
    let mut finder = Finder::new(n_bytes);
    session.begin_file("");
    let mut sink = Into(&mut finder);
    let _ = session.feed(text.as_bytes(), &mut sink).unwrap();
    let _ = session.end_file(&mut sink).unwrap();
    session.finish(&mut sink);
    let conflicts = finder.finish().unwrap().into_iter();
    conflicts
        .map(|Conflicts { name, count, first }| {
            let rows = first.iter().map(|at| at.row).collect();
            (name, (count, rows))
        })
        .collect()
}

/// Rows of one user that follow each other are one object, in which later values win. An object with
/// nothing in it is none, and parts no others.
fn wanted(rows: &[(u32, [u32; 3])]) -> BTreeMap<String, (u64, Vec<u64>)> {
    let mut objects: Vec<(u32, u64, [u32; 3])> = Vec::new();
    for (row, (user, values)) in (1..).zip(rows) {
        if *values == [0; 3] {
            continue;
        }
        match objects.last_mut() {
            Some((other, _, said)) if other == user => {
                for (said, value) in said.iter_mut().zip(values) {
                    if *value > 0 {
                        *said = *value;
                    }
                }
            }
            _ => objects.push((*user, row, *values)),
        }
    }
    let mut first = BTreeMap::new();
    let mut told = BTreeSet::new();
    let mut found: BTreeMap<String, (u64, Vec<u64>)> = BTreeMap::new();
    for (user, row, values) in objects {
        for (name, value) in ["a", "b", "c"].into_iter().zip(values) {
            if value == 0 {
                continue;
            }
            let before = *first.entry((user, name)).or_insert(value);
            if before != value && told.insert((user, name)) {
                let (count, rows) = found.entry(name.to_owned()).or_default();
                *count += 1;
                rows.push(row);
                rows.truncate(SAMPLE);
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn the_same_is_found_as_by_a_table_of_everything(
        rows in prop::collection::vec((0u32..40, prop::array::uniform3(0u32..4)), 0..400),
        n_bytes in prop::sample::select(vec![0, 1, 64, 300, 2_000, 1 << 20]),
    ) {
        prop_assert_eq!(found(&rows, n_bytes), wanted(&rows));
    }

    #[test]
    fn a_record_is_read_as_it_was_written(
        user in any::<u128>(),
        at in any::<(u32, u64, u64, u64)>(),
        said in prop::collection::vec(any::<(u32, u64)>(), 0..20),
    ) {
        let (file, row, line, byte) = at;
        let record = Record { user, at: Location { file, row, line, byte }, said };
        let mut bytes = Vec::new();
        record.write_rest(&mut bytes);
        let mut read = Record { user, ..Record::default() };
        read.read_rest(&bytes);
        prop_assert_eq!(read, record);
    }
}

#[test]
fn many_users_are_searched_in_parts_of_parts() {
    // Every user twice, far apart; every seventh with another value.
    let n_users = 20_000;
    let value = |user: u32, turn: u32| [1 + u32::from(user.is_multiple_of(7)) * turn, 1, 0];
    let rows: Vec<_> = (0..2)
        .flat_map(|turn| (0..n_users).map(move |user| (user, value(user, turn))))
        .collect();
    let (count, first) = &found(&rows, 20_000)["a"];
    assert_eq!(*count, u64::from(n_users).div_ceil(7));
    let wanted: Vec<_> = (0..10).map(|n| u64::from(n_users) + 1 + 7 * n).collect();
    assert_eq!(*first, wanted);
}
