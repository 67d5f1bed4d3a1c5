//! Forecasts against what happened and against the last value.

use jiff::civil::Date;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

use super::dates::{Days, day_number};
use super::{
    Area, Axis, Drawn, GREY, INK, Picture, VERMILION, axes, check_values, label, range, titled,
};

/// One-step forecasts over the test part.
#[derive(Clone, Copy, Debug)]
pub struct ForecastPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title: scores, for example.
    pub subtitle: &'a str,
    /// Title of the value axis.
    pub value: &'a str,
    /// Ascending, one for each value.
    pub dates: &'a [Date],
    /// What happened.
    pub actual: &'a [f64],
    /// What the network said.
    pub forecast: &'a [f64],
    /// The value of the day before.
    pub naive: &'a [f64],
    /// Bands around the forecast, the widest first: level in per cent, lower and upper end at each
    /// date. May be empty.
    pub bands: &'a [(u8, Vec<f64>, Vec<f64>)],
}

const TRUTH: (&str, RGBColor) = ("truth", INK);
const FORECAST: (&str, RGBColor) = ("forecast", VERMILION);
const NAIVE: (&str, RGBColor) = ("last value", GREY);
/// What one band over white looks like.
const BAND: RGBColor = RGBColor(0xf7, 0xdc, 0xc9);

impl Picture for ForecastPlot<'_> {
    const NAME: &'static str = "the forecast";

    fn check(&self) -> Result<(), String> {
        let parts = [
            ("the truth", self.actual),
            ("the forecast", self.forecast),
            ("the last value", self.naive),
        ];
        for (name, values) in parts {
            if values.len() != self.dates.len() {
                return Err(format!(
                    "there are {} dates and {} values of {name}",
                    self.dates.len(),
                    values.len()
                ));
            }
            check_values(name, values)?;
        }
        for (level, lower, upper) in self.bands {
            for ends in [lower, upper] {
                if ends.len() != self.dates.len() {
                    return Err(format!(
                        "there are {} dates and {} ends of the band of {level} %",
                        self.dates.len(),
                        ends.len()
                    ));
                }
                check_values("a band", ends)?;
            }
        }
        Ok(())
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let levels: Vec<String> = self
            .bands
            .iter()
            .map(|(level, _, _)| format!("{level} %"))
            .collect();
        let band = format!("band of {}", levels.join(" and "));
        let mut legend = vec![TRUTH, FORECAST, NAIVE];
        if !self.bands.is_empty() {
            legend.push((&band, BAND));
        }
        let body = titled(area, px, self.title, self.subtitle, &legend)?;
        let ends = self
            .bands
            .iter()
            .flat_map(|(_, lower, upper)| lower.iter().chain(upper));
        let values = self.actual.iter().chain(self.forecast).chain(self.naive);
        let (low, high) = range(values.chain(ends));
        let across = Axis {
            range: Days::of(self.dates),
            title: "date",
            labels: 12,
            format: &Days::format,
        };
        let up = Axis {
            range: low..high,
            title: self.value,
            labels: 8,
            format: &|value| label(*value, high - low),
        };
        let mut chart = axes(&body, px, across, up)?;
        for (_, lower, upper) in self.bands {
            let days = || self.dates.iter().map(|&date| day_number(date));
            let there = days().zip(upper.iter().copied());
            let back = days().zip(lower.iter().copied()).rev();
            let outline: Vec<_> = there.chain(back.collect::<Vec<_>>()).collect();
            chart.draw_series([Polygon::new(outline, VERMILION.mix(0.17))])?;
        }
        // Dense data get thinner lines, so that they stay apart.
        let width = if self.dates.len() > 400 { 1 } else { 2 };
        let curves = [
            (self.naive, NAIVE.1, 1),
            (self.actual, TRUTH.1, width),
            (self.forecast, FORECAST.1, width),
        ];
        for (values, colour, width) in curves {
            let points = self
                .dates
                .iter()
                .map(|&date| day_number(date))
                .zip(values.iter().copied());
            chart.draw_series(LineSeries::new(points, colour.stroke_width(width * px)))?;
        }
        if self.dates.len() == 1 {
            // A line of one point is invisible.
            let points = [
                (self.actual[0], TRUTH.1),
                (self.forecast[0], FORECAST.1),
                (self.naive[0], NAIVE.1),
            ];
            let day = day_number(self.dates[0]);
            chart.draw_series(
                points.map(|(value, colour)| Circle::new((day, value), 4 * px, colour.filled())),
            )?;
        }
        Ok(())
    }
}
