//! Where to push: a word of the user's becomes the address of a Braze.
//!
//! An instance's name, its dashboard's address, or the address of its REST API all lead to the same
//! place. Only `https` is spoken, and `http` to this machine alone. A host that Braze does not list is
//! pointed out and used: lists are always behind.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use hyper::Uri;
use hyper::http::uri::Authority;

/// Where a push goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A sandbox that the caller starts.
    Sandbox,
    /// A server.
    Braze(Address),
}

/// The address of a server that speaks Braze's REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and perhaps a port; no slash at its end.
    base: String,
    /// The instance that lives there, if Braze lists it.
    instance: Option<&'static str>,
    is_loopback: bool,
}

/// Why a text names no endpoint: what was found, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointError(String);

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EndpointError {}

/// An instance of Braze.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Such as `US-01`.
    pub name: &'static str,
    /// The host of its dashboard.
    pub dashboard: &'static str,
    /// The host of its REST API.
    pub rest: &'static str,
}

macro_rules! instances {
    ($($name:literal $dashboard:literal $rest:literal)+) => {
        /// Braze's instances (API basics, 2026; there is no US-09).
        pub const INSTANCES: &[Instance] = &[
            $(Instance { name: $name, dashboard: $dashboard, rest: $rest },)+
        ];
    };
}

instances! {
    "US-01" "dashboard-01.braze.com" "rest.iad-01.braze.com"
    "US-02" "dashboard-02.braze.com" "rest.iad-02.braze.com"
    "US-03" "dashboard-03.braze.com" "rest.iad-03.braze.com"
    "US-04" "dashboard-04.braze.com" "rest.iad-04.braze.com"
    "US-05" "dashboard-05.braze.com" "rest.iad-05.braze.com"
    "US-06" "dashboard-06.braze.com" "rest.iad-06.braze.com"
    "US-07" "dashboard-07.braze.com" "rest.iad-07.braze.com"
    "US-08" "dashboard-08.braze.com" "rest.iad-08.braze.com"
    "US-10" "dashboard.us-10.braze.com" "rest.us-10.braze.com"
    "EU-01" "dashboard-01.braze.eu" "rest.fra-01.braze.eu"
    "EU-02" "dashboard-02.braze.eu" "rest.fra-02.braze.eu"
    "AU-01" "dashboard.au-01.braze.com" "rest.au-01.braze.com"
    "ID-01" "dashboard.id-01.braze.com" "rest.id-01.braze.com"
    "JP-01" "dashboard.jp-01.braze.com" "rest.jp-01.braze.com"
    "KR-01" "dashboard.kr-01.braze.com" "rest.kr-01.braze.com"
}

/// Hosts of older documentation, as they were listed for US-10.
const OLDER: Instance = Instance {
    name: "US-10",
    dashboard: "dashboard-10.braze.com",
    rest: "rest.iad-10.braze.com",
};

/// The path of the one endpoint that is written to. A slash behind it is answered with 403.
pub(super) const TRACK: &str = "/users/track";

impl Endpoint {
    /// Reads `sandbox`, an instance's name, a dashboard's address or a URL.
    ///
    /// # Errors
    ///
    /// When it is none of these, or would be spoken to unprotected.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("sandbox") {
            return Ok(Self::Sandbox);
        }
        Address::parse(text).map(Self::Braze)
    }
}

