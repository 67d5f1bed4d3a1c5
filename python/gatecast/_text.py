"""Classes of sentences, and translations. What this file is not: the networks are the library's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from . import _gatecast
from ._errors import DataError
from ._progress import Progress
from ._settings import to_json


def _texts(texts: Iterable[Any], what: str) -> list[str]:
    """Sentences of a list, an array or a column."""
    if isinstance(texts, str):
        raise DataError(f"{what} is one text", kind="Malformed", help="put it into a list")
    all = list(texts)
    for row, text in enumerate(all, 1):
        if not isinstance(text, str):
            raise DataError(f"{what}, row {row}: found {text!r}, expected a text", kind="Malformed", row=row)
    return all


def _labels(labels: Iterable[Any]) -> list[str]:
    """Labels as texts; none may be missing."""
    names: list[str] = []
    for row, label in enumerate(labels, 1):
        if label is None or label != label or str(label) in ("nan", "<NA>", "NaT"):
            raise DataError(f"labels, row {row}: found {label!r}", kind="Label", row=row, help="leave such rows out")
        names.append(str(label))
    return names


def _together(one: list[str], other: list[str], what: str, other_what: str) -> None:
    if len(one) != len(other):
        reason = f"there are {len(one)} {what} and {len(other)} {other_what}"
        raise DataError(reason, kind="Malformed", help="give as many of one as of the other")
    if not one:
        raise DataError(f"there are no {what}", kind="NoRows")


_Model = TypeVar("_Model", _gatecast.Classes, _gatecast.Translations)


class _Fitted(Generic[_Model]):
    """What both kinds of models have in common."""

    _fitted: _Model

    @property
    def facts(self) -> dict[str, Any]:
        """Settings, and what it was trained on."""
        facts: dict[str, Any] = json.loads(self._fitted.facts())
        return facts

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file, which the command line reads too."""
        _gatecast.write_file(os.fspath(path), bytes(self._fitted.to_bytes()))


class Classifier:
    """Learns to tell the class of sentences: an ensemble of LSTMs beside a bag of words.

    Args:
        verbose: show progress; in terminals and notebooks if None.
        **settings: ``embedding``, ``hidden``, ``word_dropout``, ``dropout``, ``least_count``, ``longest``, ``folds``, ``epochs``,
            ``batch``, ``learning_rate``, ``balance``, ``seed``, ``threads``.

    >>> from gatecast import Classifier
    >>> texts = ["a good film", "what a bad film", "good", "so bad"] * 10
    >>> fitted = Classifier(epochs=2, hidden=[8]).fit(texts, ["good", "bad"] * 20)
    >>> fitted.predict(["a very good one", "bad, bad"])
    ['good', 'bad']
    """

    def __init__(self, *, verbose: bool | None = None, **settings: Any) -> None:
        self.verbose = verbose
        self.settings = settings

    def fit(self, texts: Iterable[str], labels: Iterable[Any]) -> FittedClassifier:
        """Learns from sentences and the label of each.

        Raises:
            DataError: there is one class alone, a label on a single row, or what is no text.
            SettingError: a setting is wrong.
        """
        given = list(labels)
        sentences, names = _texts(texts, "texts"), _labels(given)
        _together(sentences, names, "texts", "labels")
        with Progress(self.verbose) as progress:
            fitted = _gatecast.Classes.fit(sentences, names, to_json(self.settings), progress.callback)
        return FittedClassifier(fitted, dict(zip(names, given, strict=True)))


