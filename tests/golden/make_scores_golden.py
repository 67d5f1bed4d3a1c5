"""Makes scores.json: the scores of forecasts of a few series, from utilsforecast and from the formulas of the M4
competition (Makridakis, Spiliotis & Assimakopoulos 2020, section 2.2 and appendix).

Needs utilsforecast 0.2.17 and statsmodels 0.15: python make_scores_golden.py
"""

import json

import numpy as np
import pandas as pd
from statsmodels.tsa.seasonal import seasonal_decompose
from utilsforecast.losses import coverage, mase, scaled_crps, smape

SEASON, HORIZON = 4, 6
LEVELS = [20, 40, 60, 80, 95]


def series(number):
    rng = np.random.default_rng(number)
    rows = [40, 31, 11][number]
    t = np.arange(rows + HORIZON)
    season = np.array([1.3, 0.8, 1.1, 0.8])[t % SEASON] if number < 2 else 1.0
    level = 10.0 ** number * (20 + 0.3 * t + rng.normal(0, 1, len(t)).cumsum())
    values = np.round(level * season, 3)
    forecast = np.round(values[rows:] * rng.uniform(0.9, 1.1, HORIZON), 3)
    width = np.round(10.0 ** number * np.sqrt(np.arange(1, HORIZON + 1)), 3)
    bands = {
        level: ((level / 80 * width).round(4).tolist(), (level / 70 * width).round(4).tolist())
        for level in LEVELS
    }
    return values[:rows], values[rows:], forecast, bands


def naive2(known):
    n = len(known)
    seasonal = False
    if n >= 3 * SEASON:
        centred = known - known.mean()
        r = np.array([(centred[k:] * centred[: n - k]).sum() for k in range(SEASON + 1)])
        r = r / r[0]
        limit = 1.645 / np.sqrt(n) * np.sqrt(1 + 2 * (r[1:SEASON] ** 2).sum())
        seasonal = abs(r[SEASON]) > limit
    index = np.ones(SEASON)
    if seasonal:
        index = seasonal_decompose(known, model="multiplicative", period=SEASON).seasonal[:SEASON]
    last = known[-1] / index[(n - 1) % SEASON]
    return np.array([last * index[(n + k) % SEASON] for k in range(HORIZON)])


def main():
    frames, train, cases, intervals = [], [], [], []
    for number in range(3):
        known, actual, forecast, bands = series(number)
        name = f"S{number}"
        base = naive2(known)
        rows = {"unique_id": name, "ds": range(HORIZON), "y": actual, "model": forecast, "naive2": base}
        for level, (below, above) in bands.items():
            rows[f"model-lo-{level}"] = forecast - below
            rows[f"model-hi-{level}"] = forecast + above
        frames.append(pd.DataFrame(rows))
        train.append(pd.DataFrame({"unique_id": name, "ds": range(-len(known), 0), "y": known}))
        low, high = frames[-1]["model-lo-95"].values, frames[-1]["model-hi-95"].values
        outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
        change = np.abs(known[SEASON:] - known[:-SEASON]).mean()
        intervals.append((high - low + 2 / 0.05 * outside).mean() / change)
        cases.append({
            "name": name, "known": known.tolist(), "actual": actual.tolist(), "forecast": forecast.tolist(),
            "bands": [{"level": level, "below": below, "above": above} for level, (below, above) in bands.items()],
            "naive2": base.tolist(), "msis": intervals[-1],
        })
    frame, train = pd.concat(frames, ignore_index=True), pd.concat(train, ignore_index=True)
    models = ["model", "naive2"]
    scale = mase(frame, models, SEASON, train)
    # Of one, rather than of two hundred per cent.
    percent = smape(frame, models)
    percent[models] *= 200
    means = {m: (percent[m].mean(), scale[m].mean()) for m in models}
    quantiles = np.arange(1, 10) / 10
    for q in quantiles:
        level = round(abs(200 * q - 100))
        end = "lo" if q < 0.5 else "hi"
        frame[f"q{q:.1f}"] = frame["model"] if level == 0 else frame[f"model-{end}-{level}"]
    columns = {"model": [f"q{q:.1f}" for q in quantiles]}
    # By series; that of all is weighed by their sizes.
    own = scaled_crps(frame, columns, quantiles)["model"].values
    sizes = frame.groupby("unique_id")["y"].apply(lambda y: y.abs().sum()).values
    for at, case in enumerate(cases):
        case["smape"], case["mase"] = percent["model"][at], scale["model"][at]
        case["wql"] = own[at]
        for level in (80, 95):
            case[f"coverage{level}"] = 100 * coverage(frame, ["model"], level)["model"][at]
    all_scores = {
        "owa": (means["model"][0] / means["naive2"][0] + means["model"][1] / means["naive2"][1]) / 2,
        "msis": np.mean(intervals),
        "wql": (own * sizes).sum() / sizes.sum(),
        "coverage80": 100 * coverage(frame, ["model"], 80)["model"].mean(),
        "coverage95": 100 * coverage(frame, ["model"], 95)["model"].mean(),
    }
    with open("scores.json", "w") as file:
        json.dump({"season": SEASON, "horizon": HORIZON, "series": cases, "all": all_scores}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
