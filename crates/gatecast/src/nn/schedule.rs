//! How the learning rate changes from epoch to epoch.

use serde::{Deserialize, Serialize};

/// A schedule; the rate it starts from is the optimiser's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Schedule {
    /// No change.
    #[default]
    Constant,
    /// Times `factor` after every `every` epochs.
    Step {
        /// Epochs between two changes.
        every: usize,
        /// Factor of each change.
        factor: f64,
    },
    /// Down to zero along half a cosine (Loshchilov & Hutter 2017, eq. 5, without restarts).
    Cosine,
    /// Times `factor` when the monitored loss has not improved for `patience` epochs.
    Plateau {
        /// Epochs to wait.
        patience: usize,
        /// Factor of each change.
        factor: f64,
    },
}

impl Schedule {
    /// Every schedule with the defaults of its parameters, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [
        Self::Constant,
        Self::Step {
            every: 10,
            factor: 0.5,
        },
        Self::Cosine,
        Self::Plateau {
            patience: 10,
            factor: 0.5,
        },
    ];
}

/// A [`Schedule`] under way.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    schedule: Schedule,
    first: f64,
    epochs: usize,
    /// What plateaus have made of the first rate.
    reduced: f64,
    best: f64,
    waited: usize,
}

impl Rate {
    pub(crate) fn new(schedule: Schedule, first: f64, epochs: usize) -> Self {
        Self {
            schedule,
            first,
            epochs,
            reduced: first,
            best: f64::INFINITY,
            waited: 0,
        }
    }

    /// The rate of an epoch, counted from 1.
    pub(crate) fn at(&self, epoch: usize) -> f64 {
        let before = epoch - 1;
        match self.schedule {
            Schedule::Constant => self.first,
            Schedule::Step { every, factor } => self.first * factor.powi((before / every) as i32),
            Schedule::Cosine => {
                let part = before as f64 / self.epochs as f64;
                self.first * 0.5 * (1.0 + (std::f64::consts::PI * part).cos())
            }
            Schedule::Plateau { .. } => self.reduced,
        }
    }

    /// Takes note of the monitored loss of an epoch.
    pub(crate) fn observe(&mut self, loss: f64) {
        let Schedule::Plateau { patience, factor } = self.schedule else {
            return;
        };
        if loss < self.best {
            self.best = loss;
            self.waited = 0;
            return;
        }
        self.waited += 1;
        if self.waited >= patience {
            self.reduced *= factor;
            self.waited = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schedule_by_its_formula() {
        let step = Rate::new(
            Schedule::Step {
                every: 2,
                factor: 0.5,
            },
            1.0,
            6,
        );
        assert_eq!(
            (1..=5).map(|e| step.at(e)).collect::<Vec<_>>(),
            [1.0, 1.0, 0.5, 0.5, 0.25]
        );

        let cosine = Rate::new(Schedule::Cosine, 1.0, 4);
        let want = [1.0, 0.853_553_39, 0.5, 0.146_446_61];
        assert!((1..=4).all(|e| (cosine.at(e) - want[e - 1]).abs() < 1e-8));

        let mut plateau = Rate::new(
            Schedule::Plateau {
                patience: 2,
                factor: 0.1,
            },
            1.0,
            9,
        );
        let rates: Vec<f64> = [3.0, 2.0, 2.5, 2.0, 1.0, 1.5, 1.5]
            .iter()
            .enumerate()
            .map(|(before, &loss)| {
                let rate = plateau.at(before + 1);
                plateau.observe(loss);
                rate
            })
            .collect();
        assert_eq!(rates, [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1]);
        assert!((plateau.at(8) - 0.01).abs() < 1e-12);
    }
}
