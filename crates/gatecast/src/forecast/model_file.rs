//! The model file: one safetensors file with the tensors of all networks, named as PyTorch names them,
//! and one JSON entry with everything else. What this file is not: it forecasts nothing.
//!
//! A file is checked whole before it is used. Files of older formats are brought up to date as JSON,
//! one format after the other, and then read like new ones.

use std::path::Path;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::about::{About, FORMAT};
use super::{Base, FittedForecaster};
use crate::error::{Error, Result};
use crate::nn::{self, Sequential, Shape};
use crate::write_whole;

impl FittedForecaster {
    /// The model file.
    ///
    /// ```
    /// use gatecast::{FittedForecaster, ForecastSpec, Forecaster, series::sp500};
    ///
    /// let mut spec = ForecastSpec::article();
    /// spec.model.hidden = vec![4]; // a small one, for this example
    /// spec.train.epochs = 1;
    /// let fitted = Forecaster::new(spec)?.fit(&sp500())?;
    /// let again = FittedForecaster::parse("memory", fitted.to_bytes()?)?;
    /// assert_eq!(again.forecast(&sp500())?, fitted.forecast(&sp500())?);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), which does not happen with numbers that are finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_string(&self.about)
            .map_err(|error| nn::Fault::model("model", error.to_string(), "train again"))?;
        nn::to_bytes(&self.networks, &[], nn::KEY, text)
    }

    /// Writes the model file, in one piece or not at all.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_whole(path.as_ref(), &self.to_bytes()?)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`Model`](crate::ErrorKind::Model) when the file was cut short,
    /// altered, written by another program or by a newer version of this one.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        Self::parse(path, bytes)
    }

    /// As [`FittedForecaster::load`], from bytes; `path` is what messages call them.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), as [`FittedForecaster::load`].
    pub fn parse(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |reason: String, help| Error::from(nn::Fault::model(path, reason, help));
        let altered = |reason: String| wrong(reason, "the file was altered; train again");
        let tensors = nn::parse(path, bytes, nn::KEY)?;
        let (mut value, format) = tensors.description(None, FORMAT)?;
        upgrade(&mut value, format);
        let about: About = serde_json::from_value(value)
            .map_err(|error| altered(format!("its description does not fit ({error})")))?;
        about
            .spec
            .validate()
            .map_err(|error| altered(error.to_string()))?;
        let data = &about.spec.data;
        about
            .features
            .check(data)
            .map_err(|reason| altered(reason.into()))?;
        let input = data.input();
        let networks = (0..about.spec.networks())
            .map(|member| tensors.network(member, input, about.layers.clone()))
            .collect::<Result<Vec<_>>>()?;
        if networks.is_empty() && about.base.is_none() {
            return Err(altered("it has neither networks nor a method".into()));
        }
        let output = networks.first().map(Sequential::output);
        let numbers = about.spec.steps_at_once() * about.spec.loss().outputs();
        if let Some(output) = output
            && output != Shape::vector(numbers)
        {
            return Err(altered(format!(
                "its network gives {output} where its settings ask for {numbers} numbers"
            )));
        }
        let selected = about.selection.iter().flat_map(|selection| &selection.base);
        if !about.base.iter().chain(selected).all(Base::is_sound) {
            return Err(altered("a period of its methods is none".into()));
        }
        let weight = about.selection.as_ref().map_or(1.0, |s| s.weight);
        if !(0.0..=1.0).contains(&weight) {
            return Err(altered(format!("its network has the weight {weight}")));
        }
        if let Some(selection) = &about.selection
            && !selection.radii.is_sound(data.horizon)
        {
            return Err(altered("its bands do not fit its horizon".into()));
        }
        Ok(Self::of(networks, about))
    }
}

/// Brings a description of an older format up to date, step by step. What it lacks in ways that no
/// older program wrote is left for the reader to find.
fn upgrade(value: &mut Value, format: u64) {
    if format < 4 {
        upgrade_to_4(value);
    }
    if format < 5 {
        upgrade_to_5(value);
    }
    if format < 6 {
        upgrade_to_6(value);
    }
    if let Some(about) = value.as_object_mut() {
        about.insert("format".into(), FORMAT.into());
    }
}

