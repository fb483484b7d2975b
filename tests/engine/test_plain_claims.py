"""Whole claims in the second evaluator: what their lines add up to, and on which line the finding stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.engine.plain_world import DAY, Lines, evaluate, flagged, lines_of, rule

STAY: dict[str, Any] = {"claim_type": "institutional", "tob": "111", "billing_npi": "1000000038"}


def stay(when: str, tail: str = "exposure: {method: none}\n") -> Any:
    return rule(f"match: {{claims: [stay], when: {{{when}}}}}\n{tail}")


def claim(*given: dict[str, Any]) -> Lines:
    return lines_of(*(STAY | item for item in given))


TWO = (
    {"code": "A", "revenue_code": "0120", "paid": 10, "modifiers": ["X", "Y"], "date_to": DAY + timedelta(3)},
    {"code": "B", "revenue_code": None, "paid": 20, "charge": 7, "date_from": DAY - timedelta(1)},
    {"code": None, "revenue_code": "0250", "paid": None, "modifiers": ["X"]},
    {"code": "Z", "revenue_code": "0999", "paid": 500, "denied": True, "date_from": DAY - timedelta(9)},
)


@pytest.mark.parametrize(
    "when",
    [
        "stay.lines: 3",
        "stay.paid: 30.00",
        "stay.charge: 7.00",
        "stay.allowed: {exists: false}",
        f"stay.date_from: {DAY - timedelta(1)}",
        f"stay.service_date: {DAY - timedelta(1)}",
        f"stay.date_to: {DAY + timedelta(3)}",
        "stay.days: 5",
        "stay.codes: {contains: B}",
        "not: {stay.codes: {overlaps: [Z]}}",
        "stay.revenue_codes: {contains: '0250'}",
        "not: {stay.revenue_codes: {contains: '0999'}}",
        "stay.modifiers: {contains: 'Y'}",
        "stay.tob: '111'",
        "stay.claim_type: institutional",
    ],
)
def test_a_claim_is_what_its_lines_that_were_not_denied_add_up_to(when: str) -> None:
    (outcome,) = evaluate(stay(when), claim(*TWO))
    assert (outcome.line_id, outcome.partner, outcome.day) == (0, None, DAY - timedelta(1))


def test_the_length_of_a_stay_and_its_first_diagnosis() -> None:
    dates = {"admit_date": DAY, "discharge_date": DAY + timedelta(2), "dx": ["E119", "I10"]}
    asked = stay("stay.length_of_stay: 2, stay.principal_dx: E119")
    assert flagged(evaluate(asked, claim(dates))) == [0]
    assert evaluate(asked, claim(dates | {"discharge_date": None})) == []
    assert evaluate(asked, claim(dates | {"dx": []})) == []
    assert flagged(evaluate(stay("stay.principal_dx: {exists: false}"), claim({}))) == [0]


def test_what_every_line_has_of_its_own_is_read_from_the_first() -> None:
    lines = claim({"line_no": 2, "facility_npi": "F2"}, {"line_no": 1, "facility_npi": "F1"})
    assert flagged(evaluate(stay("stay.facility_npi: F1"), lines)) == [1]
    assert evaluate(stay("stay.facility_npi: F2"), lines) == []


def test_a_claim_at_stake_is_flagged_on_each_of_its_lines_and_else_on_the_first() -> None:
    lines = claim({"line_no": 3, "denied": True}, {"line_no": 2}, {"line_no": 1}, {"claim_id": "B"})
    assert flagged(evaluate(stay("stay.lines: {ge: 1}"), lines)) == [2, 3]
    assert flagged(evaluate(stay("stay.lines: {ge: 1}", ""), lines)) == [1, 2, 3]


def test_a_variant_decides_where_the_finding_stands() -> None:
    tail = (
        "variants: [{id: TEST-VAR-001, title: the whole claim, when: {stay.lines: 2}, exposure: {method: line}}]\n"
        "exposure: {method: none}\n"
    )
    lines = claim({}, {}, {"claim_id": "B"}, {"claim_id": "B"}, {"claim_id": "B"})
    outcomes = evaluate(stay("stay.lines: {ge: 1}", tail), lines)
    assert [(o.variant, o.line_id) for o in outcomes] == [
        ("TEST-VAR-001", 0),
        ("TEST-VAR-001", 1),
        ("TEST-ONE-001", 2),
    ]


def test_a_claim_is_within_a_rules_dates_by_its_own_first_day() -> None:
    began_before = claim({"date_from": DAY - timedelta(1)}, {})
    began_then = claim({"date_from": DAY}, {"date_from": DAY + timedelta(1)})
    tail = f"effective: {{from: {DAY}, to: {DAY}}}\n"
    assert evaluate(stay("stay.lines: 2", tail), began_before) == []
    assert flagged(evaluate(stay("stay.lines: 2", tail), began_then)) == [0, 1]


def test_the_age_is_that_on_the_first_day_of_the_claim_whichever_line_it_stands_on() -> None:
    born = {"birth_date": DAY}
    lines = claim(born | {"date_from": DAY + timedelta(400)}, born | {"date_from": DAY + timedelta(1)})
    assert flagged(evaluate(stay("stay.age: 0"), lines)) == [0]
    assert evaluate(stay("stay.age: 1"), lines) == []
