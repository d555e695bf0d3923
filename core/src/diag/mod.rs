//! What can be wrong, where it is, and how it is told.
//!
//! In the loop over rows a problem is a [`Diagnostic`]: a code and a place, small and without a byte of
//! the user's data. At the edge it becomes a [`Problem`] with words, made from the one table of
//! [`Code`]s.

mod codes;
mod fix;
mod phrases;
mod problem;
mod tally;

pub use codes::{Code, Texts};
pub use fix::{Fix, Grade, MappingEdit};
pub(crate) use problem::count_words;
pub use problem::{Place, Problem, quote};
pub use tally::{SAMPLE, Tally, TallyEntry};

use crate::read::{DefectKind, Location};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The row (or the mapping) goes on; something in it deserves a look.
    Warning,
    /// The row is rejected (or the mapping cannot be used).
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The language of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    /// English
    English,
    /// Español
    Spanish,
}

/// A problem with one row. Holds no data of the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What.
    pub code: Code,
    /// Where.
    pub at: Location,
    /// In which column, from 0.
    pub column: Option<u32>,
    /// Figures that belong to it.
    pub detail: Detail,
}

/// Figures that belong to a diagnostic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// None: the cell says it all.
    #[default]
    None,
    /// So many were found where so many were expected.
    Count {
        /// Found.
        found: u64,
        /// Expected, or allowed at most.
        expected: u64,
    },
    /// Offset of the byte in the row, from 0.
    Offset(u64),
}

impl Diagnostic {
    /// A problem of a column itself: it stands in the header, and in no row.
    pub(crate) fn of_column(code: Code, column_idx: usize) -> Self {
        Self {
            code,
            at: Location::default(),
            column: Some(column_idx as u32),
            detail: Detail::None,
        }
    }

