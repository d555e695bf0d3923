//! A build without a keychain.

use super::KeychainError;

fn absent() -> KeychainError {
    KeychainError::Absent("this build of aiq-braze knows none".to_owned())
}

pub(super) fn read(_: &str) -> Result<Option<Vec<u8>>, KeychainError> {
    Err(absent())
}

pub(super) fn keep(_: &str, _: &[u8]) -> Result<(), KeychainError> {
    Err(absent())
}

pub(super) fn erase(_: &str) -> Result<bool, KeychainError> {
    Err(absent())
}
