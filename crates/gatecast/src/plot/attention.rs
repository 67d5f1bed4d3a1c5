//! Where a translation looked: for each of its pieces, how much each piece of the sentence counted.

use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, BLUE, Drawn, GREY, INK, Picture, font, plain, titled};

/// The attention of one sentence.
#[derive(Clone, Copy, Debug)]
pub struct AttentionPlot<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the title.
    pub subtitle: &'a str,
    /// Pieces of the sentence, across.
    pub source: &'a [String],
    /// Pieces of the translation, downwards.
    pub target: &'a [String],
    /// `weights[piece of the translation][piece of the sentence]`, with a last row for the end.
    pub weights: &'a [f32],
}

/// Pieces that can be drawn side by side: with more, none could be read.
const MOST_PIECES: usize = 60;
/// Height of a row, and the most width of a column.
const ROW: u32 = 24;
/// Characters of a piece that there is room for.
const NAME: usize = 16;
/// Room for the names of columns.
const TOP: u32 = 150;

impl Picture for AttentionPlot<'_> {
    const NAME: &'static str = "the attention";

    fn check(&self) -> Result<(), String> {
        let (across, down) = (self.source.len(), self.target.len() + 1);
        if !(1..=MOST_PIECES).contains(&across) || down > MOST_PIECES {
            return Err(format!(
                "the sentence has {across} pieces and its translation {down}; up to {MOST_PIECES} can be drawn"
            ));
        }
        match self.weights.len() == across * down {
            true => Ok(()),
            false => Err("the weights are not those of the pieces".into()),
        }
    }

    fn height(&self) -> u32 {
        80 + TOP + (self.target.len() as u32 + 1) * ROW + 30
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &[])?;
        let (width, _) = body.dim_in_pixel();
        let unit = px as i32;
        let (left, top, high) = (200 * unit, TOP as i32 * unit, ROW as i32 * unit);
        let count = self.source.len();
        let wide = ((width as i32 - left - 40 * unit) / count as i32).min(2 * high);
        // The font has no such mark; a blank before a word is what it stands for.
        let name = |piece: &str| {
            plain(
                &piece
                    .replace('▁', "_")
                    .chars()
                    .take(NAME)
                    .collect::<String>(),
            )
        };
        let end = Pos::new(HPos::Right, VPos::Center);
        let upwards = font(16, px)
            .color(&INK)
            .pos(Pos::new(HPos::Left, VPos::Center));
        let upwards = upwards.transform(FontTransform::Rotate270);
        for (piece, at) in self.source.iter().zip(0..) {
            let above = (left + at * wide + wide / 2, top - 8 * unit);
            body.draw(&Text::new(name(piece), above, upwards.clone()))?;
        }
        let last = ("end".to_string(), GREY);
        let names = self.target.iter().map(|piece| (name(piece), INK));
        let rows = names.chain([last]).zip(self.weights.chunks_exact(count));
        for (((name, ink), row), at) in rows.zip(0..) {
            let y = top + at * high;
            let style = font(16, px).color(&ink).pos(end);
            body.draw(&Text::new(name, (left - 12 * unit, y + high / 2), style))?;
            for (weight, at) in row.iter().zip(0..) {
                let x = left + at * wide;
                let place = [(x, y), (x + wide - unit, y + high - unit)];
                let share = f64::from(weight.clamp(0.0, 1.0));
                body.draw(&Rectangle::new(
                    place,
                    BLUE.mix(0.04 + 0.96 * share).filled(),
                ))?;
            }
        }
        Ok(())
    }
}
