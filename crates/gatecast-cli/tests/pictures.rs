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

#[test]
fn many_series_are_drawn_on_a_page_and_their_skill_as_bars() {
    let folder = Folder::new();
    let mut text = String::from("unique_id,ds,y\n");
    for series in 0..15 {
        for row in 1..=28 {
            text += &format!(
                "S{series},2018-01-{row:02},{}\n",
                10 + (row * 3 + series) % 7
            );
        }
    }
    folder.write("long.csv", text);
    for command in [
        "train long.csv --global --horizon 2 --epochs 1 --members 1 --hidden 4",
        "train long.csv --method drift --horizon 2",
        "backtest long.csv --global --method ets --horizon 2 --folds 2",
    ] {
        let run = folder.run(&format!("{command} --plots out"));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains("series.png"), "{}", run.stdout);
        let page = String::from_utf8(folder.read("out/series.svg")).unwrap();
        assert_eq!(page.matches(": skill").count(), 12, "{command}");
        let skill = String::from_utf8(folder.read("out/skill.svg")).unwrap();
        assert!(skill.contains("15 series"), "{skill}");
    }
    let run = folder.run("forecast model.safetensors long.csv --plots next");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let page = String::from_utf8(folder.read("next/series.svg")).unwrap();
    assert_eq!(page.matches("after 2018-01-28").count(), 12);
    let run = folder.run("forecast model.safetensors long.csv --plots long.csv");
    assert_eq!(run.status, Some(1), "{}", run.stderr);
}
