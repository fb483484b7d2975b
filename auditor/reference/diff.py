"""What differs between two editions of a table, row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.base.output import replacing
from auditor.reference.attach import check_rows, rows_of
from auditor.reference.editions import Edition
from auditor.reference.tables import TABLES

RELATION = "difference"
_DATES = ("effective", "deleted")


@dataclass(frozen=True)
class RowChange:
    """One row that is not the same in both editions: `before` and `after` by column, None where it is absent."""

    key: Mapping[str, str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def change(self) -> str:
        """Added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that differ, of a row that both have."""
        if self.before is None or self.after is None:
            return ()
        return tuple(name for name, value in self.before.items() if self.after.get(name) != value)

    def told(self) -> str:
        """The change in a line: `45385 / 45380: deleted - -> 2024-06-30`."""
        name = " / ".join(self.key.values())
        if self.before is None or self.after is None:
            values = {k: v for k, v in (self.before or self.after or {}).items() if k not in self.key}
            return f"{name}: {self.change} ({', '.join(f'{k} {_shown(v)}' for k, v in values.items())})"
        return f"{name}: " + ", ".join(
            f"{column} {_shown(self.before[column])} -> {_shown(self.after[column])}"
            for column in self.columns
        )


@dataclass(frozen=True)
class TableDiff:
    """Two editions of one table and how many rows differ; the rows themselves stand in the relation `difference`."""

    before: Edition
    after: Edition
    added: int
    removed: int
    changed: int
    same: int
    key: tuple[str, ...]

    @property
    def total(self) -> int:
        """All rows that are not the same in both."""
        return self.added + self.removed + self.changed


def compare_editions(con: duckdb.DuckDBPyConnection, before: Edition, after: Edition) -> TableDiff:
    """Lay the differences of two editions of one table into the table `difference` of `con`.

    A row of one edition and a row of the other with the same key are one changed row; where a key has several, those
    with the same effective date, and the others in the order of theirs. Dates that an edition only has from its period
    are not compared. Raises UsageError for editions of two tables, InputRefused for rows not those imported.
    """
    if before.table != after.table:
        raise UsageError(
            f"{before.edition_id} is of {before.table}, {after.edition_id} of {after.table}",
            mend="Name two editions of one table, as `auditor tables list` prints them",
        )
    for edition in (before, after):
        check_rows(edition)
    columns = _columns(con, before, after)
    key = tuple(name for name in TABLES[before.table].key if name not in _DATES and name in columns)
    picked = _quoted(columns)
    for name, edition in (("_before", before), ("_after", after)):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {picked} FROM {rows_of(edition)}")
    _match(con, columns, key)
    both = f"({_same(key)}) AND b._twin = a._twin AND b._at = a._at" if key else "FALSE"
    of_key = ", ".join(f'coalesce(b."{name}", a."{name}")::VARCHAR AS "{name}"' for name in key)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {RELATION} AS SELECT {of_key + ', ' if key else ''}"
        f"CASE WHEN b._at IS NULL THEN 'added' WHEN a._at IS NULL THEN 'removed' ELSE 'changed' END AS change, "
        f"CASE WHEN b._at IS NOT NULL THEN {_record_of('b', columns)} END AS before, "
        f"CASE WHEN a._at IS NOT NULL THEN {_record_of('a', columns)} END AS after "
        f"FROM _gone b FULL JOIN _come a ON {both} ORDER BY ALL"
    )
    counts = dict(con.execute(f"SELECT change, count(*) FROM {RELATION} GROUP BY 1").fetchall())
    removed, changed = counts.get("removed", 0), counts.get("changed", 0)
    for name in ("_before", "_after", "_gone", "_come"):
        con.execute(f"DROP TABLE {name}")
    return TableDiff(
        before,
        after,
        counts.get("added", 0),
        removed,
        changed,
        before.rows - removed - changed,
        key,
    )


def _match(con: duckdb.DuckDBPyConnection, columns: Sequence[str], key: Sequence[str]) -> None:
    """Make `_gone` and `_come`: the rows of `_before` and `_after` that the other has not, with their place.

    `_twin`: a row of the same key and effective date stands on the other side. `_at`: the place among the rows of one
    key and `_twin`; rows of the same place on both sides are one changed row.
    """
    dated = [*key, *(name for name in ("effective",) if name in columns)]
    first = [*dated[len(key) :], *(name for name in columns if name not in dated)]
    order = ", ".join(f'"{name}" NULLS LAST' for name in first) or "1"
    for name, one, other in (("_gone", "_before", "_after"), ("_come", "_after", "_before")):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name}_nth AS SELECT *, row_number() OVER (PARTITION BY "
            f"{_quoted(dated) or '1'} ORDER BY {order}) AS _nth "
            f"FROM (SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other})"
        )
    for name, other in (("_gone", "_come"), ("_come", "_gone")):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT *, row_number() OVER (PARTITION BY "
            f"{_quoted([*key, '_twin'])} ORDER BY {order}) AS _at "
            f"FROM (SELECT b.*, a._nth IS NOT NULL AS _twin FROM {name}_nth b "
            f"LEFT JOIN {other}_nth a ON b._nth = a._nth AND {_same(dated)})"
        )
    con.execute("DROP TABLE _gone_nth")
    con.execute("DROP TABLE _come_nth")


def _same(columns: Sequence[str]) -> str:
    """SQL: rows `a` and `b` have the same values."""
    return " AND ".join(f'b."{name}" IS NOT DISTINCT FROM a."{name}"' for name in columns) or "TRUE"


def changes(
    con: duckdb.DuckDBPyConnection,
    diff: TableDiff,
    limit: int | None = None,
    wanted: Callable[[Mapping[str, str]], bool] | None = None,
) -> Iterator[RowChange]:
    """The rows of the relation `difference`, by key; at most `limit`, of these the ones whose key is `wanted`."""
    names = _quoted(diff.key) + (", " if diff.key else "")
    ending = "" if limit is None else f" LIMIT {int(limit)}"
    cursor = con.execute(f"SELECT {names}before, after FROM {RELATION} ORDER BY ALL{ending}")
    while rows := cursor.fetchmany(10_000):
        for row in rows:
            *values, before, after = row
            key = dict(zip(diff.key, map(str, values), strict=True))
            if wanted is None or wanted(key):
                yield RowChange(key, _record(before), _record(after))


def all_rows(
    con: duckdb.DuckDBPyConnection,
    edition: Edition,
    *,
    came: bool,
    wanted: Callable[[Mapping[str, str]], bool] | None = None,
) -> Iterator[RowChange]:
    """All rows of an edition that has no counterpart, as added (`came`) or removed, of these the `wanted`."""
    check_rows(edition)
    key = tuple(name for name in TABLES[edition.table].key if name not in _DATES)
    described = con.execute(f"DESCRIBE SELECT * FROM {rows_of(edition)}").fetchall()
    columns = [row[0] for row in described if row[0] != "description"]
    names = ", ".join(f'"{name}"::VARCHAR' for name in key)
    cursor = con.execute(f"SELECT {names}, {_record_of('r', columns)} FROM {rows_of(edition)} r ORDER BY ALL")
    while rows := cursor.fetchmany(10_000):
        for *values, row in rows:
            named = dict(zip(key, map(str, values), strict=True))
            if wanted is None or wanted(named):
                yield RowChange(named, None if came else _record(row), _record(row) if came else None)


def write_changes(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write all differences to a CSV file: key, change, the row before and after as JSON.

    Raises InputRefused when it cannot be written.
    """
    with replacing(path) as target:
        quoted = str(target).replace("'", "''")
        try:
            con.execute(f"COPY (SELECT * FROM {RELATION} ORDER BY ALL) TO '{quoted}' (FORMAT csv, HEADER)")
        except duckdb.IOException as error:
            raise InputRefused(
                f"{path.name} cannot be written", mend="See that the disk has room, then compare again"
            ) from error


def in_force_on(row: Mapping[str, Any] | None, day: date) -> bool:
    """Whether a row of a RowChange is in force on a day, by its own dates; a row without dates always is."""
    if row is None or row.get("modifier_indicator") == "9":
        return False
    first, last = row.get("effective"), row.get("deleted")
    return (first is None or date.fromisoformat(first) <= day) and (
        last is None or day <= date.fromisoformat(last)
    )


def _columns(con: duckdb.DuckDBPyConnection, before: Edition, after: Edition) -> list[str]:
    """The columns that both have from their files."""
    sides = []
    for edition in (before, after):
        described = con.execute(f"DESCRIBE SELECT * FROM {rows_of(edition)}").fetchall()
        stored = [row[0] for row in described]
        sides.append([name for name in stored if not edition.columns or name in edition.columns])
    return [name for name in sides[0] if name in sides[1] and name != "description"]


def _record_of(side: str, columns: Sequence[str]) -> str:
    """SQL: a row of one side as JSON."""
    fields = ", ".join(f'"{name}" := {side}."{name}"' for name in columns)
    return f"to_json(struct_pack({fields}))"


def _record(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _shown(value: object) -> str:
    return "-" if value in (None, "") else str(value)
