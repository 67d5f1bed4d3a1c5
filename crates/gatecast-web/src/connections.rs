//! Connections: accepted up to a number, closed when they stand still, let go in order when the service stops. What this
//! file is not: it knows no request.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutWriter;

use crate::App;

/// Connections at once, at most, where the system gives the process as many files.
const MOST: u64 = 12_000;
/// Files that are left for other things.
const OTHER_FILES: u64 = 200;
/// How long the head of a request may take to come, and a connection may be without any.
const HEAD: Duration = Duration::from_secs(10);
/// How long a client may take nothing of an answer that is sent to it.
const ANSWER: Duration = Duration::from_secs(20);
/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 64 << 10;
/// How long the service waits for answers when it stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until the service is to stop.
pub(crate) async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // Nobody can say so any more where the other end is gone, which is as good.
    let _ = stop.wait_for(|stop| *stop).await.map(drop);
}

/// Serves until `stop` says so, and then until all answers are sent or patience ends.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    app: &App,
    mut stop: watch::Receiver<bool>,
) {
    let most = usize::try_from(connections()).unwrap_or(1);
    let room = Arc::new(Semaphore::new(most));
    let mut open = JoinSet::new();
    loop {
        // Those that are closed are forgotten as others come.
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_stop(&mut stop) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of files, most likely: there is room again when a connection ends.
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            tracing::debug!("too many connections; one is refused");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (app, router, mut stop) = (app.clone(), router.clone(), stop.clone());
        open.spawn(async move {
            app.watch.connections.fetch_add(1, Ordering::Relaxed);
            // One that says nothing takes no buffers.
            let speaks = tokio::select! {
                speaks = tokio::time::timeout(HEAD, stream.readable()) => matches!(speaks, Ok(Ok(()))),
                () = told_to_stop(&mut stop) => false,
            };
            if speaks {
                Box::pin(answer(stream, router, stop)).await;
            }
            app.watch.connections.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
    drop(listener);
    let all = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(PATIENCE, all).await.is_err() {
        tracing::warn!("answers that were not sent in 5 seconds are broken off");
    }
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, router: Router, mut stop: watch::Receiver<bool>) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES);
    let service = TowerToHyperService::new(router);
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(ANSWER));
    let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Whatever goes wrong is the other end's business.
        _ = connection.as_mut() => {}
        () = told_to_stop(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// How many connections there may be: what the system allows of files, after asking it for all that it can give.
fn connections() -> u64 {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.unwrap_or(u64::MAX).min(MOST + OTHER_FILES);
        let now = limit.current.unwrap_or(u64::MAX);
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        let files = match now < wanted && setrlimit(Resource::Nofile, raised).is_ok() {
            true => wanted,
            false => now,
        };
        files.saturating_sub(OTHER_FILES).clamp(1, MOST)
    }
    #[cfg(not(unix))]
    MOST
}
