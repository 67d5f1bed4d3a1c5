"""The article's fit through Python and by the command line, alternately: seconds of both, and whether the models are the same bytes.

python benches/python/article.py target/release/gatecast 0050.csv
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gatecast import Forecaster

ROUNDS = 7


def main() -> None:
    program, prices = sys.argv[1:]
    folder = Path(tempfile.mkdtemp())
    command = [
        program,
        "train",
        prices,
        "--preset",
        "article",
        "--epochs",
        "100",
        "--json",
        "--out",
        folder / "cli",
        "--quiet",
    ]
    of_program, of_python = [], []
    for _ in range(ROUNDS):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        of_program.append(json.loads(done.stdout)["fit_seconds"])
        start = time.perf_counter()
        fitted = Forecaster("article", epochs=100).fit(prices)
        of_python.append(time.perf_counter() - start)
    one, other = statistics.median(of_python), statistics.median(of_program)
    print(f"Python {one:.3f} s, reading included; command line {other:.3f} s, the fit alone; ratio {one / other:.3f}")
    print("the same bytes:", fitted.to_bytes() == (folder / "cli").read_bytes())


if __name__ == "__main__":
    main()
