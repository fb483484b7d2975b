"""What the reading of the claims noticed, for ``run.json``: diagnostics with their places, and what was superseded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.findings.model import dollars
from auditor.findings.store import quoted

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


SIDES: Final = {
    "remittance": "remittance",
    "remittance_line": "service line of a remittance",
    "claim": "claim",
    "claim_line": "claim line",
}
"""What may lack its counterpart, in words."""


def unmatched(con: DuckDBPyConnection) -> list[dict[str, Any]]:
    """What of remittances and claims lacks its counterpart: which side, why, how many."""
    rows = con.execute("SELECT side, why, count(*) FROM remittance_unmatched GROUP BY ALL").fetchall()
    order = list(SIDES)
    rows.sort(key=lambda row: (order.index(row[0]), -row[2], row[1]))
    return [{"side": SIDES[side], "why": why, "count": count} for side, why, count in rows]


def write_unmatched(con: DuckDBPyConnection, path: Path) -> None:
    """Write remittances and claims without counterpart to Parquet, each with its place; nothing where there is none."""
    if con.execute("SELECT 1 FROM remittance_unmatched LIMIT 1").fetchone() is None:
        return
    words = " ".join(f"WHEN '{name}' THEN '{text}'" for name, text in SIDES.items())
    con.execute(
        f"COPY (SELECT CASE side {words} END AS side, claim_id, why, source_file, source_pos FROM remittance_unmatched "
        f"ORDER BY ALL) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
    )


def write_diagnostics(con: DuckDBPyConnection, path: Path) -> None:
    """Write ``claim_diagnostic`` to Parquet in the order of the sources; nothing where readers noticed nothing."""
    if con.execute("SELECT 1 FROM claim_diagnostic LIMIT 1").fetchone() is None:
        return
    con.execute(
        "COPY (SELECT * FROM claim_diagnostic ORDER BY source_file, source_pos, byte_offset, name, says) "
        f"TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
    )
