"""Frames in and out: every type gives the same forecast, and results come back as what they came from."""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import wave

import gatecast
from gatecast import DataError, Forecaster, Gatecast

DRIFT = {"method": "drift", "horizon": 2}


def forecast(frame: object, **arguments: object) -> object:
    return Forecaster(**{**DRIFT, **arguments}).fit(frame).forecast(level=[]).to_frame()


@pytest.mark.parametrize(
    "values",
    [
        lambda y: y,
        lambda y: y.astype("float32"),
        lambda y: pd.Series(y).astype("Float64"),
        lambda y: [decimal.Decimal(repr(one)) for one in y.tolist()],
        lambda y: [repr(one) for one in y.tolist()],
        lambda y: pd.Series([repr(one) for one in y.tolist()]).astype("category"),
    ],
    ids=["float64", "float32", "Float64", "decimal", "text", "category"],
)
def test_numbers_of_every_type_are_the_same_numbers(values):
    y = np.round(wave(30), 2)
    days = pd.date_range("2024-01-01", periods=30)
    want = forecast(pd.DataFrame({"ds": days, "y": y}))
    got = forecast(pd.DataFrame({"ds": days, "y": values(y)}))
    pd.testing.assert_frame_equal(got, want)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32", "uint64", "Int64", "UInt8"])
def test_whole_numbers(dtype):
    y = np.arange(10, 40)
    want = Forecaster(**DRIFT).fit(y).forecast().values
    got = Forecaster(**DRIFT).fit(pd.DataFrame({"y": pd.Series(y).astype(dtype)})).forecast().values
    assert got == want == [40.0, 41.0]


