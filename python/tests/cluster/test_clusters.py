"""Ray, Spark and Dask give the rows that one process gives, also where a worker is killed in the middle."""

from __future__ import annotations

import math
import shutil
import threading
import time
import warnings

import numpy as np
import pandas as pd
import psutil
import pytest
from engines import ENGINES, running

from gatecast import Gatecast
from gatecast.distributed import Job, in_one_process


def rows_of(series: int, length: int, *, poisoned: bool = False) -> pd.DataFrame:
    """Daily series; with `poisoned`, every second one holds an infinite value."""
    frames = []
    for number in range(series):
        y = np.array([10 + number + math.sin(day * (1 + number % 3)) for day in range(length)])
        if poisoned and number % 2:
            y[3] = np.inf
        days = pd.date_range("2024-01-01", periods=length)
        frames.append(pd.DataFrame({"unique_id": f"s{number:03}", "ds": days, "y": y}))
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    if "spark" in request.param and shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or newer")
    with running(request.param) as engine:
        # Batches of few rows, so that series lie across their borders.
        engine.records = 77
        yield engine


def same(got: pd.DataFrame, want: pd.DataFrame) -> None:
    """Bit for bit, in any order; engines have types of their own for texts and times."""
    keys = [name for name in ("unique_id", "step") if name in want]
    assert list(got.columns) == list(want.columns)
    got, want = (frame.sort_values(keys, ignore_index=True) for frame in (got, want))
    assert len(got) == len(want)
    for name in want.columns:
        one, other = (frame[name] for frame in (got, want))
        if name == "ds":
            one, other = (pd.to_datetime(column).astype("datetime64[us]") for column in (one, other))
        if name == "model":
            assert [None if m is None else bytes(m) for m in one] == list(other)
            continue
        gone = other.isna().to_numpy()
        assert (one.isna().to_numpy() == gone).all(), name
        assert one[~gone].tolist() == other[~gone].tolist(), name


def test_rows_are_those_of_one_process(engine):
    rows = rows_of(30, 60)
    model = Gatecast(h=3, season=7, hidden=[4], epochs=1, members=1).fit(rows)
    jobs = [
        Job.forecast(model, level=[80, 95]),
        Job.fit(h=2, season=7, hidden=[4], epochs=1, members=1),
        Job.fit_forecast(h=2, method="theta", season=7),
    ]
    for job in jobs:
        want = in_one_process(rows, job)
        assert want["error_code"].isna().all()
        for pieces in (1, 4):
            same(engine.do(rows, job, pieces), want)


def test_half_a_panel_poisoned_gives_half_error_rows(engine):
    rows = rows_of(40, 30, poisoned=True)
    job = Job.fit_forecast(h=2, method="drift")
    got = engine.do(rows, job, 3)
    assert (got["error_code"] == "malformed").sum() == 20
    same(got, in_one_process(rows, job))


def test_a_killed_worker_changes_nothing(engine):
    rows = rows_of(40, 120)
    job = Job.fit_forecast(h=2, hidden=[16], epochs=40, members=2)
    want = in_one_process(rows, job)
    killed: list[str] = []

    def kill() -> None:
        """Kills the first Python process below this one that has computed for a while."""
        began: dict[int, float] = {}
        for _ in range(3000):
            time.sleep(0.01)
            for process in psutil.Process().children(recursive=True):
                try:
                    if "python" not in process.exe():
                        continue
                    busy = sum(process.cpu_times()[:2])
                    # Not what it took to start.
                    if busy - began.setdefault(process.pid, busy) > 0.6 and "gatecast" in maps(process):
                        process.kill()
                        killed.append(process.name())
                        return
                except psutil.Error:
                    continue

    thread = threading.Thread(target=kill)
    thread.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = engine.do(rows, job, 4)
    thread.join()
    assert killed, "no worker was busy for long enough to be killed"
    same(got, want)


def maps(process: psutil.Process) -> str:
    """The libraries that a process has loaded."""
    return " ".join(one.path for one in process.memory_maps())
