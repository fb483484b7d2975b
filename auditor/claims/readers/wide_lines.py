"""From records laid down to claim lines: what every layout says of itself, and the staging that they have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from auditor.claims.readers.interface import ASIDE, DIAGNOSTICS, Staged
from auditor.claims.readers.wide import Laid, copy, new_file
from auditor.claims.words import literal


@dataclass(frozen=True)
class Flag:
    """Something to be noticed where `test`, SQL over the lines' relation, holds; `says` has a place for the count."""

    name: str
    severity: str
    says: str
    test: str


@dataclass(frozen=True)
class Lines:
    """How records become lines: SQL over `body`, a FROM clause that has the columns of :class:`Laid`.

    `fields` are canonical fields with their expressions; a field counts as given where a column that it names is
    `present`, or where it names none of those `known`. `aside` is SQL that is NULL for a line and else one of the codes
    of `reasons`; of such a row claim number, line number, charge and payment are told. `order` is the order of the
    lines, which need not be that of the records. `stands_for` are the columns that show that a field is given, where
    its expression does not name them.
    """

    body: str
    fields: Mapping[str, str]
    known: frozenset[str]
    present: frozenset[str]
    aside: str = "NULL"
    reasons: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    order: str = "pos"
    stands_for: Mapping[str, str] = field(default_factory=dict)


def stage_lines(
    con: duckdb.DuckDBPyConnection,
    laid: Laid,
    lines: Lines,
    layout: str,
    workspace: Path,
    *,
    modifier_columns: int,
    notes: tuple[str, ...] = (),
    noticed: Sequence[tuple[str, str, str]] = (),
    aside: Sequence[str] = (),
    date_of_claim: str = "",
    unmapped: tuple[str, ...] = (),
) -> Staged:
    """Lay down the lines of `laid` in their order and stage them.

    `noticed` are diagnostics of the whole source (name, severity, words); `aside` further SELECTs with the columns of
    `ASIDE`; `date_of_claim` is SQL that is true where the date of a line is the claim's.
    """
    target = new_file(workspace)
    flags = ", ".join(f"coalesce({flag.test}, false) AS _{flag.name}" for flag in lines.flags)
    of_claim = f", coalesce({date_of_claim}, false) AS date_of_claim" if date_of_claim else ""
    values = ", ".join(f"CAST({sql} AS VARCHAR) AS {name}" for name, sql in lines.fields.items())
    select = (
        f"SELECT pos AS source_pos, {lines.aside} AS _aside, {values}{of_claim}{', ' if flags else ''}{flags}"
    )
    copy(con, f"{select} FROM {lines.body} ORDER BY {lines.order}", target)
    relation = f"read_parquet({literal(target)}, hive_partitioning = false)"
    of_records = [laid.aside, *aside]
    if lines.aside != "NULL":
        texts = " ".join(f"WHEN {literal(code)} THEN {literal(text)}" for code, text in lines.reasons.items())
        own = [name if name in lines.fields else f"CAST(NULL AS VARCHAR) AS {name}" for name, _ in ASIDE[3:]]
        of_records.append(
            f"SELECT source_pos, _aside AS reason_code, CASE _aside {texts} END AS reason, {', '.join(own)} "
            f"FROM {relation} WHERE _aside IS NOT NULL"
        )
    malformed_select = " UNION ALL ".join(f"({select})" for select in of_records if select)
    given = frozenset(
        name for name, sql in lines.fields.items() if _is_given(lines.stands_for.get(name, sql), lines)
    )
    listed = ", ".join(["source_pos", *sorted(given), *(["date_of_claim"] * bool(date_of_claim))])
    return Staged(
        select=f"SELECT {listed} FROM {relation} WHERE _aside IS NULL",
        fields=given,
        format=layout,
        has_position=True,
        date_of_claim=bool(date_of_claim),
        modifier_columns=modifier_columns,
        unmapped=unmapped,
        notes=notes,
        malformed=_count(con, malformed_select) if malformed_select else 0,
        malformed_select=malformed_select,
        diagnostics_select=_diagnostics(con, relation, lines.flags, noticed),
        source_rows=laid.rows + laid.malformed,
    )


def sum_of(*columns: str) -> str:
    """SQL: the sum of amounts as text; NULL where none of them is given, or one is no plain number."""
    amounts = [f"TRY_CAST({column} AS DECIMAL(18,2))" for column in columns]
    odd = " OR ".join(
        f"({column} IS NOT NULL AND {amount} IS NULL)"
        for column, amount in zip(columns, amounts, strict=True)
    )
    none = " AND ".join(f"{column} IS NULL" for column in columns)
    total = " + ".join(f"coalesce({amount}, 0)" for amount in amounts)
    return f"CASE WHEN ({none}) OR ({odd}) THEN NULL ELSE CAST({total} AS VARCHAR) END"


def columns_in(expressions: Iterable[str]) -> frozenset[str]:
    """The columns of a source that SQL expressions name: words with a low line in them, not before it, no functions."""
    found: set[str] = set()
    for sql in expressions:
        bare = re.sub(r"'[^']*'", "''", sql)
        found.update(re.findall(r"\b[a-z][a-z0-9]*_[a-z0-9_]*\b(?!\s*\()", bare))
    return frozenset(found)


def _is_given(sql: str, lines: Lines) -> bool:
    """Whether an expression names a column that the source has, or none of its layout."""
    named = columns_in([sql]) & lines.known
    return not named or bool(named & lines.present)


def _count(con: duckdb.DuckDBPyConnection, select: str) -> int:
    row = con.execute(f"SELECT count(*) FROM ({select})").fetchone()
    return 0 if row is None else int(row[0])


def _diagnostics(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    flags: Sequence[Flag],
    noticed: Sequence[tuple[str, str, str]],
) -> str:
    """A SELECT with the columns of `DIAGNOSTICS`, one row a thing noticed, at the first record that shows it."""
    rows: list[tuple[str, str, str, int | None]] = [(*one, None) for one in noticed]
    if flags:
        asked = ", ".join(f"count(*) FILTER (_{f.name}), min(source_pos) FILTER (_{f.name})" for f in flags)
        counts = con.execute(f"SELECT {asked} FROM {relation}").fetchone() or ()
        for flag, count, first in zip(flags, counts[::2], counts[1::2], strict=True):
            if count:
                rows.append((flag.name, flag.severity, flag.says.format(f"{count:,}"), first))
    values = ", ".join(
        f"({literal(name)}, {literal(severity)}, {literal(says)}, "
        f"CAST({'NULL' if first is None else first} AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS VARCHAR))"
        for name, severity, says, first in rows
    )
    names = ", ".join(name for name, _ in DIAGNOSTICS)
    return f"SELECT * FROM (VALUES {values}) AS noticed({names})" if rows else ""
