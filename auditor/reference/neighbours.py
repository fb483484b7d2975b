"""A new edition held against the others of its table: two for one period, the same rows again, a sudden change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from auditor.base.errors import InputRefused
from auditor.base.periods import Period
from auditor.reference.attach import rows_of
from auditor.reference.editions import Edition
from auditor.reference.importers.interface import Staged
from auditor.reference.tables import TABLES

# A table of CMS changes by some percent a year: beyond this share of its rows something is missing or doubled.
_ROWS_SHARE = 0.25
# Small tables move by more without anything being wrong.
_SMALL = 50
# A kind of row (modifier indicator, adjudication indicator) gains or loses at most this part of the whole.
_MIX_SHARE = 0.10
_DAYS_A_YEAR = 365


def same_edition(
    con: duckdb.DuckDBPyConnection, made: Edition, staged: Staged, others: Sequence[Edition]
) -> Edition | None:
    """The edition of the same period and day that has the same rows, in whatever file they came; None if there is none.

    CMS puts one file into several archives: the conversion factors of a year lie in the zip of every quarter.
    """
    for other in others:
        alike = _publication(other) == _publication(made) and other.notes == made.notes
        if alike and _same_rows(con, staged, other):
            return other
    return None


def refuse_rival(made: Edition, others: Sequence[Edition]) -> None:
    """Raise InputRefused when another file was published for the same period on the same day.

    Nobody could say which of the two answers. The same files imported in another way (other notes) are no rivals, nor
    are those of a table whose publications may share a day.
    """
    if TABLES[made.table].may_lose is not None:
        return
    files = {file.sha256 for file in made.files}
    for other in others:
        if _publication(other) == _publication(made) and {file.sha256 for file in other.files} != files:
            raise InputRefused(
                f"another file of {made.table} {made.edition} was imported that was published on the same day "
                f"({other.published.isoformat()}): {', '.join(file.name for file in other.files)}",
                where=made.files[0].name,
                why="Two publications of one period need an order: the later one answers",
                mend="Say when CMS published this one: --published YYYY-MM-DD",
            )


def compare_with_neighbours(
    con: duckdb.DuckDBPyConnection, made: Edition, staged: Staged, others: Sequence[Edition]
) -> list[str]:
    """What is suspicious of the rows `staged` beside the edition before it: suspicions as `Staged` holds them.

    The edition before is the newest of the same period, else of the nearest earlier one, else of the nearest later.
    Rows that are all the same as those of another period are suspicious where a table has no dates of its own or
    changes every quarter: the file may have the wrong name. A user's own documents are not held against each other.
    """
    table = TABLES[made.table]
    if table.answers == "documents" and table.may_lose is None:
        return []
    files = {file.sha256 for file in made.files}
    # The same files under one period, imported in another way, are no neighbours; under two they are suspicious.
    others = [
        other
        for other in others
        if other.edition != made.edition or {file.sha256 for file in other.files} != files
    ]
    before = _before(made, others)
    if before is None:
        return []
    told = f"the edition {before.edition} ({before.edition_id})"
    # An update within a year (ICD-10-CM of 1 April) is known by its day, and may bring nothing new.
    may_repeat = table.may_repeat or table.may_lose is not None or _is_update(made)
    if before.edition != made.edition and not may_repeat and _same_rows(con, staged, before):
        return [f"its rows are all those of {told}: is its name right?"]
    found = _change_of_rows(made, before, told)
    for group in staged.mixed:
        found += _change_of_mix(made.counts, before.counts, group, told)
    return found


def _is_update(edition: Edition) -> bool:
    try:
        return Period.parse(edition.edition).kind == "day"
    except ValueError:
        return False


def _publication(edition: Edition) -> tuple[date, date, int]:
    """What must not be the same twice. A year and its first quarter begin on one day, so the label will not do."""
    return edition.begins, edition.published, edition.revision or 0


def _before(made: Edition, others: Sequence[Edition]) -> Edition | None:
    earlier = [other for other in others if other.begins <= made.begins]
    if earlier:
        return max(earlier, key=lambda other: other.newest)
    return min(others, key=lambda other: other.newest, default=None)


def _change_of_rows(made: Edition, before: Edition, told: str) -> list[str]:
    if max(made.rows, before.rows) < _SMALL:
        return []
    years = max(1.0, abs((made.begins - before.begins).days) / _DAYS_A_YEAR)
    change = (made.rows - before.rows) / max(before.rows, 1)
    may_lose = TABLES[made.table].may_lose
    if abs(change) <= _ROWS_SHARE * years or (may_lose is not None and -change <= may_lose):
        return []
    return [f"{made.rows:,} rows where {told} has {before.rows:,} ({change:+.0%})"]


def _change_of_mix(
    counts: Mapping[str, int], before: Mapping[str, int], group: Sequence[str], told: str
) -> list[str]:
    """Kinds of rows whose share of the whole moved by more than `_MIX_SHARE`."""
    now, then = sum(counts.get(key, 0) for key in group), sum(before.get(key, 0) for key in group)
    if min(now, then) < _SMALL:
        return []
    shares = {key: (counts.get(key, 0) / now, before.get(key, 0) / then) for key in group}
    return [
        f"{key.replace('_', ' ')} is {new:.0%} of the rows, in {told} it is {old:.0%}"
        for key, (new, old) in shares.items()
        if abs(new - old) > _MIX_SHARE
    ]


def _same_rows(con: duckdb.DuckDBPyConnection, staged: Staged, before: Edition) -> bool:
    """Whether the rows are the same but for the dates that an edition's period gives them."""
    columns = ", ".join(f'"{name}"' for name in staged.columns)
    if staged.rows != before.rows or before.columns != tuple(staged.columns):
        return False
    digest = f"SELECT bit_xor(hash({columns})), sum(hash({columns}) % 1000003) FROM"
    ours, theirs = (con.execute(f"{digest} {rows}").fetchall() for rows in ("staged", rows_of(before)))
    return bool(ours == theirs)
