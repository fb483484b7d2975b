"""Sums in the second evaluator: of a day without a table, of months and years, running, and within a window."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.engine.plain_world import DAY, Row, evaluate, flagged, lines_of, rule


def summed(said: str, when: str, more: str = "") -> Any:
    return rule(f"match:\n  lines: [line]\n  sum: {{as: total, {said}}}\n  when: {{{when}}}\n{more}")


def units(*given: Any, **more: Any) -> list[dict[str, Any]]:
    return [{"units": item, "date_from": DAY + timedelta(at)} | more for at, item in enumerate(given)]


def test_a_day_without_a_table_adds_spans_by_their_days() -> None:
    two_days = {"units": 4, "date_from": DAY, "date_to": DAY + timedelta(1)}
    asked = summed("of: day_units, over: [patient_id, code, service_day]", "total.units: {ge: 3}")
    outcomes = evaluate(asked, lines_of({"units": 1}, two_days, {"units": None}, {"code": None, "units": 9}))
    assert [(o.line_id, o.day) for o in outcomes] == [(0, DAY), (1, DAY)]


def test_a_day_of_lines_without_units_has_no_sum() -> None:
    asked = rule(
        """
match:
  lines: [line]
  sum: {of: day_units, as: total, over: [patient_id, code, service_day]}
  table: {name: ncci_mue, as: mue, on: {code: line.code}}
  when: {total.units: {exists: false}, total.lines: 1}
