"""What the tests share."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

#: Real data beside the project; tests that need some skip where they are not.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"no data at {DATA}")
    return DATA


def wave(rows: int, season: int = 7, level: float = 10.0) -> np.ndarray:
    """A trend, a season and some noise."""
    noise = np.random.default_rng(1).normal(scale=0.3, size=rows)
    return np.array([level + 0.05 * t + 2 * math.sin(2 * math.pi * t / season) for t in range(rows)]) + noise


@pytest.fixture
def series() -> pd.DataFrame:
    """One daily series."""
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=90), "y": wave(90)})


@pytest.fixture
def panel() -> pd.DataFrame:
    """Three daily series of different lengths."""
    frames = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2024-01-01", periods=rows),
                "y": wave(rows, level=level),
            }
        )
        for name, rows, level in [("b", 80, 10.0), ("a", 60, 100.0), ("c", 70, 1.0)]
    ]
    return pd.concat(frames, ignore_index=True)


#: Settings under which a network is fitted in no time.
SMALL = {"hidden": [4], "epochs": 2, "members": 1}
