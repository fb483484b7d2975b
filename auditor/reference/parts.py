"""The files of an edition's rows: Parquet, sorted for the join, cut by the year in which rows ceased to be in force.

An audit of one quarter reads the rows that were in force in it: those without an end, and the years from the quarter
on. Statistics in the files let a reader pass over what has other codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from auditor.reference.editions import RowsPart
from auditor.reference.importers.interface import Staged

ROWS = "rows.parquet"
# Below this many rows one file is read faster than several.
CUT_FROM = 100_000
_ROW_GROUP = 122_880


@dataclass(frozen=True)
class _Slice:
    """Rows whose last day lies in a year; None: all rows, or those without an end when other slices exist."""

    name: str
    condition: str
    first: date | None = None
    last: date | None = None


def write(con: duckdb.DuckDBPyConnection, staged: Staged, folder: Path) -> tuple[RowsPart, ...]:
    """Write the table `staged` into files in `folder`, each row with the dates between which it is valid."""
    picked = [*staged.columns]
    if "effective" not in picked:
        picked.append(f"{_day(staged.valid_from)} AS effective")
    if "deleted" not in picked:
        ends = staged.valid_to if "effective" not in staged.columns else None
        picked.append(f"{_day(ends)} AS deleted")
    order = ", ".join(staged.order) or "ALL"
    written = []
    for part in _slices(con, staged):
        path = folder / part.name
        quoted = str(path).replace("'", "''")
        counted = con.execute(
            f"COPY (SELECT {', '.join(picked)} FROM staged WHERE {part.condition} ORDER BY {order}) "
            f"TO '{quoted}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
        ).fetchall()[0][0]
        written.append(RowsPart(path, int(counted), sha256_of(path), part.first, part.last))
    return tuple(written)


def reaching(parts: Iterable[RowsPart], days: tuple[date, date] | None) -> tuple[RowsPart, ...]:
    """The files that can hold a row in force on one of these days (first, last; None: any day)."""
    return tuple(part for part in parts if days is None or part.ended_to is None or part.ended_to >= days[0])


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _slices(con: duckdb.DuckDBPyConnection, staged: Staged) -> list[_Slice]:
    if staged.rows < CUT_FROM or "deleted" not in staged.columns:
        return [_Slice(ROWS, "TRUE")]
    years = con.execute(
        "SELECT DISTINCT year(deleted) FROM staged WHERE deleted IS NOT NULL ORDER BY 1"
    ).fetchall()
    return [
        _Slice(ROWS, "deleted IS NULL"),
        *(
            _Slice(
                f"rows-ended-{year}.parquet", f"year(deleted) = {year}", date(year, 1, 1), date(year, 12, 31)
            )
            for (year,) in years
        ),
    ]


def _day(day: date | None) -> str:
    return "NULL::DATE" if day is None else f"DATE '{day.isoformat()}'"
