"""Forecasts of prices and other time series with recurrent networks, and an honest answer to whether they help.

One series: `gatecast.Forecaster`. Many series, in the form of Nixtla's libraries:
`gatecast.Gatecast`. On a cluster: `gatecast.distributed`. What is wrong with a file or
a frame: `gatecast.inspect`.

    >>> import gatecast
    >>> passengers = [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118] * 4
    >>> fitted = gatecast.Forecaster(method="theta", season=12, horizon=3).fit(passengers)
    >>> [round(value) for value in fitted.forecast().values]
    [112, 118, 132]
"""

from __future__ import annotations

from . import _gatecast
from ._errors import DataError, GatecastError, ModelError, SettingError, TrainingError
from ._fetch import fetch
from ._many import Gatecast
from ._one import Backtest, Fitted, Forecast, Forecaster, Health, Verdict, inspect, load
from ._settings import settings
from ._text import Classifier, FittedClassifier, FittedTranslator, Translator

__version__ = _gatecast.version()

__all__ = [
    "Backtest",
    "Classifier",
    "DataError",
    "Fitted",
    "FittedClassifier",
    "FittedTranslator",
    "Forecast",
    "Forecaster",
    "Gatecast",
    "GatecastError",
    "Health",
    "ModelError",
    "SettingError",
    "TrainingError",
    "Translator",
    "Verdict",
    "__version__",
    "fetch",
    "inspect",
    "load",
    "settings",
]
