//! Where a report comes from and how to make it again: what only a front end knows, the settings in a table and as a
//! TOML file, and the versions. What this file is not: it runs nothing.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::{Block, Column, NONE, Table, Text, text};
use crate::ForecastSpec;
use crate::forecast::{Method, Preset, Settings, is_used_beside, settings};
use crate::series::Health;

/// What a front end knows of a report's beginnings and its results do not tell.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The command, as it was typed.
    pub command: Option<String>,
    /// The settings that somebody set, with the preset; without them it is not told which were set and which were found.
    pub settings: Option<Settings>,
    /// The day of the report.
    pub today: Option<Date>,
    /// What an inspection of the file found.
    pub health: Option<Health>,
}

impl Origin {
    /// The settings of a forecaster as a TOML file: what was set, or else what makes the same.
    pub fn to_toml(&self, spec: &ForecastSpec) -> String {
        to_toml(spec, self)
    }

    /// What made the report, and when.
    pub(super) fn made(&self) -> Text {
        let version = env!("CARGO_PKG_VERSION");
        match self.today {
            Some(day) => text(
                format!("Made by Gatecast {version} on {day}"),
                format!("由 Gatecast {version} 於 {day} 產生"),
            ),
            None => text(
                format!("Made by Gatecast {version}"),
                format!("由 Gatecast {version} 產生"),
            ),
        }
    }

    /// What was set; where that is not known, what makes the same specification.
    fn set(&self, spec: &ForecastSpec) -> Settings {
        self.settings.clone().unwrap_or_else(|| described(spec))
    }
}

fn preset_of(set: &Settings) -> Preset {
    let name = set.get("preset").and_then(Value::as_str);
    let mut all = Preset::ALL.into_iter();
    all.find(|preset| Some(preset.name()) == name)
        .unwrap_or_default()
}

/// The fewest settings, from any preset on, that make a specification; where none make it whole, as where something was
/// found in the data, what differs from the default preset.
fn described(spec: &ForecastSpec) -> Settings {
    let method = spec.model.method;
    let is_used = |name: &str| method == Method::Gatecast || is_used_beside(method, name);
    let from = |preset: Preset, all: bool| -> Settings {
        let plain = preset.spec();
        let mut set = Settings::default();
        for setting in settings() {
            let value = setting.of(spec).filter(|value| !value.is_null());
            let differs = all || value != setting.of(&plain);
            if let Some(value) = value.filter(|_| differs && is_used(setting.name())) {
                // A value that a specification has is one that a setting takes.
                let _ = set.set(setting.name(), value);
            }
        }
        if preset != Preset::Default {
            let _ = set.set("preset", preset.name());
        }
        set
    };
    let mut same = spec.clone();
    same.train.threads = None;
    let ways = Preset::ALL
        .into_iter()
        .flat_map(|preset| [from(preset, false), from(preset, true)]);
    let whole = ways.filter(|set| set.spec().is_ok_and(|made| made == same));
    let count = |set: &Settings| {
        settings()
            .iter()
            .filter(|one| set.get(one.name()).is_some())
            .count()
    };
    whole
        .min_by_key(count)
        .unwrap_or_else(|| from(Preset::Default, false))
}

/// Every setting of a forecaster, with where it comes from.
pub(super) fn settings_of(spec: &ForecastSpec, origin: &Origin) -> Vec<Block> {
    let preset = preset_of(&origin.set(spec));
    let plain = preset.spec();
    let mut table = Table {
        caption: text("Every setting", "所有設定"),
        columns: [
            (text("setting", "設定"), false),
            (text("value", "值"), false),
            (text("preset", "預設組"), false),
            (text("comes from", "來源"), false),
        ]
        .map(|(head, number)| Column { head, number })
        .into(),
        rows: Vec::new(),
        marked: Vec::new(),
        long: false,
        note: None,
    };
    for setting in settings() {
        let Some(value) = setting.of(spec) else {
            continue;
        };
        // Of another optimiser or schedule, it may have none.
        let of_preset = setting.of(&plain).unwrap_or_default();
        // It has no effect on results.
        if setting.name() == "threads" {
            continue;
        }
        let set = origin.settings.as_ref();
        let is_set = set.is_some_and(|set| set.get(setting.name()).is_some());
        let from = match (is_set, value == of_preset) {
            (true, _) => text("set", "使用者設定"),
            (false, true) => text("preset", "預設組"),
            (false, false) if set.is_none() => text("set or found in the data", "設定或由資料得出"),
            (false, false) => text(
                "found in the data, or follows from other settings",
                "由資料或其他設定得出",
            ),
        };
        if value != of_preset {
            table.marked.push(table.rows.len());
        }
        table.rows.push(vec![
            Text::plain(setting.name()),
            Text::plain(shown(&value)),
            Text::plain(shown(&of_preset)),
            from,
        ]);
    }
    let (marked, of) = (table.marked.len(), table.rows.len());
    let name = preset.name();
    let said = text(
        format!("{marked} of {of} settings differ from the preset \"{name}\"; they are marked."),
        format!("{of} 項設定中有 {marked} 項與預設組「{name}」不同，已標示。"),
    );
    vec![Block::Paragraph { text: said }, Block::Table(table)]
}

