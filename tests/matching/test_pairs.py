"""Lines alike: which of them is the original, and which are its copies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.tiny import DAY, audit, flagged, rule, shown

COPIES = """\
match: {lines: [original, copy], group: {same: [patient_id, code, date_from], order: [received_date]}}
flag: [copy]
exposure: {method: line}
explanation: "copy of line {original.line_no}"
"""


def test_a_line_without_the_date_of_the_order_comes_after_those_that_have_it(tmp_path: Path) -> None:
    lines = [{}, {"received_date": DAY + timedelta(9)}, {"received_date": DAY + timedelta(5)}, {}]
    found = audit(tmp_path, lines, rule(COPIES))
    assert flagged(found) == [1, 2, 4]
    assert [shown(finding, "original") for finding in found] == [[3]] * 3


def test_lines_that_all_lack_it_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    found = audit(tmp_path, [{}, {}], rule(COPIES))
    assert [finding["explanation"] for finding in found] == ["copy of line 1"] and flagged(found) == [2]


RELATED = """\
match:
  lines: [first, second]
  same: [patient_id, service_day]
  when: {first.code: "17000", pair.common_dx_categories: {contains: "E11"}}
flag: [second]
exposure: {method: none}
explanation: "both for {pair.common_dx_categories}"
"""


def test_lines_have_a_diagnosis_category_in_common_by_its_first_three_characters(tmp_path: Path) -> None:
    dx = {"dx": ["E119", "I10", "E1165"]}
    lines: list[dict[str, Any]] = [
        {"code": "17000", "dx_ptr": [1, 2]} | dx, {"dx_ptr": [3]} | dx, {"dx_ptr": [2]} | dx, {"dx_ptr": [2, 3]} | dx
    ]  # fmt: skip
    found = audit(tmp_path, lines, rule(RELATED, role="second"))
    assert flagged(found) == [2, 4]
    assert found[0]["explanation"] == "both for E11"
