"""Sums over a month or all dates: what of a line stands above a limit, and which lines a sum shows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.tiny import DAY, audit, flagged, rule, shown

RUNNING = """\
match: {lines: [line], sum: {as: s, of: units, over: [patient_id], running: true}, when: {s.units: {gt: 4}}}
parameters: {most: {2020-01-01: {value: 4, citation: policy}}}
exposure: {method: excess_units, limit: $most}
explanation: "{s.before} and {line.units} units are {s.units}"
"""


def of_units(*units: int) -> list[dict[str, Any]]:
    """Lines of so many units, a day apart."""
    return [{"units": each, "date_from": DAY + timedelta(at)} for at, each in enumerate(units)]


def test_a_line_of_a_running_sum_is_at_stake_by_its_part_above_the_limit_and_never_by_more(
    tmp_path: Path,
) -> None:
    found = audit(tmp_path, of_units(3, 2, 2), rule(RUNNING))
    assert [(finding["line_no"], finding["exposure"]) for finding in found] == [
        (2, Decimal("5.00")),
        (3, Decimal("10.00")),
    ]


def test_a_running_sum_shows_the_lines_before_it_and_none_after(tmp_path: Path) -> None:
    found = audit(tmp_path, of_units(3, 2, 2, 2), rule(RUNNING))
    assert [shown(finding, "same sum") for finding in found] == [[1], [1, 2], [1, 2, 3]]


def test_a_sum_that_does_not_run_shows_every_other_line(tmp_path: Path) -> None:
    body = RUNNING.replace(", running: true", "").replace("{s.before} and ", "")
    found = audit(tmp_path, of_units(3, 1, 2), rule(body))
    assert [shown(finding, "same sum") for finding in found] == [[2, 3], [1, 3], [1, 2]]
    assert {finding["exposure"] for finding in found} == {Decimal("3.33")}


def test_a_line_counts_in_its_own_sum_though_the_window_leaves_its_day_out(tmp_path: Path) -> None:
    body = RUNNING.replace("running: true", "running: true, window: {days: [-9, -1]}")
    lines = [{"units": each, "date_from": DAY + timedelta(at)} for at, each in ((0, 3), (1, 2), (1, 2))]
    found = audit(tmp_path, lines, rule(body))
    assert [finding["explanation"] for finding in found] == ["3 and 2 units are 5"] * 2
    assert [shown(finding, "same sum") for finding in found] == [[1], [1]]


def test_a_sum_over_claims_is_that_of_each_patient(tmp_path: Path) -> None:
    body = RUNNING.replace("[patient_id]", "[claim_id]").replace(", running: true", "")
    body = body.replace("{s.before} and ", "")
    lines = [
        {"units": 3, "patient_id": "P"},
        {"units": 3, "patient_id": "Q"},
        {"units": 2, "patient_id": "Q"},
    ]
    assert flagged(audit(tmp_path, lines, rule(body))) == [2, 3]


MINUTES = """\
match:
  lines: [line]
  sum: {of: minutes, as: time, over: [patient_id, rendering_npi, date_from], where: {line.code: "99292"}}
  when: {time.units: {lt: 104}}
exposure: {method: none}
explanation: "{time.units} minutes on {time.lines} lines"
"""


def test_minutes_are_added_up_for_the_lines_of_one_first_day(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"code": "99292", "minutes": 30.5}, {"code": "99292", "minutes": 40}, {"code": "99292"},
        {"code": "99292", "minutes": 104, "date_from": DAY + timedelta(1)}, {"code": "99213", "minutes": 1},
    ]  # fmt: skip
    found = audit(tmp_path, lines, rule(MINUTES))
    assert [(item["line_no"], item["explanation"]) for item in found] == [
        (number, "70.5 minutes on 2 lines") for number in (1, 2)
    ]