    pub(crate) fn of_defect(kind: DefectKind, at: Location) -> Self {
        let offset = |offset: usize| Detail::Offset(offset as u64);
        let (code, detail) = match kind {
            DefectKind::UnclosedQuote => (Code::UnclosedQuote, Detail::None),
            DefectKind::TextAfterQuote { offset: at } => (Code::TextAfterQuote, offset(at)),
            DefectKind::NulByte { offset: at } => (Code::NulByte, offset(at)),
            DefectKind::InvalidUtf8 { offset: at } => (Code::InvalidUtf8, offset(at)),
            DefectKind::TooLong => (Code::RecordTooLong, Detail::None),
            DefectKind::TooManyColumns { found, limit } => {
                let (found, expected) = (found as u64, limit as u64);
                (Code::TooManyColumns, Detail::Count { found, expected })
            }
            DefectKind::BadJson { offset: at } => (Code::RowNotJson, offset(at)),
            DefectKind::NotAnObject => (Code::NotAnObject, Detail::None),
            DefectKind::DoubledKey { offset: at } => (Code::RowDoubledKey, offset(at)),
            // The first level that is one too many: how many follow it is not counted.
            DefectKind::TooDeep { limit, .. } => {
                let (found, expected) = (limit as u64 + 1, limit as u64);
                (Code::RowTooDeep, Detail::Count { found, expected })
            }
            DefectKind::LoneSurrogate { offset: at } => (Code::LoneSurrogate, offset(at)),
        };
        Self {
            code,
            at,
            column: None,
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers and names are promises: this list only ever grows at its end of each family.
    const GOLDEN: &str = "
AIQ1001 invalid-utf8
AIQ1002 nul-byte
AIQ1003 record-too-long
AIQ1004 unclosed-quote
AIQ1005 text-after-quote
AIQ1006 too-few-cells
AIQ1007 too-many-cells
AIQ1008 too-many-columns
AIQ1009 row-not-json
AIQ1010 not-an-object
AIQ1011 row-doubled-key
AIQ1012 row-too-deep
AIQ1013 lone-surrogate
AIQ1020 row-count-differs
AIQ1021 file-missing
AIQ1022 file-size-differs
AIQ2001 mapping-not-json
AIQ2002 unknown-key
AIQ2003 wrong-type
AIQ2004 missing-key
AIQ2005 unknown-value
AIQ2006 unsupported-version
AIQ2007 unknown-column
AIQ2008 doubled-column
AIQ2009 doubled-name
AIQ2010 reserved-name
AIQ2011 near-standard-field
AIQ2012 spaces-around-name
AIQ2013 structured-field
AIQ2014 header-differs
AIQ2015 empty-name
AIQ2016 file-name-differs
AIQ2017 unknown-file-part
AIQ2018 field-of-other-type
AIQ2019 event-never-seen
AIQ2030 unknown-zone
AIQ2031 bad-time-pattern
AIQ2032 zone-needed
AIQ3001 missing-identifier
AIQ3002 identifier-too-long
AIQ3003 bad-number
AIQ3004 bad-boolean
AIQ3005 unknown-status
AIQ3006 empty-audience-part
AIQ3007 bad-email
AIQ3008 text-too-long
AIQ3009 audience-name-clash
AIQ3010 too-many-names
AIQ3011 bad-phone
AIQ3012 unknown-gender
AIQ3013 bad-day
AIQ3014 unknown-country
AIQ3015 unknown-language
AIQ3016 unknown-time-zone
AIQ3017 bad-consent
AIQ3018 field-not-a-date
AIQ3019 date-stays-text
AIQ3020 year-not-kept
AIQ3021 bad-offset
AIQ3022 boolean-as-text
AIQ3023 digits-lost
AIQ3024 removed-field
AIQ3030 bad-time
AIQ3031 bad-date
AIQ3032 time-without-zone
AIQ3033 time-in-gap
AIQ3034 time-in-fold
AIQ3035 year-out-of-range
AIQ3040 phone-without-digits
AIQ3041 empty-event-name
AIQ3042 missing-time
AIQ3043 future-time
AIQ3044 bad-integer
AIQ3047 merged-values-differ
AIQ3048 identifier-not-plain
AIQ3049 bad-list
AIQ3050 bad-json
AIQ3051 too-deep
AIQ3052 bad-nested-key
AIQ3053 nested-key-too-long
AIQ3054 null-in-nested
AIQ3055 null-property
AIQ3056 bad-nested-time
AIQ3057 nested-too-large
AIQ3058 too-many-items
AIQ3059 doubled-key
AIQ3060 plain-date-in-nested
AIQ3061 doubled-item
AIQ3062 date-in-array
AIQ3063 name-too-long
AIQ3064 control-in-name
AIQ3065 dollar-first
AIQ3066 array-in-array
AIQ3067 reserved-property
AIQ3068 purchase-property
AIQ3069 too-many-properties
AIQ3070 spreadsheet-damage
AIQ3071 mixed-forms
AIQ3072 same-identifier
AIQ3073 spaces-around-values
AIQ3074 invisible-character
AIQ3080 conflicting-values
AIQ4001 object-too-large
AIQ4002 not-expressible
AIQ5001 body-not-utf8
AIQ5002 body-not-json
AIQ5003 body-not-object
AIQ5004 unknown-body-key
AIQ5005 body-wrong-type
AIQ5006 nothing-to-send
AIQ5007 too-many-objects
AIQ5008 body-too-large
AIQ5009 many-keys
AIQ5010 object-without-identifier
AIQ5011 two-identifiers
AIQ5012 email-and-phone
AIQ5013 identifier-too-large
AIQ5014 empty-identifier
AIQ5015 identifier-not-text
AIQ5016 bad-alias
AIQ5017 body-object-too-large
AIQ5018 missing-member
AIQ5019 body-bad-time
AIQ5020 bad-currency
AIQ5021 bad-quantity
AIQ5022 bad-increment
AIQ5023 unknown-operator
AIQ5024 bad-operator
AIQ5025 update-without-merge
AIQ5026 bad-token-import
AIQ5027 bad-push-token
AIQ5028 bad-subscription-group
AIQ5029 bad-location
AIQ5030 forbidden-field
AIQ5031 attribute-set-twice
AIQ5032 empty-key
AIQ5033 spaces-around-key
AIQ5034 near-standard-key";

    #[test]
    fn codes_never_change() {
        let lines = Code::ALL
            .iter()
            .map(|code| format!("{} {}", code.id(), code.name()));
        assert_eq!(lines.collect::<Vec<_>>().join("\n"), GOLDEN.trim());
    }

    #[test]
    fn every_code_has_its_texts_in_both_languages() {
        for code in Code::ALL {
            let texts = [Language::English, Language::Spanish].map(|language| code.texts(language));
            for Texts {
                title,
                expected,
                why,
                todo,
            } in texts
            {
                assert!(!title.is_empty() && !expected.is_empty(), "{code:?}");
                assert!(why.ends_with('.') && todo.ends_with('.'), "{code:?}");
            }
            assert_ne!(texts[0].todo, texts[1].todo, "{code:?}");
            assert_eq!(Code::find(code.name()), Some(*code));
            assert_eq!(Code::find(&code.id().to_lowercase()), Some(*code));
            assert_eq!(Code::find(&code.id()[3..]), Some(*code));
        }
    }

    #[test]
    fn a_mistyped_code_is_near_to_some() {
        for (text, first) in [
            ("AIQ1044", Some(Code::UnclosedQuote)),
            ("uncloseed-quote", Some(Code::UnclosedQuote)),
            ("Unclosed", Some(Code::UnclosedQuote)),
            ("bad_number", Some(Code::BadNumber)),
            ("", None),
            ("zebra", None),
        ] {
            assert_eq!(Code::near(text).first().copied(), first, "{text}");
            assert!(Code::near(text).len() <= 3);
        }
    }
}
