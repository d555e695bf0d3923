//! Passes over small exports, and what happens when nobody takes their events.

use std::fs;
use std::path::PathBuf;

use aiq_braze::diag::SAMPLE;
use aiq_braze::{BatchLimits, Code, map_all};
use tempfile::TempDir;

use super::*;

const HEADER: &str = "external_id,audience_id,split_id,ltv\n";

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn rows(numbers: std::ops::Range<usize>) -> String {
    numbers
        .map(|number| format!("u{number},1,2,{number}\n"))
        .collect()
}

fn job(paths: &[PathBuf]) -> Job {
    let export = Export::open(paths).unwrap();
    let found = export.inspect(None).unwrap();
    let plan = found.suggestion.mapping.compile(&found.header).unwrap();
    Job::map(export, plan)
}

fn bodies(events: &[Event]) -> Vec<String> {
    let body = |event: &Event| match event {
        Event::Batch(batch) => Some(String::from_utf8(batch.body.clone()).unwrap()),
        _ => None,
    };
    events.iter().filter_map(body).collect()
}

#[test]
fn a_pass_makes_the_cores_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{HEADER}{},1,2,3\n", rows(0..20_000));
    let path = write(&folder, "export.csv", &text);
    let events: Vec<_> = Pipeline::start(job(&[path])).collect();
    let wanted = map_all(text.as_bytes(), None).unwrap();
    assert_eq!(bodies(&events), wanted.bodies);
    let Some(Event::Done(summary)) = events.last() else {
        panic!("{:?}", events.last());
    };
    assert_eq!(*summary, wanted.summary);
    let n_problems = events
        .iter()
        .filter(|event| matches!(event, Event::Problem(_)))
        .count();
    assert_eq!(n_problems, 1);
}

#[test]
fn files_are_read_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(&folder, "b.csv", &format!("{HEADER}{}", rows(0..3)));
    let empty = write(&folder, "empty.csv", "");
    let second = write(&folder, "a.csv", &format!("{HEADER}u3,1,2\n{}", rows(4..6)));
    let events: Vec<_> = Pipeline::start(job(&[first, empty, second])).collect();
    let bodies = bodies(&events);
    assert_eq!(bodies.len(), 1);
    let ids: Vec<_> = bodies[0]
        .split("external_id\":\"")
        .skip(1)
        .map(|text| &text[..2])
        .collect();
    assert_eq!(ids, ["u0", "u1", "u2", "u4", "u5"]);
    let problem = events.iter().find_map(|event| match event {
        Event::Problem(problem) => Some(problem),
        _ => None,
    });
    let aiq_braze::diag::Place::Row { at, .. } = &problem.unwrap().place else {
        panic!("{problem:?}");
    };
    assert_eq!((at.file, at.row), (2, 1));
}

#[test]
fn a_check_makes_no_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "export.csv", &format!("{HEADER}{}", rows(0..1000)));
    let Job { export, plan, .. } = job(&[path]);
    let events: Vec<_> = Pipeline::start(Job::check(export, plan)).collect();
    assert!(bodies(&events).is_empty());
    assert!(matches!(events.last(), Some(Event::Done(summary)) if summary.objects == 1000));
}

#[test]
fn what_waits_is_bounded_in_bytes_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "export.csv", &format!("{HEADER}{}", rows(0..5000)));
    let limit = 20_000;
    let batch = BatchLimits {
        objects: 10,
        ..BatchLimits::default()
    };
    let options = Options {
        batch,
        ..Options::default()
    };
    let mut pipeline = Pipeline::start(Job {
        in_flight_bytes: limit,
        options,
        ..job(&[path])
    });
    let mut n_objects = 0;
    while let Some(event) = pipeline.next() {
        assert!(pipeline.receiver.n_bytes() <= limit);
        if let Event::Batch(batch) = event {
            n_objects += batch.objects.len();
        }
    }
    assert_eq!(n_objects, 5000);
    assert!(pipeline.is_over() && pipeline.next().is_none());
}

#[test]
fn an_event_larger_than_the_bound_is_alone_in_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "export.csv", &format!("{HEADER}{}", rows(0..1000)));
    let pipeline = Pipeline::start(Job {
        in_flight_bytes: 1,
        ..job(&[path])
    });
    let events: Vec<_> = pipeline.collect();
    assert_eq!(bodies(&events).len(), 14);
}

/// The test ends only if the thread does: dropping joins it.
#[test]
fn dropping_stops_the_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        &folder,
        "export.csv",
        &format!("{HEADER}{}", rows(0..50_000)),
    );
    let rejects = folder.path().join("rejects.csv");
    let mut pipeline = Pipeline::start(Job {
        in_flight_bytes: 1,
        ..job(&[path]).with_rejects(Some(RejectsFile::create(&rejects).unwrap()))
    });
    assert!(pipeline.next().is_some());
    drop(pipeline);
    assert!(!rejects.exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn problems_are_told_a_few_times_and_counted_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        &folder,
        "export.csv",
        &format!("{HEADER}u,1,2,3\n{}", ",1,2,3\n".repeat(300)),
    );
    let events: Vec<_> = Pipeline::start(job(&[path])).collect();
    let n_told = events
        .iter()
        .filter(|event| matches!(event, Event::Problem(_)))
        .count();
    assert_eq!(n_told, SAMPLE);
    assert!(matches!(events.last(), Some(Event::Done(summary)) if summary.rejected == 300));
}

