//! `gatecast classify` as it is typed: results, files, and what is said of bad input.

mod common;

use common::Folder;

/// Films, some good and some bad, so many of each.
fn films(rows: usize) -> String {
    let adjectives = [
        ("good", "good"),
        ("fine", "good"),
        ("bad", "bad"),
        ("dull", "bad"),
    ];
    let row = |row: usize| {
        let (word, label) = adjectives[row % 4];
        format!("a {word} film of the year {}\t{label}\n", 1900 + row)
    };
    (0..rows).map(row).collect()
}

const QUICK: &str = "--hidden 8 --embedding 8 --epochs 1";

#[test]
fn a_classifier_is_trained_asked_and_tested() {
    let folder = Folder::new();
    folder.write("films.tsv", films(80));
    folder.write("more.tsv", films(20));
    let run = folder.run(&format!(
        "classify train films.tsv --test more.tsv --plots pictures --json {QUICK}"
    ));
    let report = run.json();
    assert_eq!(report["classes"], serde_json::json!(["bad", "good"]));
    assert_eq!(report["test"]["scores"]["rows"], 20);
    assert_eq!(report["test"]["scores"]["accuracy"], 1.0);
    assert_eq!(report["test"]["bag"]["accuracy"], 1.0);
    // All of them stand in training, but for the years.
    assert_eq!(
        report["test"]["duplicates"]["exact"]
            .as_array()
            .unwrap()
            .len(),
        20
    );
    assert_eq!(report["training"]["repeated"]["masked"], 76);
    for picture in [
        "confusion.svg",
        "confusion.png",
        "calibration.svg",
        "calibration.png",
    ] {
        assert!(
            folder.path().join("pictures").join(picture).is_file(),
            "{picture}"
        );
    }

    let run = folder.run("classify run classifier.safetensors --text dull");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    folder.write("sentences.txt", "a fine one, really\n\na dull one\n");
    let run = folder.run("classify run classifier.safetensors sentences.txt --json");
    let told = run.json();
    let labels: Vec<&str> = told["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["good", "bad"]);
    assert_eq!(told["rows"][1]["line"], 3);
    folder.write(
        "news.csv",
        "id,headline\n1,\"a fine, fine one\"\n2,a dull one\n",
    );
    let run = folder.run("classify run classifier.safetensors news.csv --out told.csv");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let text = String::from_utf8(folder.read("told.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "label,bad,good,sentence");
    assert!(
        lines[1].starts_with("good,") && lines[1].ends_with("\"a fine, fine one\""),
        "{text}"
    );
    assert!(lines[2].starts_with("bad,"), "{text}");
}

#[test]
fn labels_of_a_test_stay_as_they_are_where_they_are_known() {
    let folder = Folder::new();
    let stars = |text: String| text.replace("\tgood", "\t4").replace("\tbad", "\t1");
    folder.write("stars.tsv", stars(films(40)));
    // 1 is bad among stars, and good where there are two labels.
    folder.write(
        "two.tsv",
        films(20).replace("\tgood", "\t1").replace("\tbad", "\t0"),
    );
    folder.write("more-stars.tsv", stars(films(20)));
    let test = |file: &str, map: &str| {
        let command =
            format!("classify train stars.tsv --test {file} --map {map} --inner-folds 0 --json");
        let run = folder.run(&command);
        let accuracy = run.json()["test"]["scores"]["accuracy"].as_f64().unwrap();
        (
            accuracy,
            run.stderr.contains("labels were joined by --map: 1 as"),
        )
    };
    assert_eq!(test("two.tsv", "1=0,4=1"), (1.0, false));
    assert_eq!(test("more-stars.tsv", "1=bad,4=good"), (1.0, true));
    assert_eq!(test("more-stars.tsv", "1=1,4=4"), (1.0, false));
}

#[test]
fn folds_score_without_a_model() {
    let folder = Folder::new();
    folder.write("films.tsv", films(40));
    let run = folder.run("classify train films.tsv --folds 4 --inner-folds 0");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("test of 40 rows"), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("The same as a bag of words on every row"),
        "{}",
        run.stdout
    );
    assert!(!folder.path().join("classifier.safetensors").exists());
}

#[test]
fn what_is_wrong_is_said_with_a_remedy_and_nothing_is_left_behind() {
    let folder = Folder::new();
    folder.write("films.tsv", films(40));
    folder.write("one.tsv", "a b\tx\nc d\tx\n");
    folder.write("rare.tsv", "a b\tx\nc d\tx\ne f\ty\n");
    folder.write("other.tsv", "a b\tgood\nc d\tugly\n");
    folder.write("lines.txt", "one sentence\nanother one\n");
    folder.write("binary", b"a\0\x01\x02".as_slice());
    folder.write("empty.tsv", "");
    folder.write("named.csv", "text,label\na,x\nb,y\n");
    folder.write("ragged.csv", "text,label\na,x\nb, c,y\n");
    folder.write("prices.csv", common::price_file(60));
    let run =
        folder.run("train prices.csv --preset plain --hidden 2 --epochs 1 --out model.safetensors");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let run = folder.run("classify train films.tsv --inner-folds 0 --out bag.safetensors");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let before = folder.files();
    for (arguments, status, wanted) in [
        ("train none.tsv", 1, "cannot read none.tsv"),
        ("train empty.tsv", 1, "empty.tsv is empty"),
        ("train binary", 1, "bytes that are no text"),
        ("train lines.txt", 1, "sentences without a label"),
        ("train one.tsv", 1, "has the label \"x\" alone"),
        (
            "train rare.tsv",
            1,
            "line 3: the label \"y\" stands on this row alone",
        ),
        (
            "train films.tsv --test other.tsv",
            1,
            "other.tsv, line 2: the label \"ugly\" does not occur",
        ),
        (
            "train named.csv --text txt",
            1,
            "no column \"txt\"; its columns are text, label",
        ),
        (
            "train ragged.csv",
            1,
            "line 3: 3 cells where the first row has 2",
        ),
        (
            "train films.tsv --folds 1",
            2,
            "--folds is 1; it must be 2 or more",
        ),
        (
            "train films.tsv --inner-folds 1",
            2,
            "--inner-folds is 1; it must be 0, or 2 to 100",
        ),
        (
            "train films.tsv --dropout 1",
            2,
            "--dropout is 1; it must be at least 0 and below 1",
        ),
        ("train films.tsv --epochs 0", 2, "--epochs is 0"),
        (
            "train films.tsv --plots p",
            2,
            "--plots has nothing to draw without a test",
        ),
        (
            "train films.tsv --out films.tsv",
            2,
            "is read from and cannot be written to",
        ),
        ("train films.tsv --map 4", 2, "write OLD=NEW"),
        ("run bag.safetensors", 2, "required"),
        ("run bag.safetensors none.txt", 1, "cannot read none.txt"),
        ("run films.tsv lines.txt", 1, "is no usable model"),
        ("run model.safetensors lines.txt", 1, "it forecasts series"),
        (
            "run bag.safetensors named.csv --column txt",
            1,
            "no column \"txt\"",
        ),
    ] {
        let run = folder.run(&format!("classify {arguments}"));
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
    let run = folder.run("forecast bag.safetensors prices.csv");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("it tells the class of sentences"),
        "{}",
        run.stderr
    );
}
