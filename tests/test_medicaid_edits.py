"""Medicaid's own NCCI edits answer for claims that are all of Medicaid, Medicare's for all others."""

import json

import duckdb
import pytest

from auditor.pipeline import AuditOptions, run_audit
from tests.reference.layouts import Desk, mue_text, ptp_text

HEADER = (
    "claim_id,line_no,patient_id,claim_type,rendering_npi,pos,date_from,code,mod1,mod2,mod3,mod4,units,paid,"
    "line_of_business"
)
PAIR = ("45385", "45378", "", "19960101", "*", "0", "More extensive procedure")
OTHER = ("45385", "45380", "19960101", "", "0", "More extensive procedure")
SIX = ("Column 1\tColumn 2\tEffective Date\tDeletion Date\tModifier Indicator\tPTP Edit Rationale",)


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "files").mkdir()
    desk = Desk(tmp_path / "files", tmp_path / "library")
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text([PAIR])))
    desk.take(
        desk.write(
            "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv",
            mue_text([("45378", 1, "2 Date of Service Edit: Policy", "")]),
        )
    )
    return desk


def medicaid(desk):
    desk.take(desk.write("medicaid-ncci-2024q3-ptp-edits-practitioner.txt", ptp_text([OTHER], header=SIX)))
    desk.take(
        desk.write("medicaid-ncci-2024q3-mue-practitioner-services.csv", mue_text([("45378", 3, "", "")]))
    )


def audit(desk, out, *, business, more=()):
    lines = [
        f"A,{n},P,professional,1000000004,11,2024-07-10,{{}},,,,,{{}},100.00,{business}" for n in (1, 2, 3)
    ]
    rows = [
        line.format(code, units)
        for line, code, units in zip(lines, ("45385", "45378", "45380"), (1, 4, 1), strict=True)
    ]
    claims = desk.write("claims.csv", "\n".join([HEADER, *rows, *more]) + "\n")
    options = AuditOptions(library=desk.library, reports=False, rules=("ptp", "mue"), workers=1)
    run_audit([claims], out, options)
    found = duckdb.execute(
        f"SELECT rule_id, code, \"class\", exposure, explanation FROM '{out / 'findings.parquet'}' ORDER BY ALL"
    ).fetchall()
    return found, json.loads((out / "run.json").read_text())


def test_medicaids_own_edits_answer_for_its_claims(desk, tmp_path):
    medicaid(desk)
    found, run = audit(desk, tmp_path / "out", business="medicaid")
    assert [(rule, code, kind) for rule, code, kind, _, _ in found] == [
        ("NCCI-MUE-001", "45378", "probable"),
        ("NCCI-PTP-002", "45380", "definite"),
    ]
    assert {table["table"] for table in run["tables"]} == {
        "medicaid_ptp_practitioner",
        "medicaid_mue_practitioner",
    }
    assert not [text for *_, text in found if "Medicare" in text]
    assert any(
        "Medicaid's own edits (ncci mue practitioner, ncci ptp practitioner)" in b for b in run["banners"]
    )


@pytest.mark.slow
def test_without_them_medicares_answer_and_say_so(desk, tmp_path):
    found, run = audit(desk, tmp_path / "out", business="medicaid")
    assert [(rule, code) for rule, code, *_ in found] == [
        ("NCCI-MUE-002", "45378"),
        ("NCCI-PTP-002", "45378"),
    ]
    assert all("The row is of Medicare's table" in text for *_, text in found)
    assert {table["table"] for table in run["tables"]} == {"ncci_ptp_practitioner", "ncci_mue_practitioner"}


@pytest.mark.slow
def test_medicares_claims_never_meet_them(desk, tmp_path):
    alone, _ = audit(desk, tmp_path / "alone", business="medicare")
    medicaid(desk)
    beside, run = audit(desk, tmp_path / "beside", business="medicare")
    assert alone == beside
    assert {table["table"] for table in run["tables"]} == {"ncci_ptp_practitioner", "ncci_mue_practitioner"}


@pytest.mark.slow
def test_commercial_lines_beside_them_change_nothing(desk, tmp_path):
    medicaid(desk)
    alone, _ = audit(desk, tmp_path / "alone", business="medicaid")
    more = "Z,1,Q,professional,1000000004,11,2024-07-10,99213,,,,,1,50.00,commercial"
    beside, run = audit(desk, tmp_path / "beside", business="medicaid", more=[more])
    assert alone == beside
    assert "medicaid_ptp_practitioner" in {table["table"] for table in run["tables"]}


@pytest.mark.slow
def test_beside_medicare_lines_it_is_said_that_they_did_not_answer(desk, tmp_path):
    medicaid(desk)
    more = "Z,1,Q,professional,1000000004,11,2024-07-10,99213,,,,,1,50.00,medicare"
    _, run = audit(desk, tmp_path / "out", business="medicaid", more=[more])
    assert any("Audit the Medicaid claims by themselves" in banner for banner in run["banners"])
