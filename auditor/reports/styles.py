"""The looks of the workbook: fonts, fills and number formats, and their numbers for the streamed sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

FONT: Final = "Calibri"
INK: Final = "1D2226"
SOFT: Final = "585F66"
_LINE = Side(style="thin", color="DCD9D1")
_HEAD = Side(style="thin", color=INK)
MONEY: Final = "#,##0.00;[Red]-#,##0.00"
DATE: Final = "yyyy-mm-dd"
WHOLE: Final = "#,##0"
UNITS: Final = "#,##0.###"
RATE: Final = "0.0%"


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks."""

    format: str = "@"
    bold: bool = False
    size: int = 10
    color: str = INK
    fill: str = ""
    wrap: bool = False
    side: str = ""
    link: bool = False
    line: bool = True
    head: bool = False
    free: bool = False

    def on(self, cell: Cell, *, guard: bool = False) -> Cell:
        """Give `cell` this look; `guard` marks a text that begins like a formula as text for good."""
        cell.number_format = self.format
        cell.font = Font(
            name=FONT, size=self.size, bold=self.bold, color="1F5A7A" if self.link else self.color,
            underline="single" if self.link else None,
        )  # fmt: skip
        cell.alignment = Alignment(
            vertical="bottom" if self.head else "top",
            wrap_text=self.wrap or self.head,
            horizontal=self.side or None,
            indent=1 if self.side == "right" else 0,
        )
        if self.fill:
            cell.fill = PatternFill("solid", fgColor=self.fill)
        if self.line:
            cell.border = Border(bottom=_HEAD if self.head else _LINE)
        if self.free:
            cell.protection = Protection(locked=False)
        if guard:
            cell.quotePrefix = True
        return cell

    def number(self, book: Workbook, *, guard: bool = False) -> int:
        """The number of this look in the styles of `book`."""
        cell = Cell(book.worksheets[0], row=1, column=1)
        return int(self.on(cell, guard=guard).style_id)


TEXT: Final = Look()
PLAIN: Final = Look(line=False)
NAME: Final = Look(color=SOFT, line=False)
STRONG: Final = Look(bold=True, size=11, line=False)
TITLE: Final = Look(bold=True, size=18, line=False)
SECTION: Final = Look(bold=True, size=13, line=False)
SOFTLY: Final = Look(color=SOFT, line=False, wrap=True)
WRAPPED: Final = Look(wrap=True, line=False)
COUNT: Final = Look(format=WHOLE, side="left", line=False)
BANNER: Final = Look(fill="FDF3DC", line=False, wrap=True)
HEAD: Final = Look(bold=True, fill="F1EFE9", head=True)
HEAD_RIGHT: Final = Look(bold=True, fill="F1EFE9", head=True, side="right")
HEAD_ENTRY: Final = Look(bold=True, fill="E3EDF3", head=True)
BIG: Final = Look(format='"$"#,##0.00', side="left", bold=True, size=14, line=False)
BY_KIND: Final[dict[str, Look]] = {
    "text": TEXT,
    "wrap": Look(wrap=True),
    "whole": Look(format=WHOLE, side="right"),
    "money": Look(format=MONEY, side="right"),
    "units": Look(format=UNITS, side="right"),
    "date": Look(format=DATE, side="left"),
    "link": Look(format="General", link=True, line=False),
    "rate": Look(format=RATE, side="right"),
    "entry": Look(fill="F4F8FA", wrap=True, free=True),
    "entry_money": Look(format=MONEY, side="right", fill="F4F8FA", free=True),
    "entry_date": Look(format=DATE, side="left", fill="F4F8FA", free=True),
}
ENTRY: Final = BY_KIND["entry"]
NUMBERS: Final = ("whole", "money", "units", "rate")
TOTAL: Final[dict[str, Look]] = {
    "text": Look(bold=True),
    "whole": Look(format=WHOLE, bold=True, side="right"),
    "money": Look(format=MONEY, bold=True, side="right"),
}
