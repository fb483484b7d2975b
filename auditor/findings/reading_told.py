"""What the reading of the claims noticed, for ``run.json``: diagnostics with their places, and what was superseded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.findings.model import dollars

PLACES: Final = 100
"""Places of each diagnostic that ``run.json`` names; ``diagnostics.parquet`` has all that the reader kept."""

_ORDER = "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, source_file, name, says"


def diagnostics(con: DuckDBPyConnection) -> list[dict[str, Any]]:
    """What readers noticed, a file and kind each: severity, words, how often, the first places (segment, byte)."""
    kinds = con.execute(
        "SELECT source_file, name, severity, says, count(*) FROM claim_diagnostic "
        f"GROUP BY source_file, name, severity, says ORDER BY {_ORDER}"
    ).fetchall()
    return [
        {
            "source_file": file,
            "name": name,
            "severity": severity,
            "says": says,
            "count": count,
            "places": [
                {"source_pos": position, "byte_offset": offset}
                for position, offset in con.execute(
                    "SELECT source_pos, byte_offset FROM claim_diagnostic WHERE source_file = ? AND name = ? "
                    f"AND severity = ? AND says = ? ORDER BY source_pos, byte_offset LIMIT {PLACES}",
                    [file, name, severity, says],
                ).fetchall()
            ],
        }
        for file, name, severity, says, count in kinds
    ]


def superseded(con: DuckDBPyConnection) -> list[dict[str, Any]]:
    """The lines that a later version or a reversal takes the place of, by reason, with their dollars paid."""
    rows = con.execute(
        f"SELECT reason, count(*), {dollars('coalesce(sum(paid), 0)')} FROM superseded GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return [{"reason": reason, "lines": lines, "paid": str(paid)} for reason, lines, paid in rows]


def write_diagnostics(con: DuckDBPyConnection, path: Path) -> None:
    """Write ``claim_diagnostic`` to Parquet in the order of the sources; nothing where readers noticed nothing."""
    if con.execute("SELECT 1 FROM claim_diagnostic LIMIT 1").fetchone() is None:
        return
    target = "'" + path.as_posix().replace("'", "''") + "'"
    con.execute(
        "COPY (SELECT * FROM claim_diagnostic ORDER BY source_file, source_pos, byte_offset, name, says) "
        f"TO {target} (FORMAT parquet, COMPRESSION zstd)"
    )
