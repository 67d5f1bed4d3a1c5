//! `gatecast demo prices`: the reference article's network on real prices, from nothing to a forecast.

use std::path::Path;

use gatecast::forecast::Preset;
use gatecast::report::{self, number};
use gatecast::{FittedForecaster, Forecast, Forecaster, Scores, series};
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tensorboard::LogArgs;
use crate::train::{Report, train};

#[derive(Serialize)]
struct DemoReport {
    #[serde(flatten)]
    report: Report,
    #[serde(flatten)]
    forecast: Forecast,
    /// The default settings on the same rows.
    default: Option<Scores>,
}

pub(super) fn run(out: &Path, epochs: usize, common: &Common) -> Result<(), Failure> {
    let mut spec = Settings::of_preset(Preset::Article)?.spec(common)?;
    spec.train.epochs = epochs;
    // The article plots a validation loss too.
    spec.data.validation = 0.1;
    let forecaster = Forecaster::new(spec)?;
    output::check_file(&out.join("model.safetensors"), &[])?;
    let series = series::sp500();
    if !common.json {
        output::print(
            "Shape: many-to-one, from five days to the next; `train --horizon 5` makes it many-to-many\n",
        )?;
        if let Some(layers) = forecaster.summary() {
            output::print(&format!("{layers}\n"))?;
        }
    }
    let model = out.join("model.safetensors");
    let plots = cfg!(feature = "plot").then_some(out);
    let log = (&LogArgs::default(), "");
    let (fitted, report, _) = train(&forecaster, &series, &[], &model, plots, log, common)?;
    let forecast = fitted.forecast(&series)?;
    note(
        common,
        "\nThe same with the default settings, which take care:",
    );
    let mut progress = Progress::new(common);
    let mut careful = Settings::default().spec(common)?;
    careful.train.epochs = careful.train.epochs.min(epochs);
    let careful = Forecaster::new(careful)?.fit_with(&series, |event| progress.on_event(event))?;
    if common.json {
        return output::print_json(&DemoReport {
            report,
            forecast,
            default: careful.scores().cloned(),
        });
    }
    output::print(&report::test_part(&fitted))?;
    output::print(&side_by_side(&fitted, &careful))?;
    output::print(&report::of_forecast(&forecast))?;
    output::print("")?;
    output::print(&report.files())?;
    note(
        common,
        "\nNext: gatecast train YOUR_PRICES.csv, then gatecast backtest YOUR_PRICES.csv",
    );
    Ok(())
}

/// The article's network, the default and the last value on the same test rows.
fn side_by_side(article: &FittedForecaster, default: &FittedForecaster) -> String {
    let mut text = format!(
        "{:22}{:>10}{:>12}{:>10}\n",
        "side by side", "MAE", "RMSE", "skill"
    );
    let rows = [("article's network", article), ("default", default)];
    let mut row = |name: &str, mae: f64, rmse: f64, skill: Option<f64>| {
        let skill = skill.map_or("–".into(), |skill| format!("{skill:.3}"));
        text += &format!(
            "{name:22}{:>10}{:>12}{skill:>10}\n",
            number(mae),
            number(rmse)
        );
    };
    for (name, fitted) in rows {
        if let Some(scores) = fitted.scores() {
            row(name, scores.mae, scores.rmse, scores.skill);
        }
    }
    if let Some(scores) = article.scores() {
        row("last value", scores.naive_mae, scores.naive_rmse, Some(0.0));
    }
    text
}
