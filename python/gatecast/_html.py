"""How objects show themselves in a notebook. What this file is not: it makes no pictures; the library does."""

from __future__ import annotations

import html


def of_text(text: str) -> str:
    """A table of plain text, as it stands in a terminal."""
    return f"<pre style='line-height:1.3'>{html.escape(text)}</pre>"


def of_parts(*parts: str | None) -> str:
    """Parts one below the other; pictures no wider than there is room."""
    fitting = (part.replace("<svg ", "<svg style='max-width:100%;height:auto' ", 1) for part in parts if part)
    return "".join(f"<div>{part}</div>" for part in fitting)


def of_sentence(text: str, good: bool) -> str:
    """A sentence that is to be seen first."""
    color = "#2e7d32" if good else "#b26a00"
    return f"<p style='border-left:4px solid {color};padding-left:.6em;max-width:50em'>{html.escape(text)}</p>"
