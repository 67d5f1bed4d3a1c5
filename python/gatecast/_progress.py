"""How far long work is: a bar in a terminal or a notebook, nothing elsewhere.

What this file is not: it starts no work.
"""

from __future__ import annotations

import sys
from typing import Any

from ._frames import importable, library


class Progress:
    """A bar that appears with the first report and goes away at the end."""

    def __init__(self, show: bool | None) -> None:
        self._show = _is_watched() if show is None else show
        self._bar: Any = None
        self._what = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, what: str, done: int, of: int, loss: float | None) -> None:
        """Shows that so many of something are done."""
        if not self._show or of == 0:
            return
        if self._bar is None or what != self._what:
            if self._bar is not None:
                self._bar.close()
            self._bar = library(bars()).tqdm(total=of, desc=what, leave=False)
            self._what = what
        if loss is not None:
            self._bar.set_postfix(loss=f"{loss:.4g}", refresh=False)
        self._bar.total = of
        self._bar.update(done - self._bar.n)

    @property
    def callback(self) -> Progress | None:
        """What the compiled part calls; nothing where nothing is shown."""
        return self if self._show else None


def bars() -> str:
    """Where tqdm has its bars: those of notebooks need ipywidgets."""
    return "tqdm.auto" if importable("ipywidgets") else "tqdm.std"


def _is_watched() -> bool:
    """Whether somebody may be looking: a terminal, or a notebook's kernel."""
    shell = sys.modules.get("IPython")
    if shell is not None and getattr(shell.get_ipython(), "kernel", None) is not None:
        return True
    return sys.stderr is not None and sys.stderr.isatty()
