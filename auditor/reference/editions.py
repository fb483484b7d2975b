"""What was in force, as published when: editions of reference tables, and which of them answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from auditor.base.dates import OPEN_END, quarter_bounds

# Stored table: (table of the rules, setting of the claim line it answers for; * is any).
TABLES: Mapping[str, tuple[str, str]] = {
    "ncci_ptp_practitioner": ("ncci_ptp", "practitioner"),
    "ncci_ptp_hospital": ("ncci_ptp", "outpatient_hospital"),
    "ncci_mue_practitioner": ("ncci_mue", "practitioner"),
    "ncci_mue_hospital": ("ncci_mue", "outpatient_hospital"),
    "ncci_mue_dme": ("ncci_mue", "dme"),
    "ncci_aoc": ("ncci_aoc", "*"),
    "coverage": ("coverage", "*"),
}


@dataclass(frozen=True)
class SourceFile:
    """A file as the user gave it: base name, SHA-256, bytes."""

    name: str
    sha256: str
    bytes: int = 0


@dataclass(frozen=True)
class Edition:
    """One publication of one stored table, as its manifest says. Immutable once it is in the library.

    `edition` is the quarter (2024Q3), for coverage tables the publication date. `valid_from` and `valid_to`
    are the first and last service date that it can answer for by itself (inclusive; None: open). `rows_file`
    is Parquet, for the starter edition CSV.
    """

    table: str
    edition_id: str
    edition: str
    revision: int | None
    published: date
    published_basis: str
    imported_at: str
    layout: str
    files: tuple[SourceFile, ...]
    rows: int
    rows_sha256: str
    rows_file: Path
    counts: Mapping[str, int]
    valid_from: date | None
    valid_to: date | None
    census: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    accepted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    members: tuple[Mapping[str, Any], ...] = ()
    rejected_examples: tuple[Mapping[str, Any], ...] = ()
    exceptions: tuple[str, ...] = ()
    csv_columns: Mapping[str, str] = field(default_factory=dict)
    starter: bool = False

    @property
    def rules_table(self) -> str:
        """The table of the rules that it belongs to: ncci_ptp, ncci_mue, ncci_aoc, coverage."""
        return TABLES[self.table][0]

    @property
    def setting(self) -> str:
        """The claim line's setting that it answers for; * is any."""
        return TABLES[self.table][1]

    @property
    def newest(self) -> tuple[str, date, int, str, str]:
        """Sort key: the later edition, and of one edition the later publication, is the greater."""
        return (self.edition, self.published, self.revision or 0, self.imported_at, self.edition_id)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of a report must know about it: notes, rejected rows, what was accepted."""
        lines = list(self.notes)
        if self.rejected:
            reasons = "; ".join(f"{count:,} × {reason}" for reason, count in sorted(self.rejected.items()))
            lines.append(f"{sum(self.rejected.values()):,} rows were rejected on import: {reasons}")
        lines += [f"accepted on import: {text}" for text in self.accepted]
        return tuple(lines)


@dataclass(frozen=True)
class Answer:
    """For which service dates (inclusive) an edition answers in an audit."""

    edition: Edition
    date_from: date
    date_to: date
    carried_forward: bool = False


@dataclass(frozen=True)
class TableUsed:
    """An edition that an audit used, as run.json and the reports show it. Dates are inclusive, None open."""

    table: str
    edition: str
    edition_id: str
    files: tuple[Mapping[str, str], ...]
    rows: int
    published: str
    imported: str
    notes: tuple[str, ...]
    valid_from: str | None
    valid_to: str | None
    layout: str
    carried_forward: bool


@dataclass(frozen=True)
class ReferenceState:
    """What `attach` laid into the connection. `starter`: nothing but the starter edition answered."""

    tables: tuple[TableUsed, ...]
    starter: bool
    notes: tuple[str, ...] = ()


def choose(
    editions: Iterable[Edition], *, as_of: date | None, carry_forward: frozenset[str]
) -> tuple[Answer, ...]:
    """Which editions answer for which service dates, by what had been published on `as_of` (None: all).

    PTP: the newest edition of each setting, from its first row to the end of its quarter, open when carried
    forward. MUE: the newest publication of each quarter, for that quarter. AOC: the newest. Coverage: every
    publication, for the articles of which it is the newest (see `attach`).
    """
    known = sorted(
        (e for e in editions if as_of is None or e.published <= as_of), key=lambda e: (e.table, e.newest)
    )
    answers: list[Answer] = []
    for table in TABLES:
        of_table = [edition for edition in known if edition.table == table]
        if of_table:
            answers += _ANSWERING[TABLES[table][0]](of_table, carry_forward)
    return tuple(answers)


def _ptp(editions: Sequence[Edition], carry_forward: frozenset[str]) -> list[Answer]:
    newest = editions[-1]
    named = bool({newest.table, newest.rules_table} & carry_forward) and not newest.starter
    return [Answer(newest, newest.valid_from or OPEN_END, OPEN_END if named else _end(newest), named)]


def _mue(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    by_quarter = {edition.edition: edition for edition in editions}
    return [Answer(edition, *quarter_bounds(quarter)) for quarter, edition in sorted(by_quarter.items())]


def _aoc(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    newest = editions[-1]
    return [Answer(newest, newest.valid_from or OPEN_END, newest.valid_to or OPEN_END)]


def _coverage(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    return [Answer(e, e.valid_from or OPEN_END, e.valid_to or OPEN_END) for e in editions]


def _end(edition: Edition) -> date:
    return edition.valid_to or quarter_bounds(edition.edition)[1]


_ANSWERING = {"ncci_ptp": _ptp, "ncci_mue": _mue, "ncci_aoc": _aoc, "coverage": _coverage}


def used(answer: Answer) -> TableUsed:
    """The row of an audit's register of reference data for one answering edition."""
    edition = answer.edition
    return TableUsed(
        table=edition.table,
        edition=edition.edition,
        edition_id=edition.edition_id,
        files=tuple({"name": file.name, "sha256": file.sha256} for file in edition.files),
        rows=edition.rows,
        published=edition.published.isoformat(),
        imported=edition.imported_at,
        notes=edition.remarks,
        valid_from=answer.date_from.isoformat(),
        valid_to=None if answer.date_to == OPEN_END else answer.date_to.isoformat(),
        layout=edition.layout,
        carried_forward=answer.carried_forward,
    )
