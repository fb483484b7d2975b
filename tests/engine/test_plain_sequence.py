"""Sequences in the second evaluator: which visits stand, by examples of the frequency limits of the manuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from auditor.rules import model as m
from tests.engine.plain_world import DAY, Lines, Row, evaluate, lines_of, override, rule, verdicts

ONCE_IN_12_MONTHS = """
windows:
  eleven_months: {months: [-11, 0], whole_months: true, citation: law}
match:
  lines: [visit]
  sequence: {same: [patient_id, code], window: eleven_months, limit: 1, as: clock, where: {visit.code: A}}
concludes: {not_payable: visit}
"""


def text(
    limit: Any = 1,
    window: str = "{days: [-9, 0]}",
    more: str = "",
    when: str = "",
    inside: str = "",
    tail: str = "",
) -> str:
    said = f"  when: {when}\n" if when else ""
    return (
        "match:\n  lines: [visit]\n"
        f"  sequence: {{same: [patient_id, code], window: {window}, limit: {limit}{more}}}\n"
        f"{inside}{said}concludes: {{not_payable: visit}}\n{tail}"
    )


def visits(*offsets: int, **more: Any) -> Lines:
    return lines_of(*({"date_from": DAY + timedelta(n)} | more for n in offsets))


def failing(given: m.Rule | Sequence[m.Rule], lines: Lines, **more: Any) -> list[int]:
    return [line for line, verdict, _ in verdicts(evaluate(given, lines, **more)) if verdict == "fail"]


def test_a_visit_that_is_not_payable_does_not_restart_the_clock() -> None:
    """Months 0, 6 and 12: only month 6 falls, because 11 full months have passed since month 0."""
    lines = lines_of(*({"date_from": date(2023 + n // 12, 1 + n % 12, 15)} for n in (0, 6, 12)))
    assert failing(rule(ONCE_IN_12_MONTHS), lines) == [1]


def test_every_visit_restarts_the_clock_where_the_rule_says_so() -> None:
    assert failing(rule(text(more=", restart: every")), visits(0, 6, 12)) == [1, 2]
    assert failing(rule(text()), visits(0, 6, 12)) == [1]


@pytest.mark.parametrize(("offset", "wanted"), [(9, [1]), (10, [])])
def test_the_first_day_of_the_window_counts(offset: int, wanted: list[int]) -> None:
    assert failing(rule(text()), visits(0, offset)) == wanted


def test_visits_of_one_day_stand_in_the_order_of_claim_and_line() -> None:
    lines = lines_of({"claim_id": "B"}, {"claim_id": "A", "line_no": 2}, {"claim_id": "A", "line_no": 1})
    assert failing(rule(text()), lines) == [0, 1]


def test_a_window_that_ends_the_day_before_leaves_out_those_of_the_day() -> None:
    assert failing(rule(text(window="{days: [-9, -1]}")), visits(0, 0, 1)) == [2]


def test_two_may_stand_where_the_limit_is_two() -> None:
    assert failing(rule(text(limit=2)), visits(0, 1, 2, 3, 10)) == [2, 3]


def test_a_limit_may_follow_from_a_parameter_by_date_or_from_a_row() -> None:
    dated = "parameters:\n  most: {2024-01-01: {value: 2, citation: law}, 2024-07-12: {value: 1, citation: law}}\n"
    assert failing(rule(text(limit="$most", tail=dated)), visits(0, 1, 2)) == [2]
    assert failing(rule(text(limit="$most", tail=dated)), visits(-400, -399)) == []
    row = text(limit="$mue.value", inside="  table: {name: ncci_mue, as: mue, on: {code: visit.code}}\n")
    rows: dict[str, list[Row]] = {"ncci_mue": [{"code": "A", "value": 2}, {"code": "A", "value": None}]}
    outcomes = evaluate(rule(row), visits(0, 1, 2), rows)
    assert [(o.line_id, o.row, o.verdict) for o in outcomes] == [(2, 0, "fail")]


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ("{clock.earlier: 2}", [2]),
        ("{clock.limit: 1}", [1, 2]),
        ("{clock.last: 2024-07-11}", [2]),
        ("{clock.start: 2024-07-02}", [1]),
    ],
)
def test_the_clock_tells_of_the_visits_before(test: str, wanted: list[int]) -> None:
    assert failing(rule(text(when=test, more=", restart: every")), visits(0, 1, 2)) == wanted


def test_a_visit_that_the_rule_is_not_about_stands_whatever_came_before() -> None:
    """The second is no possible finding, so it stands beside the first, and the third has one to fall by."""
    asked = rule(text(when="{visit.pos: '11'}"))
    lines = lines_of({}, {"pos": "24", "date_from": DAY + timedelta(6)}, {"date_from": DAY + timedelta(12)})
    assert failing(asked, lines) == [2]


def test_visits_before_the_rule_came_into_force_count_and_are_not_flagged() -> None:
    asked = rule(text(tail=f"effective: {{from: {DAY}}}\n"))
    assert failing(asked, visits(-2, -1, 1)) == [2]


def test_a_denied_line_and_one_without_a_key_are_no_visits() -> None:
    lines = lines_of({"denied": True}, {"code": None}, {"code": "B"}, {})
    assert failing(rule(text()), lines) == []


def test_a_lifted_visit_is_payable_and_bypassed_only_where_it_would_have_fallen() -> None:
    asked = rule(text(tail="bypass: {visit.modifiers: {contains: KX}}\n"))
    lines = visits(0, 6, 12)
    lines[1]["modifiers"] = ["KX"]
    assert verdicts(evaluate(asked, lines)) == [(1, "bypassed", 1), (2, "fail", 1)]
    lines[0]["modifiers"] = ["KX"]
    assert verdicts(evaluate(asked, lines)) == [(1, "bypassed", 1), (2, "fail", 1)]


def test_an_overridden_visit_is_payable() -> None:
    aside = override("OVR-ONE-001", "suppress", "{line.pos: '24'}")
    lines = visits(0, 6, 12)
    lines[1]["pos"] = "24"
    assert verdicts(evaluate(rule(text()), lines, overrides=[aside])) == [
        (1, "suppressed", 1),
        (2, "fail", 1),
    ]


def test_a_finding_lowered_to_an_amount_at_risk_leaves_its_visit_payable() -> None:
    lowered = override("OVR-ONE-001", "reclassify", "{line.pos: '24'}", to="risk")
    lines = visits(0, 6, 12)
    lines[1]["pos"] = "24"
    assert verdicts(evaluate(rule(text()), lines, overrides=[lowered])) == [(1, "fail", 3), (2, "fail", 1)]
    probable = override("OVR-ONE-001", "reclassify", "{line.pos: '24'}", to="probable")
    assert verdicts(evaluate(rule(text()), lines, overrides=[probable])) == [(1, "fail", 2)]


# ---- what an earlier stratum found ---------------------------------------------------------------------

EARLIER = "match: {lines: [line], when: {line.pos: '99'}}\nconcludes: {not_payable: line}\n"


def earlier(base: str) -> m.Rule:
    return rule(EARLIER, "TEST-ERL-001", "integrity", base)


def test_a_visit_that_fell_earlier_does_not_count() -> None:
    lines = visits(0, 6, 12)
    lines[0]["pos"] = "99"
    outcomes = [
        o for o in evaluate([rule(text()), earlier("definite")], lines) if o.rule_id != "TEST-ERL-001"
    ]
    assert verdicts(outcomes) == [(2, "fail", 1)]


def test_two_readings_where_an_earlier_fall_needs_a_record() -> None:
    """As payable, the first fells the second and the third stands. As not payable, the second fells the third."""
    lines = visits(0, 6, 12)
    lines[0]["pos"] = "99"
    outcomes = [
        o for o in evaluate([rule(text()), earlier("probable")], lines) if o.rule_id != "TEST-ERL-001"
    ]
    assert verdicts(outcomes) == [(1, "fail", 2), (2, "fail", 2)]


def test_what_falls_in_both_readings_is_as_sure_as_the_rule() -> None:
    lines = visits(0, 1, 2)
    lines[0]["pos"] = "99"
    outcomes = [
        o for o in evaluate([rule(text()), earlier("probable")], lines) if o.rule_id != "TEST-ERL-001"
    ]
    assert verdicts(outcomes) == [(1, "fail", 2), (2, "fail", 1)]


def test_a_risk_of_an_earlier_stratum_brings_nothing_down() -> None:
    lines = visits(0, 6)
    lines[0]["pos"] = "99"
    assert (1, "fail", 1) in verdicts(evaluate([rule(text()), earlier("risk")], lines))


def test_a_visit_that_fell_earlier_is_moot_and_would_have_fallen() -> None:
    asked = rule(text(tail="unless: {not_payable: visit}\n"))
    lines = visits(0, 6, 12)
    lines[1]["pos"] = "99"
    outcomes = [o for o in evaluate([asked, earlier("definite")], lines) if o.rule_id != "TEST-ERL-001"]
    assert verdicts(outcomes) == [(1, "moot", 1)]
    lines[0]["pos"] = "99"
    outcomes = [o for o in evaluate([asked, earlier("definite")], lines) if o.rule_id != "TEST-ERL-001"]
    assert verdicts(outcomes) == []


def test_what_a_sequence_concludes_is_a_premise_of_later_strata() -> None:
    later = rule(
        "match: {lines: [one, two], same: [patient_id, service_day], when: {one.code: A, two.code: B}}\n"
        "unless: {not_payable: one}\n",
        "TEST-LTR-001",
        "payer",
    )
    lines = lines_of({}, {"date_from": DAY + timedelta(1)}, {"code": "B", "date_from": DAY + timedelta(1)})
    assert verdicts(evaluate([rule(text()), later], lines)) == [(2, "moot", 1), (1, "fail", 1)]
    silent = replace(rule(text()), concludes=None)
    assert verdicts(evaluate([silent, later], lines)) == [(2, "fail", 1), (1, "fail", 1)]
