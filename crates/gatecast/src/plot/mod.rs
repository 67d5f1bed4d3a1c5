//! Pictures of a training run and of forecasts, as SVG and PNG.
//!
//! `plotters` draws them; here is what they show and how they look. No font or library of the
//! system is needed: a PNG's letters come from a small font in the program (Arimo, Latin and
//! punctuation only; other letters show as boxes), an SVG leaves them to whoever shows it.

mod attention;
mod classes;
mod dates;
mod fault;
mod folds;
mod forecast;
mod loss;
mod many;
mod residuals;
mod steps;

use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, BoldPoints, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

pub use self::attention::AttentionPlot;
pub use self::classes::{CalibrationPlot, ConfusionPlot};
use self::fault::Fault;
pub use self::folds::{FoldSpan, FoldsPlot};
pub use self::forecast::{Coming, ForecastPlot};
pub use self::loss::LossPlot;
pub use self::many::{SeriesPage, SeriesView, SkillPlot};
pub use self::residuals::ResidualsPlot;
pub use self::steps::StepsPlot;
use crate::error::{Error, Result};

/// Width of every picture and usual height, in pixels.
const SIZE: (u32, u32) = (1200, 700);
const FONT: &str = "sans-serif";
/// Size of the labels of an axis.
const LABEL: u32 = 16;

// Four hues of Okabe and Ito's palette, which people with any common colour blindness can tell
// apart, and greys.
const INK: RGBColor = RGBColor(0x1f, 0x1f, 0x1f);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const VERMILION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const GREY: RGBColor = RGBColor(0x8c, 0x8c, 0x8c);
const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

type Area<'a, B> = DrawingArea<B, Shift>;
type Drawn<B> = std::result::Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Something that can be drawn on any surface.
pub trait Picture {
    /// What messages call it.
    const NAME: &'static str;

    /// Whether the numbers can be drawn at all.
    ///
    /// # Errors
    /// The reason, as a sentence.
    fn check(&self) -> std::result::Result<(), String>;

    /// Units from top to bottom.
    fn height(&self) -> u32 {
        SIZE.1
    }

    /// Draws on a white area of 1200 × [`Picture::height`] units of `px` pixels each.
    ///
    /// # Errors
    /// Those of the surface.
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, px: u32) -> Drawn<B>;

    /// The picture as SVG text.
    ///
    /// # Errors
    /// [`Plot`](crate::ErrorKind::Plot) when the numbers cannot be drawn.
    fn svg(&self) -> Result<String> {
        let mut text = String::new();
        let size = (SIZE.0, self.height());
        on(self, SVGBackend::with_string(&mut text, size), 1)?;
        Ok(text)
    }

    /// The picture as the bytes of a PNG file.
    ///
    /// # Errors
    /// [`Plot`](crate::ErrorKind::Plot) when the numbers cannot be drawn.
    fn png(&self) -> Result<Vec<u8>> {
        // Drawn twice as large and averaged, which makes lines smooth.
        let size = (SIZE.0, self.height());
        let (width, height) = (size.0 as usize, size.1 as usize);
        let mut large = vec![0; 3 * 4 * width * height];
        let surface = BitMapBackend::with_buffer(&mut large, (2 * size.0, 2 * size.1));
        on(self, surface, 2)?;
        let value = |row: usize, col: usize, colour: usize| {
            u16::from(large[3 * (2 * row * width + col) + colour])
        };
        let mut pixels = Vec::with_capacity(3 * width * height);
        for row in 0..height {
            for col in 0..width {
                for colour in 0..3 {
                    let sum: u16 = [(0, 0), (0, 1), (1, 0), (1, 1)]
                        .map(|(down, right)| value(2 * row + down, 2 * col + right, colour))
                        .iter()
                        .sum();
                    pixels.push((sum / 4) as u8);
                }
            }
        }
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
        encoder.set_color(png::ColorType::Rgb);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&pixels))
            .map_err(|error| cannot::<Self>(error.to_string()))?;
        Ok(bytes)
    }

    /// The contents of `stem.svg` and `stem.png`.
    ///
    /// # Errors
    /// [`Plot`](crate::ErrorKind::Plot) when the numbers cannot be drawn.
    fn files(&self, stem: &str) -> Result<[(String, Vec<u8>); 2]> {
        Ok([
            (format!("{stem}.svg"), self.svg()?.into_bytes()),
            (format!("{stem}.png"), self.png()?),
        ])
    }
}

