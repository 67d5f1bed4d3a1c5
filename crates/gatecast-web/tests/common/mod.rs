//! A service for tests, and a client that can send what no good client would.
#![allow(dead_code, reason = "no test file needs all of it")]

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use gatecast_web::{Limits, Options};
use serde_json::Value;
use tempfile::TempDir;

/// A service that runs until the test's process ends.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header of it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::with(None, Limits::default())
    }

    pub(crate) fn with(token: Option<&str>, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            models: folder.path().join("models"),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            token: token.map(Into::into),
            limits,
        };
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            gatecast_web::serve(options, |address| sender.send(address).unwrap()).unwrap();
        });
        let address = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        Self { address, folder }
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// A request as any client makes it.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        self.send(&[request.as_bytes(), body].concat())
            .expect("an answer")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/json")];
        self.ask("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Sends bytes as they are; none where the other end closes the connection without an answer.
    pub(crate) fn send(&self, bytes: &[u8]) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        // It may close the connection before it has read all.
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        parse(&all)
    }
}

fn parse(all: &[u8]) -> Option<Answer> {
    let end = all.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut body = all[end + 4..].to_vec();
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = unchunked(&body);
    }
    Some(Answer { status, head, body })
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&rest[..end]).ok();
        let Some(length) = length.and_then(|hex| usize::from_str_radix(hex, 16).ok()) else {
            break;
        };
        let Some(chunk) = rest.get(end + 2..end + 2 + length) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + length..).unwrap_or_default();
        if length == 0 {
            break;
        }
    }
    body
}

/// A file of daily closes that a small network trains on in no time.
pub(crate) fn prices(rows: usize) -> String {
    let first = jiff::civil::date(2020, 1, 1);
    let mut text = String::from("date,close\n");
    for row in 0..rows {
        let date = first
            .checked_add(jiff::Span::new().days(row as i64))
            .unwrap();
        let value = 100.0 + (row as f64 * 0.7).sin() * 3.0 + row as f64 * 0.05;
        text += &format!("{date},{value}\n");
    }
    text
}
