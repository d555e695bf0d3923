//! What a survey found, and what of it deserves a word.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use crate::diag::{Code, Fix, Grade, MappingEdit, Place, Problem};
use crate::forms::{self, Form, ValueKind};
use crate::mapping::{Kind, Use};
use crate::plan::{Part, Plan, Subject};
use crate::read::Location;
use crate::wire::fields;

/// Facts about an export. Serialised, in a shape that only ever grows:
///
/// ```json
/// {"rows":5000,"bad_rows":1,
///  "files":[{"name":"a.csv","rows":5000,"bytes":441200,
///            "bad_rows":[{"code":"AIQ1004","name":"unclosed-quote","count":1,"first":PLACE}]}],
///  "columns":[{"column_idx":0,"header":"ltv","kind":"number","filled":4990,"empty":9,
///              "forms":[{"form":"integer","count":200,"first":PLACE},{"form":"decimal","count":4790,"first":PLACE}],
///              "longest":{"characters":16,"first":PLACE},"smallest":"-99.10","largest":"9007199254748.99",
///              "distinct":{"exactly":4121},"spaces":null,"non_ascii":null}]}
/// ```
///
/// `PLACE` is `{"file":0,"row":17,"line":21,"byte":2210}`, all of it as in [`Location`]. `distinct` is
/// `{"exactly":n}` or `{"more_than":n}`; `spaces` and `non_ascii` are `{"count":n,"first":PLACE}` or null.
///
/// `smallest` and `largest` are values of the export, and may be personal data (a date of birth); file names
/// and headers are the export's own, too. All else is counts and places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Rows of all files, bad ones included.
    pub rows: u64,
    /// Rows that cannot be read, or have more or fewer cells than columns. Nothing of them is counted in the
    /// columns.
    pub bad_rows: u64,
    /// File by file, in the order of `begin_file`.
    pub files: Vec<FileFacts>,
    /// Column by column, in the order of the header.
    pub columns: Vec<ColumnFacts>,
}

/// Facts about one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// As `begin_file` had it.
    pub name: String,
    /// Rows, bad ones included, without the header.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bad rows by what is wrong with them, in the order of the codes' numbers.
    pub bad_rows: Vec<BadRows>,
}

/// Rows of a file that are bad for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRows {
    /// What is wrong.
    pub code: Code,
    /// How many, and where the first is.
    pub seen: Occurrences,
}

/// Facts about one column. Empty cells count as `empty` and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnFacts {
    /// From 0.
    pub column_idx: usize,
    /// Its text.
    pub header: String,
    /// The type that all its values allow. Never a number where the header names an identifier, or a value
    /// has leading zeros, a plus, or more than 15 significant digits.
    pub kind: ValueKind,
    /// Cells with at least one character.
    pub filled: u64,
    /// Cells without one.
    pub empty: u64,
    /// What the values look like: the forms that were seen, in the order of [`Form::ALL`].
    pub forms: Vec<FormCount>,
    /// The longest value; `None` where nothing is filled.
    pub longest: Option<Longest>,
    /// The smallest value. `None` unless all values are numbers (compared exactly, by their digits), or all are
    /// dates, or all are times (compared as texts: right where all are written in one way).
    pub smallest: Option<String>,
    /// The largest value, likewise.
    pub largest: Option<String>,
    /// How many different values there are.
    pub distinct: Distinct,
    /// Values with white space in front or behind.
    pub spaces: Option<Occurrences>,
    /// Values with characters beyond ASCII.
    pub non_ascii: Option<Occurrences>,
}

/// How many values have a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FormCount {
    /// The form.
    pub form: Form,
    /// How many; at least one.
    pub count: u64,
    /// The row of the first.
    pub first: Location,
}

/// The longest value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Longest {
    /// Its length in Unicode characters.
    pub characters: u64,
    /// The first row with a value of that length.
    pub first: Location,
}

/// How many different values a column has. Compared by 64 bits of hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Distinct {
    /// So many.
    Exactly(u64),
    /// More than are counted.
    MoreThan(u64),
}

/// How often something was seen, and where first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Occurrences {
    /// At least one.
    pub count: u64,
    /// The row of the first.
    pub first: Location,
}

impl Occurrences {
    #[inline(always)]
    pub(super) fn add(seen: &mut Option<Self>, at: Location) {
        match seen {
            Some(seen) => seen.count += 1,
            None => {
                *seen = Some(Self {
                    count: 1,
                    first: at,
                })
            }
        }
    }
}

