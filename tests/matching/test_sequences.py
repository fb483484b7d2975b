"""Visits in the order of their dates: which earlier ones a finding shows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.tiny import DAY, audit, rule, shown

VISITS = """\
match: {lines: [line], sequence: {same: [patient_id], window: {days: [-9, 0]}, limit: 2, restart: every, as: clock}}
exposure: {method: line}
explanation: "{clock.earlier} visits before, {clock.limit} allowed"
"""


def test_a_visit_too_many_shows_all_the_earlier_ones_in_its_window(tmp_path: Path) -> None:
    lines = [{"date_from": DAY + timedelta(at)} for at in (0, 3, 6, 12)]
    found = audit(tmp_path, lines, rule(VISITS))
    assert [(finding["line_no"], finding["explanation"]) for finding in found] == [
        (3, "2 visits before, 2 allowed"),
        (4, "2 visits before, 2 allowed"),
    ]
    assert [shown(finding, "earlier") for finding in found] == [[1, 2], [2, 3]]
