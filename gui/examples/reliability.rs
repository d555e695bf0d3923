//! Measures what a push withstands on this machine, and prints the README's table of it:
//!
//! ```sh
//! cargo run --release -p aiq-braze-app --no-default-features --example reliability
//! ```
//!
//! A hundredth of it, to see that it works, with `AIQ_BRAZE_PART=100`.
//!
//! With arguments it is the program itself: so each push is a real process, started and killed by this one, which
//! plays Braze and remembers what proves that each user's values arrived.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aiq_braze_app::sandbox::{Chance, Fault, Memory, Options, Proof, Sandbox, Settings, Weather};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    if env::args_os().len() > 1 {
        return aiq_braze_app::cli::main();
    }
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "{error}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Every fault but silence, which would take a minute and a half each time: one request in a hundred each.
fn every_fault() -> Vec<Chance> {
    let chance = |fault| Chance {
        per_mille: 10,
        fault,
        burst: 1,
    };
    Fault::every().into_iter().map(chance).collect()
}

fn sandbox(latency_ms: u64, jitter_ms: u64, chances: Vec<Chance>) -> Result<Sandbox> {
    Ok(Sandbox::start(Options {
        weather: Weather {
            seed: 7,
            latency_ms,
            jitter_ms,
            chances,
            delay_ms: 200,
            shuffled: true,
        },
        settings: Settings {
            memory: Memory {
                profiles: 0,
                proofs: true,
                ..Memory::default()
            },
            ..Settings::default()
        },
        ..Options::default()
    })?)
}

/// A folder that goes with this.
struct Desk(PathBuf);

