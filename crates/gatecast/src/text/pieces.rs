//! Sentences in pieces of words, and back: byte-pair encoding (Sennrich, Haddow & Birch 2016) on
//! characters, with the mark of SentencePiece for the blanks. What this file is not: it changes no text
//! but its white space, neither letters nor signs.
//!
//! | | |
//! |---|---|
//! | word | what stands between white space; `▁` counts as white space, since it is the mark |
//! | unit | a word or a part of it, across whose ends no piece goes; a word's first begins with the mark |
//! | signs | units of their own, unless they are ASCII or ’ and stand between letters: `▁Mann` `,` but `▁don't` |
//! | piece | a character, or two pieces put together; within a unit's [`RUN`]s of characters |

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::vocabulary::UNKNOWN;

/// The number of the first piece, which is the mark.
const FIRST: usize = UNKNOWN as usize + 1;

/// What stands for the blank before a word.
const MARK: char = '▁';

/// Units are cut after so many characters, the mark among them, so that the time to put pieces together
/// grows with the length of a sentence and no faster. Words are shorter, and so are most clauses
/// of languages without blanks.
const RUN: usize = 64;

/// Two pieces in a row.
type Pair = (u32, u32);

/// Pieces of words with numbers from 2 on; 0 stands for no piece and 1 for a character that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Pieces {
    /// By number; nothing and U+FFFD for 0 and 1.
    pieces: Vec<String>,
    characters: HashMap<char, u32>,
    /// What becomes of a pair. The lower number was learnt earlier, and is put together first.
    merges: HashMap<Pair, u32>,
}

/// What the rest can be made of: the characters from 2 on, and the pairs that the pieces after them are.
#[derive(Serialize, Deserialize)]
struct Stored {
    characters: String,
    merges: Vec<Pair>,
}

