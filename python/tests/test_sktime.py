"""The adapter passes sktime's own checks."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

pytest.importorskip("sktime")


def test_sktimes_own_checks():
    from sktime.utils.estimator_checks import check_estimator

    from gatecast.sktime import GatecastForecaster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(GatecastForecaster, raise_exceptions=False, verbose=False)
    failed = {name: result for name, result in results.items() if result != "PASSED"}
    assert len(results) > 500 and not failed, failed


def test_bands_have_the_levels_that_are_asked_for():
    from gatecast.sktime import GatecastForecaster

    index = pd.period_range("2015-01", periods=60, freq="M")
    y = pd.Series([10 + (month % 12) ** 0.5 + (month * 7 % 5) / 10 for month in range(60)], index=index, name="sales")
    forecaster = GatecastForecaster(method="ets", season=12).fit(y, fh=[1, 4])
    bands = forecaster.predict_interval(coverage=[0.5, 0.9])
    assert list(bands.columns.get_level_values(1).unique()) == [0.5, 0.9]
    assert [str(month) for month in bands.index] == ["2020-01", "2020-04"]
    wide, narrow = bands["sales"][0.9], bands["sales"][0.5]
    assert (wide["lower"] <= narrow["lower"]).all() and (wide["upper"] >= narrow["upper"]).all()
    with pytest.raises(NotImplementedError, match="in-sample"):
        GatecastForecaster(method="ets").fit(y, fh=[-1, 1])
