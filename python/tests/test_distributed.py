"""Jobs for clusters: the same rows in one process, in pieces, and through Dask; errors are rows."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import SMALL, wave

from gatecast import DataError, Gatecast, ModelError, SettingError
from gatecast.distributed import Job, bucket_of, in_one_process, run, run_batches, sample, to_parquet

pa = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Forty series, one of them broken and one too short for a network."""
    frames = []
    for number in range(40):
        count = 3 if number == 7 else 50 + number % 5
        y = wave(count, level=10.0 + number)
        if number == 11:
            y[4] = np.inf
        days = pd.date_range("2024-01-01", periods=count)
        frames.append(pd.DataFrame({"unique_id": f"s{number:02}", "ds": days, "y": y}))
    return pd.concat(frames, ignore_index=True)


def jobs(rows: pd.DataFrame) -> dict[str, Job]:
    model = Gatecast(h=3, season=7, **SMALL)
    with pytest.warns(UserWarning, match="s11"):
        model.fit(rows)
    return {
        "forecast": Job.forecast(model, level=[80]),
        "fit": Job.fit(h=3, season=7, method="theta"),
        "fit_forecast": Job.fit_forecast(h=3, level=[80], **SMALL),
    }


def same(got: pd.DataFrame, want: pd.DataFrame) -> None:
    keys = [name for name in ("unique_id", "step") if name in want]
    got, want = (frame.sort_values(keys, ignore_index=True) for frame in (got, want))
    pd.testing.assert_frame_equal(got[want.columns.tolist()], want, check_dtype=False)


def test_rows_are_the_same_in_pieces_of_any_size(rows):
    for name, job in jobs(rows).items():
        want = in_one_process(rows, job)
        assert want["error_code"].tolist().count("malformed") == 1, name
        table = pa.Table.from_pandas(rows, preserve_index=False)
        for size in (1, 17, 51, 500, 5000):
            batches = table.to_batches(max_chunksize=size)
            pieces = list(run_batches(batches, job.to_bytes()))
            same(pa.Table.from_batches(pieces).to_pandas(), want)
        of_polars = run(pl.from_arrow(table), job.to_bytes())
        assert isinstance(of_polars, pl.DataFrame)
        assert of_polars.height == len(want)


def test_what_comes_out_has_the_columns_that_were_announced(rows):
    for job in jobs(rows).values():
        table = pa.Table.from_pandas(rows[:60], preserve_index=False)
        assert pa.table(job.empty(table[:0])).schema == run(table, job.to_bytes()).schema


def test_half_a_panel_poisoned_gives_half_error_rows(rows):
    odd = rows["unique_id"].str[1:].astype(int) % 2 == 1
    poisoned = rows[rows["unique_id"] != "s07"].copy()
    poisoned.loc[odd & (poisoned["ds"] == "2024-01-02"), "y"] = -np.inf
    job = jobs(rows)["fit"]
    made = in_one_process(poisoned, job)
    broken = made[made["error_code"].notna()]
    assert len(made) == 39 and len(broken) == 19
    assert set(broken["error_code"]) == {"malformed"}
    assert broken["error"].str.contains('row 2, column "y": found "-inf"', regex=False).sum() == 19
    assert made[made["error_code"].isna()]["model"].map(len).min() > 100


def test_seeds_follow_names(rows):
    one = rows[rows["unique_id"] == "s01"]
    renamed = one.assign(unique_id="other")
    job = Job.fit_forecast(h=2, **SMALL)
    made = in_one_process(pd.concat([one, renamed]), job)
    first, second = (group["y_hat"].tolist() for _, group in made.groupby("unique_id", sort=False))
    assert first != second
    assert in_one_process(one, job)["y_hat"].tolist() == first


