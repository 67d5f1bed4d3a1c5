//! What is wrong with a file, as plain text. What this file is not: it finds nothing.

use super::number;
use crate::error::Place;
use crate::series::{ColumnHealth, Finding, Health};

/// What was read, then every finding with its lines and its remedy.
pub fn of_health(health: &Health) -> String {
    let mut text = format!(
        "{}\nsource    {}, {}\n",
        health.file,
        health.source.name(),
        health.encoding
    );
    if let (Some(first), Some(last)) = (health.first, health.last) {
        text += &match health.dates {
            "none" => {
                format!("rows      numbered {first} to {last}; there is no column of times\n")
            }
            dates => format!("dates     {first} to {last}, read as {dates}\n"),
        };
    }
    text += &format!(
        "rows      {}, {} of them sound\n",
        health.rows, health.sound
    );
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let days = days.iter().zip(health.weekdays).filter(|(_, n)| *n > 0);
    let days: Vec<String> = days.map(|(day, count)| format!("{day} {count}")).collect();
    text += &match days.is_empty() {
        true => format!("rhythm    {}\n", health.rhythm),
        false => format!("rhythm    {} ({})\n", health.rhythm, days.join(", ")),
    };
    text += &columns(health);
    for remark in health.notes.iter().chain(&health.remarks) {
        let file = format!("{}: ", health.file);
        text += &format!("remark    {}\n", remark.replacen(&file, "", 1));
    }
    if health.findings.is_empty() {
        return text + "\nNo problems found.";
    }
    for finding in &health.findings {
        text += &format!("\n{}", entry(finding));
    }
    text.trim_end().into()
}

fn columns(health: &Health) -> String {
    let name = |column: &ColumnHealth| match column.unit {
        Some(unit) => format!("{} ({unit})", column.name),
        None => column.name.clone(),
    };
    let width = health.columns.iter().map(|c| name(c).chars().count());
    let width = width.max().unwrap_or(0).max(6);
    let mut text = String::new();
    for (index, column) in health.columns.iter().enumerate() {
        let lead = if index == 0 { "columns" } else { "" };
        let value = |value: Option<f64>| match value {
            None => "–".into(),
            // Shares are whole.
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole}"),
            Some(value) => number(value),
        };
        text += &format!(
            "{lead:10}{:width$}  {} to {}",
            name(column),
            value(column.lowest),
            value(column.highest)
        );
        for (count, what) in [
            (column.missing, "missing"),
            (column.unreadable, "unreadable"),
        ] {
            if count > 0 {
                text += &format!(", {count} {what}");
            }
        }
        text.push('\n');
    }
    text
}

fn entry(finding: &Finding) -> String {
    let mut text = format!("{}: {}\n", finding.title, finding.count);
    for spot in &finding.spots {
        text += &format!("  {}: {}\n", at(spot.place, spot.date), spot.what);
    }
    if finding.count > finding.spots.len() {
        text += &format!("  and {} more\n", finding.count - finding.spots.len());
    }
    text + &format!("  remedy: {}\n", finding.remedy)
}

/// A place in a file, with the date that stands there.
pub fn at(place: Place, date: Option<impl std::fmt::Display>) -> String {
    match date {
        Some(date) => format!("{place} ({date})"),
        None => place.to_string(),
    }
}
