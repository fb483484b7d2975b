"""What a reader of a finding asks next: the claims that it stands on, line by line, and who billed how much.

``claim_lines.parquet`` holds every audited line of every claim that a finding, or a line of its evidence, belongs to;
``providers.parquet`` one row a provider and specialty with the lines audited, which a rate of findings is a share of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from duckdb import DuckDBPyConnection

from auditor.findings.model import dollars
from auditor.findings.store import quoted

CLAIM_COLUMNS: Final[dict[str, str]] = {
    "payer_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "claim_id": "VARCHAR",
    "payer_icn": "VARCHAR",
    "line_no": "INTEGER",
    "claim_type": "VARCHAR",
    "setting": "VARCHAR",
    "billing_npi": "VARCHAR",
    "rendering_npi": "VARCHAR",
    "facility_npi": "VARCHAR",
    "tob": "VARCHAR",
    "frequency_code": "VARCHAR",
    "original_ref": "VARCHAR",
    "drg": "VARCHAR",
    "admit_date": "DATE",
    "discharge_date": "DATE",
    "discharge_status": "VARCHAR",
    "received_date": "DATE",
    "paid_date": "DATE",
    "prior_auth": "VARCHAR",
    "dx": "VARCHAR[]",
    "date_from": "DATE",
    "date_to": "DATE",
    "pos": "VARCHAR",
    "code": "VARCHAR",
    "revenue_code": "VARCHAR",
    "modifiers": "VARCHAR[]",
    "dx_ptr": "INTEGER[]",
    "units": "DECIMAL(18,3)",
    "charge": "DECIMAL(18,2)",
    "allowed": "DECIMAL(18,2)",
    "paid": "DECIMAL(18,2)",
}
"""The columns of ``claim_lines.parquet`` in their order; money is in dollars."""

PROVIDER_COLUMNS: Final[dict[str, str]] = {
    "npi": "VARCHAR",
    "specialty": "VARCHAR",
    "lines": "BIGINT",
    "claims": "BIGINT",
    "patients": "BIGINT",
    "paid": "DECIMAL(18,2)",
}
"""The columns of ``providers.parquet``. ``npi`` is the rendering NPI, else the billing NPI, else blank."""

_MONEY = ("charge", "allowed", "paid")


def write_claim_lines(con: DuckDBPyConnection, path: Path) -> int:
    """Write the audited lines of the claims that ``finding`` names, by claim and line; returns the number of rows.

    A claim is told by payer, patient and number, as findings tell it. Superseded versions are left out.
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE claim_shown AS
        SELECT DISTINCT payer_id, patient_id, claim_id FROM (
            SELECT payer_id, patient_id, claim_id FROM finding
            UNION ALL SELECT payer_id, patient_id, unnest(list_transform(evidence, lambda e: e.claim_id)) FROM finding
        ) WHERE claim_id IS NOT NULL"""
    )
    priced = ", ".join(
        f"{dollars(name)} AS {name}" if name in _MONEY else f"CAST({name} AS {kind}) AS {name}"
        for name, kind in CLAIM_COLUMNS.items()
    )
    con.execute(
        f"""COPY (SELECT {priced} FROM (SELECT l.* FROM claim_line l SEMI JOIN claim_shown s
                ON s.claim_id = l.claim_id AND s.patient_id = l.patient_id
                AND s.payer_id IS NOT DISTINCT FROM l.payer_id WHERE l.state = 'audited')
            ORDER BY payer_id, patient_id, claim_id, payer_icn, line_no, line_id)
        TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"""
    )
    con.execute("DROP TABLE claim_shown")
    found = con.execute(
        f"SELECT count(*) FROM read_parquet({quoted(path)}, hive_partitioning = false)"
    ).fetchone()
    return int(found[0]) if found else 0


def write_providers(con: DuckDBPyConnection, path: Path) -> None:
    """Write how much of the audited lines is each provider's, by provider and specialty."""
    con.execute(
        f"""COPY (SELECT coalesce(nullif(rendering_npi, ''), nullif(billing_npi, ''), '') AS npi,
                coalesce(rendering_specialty, '') AS specialty, count(*) AS lines,
                count(DISTINCT claim_key) AS claims, count(DISTINCT patient_key) AS patients,
                {dollars("sum(coalesce(paid, 0))")} AS paid
            FROM claim_line WHERE state = 'audited' GROUP BY ALL ORDER BY npi, specialty)
        TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"""
    )
