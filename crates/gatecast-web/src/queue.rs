//! The queue of runs, and the threads that do them. A run stands in the store before anybody is told of it; what a killed
//! service left running is found there at the next start. What this file is not: it speaks no HTTP.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use gatecast::forecast::{CrossValidationSpec, Event};
use gatecast::report::{Backtested, Document, Language, ManyTrained, Origin, Trained};
use gatecast::series::{Data, Panel};
use gatecast::{ErrorKind, FittedForecaster, Forecaster, nn};
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::events::Events;
use crate::files;
use crate::options::Limits;
use crate::problem::Problem;
use crate::runs::{self, Kind, Progress, Run, Status};
use crate::store::{CHINESE, ENGLISH, REPORTS, RESULTS, RUNS};

/// Runs that are over and whose events are kept in memory.
const WATCHED: usize = 20;

/// Runs that wait, and those that somebody may watch.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<u64>,
    live: HashMap<u64, Arc<Live>>,
    /// Those of `live` that are over, the oldest first.
    over: VecDeque<u64>,
    stopped: bool,
}

/// A run that waits, goes on, or was over not long ago.
struct Live {
    events: Arc<Events>,
    cancelled: AtomicBool,
    progress: Mutex<Progress>,
    /// How it ended, where that could not be kept.
    lost: OnceLock<Run>,
}

impl Live {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            events: Arc::new(Events::new()),
            cancelled: AtomicBool::new(false),
            progress: Mutex::default(),
            lost: OnceLock::new(),
        })
    }
}

