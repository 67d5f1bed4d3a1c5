//! Settings by their names: what a command line, a TOML file or another front end says, joined to a
//! [`ForecastSpec`]. What is not here: their defaults and ranges, which stand in the specs, and how a front
//! end writes them.
//!
//! `table` declares every setting, `setting` says what one is, `preset` where one may start from, and
//! [`Settings`] holds those that are set.

mod preset;
mod setting;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;
use toml::de::DeTable;

pub use self::preset::Preset;
pub use self::setting::{Group, Kind, Setting};
pub use self::table::settings;
use super::{Fault, ForecastSpec, Method};
use crate::error::{Error, Result, name_settings, nearest, wrong};
use crate::prepare::{DataSpec, ScalerKind, TargetTransform, season};

/// Settings of which not all need to be set; the others come from the preset.
///
/// ```
/// use gatecast::forecast::Settings;
///
/// let mut settings = Settings::default();
/// settings.set("preset", "article")?.set("hidden", vec![32])?;
/// settings.parse("window", "10")?;
/// let file = Settings::from_toml("mine.toml", "window = 7\nbatch = 8")?;
///
/// let spec = settings.or(file).spec()?;
/// assert_eq!((spec.data.window, spec.train.batch), (10, 8));
/// assert_eq!(spec.data.features, ["close", "volume"]);
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    values: BTreeMap<&'static str, Value>,
    renamed: BTreeMap<&'static str, &'static str>,
}

impl Settings {
    /// Sets one by its name.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) where there is none, or the value is not of its kind.
    /// Whether it is in its range is found by [`ForecastSpec::validate`].
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<&mut Self> {
        let setting = Setting::find(name)?;
        let value = setting.check(&value.into())?;
        self.keep(setting, name, value);
        Ok(self)
    }

