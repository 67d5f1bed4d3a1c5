//! What each fold of a backtest was trained on and tested on.

use plotters::prelude::*;

use super::dates::{Days, place};
use super::{Area, Axis, BLUE, Drawn, GREY, Picture, VERMILION, axes, titled, whole};
use crate::series::Stamp;

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

/// The dates of one fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldSpan {
    /// First and last date trained on.
    pub train: (Stamp, Stamp),
    /// Rows between training and test, which the fold leaves out. Days without rows, such as a
    /// weekend, are no gap.
    pub gap: usize,
    /// First and last date forecast.
    pub test: (Stamp, Stamp),
}

const TRAIN: (&str, RGBColor) = ("train", BLUE);
const GAP: (&str, RGBColor) = ("gap", GREY);
const TEST: (&str, RGBColor) = ("test", VERMILION);

impl Picture for FoldsPlot<'_> {
    const NAME: &'static str = "the folds";

    fn check(&self) -> Result<(), String> {
        let backwards = |fold: &FoldSpan| {
            let FoldSpan { train, test, .. } = fold;
            ![train.0, train.1, test.0, test.1].is_sorted()
        };
        match self.folds.iter().position(backwards) {
            Some(fold) => Err(format!("the dates of fold {} do not ascend", fold + 1)),
            None if self.folds.is_empty() => Err("there are no folds".into()),
            None => Ok(()),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let mut legend = vec![TRAIN, TEST];
        if self.folds.iter().any(|fold| fold.gap > 0) {
            legend.insert(1, GAP);
        }
        let body = titled(area, px, self.title, self.subtitle, &legend)?;
        let count = self.folds.len();
        let first = self.folds.iter().map(|fold| fold.train.0).min();
        let last = self.folds.iter().map(|fold| fold.test.1).max();
        let ends: Vec<Stamp> = first.into_iter().chain(last).collect();
        let days = Days::of(&ends);
        let across = Axis {
            range: days.clone(),
            title: "date",
            labels: 12,
            format: &|value| days.label(*value),
        };
        let up = Axis {
            // The first fold on top.
            range: count as f64 + 0.6..0.4,
            title: "fold",
            labels: count.min(12),
            format: &whole,
        };
        let mut chart = axes(&body, px, across, up)?;
        for (index, FoldSpan { train, gap, test }) in self.folds.iter().enumerate() {
            let middle = index as f64 + 1.0;
            let mut draw = |from: i64, to: i64, (_, colour): (&str, RGBColor)| {
                let corners = [(from, middle - 0.3), (to, middle + 0.3)];
                chart
                    .draw_series([Rectangle::new(corners, colour.mix(0.75).filled())])
                    .map(|_| ())
            };
            // A part reaches to the beginning of the next one.
            let tested = place(test.0);
            let trained = match gap {
                0 => tested,
                _ => (place(train.1) + 86_400).min(tested),
            };
            draw(place(train.0), trained, TRAIN)?;
            if *gap > 0 {
                draw(trained, tested, GAP)?;
            }
            draw(tested, place(test.1), TEST)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// Left and right end of every bar of a colour, and whether the legend has a gap.
    fn bars(gap: usize) -> (impl Fn(RGBColor) -> Vec<(i32, i32)>, bool) {
        let folds = [FoldSpan {
            train: (date(2018, 1, 1).into(), date(2018, 3, 2).into()),
            gap,
            // After a weekend.
            test: (date(2018, 3, 5).into(), date(2018, 3, 30).into()),
        }];
        let picture = FoldsPlot {
            title: "t",
            subtitle: "s",
            folds: &folds,
        };
        let svg = picture.svg().unwrap();
        let legend = svg.contains("\ngap\n");
        let of = move |RGBColor(r, g, b): RGBColor| {
            let document = roxmltree::Document::parse(&svg).unwrap();
            let fill = format!("#{r:02X}{g:02X}{b:02X}");
            document
                .descendants()
                .filter(|node| {
                    node.has_tag_name((node.tag_name().namespace().unwrap_or(""), "rect"))
                })
                .filter(|node| node.attribute("fill") == Some(&fill))
                .map(|node| {
                    let number = |name| node.attribute(name).unwrap().parse::<i32>().unwrap();
                    (number("x"), number("x") + number("width"))
                })
                .collect()
        };
        (of, legend)
    }

    #[test]
    fn a_weekend_is_no_gap_and_rows_left_out_are() {
        let (bars_of, legend) = bars(0);
        let (train, test) = (bars_of(BLUE)[0], bars_of(VERMILION)[0]);
        assert_eq!(train.1, test.0, "nothing lies between");
        assert!(bars_of(GREY).is_empty() && !legend);

        let (bars_of, legend) = bars(1);
        let (train, test) = (bars_of(BLUE)[0], bars_of(VERMILION)[0]);
        assert_eq!(bars_of(GREY), [(train.1, test.0)]);
        assert!(train.1 < test.0 && legend);
    }
}
