//! What happens between the check and the first write: guards, a look at Braze, and the question.

use std::thread;
use std::time::{Duration, SystemTime};

use aiq_braze::wire::InputArray;
use aiq_braze::{Plan, Summary};
use serde_json::Value;

use super::changes::Changes;
use super::log::Entry;
use super::summary::Checked;
use super::target::Target;
use super::{CliError, Console, words};
use crate::allowance::Allowance;
use crate::guard::{self, Stop};
use crate::input::{Export, InputError};
use crate::pipeline::SampleSize;
use crate::push::{self, Delivery, Names, NoAnswer, PREFLIGHT_SIZE, Preflight, Volume};

/// What stops a push before its first write.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Before the first write")]
pub(crate) struct BeforeArgs {
    /// Stop where more rows are rejected [default: 20% of more than 100 rows]
    #[arg(long, value_name = "N|P%")]
    max_rejects: Option<Allowance>,
    /// Stop where more rows of one audience are leavers [default: 50% of more than 100 rows]
    #[arg(long, value_name = "N|P%")]
    max_leavers: Option<Allowance>,
    /// Stop where the export has fewer rows
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    min_rows: u64,
    /// Stop where Braze knows fewer of the sampled users [default: 50%, where nothing says what Braze shall do
    /// with the others]
    #[arg(long, value_name = "P%", value_parser = Allowance::part, conflicts_with = "no_preflight")]
    min_known: Option<Allowance>,
    /// Send attributes and events whose names none of the sampled users has yet
    #[arg(long)]
    allow_new_names: bool,
    /// Do not look users up in Braze before sending
    #[arg(long)]
    no_preflight: bool,
    /// Afterwards read so many users back from Braze and compare, as `verify` does
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) verify: Option<u32>,
}

/// What is sent, and where to.
pub(super) struct Sending<'s> {
    pub(super) plan: &'s Plan,
    pub(super) checked: &'s Checked,
    /// How much, where it is not the whole export.
    pub(super) volume: Option<Volume>,
    pub(super) names: &'s Names,
    pub(super) target: &'s Target,
    pub(super) how: &'s Delivery,
    /// Some users are left out.
    pub(super) is_part: bool,
}

impl Sending<'_> {
    /// How much is sent.
    pub(super) fn volume(&self) -> Volume {
        let summary = &self.checked.summary;
        self.volume.unwrap_or(Volume {
            objects: summary.objects,
            batches: summary.batches,
            rows: summary.rows - summary.rejected - summary.nothing_to_send,
            leavers: 0,
        })
    }
}

impl BeforeArgs {
    /// Stops where so many leave that the export may lack some by mistake.
    pub(super) fn guard_changes(
        &self,
        changes: &Changes,
        summary: &Summary,
        target: &Target,
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        let report = changes.report.as_ref();
        for (name, counts) in report.into_iter().flat_map(|report| &report.audiences) {
            let audiences = summary.audiences.iter();
            let mut members = audiences.filter(|audience| audience.name == *name);
            let members = members.next().map_or(0, |audience| audience.members);
            if let Some(stop) = guard::missing(name, counts.leaves, members, self.max_leavers) {
                obey(stop, target, console)?;
            }
        }
        Ok(())
    }

    /// Stops where the check came to what nobody can have meant, or the export is still being written. The
    /// sandbox inside of this program is there to be tried: there it is only said.
    pub(super) fn guard(
        &self,
        export: &Export,
        plan: &Plan,
        summary: &Summary,
        target: &Target,
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        let max_names = plan.mapping().max_names;
        let stops = [
            guard::rows(summary, self.min_rows),
            guard::rejects(summary, self.max_rejects),
            guard::leavers(summary, self.max_leavers),
            guard::names(summary, max_names),
        ];
        let is_tried = target.sandbox.is_some();
        for stop in stops.into_iter().flatten() {
            obey(stop, target, console)?;
        }
        match at_rest(export, is_tried, console) {
            Err(error) => obey(guard::growing(&error.to_string()), target, console),
            Ok(()) => Ok(()),
        }
    }
}

impl BeforeArgs {
    /// How many users of the check are looked up afterwards. The sandbox inside of this program knows nobody.
    pub(super) fn sample(&self, target: &Target) -> Option<SampleSize> {
        let is_wanted = !self.no_preflight && target.sandbox.is_none();
        is_wanted.then_some(PREFLIGHT_SIZE)
    }

    /// Looks some users up, and stops where Braze does not know them. `None` where that is not wanted, or the
    /// key may not.
    pub(super) fn preflight(
        &self,
        sending: &Sending<'_>,
        console: &mut Console<'_>,
    ) -> Result<Option<Preflight>, CliError> {
        let target = sending.target;
        if self.sample(target).is_none() {
            return Ok(None);
        }
        console.say_for_now("Looking users up in Braze");
        let n_audiences = sending.checked.summary.audiences.len();
        let seen = push::preflight(
            &sending.checked.sample,
            sending.names,
            n_audiences,
            (&target.address, &target.key),
            &sending.how.ca_certificates,
        );
        console.clear_line();
        let seen = match seen {
            Ok(seen) => seen,
            Err(NoAnswer::Denied(words)) if self.min_known.is_none() => {
                console.say(format_args!(
                    "No users were looked up in Braze: {words}. Does the key have the permission users.export.ids?"
                ));
                return Ok(None);
            }
            Err(NoAnswer::Denied(words)) => {
                return Err(CliError::of(format_args!(
                    "found a key that may not look users up ({words}), expected one with the permission \
                     users.export.ids since --min-known is given. Nothing was sent"
                )));
            }
            Err(NoAnswer::Failed(words)) => {
                return Err(CliError::of(format_args!(
                    "users cannot be looked up in Braze: {words}. Try again later; or push without that: \
                     --no-preflight. Nothing was sent"
                )));
            }
        };
        console.note(&Entry::LookedUp(&seen));
        say(&seen, console);
        let unknown_users = sending.plan.mapping().unknown_users;
        if let Some(stop) = guard::known(seen.known, seen.sampled, self.min_known, unknown_users) {
            obey(stop, target, console)?;
        }
        Ok(Some(seen))
    }