fn on<P: Picture + ?Sized, B: DrawingBackend>(picture: &P, surface: B, px: u32) -> Result<()> {
    static FONT_READY: OnceLock<bool> = OnceLock::new();
    let font = include_bytes!("font/Arimo-Latin.ttf");
    if !FONT_READY.get_or_init(|| register_font(FONT, FontStyle::Normal, font).is_ok()) {
        return Err(cannot::<P>("the built-in font is unusable".into()));
    }
    picture.check().map_err(cannot::<P>)?;
    let area = surface.into_drawing_area();
    let draw = || {
        area.fill(&WHITE)?;
        picture.draw(&area, px)?;
        area.present()
    };
    draw().map_err(|error| cannot::<P>(error.to_string()))
}

fn cannot<P: Picture + ?Sized>(reason: String) -> Error {
    Fault {
        picture: P::NAME,
        reason,
    }
    .into()
}

/// Writes title and, smaller, subtitle, and at their right the legend, or under them where it would
/// not fit, clear of the curves; gives back what is left of the area.
fn titled<'a, B: DrawingBackend>(
    area: &Area<'a, B>,
    px: u32,
    title: &str,
    subtitle: &str,
    legend: &[(&str, RGBColor)],
) -> std::result::Result<Area<'a, B>, DrawingAreaErrorKind<B::ErrorType>> {
    let unit = px as i32;
    let width_of = |text: &str, size| width_of(area, px, text, size);
    let mut right = area.dim_in_pixel().0 as i32 - 32 * unit;
    let mut needed = 28 * unit + width_of(&plain(subtitle), 18)?;
    for (name, _) in legend {
        needed += 60 * unit + width_of(name, 17)?;
    }
    let below = if needed > right { 28 } else { 0 };
    let (head, body) = area.split_vertically((80 + below as u32) * px);
    let top = (50 + below) * unit;
    for (name, colour) in legend.iter().rev() {
        right -= width_of(name, 17)?;
        let style = font(17, px).color(&INK);
        head.draw(&Text::new(name.to_string(), (right, top), style))?;
        let line = [
            (right - 36 * unit, top + 6 * unit),
            (right - 10 * unit, top + 6 * unit),
        ];
        head.draw(&PathElement::new(line, colour.stroke_width(3 * px)))?;
        right -= 60 * unit;
    }
    let at = |y: i32| (28 * unit, y * unit);
    head.draw(&Text::new(plain(title), at(16), font(26, px).color(&INK)))?;
    head.draw(&Text::new(
        plain(subtitle),
        at(50),
        font(18, px).color(&GREY),
    ))?;
    Ok(body)
}

/// Pixels that a text takes in the built-in font.
fn width_of<B: DrawingBackend>(
    area: &Area<'_, B>,
    px: u32,
    text: &str,
    size: u32,
) -> std::result::Result<i32, DrawingAreaErrorKind<B::ErrorType>> {
    let style = font(size, px).color(&INK);
    Ok(area.estimate_text_size(text, &style)?.0 as i32)
}

/// An axis: its range, and what is written along it.
struct Axis<'f, R: AsRangedCoord> {
    range: R,
    title: &'f str,
    /// Labels at most.
    labels: usize,
    format: &'f dyn Fn(&R::Value) -> String,
}

