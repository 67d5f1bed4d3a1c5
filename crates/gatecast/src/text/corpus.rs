//! Files of sentences with a label each: tables with named columns or without a header, `sentence@label`, and
//! trees with a label on every phrase. What this file is not: it cuts no sentence into words.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::fault::Fault;
use crate::error::{Error, Result, fail};
use crate::series::text::decode;

/// Sentences, and the class of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// What messages call it.
    pub name: String,
    /// A sentence a row.
    pub texts: Vec<String>,
    /// The class of each, by its number in `classes`.
    pub labels: Vec<u32>,
    /// The labels that occur, in the order of the alphabet.
    pub classes: Vec<String>,
    /// The line of each row.
    pub lines: Vec<u64>,
    /// Whether each is a phrase of the sentence on its line: it is learnt from, and not what is to be told.
    pub phrases: Vec<bool>,
    /// What was passed over or taken for granted, a sentence each.
    pub notes: Vec<String>,
}

/// How a corpus is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusOptions {
    /// The column of the sentences, by name or by number from 1; found by its name or its content if `None`.
    pub text: Option<String>,
    /// The column of the labels, likewise.
    pub label: Option<String>,
    /// Labels that stand for others. Where there are any, rows with a label that is not among them are
    /// left out.
    pub map: Vec<(String, String)>,
}

/// A row as it stands in a file.
struct Row {
    line: u64,
    text: String,
    label: String,
    /// Whether it is but a part of the sentence on its line.
    phrase: bool,
}

/// What files call the column of sentences.
const TEXTS: [&str; 16] = [
    "text",
    "sentence",
    "review",
    "headline",
    "title",
    "content",
    "news",
    "comment",
    "tweet",
    "message",
    "document",
    "news headline",
    "phrase",
    "body",
    "文本",
    "评论",
];

/// What they call that of labels.
const LABELS: [&str; 12] = [
    "label",
    "sentiment",
    "class",
    "category",
    "target",
    "polarity",
    "rating",
    "stars",
    "score",
    "emotion",
    "标签",
    "情感",
];

impl Corpus {
    /// Reads a file of sentences with labels.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); those of [`Corpus::parse`].
    pub fn read(path: impl AsRef<Path>, options: &CorpusOptions) -> Result<Self> {
        let (name, bytes) = open(path.as_ref())?;
        Self::parse(&name, &bytes, options)
    }

