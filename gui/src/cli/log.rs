//! The log of a push: one line for each thing that happens, for those who were not there.
//!
//! An [`Entry`] is made of numbers and of words of this program's own, so that a log holds no identifier, no
//! value, no key, and none of Braze's words, which may repeat any of them.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use aiq_braze::{Account, Fingerprint, Summary};
use jiff::Timestamp;

use super::{CliError, Console, Exit, words};
use crate::ledger::RunId;
use crate::private::append_to;
use crate::push::{Address, Failure, Preflight, Progress, Report, Verified, WaitingFor};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct LogArgs {
    /// Append a line for each thing that happens to this file: numbers and reasons, nothing of any user's
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

impl LogArgs {
    /// Begins, if a log is wanted. That it can be written is known before anything is sent.
    pub(super) fn open(
        &self,
        command: &'static str,
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        let Some(path) = &self.log else {
            return Ok(());
        };
        let fail = |error: io::Error| {
            CliError::of(format_args!(
                "{}: the log cannot be written: {error}. Check the folder and the space left, or name another \
                 file. Nothing was sent",
                words::path(path)
            ))
        };
        let mut log = Log::of(append_to(path).map_err(fail)?);
        log.write(&Entry::Begins(command)).map_err(fail)?;
        console.log = Some(log);
        Ok(())
    }
}

/// A log that is written.
pub(crate) struct Log {
    file: Box<dyn Write>,
    /// The run, once there is one.
    run: Option<RunId>,
    /// Tenths of the rows that were told.
    n_tenths: u64,
}

impl Log {
    fn of(file: impl Write + 'static) -> Self {
        Self {
            file: Box::new(file),
            run: None,
            n_tenths: 0,
        }
    }

    fn write(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        if let Entry::Run { run, .. } = entry {
            self.run = Some(*run);
        }
        if let Entry::Sending(progress) = entry {
            let (n_sent, n_all) = sent(progress);
            let n_tenths = (n_sent * 10).checked_div(n_all).unwrap_or_default();
            if n_tenths <= self.n_tenths {
                return Ok(());
            }
            self.n_tenths = n_tenths;
        }
        let run = self.run.map(|run| format!("run {run}: "));
        let line = format!(
            "{} {:<5} {}{entry}\n",
            now(),
            entry.level(),
            run.unwrap_or_default()
        );
        // In one go: two pushes may write to one log.
        self.file.write_all(line.as_bytes())
    }
}

/// `2026-11-26T19:20:36Z`
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    Timestamp::from_second(i64::try_from(seconds).unwrap_or(i64::MAX)).unwrap_or_default()
}

/// Rows that were sent, of all that are to be.
fn sent(progress: &Progress) -> (u64, u64) {
    let account = &progress.account;
    let n_sent = account.accepted + account.refused + account.unknown;
    (n_sent, n_sent + account.pending)
}

