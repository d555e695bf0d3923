//! What was found, as places in the text: the first ones, and counts of all.

use std::collections::{BTreeMap, BinaryHeap};

use super::{MOST_PROBLEMS, Report, place};
use crate::diag::{Code, Detail, Place, Problem, count_words, quote};
use crate::wire::cursor::{Cursor, Token};

/// The problems found so far. Of those that are kept, the last in the text makes room for an earlier one.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: BinaryHeap<Finding>,
    tally: BTreeMap<Code, u64>,
}

/// One problem. Ordered by its place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    at: usize,
    code: Code,
    expected: Option<&'static str>,
    count: Option<(u64, u64)>,
}

impl Findings {
    /// Adds a problem with the token that starts at this byte.
    pub(super) fn add(&mut self, at: usize, code: Code, detail: Detail) {
        let count = match detail {
            Detail::Count { found, expected } => Some((found, expected)),
            Detail::None | Detail::Offset(_) => None,
        };
        self.keep(Finding {
            at,
            code,
            expected: None,
            count,
        });
    }

    /// Adds a problem with what was expected in JSON's own words.
    pub(super) fn add_expecting(&mut self, at: usize, code: Code, expected: &'static str) {
        self.keep(Finding {
            at,
            code,
            expected: Some(expected),
            count: None,
        });
    }

    fn keep(&mut self, finding: Finding) {
        *self.tally.entry(finding.code).or_default() += 1;
        self.kept.push(finding);
        if self.kept.len() > MOST_PROBLEMS {
            self.kept.pop();
        }
    }

    /// The problems in words, with their places in the text.
    pub(super) fn report(self, source: &str) -> Report {
        let kept = self.kept.into_sorted_vec();
        let offsets: Vec<usize> = kept.iter().map(|finding| finding.at).collect();
        let places = place::paths(source, &offsets)
            .into_iter()
            .zip(place::lines(source, &offsets));
        let problems = kept
            .iter()
            .zip(places)
            .map(|(finding, (path, (line, column)))| {
                let (found, expected) = match finding.count {
                    Some((found, expected)) => count_words(finding.code, found, expected),
                    None => (found_at(source, finding), None),
                };
                Problem {
                    code: finding.code,
                    place: Place::Payload { path, line, column },
                    found,
                    expected: expected.or(finding.expected.map(str::to_owned)),
                    fix: None,
                }
            });
        Report {
            problems: problems.collect(),
            tally: self.tally,
            ..Report::default()
        }
    }
}

/// What stands at a problem's place, cut short.
fn found_at(source: &str, finding: &Finding) -> Option<String> {
    let is_absence = matches!(
        finding.code,
        Code::MissingMember
            | Code::ObjectWithoutIdentifier
            | Code::NothingToSend
            | Code::BodyNotUtf8
            | Code::BodyNotJson
    );
    let start = Cursor::new(source.get(finding.at..)?)
        .value()
        .ok()
        .filter(|_| !is_absence)?;
    Some(match start.token {
        Token::Null => "null".to_owned(),
        Token::Bool(value) => value.to_string(),
        Token::Number(number) if number.len() > 60 => format!("{}…", &number[..60]),
        Token::Number(number) => number.to_owned(),
        Token::Text(text) => quote(&text.chars().take(100).collect::<String>()),
        Token::Array => "[…]".to_owned(),
        Token::Object => "{…}".to_owned(),
    })
}
