//! What stops a push before its first write: a check that came to something that nobody can have meant.
//!
//! Each guard looks at numbers alone and says nothing of them that it lets pass. They know neither files
//! nor clocks nor Braze.

use std::fmt;
use std::time::Duration;

use aiq_braze::diag::quote;
use aiq_braze::mapping::UnknownUsers;
use aiq_braze::{Code, Summary};

use crate::allowance::Allowance;

/// Rejected rows that no setting allows: of an export of more than [`FEW_ROWS`].
pub(crate) const MOST_REJECTS: Allowance = Allowance::percent(20);
/// Leavers that no setting allows: of an audience of more than [`FEW_ROWS`].
pub(crate) const MOST_LEAVERS: Allowance = Allowance::percent(50);
/// Sampled users that Braze must know where no setting says it.
pub(crate) const LEAST_KNOWN: Allowance = Allowance::percent(50);
/// A part of so few rows says little: without a setting they are not judged.
const FEW_ROWS: u64 = 100;
/// A file that was written to within this time may be written on.
const SETTLING: Duration = Duration::from_secs(2);

/// Why a push does not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// The guard, in a word.
    pub(crate) guard: &'static str,
    /// What was found.
    pub(crate) saw: String,
    /// What was expected, and what it may mean.
    pub(crate) why: String,
    /// What to do.
    pub(crate) way_on: String,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            guard: _,
            saw,
            why,
            way_on,
        } = self;
        write!(f, "found {saw}, expected {why}. {way_on}")
    }
}

/// Too many rows were rejected. `most` is what the user allows.
pub(crate) fn rejects(summary: &Summary, most: Option<Allowance>) -> Option<Stop> {
    let Summary { rejected, rows, .. } = *summary;
    let allowed = allowed(most, MOST_REJECTS, rows)?;
    (!allowed.covers(rejected, rows)).then(|| Stop {
        guard: "rejects",
        saw: format!("{rejected} of {rows} rows that are rejected"),
        why: format!("at most {allowed}: so many speak of a wrong mapping, not of wrong rows"),
        way_on: format!("Look at the problems; if it is right as it is: --max-rejects {rejected}"),
    })
}

/// Too many rows of one audience say that their user left.
pub(crate) fn leavers(summary: &Summary, most: Option<Allowance>) -> Option<Stop> {
    let mut audiences = summary.audiences.iter();
    audiences.find_map(|audience| {
        let rows = audience.members + audience.leavers;
        let allowed = allowed(most, MOST_LEAVERS, rows)?;
        (!allowed.covers(audience.leavers, rows)).then(|| Stop {
            guard: "leavers",
            saw: format!(
                "{} leavers among {rows} rows of {}",
                audience.leavers,
                quote(&audience.name)
            ),
            why: format!("at most {allowed}: so many speak of a status that is read the wrong way"),
            way_on: format!(
                "Look at \"member\" in the mapping; if so many left: --max-leavers {}",
                audience.leavers
            ),
        })
    })
}

/// So many are missing in a new export who were in an audience. `members` are in it by that export.
pub(crate) fn missing(
    name: &str,
    leavers: u64,
    members: u64,
    most: Option<Allowance>,
) -> Option<Stop> {
    let all = members + leavers;
    let allowed = allowed(most, MOST_LEAVERS, all)?;
    (!allowed.covers(leavers, all)).then(|| Stop {
        guard: "leavers",
        saw: format!(
            "{leavers} users who leave {}, beside {members} rows of members",
            quote(name)
        ),
        why: format!("at most {allowed}: so many speak of an export that is not whole, or of another audience"),
        way_on: format!("Look at the exports; if so many left: --max-leavers {leavers}"),
    })
}

/// What is allowed of so many rows; `None` where they are not judged.
fn allowed(most: Option<Allowance>, usual: Allowance, rows: u64) -> Option<Allowance> {
    most.or_else(|| (rows > FEW_ROWS).then_some(usual))
}

/// The export has too few rows.
pub(crate) fn rows(summary: &Summary, least: u64) -> Option<Stop> {
    let rows = summary.rows;
    (rows < least).then(|| Stop {
        guard: "rows",
        saw: format!("{rows} rows"),
        why: format!("at least {least}: the export may be cut off, or of another day"),
        way_on: format!("Get the whole export; if it is right as it is: --min-rows {rows}"),
    })
}

/// There are more names of audience attributes or events than the mapping allows. Their rows are rejected,
/// and those before them are a wrong column's, too.
pub(crate) fn names(summary: &Summary, most: u32) -> Option<Stop> {
    let is_of_names = |code: Code| code == Code::TooManyNames;
    let mut found = summary.tally.iter();
    found.any(|(code, ..)| is_of_names(code)).then(|| Stop {
        guard: "names",
        saw: format!("more than {most} different names of audience attributes or events"),
        why: format!("at most {most}: a wrong column makes thousands of them in Braze"),
        way_on: "Look at the names in the check; if so many are meant: --max-names N, or max_names in the \
                 mapping"
            .to_owned(),
    })
}

