//! `gatecast translate` as it is typed: results, files, and what is said of bad input.

mod common;

use common::Folder;

const NUMBERS: [(&str, &str); 4] = [
    ("eins", "one"),
    ("zwei", "two"),
    ("drei", "three"),
    ("vier", "four"),
];

/// Counting in two languages.
fn write_numbers(folder: &Folder, name: &str, rows: usize) {
    let (mut source, mut target) = (String::new(), String::new());
    for row in 0..rows {
        let (a, b, c) = (
            NUMBERS[row % 4],
            NUMBERS[row / 4 % 4],
            NUMBERS[row / 16 % 4],
        );
        source += &format!("{} {} {}\n", a.0, b.0, c.0);
        target += &format!("{} {} {}\n", a.1, b.1, c.1);
    }
    folder.write(&format!("{name}.de"), source);
    folder.write(&format!("{name}.en"), target);
}

const QUICK: &str = "--pieces 60 --hidden 16 --embedding 16 --dropout 0 --batch 8 --lr 0.01";

#[test]
fn a_translator_is_trained_asked_and_scored() {
    let folder = Folder::new();
    write_numbers(&folder, "train", 128);
    write_numbers(&folder, "val", 32);
    let report = folder
        .run(&format!(
            "translate train --source train.de --target train.en --validation val.de val.en --epochs 12 --json {QUICK}"
        ))
        .json();
    assert_eq!(report["training"]["pairs"], 128);
    assert_eq!(report["held_out"], false);
    assert_eq!(report["validation"]["rows"], 32);
    assert_eq!(report["training"]["epochs"].as_array().unwrap().len(), 12);
    assert_eq!(
        report["training"]["measure"], "chrf",
        "sentences of three words"
    );
    let score = &report["validation"]["scores"]["chrf"];
    assert!(score.as_f64().unwrap() > 95.0, "{report}");
    // The same numbers as in training, all of them.
    let exact = report["validation"]["duplicates"]["exact"].as_array();
    assert_eq!(exact.unwrap().len(), 32);

    let run = folder.run(
        "translate run translator.safetensors --text drei_vier_zwei"
            .replace('_', " ")
            .as_str(),
    );
    assert_eq!(
        run.status,
        Some(2),
        "words of a sentence without quotes: {}",
        run.stderr
    );
    folder.write("ask.txt", "drei vier zwei\n\neins eins eins\n");
    let run = folder.run("translate run translator.safetensors ask.txt");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "three four two\n\none one one\n");
    let run = folder.run("translate run translator.safetensors ask.txt --beam 1 --out told.txt");
    assert!(
        run.stdout.is_empty() && run.status == Some(0),
        "{}",
        run.stderr
    );
    assert_eq!(folder.read("told.txt"), b"three four two\n\none one one\n");
    let run =
        folder.run("translate run translator.safetensors --text vier --attention pictures --json");
    let told = run.json();
    assert_eq!(told["rows"][0]["source"], "vier");
    let attention = &told["attention"];
    let pieces = attention["source"].as_array().unwrap().len();
    let rows = attention["target"].as_array().unwrap().len() + 1;
    assert_eq!(
        attention["weights"].as_array().unwrap().len(),
        pieces * rows
    );
    for picture in ["attention.svg", "attention.png"] {
        assert!(
            folder.path().join("pictures").join(picture).is_file(),
            "{picture}"
        );
    }

    let score = folder
        .run("translate score translator.safetensors val.de val.en --json")
        .json();
    assert_eq!(score["test"]["scores"], report["validation"]["scores"]);
    assert!(score["test"]["nearest"].is_null());
    let run = folder.run("translate score translator.safetensors val.de val.en");
    assert!(run.stdout.contains("the source as it is"), "{}", run.stdout);
    assert!(
        run.stdout.contains("nrefs:1|case:mixed|eff:no|tok:13a"),
        "{}",
        run.stdout
    );
}

#[test]
fn pairs_of_one_file_are_parted_for_the_choice_of_weights() {
    let folder = Folder::new();
    let row = |row: usize| {
        let (a, b, name) = (
            NUMBERS[row % 4],
            NUMBERS[row / 4 % 4],
            "x".repeat(1 + row / 16),
        );
        format!("{} {} {name}\t{} {} {name}\tCC-BY\n", a.0, b.0, a.1, b.1)
    };
    folder.write("pairs.tsv", (0..420).map(row).collect::<String>());
    let run = folder.run(&format!(
        "translate train --pairs pairs.tsv --epochs 1 {QUICK}"
    ));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("399 pairs, 21 more are held out"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("21 held out pairs"), "{}", run.stdout);
    assert!(run.stderr.contains("epoch 1/1  loss "), "{}", run.stderr);
}

