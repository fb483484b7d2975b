"""What a library answers, what it lacks, and what a claims file needs of it, by table and quarter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import duckdb

from auditor.base.dates import OPEN_END, next_quarter, quarter_bounds, quarter_of
from auditor.claims import Extent
from auditor.reference.editions import Answer, Edition, of_programme
from auditor.reference.tables import TABLES

# Lines of business that the NCCI rules are for (rulesets/ncci), and the tables that a line of each setting asks.
_BUSINESS = ("medicare", "medicare_advantage", "medicaid")
_ASKED_BY = {
    "practitioner": ("ncci_ptp_practitioner", "ncci_mue_practitioner", "ncci_aoc"),
    "outpatient_hospital": ("ncci_ptp_hospital", "ncci_mue_hospital", "ncci_aoc"),
    "dme": ("ncci_mue_dme",),
}
_MEDICAIDS = {
    name: name.replace("ncci_", "medicaid_")
    for names in _ASKED_BY.values()
    for name in names
    if name.replace("ncci_", "medicaid_") in TABLES
}
"""Medicaid's own table in place of Medicare's. Medicaid has no add-on edits."""


@dataclass(frozen=True)
class Asked:
    """A table of the library that a rule asks of the lines of some lines of business and settings (empty: of all)."""

    table: str
    lines_of_business: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()

    def of(self, business: str, setting: str) -> bool:
        """Whether lines of this business and setting ask it."""
        return (not self.lines_of_business or business in self.lines_of_business) and (
            not self.settings or setting in self.settings
        )


@dataclass(frozen=True)
class Need:
    """Audited lines of one quarter that ask one table: how many, what was paid on them, and what answers.

    A line with a span of days counts, with all that was paid on it, in each quarter that it touches. `answered` of the
    lines have an edition that answers for their days in the quarter; `editions` are those editions' labels.
    """

    table: str
    quarter: str
    lines: int
    paid: Decimal
    answered: int
    editions: tuple[str, ...]

    @property
    def missing(self) -> int:
        """Lines for which no edition answers."""
        return self.lines - self.answered


@dataclass(frozen=True)
class Gap:
    """Quarters (first to last, inclusive) between two editions of a table for which none answers."""

    table: str
    first: str
    last: str


@dataclass(frozen=True)
class Stale:
    """A table whose newest edition does not answer for today: until when it does, and quarters behind."""

    table: str
    edition: str
    until: date
    quarters: int


def gaps(answers: Sequence[Answer]) -> Iterator[Gap]:
    """Spans of quarters without an edition, between the first and the last of a table that has one each period.

    Quarters in which an older edition still answers are no gaps (`until_next`).
    """
    for name, table in TABLES.items():
        if table.answers not in ("period", "until_next"):
            continue
        spans = sorted((a.date_from, a.date_to) for a in answers if a.edition.table == name)
        for (_, ended), (begins, _) in pairwise(spans):
            if begins > ended + timedelta(days=1):
                yield Gap(name, quarter_of(ended + timedelta(days=1)), quarter_of(begins - timedelta(days=1)))


def stale(answers: Sequence[Answer], today: date) -> Iterator[Stale]:
    """Tables that do not answer for today, although they have editions; and code sets that are a quarter old."""
    for name, table in TABLES.items():
        of_table = [answer for answer in answers if answer.edition.table == name]
        if not of_table:
            continue
        newest = max(of_table, key=lambda answer: answer.edition.newest)
        until = max(answer.date_to for answer in of_table)
        if table.answers == "rows":
            until = _own_end(newest.edition)
        if until < today and table.answers != "documents":
            yield Stale(name, newest.edition.edition, until, _quarters_behind(until, today))


def needs(
    con: duckdb.DuckDBPyConnection, answers: Sequence[Answer], asked: Sequence[Asked] = ()
) -> list[Need]:
    """What the audited lines of `claim_line` in `con` ask, by table and quarter of their days, in that order.

    `asked` are tables that rules ask beside those of NCCI (`rules.reading.asked_of_library`). Of claims that are all of
    Medicaid's, its own tables are asked where the library has any edition of them.
    """
    business = con.execute("SELECT DISTINCT line_of_business::VARCHAR FROM claim_patient").fetchall()
    medicaid = Extent(None, frozenset(name for (name,) in business)).is_medicaid
    answers = of_programme(answers, medicaid=medicaid)
    have = {answer.edition.table for answer in answers}
    rows = con.execute(
        """SELECT setting::VARCHAR, line_of_business::VARCHAR, date_from,
                  greatest(date_from, coalesce(date_to, date_from)), count(*), coalesce(sum(paid), 0)
           FROM claim_line WHERE state = 'audited' AND line_of_business::VARCHAR IN (SELECT unnest($business))
             AND setting IS NOT NULL AND date_from IS NOT NULL AND code IS NOT NULL
           GROUP BY ALL ORDER BY ALL""",
        {"business": sorted({*_BUSINESS, *(name for (name,) in business if asked and name is not None)})},
    ).fetchall()
    found: dict[tuple[str, str], tuple[int, int, int, set[str]]] = {}
    for setting, business, first, last, lines, cents in rows:
        edits = _ASKED_BY.get(setting, ()) if business in _BUSINESS else ()
        others = sorted({item.table for item in asked if item.of(business, setting)})
        for table in (*edits, *others):
            if business == "medicaid" and table == "ncci_aoc":
                continue
            if _MEDICAIDS.get(table) in have:
                table = _MEDICAIDS[table]
            for quarter, begins, ends in _quarters_of(first, last):
                answering = [_answering(answers, table, day) for day in (begins, ends)]
                before = found.get((table, quarter), (0, 0, 0, set()))
                found[table, quarter] = (
                    before[0] + lines,
                    before[1] + int(cents),
                    before[2] + (0 if None in answering else lines),
                    before[3] | {answer.edition.edition for answer in answering if answer is not None},
                )
    return [
        Need(table, quarter, lines, Decimal(cents).scaleb(-2), answered, tuple(sorted(labels)))
        for (table, quarter), (lines, cents, answered, labels) in sorted(found.items())
    ]


def spans_of(quarters: Sequence[str]) -> str:
    """Quarters in words, runs of them as spans: `2016Q1 to 2016Q4, 2018Q2`."""
    runs: list[list[str]] = []
    for quarter in sorted(set(quarters)):
        if runs and next_quarter(runs[-1][-1]) == quarter:
            runs[-1].append(quarter)
        else:
            runs.append([quarter])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _quarters_of(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """The quarters that a span touches, each with the first and last of its days in it."""
    quarter = quarter_of(first)
    while True:
        begins, ends = quarter_bounds(quarter)
        yield quarter, max(first, begins), min(last, ends)
        if ends >= last:
            return
        quarter = next_quarter(quarter)


def _answering(answers: Sequence[Answer], table: str, day: date) -> Answer | None:
    return next((a for a in answers if a.edition.table == table and a.date_from <= day <= a.date_to), None)


def _own_end(edition: Edition) -> date:
    """The last day of an edition's own period; of one known by its day, of the quarter it came out in."""
    return edition.ends if edition.ends != OPEN_END else quarter_bounds(quarter_of(edition.begins))[1]


def _quarters_behind(until: date, today: date) -> int:
    """How many quarters began after `until`, up to today."""
    number, quarter = 0, quarter_of(until + timedelta(days=1))
    while quarter_bounds(quarter)[0] <= today:
        number, quarter = number + 1, next_quarter(quarter)
    return number
