//! The reports of models of sentences: classifiers and translators. What this file is not: it tells and translates nothing.

use sha2::{Digest, Sha256};

use super::{
    Block, Column, Document, NONE, Origin, Subject, Table, Text, Tone, again, charts, data, digits,
    name_of, text, words,
};
use crate::report::{ClassifierTrained, TranslatorTrained};
use crate::series::hexadecimal;
use crate::text::{
    ClassScores, ClassifierSpec, Corpus, Evaluation, FittedClassifier, FittedTranslator,
    ParallelText, Repeated, TranslationEvaluation, TranslationScores, TranslatorSpec,
};

/// Labels beyond which no confusion is shown: nobody could read it.
const MOST_CLASSES: usize = 30;
/// Fewer rows than this tell little.
const FEW_ROWS: usize = 100;

impl Document {
    /// Of a classifier, or of its cross-validation, which keeps no model: `fitted` is the model, `corpus` what it learnt
    /// from where that is at hand, `test` its scores.
    pub fn of_classifier(
        fitted: Option<&FittedClassifier>,
        corpus: Option<&Corpus>,
        test: Option<&Evaluation>,
        spec: &ClassifierSpec,
        origin: &Origin,
    ) -> Self {
        let named = match (fitted, corpus) {
            (Some(fitted), _) => fitted.classes(),
            (None, corpus) => corpus.map_or(&[][..], |corpus| &corpus.classes),
        };
        let classes = named.join(", ");
        let title = text(
            format!("Classes of sentences: {classes}"),
            format!("句子分類：{classes}"),
        );
        let purpose = text(
            format!("Tells which of these classes a sentence is of: {classes}."),
            format!("判斷句子屬於哪一類：{classes}。"),
        );
        let trained = ClassifierTrained::of(named, fitted, test);
        let results = serde_json::to_value(&trained).unwrap_or_default();
        let mut report = Self::new(Subject::Classifier, (title, purpose), origin, results);
        let mut verdict = match test {
            Some(test) => {
                let (tone, headline, text) = words::classes(test);
                vec![Block::Verdict {
                    tone,
                    headline,
                    text,
                }]
            }
            None => vec![not_tested()],
        };
        verdict.extend(fitted.map(left_out));
        report.section("verdict", text("Verdict", "結論"), verdict);
        if let Some(test) = test {
            let mut blocks = vec![Block::Table(scores(test))];
            blocks.extend(confusion(test));
            blocks.push(charts::of_calibration(&test.scores, &test.bag));
            blocks.extend(duplicates(
                test.duplicates.exact.len(),
                test.duplicates.masked.len(),
            ));
            report.section("test", text("Test", "測試"), blocks);
        }
        let mut limits = Vec::new();
        if let Some(test) = test {
            if test.test.p_value >= 0.05 || test.test.first <= test.test.second {
                limits.push(text(
                    "Where a bag of words will do: this was not shown to be better, and the bag is simpler.",
                    "詞袋已足夠時：並未證明較優，而詞袋更簡單。",
                ));
            }
            if test.scores.rows < FEW_ROWS {
                let rows = test.scores.rows;
                limits.push(text(
                    format!("Where certainty is needed: {rows} test rows are little to judge by."),
                    format!("需要確定性時：{rows} 個測試列難以據此評斷。"),
                ));
            }
            if test.scores.calibration_error > 0.1 {
                let off = test.scores.calibration_error;
                limits.push(text(
                    format!("To act on the probabilities: on average they are {off:.2} off."),
                    format!("依機率行事時：平均偏差達 {off:.2}。"),
                ));
            }
        } else {
            limits.push(text(
                "Before it has been tested on rows of another time or place: its scores are of folds of the training rows.",
                "尚未以其他時間或來源的資料測試之前：目前的分數僅來自訓練資料的各折。",
            ));
        }
        limits.push(text(
            "On sentences of another kind or language than those it learnt from; words that it has not seen say nothing to it.",
            "用於與訓練資料不同種類或語言的句子時；它不認得未見過的詞。",
        ));
        limits.push(text(
            format!("For anything but these labels: every sentence gets one of {classes}."),
            format!("用於這些標籤以外的用途時：每個句子都會得到 {classes} 之一。"),
        ));
        report.limits(limits);
        let sha256 = corpus.map(|corpus| {
            let labels = corpus
                .labels
                .iter()
                .map(|label| corpus.classes[*label as usize].as_str());
            sha256(corpus.texts.iter().map(String::as_str).zip(labels))
        });
        report.section(
            "data",
            text("Data", "資料"),
            of_corpus(fitted, corpus, sha256.as_deref()),
        );
        report.section(
            "settings",
            text("Settings", "設定"),
            again::spec_of(spec, &ClassifierSpec::default()),
        );
        let mut again = again::command(origin);
        again.push(again::versions(&spec.seed.to_string(), sha256.as_deref()));
        report.section("again", text("How to make it again", "如何重現"), again);
        report
    }

