"""M4 hourly from a frame: seconds, scores, and how much memory comes on top of the frame.

    python benches/python/hourly.py pandas m4_hourly_train.csv m4_hourly_test.csv
    python benches/python/hourly.py polars m4_hourly_train.csv m4_hourly_test.csv

Compare `gatecast train m4_hourly_train.csv --truth m4_hourly_test.csv --global --season 24 --horizon 48`.
"""

import csv
import gc
import sys
import time
from pathlib import Path

from gatecast import Gatecast


def rows(path: str) -> dict[str, list[float]]:
    """The values of each series of a file with a series a line."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = [line for line in csv.reader(file) if line[0] != "V1"]
    return {line[0]: [float(cell) for cell in line[1:] if cell] for line in lines}


def memory(name: str) -> float:
    """A line of /proc/self/status, in MB."""
    text = Path("/proc/self/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1]) / 1024


def frame(kind: str, path: str) -> object:
    series = rows(path)
    columns = {
        "unique_id": [name for name, values in series.items() for _ in values],
        "ds": [step for values in series.values() for step in range(1, len(values) + 1)],
        "y": [value for values in series.values() for value in values],
    }
    if kind == "pandas":
        import pandas as pd

        return pd.DataFrame(columns)
    import polars as pl

    return pl.DataFrame(columns)


def main() -> None:
    kind, train, test = sys.argv[1:]
    bare = memory("VmRSS")
    df = frame(kind, train)
    gc.collect()
    size = (df.memory_usage(deep=True).sum() if kind == "pandas" else df.estimated_size()) / 2**20
    # The highest memory so far is that of the lists above.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    start = time.perf_counter()
    model = Gatecast(h=48, season=24).fit(df)
    fitted = time.perf_counter()
    made = model.predict()
    end = time.perf_counter()
    values = made["Gatecast"].to_list() if kind == "polars" else made["Gatecast"].tolist()
    mae, smape = [], []
    for at, truth in enumerate(rows(test).values()):
        pairs = list(zip(values[48 * at : 48 * at + 48], truth, strict=True))
        mae.append(sum(abs(one - other) for one, other in pairs) / 48)
        smape.append(sum(200 * abs(one - other) / (abs(one) + abs(other)) for one, other in pairs) / 48)
    print(f"{kind}: fit {fitted - start:.1f} s, predict {end - fitted:.1f} s")
    print(f"MAE {sum(mae) / len(mae):.2f}, sMAPE {sum(smape) / len(smape):.3f}")
    print(
        f"memory: Python alone {bare:.0f} MB, with the frame {before:.0f} MB (the frame by itself {size:.0f}), "
        f"at most {memory('VmHWM'):.0f} MB"
    )


if __name__ == "__main__":
    main()
