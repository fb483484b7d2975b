"""Tables and sections of text, and how shares and dollars are written in them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from auditor.base.money import format_usd


@dataclass(frozen=True)
class Table:
    """A table of text. ``numbers`` are the places of columns of figures; the first column names the row.

    ``minor`` are the places of rows that a terminal leaves out, ``none`` what is said where there is no row.
    """

    caption: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    none: str = "None."
    minor: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Section:
    """A heading with its tables; ``name`` is its anchor, ``says`` a sentence or none."""

    name: str
    heading: str
    says: str
    tables: tuple[Table, ...]


def percent(part: int, whole: int) -> str:
    """A share as a percentage of one place that is never 0 or 100 where something is filled, or something blank."""
    if not whole:
        return ""
    shown = f"{100 * Decimal(part) / whole:.1f}%"
    if part and shown == "0.0%":
        return "under 0.1%"
    return "over 99.9%" if part < whole and shown == "100.0%" else shown


def usd(cents: int | None) -> str:
    """Dollars from cents; empty where there is no such amount."""
    return "" if cents is None else format_usd(cents)


def counted(number: int, what: str) -> str:
    """A number of things: `1 line`, `2,000 lines`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
