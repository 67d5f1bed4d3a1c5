//! What is told while forecasters are fitted, and who is told. What this file is not: it shows nothing.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::Serialize;

use super::Fault;
use crate::error::{Result, fail};
use crate::nn;

/// What happens while a forecaster is fitted: an event of one network, and which network it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Number of the series, from 0, where each has a forecaster of its own; `None` where one
    /// forecaster learns from all.
    pub series: Option<usize>,
    /// Fold of a cross-validation whose forecaster it is, from 1; `None` outside of one.
    pub test_fold: Option<usize>,
    /// Fold of the training part whose network it is, from 1; `None` for the whole training part.
    pub fold: Option<usize>,
    /// Member of the ensemble, from 1; 0 where no network is trained.
    pub member: usize,
    /// Networks whose training is over.
    pub finished: usize,
    /// Networks in all.
    pub networks: usize,
    /// What happened.
    #[serde(flatten)]
    pub training: nn::Event,
}

/// Is told of every [`Event`], and says whether the fit goes on.
pub type OnEvent<'a> = dyn FnMut(&Event) -> ControlFlow<()> + Send + 'a;

/// Passes on the events of networks that are trained side by side, and remembers when the
/// listener stopped them.
pub(super) struct Listener<'l> {
    /// Networks in all.
    networks: usize,
    finished: AtomicUsize,
    stopped: AtomicBool,
    on_event: Mutex<&'l mut OnEvent<'l>>,
}

impl<'l> Listener<'l> {
    pub(super) fn new(networks: usize, on_event: &'l mut OnEvent<'l>) -> Self {
        Self {
            networks,
            finished: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            on_event: Mutex::new(on_event),
        }
    }

    /// Whether the listener stopped the fit.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Asks, amid work that is no training, whether to go on.
    ///
    /// # Errors
    /// [`Stopped`](crate::ErrorKind::Stopped).
    pub(super) fn go_on(&self) -> Result<()> {
        let working = Event {
            series: None,
            test_fold: None,
            fold: None,
            member: 0,
            finished: 0,
            networks: 0,
            training: nn::Event::Working,
        };
        match self.tell(working) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => fail(Fault::Stopped),
        }
    }

    /// Tells of an event, with how many networks are finished of how many.
    pub(super) fn tell(&self, event: Event) -> ControlFlow<()> {
        if let nn::Event::End { .. } = event.training {
            self.finished.fetch_add(1, Ordering::Relaxed);
        }
        // Poisoned only where it panicked before: then there is nobody to tell.
        if let Ok(mut on_event) = self.on_event.lock() {
            let event = Event {
                finished: self.finished.load(Ordering::Relaxed),
                networks: self.networks,
                ..event
            };
            let answer = on_event(&event);
            if answer.is_break() {
                self.stopped.store(true, Ordering::Relaxed);
            }
            // Whoever stopped the training may still have what there is of it scored.
            if let nn::Event::Working = event.training {
                return answer;
            }
        }
        match self.is_stopped() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}
