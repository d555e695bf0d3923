//! Measures what it takes on this machine to find what is new, and prints a table:
//!
//! ```sh
//! cargo run --release -p aiq-braze-app --no-default-features --example deltas -- 1000000 5000000
//! ```
//!
//! For each number of users it makes two exports of eight columns, the second in another order: 3% of the users
//! joined, 3% left, 5% have another value. With a word in place of numbers it is the program itself: so each line
//! is a process of its own, of which the system tells what it used. Pushes go to a sandbox in this process that
//! counts and forgets, with no limit that anybody would notice.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use aiq_braze_app::sandbox::{Memory, Options, Sandbox, Settings};
use wait4::{ResUse, Wait4 as _};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let sizes: Vec<String> = env::args().skip(1).collect();
    let sizes: std::result::Result<Vec<u64>, _> = sizes.iter().map(|size| size.parse()).collect();
    let Ok(sizes) = sizes else {
        return aiq_braze_app::cli::main();
    };
    match measure(&sizes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "{error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn measure(sizes: &[u64]) -> Result<()> {
    writeln!(
        io::stdout(),
        "| users | what | CPU s | seconds | MiB |\n|--:|---|--:|--:|--:|"
    )?;
    let sizes = if sizes.is_empty() {
        &[1_000_000]
    } else {
        sizes
    };
    sizes.iter().try_for_each(|&n_users| measure_one(n_users))
}

/// A folder that goes with this.
struct Desk(PathBuf);

impl Drop for Desk {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn measure_one(n_users: u64) -> Result<()> {
    let desk = Desk(env::temp_dir().join(format!("aiq-braze-deltas-{}", std::process::id())));
    fs::create_dir_all(&desk.0)?;
    write(&desk, "old.csv", n_users, Age::Old)?;
    write(&desk, "new.csv", n_users, Age::New)?;
    let sandbox = Sandbox::start(Options {
        settings: Settings {
            memory: Memory {
                profiles: 0,
                ..Memory::default()
            },
            ..Settings::default()
        },
        ..Options::default()
    })?;
    let url = sandbox.url();
    let push = |file: &'static str, more: &[&'static str]| {
        let mut args = vec![
            "push",
            file,
            "--yes",
            "-q",
            "--no-preflight",
            "--no-conflicts",
        ];
        args.extend([
            "--only-changes",
            "--full-audience",
            "--limits",
            "1000000/1s",
        ]);
        args.extend(["--endpoint", &url]);
        args.extend(more);
        args.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let words = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    for (what, args) in [
        (
            "`check`: one export is read and checked",
            words(&["check", "old.csv", "-q", "--no-conflicts"]),
        ),
        ("`diff`", words(&["diff", "old.csv", "new.csv", "-q"])),
        (
            "`diff -o`",
            words(&["diff", "old.csv", "new.csv", "-q", "-o", "difference.jsonl"]),
        ),
        ("first push `--only-changes`", push("old.csv", &[])),
        ("the same again: nothing is new", push("old.csv", &[])),
        ("the other export: 11% is new", push("new.csv", &[])),
        ("the same again: nothing is new", push("new.csv", &[])),
    ] {
        let since = Instant::now();
        let child = Command::new(env::current_exe()?)
            .args(&args)
            .current_dir(&desk.0)
            .env("AIQ_BRAZE_HOME", desk.0.join("home"))
            .env("BRAZE_API_KEY", sandbox.key())
            .stdin(Stdio::null())
            .spawn()?;
        let (used, most) = used(child)?;
        if !used.status.success() {
            return Err(format!("{what}: {}", used.status).into());
        }
        let cpu = used.rusage.utime + used.rusage.stime;
        writeln!(
            io::stdout(),
            "| {n_users} | {what} | {:.1} | {:.1} | {} |",
            cpu.as_secs_f64(),
            since.elapsed().as_secs_f64(),
            most >> 10
        )?;
    }
    Ok(())
}

/// Waits for its end: what it used, and the most memory that it held, in KiB, where the system tells. (What the
/// system tells of one that has ended counts this process's memory, too.)
fn used(mut child: Child) -> Result<(ResUse, u64)> {
    let status = Path::new("/proc")
        .join(child.id().to_string())
        .join("status");
    let mut most = 0;
    loop {
        let said = fs::read_to_string(&status).unwrap_or_default();
        let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        most = kib.unwrap_or(0).max(most);
        if let Some(used) = child.try_wait4()? {
            return Ok((used, most));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Old,
    New,
}

fn write(desk: &Desk, name: &str, n_users: u64, age: Age) -> Result<()> {
    let path = desk.0.join(name);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    writeln!(
        file,
        "external_id,audience_id,split_id,first_name,ltv,city,plan,visits"
    )?;
    let n_joined = n_users * 3 / 100;
    // Coprime to the number of users or not, every user comes once: the step is made so.
    let mut step = n_users / 2 + 1;
    while gcd(step, n_users) != 1 {
        step += 1;
    }
    for place in 0..n_users {
        let user = match age {
            Age::Old => place,
            // The first have left, and as many came.
            Age::New => place * step % n_users + n_joined,
        };
        let is_changed = age == Age::New && user % 20 == 7;
        writeln!(
            file,
            "user-{user:012},1042,{},Name{},{}.50,City{},plan-{},{}",
            user % 3,
            user % 977,
            user % 500 + u64::from(is_changed),
            user % 5000,
            user % 4,
            user % 100,
        )?;
    }
    let file = file.into_inner()?;
    // Written long ago: a push waits until an export is at rest.
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    Ok(file.set_modified(long_ago)?)
}

fn gcd(one: u64, other: u64) -> u64 {
    match other {
        0 => one,
        _ => gcd(other, one % other),
    }
}
