//! Looks for what would keep a push from working, by harmless requests: none of them writes anything.
//!
//! Braze documents no order in which it checks a request. So an answer that only follows when the key and
//! its permission are fine says *ok*, and one that hardly comes otherwise says *probably*.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::key::{FindError, Found};
use crate::push::probe::{Answer, Probed, Step, probe};
use crate::push::{Address, ApiKey};
use crate::workspace::mode;

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What.
    pub(crate) name: &'static str,
    /// How it looks.
    pub(crate) grade: Grade,
    /// What was found.
    pub(crate) found: String,
    /// What to do about it; nothing where it is fine.
    pub(crate) what_to_do: Option<String>,
}

/// How something looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grade {
    Ok,
    /// Nothing speaks against it, or it could not be seen.
    Probably,
    Problem,
}

impl Grade {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Probably => "probably",
            Self::Problem => "problem",
        }
    }
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            grade: Grade::Ok,
            found: found.into(),
            what_to_do: None,
        }
    }

    fn probably(name: &'static str, found: impl Into<String>, what_to_do: &str) -> Self {
        Self {
            name,
            grade: Grade::Probably,
            found: found.into(),
            what_to_do: Some(what_to_do.to_owned()),
        }
    }

    pub(crate) fn problem(
        name: &'static str,
        found: impl Into<String>,
        what_to_do: impl Into<String>,
    ) -> Self {
        Self {
            name,
            grade: Grade::Problem,
            found: found.into(),
            what_to_do: Some(what_to_do.into()),
        }
    }
}

/// A folder of ours: whether it can be written to, and by its owner alone.
pub(crate) fn check_folder(folder: &Path) -> Check {
    const NAME: &str = "folder";
    let shown = folder.display();
    if folder.symlink_metadata().is_err() {
        // The next one up that is there is where it would be made.
        let above = folder.ancestors().find(|above| above.exists());
        let above = above.unwrap_or(folder);
        return match tempfile::tempfile_in(above) {
            Ok(_) => Check::ok(NAME, format!("{shown} is not there yet, and can be made")),
            Err(error) => Check::problem(
                NAME,
                format!(
                    "{shown} is not there, and cannot be made in {}: {error}",
                    above.display()
                ),
                "Check the permissions of the folder above it, or name another home in AIQ_BRAZE_HOME",
            ),
        };
    }
    if !folder.is_dir() {
        return Check::problem(
            NAME,
            format!("{shown} is no folder"),
            "Move it away, or name another home in AIQ_BRAZE_HOME",
        );
    }
    if let Err(error) = tempfile::tempfile_in(folder) {
        return Check::problem(
            NAME,
            format!("{shown} cannot be written to: {error}"),
            "Check its permissions and the space left, or name another home in AIQ_BRAZE_HOME",
        );
    }
    match mode(folder) {
        Some(mode) if mode & 0o077 != 0 => Check::problem(
            NAME,
            format!("{shown} is open to others (mode {mode:03o})"),
            format!("Run: chmod 700 {shown}"),
        ),
        _ => Check::ok(
            NAME,
            format!("{shown} can be written to, by its owner alone"),
        ),
    }
}

/// The address by itself.
pub(crate) fn check_endpoint(address: &Address) -> Check {
    match address.warning() {
        None => Check::ok("endpoint", address.to_string()),
        Some(_) => Check::probably(
            "endpoint",
            format!("{address} is not among the addresses that Braze lists"),
            "Compare it with the REST endpoint in Braze under Settings, APIs and Identifiers",
        ),
    }
}

/// The key by itself: where it is, never what it is.
pub(crate) fn check_key(found: &Result<Found, FindError>) -> Check {
    match found {
        Ok(Found { key: _, source }) => Check::ok("key", format!("found in {source}")),
        Err(error) => Check::problem(
            "key",
            error.to_string(),
            "Make one, and keep it where it is looked for: aiq-braze doctor --guide",
        ),
    }
}

