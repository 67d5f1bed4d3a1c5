//! Sentences in two languages: two files, line by line, or one of pairs. What this file is not: it cuts no
//! sentence into pieces.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::corpus::{open, text_of};
use super::duplicates::groups;
use super::fault::Fault;
use crate::error::{Result, fail};
use crate::rng::Rng;

/// Sentences with their translations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParallelText {
    /// What messages call it.
    pub name: String,
    /// A sentence a row.
    pub sources: Vec<String>,
    /// The translation of each.
    pub targets: Vec<String>,
    /// The line of each.
    pub lines: Vec<u64>,
    /// What was passed over, a sentence each.
    pub notes: Vec<String>,
}

/// Pairs of which one sentence is so much longer than the other that they may not belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddPairs {
    /// How many.
    pub count: usize,
    /// The line of the first; 0 where there are none.
    pub first_line: u64,
}

impl ParallelText {
    /// Reads two files, in which each line translates that of the other.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); those of [`ParallelText::parse`].
    pub fn read(source: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Self> {
        let (source, target) = (open(source.as_ref())?, open(target.as_ref())?);
        Self::parse((&source.0, &source.1), (&target.0, &target.1))
    }

    /// The same from bytes, with what messages call them.
    ///
    /// ```
    /// use gatecast::text::ParallelText;
    ///
    /// let text = ParallelText::parse(("de", "Ein Hund\n\nZwei\n".as_bytes()), ("en", b"A dog\n\nTwo\n"))?;
    /// assert_eq!(text.targets, ["A dog", "Two"]);
    /// assert_eq!(text.lines, [1, 3]);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`EmptyFile`](crate::ErrorKind::EmptyFile), [`Malformed`](crate::ErrorKind::Malformed) for bytes that
    /// are no text and for another number of lines, [`NoRows`](crate::ErrorKind::NoRows) where no line has a
    /// sentence in both.
    pub fn parse(source: (&str, &[u8]), target: (&str, &[u8])) -> Result<Self> {
        let texts = [text_of(source.0, source.1)?, text_of(target.0, target.1)?];
        // Lines without anything at the end of a file are of no importance.
        let lines = texts.each_ref().map(|text| text.trim_end().lines().count());
        if lines[0] != lines[1] {
            return fail(Fault::Lines {
                files: [source.0.into(), target.0.into()],
                lines,
            });
        }
        let pairs = texts[0].lines().zip(texts[1].lines());
        let name = format!("{} and {}", source.0, target.0);
        Self::of(name, (1..).zip(pairs))
    }

    /// Reads a file with a pair a line: a sentence, a tab, and its translation. What follows a second tab is
    /// left out.
    ///
    /// # Errors
    /// As [`ParallelText::read`].
    pub fn read_pairs(path: impl AsRef<Path>) -> Result<Self> {
        let (name, bytes) = open(path.as_ref())?;
        Self::parse_pairs(&name, &bytes)
    }

    /// The same from bytes; `name` is what messages call them.
    ///
    /// # Errors
    /// As [`ParallelText::parse`], and [`Malformed`](crate::ErrorKind::Malformed) for a line without a tab.
    pub fn parse_pairs(name: &str, bytes: &[u8]) -> Result<Self> {
        let text = text_of(name, bytes)?;
        let mut pairs = Vec::new();
        for (line, row) in (1..).zip(text.lines()) {
            let mut cells = row.split('\t');
            match (cells.next(), cells.next()) {
                (Some(source), Some(target)) => pairs.push((line, (source, target))),
                _ if row.trim().is_empty() => {}
                _ => {
                    let reason = "there is no tab between a sentence and its translation".into();
                    let help = "write a pair a line with a tab between them, or give two files";
                    return fail(Fault::malformed(name, line, reason, help));
                }
            }
        }
        Self::of(name.into(), pairs.into_iter())
    }

    /// Keeps the pairs that have two sentences.
    fn of<'a>(
        name: String,
        pairs: impl Iterator<Item = (u64, (&'a str, &'a str))>,
    ) -> Result<Self> {
        let mut all = Self {
            name,
            ..Self::default()
        };
        let mut half = Vec::new();
        for (line, (source, target)) in pairs {
            let (source, target) = (source.trim(), target.trim());
            match (source.is_empty(), target.is_empty()) {
                (false, false) => {
                    all.sources.push(source.into());
                    all.targets.push(target.into());
                    all.lines.push(line);
                }
                (true, true) => {}
                _ => half.push(line),
            }
        }
        if all.sources.is_empty() {
            return fail(Fault::NoText { what: all.name });
        }
        if let Some(first) = half.first() {
            let rows = match half.len() {
                1 => format!("line {first} has a sentence in one language alone and is left out"),
                n => format!(
                    "{n} lines have a sentence in one language alone and are left out, the first of them line {first}"
                ),
            };
            all.notes.push(format!("{}: {rows}", all.name));
        }
        Ok(all)
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Parts rows to learn from and rows to choose weights by: a twentieth, at most 1000, none of fewer than 400.
    /// Those with one source sentence are on one side.
    pub fn hold_out(&self, seed: u64) -> (Self, Option<Self>) {
        const MOST: usize = 1000;
        const SHARE: usize = 20;
        /// With fewer rows a score says nothing.
        const LEAST: usize = 20;
        let all = self.len();
        let wanted = (all / SHARE).min(MOST);
        if wanted < LEAST {
            return (self.clone(), None);
        }
        let (groups, _) = groups(&self.sources, &vec![0; all]);
        let mut order: Vec<usize> = (0..all).filter(|&row| groups[row] == row).collect();
        Rng::named(seed, "held out").shuffle(&mut order);
        let mut sizes = vec![0; all];
        groups.iter().for_each(|&group| sizes[group] += 1);
        let (mut held, mut count) = (vec![false; all], 0);
        for group in order {
            // What stands many times would be all that is held out.
            if sizes[group] <= wanted - count {
                held[group] = true;
                count += sizes[group];
            }
        }
        if count < LEAST {
            return (self.clone(), None);
        }
        let part = |wanted: bool| {
            let rows = (0..all).filter(|&row| held[groups[row]] == wanted);
            let mut part = Self {
                name: self.name.clone(),
                ..Self::default()
            };
            for row in rows {
                part.sources.push(self.sources[row].clone());
                part.targets.push(self.targets[row].clone());
                part.lines.push(self.lines[row]);
            }
            part
        };
        (part(false), Some(part(true)))
    }

    /// The pairs of which one sentence has more than three times the letters of the other, measured by what the
    /// languages usually need, and more than twenty.
    pub fn odd_pairs(&self) -> OddPairs {
        const TIMES: f64 = 3.0;
        const LEAST: usize = 20;
        let letters = |text: &String| text.chars().count();
        let all = |texts: &[String]| texts.iter().map(letters).sum::<usize>() as f64;
        let usual = all(&self.targets) / all(&self.sources).max(1.0);
        let mut odd = OddPairs::default();
        for ((source, target), &line) in self.sources.iter().zip(&self.targets).zip(&self.lines) {
            let (source, target) = (letters(source), letters(target));
            let ratio = target as f64 / (usual * source as f64);
            if source.max(target) > LEAST && !(1.0 / TIMES..=TIMES).contains(&ratio) {
                if odd.count == 0 {
                    odd.first_line = line;
                }
                odd.count += 1;
            }
        }
        odd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_language_are_left_out() {
        let text = ParallelText::parse(
            ("a", b"one\n\nthree\nfour\n\n"),
            ("b", b"eins\nzwei\n\nvier"),
        )
        .unwrap();
        assert_eq!(text.sources, ["one", "four"]);
        assert_eq!(text.lines, [1, 4]);
        let wanted = "a and b: 2 lines have a sentence in one language alone and are left out, the first of them line 2";
        assert_eq!(text.notes, [wanted]);
    }

    #[test]
    fn another_number_of_lines_is_told() {
        let error = ParallelText::parse(("a", b"one\ntwo\n"), ("b", b"eins\n")).unwrap_err();
        assert_eq!(error.to_string(), "a has 2 lines and b has 1");
    }

    #[test]
    fn pairs_of_one_file_need_a_tab() {
        let text =
            ParallelText::parse_pairs("p", "Go.\tGeh.\tsource 12\n\nHi.\tHallo.\n".as_bytes())
                .unwrap();
        assert_eq!(text.targets, ["Geh.", "Hallo."]);
        assert_eq!(text.lines, [1, 3]);
        let error = ParallelText::parse_pairs("p", b"Go.\tGeh.\nHi.\n").unwrap_err();
        assert!(error.to_string().starts_with("p, line 2: "), "{error}");
    }

    #[test]
    fn sentences_that_stand_twice_are_held_out_together() {
        let row = |row: usize| format!("sentence {}\ttext {row}\n", "a".repeat(1 + row % 400));
        let rows: String = (0..1000).map(row).collect();
        let text = ParallelText::parse_pairs("p", rows.as_bytes()).unwrap();
        let (learn, held) = text.hold_out(0);
        let held = held.unwrap();
        assert_eq!((learn.len(), held.len()), (950, 50));
        for source in &held.sources {
            assert!(!learn.sources.contains(source));
        }
        let same = ParallelText::parse_pairs("p", "a\tb\n".repeat(600).as_bytes()).unwrap();
        assert!(same.hold_out(0).1.is_none());
    }

    #[test]
    fn odd_pairs_are_counted() {
        let (long, usual) = ("word ".repeat(30), "word ".repeat(6));
        let row = |source: &str, target: &str| format!("{source}\t{target}\n");
        let mut text = String::new();
        for _ in 0..20 {
            text += &row(&usual, &usual);
        }
        text += &row("word", &long);
        text += &row("no", "nothing at all");
        let text = ParallelText::parse_pairs("p", text.as_bytes()).unwrap();
        let odd = OddPairs {
            count: 1,
            first_line: 21,
        };
        assert_eq!(text.odd_pairs(), odd);
    }
}
