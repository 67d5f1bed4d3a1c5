"""Gatecast as a forecaster of sktime.

What this file is not: scikit-learn's estimators take samples and targets, and a series is neither; for those, and for panels,
use the package's own classes.
"""

from __future__ import annotations

from typing import Any

from . import _gatecast
from ._frames import Origin, library, source
from ._one import Fitted
from ._settings import to_json

_Base: Any = library("sktime.forecasting.base").BaseForecaster


class GatecastForecaster(_Base):  # type: ignore[misc]
    """Forecasts one series; fitted for as many steps as the forecasting horizon reaches.

    Args:
        method: ``"gatecast"`` for networks, or a method without any, such as ``"theta"`` or ``"ets"``.
        season: rows in a season; found if None; 1 is none.
        settings: any other settings by name; see `gatecast.settings`.

    A series that is too short for networks is forecast by the combination of methods without one. Bands are of whole per cents;
    others are rounded.

    >>> from gatecast.sktime import GatecastForecaster
    >>> import pandas as pd
    >>> y = pd.Series([1.0, 2.0, 3.0, 4.0], index=pd.period_range("2024-01", periods=4, freq="M"))
    >>> GatecastForecaster(method="drift").fit(y, fh=[1, 3]).predict().tolist()
    [5.0, 7.0]
    """

    _tags = {
        "authors": ["gatecast"],
        "maintainers": ["gatecast"],
        "python_dependencies": "gatecast",
        "y_inner_mtype": "pd.Series",
        "X_inner_mtype": "pd.DataFrame",
        "capability:multivariate": False,
        "capability:exogenous": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": False,
        "capability:random_state": False,
        "requires-fh-in-fit": True,
    }

    def __init__(
        self, method: str = "gatecast", season: int | None = None, settings: dict[str, Any] | None = None
    ) -> None:
        self.method = method
        self.season = season
        self.settings = settings
        _Base.__init__(self)

    def _fit(self, y: Any, X: Any, fh: Any) -> GatecastForecaster:
        steps = self._steps(fh)
        given = {} if self.season is None else {"season": self.season}
        settings = {"target": "y", "horizon": max(steps), "method": self.method, "test": 0, **given}
        settings.update(self.settings or {})
        self._series_ = y.copy()
        model = _gatecast.fit(self._read(y), to_json(settings), "each", False, None)
        self._fitted_ = Fitted(model, None, Origin("pandas"))
        return self

    def _predict(self, fh: Any, X: Any) -> Any:
        pd = library("pandas")
        made = self._forecast(fh, [])
        return pd.Series(made["forecast"], index=fh.to_absolute_index(self.cutoff), name=self._y.name)

    def _predict_interval(self, fh: Any, X: Any, coverage: list[float]) -> Any:
        pd = library("pandas")
        levels = [min(99, max(1, round(100 * one))) for one in coverage]
        made = self._forecast(fh, sorted(set(levels)))
        name = self._get_varnames()[0]
        columns = pd.MultiIndex.from_product([[name], coverage, ["lower", "upper"]])
        ends = [made[f"forecast-{end}-{level}"] for level in levels for end in ("lo", "hi")]
        rows = list(zip(*ends, strict=True))
        return pd.DataFrame(rows, index=fh.to_absolute_index(self.cutoff), columns=columns)

    def _forecast(self, fh: Any, levels: list[int]) -> dict[str, list[float]]:
        """The steps that are asked for, of each column."""
        np = library("numpy")
        steps = self._steps(fh)
        panel, model = self._read(self._series_), self._fitted_.compiled()
        table = model.forecast(panel, "forecast", max(steps), levels, [], None, None).table()
        made: dict[str, list[float]] = {}
        for at, name in enumerate(table.names()):
            kind, values = table.column(at)
            if kind == "float64":
                column = np.frombuffer(values, dtype="float64")
                made[name] = [float(column[step - 1]) for step in steps]
        return made

    def _steps(self, fh: Any) -> list[int]:
        return [int(step) for step in fh.to_relative(self.cutoff)]

    def _read(self, y: Any) -> _gatecast.Panel:
        """The series as a panel of one, whose times are kept where they are some."""
        pd = library("pandas")
        dated = isinstance(y.index, (pd.DatetimeIndex, pd.PeriodIndex))
        frame = pd.DataFrame({"y": y.to_numpy()}, index=y.index.rename("ds") if dated else None)
        return source(frame)[0].read(["y"])

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Settings under which sktime tries it."""
        return [
            {"method": "theta"},
            {"settings": {"hidden": [4], "epochs": 1, "members": 1}, "season": 1},
        ]
