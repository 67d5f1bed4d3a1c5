//! Forecasts against what happened and against the last value.

use jiff::civil::Date;
use plotters::prelude::*;

use super::dates::{Days, day_number};
use super::{
    Area, BLUE, Drawn, GREY, GRID, INK, Picture, VERMILION, check_values, font, label, plain,
    range, titled,
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
}

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
        Ok(())
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle)?;
        let (low, high) = range(self.actual.iter().chain(self.forecast).chain(self.naive));
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
        // Dense data get thinner lines, so that they stay apart.
        let width = if self.dates.len() > 400 { 1 } else { 2 };
        let curves = [
            ("last value", self.naive, GREY, 1),
            ("truth", self.actual, INK, width),
            ("forecast", self.forecast, VERMILION, width),
        ];
        for (name, values, colour, width) in curves {
            let points = self
                .dates
                .iter()
                .map(|&date| day_number(date))
                .zip(values.iter().copied());
            let style = colour.stroke_width(width * px);
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new(
                        [(x, y), (x + 24 * px as i32, y)],
                        colour.stroke_width((width + 1) * px),
                    )
                });
        }
        if self.dates.len() == 1 {
            // A line of one point is invisible.
            let points = [
                (self.actual[0], INK),
                (self.forecast[0], VERMILION),
                (self.naive[0], BLUE),
            ];
            let day = day_number(self.dates[0]);
            chart.draw_series(
                points.map(|(value, colour)| Circle::new((day, value), 4 * px, colour.filled())),
            )?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.85))
            .border_style(GRID)
            .margin(12 * px)
            .legend_area_size(36 * px)
            .label_font(font(17, px).color(&INK))
            .draw()
    }
}
