//! Ctrl-C, the wish to end, and a terminal that is gone: no half-written file stays behind, and a push is stopped, not cut off.

use std::io::{self, IsTerminal as _, Write as _};
use std::process;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Console;
use crate::private;
use crate::push::Canceller;

/// What the first signal stops instead of the program.
#[derive(Clone, Default)]
pub(super) struct Interrupt(Arc<Mutex<Option<Canceller>>>);

impl Interrupt {
    /// Listens in a thread that ends with the program, where signals are this run's to handle.
    pub(super) fn listen(console: &Console<'_>) -> Self {
        let interrupt = Self::default();
        if console.is_interrupted {
            let listening = interrupt.clone();
            let is_watched = console.is_watched;
            let (ready, is_ready) = mpsc::channel();
            let thread = thread::Builder::new()
                .name("interrupt".to_owned())
                .spawn(move || listening.handle_all(is_watched, ready));
            drop(thread); // without it a signal ends the program as it ends any other
            // What is written from here on is not left behind half.
            is_ready.recv().ok();
        }
        interrupt
    }

    /// The next signal cancels this push; the one after it ends the program.
    pub(super) fn cancels(&self, canceller: Canceller) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(canceller);
    }

    fn handle_all(&self, is_watched: bool, ready: mpsc::Sender<()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        // Made where the runtime is at hand, and once: none that comes in between is missed.
        let Ok(mut signals) = runtime.block_on(async { Signals::new() }) else {
            return;
        };
        drop(ready);
        while let Some(code) = runtime.block_on(signals.next()) {
            let canceller = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(canceller) = canceller else {
                if is_watched {
                    writeln!(io::stderr()).ok(); // what comes next does not stand behind a line of progress
                }
                private::discard_drafts_and(|| process::exit(code));
                return;
            };
            canceller.cancel();
            let words = "\nStopping, once the request on its way is answered. Ctrl-C again ends at once, \
                         without an account";
            writeln!(io::stderr(), "{words}").ok();
        }
    }
}

/// The signals that ask a program to end.
#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// Its terminal is gone; `None` where that is to be ignored.
    hangup: Option<Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_hangup_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Waits for the next one: the exit code that tells of it. `None`: there will be none.
    async fn next(&mut self) -> Option<i32> {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            came = self.interrupt.recv() => came.map(|()| 130),
            came = self.terminate.recv() => came.map(|()| 143),
            came = hangup => came.map(|()| 129),
        }
    }
}

/// Whether whoever started the program wants it to outlive its terminal (`nohup`): to listen would undo that.
/// Where the system does not tell, it is so where no terminal takes its words.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    const HANGUP: u64 = 1 << 0; // signals are counted from 1
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.map_or_else(|| !io::stderr().is_terminal(), |mask| mask & HANGUP != 0)
}

/// The signals that ask a program to end.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next one: the exit code that tells of it. `None`: there will be none.
    async fn next(&mut self) -> Option<i32> {
        tokio::signal::ctrl_c().await.ok().map(|()| 130)
    }
}
