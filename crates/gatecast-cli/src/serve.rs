//! `gatecast serve`: a page in the browser, and HTTP for programs. What this file is not: the service itself, which is
//! the crate `gatecast-web`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use gatecast_web::{Limits, Options};
use serde::Serialize;
use tracing_subscriber::filter::LevelFilter;

use crate::common::Common;
use crate::output::{self, Failure};

/// Serve a page to use Gatecast in a browser, and an HTTP API
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast serve
  gatecast serve --models models --port 9000
  gatecast serve --listen 0.0.0.0 --token \"$(cat token.txt)\"
  curl --data-binary @prices.csv 'http://127.0.0.1:8642/v1/models/prices/forecast?horizon=5'

Without --listen only this machine can reach it, and no token is needed. Models are files in the folder of
--models, as `gatecast train --out` writes them; what is trained on the page is put there too.
http://127.0.0.1:8642/api describes the API. Ctrl-C ends it; a run that is then going on is shown as
interrupted, and what is queued goes on at the next start.")]
pub(crate) struct Serve {
    /// Folder with the models, which is made if it is not there
    #[arg(long, value_name = "DIR", default_value = "gatecast-models")]
    models: PathBuf,
    /// Port to listen on; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 8642)]
    port: u16,
    /// Address to listen on, such as 0.0.0.0, so that other machines can reach it [default: this machine alone]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// What requests have to show [default: none; with --listen one that is made and printed]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "GATECAST_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// Megabytes of a request's body, at most
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096), help_heading = "Limits")]
    max_body: u16,
    /// Rows of a file, at most, of all its series together
    #[arg(
        long,
        value_name = "ROWS",
        default_value_t = 5_000_000,
        help_heading = "Limits"
    )]
    max_rows: usize,
    /// Seconds that a training or a backtest may take
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        help_heading = "Limits"
    )]
    max_seconds: u64,
    /// Trainings and backtests at once; others wait
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), help_heading = "Limits")]
    jobs: u16,
    /// How much is logged on stderr
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: Level,
}

#[derive(Clone, Copy, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    /// Every request too
    Debug,
}

/// What `--json` prints when the service is ready.
#[derive(Serialize)]
struct Ready {
    address: SocketAddr,
    url: String,
    models: PathBuf,
    token: Option<String>,
}

impl Serve {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        log(self.log, common);
        let token = match (self.token, self.listen) {
            (Some(token), _) => Some(checked(token)?),
            (None, Some(address)) if !address.is_loopback() => Some(random_token()?),
            (None, _) => None,
        };
        let options = Options {
            models: self.models.clone(),
            address: self.listen.unwrap_or(Options::default().address),
            port: self.port,
            token: token.clone(),
            limits: Limits {
                bytes: usize::from(self.max_body) << 20,
                rows: self.max_rows,
                run: Duration::from_secs(self.max_seconds),
                jobs: self.jobs.into(),
            },
        };
        let models = self.models;
        gatecast_web::serve(options, |address| {
            let url = match &token {
                Some(token) => format!("http://{address}/#token={token}"),
                None => format!("http://{address}"),
            };
            let ready = Ready {
                address,
                url,
                models,
                token,
            };
            // Where nobody reads it, the service serves all the same.
            let _ = match common.json {
                true => output::print_json(&ready),
                false => output::print(&format!("Gatecast is at {}", ready.url)),
            };
        })?;
        Ok(())
    }
}

/// Logs to stderr, as JSON where results are.
fn log(level: Level, common: &Common) {
    let level = match level {
        _ if common.quiet => LevelFilter::ERROR,
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false);
    match common.json {
        true => lines.json().flatten_event(true).init(),
        false => lines.init(),
    }
}

/// A token that can stand in a header and an address.
fn checked(token: String) -> Result<String, Failure> {
    let good =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/' | '=');
    match token.len() >= 16 && token.chars().all(good) {
        true => Ok(token),
        false => Err(Failure::Usage {
            message: "--token is too short or has characters that cannot be in a header".into(),
            help: Some("use 16 or more letters, digits and -_.~+/=".into()),
        }),
    }
}

/// 24 random bytes.
fn random_token() -> Result<String, Failure> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| Failure::Usage {
        message: format!("the system gives no random numbers for a token: {error}"),
        help: Some("set one with --token".into()),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
