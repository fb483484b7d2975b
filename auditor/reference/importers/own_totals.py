"""Totals that a file states of itself, held against the rows that were read from it.

A sheet says in `<dimension>` how far it reaches; a text may have a line such as `Total records: 2,633,389` above or
below its rows. A file that was cut has fewer rows than it says. CMS's NCCI files state no total today; that a copy has
one is reason enough to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from auditor.reference.importers.interface import Part
from auditor.reference.sheets import Workbook

SHEET_LIMIT = 1_048_576
HEADER_LINES = 60
_LONGEST = 80
_THINGS = r"(?:records?|rows?|edits?|entries|lines?)"
_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d+)"
_TOTAL = re.compile(
    rf"\W*(?:(?:grand\s+)?total|number|count)\W*(?:of\s+)?(?:{_THINGS})?\W*{_NUMBER}\W*(?:{_THINGS})?\W*"
    rf"|\W*{_THINGS}\W*(?:total|count)?\W*{_NUMBER}\W*"
    rf"|\W*{_NUMBER}\s+{_THINGS}\W*",
    re.IGNORECASE,
)
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^>]*?ref=[\"'](?:[A-Z]+\d+:)?[A-Z]+(\d+)[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"'](\d+)[\"']")
_TAIL = 4 << 20


def total_of(cells: Sequence[str]) -> int | None:
    """The total that a line (its cells) states; None for any other line."""
    text = " ".join(cell for cell in cells if cell.strip()).strip()
    found = _TOTAL.fullmatch(text) if len(text) <= _LONGEST else None
    return int((found[1] or found[2] or found[3]).replace(",", "")) if found else None


def totals_above(lines: Iterable[str]) -> list[int]:
    """The totals that lines above a text's rows state."""
    stated = (total_of(line.split("\t")) for line in lines)
    return [total for total in stated if total is not None]


def unlike(stated: Iterable[int], rows: Iterable[int]) -> list[str]:
    """A suspicion for each stated total that is none of the numbers of rows it could mean."""
    meant = set(rows)
    read = " or ".join(f"{count:,}" for count in sorted(meant))
    return [
        f"it states a total of {total:,} rows but has {read}"
        for total in dict.fromkeys(stated)
        if total not in meant
    ]


def cut_sheets(part: Part, sheets: Iterable[str] | None = None) -> list[str]:
    """What tells that a sheet of a workbook was cut: fewer rows than it says, or as many as a sheet can have."""
    if part.sheet is None:
        return []
    book = _Sized(part.leaf.path, part.leaf.place)
    with book:
        return [told for sheet in sheets or (part.sheet,) if (told := book.cut(sheet)) is not None]


class _Sized(Workbook):
    """A workbook that tells how far a sheet reaches and how far it says it does."""

    def cut(self, sheet: str) -> str | None:
        """Why a sheet seems cut; None when it does not, or when its rows have no numbers.

        Empty rows that are written count, so a dimension that reaches beyond the table is no fault by itself; nor is
        one that means the whole sheet.
        """
        begin, tail = b"", b""
        for block in self._blocks(self._paths[sheet]):
            begin = begin or block
            tail = (tail + block)[-_TAIL:]
        numbers = [int(number) for number in _ROW.findall(tail)]
        if not numbers:
            return None
        last = max(numbers)
        stated = _DIMENSION.search(begin)
        if last >= SHEET_LIMIT:
            return f"sheet {sheet} has as many rows as a sheet can have: the rest of the table may be missing"
        if stated is not None and last < int(stated[1]) < SHEET_LIMIT:
            return f"sheet {sheet} says that it has {int(stated[1]):,} rows but ends at row {last:,}"
        return None
