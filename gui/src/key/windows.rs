//! The Credential Manager of Windows.

use std::collections::HashMap;

use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use windows_native_keyring_store::Store;

use super::KeychainError;
use super::keychain::SERVICE;

fn failed(error: Error) -> KeychainError {
    // Never its `Debug`, which may hold what was read.
    match error {
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            KeychainError::Failed("what it keeps is no text".to_owned())
        }
        error => KeychainError::Failed(error.to_string()),
    }
}

/// Of this machine alone: keys do not roam.
fn entry(account: &str) -> Result<Entry, KeychainError> {
    let store = Store::new().map_err(failed)?;
    let local = HashMap::from([("persistence", "Local")]);
    store.build(SERVICE, account, Some(&local)).map_err(failed)
}

pub(super) fn read(account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
    match entry(account)?.get_secret() {
        Err(Error::NoEntry) => Ok(None),
        read => read.map(Some).map_err(failed),
    }
}

pub(super) fn keep(account: &str, secret: &[u8]) -> Result<(), KeychainError> {
    entry(account)?.set_secret(secret).map_err(failed)
}

pub(super) fn erase(account: &str) -> Result<bool, KeychainError> {
    match entry(account)?.delete_credential() {
        Err(Error::NoEntry) => Ok(false),
        erased => erased.map(|()| true).map_err(failed),
    }
}
