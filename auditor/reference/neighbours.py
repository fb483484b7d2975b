"""A new edition held against the others of its table: two for one period, the same rows again, a sudden change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from auditor.base.errors import InputRefused
from auditor.reference.editions import Edition
from auditor.reference.importers.interface import Staged

# A table of CMS changes by some percent a year: beyond this share of its rows something is missing or doubled.
_ROWS_SHARE = 0.25
# Small tables move by more without anything being wrong.
_SMALL = 50
# A kind of row (modifier indicator, adjudication indicator) gains or loses at most this part of the whole.
_MIX_SHARE = 0.10
_DAYS_A_YEAR = 365


def refuse_rival(made: Edition, others: Sequence[Edition]) -> None:
    """Raise InputRefused when another file was published for the same period on the same day.

    Nobody could say which of the two answers. The same files imported in another way (other notes) are no rivals.
    """
    files = {file.sha256 for file in made.files}
    for other in others:
        same = (other.edition, other.published, other.revision or 0) == (
            made.edition,
            made.published,
            made.revision or 0,
        )
        if same and {file.sha256 for file in other.files} != files:
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
    changes every quarter: the file may have the wrong name.
    """
    others = [other for other in others if {f.sha256 for f in other.files} != {f.sha256 for f in made.files}]
    before = _before(made, others)
    if before is None:
        return []
    told = f"the edition {before.edition} ({before.edition_id})"
    if before.edition != made.edition and _same_rows(con, staged, before):
        return [f"its rows are all those of {told}: is its name right?"]
    found = _change_of_rows(made, before, told)
    for group in staged.mixed:
        found += _change_of_mix(made.counts, before.counts, group, told)
    return found


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
    if abs(change) <= _ROWS_SHARE * years:
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
    stored = str(before.rows_file).replace("'", "''")
    ours, theirs = (
        con.execute(f"{digest} staged").fetchall(),
        con.execute(f"{digest} read_parquet('{stored}')").fetchall(),
    )
    return bool(ours == theirs)