    /// Of a translator: `train` is what it learnt from where that is at hand, `validation` its scores on the rows that its
    /// weights were chosen by, which were `held_out` of the training rows or were others.
    pub fn of_translator(
        fitted: &FittedTranslator,
        train: Option<&ParallelText>,
        validation: Option<&TranslationEvaluation>,
        held_out: bool,
        origin: &Origin,
    ) -> Self {
        let (spec, training) = (fitted.spec(), fitted.training());
        let title = match train {
            Some(train) => {
                let name = names_of(train);
                text(
                    format!("Translator learnt from {name}"),
                    format!("由 {name} 學得的翻譯器"),
                )
            }
            None => text("Translator", "翻譯器"),
        };
        let cell = spec.cell.name().to_uppercase();
        let purpose = text(
            format!(
                "Translates sentences of one language into another, by an encoder and a decoder of {cell} cells with attention."
            ),
            format!("以帶注意力的 {cell} 編碼器與解碼器，將一種語言的句子譯為另一種語言。"),
        );
        let trained = TranslatorTrained::of(fitted, held_out, validation);
        let results = serde_json::to_value(&trained).unwrap_or_default();
        let mut report = Self::new(Subject::Translator, (title, purpose), origin, results);
        let verdict = match validation {
            Some(found) => {
                let (tone, headline, text) = words::translations(found);
                Block::Verdict {
                    tone,
                    headline,
                    text,
                }
            }
            None => not_tested(),
        };
        report.section("verdict", text("Verdict", "結論"), vec![verdict]);
        if let Some(found) = validation {
            let mut blocks = vec![Block::Table(translation_scores(found))];
            blocks.extend(duplicates(
                found.duplicates.exact.len(),
                found.duplicates.masked.len(),
            ));
            blocks.push(Block::Paragraph {
                text: Text::plain(&found.scores.bleu.signature),
            });
            let heading = match held_out {
                true => text("Rows held out", "保留的資料列"),
                false => text("Validation rows", "驗證資料列"),
            };
            report.section("test", heading, blocks);
        }
        let mut limits = vec![
            text(
                "On sentences of another kind than those it learnt from: what it has not seen it cannot say.",
                "用於與訓練資料不同種類的句子時：沒見過的，它說不出來。",
            ),
            text(
                "Where an error does harm: it drops and invents words without a sign.",
                "錯誤會造成傷害時：它會不著痕跡地漏字或憑空生字。",
            ),
        ];
        let longest = spec.longest;
        limits.push(text(
            format!("On sentences of more than {longest} pieces, which are translated in parts."),
            format!("句子超過 {longest} 個片段時：會分段翻譯。"),
        ));
        if validation.is_some() {
            limits.push(text(
                "To quote its score: the weights were chosen by these rows; translate score on others tells more.",
                "引用其分數時：權重正是依這些列挑選的；以 translate score 測試其他資料更為可信。",
            ));
        }
        report.limits(limits);
        let mut blocks = charts::of_translator(training);
        let (epochs, kept) = (training.epochs.len(), training.kept_epoch);
        blocks.push(Block::Facts {
            items: vec![
                (
                    text("parameters", "參數"),
                    Text::plain(trained.parameters.to_string()),
                ),
                (
                    text("epochs", "週期"),
                    text(
                        format!("{epochs}, the best is {kept}"),
                        format!("{epochs}，最佳為第 {kept} 週期"),
                    ),
                ),
                (
                    text("score of the averaged weights", "平均權重的分數"),
                    digits(training.averaged, 2),
                ),
            ],
        });
        report.section("training", text("Training", "訓練"), blocks);
        let sha256 = train.map(|train| {
            let targets = train.targets.iter().map(String::as_str);
            sha256(train.sources.iter().map(String::as_str).zip(targets))
        });
        report.section(
            "data",
            text("Data", "資料"),
            of_pairs(fitted, train, sha256.as_deref()),
        );
        report.section(
            "settings",
            text("Settings", "設定"),
            again::spec_of(spec, &TranslatorSpec::default()),
        );
        let mut again = again::command(origin);
        again.push(again::versions(&spec.seed.to_string(), sha256.as_deref()));
        report.section("again", text("How to make it again", "如何重現"), again);
        report
    }
}

fn not_tested() -> Block {
    Block::Verdict {
        tone: Tone::Open,
        headline: text("Not tested", "未經測試"),
        text: text(
            "There are no scores on rows that it has not learnt from.",
            "沒有在未學習過的資料上的分數。",
        ),
    }
}

