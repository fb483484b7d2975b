"""``line``: the audited claim lines of the partition at work, as every query reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from duckdb import DuckDBPyConnection

DAY_UNITS = (
    "CASE WHEN units IS NULL OR NOT is_span THEN units "
    "ELSE CAST(sign(units) * ((2 * CAST(abs(units) * 1000 AS BIGINT) + 1000 * days) // (2000 * days)) "
    "AS DECIMAL(18,3)) END"
)
"""Units of one day: a span's units divided by its days, rounded half up in whole numbers (SEMANTICS, MUE 1).

Negative units, which no rule counts, are rounded alike, by their size.
"""


def open_partition(con: DuckDBPyConnection, part: int, partitions: int) -> int:
    """Make ``line`` for a partition; returns its number of lines. One partition is read in place, without a copy."""
    select = f"SELECT *, {DAY_UNITS} AS day_units FROM claim_line WHERE state = 'audited'"
    con.execute("DROP VIEW IF EXISTS line")
    if partitions == 1:
        con.execute(f"CREATE OR REPLACE VIEW line AS {select}")
    else:
        con.execute(f"CREATE OR REPLACE TABLE partition_line AS {select} AND part = {part}")
        con.execute("CREATE OR REPLACE VIEW line AS SELECT * FROM partition_line")
    row = con.execute("SELECT count(*) FROM line").fetchone()
    return int(row[0]) if row else 0


def columns_in_place(con: DuckDBPyConnection) -> dict[str, str]:
    """The SQL that makes each column of ``line`` of ``claim_row``; none where it is not read there in place."""
    there = {
        name
        for (name,) in con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name IN ('claim_row', 'claim_column') UNION ALL "
            "SELECT view_name FROM duckdb_views() WHERE view_name = 'line' AND contains(sql, 'FROM claim_line')"
        ).fetchall()
    }
    if there != {"claim_row", "claim_column", "line"}:
        return {}
    columns = dict(con.execute("SELECT name, coalesce(made_by, name) FROM claim_column").fetchall())
    return columns | {"day_units": DAY_UNITS} if columns else {}


_WORDS: Final = re.compile(r"[a-z_][a-z0-9_]*")
_ALL_COLUMNS: Final = re.compile(r"(?:SELECT (?:DISTINCT )?|[.,] ?)\*")
_READS_LINES: Final = re.compile(r"\b(?:FROM|JOIN) line\b")


def narrowed(sql: str, columns: Mapping[str, str]) -> str:
    """The query with ``line`` of the columns that it names and no others, where ``columns`` says what these are.

    A query that reads the view is planned with all of its columns, which takes longer than a small audit's query runs.
    A column that is named for another relation only is there too. A query that asks for all columns of something is
    left as it is.
    """
    if not columns or not _READS_LINES.search(sql) or _ALL_COLUMNS.search(sql):
        return sql
    words = set(_WORDS.findall(sql))
    read = ", ".join(
        f"{made} AS {name}" for name, made in columns.items() if name in words or name == "line_id"
    )
    lines = f"line AS NOT MATERIALIZED (SELECT {read} FROM claim_row WHERE state = 'audited')"
    query = sql.lstrip()
    return f"WITH {lines}, {query[5:]}" if query.startswith("WITH ") else f"WITH {lines} {query}"
