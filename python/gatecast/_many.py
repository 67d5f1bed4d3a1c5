"""Many series in the form of Nixtla's libraries: a frame with ``unique_id``, ``ds`` and ``y`` in, a frame out.

What this file is not: a single series with its verdict and pictures is `_one`'s.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from typing import Any

from . import _gatecast
from ._errors import DataError, SettingError
from ._frames import Origin, Reading, collected, give_back, source
from ._progress import Progress
from ._settings import check_names, days_of, levels_of, to_json, whole


class Gatecast:
    """Forecasts many series, by one model for all or a model for each.

    Args:
        h: steps to forecast.
        freq: taken so that code for other libraries runs, and not needed: forecasts are dated by the rhythm of the rows,
            whatever it is.
        season: rows in a season, or ``"auto"``, which looks whether the series have the one of their dates; 1 is none.
        model: ``"global"`` learns one model from all series, ``"each"`` one from each.
        id_col: the column that names the series; a frame without it is one series.
        time_col: the column of times; found by its name if None.
        target_col: the column to forecast; ``y``, ``close`` or the only column of numbers if None.
        alias: what the column of forecasts is called.
        strict: fail where a series is broken or too short, rather than leave it out or forecast it without a network.
        verbose: show progress; in terminals and notebooks if None.
        reading: how texts are read: ``timezone``, ``dates``, ``decimal``, ``fill``.
        **settings: any other setting; see `gatecast.settings`.

    All rows are learnt from, unless ``test="horizon"`` keeps the last ``h`` of each series to be scored on.
    What was left out and why stands in ``skipped_`` after a fit, what is forecast without a network in
    ``without_network_``.

    >>> import gatecast
    >>> rows = {"unique_id": ["A"] * 30 + ["B"] * 24, "ds": [*range(30), *range(24)],
    ...         "y": [float(i % 4 + i / 10) for i in range(54)]}
    >>> import polars as pl
    >>> model = gatecast.Gatecast(h=2, season=4, method="seasonal-naive").fit(pl.DataFrame(rows))
    >>> model.predict()["Gatecast"].to_list()
    [4.6, 5.7, 7.0, 8.1]
    """

    def __init__(
        self,
        h: int = 1,
        freq: str | int | None = None,
        *,
        season: int | str = "auto",
        model: str = "global",
        id_col: str = "unique_id",
        time_col: str | None = None,
        target_col: str | None = None,
        alias: str = "Gatecast",
        strict: bool = False,
        verbose: bool | None = None,
        reading: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        if model not in ("global", "each"):
            raise SettingError(f"`model` is {model!r}; it must be global or each", kind="Setting", setting="model")
        for name in ("horizon", "target"):
            if name in settings:
                better = {"horizon": "h", "target": "target_col"}[name]
                raise SettingError(f"`{name}` is called `{better}` here", kind="Setting", setting=name)
        check_names(settings)
        self.h = whole("h", h)
        self.freq = freq
        self.season = season
        self.model = model
        self.id_col = id_col
        self.time_col = time_col
        self.target_col = target_col
        self.alias = alias
        self.strict = strict
        self.verbose = verbose
        self.reading = reading
        self.settings = settings
        self._fitted: _gatecast.Model | None = None
        self._panel: _gatecast.Panel | None = None
        self._origin = Origin("arrow")
        self._target = ""

    def fit(self, df: Any) -> Gatecast:
        """Learns from a frame with a row for each series and time.

        Raises:
            DataError: a column is not there, a cell cannot be read, no series is left.
            SettingError: a setting is wrong.
        """
        panel, origin, target = self._read(df)
        settings = self._json(target)
        self._note(panel, origin)
        with Progress(self.verbose) as progress:
            self._fitted = _gatecast.fit(panel, settings, self._mode(panel), self.strict, progress.callback)
        self._panel, self._origin, self._target = panel, origin, target
        self._warn(self.skipped_)
        return self

    def predict(
        self,
        h: int | None = None,
        level: Sequence[int] | None = None,
        df: Any = None,
        X_df: Any = None,
        *,
        holidays: Sequence[Any] = (),
        calendar_of: str | None = None,
    ) -> Any:
        """Forecasts what follows the last row of every series.

        Args:
            h: steps; those of the model if None. Further ones are made of the first ones and have no bands.
            level: levels of bands in per cent, as ``Gatecast-lo-80`` and ``Gatecast-hi-80``.
            df: other rows, or further ones of the same series, to forecast from without learning anew.
            X_df: rows still to come with the columns that are known of them (``future=[...]``).
            holidays: days without rows.
            calendar_of: an exchange without rows on its days off: XTAI, XNYS, XLON, XETR, XPAR, XTKS, XHKG.

        Returns:
            a frame of the kind that was learnt from, with a row for each series and step.
        """
        fitted = self.compiled()
        panel, origin = self._panel, self._origin
        if df is not None:
            panel, origin, _ = self._read(df, fitted.columns())
        panel = self._have(panel)
        if X_df is not None:
            panel, odd = panel.with_future(*self._future(X_df))
            if odd:
                warnings.warn(f"X_df does not go on where {_few(odd)}", stacklevel=2)
        days, levels = days_of(holidays), levels_of(level)
        h = None if h is None else whole("h", h)
        threads = self.settings.get("threads")
        made = fitted.forecast(panel, self.alias, h, levels, days, calendar_of, threads)
        self._warn(made.skipped)
        return give_back(made.table(), origin)

    def forecast(self, df: Any, h: int | None = None, level: Sequence[int] | None = None, X_df: Any = None) -> Any:
        """`gatecast.Gatecast.fit` and `gatecast.Gatecast.predict` at once."""
        return self._with(h).fit(df).predict(level=level, X_df=X_df)

    def cross_validation(
        self,
        df: Any,
        h: int | None = None,
        n_windows: int = 1,
        step_size: int | None = None,
        refit: bool = True,
        level: Sequence[int] | None = None,
    ) -> Any:
        """Forecasts the last rows of every series from several cutoffs, always from the past.

        Args:
            df: as for `fit`.
            h: steps.
            n_windows: cutoffs, of which the last is ``h`` rows before the end of each series.
            step_size: rows between cutoffs; ``h`` if None.
            refit: learn anew at every cutoff, rather than at the first one only.
            level: levels of bands in per cent.

        Returns:
            a frame with the last known time in ``cutoff``, the truth, and the forecast.
        """
        model = self._with(h)
        windows = whole("n_windows", n_windows)
        step = model.h if step_size is None else whole("step_size", step_size)
        panel, origin, target = model._read(df)
        settings = model._json(target)
        self._note(panel, origin)
        with Progress(self.verbose) as progress:
            table, skipped = _gatecast.roll(
                panel,
                settings,
                model._mode(panel),
                windows,
                step,
                bool(refit),
                levels_of(level),
                self.alias,
                self.strict,
                progress.callback,
            )
        self._warn(skipped)
        return give_back(table, origin)

    @property
    def scores_(self) -> dict[str, Any]:
        """What is known of the fit: scores on the test part, settings, history, selection, what was left out."""
        facts: dict[str, Any] = json.loads(self.compiled().facts())
        return facts

    @property
    def skipped_(self) -> dict[str, str]:
        """Series that were left out, and why."""
        return dict(self.scores_["skipped"])

    @property
    def without_network_(self) -> dict[str, str]:
        """Series that are forecast by the combination of methods without a network, and why."""
        return dict(self.scores_["without_network"])

    def test_predictions(self) -> Any:
        """Every forecast of the test part beside what happened, with the baselines'."""
        panel = self._have(self._panel)
        return give_back(self.compiled().predictions(panel, self.alias), self._origin)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file. One model for all can be read by the command line too."""
        _gatecast.write_file(os.fspath(path), bytes(self.compiled().to_bytes()))

    @classmethod
    def load(cls, path: str | os.PathLike[str], **arguments: Any) -> Gatecast:
        """Reads a model file; `predict` then needs a frame. ``arguments`` are those of the class, such as ``id_col``."""
        place = os.fspath(path)
        fitted = _gatecast.Model.parse(place, _gatecast.read_file(place))
        facts = json.loads(fitted.facts())
        data = facts["spec"]["data"]
        given: dict[str, Any] = {"model": "global" if facts["models"] == 1 else "each", "target_col": data["target"]}
        if data["future"]:
            given["future"] = data["future"]
        model = cls(data["horizon"], **{**given, **arguments})
        model._fitted, model._target = fitted, data["target"]
        return model

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments that it was made with."""
        own = {name: getattr(self, name) for name in _ARGUMENTS}
        return {**own, **self.settings}

    def set_params(self, **arguments: Any) -> Gatecast:
        """Changes arguments; what was fitted is forgotten."""
        self.__init__(**{**self.get_params(), **arguments})  # type: ignore[misc]
        return self

    def clone(self) -> Gatecast:
        """One with the same arguments that has learnt nothing."""
        return type(self)(**self.get_params())

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items() if value is not None)
        return f"{type(self).__name__}({arguments})"

    def _repr_html_(self) -> str:
        from ._html import of_text

        if self._fitted is None:
            return of_text(repr(self))
        return of_text(self._fitted.layers() + "\n\n" + self._fitted.text())

    def __getstate__(self) -> dict[str, Any]:
        state = {**self.__dict__, "_panel": None}
        state["_fitted"] = None if self._fitted is None else bytes(self._fitted.to_bytes())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if state["_fitted"] is not None:
            self._fitted = _gatecast.Model.parse("the pickled model", state["_fitted"])

    def compiled(self) -> _gatecast.Model:
        """What was fitted, for other modules of the package."""
        if self._fitted is None:
            raise RuntimeError("it has learnt nothing yet; call fit first")
        return self._fitted

    # --- inside ---

    def _with(self, h: int | None) -> Gatecast:
        return self.clone() if h is None else self.clone().set_params(h=h)

    def _read(self, df: Any, columns: list[str] | None = None) -> tuple[_gatecast.Panel, Origin, str]:
        """The columns that settings need, or these, of every series."""
        df = collected(df)
        data, origin = source(df, id=self._id(df), reading=self._how(), strict=self.strict)
        target = self._target if columns else self.target_col or data.target()
        if columns is None:
            features = self.settings.get("features") or [target]
            columns = [target, *features, *self.settings.get("future", []), *self.settings.get("static", [])]
        return data.read(list(dict.fromkeys(columns))), origin, target

    def _id(self, df: Any) -> str | None:
        columns: Any = getattr(df, "column_names", getattr(df, "columns", None))
        if columns is None:
            # A file, whose columns are not known yet.
            return None if self.id_col == "unique_id" else self.id_col
        index: Any = getattr(getattr(df, "index", None), "names", ())
        names: list[object] = [*columns, *index]
        if self.id_col in names:
            return self.id_col
        if self.id_col == "unique_id":
            return None
        known = ", ".join(str(name) for name in names if name is not None)
        raise DataError(
            f"the frame has no column {self.id_col!r}; its columns are {known}",
            kind="UnknownColumn",
            column=self.id_col,
        )

    def _how(self) -> Reading:
        return Reading(time=self.time_col, **(self.reading or {}))

    def _have(self, panel: _gatecast.Panel | None) -> _gatecast.Panel:
        if panel is None:
            raise ValueError("a model that was loaded has no series; give it a frame with df")
        return panel

    def _note(self, panel: _gatecast.Panel, origin: Origin) -> None:
        """Says what was done to rows on the way in."""
        notes = origin.said_of(panel)
        if notes:
            warnings.warn(_few(notes), stacklevel=3)

    def _future(self, frame: Any) -> tuple[_gatecast.Panel, list[str]]:
        columns = list(self.settings.get("future", []))
        if not columns:
            raise SettingError(
                "`X_df` has no effect: the model knows nothing ahead",
                kind="Setting",
                setting="X_df",
                help="name the columns with `future` when the model is made",
            )
        frame = collected(frame)
        data, _ = source(frame, id=self._id(frame), reading=self._how(), strict=True, name="X_df")
        return data.read(columns), columns

    def _mode(self, panel: _gatecast.Panel) -> str:
        return self.model if panel.many else "one"

    def _json(self, target: str) -> str:
        # All rows are learnt from; `cross_validation` is what judges here.
        settings = {"target": target, "horizon": self.h, "test": 0, **self.settings}
        if "window" not in settings or self.season != "auto":
            settings.setdefault("season", self.season)
        return to_json(settings)

    def _warn(self, skipped: dict[str, str] | list[tuple[str, str]]) -> None:
        all = dict(skipped)
        if all:
            name, reason = next(iter(all.items()))
            warnings.warn(f"{len(all)} series are left out, such as {name}: {reason}", stacklevel=3)


_ARGUMENTS = (
    "h",
    "freq",
    "season",
    "model",
    "id_col",
    "time_col",
    "target_col",
    "alias",
    "strict",
    "verbose",
    "reading",
)


def _few(texts: list[str]) -> str:
    """The first few of some sentences, and how many more there are."""
    more = f"; and {len(texts) - 3} more such" if len(texts) > 3 else ""
    return "; ".join(texts[:3]) + more
