//! Values beside texts, numbers and booleans: dates, times, lists, JSON, fields with words of their own.

use super::*;
use crate::check::nested::NestedPlace;
use crate::diag::Severity;
use crate::mapping::NestedNames;
use crate::times::{DateError, TimeError, TimeReader};
use crate::wire::InputArray;
use crate::wire::fields::FieldKind;

impl Mapper {
    /// Writes a value that is none of the usual kinds.
    #[inline(never)]
    pub(super) fn write_value(
        &mut self,
        plan: &Plan,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) {
        let before = pen.len();
        put_key(plan, &column.key, pen);
        let written = match column.write {
            Write::Text | Write::Email | Write::Number | Write::Boolean => Ok(()),
            Write::Integer => {
                self.check_digits(column, record, cell);
                integer(record.bytes(cell), pen)
            }
            Write::Field(kind) => self.field(kind, column, record, cell, pen),
            Write::Date(reader_idx) => self.date(plan, reader_idx, record, cell, pen),
            Write::Time(reader_idx) => self.time(plan, reader_idx, column, record, cell, pen),
            Write::NestedDate(reader_idx) => {
                pen.put_slice(NESTED_TIME);
                self.date(plan, reader_idx, record, cell, pen)
            }
            Write::NestedTime(reader_idx) => {
                pen.put_slice(NESTED_TIME);
                self.time(plan, reader_idx, column, record, cell, pen)
            }
            Write::List(_) if record.kind(column.column_idx) == CellKind::Nested => {
                match record.bytes(cell).first() {
                    Some(b'[') => self.json(nested_place(plan), column, record, cell, pen),
                    _ => Err(Code::BadList),
                }
            }
            Write::List(separator_idx) => {
                let separator = &plan.separators[separator_idx];
                if self.list(separator, column, record, cell, pen) == 0 {
                    // An empty list would take the place of the user's: separators alone say nothing.
                    pen.return_to(before);
                    return write_empty(plan, column, record, pen);
                }
                Ok(())
            }
            Write::Json | Write::NestedJson => {
                let place = match column.write {
                    Write::NestedJson => NestedPlace::Inside,
                    _ => nested_place(plan),
                };
                if record.is_json() {
                    self.as_it_is(place, column, record, cell, pen)
                } else {
                    self.json(place, column, record, cell, pen)
                }
            }
        };
        match (written, column.write) {
            (Ok(()), Write::NestedDate(_) | Write::NestedTime(_)) => pen.put_slice(b"\"}"),
            (Ok(()), write) if write.is_quoted() => pen.put_byte(b'"'),
            (Ok(()), _) => {}
            (Err(code), _) => {
                pen.return_to(before);
                self.bad_value(code, column, record);
            }
        }
    }

