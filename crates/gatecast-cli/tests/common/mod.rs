//! A folder of its own for each run of the program.

#![allow(dead_code)] // each test file uses its part

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A temporary folder in which the program runs.
pub(crate) struct Folder(tempfile::TempDir);

/// What a run of the program gave.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// stdout as JSON, after a run that succeeded.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, Some(0), "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn make_folder(&self, name: &str) {
        std::fs::create_dir(self.path().join(name)).unwrap();
    }

    /// Every file and folder, with the files' contents.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        fn walk(folder: &Path, out: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, out);
                    out.insert(path, None);
                } else {
                    out.insert(path.clone(), Some(std::fs::read(path).unwrap()));
                }
            }
        }
        let mut out = BTreeMap::new();
        walk(self.path(), &mut out);
        out
    }

    /// Runs `gatecast` with arguments that hold no blanks.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        self.run_with_input(arguments, &[])
    }

    /// The same with something on standard input.
    pub(crate) fn run_with_input(&self, arguments: &str, input: &[u8]) -> Run {
        self.run_words(arguments.split_whitespace(), input)
    }

    /// Runs `gatecast` with arguments of which some stand between double quotes, as in a shell.
    pub(crate) fn run_quoted(&self, arguments: &str) -> Run {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for letter in arguments.chars() {
            match letter {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                letter => words.last_mut().unwrap().push(letter),
            }
        }
        self.run_words(words.iter().map(String::as_str), &[])
    }

    fn run_words<'a>(&self, words: impl Iterator<Item = &'a str>, input: &[u8]) -> Run {
        let output = Command::cargo_bin("gatecast")
            .unwrap()
            .args(words)
            .current_dir(self.path())
            .write_stdin(input)
            .output()
            .unwrap();
        Run {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Made-up prices for so many days from 2018-01-01 on, every day of the week; day `n` stands on
/// line `n + 1`.
pub(crate) fn price_file(days: usize) -> String {
    let mut text = String::from("Date,Close,Volume\n");
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut month, mut day) = (0, 1);
    for n in 0..days {
        let close = 100.0 + 5.0 * (n as f64 * 0.7).sin() + n as f64 * 0.1;
        text += &format!(
            "2018-{:02}-{day:02},{close:.2},{}\n",
            month + 1,
            1000 + 37 * (n % 11)
        );
        day += 1;
        if day > lengths[month] {
            (month, day) = (month + 1, 1);
        }
    }
    text
}

/// The data beside the project, if they are there.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    if path.exists() {
        return path.canonicalize().ok();
    }
    // Past the capture of passing tests: green must not look as if it had been tried.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {} is not there",
        path.display()
    );
    None
}
