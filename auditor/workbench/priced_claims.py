"""Synthetic claims paid by the fee schedule, where a library holds one with its localities.

The generator's fees are made up. Beside a fee schedule they would look like wrong payments on every line, which no feed
of an ordinary payer has. So the amounts of each line whose fee is known are set to what was due; all else is as it was.
"""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from auditor.base.scratch import scratch_folder
from auditor.claims import ReadOptions, open_connection, read_claims
from auditor.matching.bases import Bases
from auditor.matching.facts import Facts
from auditor.matching.lines import DAY_UNITS
from auditor.matching.shared import SharedRelations
from auditor.matching.sql import literal
from auditor.reference import Library
from auditor.rules.reading import RVU_TABLES

PLACES = "mpfs_gpci"
_DUE = """
SELECT claim_id, line_no, any_value(expected) AS allowed,
       any_value(greatest(l.charge, (fee * units * l.charge / l.allowed)::BIGINT, expected)) AS charge,
       any_value((expected::DOUBLE * l.paid / l.allowed)::BIGINT) AS paid
  FROM {priced} p JOIN claim_line l USING (line_id)
 WHERE expected IS NOT NULL AND NOT estimated AND l.allowed > 0 AND l.charge > 0 AND l.paid IS NOT NULL
 GROUP BY ALL HAVING count(*) = 1
"""


def has_fees(library: Library) -> bool:
    """Whether a library tells fees by locality."""
    tables = {edition.table for edition in library.editions()}
    return {PLACES, RVU_TABLES[0]} <= tables


def price_claims(claims: Path, library: Library) -> int:
    """Give the lines of a file of :func:`auditor.synth.write_claims` what was due for them; returns how many.

    Charges stay above it by the same part as before, payments are the same part of it. Lines that stand twice in the
    file, and those that are not audited, keep their amounts.
    """
    with scratch_folder() as scratch, open_connection("4GB", 2, scratch) as con:
        read_claims(con, [claims], ReadOptions(partitions=1))
        library.attach(con, codes_from="claim_code", tables=frozenset({*RVU_TABLES, PLACES, "payer_fees"}))
        # Without its charge a line is due the whole fee, whatever was billed.
        con.execute(
            f"CREATE OR REPLACE VIEW line AS SELECT * REPLACE (NULL::BIGINT AS charge), {DAY_UNITS} AS day_units "
            "FROM claim_line WHERE state = 'audited'"
        )
        answers = con.execute("SELECT table_name, setting, date_from, date_to FROM ref_answers").fetchall()
        priced = Bases(con, [], Facts(False, tuple(answers)), SharedRelations()).priced()
        con.execute(f"CREATE TEMP TABLE due AS {_DUE.format(priced=priced)}")
        _rewrite(con, claims)
        row = con.execute("SELECT count(*) FROM due").fetchone()
    return int(row[0]) if row else 0


def _rewrite(con: DuckDBPyConnection, claims: Path) -> None:
    """The file again, in the same order and form, with the amounts of ``due``; lines that stand twice leave ``due``."""
    parquet = claims.suffix == ".parquet"
    source = (
        f"read_parquet({literal(str(claims))}, hive_partitioning = false)"
        if parquet
        else f"read_csv({literal(str(claims))}, all_varchar = true, hive_partitioning = false)"
    )
    kind, form = ("DECIMAL(18,2)", "parquet") if parquet else ("VARCHAR", "csv, HEADER")
    same = "d.claim_id = f.claim_id AND CAST(d.line_no AS VARCHAR) = CAST(f.line_no AS VARCHAR)"
    twice = f"SELECT claim_id, line_no FROM {source} GROUP BY ALL HAVING count(*) > 1"
    con.execute(f"DELETE FROM due d USING ({twice}) f WHERE {same}")
    amounts = ", ".join(
        f"coalesce(CAST(CAST(d.{column} / 100 AS DECIMAL(18,2)) AS {kind}), f.{column}) AS {column}"
        for column in ("charge", "allowed", "paid")
    )
    part = claims.with_name(f"{claims.name}.part")
    con.execute(
        f"COPY (SELECT f.* EXCLUDE (place) REPLACE ({amounts}) FROM (SELECT *, row_number() OVER () AS place "
        f"FROM {source}) f LEFT JOIN due d ON {same} ORDER BY f.place) TO {literal(str(part))} (FORMAT {form})"
    )
    part.replace(claims)
