//! Classes of sentences from end to end: what is made up has a known answer, and what is shared is read in place.

use std::path::{Path, PathBuf};

use gatecast::ErrorKind;
use gatecast::text::{
    Classifier, ClassifierSpec, Corpus, CorpusOptions, Evaluation, FittedClassifier, cross_validate,
};

/// Sentences that a bag of words and pairs cannot tell: which of two firms comes first says the class, both are in
/// every sentence, and any word may stand beside either.
fn made_up(rows: usize, seed: u64) -> Corpus {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let fill = [
        "in", "the", "third", "quarter", "as", "told", "by", "sources",
    ];
    let mut text = String::new();
    for _ in 0..rows {
        let up = next(2) == 1;
        let (first, second) = if up {
            ("alpha", "omega")
        } else {
            ("omega", "alpha")
        };
        let mut words = vec![fill[next(8)], first];
        (0..1 + next(4)).for_each(|_| words.push(fill[next(8)]));
        words.push("beats");
        (0..1 + next(4)).for_each(|_| words.push(fill[next(8)]));
        words.extend([second, fill[next(8)]]);
        text += &format!("{}\t{}\n", words.join(" "), if up { "up" } else { "down" });
    }
    Corpus::parse("made up", text.as_bytes(), &CorpusOptions::default()).unwrap()
}

fn small() -> ClassifierSpec {
    ClassifierSpec {
        embedding: 16,
        hidden: vec![16],
        dropout: 0.0,
        word_dropout: 0.0,
        learning_rate: 0.01,
        ..ClassifierSpec::default()
    }
}

fn fit(spec: &ClassifierSpec, corpus: &Corpus) -> FittedClassifier {
    Classifier::new(spec.clone()).unwrap().fit(corpus).unwrap()
}

#[test]
fn networks_tell_what_a_bag_of_words_cannot() {
    let (train, test) = (made_up(600, 1), made_up(300, 2));
    let fitted = fit(&small(), &train);
    let found = fitted.evaluate(&train, &test).unwrap();
    assert!(found.scores.accuracy > 0.95, "{}", found.scores.accuracy);
    assert!(found.bag.accuracy < 0.8, "{}", found.bag.accuracy);
    assert!(found.test.p_value < 0.001);
    assert!(
        found.text().starts_with("Better than a bag of words"),
        "{}",
        found.text()
    );
    assert!(found.majority.accuracy < 0.6);
}

