//! What happens in a run, told to everybody who watches, from the beginning on. What this file is not: it trains nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::sse;
use futures_util::stream::{self, Stream};
use serde::Serialize;
use tokio::sync::watch;

use crate::connections::told_to_stop;

/// Events that are kept of a run; a very long one forgets its first.
const KEPT: usize = 50_000;

/// An event as it is sent.
struct Sent {
    name: &'static str,
    data: String,
}

/// The events of one run.
pub(crate) struct Events {
    state: Mutex<State>,
    /// Counts events, so that watchers wake.
    told: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// Number of the first that is kept.
    first: u64,
    kept: VecDeque<Arc<Sent>>,
    over: bool,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            told: watch::Sender::new(0),
        }
    }

    /// Tells of something.
    pub(crate) fn tell(&self, name: &'static str, data: &impl Serialize) {
        self.push(name, data, false);
    }

    /// Tells of the last thing.
    pub(crate) fn end(&self, data: &impl Serialize) {
        self.push("end", data, true);
    }

    fn push(&self, name: &'static str, data: &impl Serialize, over: bool) {
        let data = serde_json::to_string(data).unwrap_or_default();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.push_back(Arc::new(Sent { name, data }));
        state.over |= over;
        if state.kept.len() > KEPT {
            state.kept.pop_front();
            state.first += 1;
        }
        drop(state);
        self.told.send_modify(|count| *count += 1);
    }

    /// A number to go on from: the beginning where no event has come so far, as of another run of the service.
    fn known(&self, number: u64) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match number > state.first + state.kept.len() as u64 {
            true => 0,
            false => number,
        }
    }

    /// The first event from a number on, with its number; whether there will be none.
    fn from(&self, number: u64) -> (Option<(u64, Arc<Sent>)>, bool) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = number.max(state.first);
        let at = usize::try_from(number - state.first).unwrap_or(usize::MAX);
        (
            state.kept.get(at).map(|sent| (number, sent.clone())),
            state.over,
        )
    }
}

/// The events of a run from number `next` on, until the last, or until the service stops.
pub(crate) fn watch(
    events: Arc<Events>,
    next: u64,
    stop: watch::Receiver<bool>,
) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let told = events.told.subscribe();
    let next = events.known(next);
    stream::unfold(
        (events, next, told, stop),
        |(events, next, mut told, mut stop)| async move {
            loop {
                told.borrow_and_update();
                match events.from(next) {
                    (Some((number, sent)), _) => {
                        let event = sse::Event::default()
                            .id(number.to_string())
                            .event(sent.name)
                            .data(&sent.data);
                        return Some((Ok(event), (events, number + 1, told, stop)));
                    }
                    (None, true) => return None,
                    (None, false) => {}
                }
                tokio::select! {
                    changed = told.changed() => changed.ok()?,
                    () = told_to_stop(&mut stop) => return None,
                }
            }
        },
    )
}