    /// Sets one by its name to what a text says, as on a command line.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub fn parse(&mut self, name: &str, text: &str) -> Result<&mut Self> {
        let setting = Setting::find(name)?;
        let value = setting.parse(text)?;
        self.keep(setting, name, value);
        Ok(self)
    }

    fn keep(&mut self, setting: &'static Setting, name: &str, value: Value) {
        self.values.insert(setting.name(), value);
        if let Some(former) = setting.former_name().filter(|former| *former == name) {
            self.renamed.insert(former, setting.name());
        }
    }

    /// What one is set to, if it is set.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(Setting::find(name).ok()?.name())
    }

    /// Former names under which settings were set, and their present names.
    pub fn renamed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.renamed.iter().map(|(former, name)| (*former, *name))
    }

    /// These settings, and where one is not set, that of `other`.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (name, value) in other.values {
            self.values.entry(name).or_insert(value);
        }
        self.renamed.extend(other.renamed);
        self
    }

    /// The settings in a TOML text of lines such as `window = 10`. `file` is its name for messages.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) with the line.
    pub fn from_toml(file: &str, text: &str) -> Result<Self> {
        Ok(Self::from_toml_and(file, text, &[])?.0)
    }

    /// As [`Settings::from_toml`], for a program that has further keys, whose values are texts.
    ///
    /// ```
    /// use gatecast::forecast::Settings;
    ///
    /// let text = "window = 10\nout = \"my.model\"";
    /// let (settings, others) = Settings::from_toml_and("mine.toml", text, &["out"])?;
    /// assert_eq!(settings.get("window"), Some(&10.into()));
    /// assert_eq!(others["out"], "my.model");
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) with the line.
    pub fn from_toml_and(
        file: &str,
        text: &str,
        others: &[&'static str],
    ) -> Result<(Self, BTreeMap<&'static str, String>)> {
        let wrong = |at: usize, reason: String, help: String| {
            let before = text.as_bytes().iter().take(at);
            Error::from(Fault::SettingsFile {
                file: file.into(),
                line: 1 + before.filter(|byte| **byte == b'\n').count() as u64,
                reason,
                help,
            })
        };
        let shape = || {
            "settings are lines such as window = 10 or hidden = [64, 64], without tables"
                .to_string()
        };
        let broken = |error: toml::de::Error| {
            let reason = error.message().lines().next().unwrap_or("unreadable");
            let at = error.span().unwrap_or_default().start;
            wrong(at, reason.into(), shape())
        };
        let values: toml::Table = toml::from_str(text).map_err(broken)?;
        // Only these know where a key stands.
        let keys = DeTable::parse(text).map_err(broken)?;
        let mut keys: Vec<(usize, &str)> = keys
            .get_ref()
            .keys()
            .map(|key| (key.span().start, key.get_ref().as_ref()))
            .collect();
        keys.sort_unstable();

        let (mut settings, mut texts) = (Self::default(), BTreeMap::new());
        for (at, key) in keys {
            let Some(value) = values.get(key) else {
                continue;
            };
            if let Some(other) = others.iter().find(|other| **other == key) {
                let found = value.as_str().ok_or_else(|| {
                    let reason = format!("{key} is {value}; it must be a text");
                    wrong(at, reason, shape())
                })?;
                texts.insert(*other, found.to_string());
                continue;
            }
            let setting = Setting::find(key).map_err(|_| {
                let names = self::settings().iter().map(Setting::name);
                let known: Vec<&str> = names.chain(others.iter().copied()).collect();
                let help = match nearest(key, &known) {
                    _ if value.is_table() => shape(),
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("the keys are {}", known.join(", ")),
                };
                wrong(at, format!("unknown key \"{key}\""), help)
            })?;
            if settings.values.contains_key(setting.name()) {
                let reason = format!("{} is set twice", setting.name());
                return Err(wrong(at, reason, "keep one of the two".into()));
            }
            settings.set(key, json(value)).map_err(|error| {
                // In a file a setting is its own key.
                let reason = name_settings(&error.to_string(), str::to_string);
                wrong(at, reason, shape())
            })?;
        }
        Ok((settings, texts))
    }

    /// The method that forecasts without networks, if one is set.
    fn method(&self) -> Option<Method> {
        let name = self.get("method").and_then(Value::as_str)?;
        let named = |method: &Method| method.name() == name && *method != Method::Gatecast;
        Method::ALL.into_iter().find(named)
    }

    /// Fails where a setting is set that has no effect beside a method without networks.
    fn refuse_beside(&self, method: Method) -> Result<()> {
        match self
            .values
            .keys()
            .find(|name| !is_used_beside(method, name))
        {
            Some(name) => {
                let expected = "left out with a ‹method› that has no network";
                wrong(
                    name,
                    format!("set beside the method {}", method.name()),
                    expected,
                )
            }
            None => Ok(()),
        }
    }

    /// The specification that the settings describe. It is not checked as a whole: see
    /// [`ForecastSpec::validate`].
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting), also for a parameter of another optimizer or schedule.
    pub fn spec(&self) -> Result<ForecastSpec> {
        let text = |name| self.get(name).and_then(Value::as_str);
        let count = |name| {
            let value = self.get(name).and_then(Value::as_u64).unwrap_or(1);
            // What is too large for this machine is refused below.
            usize::try_from(value).unwrap_or(usize::MAX)
        };
        let named = |preset: &Preset| text("preset") == Some(preset.name());
        let mut spec = match Preset::ALL.into_iter().find(named).unwrap_or_default() {
            Preset::Panel => {
                let target = text("target").unwrap_or("close");
                ForecastSpec::panel(target, count("season"), count("horizon"))
            }
            preset => preset.spec(),
        };
        // A preset whose only feature is its target has another one with another target.
        if let Some(target) = text("target")
            && spec.data.features == [spec.data.target.as_str()]
        {
            spec.data.features = vec![target.into()];
        }
        if let Some(method) = self.method() {
            if let Some(target) = text("target") {
                spec.data.target = target.into();
            }
            spec = spec.with_method(method);
            self.refuse_beside(method)?;
        }
        let patience = spec.train.patience;
        for setting in self::settings() {
            if let Some(value) = self.values.get(setting.name()) {
                setting.put(&mut spec, value)?;
            }
        }
        // Validation rows and validation folds exclude one another: the one that is set stays.
        let is_set = |name| self.get(name).is_some();
        if is_set("validation") && !is_set("validation-folds") && spec.data.validation != 0.0 {
            spec.data.validation_folds = 0;
        }
        if is_set("validation-folds") && !is_set("validation") && spec.data.validation_folds > 0 {
            spec.data.validation = 0.0;
        }
        // A season is looked for where its window is free, and the network can measure from it.
        let mixture = spec.data.target_transform == TargetTransform::Mixture;
        let seasonal = (spec.data.target_transform == TargetTransform::Residual || mixture)
            && spec.data.scaler == ScalerKind::Window;
        if !is_set("season") && (is_set("window") || !seasonal) {
            spec.data.season = spec.data.season.max(1);
        }
        // A longer season is looked for where its window is free, and a mixture can weigh it.
        let free = mixture && spec.data.season != 1 && !is_set("window");
        if !is_set("long-season") && !free {
            spec.data.long_season = spec.data.long_season.max(1);
        }
        if !is_set("window") && spec.data.season > 1 {
            match mixture {
                true => {
                    let (season, long) = (spec.data.season, spec.data.long_season);
                    spec.data.window = DataSpec::mixture_window(season, long);
                }
                false if is_set("season") => spec.data.window = season::window(spec.data.season),
                false => {}
            }
        }
        // A preset's patience needs something to watch; one that is set without is an error later.
        let watched = spec.data.validation > 0.0 || spec.data.validation_folds > 0;
        if !is_set("patience") {
            spec.train.patience = patience.filter(|_| watched);
        }
        Ok(spec)
    }
}

/// Whether a setting has an effect beside a method without networks.
pub(crate) fn is_used_beside(method: Method, name: &str) -> bool {
    const USED: [&str; 10] = [
        "method",
        "preset",
        "seed",
        "threads",
        "target",
        "horizon",
        "season",
        "validation-folds",
        "validation-scheme",
        "test",
    ];
    USED.contains(&name) || (method == Method::Mstl && name == "long-season")
}

/// A TOML value in JSON. What JSON does not have becomes a text, which no setting takes for it.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) if number.is_finite() => (*number).into(),
        toml::Value::Boolean(yes) => (*yes).into(),
        toml::Value::Array(values) => values.iter().map(json).collect(),
        other => other.to_string().into(),
    }
}
