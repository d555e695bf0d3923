//! Users of whom one run says two things: the same attribute with different values in different objects.
//!
//! Braze promises no order between requests, so which value stays is chance; and two audiences that write
//! the same column overwrite each other. Rows of one user that follow each other are one object and no
//! subject here. Events are none either: each stands for itself.
//!
//! [`Statements`] cuts batches into what each object says, in fixed-size pieces that a host can sort, on
//! disk if need be, and so find every conflict. [`ConflictWindow`] finds those among the users seen last,
//! in memory.

use std::collections::BTreeMap;

use crate::batch::Object;
use crate::identity::UserKey;
use crate::read::Location;
use crate::wire::json;
use crate::wire::members::Members;

/// What one object says about one attribute of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The user.
    pub user: UserKey,
    /// The attribute, for [`Statements::name`].
    pub attribute: u32,
    /// A hash of the value's JSON: two values share one by chance only (1 in 10¹⁹).
    pub value: u64,
    /// The object's first row.
    pub at: Location,
}

/// Cuts batches into statements, and remembers the attributes by number.
#[derive(Debug, Default)]
pub struct Statements {
    /// By their keys: several may be of one attribute, as Braze does not see spaces around a name.
    attributes: BTreeMap<Vec<u8>, u32>,
    /// By their names without spaces around them.
    trimmed: BTreeMap<String, u32>,
    /// By their numbers.
    known: Vec<Attribute>,
    /// Those that objects begin with.
    first: Guesses,
}

#[derive(Debug)]
struct Attribute {
    key: Vec<u8>,
    name: String,
    /// Those that stand behind it: objects of one run are much alike.
    next: Guesses,
}

/// Some attributes, by their numbers; the one that was right last is the first.
type Guesses = [Option<u32>; 4];

impl Statements {
    /// Hands out what the objects of a batch of attributes say. Flags are no statements.
    pub fn of_batch(&mut self, body: &[u8], objects: &[Object], mut each: impl FnMut(Statement)) {
        for object in objects {
            let Some((user, mut members)) = object.user_and_rest(body) else {
                continue;
            };
            while FLAGS
                .iter()
                .any(|flag| members.next_value_of(flag).is_some())
            {}
            let mut before = None;
            while let Some((attribute, value)) = self.next(&mut members, before) {
                before = Some(attribute);
                each(Statement {
                    user,
                    attribute,
                    value: value_hash(value),
                    at: object.at,
                });
            }
        }
    }

    /// The next attribute that an object speaks of, and its value: mostly one that stood behind the attribute
    /// `before` it already.
    fn next<'o>(
        &mut self,
        members: &mut Members<'o>,
        before: Option<u32>,
    ) -> Option<(u32, &'o [u8])> {
        let guesses = *self.guesses(before);
        for (place, guess) in guesses.into_iter().enumerate() {
            let Some(attribute) = guess else { break };
            if let Some(value) = members.next_value_of(&self.known[attribute as usize].key) {
                self.guesses(before).swap(0, place);
                return Some((attribute, value));
            }
        }
        let (key, value) = members.find(|(key, _)| !is_flag(key))?;
        let attribute = self.attribute(key);
        let guesses = self.guesses(before);
        guesses.rotate_right(1);
        guesses[0] = Some(attribute);
        Some((attribute, value))
    }

    fn guesses(&mut self, before: Option<u32>) -> &mut Guesses {
        match before {
            None => &mut self.first,
            Some(before) => &mut self.known[before as usize].next,
        }
    }

    /// The names of all attributes, by their numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|attribute| &*attribute.name)
    }

    /// The attribute's name.
    pub fn name(&self, attribute: u32) -> Option<&str> {
        let attribute = self.known.get(attribute as usize);
        attribute.map(|attribute| &*attribute.name)
    }

    /// The keys of all attributes as they stand in bodies, quotes included, by their numbers: of an attribute
    /// with several, the first.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.known.iter().map(|attribute| &*attribute.key)
    }

    /// The attribute's key as it stands in bodies, quotes included.
    pub fn key(&self, attribute: u32) -> Option<&[u8]> {
        let attribute = self.known.get(attribute as usize);
        attribute.map(|attribute| &*attribute.key)
    }

    /// The number of an attribute by its key, as it stands in bodies; a new one if it has none yet.
    pub fn add(&mut self, key: &[u8]) -> u32 {
        self.attribute(key)
    }

    fn attribute(&mut self, key: &[u8]) -> u32 {
        if let Some(attribute) = self.attributes.get(key) {
            return *attribute;
        }
        let name = json::text(key).unwrap_or_else(|| String::from_utf8_lossy(key));
        let new = self.known.len() as u32; // OK because a run has a few thousand names at most
        let trimmed = self.trimmed.entry(name.trim().to_owned());
        let attribute = *trimmed.or_insert(new);
        self.attributes.insert(key.to_vec(), attribute);
        if attribute == new {
            self.known.push(Attribute {
                key: key.to_vec(),
                name: name.into_owned(),
                next: Guesses::default(),
            });
        }
        attribute
    }
}

