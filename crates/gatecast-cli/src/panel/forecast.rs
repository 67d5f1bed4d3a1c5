//! `forecast` over many series.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gatecast::forecast::{ForecastOptions, Selection};
use gatecast::report::quoted;
use gatecast::series::{Data, Skipped};
use gatecast::{FittedForecaster, Series, parallel_map};
use serde::Serialize;

use super::args::{ModelNames, PanelArgs};
use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::pictures;

impl PanelArgs {
    /// `forecast` over a panel, by one model for all or by a folder with a model for each: a CSV line
    /// a series and step, or JSON.
    pub(crate) fn forecast(
        &self,
        model: &Path,
        first: &FittedForecaster,
        data: &Data,
        options: &ForecastOptions,
        levels: Option<Vec<u8>>,
        plots: Option<&Path>,
        common: &Common,
    ) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Of<'a> {
            unique_id: &'a str,
            #[serde(flatten)]
            forecast: gatecast::Forecast,
        }
        #[derive(Serialize)]
        struct All<'a> {
            series: Vec<Of<'a>>,
            skipped: &'a [Skipped],
        }
        let in_folder = model.is_dir();
        let joined = &first.training().joined;
        if data.options().join.is_empty() && !joined.is_empty() {
            let text = format!(
                "note: the model was given {} from a file that was joined (--join)",
                joined.join(", ")
            );
            note(common, &text);
        }
        let panel = self.read(data, first.spec(), common)?;
        let mut skipped = panel.skipped.clone();
        // A model without folds, as of a short series among others, has no bands.
        let asked = levels.is_some();
        let levels = levels.unwrap_or_else(|| vec![80, 95]);
        let with_bands = ForecastOptions {
            levels: levels.clone(),
            ..options.clone()
        };
        let options_of = |fitted: &FittedForecaster| match fitted.selection() {
            None if in_folder || !asked => options,
            _ => &with_bands,
        };
        let names = ModelNames::of(data, &panel)?;
        let threads = common.threads.map(usize::from);
        let made = parallel_map(
            threads,
            panel.series.len(),
            |at| -> Result<_, gatecast::Error> {
                let series = &panel.series[at];
                let loaded;
                let fitted = match in_folder {
                    false => first,
                    true => {
                        loaded = FittedForecaster::load(model.join(names.file(series)))?;
                        &loaded
                    }
                };
                let sure = |selection: &Selection| {
                    levels.iter().all(|level| selection.is_enough_for(*level))
                };
                let sure = fitted.selection().map(sure);
                Ok((fitted.forecast_with(series, options_of(fitted))?, sure))
            },
        );
        let (mut without, mut unsure) = (0, 0);
        let mut forecasts = Vec::new();
        for (series, forecast) in panel.series.iter().zip(made) {
            match forecast {
                Ok((forecast, sure)) => {
                    without += usize::from(sure.is_none());
                    unsure += usize::from(sure == Some(false));
                    forecasts.push(Of {
                        unique_id: series.name(),
                        forecast,
                    });
                }
                Err(error) if self.strict || error.is_usage() => return Err(error.into()),
                Err(error) => {
                    note(
                        common,
                        &format!("note: {} is left out: {error}", series.name()),
                    );
                    skipped.push(Skipped {
                        name: series.name().into(),
                        reason: error.to_string(),
                    });
                }
            }
        }
        if in_folder && without > 0 && (asked || without < forecasts.len()) {
            note(
                common,
                &format!("note: {without} series have no bands: they had too few rows for folds"),
            );
        }
        if unsure > 0 {
            let which = match in_folder {
                true => format!("{unsure} series"),
                false => "all series".into(),
            };
            note(
                common,
                &format!("note: the bands of {which} rest on too few errors to be sure of them"),
            );
        }
        if let Some(folder) = plots {
            let places: HashMap<&str, &Series> =
                panel.series.iter().map(|s| (s.name(), s)).collect();
            let shown: Vec<(&Series, &gatecast::Forecast)> = super::some(&forecasts)
                .into_iter()
                .filter_map(|of| Some((*places.get(of.unique_id)?, &of.forecast)))
                .collect();
            output::write(&pictures::of_forecasts(&shown, folder)?)?;
        }
        if common.json {
            return output::print_json(&All {
                series: forecasts,
                skipped: &skipped,
            });
        }
        let mut points = forecasts.iter().flat_map(|of| &of.forecast.points);
        let bands: Vec<String> = match points.any(|point| !point.bands.is_empty()) {
            true => levels
                .iter()
                .flat_map(|level| [format!("lower{level}"), format!("upper{level}")])
                .collect(),
            false => Vec::new(),
        };
        let mut text = format!("unique_id,ds,{}", first.spec().data.target);
        for band in &bands {
            text += &format!(",{band}");
        }
        for Of {
            unique_id,
            forecast,
        } in &forecasts
        {
            for point in &forecast.points {
                text += &format!("\n{},{},{}", quoted(unique_id), point.date, point.value);
                for band in &bands {
                    text += &point
                        .bands
                        .get(band)
                        .map_or(",".into(), |value| format!(",{value}"));
                }
            }
        }
        output::print(&text)
    }
}

/// Any model of a folder: they share their settings.
pub(crate) fn first_model(folder: &Path) -> Result<PathBuf, Failure> {
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(gatecast::Error::io("read", folder))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "safetensors")
        })
        .collect();
    models.sort();
    models.into_iter().next().ok_or_else(|| Failure::Usage {
        message: format!("{} holds no models", folder.display()),
        help: Some("train over the same series first".into()),
    })
}
