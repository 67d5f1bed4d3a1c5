//! What came of a fit, a forecast or a backtest, in words and tables that every front end shows alike. What this module is
//! not: it computes nothing, and writes no file but those of `tensorboard`.

mod document;
mod health;
#[cfg(feature = "report")]
pub mod html;
mod inspection;
#[cfg(feature = "plot")]
pub mod pictures;
mod predictions;
mod results;
mod tables;
pub mod tensorboard;

pub use self::document::{
    Bin, Block, Chart, ChartBand, ChartData, Column, Document, FoldErrors, Language, Origin,
    Section, Subject, Table, Text, Tone,
};
pub use self::health::{at, of_health};
pub use self::inspection::{Inspection, OneOfMany};
pub use self::predictions::PredictionsFile;
pub use self::results::{Backtested, ClassifierTrained, ManyTrained, Trained, TranslatorTrained};
pub use self::tables::{
    of_backtest, of_forecast, of_groups, of_layers, of_panel, of_scores, test_part, who,
};

/// A number with four significant digits at least, as prices are read.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1e12 || (size < 1e-6 && size > 0.0) {
        return format!("{value:.4e}");
    }
    if size == 0.0 {
        return "0.00".into();
    }
    let digits = (3.0 - size.max(1e-9).log10().floor()).clamp(2.0, 9.0) as usize;
    format!("{value:.digits$}")
}

/// A cell of CSV.
pub fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable_at_any_size() {
        for (value, text) in [
            (80.0, "80.00"),
            (2648.050049, "2648.05"),
            (0.6753846, "0.6754"),
            (0.0001234567, "0.0001235"),
            (0.0, "0.00"),
            (1e20, "1.0000e20"),
            (-3e-9, "-3.0000e-9"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
