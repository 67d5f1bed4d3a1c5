"""Makes methods.json: exponential smoothing, Theta and complex smoothing, from statsforecast.

Needs statsforecast 2.1.1: python make_methods_golden.py [FOLDER OF PANELS]

"cases" are forecasts with given parameters, to the last digit; "panels" are the scores of what it fits by itself, with
the folder of panels, whose files hold a series a line.
"""

import csv
import json
import sys
import warnings

import numpy as np
from statsforecast import StatsForecast
from statsforecast import ets as ets_
from statsforecast._lib import ets, theta
from statsforecast.ces import initstate, pegelsresid_ces, pegelsfcast_C
from statsforecast.models import AutoCES, AutoETS, AutoTheta, Naive
from statsmodels.tsa.seasonal import seasonal_decompose

HORIZON = 10
PANELS = [
    ("m1_yearly", 1, 6),
    ("m1_quarterly", 4, 8),
    ("m1_monthly", 12, 18),
    ("tourism_monthly", 12, 24),
    ("m4_hourly", 24, 48),
]


def values():
    rng = np.random.default_rng(14)
    t = np.arange(40)
    season = np.array([1.2, 0.9, 1.1, 0.8])[t % 4]
    return np.round((50 + 0.7 * t + rng.normal(0, 1.5, 40).cumsum()) * season, 3)


def ets_cases(y):
    alpha, beta, gamma = 0.3, 0.04, 0.15
    seasons = {"N": [], "A": [6.0, -4.0, 3.0, -5.0], "M": [1.15, 0.92, 1.08, 0.85]}
    cases = []
    for form in ["ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA", "MNN", "MAN", "MAdN", "MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM"]:
        error, trend, season = form[0], form[1], form[-1]
        phi = 0.9 if "d" in form else 1.0
        # Seasons stand there with the last one first.
        state = np.array([48.0] + ([0.8] if trend == "A" else []) + seasons[season][::-1])
        m = 4 if season != "N" else 1
        x = np.full(len(state) * (len(y) + 1), np.nan)
        x[: len(state)] = state
        likelihood = ets.calc(
            x, np.empty_like(y), np.empty(3), 3, y,
            ets_.switch(error), ets_.switch(trend), ets_.switch(season),
            alpha, beta if trend == "A" else 0.0, gamma if season != "N" else 0.0, phi, m,
        )
        last = x[-len(state):]
        forecast = np.empty(HORIZON)
        ets_.etsforecast(last, m, ets_.switch(trend), ets_.switch(season), phi, HORIZON, forecast)
        if phi < 1:
            # Its damped trend has the first power twice; the book's is the sum of all powers up to the step's.
            level = last[0] + np.cumsum(phi ** np.arange(1, HORIZON + 1)) * last[1]
            seasons_ahead = np.array([last[1 + m - i % m] for i in range(HORIZON)]) if season != "N" else None
            forecast = {"N": lambda: level, "A": lambda: level + seasons_ahead, "M": lambda: level * seasons_ahead}[season]()
        cases.append({
            "form": form, "alpha": alpha, "beta": beta, "gamma": gamma, "phi": phi, "level": 48.0, "growth": 0.8,
            "season": seasons[season], "likelihood": likelihood, "forecast": forecast.tolist(),
        })
    return cases


def theta_cases(y):
    cases = []
    for name in ["OTM", "DOTM"]:
        model = getattr(theta.ModelType, name)
        first, alpha, weight = 20.0, 0.35, 0.6
        bent = 1 / (1 - weight)
        _, errors, states, _ = theta.pegels_resid(y, model, first, alpha, bent, 3)
        forecast = np.empty(HORIZON)
        theta.forecast(states, len(y), model, forecast, alpha, bent)
        cases.append({
            "dynamic": name == "DOTM", "first": first, "alpha": alpha, "weight": weight,
            "squares": float((errors[3:] ** 2).sum()), "forecast": forecast.tolist(),
        })
    return cases


def ces_cases(y):
    cases = []
    for form in "NSPF":
        m = 1 if form == "N" else 4
        alpha, beta = (1.2, 0.9), {"P": (0.2, 0.0), "F": (1.1, 0.95)}.get(form, (0.0, 0.0))
        state = initstate(y, 4, form)
        _, errors, states, likelihood = pegelsresid_ces(
            y=y, m=m, init_states=state, n_components=state.shape[1], seasontype=form,
            alpha_0=alpha[0], alpha_1=alpha[1], beta_0=beta[0], beta_1=beta[1], nmse=3,
        )
        par = {"alpha_0": alpha[0], "alpha_1": alpha[1], "beta_0": beta[0], "beta_1": beta[1]}
        forecast = pegelsfcast_C(HORIZON, {"m": m, "n": len(y), "states": states, "seasontype": form, "par": par})
        cases.append({
            "form": form, "alpha": alpha, "beta": beta, "likelihood": float(likelihood), "forecast": forecast.tolist(),
        })
    return cases


def panel(folder, name):
    def read(part):
        with open(f"{folder}/{name}_{part}.csv") as file:
            rows = [[cell for cell in row if cell not in ("", "NA")] for row in csv.reader(file)]
        # A header has no numbers.
        rows = [row for row in rows if not row[1].startswith("V")]
        return {row[0]: np.array(row[1:], float) for row in rows}

    return read("train"), read("test")


def scores(known, after, forecasts, m):
    mae, smape, mase = [], [], []
    for name, y in after.items():
        f, t = forecasts[name], known[name]
        error = np.abs(y - f)
        lag = m if len(t) > m else 1
        change = np.abs(t[lag:] - t[:-lag]).mean()
        mae.append(error.mean())
        smape.append(np.mean(200 * error / np.maximum(np.abs(y) + np.abs(f), 1e-300)))
        if change > 0:
            mase.append(error.mean() / change)
    return {"mae": np.mean(mae), "smape": np.mean(smape), "mase": np.mean(mase)}


def panels(folder):
    import pandas as pd

    found = []
    for name, m, h in PANELS:
        known, after = panel(folder, name)
        frame = pd.DataFrame({
            "unique_id": np.concatenate([[k] * len(v) for k, v in known.items()]),
            "ds": np.concatenate([np.arange(len(v)) for v in known.values()]),
            "y": np.concatenate(list(known.values())),
        })
        for method, model in [("ets", AutoETS(m)), ("theta", AutoTheta(m)), ("ces", AutoCES(m))]:
            if (name, method) == ("m4_hourly", "ces"):
                continue  # hours
            run = StatsForecast([model], freq=1, n_jobs=-1, fallback_model=Naive())
            result = run.forecast(df=frame, h=h)
            column = [c for c in result.columns if c not in ("unique_id", "ds")][0]
            of = {k: g[column].to_numpy() for k, g in result.groupby("unique_id", sort=False)}
            found.append({"set": name, "period": m, "horizon": h, "method": method, **scores(known, after, of, m)})
    return found


def main():
    warnings.filterwarnings("ignore")
    y = values()
    try:
        with open("methods.json") as file:
            before = json.load(file)["panels"]
    except FileNotFoundError:
        before = []
    golden = {
        "values": y.tolist(),
        "additive": seasonal_decompose(y, model="additive", period=4).seasonal[:4].tolist(),
        "multiplicative": seasonal_decompose(y, model="multiplicative", period=4).seasonal[:4].tolist(),
        "ets": ets_cases(y),
        "theta": theta_cases(y),
        "ces": ces_cases(y),
        "panels": panels(sys.argv[1]) if len(sys.argv) > 1 else before,
    }
    with open("methods.json", "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
