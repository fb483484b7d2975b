"""Every finding has an id of its own, and keeps it whatever else the feed holds and in whatever order."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.pipeline import AuditOptions, run_audit

LINE = {
    "claim_id": "A", "line_no": "1", "payer_id": "P", "patient_id": "P1", "claim_type": "professional",
    "billing_npi": "1000000038", "rendering_npi": "1000000012", "date_from": "2024-08-01", "code": "36415",
    "mod1": "", "units": "50", "charge": "200.00", "paid": "80.00", "line_of_business": "medicare",
    "frequency_code": "", "original_ref": "", "tob": "", "paid_date": "", "payer_icn": "",
}  # fmt: skip
BILL = {"claim_type": "institutional", "tob": "132"}


def audit(folder: Path, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    claims = folder / "claims.csv"
    with claims.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(LINE))
        writer.writeheader()
        writer.writerows(rows)
    run_audit([claims], folder / "out", AuditOptions(use_starter=True, workers=0, reports=False))
    found: list[dict[str, Any]] = pq.read_table(folder / "out" / "findings.parquet").to_pylist()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"frequency_code": "1"}, {"frequency_code": "2"}),
        (BILL, BILL | {"tob": "133", "date_from": "2024-08-09"}),
        ({"payer_icn": "N1"}, {"payer_icn": "N2"}),
    ],
)
def test_two_audited_versions_of_a_claim_number(
    one: dict[str, str], two: dict[str, str], tmp_path: Path
) -> None:
    rows = [LINE | one, LINE | two]
    found = audit(tmp_path, rows)
    ids = {row["finding_id"] for row in found}
    mue = [row for row in found if row["family"] == "mue" and row["verdict"] == "fail"]
    assert len(found) == len(ids)
    assert len(mue) == 2  # every line of an exceeded day is flagged (SEMANTICS, MUE 2)
    others = [LINE | {"claim_id": f"B{n}", "patient_id": f"Q{n}"} for n in range(5)]
    again = [*rows, *others]
    random.Random(1).shuffle(again)
    more = {row["finding_id"] for row in audit(tmp_path, again)}
    assert ids <= more and len(more) == len(ids) + 5 * len(mue) / 2


@pytest.mark.slow
def test_a_version_that_is_replaced_leaves_the_id_as_it_was(tmp_path: Path) -> None:
    before = audit(tmp_path, [LINE | {"frequency_code": "1"}])
    later = LINE | {"frequency_code": "7", "original_ref": "A", "paid_date": "2024-09-01"}
    after = audit(tmp_path, [LINE | {"frequency_code": "1"}, later])
    assert [row["finding_id"] for row in before] == [row["finding_id"] for row in after]
