//! Gatecast over HTTP: a page for people, an API for programs, over the same calls as the command line.
//!
//! Requests go one way: [`connections`](self) accept them, `guard` says who may ask, `extract` takes what is asked, one
//! file a resource answers (`files`, `runs`, `models`, `forecast`, `kserve`, `text`, `settings`, `watch`, `page`). Training
//! is done by the threads of `queue`; what must outlive the process is in `store`. What a user is told of
//! is the library's: messages, results, reports.

mod connections;
mod error;
mod events;
mod extract;
mod files;
mod forecast;
mod guard;
mod kserve;
mod models;
mod options;
mod page;
mod problem;
mod queue;
mod reading;
mod runs;
mod settings;
mod store;
mod text;
mod watch;

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use tokio::sync::Semaphore;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::error::Error;
pub use self::options::{Limits, Options};
use crate::problem::Problem;

/// What every handler knows.
type App = Arc<Shared>;

/// The state of the service.
pub(crate) struct Shared {
    limits: Limits,
    token: Option<String>,
    port: u16,
    store: store::Store,
    queue: queue::Queue,
    models: models::Models,
    watch: watch::Watch,
    /// Whether the service is to stop.
    stop: tokio::sync::watch::Receiver<bool>,
    /// Room for large bodies.
    large: Arc<Semaphore>,
    /// Room for work that takes long, so that it cannot take all threads.
    room: Semaphore,
}

impl Shared {
    /// Does work that takes long on a thread that is meant for it.
    async fn work<R: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce() -> Result<R, Problem> + Send + 'static,
    ) -> Result<R, Problem> {
        let place = self.room.acquire().await;
        let done = tokio::task::spawn_blocking(move || guarded(work)).await;
        drop(place);
        done.unwrap_or_else(|error| Err(Problem::internal(&error)))
    }
}

/// A panic in answering one request is that request's failure alone.
fn guarded<R>(work: impl FnOnce() -> Result<R, Problem>) -> Result<R, Problem> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Problem::internal(&"a request panicked")))
}

/// What the description of the API begins with.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatecast",
        description = "Forecasts prices and other time series with recurrent networks, and says whether the forecasts \
                       beat the last value."
    ),
    components(schemas(files::Sample, runs::Format, runs::Language)),
    tags(
        (name = "files", description = "Uploaded files, and what is wrong with them"),
        (name = "runs", description = "Training and backtests"),
        (name = "models", description = "Forecasts, classes and translations"),
        (name = "service", description = "For what watches the service")
    )
)]
struct Description;

/// Everything that can be asked for.
fn router(app: &App) -> Router {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(settings::list))
        .routes(routes!(files::list, files::upload))
        .routes(routes!(files::one, files::remove))
        .routes(routes!(files::read))
        .routes(routes!(files::clean))
        .routes(routes!(files::series))
        .routes(routes!(runs::list, runs::start))
        .routes(routes!(runs::one, runs::remove))
        .routes(routes!(runs::watch))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::report))
        .routes(routes!(models::list))
        .routes(routes!(models::one, models::remove))
        .routes(routes!(models::file))
        .routes(routes!(forecast::forecast))
        .routes(routes!(forecast::backtest))
        .routes(routes!(text::classify))
        .routes(routes!(text::translate))
        .routes(routes!(kserve::forecast))
        .routes(routes!(watch::healthz))
        .routes(routes!(watch::readyz))
        .routes(routes!(watch::metrics))
        .split_for_parts();
    description.info.version = env!("CARGO_PKG_VERSION").into();
    router
        .route("/openapi.json", get(async move || Json(description)))
        .route("/", get(page::index))
        .route("/api", get(page::api))
        .route("/assets/{name}", get(page::asset))
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, "there is nothing here")
                .remedy("GET /openapi.json lists what there is")
        })
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here")
                .remedy("GET /openapi.json lists what can")
        })
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            guard::guard,
        ))
        .with_state(app.clone())
}

/// Serves until the process is told to end (Ctrl-C, or SIGTERM). `ready` is called with the address once requests are answered.
///
/// # Errors
/// An [`Error`] where the service cannot start; once it has started it ends well.
pub fn serve(options: Options, ready: impl FnOnce(SocketAddr)) -> Result<(), Error> {
    if options.token.is_none() && !options.address.is_loopback() {
        return Err(Error::NoToken(options.address));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores)
        .max_blocking_threads(2 * cores + 2)
        .enable_all()
        .build()
        .map_err(Error::System)?;
    runtime.block_on(run(options, cores, ready))
}

async fn run(options: Options, cores: usize, ready: impl FnOnce(SocketAddr)) -> Result<(), Error> {
    let wanted = SocketAddr::new(options.address, options.port);
    let listen = |source| Error::Listen {
        address: wanted,
        source,
    };
    let listener = tokio::net::TcpListener::bind(wanted)
        .await
        .map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let (stopper, stop) = tokio::sync::watch::channel(false);
    let app = Arc::new(Shared {
        store: store::Store::open(&options.models)?,
        limits: options.limits,
        token: options.token,
        port: address.port(),
        queue: queue::Queue::default(),
        models: models::Models::default(),
        watch: watch::Watch::default(),
        stop: stop.clone(),
        large: Arc::new(Semaphore::new(extract::LARGE_ONES)),
        room: Semaphore::new(2 * cores),
    });
    app.queue.take_up(&app).map_err(|problem| Error::Store {
        path: options.models.clone(),
        reason: problem.detail.into(),
    })?;
    let workers: Vec<_> = (0..app.limits.jobs.max(1))
        .map(|_| {
            let app = app.clone();
            std::thread::spawn(move || app.queue.work(&app))
        })
        .collect();
    tracing::info!(%address, models = %options.models.display(), "serving");
    ready(address);
    let service = connections::serve(listener, router(&app), &app, stop);
    let stopping = async {
        ended().await;
        tracing::info!("stopping");
        app.queue.stop();
        // Event streams end by it, which would otherwise hold their connections for ever.
        let _ = stopper.send(true);
    };
    tokio::join!(service, stopping);
    for worker in workers {
        // A run notices at its next event that it is to stop.
        let _ = worker.join();
    }
    Ok(())
}

/// Waits until the process is told to end.
async fn ended() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
