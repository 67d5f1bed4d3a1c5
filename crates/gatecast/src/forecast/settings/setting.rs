//! One setting: its name, which values it takes, where in a [`ForecastSpec`] it stands, and its help. What
//! is not here: which settings there are (`table`).
//!
//! Values are JSON, because that is what specs are read from and written to: a number, a text, a truth
//! value, a list of these, or null for an optional setting that is not set.

use serde::Serialize;
use serde_json::Value;

use super::{Preset, settings};
use crate::error::{Result, fail, wrong};
use crate::forecast::Fault;
use crate::forecast::ForecastSpec;

/// The heading under which help texts list a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Where settings come from, and what concerns all of a run.
    General,
    /// Which numbers go in and come out.
    Data,
    /// The network.
    Model,
    /// How it is trained.
    Training,
}

impl Group {
    /// The heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Data => "Data",
            Self::Model => "Model",
            Self::Training => "Training",
        }
    }
}

/// What a value, or each of a list, has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, not below zero.
    Count,
    /// A number.
    Number,
    /// True or false.
    Switch,
    /// Any text.
    Text,
    /// One of [`Setting::choices`].
    Choice,
}

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// At the first of these paths of a serialised [`ForecastSpec`] that it has. An optimizer or a
    /// schedule with parameters is an object with one key, its name.
    Paths(Vec<&'static str>),
    /// In `train.threads`, which is not serialised: a model file must not depend on it.
    Threads,
    /// Nowhere: it is where a spec starts from.
    Preset,
}

/// A setting that a user can name.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    name: &'static str,
    former: Option<&'static str>,
    place: Place,
    group: Group,
    kind: Kind,
    list: bool,
    /// A word that stands for a value of another kind, such as none for null.
    word: Option<(&'static str, Value)>,
    /// Every choice as a spec holds it, with the defaults of its parameters.
    choices: Vec<Value>,
    /// What a value must be, for messages. Kept because errors borrow it.
    expected: String,
    value: &'static str,
    help: &'static str,
}

/// How rows are declared.
impl Setting {
    fn new(name: &'static str, place: Place, kind: Kind, value: &'static str) -> Self {
        Self {
            name,
            former: None,
            place,
            group: Group::General,
            kind,
            list: false,
            word: None,
            choices: Vec::new(),
            expected: String::new(),
            value,
            help: "",
        }
    }

    /// A whole number at `path`.
    pub(super) fn count(name: &'static str, path: &'static str) -> Self {
        Self::new(name, Place::Paths(vec![path]), Kind::Count, "N")
    }

    /// A number at `path`.
    pub(super) fn number(name: &'static str, path: &'static str) -> Self {
        Self::new(name, Place::Paths(vec![path]), Kind::Number, "NUMBER")
    }

    /// True or false at `path`.
    pub(super) fn switch(name: &'static str, path: &'static str) -> Self {
        Self::new(name, Place::Paths(vec![path]), Kind::Switch, "BOOL")
    }

    /// A text at `path`.
    pub(super) fn text(name: &'static str, path: &'static str) -> Self {
        Self::new(name, Place::Paths(vec![path]), Kind::Text, "TEXT")
    }

    /// One of several names at `path`; say which with [`Setting::one_of`].
    pub(super) fn named(name: &'static str, path: &'static str) -> Self {
        Self::new(name, Place::Paths(vec![path]), Kind::Choice, "NAME")
    }

    /// The number of threads.
    pub(super) fn threads(help: &'static str) -> Self {
        let threads = Self::new("threads", Place::Threads, Kind::Count, "N");
        threads.optional().about(help)
    }

    /// The preset.
    pub(super) fn preset(help: &'static str) -> Self {
        Self::new("preset", Place::Preset, Kind::Choice, "NAME").about(help)
    }

    /// The variants of an enum, those with parameters with their defaults.
    pub(super) fn one_of<T: Serialize>(self, all: &[T]) -> Self {
        let choices = all.iter().filter_map(|one| serde_json::to_value(one).ok());
        let choices = choices.collect();
        Self { choices, ..self }
    }

