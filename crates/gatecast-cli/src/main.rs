//! `gatecast`: from a price file to a network, a dated forecast and an honest score.
//!
//! Each subcommand has a file. Results go to stdout, everything else to stderr. The exit status
//! is 0 when it is done, 1 when it failed, 2 when it was called wrongly.

mod backtest;
mod classify;
mod common;
mod demo;
#[cfg(feature = "fetch")]
mod fetch;
mod forecast;
mod inspect;
#[cfg(not(all(
    feature = "fetch",
    feature = "plot",
    feature = "report",
    feature = "serve"
)))]
mod left_out;
mod output;
mod panel;
#[cfg_attr(not(feature = "plot"), path = "no_pictures.rs")]
mod pictures;
#[cfg(feature = "plot")]
mod plot;
mod progress;
mod reading;
mod reports;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod summary;
mod tensorboard;
mod train;
mod translate;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use gatecast::nn::Isa;

use crate::common::Common;
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
    Classify(classify::Classify),
    Translate(translate::Translate),
    Summary(summary::Summary),
    Inspect(inspect::Inspect),
    #[cfg(feature = "plot")]
    Plot(plot::Plot),
    /// Not in this build, which was made without the feature "plot"
    #[cfg(not(feature = "plot"))]
    Plot(left_out::LeftOut),
    #[cfg(feature = "fetch")]
    Fetch(fetch::FetchArgs),
    /// Not in this build, which was made without the feature "fetch"
    #[cfg(not(feature = "fetch"))]
    Fetch(left_out::LeftOut),
    #[cfg(feature = "serve")]
    Serve(serve::Serve),
    /// Not in this build, which was made without the feature "serve"
    #[cfg(not(feature = "serve"))]
    Serve(left_out::LeftOut),
}

fn main() -> ExitCode {
    let arguments = command_line().get_matches();
    let Cli { command, common } =
        Cli::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit());
    if let Err(failure) = check_isa() {
        return failure.report();
    }
    let done = match command {
        Command::Demo(command) => command.run(&common),
        Command::Train(command) => command.run(&common),
        Command::Forecast(command) => command.run(&common),
        Command::Backtest(command) => command.run(&common),
        Command::Classify(command) => command.run(&common),
        Command::Translate(command) => command.run(&common),
        Command::Summary(command) => command.run(&common),
        Command::Inspect(command) => command.run(&common),
        #[cfg(feature = "plot")]
        Command::Plot(command) => command.run(&common),
        #[cfg(not(feature = "plot"))]
        Command::Plot(_) => Err(left_out::failure("draw pictures", "plot")),
        #[cfg(feature = "fetch")]
        Command::Fetch(command) => command.run(&common),
        #[cfg(not(feature = "fetch"))]
        Command::Fetch(_) => Err(left_out::failure("fetch prices", "fetch")),
        #[cfg(feature = "serve")]
        Command::Serve(command) => command.run(&common),
        #[cfg(not(feature = "serve"))]
        Command::Serve(_) => Err(left_out::failure("serve", "serve")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// What can be typed. `--help` says nothing of flags that this build cannot follow.
fn command_line() -> clap::Command {
    without(Cli::command())
}

fn without(command: clap::Command) -> clap::Command {
    let (plot, report) = (cfg!(feature = "plot"), cfg!(feature = "report"));
    command.mut_subcommands(|command| {
        let command = command.mut_args(|arg| match arg.get_id().as_str() {
            "plots" if !plot => arg.hide(true),
            "report" | "report_language" if !report => arg.hide(true),
            _ => arg,
        });
        let command = match command.get_after_help().map(ToString::to_string) {
            Some(examples) if !plot => {
                command.after_help(examples.replace(" --plots pictures", ""))
            }
            _ => command,
        };
        without(command)
    })
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
