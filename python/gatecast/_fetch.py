"""Prices from public sources. What this file is not: the pages are fetched and read by the library."""

from __future__ import annotations

import datetime
import os
import warnings
from typing import Any

from . import _gatecast
from ._frames import Origin, give_back


def fetch(
    symbol: str,
    source: str = "yahoo",
    start: str = "2000-01-01",
    end: str | None = None,
    *,
    cache: str | os.PathLike[str] | None = None,
    key: str | None = None,
) -> Any:
    """Daily prices of a symbol, in a pandas frame, or else a polars frame or a pyarrow table.

    Args:
        symbol: as the source writes it: ``0050`` (twse), ``0050.TW`` (yahoo), ``spy.us`` (stooq).
        source: ``"yahoo"``, ``"twse"``, ``"stooq"`` or ``"alphavantage"``.
        start: first day, or its month: ``"2017-01"``.
        end: last day, or its month; today if None.
        cache: a folder in which pages are kept; none if None.
        key: for sources that want one; that of ``ALPHAVANTAGE_API_KEY`` if None.

    Raises:
        ConnectionError: the source does not answer.
        DataError: what it answers is not what was expected.
    """
    first = start if len(start) > 7 else f"{start}-01"
    last = end or datetime.date.today().isoformat()
    if len(last) <= 7:
        month = datetime.date.fromisoformat(f"{last}-01")
        last = ((month + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1)).isoformat()
    folder = None if cache is None else os.fspath(cache)
    secret = key or os.environ.get("ALPHAVANTAGE_API_KEY")
    table, notes = _gatecast.fetch(source, symbol, first, last, folder, secret)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    return give_back(table, Origin("files"))
