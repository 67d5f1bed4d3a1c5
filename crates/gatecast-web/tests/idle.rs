//! Many connections that say nothing. In a process of its own, whose memory nothing else takes.

mod common;

use std::net::TcpStream;

use common::Service;

/// Connections that are open at once; both ends are of this process, which has more files than twice as many.
const OPEN: usize = 4000;

/// Megabytes that this process has in memory.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kilobytes.unwrap_or(0.0_f64) / 1024.0
}

#[test]
fn idle_connections_do_not_lock_others_out() {
    let service = Service::start();
    let before = resident();
    let mut open = Vec::new();
    for _ in 0..OPEN {
        // Where the system gives fewer files, there are as many as it gives.
        open.extend(TcpStream::connect(service.address).ok());
    }
    assert!(open.len() > OPEN / 10, "{}", open.len());
    assert_eq!(service.get("/healthz").status, 200);
    assert!(
        resident() - before < 64.0,
        "{before} MB, then {}",
        resident()
    );
}
