//! Where a translation looked: for each of its pieces, how much each piece of the sentence counted.

use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, BLUE, Drawn, GREY, INK, LABEL, Picture, font, plain, titled, width_of};

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
/// Height of a row, and a quarter of the most width of a column.
const ROW: u32 = 24;
/// Characters of a piece that there is room for.
const NAME: usize = 16;
/// Room for a character of a name: a wide one.
const CHARACTER: u32 = 10;

/// What is written for a piece.
fn name(piece: &str) -> String {
    // The font lacks SentencePiece's mark of a new word, and a line under a name that stands upright is beside it.
    let piece = plain(&piece.replace('▁', "·"));
    match piece.chars().count() > NAME {
        true => piece.chars().take(NAME - 1).chain(['…']).collect(),
        false => piece,
    }
}

/// Room for the longest name.
fn room(pieces: &[String]) -> u32 {
    let longest = pieces.iter().map(|piece| name(piece).chars().count()).max();
    CHARACTER * longest.unwrap_or(0) as u32
}

impl AttentionPlot<'_> {
    /// Room above the weights, enough for names that stand upright.
    fn top(&self) -> u32 {
        room(self.source).max(ROW) + 12
    }
}

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
        80 + self.top() + (self.target.len() as u32 + 1) * ROW + 30
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B> {
        let body = titled(area, px, self.title, self.subtitle, &[])?;
        let (width, _) = body.dim_in_pixel();
        let unit = px as i32;
        let high = ROW as i32 * unit;
        // Under the title, with room for the names of rows, one of which is "end".
        let left = (40 + room(self.target).max(3 * CHARACTER) as i32) * unit;
        let count = self.source.len();
        let wide = ((width as i32 - left - 40 * unit) / count as i32).min(4 * high);
        let end = Pos::new(HPos::Right, VPos::Center);
        let names: Vec<String> = self.source.iter().map(|piece| name(piece)).collect();
        let mut widest = 0;
        for name in &names {
            widest = widest.max(width_of(area, px, name, LABEL)?);
        }
        // An SVG may be shown in a font that is up to a fifth wider.
        let lying = widest * 6 / 5 < wide;
        let style = font(LABEL, px).color(&INK);
        let style = match lying {
            true => style.pos(Pos::new(HPos::Center, VPos::Center)),
            false => style
                .transform(FontTransform::Rotate270)
                .pos(Pos::new(HPos::Left, VPos::Center)),
        };
        let (top, above) = match lying {
            true => (high, high / 2),
            false => {
                let top = self.top() as i32 * unit;
                (top, top - 8 * unit)
            }
        };
        for (name, at) in names.into_iter().zip(0..) {
            let place = (left + at * wide + wide / 2, above);
            body.draw(&Text::new(name, place, style.clone()))?;
        }
        let last = ("end".to_string(), GREY);
        let names = self.target.iter().map(|piece| (name(piece), INK));
        let rows = names.chain([last]).zip(self.weights.chunks_exact(count));
        for (((name, ink), row), at) in rows.zip(0..) {
            let y = top + at * high;
            let style = font(LABEL, px).color(&ink).pos(end);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(source: &[&str]) -> String {
        let pieces =
            |names: &[&str]| -> Vec<String> { names.iter().map(|name| name.to_string()).collect() };
        let (source, target) = (pieces(source), pieces(&["▁a", "b"]));
        let plot = AttentionPlot {
            title: "t",
            subtitle: "s",
            source: &source,
            target: &target,
            weights: &vec![0.5; 3 * source.len()],
        };
        assert!(plot.png().is_ok());
        let svg = plot.svg().unwrap();
        roxmltree::Document::parse(&svg).expect("well-formed");
        svg
    }

    #[test]
    fn names_lie_where_they_fit_and_stand_upright_elsewhere() {
        let lying = drawn(&["▁May", "▁the", "9", "th"]);
        assert!(lying.contains("·May") && !lying.contains("rotate"));
        let upright = drawn(&["▁the", "▁Donaudampfschifffahrt"]);
        assert_eq!(upright.matches("rotate").count(), 2);
    }

    #[test]
    fn long_names_are_cut_and_say_so() {
        let svg = drawn(&["▁Donaudampfschifffahrt"]);
        assert!(svg.contains("·Donaudampfschi…"), "{svg}");
    }
}