/// How well it went on rows that folds had left out.
fn left_out(fitted: &FittedClassifier) -> Block {
    let training = fitted.training();
    let percent = |share: f64| Text::plain(format!("{:.1} %", 100.0 * share));
    Block::Facts {
        items: vec![
            (
                text(
                    "right on training rows left out of folds",
                    "訓練資料各折外的答對比例",
                ),
                percent(training.accuracy),
            ),
            (
                text("bag of words on the same rows", "詞袋在相同資料上"),
                percent(training.bag_accuracy),
            ),
            (
                text(
                    "weight of the networks beside the bag",
                    "網路相對於詞袋的權重",
                ),
                digits(Some(fitted.weight()), 2),
            ),
        ],
    }
}

fn scores(test: &Evaluation) -> Table {
    let heads = vec![
        text("told by", "方法"),
        text("right %", "答對 %"),
        text("macro F1", "macro F1"),
        text("log loss", "對數損失"),
        text("calibration error", "校準誤差"),
    ];
    let rows = test.scores.rows;
    let caption = text(
        format!("Scores on {rows} rows"),
        format!("{rows} 列上的分數"),
    );
    let mut table = Table::of_numbers(caption, heads);
    let mut row = |name: Text, scores: &ClassScores| {
        table.rows.push(vec![
            name,
            digits(Some(100.0 * scores.accuracy), 1),
            digits(Some(scores.macro_f1), 3),
            digits(Some(scores.log_loss), 4),
            digits(Some(scores.calibration_error), 3),
        ]);
    };
    row(text("this classifier", "本分類器"), &test.scores);
    row(text("bag of words", "詞袋"), &test.bag);
    row(text("most frequent class", "最常見類別"), &test.majority);
    if let Some((own, bag)) = &test.without {
        row(
            text(
                "this classifier, without duplicates",
                "本分類器（不含重複）",
            ),
            own,
        );
        row(
            text("bag of words, without duplicates", "詞袋（不含重複）"),
            bag,
        );
    }
    table.marked = vec![0];
    table
}

/// Which classes are taken for which.
fn confusion(test: &Evaluation) -> Option<Block> {
    if test.classes.len() > MOST_CLASSES {
        return None;
    }
    let mut heads = vec![text("is", "實際")];
    heads.extend(
        test.classes
            .iter()
            .map(|class| text(format!("told {class}"), format!("判為 {class}"))),
    );
    heads.push(text("right %", "答對 %"));
    let caption = text("Which classes are taken for which", "各類別被判為何者");
    let mut table = Table::of_numbers(caption, heads);
    for (at, (class, told)) in test.classes.iter().zip(&test.scores.confusion).enumerate() {
        let all: usize = told.iter().sum();
        let mut row = vec![Text::plain(class)];
        row.extend(told.iter().map(|count| Text::plain(count.to_string())));
        row.push(match all {
            0 => Text::plain(NONE),
            all => digits(Some(100.0 * told[at] as f64 / all as f64), 1),
        });
        table.rows.push(row);
    }
    Some(Block::Table(table))
}

fn duplicates(exact: usize, masked: usize) -> Option<Block> {
    (exact + masked > 0).then(|| Block::Paragraph {
        text: text(
            format!("{exact} test rows stand in training word for word, {masked} more but for their numbers."),
            format!("{exact} 個測試列與訓練資料完全相同，另有 {masked} 個僅數字不同。"),
        ),
    })
}

fn translation_scores(found: &TranslationEvaluation) -> Table {
    let heads = vec![
        text("translated by", "方法"),
        Text::plain("BLEU"),
        text("BLEU, plain words", "BLEU（以空白斷詞）"),
        Text::plain("chrF"),
    ];
    let rows = found.rows;
    let caption = text(
        format!("Scores on {rows} pairs"),
        format!("{rows} 對句子上的分數"),
    );
    let mut table = Table::of_numbers(caption, heads);
    let mut row = |name: Text, scores: &TranslationScores| {
        table.rows.push(vec![
            name,
            digits(Some(scores.bleu.score), 2),
            digits(Some(scores.bleu_plain.score), 2),
            digits(Some(scores.chrf), 2),
        ]);
    };
    let beam = found.beam;
    if beam > 1 {
        row(
            text(
                format!("this translator, beam {beam}"),
                format!("本翻譯器，束寬 {beam}"),
            ),
            &found.scores,
        );
    }
    row(
        text("this translator, greedy", "本翻譯器，貪婪搜尋"),
        &found.greedy,
    );
    if let Some(without) = &found.without {
        row(
            text(
                "this translator, without duplicates",
                "本翻譯器（不含重複）",
            ),
            without,
        );
    }
    if let Some(nearest) = &found.nearest {
        row(
            text(
                "translation of the most similar sentence",
                "最相似訓練句的譯文",
            ),
            nearest,
        );
    }
    row(text("the source as it is", "原文照抄"), &found.copy);
    table.marked = vec![0];
    table
}

