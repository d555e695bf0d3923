//! Part by part: what each user's objects say in both exports, and so which of it is to be told.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use aiq_braze::conflicts::value_hash;

use super::record::{UNSURE, has_operator, hash_of, is_if_there, is_rejected, is_same, statements};
use super::verdict::{Node, Verdicts, Writer, keep};
use super::{AttributeCounts, AudienceCounts, Users};
use crate::parts::{Part, Parts, Record, records};

/// What is counted of an attribute.
#[derive(Clone, Copy)]
pub(super) enum Counts {
    Attribute(AttributeCounts),
    Audience(AudienceCounts),
}

/// All that is counted.
pub(super) struct AllCounts {
    pub(super) users: Users,
    /// By the attributes' numbers.
    pub(super) attributes: Vec<Counts>,
    /// Objects of the new and of the old export of which something is told.
    pub(super) objects: (u64, u64),
    pub(super) held: u64,
}

/// How values are compared.
struct Rules {
    is_true: u64,
    is_false: u64,
    is_null: u64,
    leavers: LeaversAre,
    /// What is known already is told, too.
    tells_all: bool,
    /// Values of one attribute in several objects add up, so that all of them count.
    adds_up: bool,
}

/// What becomes of memberships that the new export does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaversAre {
    /// They stay: the export is not the whole audience.
    NoLeavers,
    /// They stay, and are counted: the export is to have everybody, and may lack some by mistake.
    Held,
    /// They end.
    Told,
}

/// What a comparison needs to know besides the records.
pub(super) struct How {
    pub(super) leavers: LeaversAre,
    pub(super) tells_all: bool,
    pub(super) adds_up: bool,
}

pub(super) struct Comparison {
    rules: Rules,
    counts: AllCounts,
    old: Writer,
    new: Writer,
    nodes: (Vec<Node>, Vec<Node>),
    user: User,
    mask: Vec<u8>,
    /// What both sides of a part are read into, and the places of its records.
    buffers: (Vec<u8>, Vec<u8>),
    index: Vec<Place>,
}

/// What one user's objects say.
#[derive(Default)]
struct User {
    /// Objects in each.
    n_old: usize,
    n_new: usize,
    /// A row of the new export was rejected.
    is_rejected: bool,
    /// An object creates the user, if need be.
    creates: bool,
    /// One did before: what came behind it is what the user has.
    was_created: bool,
    /// A value of the new export is an operator: all that it says is told, as it comes to another end each time.
    has_operator: bool,
    said: Vec<Said>,
}

/// What is said of one attribute: hashes, and which of the user's objects said it last.
struct Said {
    attribute: u32,
    old: Option<(u64, usize)>,
    new: Option<(u64, usize)>,
    verdict: What,
}

/// What is told of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Nothing,
    /// The new value.
    New,
    /// That the user left.
    Left,
}

impl Comparison {
    pub(super) fn new(are_audiences: impl Iterator<Item = bool>, how: &How) -> io::Result<Self> {
        let hash = |json| hash_of(value_hash(json));
        let counts = |is_audience| match is_audience {
            true => Counts::Audience(AudienceCounts::default()),
            false => Counts::Attribute(AttributeCounts::default()),
        };
        Ok(Self {
            rules: Rules {
                is_true: hash(b"true"),
                is_false: hash(b"false"),
                is_null: hash(b"null"),
                leavers: how.leavers,
                tells_all: how.tells_all,
                adds_up: how.adds_up,
            },
            counts: AllCounts {
                users: Users::default(),
                attributes: are_audiences.map(counts).collect(),
                objects: (0, 0),
                held: 0,
            },
            old: Writer::new()?,
            new: Writer::new()?,
            nodes: (Vec::new(), Vec::new()),
            user: User::default(),
            mask: Vec::new(),
            buffers: (Vec::new(), Vec::new()),
            index: Vec::new(),
        })
    }

    pub(super) fn finish(self) -> io::Result<(AllCounts, Verdicts, Verdicts)> {
        let (old, new) = self.nodes;
        Ok((self.counts, self.old.finish(old)?, self.new.finish(new)?))
    }

    /// Compares all parts.
    pub(super) fn compare(&mut self, old: Parts, new: Parts) -> io::Result<()> {
        self.nodes = self.nodes_of(old, new)?;
        Ok(())
    }

