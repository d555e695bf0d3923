//! The ids of an audience and its split in a file's name.

use crate::mapping::FileName;

/// Words in front of the ids, in lower case.
const WORDS: &[&str] = &["actioniq", "aiq", "audience", "audiencia"];

/// Endings that say how a file is written.
const ENDINGS: &[&str] = &[
    ".csv", ".tsv", ".psv", ".txt", ".json", ".jsonl", ".ndjson", ".gz", ".zip", ".zst", ".bz2",
];

/// Ids are short; longer digits are times of day, epochs, or something else.
const MOST_DIGITS: usize = 9;

/// The template of names such as `audience_123_4.csv` and `aiq_123_split_4_2026-01-01.csv.gz`; `None` where
/// the two ids are not plain to see.
pub(super) fn template(name: &str) -> Option<FileName> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let starts = name.char_indices().map(|(start, _)| start);
    starts
        .filter(|start| !name[..*start].ends_with(|c: char| c.is_alphanumeric()))
        .find_map(|start| template_at(name, start))
}

/// The template of a name whose ids follow the word that starts here.
fn template_at(name: &str, start: usize) -> Option<FileName> {
    let behind = WORDS
        .iter()
        .find_map(|word| behind_word(&name[start..], word))?;
    let behind = behind_separator(behind)?;
    let behind = behind_words(behind, &["id"]);
    let audience = digits(behind)?;
    let audience_start = name.len() - behind.len();
    let behind = behind_separator(&behind[audience.len()..])?;
    let behind = behind_words(behind, &["split", "id"]);
    let split = digits(behind)?;
    let split_start = name.len() - behind.len();
    let tail = &behind[split.len()..];
    if is_date(audience, split, tail) {
        return None;
    }
    let head = if start > 0 { "{}" } else { "" };
    let word = &name[start..audience_start];
    let between = &name[audience_start + audience.len()..split_start];
    let tail = tail_template(tail)?;
    let template = format!("{head}{word}{{audience_id}}{between}{{split_id}}{tail}");
    let template = FileName::parse(&template).ok()?;
    let read = template.read(name)?;
    (read == [("audience_id", audience), ("split_id", split)]).then_some(template)
}

/// What comes behind those of the words that are there, each with a separator behind it.
fn behind_words<'n>(text: &'n str, words: &[&str]) -> &'n str {
    words.iter().fold(text, |text, word| {
        let behind = behind_word(text, word).and_then(behind_separator);
        behind.unwrap_or(text)
    })
}

/// What comes behind a word, in any case.
fn behind_word<'n>(text: &'n str, word: &str) -> Option<&'n str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

fn behind_separator(text: &str) -> Option<&str> {
    text.strip_prefix(['_', '-', ' '])
}

/// The id at the start of a text: digits, and no more of them than an id has.
fn digits(text: &str) -> Option<&str> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let is_day = n_digits == 8 && is_year(&text[..4]);
    ((1..=MOST_DIGITS).contains(&n_digits) && !is_day).then(|| &text[..n_digits])
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// Whether the two ids are the year and the month of a date.
fn is_date(audience: &str, split: &str, tail: &str) -> bool {
    let day = behind_separator(tail).and_then(digits);
    is_year(audience) && split.len() == 2 && day.is_some_and(|day| day.len() == 2)
}

/// What follows the ids: the ending as it is, and anything in front of it.
fn tail_template(tail: &str) -> Option<String> {
    let mut middle = tail;
    while let Some(ending) = ENDINGS
        .iter()
        .find_map(|ending| strip_ending(middle, ending))
    {
        middle = ending;
    }
    let ending = &tail[middle.len()..];
    match middle.chars().next() {
        None => Some(ending.to_owned()),
        Some(separator @ ('_' | '-' | ' ' | '.')) => Some(format!("{separator}{{}}{ending}")),
        Some(_) => None,
    }
}

fn strip_ending<'n>(text: &'n str, ending: &str) -> Option<&'n str> {
    let start = text.len().checked_sub(ending.len())?;
    let (rest, found) = text.split_at_checked(start)?;
    found.eq_ignore_ascii_case(ending).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_two_ids_have_a_template() {
        for (name, wanted) in [
            (
                "audience_123_4.csv",
                Some("audience_{audience_id}_{split_id}.csv"),
            ),
            (
                "out/2026/aiq_123_4_2026-01-01.csv",
                Some("aiq_{audience_id}_{split_id}_{}.csv"),
            ),
            (
                "AIQ-12-3-part-0001.csv.gz",
                Some("AIQ-{audience_id}-{split_id}-{}.csv.gz"),
            ),
            (
                "audience_123_split_4.jsonl",
                Some("audience_{audience_id}_split_{split_id}.jsonl"),
            ),
            (
                "audience_id_123_4",
                Some("audience_id_{audience_id}_{split_id}"),
            ),
            (
                "spring_audience_7_1.CSV",
                Some("{}audience_{audience_id}_{split_id}.CSV"),
            ),
            (
                "audience_2026_7.csv",
                Some("audience_{audience_id}_{split_id}.csv"),
            ),
            ("audience_123.csv", None),
            ("audience_2026_01_15.csv", None),
            ("audience_20260115_120000.csv", None),
            ("audience_123_20260115.csv", None),
            ("audience_1704164645_4.csv", None),
            ("audience_123_4b.csv", None),
            ("myaudience_1_2.csv", None),
            ("users_1_2.csv", None),
            ("audience_{1}_2.csv", None),
            ("audience_é_2.csv", None),
            ("", None),
        ] {
            let found = template(name);
            assert_eq!(found.as_ref().map(FileName::as_str), wanted, "{name}");
        }
    }
}
