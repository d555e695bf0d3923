//! Which mapping is used: the one in a file, the suggested one, or the suggested one with what the
//! flags say.

use std::path::{Path, PathBuf};

use aiq_braze::diag::{Grade, quote};
use aiq_braze::mapping::{
    AudienceRule, ColumnRef, ColumnRule, EventRule, IdentifierKind, IdentifierRule, Leaver, Rows,
    Source, TimeRule, UnknownUsers, Use,
};
use aiq_braze::wire::fields;
use aiq_braze::{Inspection, Mapping, Plan, Reason, Role};

use super::files::Named;
use super::{CliError, Console, words};
use crate::input::{Export, mapping_text};

/// How an export is mapped.
#[derive(Debug, clap::Args)]
pub(crate) struct MappingArgs {
    /// The mapping, as `inspect --save` writes it
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["ids", "audience", "split", "event", "time"])]
    mapping: Option<PathBuf>,
    /// Without a mapping: an identifier column, and what it is: external_id, braze_id, email, phone, or
    /// user_alias:LABEL
    #[arg(long = "id", value_name = "COLUMN=KIND", value_parser = parse_id)]
    ids: Vec<Id>,
    /// Without a mapping: the audience id of all rows
    #[arg(long, value_name = "ID")]
    audience: Option<String>,
    /// Without a mapping: the split id of all rows
    #[arg(long, value_name = "ID")]
    split: Option<String>,
    /// Without a mapping: rows are events, with this name or that in a column
    #[arg(long, value_name = "NAME|column:COLUMN", value_parser = parse_event, conflicts_with_all = ["audience", "split"])]
    event: Option<Source>,
    /// Without a mapping: the column of the events' time, and the zone of times that name none
    #[arg(long, value_name = "COLUMN[@ZONE]", value_parser = parse_time, conflicts_with_all = ["audience", "split"])]
    time: Option<TimeRule>,
    /// What Braze shall do with users that it does not know, in place of what the mapping says
    #[arg(long, value_name = "WHAT")]
    unknown_users: Option<Unknown>,
    /// The most different names of audience attributes or events, in place of the mapping's max_names
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_names: Option<u32>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Unknown {
    Create,
    Skip,
}

/// An identifier column.
#[derive(Clone, Debug)]
struct Id {
    column: String,
    kind: IdentifierKind,
    label: Option<String>,
}

fn parse_id(text: &str) -> Result<Id, String> {
    let expected = "expected COLUMN=KIND, with the KIND external_id, braze_id, email, phone or \
                    user_alias:LABEL";
    // The label of an alias may hold any character, also an equals sign.
    let (column, alias) = match text.split_once("=user_alias") {
        Some((column, label)) => (column, Some(label.strip_prefix(':').ok_or(expected)?)),
        None => (text, None),
    };
    if let Some(label) = alias {
        if column.is_empty() || label.is_empty() {
            return Err(expected.to_owned());
        }
        return Ok(Id {
            column: column.to_owned(),
            kind: IdentifierKind::UserAlias,
            label: Some(label.to_owned()),
        });
    }
    let (column, kind) = column.rsplit_once('=').ok_or(expected)?;
    let known = IdentifierKind::NAMES.iter().find(|(name, _)| *name == kind);
    let (_, kind) = known.ok_or(expected)?;
    Ok(Id {
        column: column.to_owned(),
        kind: *kind,
        label: None,
    })
}

fn parse_event(text: &str) -> Result<Source, String> {
    Ok(match text.strip_prefix("column:") {
        _ if text.trim().is_empty() => return Err("expected NAME or column:COLUMN".to_owned()),
        Some(column) => Source::Column(ColumnRef::header(column)),
        None => Source::Value(text.to_owned()),
    })
}

fn parse_time(text: &str) -> Result<TimeRule, String> {
    let (column, zone) = match text.rsplit_once('@') {
        Some((column, zone)) => (column, Some(zone.to_owned())),
        None => (text, None),
    };
    if column.is_empty() {
        return Err("expected COLUMN or COLUMN@ZONE".to_owned());
    }
    Ok(TimeRule {
        column: ColumnRef::header(column),
        format: None,
        zone,
    })
}

impl MappingArgs {
    /// The file that is read, for [`refuse_clashes`](super::files::refuse_clashes).
    pub(crate) fn file(&self) -> Named<'_> {
        ("the mapping", self.mapping.as_deref())
    }
}

/// An export with the mapping that was chosen for it.
pub(crate) struct Chosen {
    pub(crate) found: Inspection,
    pub(crate) plan: Plan,
    pub(crate) origin: Origin,
}

/// Where a mapping comes from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// The user's file.
    File(PathBuf),
    /// The export: what it was seen by, for all that the user did not say.
    Suggested(Vec<Reason>),
}

impl Chosen {
    /// What was assumed and not certain, and is no mere type of an attribute.
    pub(crate) fn doubts(&self) -> Vec<&Reason> {
        let Origin::Suggested(reasons) = &self.origin else {
            return Vec::new();
        };
        let is_doubt = |reason: &&Reason| {
            reason.grade == Grade::Likely && !matches!(reason.role, Role::Attribute(_))
        };
        reasons.iter().filter(is_doubt).collect()
    }

