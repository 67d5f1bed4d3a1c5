//! Many series on one page, each with its forecast and bands; and how skill is spread over them.

use plotters::prelude::*;

use super::{
    Area, Axis, BLUE, Drawn, GREY, GRID, INK, Picture, VERMILION, axes, check_values, font, label,
    plain, range, titled, whole,
};

/// Some series of many, a small chart each.
#[derive(Clone, Copy, Debug)]
pub struct SeriesPage<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// At most [`SeriesPage::MOST`] are drawn.
    pub series: &'a [SeriesView],
}

/// One series of a page. Rows are counted from the last that the forecast knows, which is row 0.
#[derive(Clone, Debug, Default)]
pub struct SeriesView {
    /// Above its chart.
    pub name: String,
    /// The rows up to row 0.
    pub known: Vec<f64>,
    /// What happened from row 1 on, as far as it is known.
    pub truth: Vec<f64>,
    /// The forecast from row 1 on.
    pub forecast: Vec<f64>,
    /// Bands around the forecast, the widest first: level in per cent, lower and upper ends.
    pub bands: Vec<(u8, Vec<f64>, Vec<f64>)>,
}

/// How the skill of many series is spread.
#[derive(Clone, Copy, Debug)]
pub struct SkillPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// What skill is measured beside.
    pub baseline: &'a str,
    /// `1 − MAE / MAE of the baseline` of each series.
    pub skill: &'a [f64],
}

const TRUTH: (&str, RGBColor) = ("truth", INK);
const FORECAST: (&str, RGBColor) = ("forecast", VERMILION);
/// What one band over white looks like.
const BAND: RGBColor = RGBColor(0xf7, 0xdc, 0xc9);
/// How much of its colour a band has.
const FAINT: f64 = 0.17;
/// Charts side by side.
const ACROSS: usize = 3;
/// Height of a chart.
const HIGH: u32 = 230;
/// Width of the bars of skill, and where they end.
const BAR: f64 = 0.05;

impl SeriesPage<'_> {
    /// Series that a page has room for.
    pub const MOST: usize = 12;

    fn drawn(&self) -> &[SeriesView] {
        &self.series[..self.series.len().min(Self::MOST)]
    }
}

impl SeriesView {
    fn check(&self) -> Result<(), String> {
        check_values("the known rows", &self.known)?;
        check_values("the forecast", &self.forecast)?;
        if !self.truth.is_empty() {
            check_values("the truth", &self.truth)?;
        }
        for ends in self
            .bands
            .iter()
            .flat_map(|(_, lower, upper)| [lower, upper])
        {
            check_values("a band", ends)?;
            if ends.len() > self.forecast.len() {
                return Err("a band is longer than its forecast".into());
            }
        }
        Ok(())
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let after = |values: &[f64]| -> Vec<(f64, f64)> {
            let places = (1..).map(f64::from).zip(values.iter().copied());
            places.collect()
        };
        let first = 1.0 - self.known.len() as f64;
        let known = (0..).map(|row| first + f64::from(row));
        let known: Vec<(f64, f64)> = known.zip(self.known.iter().copied()).collect();
        let truth: Vec<(f64, f64)> = known.iter().copied().chain(after(&self.truth)).collect();
        let joined = |values: &[f64]| -> Vec<(f64, f64)> {
            let last = known.last().copied();
            last.into_iter().chain(after(values)).collect()
        };
        let bands: Vec<Vec<(f64, f64)>> = self
            .bands
            .iter()
            .map(|(_, lower, upper)| {
                let lower = joined(lower);
                joined(upper)
                    .into_iter()
                    .chain(lower.into_iter().rev())
                    .collect()
            })
            .collect();
        let values: Vec<f64> = bands
            .iter()
            .flatten()
            .chain(&truth)
            .map(|point| point.1)
            .chain(self.forecast.iter().copied())
            .collect();
        let (low, high) = range(values.iter());
        let last = self.forecast.len().max(self.truth.len()) as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_left(10 * px)
            .margin_right(14 * px)
            .margin_bottom(6 * px)
            .caption(plain(&self.name), font(15, px).color(&INK))
            .x_label_area_size(22 * px)
            .y_label_area_size(74 * px)
            .build_cartesian_2d(first..last, low..high)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GREY)
            .x_labels(5)
            .y_labels(4)
            .x_label_formatter(&whole)
            .y_label_formatter(&|value| label(*value, high - low))
            .label_style(font(12, px).color(&GREY))
            .draw()?;
        for band in bands {
            chart.draw_series([Polygon::new(band, FORECAST.1.mix(FAINT))])?;
        }
        let style = |colour: RGBColor| colour.stroke_width(2 * px);
        chart.draw_series(LineSeries::new(truth, style(TRUTH.1)))?;
        chart.draw_series(LineSeries::new(joined(&self.forecast), style(FORECAST.1)))?;
        Ok(())
    }
}

