"""One series: a forecaster, what it learns, what it forecasts, and whether that helps.

What this file is not: frames of many series are `_many`'s.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import _gatecast
from ._errors import DataError, SettingError
from ._frames import Origin, Reading, give_back, source
from ._html import of_parts, of_sentence, of_text
from ._progress import Progress
from ._settings import check_names, days_of, levels_of, to_json, whole

_READING = ("time", "timezone", "dates", "decimal", "fill", "adjust", "format")


class Forecaster:
    """Settings for one series, ready to learn.

    Args:
        preset: settings to start from: ``"default"``, ``"plain"`` or ``"article"``.
        verbose: show progress; in terminals and notebooks if None.
        **settings: any setting (``target``, ``features``, ``window``, ``horizon``, ``cell``, ``epochs``, …; see
            `gatecast.settings`), and how files are read: ``time``, ``timezone``, ``dates``, ``decimal``, ``fill``,
            ``adjust``, ``format``, ``join``.

    >>> from gatecast import Forecaster
    >>> forecaster = Forecaster(method="drift", horizon=2)
    >>> forecaster.fit([1, 2, 3, 4, 5, 6]).forecast().values
    [7.0, 8.0]
    >>> forecaster.get_params()["horizon"]
    2
    """

    def __init__(self, preset: str | None = None, *, verbose: bool | None = None, **settings: Any) -> None:
        self.preset = preset
        self.verbose = verbose
        self._reading = {name: settings.pop(name) for name in _READING if name in settings}
        self._join: Sequence[str] = settings.pop("join", ())
        check_names(settings, [*_READING, "join"])
        self.settings = settings

    def fit(self, data: Any) -> Fitted:
        """Learns from a series: a frame, a path, an array or a list of numbers.

        Raises:
            DataError: the data are not what was expected.
            SettingError: a setting is wrong.
        """
        panel, origin, settings = self._read(data)
        with Progress(self.verbose) as progress:
            model = _gatecast.fit(panel, settings, "one", True, progress.callback)
        return Fitted(model, panel, origin)

    def backtest(
        self,
        data: Any,
        *,
        folds: int = 5,
        refit: str | int = "every",
        gap: int = 0,
        sliding: int | None = None,
    ) -> Backtest:
        """Forecasts the last part of a series fold by fold, always from the past, and judges the skill.

        Args:
            data: as for `fit`.
            folds: pieces that the test part is cut in.
            refit: learn anew for ``"every"`` fold, ``"once"``, or every so many folds.
            gap: rows between what is learnt from and the fold.
            sliding: learn from so many rows at most.
        """
        every = {"every": 1, "once": 0}.get(refit) if isinstance(refit, str) else whole("refit", refit)
        if every is None:
            reason = f"`refit` is {refit!r}; it must be every, once or a number of folds"
            raise SettingError(reason, kind="Setting", setting="refit")
        folds, gap = whole("folds", folds), whole("gap", gap, 0)
        sliding = None if sliding is None else whole("sliding", sliding)
        panel, origin, settings = self._read(data)
        with Progress(self.verbose) as progress:
            facts, text, table = _gatecast.backtest(
                panel, settings, folds, every, gap, sliding, "forecast", progress.callback
            )
        return Backtest(json.loads(facts), text, table, origin)

    def check_leaks(self, data: Any) -> list[str]:
        """What knows the future, a sentence each; nothing where nothing does. Learns up to eight times more."""
        panel, _, settings = self._read(data)
        return _gatecast.check_leaks(panel, settings)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments that it was made with."""
        join = {"join": self._join} if self._join else {}
        return {"preset": self.preset, "verbose": self.verbose, **self._reading, **join, **self.settings}

    def set_params(self, **arguments: Any) -> Forecaster:
        """Changes arguments."""
        self.__init__(**{**self.get_params(), **arguments})  # type: ignore[misc]
        return self

    def clone(self) -> Forecaster:
        """One with the same arguments."""
        return type(self)(**self.get_params())

    def __repr__(self) -> str:
        given = {name: value for name, value in self.get_params().items() if value is not None}
        return f"Forecaster({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def _read(self, data: Any) -> tuple[_gatecast.Panel, Origin, str]:
        opened, origin = source(data, reading=Reading(**self._reading), join=self._join)
        if opened.form() is not None:
            raise DataError(
                "the data hold many series, and a Forecaster takes one",
                kind="NotASeries",
                help="use gatecast.Gatecast, or choose the rows of one series",
            )
        settings = dict(self.settings)
        if self.preset is not None:
            settings["preset"] = self.preset
        if "target" not in settings:
            target = opened.target()
            # The presets' own target is the close.
            if target != "close":
                settings["target"] = target
        text = to_json(settings)
        panel = opened.read(_gatecast.columns(text))
        if notes := origin.said_of(panel):
            warnings.warn("; ".join(notes), stacklevel=3)
        return panel, origin, text


