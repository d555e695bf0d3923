//! The fuzz functions, replayed for a fixed number of seeds. Longer: see `src/fuzz.rs`.

use aiq_braze_tests::fuzz;

fn replay(target: fn(u64), n_seeds: u64) {
    (1..=n_seeds).for_each(target);
}

#[test]
fn any_bytes_are_read_the_same_at_any_chunking() {
    replay(fuzz::reader, 4_000);
}

#[test]
fn any_bytes_can_be_inspected_and_mapped() {
    replay(fuzz::probe, 2_000);
}

#[test]
fn any_text_may_be_a_mapping() {
    replay(fuzz::mapping, 20_000);
}

#[test]
fn any_export_under_any_mapping_is_accounted_for() {
    replay(fuzz::session, 2_000);
}

#[test]
fn any_json_under_any_mapping_is_accounted_for() {
    replay(fuzz::json, 3_000);
}

#[test]
fn clean_exports_are_what_the_slow_twin_makes_of_them() {
    replay(fuzz::twin, 4_000);
}

#[test]
fn rejects_read_again_are_rejected_again() {
    replay(fuzz::rejects, 4_000);
}

#[test]
fn any_run_can_be_written_in_each_form() {
    replay(fuzz::outputs, 1_000);
}

#[test]
fn any_answer_gives_each_object_a_fate() {
    replay(fuzz::replies, 100_000);
}

#[test]
fn many_seeds_make_runs() {
    let n_runs = (1..=2_000).filter(|seed| fuzz::is_run(*seed)).count();
    assert!(n_runs > 500, "{n_runs} of 2000");
}
