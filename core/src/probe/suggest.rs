//! From a header and the first rows to a mapping, with a reason for each part of it.

use super::{Because, Reason, Role, Suggestion, file_name, words};
use crate::check;
use crate::diag::Grade;
use crate::forms::{self, Form, ValueKind};
use crate::header::Header;
use crate::mapping::{
    AudienceRule, ColumnRef, ColumnRule, EventRule, FileName, IdentifierKind, IdentifierRule, Kind,
    Leaver, Mapping, MemberRule, Rows, Source, TimeRule, Use,
};
use crate::plan::own_property;
use crate::read::Format;
use crate::rejects;
use crate::survey::Facts;
use crate::wire::fields::{self, FieldKind};

/// What an export's first rows show.
pub(super) struct Columns<'s> {
    pub(super) header: &'s Header,
    pub(super) rows: &'s [Vec<String>],
}

/// A column that a header or its values give away.
type Found = (usize, Grade, Because);

/// Whether a value looks like one of its kind.
type IsOne = fn(&str) -> bool;

/// The mapping that a header, the first rows and perhaps the file's name suggest.
pub(super) fn suggest(columns: &Columns<'_>, name: Option<&str>) -> Suggestion {
    let mut reasons = Vec::new();
    let identifiers = columns.identifiers(&mut reasons);
    let (rows, file_name) = columns.rows_are(name, &mut reasons);
    let mut mapping = Mapping::new(rows, identifiers);
    mapping.file_name = file_name;
    let mut suggestion = Suggestion { mapping, reasons };
    let parts = columns.parts(&suggestion);
    columns.skip_aliases(&parts, &mut suggestion.mapping);
    columns.add_kinds(&mut suggestion, |column_idx| {
        columns.kind_in_sample(column_idx)
    });
    suggestion
}

