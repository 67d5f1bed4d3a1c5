"""Layers on arrays in Keras' words: a script for Keras runs with its imports changed."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from gatecast import DataError, ModelError, SettingError
from gatecast.nn import (
    GRU,
    LSTM,
    Adam,
    Bidirectional,
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    Embedding,
    Flatten,
    GlobalMaxPooling1D,
    Input,
    RepeatVector,
    Sequential,
    SimpleRNN,
    TimeDistributed,
    load_model,
    set_random_seed,
)


def samples(count: int = 96) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).random((count, 5, 2), dtype="float32")
    return x, x.sum(axis=(1, 2))[:, None]


def small() -> Sequential:
    set_random_seed(1)
    model = Sequential([Input((5, 2)), LSTM(6, return_sequences=True), Flatten(), Dense(1)])
    model.compile(loss="mae", optimizer=Adam(learning_rate=0.01))
    return model


#: The article's script, as its readers wrote it for Keras; only the first lines differ from module to module.
SCRIPT = """
from keras.models import Sequential
from keras.layers import Dense, Dropout, Flatten, LSTM, TimeDistributed, RepeatVector
from keras.callbacks import EarlyStopping

def buildManyToOneModel(shape):
    model = Sequential()
    model.add(LSTM(256, input_length=shape[1], input_dim=shape[2], return_sequences=True))
    model.add(LSTM(256, return_sequences=True))
    model.add(TimeDistributed(Dense(1)))
    model.add(Flatten())
    model.add(Dense(5, activation='linear'))
    model.add(Dense(1, activation='linear'))
    model.compile(loss="mean_absolute_error", optimizer="adam", metrics=['mean_absolute_error'])
    model.summary()
    return model

