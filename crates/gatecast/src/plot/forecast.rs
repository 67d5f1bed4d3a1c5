//! Forecasts against what happened and against the last value, and the forecast of what comes.
//!
//! A test part with more rows than can be told apart gets a second panel, which shows its end.

use plotters::prelude::*;

use super::dates::{Days, place};
use super::{
    Area, Axis, BLUE, Drawn, GREY, GRID, INK, Picture, SIZE, VERMILION, axes, check_values, font,
    label, range, titled,
};
use crate::series::Stamp;

/// One-step forecasts over the test part, and what comes after it.
#[derive(Clone, Copy, Debug)]
pub struct ForecastPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title: scores, for example.
    pub subtitle: &'a str,
    /// Title of the value axis.
    pub value: &'a str,
    /// Ascending, one for each row.
    pub dates: &'a [Stamp],
    /// What happened, one for each row.
    pub actual: &'a [f64],
    /// The network's forecasts. With several steps ahead, the last rows may have none.
    pub forecast: &'a [f64],
    /// The value of the day before, one for each forecast.
    pub naive: &'a [f64],
    /// Bands around the forecast, the widest first: level in per cent, lower and upper end of each
    /// forecast. May be empty.
    pub bands: &'a [(u8, Vec<f64>, Vec<f64>)],
    /// What follows the last row, where that has been forecast.
    pub coming: Option<Coming<'a>>,
}

/// A forecast of what nobody knows yet.
#[derive(Clone, Copy, Debug)]
pub struct Coming<'a> {
    /// Stamp and value of the last row that is known.
    pub cutoff: (Stamp, f64),
    /// Ascending, after that row.
    pub dates: &'a [Stamp],
    /// One for each date.
    pub values: &'a [f64],
    /// Bands, as in [`ForecastPlot::bands`].
    pub bands: &'a [(u8, Vec<f64>, Vec<f64>)],
}

const TRUTH: (&str, RGBColor) = ("truth", INK);
const FORECAST: (&str, RGBColor) = ("forecast", VERMILION);
const NAIVE: (&str, RGBColor) = ("last value", GREY);
const COMING: RGBColor = BLUE;
/// What one band over white looks like.
const BAND: RGBColor = RGBColor(0xf7, 0xdc, 0xc9);
/// How much of its colour a band has.
const FAINT: f64 = 0.17;

/// Forecasts that one panel can show: with more, each has less than four pixels.
const DENSE: usize = 250;
/// Forecasts in the second panel.
const ZOOM: usize = 60;
/// Height of a picture of two panels.
const TALL: u32 = 1100;

/// A moment and a value.
type Point = (i64, f64);

fn points(dates: &[Stamp], values: &[f64]) -> Vec<Point> {
    let days = dates.iter().map(|&date| place(date));
    days.zip(values.iter().copied()).collect()
}

/// The way around a band.
fn outline(lower: Vec<Point>, upper: Vec<Point>) -> Vec<Point> {
    upper.into_iter().chain(lower.into_iter().rev()).collect()
}

impl Coming<'_> {
    /// From the last row that is known through values of the dates to come.
    fn points(&self, values: &[f64]) -> Vec<Point> {
        let known = (place(self.cutoff.0), self.cutoff.1);
        std::iter::once(known)
            .chain(points(self.dates, values))
            .collect()
    }

    fn check(&self, last: Option<&Stamp>) -> Result<(), String> {
        let (cutoff, value) = self.cutoff;
        check_values("the last row", &[value])?;
        check_values("the coming forecast", self.values)?;
        check_bands(self.bands, self.dates.len())?;
        if self.values.len() != self.dates.len() {
            return Err(format!(
                "there are {} dates to come and {} values",
                self.dates.len(),
                self.values.len()
            ));
        }
        let follows = self.dates.first() > Some(&cutoff) && Some(&cutoff) >= last;
        match follows && self.dates.is_sorted() {
            true => Ok(()),
            false => Err("the dates to come do not follow the last row".into()),
        }
    }
}

fn check_bands(bands: &[(u8, Vec<f64>, Vec<f64>)], forecasts: usize) -> Result<(), String> {
    for (level, lower, upper) in bands {
        for ends in [lower, upper] {
            if ends.len() != forecasts {
                return Err(format!(
                    "there are {forecasts} forecasts and {} ends of the band of {level} %",
                    ends.len()
                ));
            }
            check_values("a band", ends)?;
        }
    }
    Ok(())
}

