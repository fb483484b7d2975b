"""What an importer of one kind of CMS table is: it recognises its file by content and lays out its rows.

To add a table: write one module with a class like the others and an instance of it named IMPORTER, and one test.
The module is found by itself (`importers/__init__.py`).
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import duckdb

from auditor.base.periods import Kind as PeriodKind
from auditor.base.periods import Period
from auditor.reference.archives import Leaf
from auditor.reference.names import NameFacts, name_facts

if TYPE_CHECKING:
    from auditor.reference.intake import Batch

REJECTED_EXAMPLES = 20

Answering = Literal["history", "period", "until_next", "rows", "documents"]
"""How the editions of a table share out the service dates (`editions.choose`):

history     the newest answers, from its first row to the end of its period (PTP)
period      each period's newest publication answers for that period alone (MUE)
until_next  each answers from its period's first day until the next one begins, at most to its own end (PPRRVU)
rows        the newest answers, by the dates of its rows, open at the end (AOC, code sets)
documents   every publication answers for the documents of which it is the newest (coverage)
"""
Basis = Literal["official file", "rebuilt file", "published layout"]
"""What the importer was tested on: a file as CMS publishes it; real rows written again in the official layout; or only
a small file made from the published description of the layout."""
Programme = Literal["medicare", "medicaid"]


@dataclass(frozen=True)
class Table:
    """A stored table: what the library calls it, who asks it, how its editions answer.

    `rules_table` and `setting` name the table of the rules and the claim lines' setting that it answers for (`*`
    any); a table that no rule asks yet has its own name there. `programme` is whose edits they are. `key` are the
    columns by which the rows of two editions are matched (`tables diff`). `never_in_force`: SQL over a row, true for
    rows that never were. With `cpt_descriptors` a column `description` is there when the user keeps the AMA's texts.
    `may_repeat`: an edition may hold just the rows of another period's. `may_lose`: for downloads of the day, which
    repeat, share their day and grow as they like, the share of rows that one may lack without suspicion.
    """

    name: str
    title: str
    answers: Answering
    key: tuple[str, ...]
    rules_table: str = ""
    setting: str = "*"
    basis: Basis = "published layout"
    never_in_force: str = "FALSE"
    cpt_descriptors: bool = False
    may_repeat: bool = False
    may_lose: float | None = None
    programme: Programme = "medicare"


@dataclass(frozen=True)
class Peek:
    """The beginning of a file, or of one sheet of a workbook, as its importer gets to see it.

    `lines` are the first lines as text (for a sheet: cells joined by tabs), `rows` the same cut at tabs, `records`
    cut as CSV. `name` is the file's own name: for messages and for what the content cannot tell, never to recognise.
    """

    lines: tuple[str, ...]
    is_sheet: bool
    name: str = ""

    @cached_property
    def rows(self) -> list[list[str]]:
        """The lines cut at tabs, cells stripped."""
        return [[cell.strip() for cell in line.split("\t")] for line in self.lines]

    @cached_property
    def records(self) -> list[list[str]]:
        """The lines as CSV records, cells stripped; for a sheet its rows. Stops at the first broken record."""
        if self.is_sheet:
            return self.rows
        found: list[list[str]] = []
        try:
            for record in csv.reader(io.StringIO("\n".join(self.lines))):
                found.append([cell.strip() for cell in record])
        except csv.Error:
            pass
        return found

    @property
    def ways(self) -> list[tuple[str, list[list[str]]]]:
        """The beginning cut into cells in each way a titled table is published: (layout, rows)."""
        if self.is_sheet:
            return [("xlsx", self.rows)]
        return [("csv", self.records), ("tab", self.rows)]


@dataclass(frozen=True)
class Recognised:
    """A file's kind, as its content tells it.

    `variant` is the key into the importer's `tables`, None where the content does not tell it and name or user must.
    `period` (2024Q3, 2024, FY2025, 2024-03-09) and `published` likewise.
    """

    layout: str
    variant: str | None = None
    period: str | None = None
    published: date | None = None


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

    `columns` name the table's columns to keep, `order` those to sort by; `counts` begins with `rows`. A table with no
    columns `effective` and `deleted` gets those of the edition (`valid_from`, `valid_to`). `suspicions` are facts that
    refuse the file unless the user accepts them; `remarks` are only recorded. `mixed` names groups of counts whose
    shares should not jump from one edition to the next. `published` is the day the content tells.
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
    mixed: Sequence[Sequence[str]] = ()
    published: date | None = None


@dataclass(frozen=True)
class Job:
    """One edition to lay out: a connection, a folder for scratch files, and which edition it is.

    `keep_descriptors`: the user's library is private and may hold the AMA's texts.
    """

    con: duckdb.DuckDBPyConnection
    work: Path
    table: str
    variant: str
    period: Period | None
    advance: Callable[[int], None]
    keep_descriptors: bool = False

    @property
    def bounds(self) -> tuple[date, date]:
        """First and last day of the edition's period. Only for tables that have one."""
        if self.period is None:
            raise ValueError("the edition has no period")
        return self.period.first, self.period.last


class Importer(ABC):
    """One kind of table, or a few that lie in files of one kind.

    `tables` are the stored tables by variant: the setting (practitioner, hospital, dme), the programme and setting
    (medicaid_practitioner), the kind of file, or `*` where there is one. `version` grows when the same file would be
    laid out differently than before. `periods`: what its editions are made for; none: an edition's label is the day of
    its publication. `takes_parts`: one edition may come in files f1 ... fn.
    """

    title: ClassVar[str]
    version: ClassVar[int] = 1
    tables: ClassVar[Mapping[str, Table]]
    periods: ClassVar[tuple[PeriodKind, ...]] = ("quarter",)
    takes_parts: ClassVar[bool] = False

    @abstractmethod
    def recognise(self, peek: Peek) -> Recognised | None:
        """What the file is, or None when it is not of this kind."""

    @abstractmethod
    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay the parts of one edition out as the table `staged`. Raises InputRefused if that cannot be."""

    @property
    def needs_period(self) -> bool:
        """Whether an edition of it is made for a period, which file, name or user must tell."""
        return bool(self.periods)

    def named(self, names: Sequence[str]) -> NameFacts:
        """What the names of file and archives around it say (innermost first), where the content is silent.

        Raises InputRefused when they contradict each other on the period.
        """
        return name_facts(names)

    def settle(self, batches: Sequence[Batch]) -> list[str]:
        """Look at all its editions that one command found, before any is laid out. Default: leave them as they are.

        It may put their `parts` together or leave some out (an edition without parts is dropped) and set `published`.
        Returns the files left out, with the reason.
        """
        return []


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
