//! A report as one HTML file that needs nothing else: no network, no folder beside it. Its sentences and tables can be read
//! without scripts; charts, sorting, the other language and the colours need them. What this module is not: what a report
//! says stands in [`Document`](crate::report::Document).
//!
//! The scripts are plain modules without a build step, in `assets`, and the page of the web service shows documents with
//! the same ones: `charts.js` draws, `report.js` shows a document, `words.js` has the words of buttons, `standalone.js`
//! starts the file. uPlot (MIT, `assets/LICENSE-uPlot.txt`) draws lines.

mod page;

/// The bytes of a file that pages are made of, by its name: `report.js`, `charts.js`, `words.js`, `standalone.js`,
/// `report.css`, `uPlot.iife.min.js`, `uPlot.min.css` or `LICENSE-uPlot.txt`.
///
/// ```
/// use gatecast::report::html;
///
/// assert!(html::asset("report.js").is_some());
/// assert!(html::asset("../Cargo.toml").is_none());
/// ```
pub fn asset(name: &str) -> Option<&'static [u8]> {
    ASSETS
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, text)| text.as_bytes())
}

/// The names of all files that [`asset`] has.
pub fn assets() -> impl Iterator<Item = &'static str> {
    ASSETS.iter().map(|(name, _)| *name)
}

const WORDS: &str = include_str!("assets/words.js");
const CHARTS: &str = include_str!("assets/charts.js");
const REPORT: &str = include_str!("assets/report.js");
const STANDALONE: &str = include_str!("assets/standalone.js");
const STYLE: &str = include_str!("assets/report.css");
const UPLOT: &str = include_str!("assets/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("assets/uPlot.min.css");
const UPLOT_LICENSE: &str = include_str!("assets/LICENSE-uPlot.txt");

const ASSETS: [(&str, &str); 8] = [
    ("words.js", WORDS),
    ("charts.js", CHARTS),
    ("report.js", REPORT),
    ("standalone.js", STANDALONE),
    ("report.css", STYLE),
    ("uPlot.iife.min.js", UPLOT),
    ("uPlot.min.css", UPLOT_STYLE),
    ("LICENSE-uPlot.txt", UPLOT_LICENSE),
];
