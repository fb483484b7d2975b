"""Between DuckDB and the engine: candidates out as integer columns, verdicts and conclusions back in.

A line's key in the engine is its ``line_id`` plus one, since the engine takes no zero.
"""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from auditor.engine.cases import Candidates, Hops, Known, Verdicts


def create_tables(con: DuckDBPyConnection) -> None:
    """Make the empty tables that verdicts are written to."""
    con.execute("CREATE OR REPLACE TABLE verdict (cand BIGINT, verdict INTEGER, level INTEGER)")
    con.execute("CREATE OR REPLACE TABLE premise (cand BIGINT, line_id BIGINT)")


def fetch(con: DuckDBPyConnection, first: int) -> tuple[Candidates, Hops, Known]:
    """The candidates numbered ``first`` and up, their hops, and what earlier strata and the payer said of the lines.

    A line that the payer denied is known at level 2 where a cascade asks for it.
    """
    # Each of the three asks the patient of a few lines among all, so that these are sought once.
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE asked_line AS
            SELECT line_id, patient_key + 1 AS patient, denied FROM line WHERE line_id IN (
                SELECT line_id FROM candidate WHERE cand >= {first}
                UNION ALL SELECT unless - 1 FROM candidate WHERE cand >= {first} AND unless > 0
                UNION ALL SELECT line_id FROM hop WHERE cand >= {first})"""
    )
    rows = _columns(
        con,
        f"""SELECT c.cand, l.patient, c.line_id + 1 AS line, c.lifted::INTEGER AS lifted,
                   c.override_no, greatest(c.level, c.lowered_to) AS level, c.concludes::INTEGER AS concludes, c.unless,
                   c.demote, c.cascade::INTEGER AS cascade, c.needs, c.sequence
              FROM candidate c JOIN asked_line l ON l.line_id = c.line_id WHERE c.cand >= {first}
             ORDER BY l.patient, c.cand""",
    )
    hops = _columns(
        con,
        f"""SELECT h.cand, l.patient, h.line_id + 1 AS line
              FROM hop h JOIN candidate c USING (cand) JOIN asked_line l ON l.line_id = c.line_id
             WHERE h.cand >= {first} ORDER BY l.patient, h.cand, h.line_id""",
    )
    known = _columns(
        con,
        f"""WITH asked AS (
                SELECT line_id FROM hop WHERE cand >= {first}
                UNION SELECT unless - 1 FROM candidate WHERE cand >= {first} AND unless > 0),
            said AS (
                SELECT line_id, level FROM conclusion
                UNION ALL SELECT l.line_id, 2 FROM asked_line l JOIN hop h ON h.line_id = l.line_id
                 WHERE l.denied AND h.cand >= {first})
            SELECT l.patient, s.line_id + 1 AS line, min(s.level) AS level
              FROM said s JOIN asked a USING (line_id) JOIN asked_line l ON l.line_id = s.line_id
             GROUP BY ALL ORDER BY 1, 2""",
    )
    con.execute("DROP TABLE asked_line")
    return Candidates(*rows), Hops(*hops), Known(*known)


def _columns(con: DuckDBPyConnection, sql: str) -> list[list[int]]:
    return [column.tolist() for column in con.execute(sql).fetchnumpy().values()]


def store(con: DuckDBPyConnection, verdicts: Verdicts) -> None:
    """Append verdicts, premises (lines only) and conclusions to their tables."""
    import numpy as np  # slow to load; the audit has it loaded beside the reading of claims

    told: dict[str, Any] = {
        "cand": np.asarray(verdicts.cand, dtype=np.int64),
        "verdict": np.asarray(verdicts.verdict, dtype=np.int32),
        "level": np.asarray(verdicts.level, dtype=np.int32),
    }
    rests = [
        (cand, key - 1)
        for cand, premises in verdicts.premises.items()
        for kind, key in premises
        if kind != "override"
    ]
    premises: dict[str, Any] = {
        "cand": np.asarray([row[0] for row in rests], dtype=np.int64),
        "line_id": np.asarray([row[1] for row in rests], dtype=np.int64),
    }
    fallen = verdicts.not_payable
    conclusions: dict[str, Any] = {
        "line_id": np.asarray(fallen.line, dtype=np.int64) - 1,
        "level": np.asarray(fallen.level, dtype=np.int32),
        "cand": np.asarray(fallen.cand, dtype=np.int64),
    }
    for table, columns in (("verdict", told), ("premise", premises), ("conclusion", conclusions)):
        if len(columns["cand"]):
            con.register("from_engine", columns)
            con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM from_engine")
            con.unregister("from_engine")
