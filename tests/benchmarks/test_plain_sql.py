"""The plain SQL that audits are measured against finds what it should."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "plain_sql.py"
HEADER = "claim_id,line_no,patient_id,rendering_npi,date_from,code,mod1,mod2,units,paid"
LINES = [
    "C1,1,P1,N1,2024-07-01,11111,,,1,10.00",
    "C1,2,P1,N1,2024-07-01,22222,,,1,20.00",  # a pair, indicator 1, no modifier
    "C2,1,P2,N1,2024-07-01,11111,,,1,10.00",
    "C2,2,P2,N1,2024-07-01,22222,,59,1,20.00",  # lifted
    "C3,1,P3,N1,2024-07-01,11111,,,1,10.00",
    "C3,2,P3,N1,2024-07-01,33333,59,,1,20.00",  # a pair, indicator 0
    "C4,1,P4,N1,2024-07-01,11111,,,1,10.00",
    "C4,2,P4,N2,2024-07-01,22222,,,1,20.00",  # another provider
    "C5,1,P5,N1,2024-07-01,44444,,,2,20.00",
    "C5,2,P5,N1,2024-07-01,44444,,,2,20.00",  # four units on a day that may have three
    "C6,1,P6,N1,2024-02-31,44444,,,9,20.00",  # no such day
]


@pytest.fixture
def library(tmp_path):
    """Two practitioner tables in the layout of a library."""
    day, over = "DATE '1996-01-01'", "NULL::DATE"
    pairs = [
        f"('11111', '22222', {day}, {over}, '1')",
        f"('11111', '33333', {day}, {over}, '0')",
        f"('11111', '22222', {day}, {day}, '9')",
    ]
    names = "AS t(column_1, column_2, effective, deleted, modifier_indicator)"
    edition = tmp_path / "library" / "ncci_ptp_practitioner" / "2024Q3"
    edition.mkdir(parents=True)
    write(edition, f"SELECT * FROM (VALUES {', '.join(pairs)}) {names}")
    edition = tmp_path / "library" / "ncci_mue_practitioner" / "2024Q3"
    edition.mkdir(parents=True)
    write(edition, "SELECT * FROM (VALUES ('44444', 3), ('11111', 1)) AS t(code, value)")
    return tmp_path / "library"


def write(edition, query):
    duckdb.execute(f"COPY ({query}) TO '{edition / 'rows.parquet'}' (FORMAT parquet)")


def test_pairs_and_days_are_found(library, tmp_path):
    claims = tmp_path / "claims.csv"
    claims.write_text("\n".join([HEADER, *LINES]) + "\n")
    command = [sys.executable, str(SCRIPT), "--claims", str(claims), "--library", str(library)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    assert (figures["lines"], figures["pairs"], figures["days"]) == (10, 2, 1)
    assert figures["total"] >= figures["load"] + figures["ptp"] >= 0
