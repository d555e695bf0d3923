//! A push: how far it is, and what it came to.

use aiq_braze::Account;

use crate::push::{Address, Progress, Report};

/// A push, from the wish to the account.
#[derive(Debug, Default)]
pub(crate) enum Push {
    #[default]
    None,
    /// The sandbox is starting, or the first request is on its way.
    Starting,
    Running {
        address: Address,
        progress: Progress,
        /// For how many seconds nothing is sent, and why.
        waiting: Option<(f64, String)>,
        /// The user wants it to stop.
        is_stopping: bool,
    },
    Ended(Box<Ended>),
}

/// A push that is over.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) address: Address,
    pub(crate) is_sandbox: bool,
    pub(crate) report: Report,
    /// The files that places in the report count.
    pub(crate) files: Vec<String>,
    /// The mapping is not the one of this push any more.
    pub(crate) is_old: bool,
}

impl Push {
    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Self::Starting | Self::Running { .. })
    }

    pub(crate) fn ended(&self) -> Option<&Ended> {
        match self {
            Self::Ended(ended) => Some(ended),
            _ => None,
        }
    }

    /// Another export: what the last push came to was said.
    pub(crate) fn forget(&mut self) {
        *self = Self::None;
    }

    /// The mapping changed.
    pub(crate) fn outdate(&mut self) {
        if let Self::Ended(ended) = self {
            ended.is_old = true;
        }
    }
}

/// Rows that were sent so far, and all that shall be.
pub(crate) fn sent(account: &Account) -> (u64, u64) {
    let n_sent = account.accepted + account.refused + account.unknown;
    (n_sent, n_sent + account.pending)
}
