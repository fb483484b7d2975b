"""Values and overrides in the second evaluator: computed values, parameters of some lines, lowered classes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auditor.engine.plain_fields import columns_for
from tests.engine.plain_world import DAY, evaluate, flagged, lines_of, override, rule, scoped, verdicts


def single(when: str, tail: str = "") -> Any:
    return rule(f"match: {{lines: [line], when: {{{when}}}}}\n{tail}")


@pytest.mark.parametrize(
    ("when", "line", "wanted"),
    [
        ("line.paid: {gt: {of: line.allowed, times: 1.5}}", {"paid": "0.05", "allowed": "0.03"}, True),
        ("line.paid: {gt: {of: line.allowed, times: 1.5}}", {"paid": "0.04", "allowed": "0.03"}, False),
        (
            "line.paid: {eq: {of: line.allowed, times: 1.5, plus: 2.00}}",
            {"paid": "3.50", "allowed": "1.00"},
            True,
        ),
        ("line.paid: {eq: {of: line.allowed, plus: -2.00}}", {"paid": "1.00", "allowed": "3.00"}, True),
        ("line.paid: {gt: {of: line.allowed, times: 2}}", {"allowed": None}, False),
        ("line.paid: {ne: {of: line.allowed, times: 2}}", {"allowed": None}, True),
        ("line.units: {le: {of: line.days, times: 0.5}}", {"units": Decimal("0.5")}, True),
        (
            "line.received_date: {gt: {of: line.date_from, plus_days: 365}}",
            {"received_date": DAY + timedelta(366)},
            True,
        ),
        (
            "line.received_date: {gt: {of: line.date_from, plus_days: 365}}",
            {"received_date": DAY + timedelta(365)},
            False,
        ),
        ("line.received_date: {gt: {of: line.date_from, plus_days: 365}}", {"received_date": None}, False),
        (
            "line.paid_date: {eq: {of: line.date_from, plus_months: -1, plus_days: 1}}",
            {"paid_date": date(2024, 6, 11)},
            True,
        ),
    ],
)
def test_a_value_may_be_a_field_that_is_multiplied_moved_or_added_to(
    when: str, line: dict[str, Any], wanted: bool
) -> None:
    assert (flagged(evaluate(single(when), lines_of(line))) == [0]) is wanted


@pytest.mark.parametrize(("day", "wanted"), [(date(2024, 2, 29), True), (date(2024, 3, 1), False)])
def test_a_month_after_the_end_of_january_is_the_end_of_february(day: date, wanted: bool) -> None:
    asked = single("line.received_date: {le: {of: line.date_from, plus_months: 1}}")
    lines = lines_of({"date_from": date(2024, 1, 31), "received_date": day})
    assert (flagged(evaluate(asked, lines)) == [0]) is wanted


LIMIT = "parameters:\n  limit: {2024-07-10: {value: 30, citation: law}}\n"


def test_what_is_added_may_be_a_parameter_by_date_and_without_a_value_nothing_holds() -> None:
    for op in ("gt", "ne"):
        asked = single(f"line.received_date: {{{op}: {{of: line.date_from, plus_days: $limit}}}}", LIMIT)
        lines = lines_of({"received_date": DAY + timedelta(31)})
        assert flagged(evaluate(asked, lines)) == [0]
        early = lines_of({"date_from": DAY - timedelta(1), "received_date": DAY + timedelta(90)})
        assert evaluate(asked, early) == []


# ---- parameters of some lines --------------------------------------------------------------------------

MOST = "parameters:\n  most: {2024-01-01: {value: 3, citation: law}}\n"


def mine(value: Any, when: str = "{line.payer_id: ACME}", **more: Any) -> Any:
    return override("OVR-SET-001", "set_parameter", when, parameter="most", value=value, **more)


@pytest.mark.parametrize(
    ("line", "dates", "wanted"),
    [
        ({}, {}, False),
        ({"payer_id": "ACME"}, {}, True),
        ({"payer_id": "ACME"}, {"from": DAY, "expires": DAY}, True),
        ({"payer_id": "ACME"}, {"from": DAY + timedelta(1)}, False),
        ({"payer_id": "ACME"}, {"expires": DAY - timedelta(1)}, False),
    ],
)
def test_an_override_gives_its_lines_a_parameter_in_its_dates(
    line: dict[str, Any], dates: dict[str, Any], wanted: bool
) -> None:
    asked = scoped(single("line.units: {gt: $most}", MOST), mine(1, **dates))
    assert (flagged(evaluate(asked, lines_of({"units": 2} | line))) == [0]) is wanted


def test_the_first_override_that_holds_wins() -> None:
    asked = scoped(scoped(single("line.units: {gt: $most}", MOST), mine(5)), mine(0))
    assert evaluate(asked, lines_of({"units": 4, "payer_id": "ACME"})) == []
    asked = scoped(single("line.units: {gt: $most}", MOST), mine(0, "{line.payer_id: OTHER}"))
    assert flagged(evaluate(scoped(asked, mine(1)), lines_of({"units": 2, "payer_id": "ACME"}))) == [0]


def test_a_field_of_a_line_asks_for_that_line_and_another_for_the_flagged_one() -> None:
    text = (
        "match: {lines: [one, two], same: [patient_id, service_day], when: {%s: {gt: $most}}}\n"
        "flag: [two]\nparameters:\n  most: {2024-01-01: {value: 9, citation: law}}\n"
    )
    change = override(
        "OVR-SET-001", "set_parameter", "{line.billing_npi: '1000000038'}", parameter="most", value=1
    )
    lines = lines_of({"units": 5, "billing_npi": "1000000038"}, {"units": 5})
    assert flagged(evaluate(scoped(rule(text % "one.units"), change), lines)) == [1]
    assert flagged(evaluate(scoped(rule(text % "two.units"), change), lines)) == [0]
    summed = (
        "match: {lines: [line], sum: {of: units, as: total, over: [patient_id]}, when: {total.units: {gt: $most}}}\n"
        "parameters:\n  most: {2024-01-01: {value: 99, citation: law}}\n"
    )
    assert flagged(evaluate(scoped(rule(summed), change), lines)) == [0]


def test_a_parameter_in_what_is_counted_is_the_counted_lines_own() -> None:
    text = (
        "match: {lines: [line], sum: {of: units, as: total, over: [patient_id], where: {line.units: {gt: $most}}},"
        " when: {total.lines: 1}}\n" + MOST
    )
    lines = lines_of({"units": 2, "billing_npi": "1000000038"}, {"units": 2})
    change = override(
        "OVR-SET-001", "set_parameter", "{line.billing_npi: '1000000038'}", parameter="most", value=1
    )
    assert flagged(evaluate(scoped(rule(text), change), lines)) == [0]


def test_a_claim_asks_for_its_first_line_whichever_is_flagged() -> None:
    text = "match: {claims: [stay], when: {stay.lines: {gt: $most}}}\n" + MOST
    lines = lines_of({"billing_npi": "1000000038"}, {})
    change = override(
        "OVR-SET-001", "set_parameter", "{line.billing_npi: '1000000038'}", parameter="most", value=1
    )
    assert flagged(evaluate(scoped(rule(text), change), lines)) == [0, 1]
    assert evaluate(scoped(rule(text), change), lines_of({}, {"billing_npi": "1000000038"})) == []


def test_a_limit_of_visits_is_the_flagged_visits_own() -> None:
    text = (
        "match: {lines: [visit], sequence: {same: [patient_id], window: {days: [-9, 0]}, limit: $most}}\n"
        + MOST
    )
    change = override("OVR-SET-001", "set_parameter", "{line.mac: M1}", parameter="most", value=1)
    lines = lines_of({}, {}, {"mac": "M1"})
    assert flagged(evaluate(scoped(rule(text), change), lines)) == [2]


# ---- findings that an override sets aside or lowers ----------------------------------------------------

PLAIN = "match: {lines: [line]}\nconcludes: {not_payable: line}\n"


def test_the_first_override_that_sets_aside_wins_over_any_that_lowers() -> None:
    lowers = override("OVR-A-001", "reclassify", "{line.units: {ge: 0}}", to="risk")
    aside = override("OVR-B-001", "suppress", "{line.pos: '24'}")
    lines = lines_of({}, {"pos": "24"})
    assert verdicts(evaluate(rule(PLAIN), lines, overrides=[lowers, aside])) == [
        (0, "fail", 3),
        (1, "suppressed", 1),
    ]


def test_the_first_override_that_lowers_wins_and_none_raises() -> None:
    probable = override("OVR-A-001", "reclassify", "{line.pos: '24'}", to="probable")
    risk = override("OVR-B-001", "reclassify", "{line.units: {ge: 0}}", to="risk")
    lines = lines_of({}, {"pos": "24"})
    assert verdicts(evaluate(rule(PLAIN), lines, overrides=[probable, risk])) == [
        (0, "fail", 3),
        (1, "fail", 2),
    ]
    sure = rule(PLAIN, base="risk")
    assert verdicts(evaluate(sure, lines, overrides=[probable])) == [(0, "fail", 3), (1, "fail", 3)]


def test_a_lowered_finding_is_a_lesser_premise_and_one_at_risk_is_none() -> None:
    later = rule("match: {lines: [line]}\nunless: {not_payable: line}\n", "TEST-LTR-001", "payer")
    for to, wanted in (("probable", "fail"), ("risk", "fail"), ("", "moot")):
        lowered = [override("OVR-A-001", "reclassify", "{line.pos: '11'}", to=to)] if to else []
        outcomes = evaluate([rule(PLAIN), later], lines_of({}), overrides=lowered)
        assert [o.verdict for o in outcomes if o.rule_id == "TEST-LTR-001"] == [wanted]


CASCADE = """
match:
  lines: [addon]
  when: {addon.code: B}
  because: {not_payable: {all: primary}}
  primary: {same: [patient_id, service_day], where: {primary.code: A}}