impl Drop for Desk {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

impl Desk {
    fn new(name: &str) -> Result<Self> {
        let path = env::temp_dir().join(format!("aiq-braze-{name}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn write(&self, head: &str, rows: impl Iterator<Item = String>) -> Result<()> {
        let mut file = BufWriter::new(File::create(self.0.join("export.csv"))?);
        writeln!(file, "{head}")?;
        for row in rows {
            writeln!(file, "{row}")?;
        }
        Ok(file.flush()?)
    }

    fn program(&self, args: &[&str], sandbox: &Sandbox) -> Result<Child> {
        Ok(Command::new(env::current_exe()?)
            .args(args)
            .current_dir(&self.0)
            .env("AIQ_BRAZE_HOME", self.0.join("home"))
            .env("BRAZE_API_KEY", sandbox.key())
            .stdin(Stdio::null())
            .stdout(File::create(self.0.join("said.json"))?)
            .stderr(Stdio::null())
            .spawn()?)
    }

    fn push(&self, sandbox: &Sandbox) -> Result<Child> {
        let url = sandbox.url();
        let args = [
            "push",
            "export.csv",
            "--yes",
            "--json",
            "--no-conflicts",
            "--no-preflight",
            "--endpoint",
            &url,
        ];
        self.program(&args, sandbox)
    }

    fn resume(&self, sandbox: &Sandbox) -> Result<Child> {
        self.program(&["resume", "--yes", "--json"], sandbox)
    }

    fn said(&self) -> Result<Value> {
        let said = fs::read(self.0.join("said.json"))?;
        serde_json::from_slice(&said).map_err(|_| "the push ended without a report".into())
    }

    /// The latest run as the ledger has it, if there is one.
    fn run(&self, sandbox: &Sandbox) -> Result<Option<Value>> {
        self.program(&["runs", "--json"], sandbox)?.wait()?;
        Ok(self.said()?["runs"].get(0).cloned())
    }
}

/// Waits for its end: the most memory that it held, in MiB, where the system tells. (What it tells of a process
/// that has ended counts the parent's memory, too, and this one remembers a million users.)
fn most_memory(mut child: Child) -> Result<u64> {
    let status = Path::new("/proc")
        .join(child.id().to_string())
        .join("status");
    let mut most = 0;
    while child.try_wait()?.is_none() {
        let said = fs::read_to_string(&status).unwrap_or_default();
        let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        most = kib.unwrap_or(0_u64).max(most);
        thread::sleep(Duration::from_millis(20));
    }
    Ok(most >> 10)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn table_line(what: &str, rows: u64, came: &str) -> Result<()> {
    Ok(writeln!(
        io::stdout(),
        "| {what} | {} | {came} |",
        grouped(rows)
    )?)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let place = |at: usize| (at > 0 && (digits.len() - at).is_multiple_of(3)).then_some(',');
    let chars = digits.chars().enumerate();
    chars
        .flat_map(|(at, char)| place(at).into_iter().chain([char]))
        .collect()
}

fn measure() -> Result<()> {
    writeln!(io::stdout(), "| what | rows | came of it |\n|---|--:|---|")?;
    let part: u64 = match env::var("AIQ_BRAZE_PART") {
        Ok(part) => part.parse()?,
        Err(_) => 1,
    };
    attributes_in_a_storm(2_000_000 / part)?;
    events_in_a_storm(500_000 / part)?;
    kills(500_000 / part, 100 / u32::try_from(part)?)?;
    limit(0, 1_000_000 / part)?;
    limit(100, 1_000_000 / part)
}

fn audience(rows: u64) -> impl Iterator<Item = String> {
    (0..rows).map(|n| format!("u{n},1,2,{n}"))
}

const AUDIENCE: &str = "external_id,audience_id,split_id,n";

/// How many users have exactly the right values, as often as they were sent.
fn proven(rows: u64, sandbox: &Sandbox) -> Result<u64> {
    sandbox.settle();
    let proofs = sandbox.proofs();
    for n in 0..rows {
        let mut once = Proof::default();
        once.add_attribute("AIQ_1_2", "true");
        once.add_attribute("n", &n.to_string());
        if let Some(found) = proofs.get(&Proof::user(&format!("external_id:u{n}"))) {
            let n_times = found.attributes / once.attributes;
            let sum = once.sum.wrapping_mul(u64::from(n_times));
            if (found.sum, found.attributes) != (sum, once.attributes * n_times) {
                return Err(format!("found other values than those sent of row {n}").into());
            }
        }
    }
    Ok(proofs.len() as u64)
}

fn attributes_in_a_storm(rows: u64) -> Result<()> {
    let desk = Desk::new("attributes")?;
    desk.write(AUDIENCE, audience(rows))?;
    let chances = every_fault();
    let n_kinds = chances.len();
    let sandbox = sandbox(0, 20, chances)?;
    let memory = most_memory(desk.push(&sandbox)?)?;
    let said = desk.said()?;
    let (account, seen) = (&said["account"], sandbox.report());
    let (accepted, refused) = (number(&account["accepted"]), number(&account["refused"]));
    let n_proven = proven(rows, &sandbox)?;
    if accepted + refused != rows || n_proven < accepted {
        return Err(format!("found {n_proven} users, and the account {account}").into());
    }
    let seconds = said["seconds"].as_f64().unwrap_or_default();
    let per_second = grouped((rows as f64 / seconds) as u64);
    table_line(
        &format!("attributes, 1% of each of {n_kinds} kinds of faults"),
        rows,
        &format!(
            "{} accepted, {} refused by name, 0 unknown, 0 lost; {} requests, {} met a fault; each accepted \
             user's values there and right; {per_second} rows/s, {memory} MB",
            grouped(accepted),
            grouped(refused),
            grouped(seen.requests),
            grouped(seen.faulted),
        ),
    )
}

fn events_in_a_storm(rows: u64) -> Result<()> {
    let desk = Desk::new("events")?;
    let events = (0..rows).map(|n| format!("u{n},Visited,2026-01-01T00:00:00Z"));
    desk.write("external_id,event_name,time", events)?;
    let sandbox = sandbox(0, 20, every_fault())?;
    let mut child = desk.push(&sandbox)?;
    let mut n_stretches = 1;
    let account = loop {
        child.wait()?;
        let run = desk.run(&sandbox)?.ok_or("there is no run")?;
        if number(&run["account"]["pending"]) == 0 {
            break run["account"].clone();
        }
        n_stretches += 1;
        child = desk.resume(&sandbox)?;
    };
    sandbox.settle();
    let (proofs, seen) = (sandbox.proofs(), sandbox.report());
    let n_twice = proofs.values().filter(|proof| proof.events > 1).count();
    let [accepted, refused, unknown] =
        ["accepted", "refused", "unknown"].map(|name| number(&account[name]));
    let n_there = proofs.len() as u64;
    if n_twice > 0
        || accepted + refused + unknown != rows
        || !(accepted..=accepted + unknown).contains(&n_there)
    {
        return Err(format!("found {n_there} events, {n_twice} twice, and {account}").into());
    }
    table_line(
        "events, the same faults",
        rows,
        &format!(
            "{} accepted, {} refused by name, {} unknown, 0 lost, 0 twice; {} requests, {} met a fault; \
             {}",
            grouped(accepted),
            grouped(refused),
            grouped(unknown),
            grouped(seen.requests),
            grouped(seen.faulted),
            match n_stretches - 1 {
                0 => "no stop".to_owned(),
                n => format!("{n} stops, each resumed"),
            },
        ),
    )
}

/// Pushes that are killed at any moment, one stretch after the other.
fn kills(rows: u64, most: u32) -> Result<()> {
    let desk = Desk::new("kills")?;
    desk.write(AUDIENCE, audience(rows))?;
    let sandbox = sandbox(5, 20, Vec::new())?;
    let mut random = 7_u64;
    let mut n_kills = 0;
    loop {
        let run = desk.run(&sandbox)?;
        let mut child = match &run {
            Some(_) => desk.resume(&sandbox)?,
            None => desk.push(&sandbox)?,
        };
        let before = sandbox.report().requests;
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let until = before + (random >> 33) % (2 * rows / 75 / u64::from(most));
        // Where it stands is told by the requests that have come.
        while n_kills < most && sandbox.report().requests < until && child.try_wait()?.is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        if n_kills < most && child.try_wait()?.is_none() {
            child.kill()?;
            child.wait()?;
            n_kills += 1;
            continue;
        }
        child.wait()?;
        break;
    }
    let run = desk.run(&sandbox)?.ok_or("there is no run")?;
    let (account, state) = (&run["account"], &run["state"]);
    if number(&account["accepted"]) != rows || proven(rows, &sandbox)? != rows || state != "done" {
        return Err(format!("found {state} after {n_kills} kills, and {account}").into());
    }
    table_line(
        &format!("attributes, the process killed {n_kills} times and resumed"),
        rows,
        "all accepted; each user's values there and right",
    )
}

/// How much of Braze's limit is used.
fn limit(latency_ms: u64, rows: u64) -> Result<()> {
    const REQUESTS: u64 = 3000;
    const SECONDS: f64 = 3.0;
    let desk = Desk::new("limit")?;
    desk.write(AUDIENCE, audience(rows))?;
    let sandbox = sandbox(latency_ms, 0, Vec::new())?;
    let since = Instant::now();
    let memory = most_memory(desk.push(&sandbox)?)?;
    let all = since.elapsed().as_secs_f64();
    let said = desk.said()?;
    if number(&said["account"]["accepted"]) != rows {
        return Err(format!("found {}", said["account"]).into());
    }
    let seconds = said["seconds"].as_f64().unwrap_or_default();
    let requests = number(&said["requests"]);
    let at_best = ((requests - 1) / REQUESTS) as f64 * SECONDS;
    table_line(
        &format!("attributes, answers after {latency_ms} ms, 3,000 requests in 3 s allowed"),
        rows,
        &format!(
            "{:.0}% of the limit used; {} rows/s; {all:.0} s with the check; {memory} MB",
            100.0 * at_best / seconds,
            grouped((rows as f64 / seconds) as u64),
        ),
    )
}
