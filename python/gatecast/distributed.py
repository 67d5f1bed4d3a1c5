"""Millions of series on many machines: one pure function, and how Dask, Ray and Spark carry it.

A `gatecast.distributed.Job` says what is done with each series; `gatecast.distributed.run` does it for the rows of
some series and gives back rows. What comes of a series depends on its own rows and the job alone: not on partitions, threads
or machines. What is wrong with a series is a row with ``error_code`` and ``error``; nothing in the data raises.

    >>> from gatecast.distributed import Job, run
    >>> import polars as pl
    >>> rows = pl.DataFrame({"unique_id": ["a"] * 4 + ["b"], "ds": [1, 2, 3, 4, 1], "y": [1.0, 2.0, 3.0, 4.0, 7.0]})
    >>> job = Job.fit_forecast(h=1, method="drift")
    >>> made = run(rows, job.to_bytes())
    >>> made["y_hat"].to_list(), made["error_code"].to_list()
    ([5.0, None], [None, 'too_few_rows'])

What this file is not: the work is done by the compiled part, and no engine is imported before it is used.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import _gatecast
from ._frames import Reading, give_back, library, opened_batch
from ._many import Gatecast
from ._settings import levels_of, to_json, whole

__all__ = ["Job", "dask", "in_one_process", "ray", "run", "run_batches", "sample", "spark", "to_parquet"]


class Job:
    """What is done with every series. It can be sent anywhere as bytes."""

    def __init__(self, job: _gatecast.Job) -> None:
        self._job = job

    @classmethod
    def forecast(
        cls,
        model: Gatecast,
        h: int | None = None,
        level: Sequence[int] = (),
        *,
        id_col: str = "unique_id",
        time_col: str = "ds",
        isa: str | None = None,
        threads: int = 1,
        reading: dict[str, Any] | None = None,
    ) -> Job:
        """Forecasts by one model for all series, fitted before: ``unique_id, ds, step, y_hat, lo-80, hi-80, error_code, error``.

        Args:
            model: one model for all (``model="global"``).
            h: steps; those of the model if None.
            level: levels of bands in per cent.
            id_col: the column that names the series.
            time_col: the column of times.
            isa: the vector instructions that all machines compute with (``"avx512"``, ``"avx2"``, ``"portable"``), so that
                all get the same bits; those of this machine if None.
            threads: threads of a task; an engine counts its cores itself.
            reading: how texts are read.
        """
        fitted = model.compiled()
        read = Reading(time=time_col, **(reading or {})).to_json()
        return cls(_gatecast.Job("forecast", fitted, None, id_col, time_col, read, h, levels_of(level), isa, threads))

    @classmethod
    def fit(cls, *, h: int = 1, isa: str | None = None, threads: int = 1, **settings: Any) -> Job:
        """Fits a model to each series: one row with ``model`` (the model file), scores and verdict.

        Args:
            h: steps that the models forecast.
            isa: as for `forecast`.
            threads: as for `forecast`.
            **settings: ``id_col``, ``time_col``, ``target_col``, ``reading``, and any setting of a fit.
        """
        return cls(cls._to_fit("fit", h, (), isa, threads, settings))

    @classmethod
    def fit_forecast(
        cls, *, h: int = 1, level: Sequence[int] = (), isa: str | None = None, threads: int = 1, **settings: Any
    ) -> Job:
        """Forecasts by a model fitted to each series, which is not kept; columns as for `forecast`."""
        return cls(cls._to_fit("fit_forecast", h, level, isa, threads, settings))

    @staticmethod
    def _to_fit(
        task: str, h: int, level: Sequence[int], isa: str | None, threads: int, settings: dict[str, Any]
    ) -> _gatecast.Job:
        settings = dict(settings)
        id_col = settings.pop("id_col", "unique_id")
        time_col = settings.pop("time_col", "ds")
        target = settings.pop("target_col", "y")
        read = Reading(time=time_col, **settings.pop("reading", {})).to_json()
        if task == "fit_forecast":
            # Nobody would see the scores of a test part.
            settings.setdefault("test", 0)
        text = to_json({"target": target, "horizon": whole("h", h), **settings})
        return _gatecast.Job(task, None, text, id_col, time_col, read, None, levels_of(level), isa, threads)

    def to_bytes(self) -> bytes:
        """As it travels."""
        return self._job.to_bytes()

    @property
    def id_col(self) -> str:
        """The column that names the series."""
        return self._job.id

    @property
    def time_col(self) -> str:
        """The column of times."""
        return self._job.time

    def empty(self, rows: Any) -> _gatecast.Table:
        """A table without rows that has the columns of what comes of such rows."""
        return self._job.empty(rows)

    def sha256(self) -> str:
        """What tells one job from another."""
        return self._job.sha256()

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.to_bytes(),)


def _again(job: bytes) -> Job:
    return Job(_parsed(job))


@functools.lru_cache(maxsize=4)
def _parsed(job: bytes) -> _gatecast.Job:
    """A job, read once in a process rather than once a batch."""
    return _gatecast.Job.parse(job)


def run(batch: Any, job: bytes) -> Any:
    """Does a job for every series of a batch.

    Args:
        batch: the rows of whole series: a pandas or polars frame, a pyarrow table or batch.
        job: what `gatecast.distributed.Job.to_bytes` gave.

    Returns:
        rows, in a frame of the same kind.

    Raises:
        ModelError: the job was made by another version.
        DataError: there is no column of names or times.
        SettingError: this machine does not compute with the job's instructions.
    """
    stream, origin = opened_batch(batch)
    made = give_back(_parsed(job).run(stream), origin)
    if origin.kind == "pandas":
        # One type, whether a series failed or not.
        counts = {name: "Int64" for name in ("step", "rows") if name in made}
        made = made.astype(counts)
    return made


def in_one_process(frame: Any, job: Job) -> Any:
    """The same without a cluster, to compare with."""
    return run(frame, job.to_bytes())


def run_batches(batches: Iterable[Any], job: bytes) -> Iterator[Any]:
    """Does a job for pyarrow batches in which the rows of a series stand together, perhaps over a border of two."""
    pa = library("pyarrow")

    name = _parsed(job).id
    held: list[Any] = []
    for batch in batches:
        if batch.num_rows == 0:
            continue
        names = batch.column(name)
        # The last series may go on in the next batch.
        last, begins = names[-1].as_py(), batch.num_rows
        while begins > 0 and names[begins - 1].as_py() == last:
            begins -= 1
        if begins > 0 or (held and held[-1].column(name)[-1].as_py() != last):
            ready = pa.Table.from_batches([*held, batch.slice(0, begins)])
            if ready.num_rows:
                yield from run(ready, job).to_batches()
            held = []
        held.append(batch.slice(begins))
    if held:
        yield from run(pa.Table.from_batches(held), job).to_batches()


# --- engines --------------------------------------------------------------------------------------


def dask(frame: Any, job: Job, *, together: bool = False) -> Any:
    """Does a job for a Dask frame.

    Args:
        frame: a ``dask.dataframe.DataFrame``.
        job: what is done.
        together: whether the rows of each series lie in one partition already; else they are brought there first.

    Returns:
        a lazy Dask frame.
    """
    bytes_, id_col, time_col = job.to_bytes(), job.id_col, job.time_col
    meta = run(frame._meta, bytes_)
    if not together:
        frame = frame.shuffle(id_col)
    return frame.map_partitions(_sorted_run, bytes_, id_col, time_col, meta=meta)


def _sorted_run(rows: Any, job: bytes, id_col: str, time_col: str) -> Any:
    """Rows that came over a network come in any order, and messages tell of rows by their number."""
    return run(rows.sort_values([id_col, time_col], kind="stable"), job)


def ray(dataset: Any, job: Job, *, blocks: int | None = None) -> Any:
    """Does a job for a ``ray.data.Dataset``: rows are brought together by series, in so many blocks, and mapped."""
    bytes_, id_col, time_col = job.to_bytes(), job.id_col, job.time_col
    blocks = blocks or max(1, dataset.num_blocks() if hasattr(dataset, "num_blocks") else 8)
    together = dataset.repartition(blocks, keys=[id_col])

    def map_block(table: Any) -> Any:
        return run(table.sort_by([(id_col, "ascending"), (time_col, "ascending")]), bytes_)

    return together.map_batches(map_block, batch_size=None, batch_format="pyarrow", zero_copy_batch=True)


def spark(frame: Any, job: Job, *, grouped: bool = False) -> Any:
    """Does a job for a Spark frame.

    Args:
        frame: a ``pyspark.sql.DataFrame``.
        job: what is done.
        grouped: take series one by one (``applyInArrow``), which suits long fits of few series; else they are brought
            together by name and taken many at a time (``mapInArrow``).
    """
    bytes_, id_col, time_col = job.to_bytes(), job.id_col, job.time_col
    schema, of_arrow = _spark_schema(frame, job)
    if grouped:

        def one(rows: Any) -> Any:
            return run(rows.sort_by([(time_col, "ascending")]), bytes_).cast(of_arrow)

        return frame.groupBy(id_col).applyInArrow(one, schema)

    def many(batches: Iterable[Any]) -> Iterator[Any]:
        return (batch.cast(of_arrow) for batch in run_batches(batches, bytes_))

    together = frame.repartition(id_col).sortWithinPartitions(id_col, time_col)
    return together.mapInArrow(many, schema)


def _spark_schema(frame: Any, job: Job) -> tuple[Any, Any]:
    """The columns of the result as Spark's types, and as those of Arrow that Spark takes for them."""
    pa = library("pyarrow")
    types = library("pyspark.sql.pandas.types")
    zone = frame.sparkSession.conf.get("spark.sql.session.timeZone")
    empty = types.to_arrow_schema(frame.schema, timezone=zone).empty_table()
    schema = types.from_arrow_schema(pa.table(job.empty(empty)).schema)
    # Spark shows times by the clock of the session, and takes them in UTC.
    return schema, types.to_arrow_schema(schema, timezone="UTC")


