//! What the pictures show, as far as their SVG tells. How they are drawn is tested in the library.

mod common;

use common::{Folder, price_file};

const SMALL: &str = "--hidden 6 --window 4 --epochs 1 --quiet";

/// A picture of a command on 120 days, the last of which is 2018-04-30.
fn drawn(command: &str, picture: &str) -> String {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(120));
    let run = folder.run(&format!("{command} prices.csv {SMALL} --plots out"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    String::from_utf8(folder.read(&format!("out/{picture}.svg"))).unwrap()
}

#[test]
fn the_coming_forecast_is_drawn_where_it_can_be_made() {
    for settings in [
        "--preset plain",
        "--preset plain --horizon 5",
        "--members 2",
    ] {
        let svg = drawn(&format!("train {settings}"), "forecast");
        assert!(svg.contains("coming forecast, after 2018-04-30"), "{svg}");
        assert_eq!(
            svg.matches("<polygon").count() > 0,
            settings.contains("members")
        );
    }
    // The file does not say what the volume of the next day will be.
    let svg = drawn("train --preset plain --known volume", "forecast");
    assert!(svg.contains("last value") && !svg.contains("coming"));
    let svg = drawn("backtest --preset plain --folds 3", "forecast");
    assert!(!svg.contains("coming"));
}

#[test]
fn folds_have_a_gap_only_where_rows_are_left_out() {
    for (settings, gap) in [("", false), ("--gap 2", true), ("--refit once", true)] {
        let svg = drawn(
            &format!("backtest --preset plain --folds 3 {settings}"),
            "folds",
        );
        assert_eq!(svg.contains("\ngap\n"), gap, "{settings}");
    }
}
