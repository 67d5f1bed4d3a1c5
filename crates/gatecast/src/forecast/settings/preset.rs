//! Named sets of settings to start from.

use serde::{Deserialize, Serialize};

use crate::forecast::ForecastSpec;

/// A set of settings to start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Preset {
    /// [`ForecastSpec::default`].
    #[default]
    Default,
    /// [`ForecastSpec::plain`].
    Plain,
    /// [`ForecastSpec::article`].
    Article,
    /// [`ForecastSpec::panel`].
    Panel,
}

impl Preset {
    /// Every preset, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [Self::Default, Self::Plain, Self::Article, Self::Panel];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Plain => "plain",
            Self::Article => "article",
            Self::Panel => "panel",
        }
    }

    /// What it is, in a few words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Default => "small networks, weighted so as not to lose to the last value",
            Self::Plain => "one LSTM on scaled prices",
            Self::Article => "the reference article's network",
            Self::Panel => "one model for many series",
        }
    }

    /// Its settings, for a target `close`, a horizon of one row and no season.
    ///
    /// ```
    /// use gatecast::forecast::Preset;
    ///
    /// assert_eq!(Preset::Article.spec().model.hidden, [256, 256]);
    /// ```
    pub fn spec(self) -> ForecastSpec {
        match self {
            Self::Default => {
                let mut spec = ForecastSpec::default();
                spec.data.season = 0;
                spec
            }
            Self::Plain => ForecastSpec::plain(),
            Self::Article => ForecastSpec::article(),
            Self::Panel => ForecastSpec::panel("close", 1, 1),
        }
    }
}