/// The way there, the clocks, and what the key may do.
pub(crate) async fn check_server(address: &Address, key: Option<&ApiKey>) -> Vec<Check> {
    // Without a key nothing can come of it, and every Braze refuses it.
    let first = match probe(address, None, TRACK.path, TRACK.body).await {
        Probed::Answered(answer) => answer,
        lost => return vec![check_lost(&lost, address)],
    };
    let mut checks = vec![check_connection(&first), check_clock(&first)];
    let Some(key) = key else {
        return checks;
    };
    let mut rate = first.rate;
    for permission in [TRACK, EXPORT] {
        let probed = probe(address, Some(key), permission.path, permission.body).await;
        checks.push(permission.check(&probed));
        if let Probed::Answered(answer) = probed {
            rate = rate.or(answer.rate);
        }
    }
    checks.push(check_rate(rate));
    checks
}

fn check_lost(lost: &Probed, address: &Address) -> Check {
    const NAME: &str = "connection";
    let host = address.host_and_port().0;
    match lost {
        Probed::Unreached(Step::Request, words) => Check::problem(
            NAME,
            format!("no request can be made: {words}"),
            "Check that the system's CA certificates are installed",
        ),
        Probed::Unreached(Step::Name, words) => Check::problem(
            NAME,
            format!("the name {host} leads nowhere: {words}"),
            "Check the endpoint's spelling, this machine's network, and its DNS",
        ),
        Probed::Unreached(Step::Connection, words) => Check::problem(
            NAME,
            format!("no connection to {host}: {words}"),
            "Check the network, and that firewall and proxy let this machine out to that host by its name",
        ),
        Probed::Unreached(Step::Certificate, words) => Check::problem(
            NAME,
            format!("{host} does not prove who it is: {words}"),
            "Check this machine's clock and CA certificates; a proxy that opens TLS needs its own certificate \
             among them",
        ),
        Probed::Unanswered(words) => Check::problem(
            NAME,
            format!("{host} was reached and did not answer: {words}"),
            "Try again; if it stays so, check the proxy and Braze's status page",
        ),
        Probed::Answered(answer) => check_connection(answer),
    }
}

fn check_connection(answer: &Answer) -> Check {
    let found = format!("answered {}", said(answer));
    match answer.status {
        // As it should be: the request had no key.
        400..500 => Check::ok("connection", found),
        500.. => Check::problem(
            "connection",
            found,
            "The server has trouble of its own: try again later, and see Braze's status page",
        ),
        _ => Check::problem(
            "connection",
            format!("{found} to a request without a key, which no Braze does"),
            "Check the endpoint, and whether a proxy or a login page of the network answers in its place",
        ),
    }
}

fn check_clock(answer: &Answer) -> Check {
    const NAME: &str = "clock";
    const MOST: Duration = Duration::from_secs(60);
    let Some(date) = answer.date else {
        return Check::probably(
            NAME,
            "the server did not say what time it is",
            "Compare this machine's clock with another one",
        );
    };
    let (left_at, there_at) = answer.between;
    // The server's clock shows whole seconds.
    let behind = date.duration_since(there_at);
    let ahead = left_at.duration_since(date + Duration::from_secs(1));
    let (difference, word) = match (behind, ahead) {
        (Ok(behind), _) => (behind, "behind"),
        (_, Ok(ahead)) => (ahead, "ahead of"),
        _ => (Duration::ZERO, "with"),
    };
    let seconds = difference.as_secs();
    if difference > MOST {
        return Check::problem(
            NAME,
            format!("this machine's clock is {seconds} s {word} the server's"),
            "Set it by the network (NTP): times in the future are changed by Braze, and waits go wrong",
        );
    }
    let found = match seconds {
        0 => "the same here and there".to_owned(),
        _ => format!("this machine's is {seconds} s {word} the server's"),
    };
    Check::ok(NAME, found)
}

/// A permission of a key, and a request that tells of it and changes nothing.
struct Permission {
    name: &'static str,
    path: &'static str,
    body: &'static str,
}

/// No object is sent, so none can be written: Braze answers 400 and that there is no valid data, or takes
/// nothing.
const TRACK: Permission = Permission {
    name: "users.track",
    path: "/users/track",
    body: r#"{"attributes":[]}"#,
};

/// Nobody has an id like this; should somebody, the id is all that would come back, and it is not kept.
const EXPORT: Permission = Permission {
    name: "users.export.ids",
    path: "/users/export/ids",
    body: r#"{"external_ids":["aiq-braze doctor: nobody has this id"],"fields_to_export":["external_id"]}"#,
};

