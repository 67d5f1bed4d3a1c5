//! What a number cell holds: thousands separators, decimal commas, signs, units behind it, and the
//! many ways to write that there is none. What this file is not: it knows no rows and no files.

use serde::{Deserialize, Serialize};

use super::Fault;

/// The decimal mark of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decimal {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// A cell that should hold a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Is(f64),
    /// Empty, `--`, `null`, `NaN`, …
    Missing,
    Unreadable,
}

impl Number {
    pub(super) fn value(self) -> Option<f64> {
        match self {
            Self::Is(value) => Some(value),
            Self::Missing | Self::Unreadable => None,
        }
    }
}

impl Decimal {
    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    /// Reads the mark off columns of cells, some of them of other things; none where it can be read in
    /// two ways. `commas` says that commas part the cells.
    ///
    /// Most cells tell by themselves ([`Decimal::of`]). Cells such as `12,345` or `12.345` do not; then a
    /// column that writes `999` beside them parts thousands, since it would write decimals there too,
    /// and where commas part the cells the other mark is the decimals'. Numbers without a mark in
    /// other columns tell nothing: ids and years are written so everywhere.
    pub(super) fn of_columns<'a, C>(
        columns: &(impl Iterator<Item = C> + Clone),
        commas: bool,
    ) -> Option<Self>
    where
        C: Iterator<Item = &'a str>,
    {
        let (mut comma, mut point, mut parted) = (false, false, true);
        for column in columns.clone() {
            let (mut open, mut small) = (false, false);
            for cell in column {
                match Self::of(cell) {
                    Mark::Is(decimal) => return Some(decimal),
                    Mark::Open(mark) => {
                        open = true;
                        comma |= mark == ',';
                        point |= mark == '.';
                    }
                    Mark::Whole(1..=3) => small = true,
                    Mark::Whole(_) | Mark::None => {}
                }
            }
            parted &= small || !open;
        }
        match (comma, point) {
            (true, true) => None,
            (false, true) if commas => Some(Self::Point),
            (true, false) if parted => Some(Self::Point),
            (false, true) if parted => Some(Self::Comma),
            (true, false) | (false, true) => None,
            (false, false) => Some(Self::Point),
        }
    }

    /// What one cell tells of the mark of decimals: two marks, or one that parts no three digits, or
    /// several of one kind, leave no doubt.
    fn of(cell: &str) -> Mark {
        let cell = bare(cell.trim().trim_start_matches(['-', '+']));
        let looks = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || is_blank_group(c);
        if cell.is_empty() || !cell.chars().all(looks) {
            return Mark::None;
        }
        let (mut commas, mut points) = (0, 0);
        for byte in cell.bytes() {
            commas += usize::from(byte == b',');
            points += usize::from(byte == b'.');
        }
        let groups = |mark| {
            let mut groups: Vec<usize> = cell.split(mark).map(str::len).collect();
            let last = groups.pop();
            let first = groups.first().copied().unwrap_or(0);
            // 12,34,567 in India.
            let inner = groups.get(1..).unwrap_or_default();
            let even = |size| inner.iter().all(|&group| group == size);
            (1..=3).contains(&first) && last == Some(3) && (even(3) || even(2))
        };
        // A blank parts thousands, so that no other mark does.
        let parted = cell.contains(is_blank_group);
        match (commas, points) {
            (0, 0) if parted => Mark::None,
            (1, 0) if parted => Mark::Is(Self::Comma),
            (0, 1) if parted => Mark::Is(Self::Point),
            (0, 0) => Mark::Whole(cell.len()),
            // The last mark is that of the decimals.
            (1.., 1..) if cell.rfind(',') > cell.rfind('.') => Mark::Is(Self::Comma),
            (1.., 1..) => Mark::Is(Self::Point),
            (2.., 0) if groups(',') => Mark::Is(Self::Point),
            (0, 2..) if groups('.') => Mark::Is(Self::Comma),
            // A date, perhaps.
            (2.., 0) | (0, 2..) => Mark::None,
            (1, 0) if !groups(',') || cell.starts_with("0,") => Mark::Is(Self::Comma),
            (0, 1) if !groups('.') || cell.starts_with("0.") => Mark::Is(Self::Point),
            (1, 0) => Mark::Open(','),
            (0, 1) => Mark::Open('.'),
        }
    }

    /// What a cell holds.
    pub(super) fn parse(self, cell: &str) -> Number {
        let cell = cell.trim();
        if is_missing(cell) {
            return Number::Missing;
        }
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
        if self == Self::Point && cell.chars().all(plain) {
            return finite(cell.parse().ok());
        }
        // Accounts write what is below zero in parentheses.
        let (cell, sign) = match cell
            .strip_prefix('(')
            .and_then(|cell| cell.strip_suffix(')'))
        {
            Some(cell) => (cell, -1.0),
            // -$1.50
            None => match cell
                .strip_prefix('-')
                .filter(|rest| rest.starts_with(CURRENCIES))
            {
                Some(cell) => (cell, -1.0),
                None => (cell, 1.0),
            },
        };
        let scale = match cell.chars().next_back() {
            Some('K' | 'k') => sign * 1e3,
            Some('M') => sign * 1e6,
            Some('B') => sign * 1e9,
            _ => sign,
        };
        let cell = bare(cell);
        let (groups, mark) = match self {
            Self::Point => (',', '.'),
            Self::Comma => ('.', ','),
        };
        let (whole, fraction) = match cell.split_once(mark) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (cell, None),
        };
        let is_group = |c: char| c == groups || is_blank_group(c);
        let unsigned = whole.trim_start_matches(['-', '+', '\u{2212}']);
        let mut digits = String::with_capacity(cell.len());
        if whole.starts_with(['-', '\u{2212}']) {
            digits.push('-');
        }
        let count = unsigned.split(is_group).count();
        for (index, group) in unsigned.split(is_group).enumerate() {
            // 12,34,567 in India: only the last group has three.
            let fits = index == 0 || group.len() == 3 || group.len() == 2 && index + 1 < count;
            if !fits {
                return Number::Unreadable;
            }
            digits.push_str(group);
        }
        if let Some(fraction) = fraction {
            digits.push('.');
            digits.push_str(fraction);
        }
        if !digits.chars().all(plain) {
            return Number::Unreadable;
        }
        finite(digits.parse::<f64>().ok().map(|value| value * scale))
    }
}