impl Pieces {
    /// At most so many pieces, and the mark at least: the characters that occur twice or more, the most
    /// frequent first, and then the most frequent pair again and again, while it occurs
    /// twice or more. Of equal counts the character or the pair that is first by number is taken.
    ///
    /// ```
    /// use gatecast::text::Pieces;
    ///
    /// let pieces = Pieces::learn(["slow snow, low", "slow, low snow"].into_iter(), 10);
    /// let ids = pieces.encode("snow, low");
    /// let names: Vec<&str> = ids.iter().map(|&id| pieces.piece(id)).collect();
    /// assert_eq!(names, ["▁s", "n", "ow", ",", "▁", "low"]);
    /// assert_eq!(pieces.decode(&ids), "snow, low");
    /// ```
    pub fn learn<'a>(sentences: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let mut units: HashMap<Unit, u64> = HashMap::new();
        for sentence in sentences {
            for unit in Unit::all(sentence) {
                *units.entry(unit).or_default() += 1;
            }
        }
        let mut learnt = Self::of_characters(frequent_characters(&units, most));
        let mut runs = Vec::new();
        for (unit, count) in units {
            let ids: Vec<u32> = learnt.characters_of(unit).collect();
            // Nothing is put together with what is not known.
            let known = ids
                .chunks(RUN)
                .flat_map(|run| run.split(|id| *id == UNKNOWN));
            let pieces = known.map(<[u32]>::to_vec);
            runs.extend(pieces.map(|pieces| Run { pieces, count }));
        }
        let mut runs = Runs::new(runs);
        while learnt.pieces.len() < most.saturating_add(FIRST) {
            let Some(pair) = runs.most_frequent() else {
                break;
            };
            let id = learnt.push(pair);
            runs.merge(pair, id);
        }
        learnt
    }

    /// With no piece longer than a character.
    fn of_characters(characters: impl IntoIterator<Item = char>) -> Self {
        let mut pieces = vec![String::new(), char::REPLACEMENT_CHARACTER.to_string()];
        pieces.extend(characters.into_iter().map(String::from));
        let single = pieces.iter().zip(0..).skip(FIRST);
        Self {
            characters: single
                .filter_map(|(piece, id)| Some((piece.chars().next()?, id)))
                .collect(),
            pieces,
            merges: HashMap::new(),
        }
    }

    /// Adds the piece that a pair makes, and gives its number.
    fn push(&mut self, pair: Pair) -> u32 {
        let id = self.pieces.len() as u32;
        self.pieces
            .push([self.piece(pair.0), self.piece(pair.1)].concat());
        self.merges.insert(pair, id);
        id
    }

    /// A unit's characters by number.
    fn characters_of(&self, unit: Unit) -> impl Iterator<Item = u32> {
        let number = |c| self.characters.get(&c).copied().unwrap_or(UNKNOWN);
        unit.characters().map(number)
    }

    /// The pieces of a sentence, by number.
    pub fn encode(&self, sentence: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        for unit in Unit::all(sentence) {
            self.encode_unit(unit, &mut ids);
        }
        ids
    }

    fn encode_unit(&self, unit: Unit, ids: &mut Vec<u32>) {
        let characters: Vec<u32> = self.characters_of(unit).collect();
        for run in characters.chunks(RUN) {
            let mut run = run.to_vec();
            while let Some((id, at)) = self.first_merge(&run) {
                run[at] = id;
                run.remove(at + 1);
            }
            ids.extend(run);
        }
    }

    /// Which pair is put together next, the leftmost of several: what it becomes, and where it stands.
    fn first_merge(&self, run: &[u32]) -> Option<(u32, usize)> {
        let pairs = run.windows(2).zip(0..);
        let known =
            pairs.filter_map(|(pair, at)| Some((*self.merges.get(&(pair[0], pair[1]))?, at)));
        known.min()
    }

    /// The sentence of pieces by number: what [`Pieces::encode`] was given, with one blank wherever white space
    /// was and none at the ends. U+FFFD stands for every character that is not known, and
    /// for a number that no piece has; 0 is left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        let text: String = ids.iter().map(|&id| self.piece(id)).collect();
        let words: Vec<&str> = words(&text).collect();
        words.join(" ")
    }

    /// How many numbers there are, 0 and 1 among them.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether it has no piece but the mark.
    pub fn is_empty(&self) -> bool {
        self.pieces.len() <= FIRST + 1
    }

    /// The piece of a number, a blank before it as `▁`; nothing for 0, and U+FFFD for 1 and for numbers
    /// that no piece has.
    pub fn piece(&self, id: u32) -> &str {
        let piece = self.pieces.get(id as usize);
        piece.unwrap_or(&self.pieces[UNKNOWN as usize])
    }
}

impl From<Pieces> for Stored {
    fn from(pieces: Pieces) -> Self {
        let mut merges: Vec<(u32, Pair)> =
            pieces.merges.into_iter().map(|(p, id)| (id, p)).collect();
        merges.sort_unstable();
        Self {
            characters: pieces.pieces[FIRST..][..pieces.characters.len()].concat(),
            merges: merges.into_iter().map(|(_, pair)| pair).collect(),
        }
    }
}

impl TryFrom<Stored> for Pieces {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if !stored.characters.starts_with(MARK) {
            return Err("the first piece is not ▁");
        }
        let mut pieces = Self::of_characters(stored.characters.chars());
        if pieces.characters.len() + FIRST < pieces.pieces.len() {
            return Err("a character is a piece twice");
        }
        let mut lengths = vec![1; pieces.pieces.len()];
        for pair in stored.merges {
            let length = |id: u32| lengths.get(id as usize).filter(|_| id > UNKNOWN);
            let (Some(first), Some(second)) = (length(pair.0), length(pair.1)) else {
                return Err("a piece is made of one that does not come before it");
            };
            let length = first + second;
            if length > RUN {
                return Err("a piece is too long");
            }
            if pieces.merges.contains_key(&pair) {
                return Err("two pieces are made of the same pair");
            }
            pieces.push(pair);
            lengths.push(length);
        }
        Ok(pieces)
    }
}

/// A word or a part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Unit<'a> {
    /// Whether a word begins here.
    first: bool,
    text: &'a str,
}