/// The hash by which a [`Statement`] tells a value, of its JSON as it stands in a body.
#[inline]
pub fn value_hash(json: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(json)
}

/// Members that say how an object is taken, and nothing of its user. They stand in front of what does.
const FLAGS: [&[u8]; 2] = [EXISTING_ONLY, b"\"_merge_objects\""];
/// The flag with which nobody is created.
pub(crate) const EXISTING_ONLY: &[u8] = b"\"_update_existing_only\"";

pub(crate) fn is_flag(key: &[u8]) -> bool {
    key.starts_with(b"\"_") && FLAGS.contains(&key)
}

/// Users that a [`ConflictWindow`] looks back on, at least.
pub const WINDOW_USERS: usize = 65_536;

/// Finds conflicts among the users seen last: at least [`WINDOW_USERS`], at most twice as many.
///
/// Memory: about 30 bytes for each attribute of each of them.
#[derive(Debug, Default)]
pub struct ConflictWindow {
    now: Generation,
    before: Generation,
    last: Option<UserKey>,
}

/// The statements of up to [`WINDOW_USERS`] users, in a table with open addresses.
#[derive(Debug, Default)]
struct Generation {
    /// (user and attribute, value); a key of 0 is a free place.
    places: Vec<(u64, u64)>,
    n_taken: usize,
    n_users: usize,
}

impl ConflictWindow {
    /// Takes a statement; whether an earlier one of the same user gave the attribute another value. The
    /// statements of one object come one behind the other.
    pub fn conflicts(&mut self, statement: &Statement) -> bool {
        if self.last != Some(statement.user) {
            self.last = Some(statement.user);
            if self.now.n_users >= WINDOW_USERS {
                std::mem::swap(&mut self.now, &mut self.before);
                self.now.clear();
            }
            self.now.n_users += 1;
        }
        let key = statement.user.with(statement.attribute);
        let now = self.now.replace(key, statement.value);
        let earlier = now.or_else(|| self.before.get(key));
        earlier.is_some_and(|value| value != statement.value)
    }
}

impl Generation {
    fn clear(&mut self) {
        self.places.fill((0, 0));
        self.n_taken = 0;
        self.n_users = 0;
    }

    /// Where the key is, or would be.
    fn place(&self, key: u64) -> usize {
        let mask = self.places.len() - 1;
        let mut place = key as usize & mask;
        while self.places[place].0 != 0 && self.places[place].0 != key {
            place = (place + 1) & mask;
        }
        place
    }

    fn get(&self, key: u64) -> Option<u64> {
        if self.places.is_empty() {
            return None;
        }
        let (found, value) = self.places[self.place(key)];
        (found == key).then_some(value)
    }

    /// Puts the value in; returns the one that was there.
    fn replace(&mut self, key: u64, value: u64) -> Option<u64> {
        if self.n_taken * 4 >= self.places.len() * 3 {
            self.grow();
        }
        let place = self.place(key);
        let earlier = self.places[place];
        self.places[place] = (key, value);
        if earlier.0 == 0 {
            self.n_taken += 1;
            return None;
        }
        Some(earlier.1)
    }

