"""Conditional formats: what a reader should see at once, and what follows a reviewer's entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from openpyxl.formatting import rule as untyped
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from auditor.reports import wording
from auditor.reports.columns import Column

_make: Any = untyped
GREEN, AMBER, BLUE, GREY, RED = "E3F0E3", "FDF0D5", "E3EDF3", "ECECEC", "F9DCDC"
_DISPOSITIONS: Final[Mapping[str, str]] = {
    "confirmed": GREEN, "confirmed in part": AMBER, "record requested": BLUE, "referred": BLUE, "not confirmed": GREY,
    "no action": GREY,
}  # fmt: skip
_CLASSES: Final[Mapping[str, str]] = {"probable": AMBER, "risk": GREY}


def mark_findings(sheet: Worksheet, columns: Sequence[Column], last: int) -> None:
    """Mark classes, dispositions, and corrected amounts above what was paid, in rows 2 to `last`."""
    letters = {column.heading: get_column_letter(n) for n, column in enumerate(columns, start=1)}
    cls, disposition = letters["Class"], letters["Disposition"]
    for name, color in _CLASSES.items():
        _mark(sheet, f"{cls}2:{cls}{last}", f'${cls}2="{wording.CLASS_WORDS[name]}"', color)
    for name, color in _DISPOSITIONS.items():
        _mark(sheet, f"{disposition}2:{disposition}{last}", f'${disposition}2="{name}"', color)
    corrected, paid = letters["Corrected amount"], letters["Paid"]
    _mark(
        sheet, f"{corrected}2:{corrected}{last}", f"AND(ISNUMBER(${corrected}2),${corrected}2>${paid}2)", RED
    )


def mark_differences(sheet: Worksheet, cells: str) -> None:
    """Make any difference between a figure and its formula red."""
    first = cells.split(":")[0]
    rule = _make.FormulaRule(
        formula=[f"AND(ISNUMBER({first}),{first}<>0)"], fill=_fill(RED), font=Font(bold=True, color="9C0006")
    )
    sheet.conditional_formatting.add(cells, rule)


def mark_text(sheet: Worksheet, cells: str, text: str, color: str = AMBER) -> None:
    """Mark the cells that hold `text`."""
    _mark(sheet, cells, f'{cells.split(":")[0]}="{text}"', color)


def mark_shares(sheet: Worksheet, cells: str) -> None:
    """Bars from 0 to 100 % inside cells that hold shares."""
    rule = _make.DataBarRule(start_type="num", start_value=0, end_type="num", end_value=1, color="9DB8C7")
    sheet.conditional_formatting.add(cells, rule)


def _mark(sheet: Worksheet, cells: str, formula: str, color: str) -> None:
    sheet.conditional_formatting.add(cells, _make.FormulaRule(formula=[formula], fill=_fill(color)))


def _fill(color: str) -> PatternFill:
    return PatternFill("solid", start_color=color, end_color=color, bgColor=color)