impl ForecastPlot<'_> {
    /// The first row of the second panel, if there is one.
    fn zoom(&self) -> Option<usize> {
        let forecasts = self.forecast.len();
        (forecasts > DENSE).then(|| forecasts - ZOOM)
    }

    /// The axis of the rows from `from` on and of the dates to come.
    fn days(&self, from: usize) -> Days {
        let mut dates = self.dates[from..].to_vec();
        match self.coming.and_then(|coming| coming.dates.last()) {
            // Room for the last dot.
            Some(&last) => {
                dates.push(last);
                Days::of(&dates).with_room()
            }
            None => Days::of(&dates),
        }
    }

    /// The rows from `from` on and the coming forecast; rows from `shaded` on have a grey ground.
    fn panel<B: DrawingBackend>(
        &self,
        area: &Area<'_, B>,
        px: u32,
        from: usize,
        shaded: Option<usize>,
    ) -> Drawn<B> {
        let dates = &self.dates[from..];
        // Dense data get thinner lines, so that they stay apart.
        let width = if dates.len() > 400 { 1 } else { 2 };
        let curves = [
            (points(dates, &self.naive[from..]), NAIVE.1, 1),
            (points(dates, &self.actual[from..]), TRUTH.1, width),
            (points(dates, &self.forecast[from..]), FORECAST.1, width),
        ];
        let mut bands: Vec<(Vec<Point>, RGBColor)> = Vec::new();
        for (_, lower, upper) in self.bands {
            let [lower, upper] = [lower, upper].map(|ends| points(dates, &ends[from..]));
            bands.push((outline(lower, upper), FORECAST.1));
        }
        let coming = self.coming.as_ref();
        for (coming, (_, lower, upper)) in coming
            .iter()
            .flat_map(|c| c.bands.iter().map(move |b| (c, b)))
        {
            let [lower, upper] = [lower, upper].map(|ends| coming.points(ends));
            bands.push((outline(lower, upper), COMING));
        }
        let next = coming.map(|coming| coming.points(coming.values));
        let lines = curves.iter().map(|(points, _, _)| points);
        let drawn = lines
            .chain(bands.iter().map(|(points, _)| points))
            .chain(&next);
        let values: Vec<f64> = drawn.flatten().map(|&(_, value)| value).collect();
        let (low, high) = range(values.iter());
        let days = self.days(from);
        let across = Axis {
            range: days.clone(),
            title: "date",
            labels: 12,
            format: &|value| days.label(*value),
        };
        let up = Axis {
            range: low..high,
            title: self.value,
            labels: 8,
            format: &|value| label(*value, high - low),
        };
        let mut chart = axes(area, px, across, up)?;
        let last = dates.last().map_or(0, |&date| place(date));
        if let Some(row) = shaded {
            let corners = [(place(self.dates[row]), low), (last, high)];
            chart.draw_series([Rectangle::new(corners, GRID.mix(0.5).filled())])?;
        }
        for (outline, colour) in bands {
            chart.draw_series([Polygon::new(outline, colour.mix(FAINT))])?;
        }
        for (points, colour, width) in curves {
            if let [point] = points[..] {
                // A line of one point is invisible.
                chart.draw_series([Circle::new(point, 4 * px, colour.filled())])?;
            }
            chart.draw_series(LineSeries::new(points, colour.stroke_width(width * px)))?;
        }
        if let (Some(coming), Some(points)) = (coming, next) {
            let cutoff = place(coming.cutoff.0);
            let line = [(cutoff, low), (cutoff, high)];
            chart.draw_series(LineSeries::new(line, GREY.stroke_width(px)))?;
            let dots = if points.len() < 40 { &points[1..] } else { &[] };
            chart.draw_series(
                dots.iter()
                    .map(|&point| Circle::new(point, 4 * px, COMING.filled())),
            )?;
            let style = COMING.stroke_width(2 * px);
            chart.draw_series(DashedLineSeries::new(points, 6 * px, 4 * px, style))?;
        }
        Ok(())
    }
}