concludes: {not_payable: addon}
"""


@pytest.mark.parametrize(("to", "wanted"), [("probable", [("fail", 2)]), ("risk", [])])
def test_what_hangs_on_a_lowered_line_needs_a_record_and_on_one_at_risk_stands(
    to: str, wanted: list[tuple[str, int]]
) -> None:
    first = rule("match: {lines: [line], when: {line.code: A}}\nconcludes: {not_payable: line}\n")
    lowered = override("OVR-A-001", "reclassify", "{line.code: A}", to=to)
    hangs = rule(CASCADE, "TEST-ZZZ-001", "payer")
    outcomes = evaluate([first, hangs], lines_of({}, {"code": "B"}), overrides=[lowered])
    assert [(o.verdict, o.level) for o in outcomes if o.rule_id == "TEST-ZZZ-001"] == wanted


def test_a_cascade_may_be_lowered_itself() -> None:
    first = rule("match: {lines: [line], when: {line.code: A}}\nconcludes: {not_payable: line}\n")
    hangs = rule(CASCADE, "TEST-ZZZ-001", "payer")
    lowered = override("OVR-A-001", "reclassify", "{line.code: B}", "payer", to="probable")
    outcomes = evaluate([first, hangs], lines_of({}, {"code": "B"}), overrides=[lowered])
    assert verdicts(outcomes) == [(0, "fail", 1), (1, "fail", 2)]


# ---- columns -------------------------------------------------------------------------------------------


def test_the_columns_that_a_rule_reads_are_found_wherever_they_stand() -> None:
    text = """
windows:
  w: {by: one.drg, values: {"1": {days: [0, 0]}}, citation: law}
parameters:
  most: {2024-01-01: {value: 3, citation: law}}
match:
  lines: [one, two]
  same: [patient_id, billing_tin]
  within: {two: {of: one, window: w, anchor: discharge_date, day: admit_date}}
  lookup: [{name: ncci_mue, as: mue, on: {code: one.mac}}]
  when: {one.age: {gt: 3}, two.units: {gt: $most}, two.sex: {ne: $one.locality}}
bypass: {two.paid_date: {gt: {of: one.received_date, plus_days: 3}}}
"""
    change = override("OVR-SET-001", "set_parameter", "{line.plan_id: P}", parameter="most", value=1)
    assert columns_for(scoped(rule(text), change)) == {
        "admit_date", "billing_tin", "birth_date", "date_from", "discharge_date", "drg", "locality", "mac",
        "paid_date", "patient_id", "plan_id", "received_date", "sex", "units",
    }  # fmt: skip
    claim = rule("match: {claims: [stay], when: {stay.codes: {contains: A}, stay.length_of_stay: {gt: 1}}}\n")
    assert columns_for(claim) == {"code", "admit_date", "discharge_date"}