fn of_corpus(
    fitted: Option<&FittedClassifier>,
    corpus: Option<&Corpus>,
    sha256: Option<&str>,
) -> Vec<Block> {
    let mut items = Vec::new();
    if let Some(corpus) = corpus {
        items.push((text("file", "檔案"), Text::plain(name_of(&corpus.name))));
    }
    let mut blocks = Vec::new();
    if let Some(fitted) = fitted {
        let training = fitted.training();
        let rows: usize = training.counts.iter().sum();
        items.push((text("rows", "列數"), Text::plain(rows.to_string())));
        items.extend(repeated(training.repeated, rows));
        let (cut, longest) = (training.cut, fitted.spec().longest);
        if cut > 0 {
            items.push((
                text(
                    format!(
                        "rows of more than {longest} words, of which the networks read no more"
                    ),
                    format!("超過 {longest} 個詞、網路只讀前段的列"),
                ),
                Text::plain(cut.to_string()),
            ));
        }
        let column = |head: Text, number: bool| Column { head, number };
        blocks.push(Block::Table(Table {
            caption: text("Rows of each class", "各類別的列數"),
            columns: vec![
                column(text("class", "類別"), false),
                column(text("rows", "列數"), true),
            ],
            rows: fitted
                .classes()
                .iter()
                .zip(&training.counts)
                .map(|(class, count)| vec![Text::plain(class), Text::plain(count.to_string())])
                .collect(),
            marked: Vec::new(),
            long: false,
            note: None,
        }));
    } else if let Some(corpus) = corpus {
        items.push((
            text("rows", "列數"),
            Text::plain(corpus.texts.len().to_string()),
        ));
    }
    items.extend(sha256.map(hash));
    blocks.insert(0, Block::Facts { items });
    blocks.extend(corpus.map_or_else(Vec::new, |corpus| data::of_notes(&corpus.notes)));
    blocks
}

fn of_pairs(
    fitted: &FittedTranslator,
    train: Option<&ParallelText>,
    sha256: Option<&str>,
) -> Vec<Block> {
    let training = fitted.training();
    let mut items = Vec::new();
    if let Some(train) = train {
        items.push((text("files", "檔案"), Text::plain(names_of(train))));
    }
    items.push((
        text("pairs learnt from", "訓練句對"),
        Text::plain(training.pairs.to_string()),
    ));
    items.push((
        text("pairs to choose the weights by", "選擇權重用的句對"),
        Text::plain(training.validation.to_string()),
    ));
    items.extend(repeated(training.repeated, training.pairs));
    for (name, count) in [
        (
            text(
                "pairs that are too long to be learnt from",
                "太長而未學習的句對",
            ),
            training.too_long,
        ),
        (
            text("pairs of very unequal length", "長度懸殊的句對"),
            training.odd.count,
        ),
    ] {
        if count > 0 {
            items.push((name, Text::plain(count.to_string())));
        }
    }
    items.extend(sha256.map(hash));
    let mut blocks = vec![Block::Facts { items }];
    blocks.extend(train.map_or_else(Vec::new, |train| data::of_notes(&train.notes)));
    blocks
}

/// Of two files both names.
fn names_of(train: &ParallelText) -> String {
    let names: Vec<String> = train.name.split(" and ").map(name_of).collect();
    names.join(" and ")
}

fn repeated(repeated: Repeated, rows: usize) -> Option<(Text, Text)> {
    let Repeated {
        exact,
        masked,
        conflicts,
    } = repeated;
    (masked > 0).then(|| {
        (
            text("sentences that stand more than once", "重複的句子"),
            text(
                format!("{masked} of {rows} but for their numbers, {exact} word for word, {conflicts} with another label or translation"),
                format!("{rows} 句中有 {masked} 句僅數字不同，{exact} 句完全相同，{conflicts} 句的標籤或譯文不同"),
            ),
        )
    })
}

fn hash(sha256: &str) -> (Text, Text) {
    (
        text("SHA-256 of the rows learnt from", "所學資料列的 SHA-256"),
        Text::plain(sha256),
    )
}

/// Of pairs of texts, each with its length before it, so that no two sets of pairs are written alike.
fn sha256<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = Sha256::new();
    for (first, second) in pairs {
        for text in [first, second] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
    }
    hexadecimal(hash)
}