impl Picture for ForecastPlot<'_> {
    const NAME: &'static str = "the forecast";

    fn height(&self) -> u32 {
        self.zoom().map_or(SIZE.1, |_| TALL)
    }

    fn check(&self) -> Result<(), String> {
        let (rows, forecasts) = (self.dates.len(), self.forecast.len());
        let parts = [
            ("the truth", self.actual, rows, "dates"),
            ("the forecast", self.forecast, forecasts.min(rows), "dates"),
            ("the last value", self.naive, forecasts, "forecasts"),
        ];
        for (name, values, wanted, what) in parts {
            if values.len() != wanted {
                let count = values.len();
                return Err(format!(
                    "there are {wanted} {what} and {count} values of {name}"
                ));
            }
            check_values(name, values)?;
        }
        check_bands(self.bands, self.forecast.len())?;
        match &self.coming {
            Some(coming) => coming.check(self.dates.last()),
            None => Ok(()),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let mut legend = vec![TRUTH, FORECAST, NAIVE];
        let bands = match &self.coming {
            Some(coming) if self.bands.is_empty() => coming.bands,
            _ => self.bands,
        };
        let levels: Vec<String> = bands
            .iter()
            .map(|(level, _, _)| format!("{level} %"))
            .collect();
        let band = format!("band of {}", levels.join(" and "));
        if !bands.is_empty() {
            legend.push((&band, BAND));
        }
        let coming = self.coming.map_or_else(String::new, |coming| {
            format!("coming forecast, after {}", coming.cutoff.0)
        });
        if self.coming.is_some() {
            legend.push((&coming, COMING));
        }
        let body = titled(area, px, self.title, self.subtitle, &legend)?;
        let Some(row) = self.zoom() else {
            return self.panel(&body, px, 0, None);
        };
        let (upper, lower) = body.split_vertically(body.dim_in_pixel().1 / 2 - 20 * px);
        self.panel(&upper, px, 0, Some(row))?;
        let (head, lower) = lower.split_vertically(40 * px);
        let text = format!(
            "the last {ZOOM} of these {} forecasts, larger (grey above)",
            self.forecast.len()
        );
        let at = (28 * px as i32, 10 * px as i32);
        head.draw(&Text::new(text, at, font(18, px).color(&GREY)))?;
        self.panel(&lower, px, row, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    type Line = Vec<(f64, f64)>;

    fn hex(RGBColor(r, g, b): RGBColor) -> String {
        format!("#{r:02X}{g:02X}{b:02X}")
    }

    /// All points of every line or area of a colour in a picture of so many forecasts and one row
    /// more, with or without three days to come.
    fn drawn(
        forecasts: usize,
        with_coming: bool,
    ) -> (String, impl Fn(&str, RGBColor) -> Vec<Line>) {
        let dates: Vec<Stamp> = date(2016, 1, 1)
            .series(jiff::ToSpan::days(1))
            .take(forecasts + 4)
            .map(Stamp::from)
            .collect();
        let (dates, next) = dates.split_at(forecasts + 1);
        let values: Vec<f64> = (0..=forecasts).map(|i| (i as f64).sin()).collect();
        let bands = [
            (95, vec![-1.0; 3], vec![1.0; 3]),
            (80, vec![-0.5; 3], vec![0.5; 3]),
        ];
        let coming = Coming {
            cutoff: (dates[forecasts], values[forecasts]),
            dates: next,
            values: &[0.1, 0.2, 0.3],
            bands: &bands,
        };
        let picture = ForecastPlot {
            title: "t",
            subtitle: "s",
            value: "close",
            dates,
            actual: &values,
            forecast: &values[..forecasts],
            naive: &values[..forecasts],
            bands: &[],
            coming: with_coming.then_some(coming),
        };
        let svg = picture.svg().unwrap();
        let text = svg.clone();
        let of = move |element: &str, colour| {
            let document = roxmltree::Document::parse(&svg).unwrap();
            let paint = if element == "polyline" {
                "stroke"
            } else {
                "fill"
            };
            document
                .descendants()
                .filter(|node| node.tag_name().name() == element)
                .filter(|node| node.attribute(paint) == Some(&hex(colour)))
                .filter_map(|node| match (node.attribute("cx"), node.attribute("cy")) {
                    (Some(x), Some(y)) => Some(vec![(x.parse().ok()?, y.parse().ok()?)]),
                    _ => node
                        .attribute("points")?
                        .split_whitespace()
                        .map(|point| {
                            let (x, y) = point.split_once(',')?;
                            Some((x.parse().ok()?, y.parse().ok()?))
                        })
                        .collect(),
                })
                // The legend stands above.
                .filter(|points: &Line| points.iter().any(|&(_, y)| y > 108.0))
                .collect()
        };
        (text, of)
    }

    #[test]
    fn the_coming_forecast_follows_the_last_row() {
        let (svg, of) = drawn(100, true);
        assert!(svg.contains("\ncoming forecast, after 2016-04-10\n"));
        assert!(svg.contains("\nband of 95 % and 80 %\n"));
        let truth = of("polyline", INK).concat();
        assert_eq!(truth.len(), 101, "the truth is drawn to the last row");
        let &(cutoff, value) = truth.last().unwrap();
        let mark: Vec<_> = of("polyline", GREY)
            .into_iter()
            .filter(|line| line.len() == 2)
            .collect();
        assert!(
            mark.iter()
                .any(|line| line.iter().all(|&(x, _)| x == cutoff))
        );
        let dots = of("circle", COMING).concat();
        assert_eq!(dots.len(), 3);
        assert!(dots.iter().all(|&(x, _)| x > cutoff));
        let line = of("polyline", COMING);
        assert!(line.len() > 3, "it is dashed");
        assert_eq!(line[0][0], (cutoff, value));
        let bands = of("polygon", COMING);
        assert_eq!(bands.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8]);
        let (svg, of) = drawn(100, false);
        assert!(!svg.contains("coming") && of("polyline", COMING).is_empty());
    }

    #[test]
    fn the_end_of_a_long_test_part_is_drawn_again_larger() {
        for (forecasts, lengths) in [(DENSE, vec![250]), (300, vec![300, 60])] {
            let (svg, of) = drawn(forecasts, true);
            let lines = of("polyline", VERMILION);
            assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
            let panels = lengths.len();
            assert_eq!(of("circle", COMING).len(), 3 * panels);
            assert_eq!(
                svg.contains("the last 60 of these 300 forecasts"),
                panels == 2
            );
            let [first, .., last] = lines.last().unwrap()[..] else {
                panic!("a line");
            };
            assert!(last.0 - first.0 > 900.0, "it fills its panel");
        }
    }
}
