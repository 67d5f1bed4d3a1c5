//! A forecaster put together a setting at a time. What this file is not: it declares no setting
//! (`settings::table`) and checks none (the specs).

use serde_json::Value;

use super::{Forecaster, Preset, Settings};
use crate::error::{Error, Result};

/// A [`Forecaster`] to be; see [`Forecaster::builder`].
#[derive(Debug, Default)]
#[must_use = "call build"]
pub struct ForecasterBuilder {
    settings: Settings,
    /// The first setting that does not exist or has no such value; said by `build`.
    wrong: Option<Error>,
}

impl Forecaster {
    /// Starts from the default settings.
    ///
    /// ```
    /// use gatecast::{Forecaster, series::sp500};
    ///
    /// let forecaster = Forecaster::builder()
    ///     .target("close")
    ///     .horizon(5)
    ///     .set("epochs", 2) // any setting of the command line, under its name there
    ///     .set("members", 1)
    ///     .build()?;
    /// let fitted = forecaster.fit(&sp500())?;
    /// assert_eq!(fitted.forecast(&sp500())?.points.len(), 5);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    pub fn builder() -> ForecasterBuilder {
        ForecasterBuilder::default()
    }
}

impl ForecasterBuilder {
    /// Settings to start from; what is set otherwise, before or after, wins.
    pub fn preset(self, preset: Preset) -> Self {
        self.set("preset", preset.name())
    }

    /// The column to forecast.
    pub fn target(self, column: &str) -> Self {
        self.set("target", column)
    }

    /// The columns that the network sees; the target unless set.
    pub fn features(self, columns: &[&str]) -> Self {
        self.set("features", columns)
    }

    /// Rows that the network sees.
    pub fn window(self, rows: usize) -> Self {
        self.set("window", rows)
    }

    /// Rows to forecast.
    pub fn horizon(self, rows: usize) -> Self {
        self.set("horizon", rows)
    }

    /// Rows in a season; the window must be two seasons or more.
    pub fn season(self, rows: usize) -> Self {
        self.set("season", rows)
    }

    /// Seed of first weights, order of samples and dropout.
    pub fn seed(self, seed: u64) -> Self {
        self.set("seed", seed)
    }

    /// Any setting, by its name; see [`settings`](super::settings).
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Err(error) = self.settings.set(name, value) {
            self.wrong = self.wrong.or(Some(error));
        }
        self
    }

    /// Checks the settings and builds the network.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) or [`Shape`](crate::ErrorKind::Shape).
    pub fn build(self) -> Result<Forecaster> {
        match self.wrong {
            Some(error) => Err(error),
            None => Forecaster::new(self.settings.spec()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, ForecastSpec};

    #[test]
    fn what_is_set_wins_over_the_preset_in_any_order() {
        let builder = Forecaster::builder().window(7).preset(Preset::Article);
        let built = builder.features(&["close"]).seed(3).build().unwrap();
        let mut want = ForecastSpec::article();
        want.data.window = 7;
        want.data.features = vec!["close".into()];
        want.train.seed = 3;
        assert_eq!(*built.spec(), want);
    }

    #[test]
    fn the_first_mistake_is_the_one_that_is_told() {
        let builder = Forecaster::builder().set("windw", 7).set("epochs", "many");
        let error = builder.horizon(0).build().unwrap_err();
        assert_eq!(error.help().unwrap(), "did you mean \"window\"?");
        let error = Forecaster::builder().horizon(0).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Setting);
        assert_eq!(error.setting(), Some("horizon"), "{error}");
    }
}
