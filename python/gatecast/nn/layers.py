"""Layers. Each is a description; weights come when a model is built. What this file is not: it computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._errors import SettingError

_ACTIVATIONS = ("linear", "sigmoid", "tanh", "relu", "hard_sigmoid")


def _activation(name: str | None) -> str:
    """An activation's name; None is linear, as in Keras."""
    name = "linear" if name is None else str(name)
    if name not in _ACTIVATIONS:
        known = ", ".join(_ACTIVATIONS)
        raise SettingError(f"`activation` is {name!r}; it must be one of {known}", kind="Setting", setting="activation")
    return name


def shape_of(sizes: Sequence[Any]) -> tuple[int, ...]:
    """The shape of a sample, of which every size is known."""
    if any(size is None for size in sizes):
        reason = f"the shape of a sample is {tuple(sizes)}, and all sizes must be known"
        raise SettingError(reason, kind="Setting", setting="input_shape")
    return tuple(int(size) for size in sizes)


class Layer:
    """What all layers have in common.

    Args:
        input_shape: of a first layer, the shape of a sample: ``(features,)`` or ``(steps, features)``.
        input_dim: of a first layer, its features.
        input_length: of a first layer, its steps.
        name: taken and not used.
    """

    def __init__(
        self,
        description: dict[str, Any],
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
        input_length: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            found = next(iter(unknown))
            raise SettingError(f"`{found}` is not known to {type(self).__name__}", kind="Setting", setting=found)
        self.description = description
        self.name = name
        self.input_shape: tuple[int, ...] | None = None
        if input_shape is not None:
            self.input_shape = shape_of(input_shape)
        elif input_dim is not None:
            self.input_shape = (int(input_dim),) if input_length is None else (int(input_length), int(input_dim))

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.description.items() if name != "layer")
        return f"{type(self).__name__}({facts})"


class Input:
    """The shape of a sample, in front of the first layer."""

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = shape_of(shape)


class Dense(Layer):
    """`activation(x·Wᵀ + b)`.

    Args:
        units: outputs.
        activation: linear unless set.
        **shape: see `gatecast.nn.layers.Layer`.
    """

    def __init__(self, units: int, activation: str | None = None, **shape: Any) -> None:
        super().__init__({"layer": "dense", "units": int(units), "activation": _activation(activation)}, **shape)


class _Recurrent(Layer):
    """A recurrent layer: its cell is the class's.

    Args:
        units: hidden units.
        activation: of the candidate and the output.
        recurrent_activation: of the gates.
        return_sequences: whether every step's state is an output, not only the last.
        dropout: share of the inputs hidden while training.
        recurrent_dropout: share of the hidden state hidden while training.
        **shape: see `gatecast.nn.layers.Layer`.
    """

    cell = ""

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        recurrent_activation: str | None = "sigmoid",
        return_sequences: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **shape: Any,
    ) -> None:
        description = {
            "layer": self.cell,
            "units": int(units),
            "activation": _activation(activation),
            "recurrent_activation": _activation(recurrent_activation),
            "return_sequences": bool(return_sequences),
            "dropout": float(dropout),
            "recurrent_dropout": float(recurrent_dropout),
        }
        super().__init__(description, **shape)


class LSTM(_Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997), gates in the order i, f, g, o."""

    cell = "lstm"


class GRU(_Recurrent):
    """Gated recurrent unit (Cho et al. 2014), with Keras' ``reset_after``, gates in the order r, z, n."""

    cell = "gru"


class SimpleRNN(_Recurrent):
    """A recurrent layer without gates."""

    cell = "simple_rnn"


class TimeDistributed(Layer):
    """The same layer at every step.

    Args:
        layer: one that turns a vector into a vector.
        **shape: see `gatecast.nn.layers.Layer`.
    """

    def __init__(self, layer: Layer, **shape: Any) -> None:
        super().__init__({"layer": "time_distributed", "of": layer.description}, **shape)


class Bidirectional(Layer):
    """A recurrent layer forth and back, side by side.

    Args:
        layer: a recurrent one.
        **shape: see `gatecast.nn.layers.Layer`.
    """

    def __init__(self, layer: Layer, **shape: Any) -> None:
        super().__init__({"layer": "bidirectional", "of": layer.description}, **shape)


class Flatten(Layer):
    """The steps of a sequence in one vector."""

    def __init__(self, **shape: Any) -> None:
        super().__init__({"layer": "flatten"}, **shape)


class RepeatVector(Layer):
    """A vector as every step of a sequence.

    Args:
        n: steps.
        **shape: see `gatecast.nn.layers.Layer`.
    """

    def __init__(self, n: int, **shape: Any) -> None:
        super().__init__({"layer": "repeat_vector", "times": int(n)}, **shape)


class Dropout(Layer):
    """Hides a share of the numbers while training.

    Args:
        rate: the share, at least 0 and below 1.
        **shape: see `gatecast.nn.layers.Layer`.
    """

    def __init__(self, rate: float, **shape: Any) -> None:
        super().__init__({"layer": "dropout", "rate": float(rate)}, **shape)


class Embedding(Layer):
    """A vector for each word, of which samples have the numbers; 0 is padding.

    Args:
        input_dim: words, number 0 among them.
        output_dim: numbers of a vector.
        input_length: words of a sample.
        dropout: share of the words hidden while training.
    """

    def __init__(self, input_dim: int, output_dim: int, input_length: int | None = None, dropout: float = 0.0) -> None:
        description = {
            "layer": "embedding",
            "words": int(input_dim),
            "units": int(output_dim),
            "dropout": float(dropout),
        }
        super().__init__(description, None if input_length is None else (input_length, 1))


class GlobalMaxPooling1D(Layer):
    """Of each number the largest over the steps."""

    def __init__(self, **shape: Any) -> None:
        super().__init__({"layer": "pool", "pooling": "max"}, **shape)


class GlobalAveragePooling1D(Layer):
    """Of each number the mean over the steps."""

    def __init__(self, **shape: Any) -> None:
        super().__init__({"layer": "pool", "pooling": "mean"}, **shape)
