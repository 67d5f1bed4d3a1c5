//! Headlines by a small grammar, and prices that lean the way of the headlines of the day before: all made up.
//! What this file is not: it trains nothing and writes nothing.

use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday, date};

use super::chance::Chance;

/// What is better when it rises, and what when it falls. Whether a headline is good is told by its first word
/// and its verb together, with others between them, and by no single word or pair of neighbours.
const GOOD: [&str; 5] = ["Profit", "Revenue", "Demand", "Margin", "Output"];
const BAD: [&str; 5] = ["Debt", "Cost", "Loss", "Waste", "Risk"];
const FIRMS: [&str; 10] = [
    "Acme Tools",
    "Borealis Air",
    "Cobalt Mining",
    "Delta Foods",
    "Everest Bank",
    "Fennel Energy",
    "Granite Steel",
    "Harbour Lines",
    "Iris Media",
    "Juniper Labs",
];
const HOW: [&str; 5] = ["sharply", "slightly", "again", "unexpectedly", "further"];
const UP: [&str; 4] = ["rose", "climbed", "jumped", "grew"];
const DOWN: [&str; 4] = ["fell", "dropped", "sank", "shrank"];
const WHEN: [&str; 6] = [
    "in May",
    "this quarter",
    "last year",
    "in the north",
    "on Monday",
    "for a second year",
];

/// Minutes of a day.
const DAY: usize = 24 * 60;

/// When the made-up exchange closes.
pub(super) const CLOSE: Time = Time::constant(16, 0, 0, 0);

/// A headline, and whether it is good.
fn headline(chance: &mut Chance) -> (String, bool) {
    let (thing, up) = (chance.below(2) == 0, chance.below(2) == 0);
    let text = format!(
        "{} at {} {} {} {}",
        chance.pick(if thing { &GOOD } else { &BAD }),
        chance.pick(&FIRMS),
        chance.pick(&HOW),
        chance.pick(if up { &UP } else { &DOWN }),
        chance.pick(&WHEN),
    );
    (text, thing == up)
}

/// A table of headlines with a label each.
pub(super) fn labelled(rows: usize, chance: &mut Chance) -> String {
    let mut text = String::from("headline,sentiment\n");
    for _ in 0..rows {
        let (headline, good) = headline(chance);
        let label = if good { "positive" } else { "negative" };
        let _ = writeln!(text, "{headline},{label}");
    }
    text
}

/// News by day and by night, and the prices of so many sessions: each moves by chance and, by about as much, the
/// way that the news before the last close lean.
pub(super) fn news_and_prices(sessions: usize, chance: &mut Chance) -> (String, String) {
    /// How far a session moves with news that are all good, and by chance (standard deviation).
    const MOVE: f64 = 0.01;
    let mut news = String::from("published,headline\n");
    let mut prices = String::from("date,close\n");
    let (mut price, mut lean, mut written) = (100.0, 0.0, 0);
    // Good less bad, and all, since the last close.
    let (mut balance, mut count) = (0.0, 0.0);
    let mut day: Date = date(2016, 1, 4);
    while written < sessions {
        let mut times: Vec<usize> = Vec::new();
        for _ in 0..chance.below(4) {
            // Midnight on the dot would be a day without a time.
            times.push(1 + chance.below(DAY - 1));
        }
        times.sort_unstable();
        let close = usize::from(CLOSE.hour().unsigned_abs()) * 60;
        let open = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let mut closed = !open;
        for minute in times.into_iter().chain([DAY]) {
            if !closed && minute >= close {
                // Three uniform numbers make a bell of variance 1/4.
                let bell: f64 = (0..3).map(|_| chance.uniform() - 0.5).sum();
                price *= 1.0 + MOVE * (lean + 2.0 * bell);
                let _ = writeln!(prices, "{day},{price:.2}");
                written += 1;
                lean = if count > 0.0 { balance / count } else { 0.0 };
                (balance, count, closed) = (0.0, 0.0, true);
            }
            if minute < DAY {
                let (headline, good) = headline(chance);
                let (hour, minute) = (minute / 60, minute % 60);
                let _ = writeln!(news, "{day} {hour:02}:{minute:02},{headline}");
                balance += if good { 1.0 } else { -1.0 };
                count += 1.0;
            }
        }
        day = day.saturating_add(1.day());
    }
    (news, prices)
}
