//! Ctrl-C and the wish to end: no half-written file stays behind, and a push is stopped, not cut off.

use std::io::{self, Write as _};
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
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one: the exit code that tells of it. `None`: there will be none.
    async fn next(&mut self) -> Option<i32> {
        tokio::select! {
            came = self.interrupt.recv() => came.map(|()| 130),
            came = self.terminate.recv() => came.map(|()| 143),
        }
    }
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