#[test]
fn where_there_is_nothing_to_tell_the_bag_stands_alone() {
    // Labels by the number of the row: nothing in a sentence says them.
    let mut corpus = made_up(400, 3);
    for (row, label) in corpus.labels.iter_mut().enumerate() {
        *label = (row * 7919 % 13 % 2) as u32;
    }
    let fitted = fit(
        &ClassifierSpec {
            epochs: 2,
            ..small()
        },
        &corpus,
    );
    assert_eq!(fitted.weight(), 0.0, "{:?}", fitted.training());
    assert!(fitted.network().is_none(), "what says nothing is not kept");
    assert!(fitted.training().accuracy < 0.6);
    let probabilities = fitted.probabilities(&["alpha beats omega"]);
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn a_model_is_the_same_at_any_number_of_threads_and_comes_back_from_its_file() {
    let corpus = made_up(200, 4);
    let with = |threads| {
        let spec = ClassifierSpec {
            threads: Some(threads),
            epochs: 2,
            ..small()
        };
        fit(&spec, &corpus)
    };
    let (one, two) = (with(1), with(2));
    let bytes = one.to_bytes().unwrap();
    assert!(bytes == two.to_bytes().unwrap(), "one thread and two");
    assert!(bytes == with(2).to_bytes().unwrap(), "twice");
    let back = FittedClassifier::parse("memory", bytes.clone()).unwrap();
    assert_eq!(
        back.probabilities(&corpus.texts),
        one.probabilities(&corpus.texts)
    );
    assert!(back.to_bytes().unwrap() == bytes);
    // Alone or among others, a sentence is told the same.
    let alone = back.probabilities(&corpus.texts[..1]);
    let among = back.probabilities(&corpus.texts);
    assert!(
        (alone[0] - among[0]).abs() < 1e-5,
        "{} {}",
        alone[0],
        among[0]
    );
    for cut in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        let error = FittedClassifier::parse("cut", bytes[..cut].to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
    }
    let error = gatecast::FittedForecaster::parse("m", bytes)
        .unwrap_err()
        .to_string();
    assert!(error.contains("it tells the class of sentences"), "{error}");
}

#[test]
fn very_long_and_empty_sentences_are_told_as_well() {
    let corpus = made_up(200, 5);
    let fitted = fit(
        &ClassifierSpec {
            epochs: 1,
            ..small()
        },
        &corpus,
    );
    let long = "alpha beats ".repeat(50_000);
    for text in [long.as_str(), "", "unheard of", "\u{0}", "🎉"] {
        let said = fitted.probabilities(&[text]);
        assert!((said.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{said:?}");
    }
}

#[test]
fn few_different_sentences_are_enough_for_a_bag() {
    let rows = "good film\tgood\nbad film\tbad\n".repeat(20);
    let corpus = Corpus::parse("f", rows.as_bytes(), &CorpusOptions::default()).unwrap();
    let fitted = fit(&small(), &corpus);
    let said = fitted.probabilities(&["a bad film"]);
    assert!(said[0] > said[1], "{said:?}");
    // The same sentence with both labels: nothing can be told, and nothing breaks.
    let rows = "a film\tgood\na film\tbad\n".repeat(20);
    let corpus = Corpus::parse("f", rows.as_bytes(), &CorpusOptions::default()).unwrap();
    let fitted = fit(&small(), &corpus);
    assert_eq!(fitted.training().repeated.conflicts, 20);
    assert!((fitted.probabilities(&["a film"])[0] - 0.5).abs() < 0.1);
}

#[test]
fn labels_that_cannot_be_learnt_say_why() {
    let parse =
        |text: &str| Corpus::parse("f", text.as_bytes(), &CorpusOptions::default()).unwrap();
    let fit = |corpus: &Corpus| Classifier::new(small()).unwrap().fit(corpus).unwrap_err();
    let one = parse("a b\tx\nc d\tx\n");
    assert!(fit(&one).to_string().contains("the label \"x\" alone"));
    let rare = parse("a b\tx\nc d\tx\ne f\ty\n");
    let error = fit(&rare);
    assert_eq!(error.kind(), ErrorKind::Label);
    assert_eq!(
        error.to_string(),
        "f, line 3: the label \"y\" stands on this row alone"
    );
    let error = rare.with_classes(&["x".into()]).unwrap_err().to_string();
    assert!(
        error.contains("line 3: the label \"y\" does not occur in training"),
        "{error}"
    );
}

#[test]
fn folds_score_every_row_once() {
    let corpus = made_up(120, 6);
    let spec = ClassifierSpec {
        folds: 0,
        ..small()
    };
    let (all, each) = cross_validate(&spec, &corpus, 5, &|_, _| {}).unwrap();
    assert_eq!(all.scores.rows, 120);
    assert_eq!(
        each.iter()
            .map(|fold: &Evaluation| fold.scores.rows)
            .sum::<usize>(),
        120
    );
    let right = |found: &Evaluation| found.scores.accuracy * found.scores.rows as f64;
    let sum: f64 = each.iter().map(right).sum();
    assert!((right(&all) - sum).abs() < 1e-9);
}

/// A file of the shared data, which lies beside the project; `None`, with a word, where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/text/sentiment");
    let path = path.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

#[test]
fn duplicates_of_public_sets_are_found() {
    let plain = CorpusOptions::default();
    let bag = ClassifierSpec {
        folds: 0,
        ..ClassifierSpec::default()
    };
    if let (Some(train), Some(dev)) = (
        shared("chnsenticorp_train.tsv"),
        shared("chnsenticorp_dev.tsv"),
    ) {
        let train = Corpus::read(train, &plain).unwrap();
        let dev = Corpus::read(dev, &plain).unwrap();
        let found = gatecast::text::Duplicates::between(&train.texts, &dev.texts);
        assert_eq!((found.exact.len(), found.masked.len()), (338, 2));
    }
    if let Some(path) = shared("financial_phrasebank_50agree.txt") {
        let corpus = Corpus::read(path, &plain).unwrap();
        assert_eq!(corpus.texts.len(), 4846);
        assert_eq!(corpus.classes, ["negative", "neutral", "positive"]);
        let repeated = fit(&bag, &corpus).training().repeated;
        assert_eq!((repeated.exact, repeated.masked), (8, 38));
    }
}
