//! Translation from end to end: a made-up language with a known grammar, and what is shared read in place.

use std::ops::ControlFlow;

use gatecast::ErrorKind;
use gatecast::text::{FittedTranslator, ParallelText, Translator, TranslatorEvent, TranslatorSpec};

/// Sentences of two nouns with an adjective each and a verb. The other language puts the verb last and the
/// adjective behind its noun.
fn made_up(rows: usize, seed: u64) -> ParallelText {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let adjectives = [
        ("red", "gor"),
        ("old", "tal"),
        ("small", "mim"),
        ("loud", "bru"),
    ];
    let nouns = [
        ("dog", "hato"),
        ("child", "kiro"),
        ("horse", "velo"),
        ("bird", "tino"),
        ("man", "rako"),
    ];
    let verbs = [("sees", "vidas"), ("calls", "kalas"), ("follows", "sekas")];
    let mut text = String::new();
    for _ in 0..rows {
        let (a, b) = (adjectives[next(4)], adjectives[next(4)]);
        let (n, m, v) = (nouns[next(5)], nouns[next(5)], verbs[next(3)]);
        text += &format!(
            "the {} {} {} the {} {}.\t{} {} {} {} {}!\n",
            a.0, n.0, v.0, b.0, m.0, n.1, a.1, m.1, b.1, v.1
        );
    }
    ParallelText::parse_pairs("made up", text.as_bytes()).unwrap()
}

fn small() -> TranslatorSpec {
    TranslatorSpec {
        pieces: 60,
        embedding: 24,
        hidden: 24,
        dropout: 0.0,
        epochs: 12,
        batch: 16,
        learning_rate: 0.01,
        ..TranslatorSpec::default()
    }
}

fn fit(spec: TranslatorSpec, train: &ParallelText, validation: &ParallelText) -> FittedTranslator {
    Translator::new(spec)
        .unwrap()
        .fit(train, Some(validation))
        .unwrap()
}

#[test]
fn a_grammar_is_learnt_that_the_nearest_sentence_does_not_have() {
    let (train, validation) = (made_up(500, 1), made_up(60, 2));
    let fitted = fit(small(), &train, &validation);
    let found = fitted.evaluate(Some(&train), &validation, 3).unwrap();
    assert!(found.scores.bleu.score > 90.0, "{found:?}");
    let nearest = found.nearest.as_ref().unwrap();
    assert!(nearest.bleu.score < 70.0, "{}", nearest.bleu.score);
    assert!(found.copy.bleu.score < 5.0, "{}", found.copy.bleu.score);
    assert!(
        found.text().contains("most similar training sentence has"),
        "{}",
        found.text()
    );
    let training = fitted.training();
    assert_eq!((training.pairs, training.validation), (500, 60));
    let best = training
        .epochs
        .iter()
        .map(|epoch| epoch.score.unwrap())
        .fold(0.0, f64::max);
    assert_eq!(training.epochs[training.kept_epoch - 1].score, Some(best));
    // The weights that were kept are those that the record says.
    let kept = training.averaged.map_or(best, |mean| mean.max(best));
    assert_eq!(found.greedy.by(training.measure), kept);

    let attention = fitted
        .attention("the old horse sees the small bird.", 3)
        .unwrap();
    assert_eq!(attention.translation, "velo tal tino mim vidas!");
    let rows = attention.weights.chunks_exact(attention.source.len());
    assert_eq!(rows.len(), attention.target.len() + 1);
    for row in rows {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{row:?}");
    }
}

