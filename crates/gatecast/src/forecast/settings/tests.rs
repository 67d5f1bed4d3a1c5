//! Tests over every row and every preset, so that a new row is tested without another word.

use serde_json::json;

use super::*;
use crate::ErrorKind;
use crate::error::Place;
use crate::nn::{Optimizer, Schedule};

/// A value that a setting takes, as text and in TOML.
fn sample(setting: &Setting) -> (String, String) {
    let one = match setting.kind() {
        Kind::Count => "3".into(),
        Kind::Number => "0.25".into(),
        Kind::Switch => "true".into(),
        Kind::Text => "\"volume\"".into(),
        Kind::Choice => format!("\"{}\"", setting.choices().last().unwrap()),
    };
    let text = one.replace('"', "");
    match setting.is_list() {
        true => (text, format!("[{one}]")),
        false => (text, one),
    }
}

fn names() -> Vec<&'static str> {
    let names = settings().iter();
    names
        .flat_map(|setting| [Some(setting.name()), setting.former_name()])
        .flatten()
        .collect()
}

#[test]
fn names_are_unique_and_help_is_there() {
    let mut unique = names();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names().len());
    for setting in settings() {
        let help = setting.help();
        assert!(help.len() > 5 && !help.starts_with(" ["), "{setting:?}");
        assert!(!help.contains(": ]") && !help.contains(": ;"), "{help}");
        let choice = setting.kind() == Kind::Choice;
        assert_eq!(setting.choices().count() > 1, choice, "{setting:?}");
    }
}

#[test]
fn what_is_read_from_a_spec_and_put_back_changes_nothing() {
    let mut specs = Preset::ALL.map(Preset::spec).to_vec();
    for (optimizer, schedule) in Optimizer::ALL.into_iter().zip(Schedule::ALL) {
        let mut spec = ForecastSpec::default();
        (spec.train.optimizer, spec.train.schedule) = (optimizer, schedule);
        if let Optimizer::Sgd { momentum } = &mut spec.train.optimizer {
            *momentum = 0.9;
        }
        spec.model.dropout = 0.1;
        spec.train.threads = Some(3);
        specs.push(spec);
    }
    let mut read = std::collections::BTreeSet::new();
    for spec in specs {
        for setting in settings() {
            let Some(value) = setting.of(&spec) else {
                continue;
            };
            read.insert(setting.name());
            let mut again = spec.clone();
            setting
                .put(&mut again, &setting.check(&value).unwrap())
                .unwrap();
            assert_eq!(again, spec, "{}", setting.name());
        }
    }
    // All but the preset stand in one of the specs, or their paths are wrong.
    assert_eq!(read.len() + 1, settings().len());
}

#[test]
fn a_preset_alone_gives_its_spec() {
    assert_eq!(Settings::default().spec().unwrap(), Preset::Default.spec());
    for preset in Preset::ALL {
        let mut settings = Settings::default();
        settings.set("preset", preset.name()).unwrap();
        assert_eq!(settings.spec().unwrap(), preset.spec(), "{preset:?}");
        preset.spec().validate().unwrap();
    }
}

#[test]
fn every_key_can_stand_in_a_file_and_reaches_the_spec() {
    for setting in settings() {
        let (text, toml) = sample(setting);
        for name in [Some(setting.name()), setting.former_name()]
            .into_iter()
            .flatten()
        {
            let file = Settings::from_toml("f", &format!("{name} = {toml}")).unwrap();
            assert_eq!(file.values.keys().collect::<Vec<_>>(), [&setting.name()]);
            let mut parsed = Settings::default();
            parsed.parse(name, &text).unwrap();
            assert_eq!(parsed, file, "{name}");
            let renamed = (name != setting.name()).then_some((name, setting.name()));
            assert_eq!(file.renamed().next(), renamed);
        }
        // A parameter needs its owner.
        let mut alone = Settings::default();
        alone.parse(setting.name(), &text).unwrap();
        let spec = match alone.spec() {
            Err(error) => {
                let Some(Fault::NoEffect { owner, needs, .. }) = error.fault() else {
                    panic!("{error}");
                };
                alone.set(owner, needs[0]).unwrap();
                alone.spec().unwrap()
            }
            Ok(spec) => spec,
        };
        match setting.of(&spec) {
            Some(value) => assert_eq!(Some(&value), alone.get(setting.name())),
            None => assert_eq!(setting.name(), "preset"),
        }
    }
}

#[test]
fn help_shows_the_defaults_of_the_presets() {
    for (name, end) in [
        ("window", "[default: 20; article: 5; panel: 10]"),
        (
            "hidden",
            "[default: 16; plain, panel: 64; article: 256,256]",
        ),
        ("features", "[default: the target; article: close,volume]"),
        ("zero-output", "[default: true; plain, article: false]"),
        ("dropout", "[default: 0]"),
        ("clip-norm", "[default: none; panel: 1]"),
        ("momentum", "[default: 0]"),
        ("weight-decay", "[default: 0.004]"),
        ("schedule-epochs", "[default: 10]"),
        ("calendar", "[default: none]"),
        ("threads", "[default: all cores]"),
    ] {
        let help = Setting::find(name).unwrap().help();
        assert!(help.ends_with(end), "{name}: {help}");
    }
}