    fn nodes_of(&mut self, old: Parts, new: Parts) -> io::Result<(Vec<Node>, Vec<Node>)> {
        let (level, limit) = (new.level(), old.limit() + new.limit());
        let mut nodes = (Vec::new(), Vec::new());
        for (old, new) in old.into_parts().into_iter().zip(new.into_parts()) {
            let (old, new) = self.nodes_of_part(old, new, level, limit)?;
            nodes.0.push(old);
            nodes.1.push(new);
        }
        Ok(nodes)
    }

    fn nodes_of_part(
        &mut self,
        old: Part,
        new: Part,
        level: u32,
        limit: usize,
    ) -> io::Result<(Node, Node)> {
        if old.n_bytes() + new.n_bytes() <= limit as u64 {
            let buffers = std::mem::take(&mut self.buffers);
            let (mut old, mut new) = (old.whole_in(buffers.0)?, new.whole_in(buffers.1)?);
            self.part_in_memory(&mut old, &mut new)?;
            self.buffers = (old, new);
        } else if let Some((finer_old, finer_new)) = old
            .finer(level, limit / 2)?
            .zip(new.finer(level, limit / 2)?)
        {
            drop((old, new));
            let (mut finer_old, mut finer_new) = (finer_old, finer_new);
            finer_old.settle()?;
            finer_new.settle()?;
            let (old, new) = self.nodes_of(finer_old, finer_new)?;
            return Ok((Node::Finer(old), Node::Finer(new)));
        } else {
            self.part_on_the_way(&old, &new)?;
        }
        Ok((self.old.end_part(), self.new.end_part()))
    }

    /// Sorts records by user. The verdict of each is written over the record, which is longer: so verdicts
    /// come in the order of the records.
    fn part_in_memory(&mut self, old: &mut [u8], new: &mut [u8]) -> io::Result<()> {
        let mut index = std::mem::take(&mut self.index);
        index.clear();
        for (bytes, is_new) in [(&*old, false), (&*new, true)] {
            index.extend(records(bytes).map(|record| Place {
                user: record.user as u64,
                is_new,
                start: record.start() as u32, // OK because a part in memory is far below 4 GiB
            }));
        }
        index.sort_unstable();
        for alike in index.chunk_by_mut(|one, other| one.user == other.user) {
            // Half of the user nearly always tells all others apart. Where it does not, two are in order.
            if alike.len() > 2 {
                alike.sort_unstable_by_key(|place| (place.whole_user(old, new), *place));
            }
            let mut left = &*alike;
            while let Some(first) = left.first() {
                let user = first.whole_user(old, new);
                let n_places = left.partition_point(|place| place.whole_user(old, new) == user);
                let (of_user, others) = left.split_at(n_places);
                self.user_in_memory(of_user, old, new)?;
                left = others;
            }
        }
        self.index = index;
        for (bytes, writer) in [(&*old, &mut self.old), (&*new, &mut self.new)] {
            for record in records(bytes) {
                let rest = &bytes[record.rest];
                if let Some((n_bytes, mask)) = rest.split_first().filter(|_| !is_rejected(rest)) {
                    writer.push(mask.get(..usize::from(*n_bytes)).unwrap_or_default())?;
                }
            }
        }
        Ok(())
    }

    fn user_in_memory(
        &mut self,
        places: &[Place],
        old: &mut [u8],
        new: &mut [u8],
    ) -> io::Result<()> {
        let (olds, news) = places.split_at(places.partition_point(|place| !place.is_new));
        if let ([one], [other]) = (olds, news) {
            let (one, other) = (one.rest(old), other.rest(new));
            if !self.rules.tells_all && is_known(&old[one.clone()], &new[other.clone()]) {
                self.counts.users.unchanged += 1;
                write_over(&mut old[one], &[])?;
                return write_over(&mut new[other], &[]);
            }
        }
        self.user.clear();
        for place in olds {
            self.user.add_old(&old[place.rest(old)], &self.rules);
        }
        for place in news {
            self.user.add_new(&new[place.rest(new)], &self.rules);
        }
        self.user.decide(&self.rules, &mut self.counts);
        for (bytes, places, what) in [(old, olds, What::Left), (new, news, What::New)] {
            let mut object_idx = 0;
            for place in places {
                let rest = place.rest(bytes);
                let rest = &mut bytes[rest];
                if is_rejected(rest) {
                    continue;
                }
                self.user
                    .mask(object_idx, rest, what, &self.rules, &mut self.mask);
                self.counts.count_object(what, &self.mask);
                object_idx += 1;
                write_over(rest, &self.mask)?;
            }
        }
        Ok(())
    }

