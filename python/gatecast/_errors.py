"""The exceptions of the package: one family, each a built-in exception too.

What this file is not: it finds no faults; the library does.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DataError", "GatecastError", "ModelError", "SettingError", "TrainingError"]


class GatecastError(Exception):
    """What everything that the package raises has in common.

    Attributes:
        kind: the sort of fault, such as ``"TooFewRows"``.
        help: what to do about it, where that is known.
        line: line of a file at fault, from 1.
        row: row of a frame or a typed file at fault, from 1.
        column: column at fault.
        setting: keyword argument at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        help: str | None = None,
        line: int | None = None,
        row: int | None = None,
        column: str | None = None,
        setting: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.help = help
        self.line = line
        self.row = row
        self.column = column
        self.setting = setting

    def __str__(self) -> str:
        return f"{self.message}\n  help: {self.help}" if self.help else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.message, self.__dict__)


class DataError(GatecastError, ValueError):
    """A frame or a file is not what was expected: a cell, a column, its rows, its times."""


class SettingError(GatecastError, ValueError):
    """A keyword argument is not known, out of its range, or without effect beside the others."""


class ModelError(GatecastError, ValueError):
    """A model cannot be read."""


class TrainingError(GatecastError, RuntimeError):
    """Training came to nothing: the loss was no longer finite, or there was no memory."""


def _again(family: type[GatecastError], message: str, facts: dict[str, Any]) -> GatecastError:
    error = family(message)
    error.__dict__.update(facts)
    return error


_FAMILIES: dict[str, type[GatecastError]] = {
    "Setting": SettingError,
    "Shape": SettingError,
    "Model": ModelError,
    "Diverged": TrainingError,
    "Memory": TrainingError,
    "Stopped": TrainingError,
}


def of_kind(message: str, *, kind: str, help: str | None = None, **facts: Any) -> Exception:
    """The exception for a fault of the library; those of the file system are the built-in ones."""
    if kind == "Io":
        text = f"{message}\n  help: {help}" if help else message
        missing = "No such file" in message
        return FileNotFoundError(text) if missing else OSError(text)
    family = _FAMILIES.get(kind, DataError)
    return family(message, kind=kind, help=help, **facts)