impl Columns<'_> {
    fn identifiers(&self, reasons: &mut Vec<Reason>) -> Vec<IdentifierRule> {
        let mut found = self.primary_identifiers();
        if found.is_empty() {
            found = self.secondary_identifiers();
        }
        if found.is_empty() {
            // Its label is not in the export: a person has to say it.
            found.extend(self.alias());
        }
        let rules = found
            .into_iter()
            .map(|(rule, (column_idx, grade, because))| {
                let role = Role::Identifier(rule.kind);
                reasons.push(Reason::new(column_idx, role, grade, because));
                rule
            });
        rules.collect()
    }

    /// What names a profile by itself, in the order in which it is tried.
    fn primary_identifiers(&self) -> Vec<(IdentifierRule, Found)> {
        let kinds = [
            (words::EXTERNAL_ID, IdentifierKind::ExternalId),
            (words::BRAZE_ID, IdentifierKind::BrazeId),
        ];
        let named = kinds.into_iter().filter_map(|(words, kind)| {
            let found = self.named(words)?;
            Some((self.identifier(kind, found.0), found))
        });
        let mut found: Vec<_> = named.collect();
        found.extend(self.alias().filter(|(rule, _)| rule.label.is_some()));
        if found.is_empty() {
            found.extend(self.braze_id_by_values());
        }
        found
    }

    /// Addresses: they find profiles where nothing else names them. Whether they should only a person knows.
    fn secondary_identifiers(&self) -> Vec<(IdentifierRule, Found)> {
        let kinds: [(_, _, IsOne); 2] = [
            (words::EMAIL, IdentifierKind::Email, is_email),
            (words::PHONE, IdentifierKind::Phone, is_phone),
        ];
        let found = kinds.into_iter().filter_map(|(words, kind, is_one)| {
            let (column_idx, _, because) = self.named(words)?;
            let is_empty = self.values(column_idx).next().is_none();
            (is_empty || self.values(column_idx).any(is_one)).then(|| {
                let found = (column_idx, Grade::Likely, because);
                (self.identifier(kind, column_idx), found)
            })
        });
        found.collect()
    }

    /// A user's name under a label, with the label's column where there is one.
    fn alias(&self) -> Option<(IdentifierRule, Found)> {
        let (column_idx, ..) = self.named(words::ALIAS_NAME)?;
        let is_object = |value: &str| forms::of(value.as_bytes()) == Form::JsonObject;
        if self.values(column_idx).any(is_object) {
            return None;
        }
        let label = self.named(words::ALIAS_LABEL);
        let mut rule = self.identifier(IdentifierKind::UserAlias, column_idx);
        rule.label = label.map(|(label_idx, ..)| Source::Column(self.header.column_ref(label_idx)));
        Some((rule, (column_idx, Grade::Likely, Because::UsualHeader)))
    }

    /// The only column of ids that holds nothing but what looks like ids of Braze.
    fn braze_id_by_values(&self) -> Option<(IdentifierRule, Found)> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_braze_id = |value: &str| value.len() == 24 && value.bytes().all(is_digit);
        let mut found = (0..self.header.width()).filter(|column_idx| {
            forms::names_identifier(&self.header.names()[*column_idx])
                && self.values(*column_idx).next().is_some()
                && self.values(*column_idx).all(is_braze_id)
        });
        let column_idx = found.next().filter(|_| found.next().is_none())?;
        let rule = self.identifier(IdentifierKind::BrazeId, column_idx);
        Some((rule, (column_idx, Grade::Likely, Because::Values)))
    }

    fn identifier(&self, kind: IdentifierKind, column_idx: usize) -> IdentifierRule {
        IdentifierRule::new(self.header.column_ref(column_idx), kind)
    }

    /// What a row is, and how files' names are made where they say a part of it.
    fn rows_are(&self, name: Option<&str>, reasons: &mut Vec<Reason>) -> (Rows, Option<FileName>) {
        if self.named(words::AUDIENCE_ID).is_none()
            && let Some(event) = self.event(reasons)
        {
            return (Rows::Events(event), None);
        }
        let has_wide = (0..self.header.width()).any(|column_idx| self.is_wide(column_idx));
        let template = name.filter(|_| !has_wide).and_then(file_name::template);
        match self.audience(template.is_some(), reasons) {
            Some(rule) => {
                let is_used = [&rule.id, &rule.split]
                    .iter()
                    .any(|source| matches!(source, Source::FilePart(_)));
                (Rows::Audience(rule), template.filter(|_| is_used))
            }
            None => (Rows::Attributes, None),
        }
    }

    fn audience(&self, name_has_ids: bool, reasons: &mut Vec<Reason>) -> Option<AudienceRule> {
        let part = |words: &[&str], role: Role, name: &str| match self.named(words) {
            Some((column_idx, grade, because)) => Some((
                Source::Column(self.header.column_ref(column_idx)),
                Reason::new(column_idx, role, grade, because),
            )),
            None => name_has_ids.then(|| {
                let reason = Reason {
                    column_idx: None,
                    role,
                    grade: Grade::Likely,
                    because: Because::FileName,
                };
                (Source::FilePart(name.to_owned()), reason)
            }),
        };
        let (id, id_reason) = part(words::AUDIENCE_ID, Role::AudienceId, "audience_id")?;
        let (split, split_reason) = part(words::SPLIT_ID, Role::SplitId, "split_id")?;
        reasons.extend([id_reason, split_reason]);
        let member = self.member();
        let member = member.map(|(member, reason)| {
            reasons.push(reason);
            member
        });
        Some(AudienceRule {
            id,
            split,
            name: AudienceRule::NAME.to_owned(),
            member,
            leaver: Leaver::default(),
        })
    }

    /// A status column: a usual header, and mostly known words (others may be mistakes).
    pub(super) fn member(&self) -> Option<(MemberRule, Reason)> {
        let (column_idx, grade, _) = self.named(words::STATUS)?;
        let mut sides = [Vec::new(), Vec::new()];
        let (mut n_known, mut n_others) = (0, 0);
        let mut group = &words::MEMBERSHIP[0];
        for value in self.values(column_idx) {
            let lower = value.to_lowercase();
            let has = |side: &[&str]| side.contains(&lower.as_str());
            let mut groups = words::MEMBERSHIP.iter();
            let Some(found) = groups.find(|group| has(group.0) || has(group.1)) else {
                n_others += 1;
                continue;
            };
            if n_known == 0 {
                group = found;
            }
            n_known += 1;
            let side = &mut sides[usize::from(has(found.1))];
            if !side.iter().any(|word| word == value) {
                side.push(value.to_owned());
            }
        }
        if n_known == 0 || n_others > n_known {
            return None;
        }
        let [mut members, mut leavers] = sides;
        members.sort();
        leavers.sort();
        // One side may come later in the file: then its usual words stand in, in letters of the same case.
        let usual = |words: &[&str], like: &[String]| {
            let words = words.iter().map(|word| in_case_of(word, &like[0]));
            words.collect()
        };
        if members.is_empty() {
            members = usual(group.0, &leavers);
        }
        if leavers.is_empty() {
            leavers = usual(group.1, &members);
        }
        let rule = MemberRule {
            column: self.header.column_ref(column_idx),
            members,
            leavers,
        };
        let reason = Reason::new(column_idx, Role::Status, grade, Because::Values);
        Some((rule, reason))
    }

    /// A name and a time of what somebody did.
    fn event(&self, reasons: &mut Vec<Reason>) -> Option<EventRule> {
        let (time_idx, grade, because) = self.event_time()?;
        let (name, name_reason) = self.event_name(time_idx)?;
        reasons.push(name_reason);
        reasons.push(Reason::new(time_idx, Role::EventTime, grade, because));
        let app_id = self.app_id().map(|(column_idx, grade, because)| {
            reasons.push(Reason::new(column_idx, Role::AppId, grade, because));
            Source::Column(self.header.column_ref(column_idx))
        });
        Some(EventRule {
            name,
            time: TimeRule {
                column: self.header.column_ref(time_idx),
                format: None,
                zone: None,
            },
            app_id,
        })
    }

    /// A usual header over dates or times. Certain only where each of them names its instant: a zone, or the
    /// order of a day and a month, would have to be guessed.
    fn event_time(&self) -> Option<Found> {
        let (column_idx, grade, because) = self.named(words::EVENT_TIME)?;
        let (mut n_moments, mut n_others, mut is_complete) = (0, 0, true);
        for value in self.values(column_idx) {
            let form = forms::of(value.as_bytes());
            match form {
                Form::Time | Form::Epoch => n_moments += 1,
                Form::Date | Form::LocalTime | Form::SlashDate | Form::OtherDate => {
                    n_moments += 1;
                    is_complete = false;
                }
                _ => n_others += 1,
            }
        }
        if n_others > n_moments {
            return None;
        }
        Some(if is_complete {
            (column_idx, grade, because)
        } else {
            (column_idx, Grade::Likely, Because::Values)
        })
    }

    /// A column of names; `name` only beside `time` or properties of events; or the one event that headers
    /// such as `bought.properties.price` name.
    fn event_name(&self, time_idx: usize) -> Option<(Source, Reason)> {
        let of_column = |(column_idx, grade, because)| {
            let reason = Reason::new(column_idx, Role::EventName, grade, because);
            (Source::Column(self.header.column_ref(column_idx)), reason)
        };
        if let Some(found) = self.named(words::EVENT_NAME) {
            return Some(of_column(found));
        }
        let mut events: Vec<&str> = Vec::new();
        for (event, _) in self
            .header
            .names()
            .iter()
            .filter_map(|name| own_property(name))
        {
            if !events.contains(&event) {
                events.push(event);
            }
        }
        let is_time = fields::plain(&self.header.names()[time_idx]) == words::TIME;
        if (is_time || !events.is_empty())
            && let Some((column_idx, ..)) = self.named(&[words::NAME])
        {
            return Some(of_column((column_idx, Grade::Likely, Because::UsualHeader)));
        }
        let [event] = *events else { return None };
        let reason = Reason {
            column_idx: None,
            role: Role::EventName,
            grade: Grade::Likely,
            because: Because::UsualHeader,
        };
        Some((Source::Value(event.to_owned()), reason))
    }

    /// Braze's ids of apps are UUIDs; what is none is another app's.
    fn app_id(&self) -> Option<Found> {
        let found = self.named(words::APP_ID)?;
        let is_uuid = |value: &str| forms::of(value.as_bytes()) == Form::Uuid;
        self.values(found.0).all(is_uuid).then_some(found)
    }

    /// The first column whose header is the first of `words`, or else one of the others.
    fn named(&self, words: &[&str]) -> Option<Found> {
        let place = |word: &&str| {
            let is_free =
                |name: &str| fields::plain(name) == **word && !rejects::COLUMNS.contains(&name);
            self.header.names().iter().position(|name| is_free(name))
        };
        let (word_idx, column_idx) = words
            .iter()
            .enumerate()
            .find_map(|(word_idx, word)| Some((word_idx, place(word)?)))?;
        Some(match word_idx {
            0 => (column_idx, Grade::Certain, Because::Header),
            _ => (column_idx, Grade::Likely, Because::UsualHeader),
        })
    }

    /// Whether each column plays a part and is no attribute.
    fn parts(&self, suggestion: &Suggestion) -> Vec<bool> {
        let mut parts = vec![false; self.header.width()];
        let reasons = suggestion.reasons.iter();
        let own = reasons.filter(|reason| !matches!(reason.role, Role::Attribute(_)));
        let mut columns: Vec<usize> = own.filter_map(|reason| reason.column_idx).collect();
        for rule in &suggestion.mapping.identifiers {
            if let Some(Source::Column(label)) = &rule.label {
                columns.extend(self.header.position(label));
            }
        }
        columns
            .into_iter()
            .for_each(|column_idx| parts[column_idx] = true);
        parts
    }

    /// The parts of an alias that is no identifier have names that no attribute may have.
    fn skip_aliases(&self, parts: &[bool], mapping: &mut Mapping) {
        for (column_idx, name) in self.header.names().iter().enumerate() {
            let is_alias = matches!(name.as_str(), "alias_name" | "alias_label" | "user_alias");
            if is_alias && !parts[column_idx] {
                mapping.columns.push(ColumnRule {
                    column: self.header.column_ref(column_idx),
                    to_use: Use::Skip,
                });
            }
        }
    }

    /// Gives each column that is an attribute its type, where that is not text.
    fn add_kinds(
        &self,
        suggestion: &mut Suggestion,
        kind: impl Fn(usize) -> Option<(Kind, Grade, Because)>,
    ) {
        // JSON says itself what is a number.
        if self.header.format == Format::Json {
            return;
        }
        let parts = self.parts(suggestion);
        let Suggestion { mapping, reasons } = suggestion;
        for column_idx in (0..self.header.width()).filter(|column_idx| !parts[*column_idx]) {
            let column = self.header.column_ref(column_idx);
            if mapping.columns.iter().any(|rule| rule.column == column) {
                continue;
            }
            if let Some((kind, grade, because)) = kind(column_idx) {
                mapping.columns.push(ColumnRule::of_kind(column, kind));
                reasons.push(Reason::new(
                    column_idx,
                    Role::Attribute(kind),
                    grade,
                    because,
                ));
            }
        }
    }

    /// The type of a column by the sample.
    fn kind_in_sample(&self, column_idx: usize) -> Option<(Kind, Grade, Because)> {
        let forms = self
            .values(column_idx)
            .map(|value| forms::of(value.as_bytes()));
        let found = self.kind_of(column_idx, forms)?;
        // A form is seen by few characters: the others must fit, too.
        let fits = |value: &str| match found.0 {
            Kind::Json => serde_json::from_str::<serde::de::IgnoredAny>(value).is_ok(),
            Kind::Boolean => !forms::of(value.as_bytes()).is_number() || matches!(value, "0" | "1"),
            _ => true,
        };
        self.values(column_idx).all(fits).then_some(found)
    }

    /// The type that values of these forms allow, where it is not text.
    fn kind_of(
        &self,
        column_idx: usize,
        forms: impl Iterator<Item = Form> + Clone,
    ) -> Option<(Kind, Grade, Because)> {
        let name = self.header.names()[column_idx].as_str();
        if rejects::COLUMNS.contains(&name) {
            return None;
        }
        let by_values = |kind| (kind, Grade::Likely, Because::Values);
        match fields::standard(name) {
            Some(FieldKind::Boolean) => {
                return Some((Kind::Boolean, Grade::Certain, Because::Header));
            }
            Some(field) if field.is_structured() && field != FieldKind::SubscriptionGroups => {
                let kind = forms::kind_of(name, forms);
                return (kind == ValueKind::Json).then_some(by_values(Kind::Json));
            }
            // Other fields have a type of their own, which Braze reads from a text.
            Some(_) => return None,
            None => {}
        }
        if self.is_wide(column_idx) && forms.clone().all(may_be_boolean) {
            return Some((Kind::Boolean, Grade::Certain, Because::Header));
        }
        let kind = forms::kind_of(name, forms).in_mapping();
        (kind != Kind::Text).then_some(by_values(kind))
    }

    /// Whether a column is a membership by itself: `AIQ_123_4`, as Braze's ActionIQ page names attributes.
    fn is_wide(&self, column_idx: usize) -> bool {
        let name = self.header.names()[column_idx].trim();
        let ids = name
            .strip_prefix("AIQ_")
            .and_then(|ids| ids.split_once('_'));
        ids.is_some_and(|(audience, split)| {
            !audience.is_empty() && !split.is_empty() && !matches!(audience, "audience" | "split")
        })
    }

    /// Takes the types that were suggested by the sample back, or corrects them, as all values need it.
    pub(super) fn correct(&self, suggestion: &mut Suggestion, facts: &Facts) {
        let is_by_values = |reason: &Reason| {
            matches!(reason.role, Role::Attribute(_)) && reason.column_idx.is_some()
        };
        let (by_values, others) = std::mem::take(&mut suggestion.reasons)
            .into_iter()
            .partition(is_by_values);
        suggestion.reasons = others;
        let by_values: Vec<Reason> = by_values;
        let suggested: Vec<ColumnRef> = by_values
            .iter()
            .filter_map(|reason| Some(self.header.column_ref(reason.column_idx?)))
            .collect();
        suggestion
            .mapping
            .columns
            .retain(|rule| !suggested.contains(&rule.column));
        self.add_kinds(suggestion, |column_idx| {
            // OK because a survey has the columns of the inspection, and those that come later behind them.
            let facts = facts.columns.get(column_idx)?;
            let found = self.kind_of(column_idx, facts.forms.iter().map(|seen| seen.form))?;
            let was_json = || {
                by_values.iter().any(|reason| {
                    reason.column_idx == Some(column_idx)
                        && reason.role == Role::Attribute(Kind::Json)
                })
            };
            (found.0 != Kind::Json || was_json()).then_some(found)
        });
    }

    /// The filled cells of a column.
    fn values(&self, column_idx: usize) -> impl Iterator<Item = &str> + Clone {
        let width = self.header.width();
        let rows = self.rows.iter().filter(move |row| row.len() == width);
        rows.map(move |row| row[column_idx].as_str())
            .filter(|value| !value.is_empty())
    }
}

