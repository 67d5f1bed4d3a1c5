//! What makes the forecasts: networks, or a method that needs none. What this file is not: how a method
//! forecasts stands in `baseline`.

use serde::{Deserialize, Serialize};

use super::Baseline;

/// What makes the forecasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Networks, blended with what is better than they on folds.
    #[default]
    Gatecast,
    /// [`Baseline::LastValue`].
    LastValue,
    /// [`Baseline::Drift`].
    Drift,
    /// [`Baseline::SeasonalNaive`]; without a season, the last value.
    SeasonalNaive,
    /// [`Baseline::Ets`]; for seasons of up to 24 rows.
    Ets,
    /// [`Baseline::Theta`].
    Theta,
    /// [`Baseline::Ces`].
    Ces,
    /// [`Baseline::Mstl`]; without a season, [`Baseline::Ets`].
    Mstl,
    /// [`Baseline::Combination`].
    Combination,
}

impl Method {
    /// Every method, in the order in which help texts list them.
    pub const ALL: [Self; 9] = [
        Self::Gatecast,
        Self::LastValue,
        Self::Drift,
        Self::SeasonalNaive,
        Self::Ets,
        Self::Theta,
        Self::Ces,
        Self::Mstl,
        Self::Combination,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gatecast => "gatecast",
            Self::LastValue => "last-value",
            Self::Drift => "drift",
            Self::SeasonalNaive => "seasonal-naive",
            Self::Ets => "ets",
            Self::Theta => "theta",
            Self::Ces => "ces",
            Self::Mstl => "mstl",
            Self::Combination => "combination",
        }
    }

    /// The forecast of values with so many rows in a period, and in a longer one (1 for none), which only MSTL sees;
    /// `None` of networks.
    pub fn baseline(self, period: usize, long: usize) -> Option<Baseline> {
        Some(match self {
            Self::Gatecast => return None,
            Self::SeasonalNaive if period > 1 => Baseline::SeasonalNaive { period },
            Self::LastValue | Self::SeasonalNaive => Baseline::LastValue,
            Self::Drift => Baseline::Drift,
            Self::Mstl if period > 1 => Baseline::Mstl { period, long },
            Self::Ets | Self::Mstl => Baseline::Ets { period },
            Self::Theta => Baseline::Theta { period },
            Self::Ces => Baseline::Ces { period },
            Self::Combination => Baseline::Combination { period },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_and_seasons_that_a_method_cannot_have_are_none() {
        for method in Method::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), method.name());
            assert_eq!(method.baseline(12, 1).is_none(), method == Method::Gatecast);
        }
        assert_eq!(
            Method::Mstl.baseline(1, 1),
            Some(Baseline::Ets { period: 1 })
        );
        let both = Some(Baseline::Mstl {
            period: 24,
            long: 168,
        });
        assert_eq!(Method::Mstl.baseline(24, 168), both);
        assert_eq!(
            Method::SeasonalNaive.baseline(1, 1),
            Some(Baseline::LastValue)
        );
    }
}
