//! Long work beside the interpreter: it runs on a thread of its own, while the one that called looks for Ctrl-C and shows
//! progress. What this file is not: it computes nothing and shows nothing.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use gatecast::forecast::Event;
use gatecast::nn;
use pyo3::prelude::*;

use crate::fault::{internal, raise};

/// How long Ctrl-C may wait to be noticed.
const PATIENCE: Duration = Duration::from_millis(20);

/// How far work is.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// What is counted: "networks", "epochs", "series".
    what: &'static str,
    done: usize,
    of: usize,
    loss: Option<f64>,
}

/// What a thread that works and the one that waits for it share.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stopped: AtomicBool,
    state: Mutex<State>,
    flags: Mutex<Flags>,
    changed: Condvar,
}

/// What either waits for.
#[derive(Debug, Default)]
struct Flags {
    /// The work is over.
    done: bool,
    /// Something is to be told, and no answer has come yet.
    asked: bool,
}

impl Watch {
    /// Tells how far a fit is; whether it goes on.
    pub(crate) fn on_event(&self, event: &Event) -> ControlFlow<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match (event.networks, event.training) {
            (1, nn::Event::Start { epochs, .. }) => (state.what, state.of) = ("epochs", epochs),
            (_, nn::Event::Epoch(epoch)) => {
                state.loss = Some(epoch.val_loss.unwrap_or(epoch.loss));
                if event.networks == 1 {
                    state.done = epoch.epoch;
                }
            }
            (2.., nn::Event::Start { .. } | nn::Event::End { .. }) => {
                (state.what, state.done, state.of) = ("networks", event.finished, event.networks);
            }
            _ => {}
        }
        drop(state);
        self.go_on()
    }

    /// Tells that one more of so many is done; whether work goes on.
    pub(crate) fn one_more(&self, what: &'static str, of: usize) -> ControlFlow<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.what, state.done, state.of) = (what, state.done + 1, of);
        drop(state);
        self.go_on()
    }

    /// Waits until the thread that called has told what there is to tell; whether work goes on.
    pub(crate) fn ask(&self) -> ControlFlow<()> {
        let mut flags = self.flags.lock().unwrap_or_else(PoisonError::into_inner);
        flags.asked = true;
        self.changed.notify_all();
        let waiting = |flags: &mut Flags| flags.asked && self.go_on().is_continue();
        drop(self.changed.wait_while(flags, waiting));
        self.go_on()
    }

    /// Whether work goes on.
    pub(crate) fn go_on(&self) -> ControlFlow<()> {
        match self.stopped.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Does a job on a thread of its own. Meanwhile the interpreter is free; signals are looked for, and `tell` is called on the
/// thread that called: where it says no, the job is asked to end, and waited for. After a signal, or an error of `tell`, nobody
/// waits for the job any longer: it ends by itself at its next event, and what it holds is its own.
pub(crate) fn watched<T: Send + 'static>(
    py: Python<'_>,
    tell: Option<&dyn Fn() -> PyResult<bool>>,
    job: impl FnOnce(&Watch) -> gatecast::Result<T> + Send + 'static,
) -> PyResult<T> {
    watched_by(py, &Arc::new(Watch::default()), tell, job)
}

/// As [`watched`], and calls `progress(what, done, of, loss)` where something has changed.
pub(crate) fn shown<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    job: impl FnOnce(&Watch) -> gatecast::Result<T> + Send + 'static,
) -> PyResult<T> {
    let watch = Arc::new(Watch::default());
    let last = RefCell::new(State::default());
    let tell = || -> PyResult<bool> {
        let state = watch
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(progress) = progress
            && state != *last.borrow()
        {
            last.replace(state.clone());
            let State {
                what,
                done,
                of,
                loss,
            } = state;
            progress.call1((what, done, of, loss))?;
        }
        Ok(true)
    };
    watched_by(py, &watch, Some(&tell), job)
}

fn watched_by<T: Send + 'static>(
    py: Python<'_>,
    watch: &Arc<Watch>,
    tell: Option<&dyn Fn() -> PyResult<bool>>,
    job: impl FnOnce(&Watch) -> gatecast::Result<T> + Send + 'static,
) -> PyResult<T> {
    let result = Arc::new(Mutex::new(None));
    let (of_worker, result_of_worker) = (Arc::clone(watch), Arc::clone(&result));
    std::thread::Builder::new()
        .name("gatecast".into())
        .spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| job(&of_worker)));
            *result_of_worker
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            of_worker
                .flags
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .done = true;
            of_worker.changed.notify_all();
        })
        .map_err(|error| internal(&format!("no thread could be started ({error})")))?;
    loop {
        let done = py.detach(|| {
            let flags = watch.flags.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |flags: &mut Flags| !flags.done && !flags.asked;
            let waited = watch.changed.wait_timeout_while(flags, PATIENCE, idle);
            waited.unwrap_or_else(PoisonError::into_inner).0.done
        });
        let told = py
            .check_signals()
            .and_then(|()| tell.map_or(Ok(true), |tell| tell()));
        if !matches!(told, Ok(true)) {
            watch.stopped.store(true, Ordering::Relaxed);
        }
        watch
            .flags
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .asked = false;
        watch.changed.notify_all();
        told?;
        let outcome = match done {
            true => result.lock().unwrap_or_else(PoisonError::into_inner).take(),
            false => None,
        };
        match outcome {
            None => {}
            Some(Ok(result)) => return result.map_err(|error| raise(py, &error)),
            Some(Err(_)) => return Err(internal("the computation broke off")),
        }
    }
}
