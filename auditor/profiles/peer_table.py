"""A user's table of peers: figures published of a specialty, state and year, in place of the audited claims' own.

The table stands as ``ref_NAME``, one row a peer group (a row a code where the mix is compared). Its columns are the
keys of the peers, under the names that claim lines have; ``year``, or ``effective`` and ``deleted``, of which the row
in force on the last day of the year answers; ``providers``, of how many it is made; ``edition``; and the method's
figures.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.rules import model as m
from auditor.rules.benchmarks import needed_columns


@dataclass(frozen=True)
class PeerRow:
    """The figures of one peer group. Shares are fractions of 1; ``mix`` is the share by code.

    ``edition``, ``effective`` and ``deleted`` are those of the row, None where the table does not tell them.
    """

    providers: int
    figures: Mapping[str, float]
    mix: Mapping[str, float] = field(default_factory=dict)
    edition: str | None = None
    effective: date | None = None
    deleted: date | None = None


@dataclass(frozen=True)
class PeerTable:
    """The rows of a table of peers that one rule may ask. ``lacks`` says what keeps it from being asked at all."""

    lacks: str
    peers: tuple[str, ...]
    rows: Mapping[tuple[str, ...], Sequence[Mapping[str, Any]]]
    shares: bool
    by_year: bool

    def row(self, group: tuple[str, ...]) -> PeerRow | None:
        """The figures of a peer group; None where no row answers, several contradict, or its figures are no measure."""
        keys = dict(zip(self.peers, group, strict=True))
        year = keys.get("year")
        wanted = tuple(value for key, value in keys.items() if self.by_year or key != "year")
        rows = self.rows.get(wanted, ())
        if not self.by_year:
            rows = [row for row in rows if year is not None and _in_force(row, int(year))]
        return _read(rows, self.shares)


def peer_table(con: DuckDBPyConnection, bench: m.Benchmark) -> PeerTable:
    """Read what one rule may ask of its table of peers. Reads ``ref_NAME`` where it is there."""
    known = {
        name
        for (name,) in con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [f"ref_{bench.table}"]
        ).fetchall()
    }
    by_year = "year" in known
    columns = [*needed_columns(bench), *(["year"] if by_year else ["effective", "deleted"])]
    lacks = next((f"column {name}" for name in columns if name not in known), "") if known else "rows"
    rows: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    if not lacks:
        keys = [key for key in bench.peers if by_year or key != "year"]
        fixed = " AND ".join(f'"{column}"::VARCHAR = ?' for column, _ in bench.table_rows) or "TRUE"
        cursor = con.execute(
            f'SELECT * FROM "ref_{bench.table}" WHERE {fixed} ORDER BY ALL',
            [value for _, value in bench.table_rows],
        )
        names = [item[0] for item in cursor.description or ()]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            rows[tuple(str(row[key]) for key in keys)].append(row)
    return PeerTable(lacks, bench.peers, rows, bench.measure == "share", by_year)


def _in_force(row: Mapping[str, Any], year: int) -> bool:
    last = date(year, 12, 31)
    return (row["effective"] or date.min) <= last <= (row["deleted"] or date.max)


def _read(rows: Sequence[Mapping[str, Any]], shares: bool) -> PeerRow | None:
    if not rows:
        return None
    first = rows[0]
    mix: dict[str, float] = {}
    if "share_pct" in first:
        for row in rows:
            share = _number(row["share_pct"])
            if share is None or share < 0 or str(row["code"]) in mix:
                return None
            mix[str(row["code"])] = share / 100
    elif len(rows) > 1:
        return None
    figures = {}
    for name, value in first.items():
        number = _number(value) if name not in {"edition", "effective", "deleted"} else None
        if number is not None:
            figures[name.removesuffix("_pct")] = number / 100 if name.endswith("_pct") else number
    if shares and any(not 0 <= figures.get(name, 0) <= 1 for name in figures if f"{name}_pct" in first):
        return None
    providers = min(_number(row["providers"]) or 0 for row in rows)
    return PeerRow(
        int(providers), figures, mix, first.get("edition"), first.get("effective"), first.get("deleted")
    )


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
