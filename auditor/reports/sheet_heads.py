"""What is printed at the head of every sheet of a workbook: the header of counsel, and whose report it is."""

from __future__ import annotations

from typing import Any, cast

from openpyxl import Workbook

from auditor.reports.cells import clean
from auditor.reports.theme import PLAIN, Theme


def head_sheets(book: Workbook, counsel: str, theme: Theme = PLAIN) -> None:
    """Put `counsel` and the name of the organisation into the printed head of every sheet of `book`.

    A theme's accent colours the tabs. What is empty changes nothing.
    """
    for sheet in book.worksheets:
        head = cast(Any, sheet.oddHeader)
        if counsel:
            head.center.text = _printed(counsel)
        if theme.organisation:
            head.left.text = _printed(theme.organisation)
        if theme is not PLAIN:
            sheet.sheet_properties.tabColor = theme.book_accent


def _printed(text: str) -> str:
    """`text` as a head takes it: & would begin a code of the head's own."""
    return clean(text).replace("&", "&&")
