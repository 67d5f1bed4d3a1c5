"""Optimisers, with Keras' formulas and defaults. What this file is not: the steps are taken by the library."""

from __future__ import annotations

from typing import Any

from .._errors import SettingError


class Optimizer:
    """What all have in common.

    Args:
        learning_rate: `η`.
        clipnorm: largest norm of a step's whole gradient (what Keras calls ``global_clipnorm``).
        clipvalue: largest magnitude of a gradient's element.
    """

    def __init__(self, what: Any, learning_rate: float, clipnorm: float | None, clipvalue: float | None) -> None:
        self.what = what
        self.learning_rate = float(learning_rate)
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue


class Adam(Optimizer):
    """Kingma & Ba 2015, with `β = (0.9, 0.999)` and `ε = 1e−7`."""

    def __init__(
        self, learning_rate: float = 0.001, clipnorm: float | None = None, clipvalue: float | None = None
    ) -> None:
        super().__init__("adam", learning_rate, clipnorm, clipvalue)


class AdamW(Optimizer):
    """Loshchilov & Hutter 2019: Adam with decoupled weight decay."""

    def __init__(
        self,
        learning_rate: float = 0.001,
        weight_decay: float = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
    ) -> None:
        super().__init__({"adamw": {"weight_decay": float(weight_decay)}}, learning_rate, clipnorm, clipvalue)


class RMSprop(Optimizer):
    """Hinton 2012, with `ρ = 0.9` and `ε = 1e−7`."""

    def __init__(
        self, learning_rate: float = 0.001, clipnorm: float | None = None, clipvalue: float | None = None
    ) -> None:
        super().__init__("rmsprop", learning_rate, clipnorm, clipvalue)


class SGD(Optimizer):
    """Gradient descent with momentum."""

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
    ) -> None:
        super().__init__({"sgd": {"momentum": float(momentum)}}, learning_rate, clipnorm, clipvalue)


_BY_NAME: dict[str, type[Any]] = {"adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "sgd": SGD}


def get(optimizer: str | Optimizer | type[Optimizer]) -> Optimizer:
    """An optimiser by its name, or itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, type):
        return get(optimizer.__name__)
    family = _BY_NAME.get(optimizer.lower())
    if family is None:
        known = ", ".join(_BY_NAME)
        reason = f"`optimizer` is {optimizer!r}; it must be one of {known}"
        raise SettingError(reason, kind="Setting", setting="optimizer")
    made: Optimizer = family()
    return made
