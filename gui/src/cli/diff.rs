//! `diff`: what Braze would have to be told to go from one export to another.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aiq_braze::{BatchLimits, Bodies, Header, Inspection, Mapping, Plan, Summary};
use serde::Serialize;
use serde_json::value::RawValue;

use super::files::refuse_clashes;
use super::input::EncodingArgs;
use super::interrupt::Interrupt;
use super::json::{ExportJson, mapping_json};
use super::mapping::MappingArgs;
use super::progress::{Watch, WatchBoth};
use super::summary::is_incomplete;
use super::{CliError, Console, Exit, words};
use crate::allowance::Allowance;
use crate::delta::{
    AttributeCounts, AudienceCounts, DELTA_BYTES, Delta, DeltaError, Report, Side, Users, Which,
};
use crate::input::Export;
use crate::private::PrivateFile;

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    /// The export that Braze was told: a file, packed or not, or a folder for the files in it
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The export that it shall be told
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    written_in: EncodingArgs,
    #[command(flatten)]
    mapping: MappingArgs,
    /// Write the request bodies of the difference to this file, one a line
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 0, and tell leavers, when at most so many rows of an export, or such a part of them, are
    /// rejected
    #[arg(long, value_name = "N|P%", default_value_t, hide_default_value = true)]
    allow_rejects: Allowance,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The members of --json: format, old, new, mapping, users, audiences, attributes, columns,\n\
     leavers_held, unread_rows, is_allowed, objects, requests, body_bytes, out";

/// Compares, and says what came of it.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.is_watched &= !args.json;
    let old = args.written_in.open(&[&args.old], console)?;
    let new = args.written_in.open(&[&args.new], console)?;
    let written = [("--out", args.out.as_deref())];
    for export in [&old, &new] {
        refuse_clashes(export, &[args.mapping.file()], &written)?;
    }
    let (old, new) = sides(old, new, &args.mapping, console)?;
    Interrupt::listen(console);
    let columns = Columns::of(&old, &new);
    let exports = [&old.export, &new.export].map(Clone::clone);
    let mapping = new.plan.mapping().clone();

    let watched = RefCell::new(&mut *console);
    let delta = compare(old, new, args.allow_rejects, &exports, &watched)?;
    let report = delta.report.clone();
    let written = match &args.out {
        Some(path) => Some(write(delta, path, &exports, &watched)?),
        None => None,
    };
    console.clear_line();

    let is_allowed = [&report.old, &report.new].iter().all(|summary| {
        args.allow_rejects.covers(summary.rejected, summary.rows) && !is_incomplete(summary)
    });
    if args.json {
        console.put_json(&DiffJson::of(
            &args, &exports, &mapping, &report, columns, is_allowed, written,
        ))?;
    } else if !(console.manner.is_quiet && is_allowed) {
        print(&exports, &report, &columns, console)?;
    }
    if let (Some(path), Some(written)) = (&args.out, written) {
        console.say(format_args!(
            "Written: {} in {}, {}",
            words::counted(written.objects, "object", "objects"),
            words::counted(written.requests, "request body", "request bodies"),
            words::path(path),
        ));
    }
    Ok(if is_allowed {
        Exit::Fine
    } else {
        Exit::SomeRows
    })
}

/// Both exports by one mapping. A rule of a column that only one of the two has is left out for the other.
fn sides(
    old: Export,
    new: Export,
    args: &MappingArgs,
    console: &mut Console<'_>,
) -> Result<(Side, Side), CliError> {
    let mut of_new = super::mapping::find(&new, args)?;
    let old_found = old.inspect(of_new.mapping.format).map_err(CliError::of)?;
    let (old_header, new_header) = (&old_found.header, &of_new.found.header);
    let mapping_of_old = without_others(&of_new.mapping, old_header, new_header);
    let mapping_of_new = without_others(&of_new.mapping, new_header, old_header);
    let plan = compile_old(&mapping_of_old, &old, &old_found)?;
    of_new.mapping = mapping_of_new;
    let chosen = of_new.fit()?;
    chosen.explain(console);
    Ok((
        Side { export: old, plan },
        Side {
            export: new,
            plan: chosen.plan,
        },
    ))
}

/// A mapping without the rules of columns that only the other export has.
pub(super) fn without_others(mapping: &Mapping, own: &Header, other: &Header) -> Mapping {
    let mut mapping = mapping.clone();
    mapping.columns.retain(|rule| {
        let is_in = |header: &Header| header.position(&rule.column).is_some();
        is_in(own) || !is_in(other)
    });
    mapping
}

