"""Place of service codes: CMS's table of them, saved as csv, tab text or xlsx.

CMS publishes a web page (coding-billing/place-of-service-codes/code-sets) and a pdf with the titles `Place of Service
Code(s)`, `Place of Service Name`, `Place of Service Description`, and no file; a copy may have a column that tells
facility from non-facility (Medicare Claims Processing Manual, chapter 26, section 10.5). A range of codes without a
meaning (`28-30`, name `Unassigned`) becomes one row a code, `assigned` false. The texts are CMS's and public.

The list has no edition. What it says of dates stands in the description, `(Effective October 1, 2003)`; such rows are
valid from that day, the others from ever. So the newest list answers by the dates of its rows (rows), open at both
ends: it is asked whether a code exists, and codes are added, not taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar

from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Staged, Table
from auditor.reference.importers.restored import OPEN_BEGIN, counted, restore_zeros
from auditor.reference.importers.titled import Column, Fault, Header, TitledImporter, plain, records_of

_CODES = ("placeofservicecodes", "placeofservicecode", "poscode", "poscodes")
_NAMES = ("placeofservicename", "posname")
_RANGE = re.compile(r"(\d{1,2})\s*[-–—]\s*(\d{1,2})")
_EFFECTIVE = re.compile(r"\(\s*(?:code\s+)?effective\s+([a-z]+ \d{1,2}, \d{4}|\d{1,2}/\d{1,2}/\d{2,4})", re.I)
_FACILITY = {"facility": True, "f": True, "nonfacility": False, "nf": False, "unassigned": None}


class PosImporter(TitledImporter):
    """Place of service codes."""

    title = "Place of service codes"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("pos_codes", "Place of service codes", "rows", ("code",), basis="rebuilt file")
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", _CODES, "code", re.compile(r"\d{1,2}"), needed=True),
            Column("name", _NAMES, needed=True),
            Column(
                "description", ("placeofservicedescription", "posdescription"),
                optional=True, blanks=frozenset({"", "N/A"}),
            ),
            Column(
                "facility", ("facility", "postype", "type", "facilityornonfacility", "facilitynonfacility"),
                "flag", optional=True,
            ),
            Column("assigned", (), "flag", optional=True),
            Column("effective", (), "date", optional=True),
        )
    }  # fmt: skip
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, name}) for code in _CODES for name in _NAMES
    )

    def records(self, part: Part) -> Iterable[tuple[int, list[str]]]:
        """Records with ranges of codes taken apart."""
        return _apart(records_of(part))

    def cell(self, column: Column, text: str) -> object:
        """Breaks inside a cell are blanks; the kind of place is told in words."""
        text = " ".join(text.split())
        if column.name == "facility" and text:
            told = plain(text)
            return (
                _FACILITY[told]
                if told in _FACILITY
                else Fault("facility is neither facility nor non-facility")
            )
        return super().cell(column, text)

    def finished(self, job: Job, staged: Staged) -> None:
        """Put lost zeros back, and count."""
        restore_zeros(job, staged, "code", 2, "codes")
        staged.valid_from = OPEN_BEGIN
        staged.counts |= counted(
            job,
            assigned="assigned",
            unassigned="NOT assigned",
            facility="facility",
            non_facility="NOT facility",
            dated="effective IS NOT NULL",
        )

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if isinstance(values, dict):
            values["assigned"] = plain(str(values["name"])) != "unassigned"
            values["effective"] = _effective(str(values["description"] or ""))
        return values


def _apart(records: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Records below the header with one code each. A range that runs backwards stays, and is rejected."""
    at: int | None = None
    for line, cells in records:
        if at is None:
            titles = [plain(cell) for cell in cells]
            if any(mark <= set(titles) for mark in PosImporter.marks):
                at = next(titles.index(title) for title in _CODES if title in titles)
        elif at < len(cells) and (match := _RANGE.fullmatch(cells[at])) and int(match[1]) <= int(match[2]):
            for code in range(int(match[1]), int(match[2]) + 1):
                yield line, [*cells[:at], f"{code:02d}", *cells[at + 1 :]]
            continue
        yield line, cells


def _effective(description: str) -> date | None:
    """The day since which the code is valid, as its description tells; a changed description is no new code."""
    match = _EFFECTIVE.search(description)
    for form in ("%B %d, %Y", "%m/%d/%Y", "%m/%d/%y"):
        try:
            return datetime.strptime(match[1], form).date() if match else None
        except ValueError:
            continue
    return None


IMPORTER = PosImporter()
