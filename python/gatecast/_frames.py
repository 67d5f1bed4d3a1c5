"""Frames in and out: pandas column by column, everything else through Arrow's C stream.

pandas offers Arrow's stream only beside pyarrow, which nobody needs here; so its columns are taken one by one, and what is
read does not depend on what else is installed. What this file is not: it decides nothing about what a cell means.

    frame, path, array ── source ── Source (compiled) ── … ── Table (compiled) ── give_back ── frame
"""

from __future__ import annotations

import array
import datetime
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from . import _gatecast
from ._errors import DataError


@dataclass
class Origin:
    """What data came as, so that results go back so."""

    #: "pandas", "polars", "arrow", "array" or "files".
    kind: str
    #: Types of the columns that results share with it.
    types: dict[str, Any] = field(default_factory=dict[str, Any])
    #: Whether times stood in the index of a pandas frame.
    indexed: bool = False
    #: Whether there was nothing but values.
    bare: bool = False

    def said_of(self, panel: _gatecast.Panel) -> list[str]:
        """What was done to rows on the way in; that values alone have no times goes without saying."""
        return [note for note in panel.notes() if not (self.bare and "the rows are numbered" in note)]


@dataclass(frozen=True)
class Reading:
    """How cells are read, where they do not show it; each is told from the cells if None."""

    time: str | None = None
    timezone: str | None = None
    dates: str | None = None
    decimal: str | None = None
    fill: str = "none"
    adjust: str = "none"
    format: str | None = None

    def to_json(self) -> str:
        """As the compiled part takes it."""
        facts = {name: value for name, value in self.__dict__.items() if value is not None}
        return json.dumps(facts)


def source(
    data: Any,
    *,
    id: str | None = None,
    reading: Reading | str | None = None,
    strict: bool = False,
    join: Sequence[str | os.PathLike[str]] = (),
    name: str = "the frame",
) -> tuple[_gatecast.Source, Origin]:
    """Opens data of any sort.

    Args:
        data: a pandas or polars frame, anything with ``__arrow_c_stream__``, a path or several, a one-dimensional array
            or list of numbers.
        id: the column that names the series; found by its name if None.
        reading: how cells are read.
        strict: fail at a broken series rather than leave it out.
        join: files whose columns are laid beside those of every series, by date.
        name: what messages call a frame.
    """
    read = reading if isinstance(reading, str) else (reading or Reading()).to_json()
    others = [os.fspath(path) for path in join]
    if isinstance(data, (str, os.PathLike)):
        return _gatecast.Source.of_paths([os.fspath(data)], id, read, strict, others), Origin("files")
    several: list[Any] = list(cast("Sequence[Any]", data)) if isinstance(data, (list, tuple)) else []
    if several and all(isinstance(one, (str, os.PathLike)) for one in several):
        paths: list[str] = [os.fspath(one) for one in several]
        return _gatecast.Source.of_paths(paths, id, read, strict, others), Origin("files")
    data = collected(data)
    if _is_of(data, "pandas", "DataFrame", "Series"):
        columns, origin = _of_pandas(data)
        return _gatecast.Source.of_columns(name, columns, id, read, strict, others), origin
    bare = _is_of(data, "polars", "Series") or _is_of(data, "pyarrow", "Array", "ChunkedArray")
    if _is_of(data, "polars", "Series"):
        data = data.to_frame(data.name or "y")
    elif bare:
        data = library("pyarrow").table({"y": data})
    if hasattr(data, "__arrow_c_stream__"):
        origin = Origin("polars", dict(data.schema)) if _is_of(data, "polars", "DataFrame") else Origin("arrow")
        origin.bare = bare
        return _gatecast.Source.of_stream(name, data, id, read, strict, others), origin
    values = _of_array(data)
    columns = [("y", "float64", values, None)]
    return _gatecast.Source.of_columns("the array", columns, id, read, strict, others), Origin("array", bare=True)


def opened_batch(data: Any) -> tuple[object, Origin]:
    """Rows as something with Arrow's C stream, and what they came as."""
    data = collected(data)
    if _is_of(data, "pandas", "DataFrame"):
        columns, origin = _of_pandas(data)
        return _gatecast.Table.of_columns(columns), origin
    return data, Origin("polars", dict(data.schema)) if _is_of(data, "polars", "DataFrame") else Origin("arrow")


def give_back(table: _gatecast.Table, origin: Origin) -> Any:
    """A result as the kind of frame that its data came as; of files and arrays pandas, polars or else pyarrow."""
    kind = origin.kind
    if kind in ("files", "array"):
        kind = next((one for one in ("pandas", "polars") if importable(one)), "arrow")
    if kind == "pandas":
        return _to_pandas(table, origin)
    if kind == "polars":
        pl = library("polars")
        frame = pl.DataFrame(table)
        for column, dtype in origin.types.items():
            if column in frame.columns and frame.schema[column] != dtype:
                like = frame[column].cast(dtype, strict=False)
                # What does not fit into the old type stays as it is.
                if like.null_count() == frame[column].null_count():
                    frame = frame.with_columns(like)
        return frame
    return library("pyarrow").table(table) if importable("pyarrow") else table


