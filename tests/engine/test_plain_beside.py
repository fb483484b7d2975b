"""Absence and cascades in the second evaluator: windows, any date, keys that must be known, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from auditor.engine.plain_tables import Reach
from tests.engine.plain_world import DAY, Lines, evaluate, flagged, lines_of, rule, verdicts

LACKS = """
match:
  lines: [drug]
  when: {drug.code: A}
  absent: {line: given, same: [patient_id, provider_id], within: {window: {days: [-1, 2]}}, where: {given.code: B}}
"""


def drug_and(*given: dict[str, Any], **drug: Any) -> Lines:
    return lines_of({"code": "A"} | drug, *({"code": "B"} | item for item in given))


@pytest.mark.parametrize(("offset", "present"), [(-2, False), (-1, True), (0, True), (2, True), (3, False)])
def test_a_partner_in_the_window_is_present(offset: int, present: bool) -> None:
    assert flagged(
        evaluate(rule(LACKS), drug_and({"date_from": DAY + timedelta(offset)}))
    ) == [] * present + [0] * (not present)


def test_a_denied_partner_is_present_and_another_code_is_none() -> None:
    assert evaluate(rule(LACKS), drug_and({"denied": True})) == []
    assert flagged(evaluate(rule(LACKS), drug_and({"code": "C"}))) == [0]


def test_anchor_and_day_of_the_window_may_be_other_dates() -> None:
    text = LACKS.replace("{days: [-1, 2]}", "{days: [0, 0]}, anchor: received_date, day: discharge_date")
    asked, on = rule(text), date(2024, 9, 1)
    assert evaluate(asked, drug_and({"discharge_date": on}, received_date=on)) == []
    assert flagged(evaluate(asked, drug_and({"discharge_date": None}, received_date=on))) == [0]
    assert (
        evaluate(asked, drug_and({"discharge_date": on}, received_date=None)) == []
    )  # no window: nothing is told


BY_ROW = """
windows:
  listed: {by: mue.mai, values: {"2": {days: [0, 5]}}, citation: law}
match:
  lines: [drug]
  lookup: [{name: ncci_mue, as: mue, on: {code: drug.code}}]
  when: {drug.code: A}
  absent: {line: given, same: [patient_id], within: {window: listed}, where: {given.code: B}}
"""


@pytest.mark.parametrize(("mai", "wanted"), [("2", [0]), ("3", []), (None, [])])
def test_without_a_window_for_the_value_nothing_is_missing(mai: str | None, wanted: list[int]) -> None:
    assert flagged(evaluate(rule(BY_ROW), drug_and(), {"ncci_mue": [{"code": "A", "mai": mai}]})) == wanted


def test_a_partner_of_any_date_is_present_where_no_day_and_no_window_is_named() -> None:
    text = (
        "match:\n  lines: [drug]\n  when: {drug.code: A}\n"
        "  absent: {line: given, same: [patient_id], where: {given.code: B}}\n"
    )
    assert evaluate(rule(text), drug_and({"date_from": date(2019, 1, 1)})) == []
    assert flagged(evaluate(rule(text), drug_and({"code": "C"}))) == [0]


TWO_SETS = """
match:
  lines: [drug]
  when: {drug.code: A}
  absent:
    line: given
    any_of: [[patient_id, rendering_npi, service_day], [patient_id, billing_tin, rendering_specialty, service_day]]
    where: {given.code: B}
