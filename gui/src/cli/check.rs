//! `check`: every row, and what would be sent.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use aiq_braze::Mapping;

use super::files::refuse_clashes;
use super::fix::{Fixes, MOST_ROUNDS};
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::mapping::Chosen;
use super::summary::{Checked, check, create_rejects, is_incomplete};
use super::{CliError, Console, Exit, mapping, words};
use crate::allowance::Allowance;
use crate::input::Export;
use crate::private::{PrivateFile, PrivateFileError};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mapping: mapping::MappingArgs,
    /// Write all rejected rows with their reasons to this file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Exit with 0 when at most so many rows, or such a part of them, are rejected
    #[arg(long, value_name = "N|P%", default_value_t, hide_default_value = true)]
    allow_rejects: Allowance,
    /// Do not look for users with two values of an attribute
    #[arg(long)]
    no_conflicts: bool,
    /// Apply the fixes that are certain, check with them, and write the mended mapping to -o, or to
    /// standard output instead of the report
    #[arg(long)]
    fix: bool,
    /// With --fix: write the mended mapping to this file, over what is there
    #[arg(short, long, value_name = "FILE", requires = "fix")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The members of --json: format, export, mapping, mapping_from, warnings, rows, rejected,\n\
                    nothing_to_send, left_out, is_allowed, objects, requests, body_bytes, audiences, events,\n\
                    problems, rejects, fixes";

/// Checks and says what was found.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let export = args.input.open(console)?;
    let written = [
        ("--rejects", args.rejects.as_deref()),
        ("--out", args.out.as_deref()),
    ];
    refuse_clashes(&export, &args.read(), &written)?;
    console.is_watched &= !args.json;
    Interrupt::listen(console);
    if args.fix {
        return run_fix(&args, &export, console);
    }
    let chosen = mapping::choose(&export, &args.mapping)?;
    chosen.explain(console);
    let rejects = create_rejects(args.rejects.as_deref())?;
    let checked = check(
        &export,
        &chosen.plan,
        rejects,
        args.finds_conflicts(),
        None,
        console,
    )?;
    let exit = args.exit_of(&checked);
    if args.json {
        let is_allowed = args.allows(&checked);
        console.put_json(&CheckJson::of(&export, &chosen, &checked, is_allowed))?;
    } else {
        print(&export, &chosen, &checked, exit, console)?;
    }
    say_allowed(args.allow_rejects, &checked, console);
    Ok(exit)
}

/// Mends the mapping, and checks with what came of it.
fn run_fix(args: &Args, export: &Export, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let (chosen, checked, fixes) = mend(args, export, console)?;
    chosen.explain(console);
    fixes.say(console);
    let exit = args.exit_of(&checked);
    if let Some(path) = &args.out {
        write(chosen.plan.mapping(), path)?;
        console.say(format_args!("Written: {}", words::path(path)));
    }
    let out = args.out.as_ref().map(|path| path.display().to_string());
    if args.json {
        let check = CheckJson::of(export, &chosen, &checked, args.allows(&checked));
        console.put_json(&check.with_fixes(&fixes, out))?;
    } else if out.is_some() {
        print(export, &chosen, &checked, exit, console)?;
    } else {
        console.put_line(chosen.plan.mapping().to_json())?;
        console.say(format_args!(
            "{}, {} rejected with this mapping. The report comes with -o FILE",
            words::rows(checked.summary.rows),
            words::count(checked.summary.rejected),
        ));
    }
    say_allowed(args.allow_rejects, &checked, console);
    Ok(exit)
}

/// A mapping without a problem that has a certain fix, and a check by it.
fn mend(
    args: &Args,
    export: &Export,
    console: &mut Console<'_>,
) -> Result<(Chosen, Checked, Fixes), CliError> {
    let mut fixes = Fixes::default();
    let mut found = mapping::find(export, &args.mapping)?;
    let mut n_rounds = 0;
    loop {
        fixes.mend_plan(&mut found);
        let chosen = found.clone().fit()?;
        let rejects = create_rejects(args.rejects.as_deref())?;
        let checked = check(
            export,
            &chosen.plan,
            rejects,
            args.finds_conflicts(),
            None,
            console,
        )?;
        n_rounds += 1;
        if n_rounds == MOST_ROUNDS || !fixes.apply(checked.problems.iter(), &mut found.mapping) {
            let mapping = chosen.plan.mapping();
            fixes.leave(chosen.plan.warnings(), mapping);
            fixes.leave(checked.problems.iter(), mapping);
            return Ok((chosen, checked, fixes));
        }
    }
}

fn write(mapping: &Mapping, path: &Path) -> Result<(), CliError> {
    let mut file = PrivateFile::create(path).map_err(CliError::of)?;
    let json = mapping.to_json() + "\n";
    file.write_all(json.as_bytes())
        .map_err(|error| CliError::of(PrivateFileError::new(path, error)))?;
    file.finish().map_err(CliError::of)
}

impl Args {
    /// What may not be written over. Naming the mapping for what is mended in it is no mistake.
    fn read(&self) -> Vec<super::files::Named<'_>> {
        let is_replaced = |path: &Path| self.out.as_deref() == Some(path);
        match self.mapping.file() {
            (_, Some(path)) if is_replaced(path) => Vec::new(),
            file => vec![file],
        }
    }

    fn finds_conflicts(&self) -> bool {
        !self.no_conflicts
    }

    fn allows(&self, checked: &Checked) -> bool {
        let summary = &checked.summary;
        self.allow_rejects.covers(summary.rejected, summary.rows)
    }

    fn exit_of(&self, checked: &Checked) -> Exit {
        if self.allows(checked) && !is_incomplete(&checked.summary) {
            return Exit::Fine;
        }
        Exit::SomeRows
    }
}

/// Prints the report, where there is something to report or nobody asked for quiet.
fn print(
    export: &Export,
    chosen: &Chosen,
    checked: &Checked,
    exit: Exit,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    if console.manner.is_quiet && exit == Exit::Fine {
        return Ok(());
    }
    checked.print(export, &chosen.plan, console)
}

/// Says that rejected rows are no reason to fail.
pub(crate) fn say_allowed(allowed: Allowance, checked: &Checked, console: &mut Console<'_>) {
    let summary = &checked.summary;
    if summary.rejected > 0 && allowed.covers(summary.rejected, summary.rows) {
        console.say(format_args!(
            "{} rejected, which is within --allow-rejects {allowed}",
            words::rows(summary.rejected)
        ));
    }
}