    /// For a part with so few users that it cannot be parted: what they said is little, however often.
    fn part_on_the_way(&mut self, old: &Part, new: &Part) -> io::Result<()> {
        let mut users: BTreeMap<u128, User> = BTreeMap::new();
        old.each(|user, rest| {
            users.entry(user).or_default().add_old(rest, &self.rules);
            Ok(())
        })?;
        new.each(|user, rest| {
            users.entry(user).or_default().add_new(rest, &self.rules);
            Ok(())
        })?;
        for user in users.values_mut() {
            user.decide(&self.rules, &mut self.counts);
        }
        for (part, what) in [(old, What::Left), (new, What::New)] {
            let mut n_objects: BTreeMap<u128, usize> = BTreeMap::new();
            part.each(|user, rest| {
                let Some(said) = users.get(&user).filter(|_| !is_rejected(rest)) else {
                    return Ok(());
                };
                let object_idx = n_objects.entry(user).or_default();
                said.mask(*object_idx, rest, what, &self.rules, &mut self.mask);
                *object_idx += 1;
                self.counts.count_object(what, &self.mask);
                let writer = match what {
                    What::New => &mut self.new,
                    _ => &mut self.old,
                };
                writer.push(&self.mask)
            })?;
        }
        Ok(())
    }
}

/// Whether a new object says nothing but what an old one said, and what its user has since.
fn is_known(old: &[u8], new: &[u8]) -> bool {
    let is_rejected = is_rejected(old) || is_rejected(new);
    let is_there = !is_if_there(old) || is_if_there(new);
    !is_rejected && is_there && !has_operator(new) && is_same(old, new)
}

/// Writes a verdict over a record, which is longer.
fn write_over(rest: &mut [u8], mask: &[u8]) -> io::Result<()> {
    let too_long =
        || io::Error::other("found a record with more statements than an object has members");
    let n_bytes = u8::try_from(mask.len()).map_err(|_| too_long())?;
    let verdict = rest.get_mut(..=mask.len()).ok_or_else(too_long)?;
    verdict[0] = n_bytes;
    verdict[1..].copy_from_slice(mask);
    Ok(())
}

/// A record in a part that is in memory. The order is that of users, the old export first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The second half of the user: the first bits are the same in the whole part.
    user: u64,
    is_new: bool,
    start: u32,
}

impl Place {
    fn record(&self, bytes: &[u8]) -> Record {
        Record::at(bytes, self.start as usize).expect("it was found there")
    }

    fn rest(&self, bytes: &[u8]) -> Range<usize> {
        self.record(bytes).rest
    }

    fn whole_user(&self, old: &[u8], new: &[u8]) -> u128 {
        self.record(if self.is_new { new } else { old }).user
    }
}

impl AllCounts {
    fn count_object(&mut self, what: What, mask: &[u8]) {
        let n_objects = match what {
            What::New => &mut self.objects.0,
            _ => &mut self.objects.1,
        };
        *n_objects += u64::from(!mask.is_empty());
    }
}

impl User {
    fn clear(&mut self) {
        self.n_old = 0;
        self.n_new = 0;
        self.is_rejected = false;
        self.creates = false;
        self.was_created = false;
        self.has_operator = false;
        self.said.clear();
    }

    fn add_old(&mut self, rest: &[u8], rules: &Rules) {
        if is_rejected(rest) {
            return; // what Braze was not told
        }
        if !is_if_there(rest) && !self.was_created {
            self.was_created = true;
            self.doubt();
        }
        self.add(rest, |said| &mut said.old, self.n_old, rules);
        self.n_old += 1;
    }

    fn add_new(&mut self, rest: &[u8], rules: &Rules) {
        if is_rejected(rest) {
            self.is_rejected = true;
            return;
        }
        self.creates |= !is_if_there(rest);
        self.has_operator |= has_operator(rest);
        self.add(rest, |said| &mut said.new, self.n_new, rules);
        self.n_new += 1;
    }

    /// The user may be there only since now: nobody knows which of the old values Braze took.
    fn doubt(&mut self) {
        for (value, _) in self.said.iter_mut().filter_map(|said| said.old.as_mut()) {
            *value = UNSURE;
        }
    }