#[test]
fn wrong_values_are_named_with_what_would_do() {
    let cases = [
        (
            "window",
            json!("five"),
            "‹window› is \"five\"; it must be a whole number",
        ),
        (
            "window",
            json!(-1),
            "‹window› is -1; it must be a whole number",
        ),
        ("window", json!(null), "‹window› is null"),
        ("lr", json!("nan"), "‹lr› is \"nan\"; it must be a number"),
        (
            "patience",
            json!("few"),
            "it must be a whole number, 0 or more, or \"none\"",
        ),
        ("hidden", json!(64), "‹hidden› is 64; it must be a list"),
        ("hidden", json!([8, "a"]), "‹hidden› is [8,\"a\"]"),
        ("cell", json!("lsmt"), "it must be one of lstm, gru, rnn"),
        ("zero-output", json!(1), "it must be true or false"),
        ("windw", json!(5), "there is no setting \"windw\""),
    ];
    for (name, value, message) in cases {
        let error = Settings::default().set(name, value).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.is_usage());
    }
    for (name, text) in [
        ("lr", "nan"),
        ("lr", "inf"),
        ("hidden", "8,,8"),
        ("batch", "-1"),
    ] {
        assert!(
            Settings::default().parse(name, text).is_err(),
            "{name} {text}"
        );
    }
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    let cases = [
        (
            "\nwindw = 5",
            2,
            "unknown key \"windw\"",
            "did you mean \"window\"?",
        ),
        (
            "epochs = 1\nwindow = \"five\"",
            2,
            "window is \"five\"; it must be",
            "lines such as",
        ),
        (
            "[data]\nwindow = 5",
            1,
            "unknown key \"data\"",
            "without tables",
        ),
        ("lr = nan", 1, "lr is \"nan\"; it must be a number", ""),
        ("epochs = 1\nwindow = ", 2, "", "lines such as"),
        ("out = 3", 1, "out is 3; it must be a text", ""),
        (
            "known = [\"a\"]\nfuture = [\"b\"]",
            2,
            "future is set twice",
            "keep one",
        ),
    ];
    for (text, at, reason, help) in cases {
        let error = Settings::from_toml_and("f.toml", text, &["out"]).unwrap_err();
        assert!(error.help().unwrap().contains(help), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Setting, "{error:?}");
        assert_eq!(error.place(), Some(Place::Line(at)), "{error}");
        let said = error.to_string();
        let found = said.strip_prefix(&format!("f.toml, line {at}: "));
        assert!(found.is_some_and(|found| found.contains(reason)), "{said}");
    }
}

#[test]
fn rules_between_settings() {
    let spec = |text: &str| Settings::from_toml("f", text).unwrap().spec();
    let one = spec("target = \" volume \"").unwrap();
    assert_eq!(
        (one.data.target.as_str(), &one.data.features[..]),
        ("volume", &["volume".into()][..])
    );
    let article = spec("preset = \"article\"\ntarget = \"volume\"").unwrap();
    assert_eq!(article.data.features, ["close", "volume"]);

    let share = spec("validation = 0.2").unwrap();
    assert_eq!(
        (share.data.validation_folds, share.train.patience),
        (0, Some(4))
    );
    let folds = spec("preset = \"plain\"\nvalidation-folds = 3").unwrap();
    assert_eq!((folds.data.validation, folds.train.patience), (0.0, None));
    assert_eq!(spec("validation-folds = 0").unwrap().train.patience, None);
    assert_eq!(
        spec("validation-folds = 0\npatience = 2")
            .unwrap()
            .train
            .patience,
        Some(2)
    );
    assert_eq!(spec("patience = \"none\"").unwrap().train.patience, None);
    assert!(
        spec("validation = 0.1\nvalidation-folds = 3")
            .unwrap()
            .validate()
            .is_err()
    );

    let panel = spec("preset = \"panel\"\nseason = 12\nhorizon = 6").unwrap();
    assert_eq!(panel, ForecastSpec::panel("close", 12, 6));
    spec("preset = \"panel\"\nseason = 9223372036854775807")
        .unwrap()
        .validate()
        .unwrap_err();

    let sgd = spec("optimizer = \"sgd\"\nmomentum = 0.9").unwrap();
    assert_eq!(sgd.train.optimizer, Optimizer::Sgd { momentum: 0.9 });
    let plateau = spec("schedule = \"plateau\"\nschedule-epochs = 4").unwrap();
    let want = Schedule::Plateau {
        patience: 4,
        factor: 0.5,
    };
    assert_eq!(plateau.train.schedule, want);
    let error = spec("schedule-factor = 0.1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "‹schedule-factor› has no effect on the schedule constant"
    );
    let help = "add ‹schedule› step or ‹schedule› plateau, or leave ‹schedule-factor› out";
    assert_eq!(error.help().as_deref(), Some(help));
    assert_eq!(
        spec("activation = \"hard-sigmoid\"")
            .unwrap()
            .model
            .activation
            .name(),
        "hard_sigmoid"
    );
}