/// The marks of a file's numbers can be read in two ways. The cells come with their lines.
pub(super) fn ambiguous<'a>(file: &str, mut cells: impl Iterator<Item = (u64, &'a str)>) -> Fault {
    let open = cells.find(|(_, cell)| matches!(Decimal::of(cell), Mark::Open(_)));
    let (line, cell) = open.unwrap_or((1, "12,345"));
    let reason = format!("numbers such as {cell} may have decimals or thousands behind the mark");
    Fault::malformed(file, line, reason, "choose ‹decimal› comma or point")
}

/// What a cell tells of the mark of decimals.
enum Mark {
    Is(Decimal),
    /// The mark parts thousands or is that of decimals.
    Open(char),
    /// A number without marks, of so many digits.
    Whole(usize),
    None,
}

/// Blanks and apostrophes that part thousands.
fn is_blank_group(c: char) -> bool {
    matches!(c, ' ' | '\'' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '’')
}

const CURRENCIES: [char; 7] = ['$', '€', '£', '¥', '₩', '₹', '₽'];

/// A cell without currency, per cent sign, parentheses and the letter for thousands or millions.
fn bare(cell: &str) -> &str {
    // TWSE puts an X before a change that cannot be compared with the day before.
    let cell = cell.trim_matches(['(', ')']).trim_start_matches('X');
    let cell = cell
        .trim_start_matches("US")
        .trim_start_matches("Rs.")
        .trim_start_matches("Rp");
    let cell = cell.trim_start_matches(CURRENCIES).trim_start();
    let cell = cell.trim_end_matches(CURRENCIES).trim_end();
    cell.trim_end_matches(['%', 'K', 'k', 'M', 'B']).trim_end()
}