def library(name: str) -> Any:
    """A library that is only needed for some frames or engines, and whose types nobody here relies on."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        top = name.split(".")[0]
        raise ImportError(f"this needs {top}, which cannot be imported ({error}); pip install {top}") from error


def importable(name: str) -> bool:
    """Whether a library is there."""
    return name in sys.modules or importlib.util.find_spec(name) is not None


def _is_of(data: object, package: str, *names: str) -> bool:
    """Whether it is of a class of a package, without importing that."""
    return any(family.__module__.split(".")[0] == package and family.__name__ in names for family in type(data).__mro__)


def collected(data: Any) -> Any:
    """A lazy frame, computed."""
    if _is_of(data, "polars", "LazyFrame"):
        return data.collect()
    if _is_of(data, "modin", "DataFrame", "Series"):
        return data._to_pandas()
    return data


# --- pandas ---------------------------------------------------------------------------------------


def _of_pandas(data: Any) -> tuple[list[tuple[str, str, Any, bytes | None]], Origin]:
    """The columns of a frame, those of an index that means something first."""
    pd = library("pandas")
    alone = isinstance(data, pd.Series)
    frame = data.to_frame("y" if data.name is None else data.name) if alone else data
    if not len(frame.columns):
        raise DataError("the frame has no columns", kind="NoRows", help="give a column of numbers, and one of times")
    if frame.columns.nlevels > 1:
        frame = _flat(frame)
    index = frame.index
    means = index.nlevels > 1 or index.name is not None or not _counts(index, alone)
    if means:
        if index.nlevels == 1 and index.name is None:
            frame = frame.rename_axis("date" if "date" not in frame.columns else "time")
        taken = [name for name in frame.index.names if name in frame.columns]
        if taken:
            reason = f"{taken[0]!r} is a column and a level of the index"
            raise DataError(reason, kind="Malformed", column=str(taken[0]), help="rename or drop one of them")
        frame = frame.reset_index()
    names = [str(name) for name in frame.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        reason = f"two columns are named {twice!r}"
        raise DataError(reason, kind="Malformed", column=twice, help="rename or drop one of them")
    columns = [(name, *_of_column(frame.iloc[:, at], name)) for at, name in enumerate(names)]
    types = dict(zip(names, frame.dtypes, strict=True))
    return columns, Origin("pandas", types, indexed=means and index.nlevels == 1, bare=alone and not means)


def _counts(index: Any, alone: bool) -> bool:
    """Whether an index only counts rows, some of which may have been taken out; that of a series alone may be years."""
    if index.dtype.kind not in "iu":
        return False
    return not alone or len(index) == 0 or not index.is_monotonic_increasing or index[0] == 0


def _flat(frame: Any) -> Any:
    """Columns of several levels, of which all but one are the same throughout: those of one ticker, say."""
    columns = frame.columns
    telling = [level for level in range(columns.nlevels) if columns.get_level_values(level).nunique() > 1]
    if len(telling) > 1:
        reason = f"its columns have {columns.nlevels} levels, such as {tuple(columns[0])}"
        help = "choose one ticker, such as frame.xs(name, axis=1, level=1), or stack() a level into rows"
        raise DataError(reason, kind="Malformed", help=help)
    flat = frame.copy(deep=False)
    flat.columns = columns.get_level_values(telling[0] if telling else 0)
    return flat


def _of_column(column: Any, name: str) -> tuple[str, Any, bytes | None]:
    """A column's kind, its values and a mask of those that are missing."""
    np = library("numpy")
    pd = library("pandas")

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _of_column(column.astype(dtype.categories.dtype if not column.isna().any() else object), name)
    if isinstance(dtype, pd.PeriodDtype) and dtype.freq.name.startswith("W"):
        return _of_column(column.dt.start_time, name)
    if isinstance(dtype, pd.PeriodDtype):
        return "text", [None if one is pd.NaT else str(one) for one in column], None
    if isinstance(dtype, pd.ArrowDtype) and dtype.kind == "M":
        zone = getattr(dtype.pyarrow_dtype, "tz", None)
        unit = getattr(dtype.pyarrow_dtype, "unit", "us")
        kind = f"datetime64[{unit}, {zone}]" if zone else f"datetime64[{unit}]"
        return _of_column(column.astype(kind), name)
    if isinstance(dtype, pd.SparseDtype):
        return _of_column(column.sparse.to_dense(), name)
    kind = dtype.kind
    if kind == "M":
        zone = ""
        if isinstance(dtype, pd.DatetimeTZDtype):
            zone = _zone(dtype.tz)
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        moments = column.to_numpy()
        unit = np.datetime_data(moments.dtype)[0]
        return f"timestamp[{unit}],{zone}", moments.astype("int64").tobytes(), None
    missing = column.isna()
    mask = missing.to_numpy(dtype=bool).astype("uint8").tobytes() if missing.any() else None
    if kind == "b":
        values = column.to_numpy(dtype=bool, na_value=False) if mask else column.to_numpy(dtype=bool)
        return "bool", values.astype("uint8").tobytes(), mask
    if kind in "iu":
        size = "uint64" if kind == "u" else "int64"
        values = column.to_numpy(dtype=size, na_value=0) if mask else column.to_numpy()
        if kind == "i" or values.max(initial=0) < 2**63:
            return "int64", values.astype("int64").tobytes(), mask
    if isinstance(dtype, pd.ArrowDtype) and kind == "O" and "decimal" in str(dtype.pyarrow_dtype):
        return _of_column(column.astype(object), name)
    if kind == "f":
        single = dtype.name.lower().startswith(("float16", "float32", "halffloat", "float["))
        size = "float32" if single else "float64"
        values = column.to_numpy(dtype=size, na_value=np.nan)
        return size, values.tobytes(), mask
    if isinstance(dtype, pd.StringDtype) or pd.api.types.infer_dtype(column, skipna=True) == "string":
        # Names repeat from row to row.
        codes, texts = pd.factorize(column)
        return "coded", (codes.astype("int64").tobytes(), [str(text) for text in texts]), None
    texts = [None if gone else _text(one) for one, gone in zip(column, missing, strict=True)]
    days = all(type(one) is datetime.date for one, gone in zip(column, missing, strict=True) if not gone)
    return ("date" if days and not missing.all() else "text"), texts, None


