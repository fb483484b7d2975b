"""``line``: the audited claim lines of the partition at work, as every query reads them."""

from __future__ import annotations

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
