//! Runs the fuzz functions for as long as one likes, and tells the seed of a panic.
//!
//! ```text
//! fuzz [--seconds 60] [--from SEED] [--only NAME]
//! ```

use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use std::{env, panic};

use aiq_braze_tests::fuzz::TARGETS;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)
    };
    let number = |name: &str, default: u64| {
        value(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let (seconds, from) = (number("--seconds", 60), number("--from", 1));
    let only = value("--only");
    let targets = TARGETS
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == name));
    let targets: Vec<_> = targets.collect();
    let each = Duration::from_secs(seconds) / targets.len().max(1) as u32;

    let mut out = io::stdout();
    let mut n_panics = 0;
    for (name, target) in targets {
        let start = Instant::now();
        let mut seed = from;
        while start.elapsed() < each {
            if panic::catch_unwind(|| target(seed)).is_err() {
                writeln!(out, "{name}: panic at seed {seed}")?;
                n_panics += 1;
            }
            seed += 1;
        }
        writeln!(out, "{name}: seeds {from} to {}", seed - 1)?;
    }
    writeln!(out, "{n_panics} panics")?;
    std::process::exit(i32::from(n_panics > 0));
}
