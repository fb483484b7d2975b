"""Anesthesia conversion factors by contractor and locality (ANES): csv, xlsx, or fixed-width text.

The first line of csv and xlsx is the header; its last title tells the national factor: `National Anes CF of 20.3178`.
From 2026 on there are two factors, for participants of advanced payment models (`Qualifying APM`) and for all others
(`Non-Qualifying APM`): `conversion_factor` is the one for all others, `conversion_factor_qpp` the other, NULL before
2026; `national_factor` and `national_factor_qpp` are those of the titles. All are dollars per unit; the fixed-width
text has whole cents, no header, no footnote marks, and names cut at 40 characters.

Only the name tells the year (ANES2025, or the archive's), else the user. The file comes again with every quarterly
release, whose first day is taken as its publication; the newest answers from the year's first day until the next
begins, at most to the end of its calendar year.

Layout: ANES2025.csv and .txt, header and rows of ANES2026.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from auditor.reference.importers.gpci import LOCALITY, LOCALITY_REPAIRS, MAC, MAC_TITLES
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.mpfs_layouts import (
    FIXED,
    RESTORED,
    ReleaseImporter,
    Repairs,
    publish_with_release,
)
from auditor.reference.importers.titled import Column, Header, plain

_ALL, _QPP = "conversionfactor", "conversionfactorqpp"
COLUMNS = (
    Column("mac", MAC_TITLES, "code", MAC, needed=True),
    Column("locality", ("locality", "localitynumber"), "code", LOCALITY, needed=True),
    Column("locality_name", ("localityname",), needed=True),
    Column("conversion_factor", (_ALL,), "decimal", needed=True),
    Column("conversion_factor_qpp", (_QPP,), "decimal", optional=True),
    Column("national_factor", (), "decimal", optional=True),
    Column("national_factor_qpp", (), "decimal", optional=True),
    RESTORED,
)
_SLICES: Mapping[str, slice] = {
    "mac": slice(0, 5),
    "locality": slice(12, 14),
    "locality_name": slice(17, 72),
    "conversion_factor": slice(73, 77),
}
_RECORD = re.compile(r"\d{5} {7}\d\d {3}.{55} \d{4}")
_FACTOR_TITLE = re.compile(r"anes.*(cf|conversionfactor)")
_NATIONAL = re.compile(r"\bof\s+(\d{1,3}\.\d{2,8})\s*$")
# Dollars: the national factor was 16 to 23 since 1999; cents taken for dollars are in the thousands.
_LEAST, _MOST = 1, 200


@dataclass(frozen=True)
class _Header(Header):
    """A header with the national factors that its titles tell, by column."""

    national: Mapping[str, Decimal] = field(default_factory=dict)


class AnesthesiaImporter(ReleaseImporter):
    """Anesthesia conversion factors by locality."""

    title = "anesthesia conversion factors (ANES)"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "mpfs_anesthesia_cf",
            "Anesthesia conversion factors",
            "until_next",
            ("mac", "locality"),
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {"*": COLUMNS}
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({mac, locality, "localityname", _ALL})
        for mac in MAC_TITLES
        for locality in ("locality", "localitynumber")
    )
    slices: ClassVar[Mapping[str, slice]] = _SLICES
    record: ClassVar[re.Pattern[str]] = _RECORD
    begins: ClassVar[re.Pattern[str]] = re.compile(r"\d{4,5} ")
    repairs: ClassVar[Repairs] = LOCALITY_REPAIRS

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its titles, or by lines of the fixed-width shape."""
        return super().recognise(peek) or (Recognised(FIXED, "*") if self.is_fixed(peek) else None)

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition."""
        staged = super().stage(job, parts)
        publish_with_release(staged, parts[0])
        return staged

    def cut(self, line: str) -> list[str]:
        """A record's cells, its cents as dollars."""
        *cells, cents = super().cut(line)
        return [*cells, f"{cents[:-2]}.{cents[-2:]}"]

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """Factors are dollars."""
        for name in ("conversion_factor", "conversion_factor_qpp"):
            value = values[name]
            if isinstance(value, Decimal) and not _LEAST <= value <= _MOST:
                return f"{name.replace('_', ' ')} is no amount in dollars ({_LEAST} to {_MOST})"
        return None

    def finished(self, job: Job, staged: Staged) -> None:
        """Count of contractors; the factor for advanced payment models is the higher one."""
        macs, lower = job.con.execute(
            "SELECT count(DISTINCT mac), count(*) FILTER (WHERE conversion_factor_qpp < conversion_factor) FROM staged"
        ).fetchall()[0]
        staged.counts["contractors"] = int(macs)
        if lower:
            staged.suspicions.append(
                f"{lower:,} localities whose factor for advanced payment models is the lower one (columns exchanged?)"
            )

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        """Rows as plain titles, those of a factor without the amount in them."""
        for at, titles in super()._headers(rows):
            yield at, [_factor(title) or title for title in titles]

    def _header(self, part: Part, above: Sequence[Sequence[str]], variant: str) -> Header | None:
        """The header, with the national factors of its titles."""
        header = super()._header(part, above, variant)
        if header is None:
            return None
        columns = {_ALL: "national_factor", _QPP: "national_factor_qpp"}
        national: dict[str, Decimal] = {}
        for title in above[-1]:
            factor, amount = _factor(plain(title)), _NATIONAL.search(title)
            if factor is not None and amount is not None:
                national[columns[factor]] = Decimal(amount[1])
        return _Header(header.places, header.width, national=national)

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if not isinstance(values, str) and isinstance(header, _Header):
            values.update(header.national)
        return values


def _factor(title: str) -> str | None:
    """Which factor a plain title is of, None for other titles. `Non-Qualifying` holds the word `Qualifying`."""
    if _FACTOR_TITLE.search(title) is None:
        return None
    return _QPP if "qualifying" in title and "nonqualifying" not in title else _ALL


IMPORTER = AnesthesiaImporter()
