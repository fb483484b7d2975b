"""Pairs, groups, tables beside one line and lookups in the second evaluator, by examples made from the language."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.engine.plain_world import DAY, Row, evaluate, flagged, lines_of, rule

AFTER = """
windows:
  after: {days: [1, 10], citation: law}
match:
  lines: [surgery, visit]
  same: [patient_id, provider_id]
  within: {visit: {of: surgery, window: after}}
  when: {all: [{surgery.code: A}, {visit.code: B}]}
flag: [visit]
"""


def days(*offsets: int, code: str = "B") -> list[dict[str, Any]]:
    return [{"code": code, "date_from": DAY + timedelta(n)} for n in offsets]


def test_both_ends_of_the_window_between_two_lines_count() -> None:
    lines = lines_of({"code": "A"}, *days(-1, 0, 1, 10, 11))
    outcomes = evaluate(rule(AFTER), lines)
    assert [(o.line_id, o.partner, o.day) for o in outcomes] == [
        (3, 0, DAY + timedelta(1)),
        (4, 0, DAY + timedelta(10)),
    ]


@pytest.mark.parametrize(
    "change", [{"rendering_npi": None}, {"rendering_npi": "1000000020"}, {"denied": True}]
)
def test_a_line_without_the_key_or_denied_stands_in_neither_role(change: dict[str, Any]) -> None:
    surgery, visit = {"code": "A"}, {"code": "B", "date_from": DAY + timedelta(1)}
    assert flagged(evaluate(rule(AFTER), lines_of(surgery, visit))) == [1]
    assert evaluate(rule(AFTER), lines_of(surgery, visit | change)) == []
    assert evaluate(rule(AFTER), lines_of(surgery | change, visit)) == []


def test_the_window_is_laid_around_the_anchor_and_held_against_the_day_that_are_named() -> None:
    text = AFTER.replace("window: after}", "window: after, anchor: discharge_date, day: date_to}")
    stay = {"code": "A", "date_to": DAY + timedelta(5), "discharge_date": DAY + timedelta(5)}
    visit = {"code": "B", "date_from": DAY + timedelta(15), "date_to": DAY + timedelta(16)}
    assert evaluate(rule(text), lines_of(stay, visit)) == []
    assert flagged(evaluate(rule(text), lines_of(stay, visit | {"date_to": visit["date_from"]}))) == [1]
    assert evaluate(rule(text), lines_of(stay | {"discharge_date": None}, visit)) == []


def test_a_month_after_the_31_of_january_ends_in_february() -> None:
    text = AFTER.replace("{days: [1, 10], citation: law}", "{months: [0, 1], citation: law}")
    january = {"code": "A", "date_from": date(2024, 1, 31)}
    at = [{"code": "B", "date_from": date(2024, month, day)} for month, day in ((1, 31), (2, 29), (3, 1))]
    assert flagged(evaluate(rule(text), lines_of(january, *at))) == [1, 2]


BY_INDICATOR = """
windows:
  global: {by: fee.modifier_indicator, values: {"0": {days: [0, 0]}, "1": {days: [-1, 10]}}, citation: law}
match:
  lines: [surgery, visit]
  same: [patient_id]
  lookup: [{name: ncci_ptp, as: fee, on: {column_1: surgery.code}, in_force_on: surgery.service_date}]
  within: {visit: {of: surgery, window: global}}
  when: {all: [{surgery.code: A}, {visit.code: B}]}
