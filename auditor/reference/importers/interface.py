"""What an importer of one kind of CMS table is: it recognises its file by content and lays out its rows.

To add a table: write one module with a class like the others, add it to IMPORTERS, and write one test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from auditor.base.dates import quarter_bounds
from auditor.reference.archives import Leaf

REJECTED_EXAMPLES = 20


@dataclass(frozen=True)
class Peek:
    """The beginning of a file, or of one sheet of a workbook, as its importer gets to see it.

    `lines` are the first lines as text (for a sheet: cells joined by tabs), `rows` the same cut at tabs.
    """

    lines: tuple[str, ...]
    is_sheet: bool

    @property
    def rows(self) -> list[list[str]]:
        """The lines cut at tabs, cells stripped."""
        return [[cell.strip() for cell in line.split("\t")] for line in self.lines]


@dataclass(frozen=True)
class Recognised:
    """A file's kind. `setting` is None where the content does not tell it and the file's name must."""

    layout: str
    setting: str | None = None


@dataclass(frozen=True)
class Part:
    """One file of an edition: where its text lies, and its number (None: the file is the whole)."""

    leaf: Leaf
    layout: str
    number: int | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read: its line in the file (from 1) and why. Never its content."""

    file: str
    line: int
    reason: str


@dataclass
class Staged:
    """What an importer leaves: the table `staged` in the connection, and what it saw on the way.

    `columns` name the table's columns to keep, `order` those to sort by. `suspicions` are facts that refuse
    the file unless the user accepts them; `remarks` are only recorded.
    """

    columns: Sequence[str]
    order: Sequence[str]
    rows: int
    counts: dict[str, int]
    members: list[dict[str, object]]
    valid_from: date | None
    valid_to: date | None
    rejected: dict[str, int] = field(default_factory=dict)
    examples: list[Rejected] = field(default_factory=list)
    census: dict[str, int] = field(default_factory=dict)
    suspicions: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """One edition to lay out: a connection, a folder for scratch files, and which edition it is."""

    con: duckdb.DuckDBPyConnection
    work: Path
    table: str
    setting: str | None
    quarter: str | None
    advance: Callable[[int], None]

    @property
    def bounds(self) -> tuple[date, date]:
        """First and last day of the edition's quarter. Only for tables that have one."""
        if self.quarter is None:
            raise ValueError("the edition has no quarter")
        return quarter_bounds(self.quarter)


class Importer(Protocol):
    """One kind of table. `version` grows when the same file would be laid out differently than before."""

    family: str
    title: str
    version: int
    settings: Mapping[str, str]
    needs_quarter: bool
    takes_parts: bool

    def recognise(self, peek: Peek) -> Recognised | None:
        """What the file is, or None when it is not of this kind."""
        ...

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay the parts of one edition out as the table `staged`. Raises InputRefused if that cannot be."""
        ...


def stage_rows(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rows: Iterable[Sequence[object]]
) -> int:
    """Make the table `staged` of `columns` (name: SQL type) from Python rows; returns their number."""
    definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE staged ({definition})")
    batch: list[Sequence[object]] = []
    total = 0
    for row in rows:
        batch.append(row)
        if len(batch) == 50_000:
            total += _insert(con, columns, batch)
            batch = []
    return total + _insert(con, columns, batch)


def _insert(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], batch: Sequence[Sequence[object]]
) -> int:
    """Insert a batch column by column: one row at a time would take a thousand times longer."""
    if not batch:
        return 0
    lists = [list(column) for column in zip(*batch, strict=True)]
    picked = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
    con.execute(f"INSERT INTO staged SELECT {picked}", lists)
    return len(batch)