    /// Writes the instant that a cell names, in UTC; answers with it, too, to the second.
    pub(super) fn instant(
        &mut self,
        reader: &TimeReader,
        column_idx: usize,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> Result<Moment, Code> {
        let mut out = [0; 32];
        let text = cell_text(record, cell, &mut self.text);
        let written = reader.instant(text, &mut out).map_err(TimeError::code)?;
        if written.is_fold {
            self.note(Code::TimeInFold, record, column_idx, Detail::None);
        }
        pen.put_slice(&out[..written.n_bytes]);
        Ok(*out.first_chunk().expect("32 bytes hold 19"))
    }

    fn time(
        &mut self,
        plan: &Plan,
        reader_idx: usize,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> Result<(), Code> {
        self.instant(
            &plan.times[reader_idx],
            column.column_idx,
            record,
            cell,
            pen,
        )
        .map(drop)
    }

    fn date(
        &mut self,
        plan: &Plan,
        reader_idx: usize,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> Result<(), Code> {
        let mut out = [0; 16];
        let text = cell_text(record, cell, &mut self.text);
        let n_bytes = plan.dates[reader_idx].date(text, &mut out);
        pen.put_slice(&out[..n_bytes.map_err(DateError::code)?]);
        Ok(())
    }

    fn field(
        &mut self,
        kind: FieldKind,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> Result<(), Code> {
        let text = cell_text(record, cell, &mut self.text);
        match check::field_text(kind, text) {
            Some(code) if code.severity() == Severity::Error => return Err(code),
            Some(code) => _ = self.note(code, record, column.column_idx, Detail::None),
            None => {}
        }
        self.check_length(column, record, cell);
        pen.put_cell(record, cell);
        Ok(())
    }

    /// Writes the items between separators, and says how many; what is empty between two of them is none.
    fn list(
        &mut self,
        separator: &str,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> usize {
        let text = cell_text(record, cell, &mut self.text);
        let text = std::str::from_utf8(text).unwrap_or_default();
        let (mut n_items, mut is_long) = (0, false);
        pen.put_byte(b'[');
        for item in text.split(separator).filter(|item| !item.is_empty()) {
            if n_items > 0 {
                pen.put_byte(b',');
            }
            pen.put_byte(b'"');
            pen.put_text(item.as_bytes());
            pen.put_byte(b'"');
            n_items += 1;
            is_long |= item.chars().nth(limits::TEXT_CHARS).is_some();
        }
        pen.put_byte(b']');
        if n_items > limits::ARRAY_ITEMS {
            let detail = Detail::Count {
                found: n_items as u64,
                expected: limits::ARRAY_ITEMS as u64,
            };
            self.note(Code::TooManyItems, record, column.column_idx, detail);
        }
        if is_long {
            self.note(Code::TextTooLong, record, column.column_idx, Detail::None);
        }
        n_items
    }

    /// Writes a value of a JSON export as it is.
    fn as_it_is(
        &mut self,
        place: NestedPlace,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> Result<(), Code> {
        match record.kind(column.column_idx) {
            CellKind::Text => {
                self.check_length(column, record, cell);
                pen.put_byte(b'"');
                pen.put_cell(record, cell);
                pen.put_byte(b'"');
            }
            CellKind::Number if !check::number(record.bytes(cell)) => return Err(Code::BadNumber),
            CellKind::Number => {
                self.check_digits(column, record, cell);
                pen.put(record.buffer(), cell.start, cell.end);
            }
            CellKind::Boolean | CellKind::Null | CellKind::Absent => {
                pen.put(record.buffer(), cell.start, cell.end);
            }
            CellKind::Nested => return self.json(place, column, record, cell, pen),
        }
        Ok(())
    }

    /// Writes a JSON value without the white space between its parts.
    fn json(
        &mut self,
        place: NestedPlace,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) -> Result<(), Code> {
        let text = cell_text(record, cell, &mut self.text);
        let text = std::str::from_utf8(text).unwrap_or_default();
        let mut found: Option<(Code, Detail)> = None;
        self.nested.check(text, place, &mut |_, code, detail| {
            // The worst of it is told: an error rejects the cell.
            let is_worse = found.is_none_or(|(other, _)| other.severity() < code.severity());
            if is_worse {
                found = Some((code, detail));
            }
        });
        put_compact(text.as_bytes(), pen);
        match found {
            Some((code, _)) if code.severity() == Severity::Error => return Err(code),
            Some((code, detail)) => _ = self.note(code, record, column.column_idx, detail),
            None => {}
        }
        Ok(())
    }
}

/// Where a nested value of the plan's objects stands.
fn nested_place(plan: &Plan) -> NestedPlace {
    match plan.array() {
        InputArray::Attributes => NestedPlace::Attribute {
            merges: plan.mapping().nested_names == NestedNames::Merge,
        },
        InputArray::Events | InputArray::Purchases => NestedPlace::Property,
    }
}

/// What a date or a time inside an object stands in (nested custom attributes).
const NESTED_TIME: &[u8] = b"{\"$time\":\"";

/// The second so long after 1970, if it is one that Braze takes.
pub(super) fn moment(seconds: u64) -> Option<Moment> {
    let reader = TimeReader::new(Some("epoch_seconds"), None).ok()?;
    let mut out = [0; 32];
    reader
        .instant(seconds.to_string().as_bytes(), &mut out)
        .ok()?;
    out.first_chunk().copied()
}

/// A number without fraction and exponent, within 64 bits (custom attributes: data types).
fn integer(text: &[u8], pen: &mut Pen<'_>) -> Result<(), Code> {
    let is_whole = check::number(text) && !text.iter().any(|byte| b".eE".contains(byte));
    let digits = std::str::from_utf8(text).unwrap_or_default();
    if !is_whole || digits.parse::<i64>().is_err() {
        return Err(Code::BadInteger);
    }
    pen.put_slice(text);
    Ok(())
}

/// Writes JSON without the white space outside of its texts: a body is one line.
fn put_compact(json: &[u8], pen: &mut Pen<'_>) {
    let (mut in_text, mut is_escaped) = (false, false);
    for &byte in json {
        if in_text {
            in_text = is_escaped || byte != b'"';
            is_escaped = !is_escaped && byte == b'\\';
        } else if byte.is_ascii_whitespace() {
            continue;
        } else {
            in_text = byte == b'"';
        }
        pen.put_byte(byte);
    }
}
