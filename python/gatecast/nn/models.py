"""Layers in a row, and their training. What this file is not: the numbers are the library's work."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from .. import _gatecast
from .._errors import DataError, SettingError
from .._frames import library
from .._progress import bars
from .._settings import to_json, whole
from . import optimizers, utils
from .callbacks import Callback, EarlyStopping
from .layers import Input, Layer, shape_of

_LOSSES = {
    "mae": "mae",
    "mean_absolute_error": "mae",
    "mse": "mse",
    "mean_squared_error": "mse",
    "huber": "huber",
    "huber_loss": "huber",
}


class History:
    """A training run: `history` has a list for each loss, a number an epoch."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        epochs: list[dict[str, Any]] = facts["epochs"]
        self.epoch = [epoch["epoch"] - 1 for epoch in epochs]
        self.history: dict[str, list[float]] = {}
        for name in ("loss", "mae", "val_loss", "val_mae", "learning_rate", "gradient_norm"):
            values = [epoch[name] for epoch in epochs if epoch[name] is not None]
            if values:
                self.history[name] = values


class Sequential:
    """Layers, one after the other.

    Args:
        layers: the layers; the first says its input, or an `gatecast.nn.Input` stands before it, or it is taken from the
            first samples.
    """

    def __init__(self, layers: Sequence[Layer | Input] = (), name: str | None = None) -> None:
        self.name = name
        self.stop_training = False
        self.layers: list[Layer] = []
        self._input: tuple[int, ...] | None = None
        self._net: _gatecast.Net | None = None
        self._loss: str | None = "mae"
        self._optimizer = optimizers.get("adam")
        self._metrics: tuple[str, ...] = ()
        for layer in layers:
            self.add(layer)

    def add(self, layer: Layer | Input) -> None:
        """Appends a layer."""
        if self._net is not None:
            reason = "the weights of this model are there already"
            raise SettingError(reason, kind="Setting", help="add all layers before the first fit, predict or build")
        if isinstance(layer, Input):
            self._input = layer.shape
            return
        if not self.layers and layer.input_shape is not None:
            self._input = layer.input_shape
        self.layers.append(layer)

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Draws the first weights; ``input_shape`` has the batch in front, as in Keras."""
        if input_shape is not None:
            self._input = shape_of(input_shape[1:])
        if self._input is None:
            raise SettingError(
                "the shape of a sample is not known",
                kind="Setting",
                setting="input_shape",
                help="put an Input((steps, features)) in front, or give the first layer an input_shape",
            )
        descriptions = json.dumps([layer.description for layer in self.layers])
        self._net = _gatecast.Net(list(self._input), descriptions, utils.random_seed())

    def compile(
        self,
        optimizer: str | optimizers.Optimizer | type[optimizers.Optimizer] = "adam",
        loss: str = "mae",
        metrics: Sequence[str] | None = None,
    ) -> None:
        """Says what is made small, and how.

        Args:
            optimizer: ``"adam"``, ``"adamw"``, ``"rmsprop"``, ``"sgd"``, or one of `gatecast.nn.optimizers`.
            loss: ``"mae"``, ``"mse"`` or ``"huber"``, also under Keras' long names.
            metrics: of which ``"mae"`` is known; the history always has it.
        """
        found = _LOSSES.get(str(loss).lower())
        if found is None:
            raise SettingError(
                f"`loss` is {loss!r}; it must be one of {', '.join(_LOSSES)}", kind="Setting", setting="loss"
            )
        unknown = [one for one in (metrics or ()) if _LOSSES.get(one) != "mae"]
        if unknown:
            raise SettingError(f"`metrics` has {unknown[0]!r}; known is mae", kind="Setting", setting="metrics")
        self._loss, self._optimizer = found, optimizers.get(optimizer)
        self._metrics = tuple(metrics or ())

    def summary(self) -> None:
        """Prints the layers, their outputs and parameters."""
        print(self._built().summary())

    def count_params(self) -> int:
        """Numbers that are trained."""
        return self._built().parameters()

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        seed: int | None = None,
        threads: int | None = None,
    ) -> History:
        """Trains on samples.

        Args:
            x: ``N×F`` or ``N×T×F`` numbers, taken in single precision.
            y: targets, of the shape of the outputs.
            batch_size: samples between two updates.
            epochs: passes over the samples.
            verbose: 0 for nothing, 1 for a bar, 2 for a line an epoch.
            callbacks: see `gatecast.nn.callbacks`.
            validation_split: share of the samples, the last ones, that are held out.
            validation_data: held-out samples and targets.
            shuffle: must be true.
            seed: of the order of samples and of dropout; that of `set_random_seed` if None.
            threads: all there are if None; the result does not depend on it.

        Raises:
            DataError: arrays are not of the shapes of the network, or hold what is no number.
            TrainingError: the loss is no longer finite.
        """
        if not shuffle:
            reason = "`shuffle` is False; samples are always shuffled, by the seed"
            raise SettingError(reason, kind="Setting", setting="shuffle")
        np = library("numpy")
        samples, targets = np.asarray(x), np.asarray(y)
        if self._net is None and self._input is None:
            self._input = tuple(samples.shape[1:])
        net = self._built()
        if not 0 <= validation_split < 1:
            reason = f"`validation_split` is {validation_split}; it must be at least 0 and below 1"
            raise SettingError(reason, kind="Setting", setting="validation_split")
        if validation_data is not None and len(validation_data) != 2:
            reason = f"`validation_data` has {len(validation_data)} parts; it must be samples and targets"
            raise SettingError(reason, kind="Setting", setting="validation_data")
        if validation_data is None and validation_split > 0:
            cut = int(len(samples) * (1 - validation_split))
            validation_data = samples[cut:], targets[cut:]
            samples, targets = samples[:cut], targets[:cut]
        train = self._bytes(samples, targets)
        held_out = None if validation_data is None else self._bytes(*validation_data)
        stops = [one for one in (callbacks or ()) if isinstance(one, EarlyStopping)]
        others = [one for one in (callbacks or ()) if not isinstance(one, EarlyStopping)]
        patience = {stop.monitor: stop.patience for stop in stops}
        if "val_loss" in patience and held_out is None:
            reason = "`monitor` is val_loss, and there are no validation samples"
            raise SettingError(reason, kind="Setting", setting="monitor", help="give some, or monitor loss")
        spec = {
            "epochs": whole("epochs", epochs),
            "batch": whole("batch_size", batch_size),
            "loss": self._need_loss(),
            "optimizer": self._optimizer.what,
            "learning_rate": self._optimizer.learning_rate,
            "schedule": "constant",
            "clip_norm": self._optimizer.clipnorm,
            "clip_value": self._optimizer.clipvalue,
            "patience": patience.get("val_loss"),
            "seed": utils.random_seed() if seed is None else int(seed),
        }
        self.stop_training = False
        for one in others:
            one.model = self
            one.on_train_begin()
        show = _Shown(verbose, int(epochs))

        def on_epoch(text: str) -> bool:
            facts: dict[str, Any] = json.loads(text)
            logs = {name: facts[name] for name in ("loss", "mae", "val_loss", "val_mae") if facts[name] is not None}
            show(facts["epoch"], logs)
            for one in others:
                one.on_epoch_end(facts["epoch"] - 1, logs)
            return not self.stop_training

        try:
            asked = bool(others)
            history = net.fit(*train, held_out, to_json(spec), threads, patience.get("loss"), on_epoch, asked)
        finally:
            show.close()
        for one in others:
            one.on_train_end()
        return History(json.loads(history))

    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = "auto") -> Any:
        """The outputs for samples, ``N×…`` in single precision. ``batch_size`` and ``verbose`` are taken and not used."""
        np = library("numpy")
        net = self._built()
        made = np.frombuffer(net.predict(self._inputs(np.asarray(x))), dtype="float32")
        return made.reshape(-1, *net.output()).copy()

    def evaluate(self, x: Any, y: Any, batch_size: int | None = None, verbose: int | str = "auto") -> Any:
        """The loss on samples; with a metric, a list of the loss and the mean absolute error."""
        np = library("numpy")
        self._need_loss()
        self._bytes(x, y)
        made = self.predict(x)
        errors = np.asarray(y, dtype="float64").reshape(made.shape) - made
        mae = float(np.abs(errors).mean())
        size = np.abs(errors)
        loss = {
            "mae": mae,
            "mse": float((errors**2).mean()),
            "huber": float(np.where(size <= 1, errors**2 / 2, size - 0.5).mean()),
        }[self._need_loss()]
        return [loss, mae] if self._metrics else loss

    def tensors(self) -> dict[str, Any]:
        """Every weight under PyTorch's name, in PyTorch's layout."""
        np = library("numpy")
        return {
            name: np.frombuffer(values, dtype="float32").reshape(shape)
            for name, shape, values in self._built().tensors()
        }

    def set_tensors(self, tensors: dict[str, Any]) -> None:
        """Overwrites weights by their names."""
        np = library("numpy")
        net = self._built()
        for name, values in tensors.items():
            numbers = np.ascontiguousarray(values, dtype="float32")
            net.set_tensor(name, list(numbers.shape), numbers.tobytes())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes layers and weights as one safetensors file, which PyTorch can read."""
        _gatecast.write_file(os.fspath(path), self._built().to_bytes())

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        state["_net"] = None if self._net is None else self._net.to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if state["_net"] is not None:
            self._net = _gatecast.Net.parse("the pickled network", state["_net"])

    def _need_loss(self) -> str:
        if self._loss is None:
            reason = "a model that was loaded has not been compiled"
            raise SettingError(reason, kind="Setting", setting="loss", help="call compile first")
        return self._loss

    def _built(self) -> _gatecast.Net:
        if self._net is None:
            self.build()
        assert self._net is not None
        return self._net

    def _inputs(self, samples: Any) -> bytes:
        net = self._built()
        wanted = tuple(net.input())
        if samples.ndim == 2 and len(wanted) == 2 and wanted[1] == 1:
            samples = samples[:, :, None]
        numbers = _numbers("x", samples, wanted)
        if self.layers and self.layers[0].description["layer"] == "embedding":
            words = self.layers[0].description["words"]
            low, high = (samples.min(initial=0), samples.max(initial=0)) if samples.size else (0, 0)
            if low < 0 or high >= words or (samples % 1 != 0).any():
                reason = f"x has numbers that are no words: {low} to {high}"
                raise DataError(reason, kind="Shape", help=f"give whole numbers from 0 to {words - 1}")
        return numbers

    def _bytes(self, x: Any, y: Any) -> tuple[bytes, bytes]:
        np = library("numpy")
        samples, targets = np.asarray(x), np.asarray(y)
        if len(samples) != len(targets):
            reason = f"there are {len(samples)} samples and {len(targets)} targets"
            raise DataError(reason, kind="Shape", help="give as many of one as of the other")
        wanted = tuple(self._built().output())
        # One number a sample may stand alone.
        if wanted == (1,) and targets.ndim == 1:
            targets = targets[:, None]
        return self._inputs(samples), _numbers("y", targets, wanted)