def test_jobs_that_cannot_be_are_refused(rows):
    each = Gatecast(h=2, season=1, model="each", method="drift").fit(rows[:100])
    with pytest.raises(ValueError, match="fit one for all"):
        Job.forecast(each)
    with pytest.raises(SettingError):
        Job.fit(h=2, epochs=-1)
    with pytest.raises(SettingError, match="isa"):
        Job.fit(h=2, isa="mmx")
    job = Job.fit_forecast(h=2, method="drift")
    with pytest.raises(DataError, match="no column"):
        run(rows.rename(columns={"ds": "when"}), job.to_bytes())
    with pytest.raises(ModelError):
        run(rows, job.to_bytes()[:40])


def test_dask_gives_the_same_rows(rows):
    dd = pytest.importorskip("dask.dataframe")
    from gatecast import distributed

    for job in jobs(rows).values():
        want = in_one_process(rows, job)
        for partitions in (1, 3, 7):
            # Series lie across partitions.
            frame = dd.from_pandas(rows, npartitions=partitions, sort=False)
            same(distributed.dask(frame, job).compute(scheduler="sync"), want)


def test_a_sample_goes_by_names(rows):
    drawn = sample(rows, 0.5, seed=3)
    names = set(drawn["unique_id"])
    assert 10 < len(names) < 30
    assert drawn.equals(rows[rows["unique_id"].isin(names)])
    pieces = pd.concat([sample(rows[:700], 0.5, seed=3), sample(rows[700:], 0.5, seed=3)])
    assert pieces.equals(drawn)
    of_arrow = sample(pa.Table.from_pandas(rows), 0.5, seed=3)
    assert set(of_arrow["unique_id"].to_pylist()) == names
    assert set(sample(rows, 0.5, seed=4)["unique_id"]) != names


def test_work_that_was_broken_off_goes_on(rows, tmp_path):
    job = Job.fit_forecast(h=2, method="theta", season=7)
    in_bucket = rows["unique_id"].map(lambda name: bucket_of(name, 5))

    def rows_of(bucket):
        return rows[in_bucket == bucket]

    calls = []

    def breaks(frame, job):
        calls.append(frame)
        if len(calls) == 3:
            raise ZeroDivisionError
        return in_one_process(frame, job)

    with pytest.raises(ZeroDivisionError):
        to_parquet(rows_of, job, tmp_path, buckets=5, engine=breaks)
    assert to_parquet(rows_of, job, tmp_path, buckets=5) == [2, 3, 4]
    assert to_parquet(rows_of, job, tmp_path, buckets=5) == []
    files = sorted(tmp_path.glob("*.parquet"))
    same(pd.concat(pd.read_parquet(file) for file in files), in_one_process(rows, job))
    with pytest.raises(ValueError, match="another job"):
        to_parquet(rows_of, Job.fit_forecast(h=3, method="theta", season=7), tmp_path, buckets=5)


def test_a_killed_driver_leaves_whole_files_only(rows, tmp_path):
    rows.to_parquet(tmp_path / "rows.parquet")
    program = f"""
import pandas as pd
from gatecast.distributed import Job, bucket_of, to_parquet
rows = pd.read_parquet({str(tmp_path / "rows.parquet")!r})
buckets = rows["unique_id"].map(lambda name: bucket_of(name, 20))
job = Job.fit_forecast(h=2, season=7, epochs=20)
print(to_parquet(lambda bucket: rows[buckets == bucket], job, {str(tmp_path / "out")!r}, buckets=20))
"""
    first = subprocess.Popen([sys.executable, "-c", program])
    done = tmp_path / "out"
    for _ in range(600):
        if len(list(done.glob("*.parquet"))) >= 3:
            break
        time.sleep(0.05)
    first.kill()
    first.wait()
    there = {file.name: file.stat().st_mtime_ns for file in done.glob("*.parquet")}
    assert there, "nothing was done in half a minute"
    second = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert second.stdout.count(",") + 1 == 20 - len(there)
    for name, time_ns in there.items():
        assert os.stat(done / name).st_mtime_ns == time_ns
    made = pd.concat(pd.read_parquet(file) for file in done.glob("*.parquet"))
    job = Job.fit_forecast(h=2, season=7, epochs=20)
    same(made, in_one_process(rows, job))
