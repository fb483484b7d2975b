"""The plain claims file: its columns in order, and how a block of numbers becomes text rows of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

DIAGNOSIS_COLUMNS = tuple(f"dx{n}" for n in range(1, 13))

# Column: SQL over a block (see block.py), integers being cents and days since 1970-01-01.
_COLUMNS: dict[str, str] = {
    "claim_id": "printf('SC%09d', claim)",
    "line_no": "line_no",
    "payer_id": "'SYN-PAYER'",
    "line_of_business": "'medicare'",
    "patient_id": "CASE WHEN b_patient_id IS NULL THEN printf('SP%09d', patient) END",
    "birth_date": "DATE '1970-01-01' + CAST(birth AS INTEGER)",
    "sex": "CASE WHEN sex = 1 THEN 'F' ELSE 'M' END",
    "claim_type": "CASE WHEN hospital THEN 'institutional' ELSE 'professional' END",
    "billing_npi": "billing_npi",
    "billing_tin": "billing_tin",
    "rendering_npi": "rendering_npi",
    "rendering_specialty": "specialty",
    "referring_npi": "NULL",
    "facility_npi": "facility_npi",
    "pos": "pos",
    "tob": "CASE WHEN hospital THEN '131' END",
    "frequency_code": "frequency",
    "original_ref": "CASE WHEN original >= 0 THEN printf('SC%09d', original) END",
    "date_from": "coalesce(b_date_from, CAST(DATE '1970-01-01' + CAST(day_from AS INTEGER) AS VARCHAR))",
    "date_to": "coalesce(b_date_to, CAST(DATE '1970-01-01' + CAST(day_to AS INTEGER) AS VARCHAR))",
    "revenue_code": "revenue",
    "code": "code",
    "mod1": "nullif(mod1, '')",
    "mod2": "nullif(mod2, '')",
    "mod3": "NULL",
    "mod4": "NULL",
    "units": "coalesce(b_units, CAST(units AS VARCHAR))",
    "charge": "CAST(CAST(charge AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2))",
    "allowed": "CAST(CAST(allowed AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2))",
    "paid": "coalesce(b_paid, CAST(CAST(CAST(paid AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2)) AS VARCHAR))",
    "denied": "denied",
    **{name: name for name in DIAGNOSIS_COLUMNS},
    "dx_ptr": "dx_ptr",
    "received_date": "DATE '1970-01-01' + CAST(received AS INTEGER)",
    "paid_date": "DATE '1970-01-01' + CAST(paid_on AS INTEGER)",
    "service_state": "state",
    "service_zip": "zip || '00'",
    "locality": "locality",
    "mac": "mac",
    "drg": "NULL",
    "prior_auth": "NULL",
}
COLUMNS = tuple(_COLUMNS)
"""Header of the plain claims file as written here."""

BREAKABLE = ("patient_id", "date_from", "date_to", "units", "paid")
"""Columns whose text a case may replace by something unreadable."""

_TYPES = {
    "line_no": "INTEGER",
    "units": "DECIMAL(18, 3)",
    "charge": "DECIMAL(18, 2)",
    "allowed": "DECIMAL(18, 2)",
    "paid": "DECIMAL(18, 2)",
    "denied": "BOOLEAN",
    **dict.fromkeys(("birth_date", "date_from", "date_to", "received_date", "paid_date"), "DATE"),
}


def append_csv(con: duckdb.DuckDBPyConnection, block: Mapping[str, Any], part: Path, target: Path) -> None:
    """Write a block to `part` and append its bytes to `target`, with the header when `target` is new."""
    con.register("synth_block", dict(block))
    selected = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())
    header = "true" if not target.exists() else "false"
    con.execute(
        f"COPY (SELECT {selected} FROM synth_block ORDER BY place) TO '{_quoted(part)}' (HEADER {header})"
    )
    con.unregister("synth_block")
    with target.open("ab") as out, part.open("rb") as rows:
        while chunk := rows.read(1 << 22):
            out.write(chunk)
    part.unlink()


def csv_to_parquet(con: duckdb.DuckDBPyConnection, source: Path, target: Path) -> None:
    """The same rows as typed Parquet: dates, decimals and booleans instead of text."""
    # TRY_CAST of a bare CSV column fails on what it cannot read: DuckDB 2.0 moves the cast into its reader.
    selected = ", ".join(
        f"TRY_CAST(trim({name}) AS {_TYPES[name]}) AS {name}" if name in _TYPES else name for name in COLUMNS
    )
    con.execute(
        f"COPY (SELECT {selected} FROM read_csv('{_quoted(source)}', hive_partitioning = false, all_varchar = true, "
        "header = true)) "
        f"TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION zstd)"
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
