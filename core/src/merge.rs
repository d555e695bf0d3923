//! Rows of one user that follow each other: their objects become one.
//!
//! It is done on the objects as they were written: the cost is that of the rows it is done to, and rows of
//! different users pay nothing.

use std::ops::Range;

use crate::batch::starts_like_operator;
use crate::wire::limits;
use crate::wire::members::Members;

/// Merges objects into a buffer that is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Merger {
    merged: Vec<u8>,
    fresh: Vec<Fresh>,
    conflicts: Vec<Vec<u8>>,
}

/// A member of the later object.
#[derive(Debug)]
struct Fresh {
    key: Range<usize>,
    value: Range<usize>,
    /// It is no column.
    is_own: bool,
    /// The earlier object has it, too.
    is_known: bool,
}

impl Merger {
    /// Merges a later object into an earlier one of the same user: the last filled value wins, in the place
    /// of the first. Both start with the same `head` bytes; the later one's first `n_own` members behind
    /// them are no columns: of those the last value wins, whatever it is. `None` when the object would be too large,
    /// or either holds an operator: each of two counts.
    pub(crate) fn merge(
        &mut self,
        earlier: &[u8],
        later: &[u8],
        head: usize,
        n_own: usize,
    ) -> Option<&[u8]> {
        self.read(later, head, n_own);
        let mut fresh = self.fresh.iter();
        if fresh.any(|fresh| starts_like_operator(&later[fresh.value.clone()])) {
            return None;
        }
        self.conflicts.clear();
        self.merged.clear();
        self.merged.extend_from_slice(earlier.get(..head)?);
        let mut n_keys = 0;
        let mut members = Members::behind(earlier, head);
        while let Some((key, value)) = members.next_places() {
            let (key, mut value) = (&earlier[key], &earlier[value]);
            if starts_like_operator(value) {
                return None;
            }
            let fresh = self
                .fresh
                .iter_mut()
                .find(|fresh| later[fresh.key.clone()] == *key);
            if let Some(fresh) = fresh {
                fresh.is_known = true;
                let other = &later[fresh.value.clone()];
                if value != other && (fresh.is_own || is_filled(value) && is_filled(other)) {
                    self.conflicts.push(key.to_vec());
                }
                if fresh.is_own || is_filled(other) || !is_filled(value) {
                    value = other;
                }
            }
            push_member(&mut self.merged, key, value);
            n_keys += 1;
        }
        for fresh in self.fresh.iter().filter(|fresh| !fresh.is_known) {
            let (key, value) = (&later[fresh.key.clone()], &later[fresh.value.clone()]);
            push_member(&mut self.merged, key, value);
            n_keys += 1;
        }
        self.merged.push(b'}');
        let fits = n_keys <= limits::OBJECT_KEYS && self.merged.len() <= limits::OBJECT_BYTES;
        fits.then_some(&self.merged)
    }

    /// The keys, as JSON, of which the last merge dropped a value.
    pub(crate) fn conflicts(&self) -> &[Vec<u8>] {
        &self.conflicts
    }

    fn read(&mut self, later: &[u8], head: usize, n_own: usize) {
        self.fresh.clear();
        let mut members = Members::behind(later, head);
        while let Some((key, value)) = members.next_places() {
            self.fresh.push(Fresh {
                key,
                value,
                is_own: self.fresh.len() < n_own,
                is_known: false,
            });
        }
    }
}

/// Writes what two objects of one user say as one: of a key that both have, the later one's value, in the place
/// of the first. That is what Braze is left with after both, as long as neither holds an operator.
///
/// `false`, and nothing is written: the object would have more keys or bytes than Braze takes.
pub fn write_merged(earlier: &[u8], later: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let fresh: Vec<_> = Members::new(later).collect();
    let mut is_known = vec![false; fresh.len()];
    let mut n_keys = 0;
    for (key, value) in Members::new(earlier) {
        let known = fresh.iter().position(|(other, _)| *other == key);
        let value = known.map_or(value, |known| {
            is_known[known] = true;
            fresh[known].1
        });
        push_member(out, key, value);
        n_keys += 1;
    }
    for ((key, value), _) in fresh.iter().zip(is_known).filter(|(_, is_known)| !is_known) {
        push_member(out, key, value);
        n_keys += 1;
    }
    out.push(b'}');
    out[start] = b'{'; // in the place of the first comma
    let fits = n_keys <= limits::OBJECT_KEYS && out.len() - start <= limits::OBJECT_BYTES;
    if !fits {
        out.truncate(start);
    }
    fits
}

