//! A report as plain data: sections of sentences, tables and figures, each text in two languages. It is made once, from
//! results, and shown by whoever can show paragraphs, tables and charts: the HTML file and the page in the browser
//! (`report::html`), and the model card (`to_markdown`). What this module is not: it trains nothing, scores nothing, and
//! knows no colours.
//!
//! `forecaster`, `backtest`, `many` and `sentences` say what a report of each kind holds; `limits` when a model should
//! not be used; `charts` and `forecasts` have the data of charts; `again` how to make it again; `words` what is said of a verdict or a
//! baseline in both languages.

mod again;
mod backtest;
mod charts;
mod data;
mod forecaster;
mod forecasts;
mod limits;
mod many;
mod markdown;
mod sentences;
mod words;

use serde::{Serialize, Serializer};

pub use self::again::Origin;
pub use self::charts::{Bin, ChartBand, ChartData, FoldErrors};

/// A language in which a report can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese in traditional characters.
    TraditionalChinese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::TraditionalChinese];

    /// Its tag, as HTML and BCP 47 have it.
    ///
    /// ```
    /// use gatecast::report::Language;
    ///
    /// assert_eq!(Language::TraditionalChinese.tag(), "zh-Hant");
    /// assert_eq!(Language::of_tag("en"), Some(Language::English));
    /// ```
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::TraditionalChinese => "zh-Hant",
        }
    }

    /// The language of a tag.
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }
}

/// A text in both languages. As JSON an object with a text for each tag, or one text where both are the same, as of a
/// name or a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    en: String,
    zh_hant: String,
}

impl Text {
    /// In English, and in Chinese.
    pub fn new(en: impl Into<String>, zh_hant: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            zh_hant: zh_hant.into(),
        }
    }

    /// The same in both.
    pub fn plain(text: impl Into<String>) -> Self {
        let en: String = text.into();
        Self {
            zh_hant: en.clone(),
            en,
        }
    }

    /// In one of them.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::TraditionalChinese => &self.zh_hant,
        }
    }

    /// One sentence after the other.
    fn and(mut self, next: &Self) -> Self {
        // Chinese sentences have no blank between them.
        self.en = format!("{} {}", self.en, next.en);
        self.zh_hant += &next.zh_hant;
        self
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        if self.en == self.zh_hant {
            return to.serialize_str(&self.en);
        }
        let mut map = to.serialize_map(Some(2))?;
        for language in Language::ALL {
            map.serialize_entry(language.tag(), self.in_language(language))?;
        }
        map.end()
    }
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Subject {
    /// One model of one series.
    Forecaster,
    /// One model of many series, or a model for each of many.
    Panel,
    /// A backtest of one series.
    Backtest,
    /// A classifier of sentences.
    Classifier,
    /// A translator of sentences.
    Translator,
}

/// A report: what came of a fit or a test, for people.
///
/// ```
/// use gatecast::{Forecaster, series::sp500};
/// use gatecast::report::{Document, Language, Origin, Trained};
///
/// let series = sp500();
/// let forecaster = Forecaster::builder().target("close").set("method", "drift").build()?;
/// let windows = forecaster.check(&series)?;
/// let fitted = forecaster.fit(&series)?;
/// let trained = Trained::of(&fitted, &series, windows, 0.1);
/// let document = Document::of_fit(&fitted, &series, &trained, &Origin::default());
/// let card = document.to_markdown(Language::English);
/// assert!(card.contains("No evidence of skill") && card.contains("## When not to use it"));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Document {
    /// Version of this description.
    pub format: u32,
    /// What it is about.
    pub subject: Subject,
    /// Its title.
    pub title: Text,
    /// What made it, and when where that is known.
    pub made: Text,
    /// What the model does, or what was tested.
    pub purpose: Text,
    /// The sections, the verdict first.
    pub sections: Vec<Section>,
    /// The same figures for programs, as `--json` gives them, but for what is long or may name folders: the history, the
    /// scores of single series, notes and what was left out, which stand in the sections.
    pub results: serde_json::Value,
}

