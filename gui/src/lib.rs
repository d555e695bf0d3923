//! The aiq-braze program as a library: everything but its window, in the order of the work.
//!
//! | module | does |
//! |---|---|
//! | [`input`] | the files that the user named, inspected and read in chunks |
//! | [`pipeline`] | one pass over an export in a thread: rows in, request bodies and problems out |
//! | [`delta`] | two exports compared: what Braze would have to be told |
//! | [`push`] | delivers an export to Braze and accounts for every row |
//! | [`ledger`] | what is known of every run, on disk |
//! | `state` | what Braze accepted last, of each user: for pushes of what is new alone |
//! | [`workspace`] | where pushes go, how fast they may, and what outlives them |
//! | [`key`] | the API key: where one may be found, and the system's keychain |
//! | [`sandbox`] | a Braze of our own to try it on |
//! | [`cli`] | the same from a shell |
//!
//! All thinking about rows is done by the core, [`aiq_braze`].

#![warn(missing_docs)]

mod allowance;
pub mod cli;
mod crash;
pub mod delta;
mod doctor;
mod guard;
pub mod input;
pub mod key;
pub mod ledger;
mod merge;
mod parts;
pub mod pipeline;
pub mod private;
pub mod push;
pub mod sandbox;
mod state;
#[cfg(feature = "window")]
pub mod window;
pub mod workspace;