/// The plan of the old export.
pub(super) fn compile_old(
    mapping: &Mapping,
    old: &Export,
    found: &Inspection,
) -> Result<Plan, CliError> {
    mapping.compile(&found.header).map_err(|problems| {
        let words = format!(
            "the mapping does not fit the old export, {}",
            words::files(old)
        );
        CliError::Mapping(words, problems)
    })
}

/// Whether who is missing in the new export has left: where no row says that it may be by mistake.
pub(super) fn ends_memberships(allowed: Allowance) -> impl Fn(&Summary, u64, bool) -> bool {
    move |summary, unread, is_incomplete| {
        let is_trusted = unread == 0 || allowed.covers(summary.rejected, summary.rows);
        is_trusted && !is_incomplete
    }
}

fn compare(
    old: Side,
    new: Side,
    allowed: Allowance,
    exports: &[Export; 2],
    console: &RefCell<&mut Console<'_>>,
) -> Result<Delta, CliError> {
    let mut watch = WatchBoth::start(exports.each_ref());
    let ends_memberships = ends_memberships(allowed);
    let mut progress = |which, bytes, rows| {
        watch.show(which, bytes, rows, &mut console.borrow_mut());
    };
    let delta = Delta::compare(old, new, DELTA_BYTES, &ends_memberships, &mut progress);
    delta.map_err(CliError::of)
}

fn watches(doing: [&'static str; 2], exports: &[Export; 2]) -> [Watch; 2] {
    [0, 1].map(|side| Watch::start(doing[side], exports[side].n_bytes()))
}

/// What was written.
#[derive(Clone, Copy, Default)]
struct Written {
    objects: u64,
    requests: u64,
    bytes: u64,
}

/// Why it could not be written.
struct CannotWrite(CliError);

impl From<DeltaError> for CannotWrite {
    fn from(error: DeltaError) -> Self {
        Self(CliError::of(error))
    }
}

fn write(
    delta: Delta,
    path: &Path,
    exports: &[Export; 2],
    console: &RefCell<&mut Console<'_>>,
) -> Result<Written, CliError> {
    let mut file = PrivateFile::create(path).map_err(CliError::of)?;
    let mut written = Written::default();
    let mut put = |body: &[u8], n_objects: usize| {
        written.objects += n_objects as u64;
        written.requests += 1;
        written.bytes += body.len() as u64;
        let result = file.write_all(body).and_then(|()| file.write_all(b"\n"));
        result.map_err(|error| {
            let path = path.display();
            CannotWrite(CliError::of(format_args!(
                "{path}: cannot be written: {error}"
            )))
        })
    };
    let mut bodies = Bodies::new(Default::default(), BatchLimits::default());
    let mut object = Vec::new();
    let watches = watches(["Writing leavers", "Writing"], exports);
    let mut progress = |which, bytes, rows| {
        let watch = &watches[usize::from(which == Which::New)];
        watch.show(bytes, rows, &mut console.borrow_mut());
    };
    delta
        .select(&mut progress, &mut |selected| {
            object.clear();
            selected.write(&mut object);
            bodies.push(&object, &mut put)
        })
        .and_then(|()| bodies.finish(&mut put))
        .map_err(|CannotWrite(error)| error)?;
    file.finish().map_err(CliError::of)?;
    Ok(written)
}

/// Attributes that only one of the two exports has a column for.
#[derive(Serialize)]
struct Columns {
    only_old: Vec<String>,
    only_new: Vec<String>,
}

impl Columns {
    fn of(old: &Side, new: &Side) -> Self {
        let names = |side: &Side| -> BTreeSet<String> {
            let names = side.plan.attributes().map(|(_, name, _)| name);
            names.map(|name| name.trim().to_owned()).collect()
        };
        let (old, new) = (names(old), names(new));
        Self {
            only_old: old.difference(&new).cloned().collect(),
            only_new: new.difference(&old).cloned().collect(),
        }
    }
}

fn print(
    exports: &[Export; 2],
    report: &Report,
    columns: &Columns,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    for (which, export, summary) in [
        ("Old", &exports[0], &report.old),
        ("New", &exports[1], &report.new),
    ] {
        console.put_line(format_args!(
            "{which}: {}: {}, {} rejected",
            words::files(export),
            words::rows(summary.rows),
            words::count(summary.rejected),
        ))?;
    }
    let Users {
        joined,
        left,
        changed,
        unchanged,
        unsure: _, // among the notes
    } = report.users;
    console.put_line(format_args!(
        "Users: {} joined, {} left, {} changed, {} unchanged",
        words::count(joined),
        words::count(left),
        words::count(changed),
        words::count(unchanged),
    ))?;
    let table = |head: &[&str], rows: Vec<(&String, Vec<u64>)>| {
        if rows.is_empty() {
            return String::new();
        }
        let head: Vec<_> = head.iter().map(|word| (*word).to_owned()).collect();
        let right: Vec<_> = (1..head.len()).collect();
        let rows = rows.into_iter().map(|(name, counts)| {
            let counts = counts.into_iter().map(words::count);
            std::iter::once(words::name(name)).chain(counts).collect()
        });
        let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
        format!("\n{}", words::table(&rows, &right))
    };
    let audiences = report.audiences.iter();
    let audiences = audiences.map(|(name, of)| (name, vec![of.joins, of.leaves]));
    console.put(table(
        &["Audience attribute", "joins", "leaves"],
        audiences.collect(),
    ))?;
    let attributes = report.attributes.iter();
    let attributes =
        attributes.map(|(name, of)| (name, vec![of.set, of.changed, of.removed, of.gone]));
    console.put(table(
        &["Attribute", "set", "changed", "removed", "gone"],
        attributes.collect(),
    ))?;
    for (names, words) in [
        (
            &columns.only_old,
            "Only the old export has a column for them, so they stay as they are",
        ),
        (
            &columns.only_new,
            "Only the new export has a column for them",
        ),
    ] {
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(|name| words::name(name)).collect();
            console.put_line(format_args!("\n{words}: {}", names.join(", ")))?;
        }
    }
    for note in notes(report) {
        console.put_line(format_args!("\n{note}"))?;
    }
    Ok(())
}

