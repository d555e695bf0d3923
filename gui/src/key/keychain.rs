//! The system's keychain: one key for each workspace, under this program's name.
//!
//! It is somebody else's program, which may be missing, locked or waiting for a password that nobody
//! types: it is asked in a thread of its own, and for a while only.

use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[cfg(all(feature = "keychain", target_os = "macos"))]
use super::macos as system;
#[cfg(not(feature = "keychain"))]
use super::none as system;
#[cfg(all(feature = "keychain", unix, not(target_os = "macos")))]
use super::secret_service as system;
#[cfg(all(feature = "keychain", windows))]
use super::windows as system;
use crate::push::{ApiKey, KeyError};

/// The name that the keychain's own program shows.
#[cfg(feature = "keychain")]
pub(super) const SERVICE: &str = "aiq-braze";

/// macOS asks whether this program may read the key: the time to answer that, and to type a password.
#[cfg(target_os = "macos")]
const PATIENCE: Duration = Duration::from_secs(60);
#[cfg(not(target_os = "macos"))]
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the keychain did not do what it was asked for. Holds nothing of a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeychainError {
    /// There is none here.
    Absent(String),
    /// It is locked.
    Locked,
    /// It does not answer.
    Silent(Duration),
    /// What it keeps is no key.
    Malformed(KeyError),
    /// It says something else.
    Failed(String),
}

impl fmt::Display for KeychainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(why) => write!(f, "there is no keychain here: {why}"),
            Self::Locked => f.write_str(
                "the keychain is locked: unlock it in the system's program for passwords",
            ),
            Self::Silent(time) => write!(
                f,
                "the keychain gave no answer in {} seconds: see whether it asks for a password somewhere",
                time.as_secs()
            ),
            Self::Malformed(error) => error.fmt(f),
            Self::Failed(words) => write!(f, "the keychain cannot do that: {words}"),
        }
    }
}

impl std::error::Error for KeychainError {}

/// The key that is kept for this workspace, if one is.
pub(super) fn read(workspace: &str) -> Result<Option<ApiKey>, KeychainError> {
    let account = account(workspace);
    let secret = in_time(PATIENCE, move || system::read(&account))?;
    let key = secret.map(|secret| {
        // What is no text is no key either, and the words for that are the same.
        ApiKey::of(&String::from_utf8_lossy(&secret), "the system's keychain")
    });
    key.transpose().map_err(KeychainError::Malformed)
}

/// Keeps the key for this workspace, in place of one that was kept before.
///
/// # Errors
///
/// When there is no keychain, or it does not take it.
pub fn keep(workspace: &str, key: &ApiKey) -> Result<(), KeychainError> {
    let (account, key) = (account(workspace), key.clone());
    in_time(PATIENCE, move || {
        system::keep(&account, key.secret().as_bytes())
    })
}

/// Erases what is kept for this workspace: whether there was something.
///
/// # Errors
///
/// When there is no keychain, or it does not let go.
pub fn erase(workspace: &str) -> Result<bool, KeychainError> {
    let account = account(workspace);
    in_time(PATIENCE, move || system::erase(&account))
}

/// One for all spellings of a workspace's name.
fn account(workspace: &str) -> String {
    workspace.to_ascii_lowercase()
}

fn in_time<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || sender.send(work()).ok());
    thread.map_err(|error| KeychainError::Failed(error.to_string()))?;
    match receiver.recv_timeout(patience) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(KeychainError::Silent(patience)),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(KeychainError::Failed("it broke down".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keychain_that_does_not_answer_is_left_alone() {
        let (held, hold) = mpsc::channel::<()>();
        let asked = in_time(Duration::from_millis(1), move || {
            hold.recv().ok();
            Ok(())
        });
        assert!(matches!(asked, Err(KeychainError::Silent(_))));
        drop(held);
    }

    #[test]
    fn an_answer_is_waited_for() {
        assert!(matches!(in_time(PATIENCE, || Ok(7)), Ok(7)));
        let asked: Result<(), _> = in_time(PATIENCE, || Err(KeychainError::Locked));
        assert!(matches!(asked, Err(KeychainError::Locked)));
    }
}
