//! A server on this machine that misbehaves as told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What goes wrong with one answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// This status, with a `Retry-After` if there is one.
    Status(u16, Option<&'static str>),
    /// The connection is closed after the request was read.
    Dropped,
    /// The connection is closed within the headers.
    DroppedInHeaders,
    /// Half the body, of a length that says it is whole.
    Cut,
    /// Half the body, of a length that was announced.
    Short,
    /// Half the body, of no announced length.
    CutWithoutLength,
    /// Half the body as a chunk, and no end.
    CutInChunks,
    /// No body at all.
    Empty,
    /// Nothing, on a connection that stays open.
    Silent,
    /// A page for people, with status 200.
    WebPage,
}

/// Faults that pass: whatever comes of them, the next try is to be as good as a first.
pub(crate) const PASSING: [Fault; 12] = [
    Fault::Status(429, Some("0")),
    Fault::Status(429, Some("Wed, 21 Oct 2015 07:28:00 GMT")),
    Fault::Status(429, None),
    Fault::Status(500, None),
    Fault::Status(503, Some("0")),
    Fault::Dropped,
    Fault::DroppedInHeaders,
    Fault::Short,
    Fault::CutWithoutLength,
    Fault::CutInChunks,
    Fault::Empty,
    Fault::WebPage,
];

/// What a request gets: a status and a body.
pub(crate) type Answer = (u16, String);

/// Requests so far, in order: the part of the address after the host.
type Log = Arc<Mutex<Vec<String>>>;

pub(crate) struct Server {
    address: SocketAddr,
    log: Log,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each address with `answer`, after the faults that stand in `faults` were had there.
    pub(crate) fn new(faults: &[Fault], answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Log::default();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (log, stop, faults) = (log.clone(), stop.clone(), faults.to_vec());
            move || {
                let mut seen = HashMap::new();
                let mut silent = Vec::new();
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let Some((stream, path)) = stream.ok().and_then(request) else {
                        continue;
                    };
                    let times: &mut usize = seen.entry(path.clone()).or_default();
                    let fault = faults.get(*times).copied();
                    *times += 1;
                    log.lock().unwrap().push(path.clone());
                    if fault == Some(Fault::Silent) {
                        silent.push(stream);
                        continue;
                    }
                    // A client that has gone away is its own business.
                    let _ = reply(stream, fault, answer(&path));
                }
            }
        });
        Self {
            address,
            log,
            stop,
            thread: Some(thread),
        }
    }

    /// A server without faults.
    pub(crate) fn good(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        Self::new(&[], answer)
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a request to its end and gives its address.
fn request(stream: TcpStream) -> Option<(TcpStream, String)> {
    let mut lines = BufReader::new(&stream).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_string();
    // Unread bytes would make the close a reset.
    while !lines.next()?.ok()?.is_empty() {}
    drop(lines);
    Some((stream, path))
}

fn reply(
    mut stream: TcpStream,
    fault: Option<Fault>,
    (status, body): Answer,
) -> std::io::Result<()> {
    let mut half = body.len() / 2;
    while !body.is_char_boundary(half) {
        half += 1;
    }
    let half = &body[..half];
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} So\r\nConnection: close\r\n{more}\r\n")
    };
    let with_length = |length: usize| head(200, &format!("Content-Length: {length}\r\n"));
    let text = match fault {
        None => {
            let length = format!("Content-Length: {}\r\n", body.len());
            head(status, &length) + &body
        }
        Some(Fault::Status(status, after)) => {
            let after = after.map_or(String::new(), |after| format!("Retry-After: {after}\r\n"));
            head(status, &format!("Content-Length: 4\r\n{after}")) + "busy"
        }
        Some(Fault::Dropped | Fault::Silent) => String::new(),
        Some(Fault::DroppedInHeaders) => "HTTP/1.1 200 OK\r\nContent-Le".into(),
        Some(Fault::Cut) => with_length(half.len()) + half,
        Some(Fault::Short) => with_length(body.len()) + half,
        Some(Fault::CutWithoutLength) => head(200, "") + half,
        Some(Fault::CutInChunks) => {
            let chunk = format!("{:x}\r\n{half}\r\n", half.len());
            head(200, "Transfer-Encoding: chunked\r\n") + &chunk
        }
        Some(Fault::Empty) => with_length(0),
        Some(Fault::WebPage) => with_length(13) + "<html></html>",
    };
    stream.write_all(text.as_bytes())
}