#[test]
fn what_is_wrong_is_said_with_a_remedy_and_nothing_is_left_behind() {
    let folder = Folder::new();
    write_numbers(&folder, "a", 40);
    write_numbers(&folder, "short", 39);
    folder.write("pairs.tsv", "eins\tone\nzwei\ttwo\n");
    folder.write("untabbed.tsv", "eins\tone\nzwei two\n");
    folder.write("half.de", "eins\n\ndrei\n");
    folder.write("half.en", "one\ntwo\nthree\n");
    folder.write("blank.de", "\n\n");
    folder.write("empty", "");
    folder.write("binary", b"a\0\x01\x02".as_slice());
    folder.write(
        "long.tsv",
        format!("{}\t{}\n", "eins ".repeat(100_000), "one ".repeat(100_000)),
    );
    folder.write("films.tsv", "good film\tgood\nbad film\tbad\n".repeat(20));
    let run = folder.run("classify train films.tsv --inner-folds 0 --out class.safetensors");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let run = folder.run(&format!(
        "translate train --source a.de --target a.en --epochs 1 --out model.safetensors {QUICK}"
    ));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let run = folder.run(&format!(
        "translate train --source half.de --target half.en --epochs 1 --out half.safetensors {QUICK}"
    ));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let wanted = "half.de and half.en: line 2 has a sentence in one language alone and is left out";
    assert!(run.stderr.contains(wanted), "{}", run.stderr);
    let before = folder.files();
    let files = "--source a.de --target a.en";
    for (arguments, status, wanted) in [
        (
            "train --source a.de --target short.en".to_string(),
            1,
            "a.de has 40 lines and short.en has 39",
        ),
        (
            "train --source a.de --target empty".into(),
            1,
            "empty is empty",
        ),
        (
            "train --source blank.de --target blank.de".into(),
            1,
            "blank.de is empty",
        ),
        (
            "train --source binary --target a.en".into(),
            1,
            "holds bytes that are no text",
        ),
        (
            "train --source none --target a.en".into(),
            1,
            "cannot read none",
        ),
        ("train --source a.de".into(), 2, "--target"),
        ("train".into(), 2, "--source"),
        (
            "train --pairs untabbed.tsv".into(),
            1,
            "untabbed.tsv, line 2: there is no tab",
        ),
        (
            "train --pairs pairs.tsv --source a.de --target a.en".into(),
            2,
            "cannot be used with",
        ),
        (
            "train --pairs long.tsv".into(),
            1,
            "there must be some to learn from",
        ),
        (
            format!("train {files} --validation a.de"),
            2,
            "--validation names one file, and not two",
        ),
        (
            "train --pairs pairs.tsv --validation a.de a.en".into(),
            2,
            "--validation names two files, and not one of pairs",
        ),
        (
            format!("train {files} --validation a.de short.en"),
            1,
            "short.en has 39",
        ),
        (format!("train {files} --beam 0"), 2, "--beam is 0"),
        (format!("train {files} --pieces 3"), 2, "--pieces"),
        (format!("train {files} --hidden 0"), 2, "--hidden"),
        (format!("train {files} --cell trafo"), 2, "lstm, gru or rnn"),
        (format!("train {files} --dropout 1"), 2, "--dropout"),
        (format!("train {files} --smoothing 1"), 2, "--smoothing"),
        (format!("train {files} --layers 0"), 2, "--layers"),
        (format!("train {files} --epochs 0"), 2, "--epochs"),
        (format!("train {files} --longest 0"), 2, "--longest"),
        (format!("train {files} --average 0"), 2, "--average"),
        (
            format!("train {files} --out a.de"),
            2,
            "is read from and cannot be written to",
        ),
        ("run model.safetensors".into(), 2, "required"),
        (
            "run model.safetensors none.txt".into(),
            1,
            "cannot read none.txt",
        ),
        ("run model.safetensors empty".into(), 1, "empty is empty"),
        (
            "run model.safetensors a.de --beam 0".into(),
            2,
            "--beam is 0",
        ),
        (
            "run model.safetensors a.de --attention pictures".into(),
            2,
            "cannot be used with",
        ),
        ("run a.de a.en".into(), 1, "is no usable model"),
        (
            "run class.safetensors a.de".into(),
            1,
            "it tells the class of sentences",
        ),
        (
            "score class.safetensors a.de a.en".into(),
            1,
            "it tells the class of sentences",
        ),
        (
            "score model.safetensors a.de short.en".into(),
            1,
            "short.en has 39",
        ),
    ] {
        let run = folder.run(&format!("translate {arguments}"));
        assert_eq!(run.status, Some(status), "{arguments}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{arguments}: {}", run.stderr);
        assert!(
            !run.stderr.contains("panicked"),
            "{arguments}: {}",
            run.stderr
        );
        assert!(run.stdout.is_empty(), "{arguments}: {}", run.stdout);
        assert!(
            folder.files() == before,
            "{arguments} left something behind"
        );
    }
    for (arguments, wanted) in [
        (
            "classify run model.safetensors --text good",
            "it translates sentences",
        ),
        ("forecast model.safetensors a.de", "it translates sentences"),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.status, Some(1), "{arguments}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{arguments}: {}", run.stderr);
    }
    for (model, wanted) in [("model", "encoder Embedding"), ("class", "A bag of words")] {
        let run = folder.run(&format!("summary {model}.safetensors"));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains(wanted), "{}", run.stdout);
        let report = folder
            .run(&format!("summary {model}.safetensors --json"))
            .json();
        assert!(report["training"].is_object(), "{report}");
    }
    // A sentence far longer than any that was learnt is translated in parts.
    folder.write("long.de", "eins ".repeat(100_000));
    let run = folder.run("translate run model.safetensors long.de --beam 1");
    assert_eq!(
        (run.status, run.stdout.lines().count()),
        (Some(0), 1),
        "{}",
        run.stderr
    );
}
