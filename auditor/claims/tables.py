"""Tables of a reading that few feeds fill: which hold a row, asked of all in one statement.

A statement costs as much as reading some thousand rows does, so where a table is empty the steps that read it are
left out.
"""

from __future__ import annotations

import duckdb

from auditor.claims.words import literal


def filled(con: duckdb.DuckDBPyConnection, *tables: str) -> frozenset[str]:
    """Those of `tables` that hold a row."""
    asked = " UNION ALL ".join(f"(SELECT {literal(table)} FROM {table} LIMIT 1)" for table in tables)
    return frozenset(str(name) for (name,) in con.execute(asked).fetchall())
