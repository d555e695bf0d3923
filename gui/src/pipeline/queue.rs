//! A channel of events that is bounded in bytes: bodies differ too much in size for a bound on their
//! number to bound memory.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Event;

/// Makes a channel that holds at most so many bytes of events; a larger event is alone in it.
pub(super) fn bounded(n_bytes: usize) -> (Sender, Receiver) {
    let queue = Arc::new(Queue {
        state: Mutex::default(),
        changed: Condvar::new(),
        limit: n_bytes,
    });
    (Sender(Arc::clone(&queue)), Receiver(queue))
}

struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    limit: usize,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    /// The weights of all `events`.
    n_bytes: usize,
    is_sender_gone: bool,
    is_receiver_gone: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // OK because no code that holds the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let woken = self.changed.wait(state);
        woken.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there is no event.
pub(super) enum Missing {
    /// It may still come.
    Yet,
    /// The sender is gone.
    ForEver,
}

/// Nobody will take the event.
pub(super) struct Gone;

pub(super) struct Sender(Arc<Queue>);

impl Sender {
    /// Waits until there is room. Progress that nobody has looked at yet is replaced by newer progress.
    pub(super) fn send(&self, event: Event) -> Result<(), Gone> {
        let n_bytes = event.weight();
        let mut state = self.0.lock();
        loop {
            if state.is_receiver_gone {
                return Err(Gone);
            }
            if let (Some(last @ Event::Progress { .. }), Event::Progress { .. }) =
                (state.events.back_mut(), &event)
            {
                *last = event;
                return Ok(());
            }
            if state.events.is_empty() || state.n_bytes + n_bytes <= self.0.limit {
                break;
            }
            state = self.0.wait(state);
        }
        state.n_bytes += n_bytes;
        state.events.push_back(event);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Whether events are still wanted.
    pub(super) fn is_wanted(&self) -> bool {
        !self.0.lock().is_receiver_gone
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.lock().is_sender_gone = true;
        self.0.changed.notify_all();
    }
}

pub(super) struct Receiver(Arc<Queue>);

impl Receiver {
    /// Waits for the next event; `None` when there is none any more.
    pub(super) fn receive(&self) -> Option<Event> {
        let mut state = self.0.lock();
        loop {
            if let Some(event) = self.take(&mut state) {
                return Some(event);
            }
            if state.is_sender_gone {
                return None;
            }
            state = self.0.wait(state);
        }
    }

    /// The next event if it is there already.
    pub(super) fn try_receive(&self) -> Result<Event, Missing> {
        let mut state = self.0.lock();
        let missing = if state.is_sender_gone {
            Missing::ForEver
        } else {
            Missing::Yet
        };
        self.take(&mut state).ok_or(missing)
    }

    /// Ends the channel: who waits to send waits no longer.
    pub(super) fn close(&self) {
        let mut state = self.0.lock();
        state.is_receiver_gone = true;
        state.events.clear();
        state.n_bytes = 0;
        self.0.changed.notify_all();
    }

    fn take(&self, state: &mut State) -> Option<Event> {
        let event = state.events.pop_front()?;
        state.n_bytes -= event.weight();
        self.0.changed.notify_all();
        Some(event)
    }

    /// Bytes in the channel.
    #[cfg(test)]
    pub(super) fn n_bytes(&self) -> usize {
        self.0.lock().n_bytes
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.close();
    }
}
