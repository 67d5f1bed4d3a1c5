"""Classes of sentences, and translations."""

from __future__ import annotations

import pickle

import pytest

from gatecast import Classifier, DataError, FittedClassifier, FittedTranslator, SettingError, Translator

TEXTS = ["a good film", "what a bad film", "good", "so bad"] * 12
LABELS = ["good", "bad"] * 24
NUMBERS = {"eins": "one", "zwei": "two", "drei": "three"}
SOURCES = [f"{a} {b}" for a in NUMBERS for b in NUMBERS] * 10
TARGETS = [" ".join(NUMBERS[word] for word in source.split()) for source in SOURCES]


def test_classes_are_told(tmp_path):
    fitted = Classifier(epochs=2, hidden=[8], seed=1).fit(TEXTS, LABELS)
    assert fitted.classes == ["bad", "good"]
    assert fitted.predict(["good good", "bad"]) == ["good", "bad"]
    said = fitted.predict_proba(["good good"])[0]
    assert sum(said) == pytest.approx(1.0) and said[1] > 0.5
    scores = fitted.evaluate(["good", "very bad"], ["good", "bad"], train=(TEXTS, LABELS))
    assert scores["scores"]["accuracy"] == 1.0 and scores["duplicates"]["exact"] == [0]
    assert fitted.facts["spec"]["hidden"] == [8]
    fitted.save(tmp_path / "model")
    for other in (pickle.loads(pickle.dumps(fitted)), FittedClassifier.load(tmp_path / "model")):
        assert other.predict_proba(TEXTS) == fitted.predict_proba(TEXTS)


def test_labels_keep_their_type():
    fitted = Classifier(epochs=1, hidden=[4]).fit(TEXTS, [1, 0] * 24)
    assert fitted.classes == [0, 1]
    assert pickle.loads(pickle.dumps(fitted)).predict(["good good"]) == [1]
    with pytest.raises(DataError, match="labels, row 2"):
        Classifier().fit(TEXTS[:2], ["a", None])


def test_sentences_are_translated(tmp_path):
    settings = {"pieces": 50, "embedding": 16, "hidden": 16, "dropout": 0.0, "batch": 8, "learning_rate": 0.01}
    fitted = Translator(epochs=40, **settings).fit(SOURCES, TARGETS)
    assert fitted.translate(["zwei drei", "eins"], beam=2)[0] == "two three"
    found = fitted.attention("zwei drei")
    assert len(found["weights"]) == len(found["target"]) + 1
    assert all(sum(row) == pytest.approx(1.0, abs=1e-4) for row in found["weights"])
    assert fitted.evaluate(SOURCES[:9], TARGETS[:9])["scores"]["chrf"] > 90
    fitted.save(tmp_path / "model")
    for other in (pickle.loads(pickle.dumps(fitted)), FittedTranslator.load(tmp_path / "model")):
        assert other.translate(SOURCES[:9]) == fitted.translate(SOURCES[:9])


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: Classifier().fit(["a"], ["x", "y"]), DataError, "1 texts and 2 labels"),
        (lambda: Classifier().fit([], []), DataError, "no texts"),
        (lambda: Classifier().fit("one text", ["x"]), DataError, "list"),
        (lambda: Classifier().fit(["a", None], ["x", "y"]), DataError, "row 2: found None"),
        (lambda: Classifier().fit(["a", "b"], ["x", "x"]), DataError, "x"),
        (lambda: Classifier(hiden=[3]).fit(TEXTS, LABELS), SettingError, 'did you mean "hidden"'),
        (lambda: Classifier(hidden=3).fit(TEXTS, LABELS), SettingError, "`hidden` is 3"),
        (lambda: Classifier(threads=-5).fit(TEXTS, LABELS), SettingError, "threads"),
        (lambda: Classifier(dropout=2.0).fit(TEXTS, LABELS), SettingError, "`dropout` is 2"),
        (lambda: Translator(cell="rnn2").fit(SOURCES, TARGETS), SettingError, "cell"),
        (lambda: Translator().fit(SOURCES, TARGETS[:3]), DataError, "90 sources and 3 targets"),
    ],
)
def test_mistakes_are_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