    /// The same from bytes; `name` is what messages call them.
    ///
    /// ```
    /// use gatecast::text::{Corpus, CorpusOptions};
    ///
    /// let text = "sentence,label\n\"Profit rose, again.\",good\nA loss.,bad\n";
    /// let corpus = Corpus::parse("news", text.as_bytes(), &CorpusOptions::default())?;
    /// assert_eq!(corpus.texts[0], "Profit rose, again.");
    /// assert_eq!(corpus.classes, ["bad", "good"]);
    /// assert_eq!(corpus.labels, [1, 0]);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`EmptyFile`](crate::ErrorKind::EmptyFile), [`Malformed`](crate::ErrorKind::Malformed),
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn), and
    /// [`NoRows`](crate::ErrorKind::NoRows) where no row has a sentence and a label.
    pub fn parse(name: &str, bytes: &[u8], options: &CorpusOptions) -> Result<Self> {
        let text = text_of(name, bytes)?;
        let mut corpus = Self {
            name: name.into(),
            ..Self::default()
        };
        let rows = match Form::of(&text, options, true) {
            Form::Trees => phrases(name, &text)?,
            Form::At => at_sign(&text),
            Form::Table { delimiter, quotes } => {
                let mut table = Table::parse(name, &text, delimiter, quotes)?;
                let (column, label) = table.columns(name, options)?;
                let label = label.ok_or_else(|| Fault::Columns {
                    file: name.into(),
                    reason: "no column has labels".into(),
                    help: "name it with ‹label›",
                })?;
                table.rows(column, Some(label))
            }
            Form::Lines => {
                return fail(Fault::Columns {
                    file: name.into(),
                    reason: "the lines are sentences without a label".into(),
                    help: "give a table with a column for each, or sentence<TAB>label",
                });
            }
        };
        let mut rows: Vec<Row> = rows;
        let map: HashMap<&str, &str> = options
            .map
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .collect();
        if !map.is_empty() {
            let before = rows.len();
            rows.retain_mut(|row| match map.get(row.label.as_str()) {
                Some(to) => {
                    row.label = (*to).to_string();
                    true
                }
                None => false,
            });
            let out = before - rows.len();
            if out > 0 {
                corpus.notes.push(format!(
                    "{name}: {out} rows have a label that ‹map› does not name, and are left out"
                ));
            }
        }
        corpus.leave_out(&mut rows, "sentence", |row| row.text.is_empty());
        corpus.leave_out(&mut rows, "label", |row| row.label.is_empty());
        if rows.is_empty() {
            return fail(Fault::NoText { what: name.into() });
        }
        corpus.classes = rows.iter().map(|row| row.label.clone()).collect();
        corpus.classes.sort_unstable();
        corpus.classes.dedup();
        let place = |label: &String| corpus.classes.binary_search(label).unwrap_or(0) as u32;
        corpus.labels = rows.iter().map(|row| place(&row.label)).collect();
        corpus.phrases = rows.iter().map(|row| row.phrase).collect();
        corpus.lines = rows.iter().map(|row| row.line).collect();
        corpus.texts = rows.into_iter().map(|row| row.text).collect();
        Ok(corpus)
    }

    /// Leaves rows out and says so.
    fn leave_out(&mut self, rows: &mut Vec<Row>, what: &str, without: impl Fn(&Row) -> bool) {
        let Some(first) = rows.iter().find(|row| without(row)).map(|row| row.line) else {
            return;
        };
        let before = rows.len();
        rows.retain(|row| !without(row));
        let were = match before - rows.len() {
            1 => "1 row was".into(),
            count => format!("{count} rows were"),
        };
        self.notes.push(format!(
            "{}: {were} without a {what}, and left out, the first on line {first}",
            self.name
        ));
    }

    /// The rows with these numbers, of the same classes.
    #[must_use]
    pub fn rows(&self, rows: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            texts: rows.iter().map(|&row| self.texts[row].clone()).collect(),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            classes: self.classes.clone(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
            phrases: rows.iter().map(|&row| self.phrases[row]).collect(),
            notes: Vec::new(),
        }
    }

    /// Counts its labels by the numbers that `classes` have.
    ///
    /// # Errors
    /// [`Label`](crate::ErrorKind::Label) with the first row whose label is not among them.
    pub fn with_classes(mut self, classes: &[String]) -> Result<Self> {
        for (row, label) in self.labels.iter_mut().enumerate() {
            let class = &self.classes[*label as usize];
            match classes.iter().position(|known| known == class) {
                Some(at) => *label = at as u32,
                None => {
                    return fail(Fault::UnknownClass {
                        file: self.name,
                        line: self.lines[row],
                        class: class.clone(),
                        known: classes.to_vec(),
                    });
                }
            }
        }
        self.classes = classes.to_vec();
        Ok(self)
    }
}

/// The sentences of a file, with the line of each: a column of a table, or every line that is not empty.
///
/// # Errors
/// As [`Corpus::read`].
pub fn sentences(path: impl AsRef<Path>, column: Option<&str>) -> Result<Vec<(u64, String)>> {
    let (name, bytes) = open(path.as_ref())?;
    let text = text_of(&name, &bytes)?;
    let options = CorpusOptions {
        text: column.map(str::to_string),
        ..CorpusOptions::default()
    };
    let rows = match Form::of(&text, &options, false) {
        Form::Trees => phrases(&name, &text)?,
        Form::At => at_sign(&text),
        Form::Table { delimiter, quotes } => {
            let mut table = Table::parse(&name, &text, delimiter, quotes)?;
            let (column, _) = table.columns(&name, &options)?;
            table.rows(column, None)
        }
        Form::Lines => {
            let lines = text.lines().zip(1..);
            let row = |(text, line): (&str, u64)| Row {
                line,
                text: text.trim().into(),
                label: String::new(),
                phrase: false,
            };
            lines.map(row).filter(|row| !row.text.is_empty()).collect()
        }
    };
    Ok(rows.into_iter().map(|row| (row.line, row.text)).collect())
}

/// The lines of a file, empty ones too.
///
/// # Errors
/// [`Io`](crate::ErrorKind::Io), [`EmptyFile`](crate::ErrorKind::EmptyFile), and
/// [`Malformed`](crate::ErrorKind::Malformed) for bytes that are no text.
pub fn lines(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let (name, bytes) = open(path.as_ref())?;
    Ok(text_of(&name, &bytes)?
        .lines()
        .map(str::to_string)
        .collect())
}

/// The name and the bytes of a file; `-` is standard input.
pub(super) fn open(path: &Path) -> Result<(String, Vec<u8>)> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
            .map_err(Error::io("read", path))?;
        return Ok(("standard input".into(), bytes));
    }
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    Ok((path.display().to_string(), bytes))
}

