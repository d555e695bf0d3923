//! Which batch's request may leave next.
//!
//! A batch waits for every earlier batch that is not settled and shares a user with it: one user's objects
//! arrive in the order of the file, each after the answer to the one before. A batch that has to go in
//! parts sends them one after the other, for the same reason. Among those that may leave, the earliest
//! goes first.
//!
//! A request is recorded on disk before it leaves:
//!
//! ```text
//! offer → blocked → fresh → recording → recorded → under way → (settled | fresh again, perhaps later)
//! ```
//!
//! No clock and no input or output: the time is an argument, counted from the start of the push.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use aiq_braze::UserKey;

use super::retry::Part;

/// The batches of a push that are not settled.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    batches: BTreeMap<u64, Waiting>,
    /// The last of these batches that has an object of the user's.
    last_of: HashMap<UserKey, u64>,
    /// Those that may be recorded, at once or only then; those that are being recorded; those that may
    /// leave.
    fresh: BTreeSet<u64>,
    later: BTreeSet<(Duration, u64)>,
    recording: BTreeSet<u64>,
    recorded: BTreeSet<u64>,
    n_under_way: usize,
}

/// A batch that is not settled.
#[derive(Debug)]
struct Waiting {
    users: Vec<UserKey>,
    /// Earlier batches that share a user with it.
    n_blockers: usize,
    /// Later batches that wait for it.
    blocks: Vec<u64>,
    /// What is left of it, in order; never empty.
    parts: VecDeque<Part>,
}

impl Schedule {
    /// Takes a batch, of which this part is to be sent. Batches come in the order of their numbers.
    pub(super) fn offer(&mut self, number: u64, users: Vec<UserKey>, part: Part) {
        let mut blockers = BTreeSet::new();
        for user in &users {
            if let Some(before) = self.last_of.insert(*user, number)
                && before != number
            {
                blockers.insert(before);
            }
        }
        for blocker in &blockers {
            if let Some(blocker) = self.batches.get_mut(blocker) {
                blocker.blocks.push(number);
            }
        }
        let waiting = Waiting {
            users,
            n_blockers: blockers.len(),
            blocks: Vec::new(),
            parts: VecDeque::from([part]),
        };
        if waiting.n_blockers == 0 {
            self.fresh.insert(number);
        }
        self.batches.insert(number, waiting);
    }

    /// Requests that are recorded or being recorded, on their way or about to leave.
    pub(super) fn n_started(&self) -> usize {
        self.recording.len() + self.recorded.len() + self.n_under_way
    }

    /// Requests on their way.
    pub(super) fn n_under_way(&self) -> usize {
        self.n_under_way
    }

    /// The next request to be recorded, if there is one.
    pub(super) fn record(&mut self, now: Duration) -> Option<u64> {
        while let Some(&(due, number)) = self.later.first()
            && due <= now
        {
            self.later.pop_first();
            self.fresh.insert(number);
        }
        let number = self.fresh.pop_first()?;
        self.recording.insert(number);
        Some(number)
    }

    /// Whether a request waits to be recorded now.
    pub(super) fn has_fresh(&self, now: Duration) -> bool {
        !self.fresh.is_empty() || self.later.first().is_some_and(|&(due, _)| due <= now)
    }

    /// When the next request that waits for a time may be recorded.
    pub(super) fn due(&self) -> Option<Duration> {
        self.later.first().map(|&(due, _)| due)
    }

    /// The batch's request is on disk.
    pub(super) fn recorded(&mut self, number: u64) {
        self.recording.remove(&number);
        self.recorded.insert(number);
    }

    /// Those whose requests are recorded, or are being recorded, and have not left.
    pub(super) fn unsent(&self) -> impl Iterator<Item = u64> {
        self.recording.iter().chain(&self.recorded).copied()
    }

