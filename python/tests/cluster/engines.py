"""Local clusters of two workers, behind one small face. What this file is not: the adapters are the package's."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import Any

import pandas as pd

from gatecast import distributed


class Dask:
    """Two processes; a nanny starts a killed one again."""

    def __init__(self) -> None:
        from distributed import Client, LocalCluster

        self.cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        self.client = Client(self.cluster)

    def do(self, rows: pd.DataFrame, job: distributed.Job, pieces: int) -> pd.DataFrame:
        import dask.dataframe as dd

        frame = dd.from_pandas(rows, npartitions=pieces, sort=False)
        return distributed.dask(frame, job).compute()

    def close(self) -> None:
        self.client.close()
        self.cluster.close()


class Ray:
    """Two workers."""

    def __init__(self) -> None:
        os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
        import ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        ray.data.DataContext.get_current().enable_progress_bars = False

    def do(self, rows: pd.DataFrame, job: distributed.Job, pieces: int) -> pd.DataFrame:
        import ray

        size = -(-len(rows) // pieces)
        parts = [rows[start : start + size] for start in range(0, len(rows), size)]
        dataset = ray.data.from_pandas(parts)
        return distributed.ray(dataset, job, blocks=pieces).to_pandas()

    def close(self) -> None:
        import ray

        ray.shutdown()


class Spark:
    """Two executors of one core; a failed task is tried again."""

    grouped = False
    #: Rows of a batch that Python is given at once.
    records = 10_000

    def __init__(self) -> None:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        from pyspark.sql import SparkSession

        self.session = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "OFF")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .getOrCreate()
        )

    def do(self, rows: pd.DataFrame, job: distributed.Job, pieces: int) -> pd.DataFrame:
        self.session.conf.set("spark.sql.shuffle.partitions", str(pieces))
        self.session.conf.set("spark.sql.adaptive.enabled", "false")
        self.session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(self.records))
        frame = self.session.createDataFrame(rows)
        return distributed.spark(frame, job, grouped=self.grouped).toPandas()

    def close(self) -> None:
        self.session.stop()


class SparkGrouped(Spark):
    """The same, a series at a time."""

    grouped = True


ENGINES: dict[str, Any] = {"dask": Dask, "ray": Ray, "spark": Spark, "spark-grouped": SparkGrouped}


@contextmanager
def running(name: str) -> Any:
    """A local cluster, for as long as it is needed."""
    engine = ENGINES[name]()
    try:
        yield engine
    finally:
        engine.close()
