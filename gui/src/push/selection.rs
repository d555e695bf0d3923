//! Whose rows of an export are sent: all but those of excluded users, or the first few users' only.
//!
//! What is left out counts as rows with nothing to send. A run keeps its selection beside the ledger, as
//! hashes and not as the identifiers, and the ledger keeps a hash of it: a run never goes on with another.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use aiq_braze::mapping::IdentifierKind;
use aiq_braze::{
    AliasPart, BrazeId, Email, ExternalId, Identity, Object, Phone, UserAlias, UserKey,
};
use serde_json::{Map, Value};

use crate::pipeline::{OwnedBatch, UserName};
use crate::private::{PrivateFile, make_folder};

/// Its file's name in a run's folder.
const FILE: &str = "selection";
/// In front of the file: what it is, and in which version.
const MAGIC: &[u8; 8] = b"aiqsel 1";
const KEY_BYTES: usize = 16;

/// Whose rows are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Only those of so many users.
    first: Option<u64>,
    /// None of those.
    excluded: HashSet<[u8; KEY_BYTES]>,
    /// The first users so far.
    seen: HashSet<UserKey>,
}

impl Selection {
    /// The rows of the first so many users only.
    #[must_use]
    pub(crate) fn with_first(self, first: Option<u64>) -> Self {
        Self { first, ..self }
    }

    /// Excludes the users of a list: an identifier a line, of any of these kinds, in quotes or without. So many
    /// lines hold one; a header is one of them, and nobody's identifier.
    ///
    /// # Errors
    ///
    /// When the text is no such list: what was found and expected.
    pub(crate) fn exclude(&mut self, text: &[u8], kinds: &[IdentifierKind]) -> Result<u64, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = str::from_utf8(text)
            .map_err(|_| "found bytes that are no UTF-8, expected UTF-8 text".to_owned())?;
        let mut n_lines = 0;
        for (idx, line) in text.lines().enumerate() {
            let identifier = unquoted(line.trim()).ok_or_else(|| {
                format!(
                    "found several columns in line {}, expected one identifier a line",
                    idx + 1
                )
            })?;
            if identifier.is_empty() {
                continue;
            }
            n_lines += 1;
            let keys = kinds.iter().filter_map(|kind| key(*kind, &identifier));
            self.excluded.extend(keys.map(UserKey::to_bytes));
        }
        Ok(n_lines)
    }

    /// Whether everything is sent.
    pub(crate) fn is_all(&self) -> bool {
        self.first.is_none() && self.excluded.is_empty()
    }

    /// Which objects of a batch are left out. Batches are asked about in order, all of them and each once.
    pub(super) fn leaves_out(&mut self, batch: &OwnedBatch) -> Vec<bool> {
        let objects = batch.objects.iter();
        let is_left_out = objects.map(|object| !self.is_all() && !self.takes(object, &batch.body));
        is_left_out.collect()
    }

    fn takes(&mut self, object: &Object, body: &[u8]) -> bool {
        // An object always names its user; if it did not, nobody could say that it may be sent.
        let Some(user) = object.user(body) else {
            return false;
        };
        if !self.excluded.is_empty() && self.excludes(user, object, body) {
            return false;
        }
        let Some(first) = self.first else { return true };
        if self.seen.contains(&user) {
            return true;
        }
        let is_among_first = (self.seen.len() as u64) < first;
        if is_among_first {
            self.seen.insert(user);
        }
        is_among_first
    }

    fn excludes(&self, user: UserKey, object: &Object, body: &[u8]) -> bool {
        if object.identifier != IdentifierKind::UserAlias {
            return self.excluded.contains(&user.to_bytes());
        }
        // An alias is excluded by its name, whatever its label.
        let range = object.range.start as usize..object.range.end as usize;
        let members = body
            .get(range)
            .map(serde_json::from_slice::<Map<String, Value>>);
        let Some(Ok(mut members)) = members else {
            return true;
        };
        let Some(name) = UserName::take(object.identifier, &mut members) else {
            return true;
        };
        let key = key(object.identifier, name.text());
        key.is_none_or(|key| self.excluded.contains(&key.to_bytes()))
    }

    // --- A run's copy --------------------------------------------------------------------------------

    /// What tells it from every other; nothing where everything is sent.
    pub(super) fn hash(&self) -> Option<String> {
        (!self.is_all()).then(|| hash_of(&self.to_bytes()))
    }

    /// Keeps it in a run's folder, where there is something to keep.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), String> {
        if self.is_all() {
            return Ok(());
        }
        let path = folder.join(FILE);
        let fail = |error: &dyn std::fmt::Display| {
            format!(
                "{}: the selection of users cannot be kept: {error}",
                path.display()
            )
        };
        make_folder(folder).map_err(|error| fail(&error))?;
        let mut file = PrivateFile::create(&path).map_err(|error| fail(&error))?;
        file.write_all(&self.to_bytes())
            .map_err(|error| fail(&error))?;
        file.finish().map_err(|error| fail(&error))
    }

    /// The one that a run began with, by the hash that the ledger has of it.
    pub(super) fn of_run(folder: &Path, hash: Option<&str>) -> Result<Self, String> {
        let Some(hash) = hash else {
            return Ok(Self::default());
        };
        let path = folder.join(FILE);
        let bytes = fs::read(&path).map_err(|error| refuse(&path, &error.to_string()))?;
        let is_same = hash_of(&bytes) == hash;
        let selection = Self::of_bytes(&bytes).filter(|_| is_same);
        selection.ok_or_else(|| refuse(&path, "found another selection of users"))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut keys: Vec<_> = self.excluded.iter().collect();
        keys.sort_unstable();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.first.unwrap_or(u64::MAX).to_le_bytes());
        bytes.extend(keys.into_iter().flatten());
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (first, keys) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
        let (keys, rest) = keys.as_chunks::<KEY_BYTES>();
        let first = u64::from_le_bytes(*first);
        rest.is_empty().then(|| Self {
            first: (first != u64::MAX).then_some(first),
            excluded: keys.iter().copied().collect(),
            seen: HashSet::new(),
        })
    }
}