/// The settings of a model of sentences, beside those that hold where nothing is set.
pub(super) fn spec_of<S: Serialize>(spec: &S, plain: &S) -> Vec<Block> {
    let values = |spec: &S| match serde_json::to_value(spec) {
        Ok(Value::Object(values)) => values,
        _ => serde_json::Map::new(),
    };
    let plain = values(plain);
    let mut table = Table {
        caption: text("Every setting", "所有設定"),
        columns: [
            text("setting", "設定"),
            text("value", "值"),
            text("default", "預設值"),
        ]
        .map(|head| Column {
            head,
            number: false,
        })
        .into(),
        rows: Vec::new(),
        marked: Vec::new(),
        long: false,
        note: None,
    };
    for (name, value) in values(spec) {
        let usual = plain.get(&name).unwrap_or(&Value::Null);
        if *usual != value {
            table.marked.push(table.rows.len());
        }
        table.rows.push(vec![
            Text::plain(name.replace('_', "-")),
            Text::plain(shown(&value)),
            Text::plain(shown(usual)),
        ]);
    }
    vec![Block::Table(table)]
}

/// A value of a setting, as it is typed.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => NONE.into(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => NONE.into(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(","),
        // A number that went through f32 has digits that nobody typed.
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.abs() < 1e6 => format!("{}", float as f32),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// The command, the settings as a file, the seed, and which program.
pub(super) fn again(spec: &ForecastSpec, origin: &Origin, sha256: Option<&str>) -> Vec<Block> {
    let mut blocks = command(origin);
    blocks.push(Block::Code {
        caption: text(
            "Settings as a file, for --config",
            "設定檔，供 --config 使用",
        ),
        text: to_toml(spec, origin),
    });
    let seed = spec.train.seed.to_string();
    blocks.push(versions(&seed, sha256));
    blocks
}

pub(super) fn command(origin: &Origin) -> Vec<Block> {
    let command = origin.command.iter().map(|command| Block::Code {
        caption: text("Command", "指令"),
        text: command.clone(),
    });
    command.collect()
}

pub(super) fn versions(seed: &str, sha256: Option<&str>) -> Block {
    let version = env!("CARGO_PKG_VERSION");
    let mut items = vec![
        (text("seed", "隨機種子"), Text::plain(seed)),
        (
            text("program", "程式"),
            Text::plain(format!("Gatecast {version}")),
        ),
        (
            text("the same bits", "逐位元相同"),
            text(
                "with the same rows, settings, seed and version on one instruction set, at any number of threads",
                "相同的資料列、設定、種子與版本，在同一指令集上，不論執行緒數",
            ),
        ),
    ];
    if let Some(sha256) = sha256 {
        let name = text(
            "SHA-256 of the rows and columns used",
            "所用列與欄的 SHA-256",
        );
        items.push((name, Text::plain(sha256)));
    }
    Block::Facts { items }
}

/// Lines such as `window = 10`, of what was set or makes the same.
fn to_toml(spec: &ForecastSpec, origin: &Origin) -> String {
    let set = origin.set(spec);
    let mut lines = String::new();
    for setting in settings() {
        let name = setting.name();
        let value = match name {
            "threads" => None,
            "seed" => setting.of(spec),
            _ => set.get(name).cloned(),
        };
        let Some(value) = value.filter(|value| !value.is_null()) else {
            continue;
        };
        let written = match (&value, toml::Value::try_from(&value)) {
            (Value::Number(_), _) => shown(&value),
            (_, Ok(written)) => written.to_string(),
            (_, Err(_)) => continue,
        };
        lines += &format!("{name} = {written}\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Optimizer;

    #[test]
    fn what_was_set_comes_back_from_the_file() {
        let mut set = Settings::default();
        set.set("preset", "article").unwrap();
        set.set("hidden", vec![16, 8]).unwrap();
        set.set("lr", 0.002).unwrap();
        set.set("scaler", "standard").unwrap();
        let mut spec = set.clone().spec().unwrap();
        spec.train.seed = 7;
        let origin = Origin {
            settings: Some(set),
            ..Origin::default()
        };
        let toml = to_toml(&spec, &origin);
        let read = Settings::from_toml("again.toml", &toml).unwrap();
        assert_eq!(read.spec().unwrap(), spec, "{toml}");
    }

    #[test]
    fn what_was_not_told_makes_the_same() {
        let mut sgd = ForecastSpec::plain();
        sgd.train.optimizer = Optimizer::Sgd { momentum: 0.5 };
        sgd.train.seed = 9;
        let mut default = ForecastSpec::default();
        default.data.season = 1;
        default.model.members = 2;
        for (name, spec) in [
            ("default", default),
            ("plain", ForecastSpec::plain()),
            ("article", ForecastSpec::article()),
            ("panel", ForecastSpec::panel("y", 12, 24)),
            ("sgd", sgd),
        ] {
            let toml = to_toml(&spec, &Origin::default());
            let read = Settings::from_toml("again.toml", &toml).unwrap();
            assert_eq!(read.spec().unwrap(), spec, "{name}: {toml}");
            assert!(toml.lines().count() < 12, "{name}: {toml}");
        }
    }
}
