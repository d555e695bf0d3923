//! The keychain of Linux desktops: the Secret Service of freedesktop.org, which GNOME, KDE and KeePassXC
//! speak, over the session's bus.
//!
//! Secrets travel over the bus as they are. The bus is a socket of the user's own; who can listen to it
//! can ask the service as well. Nothing is unlocked from here: who locked a keychain is not here to type
//! its password when a push runs at night.

use std::collections::HashMap;

use zbus::Error;
use zbus::blocking::Connection;
use zbus::message::Body;
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::KeychainError;
use super::keychain::SERVICE;

const BUS_NAME: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const OF_SERVICE: &str = "org.freedesktop.Secret.Service";
const OF_COLLECTION: &str = "org.freedesktop.Secret.Collection";
const OF_ITEM: &str = "org.freedesktop.Secret.Item";
/// The path of no object.
const NOWHERE: &str = "/";

/// Session, parameters of its cipher (none), the secret, and what it is.
type Secret<'s> = (ObjectPath<'s>, &'s [u8], &'s [u8], &'s str);
type OwnedSecret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

pub(super) fn read(account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
    Service::open()?.read(account)
}

pub(super) fn keep(account: &str, secret: &[u8]) -> Result<(), KeychainError> {
    Service::open()?.keep(account, secret)
}

pub(super) fn erase(account: &str) -> Result<bool, KeychainError> {
    Service::open()?.erase(account)
}

struct Service {
    bus: Connection,
}

impl Service {
    fn open() -> Result<Self, KeychainError> {
        let bus = Connection::session().map_err(|error| {
            let why = format!("the session has no bus ({})", words(&error));
            KeychainError::Absent(why)
        })?;
        Ok(Self { bus })
    }

    fn read(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        let Some(item) = self.items(account)?.into_iter().next() else {
            return Ok(None);
        };
        let answer = self.call(&item, OF_ITEM, "GetSecret", &(self.session()?,))?;
        let ((_, _, secret, _),): (OwnedSecret,) = answer.deserialize().map_err(failed)?;
        Ok(Some(secret))
    }

    fn keep(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let answer = self.call(ROOT, OF_SERVICE, "ReadAlias", &("default",))?;
        let (collection,): (OwnedObjectPath,) = answer.deserialize().map_err(failed)?;
        if collection.as_str() == NOWHERE {
            return Err(KeychainError::Failed(
                "no keychain is the default one: make one in the system's program for passwords"
                    .to_owned(),
            ));
        }
        let label = format!("{SERVICE}: the API key of {account}");
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Value::from(label)),
            (
                "org.freedesktop.Secret.Item.Attributes",
                Value::from(attributes(account)),
            ),
        ]);
        let session = self.session()?;
        let secret: Secret<'_> = (session.as_ref(), &[], secret, "text/plain");
        let body = (properties, secret, true);
        let answer = self.call(&collection, OF_COLLECTION, "CreateItem", &body)?;
        let (item, _): (OwnedObjectPath, OwnedObjectPath) = answer.deserialize().map_err(failed)?;
        match item.as_str() {
            NOWHERE => Err(KeychainError::Locked), // it would ask for a password first
            _ => Ok(()),
        }
    }

    fn erase(&self, account: &str) -> Result<bool, KeychainError> {
        let items = self.items(account)?;
        for item in &items {
            let answer = self.call(item, OF_ITEM, "Delete", &())?;
            let (prompt,): (OwnedObjectPath,) = answer.deserialize().map_err(failed)?;
            if prompt.as_str() != NOWHERE {
                return Err(KeychainError::Locked);
            }
        }
        Ok(!items.is_empty())
    }

    /// What is kept for this account and can be had.
    fn items(&self, account: &str) -> Result<Vec<OwnedObjectPath>, KeychainError> {
        let answer = self.call(ROOT, OF_SERVICE, "SearchItems", &(attributes(account),))?;
        let found: (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            answer.deserialize().map_err(failed)?;
        let (unlocked, locked) = found;
        if unlocked.is_empty() && !locked.is_empty() {
            return Err(KeychainError::Locked);
        }
        Ok(unlocked)
    }

    fn session(&self) -> Result<OwnedObjectPath, KeychainError> {
        let body = ("plain", Value::from(""));
        let answer = self.call(ROOT, OF_SERVICE, "OpenSession", &body)?;
        let (_, session): (OwnedValue, OwnedObjectPath) = answer.deserialize().map_err(failed)?;
        Ok(session)
    }

    fn call<B: serde::Serialize + DynamicType>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Body, KeychainError> {
        let answer = self
            .bus
            .call_method(Some(BUS_NAME), path, Some(interface), method, body);
        answer.map(|answer| answer.body()).map_err(failed)
    }
}

fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("account", account)])
}

fn failed(error: impl Into<Error>) -> KeychainError {
    let error = error.into();
    let Error::MethodError(name, _, _) = &error else {
        return KeychainError::Failed(words(&error));
    };
    match name.as_str() {
        "org.freedesktop.DBus.Error.ServiceUnknown"
        | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
            KeychainError::Absent("no Secret Service runs in this session".to_owned())
        }
        "org.freedesktop.Secret.Error.IsLocked" => KeychainError::Locked,
        _ => KeychainError::Failed(words(&error)),
    }
}

/// On one line.
fn words(error: &Error) -> String {
    error.to_string().replace(['\n', '\r'], " ")
}