    /// A list of such values.
    pub(super) fn list(self) -> Self {
        Self { list: true, ..self }
    }

    /// Null and the text "none" leave it unset.
    pub(super) fn optional(self) -> Self {
        self.or_word("none", Value::Null)
    }

    /// A word that stands for this value.
    pub(super) fn or_word(self, word: &'static str, value: impl Into<Value>) -> Self {
        let word = Some((word, value.into()));
        Self { word, ..self }
    }

    /// Another place, where the first is not there.
    pub(super) fn or_at(mut self, path: &'static str) -> Self {
        if let Place::Paths(paths) = &mut self.place {
            paths.push(path);
        }
        self
    }

    /// The name it had before, which still works.
    pub(super) fn formerly(self, name: &'static str) -> Self {
        let former = Some(name);
        Self { former, ..self }
    }

    /// What stands for a value in help texts.
    pub(super) fn value(self, value: &'static str) -> Self {
        Self { value, ..self }
    }

    /// What it is.
    pub(super) fn about(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// The finished row.
    pub(super) fn within(mut self, group: Group) -> Self {
        self.group = group;
        self.expected = self.expectation();
        self
    }

    fn expectation(&self) -> String {
        let choices = || self.choices().collect::<Vec<_>>().join(", ");
        if self.list {
            return match self.kind {
                Kind::Count => "a list of whole numbers".into(),
                Kind::Number => "a list of numbers".into(),
                Kind::Switch => "a list of true and false".into(),
                Kind::Text => "a list of texts".into(),
                Kind::Choice => format!("a list of any of {}", choices()),
            };
        }
        let one = match self.kind {
            Kind::Count => "a whole number, 0 or more".into(),
            Kind::Number => "a number".into(),
            Kind::Switch => "true or false".into(),
            Kind::Text => "a text".into(),
            Kind::Choice => format!("one of {}", choices()),
        };
        match &self.word {
            Some((word, _)) => format!("{one}, or \"{word}\""),
            None => one,
        }
    }
}

impl Setting {
    /// Its name, such as `window`: the key in a file, and the flag without its dashes.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A name it had before, which still works.
    pub fn former_name(&self) -> Option<&'static str> {
        self.former
    }

    /// The heading that it belongs to.
    pub fn group(&self) -> Group {
        self.group
    }

    /// What a value has to be.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it takes a list of values.
    pub fn is_list(&self) -> bool {
        self.list
    }