TIMES = {
    "ns": pd.date_range("2024-01-01", periods=30).as_unit("ns"),
    "s": pd.date_range("2024-01-01", periods=30).as_unit("s"),
    "zone": pd.date_range("2024-03-29", periods=30, freq="h", tz="Europe/Berlin"),
    "offset": pd.date_range("2024-03-29", periods=30, freq="h", tz=datetime.timezone(datetime.timedelta(hours=8))),
    "utc": pd.date_range("2024-03-29", periods=30, freq="30min", tz="UTC"),
    "month period": pd.period_range("2024-01", periods=30, freq="M"),
    "days of a zone": pd.date_range("2024-03-20", periods=30, tz="America/New_York"),
    "months of a zone": pd.date_range("2024-01-01", periods=30, freq="MS", tz="Asia/Taipei"),
    "week period": pd.period_range("2024-01-01", periods=30, freq="W"),
    "quarter period": pd.period_range("2024Q1", periods=30, freq="Q"),
    "month ends": pd.date_range("2024-01-31", periods=30, freq="ME"),
    "integers": pd.Series(range(5, 35), dtype="int32"),
    "dates": pd.Series([datetime.date(2024, 1, 1) + datetime.timedelta(days) for days in range(30)], dtype=object),
    "texts": pd.Series([f"2024-01-{day:02}" for day in range(1, 31)]),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_go_on_in_their_own_type(name):
    times = pd.Series(TIMES[name])
    frame = pd.DataFrame({"ds": times, "y": wave(30)})
    made = forecast(frame.iloc[:-2])
    assert made["ds"].dtype == times.dtype
    assert made["ds"].tolist() == times.iloc[-2:].tolist()


def test_an_index_of_times_is_the_time():
    times = pd.date_range("2024-01-01 09:00", periods=30, freq="15min")
    made = forecast(pd.Series(wave(30), index=times, name="load"))
    assert isinstance(made.index, pd.DatetimeIndex)
    assert made.index.tolist() == [times[-1] + pd.Timedelta("15min"), times[-1] + pd.Timedelta("30min")]
    periods = pd.Series(wave(24), index=pd.period_range("2024-01", periods=24, freq="M"))
    assert str(forecast(periods).index[0]) == "2026-01"


def test_frames_of_polars_and_arrow_come_back_as_such(panel):
    pytest.importorskip("pyarrow")
    import pyarrow as pa

    model = Gatecast(h=3, method="theta", season=7)
    want = model.fit(panel).predict(level=[80])
    of_polars = pl.DataFrame({name: panel[name].to_numpy() for name in ("ds", "y")}).with_columns(
        pl.Series("unique_id", panel["unique_id"].tolist())
    )
    for frame in (of_polars, of_polars.lazy(), of_polars.with_columns(pl.col("unique_id").cast(pl.Categorical))):
        got = model.fit(frame).predict(level=[80])
        assert isinstance(got, pl.DataFrame)
        assert got["Gatecast"].to_list() == want["Gatecast"].tolist()
        assert got["unique_id"].cast(pl.String).to_list() == want["unique_id"].tolist()
    got = model.fit(pa.Table.from_pandas(panel)).predict(level=[80])
    assert isinstance(got, pa.Table)
    assert got["Gatecast-hi-80"].to_pylist() == want["Gatecast-hi-80"].tolist()


def test_names_keep_their_type(panel):
    model = Gatecast(h=1, method="last-value", season=1)
    numbered = panel.assign(unique_id=panel["unique_id"].map({"a": 1, "b": 20, "c": 3}).astype("int16"))
    made = model.fit(numbered).predict()
    assert made["unique_id"].dtype == "int16"
    assert made["unique_id"].tolist() == [20, 1, 3]
    made = model.fit(panel.astype({"unique_id": "category"})).predict()
    assert made["unique_id"].dtype == "category"


def test_rows_may_be_in_any_order(panel):
    model = Gatecast(h=3, method="theta", season=7)
    want = model.fit(panel).predict()
    mixed = panel.sample(frac=1.0, random_state=1)
    got = model.fit(mixed).predict()
    pd.testing.assert_frame_equal(
        got.sort_values(["unique_id", "ds"], ignore_index=True),
        want.sort_values(["unique_id", "ds"], ignore_index=True),
    )


def test_missing_values_are_left_out_and_said():
    days = pd.date_range("2024-01-01", periods=30)
    frame = pd.DataFrame({"ds": days, "y": [float(day) for day in range(30)]})
    frame.loc[[4, 29], "y"] = None
    with pytest.warns(UserWarning, match="2 rows were without a value"):
        fitted = Forecaster(method="last-value").fit(frame)
    assert fitted.forecast().values == [28.0]
    masked = np.ma.masked_array([1.0, 2.0, 3.0, 5.0], mask=[0, 0, 0, 1])
    for values in (masked, [1.0, 2.0, 3.0, None], pl.Series([1.0, 2.0, 3.0, None])):
        with pytest.warns(UserWarning, match="without a value"):
            assert Forecaster(method="last-value").fit(values).forecast().values == [3.0]
    no_name = pd.DataFrame({"unique_id": ["a", "a", None], "ds": [1, 2, 3], "y": [1.0, 2.0, 3.0]})
    with pytest.warns(UserWarning, match="name"):
        Gatecast(method="drift", season=1).fit(no_name)


def test_values_alone_are_no_cause_for_a_warning():
    values = [float(day % 7) for day in range(30)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for data in (values, np.array(values), pd.Series(values), pl.Series(values)):
            assert Forecaster(**DRIFT).fit(data).forecast().times == ["31", "32"]
    with pytest.warns(UserWarning, match="the rows are numbered"):
        Forecaster(target="y", **DRIFT).fit(pd.DataFrame({"y": values, "z": values}))


def test_days_keep_their_time_of_day():
    for zone in (None, "Europe/Berlin"):
        times = pd.date_range("2024-03-20 09:30", periods=30, tz=zone)
        frame = pd.DataFrame({"unique_id": "a", "ds": times[:-2], "y": wave(28)})
        model = Gatecast(h=2, method="drift", season=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = model.fit(frame).predict()
            assert made["ds"].tolist() == times[-2:].tolist()
            past = model.cross_validation(frame, n_windows=2)
        assert set(past["ds"]) | set(past["cutoff"]) <= set(times)


def test_names_of_every_type_come_back():
    rows = pd.DataFrame({"ds": [1, 2, 3] * 2, "y": [1.0, 2.0, 3.0] * 2})
    for names in ([9.0, 10.5], [True, False], ["01", "1"]):
        frame = rows.assign(unique_id=[name for name in names for _ in range(3)])
        made = Gatecast(method="drift", season=1).fit(frame).predict()
        assert made["unique_id"].tolist() == names
        assert made["unique_id"].dtype == frame["unique_id"].dtype


def test_an_index_of_years_is_the_time():
    years = pd.Series(wave(30), index=range(1990, 2020))
    assert Forecaster(**DRIFT).fit(years).forecast().times == ["2020", "2021"]
    # Rows that were taken out of a frame are only counted.
    counted = pd.DataFrame({"y": wave(30)}, index=range(100, 130))
    assert Forecaster(**DRIFT).fit(counted).forecast().times == ["31", "32"]


def test_types_that_are_seldom():
    pa = pytest.importorskip("pyarrow")
    import decimal as d

    days = pd.date_range("2024-01-01", periods=30)
    want = Forecaster(**DRIFT).fit(pd.DataFrame({"ds": days, "y": range(30)})).forecast().values
    numbers = [
        pd.Series(range(30), dtype="int64[pyarrow]"),
        pd.Series([d.Decimal(n) for n in range(30)], dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
        pd.Series(range(30), dtype="float[pyarrow]"),
    ]
    for y in numbers:
        assert Forecaster(**DRIFT).fit(pd.DataFrame({"ds": days, "y": y})).forecast().values == want
    lacking = pd.Series([1, None, 3, 4], dtype="int64[pyarrow]")
    with pytest.warns(UserWarning, match="1 row was without"):
        Forecaster(method="drift").fit(pd.DataFrame({"y": lacking}))
    assert Forecaster(**DRIFT).fit(pa.chunked_array([list(map(float, range(30)))])).forecast().values == want


WRONG = {
    "two columns of one name": (
        lambda: pd.DataFrame([[1, 2.0, 3.0]], columns=["ds", "y", "y"]),
        {"column": "y"},
    ),
    "a cell": (
        lambda: pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=3), "y": ["1", "two", "3"]}),
        {"column": "y", "row": 2},
    ),
    "a time": (
        lambda: pd.DataFrame({"ds": ["2024-01-01", "soon", "2024-01-03"], "y": [1.0, 2.0, 3.0]}),
        {"column": "ds", "row": 2},
    ),
    "no columns": (lambda: pd.DataFrame(), {}),
    "no rows": (lambda: pd.DataFrame({"ds": [], "y": []}), {}),
    "twice": (
        lambda: pd.DataFrame({"ds": pd.to_datetime(["2024-01-01", "2024-01-01"]), "y": [1.0, 2.0]}),
        {"row": 2},
    ),
    "an infinite value": (
        lambda: pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=3), "y": [1.0, float("inf"), 2.0]}),
        {"column": "y", "row": 2},
    ),
    "no numbers": (lambda: pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=3)}), {}),
    "two tickers": (
        lambda: pd.DataFrame(np.ones((3, 4)), columns=pd.MultiIndex.from_product([["Close", "Open"], ["A", "B"]])),
        {},
    ),
    "a matrix": (lambda: np.ones((3, 2)), {}),
    "no series at all": (lambda: object(), {}),
    "complex": (lambda: pd.DataFrame({"y": [1j, 2j]}), {}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_frame_is_told_by_column_row_and_remedy(name):
    make, facts = WRONG[name]
    with pytest.raises(DataError) as caught:
        Forecaster(**DRIFT).fit(make())
    for fact, value in facts.items():
        assert getattr(caught.value, fact) == value, caught.value
    assert caught.value.help, caught.value


def test_yfinance_frames_of_one_ticker_are_read():
    columns = pd.MultiIndex.from_tuples([("Close", "0050.TW"), ("Volume", "0050.TW")], names=["Price", "Ticker"])
    index = pd.date_range("2024-01-01", periods=30, freq="B", name="Date")
    frame = pd.DataFrame(np.column_stack([wave(30), wave(30)]), columns=columns, index=index)
    assert Forecaster(**DRIFT).fit(frame).forecast().times[0] == "2024-02-12"


def test_pandas_needs_no_pyarrow_and_importing_needs_nothing():
    program = """
import sys
sys.modules["pyarrow"] = None
import gatecast
heavy = {"numpy", "pandas", "polars", "tqdm"} & set(sys.modules)
assert not heavy, heavy
import pandas as pd
frame = pd.DataFrame({"unique_id": ["a"] * 9 + ["b"] * 9, "ds": [*range(9)] * 2, "y": [float(i) for i in range(18)]})
made = gatecast.Gatecast(h=2, method="drift", season=1).fit(frame).predict()
assert made["Gatecast"].tolist() == [9.0, 10.0, 18.0, 19.0], made
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_series_that_are_left_out_are_said(panel):
    broken = pd.concat([panel, pd.DataFrame({"unique_id": ["d"], "ds": panel["ds"][:1], "y": [float("inf")]})])
    model = Gatecast(h=2, method="drift", season=1)
    with pytest.warns(UserWarning, match="1 series are left out, such as d: "):
        model.fit(broken)
    assert list(model.skipped_) == ["d"]
    with pytest.raises(DataError):
        Gatecast(h=2, method="drift", season=1, strict=True).fit(broken)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(panel)


def test_inspecting_a_frame_names_its_rows():
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-04"])
    health = gatecast.inspect(pd.DataFrame({"date": days, "close": [1.0, 2.0, 3.0, None]}))
    spots = {finding["kind"]: finding["spots"][0] for finding in health.findings}
    assert "conflicting-rows" in spots and not health.ok
    assert "row 3" in repr(health)