    /// `file` or `suggestion`
    pub(crate) fn origin_word(&self) -> &'static str {
        match self.origin {
            Origin::File(_) => "file",
            Origin::Suggested(_) => "suggestion",
        }
    }

    /// Says which mapping is used, and what it rests on.
    pub(crate) fn explain(&self, console: &mut Console<'_>) {
        let reasons = match &self.origin {
            Origin::File(path) => {
                return console.say(format_args!("Mapping: {}", words::path(path)));
            }
            Origin::Suggested(reasons) => reasons,
        };
        console.say("Mapping: suggested, since no -m names one. Assumed:");
        let names = self.found.header.names();
        for reason in reasons {
            console.say(format_args!("  {}", words::reason(reason, names)));
        }
        if matches!(self.plan.mapping().rows, Rows::Attributes) {
            console.say("  no audience: the rows are sent as attributes alone");
        }
    }
}

/// An export with a mapping that may not fit it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) found: Inspection,
    pub(crate) mapping: Mapping,
    origin: Origin,
}

/// Inspects the export and chooses its mapping.
pub(crate) fn choose(export: &Export, args: &MappingArgs) -> Result<Chosen, CliError> {
    find(export, args)?.fit()
}

/// Inspects the export and finds the mapping that is meant.
pub(crate) fn find(export: &Export, args: &MappingArgs) -> Result<Found, CliError> {
    let (found, mapping, origin) = match &args.mapping {
        Some(path) => {
            let mut mapping = read(path)?;
            args.overrule(&mut mapping);
            let found = export.inspect(mapping.format).map_err(CliError::of)?;
            (found, mapping, Origin::File(path.clone()))
        }
        None => {
            let found = export.inspect(None).map_err(CliError::of)?;
            let (mapping, reasons) = args.apply(&found)?;
            (found, mapping, Origin::Suggested(reasons))
        }
    };
    Ok(Found {
        found,
        mapping,
        origin,
    })
}

impl Found {
    /// The mapping for this export, or why it does not fit.
    pub(crate) fn fit(self) -> Result<Chosen, CliError> {
        let plan = self.mapping.compile(&self.found.header);
        let plan =
            plan.map_err(|problems| CliError::Mapping(does_not_fit(&self.origin), problems))?;
        Ok(Chosen {
            found: self.found,
            plan,
            origin: self.origin,
        })
    }
}

fn read(path: &Path) -> Result<Mapping, CliError> {
    let text = mapping_text(path).map_err(|error| {
        CliError::of(format_args!(
            "{}: the mapping cannot be read: {error}",
            path.display()
        ))
    })?;
    Mapping::parse(&text).map_err(|problems| {
        let n = words::counted(problems.len() as u64, "mistake", "mistakes");
        let words = format!("{}: found {n} in the mapping", path.display());
        CliError::Mapping(words, problems)
    })
}

fn does_not_fit(origin: &Origin) -> String {
    match origin {
        Origin::File(path) => {
            format!("{}: the mapping does not fit the export", path.display())
        }
        Origin::Suggested(_) => {
            "the suggested mapping cannot be used. Save it with `inspect --save`, \
                                 correct it, and name it with -m"
                .to_owned()
        }
    }
}

impl MappingArgs {
    /// The suggested mapping with what the flags say, and the reasons for what they do not.
    fn apply(&self, found: &Inspection) -> Result<(Mapping, Vec<Reason>), CliError> {
        let mut mapping = found.suggestion.mapping.clone();
        let mut reasons = found.suggestion.reasons.clone();
        self.apply_ids(found, &mut mapping, &mut reasons);
        self.apply_audience(found, &mut mapping, &mut reasons)?;
        self.apply_event(found, &mut mapping, &mut reasons)?;
        mapping.drop_unused_file_name();
        self.overrule(&mut mapping);
        if mapping.identifiers.is_empty() {
            return Err(CliError::of(no_identifier(found)));
        }
        Ok((mapping, reasons))
    }

    /// What holds whatever the mapping says.
    fn overrule(&self, mapping: &mut Mapping) {
        match self.unknown_users {
            None => {}
            Some(Unknown::Create) => mapping.unknown_users = UnknownUsers::Create,
            Some(Unknown::Skip) => mapping.unknown_users = UnknownUsers::Skip,
        }
        if let Some(max_names) = self.max_names {
            mapping.max_names = max_names;
        }
    }