    /// What stands for its value in help texts, such as `ROWS`.
    pub fn placeholder(&self) -> &'static str {
        self.value
    }

    /// The names that it takes, if it takes names.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().filter_map(variant)
    }

    /// What it is, with the defaults of the presets behind it.
    ///
    /// ```
    /// let cell = gatecast::forecast::Setting::find("cell")?;
    /// assert_eq!(cell.help(), "Type of recurrent cell [default: gru; plain, article: lstm]");
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    pub fn help(&self) -> String {
        if self.place == Place::Preset {
            let presets = Preset::ALL.map(|one| format!("{} ({})", one.name(), one.description()));
            return format!("{}: {}", self.help, presets.join(", "));
        }
        // Presets that agree stand together; those that agree with the default need no mention.
        let mut defaults: Vec<(String, Vec<&str>)> = Vec::new();
        for preset in Preset::ALL {
            let text = self.text_of(&preset.spec());
            match defaults.iter_mut().find(|(other, _)| *other == text) {
                Some((_, names)) => names.push(preset.name()),
                None => defaults.push((text, vec![preset.name()])),
            }
        }
        let defaults = defaults.into_iter().map(|(text, names)| match names[..] {
            ["default", ..] => format!("default: {text}"),
            _ => format!("{}: {text}", names.join(", ")),
        });
        let defaults: Vec<String> = defaults.collect();
        format!("{} [{}]", self.help, defaults.join("; "))
    }

    /// The setting of this name, or that had this name before.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting), whose help names the nearest.
    pub fn find(name: &str) -> Result<&'static Self> {
        let is_it = |setting: &&Self| setting.name == name || setting.former == Some(name);
        if let Some(found) = settings().iter().find(is_it) {
            return Ok(found);
        }
        let known = settings().iter().map(|one| one.name.into()).collect();
        let name = name.into();
        fail(Fault::UnknownSetting { name, known })
    }

    /// Its value in `spec`; nothing for the preset, and for a parameter of another optimizer or schedule
    /// than that of `spec`.
    ///
    /// ```
    /// use gatecast::{ForecastSpec, forecast::Setting};
    ///
    /// let spec = ForecastSpec::article();
    /// assert_eq!(Setting::find("window")?.of(&spec), Some(5.into()));
    /// assert_eq!(Setting::find("momentum")?.of(&spec), None);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    pub fn of(&self, spec: &ForecastSpec) -> Option<Value> {
        let paths = match &self.place {
            Place::Paths(paths) => paths,
            Place::Threads => return Some(spec.train.threads.into()),
            Place::Preset => return None,
        };
        let spec = serde_json::to_value(spec).ok()?;
        let value = paths.iter().find_map(|path| spec.pointer(&pointer(path)))?;
        match (self.kind, self.list) {
            (Kind::Choice, false) => variant(value).map(Value::from),
            _ => Some(value.clone()),
        }
    }

    /// Puts `value`, which [`Setting::check`] has let pass, into `spec`.
    pub(super) fn put(&'static self, spec: &mut ForecastSpec, value: &Value) -> Result<()> {
        let paths = match &self.place {
            Place::Paths(paths) => paths,
            Place::Threads => {
                let threads = value.as_u64().map(usize::try_from).transpose();
                spec.train.threads = threads.or_else(|_| self.wrong(value))?;
                return Ok(());
            }
            Place::Preset => return Ok(()),
        };
        let mut json = serde_json::to_value(&*spec).or_else(|_| self.wrong(value))?;
        let there = paths
            .iter()
            .find(|path| json.pointer(&pointer(path)).is_some());
        let Some(place) = there.and_then(|path| json.pointer_mut(&pointer(path))) else {
            return fail(self.without_effect(spec));
        };
        let choice = self
            .choices
            .iter()
            .find(|choice| variant(choice) == value.as_str());
        match choice.filter(|_| !self.list) {
            // The parameters that it has already stay.
            Some(choice) if variant(choice) == variant(place) => return Ok(()),
            Some(choice) => place.clone_from(choice),
            None => place.clone_from(value),
        }
        let threads = spec.train.threads;
        *spec = serde_json::from_value(json).or_else(|_| self.wrong(value))?;
        spec.train.threads = threads;
        Ok(())
    }

    /// `value` as a spec would hold it: texts without blanks around them, names in their usual form.
    pub(super) fn check(&'static self, value: &Value) -> Result<Value> {
        if let Some((word, meant)) = &self.word
            && (value == meant || value.as_str() == Some(word))
        {
            return Ok(meant.clone());
        }
        match (self.list, value) {
            (true, Value::Array(values)) => values.iter().map(|one| self.one(one)).collect(),
            (true, _) => None,
            (false, value) => self.one(value),
        }
        .map_or_else(|| self.wrong(value), Ok)
    }

    fn one(&self, value: &Value) -> Option<Value> {
        let good = match self.kind {
            Kind::Count => value.is_u64(),
            Kind::Number => value.is_number(),
            Kind::Switch => value.is_boolean(),
            Kind::Text => return Some(value.as_str()?.trim().into()),
            Kind::Choice => {
                // `hard-sigmoid` is `hard_sigmoid`.
                let plain = |name: &str| name.replace('_', "-");
                let name = plain(value.as_str()?);
                let choice = self.choices().find(|choice| plain(choice) == name);
                return choice.map(Value::from);
            }
        };
        good.then(|| value.clone())
    }

    /// The value that a text stands for, as on a command line: a list has commas between.
    ///
    /// ```
    /// use gatecast::forecast::Setting;
    ///
    /// assert_eq!(Setting::find("hidden")?.parse("64,32")?.to_string(), "[64,32]");
    /// let error = Setting::find("window")?.parse("five").unwrap_err();
    /// assert_eq!(error.to_string(), "‹window› is five; it must be a whole number, 0 or more");
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) where it is no such value.
    pub fn parse(&'static self, text: &str) -> Result<Value> {
        let one = |text: &str| {
            let text = text.trim();
            let value = match self.kind {
                Kind::Count => text.parse::<u64>().ok().map(Value::from),
                // JSON has no number that is not finite, and no setting takes one.
                Kind::Number => text.parse::<f64>().ok().map(Value::from),
                Kind::Switch => text.parse::<bool>().ok().map(Value::from),
                Kind::Text | Kind::Choice => Some(text.into()),
            };
            value.and_then(|value| self.one(&value))
        };
        let word = self.word.as_ref().filter(|(word, _)| *word == text.trim());
        let value = match (self.list, text.trim()) {
            (false, _) if word.is_some() => word.map(|(_, value)| value.clone()),
            (true, text) => text.split(',').map(one).collect(),
            (false, text) => one(text),
        };
        value.map_or_else(|| self.wrong(&text), Ok)
    }

    /// What a value of it must be, as a message says it: "a whole number, 0 or more".
    pub fn expected(&self) -> &str {
        &self.expected
    }

    fn wrong<T>(&'static self, found: &impl ToString) -> Result<T> {
        wrong(self.name, found.to_string(), &self.expected)
    }

    /// Its value in `spec` as help texts show it. A parameter of an optimizer or a schedule that `spec`
    /// does not have shows its own default.
    fn text_of(&self, spec: &ForecastSpec) -> String {
        if self.name == "features" && spec.data.features == [spec.data.target.as_str()] {
            return "the target".into();
        }
        if self.name == "target" {
            return "close, what means it, y, or the only column of numbers".into();
        }
        match self.of(spec) {
            Some(Value::Null) if self.place == Place::Threads => "all cores".into(),
            Some(value) => match &self.word {
                Some((word, meant)) if *meant == value => (*word).into(),
                _ => text(&value),
            },
            None => self
                .parameter_default()
                .as_ref()
                .map_or_else(String::new, text),
        }
    }

    /// The setting that this one is a parameter of, and the names of its choices that have it.
    fn owner(&self) -> Option<(&'static Self, Vec<&'static str>)> {
        let Place::Paths(paths) = &self.place else {
            return None;
        };
        settings().iter().find_map(|owner| {
            let Place::Paths(at) = &owner.place else {
                return None;
            };
            let inside = paths.iter().filter_map(|path| {
                let rest = path.strip_prefix(at.first()?)?.strip_prefix('.')?;
                rest.split('.').next()
            });
            let names: Vec<&str> = inside.collect();
            (!names.is_empty()).then_some((owner, names))
        })
    }

    fn parameter_default(&self) -> Option<Value> {
        let (owner, names) = self.owner()?;
        let Place::Paths(paths) = &self.place else {
            return None;
        };
        let choice = owner
            .choices
            .iter()
            .find(|choice| variant(choice) == names.first().copied())?;
        let field = paths.first()?.rsplit('.').next()?;
        choice.get(names.first()?)?.get(field).cloned()
    }

    fn without_effect(&self, spec: &ForecastSpec) -> Fault {
        let (owner, needs) = self
            .owner()
            .map_or(("", Vec::new()), |(owner, needs)| (owner.name, needs));
        let found = Self::find(owner).ok().and_then(|owner| owner.of(spec));
        Fault::NoEffect {
            name: self.name,
            owner,
            found: found.as_ref().map_or_else(String::new, text),
            needs,
        }
    }
}

/// The name of an enum's variant in JSON: a text, or the only key of an object with its parameters.
fn variant(value: &Value) -> Option<&str> {
    match value {
        Value::String(name) => Some(name),
        Value::Object(fields) => fields.keys().next().map(String::as_str),
        _ => None,
    }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// A value as a user would type it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".into(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        // What was an f32 has more digits in JSON than its owner wrote.
        Value::Number(number) => match number.as_f64() {
            Some(wide) if f64::from(wide as f32) == wide => (wide as f32).to_string(),
            Some(wide) => wide.to_string(),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}
