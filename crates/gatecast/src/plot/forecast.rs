//! Forecasts against what happened and against the last value.

use jiff::civil::Date;
use plotters::prelude::*;

use super::dates::{Days, day_number};
use super::{
    Area, Drawn, GREY, GRID, INK, Picture, VERMILION, check_values, font, label, plain, range,
    titled,
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
    /// Bands around the forecast, the widest first: level in per cent, and half the width at each
    /// date. May be empty.
    pub bands: &'a [(u8, Vec<f64>)],
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
        for (level, half) in self.bands {
            if half.len() != self.dates.len() {
                return Err(format!(
                    "there are {} dates and {} widths of the band of {level} %",
                    self.dates.len(),
                    half.len()
                ));
            }
            check_values("a band", half)?;
        }
        Ok(())
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let levels: Vec<String> = self
            .bands
            .iter()
            .map(|(level, _)| format!("{level} %"))
            .collect();
        let band = format!("band of {}", levels.join(" and "));
        let mut legend = vec![TRUTH, FORECAST, NAIVE];
        if !self.bands.is_empty() {
            legend.push((&band, BAND));
        }
        let body = titled(area, px, self.title, self.subtitle, &legend)?;
        let ends = |half: &[f64]| -> (Vec<f64>, Vec<f64>) {
            let pairs = self.forecast.iter().zip(half);
            pairs
                .map(|(value, half)| (value - half, value + half))
                .unzip()
        };
        let widest = self.bands.first().map(|(_, half)| ends(half));
        let (lower, upper) = widest.unwrap_or_default();
        let values = self.actual.iter().chain(self.forecast).chain(self.naive);
        let (low, high) = range(values.chain(&lower).chain(&upper));
        let mut chart = ChartBuilder::on(&body)
            .margin_left(20 * px)
            .margin_right(32 * px)
            .margin_bottom(16 * px)
            .x_label_area_size(56 * px)
            .y_label_area_size(96 * px)
            .build_cartesian_2d(Days::of(self.dates), low..high)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GREY)
            .x_labels(12)
            .y_labels(8)
            .y_label_formatter(&|value| label(*value, high - low))
            .label_style(font(16, px).color(&INK))
            .axis_desc_style(font(18, px).color(&INK))
            .x_desc("date")
            .y_desc(plain(self.value))
            .draw()?;
        for (_, half) in self.bands {
            let (lower, upper) = ends(half);
            let days = || self.dates.iter().map(|&date| day_number(date));
            let there = days().zip(upper);
            let back = days().zip(lower).rev();
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