impl<'a> Unit<'a> {
    /// The units of a sentence, from left to right.
    fn all(sentence: &'a str) -> Vec<Self> {
        let mut units = Vec::new();
        for word in words(sentence) {
            // A letter with its accents is one cluster, and so is an emoji of several characters.
            let clusters = word.grapheme_indices(true);
            let first = |(at, cluster): (usize, &str)| Some((at, cluster.chars().next()?));
            let clusters: Vec<(usize, char)> = clusters.filter_map(first).collect();
            let mut start = 0;
            for at in 1..clusters.len() {
                if !(joined(&clusters, at - 1) && joined(&clusters, at)) {
                    let (end, _) = clusters[at];
                    units.push(Self {
                        first: start == 0,
                        text: &word[start..end],
                    });
                    start = end;
                }
            }
            units.push(Self {
                first: start == 0,
                text: &word[start..],
            });
        }
        units
    }

    /// Its characters, the mark in front where a word begins.
    fn characters(self) -> impl Iterator<Item = char> {
        let mark = self.first.then_some(MARK);
        mark.into_iter().chain(self.text.chars())
    }
}

/// What stands between white space.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || c == MARK);
    words.filter(|word| !word.is_empty())
}

/// Whether a cluster of a word, given by its first character, stays with neighbours that do: letters and
/// digits, and a sign of ASCII or an apostrophe between two of them.
fn joined(clusters: &[(usize, char)], at: usize) -> bool {
    let letter = |at: Option<usize>| {
        let cluster = at.and_then(|at| clusters.get(at));
        cluster.is_some_and(|(_, c)| c.is_alphanumeric())
    };
    let (_, sign) = clusters[at];
    let inner = sign.is_ascii_punctuation() || sign == '’';
    letter(Some(at)) || inner && letter(at.checked_sub(1)) && letter(at.checked_add(1))
}

/// The mark, and at most so many characters with it.
fn frequent_characters(units: &HashMap<Unit, u64>, most: usize) -> impl Iterator<Item = char> {
    let mut counts: HashMap<char, u64> = HashMap::new();
    for (unit, count) in units {
        for c in unit.text.chars() {
            *counts.entry(c).or_default() += count;
        }
    }
    let mut counts: Vec<(Reverse<u64>, char)> = counts
        .into_iter()
        .map(|(c, count)| (Reverse(count), c))
        .collect();
    counts.retain(|(count, _)| count.0 >= 2);
    // Of equal counts by code point, so that the order is always the same.
    counts.sort_unstable();
    counts.truncate(most.saturating_sub(1));
    std::iter::once(MARK).chain(counts.into_iter().map(|(_, c)| c))
}

/// All runs of pieces, and where each pair stands in them: kept up to date while pairs are put together,
/// so that a merge costs what it changes and no more.
struct Runs {
    runs: Vec<Run>,
    pairs: HashMap<Pair, Place>,
    /// The most frequent pair on top, of equals the first by number. Counts only fall once a pair is in
    /// it, which shows when the pair comes up.
    queue: BinaryHeap<(u64, Reverse<Pair>)>,
}

/// Pieces in a row, and how often they occur.
#[derive(Default)]
struct Run {
    pieces: Vec<u32>,
    count: u64,
}

/// How often a pair occurs, and in which runs, some of which may no longer have it.
#[derive(Default)]
struct Place {
    count: u64,
    runs: Vec<u32>,
}

impl Runs {
    fn new(runs: Vec<Run>) -> Self {
        let mut all = Self {
            runs: Vec::new(),
            pairs: HashMap::new(),
            queue: BinaryHeap::new(),
        };
        let mut fresh = Vec::new();
        for (run, number) in runs.iter().zip(0..) {
            for pair in run.pieces.windows(2) {
                all.add((pair[0], pair[1]), number, run.count, &mut fresh);
            }
        }
        all.runs = runs;
        all.queue(fresh);
        all
    }