/// What is not told, and why.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let unsure = report.users.unsure;
    if unsure > 0 {
        notes.push(format!(
            "Left alone: {} of the old export with nothing but rejected rows in the new one. \
             `check --rejects FILE` writes those rows: correct them, and compare again",
            words::counted(unsure, "user", "users"),
        ));
    }
    if report.held > 0 {
        notes.push(format!(
            "Not ended: {} that the new export no longer has. {}",
            words::counted(report.held, "membership", "memberships"),
            why_held(report),
        ));
    }
    notes
}

/// Why memberships are not ended, and what to do.
fn why_held(report: &Report) -> String {
    if report.has_several_identifiers {
        return "The mapping has several identifiers: one person may be named in two ways, and be there by \
                another name than before. Map one identifier alone to end them"
            .to_owned();
    }
    let why = match is_incomplete(&report.new) {
        true => "It lacks what files beside it promise".to_owned(),
        false => format!(
            "Rejected rows of it that do not say whose they are, and might be about anybody: {}",
            words::count(report.unread)
        ),
    };
    format!(
        "{why}. Correct the export; or say with --allow-rejects how many rejected rows are no reason to doubt \
         it"
    )
}

#[derive(Serialize)]
struct SideJson {
    #[serde(flatten)]
    export: ExportJson,
    rows: u64,
    rejected: u64,
}

#[derive(Serialize)]
struct Named<'d, C> {
    name: &'d str,
    #[serde(flatten)]
    counts: C,
}

#[derive(Serialize)]
struct DiffJson<'d> {
    old: SideJson,
    new: SideJson,
    mapping: Box<RawValue>,
    users: Users,
    audiences: Vec<Named<'d, AudienceCounts>>,
    attributes: Vec<Named<'d, AttributeCounts>>,
    columns: Columns,
    leavers_held: u64,
    unread_rows: u64,
    is_allowed: bool,
    objects: u64,
    requests: Option<u64>,
    body_bytes: Option<u64>,
    out: Option<String>,
}

impl<'d> DiffJson<'d> {
    fn of(
        args: &Args,
        exports: &[Export; 2],
        mapping: &Mapping,
        report: &'d Report,
        columns: Columns,
        is_allowed: bool,
        written: Option<Written>,
    ) -> Self {
        let side = |export, summary: &Summary| SideJson {
            export: ExportJson::of(export),
            rows: summary.rows,
            rejected: summary.rejected,
        };
        let audiences = report.audiences.iter();
        let attributes = report.attributes.iter();
        Self {
            old: side(&exports[0], &report.old),
            new: side(&exports[1], &report.new),
            mapping: mapping_json(mapping),
            users: report.users,
            audiences: audiences
                .map(|(name, counts)| Named {
                    name,
                    counts: *counts,
                })
                .collect(),
            attributes: attributes
                .map(|(name, counts)| Named {
                    name,
                    counts: *counts,
                })
                .collect(),
            columns,
            leavers_held: report.held,
            unread_rows: report.unread,
            is_allowed,
            objects: report.objects.0 + report.objects.1,
            requests: written.map(|written| written.requests),
            body_bytes: written.map(|written| written.bytes),
            out: args.out.as_ref().map(|path| path.display().to_string()),
        }
    }
}
