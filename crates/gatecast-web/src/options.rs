//! How the service is to run. What this file is not: the flags of the command line, which is where these come from.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// How the service is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder with the models, and with what the service keeps beside them.
    pub models: PathBuf,
    /// Address to listen on.
    pub address: IpAddr,
    /// Port to listen on; any that is free if 0.
    pub port: u16,
    /// What a request has to show; nothing if `None`, which is only allowed on a loopback address.
    pub token: Option<String>,
    /// What may be asked for.
    pub limits: Limits,
}

/// What may be asked for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's body.
    pub bytes: usize,
    /// Rows of a file, of all its series together.
    pub rows: usize,
    /// How long a run may take.
    pub run: Duration,
    /// Runs at once.
    pub jobs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            rows: 5_000_000,
            run: Duration::from_secs(3600),
            jobs: 1,
        }
    }
}

impl Limits {
    /// Runs that wait, at most.
    pub(crate) const QUEUED: usize = 100;
    /// Uploaded files that are kept, at most.
    pub(crate) const FILES: usize = 1000;
    /// Steps of a forecast, at most.
    pub(crate) const STEPS: usize = 10_000;
    /// Texts of a request, at most.
    pub(crate) const TEXTS: usize = 10_000;
    /// Bytes that training may take by our estimate.
    pub(crate) const TRAINING: f64 = 4e9;
}

impl Default for Options {
    fn default() -> Self {
        Self {
            models: "gatecast-models".into(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8642,
            token: None,
            limits: Limits::default(),
        }
    }
}
