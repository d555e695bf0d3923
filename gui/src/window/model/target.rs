//! Where to push, and by which key. The key leaves this file only inside an [`ApiKey`].

use std::fmt;
use std::path::PathBuf;

use crate::push::{Address, ApiKey, EndpointError, KEY_VARIABLE, KeyError};

/// Where to push to.
#[derive(Debug)]
pub(crate) struct Target {
    /// The sandbox in this program, and not Braze.
    pub(crate) is_sandbox: bool,
    /// What the user calls the place: an instance, a dashboard's address, a URL.
    pub(crate) place: String,
    key: Option<(ApiKey, KeyOrigin)>,
    /// What is being typed.
    pub(crate) typed: Typed,
}

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyOrigin {
    Environment,
    File(PathBuf),
    Typed,
}

/// The characters of a key while they are typed. Shows none of them.
#[derive(Default)]
pub(crate) struct Typed(pub(crate) String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(••••)")
    }
}

impl Default for Target {
    fn default() -> Self {
        Self {
            is_sandbox: true,
            place: String::new(),
            key: None,
            typed: Typed::default(),
        }
    }
}

impl Target {
    /// The same, with the key from the environment if there is one.
    pub(crate) fn with_environment() -> Self {
        let is_set = std::env::var_os(KEY_VARIABLE).is_some();
        let key = ApiKey::find(None).ok().filter(|_| is_set);
        Self {
            key: key.map(|key| (key, KeyOrigin::Environment)),
            ..Self::default()
        }
    }

    /// The place as an address; an empty box names none.
    pub(crate) fn address(&self) -> Option<Result<Address, EndpointError>> {
        let place = self.place.trim();
        (!place.is_empty()).then(|| Address::parse(place))
    }

    pub(crate) fn key(&self) -> Option<&ApiKey> {
        self.key.as_ref().map(|(key, _)| key)
    }

    pub(crate) fn key_origin(&self) -> Option<&KeyOrigin> {
        self.key.as_ref().map(|(_, origin)| origin)
    }

    pub(crate) fn set_key(&mut self, key: ApiKey, origin: KeyOrigin) {
        self.key = Some((key, origin));
    }

    pub(crate) fn forget_key(&mut self) {
        self.key = None;
    }

    /// Takes what was typed for the key.
    pub(crate) fn take_typed(&mut self) -> Result<(), KeyError> {
        let typed = std::mem::take(&mut self.typed.0);
        if typed.trim().is_empty() {
            return Ok(());
        }
        self.set_key(ApiKey::new(&typed)?, KeyOrigin::Typed);
        Ok(())
    }

    /// Whether all is said that a push needs.
    pub(crate) fn is_complete(&self) -> bool {
        let has_key = self.key.is_some() || !self.typed.0.trim().is_empty();
        self.is_sandbox || (has_key && matches!(self.address(), Some(Ok(_))))
    }
}
