//! The keychain of macOS.

use security_framework::base::Error;
use security_framework::passwords;

use super::KeychainError;
use super::keychain::SERVICE;

/// `errSecItemNotFound`
const NOT_FOUND: i32 = -25300;
/// `errSecInteractionNotAllowed`: it is locked, and nobody can be asked (as over SSH).
const NOBODY_THERE: i32 = -25308;

fn failed(error: Error) -> KeychainError {
    match error.code() {
        NOBODY_THERE => KeychainError::Locked,
        _ => KeychainError::Failed(error.to_string()),
    }
}

pub(super) fn read(account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
    match passwords::get_generic_password(SERVICE, account) {
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        read => read.map(Some).map_err(failed),
    }
}

pub(super) fn keep(account: &str, secret: &[u8]) -> Result<(), KeychainError> {
    passwords::set_generic_password(SERVICE, account, secret).map_err(failed)
}

pub(super) fn erase(account: &str) -> Result<bool, KeychainError> {
    match passwords::delete_generic_password(SERVICE, account) {
        Err(error) if error.code() == NOT_FOUND => Ok(false),
        erased => erased.map(|()| true).map_err(failed),
    }
}
