//! What the core makes is what it would pass: bodies of generated exports, checked as ready-made ones.

use aiq_braze::{Language, Mapping, map_all, payload};
use aiq_braze_tests::exports;

/// Checks every body that an export comes to, and returns how many objects they have.
fn n_objects_without_error(export: &[u8], mapping: Option<&str>) -> u64 {
    let mapped = map_all(export, mapping).expect("the export can be mapped");
    assert!(!mapped.bodies.is_empty());
    let reports = mapped
        .bodies
        .iter()
        .map(|body| payload::check(body.as_bytes()));
    let counts = reports.map(|report| {
        let words = report
            .problems
            .first()
            .map(|problem| problem.message(Language::English));
        assert!(report.is_fine(), "{words:?}");
        assert!(report.n_events == 0 && report.n_purchases == 0);
        report.n_attributes
    });
    counts.sum()
}

#[test]
fn bodies_of_exports_have_no_error() {
    let example = exports::example();
    assert!(Mapping::parse(exports::EXAMPLE_MAPPING).is_ok());
    let n_bad = exports::EXAMPLE_DEFECTS.len() as u64;
    let n_good = exports::EXAMPLE_ROWS - n_bad;
    assert_eq!(
        n_objects_without_error(&example, Some(exports::EXAMPLE_MAPPING)),
        n_good
    );
    for seed in 1..4 {
        let export = exports::audience(400, seed, &[]);
        assert_eq!(
            n_objects_without_error(&export, Some(exports::EXAMPLE_MAPPING)),
            400
        );
        assert_eq!(n_objects_without_error(&export, None), 400);
    }
}
