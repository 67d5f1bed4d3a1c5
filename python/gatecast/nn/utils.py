"""The seed of models that are built later."""

from __future__ import annotations

_seed = 0


def set_random_seed(seed: int) -> None:
    """Seeds first weights, the order of samples and dropout of the models that are built and trained from now on."""
    global _seed
    _seed = int(seed)


def random_seed() -> int:
    """The seed that was set; 0 unless it was."""
    return _seed
