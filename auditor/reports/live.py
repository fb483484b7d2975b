"""Formulas over the sheets Finding lines, written beside the figures of the run so that each checks the other."""

from __future__ import annotations

from openpyxl.utils import get_column_letter

from auditor.reports.columns import FINDINGS, Span
from auditor.reports.sheet_names import quoted


def count(span: Span, **where: str) -> str:
    """How many findings meet `where`: the heading of a column (with `_` for blanks) = a cell or a quoted text."""
    asked = ",".join(f"{{{name}}},{value}" for name, value in where.items())
    return "=" + _over(span, f"COUNTIFS({asked})")


def dollars(span: Span, column: str, **where: str) -> str:
    """The sum of a money column over the findings that meet `where`."""
    asked = ",".join(f"{{{name}}},{value}" for name, value in where.items())
    return "=" + _over(span, f"SUMIFS({{{column}}},{asked})")


def shown(span: Span) -> str:
    """How many findings the filters leave."""
    return "=" + _over(span, "SUBTOTAL(103,{Finding_ID})")


def filled(span: Span) -> str:
    """How many findings have a disposition."""
    return "=" + _over(span, "COUNTA({Disposition})")


def _over(span: Span, formula: str) -> str:
    """`formula` over every sheet of `span`, added up; a heading in braces is its column there."""
    parts = []
    for name, rows in span.sheets:
        last = max(rows + 1, 2)
        cells = {
            column.heading.replace(" ", "_"): f"{quoted(name)}!${letter}$2:${letter}${last}"
            for column, letter in _LETTERS
        }
        parts.append(formula.format_map(cells))
    return "+".join(parts)


_LETTERS = [(column, get_column_letter(number)) for number, column in enumerate(FINDINGS, start=1)]
