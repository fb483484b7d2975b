"""Whole audits in which the user says who is the same person and the same provider."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.pipeline import AuditOptions, run_audit
from tests.claims_csv import NEVER_TOGETHER, row, write_claims

QUICK = AuditOptions(use_starter=True, workers=0, reports=False)
FIRST, SECOND = NEVER_TOGETHER
ROWS = [
    row(claim_id="A", patient_id="11", payer_id="X", code=FIRST),
    row(claim_id="B", patient_id="22", payer_id="Y", code=SECOND),
    row(claim_id="C", patient_id="33", payer_id="X", code=FIRST),
    row(claim_id="D", patient_id="33", payer_id="X", code=SECOND, rendering_npi="1000000020"),
]


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_claims(tmp_path_factory.mktemp("claims") / "claims.csv", ROWS)


def pairs(claims: Path, out: Path, **asked: Any) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Claim and patient of the pairs of one physician, and run.json. Both evaluators agree, or the audit fails."""
    run_audit([claims], out, replace(QUICK, **asked))
    found = pq.read_table(out / "findings.parquet").to_pylist()
    own = [item for item in found if item["family"] == "ptp" and item["catalogue_id"] != "PTP-09"]
    told = [(item["claim_id"], item["patient_id"]) for item in own]
    return told, json.loads((out / "run.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_pair_across_payers_is_found_where_a_crosswalk_joins_the_person_alone(
    claims: Path, tmp_path: Path
) -> None:
    crosswalk = tmp_path / "crosswalk.csv"
    crosswalk.write_text("payer_id,patient_id,person_id\nX,11,M\nY,22,M\n", encoding="utf-8")
    alone, plain = pairs(claims, tmp_path / "alone")
    joined, run = pairs(claims, tmp_path / "joined", crosswalk=crosswalk)
    assert (alone, joined) == ([], [("B", "M")])
    assert (plain["counts"]["patients"], run["counts"]["patients"]) == (3, 2)
    assert run["options"]["crosswalk"] == hashlib.sha256(crosswalk.read_bytes()).hexdigest()
    assert plain["options"]["crosswalk"] is None
    assert run["run_id"] != plain["run_id"]


@pytest.mark.slow
def test_a_pair_of_two_physicians_is_found_where_group_and_specialty_are_the_scope(
    claims: Path, tmp_path: Path
) -> None:
    found, run = pairs(claims, tmp_path / "run", provider_scope="group_specialty")
    assert found == [("D", "33")]
    assert run["options"]["provider_scope"] == "group_specialty"
    assert any(note.startswith("Same provider means the same group and specialty") for note in run["notes"])