    /// Counts a pair in a run; notes it when it has not been seen before.
    fn add(&mut self, pair: Pair, run: u32, count: u64, fresh: &mut Vec<Pair>) {
        let place = match self.pairs.entry(pair) {
            Entry::Occupied(place) => place.into_mut(),
            Entry::Vacant(place) => {
                fresh.push(pair);
                place.insert(Place::default())
            }
        };
        place.count += count;
        // What is added of one run is added in a row.
        if place.runs.last() != Some(&run) {
            place.runs.push(run);
        }
    }

    /// Counts no longer a pair that was in a run.
    fn take(&mut self, pair: Pair, count: u64) {
        // The pair that is being put together is not there any more.
        if let Some(place) = self.pairs.get_mut(&pair) {
            place.count -= count;
        }
    }

    /// Queues pairs that occur twice or more.
    fn queue(&mut self, fresh: Vec<Pair>) {
        for pair in fresh {
            let count = self.count(pair);
            if count >= 2 {
                self.queue.push((count, Reverse(pair)));
            }
        }
    }

    fn count(&self, pair: Pair) -> u64 {
        self.pairs.get(&pair).map_or(0, |place| place.count)
    }

    /// The most frequent pair, unless none occurs twice.
    fn most_frequent(&mut self) -> Option<Pair> {
        while let Some((count, Reverse(pair))) = self.queue.pop() {
            if self.count(pair) == count {
                return Some(pair);
            }
            self.queue(vec![pair]);
        }
        None
    }

    /// Puts a piece in the place of a pair, from the left, wherever the pair stands.
    fn merge(&mut self, pair: Pair, piece: u32) {
        let place = self.pairs.remove(&pair).unwrap_or_default();
        let mut fresh = Vec::new();
        for number in place.runs {
            let Run { mut pieces, count } = std::mem::take(&mut self.runs[number as usize]);
            let mut at = 0;
            while at + 1 < pieces.len() {
                if (pieces[at], pieces[at + 1]) == pair {
                    if let Some(before) = at.checked_sub(1) {
                        self.take((pieces[before], pair.0), count);
                        self.add((pieces[before], piece), number, count, &mut fresh);
                    }
                    if let Some(&after) = pieces.get(at + 2) {
                        self.take((pair.1, after), count);
                        self.add((piece, after), number, count, &mut fresh);
                    }
                    pieces[at] = piece;
                    pieces.remove(at + 1);
                }
                at += 1;
            }
            self.runs[number as usize] = Run { pieces, count };
        }
        self.queue(fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::path::Path;

    /// The pieces of a sentence by name.
    fn named<'a>(pieces: &'a Pieces, sentence: &str) -> Vec<&'a str> {
        let ids = pieces.encode(sentence);
        ids.iter().map(|&id| pieces.piece(id)).collect()
    }

    fn joined(sentence: &str) -> String {
        words(sentence).collect::<Vec<_>>().join(" ")
    }

    fn stored(text: &str) -> Result<Pieces, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn units_by_hand() {
        for (sentence, want) in [
            ("Ein Mann, alt.", "▁Ein ▁Mann , ▁alt ."),
            ("don't T-shirt 3.5 it’s", "▁don't ▁T-shirt ▁3.5 ▁it’s"),
            ("(yes) \"no\"", "▁( yes ) ▁\" no \""),
            ("wait... --what", "▁wait . . . ▁- - what"),
            ("&apos;s 1–2", "▁& apos;s ▁1 – 2"),
            ("酒店很好，我喜欢。", "▁酒店很好 ， 我喜欢 。"),
            ("cafe\u{301} n\u{303}-o", "▁cafe\u{301} ▁n\u{303}-o"),
            ("so👩‍👧👍🏽!", "▁so 👩‍👧 👍🏽 !"),
            ("हिन्दी में।", "▁हिन्दी ▁में ।"),
            (" ▁a▁ b\u{3000}c\n", "▁a ▁b ▁c"),
            ("", ""),
        ] {
            let units: Vec<String> = Unit::all(sentence)
                .into_iter()
                .map(|unit| unit.characters().collect())
                .collect();
            assert_eq!(units.join(" "), want, "{sentence}");
        }
    }

