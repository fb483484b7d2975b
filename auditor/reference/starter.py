"""The starter edition: a few hundred rows chosen by hand, so that a first audit runs with nothing loaded.

Every row cites the CMS edition in which it stands. What the rows cannot vouch for is not answered: PTP, MUE
and add-on rows hold for the service dates of the third quarter of 2024 only.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from auditor.base.dates import quarter_bounds
from auditor.reference.editions import Edition, RowsPart, SourceFile
from auditor.reference.importers import aoc, coverage, mue
from auditor.reference.parts import sha256_of

FOLDER = Path(__file__).parent / "starter"
QUARTER = "2024Q3"
SOURCE = "source"
_NOTE = "Starter edition: a small selection made by hand; what is not in it is not thereby free of edits."
_DATES_NOTE = (
    "Dates are those of the quarter: the rows are in force in this edition, since when is not stated."
)


@dataclass(frozen=True)
class _Table:
    """A starter file: its columns (but for the citation), its edition, when it was published."""

    columns: Mapping[str, str]
    edition: str
    published: date
    bounded: bool
    notes: tuple[str, ...] = field(default=(_NOTE,))


_PTP = {
    "column_1": "VARCHAR",
    "column_2": "VARCHAR",
    "effective": "DATE",
    "deleted": "DATE",
    "modifier_indicator": "VARCHAR",
    "rationale": "VARCHAR",
}
_START, _END = quarter_bounds(QUARTER)
_NCCI_NOTES = (_NOTE, _DATES_NOTE)
_TABLES: Mapping[str, _Table] = {
    "ncci_ptp_practitioner": _Table(_PTP, QUARTER, _START, True, _NCCI_NOTES),
    "ncci_ptp_hospital": _Table(_PTP, QUARTER, _START, True, _NCCI_NOTES),
    "ncci_mue_practitioner": _Table(mue.COLUMNS, QUARTER, _START, True),
    "ncci_mue_hospital": _Table(mue.COLUMNS, QUARTER, _START, True),
    "ncci_aoc": _Table(aoc.COLUMNS, "2024Q2", date(2024, 6, 3), True, _NCCI_NOTES),
    "coverage": _Table(coverage.COLUMNS, "starter", date(2024, 7, 1), False),
}


def editions() -> tuple[Edition, ...]:
    """The starter's editions, read from the CSV files beside this module."""
    return tuple(_edition(name, table) for name, table in _TABLES.items())


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one starter table as they stand in its file."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def _edition(name: str, table: _Table) -> Edition:
    path = FOLDER / f"{name}.csv"
    rows = rows_of(name)
    digest = sha256_of(path)
    first, last = (_START, _END) if table.bounded else (_earliest(rows), None)
    return Edition(
        table=name,
        edition_id=f"starter-{digest[:10]}",
        edition=table.edition,
        revision=0 if table.bounded else None,
        published=table.published,
        published_basis="starter",
        imported_at="",
        layout="starter",
        files=(SourceFile(f"starter/{path.name}", digest, path.stat().st_size),),
        rows=len(rows),
        parts=(RowsPart(path, len(rows), digest),),
        counts={"rows": len(rows)},
        valid_from=first,
        valid_to=last,
        notes=table.notes,
        csv_columns={**table.columns, SOURCE: "VARCHAR"},
        starter=True,
    )


def _earliest(rows: list[dict[str, str]]) -> date:
    return min(date.fromisoformat(row["effective"]) for row in rows)