/// Formats 1 to 3 had other names, and left out what was not set. One model for many series always
/// held out a horizon.
fn upgrade_to_4(value: &mut Value) {
    let Some(about) = value.as_object_mut() else {
        return;
    };
    let mut absent = |name: &str| about.remove(name).unwrap_or(Value::Null);
    let (mut scalers, calendar) = (absent("scalers"), absent("calendar"));
    let mut chosen = absent("chosen");
    let panel = about.get("training").is_some_and(|t| !t["panel"].is_null());
    let uses_calendar = about
        .get("spec")
        .and_then(|spec| spec["data"]["calendar"].as_array())
        .is_some_and(|features| !features.is_empty());
    rename(&mut chosen, "reach", "radii");
    rename(&mut scalers, "features", "past");
    rename(&mut scalers, "known", "future");
    insert(&mut scalers, "future", json!([]));
    let rhythm = if uses_calendar {
        calendar.clone()
    } else {
        Value::Null
    };
    insert(&mut scalers, "rhythm", rhythm);
    about.insert("features".into(), scalers);
    about.insert("selection".into(), chosen);
    for name in ["panel_scores", "verdict"] {
        about.entry(name).or_insert(Value::Null);
    }
    if let Some(training) = about.get_mut("training") {
        insert(training, "calendar", calendar);
        insert(training, "adjustment", "none".into());
        insert(training, "notes", json!([]));
        insert(training, "panel", Value::Null);
    }
    let Some(data) = about.get_mut("spec").and_then(|spec| spec.get_mut("data")) else {
        return;
    };
    rename(data, "known", "future");
    rename(data, "predict", "target_transform");
    let scheme = if panel { "last-horizons" } else { "rolling" };
    for (name, without) in [
        ("season", json!(1)),
        ("calendar", json!([])),
        ("future", json!([])),
        ("static", json!([])),
        ("target_transform", json!("price")),
        ("validation_folds", json!(0)),
        ("validation_scheme", json!(scheme)),
    ] {
        insert(data, name, without);
    }
    if let Some(data) = data.as_object_mut() {
        // One series was always trained on all its windows, whatever stood here.
        if !panel {
            data.insert("windows_per_series".into(), Value::Null);
        } else if data.get("test").and_then(Value::as_f64) > Some(0.0) {
            data.insert("test".into(), "horizon".into());
        }
    }
    let Some(model) = about.get_mut("spec").and_then(|spec| spec.get_mut("model")) else {
        return;
    };
    insert(model, "strategy", "direct".into());
    insert(model, "members", 1.into());
    insert(model, "zero_output", false.into());
}

/// Formats before 5 knew days only: rows without dates stood on days from the year 1 on, and rhythms
/// were those of days.
fn upgrade_to_5(value: &mut Value) {
    let Some(training) = value.get_mut("training") else {
        return;
    };
    let last = training["last"].as_str().and_then(|date| date.parse().ok());
    let day = last.map_or(1, |last: Date| last.day());
    rename(training, "calendar", "rhythm");
    insert(training, "fill", "none".into());
    insert(training, "reading", json!({}));
    insert(training, "zone", Value::Null);
    if let Some(training) = training.as_object_mut() {
        training.remove("dated");
        let begins = Date::constant(1, 1, 1);
        for name in ["first", "last"] {
            let date = training
                .get(name)
                .and_then(Value::as_str)
                .and_then(|date| date.parse().ok());
            if let Some(date) = date.filter(|date: &Date| date.year() < 1000) {
                training.insert(name.into(), ((date - begins).get_days() + 1).into());
            }
        }
        if let Some(rhythm) = training.get_mut("rhythm") {
            *rhythm = rhythm_of_5(rhythm, day);
        }
    }
    if let Some(features) = value.get_mut("features") {
        insert(features, "season_weight", 1.0.into());
        if let Some(rhythm) = features.get_mut("rhythm") {
            *rhythm = rhythm_of_5(rhythm, day);
        }
    }
}

/// A longer season, another base than the last value or season, and forecasts without networks were not known.
fn upgrade_to_6(value: &mut Value) {
    if let Some(data) = value.get_mut("spec").and_then(|spec| spec.get_mut("data")) {
        insert(data, "long_season", 1.into());
    }
    insert(value, "base", Value::Null);
    if let Some(model) = value.get_mut("spec").and_then(|spec| spec.get_mut("model")) {
        insert(model, "method", "gatecast".into());
    }
    if let Some(selection) = value.get_mut("selection") {
        let naive = selection["naive_mae"].clone();
        insert(selection, "base", Value::Null);
        insert(selection, "base_mae", naive);
    }
}

/// A rhythm of days as format 5 writes it; `day` is that of the month for rows a month apart.
fn rhythm_of_5(old: &Value, day: i8) -> Value {
    if let Some(days) = old.get("days") {
        return json!({ "every": { "count": days, "unit": "day" } });
    }
    let Some(months) = old.get("months") else {
        return old.clone();
    };
    let day = if months["at_end"] == true { 31 } else { day };
    let weekend = match months["weekdays_only"] == true {
        true => "friday_before",
        false => "stays",
    };
    json!({ "months": { "every": months["every"], "on": [{ "number": day }], "weekend": weekend } })
}

/// Gives an entry of an object another name.
fn rename(value: &mut Value, from: &str, to: &str) {
    if let Some(object) = value.as_object_mut()
        && let Some(entry) = object.remove(from)
    {
        object.insert(to.into(), entry);
    }
}

/// Adds an entry to an object that lacks it.
fn insert(value: &mut Value, name: &str, entry: Value) {
    if let Some(object) = value.as_object_mut() {
        object.entry(name).or_insert(entry);
    }
}
