//! What each fold of a backtest was trained on and tested on.

use jiff::civil::Date;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

use super::dates::{Days, day_number};
use super::{Area, Axis, BLUE, Drawn, GREY, Picture, VERMILION, axes, titled, whole};

/// The folds of a backtest on a line of time.
#[derive(Clone, Copy, Debug)]
pub struct FoldsPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// In order of time.
    pub folds: &'a [FoldSpan],
}

/// The dates of one fold; what lies between training and test is its gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldSpan {
    /// First and last date trained on.
    pub train: (Date, Date),
    /// First and last date forecast.
    pub test: (Date, Date),
}

const LEGEND: [(&str, RGBColor); 3] = [("train", BLUE), ("gap", GREY), ("test", VERMILION)];

impl Picture for FoldsPlot<'_> {
    const NAME: &'static str = "the folds";

    fn check(&self) -> Result<(), String> {
        let backwards = |fold: &FoldSpan| {
            let FoldSpan { train, test } = fold;
            ![train.0, train.1, test.0, test.1].is_sorted()
        };
        match self.folds.iter().position(backwards) {
            Some(fold) => Err(format!("the dates of fold {} do not ascend", fold + 1)),
            None if self.folds.is_empty() => Err("there are no folds".into()),
            None => Ok(()),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &LEGEND)?;
        let count = self.folds.len();
        let first = self.folds.iter().map(|fold| fold.train.0).min();
        let last = self.folds.iter().map(|fold| fold.test.1).max();
        let ends: Vec<Date> = first.into_iter().chain(last).collect();
        let across = Axis {
            range: Days::of(&ends),
            title: "date",
            labels: 12,
            format: &Days::format,
        };
        let up = Axis {
            // The first fold on top.
            range: count as f64 + 0.6..0.4,
            title: "fold",
            labels: count.min(12),
            format: &whole,
        };
        let mut chart = axes(&body, px, across, up)?;
        for (index, FoldSpan { train, test }) in self.folds.iter().enumerate() {
            let middle = index as f64 + 1.0;
            let spans = [
                (day_number(train.0), day_number(train.1) + 1, BLUE),
                (day_number(train.1) + 1, day_number(test.0), GREY),
                (day_number(test.0), day_number(test.1), VERMILION),
            ];
            chart.draw_series(spans.map(|(from, to, colour)| {
                let corners = [(from, middle - 0.3), (to.max(from), middle + 0.3)];
                Rectangle::new(corners, colour.mix(0.75).filled())
            }))?;
        }
        Ok(())
    }
}