    fn add(
        &mut self,
        rest: &[u8],
        side: impl Fn(&mut Said) -> &mut Option<(u64, usize)>,
        object_idx: usize,
        rules: &Rules,
    ) {
        let mut guess = 0;
        for (attribute, value) in statements(rest) {
            let said_idx = self.find_or_add(attribute, guess);
            guess = said_idx + 1;
            let said = side(&mut self.said[said_idx]);
            let value = match *said {
                Some((before, _)) if rules.adds_up => {
                    before.rotate_left(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ value
                }
                _ => value,
            };
            *said = Some((value, object_idx));
        }
    }

    /// Where the attribute is. Objects are much alike, so that the guess is mostly right.
    fn find_or_add(&mut self, attribute: u32, guess: usize) -> usize {
        let is_it = |said: &Said| said.attribute == attribute;
        if self.said.get(guess).is_some_and(is_it) {
            return guess;
        }
        self.said.iter().position(is_it).unwrap_or_else(|| {
            self.said.push(Said {
                attribute,
                old: None,
                new: None,
                verdict: What::Nothing,
            });
            self.said.len() - 1
        })
    }

    /// Decides what is told of each attribute, and counts.
    fn decide(&mut self, rules: &Rules, counts: &mut AllCounts) {
        let is_in_both = self.n_old > 0 && self.n_new > 0;
        let tells_all = rules.tells_all || self.has_operator;
        // What was told only if the user was there says nothing of a user whom the new export may create.
        let is_doubted = self.creates && !self.was_created;
        let mut is_changed = false;
        for said in &mut self.said {
            let (was, new) = (said.old.map(|(old, _)| old), said.new.map(|(new, _)| new));
            let old = was.map(|old| if is_doubted { UNSURE } else { old });
            if old == new {
                if tells_all && new.is_some() {
                    said.verdict = What::New;
                    is_changed = true;
                }
                continue;
            }
            let Some(counts_of) = counts.attributes.get_mut(said.attribute as usize) else {
                continue;
            };
            said.verdict = match (new, counts_of) {
                (Some(new), Counts::Attribute(counts)) => {
                    let had = old.filter(|old| *old != rules.is_null);
                    match had {
                        _ if new == rules.is_null => counts.removed += 1,
                        None => counts.set += 1,
                        Some(_) => counts.changed += 1,
                    }
                    What::New
                }
                (None, Counts::Attribute(counts)) => {
                    counts.gone += u64::from(is_in_both && was != Some(rules.is_null));
                    What::Nothing
                }
                (Some(new), Counts::Audience(counts)) => {
                    let is_in = new == rules.is_true;
                    counts.joins += u64::from(is_in);
                    counts.leaves += u64::from(!is_in && was == Some(rules.is_true));
                    What::New
                }
                // The user is known not to be in it; or a rejected row may say that the user is.
                (None, Counts::Audience(_))
                    if self.is_rejected
                        || was == Some(rules.is_false)
                        || was == Some(rules.is_null) =>
                {
                    What::Nothing
                }
                (None, Counts::Audience(audience)) => match rules.leavers {
                    LeaversAre::NoLeavers => What::Nothing,
                    LeaversAre::Held => {
                        audience.leaves += 1;
                        counts.held += 1;
                        What::Nothing
                    }
                    LeaversAre::Told => {
                        audience.leaves += 1;
                        What::Left
                    }
                },
            };
            is_changed |= said.verdict != What::Nothing;
        }
        let users = &mut counts.users;
        let n_users = match (self.n_old > 0, self.n_new > 0) {
            (true, true) if is_changed => &mut users.changed,
            (true, true) => &mut users.unchanged,
            (true, false) if self.is_rejected => &mut users.unsure,
            (true, false) => &mut users.left,
            (false, true) => &mut users.joined,
            (false, false) => return,
        };
        *n_users += 1;
    }

    /// Which statements of an object are told: those that no later object of the user says anew.
    fn mask(&self, object_idx: usize, rest: &[u8], what: What, rules: &Rules, mask: &mut Vec<u8>) {
        mask.clear();
        let mut guess = 0;
        for (statement_idx, (attribute, _)) in statements(rest).enumerate() {
            let is_it = |said: &Said| said.attribute == attribute;
            let said = match self.said.get(guess).filter(|said| is_it(said)) {
                Some(said) => said,
                None => {
                    let Some(found) = self.said.iter().position(is_it) else {
                        continue;
                    };
                    guess = found;
                    &self.said[found]
                }
            };
            guess += 1;
            let last = match what {
                What::New => said.new,
                _ => said.old,
            };
            let is_last = last.is_some_and(|(_, last_idx)| last_idx == object_idx);
            // Of operators each counts.
            let all_count = (rules.adds_up || self.has_operator) && what == What::New;
            if said.verdict == what && (is_last || all_count) {
                keep(mask, statement_idx);
            }
        }
    }
}
