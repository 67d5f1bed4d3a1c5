"""Whatever a frame holds: an answer that is right, or an error of the package; never a panic, never a wrong order."""

from __future__ import annotations

import datetime
import gc
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import SMALL, wave
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatecast import Gatecast, GatecastError, inspect

IDS = {
    "text": lambda n: f"s{n}",
    "int": lambda n: n,
    "odd": lambda n: ["", "a,b", 'q"', "é", "  x", None][n % 6],
}
TIMES = {
    "int": lambda n: n,
    "day": lambda n: datetime.date(2024, 1, 1) + datetime.timedelta(days=n),
    "hour": lambda n: datetime.datetime(2024, 1, 1) + datetime.timedelta(hours=n),
    "zone": lambda n: pd.Timestamp("2024-03-30", tz="Europe/Berlin") + pd.Timedelta(hours=n),
    "text": lambda n: (datetime.date(2024, 1, 1) + datetime.timedelta(days=n)).isoformat(),
    "month": lambda n: pd.Period("2024-01", "M") + n,
    "never": lambda n: None,
}
TYPES = ["float64", "float32", "Float64", "int64", "Int64", "object", "category", "string", "bool"]

cells = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.integers(-(10**6), 10**6),
    st.sampled_from([0, 1e300, -1e-300, "", "x", "1,5", "3.25", "NaN", True]),
)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of a few series, in any order, of any types."""
    size = draw(st.integers(0, 25))
    ids = [IDS[draw(st.sampled_from(sorted(IDS)))](draw(st.integers(0, 3))) for _ in range(size)]
    make = TIMES[draw(st.sampled_from(sorted(TIMES)))]
    times = [make(draw(st.integers(0, 30))) for _ in range(size)]
    sound = draw(st.booleans())
    y = draw(st.lists(st.floats(-1e6, 1e6) if sound else cells, min_size=size, max_size=size))
    frame = pd.DataFrame({"unique_id": ids, "ds": times, "y": y})
    kind = draw(st.sampled_from(TYPES))
    try:
        frame["y"] = frame["y"].astype(kind)
    except (TypeError, ValueError, OverflowError):
        pass
    if draw(st.integers(0, 9)) == 0:
        frame.columns = draw(st.permutations(["unique_id", "ds", "y"])) if draw(st.booleans()) else ["y", "y", "ds"]
    return frame


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(frame=frames(), of_polars=st.booleans())
def test_an_answer_or_an_error(frame, of_polars):
    given_frame: object = frame
    if of_polars:
        try:
            given_frame = pl.from_pandas(frame.astype({"unique_id": "string"}))
        except Exception:
            return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            inspect(given_frame)
        except GatecastError:
            pass
        try:
            made = Gatecast(h=2, method="last-value", season=1).fit(given_frame).predict()
        except GatecastError as error:
            assert str(error)
            return
    made = made if isinstance(made, pd.DataFrame) else made.to_pandas()
    if "unique_id" not in made or pd.api.types.is_bool_dtype(frame["y"].dtype):
        return
    # The forecast of each series is its last sound value.
    for name, rows in made.groupby("unique_id"):
        own = frame[frame["unique_id"].map(lambda one, name=name: str(one).strip() == str(name).strip())]
        values = pd.to_numeric(own["y"].astype(object), errors="coerce")
        known = own.assign(value=values)[values.notna()]
        times = known["ds"].map(lambda one: (one is None, str(one) if not isinstance(one, int) else one))
        if any(gone for gone, _ in times) or own["y"].map(type).eq(str).any():
            continue
        last = known.loc[times.sort_values(kind="stable").index[-1], "value"]
        got = rows.iloc[0, -1]
        assert got == pytest.approx(last, rel=1e-5, abs=1e-5), (name, rows, own)


def resident() -> int:
    """Bytes of memory that this process has."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def test_no_memory_is_lost():
    """A thousand fits and forecasts, by methods and by networks, leave the memory where it was."""
    panel = pd.DataFrame({"unique_id": np.repeat(["a", "b"], 60), "ds": [*range(60)] * 2, "y": wave(120)})

    def work(rounds: int) -> None:
        for _ in range(rounds):
            Gatecast(h=2, method="theta", season=7).fit(panel).predict(level=[80])
            if _ % 10 == 0:
                Gatecast(h=2, season=1, **SMALL).fit(panel).predict()
        gc.collect()

    work(300)
    before = resident()
    work(1000)
    assert resident() - before < 16 << 20
