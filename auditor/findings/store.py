"""Writing findings and reading their totals back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from duckdb import DuckDBPyConnection

from auditor.findings.model import COLUMNS, LINE_KEY, dollars

ROW_GROUP = 10_240
"""Findings that a reader of findings.parquet unpacks at once: whoever reads whole findings holds some of these."""
ORDER = "stratum, rule_id, claim_id, line_no, finding_id"


def quoted(path: Path) -> str:
    """A path as a SQL text."""
    return "'" + path.as_posix().replace("'", "''") + "'"


def write_findings(con: DuckDBPyConnection, path: Path) -> int:
    """Write ``finding`` to Parquet in a fixed order (same findings, same bytes); returns the number of rows."""
    listed = ", ".join(f'"{name}"' for name in COLUMNS)
    con.execute(
        f"COPY (SELECT {listed} FROM finding ORDER BY {ORDER}) TO {quoted(path)} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
    row = con.execute("SELECT count(*) FROM finding").fetchone()
    return int(row[0]) if row else 0


def write_set_aside(con: DuckDBPyConnection, folder: Path) -> None:
    """Write ``set_aside.parquet`` (rows not audited, with reason and place) and ``superseded.parquet``."""
    for table, money in (("set_aside", ("charge", "paid")), ("superseded", ("paid",))):
        priced = ", ".join(f"{dollars(name)} AS {name}" for name in money)
        con.execute(
            f"COPY (SELECT * REPLACE ({priced}) FROM {table} ORDER BY source_file, source_pos, line_no) "
            f"TO {quoted(folder / f'{table}.parquet')} (FORMAT parquet, COMPRESSION zstd)"
        )


def count_by_verdict(con: DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Findings by verdict and class."""
    found: dict[str, dict[str, int]] = {}
    for verdict, kind, number in con.execute(
        "SELECT verdict, class, count(*) FROM finding GROUP BY ALL ORDER BY 1, 2"
    ).fetchall():
        found.setdefault(verdict, {})[kind] = number
    return found


def count_at_risk(con: DuckDBPyConnection) -> dict[str, int]:
    """Failing findings by class whose amount is at risk only: indicators, and amounts that are never added."""
    return dict(
        con.execute(
            "SELECT class, count(*) FROM finding WHERE verdict = 'fail' AND (at_risk OR class = 'risk') "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
    )


def dollars_by_class(con: DuckDBPyConnection) -> dict[str, Decimal]:
    """Gross dollars: over by class (counted), under, at risk (never added to the others), bypassed, suppressed.

    What precedence does not share out (at risk, bypassed, suppressed) counts each line once, by the largest exposure of
    its findings of that kind.
    """
    row = con.execute(
        f"""
WITH heading AS (
    SELECT *, CASE WHEN verdict <> 'fail' THEN verdict WHEN at_risk OR class = 'risk' THEN 'at_risk' END AS kind
      FROM finding),
once AS (SELECT kind, max(exposure) AS exposure FROM heading WHERE kind IS NOT NULL GROUP BY kind, {LINE_KEY})
SELECT coalesce(sum(exposure_counted) FILTER (verdict = 'fail' AND class = 'definite' AND direction = 'over'), 0),
       coalesce(sum(exposure_counted) FILTER (verdict = 'fail' AND class = 'probable' AND direction = 'over'), 0),
       coalesce(sum(exposure) FILTER (verdict = 'fail' AND direction = 'under'), 0),
       (SELECT coalesce(sum(exposure), 0) FROM once WHERE kind = 'at_risk'),
       (SELECT coalesce(sum(exposure), 0) FROM once WHERE kind = 'bypassed'),
       (SELECT coalesce(sum(exposure), 0) FROM once WHERE kind = 'suppressed')
  FROM finding"""
    ).fetchone()
    assert row is not None
    names = ("over_definite", "over_probable", "under", "at_risk", "bypassed", "suppressed")
    return {name: Decimal(value).quantize(Decimal("0.01")) for name, value in zip(names, row, strict=True)}
