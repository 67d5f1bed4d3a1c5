"""Layers and a training loop on NumPy arrays, in Keras' words.

A script for Keras runs with its imports changed, as far as it uses what is here: layers in a row, `compile`, `fit`, `predict`,
`evaluate`, `summary`, `save`, `EarlyStopping`. The same seed gives the same weights, bit for bit, at any number of threads.

    >>> import numpy as np
    >>> from gatecast.nn import Dense, Flatten, Input, LSTM, Sequential, TimeDistributed
    >>> x = np.random.default_rng(0).random((64, 5, 2), dtype="float32")
    >>> y = x.sum(axis=(1, 2))[:, None]
    >>> model = Sequential([Input((5, 2)), LSTM(8, return_sequences=True), TimeDistributed(Dense(1)), Flatten(), Dense(1)])
    >>> model.compile(loss="mae", optimizer="adam")
    >>> history = model.fit(x, y, epochs=3, verbose=0)
    >>> len(history.history["loss"]), model.predict(x, verbose=0).shape
    (3, (64, 1))

What differs from Keras: an optimiser starts anew with every `fit`; `EarlyStopping` always keeps the best weights; weights are named
and laid out as PyTorch has them (`model.tensors()`).
"""

from __future__ import annotations

from . import callbacks, layers, models, optimizers, utils
from .callbacks import Callback, EarlyStopping
from .layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Input,
    RepeatVector,
    SimpleRNN,
    TimeDistributed,
)
from .models import History, Sequential, load_model
from .optimizers import SGD, Adam, AdamW, RMSprop
from .utils import set_random_seed

__all__ = [
    "GRU",
    "LSTM",
    "SGD",
    "Adam",
    "AdamW",
    "Bidirectional",
    "Callback",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalMaxPooling1D",
    "History",
    "Input",
    "RMSprop",
    "RepeatVector",
    "Sequential",
    "SimpleRNN",
    "TimeDistributed",
    "callbacks",
    "layers",
    "load_model",
    "models",
    "optimizers",
    "set_random_seed",
    "utils",
]