    #[test]
    fn merges_by_hand() {
        // ▁ 5, a 5, b 5, c 3, d 1: d is not known. Then "▁a" 4 ("ab" is 4 as well, and later by number),
        // "▁ab" 4, "▁abc" 2; "bc" occurs once by now.
        let sentences = ["abc ab", "ab abc", "bcad"];
        let pieces = Pieces::learn(sentences.into_iter(), 100);
        let all: Vec<&str> = (0..pieces.len() as u32)
            .map(|id| pieces.piece(id))
            .collect();
        assert_eq!(
            all,
            ["", "\u{fffd}", "▁", "a", "b", "c", "▁a", "▁ab", "▁abc"]
        );
        assert_eq!(named(&pieces, "abc bab"), ["▁abc", "▁", "b", "a", "b"]);
        assert_eq!(pieces.encode("add"), [6, 1, 1]);
        assert_eq!(
            pieces.decode(&[6, 1, 1, 0, 99, 2, 2, 4]),
            "a\u{fffd}\u{fffd}\u{fffd} b"
        );
        let fewer = Pieces::learn(sentences.into_iter(), 5);
        assert_eq!((fewer.len(), fewer.piece(6)), (7, "▁a"));
        let characters = Pieces::learn(sentences.into_iter(), 2);
        assert_eq!(named(&characters, "ab"), ["▁", "a", "\u{fffd}"]);
    }

    #[test]
    fn pairs_of_one_letter_do_not_overlap() {
        // "aa" 3 times in "aaaa": it is put together from the left, and then "aa" "aa".
        let pieces = Pieces::learn(["aaaa aaaa aaa"].into_iter(), 100);
        assert_eq!(named(&pieces, "aaaaaaa"), ["▁aaaa", "aa", "a"]);
    }

    #[test]
    fn nothing_can_be_learnt_of_nothing() {
        for sentences in [vec![], vec![""], vec!["x", "y"]] {
            let pieces = Pieces::learn(sentences.into_iter(), 0);
            assert!(pieces.is_empty());
            assert_eq!(pieces.encode("x"), [2, 1]);
            assert_eq!(pieces.decode(&[]), "");
        }
    }

    #[test]
    fn long_words_take_no_longer() {
        let long = "abcab".repeat(20_000);
        let pieces = Pieces::learn([&long[..], "ab c"].into_iter(), 500);
        assert!(
            pieces
                .pieces
                .iter()
                .all(|piece| piece.chars().count() <= RUN)
        );
        let ids = pieces.encode(&long);
        assert!(ids.len() < 3000, "{}", ids.len());
        assert_eq!(pieces.decode(&ids), long);
        // One letter with a hundred thousand accents.
        let accents = format!("e{}", "\u{301}".repeat(100_000));
        let pieces = Pieces::learn([&accents[..], "e"].into_iter(), 500);
        assert_eq!(pieces.decode(&pieces.encode(&accents)), accents);
    }