impl Picture for SeriesPage<'_> {
    const NAME: &'static str = "the series";

    fn check(&self) -> Result<(), String> {
        if self.series.is_empty() {
            return Err("there are no series".into());
        }
        self.drawn().iter().try_for_each(SeriesView::check)
    }

    fn height(&self) -> u32 {
        80 + HIGH * self.drawn().len().div_ceil(ACROSS) as u32 + 10
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let mut legend = vec![TRUTH, FORECAST];
        let banded = self.drawn().iter().find(|series| !series.bands.is_empty());
        let levels = banded.map_or(&[][..], |series| &series.bands);
        let levels: Vec<String> = levels
            .iter()
            .map(|(level, ..)| format!("{level} %"))
            .collect();
        let band = format!("band of {}", levels.join(" and "));
        if !levels.is_empty() {
            legend.push((&band, BAND));
        }
        let body = titled(area, px, self.title, self.subtitle, &legend)?;
        let rows = self.drawn().len().div_ceil(ACROSS);
        let (body, _) = body.split_vertically(HIGH * rows as u32 * px);
        let places = body.split_evenly((rows, ACROSS));
        let mut each = self.drawn().iter().zip(&places);
        each.try_for_each(|(series, place)| series.draw(place, px))
    }
}

impl Picture for SkillPlot<'_> {
    const NAME: &'static str = "the skill";

    fn check(&self) -> Result<(), String> {
        check_values("skill", self.skill)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let bars = (2.0 / BAR).round() as usize;
        let mut counts = vec![0usize; bars];
        // What is neither better nor worse has a bar of its own.
        let equal = self.skill.iter().filter(|skill| **skill == 0.0).count() as f64;
        for skill in self.skill.iter().filter(|skill| **skill != 0.0) {
            // What lies beyond the ends counts there.
            let bar = ((skill + 1.0) / BAR).floor().clamp(0.0, (bars - 1) as f64);
            counts[bar as usize] += 1;
        }
        let body = titled(area, px, self.title, self.subtitle, &[])?;
        let most = counts.iter().copied().max().unwrap_or(0) as f64;
        let most = most.max(equal);
        let across = format!(
            "skill beside {} (above 0: better; at -1 and 1 all beyond)",
            self.baseline
        );
        let x = Axis {
            range: -1.0..1.0,
            title: &across,
            labels: 11,
            format: &|value: &f64| format!("{value:.1}"),
        };
        let y = Axis {
            range: 0.0..most * 1.05,
            title: "series",
            labels: 8,
            format: &whole,
        };
        let mut chart = axes(&body, px, x, y)?;
        chart.draw_series(counts.iter().enumerate().map(|(bar, count)| {
            let left = bar as f64 * BAR - 1.0;
            let colour = if left + BAR / 2.0 < 0.0 {
                VERMILION
            } else {
                BLUE
            };
            let corners = [(left + 0.1 * BAR, 0.0), (left + 0.9 * BAR, *count as f64)];
            Rectangle::new(corners, colour.mix(0.8).filled())
        }))?;
        let corners = [(-0.2 * BAR, 0.0), (0.2 * BAR, equal)];
        chart.draw_series([Rectangle::new(corners, GREY.filled())])?;
        let zero = [(0.0, 0.0), (0.0, most * 1.05)];
        chart.draw_series(LineSeries::new(zero, INK.stroke_width(px)))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_grows_with_its_series_and_has_room_for_so_many() {
        let view = |rows: usize| SeriesView {
            name: format!("{rows} <&> rows"),
            known: (0..rows).map(|row| row as f64).collect(),
            truth: vec![3.0, 4.0],
            forecast: vec![2.0, 5.0, 6.0],
            bands: vec![(80, vec![1.0; 2], vec![8.0; 2])],
        };
        let views: Vec<SeriesView> = (1..40).map(view).collect();
        let mut heights = Vec::new();
        for count in [1, 3, 4, 39] {
            let page = SeriesPage {
                title: "t",
                subtitle: "s",
                series: &views[..count],
            };
            let svg = page.svg().unwrap();
            let drawn = svg.matches("rows").count();
            assert_eq!(drawn, count.min(SeriesPage::MOST));
            assert!(svg.contains("band of 80 %"), "{svg}");
            page.png().unwrap();
            heights.push(page.height());
        }
        assert_eq!(heights, [320, 320, 550, 1010]);
        let empty = SeriesPage {
            title: "t",
            subtitle: "s",
            series: &[],
        };
        assert!(empty.svg().is_err());
    }

    #[test]
    fn the_bars_of_skill_hold_every_series() {
        let skill = [-7.0, -0.31, -0.01, 0.0, 0.012, 0.4, 1.0];
        let plot = SkillPlot {
            title: "t",
            subtitle: "s",
            baseline: "last value",
            skill: &skill,
        };
        let svg = plot.svg().unwrap();
        roxmltree::Document::parse(&svg).expect("well-formed");
        assert!(svg.contains("skill beside last value"), "{svg}");
        plot.png().unwrap();
        let nothing = SkillPlot { skill: &[], ..plot };
        assert!(nothing.svg().is_err());
    }
}
