"""What is told of epochs, and may end training. What this file is not: it trains nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import SettingError

if TYPE_CHECKING:
    from .models import Sequential


class Callback:
    """Is told of every epoch, a few milliseconds after it; setting ``self.model.stop_training`` ends training."""

    model: Sequential

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """After an epoch, from 0, with its losses."""

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """After the last epoch."""


class EarlyStopping(Callback):
    """Ends training when a loss has not become smaller for a while, and goes back to the best weights.

    Args:
        monitor: ``"val_loss"``, or ``"loss"``.
        patience: epochs to wait, at least 1.
        restore_best_weights: taken; the best weights are always kept.
        verbose: taken and not used.
        mode: ``"auto"`` or ``"min"``.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 1,
        restore_best_weights: bool = True,
        verbose: int = 0,
        mode: str = "auto",
    ) -> None:
        if monitor not in ("val_loss", "loss"):
            reason = f"`monitor` is {monitor!r}; it must be val_loss or loss"
            raise SettingError(reason, kind="Setting", setting="monitor")
        if mode not in ("auto", "min"):
            raise SettingError(f"`mode` is {mode!r}; a loss is to be small", kind="Setting", setting="mode")
        if patience < 1:
            raise SettingError(f"`patience` is {patience}; it must be at least 1", kind="Setting", setting="patience")
        self.monitor = monitor
        self.patience = int(patience)