impl Address {
    /// Reads an instance's name, a dashboard's address or a URL.
    ///
    /// # Errors
    ///
    /// When it is none of these, or would be spoken to unprotected.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        if let Some(instance) = instances().find(|known| known.name.eq_ignore_ascii_case(text)) {
            return Ok(Self::of_instance(instance));
        }
        if !text.contains(['.', '/', ':']) && !text.eq_ignore_ascii_case("localhost") {
            return Err(not_an_instance(text));
        }
        Self::of_url(text)
    }

    fn of_instance(instance: &Instance) -> Self {
        Self {
            base: format!("https://{}", instance.rest),
            instance: Some(instance.name),
            is_loopback: false,
        }
    }

    fn of_url(text: &str) -> Result<Self, EndpointError> {
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let malformed = || fail("an address that cannot be read", HINT);
        let uri: Uri = full.parse().map_err(|_| malformed())?;
        let authority = uri.authority().ok_or_else(malformed)?;
        if authority.as_str().contains('@') {
            // Not shown: what stands there may be a secret.
            return Err(fail(
                "a user name or password in the address",
                "an address without one. The API key goes into a key file or the environment",
            ));
        }
        let host = authority.host().to_ascii_lowercase();
        check_host(&host)?;
        let port = port(authority)?;
        if let Some(instance) = instances().find(|known| known.dashboard == host) {
            return Ok(Self::of_instance(instance)); // whatever page of it was copied
        }
        if let Some(instance) = instances().find(|known| sdk_host(known) == host) {
            let wanted = format!("the REST address, https://{}", instance.rest);
            return Err(fail(
                &format!("{host}, the address of Braze's SDK"),
                &wanted,
            ));
        }
        let is_loopback = is_loopback(&host);
        check_scheme(uri.scheme_str().unwrap_or_default(), &host, is_loopback)?;
        check_path(&uri)?;
        let scheme = uri.scheme_str().unwrap_or("https");
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Ok(Self {
            base: format!("{scheme}://{host}{port}"),
            instance: instances()
                .find(|known| known.rest == host)
                .map(|known| known.name),
            is_loopback,
        })
    }

    /// An address that nothing has looked at.
    #[cfg(test)]
    pub(super) fn unchecked(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            instance: None,
            is_loopback: true,
        }
    }

    /// Scheme, host and port, such as `https://rest.iad-01.braze.com`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The host, in brackets where it is an IPv6 address, and the port, said or usual.
    pub(crate) fn host_and_port(&self) -> (&str, &str) {
        let (scheme, rest) = self.base.split_once("://").unwrap_or(("https", &self.base));
        let usual = if scheme == "http" { "80" } else { "443" };
        match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (rest, usual),
        }
    }

    /// The instance that lives there, if Braze lists it.
    pub fn instance(&self) -> Option<&'static str> {
        self.instance
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether what is sent there is encrypted.
    pub fn is_protected(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// What deserves a look before anything is sent there.
    pub fn warning(&self) -> Option<String> {
        if self.instance.is_some() || self.is_loopback {
            return None;
        }
        Some(format!(
            "{} is not among the REST addresses that Braze lists. Check it in Braze under Settings, \
             APIs and Identifiers; it is used as it stands",
            self.base
        ))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instance {
            Some(name) => write!(f, "{} ({name})", self.base),
            None => f.write_str(&self.base),
        }
    }
}

fn instances() -> impl Iterator<Item = &'static Instance> {
    INSTANCES.iter().chain([&OLDER])
}

fn sdk_host(instance: &Instance) -> String {
    instance.rest.replacen("rest.", "sdk.", 1)
}

fn is_loopback(host: &str) -> bool {
    let bare = in_brackets(host).unwrap_or(host);
    let address = bare.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn in_brackets(host: &str) -> Option<&str> {
    host.strip_prefix('[')?.strip_suffix(']')
}

/// Brackets hold an IPv6 address and nothing else: what they hold instead, others read in their own way.
fn check_host(host: &str) -> Result<(), EndpointError> {
    let is_fine = match in_brackets(host) {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains(['[', ']']),
    };
    if is_fine {
        return Ok(());
    }
    let found = format!("the host {}", aiq_braze::diag::quote(host));
    Err(fail(
        &found,
        "a host's name, an IPv4 address without brackets, or an IPv6 address in brackets",
    ))
}

/// The port behind the host. One that cannot be read must not become the usual one: that is another
/// server.
fn port(authority: &Authority) -> Result<Option<u16>, EndpointError> {
    let behind = authority.as_str().strip_prefix(authority.host());
    let behind = behind.unwrap_or(authority.as_str());
    if behind.is_empty() {
        return Ok(None);
    }
    let digits = behind.strip_prefix(':').unwrap_or_default();
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<u16>() {
        Ok(port) if port > 0 && is_digits => Ok(Some(port)),
        _ => {
            let shown = aiq_braze::diag::quote(behind);
            Err(fail(
                &format!("{shown} behind the host"),
                "nothing there, or a colon and a port from 1 to 65535, such as :8400",
            ))
        }
    }
}

fn check_scheme(scheme: &str, host: &str, is_loopback: bool) -> Result<(), EndpointError> {
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        "http" => Err(fail(
            "http",
            &format!(
                "https: the API key and your users' data would travel unprotected. Try https://{host}"
            ),
        )),
        other => Err(fail(&format!("the scheme {other}"), "https")),
    }
}

