"""Ctrl-C ends long work, and leaves everything as it was."""

from __future__ import annotations

import os
import signal
import threading
import time

import pandas as pd
import pytest
from conftest import wave

from gatecast import Forecaster, Gatecast


def long_panel() -> pd.DataFrame:
    days = pd.date_range("2020-01-01", periods=400)
    return pd.concat(pd.DataFrame({"unique_id": name, "ds": days, "y": wave(400)}) for name in range(50))


def interrupted(call):
    """Does something that takes long, and is interrupted in the middle."""
    # Where tests run in the background, the signal is ignored unless it is asked for.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            call()
            # A signal that came too late is for this line.
            time.sleep(60)
    finally:
        timer.cancel()


@pytest.mark.parametrize(
    "call",
    [
        lambda panel: Gatecast(h=5, season=7, epochs=100_000, patience=100_000).fit(panel),
        lambda panel: Gatecast(h=5, season=7, model="each", epochs=100_000).fit(panel),
        lambda panel: Gatecast(h=5, season=7, epochs=100_000).cross_validation(panel, n_windows=3),
        lambda panel: Forecaster("article", target="y", features=["y"], epochs=100_000).fit(panel.iloc[:400, 1:]),
        lambda panel: Forecaster(epochs=100_000).backtest(panel.iloc[:400, 1:]),
    ],
    ids=["global", "each", "cross-validation", "one", "backtest"],
)
def test_ctrl_c_ends_long_work(call):
    panel = long_panel()
    copy = panel.copy()
    interrupted(lambda: call(panel))
    pd.testing.assert_frame_equal(panel, copy)
    # The interpreter and the frame are as good as before.
    assert len(Gatecast(h=2, method="drift", season=1).fit(panel).predict()) == 100


def test_what_a_progress_raises_ends_the_fit(monkeypatch):
    import gatecast._progress as progress

    def broken(self, what, done, of, loss):
        raise ZeroDivisionError(what)

    monkeypatch.setattr(progress.Progress, "__call__", broken)
    with pytest.raises(ZeroDivisionError, match="networks"):
        Gatecast(h=5, season=7, epochs=1000, verbose=True).fit(long_panel())


def test_other_threads_go_on_meanwhile():
    counted = 0
    done = threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    Forecaster("article", target="y", features=["y"], epochs=20).fit(wave(300))
    done.set()
    thread.join()
    assert counted > 10
