//! Some of the users that a pass is about, with all that it says of them.
//!
//! They are those whose keys, which are hashes, are the smallest: the same ones in every pass over an
//! export, spread over all of it. Who is in the sample at the end was in it from their first object on, so
//! that nothing said of them is missed.

use std::collections::{BTreeMap, BTreeSet};

use aiq_braze::mapping::IdentifierKind;
use aiq_braze::wire::InputArray;
use aiq_braze::{Object, UserKey};
use serde_json::{Map, Value};

/// How many users are picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleSize {
    /// Of those whom Braze looks up many at once: by `external_id` and alias.
    pub together: usize,
    /// Of those whom it looks up one by one: by `braze_id`, email address and phone number.
    pub alone: usize,
}

/// By what a user is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserName {
    #[allow(missing_docs)]
    ExternalId(String),
    #[allow(missing_docs)]
    Alias { name: String, label: String },
    #[allow(missing_docs)]
    BrazeId(String),
    #[allow(missing_docs)]
    Email(String),
    #[allow(missing_docs)]
    Phone(String),
}

impl UserName {
    /// Takes it out of an object.
    pub(crate) fn take(kind: IdentifierKind, object: &mut Map<String, Value>) -> Option<Self> {
        let mut value = object.remove(kind.as_str())?;
        if kind == IdentifierKind::UserAlias {
            let mut part = |part: &str| text(value.get_mut(part)?.take());
            return Some(Self::Alias {
                name: part("alias_name")?,
                label: part("alias_label")?,
            });
        }
        let text = text(value)?;
        Some(match kind {
            IdentifierKind::ExternalId => Self::ExternalId(text),
            IdentifierKind::BrazeId => Self::BrazeId(text),
            IdentifierKind::Email => Self::Email(text),
            IdentifierKind::Phone => Self::Phone(text),
            IdentifierKind::UserAlias => return None,
        })
    }

    /// The identifier's text; of an alias, its name.
    pub fn text(&self) -> &str {
        match self {
            Self::ExternalId(text)
            | Self::Alias { name: text, .. }
            | Self::BrazeId(text)
            | Self::Email(text)
            | Self::Phone(text) => text,
        }
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// A user, and what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledUser {
    /// Who it is.
    pub name: UserName,
    /// Attributes, each with the last value that is said of it.
    pub attributes: BTreeMap<String, Value>,
    /// Whether nested attributes are merged into those that are there.
    pub merges: bool,
    /// Attributes of which nobody knows what Braze was told last.
    pub doubtful: BTreeSet<String>,
    /// Events by name, as often as they are said to have happened since the sample's beginning.
    pub events: BTreeMap<String, u64>,
}

/// A sample as it grows.
#[derive(Debug)]
pub struct Sample {
    size: SampleSize,
    /// Events before this time, written as the core writes times, do not count.
    since: String,
    together: BTreeMap<UserKey, SampledUser>,
    alone: BTreeMap<UserKey, SampledUser>,
}

/// Whether Braze took what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It did, or will be asked to.
    Surely,
    /// Nobody knows.
    Perhaps,
}

impl Sample {
    /// An empty one. `since` is a time such as `2026-01-31T00:00:00Z`.
    pub fn new(size: SampleSize, since: String) -> Self {
        Self {
            size,
            since,
            together: BTreeMap::new(),
            alone: BTreeMap::new(),
        }
    }

    /// Takes an object of a batch with this body.
    pub fn take(&mut self, array: InputArray, body: &[u8], object: &Object, said: Said) {
        let Some(key) = object.user(body) else { return };
        let (users, most) = match object.identifier {
            IdentifierKind::ExternalId | IdentifierKind::UserAlias => {
                (&mut self.together, self.size.together)
            }
            IdentifierKind::BrazeId | IdentifierKind::Email | IdentifierKind::Phone => {
                (&mut self.alone, self.size.alone)
            }
        };
        let is_full = users.len() >= most;
        if is_full && users.last_key_value().is_none_or(|(last, _)| key > *last) {
            return;
        }
        let range = object.range.start as usize..object.range.end as usize;
        let bytes = body.get(range).unwrap_or_default();
        let Ok(mut members) = serde_json::from_slice::<Map<String, Value>>(bytes) else {
            return; // no batch holds such an object
        };
        let Some(name) = UserName::take(object.identifier, &mut members) else {
            return;
        };
        let user = users.entry(key).or_insert_with(|| SampledUser {
            name,
            attributes: BTreeMap::new(),
            merges: false,
            doubtful: BTreeSet::new(),
            events: BTreeMap::new(),
        });
        user.hear(array, members, said, &self.since);
        if users.len() > most {
            users.pop_last();
        }
    }

