"""CMS's List of Medicare Telehealth Services of a calendar year: xlsx or csv, a title line, titles, one row a code.

The titles changed from year to year. Read are the code (`Code`, `HCPCS`), its status (`Status`, `Action`), `Can
Audio-only Interaction Meet the Requirements?` and `Medicare Payment Limitations`, in whatever order; only the code is
always there. The titles of 2026 are those that a public reader names; those of the years before, and the files
themselves, were not seen, so an unknown title refuses the file. Short descriptors are dropped unless kept: most are
the AMA's. Notes below the codes are left out.

`status` is the list's own word, `kind` what it means where it says so: permanent, provisional, temporary.
`audio_only` is blank where the list has no such column. `available_to` is the last day that the status names
(`Available up Through December 31, 2024`); it does not end the row, for Congress moved such days more than once.

A list answers for its calendar year alone (period), the newest publication of a year for all of it: a code that was
added within the year counts as on the list from its first day. The year stands in the title line or the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.restored import counted
from auditor.reference.importers.stated_days import calendar_years, days_stated
from auditor.reference.importers.titled import Column, Fault, Header, TitledImporter, plain, records_of
from auditor.reference.names import NameFacts, name_facts

_CODES = ("code", "hcpcs", "hcpcscode", "cpthcpcscode", "cpthcpcs", "hcpcscptcode", "cptcode")
_AUDIO = "canaudioonlyinteractionmeettherequirements"
_DESCRIPTIONS = ("shortdescriptor", "descriptor", "shortdescription", "description", "shortdesc")
_FROM = re.compile(
    r"effective\s+(?:january|jan\.?)\s+1,?\s+(20\d\d)|(?<![\d])(20\d\d)\s+(?:final\s+)?list", re.IGNORECASE
)
_UPDATED = re.compile(r"(?:updated|posted|revised)\W+(.{6,20})", re.IGNORECASE)
_THROUGH = re.compile(r"through\s+(.{6,20})", re.IGNORECASE)
_KINDS = (
    ("permanent", "permanent"),
    ("provisional", "provisional"),
    ("temporary", "temporary"),
    ("available", "temporary"),
)
_FLAGS = {"yes": True, "y": True, "no": False, "n": False, "": False}
_NO_NOTE = 2


class TelehealthServicesImporter(TitledImporter):
    """Codes that Medicare pays for by telehealth in a year."""

    title = "Medicare telehealth services"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "telehealth_services", "Medicare telehealth services of a year", "period", ("code",), cpt_descriptors=True
        )
    }  # fmt: skip
    periods: ClassVar[tuple[PeriodKind, ...]] = ("year",)
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", _CODES, "code", HCPCS, needed=True),
            Column("status", ("status", "action", "category", "statuscategory"), optional=True),
            Column("kind", (), optional=True),
            Column("audio_only", (_AUDIO,), "flag", optional=True),
            Column("limitations", ("medicarepaymentlimitations", "paymentlimitations", "limitations"), optional=True),
            Column("available_to", (), "date", optional=True),
            Column("description", _DESCRIPTIONS, descriptor=True),
        )
    }  # fmt: skip
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(frozenset({code}) for code in _CODES)

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the title on audio-only, or a line above the titles that speaks of telehealth services."""
        for layout, rows in peek.ways:
            for at, titles in self._headers(rows):
                spoken = any(
                    re.search(r"telehealth\s+services", line, re.IGNORECASE) for line in peek.lines[:at]
                )
                if any(mark <= set(titles) for mark in self.marks) and (_AUDIO in titles or spoken):
                    return Recognised(layout, "*", *self.dated(peek.lines[:at]))
        return None

    def dated(self, above: Sequence[str]) -> tuple[str | None, date | None]:
        """The calendar year, and the day of the list's last change."""
        years = {year for line in above for year in calendar_years(line)}
        years = years or {match[1] or match[2] for line in above for match in _FROM.finditer(line)}
        told = (day for line in above for match in _UPDATED.finditer(line) for day in days_stated(match[1]))
        return (years.pop() if len(years) == 1 else None), max(told, default=None)

    def named(self, names: Sequence[str]) -> NameFacts:
        """The calendar year in the name."""
        return name_facts(names, calendar_years)

    def records(self, part: Part) -> Iterable[tuple[int, list[str]]]:
        """Records without the notes below the codes, which fill one cell of their row."""
        begun = False
        for line, cells in records_of(part):
            filled = [cell for cell in cells if cell]
            if begun and len(filled) < _NO_NOTE and not (filled and HCPCS.fullmatch(filled[0].upper())):
                continue
            begun = begun or any(mark <= {plain(cell) for cell in cells} for mark in self.marks)
            yield line, cells

    def cell(self, column: Column, text: str) -> object:
        """Codes in upper case; stars at a yes are marks of footnotes."""
        text = " ".join(text.split())
        if column.name == "code":
            text = text.upper().rstrip("*").strip()
        if column.name == "audio_only":
            told = _FLAGS.get(text.lower().strip("* "))
            return Fault("audio only is neither yes nor no") if told is None else told
        return super().cell(column, text)

    def finished(self, job: Job, staged: Staged) -> None:
        """How many of each kind."""
        staged.counts |= counted(
            job,
            permanent="kind = 'permanent'",
            provisional="kind = 'provisional'",
            temporary="kind = 'temporary'",
            audio_only="audio_only",
        )

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        for at, titles in super()._headers(rows):
            yield at, [_AUDIO if title.startswith("canaudioonly") else title for title in titles]

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if isinstance(values, dict):
            status = str(values["status"] or "").lower()
            values["kind"] = next((kind for word, kind in _KINDS if word in status), None)
            ends = [day for match in _THROUGH.finditer(status) for day in days_stated(match[1])]
            values["available_to"] = max(ends, default=None)
            if "audio_only" not in header.places:
                values["audio_only"] = None
        return values


IMPORTER = TelehealthServicesImporter()
