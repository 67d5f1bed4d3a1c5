//! The HTML file: a document as elements, with its scripts and styles in it, and a policy that lets nothing else in. What
//! this file is not: it says nothing of its own; `assets/report.js` makes the same elements in a browser.

use sha2::{Digest, Sha256};

use super::{CHARTS, REPORT, STANDALONE, STYLE, UPLOT, UPLOT_LICENSE, UPLOT_STYLE, WORDS};
use crate::report::{Block, Chart, Document, Language, Section, Table, Text, Tone};

impl Document {
    /// As one HTML file, to be read in this language first; with scripts the other can be chosen in it.
    ///
    /// ```
    /// use gatecast::{Forecaster, series::sp500};
    /// use gatecast::report::{Document, Language, Origin};
    ///
    /// let forecaster = Forecaster::builder().target("close").set("method", "drift").build()?;
    /// let fitted = forecaster.fit(&sp500())?;
    /// let html = Document::of_model(&fitted, &Origin::default()).to_html(Language::English);
    /// assert!(html.contains("<h2") && !html.contains("https:"));
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    pub fn to_html(&self, language: Language) -> String {
        let uplot = with_license(UPLOT);
        let script = one_script();
        let (uplot_hash, script_hash) = (hash(&uplot), hash(&script));
        let (uplot_style, style) = (hash(UPLOT_STYLE), hash(STYLE));
        let tag = language.tag();
        let title = escaped(self.title.in_language(language));
        let skip = match language {
            Language::English => "Skip to the report",
            Language::TraditionalChinese => "跳到報告",
        };
        let body = body(self, language);
        let json = json(self);
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             script-src '{uplot_hash}' '{script_hash}'; style-src '{uplot_style}' '{style}'; img-src blob: data:; \
             base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title}</title>\n<style>{UPLOT_STYLE}</style>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#report\">{skip}</a>\n<header><div id=\"toolbar\" role=\"group\" hidden></div></header>\n\
             <main id=\"report\" class=\"report\">\n{body}</main>\n\
             <script type=\"application/json\" id=\"document\">{json}</script>\n\
             <script>{uplot}</script>\n<script type=\"module\">{script}</script>\n</body>\n</html>\n"
        )
    }
}

/// Everything that is to be read.
fn body(document: &Document, language: Language) -> String {
    let say = |text: &Text| escaped(text.in_language(language));
    let mut out = format!(
        "<header class=\"head\"><h1>{}</h1><p class=\"purpose\">{}</p><p class=\"made\">{}</p></header>\n",
        say(&document.title),
        say(&document.purpose),
        say(&document.made)
    );
    let contents = match language {
        Language::English => "Contents",
        Language::TraditionalChinese => "目錄",
    };
    out += &format!("<nav class=\"contents\" aria-label=\"{contents}\"><ol>");
    for Section { id, heading, .. } in &document.sections {
        out += &format!("<li><a href=\"#report-{id}\">{}</a></li>", say(heading));
    }
    out += "</ol></nav>\n<div class=\"body\">\n";
    for Section {
        id,
        heading,
        blocks,
    } in &document.sections
    {
        out += &format!(
            "<section id=\"report-{id}\" aria-labelledby=\"report-{id}-heading\"><h2 id=\"report-{id}-heading\">{}</h2>\n",
            say(heading)
        );
        for block in blocks {
            out += &of_block(block, &say);
            out.push('\n');
        }
        out += "</section>\n";
    }
    out + "</div>\n"
}

fn of_block(block: &Block, say: &dyn Fn(&Text) -> String) -> String {
    match block {
        Block::Verdict {
            tone,
            headline,
            text,
        } => {
            let tone = match tone {
                Tone::Good => "good",
                Tone::Bad => "bad",
                Tone::Open => "open",
            };
            format!(
                "<div class=\"verdict {tone}\"><p class=\"headline\">{}</p><p>{}</p></div>",
                say(headline),
                say(text)
            )
        }
        Block::Paragraph { text } => format!("<p>{}</p>", say(text)),
        Block::List { items } => {
            let items: String = items
                .iter()
                .map(|item| format!("<li>{}</li>", say(item)))
                .collect();
            format!("<ul>{items}</ul>")
        }
        Block::Facts { items } => {
            let pair = |(name, value): &(Text, Text)| {
                format!("<div><dt>{}</dt><dd>{}</dd></div>", say(name), say(value))
            };
            let items: String = items.iter().map(pair).collect();
            format!("<dl class=\"facts\">{items}</dl>")
        }
        Block::Table(table) => of_table(table, say),
        Block::Chart(Chart {
            caption,
            alternative,
            ..
        }) => format!(
            "<figure class=\"chart\"><figcaption><strong>{}</strong><span>{}</span></figcaption></figure>",
            say(caption),
            say(alternative)
        ),
        Block::Code { caption, text } => format!(
            "<figure class=\"code\"><figcaption><strong>{}</strong></figcaption>\
             <pre tabindex=\"0\"><code>{}</code></pre></figure>",
            say(caption),
            escaped(text)
        ),
    }
}

