"""The settings by name: what keyword arguments there are, and what they mean.

What this file is not: it declares none of them; the library does, for the command line as well.
"""

from __future__ import annotations

import difflib
import functools
import json
import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from . import _gatecast
from ._errors import SettingError


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


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(one.name for one in settings())


def check_names(names: Iterable[str], others: Iterable[str] = ()) -> None:
    """Fails where a keyword argument is none."""
    known = [*_known(), *others]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            help = f'did you mean "{near[0]}"?' if near else "gatecast.settings() lists them"
            raise SettingError(f'there is no setting "{name}"', kind="Setting", setting=name, help=help)


def whole(name: str, value: Any, least: int = 1) -> int:
    """A count that is a whole number, and not too small."""
    number = operator.index(value) if hasattr(value, "__index__") else None
    if number is None or isinstance(value, bool) or number < least:
        reason = f"`{name}` is {value!r}; it must be a whole number of at least {least}"
        raise SettingError(reason, kind="Setting", setting=name)
    return number


def levels_of(level: float | Iterable[Any] | None) -> list[int]:
    """Levels of bands in whole per cents."""
    given: list[Any] = []
    if isinstance(level, Iterable):
        given.extend(level)
    elif level is not None:
        given.append(level)
    levels: list[int] = []
    for one in given:
        if not isinstance(one, (int, float)) or one != int(one) or not 1 <= one <= 99:
            reason = f"`level` is {one!r}; it must be a whole number of per cents from 1 to 99"
            raise SettingError(reason, kind="Setting", setting="level")
        levels.append(int(one))
    return levels


def days_of(holidays: Any) -> list[str]:
    """Days without rows, written like 2024-04-30."""
    if isinstance(holidays, str):
        holidays = [holidays]
    return [str(day)[:10] for day in holidays]


def to_json(values: dict[str, Any]) -> str:
    """Settings that are set, as the compiled part takes them; NumPy's numbers are numbers."""
    plain = {name: _plain(value) for name, value in values.items()}
    wrong = next((name for name, value in plain.items() if isinstance(value, float) and not math.isfinite(value)), None)
    if wrong is not None:
        raise SettingError(f"`{wrong}` is {plain[wrong]}", kind="Setting", setting=wrong)
    return json.dumps(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        several = cast("Sequence[Any]", value)
        return [_plain(one) for one in several]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        return value.item()
    return value
