//! How well classes are told: which are taken for which, and whether probabilities mean what they say.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{
    Area, Axis, BLUE, Drawn, GREY, INK, Picture, VERMILION, axes, check_values, font, plain, titled,
};

/// How many rows of each class were told to be which.
#[derive(Clone, Copy, Debug)]
pub struct ConfusionPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// The classes.
    pub classes: &'a [String],
    /// `counts[of][told]`.
    pub counts: &'a [Vec<usize>],
}

/// Classes that can be drawn: with more, no count could be read.
const MOST_CLASSES: usize = 20;

/// Characters of a class's name that there is room for.
const NAME: usize = 18;

impl Picture for ConfusionPlot<'_> {
    const NAME: &'static str = "the confusion";

    fn check(&self) -> Result<(), String> {
        let classes = self.classes.len();
        if !(2..=MOST_CLASSES).contains(&classes) {
            return Err(format!(
                "there are {classes} classes; 2 to {MOST_CLASSES} can be drawn"
            ));
        }
        match self.counts.len() == classes && self.counts.iter().all(|row| row.len() == classes) {
            true => Ok(()),
            false => Err("the counts are not those of the classes".into()),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &[])?;
        let (width, height) = body.dim_in_pixel();
        let unit = px as i32;
        let (left, top) = (230 * unit, 70 * unit);
        let count = self.classes.len() as i32;
        let wide = ((width as i32 - left - 40 * unit) / count).min(200 * unit);
        let high = ((height as i32 - top - 30 * unit) / count).min(120 * unit);
        let short = |name: &str| plain(&name.chars().take(NAME).collect::<String>());
        let text = |text: String, at: (i32, i32), size: u32, colour: RGBColor, pos: Pos| {
            Text::new(text, at, font(size, px).color(&colour).pos(pos))
        };
        let middle = Pos::new(HPos::Center, VPos::Center);
        let end = Pos::new(HPos::Right, VPos::Center);
        let across = (left + count * wide / 2, top - 50 * unit);
        body.draw(&text("told".into(), across, 18, GREY, middle))?;
        let down = (left - 16 * unit, top - 22 * unit);
        body.draw(&text("is".into(), down, 18, GREY, end))?;
        for (of, (name, row)) in (0..count).zip(self.classes.iter().zip(self.counts)) {
            let y = top + of * high;
            let beside = (left - 16 * unit, y + high / 2);
            body.draw(&text(short(name), beside, 17, INK, end))?;
            let above = (left + of * wide + wide / 2, top - 22 * unit);
            body.draw(&text(short(name), above, 17, INK, middle))?;
            let rows = row.iter().sum::<usize>().max(1) as f64;
            for (told, &cell) in (0..count).zip(row) {
                let (x, share) = (left + told * wide, cell as f64 / rows);
                let colour = if told == of { BLUE } else { VERMILION };
                let place = [(x, y), (x + wide - 2 * unit, y + high - 2 * unit)];
                // On white, so that a share of nothing shows as such.
                body.draw(&Rectangle::new(
                    place,
                    colour.mix(0.06 + 0.9 * share).filled(),
                ))?;
                let ink = if share > 0.55 { WHITE } else { INK };
                let at = (x + wide / 2, y + high / 2);
                let shown = format!("{cell}  ({:.0} %)", 100.0 * share);
                body.draw(&text(
                    shown,
                    at,
                    if count > 8 { 13 } else { 18 },
                    ink,
                    middle,
                ))?;
            }
        }
        Ok(())
    }
}

/// The share told right at each probability: on the line where probabilities mean what they say.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// Mean probability, share told right and number of rows of each bin that has rows, of the
    /// classifier.
    pub classifier: &'a [(f64, f64, usize)],
    /// The same of a bag of words.
    pub bag: &'a [(f64, f64, usize)],
}

const CLASSIFIER: (&str, RGBColor) = ("classifier", VERMILION);
const BAG: (&str, RGBColor) = ("bag of words", BLUE);

impl Picture for CalibrationPlot<'_> {
    const NAME: &'static str = "the calibration";

    fn check(&self) -> Result<(), String> {
        for bins in [self.classifier, self.bag] {
            let numbers: Vec<f64> = bins.iter().flat_map(|bin| [bin.0, bin.1]).collect();
            check_values("the shares", &numbers)?;
        }
        Ok(())
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &[BAG, CLASSIFIER])?;
        let percent = |value: &f64| format!("{:.0} %", 100.0 * value);
        let axis = |title| Axis {
            range: 0.0..1.0,
            title,
            labels: 11,
            format: &percent,
        };
        let mut chart = axes(
            &body,
            px,
            axis("probability of the class told"),
            axis("told right"),
        )?;
        let line = [(0.0, 0.0), (1.0, 1.0)];
        chart.draw_series(LineSeries::new(line, GREY.stroke_width(px)))?;
        let rows = |bins: &[(f64, f64, usize)]| bins.iter().map(|bin| bin.2).sum::<usize>();
        for (bins, (_, colour)) in [(self.bag, BAG), (self.classifier, CLASSIFIER)] {
            let all = rows(bins).max(1) as f64;
            // The area of a dot is the share of the rows.
            let dots = bins.iter().map(|&(probability, right, rows)| {
                let size = 3.0 + 26.0 * (rows as f64 / all).sqrt();
                let size = (size * f64::from(px)) as i32;
                Circle::new((probability, right), size, colour.mix(0.55).filled())
            });
            chart.draw_series(dots)?;
            let points = bins.iter().map(|bin| (bin.0, bin.1));
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2 * px)))?;
        }
        Ok(())
    }
}