impl FileFacts {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows: 0,
            bytes: 0,
            bad_rows: Vec::new(),
        }
    }

    pub(super) fn add_bad_row(&mut self, code: Code, at: Location) {
        self.rows += 1;
        match self.bad_rows.binary_search_by_key(&code, |bad| bad.code) {
            Ok(idx) => self.bad_rows[idx].seen.count += 1,
            Err(idx) => {
                let seen = Occurrences {
                    count: 1,
                    first: at,
                };
                self.bad_rows.insert(idx, BadRows { code, seen });
            }
        }
    }
}

impl Serialize for BadRows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("code", self.code.id())?;
        map.serialize_entry("name", self.code.name())?;
        map.serialize_entry("count", &self.seen.count)?;
        map.serialize_entry("first", &self.seen.first)?;
        map.end()
    }
}

/// Of a column that is of one type but for a few values, at least nine in ten are of that type.
const MOST_OTHERS: (u64, u64) = (1, 10);

impl Facts {
    pub(super) fn new(files: Vec<FileFacts>, columns: Vec<ColumnFacts>) -> Self {
        let bad_rows = files.iter().flat_map(|file| &file.bad_rows);
        Self {
            rows: files.iter().map(|file| file.rows).sum(),
            bad_rows: bad_rows.map(|bad| bad.seen.count).sum(),
            files,
            columns,
        }
    }

    /// What in the columns deserves a word, column by column. Only columns count that the plan sends, or takes
    /// users, audiences or events from; the facts are those of the plan's export.
    ///
    /// - [`Code::SpreadsheetDamage`] in identifiers and in columns whose headers name identifiers;
    /// - [`Code::MixedForms`] where nine values in ten are numbers (booleans, dates, times), and others are not;
    /// - [`Code::BooleanAsText`] where a column that is sent as text holds `true` and `false` alone;
    /// - [`Code::DateStaysText`] where nine values in ten of such a column are dates of other forms than
    ///   `yyyy-MM-dd`, and Braze does not read all of them;
    /// - [`Code::SameIdentifier`] where all of at least two rows name one user;
    /// - [`Code::SpacesAroundValues`].
    pub fn findings(&self, plan: &Plan) -> Vec<Problem> {
        let mut found = Vec::new();
        let uses = uses(plan);
        for (column, to_use) in self.columns.iter().zip(uses) {
            let Some(to_use) = to_use else { continue };
            let is_identifier = to_use == ColumnUse::Identifier;
            found.extend(column.damage(is_identifier));
            found.extend(column.mixture());
            if to_use == ColumnUse::Text {
                found.extend(column.booleans(plan));
                found.extend(column.dates());
            }
            found.extend(column.sameness(is_identifier));
            found.extend(column.spaces());
        }
        found
    }
}

/// What a plan does with a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ColumnUse {
    /// It takes users from it.
    Identifier,
    /// It takes the audience, the event or the rows that are meant from it.
    Part,
    /// It sends it as text under a name of the user's.
    Text,
    /// It sends it as another type, or as a field of Braze's.
    Sent,
}

/// What the plan does with each column of its header.
fn uses(plan: &Plan) -> Vec<Option<ColumnUse>> {
    let mut uses = vec![None; plan.header().width()];
    for (column_idx, name, kind) in plan.attributes() {
        let is_own = matches!(plan.subject, Subject::Event(_)) || fields::standard(&name).is_none();
        uses[column_idx] = Some(match kind {
            Kind::Text if is_own => ColumnUse::Text,
            _ => ColumnUse::Sent,
        });
    }
    let column_of = |part: &Part| match part {
        Part::Column(column_idx) => Some(*column_idx),
        Part::Value { .. } | Part::OfFile(_) => None,
    };
    let mut parts: Vec<usize> = Vec::new();
    match &plan.subject {
        Subject::Attributes => {}
        Subject::Audience(membership) => {
            parts.extend(
                [&membership.id, &membership.split]
                    .into_iter()
                    .filter_map(column_of),
            );
            parts.extend(membership.member.iter().map(|member| member.column_idx));
        }
        Subject::Event(event) => {
            parts.extend(column_of(&event.name));
            parts.push(event.time_idx);
            parts.extend(event.app_id.iter().filter_map(column_of));
        }
    }
    parts.extend(plan.filter.iter().map(|filter| filter.column_idx));
    for column_idx in parts {
        uses[column_idx].get_or_insert(ColumnUse::Part);
    }
    for identifier in &plan.identifiers {
        uses[identifier.column_idx] = Some(ColumnUse::Identifier);
        if let Some(label_idx) = identifier.label.as_ref().and_then(column_of) {
            uses[label_idx].get_or_insert(ColumnUse::Part);
        }
    }
    uses
}

