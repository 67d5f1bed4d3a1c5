"""How long Ctrl-C takes to end a fit: milliseconds from the signal to the exception, of twenty fits.

python benches/python/stop.py
"""

import os
import signal
import statistics
import threading
import time

import pandas as pd

from gatecast import Gatecast

DAYS = pd.date_range("2020-01-01", periods=400)
PANEL = pd.concat(
    pd.DataFrame({"unique_id": name, "ds": DAYS, "y": [10 + day % 7 + name for day in range(400)]})
    for name in range(200)
)


def once(delay: float) -> float:
    """Milliseconds from the signal to the exception."""
    sent = []

    def stop() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(delay, stop)
    timer.start()
    try:
        Gatecast(h=5, season=7, epochs=100_000).fit(PANEL)
    except KeyboardInterrupt:
        return 1000 * (time.perf_counter() - sent[0])
    raise RuntimeError("the fit ended by itself")


def main() -> None:
    # Where this runs in the background, the signal is ignored unless it is asked for.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    times = []
    for number in range(20):
        times.append(once(0.5 + number / 10))
        # What was broken off may still be ending.
        time.sleep(0.3)
    print(f"median {statistics.median(times):.1f} ms, longest {max(times):.1f} ms")


if __name__ == "__main__":
    main()