/// What an epoch's event says.
#[derive(Serialize)]
struct EpochOf {
    series: Option<usize>,
    test_fold: Option<usize>,
    fold: Option<usize>,
    member: usize,
    epochs: usize,
    finished: usize,
    networks: usize,
    #[serde(flatten)]
    epoch: nn::Epoch,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up what the store knows: what was running is interrupted, what was queued waits again.
    pub(crate) fn take_up(&self, app: &App) -> Result<(), Problem> {
        let mut runs: Vec<Run> = app.store.all(RUNS)?;
        runs.reverse();
        for mut run in runs {
            let Ok(number) = run.id.parse() else { continue };
            match run.status {
                Status::Running => {
                    run.status = Status::Interrupted;
                    run.ended = Some(Timestamp::now());
                    app.store.put(RUNS, number, &run)?;
                }
                Status::Queued => {
                    let mut state = self.lock();
                    state.waiting.push_back(number);
                    state.live.insert(number, Live::new());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds a run, which `make` makes of its number.
    pub(crate) fn add(&self, app: &App, make: impl FnOnce(u64) -> Run) -> Result<Run, Problem> {
        // Held until the run stands in the queue, so that it is done in the order of numbers.
        let mut state = self.lock();
        if state.waiting.len() >= Limits::QUEUED {
            let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
            let problem = Problem::new(status, format!("{} runs wait already", Limits::QUEUED));
            return Err(problem.remedy("wait until some are over, or cancel some"));
        }
        let run = app.store.add(RUNS, make)?;
        let Ok(number) = run.id.parse() else {
            return Err(Problem::internal(&"a run without a number"));
        };
        let live = Live::new();
        live.events.tell("run", &run);
        state.live.insert(number, live);
        state.waiting.push_back(number);
        drop(state);
        self.changed.notify_one();
        Ok(run)
    }

    /// How far a run is that goes on.
    pub(crate) fn update(&self, run: &mut Run) {
        let Some(live) = run
            .id
            .parse()
            .ok()
            .and_then(|number: u64| self.live(number))
        else {
            return;
        };
        if run.status == Status::Running {
            run.progress = live
                .progress
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(lost) = live.lost.get() {
                run.clone_from(lost);
            }
        }
    }

    fn live(&self, number: u64) -> Option<Arc<Live>> {
        self.lock().live.get(&number).cloned()
    }

    /// What happens in a run; of one that was over long ago only its end.
    pub(crate) fn events(&self, number: u64, run: &Run) -> Arc<Events> {
        match self.live(number) {
            Some(live) => live.events.clone(),
            None => {
                let events = Events::new();
                events.tell("run", run);
                events.end(run);
                Arc::new(events)
            }
        }
    }

    /// Stops a run: at once where it waits, at its next event where it goes on.
    pub(crate) fn cancel(&self, app: &App, number: u64) -> Result<(), Problem> {
        let mut state = self.lock();
        if let Some(at) = state.waiting.iter().position(|&waiting| waiting == number) {
            let Some(mut run) = app.store.get::<Run>(RUNS, number)? else {
                return Ok(());
            };
            run.status = Status::Cancelled;
            run.ended = Some(Timestamp::now());
            app.store.put(RUNS, number, &run)?;
            state.waiting.remove(at);
            if let Some(live) = state.live.get(&number) {
                live.events.end(&run);
            }
            state.retire(number);
        } else if let Some(live) = state.live.get(&number) {
            live.cancelled.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Runs that wait, and runs that go on.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        let (waiting, over) = (state.waiting.len(), state.over.len());
        (waiting, state.live.len() - waiting - over)
    }

    /// Lets the threads end, and what they do be interrupted.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        for live in state.live.values() {
            live.cancelled.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// What one thread does: one run after the other, until the queue is stopped.
    pub(crate) fn work(&self, app: &App) {
        loop {
            let mut state = self.lock();
            let (number, live) = loop {
                if state.stopped {
                    return;
                }
                if let Some(number) = state.waiting.pop_front() {
                    break (number, state.live.get(&number).cloned());
                }
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            if let Some(live) = live {
                self.run(app, number, &live);
            }
            self.lock().retire(number);
        }
    }

    /// Does a run, keeps what came of it and tells those who watch.
    fn run(&self, app: &App, number: u64, live: &Live) {
        let mut run = match app.store.get::<Run>(RUNS, number) {
            Ok(Some(run)) => run,
            Ok(None) => return,
            Err(problem) => {
                tracing::error!(run = number, problem = &*problem.detail, "run was lost");
                return;
            }
        };
        let start = Instant::now();
        if let Err(problem) = self.carry_out(app, number, live, &mut run, start) {
            tracing::error!(
                run = number,
                problem = &*problem.detail,
                "run cannot be kept"
            );
            // The disk may be full. It will be interrupted at the next start, if not even this can be kept.
            run.fail(problem);
            if app.store.put(RUNS, number, &run).is_err() {
                let _ = live.lost.set(run.clone());
            }
        }
        app.watch.ended(run.status);
        tracing::info!(run = number, status = ?run.status, seconds = start.elapsed().as_secs_f64(), "run ended");
        live.events.end(&run);
    }

    /// Does a run and keeps what came of it; fails where that cannot be kept.
    fn carry_out(
        &self,
        app: &App,
        number: u64,
        live: &Live,
        run: &mut Run,
        start: Instant,
    ) -> Result<(), Problem> {
        run.status = Status::Running;
        run.started = Some(Timestamp::now());
        app.store.put(RUNS, number, run)?;
        live.events.tell("run", run);
        tracing::info!(run = number, kind = ?run.kind, "run started");
        let job = Job {
            app,
            run,
            number,
            live,
            start,
        };
        let done = catch_unwind(AssertUnwindSafe(|| job.run()))
            .unwrap_or_else(|_| Err(Problem::internal(&"a run panicked")));
        run.progress = live
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        run.ended = Some(Timestamp::now());
        match done {
            Ok(done) => {
                let Done { result, report, .. } = &done;
                let english = report.to_html(Language::English);
                let chinese = report.to_html(Language::TraditionalChinese);
                app.store.put(RESULTS, number, result)?;
                app.store.put(REPORTS, number, report)?;
                app.store.put(ENGLISH, number, &english)?;
                app.store.put(CHINESE, number, &chinese)?;
                run.model = done.model;
                run.status = Status::Finished;
            }
            Err(_) if self.lock().stopped => run.status = Status::Interrupted,
            Err(_) if live.cancelled.load(Ordering::Relaxed) => run.status = Status::Cancelled,
            Err(problem) => run.fail(problem),
        }
        app.store.put(RUNS, number, run)
    }
}

impl State {
    /// Keeps the events of a run that is over for a while.
    fn retire(&mut self, number: u64) {
        if !self.live.contains_key(&number) {
            return;
        }
        self.over.push_back(number);
        if self.over.len() > WATCHED
            && let Some(oldest) = self.over.pop_front()
        {
            self.live.remove(&oldest);
        }
    }
}

/// What came of a run.
struct Done {
    result: Value,
    report: Document,
    model: Option<String>,
}

/// A run that is being done.
struct Job<'a> {
    app: &'a App,
    run: &'a Run,
    number: u64,
    live: &'a Live,
    start: Instant,
}

impl Job<'_> {
    fn run(&self) -> Result<Done, Problem> {
        let file = files::find(self.app, &self.run.file.id)?;
        let data = files::open(self.app, &file)?;
        let target = data.target().unwrap_or_else(|_| "close".into());
        let spec = runs::spec(&self.run.settings, self.run.global, &target)?;
        let forecaster = Forecaster::new(spec)?;
        let panel = data.read(&forecaster.spec().data.columns())?;
        let rows = panel.series.iter().map(gatecast::Series::rows).sum();
        files::check_rows(self.app, rows)?;
        match self.run.kind {
            Kind::Train => self.train(&forecaster, &data, &panel),
            Kind::Backtest => self.backtest(&forecaster, &data, &panel),
        }
    }

    fn train(&self, forecaster: &Forecaster, data: &Data, panel: &Panel) -> Result<Done, Problem> {
        let fit = |forecaster: &Forecaster| {
            let forecaster = forecaster.settled(panel)?;
            let windows = forecaster.check(panel)?;
            let fitted = forecaster.fit_with(panel, |event| self.on_event(event))?;
            Ok((fitted, windows))
        };
        let (fitted, windows) = match data.form() {
            None => fit(forecaster),
            Some(_) => forecaster.or_stand_in(fit).map(|(fit, _)| fit),
        }
        .map_err(|error| self.why(error))?;
        self.go_on()?;
        let seconds = self.start.elapsed().as_secs_f64();
        let origin = self.origin(data)?;
        let (result, report) = match data.form() {
            None => {
                let series = &panel.series[0];
                let trained = Trained::of(&fitted, series, windows, seconds);
                let report = Document::of_fit(&fitted, series, &trained, &origin);
                (json(&trained)?, report)
            }
            Some(_) => {
                let scores = fitted.series_scores().to_vec();
                let many = ManyTrained::of(panel, scores, false, seconds);
                let shown = some(&panel.series)
                    .filter_map(|series| Some((series, fitted.predict_test_part(series).ok()??)));
                let shown: Vec<_> = shown.collect();
                let spec = forecaster.spec();
                let report = Document::of_many(&many, Some(&fitted), spec, &shown, &origin);
                (json(&many)?, report)
            }
        };
        let model = Some(self.keep(&fitted)?);
        Ok(Done {
            result,
            report,
            model,
        })
    }

    fn backtest(
        &self,
        forecaster: &Forecaster,
        data: &Data,
        panel: &Panel,
    ) -> Result<Done, Problem> {
        let plan = CrossValidationSpec {
            folds: self.run.folds,
            ..CrossValidationSpec::default()
        };
        let mut results = forecaster
            .cross_validate_with(panel, plan, |event| self.on_event(event))
            .map_err(|error| self.why(error))?;
        self.go_on()?;
        let seconds = self.start.elapsed().as_secs_f64();
        let (origin, spec) = (self.origin(data)?, forecaster.spec());
        let (result, report) = match data.form() {
            // Of one series there is one result.
            None => {
                let results = results.swap_remove(0);
                let backtested = Backtested {
                    results,
                    leaks: None,
                };
                let report = Document::of_backtest(&backtested, &panel.series[0], spec, &origin)?;
                (json(&backtested)?, report)
            }
            Some(_) => {
                let scores = results.iter().map(|one| one.series_scores(&panel.series));
                let many = ManyTrained::of(panel, scores.collect(), false, seconds);
                let shown =
                    some(&results).map(|one| (&panel.series[one.series], one.predictions.clone()));
                let shown: Vec<_> = shown.collect();
                let report = Document::of_many(&many, None, spec, &shown, &origin);
                (json(&many)?, report)
            }
        };
        Ok(Done {
            result,
            report,
            model: None,
        })
    }

    /// Where the report comes from.
    fn origin(&self, data: &Data) -> Result<Origin, Problem> {
        let settings = runs::settings(&self.run.settings, self.run.global)?;
        Ok(Origin {
            command: None,
            settings: Some(settings),
            today: Some(Zoned::now().date()),
            health: data.inspect().ok(),
        })
    }

    fn keep(&self, fitted: &FittedForecaster) -> Result<String, Problem> {
        self.app
            .store
            .keep_model(&self.run.name, self.number, &fitted.to_bytes()?)
    }

    /// Tells of an event, and says whether the run goes on.
    fn on_event(&self, event: &Event) -> ControlFlow<()> {
        let mut progress = self
            .live
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if event.networks > 0 {
            progress.networks = event.networks;
            progress.finished = event.finished;
        }
        match event.training {
            nn::Event::Start { epochs, .. } => progress.epochs = epochs,
            nn::Event::Epoch(epoch) => {
                progress.epoch = epoch.epoch;
                progress.loss = Some(epoch.loss).filter(|loss| loss.is_finite());
                progress.val_loss = epoch.val_loss.filter(|loss| loss.is_finite());
                let told = EpochOf {
                    series: event.series,
                    test_fold: event.test_fold,
                    fold: event.fold,
                    member: event.member,
                    epochs: progress.epochs,
                    finished: event.finished,
                    networks: event.networks,
                    epoch,
                };
                self.live.events.tell("epoch", &told);
            }
            _ => {}
        }
        match self.live.cancelled.load(Ordering::Relaxed) || self.is_late() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn is_late(&self) -> bool {
        self.start.elapsed() > self.app.limits.run
    }

    /// Fails where the run was stopped, or took too long.
    fn go_on(&self) -> Result<(), Problem> {
        if self.is_late() {
            let limit: Duration = self.app.limits.run;
            return Err(Problem::unusable(format!("it took more than {} seconds", limit.as_secs()))
                .remedy("choose fewer epochs or smaller networks, or start the service with a larger --max-seconds"));
        }
        match self.live.cancelled.load(Ordering::Relaxed) {
            true => Err(Problem::unusable("it was stopped")),
            false => Ok(()),
        }
    }

    /// Why the library broke it off.
    fn why(&self, error: gatecast::Error) -> Problem {
        match (error.kind(), self.go_on()) {
            (ErrorKind::Stopped, Err(problem)) => problem,
            _ => error.into(),
        }
    }
}

/// Some of many, far apart, to be drawn.
fn some<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().step_by(all.len().div_ceil(6).max(1))
}

fn json(value: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| Problem::internal(&error))
}
