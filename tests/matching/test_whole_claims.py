"""Claims as a whole: the days from the first of service to the last, both counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.tiny import DAY, audit, flagged, rule

CLAIM = """\
match: {claims: [stay], when: {stay.days: {ge: 3}}}
exposure: {method: none}
explanation: "{stay.days} days"
"""


@pytest.mark.parametrize(("after", "wanted"), [(1, []), (2, ["3 days"]), (3, ["4 days"])])
def test_a_claims_days_are_those_of_its_lines_both_ends_counted(
    tmp_path: Path, after: int, wanted: list[str]
) -> None:
    lines = [{}, {"date_from": DAY + timedelta(after)}]
    assert [finding["explanation"] for finding in audit(tmp_path, lines, rule(CLAIM))] == wanted


def test_a_claim_of_one_long_line_has_that_lines_days(tmp_path: Path) -> None:
    assert flagged(audit(tmp_path, [{"date_to": DAY + timedelta(2)}], rule(CLAIM))) == [1]
    assert flagged(audit(tmp_path, [{"date_to": DAY + timedelta(1)}], rule(CLAIM))) == []
