"""What a reviewer may change: his own columns, filters, order and widths; the report's own cells stay as they are.

Protection bears no password: it keeps from mishaps, not from intent. Excel sorts no range that has a locked cell on a
protected sheet, whatever the sheet allows ("Protect a worksheet", Microsoft Support), so the rows of the lists
lie in a range that is open to every user, and a validation refuses what is typed over the report's own columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.protection import SheetProtection
from openpyxl.worksheet.worksheet import Worksheet

from auditor.reports.columns import DISPOSITIONS, Column

OPEN_RANGE: Final = "Rows"


def protect_book(book: Workbook) -> None:
    """Keep the sheets as they are: none added, removed, renamed, moved or hidden."""
    book.security = WorkbookProtection(lockStructure=True)


def protect_sheet(sheet: Worksheet) -> None:
    """Lock what is not marked free; filters, order, widths, heights and looks stay the reader's."""
    sheet.protection = SheetProtection(
        sheet=True, objects=False, scenarios=False, autoFilter=False, sort=False, formatCells=False,
        formatColumns=False, formatRows=False,
    )  # fmt: skip


def restrict(
    sheet: Worksheet, columns: Sequence[Column], first: int, last: int, *, guard: bool = True
) -> None:
    """What may be typed in rows `first` to `last`: what fits a reviewer's column, with `guard` nothing elsewhere."""
    own: list[list[int]] = []
    for number, column in enumerate(columns, start=1):
        if not column.kind.startswith("entry"):
            if own and own[-1][1] == number - 1:
                own[-1][1] = number
            else:
                own.append([number, number])
        elif (rule := _entry(column)) is not None:
            sheet.add_data_validation(rule)
            rule.add(_cells(number, number, first, last))
    if not guard:
        return
    refused = " ".join(_cells(left, right, first, last) for left, right in own)
    rule = DataValidation(type="custom", formula1="FALSE", allow_blank=False, sqref=refused)
    rule.errorTitle, rule.showErrorMessage = "Part of the report", True
    rule.error = "This cell belongs to the report. Write in the shaded columns."
    sheet.add_data_validation(rule)


def _cells(left: int, right: int, first: int, last: int) -> str:
    return f"{get_column_letter(left)}{first}:{get_column_letter(right)}{last}"


def _entry(column: Column) -> DataValidation | None:
    """What a reviewer may enter: a disposition of the list, an amount, a date; None where any text will do."""
    rule: DataValidation | None = None
    if column.heading == "Disposition":
        rule = DataValidation(type="list", formula1='"' + ",".join(DISPOSITIONS) + '"', allow_blank=True)
        rule.error = "Choose one of: " + ", ".join(DISPOSITIONS)
    elif column.kind == "entry_money":
        rule = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.error = "An amount in dollars, 0 or more"
    elif column.kind == "entry_date":
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        rule.error = "A date after 2000-01-01"
    if rule is not None:
        rule.errorTitle, rule.showErrorMessage = column.heading, True
    return rule
