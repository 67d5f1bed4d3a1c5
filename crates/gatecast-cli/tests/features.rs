//! What a build reports of features that it was made without, and that `--help` is true of any build.

mod common;

use common::{Folder, price_file};

#[test]
fn a_command_that_is_not_in_this_build_says_so() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    let (plot, fetch) = (cfg!(feature = "plot"), cfg!(feature = "fetch"));
    let report = cfg!(feature = "report");
    for (there, what, command) in [
        (
            plot,
            "draw pictures",
            "plot model.safetensors prices.csv --plots p",
        ),
        (
            plot,
            "draw pictures",
            "train prices.csv --preset plain --epochs 1 --plots p",
        ),
        (
            plot,
            "draw pictures",
            "backtest prices.csv --preset plain --epochs 1 --plots p",
        ),
        (
            fetch,
            "fetch prices",
            "fetch 0050 --source twse --from 2017-01 --offline",
        ),
        (fetch, "fetch prices", "--json fetch"),
        (
            report,
            "write reports",
            "train prices.csv --preset plain --epochs 1 --report r.html",
        ),
    ] {
        let run = folder.run(command);
        let refusal = format!("error: this build of gatecast cannot {what}\n  help: build it with");
        assert_eq!(
            run.stderr.starts_with(&refusal),
            !there,
            "{command}: {}",
            run.stderr
        );
        if !there {
            assert_eq!(
                (run.status, run.stdout.as_str()),
                (Some(2), ""),
                "{command}"
            );
            assert_eq!(folder.files().len(), 1, "{command} wrote something");
        }
    }
}

#[test]
fn help_is_true_of_this_build() {
    let folder = Folder::new();
    let help = |command: &str| folder.run(&format!("{command} --help")).stdout;
    for command in ["train", "backtest"] {
        assert_eq!(help(command).contains("--plots"), cfg!(feature = "plot"));
        assert_eq!(help(command).contains("--report"), cfg!(feature = "report"));
    }
    assert_eq!(help("demo").contains("pictures"), cfg!(feature = "plot"));
    for (there, command) in [
        (cfg!(feature = "plot"), "plot"),
        (cfg!(feature = "fetch"), "fetch"),
    ] {
        let missing =
            format!("Not in this build, which was made without the feature \"{command}\"");
        assert_eq!(help(command).contains(&missing), !there);
        assert_eq!(help("").contains(&missing), !there);
    }
}