/// The text of a file, in whatever encoding it is.
pub(super) fn text_of(name: &str, bytes: &[u8]) -> Result<String> {
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if let Some(at) = bytes.iter().position(|&byte| byte == 0).filter(|_| !marked) {
        let file = name.into();
        return fail(Fault::Binary { file, at });
    }
    let text = decode(bytes).0;
    if text.trim().is_empty() {
        return fail(Fault::Empty { file: name.into() });
    }
    Ok(text.trim_start_matches('\u{feff}').into())
}

/// How sentences stand in a file.
pub(super) enum Form {
    /// `(3 (2 A) (4 film))`
    Trees,
    /// `A film@positive`
    At,
    Table {
        delimiter: u8,
        /// Whether cells may stand in quotes. Behind tabs a quote is part of a sentence.
        quotes: bool,
    },
    /// A sentence a line.
    Lines,
}

impl Form {
    /// Told by the first lines. Of sentences without labels, commas and signs such as @ are parts: they
    /// are a table only where a header, a name or tabs say so.
    pub(super) fn of(text: &str, options: &CorpusOptions, labelled: bool) -> Self {
        /// Lines that are looked at.
        const HEAD: usize = 100;
        let lines = || {
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .take(HEAD)
        };
        let named = options.text.is_some() || options.label.is_some();
        let is_tree = |line: &str| {
            let mut chars = line.trim().bytes();
            chars.next() == Some(b'(') && chars.next().is_some_and(|byte| byte.is_ascii_digit())
        };
        if lines().all(is_tree) {
            return Self::Trees;
        }
        if lines().all(|line| line.contains('\t')) {
            return Self::Table {
                delimiter: b'\t',
                quotes: false,
            };
        }
        let at = |line: &str| {
            line.rsplit_once('@')
                .is_some_and(|(_, label)| is_word(label))
        };
        if labelled && !named && lines().all(at) {
            return Self::At;
        }
        let first = lines().next().unwrap_or_default();
        let delimiter = crate::series::delimiter(first);
        let cells = |line: &str| -> Vec<String> {
            let reader = csv::ReaderBuilder::new()
                .delimiter(delimiter)
                .has_headers(false)
                .from_reader(line.as_bytes());
            let record = reader.into_records().next().and_then(Result::ok);
            record.map_or(Vec::new(), |record| record.iter().map(key).collect())
        };
        let header = cells(first).iter().any(|cell| {
            TEXTS.contains(&cell.as_str())
                || LABELS.contains(&cell.as_str())
                || options.text.as_deref().map(key).as_ref() == Some(cell)
        });
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .from_reader(text.as_bytes());
        // The reader stops at the first row of another length.
        let regular = reader
            .records()
            .take(HEAD)
            .all(|row| row.is_ok_and(|row| row.len() > 1));
        match header || named || labelled && regular {
            true => Self::Table {
                delimiter,
                quotes: true,
            },
            false => Self::Lines,
        }
    }
}

fn is_word(label: &str) -> bool {
    let label = label.trim();
    !label.is_empty()
        && label.len() <= 40
        && label
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// A header in the spelling that it is compared in.
fn key(header: &str) -> String {
    header.trim().to_lowercase().replace('_', " ")
}

fn at_sign(text: &str) -> Vec<Row> {
    let rows = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty());
    rows.map(|(row, line)| {
        let (text, label) = row.rsplit_once('@').unwrap_or((row, ""));
        Row {
            line,
            text: text.trim().into(),
            label: label.trim().into(),
            phrase: false,
        }
    })
    .collect()
}