flag: [visit]
"""


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([{"modifier_indicator": "1"}], [1, 2, 3]),
        ([{"modifier_indicator": "0"}], [2]),
        ([{"modifier_indicator": "9"}], []),
        ([{"modifier_indicator": None}], []),
        ([], []),
        ([{"modifier_indicator": "0", "row_no": 7}, {"modifier_indicator": "1", "row_no": 3}], [1, 2, 3]),
        ([{"modifier_indicator": "1", "deleted": DAY}], [1, 2, 3]),
        ([{"modifier_indicator": "1", "deleted": DAY - timedelta(1)}], []),
    ],
)
def test_a_lookup_names_the_window_and_a_value_not_named_has_none(rows: list[Row], wanted: list[int]) -> None:
    """The row of the lowest number in force on the surgery's day, where a publication answers for it."""
    listed = [{"column_1": "A", "column_2": "X"} | row for row in rows]
    lines = lines_of({"code": "A"}, *days(-1, 0, 10, 11))
    outcomes = evaluate(rule(BY_INDICATOR), lines, {"ncci_ptp": listed}, until=DAY)
    assert flagged(outcomes) == wanted and all(o.row is None for o in outcomes)
    assert evaluate(rule(BY_INDICATOR), lines, {"ncci_ptp": listed}, until=DAY - timedelta(1)) == []


def test_a_pair_of_one_claim_needs_no_day_and_asks_its_table_on_the_flagged_lines_first() -> None:
    text = """
match:
  lines: [column_1, column_2]
  same: [claim_id]
  table: {name: ncci_ptp, as: edit, on: {column_1: column_1.code, column_2: column_2.code}}
  when: {pair.shared_day: {exists: false}}
"""
    row = {"column_1": "A", "column_2": "B", "effective": DAY + timedelta(30)}
    lines = lines_of(
        {"code": "A"}, *days(29, 30), {"code": "B", "claim_id": "Z", "date_from": DAY + timedelta(30)}
    )
    outcomes = evaluate(rule(text), lines, {"ncci_ptp": [row]})
    assert [(o.line_id, o.partner, o.day, o.row) for o in outcomes] == [(2, 0, DAY + timedelta(30), 0)]


def test_a_pair_of_a_shared_day_needs_no_table() -> None:
    text = "match: {lines: [one, two], same: [patient_id, service_day], when: {one.code: A, two.code: B}}\n"
    span = {"code": "A", "date_from": DAY, "date_to": DAY + timedelta(2)}
    outcomes = evaluate(rule(text), lines_of(span, *days(-1, 0, 2, 3)))
    assert [(o.line_id, o.day) for o in outcomes] == [(2, DAY), (3, DAY + timedelta(2))]


def test_a_line_is_no_pair_with_itself_and_two_alike_are_two_pairs() -> None:
    text = "match: {lines: [one, two], same: [patient_id, code, service_day]}\n"
    assert evaluate(rule(text), lines_of({})) == []
    assert [(o.line_id, o.partner) for o in evaluate(rule(text), lines_of({}, {}))] == [(0, 1), (1, 0)]


# ---- one line and a table ------------------------------------------------------------------------------

LISTED = """
match:
  lines: [line]
  table: {name: ncci_mue, as: mue, on: {code: line.code, setting: line.setting}}
  when: {mue.value: {lt: 5}}
"""


def test_a_line_stands_once_for_each_row_in_force_that_a_publication_answers_for() -> None:
    rows: list[Row] = [
        {"code": "A", "setting": "practitioner", "value": 1},
        {"code": "A", "setting": "practitioner", "value": 4, "deleted": DAY},
        {"code": "A", "setting": "practitioner", "value": 4, "deleted": DAY - timedelta(1)},
        {"code": "A", "setting": "practitioner", "value": 9},
        {"code": "A", "setting": "dme", "value": 1},
    ]
    outcomes = evaluate(rule(LISTED), lines_of({}, {"code": None}), {"ncci_mue": rows}, until=DAY)
    assert [(o.line_id, o.row) for o in outcomes] == [(0, 0), (0, 1)]
    assert evaluate(rule(LISTED), lines_of({}), {"ncci_mue": rows}, until=DAY - timedelta(1)) == []


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ("mue.value: {exists: false}", [1]),
        ("mue.value: {lt: 5}", [0]),
        ("mue.mai: {ne: '2'}", [1]),
        ("mue.mai: {in: ['2', '3']}", [0]),
        ("mue.effective: {le: $line.date_from}", [0]),
    ],
)
def test_a_lookup_decides_nothing_and_has_no_values_where_no_row_is_in_force(
    test: str, wanted: list[int]
) -> None:
    text = (
        "match:\n  lines: [line]\n  lookup: [{name: ncci_mue, as: mue, on: {code: line.code}}]\n"
        f"  when: {{{test}}}\n"
    )
    rows = [{"code": "A", "value": 1, "mai": "2"}]
    assert flagged(evaluate(rule(text), lines_of({}, {"code": "B"}), {"ncci_mue": rows})) == wanted