fn finite(value: Option<f64>) -> Number {
    match value {
        Some(value) if value.is_finite() => Number::Is(value),
        _ => Number::Unreadable,
    }
}

/// Whether a cell stands for a missing value.
pub(super) fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 9] = [
        "null", "nan", "n/a", "na", "none", "nil", "n/d", "#n/a", "nat",
    ];
    let cell = cell.trim();
    cell.chars().all(|c| matches!(c, '-' | '.' | '—' | '–'))
        || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_many_spellings() {
        use Decimal::{Comma, Point};
        use Number::{Is, Missing, Unreadable};
        for (decimal, cell, want) in [
            (Point, "71.90", Is(71.9)),
            (Point, "2,331,431", Is(2_331_431.0)),
            (Point, "1,070.00", Is(1070.0)),
            (Point, "+0.10", Is(0.1)),
            (Point, "X0.00", Is(0.0)),
            (Point, " 0.00", Is(0.0)),
            (Point, "\u{2212}1.5", Is(-1.5)),
            (Point, "1e3", Is(1000.0)),
            (Point, "$12.5", Is(12.5)),
            (Point, "1.5M", Is(1.5e6)),
            (Point, "0.45%", Is(0.45)),
            (Point, "1 234.5", Is(1234.5)),
            (Comma, "1.234,56", Is(1234.56)),
            (Comma, "12,5", Is(12.5)),
            (Comma, "-0,5", Is(-0.5)),
            (Comma, "1.234.567", Is(1_234_567.0)),
            (Point, "12,5", Unreadable),
            (Point, "1,2345", Unreadable),
            (Point, "x1", Unreadable),
            (Point, "inf", Unreadable),
            (Point, "1e999", Unreadable),
            (Point, "1.2.3", Unreadable),
            (Point, "", Missing),
            (Point, "--", Missing),
            (Point, "null", Missing),
            (Point, "NaN", Missing),
            (Comma, "N/A", Missing),
        ] {
            assert_eq!(decimal.parse(cell), want, "{cell:?}");
        }
    }

    #[test]
    fn the_mark_of_the_decimals_is_read_off_the_cells() {
        let infer = |columns: &[&[&str]]| {
            let columns = columns.iter().map(|cells| cells.iter().copied());
            Decimal::of_columns(&columns, false)
        };
        let (point, comma) = (Some(Decimal::Point), Some(Decimal::Comma));
        assert_eq!(infer(&[&["12", "abc"]]), point);
        assert_eq!(infer(&[&["1,234", "12.5"]]), point);
        assert_eq!(infer(&[&["1,234,567"]]), point);
        assert_eq!(infer(&[&["12,34,567"]]), point);
        assert_eq!(infer(&[&["1.234,5"]]), comma);
        assert_eq!(infer(&[&["1 234,567"]]), comma);
        assert_eq!(infer(&[&["0,785"]]), comma);
        assert_eq!(infer(&[&["€ 12,50"]]), comma);
        // Dates are no numbers.
        assert_eq!(infer(&[&["03.01.2022"], &["1.5"]]), point);
        // Another column tells.
        assert_eq!(infer(&[&["15.590"], &["4.323.840"]]), comma);
        assert_eq!(infer(&[&["15.414"], &["1,48%"]]), comma);
        assert_eq!(infer(&[&["12,345", "999"]]), point);
        assert_eq!(infer(&[&["12.345", "999"]]), comma);
        // Nothing tells, not even an id beside it.
        assert_eq!(infer(&[&["12,345"], &["123456"]]), None);
        assert_eq!(infer(&[&["12.345", "1000"]]), None);
        assert_eq!(infer(&[&["12,345", "1,234"]]), None);
        assert_eq!(infer(&[&["13.697", "14.688"]]), None);
        assert_eq!(infer(&[&["3,048"], &["13.498"]]), None);
        // Where commas part the cells, points are the decimals'.
        let columns = [["13.697", "14.688"]];
        let columns = columns.iter().map(|cells| cells.iter().copied());
        assert_eq!(Decimal::of_columns(&columns, true), point);
    }
}