impl Permission {
    fn check(&self, probed: &Probed) -> Check {
        let Self { name, path, .. } = *self;
        let answer = match probed {
            Probed::Answered(answer) => answer,
            Probed::Unreached(_, words) | Probed::Unanswered(words) => {
                return Check::problem(
                    name,
                    format!("no answer: {words}"),
                    "Try again; the first request was answered",
                );
            }
        };
        let found = format!("answered {}", said(answer));
        match answer.status {
            200..300 => Check::ok(name, found),
            400 => Check::probably(
                name,
                found,
                "Nothing: the request was empty on purpose, and the key was taken. Braze does not say in which \
                 order it checks",
            ),
            401 => Check::problem(
                name,
                found,
                format!(
                    "Check that the key is whole, of this workspace and of this instance, and has the \
                     permission {name}: Braze, Settings, API Keys"
                ),
            ),
            403 => Check::problem(
                name,
                found,
                format!(
                    "Make a new key with the permission {name} (an old one's cannot be changed), and see whether \
                     its list of IP addresses holds this machine: Braze, Settings, API Keys"
                ),
            ),
            429 => Check::probably(
                name,
                found,
                "Other senders use up the rate limit: look again in a while",
            ),
            500.. => Check::problem(
                name,
                found,
                "The server has trouble of its own: try again later, and see Braze's status page",
            ),
            _ => Check::problem(
                name,
                found,
                format!("Check the endpoint: a Braze has {path} and answers it otherwise"),
            ),
        }
    }
}

fn check_rate(rate: Option<(String, String)>) -> Check {
    match rate {
        Some((limit, left)) => Check::ok(
            "rate limit",
            format!("{limit} requests in its time, {left} of them left"),
        ),
        None => Check::probably(
            "rate limit",
            "no answer told of it",
            "Nothing: the limits of the workspace hold. What the contract says stands in Braze under \
             Settings, APIs and Identifiers",
        ),
    }
}

/// `401 (Invalid API Key)`
fn said(answer: &Answer) -> String {
    match &*answer.words {
        "" => answer.status.to_string(),
        words => format!("{} ({words})", answer.status),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn answer(status: u16) -> Answer {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        Answer {
            status,
            words: String::new(),
            date: Some(now),
            between: (now, now),
            rate: None,
        }
    }

    fn grade_of(status: u16) -> Grade {
        TRACK.check(&Probed::Answered(answer(status))).grade
    }

    #[test]
    fn answers_tell_of_permissions() {
        for status in [200, 201] {
            assert_eq!(grade_of(status), Grade::Ok);
        }
        for status in [400, 429] {
            assert_eq!(grade_of(status), Grade::Probably);
        }
        for status in [302, 401, 403, 404, 415, 500, 503] {
            assert_eq!(grade_of(status), Grade::Problem);
        }
        let lost = Probed::Unanswered("cut".to_owned());
        assert_eq!(EXPORT.check(&lost).grade, Grade::Problem);
    }

    #[test]
    fn a_server_that_takes_a_request_without_a_key_is_none() {
        for (status, grade) in [
            (401, Grade::Ok),
            (403, Grade::Ok),
            (200, Grade::Problem),
            (302, Grade::Problem),
            (503, Grade::Problem),
        ] {
            assert_eq!(check_connection(&answer(status)).grade, grade, "{status}");
        }
    }

    #[test]
    fn clocks_may_differ_by_a_minute() {
        let of = |seconds: i64| {
            let mut answer = answer(401);
            let by = Duration::from_secs(seconds.unsigned_abs());
            let here = match seconds < 0 {
                true => answer.between.0 - by,
                false => answer.between.0 + by,
            };
            // The answer takes a while, and the server's second is a whole one.
            answer.between = (here, here + Duration::from_millis(300));
            check_clock(&answer)
        };
        for seconds in [-60, -1, 0, 1, 61] {
            assert_eq!(of(seconds).grade, Grade::Ok, "{seconds}");
        }
        for (seconds, word) in [(-62, "61 s behind"), (62, "61 s ahead of")] {
            let check = of(seconds);
            assert_eq!(check.grade, Grade::Problem, "{seconds}");
            assert!(check.found.contains(word), "{}", check.found);
        }
        let mut silent = answer(401);
        silent.date = None;
        assert_eq!(check_clock(&silent).grade, Grade::Probably);
    }
}
