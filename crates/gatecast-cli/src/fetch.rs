//! `gatecast fetch`: daily prices from a public source into a file.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use gatecast::series::Stamp;
use gatecast_fetch::{Fetched, Key, Origin, Progress, Request, Source, fetch, write_csv};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure, note, say};

/// Environment variable with the key of Alpha Vantage.
const KEY: &str = "ALPHAVANTAGE_API_KEY";

/// Fetch daily prices from a public source and write them as CSV
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast fetch 0050 --source twse --from 2017-01 --to 2018-04
  gatecast fetch 0050.TW --source yahoo --from 2010-01-01 --out 0050.csv
  gatecast fetch spy.us --source stooq --from 2005-02-25 --offline

What was fetched is kept in a folder, so that a fetch that was interrupted goes on where it stopped
and --offline needs no network. Alpha Vantage wants a key in the environment variable
ALPHAVANTAGE_API_KEY.")]
pub(crate) struct FetchArgs {
    /// Symbol as the source writes it: 0050 (twse), 0050.TW (yahoo), spy.us (stooq), IBM
    symbol: String,
    /// Source to fetch from
    #[arg(long, value_name = "NAME", value_parser = sources())]
    source: Source,
    /// First day or month
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    from: Date,
    /// Last day or month [default: today]
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    to: Option<Date>,
    /// File to write [default: SYMBOL.csv]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder in which pages are kept [default: gatecast in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Take pages from that folder only
    #[arg(long)]
    offline: bool,
    /// Base address to use instead of the source's own
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// Seconds between requests, at least [default: 3 for twse, 1 for the others]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pause: Option<Duration>,
}

#[derive(Serialize)]
struct Report<'a> {
    source: &'static str,
    symbol: &'a str,
    rows: usize,
    first: Stamp,
    last: Stamp,
    columns: Vec<&'a str>,
    from_network: usize,
    from_cache: usize,
    file: &'a PathBuf,
    notes: &'a [String],
}

impl FetchArgs {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let today = jiff::Zoned::now().date();
        let mut request = Request::new(
            self.source,
            self.symbol,
            self.from,
            self.to.unwrap_or(today),
        );
        request.base = self.base;
        request.offline = self.offline;
        request.pause = self.pause.unwrap_or(request.pause);
        request.cache = self.cache.or_else(cache_folder);
        if self.source.wants_key() {
            request.key = std::env::var(KEY)
                .ok()
                .filter(|key| !key.trim().is_empty())
                .map(Key::new);
        }
        let harmless = |c: char| {
            if c.is_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        };
        let name = || {
            format!(
                "{}.csv",
                request.symbol.chars().map(harmless).collect::<String>()
            )
        };
        let out = self.out.unwrap_or_else(|| name().into());
        output::check_file(&out, &[])?;

        let mut news = News::new(common);
        let fetched = fetch(&request, &mut |progress| news.hear(progress))?;
        news.end();
        output::make_folder_of(&out)?;
        write_csv(&fetched.series, &out)?;
        let Fetched {
            series,
            from_network,
            from_cache,
            notes,
        } = &fetched;
        for text in notes {
            note(common, &format!("note: {text}"));
        }
        let dates = series.stamps();
        let report = Report {
            source: request.source.name(),
            symbol: &request.symbol,
            rows: series.rows(),
            first: dates[0],
            last: dates[dates.len() - 1],
            columns: series.columns().iter().map(|c| c.name.as_str()).collect(),
            from_network: *from_network,
            from_cache: *from_cache,
            file: &out,
            notes,
        };
        if common.json {
            return output::print_json(&report);
        }
        output::print(&format!(
            "{} of {}: {} rows from {} to {}; {}\npages: {from_network} fetched, {from_cache} from the cache\nwritten  {}",
            report.symbol,
            request.source.title(),
            report.rows,
            report.first,
            report.last,
            report.columns.join(", "),
            out.display(),
        ))
    }
}

/// Shows how far a fetch is: a bar on a terminal, lines elsewhere.
enum News {
    Silent,
    Bar(ProgressBar),
    Lines,
}

impl News {
    fn new(common: &Common) -> Self {
        if common.quiet {
            return Self::Silent;
        }
        if !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            return Self::Lines;
        }
        let bar = ProgressBar::no_length();
        if let Ok(style) =
            ProgressStyle::with_template("page {pos}/{len} {wide_bar} {elapsed}  {msg}")
        {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    fn hear(&mut self, progress: Progress<'_>) {
        match (self, progress) {
            (
                Self::Bar(bar),
                Progress::Page {
                    done, of, label, ..
                },
            ) => {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                bar.set_message(label.to_string());
            }
            (
                Self::Lines,
                Progress::Page {
                    done,
                    of,
                    label,
                    origin,
                    rows,
                },
            ) => {
                let from = match origin {
                    Origin::Network => "",
                    Origin::Cache => ", from the cache",
                };
                say(&format!("page {done}/{of}  {label}: {rows} rows{from}"));
            }
            (
                Self::Bar(_) | Self::Lines,
                Progress::Retry {
                    label,
                    failed,
                    tries,
                    wait,
                    reason,
                },
            ) => {
                say(&format!(
                    "{label}: {reason}; try {} of {tries} in {} s",
                    failed + 1,
                    wait.as_secs_f64().round()
                ));
            }
            _ => {}
        }
    }

    fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn sources() -> impl TypedValueParser<Value = Source> {
    PossibleValuesParser::new(Source::ALL.map(Source::name)).try_map(|name| name.parse::<Source>())
}

/// The user's folder for what can be fetched again.
fn cache_folder() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| Some(std::env::home_dir()?.join(".cache")))
        .map(|folder| folder.join("gatecast"))
}

fn first_day(text: &str) -> Result<Date, String> {
    day(text)
        .or_else(|_| day(&format!("{text}-01")))
        .map_err(no_date)
}

fn last_day(text: &str) -> Result<Date, String> {
    day(text)
        .or_else(|_| day(&format!("{text}-01")).map(Date::last_of_month))
        .map_err(no_date)
}

fn day(text: &str) -> Result<Date, jiff::Error> {
    Date::strptime("%Y-%m-%d", text)
}

fn no_date(_: jiff::Error) -> String {
    "write a day such as 2018-04-30 or a month such as 2018-04".into()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "give a number of seconds".to_string())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|pause| *pause <= Duration::from_secs(3600))
        .ok_or_else(|| "choose between 0 and 3600 seconds".into())
}
