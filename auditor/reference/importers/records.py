"""Records of the small tables (MUE, AOC, coverage) as lists of cells, whatever file they lie in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.reference.importers.interface import REJECTED_EXAMPLES, Part, Rejected
from auditor.reference.sheets import Workbook
from auditor.reference.text import clean_lines

# Articles of the Medicare Coverage Database hold whole pages of HTML in a cell.
MAX_FIELD = 16 << 20


def csv_records(part: Part) -> Iterator[tuple[int, list[str]]]:
    """Records of an RFC 4180 file with the line each begins on. Raises InputRefused for broken quoting."""
    return _csv_records(part.leaf.path, part.leaf.place)


def tab_records(part: Part) -> Iterator[tuple[int, list[str]]]:
    """Lines cut at tabs."""
    for number, line in enumerate(clean_lines(part.leaf.path), start=1):
        yield number, [cell.strip() for cell in line.split("\t")]


def sheet_records(part: Part) -> Iterator[tuple[int, list[str]]]:
    """Rows of the part's sheet; blank rows are not counted."""
    with Workbook(part.leaf.path, part.leaf.place) as book:
        for number, row in enumerate(book.rows(part.sheet or book.sheets[0]), start=1):
            yield number, [cell.strip() for cell in row]


class Rejects:
    """Rejected rows of one edition: counted by reason, the first ones kept with their places."""

    def __init__(self) -> None:
        self.reasons: dict[str, int] = {}
        self.examples: list[Rejected] = []

    def add(self, file: str, line: int, reason: str) -> None:
        """Count one row."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.examples) < REJECTED_EXAMPLES:
            self.examples.append(Rejected(file, line, reason))

    @property
    def total(self) -> int:
        """How many rows were rejected so far."""
        return sum(self.reasons.values())


def _csv_records(path: Path, place: str) -> Iterator[tuple[int, list[str]]]:
    lines = (line + "\n" for line in clean_lines(path))
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(lines, strict=True)
    begin = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise InputRefused(
                f"the record that begins on line {begin} is not closed or not quoted as CSV",
                where=place,
                why="A cut or damaged file would be imported in part",
                mend="Download it again, or save it again as CSV",
            ) from error
        if record is None:
            return
        yield begin, [cell.strip() for cell in record]
        begin = reader.line_num + 1
