"""Lines alike: which of them is the original, and which are its copies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.matching.pairs import of_one_code_and_day
from tests.tiny import DAY, audit, flagged, pack, rule, shown

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


ALIKE = """\
match:
  lines: [one, two]
  same: [patient_id, code, service_day]
  when: {pair.flagged_is_later: true}
flag: [FLAG]
exposure: {method: none}
explanation: "after line {OTHER.line_no}"
"""


@pytest.mark.parametrize(("flag", "other"), [("one", "two"), ("two", "one")])
def test_of_two_lines_that_nothing_else_orders_the_later_one_is_found(
    tmp_path: Path, flag: str, other: str
) -> None:
    text = rule(ALIKE.replace("FLAG", flag).replace("OTHER", other), role=flag)
    lines: list[dict[str, Any]] = [
        {"claim_id": "B"},
        {"claim_id": "A", "line_no": 1},
        {"claim_id": "A", "line_no": 0},
    ]
    found = audit(tmp_path, lines, text)
    assert sorted((item["claim_id"], item["line_no"], item["explanation"]) for item in found) == [
        ("A", 1, "after line 0"), ("B", 1, "after line 0"), ("B", 1, "after line 1"),
    ]  # fmt: skip
    one = text.replace("  when:", f"  one: {other}\n  when:")
    found = audit(tmp_path, lines, one)
    assert sorted((item["claim_id"], item["line_no"], item["explanation"]) for item in found) == [
        ("A", 1, "after line 0"), ("B", 1, "after line 0"),
    ]  # fmt: skip


TWICE = ALIKE.replace("FLAG", "two").replace("OTHER", "one")


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
    assert flagged(audit(tmp_path, lines, rule(TWICE, role="two"))) == found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", True),
        ("same: [patient_id, code, service_day]", "same: [patient_id, service_day]", False),
        ("same: [patient_id, code, service_day]", "same: [patient_id, code, claim_id]", False),
        (
            "same: [patient_id, code, service_day]",
            "same: [patient_id, code]\n  within: {two: {of: one, window: {days: [0, 9]}}}",
            False,
        ),
    ],
)
def test_which_rules_are_about_one_code_and_day(tmp_path: Path, old: str, new: str, expected: bool) -> None:
    (made,) = pack(tmp_path, rule(TWICE.replace(old, new) if old else TWICE, role="two")).rules
    assert made.match is not None and of_one_code_and_day(made.match) is expected