def _numbers(name: str, array: Any, wanted: tuple[int, ...]) -> bytes:
    """The numbers of samples that are of a shape."""
    np = library("numpy")
    if tuple(array.shape[1:]) != wanted:
        found = " × ".join(str(size) for size in array.shape)
        sizes = " × ".join(["N", *(str(size) for size in wanted)])
        raise DataError(f"{name} is {found}; it must be {sizes}", kind="Shape", help="reshape it, or change the layers")
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} holds {array.dtype}, and no numbers", kind="Shape")
    numbers = np.ascontiguousarray(array, dtype="float32")
    if not np.isfinite(numbers).all():
        at = tuple(int(one) for one in np.argwhere(~np.isfinite(numbers))[0])
        reason = f"{name}{list(at)} is {array[at]}"
        raise DataError(reason, kind="TooExtreme", row=at[0] + 1, help="leave such samples out")
    return bytes(numbers.tobytes())


class _Shown:
    """Epochs on the terminal, as far as somebody wants to see them."""

    def __init__(self, verbose: int | str, epochs: int) -> None:
        level = verbose if isinstance(verbose, int) else (1 if sys.stderr.isatty() else 0)
        self._lines = level == 2
        self._bar: Any = library(bars()).tqdm(total=epochs, desc="epochs") if level == 1 else None
        self._epochs = epochs

    def __call__(self, epoch: int, logs: dict[str, float]) -> None:
        told = {name: f"{value:.4g}" for name, value in logs.items()}
        if self._lines:
            print(f"Epoch {epoch}/{self._epochs}", "  ".join(f"{name}: {value}" for name, value in told.items()))
        if self._bar is not None:
            self._bar.set_postfix(told, refresh=False)
            self._bar.update(epoch - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def load_model(path: str | os.PathLike[str]) -> Sequential:
    """Reads what `save` wrote."""
    place = os.fspath(path)
    net = _gatecast.Net.parse(place, _gatecast.read_file(place))
    model = Sequential()
    for description in json.loads(net.layers()):
        model.layers.append(Layer(description))
    model._loss = None  # pyright: ignore[reportPrivateUsage]
    model._input = tuple(net.input())  # pyright: ignore[reportPrivateUsage]
    model._net = net  # pyright: ignore[reportPrivateUsage]
    return model
