"""What readers noticed, and what was superseded, as run.json tells it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from auditor.findings import reading_told


@pytest.fixture
def con():
    made = duckdb.connect()
    made.execute(
        "CREATE TABLE claim_diagnostic (source_file VARCHAR, name VARCHAR, severity VARCHAR, says VARCHAR, "
        "source_pos BIGINT, byte_offset BIGINT, claim_id VARCHAR)"
    )
    made.execute("CREATE TABLE superseded (reason VARCHAR, paid BIGINT, claim_id VARCHAR)")
    return made


def notice(con, name, severity, count=1):
    con.execute(
        "INSERT INTO claim_diagnostic SELECT 'a.837', ?, ?, 'says', n, n * 10, 'C' FROM range(1, ? + 1) t(n)",
        [name, severity, count],
    )


def test_the_gravest_comes_first_and_the_first_places_are_named(con):
    notice(con, "a_note", "note")
    notice(con, "count", "warning", 150)
    notice(con, "cut_off", "error")
    told = reading_told.diagnostics(con)
    assert [(entry["name"], entry["count"]) for entry in told] == [
        ("cut_off", 1),
        ("count", 150),
        ("a_note", 1),
    ]
    assert told[1]["places"][:2] == [
        {"source_pos": 1, "byte_offset": 10},
        {"source_pos": 2, "byte_offset": 20},
    ]
    assert len(told[1]["places"]) == reading_told.PLACES


def test_no_claim_number_stands_in_what_is_told(con):
    notice(con, "count", "warning")
    assert "claim_id" not in str(reading_told.diagnostics(con))


def test_superseded_lines_are_counted_by_reason_with_their_dollars(con):
    con.execute(
        "INSERT INTO superseded VALUES ('replaced', 1050, 'A'), ('replaced', NULL, 'B'), ('voids', -99, 'C')"
    )
    assert reading_told.superseded(con) == [
        {"reason": "replaced", "lines": 2, "paid": "10.50"},
        {"reason": "voids", "lines": 1, "paid": "-0.99"},
    ]


def test_all_of_it_is_written_where_there_is_any(con, tmp_path: Path):
    reading_told.write_diagnostics(con, tmp_path / "diagnostics.parquet")
    assert not (tmp_path / "diagnostics.parquet").exists()
    notice(con, "count", "warning", 150)
    reading_told.write_diagnostics(con, tmp_path / "diagnostics.parquet")
    assert con.execute(f"SELECT count(*) FROM '{tmp_path}/diagnostics.parquet'").fetchone() == (150,)
