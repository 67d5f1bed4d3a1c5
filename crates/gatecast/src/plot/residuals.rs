//! How far off forecasts were, and how often.

use plotters::prelude::*;

use super::{
    Area, Axis, Drawn, GREY, INK, Picture, VERMILION, axes, check_values, label, range, titled,
    whole,
};

/// A histogram of the errors `truth − forecast`, with the outline of the last value's.
#[derive(Clone, Copy, Debug)]
pub struct ResidualsPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// Title of the error axis.
    pub error: &'a str,
    /// The network's errors.
    pub network: &'a [f64],
    /// The last value's.
    pub naive: &'a [f64],
}

const NETWORK: (&str, RGBColor) = ("network", VERMILION);
const NAIVE: (&str, RGBColor) = ("last value", GREY);

impl ResidualsPlot<'_> {
    /// As many bins as the square root of the errors, so that neither their number nor their
    /// height is small.
    fn bins(&self) -> usize {
        ((self.network.len() as f64).sqrt() as usize).clamp(5, 60)
    }
}

/// Errors in each of `bins` equal parts of `low..high`.
fn counts(errors: &[f64], bins: usize, low: f64, high: f64) -> Vec<f64> {
    let mut counts = vec![0.0; bins];
    for error in errors {
        let bin = ((error - low) / (high - low) * bins as f64) as usize;
        counts[bin.min(bins - 1)] += 1.0;
    }
    counts
}

impl Picture for ResidualsPlot<'_> {
    const NAME: &'static str = "the residuals";

    fn check(&self) -> Result<(), String> {
        check_values("the residuals", self.network)?;
        check_values("the residuals of the last value", self.naive)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &[NETWORK, NAIVE])?;
        let (low, high) = range(self.network.iter().chain(self.naive).chain(&[0.0]));
        let bins = self.bins();
        let network = counts(self.network, bins, low, high);
        let naive = counts(self.naive, bins, low, high);
        let most = network.iter().chain(&naive).copied().fold(1.0, f64::max);
        let across = Axis {
            range: low..high,
            title: self.error,
            labels: 10,
            format: &|value| label(*value, high - low),
        };
        let up = Axis {
            range: 0.0..1.05 * most,
            title: "forecasts",
            labels: 8,
            format: &whole,
        };
        let mut chart = axes(&body, px, across, up)?;
        let edge = |bin: usize| low + (high - low) * bin as f64 / bins as f64;
        chart.draw_series(network.iter().enumerate().map(|(bin, &count)| {
            let corners = [(edge(bin), 0.0), (edge(bin + 1), count)];
            Rectangle::new(corners, VERMILION.mix(0.45).filled())
        }))?;
        let outline = naive.iter().enumerate();
        let outline =
            outline.flat_map(|(bin, &count)| [(edge(bin), count), (edge(bin + 1), count)]);
        chart.draw_series(LineSeries::new(outline, GREY.stroke_width(2 * px)))?;
        chart.draw_series(LineSeries::new(
            [(0.0, 0.0), (0.0, most)],
            INK.stroke_width(px),
        ))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_error_is_counted_once() {
        let errors = [-1.0, -0.6, 0.0, 0.1, 1.0];
        assert_eq!(super::counts(&errors, 4, -1.0, 1.0), [2.0, 0.0, 2.0, 1.0]);
    }
}
