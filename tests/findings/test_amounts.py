"""What is at stake above a limit, and in which units: of a line, of a day of a span, of dollars summed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from tests.tiny import DAY, audit, flagged, rule

UNITS = """\
parameters: {most: {2020-01-01: {value: 5, citation: policy}}}
match: {lines: [line], when: {line.units: {gt: $most}}}
exposure: {method: excess_units, limit: $most}
"""


@pytest.mark.parametrize("last", [DAY, DAY + timedelta(1), DAY + timedelta(9)])
def test_units_above_a_limit_of_a_line_are_the_same_part_however_many_days_it_spans(
    tmp_path: Path, last: date
) -> None:
    (finding,) = audit(tmp_path, [{"units": 30, "date_to": last, "paid": 300}], rule(UNITS))
    assert finding["exposure"] == Decimal("250.00")


def test_units_of_a_day_of_a_span_are_a_part_of_each_of_its_days(tmp_path: Path) -> None:
    by_day = rule(UNITS.replace("line.units", "line.day_units"))
    (finding,) = audit(tmp_path, [{"units": 30, "date_to": DAY + timedelta(2), "paid": 300}], by_day)
    assert finding["exposure"] == Decimal("150.00")


DOLLARS = """\
parameters: {cap: {2020-01-01: {value: 100, citation: policy}}}
match:
  lines: [line]
  sum: {of: paid, as: total, over: [patient_id, month]}
  when: {total.amount: {gt: 100.00}}
exposure: {method: excess_units, limit: $cap}
"""


def test_a_limit_of_dollars_is_in_dollars(tmp_path: Path) -> None:
    lines = [{"paid": 100}, {"paid": 50}]
    assert [item["exposure"] for item in audit(tmp_path, lines, rule(DOLLARS))] == [
        Decimal("33.33"),
        Decimal("16.67"),
    ]


def test_a_claim_has_no_units_above_a_limit(tmp_path: Path) -> None:
    of_claims = UNITS.replace("lines: [line], when: {line.units: {gt: $most}}", "claims: [stay]")
    with pytest.raises(InputRefused, match="a claim has no units"):
        audit(tmp_path, [{}], rule(of_claims, role="stay"))


def test_a_factor_keeps_the_six_decimals_of_a_number(tmp_path: Path) -> None:
    body = """\
match:
  lines: [line]
  table: {name: ncci_mue, as: row, on: {code: line.code}}
  when: {line.paid: {gt: {of: line.allowed, times: 0.3333, plus: 0.01}}}
exposure: {method: line}
"""
    rows = {"ncci_mue": [{"setting": "practitioner", "code": "99213", "value": 1, "mai": "1"}]}
    lines = [{"allowed": "30.00", "paid": "10.01"}, {"allowed": "30.00", "paid": "10.00"}]
    assert flagged(audit(tmp_path, lines, rule(body), tables=rows)) == [1]
