"""A sheet laid out top-down with openpyxl: texts stay texts, numbers are formatted, formulas carry their value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from auditor.reports.cells import GUARDED, LINE_HEIGHT, MOST_HEIGHT, clean, lines_needed, serial
from auditor.reports.columns import Column
from auditor.reports.excel_tables import add_table
from auditor.reports.protection import protect_sheet
from auditor.reports.styles import (
    BY_KIND,
    ENTRY,
    HEAD,
    HEAD_ENTRY,
    HEAD_RIGHT,
    NAME,
    NUMBERS,
    PLAIN,
    SECTION,
    SOFTLY,
    TEXT,
    TITLE,
    Look,
)

LETTER = 1
LEGAL = 5


class Formula:
    """A formula of our own, with the value it must come to."""

    __slots__ = ("text", "value")

    def __init__(self, text: str, value: Decimal | int | str) -> None:
        self.text, self.value = text, value


Value = str | int | Decimal | date | Formula | None


class Page:
    """One sheet, filled from the top. `known` holds the values of its formulas by cell."""

    def __init__(
        self, book: Workbook, name: str, widths: Sequence[float], *, run_id: str, landscape: bool = True
    ):
        self.sheet: Worksheet = book.create_sheet(name)
        self.name = name
        self.at = 1
        self.known: dict[str, str] = {}
        self._laid: dict[tuple[Look, bool], StyleArray] = {}
        for number, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        set_up(self.sheet, run_id, landscape=landscape)
        protect_sheet(self.sheet)

    def put(self, row: int, column: int, value: Value, look: Look = TEXT) -> str:
        """Write one cell and return its name. A str is always written as text."""
        cell = cast(Cell, self.sheet.cell(row, column))
        if isinstance(value, Formula):
            cell.value = value.text
            self.known[cell.coordinate] = str(value.value)
        elif isinstance(value, str):
            cell.value = clean(value)
            cell.data_type = "s"
        elif isinstance(value, date) and serial(value) is None:
            cell.value = value.isoformat()
        else:
            cell.value = value
        self._lay(cell, look, isinstance(value, str) and value.startswith(GUARDED))
        return str(cell.coordinate)

    def _lay(self, cell: Cell, look: Look, guard: bool) -> None:
        """Give a cell its look; a look is worked out once a sheet, for a book's table of styles is slow to ask."""
        laid = self._laid.get((look, guard))
        if laid is None:
            self._laid[look, guard] = cast(Any, look.on(cell, guard=guard))._style
        else:
            cast(Any, cell)._style = copy(laid)

    def line(self, values: Iterable[Value], looks: Look | Sequence[Look] = TEXT) -> int:
        """Write one row and return its number; empty cells get the look too, so that lines run through."""
        listed = list(values)
        chosen = [looks] * len(listed) if isinstance(looks, Look) else list(looks)
        for column, (value, look) in enumerate(zip(listed, chosen, strict=True), start=1):
            self.put(self.at, column, value if value != "" else None, look)
        self.at += 1
        return self.at - 1

    def title(self, text: str) -> None:
        """The name of the sheet at its top."""
        self.put(self.at, 1, text, TITLE)
        self.sheet.row_dimensions[self.at].height = 26
        self.at += 1

    def section(self, text: str) -> None:
        """A heading, with an empty row before it."""
        self.at += 1
        self.put(self.at, 1, text, SECTION)
        self.sheet.row_dimensions[self.at].height = 20
        self.at += 1

    def prose(self, text: str, across: int, look: Look = SOFTLY) -> None:
        """A sentence over `across` columns, as high as it needs."""
        self.put(self.at, 1, text, look)
        if across > 1:
            self.sheet.merge_cells(start_row=self.at, end_row=self.at, start_column=1, end_column=across)
        room = sum(self.sheet.column_dimensions[get_column_letter(n)].width for n in range(1, across + 1))
        self.sheet.row_dimensions[self.at].height = 14.5 * max(1, -(-len(text) * 21 // int(room * 20)))
        self.at += 1

    def gap(self) -> None:
        """An empty row."""
        self.at += 1

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value]],
        *,
        own_sheet: bool = False,
        excel: str = "",
    ) -> tuple[int, int]:
        """Headings and rows; the numbers of the heading's row and of the last row are returned.

        With `own_sheet` the headings freeze and repeat in print. `excel` is the name of the Excel table that is made of
        them (with filters); it has an empty row where there are no rows.
        """
        first = self.line([column.heading for column in columns], [heading(column) for column in columns])
        # Words do not fill a line to its end, and the button of a filter takes room too.
        lines = max(lines_needed(column.heading, int(column.width * 0.8)) for column in columns)
        self.sheet.row_dimensions[first].height = 14 * lines
        looks = [BY_KIND[column.kind] for column in columns]
        for row in rows:
            at = self.line(row, looks)
            self.sheet.row_dimensions[at].height = _height(columns, row)
        last = self.at - 1
        if own_sheet:
            self.sheet.freeze_panes = f"B{first + 1}"
            self.sheet.print_title_rows = f"{first}:{first}"
        if excel:
            add_table(self.sheet, excel, [column.heading for column in columns], first, last - first)
            self.at += last == first
        return first, last

    def note(self, text: str) -> None:
        """A quiet remark in one cell."""
        self.put(self.at, 1, text, NAME)
        self.at += 1

    def blank(self, name: str, look: Look = ENTRY) -> None:
        """A name, and beside it a cell that the reader fills in."""
        self.put(self.at, 1, name, NAME)
        self.put(self.at, 2, None, look)
        self.at += 1

    def pair(self, name: str, value: Value, look: Look = PLAIN) -> None:
        """A name and its value in the first two columns."""
        self.put(self.at, 1, name, NAME)
        self.put(self.at, 2, value, look)
        self.at += 1


def heading(column: Column) -> Look:
    """The look of a heading: on the right over numbers, shaded where reviewers write."""
    if column.kind.startswith("entry"):
        return HEAD_ENTRY
    return HEAD_RIGHT if column.kind in NUMBERS else HEAD


def _height(columns: Sequence[Column], row: Sequence[Value]) -> float:
    """As high as the longest wrapped text of the row needs; programs do not agree on doing this themselves."""
    lines = 1
    for column, value in zip(columns, row, strict=True):
        if column.kind in ("wrap", "entry") and isinstance(value, str):
            lines = max(lines, lines_needed(value, column.room))
    return min(LINE_HEIGHT * lines + 2, MOST_HEIGHT)


def set_up(sheet: Worksheet, run_id: str, *, landscape: bool, paper: int = LETTER) -> None:
    """Paper, one page wide, page numbers and the run in the footer."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = paper
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.7
    footer = cast(Any, sheet.oddFooter)
    footer.left.text = "Run " + "".join(letter for letter in run_id if letter.isalnum())
    footer.center.text = "&A"
    footer.right.text = "&P of &N"
    sheet.sheet_view.showGridLines = False