# ---- groups --------------------------------------------------------------------------------------------

COPIES = """
match:
  lines: [original, copy]
  group:
    same: [patient_id, code, date_from, modifiers]
    order: [received_date, paid]
    where: {original.units: {gt: 0}}
flag: [copy]
"""


def test_every_later_line_of_a_group_is_a_copy_of_the_first() -> None:
    lines = lines_of(
        {"received_date": None},
        {"received_date": date(2024, 8, 2), "paid": 5},
        {"received_date": date(2024, 8, 1), "paid": None},
        {"received_date": date(2024, 8, 1), "paid": 7},
    )
    outcomes = evaluate(rule(COPIES), lines)
    assert [(o.line_id, o.partner, o.day) for o in outcomes] == [(0, 3, DAY), (1, 3, DAY), (2, 3, DAY)]


def test_claim_and_line_decide_where_the_order_does_not() -> None:
    lines = lines_of({"claim_id": "B"}, {"claim_id": "A", "line_no": 9}, {"claim_id": "A", "line_no": 2})
    assert [(o.line_id, o.partner) for o in evaluate(rule(COPIES), lines)] == [(0, 2), (1, 2)]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, [1]),
        ({"modifiers": ["B", "A"]}, [1]),
        ({"modifiers": ["A"]}, []),
        ({"modifiers": ["A", "B", "B"]}, []),
        ({"date_from": DAY + timedelta(1)}, []),
        ({"units": 0}, []),
        ({"units": None}, []),
        ({"denied": True}, []),
        ({"code": None}, []),
        ({"line_of_business": "medicaid"}, []),
    ],
)
def test_modifiers_are_alike_in_any_order_and_a_missing_key_is_like_nothing(
    change: dict[str, Any], wanted: list[int]
) -> None:
    one: dict[str, Any] = {"modifiers": ["A", "B"]}
    assert flagged(evaluate(rule(COPIES), lines_of(one, one | change))) == wanted
    if "units" not in change:
        missing = one | change
        assert (len(evaluate(rule(COPIES), lines_of(missing, missing))) == 1) is (
            not {"denied", "code"} & set(change)
        )


def test_the_shared_day_of_a_copy_is_missing_where_there_is_none() -> None:
    text = """
match:
  lines: [original, copy]
  group: {same: [patient_id, code], order: [date_from]}
  when: {pair.shared_day: {exists: false}, pair.split_claim: true}
"""
    lines = lines_of({}, {"claim_id": "B"}, {"claim_id": "B", "date_from": DAY + timedelta(400)})
    assert flagged(evaluate(rule(text), lines)) == [2]


def test_only_the_flagged_line_is_asked_whether_the_rule_was_in_force() -> None:
    dated = AFTER + f"effective: {{from: {DAY}, to: {DAY + timedelta(5)}}}\n"
    before = {"code": "A", "date_from": DAY - timedelta(2)}
    assert flagged(evaluate(rule(dated), lines_of(before, *days(-1, 0, 5, 6)))) == [2, 3]
    about_the_surgery = dated.replace("flag: [visit]", "flag: [surgery]")
    assert evaluate(rule(about_the_surgery), lines_of(before, *days(0))) == []
    on_the_last_day = {"code": "A", "date_from": DAY + timedelta(5)}
    assert flagged(evaluate(rule(about_the_surgery), lines_of(on_the_last_day, *days(8)))) == [0]


def test_a_copy_is_one_though_the_first_stood_before_the_rule() -> None:
    text = f"""
match: {{lines: [first, again], group: {{same: [patient_id, code], order: [service_date]}}}}
effective: {{from: {DAY}}}
"""
    assert flagged(evaluate(rule(text), lines_of(*days(-2, -1, 0, 1)))) == [2, 3]