    /// The new names that nobody has agreed to yet. `known` are those that were pushed before.
    pub(super) fn new_names(
        &self,
        seen: Option<&Preflight>,
        known: &[String],
        is_asked: bool,
    ) -> Result<Vec<String>, CliError> {
        let new = seen.into_iter().flat_map(|seen| &seen.new_names);
        let new = new.filter(|name| !known.contains(name));
        let new: Vec<_> = new.filter(|_| !self.allow_new_names).cloned().collect();
        if new.is_empty() || is_asked {
            return Ok(new);
        }
        Err(CliError::of(format_args!(
            "found names that none of the sampled users has yet, and that were not pushed from here before: {}, \
             expected known ones: a new name is a new attribute or event in Braze. If they are meant: \
             --allow-new-names. Nothing was sent",
            list(&new)
        )))
    }
}

/// Says what was seen.
fn say(seen: &Preflight, console: &mut Console<'_>) {
    console.say(format_args!(
        "In Braze: {} of {} sampled users",
        words::count(seen.known),
        words::count(seen.sampled)
    ));
    for before in &seen.users {
        let values = before.values.iter().map(|change| {
            let value = |value: &Value| match value {
                Value::Null => "nothing".to_owned(),
                value => words::name(&words::short(&value.to_string())),
            };
            let (now, next) = (value(&change.now), value(&change.next));
            format!("{} {now} → {next}", words::name(&change.name))
        });
        let values: Vec<_> = values.collect();
        console.say(format_args!(
            "  {}: {}",
            words::name(&before.user),
            values.join(", ")
        ));
    }
    if !seen.new_names.is_empty() {
        console.say(format_args!(
            "  none of them has: {}",
            list(&seen.new_names)
        ));
    }
}

/// Stops; into the sandbox inside of this program it warns.
pub(super) fn obey(stop: Stop, target: &Target, console: &mut Console<'_>) -> Result<(), CliError> {
    let stops = target.sandbox.is_none();
    let name = stop.guard;
    console.note(&Entry::Guard { name, stops });
    if !stops {
        console.warn(format_args!("into Braze this would not be sent: {stop}"));
        return Ok(());
    }
    Err(CliError::of(format_args!("{stop}. Nothing was sent")))
}

/// Whether nobody writes to the export any more. One that was written to just now is looked at again.
fn at_rest(export: &Export, is_tried: bool, console: &mut Console<'_>) -> Result<(), InputError> {
    while let Some(modified) = export.modified()? {
        // Where clocks disagree nothing is known.
        let age = SystemTime::now().duration_since(modified);
        match guard::settles_in(age.unwrap_or(Duration::MAX)) {
            Some(wait) if !is_tried => {
                console.say_for_now("Waiting: the export was written to just now");
                thread::sleep(wait);
            }
            _ => break,
        }
    }
    console.clear_line();
    Ok(())
}

/// `Send 4,988 rows to https://… (EU-01): 67 requests to set AIQ_1_2, ltv, at most 9,976 attribute writes …?`
pub(super) fn question(sending: &Sending<'_>, new_names: &[String]) -> String {
    let Sending {
        plan,
        names,
        target,
        how,
        is_part,
        ..
    } = sending;
    let limits = &how.limits;
    let Volume {
        objects,
        batches,
        rows,
        leavers,
    } = sending.volume();
    let requests = words::counted(batches, "request", "requests");
    let time = words::time(limits.seconds(batches).ceil().max(1.0) as u64);
    let (verb, listed, cost) = match plan.array() {
        InputArray::Attributes => {
            let most = objects.saturating_mul(names.attributes.len() as u64);
            let most = words::counted(most, "attribute write", "attribute writes");
            ("to set", &names.attributes, format!("at most {most}"))
        }
        InputArray::Events | InputArray::Purchases => {
            let events = words::counted(objects, "event", "events");
            ("to log", &names.events, events)
        }
    };
    let new = match new_names {
        [] => String::new(),
        names => format!("; new to the sampled users: {}", list(names)),
    };
    let leavers = match leavers {
        0 => String::new(),
        n => format!(" and {}", words::leavers(n)),
    };
    let most = if *is_part { "at most " } else { "" };
    format!(
        "Send {most}{}{leavers} to {}: {requests} {verb} {}, {cost} (as many data points where a contract still counts \
         them), {time} at the limit{new}?",
        words::rows(rows),
        target.address,
        list(listed),
    )
}

/// The first names, and how many more there are.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<_> = names
        .iter()
        .take(MOST)
        .map(|name| words::name(name))
        .collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        n => format!("{} and {} more", shown.join(", "), words::count(n as u64)),
    }
}
