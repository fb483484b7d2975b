from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from auditor.synth import score

COLUMNS = """catalogue_id VARCHAR, verdict VARCHAR, "class" VARCHAR, claim_id VARCHAR, line_no INTEGER,
    rendering_npi VARCHAR"""


@pytest.fixture
def perfect(demo, tmp_path):
    """Findings and set-aside rows exactly as the truth wants them, with a connection to spoil them."""
    con = duckdb.connect()
    con.execute(f"CREATE TABLE truth AS SELECT * FROM read_parquet('{demo.result.truth_file}')")
    con.execute(f"CREATE TABLE findings ({COLUMNS})")
    con.execute(
        """INSERT INTO findings SELECT catalogue_id, verdict, coalesce("class", 'definite'), claim_id, line_no,
        coalesce(rendering_npi, '2000000000') FROM truth WHERE verdict IN ('fail', 'bypassed')"""
    )
    con.execute(
        """CREATE TABLE aside AS SELECT claim_id, CAST(line_no AS VARCHAR) AS line_no FROM truth
        WHERE verdict = 'set_aside'"""
    )
    return con, tmp_path, demo.result.truth_file


def scored(perfect, *, aside=True):
    con, folder, truth = perfect
    con.execute(f"COPY findings TO '{folder}/findings.parquet'")
    Path(folder / "set_aside.parquet").unlink(missing_ok=True)
    if aside:
        con.execute(f"COPY aside TO '{folder}/set_aside.parquet'")
    return score(truth, folder / "findings.parquet")


def test_a_perfect_audit_finds_all_and_flags_no_near_miss(perfect, demo):
    outcome = scored(perfect)
    wanted = sum(t["verdict"] != "none" for t in demo.truth)
    assert (outcome.seeded, outcome.found) == (wanted, wanted)
    assert outcome.near_misses == len(demo.truth) - wanted
    assert (outcome.missed, outcome.wrongly_flagged, dict(outcome.unexpected)) == ((), (), {})
    assert sum(kind.class_differs for kind in outcome.kinds) == 0
    assert f"{wanted:,} of {wanted:,} seeded errors were found" in outcome.sentence()


def test_a_missing_finding_is_listed(perfect):
    con, *_ = perfect
    con.execute(
        "CREATE TABLE lost AS SELECT claim_id, line_no FROM findings WHERE catalogue_id = 'AOC-03' LIMIT 1"
    )
    con.execute("DELETE FROM findings WHERE catalogue_id = 'AOC-03' AND (claim_id, line_no) IN (FROM lost)")
    outcome = scored(perfect)
    assert [(m.claim_id, m.line_no) for m in outcome.missed] == con.execute("FROM lost").fetchall()
    assert outcome.found == outcome.seeded - 1


def test_a_finding_under_another_id_does_not_count(perfect):
    con, *_ = perfect
    con.execute("UPDATE findings SET catalogue_id = 'PTP-02' WHERE catalogue_id = 'PTP-05'")
    outcome = scored(perfect)
    assert {m.catalogue_id for m in outcome.missed} == {"PTP-05"}


def test_a_bypass_reported_as_a_failure_does_not_count(perfect):
    con, *_ = perfect
    con.execute("UPDATE findings SET verdict = 'fail' WHERE verdict = 'bypassed'")
    outcome = scored(perfect)
    assert {(m.catalogue_id, m.verdict) for m in outcome.missed} == {("PTP-02", "bypassed")}


def test_a_flagged_near_miss_is_listed(perfect):
    con, *_ = perfect
    con.execute(
        """INSERT INTO findings SELECT catalogue_id, 'fail', 'definite', claim_id, line_no, NULL FROM truth
        WHERE kind = 'near-mue-span' LIMIT 1"""
    )
    outcome = scored(perfect)
    assert [m.kind for m in outcome.wrongly_flagged] == ["near-mue-span"]
    assert "1 was flagged" in outcome.sentence()


def test_a_finding_of_another_family_on_a_near_miss_is_no_fault(perfect):
    con, *_ = perfect
    con.execute(
        """INSERT INTO findings SELECT 'POS-02', 'fail', 'probable', claim_id, line_no, NULL FROM truth
        WHERE kind = 'near-mue-span' LIMIT 1"""
    )
    assert scored(perfect).wrongly_flagged == ()


def test_findings_on_other_lines_are_counted_by_id(perfect):
    con, *_ = perfect
    con.execute("INSERT INTO findings VALUES ('PTP-02', 'fail', 'definite', 'SC999999999', 1, NULL)")
    con.execute("INSERT INTO findings VALUES ('PTP-02', 'not_evaluated', NULL, 'SC999999998', 1, NULL)")
    assert dict(scored(perfect).unexpected) == {"PTP-02": 1}


def test_another_class_is_found_and_counted(perfect):
    con, *_ = perfect
    con.execute("UPDATE findings SET \"class\" = 'probable' WHERE catalogue_id = 'MUE-01'")
    outcome = scored(perfect)
    [kind] = [kind for kind in outcome.kinds if kind.catalogue_id == "MUE-01"]
    assert kind.found == kind.seeded == kind.class_differs > 0


def test_without_set_aside_rows_they_are_not_scored(perfect):
    outcome = scored(perfect, aside=False)
    assert not outcome.set_aside_scored
    assert {kind.verdict for kind in outcome.kinds} == {"fail", "bypassed"}
    assert scored(perfect).set_aside_scored
