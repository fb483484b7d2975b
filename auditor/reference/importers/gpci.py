"""Geographic practice cost indices (GPCI, Addendum E) by contractor and locality: csv, xlsx, or fixed-width text.

Title line, blank line, header, 109 localities, footnotes. Titles carry the year and say whether the work index has the
1.0 floor: `2025 PW GPCI (with 1.0 Floor)`. In January 2026 both were there. `gpci_work` is the index with the floor
where the file has it, else the other; `work_floor` is true, false, or NULL where the title does not say (fixed-width
text, older years); `gpci_work_without_floor` is filled where that one is published. A locality's number repeats from
contractor to contractor: contractor and locality together are the key. Stars in a locality's name are CMS's footnotes.

The year stands in the titles; the file of one year comes again with every quarterly release, named by the archive.
That release's first day is taken as its publication, so that the newest answers. Each edition answers from its first
day until the next one begins, at most to the end of its calendar year.

Layout: GPCI2025.csv and .txt, GPCI2026.csv of July, header of January 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.mpfs_layouts import (
    FIXED,
    RESTORED,
    ReleaseImporter,
    Repairs,
    publish_with_release,
)
from auditor.reference.importers.titled import Column, Header

MAC = re.compile(r"\d{5}")
LOCALITY = re.compile(r"\d\d")
MAC_TITLES = ("medicareadministrativecontractormac", "medicareadministrativecontractor", "contractor", "mac")
LOCALITY_REPAIRS: Repairs = {"mac": (re.compile(r"[1-9]\d{3}"), 5), "locality": (re.compile(r"\d"), 2)}

_WITH, _WITHOUT = "pwgpciwith10floor", "pwgpciwithout10floor"
COLUMNS = (
    Column("mac", MAC_TITLES, "code", MAC, needed=True),
    Column("state", ("state",), "code", re.compile(r"[A-Z]{2}"), needed=True),
    Column("locality", ("localitynumber", "locality"), "code", LOCALITY, needed=True),
    Column("locality_name", ("localityname",), needed=True),
    Column("gpci_work", (_WITH, "pwgpci", "workgpci"), "decimal", optional=True),
    Column("work_floor", (), "flag", optional=True),
    Column("gpci_pe", ("pegpci",), "decimal", needed=True),
    Column("gpci_mp", ("mpgpci",), "decimal", needed=True),
    Column("gpci_work_without_floor", (_WITHOUT,), "decimal", optional=True),
    RESTORED,
)
_SLICES: Mapping[str, slice] = {
    "mac": slice(0, 5),
    "state": slice(16, 18),
    "locality": slice(24, 26),
    "locality_name": slice(28, 120),
    "gpci_work": slice(120, 126),
    "gpci_pe": slice(132, 138),
    "gpci_mp": slice(144, 150),
}
_RECORD = re.compile(r"\d{5} {11}[A-Z]{2} {6}\d\d {2}.{92}[ \d]\d\.\d{3} {6}[ \d]\d\.\d{3} {6}[ \d]\d\.\d{3}")
_YEAR_BEFORE = re.compile(r"^(?:cy)?20\d\d")
_YEARS = re.compile(r"(20\d\d)\s+(?:PW|Work|PE|MP)\s+GPCI|\bCY\s+(20\d\d)\s+GEOGRAPHIC", re.IGNORECASE)


@dataclass(frozen=True)
class _Header(Header):
    """A header that knows whether its work index has the floor; None where its title does not say."""

    floor: bool | None = None


class GpciImporter(ReleaseImporter):
    """Work, practice expense and malpractice indices by locality."""

    title = "geographic practice cost indices (GPCI)"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "mpfs_gpci",
            "Geographic practice cost indices",
            "until_next",
            ("mac", "locality"),
            basis="rebuilt file",
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {"*": COLUMNS}
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"state", "localityname", "pegpci", "mpgpci"}),)
    slices: ClassVar[Mapping[str, slice]] = _SLICES
    record: ClassVar[re.Pattern[str]] = _RECORD
    begins: ClassVar[re.Pattern[str]] = re.compile(r"\d{4,5} ")
    repairs: ClassVar[Repairs] = LOCALITY_REPAIRS

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its titles without their year, or by lines of the fixed-width shape. Raises InputRefused for two years."""
        found = super().recognise(peek)
        if found is None and self.is_fixed(peek):
            found = Recognised(FIXED, "*", *self.dated(peek.lines))
        if found is not None and found.period is not None and " " in found.period:
            raise InputRefused(
                f"its titles are of different years: {found.period}",
                where=peek.name,
                why="Indices answer for one calendar year",
                mend="Download it again",
            )
        return found

    def dated(self, above: Sequence[str]) -> tuple[str | None, date | None]:
        """The year of title line and titles; several of them separated by blanks."""
        years = {match[1] or match[2] for line in above for match in _YEARS.finditer(line)}
        return " ".join(sorted(years)) or None, None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition."""
        staged = super().stage(job, parts)
        publish_with_release(staged, parts[0])
        return staged

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """Indices are above nothing; one of the work indices is there."""
        if values["gpci_work"] is None:
            return "gpci work is blank"
        for name in ("gpci_work", "gpci_pe", "gpci_mp", "gpci_work_without_floor"):
            value = values[name]
            if isinstance(value, Decimal) and not 0 < value < 10:
                return f"{name.replace('_', ' ')} is no index (above 0, below 10)"
        return None

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts of states and contractors; no work index is below a floor that the titles promise."""
        states, macs, below = job.con.execute(
            "SELECT count(DISTINCT state), count(DISTINCT mac), count(*) FILTER (WHERE work_floor AND gpci_work < 1) "
            "FROM staged"
        ).fetchall()[0]
        staged.counts.update(states=int(states), contractors=int(macs))
        if below:
            staged.suspicions.append(f"{below:,} localities whose work index is below the floor of 1.0")

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        """Rows as plain titles without the year before them; `Work GPCI` is the same as `PW GPCI`."""
        for at, titles in super()._headers(rows):
            bare = [_YEAR_BEFORE.sub("", title) for title in titles]
            yield at, [re.sub(r"^workgpciwith", "pwgpciwith", title) for title in bare]

    def _places(self, part: Part, titles: Sequence[str], variant: str) -> Header:
        header = super()._places(part, titles, variant)
        places = dict(header.places)
        floor: bool | None = None
        if "gpci_work" in places:
            floor = True if titles[places["gpci_work"]] == _WITH else None
        elif "gpci_work_without_floor" in places:
            places["gpci_work"], floor = places["gpci_work_without_floor"], False
        else:
            raise InputRefused(
                "it has no work index",
                where=part.leaf.place,
                why="Payment needs all three indices",
                mend="Download it again",
            )
        return _Header(places, header.width, floor=floor)

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if not isinstance(values, str) and isinstance(header, _Header):
            values["work_floor"] = header.floor
        return values


IMPORTER = GpciImporter()