fn push_member(object: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    for piece in [b",", key, b":", value] {
        object.extend_from_slice(piece);
    }
}

fn is_filled(value: &[u8]) -> bool {
    !matches!(value, b"null" | b"\"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(earlier: &str, later: &str, n_own: usize) -> (String, Vec<String>) {
        let head = br#"{"external_id":"1""#.len();
        let mut merger = Merger::default();
        let merged = merger.merge(earlier.as_bytes(), later.as_bytes(), head, n_own);
        let merged = String::from_utf8(merged.unwrap().to_vec()).unwrap();
        let conflicts = merger.conflicts().iter();
        let conflicts = conflicts.map(|key| String::from_utf8_lossy(key).into_owned());
        (merged, conflicts.collect())
    }

    #[test]
    fn the_last_filled_value_wins_in_the_place_of_the_first() {
        let (merged, conflicts) = merge(
            r#"{"external_id":"1","a":"x","b":null,"c":"k","d":1}"#,
            r#"{"external_id":"1","e":true,"a":"y","b":2,"c":null,"d":1}"#,
            0,
        );
        assert_eq!(
            merged,
            r#"{"external_id":"1","a":"y","b":2,"c":"k","d":1,"e":true}"#
        );
        assert_eq!(conflicts, ["\"a\""]);
    }

    #[test]
    fn operators_are_not_merged() {
        let object = |value: &str| format!(r#"{{"external_id":"1","n":{value}}}"#);
        let head = br#"{"external_id":"1""#.len();
        for [earlier, later] in [[r#"{"inc":1}"#, "2"], ["2", r#"{"inc":1}"#]] {
            let (earlier, later) = (object(earlier), object(later));
            let mut merger = Merger::default();
            let merged = merger.merge(earlier.as_bytes(), later.as_bytes(), head, 0);
            assert_eq!(merged, None);
        }
    }

    #[test]
    fn of_membership_the_last_value_wins_whatever_it_is() {
        let (merged, conflicts) = merge(
            r#"{"external_id":"1","AIQ_3_4":true,"x":"a","AIQ_1_2":true}"#,
            r#"{"external_id":"1","AIQ_1_2":null,"x":""}"#,
            1,
        );
        assert_eq!(
            merged,
            r#"{"external_id":"1","AIQ_3_4":true,"x":"a","AIQ_1_2":null}"#
        );
        assert_eq!(conflicts, ["\"AIQ_1_2\""]);
    }

    #[test]
    fn of_two_objects_the_later_value_counts_whatever_it_is() {
        let merged = |earlier: &str, later: &str| {
            let mut out = b"x".to_vec();
            let fits = write_merged(earlier.as_bytes(), later.as_bytes(), &mut out);
            (fits, String::from_utf8(out).unwrap())
        };
        assert_eq!(
            merged(
                r#"{"external_id":"1","a":"x","b":[1,2],"c":{"k":1}}"#,
                r#"{"external_id":"1","d":true,"b":null,"a":""}"#,
            ),
            (
                true,
                r#"x{"external_id":"1","a":"","b":null,"c":{"k":1},"d":true}"#.to_owned()
            )
        );
        let long = |key: &str| {
            format!(
                "{{\"external_id\":\"1\",\"{key}\":\"{}\"}}",
                "y".repeat(60_000)
            )
        };
        assert_eq!(merged(&long("a"), &long("b")), (false, "x".to_owned()));
        assert!(merged(&long("a"), &long("a")).0);
    }

    #[test]
    fn what_would_be_too_large_is_not_merged() {
        let object = |from: usize| {
            let members = (from..from + 150).map(|n| format!(",\"k{n}\":1"));
            format!("{{\"external_id\":\"1\"{}}}", members.collect::<String>())
        };
        let head = br#"{"external_id":"1""#.len();
        let mut merger = Merger::default();
        let (one, same, other) = (object(0), object(100), object(101));
        let mut merge = |later: &str| {
            merger
                .merge(one.as_bytes(), later.as_bytes(), head, 0)
                .is_some()
        };
        assert!(merge(&same), "250 keys");
        assert!(!merge(&other), "251 keys");
        let long = |c: &str| format!("{{\"external_id\":\"1\",\"{c}\":\"{}\"}}", c.repeat(60_000));
        assert!(
            merger
                .merge(long("a").as_bytes(), long("b").as_bytes(), head, 0)
                .is_none()
        );
    }
}
