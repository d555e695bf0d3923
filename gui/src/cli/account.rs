//! The end of a push: what became of every row, and what to do next.

use aiq_braze::Account;

use super::{CliError, Console, words};
use crate::push::{Address, Group, Report};

/// Prints the account, Braze's words, and where to look.
pub(crate) fn print_report(
    report: &Report,
    address: &Address,
    files: &[String],
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    print_account(&report.account, console)?;
    print_groups("Refused by Braze", &report.refused, files, console)?;
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
    console.put_line(format_args!(
        "\n{}{resends}, {:.1} s{waited}, to {address}",
        words::counted(report.requests, "request", "requests"),
        report.seconds,
    ))?;
    if let Some(stopped) = &report.stopped {
        console.put_line(format_args!("\nStopped: {stopped}"))?;
        if report.account.pending > 0 {
            console.put_line(match report.events.is_empty() {
                true => {
                    "The rows that were not sent can be sent by pushing the export again: \
                     what Braze has already, it then gets once more with the same values"
                }
                false => {
                    "Pushing the export again would send every event once more, and Braze keeps events that \
                     it gets twice: take the rows that were accepted out first"
                }
            })?;
        }
    }
    print_next_step(report, console)
}

/// A table that visibly sums up.
fn print_account(account: &Account, console: &mut Console<'_>) -> Result<(), CliError> {
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
    let lines = [
        ("accepted by Braze", accepted, always),
        ("unchanged, not sent", unchanged, unchanged > 0),
        ("nothing to send", nothing_to_send, nothing_to_send > 0),
        ("rejected by the check", rejected, always),
        ("refused by Braze", refused, always),
        ("unknown", unknown, always),
        ("not sent yet", pending, pending > 0),
    ];
    let shown = lines.iter().filter(|(_, _, is_shown)| *is_shown);
    let mut table: Vec<_> = shown
        .map(|(name, number, _)| vec![(*name).to_owned(), words::count(*number)])
        .collect();
    let sum = lines.iter().map(|(_, number, _)| number).sum();
    let total = words::count(sum);
    table.push(vec![String::new(), "─".repeat(total.len())]);
    table.push(vec!["all rows".to_owned(), total]);
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

fn print_groups(
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
    for Group {
        reason,
        rows,
        first,
    } in groups
    {
        let places = first.iter().take(MOST_PLACES);
        let places: Vec<_> = places.map(|at| words::place(*at, files)).collect();
        let more = if *rows > places.len() as u64 {
            ", …"
        } else {
            ""
        };
        console.put_line(format_args!("  {}: {reason}", words::rows(*rows)))?;
        console.put_line(format_args!("    {}{more}", places.join(", ")))?;
    }
    Ok(())
}

fn print_next_step(report: &Report, console: &mut Console<'_>) -> Result<(), CliError> {
    if report.account.accepted == 0 {
        return Ok(());
    }
    if !report.events.is_empty() {
        let names: Vec<_> = report
            .events
            .iter()
            .map(|event| words::name(&event.name))
            .collect();
        return console.put_line(format_args!(
            "\nNext, in Braze: Segments, Create segment, the filter Custom Event, and the event's exact name:\n  \
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
        "\nNext, in Braze: Segments, Create segment, the filter Custom Attributes, and the attribute's \
         exact name:\n  {}\n\"is true\" finds the members. Then choose the segment in a campaign or \
         Canvas. Accepted means queued: the profiles follow within minutes",
        names.join("\n  ")
    ))
}
