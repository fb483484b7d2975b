"""Lines alike: which of them is the original, and which are its copies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

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