/// How long to wait before a file that was written to so long ago is looked at again; `None` once it is at
/// rest.
pub(crate) fn settles_in(age: Duration) -> Option<Duration> {
    SETTLING.checked_sub(age).filter(|wait| !wait.is_zero())
}

/// The export is not what it was when it was opened. `words` say which file.
pub(crate) fn growing(words: &str) -> Stop {
    Stop {
        guard: "growing",
        saw: format!("an export that is still being written ({words})"),
        why: "one that is whole".to_owned(),
        way_on: "Wait until it is written, then push it".to_owned(),
    }
}

/// Braze knows too few of the users that were looked up, and nobody said what becomes of the others.
pub(crate) fn known(
    n_known: u64,
    n_sampled: u64,
    least: Option<Allowance>,
    unknown_users: UnknownUsers,
) -> Option<Stop> {
    let least = match (least, unknown_users) {
        (Some(least), _) => least,
        (None, UnknownUsers::Unset) => LEAST_KNOWN,
        (None, UnknownUsers::Create | UnknownUsers::Skip) => return None,
    };
    (!least.reaches(n_known, n_sampled)).then(|| Stop {
        guard: "known",
        saw: format!("{n_known} of {n_sampled} sampled users in Braze"),
        why: format!("at least {least}: so few speak of a wrong identifier column"),
        way_on:
            "Look at the identifiers; if these are the users: --unknown-users create or skip, or \
                 --min-known 0%"
                .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use aiq_braze::AudienceName;

    use super::*;

    fn summary(rows: u64, rejected: u64) -> Summary {
        Summary {
            rows,
            rejected,
            ..Summary::default()
        }
    }

    fn allowance(text: &str) -> Option<Allowance> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn too_many_rejects_stop() {
        for (rows, rejected, most, stops) in [
            (1000, 200, None, false),
            (1000, 201, None, true),
            (100, 100, None, false), // too few to be judged
            (100, 1, allowance("0"), true),
            (1000, 201, allowance("201"), false),
            (1000, 201, allowance("20.1%"), false),
        ] {
            let stop = rejects(&summary(rows, rejected), most);
            assert_eq!(stop.is_some(), stops, "{rows} {rejected}");
        }
        assert_eq!(
            rejects(&summary(1000, 201), None).unwrap().to_string(),
            "found 201 of 1000 rows that are rejected, expected at most 20%: so many speak of a wrong mapping, \
             not of wrong rows. Look at the problems; if it is right as it is: --max-rejects 201"
        );
    }

    #[test]
    fn too_many_leavers_of_one_audience_stop() {
        let with = |members, leavers| Summary {
            audiences: [("AIQ_1_1", 5000, 1), ("AIQ_2_1", members, leavers)]
                .map(|(name, members, leavers)| AudienceName {
                    name: name.to_owned(),
                    members,
                    leavers,
                })
                .to_vec(),
            ..Summary::default()
        };
        assert_eq!(leavers(&with(60, 60), None), None);
        let stop = leavers(&with(60, 61), None).unwrap();
        assert_eq!(stop.saw, "61 leavers among 121 rows of \"AIQ_2_1\"");
        assert_eq!(leavers(&with(60, 61), allowance("61")), None);
        assert_eq!(leavers(&with(0, 100), None), None);
        assert!(leavers(&with(0, 100), allowance("99%")).is_some());
    }

    #[test]
    fn too_few_rows_stop() {
        assert_eq!(rows(&summary(10, 0), 10), None);
        assert_eq!(rows(&summary(9, 0), 10).unwrap().saw, "9 rows");
    }

    #[test]
    fn a_file_comes_to_rest() {
        let at = Duration::from_millis;
        assert_eq!(settles_in(at(0)), Some(at(2000)));
        assert_eq!(settles_in(at(1999)), Some(at(1)));
        assert_eq!(settles_in(at(2000)), None);
        assert_eq!(settles_in(Duration::MAX), None);
    }

    #[test]
    fn too_few_known_users_stop_where_nobody_said_what_becomes_of_them() {
        use UnknownUsers::{Create, Skip, Unset};
        let part = |text| Some(Allowance::part(text).unwrap());
        for (n_known, least, unknown_users, stops) in [
            (25, None, Unset, false),
            (24, None, Unset, true),
            (0, None, Create, false),
            (0, None, Skip, false),
            (24, part("100%"), Create, true),
            (0, part("0%"), Unset, false),
            (1, part("3%"), Unset, true),
        ] {
            let stop = known(n_known, 50, least, unknown_users);
            assert_eq!(
                stop.is_some(),
                stops,
                "{n_known} {least:?} {unknown_users:?}"
            );
        }
    }
}
