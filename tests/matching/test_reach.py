"""Absence is told of the days that the claims at hand reach, and of no others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from tests.findings.worlds import World, audited, findings
from tests.tiny import DAY

ABSENT = """
WINDOWS
match:
  lines: [line]
  when: {line.code: "97110"}
  absent: {line: evaluation, where: {evaluation.code: "97161"}, SOUGHT}
flag: [line]
exposure: {direction: over, method: line, basis: paid}
explanation: "{line.code} was processed without denial."
"""
YEAR = "same: [patient_id], within: {window: {months: [-12, 0]}}"
BEGINS = "the days on which it may stand begin before the claims at hand, so that its absence cannot be told"
ENDS = "the days on which it may stand end after the claims at hand, so that its absence cannot be told"


def told_each(
    folder: Path,
    *cases: Sequence[dict[str, Any]],
    sought: str = YEAR,
    bounded: bool = True,
    windows: str = "",
    partitions: int = 1,
    body: str = ABSENT,
) -> list[list[tuple[str, str]]]:
    """Verdict and reason of what is found of a visit on DAY beside the lines of each case, which has its own payer."""
    whole = []
    for number, lines in enumerate(cases):
        common = {"claim_id": f"A{number}", "patient_id": f"P{number}", "code": "97110", "date_from": DAY}
        common |= {"payer_id": f"X{number}", "paid": 10}
        whole += [common | {"line_no": at} | line for at, line in enumerate([{}, *lines], 1)]
    text = tiny.rule(body.replace("SOUGHT", sought).replace("WINDOWS", windows))
    world = World(whole, {}, tiny.ANSWERS, True, bounded)
    with audited(world, rules=tiny.pack(folder, text), partitions=partitions) as con:
        found = [row for row in findings(con) if row["line_no"] == 1]
    return [
        [(row["verdict"], row["reason"] or "") for row in found if row["claim_id"] == f"A{number}"]
        for number in range(len(cases))
    ]


def other(day: date, **more: Any) -> dict[str, Any]:
    """A line of another patient on a day, by which the claims reach so far."""
    return {"patient_id": "P2", "code": "99213", "date_from": day, "claim_id": "Z"} | more


FAIL, EARLY, LATE = [("fail", "")], [("not_evaluated", BEGINS)], [("not_evaluated", ENDS)]


@pytest.mark.slow
def test_a_window_that_begins_before_the_claims_proves_no_absence(tmp_path: Path) -> None:
    cases = [[], [other(date(2023, 7, 11))], [other(date(2023, 7, 10))]]
    for partitions in (1, 2):  # the patients stand in different partitions
        assert told_each(tmp_path, *cases, partitions=partitions) == [EARLY, EARLY, FAIL]
    assert told_each(tmp_path, *cases, bounded=False) == [FAIL, FAIL, FAIL]


def test_a_partner_that_is_found_is_present_however_far_the_window_reaches(tmp_path: Path) -> None:
    assert told_each(tmp_path, [{"code": "97161", "date_from": DAY - timedelta(3)}]) == [[]]


def test_each_payer_and_line_of_business_has_its_own_reach(tmp_path: Path) -> None:
    far = date(2020, 1, 1)
    cases: list[list[dict[str, Any]]] = []
    for elsewhere in ({"payer_id": "Y"}, {"payer_id": None}, {"line_of_business": "medicaid"}):
        cases += [[other(far, **elsewhere)], [other(far), other(DAY, **elsewhere)]]
    assert told_each(tmp_path, *cases) == [EARLY, FAIL] * 3
    assert told_each(tmp_path, [other(far, state="set_aside")]) == [EARLY]


def test_a_window_that_ends_after_the_claims_proves_no_absence(tmp_path: Path) -> None:
    sought = "same: [patient_id], within: {window: {days: [0, 2]}}"
    cases = [[], [other(DAY + timedelta(1))], [other(DAY + timedelta(2))]]
    assert told_each(tmp_path, *cases, sought=sought) == [LATE, LATE, FAIL]


@pytest.mark.parametrize(("window", "wanted"), [("[null, 0]", EARLY), ("[0, null]", LATE)])
def test_an_open_window_reaches_outside_whatever_is_at_hand(
    window: str, wanted: list[tuple[str, str]], tmp_path: Path
) -> None:
    far = [other(date(1990, 1, 1)), other(date(2090, 1, 1))]
    sought = f"same: [patient_id], within: {{window: {{days: {window}}}}}"
    assert told_each(tmp_path, far, sought=sought) == [wanted]
    assert told_each(tmp_path, far, sought=sought, bounded=False) == [FAIL]


@pytest.mark.parametrize(
    "sought",
    [
        "same: [patient_id, service_day]",
        "same: [claim_id]",
        "same: [patient_id]",
        "same: [patient_id], within: {window: {days: [0, 0]}}",
    ],
)
def test_the_days_of_the_line_and_no_stated_time_are_asked_of_the_claims_at_hand(
    sought: str, tmp_path: Path
) -> None:
    assert told_each(tmp_path, [], sought=sought) == [FAIL]


def test_the_day_before_must_be_at_hand_where_it_is_searched(tmp_path: Path) -> None:
    sought = 'same: [patient_id, service_day], days_before: {days: 1, when: {line.pos: "11"}}'
    cases = [[], [other(DAY - timedelta(1))]]
    assert told_each(tmp_path, *cases, sought=sought) == [EARLY, FAIL]
    assert told_each(tmp_path, *cases, sought=sought.replace("11", "22")) == [FAIL, FAIL]


def test_the_window_that_the_value_of_a_field_chooses_is_the_one_that_is_asked(tmp_path: Path) -> None:
    chosen = 'windows: {own: {by: line.pos, values: {"11": SPAN, "22": {days: [0, 0]}}, citation: policy}}'
    sought, cases = "same: [patient_id], within: {window: own}", [[], [other(DAY - timedelta(1))]]
    for span, wanted in (("{days: [-1, 0]}", [EARLY, FAIL]), ("{days: [0, 0]}", [FAIL, FAIL])):
        windows = chosen.replace("SPAN", span)
        assert told_each(tmp_path, *cases, sought=sought, windows=windows) == wanted


BECAUSE = """
match:
  lines: [line]
  when: {line.code: "97110"}
  because: {not_payable: {all: primary}}
  primary: {same: [patient_id, service_day], where: {primary.code: "97161"}, days_before: 1}
flag: [line]
exposure: {direction: over, method: line, basis: paid}
explanation: "{line.code} was processed without denial."
"""


def test_a_cascade_is_not_told_where_a_further_primary_may_stand_before_the_claims(tmp_path: Path) -> None:
    denied = {"code": "97161", "denied": True}
    found = told_each(tmp_path, [denied], [denied, other(DAY - timedelta(1))], body=BECAUSE)
    assert [[row[0] for row in case] for case in found] == [["not_evaluated"], ["fail"]]
    assert found[0] == EARLY
