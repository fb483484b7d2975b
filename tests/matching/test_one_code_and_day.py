"""Two lines of one patient, code and day are sought among the few that have another beside them; none is lost by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.matching.pairs import of_one_code_and_day
from tests.tiny import DAY, audit, flagged, pack, rule

TWICE = """\
match:
  lines: [first, second]
  same: [patient_id, code, service_day]
  when: {pair.flagged_is_later: true}
flag: [second]
exposure: {method: line}
explanation: "beside {first.claim_id} line {first.line_no}"
"""


def line(number: int, first: int = 0, last: int | None = None, **more: Any) -> dict[str, Any]:
    days = {"date_from": DAY + timedelta(first), "date_to": DAY + timedelta(first if last is None else last)}
    return {"code": "X0001", "line_no": number, "claim_id": "A"} | days | more


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([line(1), line(2)], [2]),
        ([line(1), line(2, code="X0002")], []),
        ([line(1), line(2, patient_id="another")], []),
        ([line(1), line(2, 1)], []),
        ([line(1, 0, 5), line(2, 3)], [2]),
        ([line(1, 3), line(2, 0, 5)], [1]),
        ([line(1, 0, 5), line(2, 5, 9)], [2]),
        ([line(1, 0, 5), line(2, 6, 9)], []),
        ([line(1, 0, 5), line(2, 6)], []),
        ([line(1), line(2, denied=True)], []),
        ([line(1), line(2, denied=True), line(3)], [3]),
        ([line(1, code=None, revenue_code="0250"), line(2, code=None, revenue_code="0250")], []),
    ],
)
def test_lines_that_share_a_day_are_found(
    tmp_path: Path, lines: list[dict[str, Any]], found: list[int]
) -> None:
    assert flagged(audit(tmp_path, lines, rule(TWICE, role="second"))) == found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", True),
        ("same: [patient_id, code, service_day]", "same: [patient_id, service_day]", False),
        ("same: [patient_id, code, service_day]", "same: [patient_id, code, claim_id]", False),
        (
            "same: [patient_id, code, service_day]",
            "same: [patient_id, code]\n  within: {second: {of: first, window: {days: [0, 9]}}}",
            False,
        ),
    ],
)
def test_which_rules_are_about_one_code_and_day(tmp_path: Path, old: str, new: str, expected: bool) -> None:
    (made,) = pack(tmp_path, rule(TWICE.replace(old, new) if old else TWICE, role="second")).rules
    assert made.match is not None and of_one_code_and_day(made.match) is expected