fn check_path(uri: &Uri) -> Result<(), EndpointError> {
    let path = uri.path().trim_end_matches('/');
    if !(path.is_empty() || path == TRACK) || uri.query().is_some() {
        return Err(fail(
            "an address with a path",
            "the host alone, such as https://rest.iad-01.braze.com. The path is added here",
        ));
    }
    Ok(())
}

const HINT: &str = "sandbox, an instance such as US-01, a dashboard's address, or a URL such as https://rest.iad-01.braze.com";

fn not_an_instance(text: &str) -> EndpointError {
    let names: Vec<_> = INSTANCES.iter().map(|instance| instance.name).collect();
    let found = format!(
        "{}, which is no instance of Braze",
        aiq_braze::diag::quote(text)
    );
    fail(
        &found,
        &format!("{HINT}. The instances are {}", names.join(", ")),
    )
}

fn fail(found: &str, expected: &str) -> EndpointError {
    EndpointError(format!("endpoint: found {found}, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, base: &str, instance: Option<&str>) {
        let Endpoint::Braze(address) = Endpoint::parse(text).unwrap() else {
            panic!("{text} is the sandbox");
        };
        assert_eq!(
            (address.base(), address.instance()),
            (base, instance),
            "{text}"
        );
        assert_eq!(
            address.warning().is_some(),
            instance.is_none() && !address.is_loopback(),
            "{text}"
        );
    }

    #[test]
    fn names_dashboards_and_urls_lead_to_the_rest_address() {
        for instance in INSTANCES {
            let base = format!("https://{}", instance.rest);
            let name = Some(instance.name);
            check(instance.name, &base, name);
            check(&instance.name.to_lowercase(), &base, name);
            check(instance.dashboard, &base, name);
            check(
                &format!("https://{}/app/1/dashboard?x=1", instance.dashboard),
                &base,
                name,
            );
            check(&base, &base, name);
            check(instance.rest, &base, name);
            check(
                &format!(
                    " {}/users/track/ ",
                    base.to_uppercase().replace("/USERS", "/users")
                ),
                &base,
                name,
            );
        }
        assert_eq!(INSTANCES.len(), 15);
        check(
            "dashboard-10.braze.com",
            "https://rest.iad-10.braze.com",
            Some("US-10"),
        );
    }

    #[test]
    fn other_hosts_are_used_and_pointed_out() {
        check(
            "https://rest.fra-03.braze.eu/",
            "https://rest.fra-03.braze.eu",
            None,
        );
        check(
            "gateway.example.com:8443",
            "https://gateway.example.com:8443",
            None,
        );
    }

    #[test]
    fn http_is_for_this_machine() {
        for base in [
            "http://127.0.0.1:8400",
            "http://localhost:8400",
            "http://[::1]:8400",
        ] {
            check(base, base, None);
        }
    }

    #[test]
    fn the_sandbox_is_a_word() {
        assert_eq!(Endpoint::parse("Sandbox"), Ok(Endpoint::Sandbox));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_way_on() {
        for (text, expected) in [
            ("", "no instance"),
            ("US-09", "US-08, US-10"),
            ("us01", "The instances are"),
            ("http://rest.iad-01.braze.com", "Try https://"),
            ("http://10.0.0.1", "unprotected"),
            ("ftp://rest.iad-01.braze.com", "expected https"),
            (
                "https://sdk.iad-01.braze.com",
                "https://rest.iad-01.braze.com",
            ),
            (
                "https://rest.iad-01.braze.com/users/export/ids",
                "the host alone",
            ),
            (
                "https://rest.iad-01.braze.com/users/track?x=1",
                "the host alone",
            ),
            (
                "https://me:secret@rest.iad-01.braze.com",
                "password in the address",
            ),
            ("https://", "cannot be read"),
            ("a b.com", "cannot be read"),
            ("http://127.0.0.1:99999", "found \":99999\" behind the host"),
            ("http://127.0.0.1:", "found \":\" behind the host"),
            ("http://127.0.0.1:+80", "a port from 1 to 65535"),
            ("http://127.0.0.1:0", "a port from 1 to 65535"),
            ("http://[::1]:70000", "a port from 1 to 65535"),
            (
                "https://rest.iad-01.braze.com:99999",
                "a port from 1 to 65535",
            ),
            (
                "https://dashboard-01.braze.com:99999",
                "a port from 1 to 65535",
            ),
            ("http://[127.0.0.1]:1", "IPv4 address without brackets"),
            ("https://[braze.com]", "IPv6 address in brackets"),
        ] {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
