//! Whatever is wrong with a file or a flag is reported in one message with a remedy and an exit
//! status, and nothing is left behind.

mod common;

use common::{Folder, price_file};

/// Arguments, exit status, and what stderr must contain.
type Case<'a> = (&'a str, i32, &'a [&'a str]);

/// Runs every case in a folder of its own that holds the standard files, and reports all that
/// fail.
fn check(cases: &[Case<'_>], prepare: impl Fn(&Folder)) {
    let mut failures = Vec::new();
    for (arguments, status, wanted) in cases {
        let folder = Folder::new();
        folder.write("prices.csv", price_file(60));
        prepare(&folder);
        let before = folder.files();
        let run = folder.run(arguments);
        let mut wrong = Vec::new();
        if run.status != Some(*status) {
            wrong.push(format!("status {:?} instead of {status}", run.status));
        }
        for text in *wanted {
            if !run.stderr.contains(text) {
                wrong.push(format!("stderr lacks {text:?}"));
            }
        }
        if !run.stdout.is_empty() {
            wrong.push(format!("stdout holds {:?}", run.stdout));
        }
        if run.stderr.contains("panicked") {
            wrong.push("panic".into());
        }
        if folder.files() != before {
            wrong.push(format!("files changed: {:?}", folder.files()));
        }
        if !wrong.is_empty() {
            failures.push(format!("{arguments}: {}\n{}", wrong.join("; "), run.stderr));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn files_that_cannot_be_read() {
    let cases: &[Case<'_>] = &[
        (
            "train missing.csv",
            1,
            &["cannot read missing.csv", "help: check the path"],
        ),
        (
            "train folder",
            1,
            &["not a series: there is none in folder"],
        ),
        (
            "train empty.csv",
            1,
            &["empty.csv is empty", "Date,Close,Volume"],
        ),
        (
            "train header.csv",
            1,
            &["header.csv has a header but no rows", "help:"],
        ),
        (
            "train word.csv",
            1,
            &[
                "word.csv, line 31, column \"Close\": found \"many\", expected a number",
                "delete the row",
            ],
        ),
        (
            "train inf.csv",
            1,
            &["inf.csv, line 31, column \"Close\": found \"inf\", expected a number"],
        ),
        (
            "train date.csv",
            1,
            &[
                "date.csv, line 31, column \"Date\": found \"soon\", expected a date or time such as 2018-04-30",
            ],
        ),
        (
            "train twice.csv",
            1,
            &[
                "twice.csv: 2018-01-29 stands at line 30 and again, with other values, at line 31",
                "or else keep one of the two",
            ],
        ),
        (
            "train short.csv --preset plain --window 5",
            1,
            &[
                "the training part of short.csv (8 rows) has 5 rows and needs at least 6",
                "help:",
            ],
        ),
        (
            "train flat.csv",
            1,
            &[
                "column \"close\" is 7 on every one of the 48 training rows",
                "help: where \"close\" is the target, there is nothing to learn",
            ],
        ),
        (
            "train limit.csv",
            1,
            &[
                "limit.csv holds no data but an answer of Stooq: Exceeded the daily hits limit",
                "wait",
            ],
        ),
        (
            "train ragged.csv",
            1,
            &["ragged.csv, line 31: 2 cells where the header has 3"],
        ),
        (
            "train prices.csv --target clsoe",
            1,
            &[
                "prices.csv has no column \"clsoe\"",
                "did you mean \"close\"?",
            ],
        ),
        (
            "train prices.csv --features close,volum",
            1,
            &["no column \"volum\"", "did you mean \"volume\"?"],
        ),
        (
            "train prices.csv --features close,zzz",
            1,
            &["no column \"zzz\"; its numeric columns are close, volume"],
        ),
        (
            "train prices.csv --config missing.toml",
            1,
            &["cannot read missing.toml"],
        ),
    ];
    check(cases, |folder| {
        let with_line_31 = |line: &str| {
            let file = price_file(60);
            let lines: Vec<&str> = file
                .lines()
                .enumerate()
                .map(|(i, l)| if i == 30 { line } else { l })
                .collect();
            lines.join("\n")
        };
        folder.make_folder("folder");
        folder.write("empty.csv", "");
        folder.write("header.csv", "Date,Close,Volume\n");
        folder.write("word.csv", with_line_31("2018-01-30,many,5"));
        folder.write("inf.csv", with_line_31("2018-01-30,inf,5"));
        folder.write("date.csv", with_line_31("soon,1,5"));
        folder.write("twice.csv", with_line_31("2018-01-29,1,5"));
        folder.write("ragged.csv", with_line_31("2018-01-30,1"));
        folder.write("short.csv", price_file(8));
        let flat: String = (1..=60)
            .map(|d| format!("2018-{:02}-{:02},7\n", 1 + d / 28, 1 + d % 28))
            .collect();
        folder.write("flat.csv", format!("Date,Close\n{flat}"));
        folder.write("limit.csv", "Exceeded the daily hits limit");
    });
}

#[test]
fn settings_that_cannot_be_meant() {
    let cases: &[Case<'_>] = &[
        (
            "train prices.csv --window 0",
            2,
            &["--window is 0; it must be 1 to 10000 rows"],
        ),
        (
            "train prices.csv --method ets --hidden 3",
            2,
            &["--hidden is set beside the method ets; it must be left out"],
        ),
        (
            "train prices.csv --horizon 0",
            2,
            &["--horizon is 0; it must be"],
        ),
        (
            "train prices.csv --epochs 0",
            2,
            &["--epochs is 0; it must be at least 1"],
        ),
        (
            "train prices.csv --test 1",
            2,
            &["--test is 1; it must be a share"],
        ),
        (
            "train prices.csv --test 0.6 --validation 0.4",
            2,
            &["--validation is 0.4", "leave rows"],
        ),
        (
            "train prices.csv --lr nan",
            2,
            &["'nan' for '--lr <RATE>'", "it must be a number"],
        ),
        ("train prices.csv --lr=-1", 2, &["--lr is -1"]),
        ("train prices.csv --batch 0", 2, &["--batch is 0"]),
        ("train prices.csv --hidden 8,0", 2, &["--hidden is [8, 0]"]),
        ("train prices.csv --clip-norm 0", 2, &["--clip-norm is 0"]),
        ("train prices.csv --dropout 1", 2, &["--dropout is 1"]),
        (
            "train prices.csv --preset plain --patience 3 --validation 0",
            2,
            &["--patience", "used together with --validation"],
        ),
        (
            "train prices.csv --momentum 0.9",
            2,
            &[
                "--momentum has no effect on the optimizer adam",
                "--optimizer sgd",
            ],
        ),
        (
            "train prices.csv --schedule-epochs 3",
            2,
            &["--schedule-epochs", "--schedule step"],
        ),
        (
            "train prices.csv --predict price --target-transform price",
            2,
            &["--predict", "--target-transform", "cannot be used"],
        ),
        (
            "train prices.csv --schedule cosine --schedule-factor 0.1",
            2,
            &[
                "--schedule-factor has no effect on the schedule cosine",
                "add --schedule step or --schedule plateau, or leave --schedule-factor out",
            ],
        ),
        (
            "train prices.csv --config twice.toml",
            2,
            &["twice.toml, line 2: future is set twice"],
        ),
        (
            "train prices.csv --hidden 64,a",
            2,
            &["'a' for '--hidden <UNITS>': it must be a list of whole numbers"],
        ),
        ("train prices.csv --cell lsmt", 2, &["'lsmt'", "lstm"]),
        (
            "train prices.csv --epochs many",
            2,
            &["'many'", "--epochs", "it must be a whole number"],
        ),
        ("train prices.csv --threads 0", 2, &["'0'", "--threads"]),
        ("train prices.csv --windw 3", 2, &["--windw", "--window"]),
        ("train", 2, &["<FILES>"]),
        ("trian prices.csv", 2, &["trian", "train"]),
        (
            "train prices.csv --config typo.toml",
            2,
            &[
                "typo.toml, line 2: unknown key \"windw\"",
                "did you mean \"window\"?",
            ],
        ),
        (
            "train prices.csv --config zero.toml",
            2,
            &["--threads is 0"],
        ),
        ("train prices.csv --test -0.1", 2, &["--test is -0.1"]),
        (
            "train prices.csv --features close,收盤價",
            2,
            &["--features", "each column once"],
        ),
        (
            "train prices.csv --config type.toml",
            2,
            &["type.toml, line 1: window is \"five\"; it must be a whole number"],
        ),
        (
            "train prices.csv --config torn.toml",
            2,
            &["torn.toml, line 1"],
        ),
        (
            "train prices.csv --config far.toml",
            2,
            &["--window is 0; it must be"],
        ),
    ];
    check(cases, |folder| {
        folder.write("typo.toml", "epochs = 3\nwindw = 5\n");
        folder.write("type.toml", "window = \"five\"\n");
        folder.write("torn.toml", "window = \n");
        folder.write("far.toml", "window = 0\n");
        folder.write("twice.toml", "known = [\"a\"]\nfuture = [\"b\"]\n");
        folder.write("zero.toml", "threads = 0\n");
    });
}

#[test]
fn forecasts_that_cannot_be_made_or_judged() {
    let cases: &[Case<'_>] = &[
        (
            "backtest prices.csv --folds 13",
            1,
            &["the test part of prices.csv (60 rows)", "13 folds"],
        ),
        ("backtest prices.csv --folds 0", 2, &["--folds is 0"]),
        (
            "backtest prices.csv --folds 4 --horizon 4",
            1,
            &["4 folds of a horizon of 4", "needs at least 16"],
        ),
        (
            "backtest prices.csv --folds 4 --gap 9",
            2,
            &["--gap is 9 rows, with folds of 3", "no longer than a fold"],
        ),
        (
            "backtest prices.csv --sliding 5",
            2,
            &["--sliding is 5 rows", "a window and a horizon"],
        ),
        (
            "train prices.csv --strategy recursive --features close,volume",
            2,
            &["--strategy is recursive", "the target as the only feature"],
        ),
        (
            "train prices.csv --strategy one-to-many --preset article",
            2,
            &["--strategy is one-to-many", "the article's head"],
        ),
        (
            "train prices.csv --calendar month --window 5 --horizon 6",
            2,
            &["--calendar is set", "a --window as long as the horizon"],
        ),
        (
            "train prices.csv --calendar month,month",
            2,
            &["--calendar is \"month\" twice"],
        ),
        (
            "train prices.csv --season 7 --window 7",
            2,
            &["--season is 7", "a --window longer than it"],
        ),
        ("backtest prices.csv --refit never", 2, &["every, once"]),
        ("backtest prices.csv --test 0", 2, &["--test is 0"]),
        (
            "backtest prices.csv --out m.safetensors",
            2,
            &["--out has no effect"],
        ),
        (
            "backtest flat.csv",
            1,
            &["column \"close\" is 7 on every one of the"],
        ),
        (
            "train prices.csv --horizon 60",
            1,
            &["the training part of prices.csv", "horizon of 60"],
        ),
        (
            "train zero.csv --target-transform return",
            1,
            &[
                "column \"close\" is 0 on 2018-01-30",
                "a return needs values above zero",
                "help: use the --target-transform residual",
            ],
        ),
        (
            "train below.csv --target-transform log-return --scaler standard",
            1,
            &["is -3 on 2018-01-30; a log-return needs"],
        ),
        (
            "train prices.csv --window 1",
            2,
            &["--window is 1", "--scaler window"],
        ),
        ("train prices.csv --members 0", 2, &["--members is 0"]),
        (
            "train prices.csv --validation 0.1 --validation-folds 3",
            2,
            &["--validation is 0.1", "--validation-folds"],
        ),
        (
            "train prices.csv --window 30",
            1,
            &[
                "the training part of prices.csv",
                "needs at least 62",
                "--validation-folds",
            ],
        ),
    ];
    check(cases, |folder| {
        let at_line_31 = |text: &str| {
            let prices = price_file(60);
            let mut lines: Vec<&str> = prices.lines().collect();
            lines[30] = text;
            lines.join("\n")
        };
        folder.write("zero.csv", at_line_31("2018-01-30,0,5"));
        folder.write("below.csv", at_line_31("2018-01-30,-3,5"));
        let flat: String = (1..=60)
            .map(|d| format!("2018-{:02}-{:02},7\n", 1 + d / 28, 1 + d % 28))
            .collect();
        folder.write("flat.csv", format!("Date,Close\n{flat}"));
    });
}

#[test]
fn places_that_cannot_be_written() {
    let cases: &[Case<'_>] = &[
        (
            "train prices.csv --out prices.csv",
            2,
            &["prices.csv is read from", "help: name another file"],
        ),
        (
            "train prices.csv --config few.toml --out few.toml",
            2,
            &["few.toml is read from"],
        ),
        ("train prices.csv --out new/", 1, &["cannot write new/"]),
        (
            "train prices.csv --out p/loss.png --plots p",
            2,
            &["--out p/loss.png is also the name"],
        ),
        (
            "train taken/history.csv --plots taken",
            2,
            &["taken/history.csv is read from"],
        ),
        (
            "train prices.csv --out ./p/loss.svg --plots p",
            2,
            &["--out ./p/loss.svg is also the name"],
        ),
        (
            "train prices.csv --plots taken",
            1,
            &["cannot write taken/loss.png"],
        ),
        (
            "train prices.csv --out /dev/null",
            1,
            &["cannot write /dev/null"],
        ),
        (
            "train prices.csv --out prices.csv/model",
            1,
            &["cannot write prices.csv/model"],
        ),
        (
            "train prices.csv --out folder",
            1,
            &["cannot write folder", "help: name a file in it"],
        ),
        (
            "train prices.csv --plots prices.csv/plots",
            1,
            &["cannot write prices.csv/plots"],
        ),
        ("demo --out prices.csv", 1, &["cannot write prices.csv"]),
    ];
    check(cases, |folder| {
        folder.make_folder("folder");
        folder.make_folder("taken");
        folder.make_folder("taken/loss.png");
        folder.write("taken/history.csv", price_file(60));
        folder.write("few.toml", "epochs = 1\n");
    });
}

#[test]
fn numbers_beyond_reason() {
    let cases: &[Case<'_>] = &[
        (
            "train short-year.csv",
            1,
            &["18-04-03 can be read in more than one way", "--dates"],
        ),
        (
            "train huge.csv --plots p --epochs 1 --hidden 2",
            1,
            &["cannot draw the forecast"],
        ),
        (
            "train dates.csv",
            1,
            &["its numeric columns are none", "needs a column of numbers"],
        ),
    ];
    check(cases, |folder| {
        folder.write("short-year.csv", "Date,Close\n18-04-03,1\n18-04-04,2\n");
        folder.write("dates.csv", "Date,Name\n2018-04-03,a\n");
        let huge: Vec<String> = price_file(60)
            .lines()
            .map(|line| match line.split(',').collect::<Vec<_>>()[..] {
                [date, close, _] if close != "Close" => format!("{date},{close}e149"),
                _ => "Date,Close".into(),
            })
            .collect();
        let huge = huge.join("\n");
        folder.write("huge.csv", huge);
    });
}

#[test]
fn an_instruction_set_that_does_not_exist() {
    let folder = Folder::new();
    let output = assert_cmd::Command::cargo_bin("gatecast")
        .unwrap()
        .env("GATECAST_ISA", "avx9000")
        .args(["summary", "x"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("choose avx512, avx2, portable"));
}

#[test]
fn nobody_listening_on_stderr_is_no_reason_to_stop() {
    if !std::path::Path::new("/dev/full").exists() {
        println!("skipped: there is no /dev/full");
        return;
    }
    let folder = Folder::new();
    folder.write("prices.csv", price_file(60));
    for (arguments, status) in [
        ("train prices.csv --epochs 1 --hidden 2", 0),
        ("train missing.csv", 1),
    ] {
        let program = assert_cmd::cargo::cargo_bin("gatecast");
        let run = std::process::Command::new(program)
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .stderr(std::fs::File::create("/dev/full").unwrap())
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(status), "{arguments}");
    }
    assert!(!folder.read("model.safetensors").is_empty());
}

#[test]
fn training_that_diverges() {
    let diverging =
        "train prices.csv --lr 1e30 --optimizer sgd --loss mse --hidden 4 --epochs 5 --quiet";
    check(
        &[(
            diverging,
            1,
            &["diverged", "epoch ", ", batch ", "--clip-norm 1"],
        )],
        |_| {},
    );
}

#[test]
fn models_that_cannot_be_used() {
    let trained = Folder::new();
    trained.write("prices.csv", price_file(60));
    let run = trained
        .run("train prices.csv --preset plain --features close,volume --window 4 --hidden 3 --epochs 1 --quiet");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let model = trained.read("model.safetensors");
    let header_len = u64::from_le_bytes(model[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(model[8..8 + header_len].to_vec()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(header.contains(from), "{from} in {header}");
        let header = header.replace(from, to);
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&model[8 + header_len..]);
        bytes
    };
    let weights_at = 8 + header_len;
    let mut nan = model.clone();
    nan[weights_at..weights_at + 4].copy_from_slice(&f32::NAN.to_le_bytes());

    let cases: &[Case<'_>] = &[
        (
            "forecast model.safetensors prices.csv --level 80",
            2,
            &[
                "--level is set for a model without folds",
                "--validation-folds",
            ],
        ),
        (
            "forecast model.safetensors prices.csv --level 0,80",
            2,
            &["--level is 0", "1 to 99 per cent"],
        ),
        (
            "forecast model.safetensors prices.csv --horizon 5",
            2,
            &["--horizon is 5", "columns beside its target"],
        ),
        (
            "forecast model.safetensors prices.csv --horizon 0",
            2,
            &["--horizon is 0", "1 to 10000"],
        ),
        (
            "forecast model.safetensors prices.csv --holidays days.txt",
            1,
            &[
                "days.txt, line 3: \"28/02/18\" is no date",
                "help: write one day a line",
            ],
        ),
        (
            "forecast missing.model prices.csv",
            1,
            &["cannot read missing.model"],
        ),
        (
            "forecast cut.model prices.csv",
            1,
            &["cut.model is no usable model", "cut short", "help:"],
        ),
        (
            "forecast head.model prices.csv",
            1,
            &["head.model is no usable model", "help:"],
        ),
        (
            "summary empty.model",
            1,
            &["empty.model is no usable model"],
        ),
        (
            "forecast prices.csv prices.csv",
            1,
            &["prices.csv is no usable model", "name a model file"],
        ),
        ("summary foreign.model", 1, &["not gatecast's description"]),
        (
            "forecast shape.model prices.csv",
            1,
            &["tensor \"0.weight_ih_l0\"", "[2, 12]", "[12, 2]"],
        ),
        (
            "forecast units.model prices.csv",
            1,
            &["no usable model", "tensor"],
        ),
        ("summary huge.model", 1, &["no usable model", "units"]),
        (
            "summary newer.model",
            1,
            &["format 99", "help: update gatecast"],
        ),
        (
            "summary window.model",
            1,
            &["no usable model", "--window is 0"],
        ),
        ("summary nan.model", 1, &["no usable model", "contains NaN"]),
        ("plot cut.model", 1, &["cut.model is no usable model"]),
        (
            "forecast model.safetensors narrow.csv",
            1,
            &[
                "narrow.csv lacks the column \"volume\" that the model was trained on",
                "help:",
            ],
        ),
        (
            "forecast model.safetensors three.csv",
            1,
            &["three.csv has 3 rows and needs at least 4: the model sees a window of 4"],
        ),
        (
            "plot model.safetensors three.csv",
            1,
            &["three.csv has 3 rows"],
        ),
        (
            "plot model.safetensors prices.csv --plots prices.csv",
            1,
            &["cannot write prices.csv"],
        ),
        (
            "forecast model.safetensors far.csv",
            1,
            &["network overflows"],
        ),
    ];
    check(cases, |folder| {
        folder.write("days.txt", "# closed\n2018-03-02\n28/02/18\n");
        folder.write("model.safetensors", &model);
        folder.write("cut.model", &model[..model.len() - 9]);
        folder.write("head.model", &model[..20]);
        folder.write("empty.model", "");
        folder.write(
            "shape.model",
            changed("\"shape\":[12,2]", "\"shape\":[2,12]"),
        );
        folder.write("units.model", changed("\\\"units\\\":3", "\\\"units\\\":4"));
        folder.write(
            "huge.model",
            changed("\\\"units\\\":3", "\\\"units\\\":18446744073709551615"),
        );
        folder.write(
            "newer.model",
            changed("\\\"format\\\":6", "\\\"format\\\":99"),
        );
        folder.write(
            "window.model",
            changed("\\\"window\\\":4", "\\\"window\\\":0"),
        );
        folder.write("foreign.model", changed("\"gatecast\":", "\"otherapp\":"));
        folder.write("nan.model", &nan);
        folder.write(
            "narrow.csv",
            price_file(60)
                .lines()
                .map(|l| l.rsplit_once(',').unwrap().0.to_string() + "\n")
                .collect::<String>(),
        );
        folder.write("three.csv", price_file(3));
        folder.write(
            "far.csv",
            format!("{}2019-01-01,1e300,-1e300\n", price_file(60)),
        );
    });
}
