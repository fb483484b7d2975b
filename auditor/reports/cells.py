"""Cells of the large sheets, written as XML at once, and the text that may stand in any cell.

openpyxl writes some 90,000 cells a second; a workbook of 100,000 findings has seven million. The large sheets are
therefore streamed into the file that openpyxl laid out, with its style numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from openpyxl.utils import get_column_letter

from auditor.reports.sheet_names import quoted
from auditor.reports.unseen import REPLACED, UNSEEN

MOST_TEXT: Final = 32_767
LINE_HEIGHT: Final = 13
MOST_HEIGHT: Final = 409
CUT: Final = " … [cut: a cell holds 32,767 characters; the page holds the whole text]"
# What a spreadsheet, or a CSV made from it, could take for a formula.
GUARDED: Final = ("=", "+", "-", "@", "\t", "\r")
_ILLEGAL = re.compile(f"[{UNSEEN}]")
_SPECIAL = re.compile(f"[&<>\r{UNSEEN}]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1)


def clean(text: str) -> str:
    """The text as a workbook can hold it: no characters that are not seen, not longer than a cell."""
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub(REPLACED, text)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - len(CUT)] + CUT


def escaped(text: str) -> str:
    """`text` cleaned and made safe to stand in XML."""
    if len(text) > MOST_TEXT:
        text = clean(text)
    if _SPECIAL.search(text):
        text = _SPECIAL.sub(lambda found: _ENTITIES.get(found.group(), REPLACED), text)
    return text


def serial(value: date) -> int | None:
    """The number of a day in a workbook; None before March 1900, where programs disagree."""
    return value.toordinal() - _DAY_ZERO if value >= _FIRST_DAY else None


class RowWriter:
    """Rows of one sheet as XML text.

    `kinds`, `styles` and `guard` (the style of a text that begins like a formula) go by column. `rooms` gives, by
    column number from 0, how many characters a line of a wrapped text holds: rows get the height they need for it.
    """

    def __init__(
        self, kinds: Sequence[str], styles: Sequence[int], guard: Sequence[int], rooms: Mapping[int, int]
    ) -> None:
        self._rooms = list(rooms.items())
        self._cells = [
            (kind.startswith("entry"), get_column_letter(number), str(style), str(guarded))
            for number, (kind, style, guarded) in enumerate(zip(kinds, styles, guard, strict=True), start=1)
        ]

    def row(self, number: int, values: Sequence[object]) -> str:
        """The row `number` (1-based) of the sheet with one value a column.

        None and '' leave a cell out, except in columns of an 'entry' kind, which stay as styled empty cells. A text
        is always a text cell, whatever it begins with.
        """
        parts = [f'<row r="{number}"{self._height(values)}>']
        add = parts.append
        for (is_entry, letter, style, guard), value in zip(self._cells, values, strict=True):
            if value.__class__ is str:
                if value:
                    used = guard if value.startswith(GUARDED) else style
                    add(f'<c r="{letter}{number}" s="{used}" t="inlineStr"><is>{_text(value)}</is></c>')
            elif value is None:
                if is_entry:
                    add(f'<c r="{letter}{number}" s="{style}"/>')
            elif isinstance(value, (int, Decimal)):
                add(f'<c r="{letter}{number}" s="{style}"><v>{value}</v></c>')
            elif isinstance(value, date):
                add(_date(f"{letter}{number}", value, style, guard))
            elif isinstance(value, Link):
                add(
                    f'<c r="{letter}{number}" s="{style}" t="str"><f>{escaped(value.formula(number))}</f>'
                    f"<v>{escaped(value.label)}</v></c>"
                )
            else:
                raise TypeError(f"a cell cannot hold {type(value).__name__}")
        add("</row>")
        return "".join(parts)

    def _height(self, values: Sequence[object]) -> str:
        if not self._rooms:
            return ""
        texts = ((values[column], room) for column, room in self._rooms)
        lines = max((lines_needed(text, room) for text, room in texts if isinstance(text, str)), default=1)
        return f' ht="{min(LINE_HEIGHT * lines + 2, MOST_HEIGHT)}" customHeight="1"'


def lines_needed(text: str, room: int) -> int:
    """How many lines `text` takes where a line holds `room` characters."""
    return sum(max(1, -(-len(part) // max(room, 1))) for part in text.split("\n"))


def _text(value: str) -> str:
    kept = ' xml:space="preserve"' if value[0].isspace() or value[-1].isspace() or "\n" in value else ""
    return f"<t{kept}>{escaped(value)}</t>"


def _date(name: str, value: date, style: str, guard: str) -> str:
    day = serial(value)
    if day is None:
        return f'<c r="{name}" s="{guard}" t="inlineStr"><is><t>{value.isoformat()}</t></is></c>'
    return f'<c r="{name}" s="{style}"><v>{day}</v></c>'


class Link:
    """A link to a row of this workbook, as a formula of our own making; `label` is never a text of the input.

    With `keyed` the formula asks whether the row there still begins with what the row of the link begins with, and
    looks it up where somebody has sorted the sheet. (Excel keeps at most 65,530 link records a sheet; formulas have
    no such bound.)
    """

    __slots__ = ("keyed", "label", "row", "sheet")

    def __init__(self, sheet: str, row: int, label: str, *, keyed: bool = False) -> None:
        self.sheet, self.row, self.label, self.keyed = sheet, row, label, keyed

    def formula(self, number: int) -> str:
        """The formula, without `=`, as it stands in row `number`."""
        there = quoted(self.sheet)
        if not self.keyed:
            return f'HYPERLINK("#{there}!A{self.row}","{self.label}")'
        found = f"IF({there}!$A${self.row}=$A{number},{self.row},MATCH($A{number},{there}!$A:$A,0))"
        return f'HYPERLINK("#{there}!A"&{found},"{self.label}")'
