"""What engines cost: many series through Dask, Ray and Spark (local clusters of two workers) beside one process.

    python benches/python/clusters.py forecast 100000      # by one model for all
    python benches/python/clusters.py fit 10000            # a small model for each

One process has two threads, each engine two workers of one. Prints seconds without the start of the cluster, and whether the rows are
the same bits.
"""

import math
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from gatecast import Gatecast
from gatecast.distributed import Job, in_one_process

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python" / "tests" / "cluster"))
from engines import ENGINES, running


def panel(series: int, length: int) -> pd.DataFrame:
    days = np.arange(length)
    names = np.repeat([f"s{number:07}" for number in range(series)], length)
    values = [10 + number % 100 + np.sin(days * (1 + number % 7) * math.pi / 7) for number in range(series)]
    dates = np.tile(pd.date_range("2024-01-01", periods=length).to_numpy(), series)
    return pd.DataFrame({"unique_id": names, "ds": dates, "y": np.concatenate(values)})


def jobs(task: str, rows: pd.DataFrame) -> list[Job]:
    """The job with one thread, and with two."""
    if task == "forecast":
        some = rows[rows["unique_id"] < "s0001000"]
        model = Gatecast(h=7, season=7, epochs=2).fit(some)
        return [Job.forecast(model, level=[80], threads=threads) for threads in (1, 2)]
    small = {"hidden": [8], "epochs": 10, "members": 1, "validation_folds": 0}
    return [Job.fit(h=7, season=7, threads=threads, **small) for threads in (1, 2)]


def main() -> None:
    warnings.simplefilter("ignore")
    task, series = sys.argv[1], int(sys.argv[2])
    engines = sys.argv[3:] or [name for name in ENGINES if name != "spark-grouped"]
    rows = panel(series, 60 if task == "forecast" else 120)
    one, two = jobs(task, rows)
    start = time.perf_counter()
    want = in_one_process(rows, two)
    alone = time.perf_counter() - start
    print(f"{task} of {series} series: one process with two threads {alone:.1f} s", flush=True)
    keys = [name for name in ("unique_id", "step") if name in want]
    value = "y_hat" if "y_hat" in want else "model"
    want = want.sort_values(keys, ignore_index=True)
    for name in engines:
        with running(name) as engine:
            # The workers import what they need.
            engine.do(rows[: len(rows) // series * 10], one, 2)
            start = time.perf_counter()
            got = engine.do(rows, one, 8)
            seconds = time.perf_counter() - start
        got = got.sort_values(keys, ignore_index=True)
        same = len(got) == len(want) and all(
            (left is None and right is None) or left == right
            for left, right in zip(got[value], want[value], strict=True)
        )
        print(f"{name}: {seconds:.1f} s ({seconds / alone:.2f}), the same bits: {same}", flush=True)


if __name__ == "__main__":
    main()