impl<R: AsRangedCoord + Clone> Axis<'_, R> {
    /// Pixels of the widest label, whatever font an SVG is shown in: common ones are up to a fifth
    /// wider than ours.
    fn widest<B: DrawingBackend>(
        &self,
        area: &Area<'_, B>,
        px: u32,
    ) -> std::result::Result<u32, DrawingAreaErrorKind<B::ErrorType>> {
        let axis: R::CoordDescType = self.range.clone().into();
        let mut widest = 0;
        for value in axis.key_points(BoldPoints(self.labels)) {
            widest = widest.max(width_of(area, px, &(self.format)(&value), LABEL)? as u32);
        }
        Ok(widest * 6 / 5)
    }
}

type Chart<'a, B, X, Y> = ChartContext<
    'a,
    B,
    Cartesian2d<<X as AsRangedCoord>::CoordDescType, <Y as AsRangedCoord>::CoordDescType>,
>;

/// A chart with a faint grid, ready for its curves. Its margins leave room for half of the widest
/// label beyond the last tick, and for the labels beside the title of the value axis.
fn axes<'a, B, X, Y>(
    area: &Area<'a, B>,
    px: u32,
    x: Axis<'_, X>,
    y: Axis<'_, Y>,
) -> std::result::Result<Chart<'a, B, X, Y>, DrawingAreaErrorKind<B::ErrorType>>
where
    B: DrawingBackend,
    X: AsRangedCoord + Clone,
    Y: AsRangedCoord + Clone,
    X::CoordDescType: ValueFormatter<<X::CoordDescType as Ranged>::ValueType>,
    Y::CoordDescType: ValueFormatter<<Y::CoordDescType as Ranged>::ValueType>,
{
    let beyond = (x.widest(area, px)? / 2 + 2 * px).max(32 * px);
    let beside = (y.widest(area, px)? + 40 * px).max(96 * px);
    let mut chart = ChartBuilder::on(area)
        .margin_left(20 * px)
        .margin_right(beyond)
        .margin_bottom(16 * px)
        .x_label_area_size(56 * px)
        .y_label_area_size(beside)
        .build_cartesian_2d(x.range, y.range)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GREY)
        .x_labels(x.labels)
        .y_labels(y.labels)
        .x_label_formatter(&|value| (x.format)(value))
        .y_label_formatter(&|value| (y.format)(value))
        .label_style(font(LABEL, px).color(&INK))
        .axis_desc_style(font(18, px).color(&INK))
        .x_desc(plain(x.title))
        .y_desc(plain(y.title))
        .draw()?;
    Ok(chart)
}

/// A whole number; nothing in between.
fn whole(value: &f64) -> String {
    match value.fract() {
        0.0 => format!("{value}"),
        _ => String::new(),
    }
}

fn font(size: u32, px: u32) -> FontDesc<'static> {
    (FONT, size * px).into_font()
}

/// Text without the characters that XML forbids.
fn plain(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'),
        " ",
    )
}

/// For [`Picture::check`]: numbers that can be put on an axis.
fn check_values(what: &str, values: &[f64]) -> std::result::Result<(), String> {
    /// Beyond it, differences of values may overflow.
    const LARGEST: f64 = 1e150;
    if values.is_empty() {
        return Err(format!("there are no values of {what}"));
    }
    match values
        .iter()
        .find(|value| value.is_nan() || value.abs() > LARGEST)
    {
        Some(value) => Err(format!("{what} contains {value}")),
        None => Ok(()),
    }
}

/// The range of all values and a margin of 4 %; a range of one value becomes wide enough to see.
fn range<'a>(values: impl Iterator<Item = &'a f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| {
        (low.min(v), high.max(v))
    });
    let margin = match high - low {
        spread if spread > 1e-9 * high.abs().max(low.abs()) => 0.04 * spread,
        _ => 0.05 * high.abs().max(1e-3),
    };
    (low - margin, high + margin)
}

