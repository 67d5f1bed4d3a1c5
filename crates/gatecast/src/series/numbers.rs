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
    /// two ways.
    pub(super) fn of_columns<'a, C>(columns: &(impl Iterator<Item = C> + Clone)) -> Option<Self>
    where
        C: Iterator<Item = &'a str>,
    {
        // A comma parts thousands where a number without any mark and of three digits or less stands
        // beside numbers such as `12,345`: decimals would be written there too.
        let whole = |cell: &str| {
            (1..=3).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
        };
        let parted = |mut column: C| {
            let (mut commas, mut wholes) = (false, false);
            column.any(|cell| {
                commas |= cell.contains(',');
                wholes |= whole(cell);
                commas && wholes
            });
            !commas || wholes
        };
        Self::infer(columns.clone().flatten())
            .or_else(|| columns.clone().all(parted).then_some(Self::Point))
    }

    /// Reads the mark off the cells; none where cells such as `12,345` leave it open.
    pub(super) fn infer<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut open = false;
        for cell in cells {
            let looks = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | ' ');
            let cell = cell.trim();
            if cell.is_empty() || !cell.chars().all(looks) {
                continue;
            }
            let (commas, points) = (cell.matches(',').count(), cell.matches('.').count());
            let after = |mark: char| cell.rsplit(mark).next().map_or(0, str::len);
            match (commas, points) {
                (0, 0) => {}
                // The last mark is that of the decimals.
                (1.., 1..) => {
                    let comma_last = cell.rfind(',') > cell.rfind('.');
                    return Some(if comma_last { Self::Comma } else { Self::Point });
                }
                (2.., 0) => return Some(Self::Point),
                (0, 2..) => return Some(Self::Comma),
                (1, 0)
                    if after(',') != 3 || cell.trim_start_matches(['-', '+']).starts_with("0,") =>
                {
                    return Some(Self::Comma);
                }
                (0, 1) => return Some(Self::Point),
                _ => open = true,
            }
        }
        (!open).then_some(Self::Point)
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
        // TWSE puts an X before a change that cannot be compared with the day before.
        let cell = cell
            .trim_start_matches(['$', '€', '£', '¥', 'X'])
            .trim_start();
        let (cell, scale) = match cell.chars().next_back() {
            Some('%') => (&cell[..cell.len() - 1], 1.0),
            Some('K' | 'k') => (&cell[..cell.len() - 1], 1e3),
            Some('M') => (&cell[..cell.len() - 1], 1e6),
            Some('B') => (&cell[..cell.len() - 1], 1e9),
            _ => (cell, 1.0),
        };
        let (groups, mark) = match self {
            Self::Point => (',', '.'),
            Self::Comma => ('.', ','),
        };
        let (whole, fraction) = match cell.split_once(mark) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (cell, None),
        };
        let is_group =
            |c: char| c == groups || matches!(c, ' ' | '\'' | '\u{a0}' | '\u{202f}' | '’');
        let unsigned = whole.trim_start_matches(['-', '+', '\u{2212}']);
        let mut digits = String::with_capacity(cell.len());
        if whole.starts_with(['-', '\u{2212}']) {
            digits.push('-');
        }
        for (index, group) in unsigned.split(is_group).enumerate() {
            if index > 0 && group.len() != 3 {
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

/// The marks of a file's numbers can be read in two ways.
pub(super) fn ambiguous(file: &str) -> Fault {
    let reason = "numbers such as 12,345 may mean twelve or twelve thousand";
    Fault::malformed(file, 1, reason, "choose ‹decimal› comma or point")
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
        let infer = |cells: &[&str]| Decimal::infer(cells.iter().copied());
        assert_eq!(infer(&["12", "abc"]), Some(Decimal::Point));
        assert_eq!(infer(&["1,234", "12.5"]), Some(Decimal::Point));
        assert_eq!(infer(&["1,234,567"]), Some(Decimal::Point));
        assert_eq!(infer(&["1.234,5"]), Some(Decimal::Comma));
        assert_eq!(infer(&["1,234", "12,5"]), Some(Decimal::Comma));
        assert_eq!(infer(&["0,785"]), Some(Decimal::Comma));
        assert_eq!(infer(&["12,345", "1,234"]), None);
    }
}
