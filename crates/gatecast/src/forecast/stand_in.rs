//! What is done where a series, or every series of a panel, is too short for networks: the combination of methods
//! forecasts instead. What this file is not: it decides for nobody; who would rather see the error calls
//! [`Forecaster::fit`].

use super::{FittedForecaster, Forecaster, Method};
use crate::error::{Error, ErrorKind, Result};
use crate::prepare::{self, TestPart};
use crate::series::{Series, key};

impl Forecaster {
    /// Whether an error of fitting is one that a method without networks is spared: too few rows to learn from, or a
    /// target with one value.
    fn is_spared(&self, error: &Error) -> bool {
        let constant = match error.fault() {
            Some(prepare::Fault::ConstantColumn { column, .. }) => column,
            _ => return error.lacks_training_rows(),
        };
        key(constant) == key(&self.spec().data.target)
    }

    /// Does a `job` with this forecaster, or, where it fails because there is too little to learn from, with the
    /// [combination](Method::Combination) of methods in its place; beside the outcome it then says why.
    ///
    /// # Errors
    /// Those of the job.
    pub fn or_stand_in<R>(
        &self,
        mut job: impl FnMut(&Self) -> Result<R>,
    ) -> Result<(R, Option<String>)> {
        match job(self) {
            Err(error) if self.is_spared(&error) => {
                let stand_in = self.spec().clone().with_method(Method::Combination);
                Ok((job(&Self::new(stand_in)?)?, Some(error.to_string())))
            }
            outcome => Ok((outcome?, None)),
        }
    }

    /// Fits to one of many series, however short it is: where it has too little to learn from, the
    /// [combination](Method::Combination) of methods, and where its test part would be shorter than the horizon,
    /// without one. Beside the fit it says why there is no network.
    ///
    /// ```
    /// use gatecast::{Forecaster, Series};
    ///
    /// let forecaster = Forecaster::builder().target("y").build()?;
    /// let series = Series::undated("short", [("y", vec![1.0, 2.0, 3.0])])?;
    /// assert!(forecaster.fit(&series).is_err());
    /// let (fitted, reason) = forecaster.fit_any(&series)?;
    /// assert!(fitted.network().is_none() && reason.is_some());
    /// assert_eq!(fitted.forecast(&series)?.points.len(), 1);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Forecaster::fit`], but for too few rows and a constant target.
    pub fn fit_any(&self, series: &Series) -> Result<(FittedForecaster, Option<String>)> {
        self.or_stand_in(|forecaster| {
            let fitted = forecaster.fit(series);
            match fitted {
                Err(error)
                    if forecaster.summary().is_none() && error.kind() == ErrorKind::TooFewRows =>
                {
                    let mut spec = forecaster.spec().clone();
                    spec.data.test = TestPart::Share(0.0);
                    Self::new(spec)?.fit(series)
                }
                fitted => fitted,
            }
        })
    }
}
