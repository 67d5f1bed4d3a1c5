"""The article's network in Keras, scored as `gatecast train --preset article --test 0.2` scores it.

    python article_keras.py PRICES.csv FIRST_SEED END_SEED

Prints a seed and its test MAE a line, in the units of the file. Nothing of the test part is seen by
the scaler or in training; the windows in front of test targets may reach back.
"""

import csv
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from keras import layers

WINDOW = 5


def score(prices, seed):
    rows, cut = len(prices), int(0.8 * len(prices))
    train = prices[:cut]
    scaled = (prices - train.mean(0)) / (train.max(0) - train.min(0))
    target = np.arange(WINDOW, rows)
    x = np.stack([scaled[row - WINDOW : row] for row in target]).astype("float32")
    y = scaled[WINDOW:, :1].astype("float32")
    keras.utils.set_random_seed(seed)
    net = keras.Sequential(
        [
            layers.Input((WINDOW, 2)),
            layers.LSTM(256, return_sequences=True),
            layers.LSTM(256, return_sequences=True),
            layers.TimeDistributed(layers.Dense(1)),
            layers.Flatten(),
            layers.Dense(5),
            layers.Dense(1),
        ]
    )
    net.compile(loss="mae", optimizer="adam")
    net.fit(x[target < cut], y[target < cut], epochs=100, batch_size=32, verbose=0)
    close = train[:, 0]
    forecast = net.predict(x[target >= cut], verbose=0)[:, 0] * (close.max() - close.min()) + close.mean()
    return np.abs(forecast - prices[cut:, 0]).mean()


def main():
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        prices = np.array([[float(row["Close"]), float(row["Volume"])] for row in csv.DictReader(file)])
    for seed in range(int(sys.argv[2]), int(sys.argv[3])):
        print(seed, round(float(score(prices, seed)), 4), flush=True)


if __name__ == "__main__":
    main()
