//! What headers mean, in English and Chinese, in any case.

/// Headers of the date column, in lower case.
const DATE: &[&str] = &[
    "date",
    "datetime",
    "timestamp",
    "time",
    "day",
    "ds",
    "trade date",
    "日期",
    "交易日期",
    "年月日",
    "data",
];

/// A name that the library gives, and the headers that mean it, in lower case.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "open",
        &["open", "開盤價", "開盤", "开盘价", "开盘", "otwarcie"],
    ),
    (
        "high",
        &["high", "最高價", "最高", "最高价", "najwyzszy", "najwyższy"],
    ),
    (
        "low",
        &["low", "最低價", "最低", "最低价", "najnizszy", "najniższy"],
    ),
    (
        "close",
        &[
            "close",
            "close/last",
            "收盤價",
            "收盤",
            "收盘价",
            "收盘",
            "zamkniecie",
            "zamknięcie",
        ],
    ),
    (
        "adj close",
        &[
            "adj close",
            "adj_close",
            "adjclose",
            "adj. close",
            "adjusted close",
            "adjusted_close",
            "調整後收盤價",
        ],
    ),
    (
        "volume",
        &[
            "volume",
            "vol",
            "vol.",
            "成交股數",
            "成交量",
            "成交股数",
            "成交仟股",
            "成交張數",
            "wolumen",
        ],
    ),
    (
        "turnover",
        &["turnover", "成交金額", "成交仟元", "成交值(千元)"],
    ),
    ("change", &["change", "漲跌價差", "漲跌"]),
    ("transactions", &["transactions", "成交筆數", "筆數"]),
    ("dividends", &["dividends", "dividend_amount", "dividend"]),
    (
        "splits",
        &["splits", "split_coefficient", "stock splits", "split"],
    ),
];

/// Whether a header is that of the date column.
pub(super) fn is_date(header: &str) -> bool {
    DATE.contains(&header.trim().to_lowercase().as_str())
}

/// The unit that a header names.
pub(super) fn unit(header: &str) -> Option<&'static str> {
    match header.trim() {
        "成交股數" | "成交股数" => Some("shares"),
        "成交仟股" | "成交張數" => Some("thousands of shares"),
        "成交仟元" | "成交值(千元)" => Some("thousands"),
        _ => None,
    }
}

/// What tells one column from another: its canonical name in lower case.
pub(crate) fn key(header: &str) -> String {
    canonical(header).to_lowercase()
}

/// The library's name for a header, or the header itself, trimmed.
pub(super) fn canonical(header: &str) -> String {
    let header = header.trim();
    let lower = header.to_lowercase();
    KNOWN
        .iter()
        .find(|(_, headers)| headers.contains(&lower.as_str()))
        .map_or_else(|| header.to_string(), |(name, _)| (*name).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood_in_two_languages_and_any_case() {
        for (header, name) in [
            (" Close ", "close"),
            ("收盤價", "close"),
            ("成交股數", "volume"),
            ("ADJ CLOSE", "adj close"),
            ("Sentiment", "Sentiment"),
        ] {
            assert_eq!(canonical(header), name);
        }
        assert!(is_date("日期") && is_date("Date") && !is_date("close"));
    }
}
