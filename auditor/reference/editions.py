"""What was in force, as published when: editions of reference tables, and which of them answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from auditor.base.dates import OPEN_BEGIN, OPEN_END
from auditor.base.periods import Period
from auditor.reference.importers.interface import Answering
from auditor.reference.tables import TABLES, rules_table


@dataclass(frozen=True)
class SourceFile:
    """A file as the user gave it: base name, SHA-256, bytes."""

    name: str
    sha256: str
    bytes: int = 0


@dataclass(frozen=True)
class RowsPart:
    """A file of an edition's rows: those whose last day in force lies from `ended_from` to `ended_to` (inclusive).

    None: no bound known. The rows still in force stand in a part of their own, when the table is large.
    """

    path: Path
    rows: int
    sha256: str
    ended_from: date | None = None
    ended_to: date | None = None


@dataclass(frozen=True)
class Edition:
    """One publication of one stored table, as its manifest says. Immutable once it is in the library.

    `edition` is the label of its period (2024Q3, 2024, FY2025, 2024-03-09), for tables without one the publication
    date. `valid_from` and `valid_to` are the first and last service date that it can answer for by itself (inclusive;
    None: open). `parts` are Parquet, for the starter edition CSV; every row has its own `effective` and `deleted`.
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
    parts: tuple[RowsPart, ...]
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
    columns: tuple[str, ...] = ()
    descriptors: bool = False

    @property
    def rules_table(self) -> str:
        """The table of the rules that it belongs to: ncci_ptp, ncci_mue, ncci_aoc, coverage, or its own name."""
        return rules_table(self.table)

    @property
    def setting(self) -> str:
        """The claim line's setting that it answers for; * is any."""
        return TABLES[self.table].setting

    @property
    def begins(self) -> date:
        """First day of its period; for an edition without one the day of its publication."""
        try:
            return Period.parse(self.edition).first
        except ValueError:
            return self.published

    @property
    def ends(self) -> date:
        """Last day that it can answer for by itself."""
        if self.valid_to is not None:
            return self.valid_to
        try:
            return Period.parse(self.edition).last
        except ValueError:
            return OPEN_END

    @property
    def newest(self) -> tuple[date, date, int, str, str]:
        """Sort key: the later edition, and of one edition the later publication, is the greater."""
        return (self.begins, self.published, self.revision or 0, self.imported_at, self.edition_id)

    @property
    def rows_file(self) -> Path:
        """A name by which DuckDB reads all rows: the one part, or a pattern that matches all."""
        only = self.parts[0].path
        return only if len(self.parts) == 1 else only.parent / "rows*.parquet"

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
    """What `attach` laid into the connection. `starter`: nothing but the starter edition answered.

    `cpt_descriptors`: texts of the AMA's are among the descriptions. `medicaid`: (table of the rules, setting) for
    which Medicaid's own edits answer; `passed_over`: for which they are in the library and answer not, because the
    claims are not all of Medicaid.
    """

    tables: tuple[TableUsed, ...]
    starter: bool
    notes: tuple[str, ...] = ()
    cpt_descriptors: bool = False
    medicaid: frozenset[tuple[str, str]] = frozenset()
    passed_over: frozenset[tuple[str, str]] = frozenset()


def choose(
    editions: Iterable[Edition], *, as_of: date | None, carry_forward: frozenset[str]
) -> tuple[Answer, ...]:
    """Which editions answer for which service dates, by what had been published on `as_of` (None: all).

    How the editions of a table share out the dates is the table's (`importers.interface.Answering`).
    """
    known = sorted(
        (e for e in editions if as_of is None or e.published <= as_of), key=lambda e: (e.table, e.newest)
    )
    answers: list[Answer] = []
    for name, table in TABLES.items():
        of_table = [edition for edition in known if edition.table == name]
        if of_table:
            answers += _ANSWERING[table.answers](of_table, carry_forward)
    return tuple(answers)


def _history(editions: Sequence[Edition], carry_forward: frozenset[str]) -> list[Answer]:
    newest = editions[-1]
    named = bool({newest.table, newest.rules_table} & carry_forward) and not newest.starter
    return [Answer(newest, newest.valid_from or OPEN_BEGIN, OPEN_END if named else newest.ends, named)]


def _period(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    by_period = {edition.edition: edition for edition in editions}
    return [
        Answer(edition, edition.begins, edition.ends)
        for edition in sorted(by_period.values(), key=lambda e: e.newest)
    ]


def _until_next(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    by_start = {edition.begins: edition for edition in editions}
    starts = sorted(by_start)
    before_next = [*(following - timedelta(days=1) for following in starts[1:]), OPEN_END]
    return [
        Answer(by_start[first], first, min(by_start[first].ends, last))
        for first, last in zip(starts, before_next, strict=True)
    ]


def _rows(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    newest = editions[-1]
    return [Answer(newest, newest.valid_from or OPEN_BEGIN, newest.valid_to or OPEN_END)]


def _documents(editions: Sequence[Edition], _: frozenset[str]) -> list[Answer]:
    return [Answer(e, e.valid_from or OPEN_BEGIN, e.valid_to or OPEN_END) for e in editions]


_ANSWERING: Mapping[Answering, Callable[[Sequence[Edition], frozenset[str]], list[Answer]]] = {
    "history": _history,
    "period": _period,
    "until_next": _until_next,
    "rows": _rows,
    "documents": _documents,
}


def of_programme(answers: Sequence[Answer], *, medicaid: bool) -> tuple[Answer, ...]:
    """The answers for claims of one programme.

    Medicaid's edits answer for claims that are all of Medicaid, in each table and setting of which there is an edition;
    else Medicare's do, for Medicaid too.
    """
    theirs = {asked_of(answer) for answer in answers if is_medicaid(answer)} if medicaid else set()
    return tuple(
        answer
        for answer in answers
        if (asked_of(answer) in theirs if is_medicaid(answer) else asked_of(answer) not in theirs)
    )


def is_medicaid(answer: Answer) -> bool:
    """Whether it is of Medicaid's own edits."""
    return TABLES[answer.edition.table].programme == "medicaid"


def asked_of(answer: Answer) -> tuple[str, str]:
    """The table of the rules and the setting that it answers for."""
    return answer.edition.rules_table, answer.edition.setting


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
        imported=edition.imported_at.split(".")[0],
        notes=edition.remarks,
        valid_from=answer.date_from.isoformat(),
        valid_to=None if answer.date_to == OPEN_END else answer.date_to.isoformat(),
        layout=edition.layout,
        carried_forward=answer.carried_forward,
    )