    fn apply_ids(&self, found: &Inspection, mapping: &mut Mapping, reasons: &mut Vec<Reason>) {
        if self.ids.is_empty() {
            return;
        }
        reasons.retain(|reason| !matches!(reason.role, Role::Identifier(_)));
        let ids = self.ids.iter().map(|id| IdentifierRule {
            column: ColumnRef::header(&id.column),
            kind: id.kind,
            label: id.label.clone().map(Source::Value),
        });
        let former = std::mem::replace(&mut mapping.identifiers, ids.collect());
        let is_named = |name: &str| self.ids.iter().any(|id| id.column == name);
        // A column that was taken for an identifier, and has a name that no attribute may have.
        mapping
            .columns
            .extend(former.into_iter().filter_map(|rule| match &rule.column {
                ColumnRef::Header { name, .. } if fields::is_control(name) && !is_named(name) => {
                    Some(skip(rule.column))
                }
                _ => None,
            }));
        // And a column that was taken for a number or the like, and is an identifier now.
        let names = found.header.names();
        reasons.retain(|reason| {
            let name = reason
                .column_idx
                .and_then(|column_idx| names.get(column_idx));
            name.is_none_or(|name| !is_named(name))
        });
        mapping.columns.retain(
            |rule| !matches!(&rule.column, ColumnRef::Header { name, .. } if is_named(name)),
        );
    }

    fn apply_audience(
        &self,
        found: &Inspection,
        mapping: &mut Mapping,
        reasons: &mut Vec<Reason>,
    ) -> Result<(), CliError> {
        if self.audience.is_none() && self.split.is_none() {
            return Ok(());
        }
        let suggested = match std::mem::replace(&mut mapping.rows, Rows::Attributes) {
            Rows::Audience(rule) => Some(rule),
            Rows::Attributes | Rows::Events(_) => None,
        };
        let member = match &suggested {
            Some(rule) => rule.member.clone(),
            None => found.member().map(|(member, reason)| {
                reasons.push(reason);
                member
            }),
        };
        let (id, split) = match suggested {
            Some(rule) => (Some(rule.id), Some(rule.split)),
            None => (None, None),
        };
        let mut part = |flag: &Option<String>,
                        suggested: Option<Source>,
                        role: Role,
                        name: &str| {
            let Some(value) = flag else {
                return suggested.ok_or_else(|| {
                    CliError::of(format_args!(
                        "found a fixed value for one part of the audience attribute, expected both: \
                         add --{name}"
                    ))
                });
            };
            reasons.retain(|reason| reason.role != role);
            if let Some(Source::Column(column)) = suggested {
                mapping.columns.push(skip(column)); // it would become an attribute instead
            }
            Ok(Source::Value(value.clone()))
        };
        let id = part(&self.audience, id, Role::AudienceId, "audience")?;
        let split = part(&self.split, split, Role::SplitId, "split")?;
        mapping.rows = Rows::Audience(AudienceRule {
            id,
            split,
            name: AudienceRule::NAME.to_owned(),
            member,
            leaver: Leaver::default(),
        });
        Ok(())
    }
}

impl MappingArgs {
    fn apply_event(
        &self,
        found: &Inspection,
        mapping: &mut Mapping,
        reasons: &mut Vec<Reason>,
    ) -> Result<(), CliError> {
        if self.event.is_none() && self.time.is_none() {
            return Ok(());
        }
        let suggested = match std::mem::replace(&mut mapping.rows, Rows::Attributes) {
            Rows::Events(rule) => Some(rule),
            Rows::Audience(_) | Rows::Attributes => None,
        };
        let lacks = |flag: &str| {
            CliError::of(format_args!(
                "found one half of an event, expected its name and its time: add --{flag}"
            ))
        };
        let app_id = suggested.as_ref().and_then(|rule| rule.app_id.clone());
        let (name, time) = match suggested {
            Some(rule) => (Some(rule.name), Some(rule.time)),
            None => (None, None),
        };
        let name = self.event.clone().or(name);
        let time = self.time.clone().or(time);
        let name = name.ok_or_else(|| lacks("event NAME"))?;
        let time = time.ok_or_else(|| lacks("time COLUMN"))?;
        // Columns that play a part now are no properties, and what they seemed to be is no assumption any more.
        let mut is_part = vec![&time.column];
        if let Source::Column(column) = &name {
            is_part.push(column);
        }
        let places: Vec<_> = is_part
            .iter()
            .filter_map(|column| found.header.position(column))
            .collect();
        mapping
            .columns
            .retain(|rule| !is_part.contains(&&rule.column));
        let (says_name, says_time) = (self.event.is_some(), self.time.is_some());
        reasons.retain(|reason| match reason.role {
            Role::AudienceId | Role::SplitId | Role::Status => false,
            Role::EventName => !says_name,
            Role::EventTime => !says_time,
            Role::Attribute(_) => reason
                .column_idx
                .is_none_or(|column_idx| !places.contains(&column_idx)),
            Role::Identifier(_) | Role::AppId | Role::NoHeader => true,
        });
        mapping.rows = Rows::Events(EventRule { name, time, app_id });
        Ok(())
    }
}

fn skip(column: ColumnRef) -> ColumnRule {
    let to_use = Use::Skip;
    ColumnRule { column, to_use }
}

fn no_identifier(found: &Inspection) -> String {
    const MOST_NAMES: usize = 20;
    let names = found.header.names();
    let shown: Vec<_> = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| quote(name))
        .collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "found no column that is known to identify users, expected one such as external_id among {}{more}. \
         Name it: --id COLUMN=external_id",
        shown.join(", ")
    )
}