"""


@pytest.mark.parametrize(
    ("drug", "wanted"),
    [
        ({}, [0]),
        ({"rendering_npi": None}, []),
        ({"rendering_npi": None, "billing_tin": "T1"}, []),
        ({"rendering_npi": None, "billing_tin": "T1", "rendering_specialty": "08"}, []),
    ],
)
def test_a_line_without_all_the_keys_of_the_first_set_is_no_candidate(
    drug: dict[str, Any], wanted: list[int]
) -> None:
    assert flagged(evaluate(rule(TWO_SETS), drug_and(**drug))) == wanted


@pytest.mark.parametrize(
    ("drug", "given", "unknown"),
    [
        ({"billing_tin": "T1", "rendering_specialty": "08"}, {"code": "C"}, False),
        ({"billing_tin": "T1"}, {"code": "C"}, True),
        ({"billing_tin": "T1", "rendering_specialty": "08"}, {"rendering_npi": "1000000020"}, True),
        (
            {"billing_tin": "T1", "rendering_specialty": "08"},
            {"rendering_npi": "1000000020", "date_from": DAY + timedelta(1)},
            False,
        ),
    ],
)
def test_absence_is_unknown_where_a_key_that_would_tell_is_missing(
    drug: dict[str, Any], given: dict[str, Any], unknown: bool
) -> None:
    text = TWO_SETS.replace("{drug.code: A}", f"{{drug.code: A, absent.unknown: {str(unknown).lower()}}}")
    assert flagged(evaluate(rule(text), drug_and(given, **drug))) == [0]
    other = text.replace(str(unknown).lower(), str(not unknown).lower())
    assert evaluate(rule(other), drug_and(given, **drug)) == []


def beside(**more: Any) -> Lines:
    """A line under another payer, or a row set aside, of the patient of the others."""
    (line,) = lines_of({"code": "B", "payer_id": "Y"} | more)
    return [line | {"line_id": 99, "patient_key": -1, "claim_key": -1}]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, False),
        ({"date_from": DAY + timedelta(2)}, False),
        ({"date_from": DAY + timedelta(3)}, True),
        ({"code": "C"}, True),
        ({"rendering_npi": "1000000020"}, True),
        ({"rendering_npi": None}, False),
        ({"state": "set_aside", "payer_id": "X", "code": None}, False),
        ({"state": "set_aside", "code": None, "date_from": DAY + timedelta(3)}, True),
    ],
)
def test_what_may_stand_in_the_window_leaves_the_line_unjudged(other: dict[str, Any], told: bool) -> None:
    lines = drug_and()
    lines[0]["patient_key"] = 0
    assert (flagged(evaluate(rule(LACKS), lines, others=beside(**other))) == [0]) is told


def test_a_row_set_aside_without_its_day_belongs_to_its_claim() -> None:
    lines = drug_and()
    lines[0]["patient_key"] = 0
    (undated,) = beside(state="set_aside")
    undated |= {"date_from": None, "date_to": None}
    assert evaluate(rule(LACKS), lines, others=[undated]) == []
    assert flagged(evaluate(rule(LACKS), lines, others=[undated | {"claim_id": "Z"}])) == [0]


def test_a_row_set_aside_without_its_patient_belongs_to_its_claim() -> None:
    lines = drug_and()
    lines[0]["patient_key"] = 0
    (unnamed,) = beside(state="set_aside", patient_id=None)
    assert evaluate(rule(LACKS), lines, others=[unnamed]) == []
    assert flagged(evaluate(rule(LACKS), lines, others=[unnamed | {"claim_id": "Z"}])) == [0]


def test_what_lies_outside_the_claims_at_hand_leaves_the_line_unjudged() -> None:
    for first, last, told in ((-1, 2, True), (0, 2, False), (-1, 1, False)):
        reach = Reach("X", "medicare", DAY + timedelta(first), DAY + timedelta(last))
        assert (flagged(evaluate(rule(LACKS), drug_and(), reach=[reach])) == [0]) is told
        elsewhere = replace(reach, payer_id="Y")
        assert flagged(evaluate(rule(LACKS), drug_and(), reach=[elsewhere])) == [0]


@pytest.mark.parametrize(("days_before", "first", "told"), [(0, 0, True), (1, 0, False), (1, -1, True)])
def test_the_day_before_is_told_where_the_claims_at_hand_reach_it(
    days_before: int, first: int, told: bool
) -> None:
    text = LACKS.replace("within: {window: {days: [-1, 2]}}", f"days_before: {days_before}").replace(
        "provider_id]", "provider_id, service_day]"
    )
    reach = Reach("X", "medicare", DAY + timedelta(first), DAY)
    assert (flagged(evaluate(rule(text), drug_and(), reach=[reach])) == [0]) is told


@pytest.mark.parametrize(("offset", "unknown"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_a_line_of_the_day_before_without_a_key_leaves_absence_unknown(offset: int, unknown: bool) -> None:
    text = TWO_SETS.replace("{drug.code: A}", "{drug.code: A, absent.unknown: true}") + "    days_before: 1\n"
    given = {"rendering_npi": "1000000020", "date_from": DAY + timedelta(offset)}
    found = evaluate(rule(text), drug_and(given, billing_tin="T1", rendering_specialty="08"))
    assert (flagged(found) == [0]) is unknown


def test_a_line_of_the_patient_without_the_key_may_be_the_partner() -> None:
    lines = drug_and({"rendering_npi": None})
    for line in lines:
        line["patient_key"] = 0
    assert evaluate(rule(LACKS), lines) == []


def test_the_table_of_absent_partners_lists_them_on_the_flagged_lines_day() -> None:
    text = """
match:
  lines: [addon]
  when: {addon.code: A}
  absent:
    line: primary
    same: [patient_id]
    table: {name: ncci_aoc, as: listed, on: {addon: addon.code, primary_code: primary.code}}
"""
    row = {"addon": "A", "primary_code": "B", "effective": DAY}
    lines = drug_and({"date_from": DAY - timedelta(30)})
    assert evaluate(rule(text), lines, {"ncci_aoc": [row]}) == []
    assert flagged(evaluate(rule(text), lines, {"ncci_aoc": [row | {"effective": DAY + timedelta(1)}]})) == [
        0
    ]


def test_a_cascade_needs_all_its_primaries_of_any_day() -> None:
    text = """
match:
  lines: [addon]
  when: {addon.code: A}
  because: {not_payable: {all: primary}}
  primary: {same: [patient_id], where: {primary.code: B}}
"""
    earlier = rule(
        "match: {lines: [line], when: {line.pos: '99'}}\nconcludes: {not_payable: line}\n",
        "TEST-ERL-001",
        "integrity",
    )
    far = DAY + timedelta(300)
    lines = drug_and({"pos": "99"}, {"pos": "99", "date_from": far})
    found = [o for o in evaluate([earlier, rule(text)], lines) if o.rule_id == "TEST-ONE-001"]
    assert verdicts(found) == [(0, "fail", 1)]
    lines = drug_and({"pos": "99"}, {"date_from": far})
    assert [o for o in evaluate([earlier, rule(text)], lines) if o.rule_id == "TEST-ONE-001"] == []
    assert evaluate(rule(text), drug_and()) == []