def _zone(zone: Any) -> str:
    """The name of a time zone: Europe/Berlin, UTC or an offset."""
    name = str(getattr(zone, "key", None) or getattr(zone, "zone", None) or zone)
    if name.startswith("UTC") and name[3:4] in ("+", "-"):
        name = name[3:]
    return name


def _text(value: Any) -> str:
    """A cell of no type as it would stand in a file."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or _is_of(value, "numpy", "bool", "bool_"):
        return "1" if value else "0"
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return str(value)


def _to_pandas(table: _gatecast.Table, origin: Origin) -> Any:
    np = library("numpy")
    pd = library("pandas")

    columns: dict[str, Any] = {}
    for at, name in enumerate(table.names()):
        kind, values = table.column(at)
        if kind in ("float64", "int64"):
            column: Any = np.frombuffer(values, dtype=kind)
        elif kind.startswith("timestamp"):
            unit, _, zone = kind[len("timestamp[") :].partition("],")
            moments = pd.DatetimeIndex(np.frombuffer(values, dtype="int64").view(f"datetime64[{unit}]"))
            column = moments.tz_localize("UTC").tz_convert(zone) if zone else moments
        elif kind == "nullable":
            column = pd.array(values, dtype="Int64")
        elif kind == "date":
            days = cast("list[str | None]", values)
            column = [None if day is None else datetime.date.fromisoformat(day) for day in days]
        elif kind == "coded":
            codes, texts = cast("tuple[bytes, list[str]]", values)
            known = pd.array([*texts, None], dtype=pd.Series([""]).dtype)
            column = known.take(np.frombuffer(codes, dtype="int64"))
        else:
            column = values
        # Texts have one type, also where there is none among them.
        dtype = pd.Series([""]).dtype if kind == "text" else None
        column = pd.Series(column, name=name, dtype=dtype)
        like = origin.types.get(name)
        if like is not None and column.dtype != like:
            column = _like(column, like)
        columns[name] = column
    return pd.DataFrame(columns)


def _like(column: Any, like: Any) -> Any:
    """A column of the type that it had in the frame; where its values are none of it, as it is."""
    pd = library("pandas")

    try:
        if isinstance(like, pd.PeriodDtype):
            made = (
                column.dt.to_period(like.freq) if column.dtype.kind == "M" else pd.PeriodIndex(column, freq=like.freq)
            )
            return pd.Series(made, name=column.name)
        if isinstance(like, pd.CategoricalDtype) and not column.isin(like.categories).all():
            return column
        if like.kind == "O" or like.kind == "M" or isinstance(like, (pd.StringDtype, pd.CategoricalDtype)):
            return column.astype(like)
        if column.dtype.kind in "iufb" and like.kind in "iufb" and not column.isna().any():
            return column.astype(like)
    except (TypeError, ValueError):
        pass
    return column


# --- arrays ---------------------------------------------------------------------------------------


def _of_array(data: Any) -> bytes:
    """The bytes of numbers that stand one after the other."""
    if _is_of(data, "numpy", "ndarray") or hasattr(data, "__array__"):
        np = library("numpy")

        values = np.ma.filled(data.astype("float64"), np.nan) if np.ma.isMaskedArray(data) else np.asarray(data)
        if values.ndim != 1 or values.dtype.kind not in "fiub":
            reason = f"an array of {values.ndim} dimensions of {values.dtype} is no series"
            raise DataError(reason, kind="NotASeries", help="give one dimension of numbers, or a frame")
        return bytes(values.astype("float64").tobytes())
    try:
        return array.array("d", (float("nan") if one is None else one for one in data)).tobytes()
    except TypeError:
        reason = f"{type(data).__name__} holds no series"
        help = "give a pandas or polars frame, another table with __arrow_c_stream__, a path, or numbers in a list or array"
        raise DataError(reason, kind="NotASeries", help=help) from None
