"""The settings by name: what keyword arguments there are, and what they mean.

What this file is not: it declares none of them; the library does, for the command line as well.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from . import _gatecast


@dataclass(frozen=True)
class Setting:
    """One keyword argument."""

    name: str
    group: str
    help: str
    expected: str
    kind: str
    is_list: bool
    choices: tuple[str, ...]


def settings() -> list[Setting]:
    """Every setting that `gatecast.Forecaster` and `gatecast.Gatecast` take.

    >>> from gatecast import settings
    >>> [one.name for one in settings()][:4]
    ['method', 'preset', 'seed', 'threads']
    """
    rows: list[dict[str, Any]] = json.loads(_gatecast.settings_table())
    for row in rows:
        row["choices"] = tuple(row["choices"])
    return [Setting(**row) for row in rows]


def to_json(values: dict[str, Any]) -> str:
    """Settings that are set, as the compiled part takes them; NumPy's numbers are numbers."""
    return json.dumps({name: _plain(value) for name, value in values.items()}, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        several = cast("Sequence[Any]", value)
        return [_plain(one) for one in several]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        return value.item()
    return value