#[test]
fn rejected_rows_stand_in_their_file_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        &folder,
        "export.csv",
        &format!("{HEADER}u1,1,2,3\n,1,2,\"4\"\nu2,1,2,x,y\n"),
    );
    let rejects_path = folder.path().join("rejects.csv");
    let rejects = RejectsFile::create(&rejects_path).unwrap();
    let n_events = Pipeline::start(job(&[path]).with_rejects(Some(rejects))).count();
    assert!(n_events > 0);
    let text = fs::read_to_string(&rejects_path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("_aiq_file,_aiq_row,_aiq_code,_aiq_reason,{}", HEADER.trim())
    );
    assert!(
        lines[1].starts_with("export.csv,2,AIQ3001 missing-identifier,")
            && lines[1].ends_with(",,1,2,\"4\"")
    );
    assert!(
        lines[2].starts_with("export.csv,3,AIQ1007 too-many-cells,")
            && lines[2].ends_with(",u2,1,2,x,y")
    );
    assert_eq!(lines.len(), 3);

    // It can be read again: our columns are no attributes, and the same rows are rejected.
    let job = job(&[rejects_path]);
    let names: Vec<_> = job.plan.attributes().map(|(_, name, _)| name).collect();
    assert_eq!(names, ["ltv"]);
    let last = Pipeline::start(job).last();
    assert!(matches!(last, Some(Event::Done(summary)) if summary.rejected == 2));
}

#[test]
fn a_file_with_other_columns_fails_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(&folder, "a.csv", &format!("{HEADER}{}", rows(0..3)));
    let second = write(&folder, "b.csv", "name\nx\n");
    let last = Pipeline::start(job(&[first, second])).last();
    let Some(Event::Failed(error)) = last else {
        panic!("{last:?}");
    };
    assert!(error.to_string().starts_with("b.csv: AIQ2014"), "{error}");
}

#[test]
fn one_rejects_file_does_not_hold_rows_of_two_headers() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(&folder, "a.csv", "external_id,ltv\nu1,1\n");
    let second = write(&folder, "b.csv", "ltv,external_id\n1,\n");
    let rejects = RejectsFile::create(&folder.path().join("rejects.csv")).unwrap();
    let last = Pipeline::start(job(&[first, second]).with_rejects(Some(rejects))).last();
    assert!(matches!(
        last,
        Some(Event::Failed(PipelineError::Rejects(
            RejectsError::OtherColumns
        )))
    ));
}

#[test]
fn a_file_that_changes_under_way_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "export.csv", &format!("{HEADER}{}", rows(0..3)));
    let job = job(std::slice::from_ref(&path));
    fs::write(&path, HEADER).unwrap();
    let last = Pipeline::start(job).last();
    assert!(matches!(
        last,
        Some(Event::Failed(PipelineError::Input(
            InputError::Changed { .. }
        )))
    ));
}

#[test]
fn without_waiting_there_may_be_nothing_yet() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "export.csv", &format!("{HEADER}{}", rows(0..3)));
    let mut pipeline = Pipeline::start(job(&[path]));
    let mut n_events = 0;
    while !pipeline.is_over() {
        n_events += usize::from(pipeline.try_next().is_some());
        thread::yield_now();
    }
    assert!(n_events >= 2);
}

#[test]
fn progress_counts_bytes_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{HEADER}{}", rows(0..100_000));
    let path = folder.path().join("export.csv.gz");
    let file = fs::File::create(&path).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    let job = Job {
        in_flight_bytes: 1, // no progress replaces another one that waits
        ..job(&[path])
    };
    let n_bytes = job.export.n_bytes();
    let progress: Vec<_> = Pipeline::start(job)
        .filter_map(|event| match event {
            Event::Progress { bytes, .. } => Some(bytes),
            _ => None,
        })
        .collect();
    assert!(
        progress.is_sorted() && progress[0] < n_bytes,
        "{progress:?}"
    );
    assert_eq!(progress.last(), Some(&n_bytes));
}

#[test]
fn what_files_beside_an_export_count_is_compared_with_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    // Three rows, of which one is bad and one cannot be read.
    let first = write(&folder, "a.csv", &format!("{HEADER}u1,1,2,3\n,1,2,3\nu2\n"));
    let second = write(&folder, "b.csv", &format!("{HEADER}{}", rows(0..5)));
    write(&folder, "a.csv.count", "3");
    write(&folder, "b.csv.count", "6");
    let events: Vec<_> = Pipeline::start(job(&[first, second])).collect();
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Problem(problem) if problem.code == Code::RowCountDiffers => Some(problem),
            _ => None,
        })
        .collect();
    let [problem] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(problem.found.as_deref(), Some("5"));
    assert_eq!(problem.expected.as_deref(), Some("6 (b.csv.count)"));
    let Some(Event::Done(summary)) = events.last() else {
        panic!("{:?}", events.last());
    };
    let counted = summary
        .tally
        .iter()
        .find(|(code, ..)| *code == Code::RowCountDiffers);
    assert_eq!(counted.unwrap().2.count, 1);
}
