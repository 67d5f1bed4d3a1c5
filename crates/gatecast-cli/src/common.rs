//! The flags that every subcommand takes. What this file is not: it acts on none of them.

use clap::Args;
use gatecast::forecast::Setting;

/// What every subcommand takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// Print one JSON object on stdout and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print nothing but errors on stderr
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[arg(long, global = true, value_name = "N", help = help_of("threads"), value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    #[arg(long, global = true, value_name = "N", help = help_of("seed"))]
    pub(crate) seed: Option<u64>,
}

/// The help of a setting of the library.
fn help_of(name: &str) -> String {
    Setting::find(name).map(Setting::help).unwrap_or_default()
}