#[cfg(feature = "keychain-tests")]
#[cfg(test)]
#[expect(
    deprecated,
    reason = "sockets of tokio's would need another name; zbus is not built with it"
)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::{Arc, Mutex};

    use zbus::blocking::connection;
    use zbus::fdo;

    use super::*;

    /// A service of one collection with one item at most.
    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<State>>);

    #[derive(Default)]
    struct State {
        is_locked: bool,
        kept: Option<(HashMap<String, String>, Vec<u8>)>,
    }

    const ITEM: &str = "/org/freedesktop/secrets/collection/login/1";
    const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";
    const SESSION: &str = "/org/freedesktop/secrets/session/1";

    fn path(path: &str) -> OwnedObjectPath {
        path.try_into().unwrap()
    }

    struct FakeService(Fake);

    #[zbus::interface(name = "org.freedesktop.Secret.Service")]
    impl FakeService {
        fn open_session(
            &self,
            algorithm: &str,
            _input: OwnedValue,
        ) -> fdo::Result<(OwnedValue, OwnedObjectPath)> {
            assert_eq!(algorithm, "plain");
            Ok((Value::from("").try_into().unwrap(), path(SESSION)))
        }

        fn search_items(
            &self,
            attributes: HashMap<String, String>,
        ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
            let state = self.0.0.lock().unwrap();
            let is_it = |(known, _): &(HashMap<_, _>, _)| *known == attributes;
            let found: Vec<_> = state.kept.iter().filter(|kept| is_it(kept)).collect();
            let found = found.iter().map(|_| path(ITEM)).collect();
            match state.is_locked {
                true => (Vec::new(), found),
                false => (found, Vec::new()),
            }
        }

        fn read_alias(&self, _name: &str) -> OwnedObjectPath {
            path(COLLECTION)
        }
    }

    struct FakeCollection(Fake);

    #[zbus::interface(name = "org.freedesktop.Secret.Collection")]
    impl FakeCollection {
        fn create_item(
            &self,
            properties: HashMap<String, OwnedValue>,
            secret: OwnedSecret,
            _replace: bool,
        ) -> (OwnedObjectPath, OwnedObjectPath) {
            let mut state = self.0.0.lock().unwrap();
            if state.is_locked {
                return (path(NOWHERE), path("/org/freedesktop/secrets/prompt/1"));
            }
            let attributes = properties["org.freedesktop.Secret.Item.Attributes"].clone();
            state.kept = Some((attributes.try_into().unwrap(), secret.2));
            (path(ITEM), path(NOWHERE))
        }
    }

    struct FakeItem(Fake);

    #[zbus::interface(name = "org.freedesktop.Secret.Item")]
    impl FakeItem {
        fn get_secret(&self, session: OwnedObjectPath) -> (OwnedSecret,) {
            let state = self.0.0.lock().unwrap();
            let (_, secret) = state.kept.clone().unwrap();
            ((session, Vec::new(), secret, "text/plain".to_owned()),)
        }

        fn delete(&self) -> OwnedObjectPath {
            self.0.0.lock().unwrap().kept = None;
            path(NOWHERE)
        }
    }

    /// A service and the one that serves it at this path, over a pair of sockets.
    fn served_at(root: &'static str, fake: &Fake) -> (Service, Connection) {
        let (here, there) = UnixStream::pair().unwrap();
        let fake = fake.clone();
        let server = std::thread::spawn(move || {
            connection::Builder::unix_stream(there)
                .server(zbus::Guid::generate())
                .unwrap()
                .p2p()
                .serve_at(root, FakeService(fake.clone()))
                .unwrap()
                .serve_at(COLLECTION, FakeCollection(fake.clone()))
                .unwrap()
                .serve_at(ITEM, FakeItem(fake))
                .unwrap()
                .build()
                .unwrap()
        });
        let bus = connection::Builder::unix_stream(here)
            .p2p()
            .build()
            .unwrap();
        (Service { bus }, server.join().unwrap())
    }

    #[test]
    fn a_key_is_kept_read_and_erased() {
        let (service, _server) = served_at(ROOT, &Fake::default());
        assert_eq!(service.read("eu").unwrap(), None);
        service.keep("eu", b"0f9d-secret-77aa").unwrap();
        assert_eq!(service.read("eu").unwrap().unwrap(), b"0f9d-secret-77aa");
        assert_eq!(service.read("us").unwrap(), None);
        assert!(service.erase("eu").unwrap());
        assert!(!service.erase("eu").unwrap());
        assert_eq!(service.read("eu").unwrap(), None);
    }

    #[test]
    fn a_locked_one_says_so() {
        let fake = Fake::default();
        let (service, _server) = served_at(ROOT, &fake);
        service.keep("eu", b"0f9d-secret-77aa").unwrap();
        fake.0.lock().unwrap().is_locked = true;
        let errors = [
            service.read("eu").unwrap_err(),
            service.keep("eu", b"other").unwrap_err(),
            service.erase("eu").unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, KeychainError::Locked), "{error}");
        }
    }

    #[test]
    fn a_bus_that_refuses_is_no_keychain() {
        let (service, _server) = served_at("/elsewhere", &Fake::default());
        let error = service.read("eu").unwrap_err();
        assert!(matches!(error, KeychainError::Failed(_)), "{error}");
    }
}