impl ColumnFacts {
    /// How many values have a form, and where the first is.
    pub fn seen(&self, form: Form) -> Option<&FormCount> {
        self.forms.iter().find(|seen| seen.form == form)
    }

    fn damage(&self, is_identifier: bool) -> Option<Problem> {
        let seen = self.seen(Form::SpreadsheetDamage)?;
        let is_identifier = is_identifier || forms::names_identifier(&self.header);
        is_identifier
            .then(|| self.problem(Code::SpreadsheetDamage, seen.first, self.share(seen.count)))
    }

    /// Values that keep a column from a type that nearly all others have.
    fn mixture(&self) -> Option<Problem> {
        let kinds = [
            ValueKind::Number,
            ValueKind::Boolean,
            ValueKind::Date,
            ValueKind::Time,
            ValueKind::LocalTime,
        ];
        kinds.into_iter().find_map(|kind| {
            let is_other = |seen: &&FormCount| seen.form.kind().with(kind) != kind;
            let others = || self.forms.iter().filter(is_other);
            let n_others: u64 = others().map(|seen| seen.count).sum();
            let (part, whole) = MOST_OTHERS;
            let first = others().map(|seen| seen.first).min()?;
            // Digits that are kept on purpose make the column no number, however many of them there are.
            let is_text_on_purpose = kind == ValueKind::Number
                && (forms::names_identifier(&self.header)
                    || others().any(|seen| seen.form.keeps_digits()));
            let is_few = n_others.saturating_mul(whole) <= self.filled.saturating_mul(part);
            let words: Vec<&str> = others().map(|seen| seen.form.as_str()).collect();
            (is_few && !is_text_on_purpose).then(|| {
                let found = format!("{} ({})", self.share(n_others), words.join(", "));
                self.problem(Code::MixedForms, first, found)
            })
        })
    }

    /// A column of `true` and `false` that arrives as texts.
    fn booleans(&self, plan: &Plan) -> Option<Problem> {
        let seen = self.seen(Form::TrueFalse)?;
        if seen.count < self.filled {
            return None;
        }
        let mut rules = plan.mapping().columns.iter();
        let rule = rules.find(|rule| plan.header().position(&rule.column) == Some(self.column_idx));
        let is_said = rule.is_some_and(
            |rule| matches!(&rule.to_use, Use::Attribute(attribute) if attribute.kind.is_some()),
        );
        let edit = MappingEdit::SetKind {
            column: rule.map_or_else(
                || plan.header().column_ref(self.column_idx),
                |rule| rule.column.clone(),
            ),
            kind: Kind::Boolean,
        };
        // Who says text may mean it.
        let grade = if is_said {
            Grade::Likely
        } else {
            Grade::Certain
        };
        let mut problem = self.problem(Code::BooleanAsText, seen.first, self.share(seen.count));
        problem.fix = Some(Fix { edit, grade });
        Some(problem)
    }

    /// A column of dates that Braze does not read, or takes for others: of `03/04/2024` and `29/04/2024` it
    /// reads the one as the fourth of March, and the other not at all. No fix: which number is the day only a
    /// person knows.
    fn dates(&self) -> Option<Problem> {
        let unread = self.seen(Form::OtherDate)?;
        let n_read = self.seen(Form::SlashDate).map_or(0, |seen| seen.count);
        let n_others = self.filled - unread.count - n_read;
        let (part, whole) = MOST_OTHERS;
        let is_date = n_others.saturating_mul(whole) <= self.filled.saturating_mul(part);
        is_date.then(|| self.problem(Code::DateStaysText, unread.first, self.share(unread.count)))
    }

    /// One user in all rows.
    fn sameness(&self, is_identifier: bool) -> Option<Problem> {
        let first = self.longest?.first;
        let is_same = is_identifier && self.filled > 1 && self.distinct == Distinct::Exactly(1);
        is_same.then(|| self.problem(Code::SameIdentifier, first, self.share(self.filled)))
    }

    fn spaces(&self) -> Option<Problem> {
        let seen = self.spaces?;
        Some(self.problem(Code::SpacesAroundValues, seen.first, self.share(seen.count)))
    }

    /// `12 / 5000`: so many of the filled cells.
    fn share(&self, count: u64) -> String {
        format!("{count} / {}", self.filled)
    }

    fn problem(&self, code: Code, at: Location, found: String) -> Problem {
        Problem {
            code,
            place: Place::Row {
                at,
                column: Some(self.header.clone()),
            },
            found: Some(found),
            expected: None,
            fix: None,
        }
    }
}