/// A table of texts.
pub(super) struct Table {
    pub(super) width: usize,
    /// The line of each row, and its cells.
    pub(super) rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    pub(super) fn parse(name: &str, text: &str, delimiter: u8, quotes: bool) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(quotes)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                let help = "check the quotes and the encoding around this line";
                Fault::malformed(name, line, error.to_string(), help)
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push((line, record));
            }
        }
        let Some((_, first)) = rows.first() else {
            return fail(Fault::Empty { file: name.into() });
        };
        let width = first.len();
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != width) {
            let (cells, sign) = (row.len(), char::from(delimiter).escape_default());
            let reason =
                format!("{cells} cells where the first row has {width}, parted by '{sign}'");
            let help = "put sentences with that sign in quotes, or save the table with tabs";
            return fail(Fault::malformed(name, *line, reason, help));
        }
        Ok(Self { width, rows })
    }

    /// The columns of the sentences and of the labels: as they are named, as files usually name them, or
    /// the one with the most words and, of the others, the one with the fewest different ones. The
    /// first row goes where it is a header.
    pub(super) fn columns(
        &mut self,
        file: &str,
        options: &CorpusOptions,
    ) -> Result<(usize, Option<usize>)> {
        let first: Vec<String> = self.rows[0].1.iter().map(str::to_string).collect();
        let keys: Vec<String> = first.iter().map(|cell| key(cell)).collect();
        let asked = |name: &Option<String>| name.as_deref().map(key);
        let (asked_text, asked_label) = (asked(&options.text), asked(&options.label));
        let usual =
            |cell: &String| TEXTS.contains(&cell.as_str()) || LABELS.contains(&cell.as_str());
        let is_asked =
            |cell: &String| Some(cell) == asked_text.as_ref() || Some(cell) == asked_label.as_ref();
        let header = keys.iter().any(|cell| usual(cell) || is_asked(cell));
        if header {
            self.rows.remove(0);
        }
        let find = |name: &str| -> Result<usize, Fault> {
            let by_name = keys.iter().position(|cell| header && *cell == key(name));
            let by_number = name.parse().ok().filter(|at| (1..=self.width).contains(at));
            let place = by_name.or(by_number.map(|at: usize| at - 1));
            place.ok_or_else(|| Fault::NoColumn {
                file: file.into(),
                name: name.into(),
                known: match header {
                    true => first.clone(),
                    false => (1..=self.width).map(|at| at.to_string()).collect(),
                },
            })
        };
        let by_usual = |names: &[&str], not: Option<usize>| {
            let place = |name: &&str| keys.iter().position(|cell| cell == name);
            let found = names.iter().filter(|_| header).find_map(place);
            found.filter(|&at| Some(at) != not)
        };
        let others = |not: Option<usize>| (0..self.width).filter(move |&at| Some(at) != not);
        let cells = |column: usize| self.rows.iter().map(move |(_, row)| row[column].trim());
        let asked_label = options.label.as_deref().map(&find).transpose()?;
        let longest = |not| {
            let length = |&column: &usize| {
                let size = |cell: &str| (cell.split_whitespace().count(), cell.len());
                let sum = |a: (usize, usize), b: (usize, usize)| (a.0 + b.0, a.1 + b.1);
                cells(column).map(size).fold((0, 0), sum)
            };
            // Of equals the first.
            others(not).rev().max_by_key(length)
        };
        let label = asked_label.or_else(|| by_usual(&LABELS, None));
        let text = match options.text.as_deref().map(&find).transpose()? {
            Some(text) => text,
            None => by_usual(&TEXTS, label)
                .or_else(|| longest(label))
                .unwrap_or(0),
        };
        let fewest = || {
            let different = |&column: &usize| cells(column).collect::<HashSet<_>>().len();
            others(Some(text)).min_by_key(different)
        };
        Ok((text, label.filter(|&at| at != text).or_else(fewest)))
    }

    fn rows(self, text: usize, label: Option<usize>) -> Vec<Row> {
        let row = |(line, row): (u64, csv::StringRecord)| Row {
            line,
            text: row[text].trim().into(),
            label: label.map_or(String::new(), |label| row[label].trim().into()),
            phrase: false,
        };
        self.rows.into_iter().map(row).collect()
    }
}