fn hash_of(bytes: &[u8]) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
}

fn refuse(path: &Path, found: &str) -> String {
    format!(
        "{}: {found}, expected the one that the run began with: without it users may get what they must not. \
         Push the export anew",
        path.display()
    )
}

/// The key of who is called so, of an alias that of its name; `None` for nobody's identifier.
fn key(kind: IdentifierKind, text: &str) -> Option<UserKey> {
    let text = text.as_bytes();
    let identity = match kind {
        IdentifierKind::ExternalId => Identity::ExternalId(ExternalId::new(text).ok()?),
        IdentifierKind::BrazeId => Identity::BrazeId(BrazeId::new(text).ok()?),
        IdentifierKind::Email => Identity::Email(Email::new(text).ok()?),
        IdentifierKind::Phone => Identity::Phone(Phone::new(text).ok()?),
        // A name without a label is no identity: it stands as an alias with no more than itself.
        IdentifierKind::UserAlias => {
            let name = AliasPart::new(text).ok()?;
            Identity::UserAlias(UserAlias { name, label: name })
        }
    };
    Some(identity.key())
}

/// The only cell of a line; `None` where it has several.
fn unquoted(line: &str) -> Option<String> {
    let Some(inside) = line
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return (!line.contains([',', ';', '\t', '"'])).then(|| line.to_owned());
    };
    let text = inside.replace("\"\"", "\u{0}");
    (!text.contains('"')).then(|| text.replace('\u{0}', "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: &[IdentifierKind] = &[IdentifierKind::ExternalId, IdentifierKind::UserAlias];

    #[test]
    fn a_list_holds_one_identifier_a_line() {
        let mut selection = Selection::default();
        let list = "\u{feff}customer_id\r\nu1\r\n\r\n\"a \"\"b\"\"\"\r\n";
        assert_eq!(selection.exclude(list.as_bytes(), KINDS), Ok(3));
        let has = |text| {
            let mut keys = KINDS.iter().filter_map(|kind| key(*kind, text));
            keys.all(|key| selection.excluded.contains(&key.to_bytes()))
        };
        assert!(has("u1") && has("a \"b\"") && !has("u2"));
        for list in ["a,b", "id\n\"a\",\"b\"", "a;b"] {
            let words = Selection::default()
                .exclude(list.as_bytes(), KINDS)
                .unwrap_err();
            assert!(words.contains("one identifier a line"), "{words}");
        }
        Selection::default().exclude(b"\xff", KINDS).unwrap_err();
    }

    #[test]
    fn a_run_s_copy_is_what_it_was_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut selection = Selection::default().with_first(Some(7));
        selection.exclude(b"u1\nu2\n", KINDS).unwrap();
        let hash = selection.hash().unwrap();
        selection.keep(folder).unwrap();
        let read = Selection::of_run(folder, Some(&hash)).unwrap();
        assert_eq!((read.first, &read.excluded), (Some(7), &selection.excluded));
        let path = folder.join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(2).any(|window| window == b"u1"));
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        Selection::of_run(folder, Some(&hash)).unwrap_err();
        fs::remove_file(&path).unwrap();
        Selection::of_run(folder, Some(&hash)).unwrap_err();
        assert!(Selection::of_run(folder, None).unwrap().is_all());
        assert_eq!(Selection::default().hash(), None);
    }
}
