"""Tourism monthly (366 series, 24 months ahead) by Gatecast, neuralforecast's LSTM and darts' LSTM, each in an environment of its own.

    python benches/python/peers.py gatecast|neuralforecast|darts tourism_monthly_train.csv tourism_monthly_test.csv

Prints seconds to import, to fit and to forecast, the highest memory, and MAE, sMAPE and MASE (season 12) as the competitions define them.
The networks are those of the libraries' own first examples, on two cores.
"""

import csv
import resource
import sys
import time

import numpy as np

HORIZON, SEASON = 24, 12


def rows(path: str) -> dict[str, list[float]]:
    with open(path, newline="", encoding="utf-8") as file:
        lines = [line for line in csv.reader(file) if line[0] not in ("V1", "unique_id")]
    return {line[0]: [float(cell) for cell in line[1:] if cell] for line in lines}


def long_frame(train: dict[str, list[float]]) -> object:
    """In Nixtla's form; the months are made up, since the file has none."""
    import pandas as pd

    frames = []
    for name, values in train.items():
        months = pd.date_range("2000-01-31", periods=len(values), freq="ME")
        frames.append(pd.DataFrame({"unique_id": name, "ds": months, "y": values}))
    return pd.concat(frames, ignore_index=True)


def by_gatecast(train: dict[str, list[float]]):
    start = time.perf_counter()
    from gatecast import Gatecast

    imported = time.perf_counter()
    frame = long_frame(train)
    begun = time.perf_counter()
    model = Gatecast(h=HORIZON, season=SEASON, verbose=False).fit(frame)
    fitted = time.perf_counter()
    made = model.predict()
    end = time.perf_counter()
    return imported - start, fitted - begun, end - fitted, by_name(made, "Gatecast")


def by_neuralforecast(train: dict[str, list[float]]):
    start = time.perf_counter()
    from neuralforecast import NeuralForecast
    from neuralforecast.models import LSTM

    imported = time.perf_counter()
    frame = long_frame(train)
    begun = time.perf_counter()
    network = LSTM(h=HORIZON, input_size=2 * HORIZON, scaler_type="robust", random_seed=0, accelerator="cpu")
    model = NeuralForecast(models=[network], freq="ME")
    model.fit(frame)
    fitted = time.perf_counter()
    made = model.predict()
    end = time.perf_counter()
    return imported - start, fitted - begun, end - fitted, by_name(made, "LSTM")


def by_name(made: object, column: str) -> dict[str, np.ndarray]:
    return {name: part[column].to_numpy() for name, part in made.groupby("unique_id")}


def by_darts(train: dict[str, list[float]]):
    start = time.perf_counter()
    from darts import TimeSeries
    from darts.dataprocessing.transformers import Scaler
    from darts.models import RNNModel

    imported = time.perf_counter()
    series = [TimeSeries.from_values(np.array(values, dtype="float32")) for values in train.values()]
    begun = time.perf_counter()
    scaler = Scaler()
    scaled = scaler.fit_transform(series)
    model = RNNModel(
        input_chunk_length=2 * SEASON,
        training_length=2 * SEASON + HORIZON,
        model="LSTM",
        hidden_dim=25,
        n_rnn_layers=1,
        n_epochs=20,
        random_state=0,
        pl_trainer_kwargs={"accelerator": "cpu", "enable_progress_bar": False},
    )
    model.fit(scaled)
    fitted = time.perf_counter()
    made = scaler.inverse_transform(model.predict(n=HORIZON, series=scaled))
    end = time.perf_counter()
    values = {name: one.values()[:, 0] for name, one in zip(train, made, strict=True)}
    return imported - start, fitted - begun, end - fitted, values


def main() -> None:
    which, train, test = sys.argv[1], rows(sys.argv[2]), rows(sys.argv[3])
    run = {"gatecast": by_gatecast, "neuralforecast": by_neuralforecast, "darts": by_darts}[which]
    imported, fit, forecast, made = run(train)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    scores = []
    for name, truth in test.items():
        known, truth, value = np.array(train[name]), np.array(truth), made[name]
        error = np.abs(value - truth)
        scale = np.abs(known[SEASON:] - known[:-SEASON]).mean()
        scores.append((error.mean(), 200 * (error / (np.abs(value) + np.abs(truth))).mean(), error.mean() / scale))
    mae, smape, mase = np.mean(scores, axis=0)
    print(
        f"{which}: import {imported:.1f} s, fit {fit:.1f} s, forecast {forecast:.1f} s, {memory:.0f} MB; "
        f"MAE {mae:.0f}, sMAPE {smape:.2f}, MASE {mase:.3f}"
    )


if __name__ == "__main__":
    main()
