//! Loss per epoch.

use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::{
    Area, Axis, BLUE, Drawn, INK, Picture, VERMILION, axes, check_values, label, range, titled,
    whole,
};

/// Training and validation loss against the epoch.
#[derive(Clone, Copy, Debug)]
pub struct LossPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Name and unit of the loss: `MAE (scaled close)`.
    pub loss: &'a str,
    /// One value an epoch.
    pub train: &'a [f64],
    /// One value an epoch.
    pub validation: Option<&'a [f64]>,
    /// The epoch whose weights were kept, from 1, to be marked.
    pub kept_epoch: Option<usize>,
}

const TRAINING: (&str, RGBColor) = ("training", BLUE);
const VALIDATION: (&str, RGBColor) = ("validation", VERMILION);

/// Losses that differ by more than this factor get a logarithmic axis.
const WIDE: f64 = 50.0;

impl LossPlot<'_> {
    fn values(&self) -> impl Iterator<Item = &f64> {
        self.train.iter().chain(self.validation.unwrap_or_default())
    }

    fn on_axis<B, Y>(
        &self,
        area: &Area<'_, B>,
        px: u32,
        y: Y,
        format: &dyn Fn(&f64) -> String,
    ) -> Drawn<B>
    where
        B: DrawingBackend,
        Y: AsRangedCoord<Value = f64> + Clone,
        Y::CoordDescType: ValueFormatter<f64> + Ranged<ValueType = f64>,
    {
        let last = self.train.len().max(2) as f64;
        let across = Axis {
            range: 1.0..last,
            title: "epoch",
            labels: self.train.len().clamp(2, 11),
            format: &whole,
        };
        let up = Axis {
            range: y,
            title: self.loss,
            labels: 8,
            format,
        };
        let mut chart = axes(area, px, across, up)?;
        let curves = [
            (Some(self.train), TRAINING.1),
            (self.validation, VALIDATION.1),
        ];
        for (values, colour) in curves {
            let Some(values) = values else { continue };
            let points: Vec<(f64, f64)> = values
                .iter()
                .enumerate()
                .map(|(index, &value)| (index as f64 + 1.0, value))
                .collect();
            let dots = if points.len() < 40 { &points[..] } else { &[] };
            chart.draw_series(
                dots.iter()
                    .map(|&point| Circle::new(point, 3 * px, colour.filled())),
            )?;
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2 * px)))?;
        }
        let monitored = self.validation.unwrap_or(self.train);
        let kept = self
            .kept_epoch
            .and_then(|epoch| Some((epoch, *monitored.get(epoch.checked_sub(1)?)?)));
        if let Some((epoch, value)) = kept {
            chart.draw_series([Circle::new(
                (epoch as f64, value),
                6 * px,
                INK.stroke_width(2 * px),
            )])?;
        }
        Ok(())
    }
}

impl Picture for LossPlot<'_> {
    const NAME: &'static str = "the loss";

    fn check(&self) -> Result<(), String> {
        check_values("the loss", self.train)?;
        match self.validation {
            Some(values) if values.len() != self.train.len() => Err(format!(
                "there are {} epochs and {} validation losses",
                self.train.len(),
                values.len()
            )),
            Some(values) => check_values("the validation loss", values),
            None => Ok(()),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let kept = self
            .kept_epoch
            .map(|epoch| format!(", circle: the epoch kept ({epoch})"));
        let subtitle = format!("loss per epoch{}", kept.unwrap_or_default());
        let legend = [TRAINING, VALIDATION];
        let legend = if self.validation.is_some() {
            &legend[..]
        } else {
            &legend[..1]
        };
        let body = titled(area, px, self.title, &subtitle, legend)?;
        let least = self.values().copied().fold(f64::INFINITY, f64::min);
        let most = self.values().copied().fold(f64::NEG_INFINITY, f64::max);
        // Below the smallest normal numbers, ratios say nothing.
        if least > 1e-30 && most / least > WIDE {
            let y = (least / 1.3..most * 1.3).log_scale();
            self.on_axis(&body, px, y, &|value| format!("{value:.1e}"))
        } else {
            let (low, high) = range(self.values());
            let low = if least >= 0.0 {
                low.max(0.0).min(least)
            } else {
                low
            };
            self.on_axis(&body, px, low..high, &|value| label(*value, high - low))
        }
    }
}