    fn grow(&mut self) {
        let n_places = (2 * self.places.len()).max(1024);
        let former = std::mem::replace(&mut self.places, vec![(0, 0); n_places]);
        for (key, value) in former.into_iter().filter(|(key, _)| *key != 0) {
            let place = self.place(key);
            self.places[place] = (key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, ExternalId, Flow, Identity, Mapping, Probe, Session, Sink};

    struct Find(Statements, ConflictWindow, Vec<(u64, String)>);

    impl Sink for Find {
        fn batch(&mut self, batch: &Batch<'_>) -> Flow {
            let mut found = Vec::new();
            self.0.of_batch(batch.body, batch.objects, |statement| {
                if self.1.conflicts(&statement) {
                    found.push((statement.at.row, statement.attribute));
                }
            });
            let named = found.into_iter().map(|(row, attribute)| {
                let name = self.0.name(attribute).unwrap();
                (row, name.to_owned())
            });
            self.2.extend(named);
            Flow::Continue
        }
    }

    #[test]
    fn a_user_with_two_values_is_found_whatever_stands_between() {
        let mapping = r#"{"version":1,"rows":"attributes","unknown_users":"skip","nested_names":"merge",
            "identifiers":[{"column":"id","as":"external_id"}]}"#;
        let export = "id,a,b\n1,x,\n2,x,\n1,x,k\n2,y,\n1,,l\n2,y,\n";
        let header = Probe::inspect(export.as_bytes()).unwrap().header;
        let plan = Mapping::parse(mapping).unwrap().compile(&header).unwrap();
        let mut sink = Find(Statements::default(), ConflictWindow::default(), Vec::new());
        let mut session = Session::new(plan);
        session.begin_file("");
        assert_eq!(
            session.feed(export.as_bytes(), &mut sink).unwrap(),
            Flow::Continue
        );
        assert_eq!(session.end_file(&mut sink).unwrap(), Flow::Continue);
        session.finish(&mut sink);
        assert_eq!(sink.2, [(4, "a".to_owned()), (5, "b".to_owned())]);
    }

    #[test]
    fn statements_are_told_whatever_stood_behind_what_before() {
        let key = |number: u32| format!("\"a{number}\"");
        let mut statements = Statements::default();
        for number in 0..9 {
            assert_eq!(statements.add(key(number).as_bytes()), number);
        }
        let flags = r#""_update_existing_only":true,"_merge_objects":true,"#;
        for round in 0..200u32 {
            // Each time others, in another order, behind flags or not.
            let numbers: Vec<u32> = (0..round % 7)
                .map(|place| (place * (1 + round % 5) + round / 3) % 9)
                .collect();
            let members = numbers
                .iter()
                .map(|number| format!("{}:{round}", key(*number)));
            let members: Vec<_> = members.collect();
            let flags = if round % 2 == 0 { flags } else { "" };
            let object = format!(r#"{{"external_id":"1",{flags}{}}}"#, members.join(","));
            let object = object.replace(",}", "}");
            let objects = [Object {
                identifier: crate::mapping::IdentifierKind::ExternalId,
                at: Location::default(),
                n_rows: 1,
                range: 0..object.len() as u32,
            }];
            let mut found = Vec::new();
            statements.of_batch(object.as_bytes(), &objects, |statement| {
                assert_eq!(statement.value, value_hash(round.to_string().as_bytes()));
                found.push(statement.attribute);
            });
            assert_eq!(found, numbers, "{object}");
        }
    }

    #[test]
    fn spaces_around_a_name_make_no_other_attribute() {
        let mut statements = Statements::default();
        for (key, number) in [
            (" ltv", 0),
            ("ltv", 0),
            ("l tv", 1),
            ("ltv\\t", 0),
            ("\u{A0}ltv", 0),
            ("LTV", 2),
            (" ltv", 0),
        ] {
            let key = format!("\"{key}\"");
            assert_eq!(statements.add(key.as_bytes()), number, "{key}");
        }
        let keys: Vec<_> = statements.keys().collect();
        assert_eq!(keys, [b"\" ltv\"".as_slice(), b"\"l tv\"", b"\"LTV\""]);
        // Nor where the first spelling is the one that is guessed.
        let object = r#"{"external_id":"1"," ltv":1}{"external_id":"1","ltv":2}"#;
        let middle = object.find("}{").map_or(0, |place| place as u32 + 1);
        let objects = [0..middle, middle..object.len() as u32].map(|range| Object {
            identifier: crate::mapping::IdentifierKind::ExternalId,
            at: Location::default(),
            n_rows: 1,
            range,
        });
        let mut found = Vec::new();
        statements.of_batch(object.as_bytes(), &objects, |statement| {
            found.push((statement.attribute, statement.value));
        });
        assert_eq!(found, [(0, value_hash(b"1")), (0, value_hash(b"2"))]);
    }

    #[test]
    fn the_window_looks_back_on_as_many_users_as_it_says() {
        let statement = |number: usize, value: u64| {
            let id = number.to_string();
            Statement {
                user: Identity::ExternalId(ExternalId::new(id.as_bytes()).unwrap()).key(),
                attribute: 0,
                value,
                at: Location::default(),
            }
        };
        let mut window = ConflictWindow::default();
        for number in 0..WINDOW_USERS {
            assert!(!window.conflicts(&statement(number, 1)));
        }
        assert!(!window.conflicts(&statement(WINDOW_USERS, 1)));
        assert!(window.conflicts(&statement(1, 2)), "65,535 users ago");
        for number in 2 * WINDOW_USERS..4 * WINDOW_USERS {
            assert!(!window.conflicts(&statement(number, 1)));
        }
        assert!(!window.conflicts(&statement(0, 2)), "long forgotten");
    }
}
