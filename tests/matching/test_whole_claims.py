"""Claims as a whole: the days from the first of service to the last, both counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.matching.columns import needed
from auditor.rules.fields import RARE_FIELDS
from tests.tiny import DAY, audit, flagged, pack, rule

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


CODES = """\
match:
  claims: [stay]
  when: {stay.condition_codes: {contains: "44"}, stay.admit_type: "1", stay.other_payer_paid: {ge: 30}}
exposure: {method: none}
explanation: "{stay.occurrence_codes}, {stay.value_codes}, {stay.payer_sequence}, {stay.other_payer_paid}"
"""


def test_a_claim_has_the_codes_of_its_header_and_what_other_payers_paid_for_its_lines(tmp_path: Path) -> None:
    first = {
        "condition_codes": ["44", "D9"], "occurrence_codes": ["11:20240105"], "value_codes": ["80:5"],
        "admit_type": "1", "payer_sequence": "S", "other_payer_paid": 10,
    }  # fmt: skip
    lines: list[dict[str, Any]] = [first, {"other_payer_paid": 20}, {"claim_id": "B", "line_no": 1} | first]
    found = audit(tmp_path, lines, rule(CODES))
    assert [finding["explanation"] for finding in found] == ["11:20240105, 80:5, S, 30.00"]
    assert audit(tmp_path, [first, {"other_payer_paid": 20, "denied": True}], rule(CODES)) == []


def test_only_a_rule_that_reads_what_few_feeds_have_needs_it(tmp_path: Path) -> None:
    needs = needed(pack(tmp_path, rule(CODES)).rules[0])
    assert {"condition_codes", "admit_type", "other_payer_paid", "value_codes"} <= needs
    assert not needed(pack(tmp_path, rule(CLAIM)).rules[0]) & RARE_FIELDS.keys()
