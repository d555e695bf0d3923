//! Standard input, kept in a file that has no name.

use super::*;

fn open(paths: &[&str], mut stdin: &[u8]) -> Result<Export, InputError> {
    let options = Options {
        stdin: Some(&mut stdin),
        ..Options::default()
    };
    Export::open_with(paths, options)
}

#[test]
fn standard_input_is_read_any_number_of_times() {
    let text = rows(50_000);
    for bytes in [
        text.clone().into_bytes(),
        gzip(text.as_bytes()),
        zstd(text.as_bytes()),
        zip(&[("a.csv", &text)]),
    ] {
        let export = open(&["-"], &bytes).unwrap();
        assert!(export.inspect(None).is_ok());
        let again = export.clone();
        drop(export);
        for _ in 0..2 {
            assert!(texts(&again) == [text.as_str()]);
        }
    }
}

#[test]
fn two_readings_of_it_do_not_disturb_each_other() {
    let text = rows(50_000);
    let export = open(&["-"], text.as_bytes()).unwrap();
    let file = &export.files()[0];
    let mut slow = file.read().unwrap();
    let first = slow.next_chunk().unwrap().to_vec();
    assert!(read(file).unwrap() == text.as_bytes());
    let second = slow.next_chunk().unwrap();
    let both = [&first[..], second].concat();
    assert!(text.as_bytes().starts_with(&both) && both.len() > first.len());
}

#[test]
fn it_has_a_name_of_its_own_and_is_named_once() {
    let export = open(&["-"], b"id\n1\n").unwrap();
    assert_eq!(export.names(), ["standard input"]);
    assert_eq!(export.n_bytes(), 5);
    let error = open(&["-", "-"], b"id\n1\n").unwrap_err();
    assert!(matches!(error, InputError::StdinTwice), "{error}");
}

#[test]
fn what_is_typed_is_no_export() {
    let error = Export::open(&["-"]).unwrap_err();
    assert!(matches!(error, InputError::Stdin), "{error}");
    assert!(error.to_string().contains("< export.csv"), "{error}");
}