/// A number with as many digits as tell it from its neighbours on an axis of this length.
fn label(value: f64, length: f64) -> String {
    let digits = (2.0 - length.log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.digits$}");
    if value.abs() >= 1e9 || text.len() > 12 {
        format!("{value:.3e}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Stamp;
    use jiff::civil::{Date, date};

    fn days(count: usize) -> Vec<Stamp> {
        date(2018, 1, 31)
            .series(jiff::ToSpan::days(1))
            .map(Stamp::from)
            .take(count)
            .collect()
    }

    #[test]
    fn no_label_is_cut_off_or_meets_the_title_of_its_axis() {
        let labels = |svg: &str, anchor: &str| -> Vec<(f64, String)> {
            let document = roxmltree::Document::parse(svg).unwrap();
            let texts = document.descendants().filter(|node| {
                node.attribute("text-anchor") == Some(anchor)
                    && node.attribute("transform").is_none()
            });
            texts
                .map(|text| {
                    let x = text.attribute("x").unwrap().parse().unwrap();
                    (x, text.text().unwrap().trim().to_string())
                })
                .collect()
        };
        // What a character takes in a wide font of an SVG's reader, such as Verdana.
        let wide = 0.6 * 13.0;
        let mut at_the_end = 0;
        for count in 1..150 {
            let (dates, values) = (days(count), vec![1.0; count]);
            let svg = ForecastPlot {
                title: "t",
                subtitle: "s",
                value: "close",
                dates: &dates,
                actual: &values,
                forecast: &values,
                naive: &values,
                bands: &[],
                coming: None,
            }
            .svg()
            .unwrap();
            for (x, label) in labels(&svg, "middle") {
                let right = x + wide * label.len() as f64 / 2.0;
                assert!(right <= 1200.0, "{count} rows: {label} ends at {right}");
                at_the_end += usize::from(label == dates[count - 1].to_string());
            }
        }
        assert!(at_the_end > 20, "{at_the_end} labels at the last date");
        for size in [1e-4, 1.0, 3e8] {
            let residuals = ResidualsPlot {
                title: "t",
                subtitle: "s",
                error: "MAE",
                network: &[-size, size],
                naive: &[0.0; 2],
            };
            let steps = StepsPlot {
                title: "t",
                subtitle: "s",
                error: "MAE",
                network: &[size, 1.1 * size],
                naive: &[size; 2],
            };
            for svg in [residuals.svg().unwrap(), steps.svg().unwrap()] {
                for (x, label) in labels(&svg, "end") {
                    let left = x - wide * label.len() as f64;
                    assert!(left >= 36.0, "{label} begins at {left}, in the title");
                }
            }
        }
    }

    fn both<P: Picture>(picture: &P) -> Result<()> {
        let svg = picture.svg()?;
        roxmltree::Document::parse(&svg).expect("well-formed");
        let png = picture.png()?;
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels.iter().any(|&value| value < 64), "something is drawn");
        Ok(())
    }

    #[test]
    fn pictures_are_drawn_whatever_the_numbers_and_titles() {
        let wave = |n: usize, size: f64| {
            (0..n)
                .map(|i| size * (2.0 + (i as f64).sin()))
                .collect::<Vec<_>>()
        };
        for (count, size) in [
            (1, 1.0),
            (2, 1e-9),
            (65, 80.0),
            (2000, 1e12),
            (40, 0.0),
            (9, -3.0),
        ] {
            let (dates, values) = (days(count), wave(count, size));
            let picture = ForecastPlot {
                title: "0050 元大台灣50 <&> \u{0} \u{202e}",
                subtitle: "MAE 0.9",
                value: "close",
                dates: &dates,
                actual: &values,
                forecast: &values,
                naive: &values,
                bands: &[
                    (95, vec![-1.0; count], values.clone()),
                    (80, values.clone(), values.clone()),
                ],
                coming: Some(Coming {
                    cutoff: (dates[count - 1], values[0]),
                    dates: &[date(2030, 1, 1).into(), Date::MAX.into()],
                    values: &[size, -size],
                    bands: &[(80, vec![-1.0; 2], vec![size; 2])],
                }),
            };
            both(&picture).unwrap();
            for validation in [None, Some(&values[..])] {
                let picture = LossPlot {
                    title: "LSTM",
                    loss: "MAE",
                    train: &values,
                    validation,
                    kept_epoch: Some(count),
                };
                both(&picture).unwrap();
            }
        }
        for errors in [
            vec![0.5],
            vec![1e9, -1e9],
            (0..700).map(|i| f64::from(i).sin()).collect(),
        ] {
            let (title, subtitle, error) = ("t", "s", "MAE");
            let (network, naive) = (&errors[..], &errors[..]);
            both(&StepsPlot {
                title,
                subtitle,
                error,
                network,
                naive,
            })
            .unwrap();
            both(&ResidualsPlot {
                title,
                subtitle,
                error,
                network,
                naive,
            })
            .unwrap();
        }
        for count in [1, 4, 60] {
            let dates = days(2 * count + 2);
            let fold = |fold: usize| FoldSpan {
                train: (dates[0], dates[fold]),
                gap: fold,
                test: (dates[2 * fold + 1], dates[2 * fold + 1]),
            };
            let folds: Vec<FoldSpan> = (0..count).map(fold).collect();
            both(&FoldsPlot {
                title: "t",
                subtitle: "s",
                folds: &folds,
            })
            .unwrap();
        }
        // Far apart: a logarithmic axis.
        let falling: Vec<f64> = (0..50).map(|i| 10f64.powf(-f64::from(i) / 10.0)).collect();
        let picture = LossPlot {
            title: "t",
            loss: "MSE",
            train: &falling,
            validation: None,
            kept_epoch: None,
        };
        both(&picture).unwrap();
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let dates = days(2);
        let picture = |actual: &[f64], forecast: &[f64]| {
            ForecastPlot {
                title: "t",
                subtitle: "s",
                value: "close",
                dates: &dates,
                actual,
                forecast,
                naive: &[1.0, 2.0],
                bands: &[],
                coming: None,
            }
            .svg()
            .unwrap_err()
            .to_string()
        };
        assert_eq!(
            picture(&[1.0], &[1.0, 2.0]),
            "cannot draw the forecast: there are 2 dates and 1 values of the truth"
        );
        assert_eq!(
            picture(&[1.0, 2.0], &[1.0, f64::NAN]),
            "cannot draw the forecast: the forecast contains NaN"
        );
        let coming = |after: Stamp, value: f64| {
            ForecastPlot {
                title: "t",
                subtitle: "s",
                value: "close",
                dates: &dates,
                actual: &[1.0, 2.0],
                forecast: &[1.0],
                naive: &[1.0],
                bands: &[],
                coming: Some(Coming {
                    cutoff: (dates[1], 2.0),
                    dates: &[after],
                    values: &[value],
                    bands: &[],
                }),
            }
            .svg()
            .map_err(|error| error.to_string())
        };
        assert!(coming(date(2018, 2, 2).into(), 1.0).is_ok());
        assert_eq!(
            coming(dates[1], 1.0).unwrap_err(),
            "cannot draw the forecast: the dates to come do not follow the last row"
        );
        assert_eq!(
            coming(date(2018, 2, 2).into(), f64::NAN).unwrap_err(),
            "cannot draw the forecast: the coming forecast contains NaN"
        );
        let backwards = FoldSpan {
            train: (dates[0], dates[1]),
            gap: 0,
            test: (dates[0], dates[1]),
        };
        let folds = FoldsPlot {
            title: "t",
            subtitle: "s",
            folds: &[backwards],
        };
        assert_eq!(
            folds.svg().unwrap_err().to_string(),
            "cannot draw the folds: the dates of fold 1 do not ascend"
        );
        let loss = LossPlot {
            title: "t",
            loss: "MAE",
            train: &[],
            validation: None,
            kept_epoch: None,
        };
        assert_eq!(
            loss.png().unwrap_err().to_string(),
            "cannot draw the loss: there are no values of the loss"
        );
    }
}
