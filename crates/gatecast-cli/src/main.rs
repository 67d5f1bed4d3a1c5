//! `gatecast`: from a price file to a network, a dated forecast and an honest score.
//!
//! Each subcommand has a file. Results go to stdout, everything else to stderr. The exit status
//! is 0 when it is done, 1 when it failed, 2 when it was called wrongly.

mod backtest;
mod demo;
mod fetch;
mod forecast;
mod inspect;
mod output;
mod panel;
mod pictures;
mod plot;
mod progress;
mod reading;
mod settings;
mod summary;
mod train;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use gatecast::nn::Isa;

use crate::output::Failure;

/// Forecasts prices and other time series with recurrent networks, and says whether the
/// forecasts beat the last value.
#[derive(Parser)]
#[command(name = "gatecast", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Train(Box<train::Train>),
    Forecast(forecast::Forecast),
    Backtest(Box<backtest::Backtest>),
    Summary(summary::Summary),
    Inspect(inspect::Inspect),
    Plot(plot::Plot),
    Fetch(fetch::FetchArgs),
}

/// What every subcommand takes.
#[derive(Args, Clone, Debug)]
struct Common {
    /// Print one JSON object on stdout and nothing else there
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    quiet: bool,
    #[arg(long, global = true, value_name = "N", help = settings::help_of("threads"), value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[arg(long, global = true, value_name = "N", help = settings::help_of("seed"))]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let Cli { command, common } = Cli::parse();
    if let Err(failure) = check_isa() {
        return failure.report();
    }
    let done = match command {
        Command::Demo(command) => command.run(&common),
        Command::Train(command) => command.run(&common),
        Command::Forecast(command) => command.run(&common),
        Command::Backtest(command) => command.run(&common),
        Command::Summary(command) => command.run(&common),
        Command::Inspect(command) => command.run(&common),
        Command::Plot(command) => command.run(&common),
        Command::Fetch(command) => command.run(&common),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// A name that stands for no instruction set would silently allow all of them.
fn check_isa() -> Result<(), Failure> {
    let Some(wanted) = std::env::var_os(Isa::VARIABLE) else {
        return Ok(());
    };
    let names = Isa::NAMES.map(|(name, _)| name);
    if names.iter().any(|name| wanted == *name) {
        return Ok(());
    }
    Err(Failure::Usage {
        message: format!(
            "{}={} names no instruction set",
            Isa::VARIABLE,
            wanted.to_string_lossy()
        ),
        help: Some(format!("choose {}, or unset it", names.join(", "))),
    })
}