#[test]
fn a_model_is_the_same_at_any_number_of_threads_and_comes_back_from_its_file() {
    let (train, validation) = (made_up(150, 3), made_up(30, 4));
    let with = |threads| {
        let spec = TranslatorSpec {
            threads: Some(threads),
            dropout: 0.2,
            word_dropout: 0.1,
            epochs: 3,
            batch: 64,
            ..small()
        };
        fit(spec, &train, &validation)
    };
    let (one, two) = (with(1), with(2));
    let bytes = one.to_bytes().unwrap();
    assert!(bytes == two.to_bytes().unwrap(), "one thread and two");
    assert!(bytes == with(2).to_bytes().unwrap(), "twice");
    let back = FittedTranslator::parse("memory", bytes.clone()).unwrap();
    assert!(back.to_bytes().unwrap() == bytes);
    for beam in [1, 4] {
        let told = one.translate(&validation.sources, beam).unwrap();
        assert_eq!(back.translate(&validation.sources, beam).unwrap(), told);
        assert_eq!(two.translate(&validation.sources, beam).unwrap(), told);
    }
    for cut in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        let error = FittedTranslator::parse("cut", bytes[..cut].to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
    }
    let error = gatecast::FittedForecaster::parse("m", bytes)
        .unwrap_err()
        .to_string();
    assert!(error.contains("it translates sentences"), "{error}");
}

#[test]
fn lines_stay_lines_whatever_is_on_them() {
    let spec = TranslatorSpec {
        epochs: 1,
        longest: 20,
        ..small()
    };
    let fitted = fit(spec, &made_up(60, 5), &made_up(20, 6));
    let long = "the old dog ".repeat(34_000);
    let texts = [
        long.as_str(),
        "",
        " \t ",
        "unheard of",
        "\u{0}",
        "🎉",
        "▁▁",
        "the",
    ];
    let told = fitted.translate(&texts, 2).unwrap();
    assert_eq!(told.len(), texts.len());
    assert!(told[1].is_empty() && told[2].is_empty(), "{told:?}");
    assert!(told.iter().all(|text| !text.contains('\n')));
    let error = fitted.translate(&texts, 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Setting);
    assert_eq!(
        fitted.translate(&Vec::<String>::new(), 2).unwrap(),
        Vec::<String>::new()
    );
}

#[test]
fn training_that_is_interrupted_keeps_the_best_weights() {
    let (train, validation) = (made_up(100, 7), made_up(30, 8));
    let mut epochs = Vec::new();
    let fitted = Translator::new(small())
        .unwrap()
        .fit_with(&train, Some(&validation), &mut |event| match event {
            TranslatorEvent::Epoch(epoch) => {
                epochs.push(*epoch);
                match epoch.epoch {
                    4 => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            }
            _ => ControlFlow::Continue(()),
        })
        .unwrap();
    assert_eq!(epochs.len(), 4);
    assert_eq!(fitted.training().epochs, epochs);
    let kept = fitted.training().kept_epoch;
    assert!((1..=4).contains(&kept), "{kept}");
}

#[test]
fn without_validation_there_is_no_score() {
    let fitted = Translator::new(TranslatorSpec {
        epochs: 2,
        ..small()
    })
    .unwrap()
    .fit(&made_up(50, 9), None)
    .unwrap();
    assert!(
        fitted
            .training()
            .epochs
            .iter()
            .all(|epoch| epoch.score.is_none())
    );
    assert_eq!(fitted.training().kept_epoch, 2);
    assert_eq!(fitted.training().averaged, None);
}

#[test]
fn pairs_that_are_too_long_or_repeated_are_counted() {
    let mut train = made_up(60, 10);
    let long = "the dog ".repeat(40);
    for (source, target) in [
        (long.as_str(), "hato"),
        ("the man.", "rako!"),
        ("The  man.", "kiro!"),
    ] {
        train.sources.push(source.into());
        train.targets.push(target.into());
        train.lines.push(train.lines.len() as u64 + 1);
    }
    let spec = TranslatorSpec {
        epochs: 1,
        longest: 40,
        ..small()
    };
    let training = fit(spec.clone(), &train, &made_up(20, 11))
        .training()
        .clone();
    assert_eq!((training.pairs, training.too_long), (62, 1));
    assert_eq!((training.odd.count, training.odd.first_line), (1, 61));
    assert!(training.repeated.conflicts >= 1, "{:?}", training.repeated);
    let none = ParallelText::parse_pairs("p", format!("{long}\t{long}\n").as_bytes()).unwrap();
    let error = Translator::new(spec).unwrap().fit(&none, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooFewRows);
}