/// Every phrase of trees such as `(3 (2 A) (4 film))`, each once with each of its labels.
fn phrases(file: &str, text: &str) -> Result<Vec<Row>> {
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (tree, line) in text.lines().zip(1..) {
        if tree.trim().is_empty() {
            continue;
        }
        // Phrases that are open: their labels, and where their words begin.
        let (mut open, mut words): (Vec<(&str, usize)>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut rest = tree.trim();
        let wrong = || {
            let help = "a tree is a label and a word, or a label and trees, in parentheses";
            Fault::malformed(file, line, "the tree is not whole".into(), help)
        };
        while let Some(sign) = rest.chars().next() {
            let until = |rest: &str| rest.find(['(', ')', ' ']).unwrap_or(rest.len());
            match sign {
                '(' => {
                    let label = &rest[1..1 + until(&rest[1..])];
                    open.push((label, words.len()));
                    rest = &rest[1 + label.len()..];
                }
                ')' => {
                    let (label, start) = open.pop().ok_or_else(wrong)?;
                    let phrase = words[start..].join(" ");
                    if seen.insert((phrase.clone(), label)) {
                        rows.push(Row {
                            line,
                            text: phrase,
                            label: label.into(),
                            phrase: !open.is_empty(),
                        });
                    }
                    rest = &rest[1..];
                }
                _ => {
                    let word = &rest[..until(rest)];
                    words.push(word);
                    rest = &rest[word.len()..];
                }
            }
            rest = rest.trim_start();
        }
        if !open.is_empty() || words.is_empty() {
            return fail(wrong());
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, options: &CorpusOptions) -> Result<Corpus, String> {
        Corpus::parse("f", text.as_bytes(), options).map_err(|error| error.to_string())
    }

    #[test]
    fn sentences_as_they_stand_in_files() {
        let named = CorpusOptions {
            text: Some("Body".into()),
            label: Some("mood".into()),
            ..CorpusOptions::default()
        };
        let plain = CorpusOptions::default();
        for (text, options) in [
            ("sentence,label\n\"a, b\",good\nc d,bad\n", &plain),
            ("label;text\ngood;a, b\nbad;c d\n", &plain),
            ("a, b\tgood\nc d\tbad\n", &plain),
            ("a, b@good\nc d@bad\n", &plain),
            ("id,mood,body\n1,good,\"a, b\"\n2,bad,c d\n", &named),
            ("good,\"a, b\"\nbad,c d\n", &plain),
            ("\u{feff}text\tsentiment\n\na, b\tgood\nc d\tbad\n", &plain),
        ] {
            let corpus = read(text, options).unwrap();
            assert_eq!(corpus.texts, ["a, b", "c d"], "{text}");
            assert_eq!(corpus.classes, ["bad", "good"], "{text}");
            assert_eq!(corpus.labels, [1, 0], "{text}");
        }
        // Behind tabs a quote is part of the sentence.
        let corpus = read("\"a b\tgood\nc\" d\tbad\n", &plain).unwrap();
        assert_eq!(corpus.texts, ["\"a b", "c\" d"]);
    }

    #[test]
    fn phrases_of_trees_and_labels_that_stand_for_others() {
        let trees = "(3 (2 A) (4 (4 fine) (2 film)))\n(1 (2 A) (1 bore))\n";
        let corpus = read(trees, &CorpusOptions::default()).unwrap();
        assert_eq!(
            corpus.texts,
            [
                "A",
                "fine",
                "film",
                "fine film",
                "A fine film",
                "bore",
                "A bore"
            ]
        );
        let map = [("1", "bad"), ("3", "good"), ("4", "good")];
        let options = CorpusOptions {
            map: map.map(|(from, to)| (from.into(), to.into())).to_vec(),
            ..CorpusOptions::default()
        };
        let corpus = read(trees, &options).unwrap();
        assert_eq!(
            corpus.texts,
            ["fine", "fine film", "A fine film", "bore", "A bore"]
        );
        assert_eq!(corpus.labels, [1, 1, 1, 0, 0]);
        assert!(
            corpus.notes[0].contains("2 rows have a label"),
            "{:?}",
            corpus.notes
        );
        let error = read("(3 (2 A)\n", &options).unwrap_err();
        assert!(error.contains("line 1: the tree is not whole"), "{error}");
    }

    #[test]
    fn rows_without_a_sentence_are_left_out_and_told() {
        let corpus = read("text,label\na,1\n,2\nb,\nc,2\n", &CorpusOptions::default()).unwrap();
        assert_eq!(corpus.lines, [2, 5]);
        assert_eq!(
            corpus.notes,
            [
                "f: 1 row was without a sentence, and left out, the first on line 3",
                "f: 1 row was without a label, and left out, the first on line 4"
            ]
        );
    }

    #[test]
    fn what_is_no_corpus_says_why() {
        let plain = CorpusOptions::default();
        let asked = CorpusOptions {
            text: Some("txt".into()),
            ..CorpusOptions::default()
        };
        for (text, options, want) in [
            ("", &plain, "f is empty"),
            (
                "a\0b\tgood\n",
                &plain,
                "holds bytes that are no text (the first at byte 1)",
            ),
            ("one\ntwo\n", &plain, "sentences without a label"),
            (
                "text,label\na,b\n",
                &asked,
                "no column \"txt\"; its columns are text, label",
            ),
            (
                "text,label\na,b,c\n",
                &plain,
                "line 2: 3 cells where the first row has 2",
            ),
            ("text,label\n,b\n", &plain, "there is no text in f"),
        ] {
            let error = read(text, options).unwrap_err();
            assert!(error.contains(want), "{text:?}: {error}");
        }
    }
}
