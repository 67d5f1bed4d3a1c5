//! What a model was given: rows, range, columns, what reading left out, and what an inspection found. What this file is
//! not: it reads nothing.

use super::{Block, Origin, Text, name_of, text, words};
use crate::Result;
use crate::forecast::Training;
use crate::prepare::DataSpec;
use crate::report::at;
use crate::series::{Adjustment, Fill, Finding, Health, Series};

/// Notes and spots that are listed, at most.
const MOST: usize = 20;

/// Of what one model was trained on. `rows`: of the whole series, with its first and last date.
pub(super) fn of_training(
    training: &Training,
    data: &DataSpec,
    range: Option<(String, String)>,
    origin: &Origin,
) -> Vec<Block> {
    let split = training.split;
    let (learnt, watched, tested) = (
        split.validation,
        split.test - split.validation,
        split.rows - split.test,
    );
    let mut items = vec![
        (
            text("series", "序列"),
            match training.panel {
                // Of many series the training says how many there were.
                Some(_) => text(
                    &training.series,
                    training.series.replace(" series", " 條序列"),
                ),
                None => Text::plain(name_of(&training.series)),
            },
        ),
        (
            text("rows", "列數"),
            text(
                format!(
                    "{}: {learnt} to learn from, {watched} to validate, {tested} to test",
                    split.rows
                ),
                format!(
                    "{}：訓練 {learnt}、驗證 {watched}、測試 {tested}",
                    split.rows
                ),
            ),
        ),
        (
            text("windows", "視窗"),
            text(
                format!(
                    "{} to learn from, {} to validate, {} to test",
                    training.windows.train, training.windows.validation, training.windows.test
                ),
                format!(
                    "訓練 {}、驗證 {}、測試 {}",
                    training.windows.train, training.windows.validation, training.windows.test
                ),
            ),
        ),
    ];
    // A model file tells only of the rows that were learnt from.
    let (name, (first, last)) = match range {
        Some(range) => (text("range", "範圍"), range),
        None => (
            text("range learnt from", "訓練範圍"),
            (training.first.to_string(), training.last.to_string()),
        ),
    };
    items.push((
        name,
        text(format!("{first} to {last}"), format!("{first} 至 {last}")),
    ));
    if let Some(from) = training.test_from {
        let until = training.last;
        items.push((
            text("learnt until", "學習至"),
            text(
                format!("{until}; the test part begins on {from}"),
                format!("{until}；測試部分自 {from} 起"),
            ),
        ));
    }
    items.push((
        text("rhythm", "頻率"),
        words::rhythm(&training.rhythm.to_string()),
    ));
    items.push((text("target", "預測目標"), Text::plain(&data.target)));
    items.push((
        text("columns seen", "輸入欄位"),
        Text::plain(data.columns().join(", ")),
    ));
    if !training.joined.is_empty() {
        let joined = Text::plain(training.joined.join(", "));
        items.push((text("joined from another file", "自其他檔案併入"), joined));
    }
    if training.adjustment != Adjustment::None {
        let adjusted = training.adjustment.name();
        items.push((
            text("prices adjusted for", "價格調整"),
            Text::plain(adjusted),
        ));
    }
    if training.fill != Fill::None {
        let fill = training.fill.name();
        items.push((
            text("missing steps filled with", "缺漏補值"),
            Text::plain(fill),
        ));
    }
    if let Some(zone) = training.zone.as_ref().and_then(|zone| zone.iana_name()) {
        items.push((text("clock of", "時區"), Text::plain(zone)));
    }
    items.push((
        text(
            "SHA-256 of the rows and columns used",
            "所用列與欄的 SHA-256",
        ),
        Text::plain(&training.sha256),
    ));
    let mut blocks = vec![Block::Facts { items }];
    blocks.extend(of_notes(&training.notes));
    blocks.extend(of_health(origin.health.as_ref()));
    blocks
}

/// What was left out, sorted or taken for granted in reading.
pub(super) fn of_notes(notes: &[String]) -> Vec<Block> {
    if notes.is_empty() {
        let said = text(
            "Reading left out nothing and had nothing to note.",
            "讀取時沒有略過任何資料，也沒有需要說明之處。",
        );
        return vec![Block::Paragraph { text: said }];
    }
    let said = text(
        "What reading left out, sorted or took for granted:",
        "讀取時略過、排序或自行判斷之處（原文為英文）：",
    );
    let mut items: Vec<Text> = notes
        .iter()
        .take(MOST)
        .map(|note| without_folder(note))
        .collect();
    if notes.len() > MOST {
        let more = notes.len() - MOST;
        items.push(text(format!("and {more} more"), format!("另有 {more} 項")));
    }
    vec![Block::Paragraph { text: said }, Block::List { items }]
}