# --- a sample for one model -----------------------------------------------------------------------


def sample(batch: Any, share: float, *, id_col: str = "unique_id", seed: int = 0) -> Any:
    """The rows of a share of the series, drawn by their names: the same at any number of partitions.

    One model for all is learnt on the driver, from some of the series: ``frame.map_partitions(sample, 0.01)`` and its like
    bring them there.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; it must be above 0 and at most 1")
    most = int(share * 2**64)
    names = batch[id_col]
    values = names.to_pylist() if hasattr(names, "to_pylist") else names.to_list()
    drawn = {name: _hash(f"{seed}/{name}") < most for name in set(values)}
    keep = [drawn[name] for name in values]
    if hasattr(batch, "loc"):
        return batch.loc[keep]
    return batch.filter(keep)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


# --- work that can be broken off ------------------------------------------------------------------


def bucket_of(name: Any, buckets: int) -> int:
    """In which of so many buckets a series lies."""
    return _hash(str(name)) % buckets


def to_parquet(
    rows_of: Callable[[int], Any],
    job: Job,
    folder: str | os.PathLike[str],
    *,
    buckets: int,
    engine: Callable[[Any, Job], Any] = in_one_process,
) -> list[int]:
    """Does a job bucket by bucket, each in a Parquet file of its own; those that are there already are skipped.

    A driver that was killed can be started again with the same arguments. A file is whole or not there.

    Args:
        rows_of: gives the rows of a bucket, in a frame that the engine takes.
        job: what is done.
        folder: where files go, beside ``manifest.json``, which tells of which job they are.
        buckets: how many there are.
        engine: `gatecast.distributed.dask`, `ray`, `spark` or none.

    Returns:
        the buckets that were done.
    """
    pq = library("pyarrow.parquet")

    folder = os.fspath(folder)
    os.makedirs(folder, exist_ok=True)
    manifest = {"job": job.sha256(), "buckets": buckets, "version": _gatecast.version()}
    path = os.path.join(folder, "manifest.json")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        if found != manifest:
            raise ValueError(f"{path} is of another job, or another number of buckets; choose another folder")
    else:
        _write_whole(path, json.dumps(manifest).encode())
    done: list[int] = []
    for bucket in range(buckets):
        target = os.path.join(folder, f"bucket-{bucket:05}.parquet")
        if os.path.exists(target):
            continue
        made = _to_arrow(engine(rows_of(bucket), job))
        part = f"{target}.part"
        pq.write_table(made, part)
        os.replace(part, target)
        done.append(bucket)
    return done


def _write_whole(path: str, content: bytes) -> None:
    with open(f"{path}.part", "wb") as file:
        file.write(content)
    os.replace(f"{path}.part", path)


def _to_arrow(made: Any) -> Any:
    """What an engine made, as a pyarrow table."""
    pa = library("pyarrow")

    if hasattr(made, "compute"):
        made = made.compute()
    if hasattr(made, "toArrow"):
        return made.toArrow()
    if hasattr(made, "to_arrow_refs"):
        engine = library("ray")

        return pa.concat_tables(engine.get(made.to_arrow_refs()))
    if hasattr(made, "iloc"):
        return pa.Table.from_pandas(made, preserve_index=False)
    return pa.table(made)