"""
    )
    rows: dict[str, list[Row]] = {"ncci_mue": [{"code": "A", "value": 2}]}
    assert flagged(evaluate(asked, lines_of({"units": None}), rows)) == [0]
    assert evaluate(asked, lines_of({"units": 0}), rows) == []


@pytest.mark.parametrize(
    ("period", "wanted"),
    [("month, ", [1, 2]), ("year, ", [1, 2, 3]), ("", [0, 1, 2, 3])],
)
def test_a_period_is_the_calendars(period: str, wanted: list[int]) -> None:
    at = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1)]
    lines = lines_of(*({"date_from": day} for day in at))
    asked = summed(f"of: units, over: [{period}patient_id, code]", "total.units: {ge: 2}")
    outcomes = evaluate(asked, lines)
    assert flagged(outcomes) == wanted and [o.day for o in outcomes] == [at[n] for n in wanted]


def test_a_span_counts_once_and_whole_on_its_first_day() -> None:
    span = {"units": 4, "date_from": date(2024, 1, 31), "date_to": date(2024, 2, 2)}
    asked = summed("of: units, over: [patient_id, month]", "total.units: 4, total.date: 2024-01-31")
    assert flagged(evaluate(asked, lines_of(span, {"date_from": date(2024, 2, 1), "units": 1}))) == [0]


@pytest.mark.parametrize(
    ("of", "test", "wanted"),
    [
        (
            "paid",
            "total.amount: 30.00, total.units: {exists: false}, total.max_units: {exists: false}",
            [0, 1],
        ),
        ("charge", "total.amount: 5.00", [2]),
        ("lines", "total.units: 3, total.lines: 3, total.max_units: 1", [0, 1, 2]),
        (
            "units",
            "total.units: 3, total.lines: 2, total.max_units: 2, total.amount: {exists: false}",
            [0, 1],
        ),
        ("units", "total.before: {exists: false}, total.amount_before: {exists: false}", [0, 1]),
    ],
)
def test_lines_without_what_is_summed_do_not_count(of: str, test: str, wanted: list[int]) -> None:
    lines = lines_of({"paid": 10}, {"paid": 20, "units": 2}, {"paid": None, "units": None, "charge": 5})
    assert flagged(evaluate(summed(f"of: {of}, over: [patient_id]", test), lines)) == wanted


@pytest.mark.parametrize(("before", "wanted"), [(0, [0]), (1, [1]), (3, [2]), (6, [])])
def test_a_running_sum_stands_at_each_line(before: int, wanted: list[int]) -> None:
    asked = summed("of: units, over: [patient_id], running: true", f"total.before: {before}")
    assert flagged(evaluate(asked, lines_of(*units(1, 2, 3)))) == wanted


def test_a_running_sum_goes_by_date_then_claim_then_line() -> None:
    asked = summed("of: units, over: [patient_id], running: true", "total.units: {gt: 2}")
    lines = lines_of(
        {"claim_id": "B", "line_no": 1},
        {"claim_id": "A", "line_no": 2},
        {"claim_id": "A", "line_no": 1},
        {"claim_id": "Z", "date_from": DAY - timedelta(1)},
    )
    assert flagged(evaluate(asked, lines)) == [0, 1]


def test_a_running_sum_of_money_tells_what_stood_before() -> None:
    asked = summed(
        "of: paid, over: [patient_id], running: true", "total.amount_before: 10.00, total.amount: 30.00"
    )
    assert flagged(evaluate(asked, lines_of({"paid": 10}, {"paid": 20}, {"paid": 5}))) == [1]


def test_a_running_sum_begins_again_with_each_period() -> None:
    asked = summed("of: units, over: [patient_id, year], running: true", "total.before: 0")
    at = [date(2023, 12, 30), date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 1)]
    assert flagged(evaluate(asked, lines_of(*({"date_from": day} for day in at)))) == [0, 2]


def test_a_window_keeps_the_lines_in_it_that_come_no_later() -> None:
    asked = summed(
        "of: units, over: [patient_id], running: true, window: {days: [-1, 5]}",
        "total.units: 3, total.before: 2, total.lines: 3",
    )
    day = DAY + timedelta(1)
    lines = lines_of(
        {}, {"date_from": day}, {"date_from": day}, {"date_from": day}, {"date_from": DAY - timedelta(1)}
    )
    assert flagged(evaluate(asked, lines)) == [2]


def test_the_line_itself_counts_though_the_window_ends_before_it() -> None:
    asked = summed(
        "of: units, over: [patient_id], running: true, window: {days: [-2, -1]}",
        "total.units: 3, total.before: 2",
    )
    assert flagged(evaluate(asked, lines_of(*units(1, 1, 1, 1)))) == [2, 3]


def test_lines_count_on_any_date_of_the_rule_but_are_flagged_in_its_own() -> None:
    asked = summed(
        "of: units, over: [patient_id], where: {line.code: A}",
        "total.units: 2",
        f"effective: {{from: {DAY}}}\n",
    )
    lines = lines_of({"date_from": DAY - timedelta(1)}, {}, {"code": "B"}, {"denied": True})
    assert flagged(evaluate(asked, lines)) == [1]


def test_a_key_that_is_missing_counts_nowhere() -> None:
    asked = summed("of: lines, over: [patient_id, rendering_npi]", "total.lines: {ge: 1}")
    assert flagged(evaluate(asked, lines_of({}, {"rendering_npi": None, "provider_id": "X"}))) == [0]


def test_a_table_is_asked_on_the_lines_first_day() -> None:
    asked = rule(
        """
match:
  lines: [line]
  sum: {of: units, as: total, over: [patient_id, code, year]}
  table: {name: ncci_mue, as: mue, on: {code: line.code}}
  when: {total.units: {gt: $mue.value}}
"""
    )
    rows: list[Row] = [{"code": "A", "value": 2, "effective": DAY + timedelta(1)}, {"code": "A", "value": 1}]
    outcomes = evaluate(asked, lines_of(*units(1, 1)), {"ncci_mue": rows}, until=DAY + timedelta(1))
    assert [(o.line_id, o.row) for o in outcomes] == [(0, 1), (1, 1)]
    assert flagged(evaluate(asked, lines_of(*units(1, 1)), {"ncci_mue": rows}, until=DAY)) == [0]
    outcomes = evaluate(asked, lines_of(*units(1, 2)), {"ncci_mue": rows})
    assert [(o.line_id, o.row) for o in outcomes] == [(0, 1), (1, 0), (1, 1)]