    /// The users.
    pub fn finish(self) -> Vec<SampledUser> {
        let users = self.together.into_values();
        users.chain(self.alone.into_values()).collect()
    }
}

impl SampledUser {
    fn hear(&mut self, array: InputArray, mut object: Map<String, Value>, said: Said, since: &str) {
        if array == InputArray::Events {
            let (name, time) = (object.remove("name"), object.remove("time"));
            if let (Some(name), Some(time)) = (name.and_then(text), time.and_then(text))
                && said == Said::Surely
                && *time >= *since
            {
                *self.events.entry(name).or_default() += 1;
            }
            return;
        }
        object.remove("_update_existing_only");
        self.merges |= object.remove("_merge_objects") == Some(Value::Bool(true));
        for (name, value) in object {
            if said == Said::Perhaps {
                self.doubtful.insert(name);
            } else {
                self.attributes.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aiq_braze::Batch;
    use aiq_braze::{Flow, Mapping, Options, Probe, Session, Sink};

    /// Takes everything of an export.
    struct All(Sample);

    impl Sink for All {
        fn batch(&mut self, batch: &Batch<'_>) -> Flow {
            for object in batch.objects {
                self.0.take(batch.array, batch.body, object, Said::Surely);
            }
            Flow::Continue
        }
    }

    fn sample(export: &str, mapping: &str, size: SampleSize) -> Vec<SampledUser> {
        let header = Probe::inspect(export.as_bytes()).unwrap().header;
        let plan = Mapping::parse(mapping).unwrap().compile(&header).unwrap();
        let mut sink = All(Sample::new(size, "2026-01-01T00:00:00Z".to_owned()));
        let mut session = Session::with_options(plan, Options::default());
        session.begin_file("");
        assert_eq!(
            session.feed(export.as_bytes(), &mut sink).unwrap(),
            Flow::Continue
        );
        assert_eq!(session.end_file(&mut sink).unwrap(), Flow::Continue);
        session.finish(&mut sink);
        sink.0.finish()
    }

    const SIZE: SampleSize = SampleSize {
        together: 10,
        alone: 3,
    };

    #[test]
    fn all_that_is_said_of_a_sampled_user_is_heard() {
        let mapping = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"id","as":"external_id"}]}"#;
        let mut export = "id,a,b\n".to_owned();
        for round in 0..3 {
            for user in 0..100 {
                let b = if round == 1 { "x" } else { "" };
                export += &format!("u{user},{round},{b}\n");
            }
        }
        let users = sample(&export, mapping, SIZE);
        assert_eq!(users.len(), 10);
        for user in &users {
            assert_eq!(user.attributes["a"], 2.to_string(), "{user:?}");
            assert_eq!(user.attributes["b"], "x");
        }
        let again = sample(&export, mapping, SIZE);
        assert_eq!(users, again);
    }

    #[test]
    fn users_who_are_looked_up_alone_are_fewer() {
        let mapping = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"id","as":"external_id"},{"column":"mail","as":"email"}]}"#;
        let mut export = "id,mail,a\n".to_owned();
        for user in 0..20 {
            export += &format!("u{user},,1\n,m{user}@example.com,1\n");
        }
        let users = sample(&export, mapping, SIZE);
        let n_alone = users
            .iter()
            .filter(|user| matches!(user.name, UserName::Email(_)))
            .count();
        assert_eq!((users.len(), n_alone), (13, 3));
        assert!(users.iter().all(|user| user.attributes.keys().eq(["a"])));
    }

    #[test]
    fn events_count_since_a_time() {
        let mapping = r#"{"version":1,"rows":"events","event":{"name":{"value":"Seen"},"time":{"column":"at"}},"identifiers":[{"column":"id","as":"external_id"}]}"#;
        let export =
            "id,at\nu,2025-12-31T23:59:59Z\nu,2026-01-01T00:00:00Z\nu,2026-02-01T00:00:00Z\n";
        let users = sample(export, mapping, SIZE);
        assert_eq!(users[0].events, BTreeMap::from([("Seen".to_owned(), 2)]));
    }
}
