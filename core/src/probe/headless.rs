//! Whether a delimited file begins with a row like the others rather than with a header.
//!
//! A header that is taken for a row would be sent as somebody's values, and a row that is taken for a header
//! loses somebody: it is only ever *likely*, and anything that speaks for a header decides.

use super::words;
use crate::forms::{self, Form};
use crate::plan::own_property;
use crate::rejects;
use crate::wire::fields;

/// Values below the first row that a column needs before it says anything.
const LEAST_VALUES: usize = 2;

/// Digits that no name of a column has.
const MANY_DIGITS: usize = 5;

/// What a column says about its first cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// No header looks like that.
    Row,
    /// It is written as all values below, or is one of them.
    Alike,
    /// Nothing.
    None,
    /// All values below have a form that it has not.
    Header,
}

/// Whether the first row seems to be none of names: no cell is a known one, or other than the values below,
/// and either some are what no header has, or all are like what stands below them.
pub(super) fn begins_with_row(first: &[String], rows: &[Vec<String>]) -> bool {
    let fits = |row: &&Vec<String>| row.len() == first.len() && *row != first;
    let rows: Vec<&Vec<String>> = rows.iter().filter(fits).collect();
    if first.iter().any(|cell| is_known(cell)) || counts_up(first) {
        return false;
    }
    let signs = first.iter().enumerate().map(|(column_idx, cell)| {
        let values = rows.iter().map(|row| row[column_idx].as_str());
        sign(cell, values.filter(|value| !value.is_empty()).collect())
    });
    let signs: Vec<Sign> = signs.collect();
    let has = |sign: Sign| signs.contains(&sign);
    !has(Sign::Header) && (has(Sign::Row) || (has(Sign::Alike) && !has(Sign::None)))
}

fn sign(first: &str, values: Vec<&str>) -> Sign {
    if first.is_empty() || values.len() < LEAST_VALUES {
        return Sign::None;
    }
    let family = family_of(values[0]);
    let is_of_one = values.iter().all(|value| family_of(value) == family);
    if !is_of_one || family == Family::Text {
        return match values.contains(&first) {
            true => Sign::Alike,
            false => Sign::None,
        };
    }
    if family_of(first) != family {
        return Sign::Header;
    }
    match family {
        Family::Moment | Family::Address => Sign::Row,
        Family::Number if n_digits(first) >= MANY_DIGITS => {
            let are_long = values.iter().all(|value| n_digits(value) >= MANY_DIGITS);
            // Such as the code of a product over what is sold of it.
            if are_long { Sign::Row } else { Sign::None }
        }
        Family::Number | Family::Boolean | Family::Text => Sign::Alike,
    }
}

/// Forms that values of one column may have beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Number,
    Boolean,
    Moment,
    /// What names one thing in the world.
    Address,
    Text,
}

fn family_of(value: &str) -> Family {
    match forms::of(value.as_bytes()) {
        Form::Integer
        | Form::Decimal
        | Form::Exponent
        | Form::LeadingZeros
        | Form::LeadingPlus
        | Form::LongNumber
        | Form::Epoch => Family::Number,
        Form::TrueFalse | Form::YesNo => Family::Boolean,
        Form::Date | Form::Time | Form::LocalTime | Form::SlashDate | Form::OtherDate => {
            Family::Moment
        }
        Form::Email | Form::Phone | Form::Uuid => Family::Address,
        Form::SpreadsheetDamage
        | Form::JsonObject
        | Form::JsonArray
        | Form::NullWord
        | Form::Text => Family::Text,
    }
}

fn n_digits(value: &str) -> usize {
    value.bytes().filter(u8::is_ascii_digit).count()
}

/// Whether a text is a name that columns are known to have.
fn is_known(cell: &str) -> bool {
    const LISTS: &[&[&str]] = &[
        words::EXTERNAL_ID,
        words::BRAZE_ID,
        words::ALIAS_NAME,
        words::ALIAS_LABEL,
        words::EMAIL,
        words::PHONE,
        words::AUDIENCE_ID,
        words::SPLIT_ID,
        words::STATUS,
        words::EVENT_NAME,
        words::EVENT_TIME,
        words::APP_ID,
        &[words::NAME],
    ];
    let plain = fields::plain(cell);
    LISTS.iter().any(|list| list.contains(&&*plain))
        || fields::standard(cell.trim()).is_some()
        || fields::near_miss(cell).is_some()
        || fields::is_control(cell.trim())
        || cell.trim_start().starts_with("AIQ_")
        || rejects::COLUMNS.contains(&cell)
        || own_property(cell).is_some()
        || forms::names_identifier(cell)
}

/// Whether the numbers among the cells go up by one, as numbers of columns and years do.
fn counts_up(first: &[String]) -> bool {
    let numbers: Vec<i64> = first.iter().filter_map(|cell| cell.parse().ok()).collect();
    numbers.len() > 1
        && numbers
            .windows(2)
            .all(|pair| pair[0].checked_add(1) == Some(pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(text: &str) -> bool {
        let row = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut rows: Vec<_> = text.split(' ').map(row).collect();
        let first = rows.remove(0);
        begins_with_row(&first, &rows)
    }

    #[test]
    fn rows_are_known_by_what_stands_below_them() {
        for text in [
            "7,1042 9,1042 12,1043",
            "00123,1042,1 00124,1042,1 00125,1043,2",
            "00123,Ana,entered 00124,Bob,exited 00125,Eva,entered",
            "ana@example.com,gold bob@example.com,red eva@example.com,gold",
            "k-1,2026-01-01 k-2,2026-01-02 k-3,2026-01-02",
            "a,x b,x a,y",
            "7,true 9,false 12,true",
        ] {
            assert!(begins(text), "{text}");
        }
    }

    #[test]
    fn headers_are_left_alone() {
        for text in [
            "id,x 7,1 8,2",
            "AIQ_1_2,AIQ_1_3 true,false true,true",
            "k,1042 a,3 b,5",
            "k,2024 a,3 b,5",
            "2024,2025 1,2 3,4",
            "1,2,3 4,5,6 7,8,9",
            "kunde,stufe a,gold b,red kunde,stufe",
            "kunde,newsletter a,newsletter b,newsletter",
            "7,1042 9,1042",
            "7 8",
            "email ana@example.com bob@example.com",
            "100234,300235 3,5 8,1",
            "tag,wert x,y z,w",
            ",, a,b,c d,e,f",
        ] {
            assert!(!begins(text), "{text}");
        }
    }
}