model = buildManyToOneModel(X_train.shape)
callback = EarlyStopping(monitor="mean_absolute_error", patience=10, verbose=1, mode="auto")
callback = EarlyStopping(monitor="val_loss", patience=10, verbose=1, mode="auto")
history = model.fit(X_train, Y_train, epochs=4, batch_size=5, validation_split=0.1, shuffle=True, verbose=0, callbacks=[callback])
loss = history.history['loss']
predicted = model.predict(X_train)
"""


def test_the_articles_script_runs_with_its_imports_changed(capsys):
    script = SCRIPT.replace("from keras", "from gatecast.nn")
    # What cannot be watched is refused rather than ignored.
    script = "\n".join(line for line in script.splitlines() if 'monitor="mean' not in line)
    x, y = samples(60)
    names: dict[str, object] = {"X_train": x, "Y_train": y}
    exec(script, names)
    assert len(names["loss"]) == 4
    assert names["predicted"].shape == (60, 1)
    assert "790 821" in capsys.readouterr().out


def test_golden_outputs_of_keras():
    """Weights of Keras in, its outputs out."""
    path = Path(__file__).resolve().parents[2] / "tests" / "golden" / "article.json"
    golden = json.loads(path.read_text())

    def array(one: dict[str, list[float]]) -> np.ndarray:
        return np.array(one["data"], dtype="float32").reshape(one["shape"])

    model = Sequential(
        [
            Input((5, 2)),
            LSTM(8, return_sequences=True),
            LSTM(8, return_sequences=True),
            TimeDistributed(Dense(1)),
            Flatten(),
            Dense(5),
            Dense(1),
        ]
    )
    model.build()
    model.set_tensors({name: array(weights) for name, weights in golden["weights"].items()})
    x, y = array(golden["x"]), array(golden["y"])
    assert model.predict(x) == pytest.approx(y, abs=1e-5)
    model.compile(loss="mae")
    assert model.evaluate(x, array(golden["target"])) == pytest.approx(golden["loss"], abs=1e-5)


def test_training_makes_the_loss_small_and_is_repeatable():
    x, y = samples()
    model = small()
    history = model.fit(x, y, epochs=30, validation_split=0.25, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0] / 3
    assert len(history.history["val_loss"]) == 30 and history.epoch == list(range(30))
    again = small()
    again.fit(x, y, epochs=30, validation_split=0.25, verbose=0, threads=1)
    assert (again.predict(x) == model.predict(x)).all()
    assert model.evaluate(x, y) == pytest.approx(np.abs(model.predict(x) - y).mean(), rel=1e-5)
    model.compile(loss="huber", metrics=["mae"])
    loss, mae = model.evaluate(x, y)
    assert loss < mae


def test_models_travel(tmp_path):
    x, y = samples()
    model = small()
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "net.safetensors")
    for other in (load_model(tmp_path / "net.safetensors"), pickle.loads(pickle.dumps(model))):
        assert (other.predict(x) == model.predict(x)).all()
    (tmp_path / "broken").write_bytes((tmp_path / "net.safetensors").read_bytes()[:50])
    with pytest.raises(ModelError):
        load_model(tmp_path / "broken")
    with pytest.raises(SettingError, match="compile"):
        load_model(tmp_path / "net.safetensors").evaluate(x, y)
    tensors = model.tensors()
    assert tensors["0.weight_ih_l0"].shape == (24, 2)
    other = small()
    other.set_tensors(tensors)
    assert (other.predict(x) == model.predict(x)).all()


def test_every_layer_has_its_shape():
    x = np.random.default_rng(0).random((7, 4, 3), dtype="float32")
    cases = [
        ([GRU(5)], (7, 5)),
        ([SimpleRNN(5, activation="relu", return_sequences=True), TimeDistributed(Dense(2))], (7, 4, 2)),
        ([Bidirectional(LSTM(5)), Dropout(0.5), Dense(1, "sigmoid")], (7, 1)),
        ([GRU(5, return_sequences=True), GlobalMaxPooling1D(), RepeatVector(3)], (7, 3, 5)),
    ]
    for layers, shape in cases:
        model = Sequential([Input((4, 3)), *layers])
        assert model.predict(x).shape == shape
    words = Sequential([Embedding(10, 4, input_length=6), LSTM(3)])
    assert words.predict(np.arange(12).reshape(2, 6) % 10).shape == (2, 3)
    assert words.count_params() == 40 + 4 * 3 * (4 + 3 + 1)


def test_stopping_early_keeps_the_best_weights():
    x, y = samples()
    noise = np.random.default_rng(1).random(y.shape)
    for monitor in ("val_loss", "loss"):
        model = small()
        model.compile(optimizer=Adam(learning_rate=0.05))
        stop = EarlyStopping(monitor=monitor, patience=3)
        history = model.fit(x, noise, epochs=500, validation_split=0.25, verbose=0, callbacks=[stop])
        assert len(history.epoch) < 500
        assert history.facts["kept_epoch"] <= len(history.epoch) - 3


def test_callbacks_are_told_and_may_stop():
    class Three(Callback):
        seen: list[int] = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append(epoch)
            assert logs["loss"] > 0
            # A model can be used while it is trained; it is then as it was before.
            assert self.model.predict(x).shape == (96, 1)
            self.model.stop_training = epoch >= 2

    x, y = samples()
    told = Three()
    history = small().fit(x, y, epochs=100_000, verbose=0, callbacks=[told])
    assert told.seen == history.epoch == [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda model, x, y: model.fit(x[:, :4], y), DataError, "x is 96 × 4 × 2; it must be N × 5 × 2"),
        (lambda model, x, y: model.fit(x, y[:5]), DataError, "96 samples and 5 targets"),
        (lambda model, x, y: model.fit(x, np.repeat(y, 2, 1)), DataError, "y is 96 × 2; it must be N × 1"),
        (lambda model, x, y: model.fit(np.where(x > 0.99, np.nan, x), y), DataError, "is nan"),
        (lambda model, x, y: model.fit(x.astype(object), y), DataError, "no numbers"),
        (lambda model, x, y: model.fit(x[:0], y[:0]), DataError, "samples"),
        (lambda model, x, y: model.fit(x, y, epochs=0), SettingError, "epochs"),
        (lambda model, x, y: model.fit(x, y, shuffle=False), SettingError, "shuffle"),
        (lambda model, x, y: model.fit(x, y, callbacks=[EarlyStopping()]), SettingError, "no validation"),
        (lambda model, x, y: model.compile(loss="mape"), SettingError, "mape"),
        (lambda model, x, y: model.compile(optimizer="adagrad"), SettingError, "adagrad"),
        (lambda model, x, y: Dense(1, activation="swish"), SettingError, "swish"),
        (lambda model, x, y: Sequential([Dense(3)]).build(), SettingError, "shape of a sample"),
        (lambda model, x, y: Sequential([Input((5, 2)), Dense(0)]).build(), SettingError, "Dense"),
        (lambda model, x, y: Sequential([Input((3,)), LSTM(3)]).build(), SettingError, "LSTM"),
        (lambda model, x, y: EarlyStopping(monitor="accuracy"), SettingError, "accuracy"),
        (lambda model, x, y: model.evaluate(x, y.T), DataError, "96 samples and 1 targets"),
        (lambda model, x, y: model.fit(x, y, batch_size=None), SettingError, "batch_size"),
        (lambda model, x, y: model.fit(x, y, validation_data=(x, y, x)), SettingError, "3 parts"),
        (lambda model, x, y: model.compile(optimizer=Adam(float("nan"))) or model.fit(x, y), SettingError, "nan"),
        (lambda model, x, y: Input((None, 2)), SettingError, "known"),
        (lambda model, x, y: Dense(1, use_bias=False), SettingError, "use_bias"),
        (lambda model, x, y: model.build() or model.add(Dense(1)), SettingError, "add all layers"),
        (
            lambda model, x, y: Sequential([Embedding(5, 2, input_length=3), LSTM(2)]).predict([[1, 2, 5]]),
            DataError,
            "no words",
        ),
        (
            lambda model, x, y: model.set_tensors({"0.weight_ih_l0": np.ones((2, 24))}),
            DataError,
            "24, 2",
        ),
    ],
)
def test_mistakes_are_named(call, error, said):
    x, y = samples()
    with pytest.raises(error, match=said):
        call(small(), x, y)
