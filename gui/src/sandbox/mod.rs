//! A Braze of our own on this machine, to try an export on before it counts: it takes
//! `POST /users/track` and `POST /users/export/ids`, keeps the profiles in memory, and shows them
//! on a page. It can be told to fail in every way a server and a network do (see [`FaultFile`]),
//! and to be set up as different accounts are (see [`Settings`]).
//!
//! It is written from Braze's public documentation alone and shares no code with the core that
//! makes the requests, so that each can catch the other's mistakes. What the documentation leaves
//! open is marked as our reading where it is decided. It never listens beyond 127.0.0.1, never
//! writes a file, never calls anyone, and forgets everything when it ends.
//!
//! ```no_run
//! use aiq_braze_app::sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default())?;
//! println!("send to {} with the key {}", sandbox.url(), sandbox.key());
//! println!("{} objects accepted so far", sandbox.report().accepted);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! For a run of millions of rows through one percent of every fault, with nothing in memory but
//! what proves that each value arrived once:
//!
//! ```no_run
//! use aiq_braze_app::sandbox::{Chance, Fault, Memory, Options, Sandbox, Settings, Weather};
//!
//! let faults = [Fault::Cut, Fault::Lost, Fault::Queued, Fault::Partial { per_mille: 50 }];
//! let chances = faults.map(|fault| Chance { per_mille: 10, fault, burst: 1 });
//! let sandbox = Sandbox::start(Options {
//!     weather: Weather { seed: 7, chances: chances.to_vec(), ..Weather::default() },
//!     settings: Settings {
//!         memory: Memory { profiles: 0, proofs: true, ..Memory::default() },
//!         ..Settings::default()
//!     },
//!     ..Options::default()
//! })?;
//! println!("{} users", sandbox.proofs().len());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | route | answers |
//! |---|---|
//! | `POST /users/track` | as Braze does |
//! | `POST /users/export/ids` | as Braze does |
//! | `GET /` | a page of counts and profiles; `/?user=ID` looks one user up |
//! | `GET /state.json` | the same for programs; `/state.json?user=ID` likewise (see `state.rs`) |

mod answer;
mod change;
mod content;
mod country;
mod custom;
mod export_ids;
mod fault;
mod field;
mod forced;
mod gate;
mod headers;
mod history;
mod identity;
mod json;
mod limiter;
mod moment;
mod object;
mod page;
mod pending;
mod profile;
mod proof;
mod random;
mod refusal;
mod respond;
mod route;
mod server;
mod settings;
mod state;
mod track;
mod workspace;
mod writes;

#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use serde::Serialize;
use tokio::sync::oneshot;

use self::server::Shared;
pub use self::{
    fault::{Chance, Fault, FaultFile, Weather},
    forced::Forced,
    proof::{Hashed, Proof, Proofs},
    settings::{Errors, Key, Limit, Memory, On429, Reset, Settings},
};

/// How to start a [`Sandbox`].
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// `faults[k]` answers the k-th POST (from 0, in order of arrival, whatever its path) instead
    /// of work. Past its end the weather decides.
    pub faults: Vec<Fault>,
    /// Faults by chance, and delays. By default everything works, at once.
    pub weather: Weather,
    /// The account that is played, and how much is remembered.
    pub settings: Settings,
}

/// What a [`Sandbox`] has seen since its start. Counts are of objects unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// POST requests, with those that a fault answered.
    pub requests: u64,
    /// POST requests that a fault other than [`Fault::None`] met.
    pub faulted: u64,
    /// Requests that the rate limit refused.
    pub limited: u64,
    /// Requests for profiles that were answered.
    pub exports: u64,
    /// Objects taken, of all three arrays.
    pub accepted: u64,
    /// Objects named in the `errors` of an answer.
    pub refused: u64,
    /// Event objects among the accepted.
    pub events: u64,
    /// Purchase objects among the accepted.
    pub purchases: u64,
    /// Accepted objects that changed nothing, since their user does not exist and they may not
    /// create one.
    pub unknown_users: u64,
    /// Values in accepted objects that Braze would leave out without a word.
    pub dropped_values: u64,
    /// Profiles kept in memory.
    pub profiles: u64,
    /// Accepted objects that were only counted, since the memory for profiles is full.
    pub not_kept: u64,
    /// Accepted requests that are still to be applied.
    pub waiting: u64,
    /// Fields and attributes that were written, also with the value that was there before.
    pub attribute_writes: u64,
    /// What it all would cost where a contract counts data points, as older ones do.
    pub data_points: u64,
}

/// A running sandbox. Dropping it stops the server and waits for its thread.
#[must_use = "a sandbox stops when it is dropped"]
pub struct Sandbox {
    shared: Arc<Shared>,
    /// The server runs for as long as this exists.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Listens on 127.0.0.1 and serves from a thread of its own.
    ///
    /// # Errors
    ///
    /// When the port is taken, or the system gives no thread or socket.
    pub fn start(options: Options) -> io::Result<Self> {
        let server = server::Server::new(options)?;
        let shared = server.shared();
        let (running, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || server.run(stopped))?;
        Ok(Self {
            shared,
            running: Some(running),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url()
    }

    /// The API key to send as `Authorization: Bearer …`, the first of [`Settings::keys`]: no
    /// secret.
    #[must_use]
    pub fn key(&self) -> &str {
        self.shared.settings.key()
    }

    /// What happened so far. Every request that has been answered is in it.
    #[must_use]
    pub fn report(&self) -> Report {
        self.shared.workspace().report()
    }

    /// Applies everything that waits, whether or not its time has come.
    pub fn settle(&self) {
        self.shared.workspace().catch_up(None);
    }

    /// What `/state.json` says, about one user if there is one.
    #[must_use]
    pub fn state(&self, user: Option<&str>) -> String {
        state::state(&self.shared.workspace(), user).body
    }

    /// What proves each user's values, for a sandbox that keeps it ([`Memory::proofs`]).
    #[must_use]
    pub fn proofs(&self) -> Proofs {
        self.shared.workspace().proofs().clone()
    }

    /// Serves until the process is ended.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Shows its address, and nothing of what it was sent.
impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