/// A part of a report under a heading of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Its name in addresses.
    pub id: &'static str,
    /// Its heading.
    pub heading: Text,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// What a section is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "block", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Block {
    /// What it comes to.
    Verdict {
        /// Whether that is good news.
        tone: Tone,
        /// In a few words.
        headline: Text,
        /// In one or two sentences.
        text: Text,
    },
    /// A sentence or some.
    Paragraph {
        /// The sentences.
        text: Text,
    },
    /// Sentences side by side.
    List {
        /// One each.
        items: Vec<Text>,
    },
    /// Names and what goes by them.
    Facts {
        /// One each.
        items: Vec<(Text, Text)>,
    },
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// Text to be copied as it is.
    Code {
        /// What it is.
        caption: Text,
        /// The text.
        text: String,
    },
}

/// Whether something is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// There is skill.
    Good,
    /// There is none.
    Bad,
    /// It is not known.
    Open,
}

/// Rows under heads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: Text,
    /// Its columns; the first names the rows.
    pub columns: Vec<Column>,
    /// A text for each column.
    pub rows: Vec<Vec<Text>>,
    /// Rows to be seen first, from 0.
    pub marked: Vec<usize>,
    /// Whether it is long enough to be searched and sorted.
    pub long: bool,
    /// What is to be said of it.
    pub note: Option<Text>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Its head.
    pub head: Text,
    /// Whether it holds numbers.
    pub number: bool,
}

/// A picture of numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    /// What it shows.
    pub caption: Text,
    /// The same in words, for who cannot see it.
    pub alternative: Text,
    /// What is to be said of it, such as how many points were left out.
    pub note: Option<Text>,
    /// What is drawn.
    pub data: ChartData,
}

/// What is in the sections and not in [`Document::results`].
const IN_SECTIONS: [&str; 5] = ["history", "scores", "notes", "skipped", "without_network"];

/// Version of [`Document`].
const FORMAT: u32 = 1;

impl Document {
    fn new(
        subject: Subject,
        (title, purpose): (Text, Text),
        origin: &Origin,
        mut results: serde_json::Value,
    ) -> Self {
        if let Some(entries) = results.as_object_mut() {
            entries.retain(|name, _| !IN_SECTIONS.contains(&name.as_str()));
        }
        Self {
            format: FORMAT,
            subject,
            title,
            made: origin.made(),
            purpose,
            sections: Vec::new(),
            results,
        }
    }

    /// Adds a section, unless nothing stands in it.
    fn section(&mut self, id: &'static str, heading: Text, blocks: Vec<Block>) {
        if !blocks.is_empty() {
            self.sections.push(Section {
                id,
                heading,
                blocks,
            });
        }
    }
}

impl Table {
    /// Heads in both languages; those from the second on are of numbers.
    fn of_numbers(caption: Text, heads: Vec<Text>) -> Self {
        let columns = heads.into_iter().enumerate();
        Self {
            caption,
            columns: columns
                .map(|(at, head)| Column {
                    head,
                    number: at > 0,
                })
                .collect(),
            rows: Vec::new(),
            marked: Vec::new(),
            long: false,
            note: None,
        }
    }
}

/// Both languages, side by side where they are written.
fn text(en: impl Into<String>, zh_hant: impl Into<String>) -> Text {
    Text::new(en, zh_hant)
}

/// `1 row`, `5 rows`.
fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// What stands for a number that there is not.
const NONE: &str = "–";

/// A number, or a dash.
fn or_dash(value: Option<f64>) -> Text {
    Text::plain(value.map_or(NONE.into(), super::number))
}

/// A number with so many digits, or a dash.
fn digits(value: Option<f64>, digits: usize) -> Text {
    Text::plain(value.map_or(NONE.into(), |value| format!("{value:.digits$}")))
}

/// The last part of a path: a report that is handed on tells nothing of the folders of who made it.
fn name_of(path: &str) -> String {
    std::path::Path::new(path)
        .file_name()
        .map_or_else(|| path.into(), |name| name.to_string_lossy().into())
}