/// Something that happens.
pub(crate) enum Entry<'e> {
    /// A command begins.
    Begins(&'static str),
    /// Where to, what of, and by which mapping.
    Target {
        address: &'e Address,
        n_files: usize,
        mapping: Fingerprint,
    },
    /// Every row was checked.
    Checked(&'e Summary),
    /// A guard stops the push, or would into Braze.
    Guard { name: &'static str, stops: bool },
    /// Users were looked up.
    LookedUp(&'e Preflight),
    /// A run begins, or goes on.
    Run {
        run: RunId,
        n_left: u64,
        goes_on: bool,
    },
    /// How far it is: told of each tenth.
    Sending(Progress),
    /// A request was not simply taken.
    Failed(Failure),
    /// Nothing is sent for a while.
    Waiting(f64, WaitingFor),
    /// What it came to.
    Sent(&'e Report),
    /// Users were read back.
    Verified(&'e Verified),
    /// The command ends; `None`: it could not run.
    Ends(Option<Exit>),
}

impl Entry<'_> {
    fn level(&self) -> &'static str {
        match self {
            Self::Guard { .. } | Self::Failed(_) | Self::Waiting(_, WaitingFor::Failed(_)) => {
                "warn"
            }
            Self::Sent(report) if report.stopped.is_some() => "error",
            Self::Sent(report) if report.account.refused + report.account.unknown > 0 => "warn",
            Self::Ends(None | Some(Exit::Failed | Exit::Stopped)) => "error",
            _ => "info",
        }
    }
}

impl Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begins(command) => write!(
                f,
                "{command} begins, aiq-braze {}, process {}",
                env!("CARGO_PKG_VERSION"),
                std::process::id()
            ),
            Self::Target {
                address,
                n_files,
                mapping,
            } => write!(
                f,
                "to {}, files {n_files}, mapping {mapping}",
                address.base()
            ),
            Self::Checked(summary) => write!(
                f,
                "checked: rows {}, rejected {}, nothing to send {}, objects {}, requests {}",
                summary.rows,
                summary.rejected,
                summary.nothing_to_send,
                summary.objects,
                summary.batches
            ),
            Self::Guard { name, stops: true } => {
                write!(f, "stopped before the first write by the guard: {name}")
            }
            Self::Guard { name, stops: false } => {
                write!(f, "into Braze the guard would stop it: {name}")
            }
            Self::LookedUp(seen) => write!(
                f,
                "looked up: sampled {}, known {}, new names {}",
                seen.sampled,
                seen.known,
                seen.new_names.len()
            ),
            Self::Run {
                n_left,
                goes_on: false,
                ..
            } => write!(f, "begins, rows to send {n_left}"),
            Self::Run {
                n_left,
                goes_on: true,
                ..
            } => write!(f, "goes on, rows to send {n_left}"),
            Self::Sending(progress) => {
                let (n_sent, n_all) = sent(progress);
                write!(
                    f,
                    "sending: rows {n_sent} of {n_all}, requests {}, resends {}",
                    progress.requests, progress.resends
                )
            }
            Self::Failed(failure) => {
                let Failure {
                    what,
                    n_refused,
                    n_unknown,
                    goes_again,
                } = failure;
                write!(
                    f,
                    "request: {what}, refused {n_refused}, unknown {n_unknown}"
                )?;
                f.write_str(if *goes_again { ", goes again" } else { "" })
            }
            Self::Waiting(seconds, why) => write!(f, "waits {seconds:.1} s: {why}"),
            Self::Sent(report) => {
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
                } = report.account;
                write!(
                    f,
                    "rows {rows}, leavers {leavers}: accepted {accepted}, unchanged {unchanged}, refused {refused}, \
                     unknown {unknown}, rejected {rejected}, nothing to send {nothing_to_send}, to be sent \
                     {pending}; requests {}, resends {}, waited {:.1} s of {:.1} s",
                    report.requests, report.resends, report.waited_seconds, report.seconds
                )?;
                match &report.stopped {
                    Some(stopped) => write!(f, "; stopped: {}", stopped.as_str()),
                    None => Ok(()),
                }
            }
            Self::Verified(verified) => write!(
                f,
                "read back: sampled {}, same {}, different {}, absent {}",
                verified.sampled,
                verified.same,
                verified.different.len(),
                verified.absent
            ),
            Self::Ends(Some(exit)) => write!(f, "ends with {}", *exit as u8),
            Self::Ends(None) => f.write_str("ends with 2: why is said on standard error alone"),
        }
    }
}

impl Console<'_> {
    /// Writes to the log, where there is one. One that cannot be written any more is told of once: what is
    /// sent goes on without it.
    pub(super) fn note(&mut self, entry: &Entry<'_>) {
        let Some(Err(error)) = self.log.as_mut().map(|log| log.write(entry)) else {
            return;
        };
        self.log = None;
        self.warn(format_args!(
            "the log cannot be written any more: {error}. The push goes on without it"
        ));
    }

    /// The last line of the log.
    pub(super) fn note_end(&mut self, result: &Result<Exit, CliError>) {
        self.note(&Entry::Ends(result.as_ref().ok().copied()));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::cli::Manner;

    /// A disk that takes so many writes.
    struct Disk(Rc<RefCell<Vec<u8>>>, usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let left = self.1.checked_sub(1);
            self.1 = left.ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn progress(accepted: u64, pending: u64) -> Entry<'static> {
        Entry::Sending(Progress {
            account: Account {
                rows: accepted + pending,
                accepted,
                pending,
                ..Account::default()
            },
            ..Progress::default()
        })
    }

    #[test]
    fn each_tenth_is_told_once_until_the_disk_is_full_which_is_told_once() {
        let told = Rc::new(RefCell::new(Vec::new()));
        let mut err = Vec::new();
        let mut console = Console {
            input: &mut io::empty(),
            out: &mut io::sink(),
            err: &mut err,
            is_asked: false,
            is_typed: false,
            is_watched: false,
            is_unheard: false,
            is_interrupted: false,
            last_shown: None,
            log: Some(Log::of(Disk(Rc::clone(&told), 11))),
            manner: Manner::default(),
        };
        console.note(&Entry::Run {
            run: RunId(7),
            n_left: 1000,
            goes_on: false,
        });
        for n in 0..=1000 {
            console.note(&progress(n, 1000 - n));
        }
        for _ in 0..5 {
            console.note(&Entry::Ends(Some(Exit::Fine)));
        }
        let told = String::from_utf8(told.borrow().clone()).unwrap();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 11);
        for (line, n) in lines[1..].iter().zip(1..) {
            let wanted = format!(
                "run 7: sending: rows {} of 1000, requests 0, resends 0",
                n * 100
            );
            assert!(line.ends_with(&wanted), "{line}");
            let time: Timestamp = line.split(' ').next().unwrap().parse().unwrap();
            assert!(time.as_second() > 1_700_000_000);
        }
        let err = String::from_utf8(err).unwrap();
        assert_eq!(
            err.matches("cannot be written any more").count(),
            1,
            "{err}"
        );
    }
}