class FittedClassifier(_Fitted[_gatecast.Classes]):
    """What a `gatecast.Classifier` has learnt. It can be pickled and saved."""

    def __init__(self, fitted: _gatecast.Classes, labels: dict[str, Any] | None = None) -> None:
        self._fitted = fitted
        self._labels = labels or {}

    @property
    def classes(self) -> list[Any]:
        """The labels, in the order of the columns of `predict_proba`; texts after loading a file."""
        return [self._labels.get(name, name) for name in self._fitted.classes()]

    def predict(self, texts: Iterable[str]) -> list[Any]:
        """The most probable label of each sentence."""
        classes = self.classes
        return [classes[max(range(len(row)), key=row.__getitem__)] for row in self.predict_proba(texts)]

    def predict_proba(self, texts: Iterable[str]) -> list[list[float]]:
        """The probability of each class, a list a sentence."""
        said, classes = self._fitted.probabilities(_texts(texts, "texts")), len(self.classes)
        return [said[start : start + classes] for start in range(0, len(said), classes)]

    def evaluate(
        self, texts: Iterable[str], labels: Iterable[Any], *, train: tuple[Iterable[str], Iterable[Any]] | None = None
    ) -> dict[str, Any]:
        """Scores on sentences with labels beside a bag of words and the most frequent class.

        ``train`` is what it learnt from, so that sentences that stand in both are counted and scored without.
        """
        test = _texts(texts, "texts"), _labels(labels)
        _together(*test, "texts", "labels")
        known: tuple[list[str], list[str]] = ([], [])
        if train is not None:
            known = _texts(train[0], "train"), _labels(train[1])
        found: dict[str, Any] = json.loads(self._fitted.evaluate(known, test))
        return found

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> FittedClassifier:
        """Reads a model file."""
        place = os.fspath(path)
        return cls(_gatecast.Classes.parse(place, _gatecast.read_file(place)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _classifier, (bytes(self._fitted.to_bytes()), self._labels)


def _classifier(model: bytes, labels: dict[str, Any]) -> FittedClassifier:
    return FittedClassifier(_gatecast.Classes.parse("the pickled model", model), labels)


class Translator:
    """Learns to translate sentences: an encoder–decoder with attention on byte-pair pieces.

    Args:
        verbose: show progress; in terminals and notebooks if None.
        **settings: ``pieces``, ``longest``, ``cell``, ``embedding``, ``hidden``, ``layers``, ``dropout``, ``word_dropout``,
            ``smoothing``, ``epochs``, ``batch``, ``learning_rate``, ``average``, ``seed``, ``threads``.

    >>> from gatecast import Translator
    >>> numbers = {"eins": "one", "zwei": "two", "drei": "three"}
    >>> sources = [f"{a} {b}" for a in numbers for b in numbers] * 10
    >>> targets = [" ".join(numbers[word] for word in source.split()) for source in sources]
    >>> small = dict(pieces=50, embedding=16, hidden=16, dropout=0.0, epochs=40, batch=8, learning_rate=0.01)
    >>> Translator(**small).fit(sources, targets).translate(["zwei drei"], beam=1)
    ['two three']
    """

    def __init__(self, *, verbose: bool | None = None, **settings: Any) -> None:
        self.verbose = verbose
        self.settings = settings

    def fit(
        self,
        sources: Iterable[str],
        targets: Iterable[str],
        validation: tuple[Iterable[str], Iterable[str]] | None = None,
    ) -> FittedTranslator:
        """Learns from sentences and the translation of each.

        Args:
            sources: sentences.
            targets: their translations.
            validation: others, by which the weights are chosen; a share of the pairs is held out if None.
        """
        one, other = _texts(sources, "sources"), _texts(targets, "targets")
        _together(one, other, "sources", "targets")
        held_out = None
        if validation is not None:
            held_out = _texts(validation[0], "validation"), _texts(validation[1], "validation")
            _together(*held_out, "sources", "targets")
        with Progress(self.verbose) as progress:
            fitted = _gatecast.Translations.fit(one, other, held_out, to_json(self.settings), progress.callback)
        return FittedTranslator(fitted)


class FittedTranslator(_Fitted[_gatecast.Translations]):
    """What a `gatecast.Translator` has learnt. It can be pickled and saved."""

    def __init__(self, fitted: _gatecast.Translations) -> None:
        self._fitted = fitted

    def translate(self, texts: Iterable[str], beam: int = 5) -> list[str]:
        """The translation of each sentence; ``beam`` beginnings are kept side by side."""
        return self._fitted.translate(_texts(texts, "texts"), beam)

    def attention(self, text: str, beam: int = 5) -> dict[str, Any]:
        """The pieces of a sentence and of its translation, and the weights between them: a list a piece of the translation."""
        source, target, weights, translation = self._fitted.attention(text, beam)
        rows = [weights[start : start + len(source)] for start in range(0, len(weights), max(1, len(source)))]
        return {"source": source, "target": target, "weights": rows, "translation": translation}

    def evaluate(self, sources: Iterable[str], targets: Iterable[str], beam: int = 5) -> dict[str, Any]:
        """BLEU and chrF on sentences with translations."""
        one, other = _texts(sources, "sources"), _texts(targets, "targets")
        _together(one, other, "sources", "targets")
        found: dict[str, Any] = json.loads(self._fitted.evaluate(one, other, beam))
        return found

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> FittedTranslator:
        """Reads a model file."""
        place = os.fspath(path)
        return cls(_gatecast.Translations.parse(place, _gatecast.read_file(place)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _translator, (bytes(self._fitted.to_bytes()),)


def _translator(model: bytes) -> FittedTranslator:
    return FittedTranslator(_gatecast.Translations.parse("the pickled model", model))