    /// Whether a request is recorded and may leave.
    pub(super) fn has_recorded(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// The next request to leave.
    pub(super) fn send(&mut self) -> Option<u64> {
        let number = self.recorded.pop_first()?;
        self.n_under_way += 1;
        Some(number)
    }

    /// What the batch's request holds, or will hold next.
    pub(super) fn part(&self, number: u64) -> &Part {
        let waiting = &self.batches[&number]; // OK because only batches that are not settled are asked for
        &waiting.parts[0] // OK because parts are never empty
    }

    /// The batch's request goes again, then.
    pub(super) fn again(&mut self, number: u64, due: Duration) {
        self.n_under_way -= 1;
        self.later.insert((due, number));
    }

    /// The batch's request is over: what it left behind goes in these parts, before what the batch has
    /// left besides. Whether the batch is settled now.
    pub(super) fn over(&mut self, number: u64, left: Vec<Part>) -> bool {
        self.n_under_way -= 1;
        let Some(waiting) = self.batches.get_mut(&number) else {
            return true;
        };
        waiting.parts.pop_front();
        for part in left.into_iter().rev() {
            waiting.parts.push_front(part);
        }
        if !waiting.parts.is_empty() {
            self.fresh.insert(number);
            return false;
        }
        self.settle(number);
        true
    }

    fn settle(&mut self, number: u64) {
        let Some(settled) = self.batches.remove(&number) else {
            return;
        };
        for user in &settled.users {
            if self.last_of.get(user) == Some(&number) {
                self.last_of.remove(user);
            }
        }
        for blocked in settled.blocks {
            if let Some(waiting) = self.batches.get_mut(&blocked) {
                waiting.n_blockers -= 1;
                if waiting.n_blockers == 0 {
                    self.fresh.insert(blocked);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aiq_braze::{ExternalId, Identity};

    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn users(names: &str) -> Vec<UserKey> {
        let key =
            |name: &str| Identity::ExternalId(ExternalId::new(name.as_bytes()).unwrap()).key();
        names.split(' ').map(key).collect()
    }

    fn part(objects: &[u32]) -> Part {
        Part::new(objects.to_vec()).unwrap()
    }

    /// Batches from 0 on, with the users that stand in them.
    fn schedule(batches: &[&str]) -> Schedule {
        let mut schedule = Schedule::default();
        for (number, names) in batches.iter().enumerate() {
            schedule.offer(number as u64, users(names), part(&[0, 1]));
        }
        schedule
    }

    /// Lets all leave that may.
    fn leave(schedule: &mut Schedule, now: Duration) -> Vec<u64> {
        while let Some(number) = schedule.record(now) {
            schedule.recorded(number);
        }
        std::iter::from_fn(|| schedule.send()).collect()
    }

    #[test]
    fn batches_without_a_common_user_leave_at_once() {
        let mut schedule = schedule(&["a b", "c d", "e f"]);
        assert_eq!(leave(&mut schedule, NOW), [0, 1, 2]);
        assert_eq!((schedule.n_under_way(), schedule.n_started()), (3, 3));
    }

    #[test]
    fn a_user_s_batches_go_one_after_the_other() {
        let mut schedule = schedule(&["a b", "b c", "c d", "e f"]);
        assert_eq!(leave(&mut schedule, NOW), [0, 3]);
        assert!(schedule.over(0, vec![]));
        assert_eq!(leave(&mut schedule, NOW), [1]);
        assert!(schedule.over(3, vec![]));
        assert_eq!(leave(&mut schedule, NOW), [0_u64; 0]);
        assert!(schedule.over(1, vec![]));
        assert_eq!(leave(&mut schedule, NOW), [2]);
        assert!(schedule.over(2, vec![]));
        assert_eq!((schedule.batches.len(), schedule.last_of.len()), (0, 0));
    }

    #[test]
    fn a_batch_waits_for_all_that_stand_before_it() {
        let mut schedule = schedule(&["a x", "b y", "a b b"]);
        assert_eq!(leave(&mut schedule, NOW), [0, 1]);
        schedule.over(1, vec![]);
        assert_eq!(leave(&mut schedule, NOW), [0_u64; 0]);
        schedule.over(0, vec![]);
        assert_eq!(leave(&mut schedule, NOW), [2]);
    }

    #[test]
    fn parts_go_one_after_the_other_and_hold_up_the_user() {
        let mut schedule = schedule(&["a b", "b c"]);
        assert_eq!(leave(&mut schedule, NOW), [0]);
        assert!(!schedule.over(0, vec![part(&[0]), part(&[1])]));
        assert_eq!(leave(&mut schedule, NOW), [0]);
        assert_eq!(schedule.part(0), &part(&[0]));
        assert!(!schedule.over(0, vec![]));
        assert_eq!(leave(&mut schedule, NOW), [0]);
        assert_eq!(schedule.part(0), &part(&[1]));
        assert!(schedule.over(0, vec![]));
        assert_eq!(leave(&mut schedule, NOW), [1]);
    }

    #[test]
    fn what_goes_again_waits_for_its_time() {
        let mut schedule = schedule(&["a b", "b c"]);
        assert_eq!(leave(&mut schedule, NOW), [0]);
        let due = Duration::from_secs(3);
        schedule.again(0, due);
        assert_eq!(schedule.due(), Some(due));
        assert!(!schedule.has_fresh(NOW) && schedule.has_fresh(due));
        assert_eq!(leave(&mut schedule, NOW), [0_u64; 0]);
        assert_eq!(leave(&mut schedule, due), [0]);
    }
}
