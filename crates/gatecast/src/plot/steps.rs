//! Errors by step ahead.

use plotters::prelude::*;

use super::{
    Area, Axis, Drawn, GREY, Picture, VERMILION, axes, check_values, label, range, titled, whole,
};

/// The mean absolute error of each step ahead beside the last value's.
#[derive(Clone, Copy, Debug)]
pub struct StepsPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// Title of the error axis.
    pub error: &'a str,
    /// The network's, the first step first.
    pub network: &'a [f64],
    /// The last value's.
    pub naive: &'a [f64],
}

const NETWORK: (&str, RGBColor) = ("network", VERMILION);
const NAIVE: (&str, RGBColor) = ("last value", GREY);

impl Picture for StepsPlot<'_> {
    const NAME: &'static str = "the errors by step";

    fn check(&self) -> Result<(), String> {
        if self.network.len() != self.naive.len() {
            let (ours, theirs) = (self.network.len(), self.naive.len());
            return Err(format!(
                "there are {ours} errors of the network and {theirs} of the last value"
            ));
        }
        check_values("the errors", self.network)?;
        check_values("the errors of the last value", self.naive)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &[NETWORK, NAIVE])?;
        let (low, high) = range(self.network.iter().chain(self.naive).chain(&[0.0]));
        let across = Axis {
            range: 1.0..self.network.len().max(2) as f64,
            title: "step ahead",
            labels: self.network.len().clamp(2, 12),
            format: &whole,
        };
        let up = Axis {
            range: low.max(0.0)..high,
            title: self.error,
            labels: 8,
            format: &|value| label(*value, high - low),
        };
        let mut chart = axes(&body, px, across, up)?;
        // The last value's is wider, so that it shows where the two are equal.
        let curves = [(self.naive, NAIVE.1, 5), (self.network, NETWORK.1, 2)];
        for (values, colour, width) in curves {
            let points = || (1..).map(f64::from).zip(values.iter().copied());
            let dots = points().map(|point| {
                let size = (width as i32 + 2) * px as i32;
                Circle::new(point, size, colour.filled())
            });
            chart.draw_series(dots)?;
            chart.draw_series(LineSeries::new(points(), colour.stroke_width(width * px)))?;
        }
        Ok(())
    }
}