impl Reason {
    pub(super) const NO_HEADER: Self = Self {
        column_idx: None,
        role: Role::NoHeader,
        grade: Grade::Likely,
        because: Because::Values,
    };

    fn new(column_idx: usize, role: Role, grade: Grade, because: Because) -> Self {
        Self {
            column_idx: Some(column_idx),
            role,
            grade,
            because,
        }
    }
}

fn is_email(value: &str) -> bool {
    check::email(value.as_bytes())
}

/// At least as many digits as the shortest numbers have.
fn is_phone(value: &str) -> bool {
    value.bytes().filter(u8::is_ascii_digit).count() >= 7 && !value.contains('@')
}

/// Whether a mapping's type `boolean` may read a value of this form.
fn may_be_boolean(form: Form) -> bool {
    matches!(form, Form::TrueFalse | Form::YesNo | Form::Integer)
}

/// A word of small letters in letters of the same case as another.
fn in_case_of(word: &str, like: &str) -> String {
    let mut letters = like.chars();
    let has_capital = letters.next().is_some_and(char::is_uppercase);
    let has_capitals = has_capital && letters.all(|letter| !letter.is_lowercase());
    match (has_capital, has_capitals) {
        (true, true) => word.to_uppercase(),
        (true, false) => {
            let first = word.chars().take(1).flat_map(char::to_uppercase);
            first.chain(word.chars().skip(1)).collect()
        }
        (false, _) => word.to_owned(),
    }
}
