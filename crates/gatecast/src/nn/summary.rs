//! The table that Keras calls `model.summary()`.

use std::fmt;

use serde::Serialize;

use super::Shape;

/// A network's layers with their output shapes and parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// One row a layer.
    pub layers: Vec<SummaryRow>,
    /// Parameters of all layers.
    pub parameters: usize,
}

/// A layer in a [`Summary`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Position and kind: `0 LSTM`.
    pub layer: String,
    /// Output shape with the batch as `None`: `(None, 5, 256)`.
    pub output: String,
    /// Its parameters.
    pub parameters: usize,
}

impl Summary {
    pub(crate) fn new(layers: impl Iterator<Item = (String, Shape, usize)>) -> Self {
        let layers: Vec<SummaryRow> = layers
            .enumerate()
            .map(|(index, (kind, output, parameters))| SummaryRow {
                layer: format!("{index} {kind}"),
                output: output.to_string(),
                parameters,
            })
            .collect();
        let parameters = layers.iter().map(|row| row.parameters).sum();
        Self { layers, parameters }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = ["Layer", "Output shape", "Parameters"];
        let width = |header: &str, cell: fn(&SummaryRow) -> &str| {
            self.layers
                .iter()
                .map(|row| cell(row).len())
                .max()
                .unwrap_or(0)
                .max(header.len())
        };
        let (layer, output) = (
            width(headers[0], |r| &r.layer),
            width(headers[1], |r| &r.output),
        );
        let rule = "─".repeat(layer + output + 12 + 6);
        writeln!(
            f,
            "{:layer$}   {:output$}   {:>12}",
            headers[0], headers[1], headers[2]
        )?;
        writeln!(f, "{rule}")?;
        for row in &self.layers {
            let count = thousands(row.parameters);
            writeln!(
                f,
                "{:layer$}   {:output$}   {count:>12}",
                row.layer, row.output
            )?;
        }
        writeln!(f, "{rule}")?;
        write!(
            f,
            "{:layer$}   {:output$}   {:>12}",
            "Total",
            "",
            thousands(self.parameters)
        )
    }
}

/// Groups of three digits: `790 821`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}
