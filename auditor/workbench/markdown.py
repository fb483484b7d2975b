"""Markdown as the pages of rules are written in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def safe(text: str) -> str:
    """Text that Markdown prints as it stands, on one line."""
    out = " ".join(str(text).split()).replace("\\", "\\\\")
    for mark in "*`<>[]|":
        out = out.replace(mark, f"\\{mark}")
    return out.replace("_", "\\_") if "__" in out or out.startswith("_") else out