/// A note begins with the path of its file; a report tells only its name.
fn without_folder(note: &str) -> Text {
    Text::plain(match note.split_once(": ") {
        Some((path, rest)) if path.contains(['/', '\\']) => format!("{}: {rest}", name_of(path)),
        _ => note.to_string(),
    })
}

/// What an inspection found.
fn of_health(health: Option<&Health>) -> Vec<Block> {
    let Some(health) = health else {
        return Vec::new();
    };
    if health.findings.is_empty() {
        let said = text(
            "An inspection of the file found no problems.",
            "檢查檔案未發現問題。",
        );
        return vec![Block::Paragraph { text: said }];
    }
    let said = text("What an inspection of the file found:", "檢查檔案的發現：");
    let items = health.findings.iter().map(entry).collect();
    vec![Block::Paragraph { text: said }, Block::List { items }]
}

fn entry(finding: &Finding) -> Text {
    use crate::series::Kind;
    let chinese = match finding.kind {
        Kind::UnreadableDate => "無法辨讀的日期",
        Kind::UnreadableCell => "不是數字的儲存格",
        Kind::ConflictingRows => "同一日期而數值不同的列",
        Kind::NotPositive => "零或負的價格",
        Kind::OutOfRange => "超出最高與最低的價格",
        Kind::Jump => "疑似分割或單位錯誤的跳動",
        Kind::MixedAdjustment => "調整方式與其他部分不同的區段",
        Kind::ShiftedDates => "疑似差一天的日期",
        Kind::OffDay => "非交易日的列",
        Kind::GhostRow => "無成交量且只有一個價格的列",
        Kind::Stale => "連續相同的數值",
        Kind::MissingSessions => "異常長的缺口",
        Kind::NullRow => "沒有價格的列",
        Kind::MissingCell => "缺少數字的列",
        Kind::DuplicateRow => "重複的列",
        Kind::Unsorted => "未依序的列",
    };
    let (title, count) = (finding.title, finding.count);
    let (english_spot, chinese_spot) = match finding.spots.first() {
        Some(spot) => {
            let place = at(spot.place, spot.date);
            (
                format!(", such as {place}: {}", spot.what),
                format!("，例如 {place}"),
            )
        }
        None => Default::default(),
    };
    let handled = !matches!(
        finding.kind,
        Kind::NullRow | Kind::MissingCell | Kind::DuplicateRow | Kind::Unsorted
    );
    let (reading, reading_zh) = match handled {
        true => ("", ""),
        false => (" (reading takes care of it)", "（讀取時已處理）"),
    };
    text(
        format!("{title}: {count}{english_spot}{reading}"),
        format!("{chinese}：{count}{chinese_spot}{reading_zh}"),
    )
}

/// Of a series that no one model is kept of.
pub(super) fn of_series(series: &Series, data: &DataSpec, origin: &Origin) -> Result<Vec<Block>> {
    let (stamps, columns) = (series.stamps(), data.columns());
    let (first, last) = (stamps[0], stamps[stamps.len() - 1]);
    let items = vec![
        (text("series", "序列"), Text::plain(name_of(series.name()))),
        (text("rows", "列數"), Text::plain(series.rows().to_string())),
        (
            text("range", "範圍"),
            text(format!("{first} to {last}"), format!("{first} 至 {last}")),
        ),
        (
            text("rhythm", "頻率"),
            words::rhythm(&series.rhythm().to_string()),
        ),
        (text("target", "預測目標"), Text::plain(&data.target)),
        (
            text("columns seen", "輸入欄位"),
            Text::plain(columns.join(", ")),
        ),
        (
            text(
                "SHA-256 of the rows and columns used",
                "所用列與欄的 SHA-256",
            ),
            Text::plain(series.sha256(&columns)?),
        ),
    ];
    let mut blocks = vec![Block::Facts { items }];
    blocks.extend(of_notes(series.notes()));
    blocks.extend(of_health(origin.health.as_ref()));
    Ok(blocks)
}
