//! Manifests and counts beside exports.

use aiq_braze::Code;
use aiq_braze::diag::Place;

use super::*;

const A: &str = "id\n1\n";
const B: &str = "id\n2\n3\n";

fn said(export: &Export) -> Vec<(String, Vec<usize>, u64)> {
    let expected = export.expected_rows().iter();
    expected
        .map(|said| (said.said_by.clone(), said.files.clone(), said.rows))
        .collect()
}

fn codes(export: &Export) -> Vec<(Code, &str)> {
    let problems = export.problems().iter();
    problems
        .map(|problem| match &problem.place {
            Place::File { name } => (problem.code, name.as_str()),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_manifest_in_a_folder_is_compared() {
    let s3 = r#"{"entries":[
        {"url":"s3://bucket/run/a.csv","mandatory":true,"meta":{"record_count":1,"content_length":5}},
        {"url":"s3://bucket/run/b.csv","meta":{"record_count":"2","content_length":7}}]}"#;
    let listed = r#"{"files":[{"path":"out/a.csv","rows":1},{"path":"out\\b.csv","row_count":2}]}"#;
    let each = [vec![0], vec![1]];
    for (name, text) in [
        ("manifest.json", s3),
        ("x.manifest", listed),
        ("x.json", listed),
        ("manifest", s3),
    ] {
        let folder = folder_with(&[("a.csv", A), ("b.csv", B), (name, text)]);
        let export = Export::open(&[folder.path()]).unwrap();
        assert_eq!(export.names(), ["a.csv", "b.csv"], "{name}");
        let expected = [
            (name.to_owned(), each[0].clone(), 1),
            (name.to_owned(), each[1].clone(), 2),
        ];
        assert_eq!(said(&export), expected);
        assert_eq!(codes(&export), []);
        assert_eq!(
            notes(&export),
            [format!(
                "{name}: says what the export should hold; compared"
            )]
        );
    }
}

#[test]
fn totals_are_of_all_or_of_one() {
    let total = r#"{"total_rows":3,"created":"today"}"#;
    for (name, text, files) in [
        ("manifest.json", total, vec![0, 1]),
        ("_manifest.json", total, vec![0, 1]),
        (
            "manifest.json",
            r#"{"files":["a.csv","b.csv"],"rowCount":3}"#,
            vec![0, 1],
        ),
        ("b.csv.manifest", total, vec![1]),
        ("b.json", total, vec![1]),
        ("b.manifest.json", total, vec![1]),
        ("b.csv.count", "3\n", vec![1]),
        ("b.done", " 3", vec![1]),
    ] {
        let folder = folder_with(&[("a.csv", A), ("b.csv", B), (name, text)]);
        let export = Export::open(&[folder.path()]).unwrap();
        assert_eq!(said(&export), [(name.to_owned(), files, 3)], "{name}");
    }
}

#[test]
fn what_lies_beside_a_named_file_is_compared() {
    for (name, text, rows) in [
        ("a.csv.count", "7", Some(7)),
        ("a.count", "7", Some(7)),
        ("a.done", "7", Some(7)),
        ("a.done", "ok", None),
        ("a.json", r#"{"row_count":7}"#, Some(7)),
        ("manifest.json", r#"{"row_count":7}"#, Some(7)),
        (
            "manifest.json",
            r#"{"entries":[{"name":"a.csv","rows":7}]}"#,
            Some(7),
        ),
        ("b.count", "7", None),
    ] {
        let folder = folder_with(&[("a.csv", A), (name, text)]);
        let export = Export::open(&[folder.path().join("a.csv")]).unwrap();
        let expected: Vec<_> = rows
            .map(|rows| (name.to_owned(), vec![0], rows))
            .into_iter()
            .collect();
        assert_eq!(said(&export), expected, "{name}");
    }
    // A total of all is not compared with some; files that are there and were not named are not missed.
    for (text, expected) in [
        (r#"{"row_count":3}"#, vec![]),
        (r#"{"total_rows":3,"files":["a.csv","b.csv"]}"#, vec![]),
        (
            r#"{"total_rows":3,"files":[{"name":"a.csv","rows":1},{"name":"b.csv","rows":2}]}"#,
            vec![("manifest.json".to_owned(), vec![0], 1)],
        ),
    ] {
        let folder = folder_with(&[("a.csv", A), ("b.csv", B), ("manifest.json", text)]);
        let export = Export::open(&[folder.path().join("a.csv")]).unwrap();
        assert_eq!(said(&export), expected, "{text}");
        assert_eq!(codes(&export), []);
    }
}

#[test]
fn what_a_manifest_names_and_is_not_there_is_told() {
    let text = r#"{"entries":[{"url":"a.csv","meta":{"content_length":6}},{"url":"c.csv"}]}"#;
    let files = [("a.csv", A), ("b.csv", B), ("manifest.json", text)];
    let expected = [
        (Code::FileSizeDiffers, "a.csv"),
        (Code::FileMissing, "c.csv"),
    ];
    let folder = folder_with(&files);
    assert_eq!(codes(&Export::open(&[folder.path()]).unwrap()), expected);
    let export = Export::open(&[folder.path().join("a.csv")]).unwrap();
    assert_eq!(codes(&export), expected);
    let (_folder, path) = file_with("export.zip", zip(&files));
    let export = Export::open(&[&path]).unwrap();
    assert_eq!(export.names(), ["a.csv", "b.csv"]);
    assert_eq!(codes(&export), expected);
    let message = export.problems()[0].message(Default::default());
    assert!(
        message.contains("file \"a.csv\"")
            && message.contains("found 5, expected 6 (manifest.json)"),
        "{message}"
    );
}

#[test]
fn an_empty_part_with_rows_is_missed() {
    let text = r#"{"files":[{"name":"a.csv","rows":1},{"name":"b.csv","rows":2}]}"#;
    let folder = folder_with(&[("a.csv", A), ("b.csv", ""), ("manifest.json", text)]);
    let export = Export::open(&[folder.path()]).unwrap();
    let expected = export.expected_rows();
    assert_eq!(expected[0].problem(&[1], &export.names()), None);
    let problem = expected[1].problem(&[1], &export.names()).unwrap();
    assert_eq!(problem.code, Code::RowCountDiffers);
    assert_eq!(problem.expected.as_deref(), Some("2 (manifest.json)"));
}

#[test]
fn a_count_beside_an_archive_is_of_all_that_it_holds() {
    let (folder, path) = file_with("export.zip", zip(&[("a.csv", A), ("b.csv", B)]));
    fs::write(folder.path().join("export.zip.count"), "3").unwrap();
    let export = Export::open(&[path]).unwrap();
    assert_eq!(
        said(&export),
        [("export.zip.count".to_owned(), vec![0, 1], 3)]
    );
}

#[test]
fn json_exports_are_no_manifests() {
    let line = r#"{"id":"1","rows":5}"#;
    let folder = folder_with(&[
        ("part-1.json", line),
        ("part-2.json", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"),
    ]);
    let export = Export::open(&[folder.path()]).unwrap();
    assert_eq!(export.names(), ["part-1.json", "part-2.json"]);
    // What was named is an export, whatever it looks like.
    let folder = folder_with(&[("a.csv", A), ("a.json", r#"{"row_count":5}"#)]);
    let paths = ["a.csv", "a.json"].map(|name| folder.path().join(name));
    let export = Export::open(&paths).unwrap();
    assert_eq!(export.names(), ["a.csv", "a.json"]);
    assert_eq!(said(&export), []);
    let export = Export::open(&paths[1..]).unwrap();
    assert_eq!(export.names(), ["a.json"]);
}

#[test]
fn what_is_not_understood_is_passed_over_and_said() {
    let deep = "[".repeat(100_000);
    let large = format!("{{\"rows\":1,\"x\":\"{}\"}}", "x".repeat(5 << 20));
    for text in [
        "",
        "no JSON",
        "[1,2]",
        r#"{"entries":[1]}"#,
        r#"{"rows":-1}"#,
        r#"{"rows":1e400}"#,
        &deep,
        &large,
    ] {
        let folder = folder_with(&[("a.csv", A), ("manifest.json", text)]);
        for path in [folder.path().to_owned(), folder.path().join("a.csv")] {
            let export = Export::open(&[path]).unwrap();
            assert_eq!(export.names(), ["a.csv"]);
            assert_eq!((said(&export), codes(&export)), (vec![], vec![]));
        }
    }
    let folder = folder_with(&[("a.csv", A), ("a.count", "some"), ("c.count", "5")]);
    let export = Export::open(&[folder.path()]).unwrap();
    assert_eq!(said(&export), []);
    assert!(
        notes(&export)[0].starts_with("a.count, c.count: passed over"),
        "{:?}",
        notes(&export)
    );
}
