//! The end of a push: what became of every row, and what to do next.

use aiq_braze::{Account, Language};

use super::target::Target;
use super::{CliError, Console, Look, words};
use crate::push::{Group, Report};

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Braze,
    /// The one inside of this program.
    Sandbox,
}

impl Who {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Braze => "Braze",
            Self::Sandbox => "the sandbox",
        }
    }
}

/// Prints the account, Braze's words, and where to look.
pub(crate) fn print_report(
    report: &Report,
    target: &Target,
    files: &[String],
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let (who, address) = (target.who(), &target.address);
    print_account(&report.account, who, console)?;
    let refused = format!("Refused by {}", who.name());
    print_groups(&refused, &report.refused, files, console)?;
    print_groups(
        "Unknown: sent, and no answer says what became of them",
        &report.unknown,
        files,
        console,
    )?;
    let waited = match report.waited_seconds {
        0.0 => String::new(),
        seconds => format!(", {seconds:.0} s of them waiting"),
    };
    let resends = match report.resends {
        0 => String::new(),
        n => format!(", {} sent again", words::count(n)),
    };
    let to = match who {
        Who::Braze => address.to_string(),
        Who::Sandbox => who.name().to_owned(),
    };
    console.put_line(format_args!(
        "\n{}{resends}, {:.1} s{waited}, to {to}",
        words::counted(report.requests, "request", "requests"),
        report.seconds,
    ))?;
    if report.left_out > 0 {
        console.put_line(format_args!(
            "{} left out, as --exclude or --first said: they count as nothing to send",
            words::rows(report.left_out)
        ))?;
    }
    if let Some(stopped) = &report.stopped {
        console.put("\n")?;
        console.put_in(Look::Error, "Stopped:")?;
        console.put_line(format_args!(" {stopped}"))?;
    }
    print_ways_on(report, target.place.flags().as_deref(), console)?;
    print_next_step(report, who, console)
}

/// A table that visibly sums up.
pub(super) fn print_account(
    account: &Account,
    who: Who,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let Account {
        rows,
        leavers,
        accepted,
        unchanged,
        nothing_to_send,
        rejected,
        refused,
        unknown,
        pending,
    } = *account;
    let always = true;
    let by = |what: &str| format!("{what} by {}", who.name());
    let lines = [
        (by("accepted"), accepted, always),
        ("unchanged, not sent".to_owned(), unchanged, unchanged > 0),
        (
            "nothing to send".to_owned(),
            nothing_to_send,
            nothing_to_send > 0,
        ),
        ("rejected by the check".to_owned(), rejected, always),
        (by("refused"), refused, always),
        ("unknown".to_owned(), unknown, always),
        ("not sent yet".to_owned(), pending, pending > 0),
    ];
    let shown = lines.iter().filter(|(_, _, is_shown)| *is_shown);
    let mut table: Vec<_> = shown
        .map(|(name, number, _)| vec![name.clone(), words::count(*number)])
        .collect();
    let sum = lines.iter().map(|(_, number, _)| number).sum();
    let total = words::count(sum);
    table.push(vec![String::new(), "─".repeat(total.len())]);
    let all = match leavers {
        0 => "all rows".to_owned(),
        n => format!("all rows, and {}", words::leavers(n)),
    };
    table.push(vec![all, total]);
    console.put(format_args!(
        "What became of the rows:\n{}",
        words::table(&table, &[1])
    ))?;
    if sum != rows + leavers {
        console.put_line(format_args!(
            "These are not the {} of the export: a mistake in aiq-braze. Please report it",
            words::rows(rows + leavers)
        ))?;
    }
    Ok(())
}

pub(super) fn print_groups(
    title: &str,
    groups: &[Group],
    files: &[String],
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    const MOST_PLACES: usize = 3;
    if groups.is_empty() {
        return Ok(());
    }
    console.put_line(format_args!("\n{title}:"))?;
    for group in groups {
        let Group {
            reason,
            rows,
            first,
        } = group;
        let places = first.iter().take(MOST_PLACES);
        let places: Vec<_> = places
            .map(|at| words::place(*at, files, Language::English))
            .collect();
        let more = if *rows > places.len() as u64 {
            ", …"
        } else {
            ""
        };
        let how_many = match group.is_of_leavers() {
            true => words::leavers(*rows),
            false => words::rows(*rows),
        };
        console.put_line(format_args!("  {how_many}: {reason}"))?;
        if !group.is_of_leavers() {
            console.put_line(format_args!("    {}{more}", places.join(", ")))?;
        }
    }
    Ok(())
}

/// What can be done about rows that are not settled. `flags` name the workspace; there are none where
/// nothing is kept.
pub(crate) fn print_ways_on(
    report: &Report,
    flags: Option<&str>,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let Report { run, account, .. } = report;
    let Some(flags) = flags else {
        return Ok(());
    };
    print_way_to_refused(report, flags, console)?;
    if account.pending > 0 {
        console.put_line(format_args!(
            "\nWhat is not sent yet, and nothing else, is sent by:\n  aiq-braze resume {run} {flags}"
        ))?;
    }
    if account.unknown > 0 {
        console.put_line(format_args!(
            "\nThe unknown rows wait for you. Look a few of them up in Braze; then either\n  \
             aiq-braze runs decide {run} resend {flags}\n\
             and resume (what did arrive, Braze then has twice), or\n  \
             aiq-braze runs decide {run} drop {flags}"
        ))?;
    }
    Ok(())
}

/// How to get at rows that Braze refused.
pub(super) fn print_way_to_refused(
    report: &Report,
    flags: &str,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    let Report { run, account, .. } = report;
    if account.refused == 0 {
        return Ok(());
    }
    console.put_line(format_args!(
        "\nThe refused rows, with Braze's words and to be corrected and pushed again, are written by:\n  \
         aiq-braze runs rejects {run} {flags} -o rejects.csv"
    ))
}

fn print_next_step(report: &Report, who: Who, console: &mut Console<'_>) -> Result<(), CliError> {
    if report.account.accepted == 0 {
        return Ok(());
    }
    let next = match who {
        Who::Braze => "Next, in Braze",
        Who::Sandbox => "After a push to Braze, there",
    };
    if !report.events.is_empty() {
        let names: Vec<_> = report
            .events
            .iter()
            .map(|event| words::name(&event.name))
            .collect();
        return console.put_line(format_args!(
            "\n{next}: Segments, Create segment, the filter Custom Event, and the event's exact name:\n  \
             {}\nAccepted means queued: the events follow within minutes",
            names.join("\n  ")
        ));
    }
    if report.audiences.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = report
        .audiences
        .iter()
        .map(|audience| words::name(&audience.name))
        .collect();
    console.put_line(format_args!(
        "\n{next}: Segments, Create segment, the filter Custom Attributes, and the attribute's \
         exact name:\n  {}\n\"is true\" finds the members. Then choose the segment in a campaign or \
         Canvas. Accepted means queued: the profiles follow within minutes",
        names.join("\n  ")
    ))
}
