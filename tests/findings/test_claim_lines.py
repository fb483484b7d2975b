"""The claims behind findings are written whole, others and superseded lines are not, and providers are counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from auditor.findings.claim_lines import (
    CLAIM_COLUMNS,
    PROVIDER_COLUMNS,
    write_claim_lines,
    write_providers,
)

MONEY = ("charge", "allowed", "paid")


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """Lines of four claims: A and B stand in findings, C does not, D has another payer's number of A."""
    con = duckdb.connect()
    cents = dict.fromkeys(MONEY, "BIGINT")
    columns = CLAIM_COLUMNS | cents | {
        "line_id": "BIGINT", "state": "VARCHAR", "claim_key": "BIGINT", "patient_key": "INTEGER",
        "rendering_specialty": "VARCHAR",
    }  # fmt: skip
    con.execute(f"CREATE TABLE claim_line ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    rows = [
        (1, "M", "P1", "A", 1, "audited", 1), (2, "M", "P1", "A", 2, "audited", 1),
        (3, "M", "P1", "A", 3, "superseded", 1), (4, "M", "P1", "B", 1, "audited", 2),
        (5, "M", "P1", "C", 1, "audited", 3), (6, "X", "P1", "A", 1, "audited", 4),
        (7, None, "P2", "N", 1, "audited", 5),
    ]  # fmt: skip
    for line_id, payer, patient, claim, number, state, key in rows:
        con.execute(
            "INSERT INTO claim_line (line_id, payer_id, patient_id, claim_id, line_no, state, claim_key, patient_key, "
            "rendering_npi, rendering_specialty, date_from, modifiers, paid, charge) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, '08', ?, ['59'], 1250, 3000)",
            [
                line_id,
                payer,
                patient,
                claim,
                number,
                state,
                key,
                "" if claim == "C" else "1",
                date(2024, 7, 1),
            ],
        )
    con.execute(
        "CREATE TABLE finding (payer_id VARCHAR, patient_id VARCHAR, claim_id VARCHAR, "
        "evidence STRUCT(claim_id VARCHAR)[])"
    )
    con.execute("INSERT INTO finding VALUES ('M', 'P1', 'A', [{'claim_id': 'B'}]), (NULL, 'P2', 'N', NULL)")
    con.execute("INSERT INTO finding VALUES ('M', NULL, NULL, [])")
    return con


def test_claims_of_findings_and_of_their_evidence_are_written_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "claim_lines.parquet"
    assert write_claim_lines(con, path) == 4
    written = con.execute(f"SELECT payer_id, claim_id, line_no FROM '{path}'").fetchall()
    assert sorted(written, key=str) == sorted(
        [("M", "A", 1), ("M", "A", 2), ("M", "B", 1), (None, "N", 1)], key=str
    )


def test_money_is_in_dollars_and_columns_are_those_promised(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "claim_lines.parquet"
    write_claim_lines(con, path)
    described = con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    assert [(name, kind.replace(" ", "")) for name, kind, *_ in described] == list(CLAIM_COLUMNS.items())
    assert con.execute(f"SELECT DISTINCT paid, charge, allowed FROM '{path}'").fetchall() == [
        (Decimal("12.50"), Decimal("30.00"), None)
    ]


def test_the_same_findings_give_the_same_bytes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name in "ab":
        write_claim_lines(con, tmp_path / name)
        write_providers(con, tmp_path / f"{name}p")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "ap").read_bytes() == (tmp_path / "bp").read_bytes()


def test_providers_are_counted_over_audited_lines(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "providers.parquet"
    write_providers(con, path)
    described = con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    assert [name for name, *_ in described] == list(PROVIDER_COLUMNS)
    assert con.execute(f"SELECT npi, specialty, lines, claims, paid FROM '{path}'").fetchall() == [
        ("", "08", 1, 1, Decimal("12.50")), ("1", "08", 5, 4, Decimal("62.50")),
    ]  # fmt: skip
