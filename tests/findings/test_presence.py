"""An add-on code is not said to lack its primary where a row that may be the primary stands in the file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.pipeline import AuditOptions, run_audit

LINE = {
    "claim_id": "C1", "line_no": "2", "payer_id": "P", "patient_id": "P1", "claim_type": "professional",
    "rendering_npi": "1000000012", "date_from": "2024-08-01", "code": "17003", "units": "1", "charge": "200.00",
    "paid": "80.00", "line_of_business": "medicare", "revenue_code": "",
}  # fmt: skip
PRIMARY = LINE | {"line_no": "1", "code": "17000"}


def audit(folder: Path, rows: list[dict[str, str]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The add-on findings, and NCCI-AOC-001 in the coverage register, by the starter edition."""
    claims = folder / "claims.csv"
    with claims.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(LINE | rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    result = run_audit(
        [claims],
        folder / "out",
        AuditOptions(use_starter=True, workers=0, reports=False, partitions=2, rules=("addon",)),
    )
    found = [
        row
        for row in pq.read_table(folder / "out" / "findings.parquet").to_pylist()
        if row["family"] == "addon"
    ]
    register = next(row for row in result.run["coverage"] if row["rule_id"] == "NCCI-AOC-001")
    return found, register


def test_alone_it_is_flagged(tmp_path: Path) -> None:
    found, register = audit(tmp_path, [LINE])
    assert [(row["verdict"], row["class"]) for row in found] == [("fail", "definite")]
    assert (register["evaluated"], register["not_evaluated"]) == (1, 0)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"paid": "12,34"}, "set aside"),
        ({"line_no": "L1"}, "set aside"),
        ({"date_from": "01 August"}, "set aside"),
        ({"patient_id": ""}, "set aside"),
        ({"line_no": "2", "units": "3"}, ""),
        ({"code": "", "revenue_code": ""}, "set aside"),
        ({"rendering_npi": ""}, "lacks its provider"),
        ({"payer_id": ""}, "under another payer"),
        ({"line_of_business": "medicare_advantage"}, "under another payer"),
    ],
)
@pytest.mark.slow
def test_beside_what_may_be_its_primary_it_is_not_evaluated(
    cells: dict[str, str], reason: str, tmp_path: Path
) -> None:
    found, register = audit(tmp_path, [LINE, PRIMARY | cells])
    assert [row["verdict"] for row in found] == ["not_evaluated"]
    assert found[0]["exposure"] == found[0]["exposure_counted"] == 0
    assert (reason or "set aside") in found[0]["reason"]
    assert "no claim of this patient" not in found[0]["explanation"]
    assert register["not_evaluated"] == 1
    assert [row["lines"] for row in register["reasons"]] == [1]


@pytest.mark.parametrize(
    "cells",
    [
        {"date_from": "2024-08-02", "paid": "12,34"},
        {"patient_id": "P2", "paid": "12,34"},
        {"rendering_npi": "1000000020", "paid": "12,34"},
        {"code": "99213", "paid": "12,34"},
        {"claim_id": "C2", "date_from": "01 August"},
    ],
)
@pytest.mark.slow
def test_beside_a_row_that_cannot_be_its_primary_it_is_flagged(cells: dict[str, str], tmp_path: Path) -> None:
    found, _ = audit(tmp_path, [LINE, PRIMARY | cells])
    assert [(row["verdict"], row["class"]) for row in found] == [("fail", "definite")]


INFUSION = LINE | {
    "claim_type": "institutional", "tob": "131", "facility_npi": "1000000038", "code": "96361", "line_no": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        ([], "not_evaluated"),
        ([{"date_from": "2024-07-31"}], "fail"),
        ([{"date_from": "2024-07-31", "payer_id": "Q"}], "not_evaluated"),
        ([{"date_from": "2024-07-31", "paid": "12,34"}], "not_evaluated"),
    ],
)
@pytest.mark.slow
def test_an_infusion_of_the_first_day_of_the_feed_may_have_begun_the_day_before(
    others: list[dict[str, str]], verdict: str, tmp_path: Path
) -> None:
    far = [INFUSION | {"claim_id": f"Z{at}", "patient_id": f"Z{at}", "code": "99213"} | cells
           for at, cells in enumerate(others)]  # fmt: skip
    found, _ = audit(tmp_path, [INFUSION, *far])
    assert [(row["rule_id"], row["verdict"]) for row in found] == [("NCCI-AOC-004", verdict)]
    assert ("begin before the claims at hand" in (found[0]["reason"] or "")) is (verdict == "not_evaluated")
