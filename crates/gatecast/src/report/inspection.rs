//! What an inspection shows: the health of one series, or a line for each of many. What this file is not: it finds
//! nothing wrong by itself.

use serde::Serialize;

use crate::error::Result;
use crate::series::{Data, Health, PanelForm, Series, Skipped, Stamp};

/// What an inspection shows.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Inspection {
    /// Of one series.
    One(Box<Health>),
    /// Of many.
    Many {
        /// Those that could be read.
        series: Vec<OneOfMany>,
        /// Those that could not.
        skipped: Vec<Skipped>,
    },
}

/// What is known of one of many series.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct OneOfMany {
    /// What it is called.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// The earliest date.
    pub first: Stamp,
    /// The latest date.
    pub last: Stamp,
    /// How its rows follow one another.
    pub rhythm: String,
    /// Its columns of numbers.
    pub columns: Vec<String>,
    /// What was taken for granted in reading it.
    pub notes: Vec<String>,
}

impl Inspection {
    /// Looks over what `data` hold.
    ///
    /// ```
    /// use gatecast::report::Inspection;
    /// use gatecast::series::{Data, PanelOptions};
    ///
    /// let text = "unique_id,ds,y\nA,2024-01-01,1\nA,2024-01-02,2\nB,2024-01-01,3\nB,2024-01-02,4\n";
    /// let data = Data::parse("two.csv", text.as_bytes(), &PanelOptions::default())?;
    /// let Inspection::Many { series, .. } = Inspection::of(&data)? else { panic!("two series") };
    /// assert_eq!((series.len(), series[1].rows), (2, 2));
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Data::inspect`] and [`Data::read`].
    pub fn of(data: &Data) -> Result<Self> {
        let names: &[&str] = match data.form() {
            None => return Ok(Self::One(Box::new(data.inspect()?))),
            Some(PanelForm::Wide) => &["y"],
            Some(PanelForm::Files | PanelForm::Long) => &[],
        };
        let panel = data.read(names)?;
        Ok(Self::Many {
            series: panel.series.iter().map(OneOfMany::of).collect(),
            skipped: panel.skipped,
        })
    }
}

impl OneOfMany {
    fn of(series: &Series) -> Self {
        let stamps = series.stamps();
        let columns = series.columns().iter();
        Self {
            name: series.name().into(),
            rows: series.rows(),
            first: stamps[0],
            last: stamps[stamps.len() - 1],
            rhythm: series.rhythm().to_string(),
            columns: columns.map(|column| column.name.clone()).collect(),
            notes: series.notes().to_vec(),
        }
    }
}