fn of_table(table: &Table, say: &dyn Fn(&Text) -> String) -> String {
    let caption = say(&table.caption);
    let class = |column: usize| match table.columns[column].number {
        true => " class=\"number\"",
        false => "",
    };
    let mut out = format!(
        "<figure class=\"table\"><div class=\"scroll{}\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\
         <table><caption>{caption}</caption><thead><tr>",
        if table.long { " long" } else { "" }
    );
    for (at, column) in table.columns.iter().enumerate() {
        out += &format!("<th scope=\"col\"{}>{}</th>", class(at), say(&column.head));
    }
    out += "</tr></thead><tbody>";
    for (at, row) in table.rows.iter().enumerate() {
        out += match table.marked.contains(&at) {
            true => "<tr class=\"marked\">",
            false => "<tr>",
        };
        for (column, cell) in row.iter().enumerate() {
            let (tag, scope) = match column {
                0 => ("th", " scope=\"row\""),
                _ => ("td", ""),
            };
            out += &format!("<{tag}{scope}{}>{}</{tag}>", class(column), say(cell));
        }
        out += "</tr>";
    }
    out += "</tbody></table></div>";
    if let Some(note) = &table.note {
        out += &format!("<p class=\"note\">{}</p>", say(note));
    }
    out + "</figure>"
}

/// Text that cannot be taken for markup, in elements and in attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

/// The document, so written that no name of a file or a column can end the script that it stands in.
fn json(document: &Document) -> String {
    let json = serde_json::to_string(document).unwrap_or_default();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// The modules one after the other, those that others import from first, without the lines that join them.
fn one_script() -> String {
    let mut script = String::new();
    for line in [WORDS, CHARTS, REPORT, STANDALONE]
        .iter()
        .flat_map(|text| text.lines())
    {
        if line.starts_with("import ") {
            continue;
        }
        script += line.strip_prefix("export ").unwrap_or(line);
        script.push('\n');
    }
    script
}

/// uPlot with its licence in the place of its first line, which names only where it comes from.
fn with_license(uplot: &str) -> String {
    let code = uplot.split_once('\n').map_or(uplot, |(_, code)| code);
    format!("/*! uPlot 1.6.32\n{UPLOT_LICENSE}*/\n{code}")
}

/// The name of an inline script or style in the policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            out.push(match place <= three.len() {
                true => char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]),
                false => '=',
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::report::Origin;
    use crate::series::hexadecimal;
    use crate::{Forecaster, Series};

    /// As `npm pack uplot@1.6.32` has them.
    #[test]
    fn what_is_not_ours_is_what_its_makers_published() {
        for (name, text, sum) in [
            (
                "uPlot.iife.min.js",
                UPLOT,
                "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
            ),
            (
                "uPlot.min.css",
                UPLOT_STYLE,
                "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
            ),
            (
                "LICENSE-uPlot.txt",
                UPLOT_LICENSE,
                "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
            ),
        ] {
            let mut hash = Sha256::new();
            hash.update(text);
            assert_eq!(hexadecimal(hash), sum, "{name}");
        }
    }

    #[test]
    fn modules_can_stand_in_one_script() {
        let script = one_script();
        assert!(!script.contains("</script") && !script.contains("<!--"));
        assert!(
            !script
                .lines()
                .any(|line| line.starts_with("import ") || line.starts_with("export "))
        );
        // Two of one name would be an error only where they meet.
        let mut names = HashSet::new();
        for line in script.lines() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            let declares = ["function", "const", "let", "async", "class"];
            if words.next().is_some_and(|word| declares.contains(&word))
                && !line.starts_with("const {")
            {
                let name = words
                    .find(|word| !word.is_empty() && *word != "function")
                    .unwrap_or("");
                assert!(names.insert(name), "{name} is declared twice");
            }
        }
        assert!(names.contains("renderReport") && names.contains("lossChart"));
    }

    #[test]
    fn base64_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn names_are_never_markup() {
        let evil = "</script><script>alert(1)</script><img src=x onerror=\"alert(2)\">&'";
        let rows: Vec<i64> = (0..60).collect();
        let values: Vec<f64> = rows.iter().map(|row| 100.0 + (row % 7) as f64).collect();
        let series = Series::undated(evil, vec![(evil.to_string(), values)]).unwrap();
        let forecaster = Forecaster::builder()
            .target(evil)
            .set("method", "drift")
            .build()
            .unwrap();
        let windows = forecaster.check(&series).unwrap();
        let fitted = forecaster.fit(&series).unwrap();
        let trained = crate::report::Trained::of(&fitted, &series, windows, 0.0);
        let origin = Origin {
            command: Some(evil.into()),
            ..Origin::default()
        };
        let document = Document::of_fit(&fitted, &series, &trained, &origin);
        for language in Language::ALL {
            let html = document.to_html(language);
            assert!(!html.contains("alert(1)</script>") && !html.contains("<img"));
            assert_eq!(html.matches("<script").count(), 3);
            assert_eq!(html.matches("</script").count(), 3);
            let start = html.find("id=\"document\">").unwrap() + "id=\"document\">".len();
            let end = start + html[start..].find("</script>").unwrap();
            let read: serde_json::Value = serde_json::from_str(&html[start..end]).unwrap();
            assert!(read["title"]["en"].as_str().unwrap().contains("onerror"));
            // In Markdown a command is code, which means itself.
            let card = document.to_markdown(language);
            let words: String = card.split("```").step_by(2).collect();
            let markup = words.replace("\\<", "");
            assert!(!markup.contains("<script") && !markup.contains("<img"));
        }
    }
}
