"""How long ETS and Theta take beside statsforecast, in turn, with the same number of processes or threads.

    python benches/peers/methods.py PANEL.csv SEASON HORIZON [ets|theta]

PANEL.csv has a series a line: its name, then its values. Ours is the whole program, with reading, fitting and writing;
of statsforecast only fitting and forecasting count. Needs statsforecast 2.1.1 and a release build.
"""

import csv
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, AutoTheta

RUNS = 5
THREADS = 2
PROGRAM = Path(__file__).parents[2] / "target/release/gatecast"


def main():
    warnings.filterwarnings("ignore")
    path, season, horizon = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    methods = sys.argv[4:] or ["ets", "theta"]
    with open(path) as file:
        rows = [(row[0], t, float(v)) for row in csv.reader(file) for t, v in enumerate(row[1:]) if v]
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "y"])
    for method in methods:
        model = {"ets": AutoETS, "theta": AutoTheta}[method](season_length=season)
        settings = ["--method", method, "--season", str(season), "--horizon", str(horizon), "--global"]
        subprocess.run(
            [PROGRAM, "train", path, *settings, "--validation-folds", "0", "--test", "0", "--quiet",
             "--out", "/tmp/methods.safetensors"],
            check=True, capture_output=True,
        )

        def ours():
            command = [PROGRAM, "forecast", "/tmp/methods.safetensors", path, "--threads", str(THREADS)]
            subprocess.run(command, check=True, capture_output=True)

        def theirs():
            StatsForecast(models=[model], freq=1, n_jobs=THREADS).forecast(df=frame, h=horizon)

        times = {ours: [], theirs: []}
        for _ in range(RUNS):
            for run in times:
                start = time.perf_counter()
                run()
                times[run].append(time.perf_counter() - start)
        a, b = (statistics.median(times[run]) for run in (ours, theirs))
        print(f"{method}: gatecast {a:.2f} s, statsforecast {b:.2f} s: {b / a:.0f} times as fast", flush=True)


if __name__ == "__main__":
    main()