    #[test]
    fn damaged_pieces_are_errors() {
        let sound = r#"{"characters":"▁ab","merges":[[3,4],[2,5],[6,3]]}"#;
        let pieces = stored(sound).unwrap();
        assert_eq!(named(&pieces, "abab"), ["▁ab", "ab"]);
        assert_eq!(serde_json::to_string(&pieces).unwrap(), sound);
        for (text, want) in [
            (r#"{"characters":"","merges":[]}"#, "not ▁"),
            (r#"{"characters":"ab▁","merges":[]}"#, "not ▁"),
            (r#"{"characters":"▁aba","merges":[]}"#, "twice"),
            (r#"{"characters":"▁ab","merges":[[3,5]]}"#, "before it"),
            (
                r#"{"characters":"▁ab","merges":[[4294967295,3]]}"#,
                "before it",
            ),
            (r#"{"characters":"▁ab","merges":[[3,1]]}"#, "before it"),
            (r#"{"characters":"▁ab","merges":[[0,3]]}"#, "before it"),
            (
                r#"{"characters":"▁ab","merges":[[3,4],[3,4]]}"#,
                "same pair",
            ),
        ] {
            let error = stored(text).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
        // Each twice as long as the one before.
        let doubled: Vec<Pair> = (3..40).map(|id| (id, id)).collect();
        let doubled = serde_json::json!({"characters": "▁a", "merges": doubled});
        let error = serde_json::from_value::<Pieces>(doubled).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }

    #[test]
    fn real_sentences_come_back() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/text");
        let path = folder.join("multi30k/val.de");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: there is no {}", path.display());
            return;
        };
        let pieces = Pieces::learn(text.lines(), 1000);
        assert_eq!(pieces.len(), 1002);
        let mut unknown = 0;
        for line in text.lines() {
            let ids = pieces.encode(line);
            let back = pieces.decode(&ids);
            if ids.contains(&UNKNOWN) {
                unknown += 1;
            } else {
                assert_eq!(back, joined(line));
            }
            assert_eq!(pieces.encode(&back), ids);
        }
        assert!(unknown < 20, "{unknown} of 1014 sentences");
    }

    /// As [`Pieces::learn`], but with all pairs counted again for every piece.
    fn learn_slowly(sentences: &[String], most: usize) -> Pieces {
        let mut units: HashMap<Unit, u64> = HashMap::new();
        for unit in sentences.iter().flat_map(|sentence| Unit::all(sentence)) {
            *units.entry(unit).or_default() += 1;
        }
        let mut pieces = Pieces::of_characters(frequent_characters(&units, most));
        while pieces.len() < most + FIRST {
            let mut counts: HashMap<Pair, u64> = HashMap::new();
            for (unit, count) in &units {
                let mut ids = Vec::new();
                pieces.encode_unit(*unit, &mut ids);
                for pair in ids.windows(2).filter(|pair| !pair.contains(&UNKNOWN)) {
                    *counts.entry((pair[0], pair[1])).or_default() += count;
                }
            }
            let best = counts
                .into_iter()
                .max_by_key(|(pair, count)| (*count, Reverse(*pair)));
            match best {
                Some((pair, 2..)) => pieces.push(pair),
                _ => break,
            };
        }
        pieces
    }

    proptest! {
        #[test]
        fn all_text_comes_back(sentence in ".{0,40}", most in 0usize..60) {
            // Twice, so that no character is unknown.
            let pieces = Pieces::learn([&sentence[..]; 2].into_iter(), 1000);
            prop_assert_eq!(pieces.decode(&pieces.encode(&sentence)), joined(&sentence));
            let fewer = Pieces::learn([&sentence[..]; 2].into_iter(), most);
            prop_assert!(fewer.len() <= most.max(1) + FIRST);
            // A character that is not known is still one character.
            let back = fewer.decode(&fewer.encode(&sentence));
            prop_assert_eq!(back.chars().count(), joined(&sentence).chars().count());
        }

        #[test]
        fn counts_are_kept_up_to_date(
            sentences in prop::collection::vec("[aab,’😀 ]{0,16}[abc ]{0,80}", 0..6), most in 1usize..40,
        ) {
            let pieces = Pieces::learn(sentences.iter().map(String::as_str), most);
            prop_assert_eq!(&pieces, &learn_slowly(&sentences, most));
            prop_assert_eq!(&pieces, &Pieces::learn(sentences.iter().rev().map(String::as_str), most));
            let text = serde_json::to_string(&pieces).unwrap();
            prop_assert_eq!(&pieces, &stored(&text).unwrap());
            // Whatever a piece is made of, no other one says the same.
            let texts: HashSet<&String> = pieces.pieces.iter().collect();
            prop_assert_eq!(texts.len(), pieces.len());
        }

        #[test]
        fn any_numbers_are_text(ids in prop::collection::vec(any::<u32>().prop_map(|id| id % 12), 0..20)) {
            let pieces = Pieces::learn(["ab, ab, a"].into_iter(), 8);
            let text = pieces.decode(&ids);
            prop_assert_eq!(joined(&text), text);
        }
    }
}