class Fitted:
    """What a `gatecast.Forecaster` has learnt. It can be pickled, saved and sent."""

    def __init__(self, model: _gatecast.Model, panel: _gatecast.Panel | None, origin: Origin) -> None:
        self._model = model
        self._panel = panel
        self._origin = origin

    def forecast(
        self,
        data: Any = None,
        *,
        horizon: int | None = None,
        level: Sequence[int] | None = None,
        holidays: Sequence[Any] = (),
        calendar_of: str | None = None,
    ) -> Forecast:
        """Forecasts what follows the last row of the series, or of other ``data``.

        Args:
            data: a series with the columns that it learnt from; the one it learnt from if None.
            horizon: steps; as many as it was trained for if None.
            level: levels of bands in per cent; 80 and 95, where it has them, if None.
            holidays: days without rows.
            calendar_of: an exchange, on whose days off there are no rows: XTAI, XNYS, XLON, XETR, XPAR, XTKS, XHKG.
        """
        panel, origin = self._panel, self._origin
        if data is not None:
            opened, origin = source(data, reading=self._model.reading())
            panel = opened.read(self._model.columns())
        if panel is None:
            raise ValueError("a model that was loaded has no series; give it one")
        levels = levels_of(level) if level is not None else ([80, 95] if self._model.has_bands() else [])
        days = days_of(holidays)
        horizon = None if horizon is None else whole("horizon", horizon)
        made = self._model.forecast(panel, "forecast", horizon, levels, days, calendar_of, None)
        return Forecast(made, origin)

    @property
    def facts(self) -> dict[str, Any]:
        """Settings, history, selection, training, scores: all that is known of it."""
        facts: dict[str, Any] = json.loads(self._model.facts())
        return facts

    @property
    def scores(self) -> dict[str, Any] | None:
        """Its errors on the test part beside the baselines'; None without a test part."""
        scores: dict[str, Any] | None = self.facts["scores"]
        return scores

    @property
    def verdict(self) -> Verdict | None:
        """Whether it has skill on the test part; None without one."""
        found = self.facts["verdict"]
        return None if found is None else Verdict.of(found)

    @property
    def history(self) -> list[dict[str, Any]]:
        """Each epoch's number and losses; empty for a method without a network."""
        epochs: list[dict[str, Any]] = self.facts["history"]["epochs"]
        return epochs

    def summary(self) -> str:
        """The layers, or the method that forecasts without."""
        return self._model.layers()

    def report(self) -> str:
        """The scores of the test part in a table, and what they mean."""
        return self._model.text()

    def test_predictions(self) -> Any:
        """Every forecast of the test part beside what happened, as a frame."""
        if self._panel is None:
            raise ValueError("a model that was loaded has no series")
        return give_back(self._model.predictions(self._panel, "forecast"), self._origin)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file, which the command line reads too."""
        _gatecast.write_file(os.fspath(path), self.to_bytes())

    def to_bytes(self) -> bytes:
        """The model file."""
        return bytes(self._model.to_bytes())

    def compiled(self) -> _gatecast.Model:
        """What was fitted, for other modules of the package."""
        return self._model

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (self.to_bytes(),)

    def __repr__(self) -> str:
        verdict = self.verdict
        return f"Fitted({'without a test part' if verdict is None else verdict.text})"

    def _repr_html_(self) -> str:
        verdict = self.verdict
        sentence = None if verdict is None else of_sentence(verdict.text, verdict.has_skill)
        picture = None if self._panel is None else self._model.picture(self._panel)
        return of_parts(sentence, picture, of_text(self.summary()), of_text(self.report()))


def _unpickle(model: bytes) -> Fitted:
    return Fitted(_gatecast.Model.parse("the pickled model", model), None, Origin("arrow"))


def load(path: str | os.PathLike[str]) -> Fitted:
    """Reads a model file, of this package or of the command line."""
    place = os.fspath(path)
    return Fitted(_gatecast.Model.parse(place, _gatecast.read_file(place)), None, Origin("files"))


class Forecast:
    """Values for the times after a cutoff."""

    def __init__(self, made: _gatecast.Forecasts, origin: Origin) -> None:
        self._made = made
        self._table = made.table()
        self._origin = origin

    def to_frame(self) -> Any:
        """A row a step, in a frame of the kind that the series came as."""
        frame = give_back(self._table, self._origin)
        if self._origin.indexed and self._origin.kind == "pandas":
            return frame.set_index(frame.columns[0])
        return frame

    @property
    def values(self) -> list[float]:
        """The value of each step, in the units of the data."""
        return [value for _, value in self]

    @property
    def times(self) -> list[str]:
        """When each step is."""
        return [time for time, _ in self]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return iter(self._made.points())

    def __repr__(self) -> str:
        return self._made.text()

    def _repr_html_(self) -> str:
        return of_parts(self._made.picture(), of_text(repr(self)))


@dataclass(frozen=True)
class Verdict:
    """Whether forecasts beat the best baseline, and how sure that is."""

    #: Whether there is evidence of skill.
    has_skill: bool
    #: In plain words.
    text: str
    #: Probability of such a difference, or a larger one, without skill; None where it cannot be told.
    p_value: float | None
    #: All that was found.
    facts: dict[str, Any]

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Verdict:
        """From what the library found."""
        return cls(facts["has_skill"], facts["text"], facts.get("p_value"), facts)

    def __bool__(self) -> bool:
        return self.has_skill

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return of_sentence(self.text, self.has_skill)


class Backtest:
    """What came of forecasting the last part of a series fold by fold."""

    def __init__(self, facts: dict[str, Any], text: str, table: _gatecast.Table, origin: Origin) -> None:
        self.facts = facts
        self._text = text
        self._table = table
        self._origin = origin

    @property
    def verdict(self) -> Verdict | None:
        """Whether there is skill."""
        found = self.facts["verdict"]
        return None if found is None else Verdict.of(found)

    @property
    def scores(self) -> dict[str, Any]:
        """Errors over all folds beside the baselines'."""
        scores: dict[str, Any] = self.facts["test"]
        return scores

    @property
    def folds(self) -> list[dict[str, Any]]:
        """Each fold: its dates, rows, errors and skill."""
        folds: list[dict[str, Any]] = self.facts["folds"]
        return folds

    def predictions(self) -> Any:
        """Every forecast beside what happened, as a frame."""
        return give_back(self._table, self._origin)

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        verdict = self.verdict
        sentence = None if verdict is None else of_sentence(verdict.text, verdict.has_skill)
        return of_parts(sentence, of_text(self._text))


class Health:
    """What is wrong with data, and how they are read."""

    def __init__(self, facts: dict[str, Any], text: str) -> None:
        self.facts = facts
        self._text = text

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Each fault: its kind, where, and what to do."""
        findings: list[dict[str, Any]] = self.facts["findings"]
        return findings

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        said = "Nothing is wrong." if self.ok else f"{len(self.findings)} kinds of faults."
        return of_parts(of_sentence(said, self.ok), of_text(self._text))


def inspect(data: Any, **reading: Any) -> Health:
    """Looks data over: how they are read, and what is wrong with them, row by row.

    Args:
        data: a frame or a path with one series.
        **reading: how cells are read: ``time``, ``timezone``, ``dates``, ``decimal``, ``fill``, ``adjust``, ``format``.

    >>> import gatecast, polars as pl
    >>> frame = pl.DataFrame({"date": ["2024-01-02", "2024-01-03", "2024-01-03"], "close": [1.0, 2.0, 3.0]})
    >>> [finding["kind"] for finding in gatecast.inspect(frame).findings]
    ['conflicting-rows']
    """
    opened, _ = source(data, reading=Reading(**reading))
    facts, text = opened.inspect()
    return Health(json.loads(facts), text)
