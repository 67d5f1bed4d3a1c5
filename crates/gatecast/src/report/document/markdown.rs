//! A report as Markdown, such as a model card: the same sentences and tables, with charts as the sentence that stands for
//! each. What this file is not: it says nothing of its own.

use super::{Block, Document, Language, Table, Text};

impl Document {
    /// As Markdown (CommonMark, with the tables of GitHub).
    pub fn to_markdown(&self, language: Language) -> String {
        let say = |text: &Text| escaped(text.in_language(language));
        let mut out = format!(
            "# {}\n\n{}\n\n{}\n",
            say(&self.title),
            say(&self.purpose),
            say(&self.made)
        );
        for section in &self.sections {
            out += &format!("\n## {}\n", say(&section.heading));
            for block in &section.blocks {
                out += "\n";
                match block {
                    Block::Verdict { headline, text, .. } => {
                        out += &format!("**{}.** {}\n", say(headline), say(text));
                    }
                    Block::Paragraph { text } => out += &format!("{}\n", say(text)),
                    Block::List { items } => {
                        out.extend(items.iter().map(|item| format!("- {}\n", say(item))));
                    }
                    Block::Facts { items } => {
                        let line = |(name, value): &(Text, Text)| {
                            format!("- {}: {}\n", say(name), say(value))
                        };
                        out.extend(items.iter().map(line));
                    }
                    Block::Table(table) => out += &of_table(table, &say),
                    Block::Chart(chart) => {
                        out += &format!("*{}.* {}\n", say(&chart.caption), say(&chart.alternative));
                    }
                    Block::Code { caption, text } => {
                        // Longer than any run of backquotes in it.
                        let mut fence = String::from("```");
                        while text.contains(&fence) {
                            fence.push('`');
                        }
                        out += &format!(
                            "{}:\n\n{fence}\n{}\n{fence}\n",
                            say(caption),
                            text.trim_end()
                        );
                    }
                }
            }
        }
        out
    }
}

fn of_table(table: &Table, say: &dyn Fn(&Text) -> String) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = format!("*{}*\n\n", say(&table.caption));
    out += &line(
        table
            .columns
            .iter()
            .map(|column| say(&column.head))
            .collect(),
    );
    let rules = table.columns.iter().map(|column| match column.number {
        true => "--:".to_string(),
        false => "---".to_string(),
    });
    out += &line(rules.collect());
    for (at, row) in table.rows.iter().enumerate() {
        let marked = table.marked.contains(&at);
        let cells = row.iter().map(|cell| match (marked, say(cell)) {
            (true, text) if !text.is_empty() => format!("**{text}**"),
            (_, text) => text,
        });
        out += &line(cells.collect());
    }
    if let Some(note) = &table.note {
        out += &format!("\n{}\n", say(note));
    }
    out
}

/// Text that means itself: names of files and columns may hold anything.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => {
                out.extend(['\\', c])
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_themselves() {
        assert_eq!(
            escaped("a|b <img> [x](y) *z*\nw"),
            r"a\|b \<img\> \[x\](y) \*z\* w"
        );
    }
}
