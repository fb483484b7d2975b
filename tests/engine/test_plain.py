"""The second evaluator on lines and rows written by hand: it is read as the law, so it is tested against the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from auditor.base.resources import resource_dir
from auditor.engine.plain import Answer, Outcome, PlainEvaluator, Tables
from auditor.engine.plain_conditions import day_units, holds, reader
from auditor.rules import model as m
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.case_tables import FAR, LONG_AGO, make_line

DAY = date(2024, 7, 10)
TABLES = ("ncci_ptp", "ncci_mue", "ncci_aoc", "ncci_aoc_code", "coverage", "coverage_policy")
Row = dict[str, Any]


@cache
def shipped(*names: str) -> RuleSet:
    return load_packs([resource_dir("rulesets")], names)


def lines_of(*given: dict[str, Any]) -> list[dict[str, Any]]:
    return [make_line(number, {"date_from": DAY, "paid": 10} | fields) for number, fields in enumerate(given)]


def evaluate(
    names: Sequence[str], lines: list[dict[str, Any]], rows: Mapping[str, list[Row]], until: date = FAR
) -> list[Outcome]:
    """Outcomes of shipped rules; every table answers from long ago until ``until``."""
    numbered = {
        name: [
            {"row_no": at, "edition": "test", "effective": LONG_AGO, "deleted": FAR} | row
            for at, row in enumerate(rows.get(name, []))
        ]
        for name in TABLES
    }
    answers = [
        Answer(name, "*", LONG_AGO, until) for name in ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage")
    ]
    pack = shipped(*names)
    evaluator = PlainEvaluator(pack.rules, pack.overrides, Tables(numbered, answers), dx_ptr_known=True)
    return evaluator.evaluate(lines)


def told(outcomes: Sequence[Outcome]) -> list[tuple[str, int, str, int]]:
    return sorted((o.variant, o.line_id, o.verdict, o.level) for o in outcomes)


def pair(one: str, two: str, indicator: str = "1", **fields: Any) -> Row:
    return {
        "setting": "practitioner",
        "column_1": one,
        "column_2": two,
        "modifier_indicator": indicator,
    } | fields


def test_a_pair_in_force_names_both_lines_the_day_and_the_row() -> None:
    lines = lines_of({"code": "B"}, {"code": "A"})
    (outcome,) = evaluate(["NCCI-PTP-001"], lines, {"ncci_ptp": [pair("X", "Y"), pair("A", "B", "0")]})
    assert outcome == Outcome("NCCI-PTP-001", "NCCI-PTP-002", 0, 1, DAY, 1, "fail", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"effective": DAY + timedelta(1)},
        {"deleted": DAY - timedelta(1)},
        {"setting": "outpatient_hospital"},
        {"modifier_indicator": "9"},
    ],
)
def test_a_row_that_does_not_apply_is_none(change: dict[str, Any]) -> None:
    rows = [pair("A", "B") | change]
    assert evaluate(["NCCI-PTP-001"], lines_of({"code": "A"}, {"code": "B"}), {"ncci_ptp": rows}) == []


def test_a_table_that_does_not_answer_judges_nothing() -> None:
    lines = lines_of({"code": "A"}, {"code": "B"})
    assert evaluate(["NCCI-PTP-001"], lines, {"ncci_ptp": [pair("A", "B")]}, DAY - timedelta(1)) == []
    assert len(evaluate(["NCCI-PTP-001"], lines, {"ncci_ptp": [pair("A", "B")]}, DAY)) == 1


def test_a_chain_is_demoted_on_professional_claims_only() -> None:
    rows = [pair("A", "B"), pair("B", "C")]
    lines = lines_of({"code": "A"}, {"code": "B"}, {"code": "C"})
    assert told(evaluate(["NCCI-PTP-001"], lines, {"ncci_ptp": rows})) == [
        ("NCCI-PTP-001", 1, "fail", 1),
        ("NCCI-PTP-001", 2, "fail", 2),
    ]


def test_a_sum_of_a_day_flags_every_line_and_each_day_of_a_span() -> None:
    lines = lines_of(
        {"code": "A", "units": 2}, {"code": "A", "units": 4, "date_from": DAY, "date_to": DAY + timedelta(1)}
    )
    rows = [{"setting": "practitioner", "code": "A", "value": 2, "mai": "2"}]
    outcomes = evaluate(["NCCI-MUE-002"], lines, {"ncci_mue": rows})
    assert {(o.line_id, o.day) for o in outcomes} == {(0, DAY), (1, DAY)}
    outcomes = evaluate(["NCCI-MUE-002"], lines, {"ncci_mue": [rows[0] | {"value": 1}]})
    assert {(o.line_id, o.day) for o in outcomes} == {(0, DAY), (1, DAY), (1, DAY + timedelta(1))}


def addon_rows(*pairs: tuple[str, str]) -> dict[str, list[Row]]:
    return {
        "ncci_aoc": [{"edit_type": "1", "addon": addon, "primary_code": primary} for addon, primary in pairs],
        "ncci_aoc_code": [
            {"edit_type": "1", "addon": addon} for addon in sorted({addon for addon, _ in pairs})
        ],
    }


def test_an_addon_without_primary_and_one_whose_primaries_fell() -> None:
    rows = addon_rows(("A", "P"), ("B", "A"))
    lines = lines_of({"code": "A"}, {"code": "B"})
    assert told(evaluate(["addon"], lines, rows)) == [
        ("NCCI-AOC-001", 0, "fail", 1),
        ("NCCI-AOC-003", 1, "fail", 1),
    ]
    lines = lines_of({"code": "P", "denied": True}, {"code": "A"}, {"code": "B"})
    assert told(evaluate(["addon"], lines, rows)) == [
        ("NCCI-AOC-003", 1, "fail", 2),
        ("NCCI-AOC-003", 2, "fail", 2),
    ]


def test_addons_in_a_circle_stand() -> None:
    assert (
        evaluate(["addon"], lines_of({"code": "A"}, {"code": "B"}), addon_rows(("A", "B"), ("B", "A"))) == []
    )


def policy(code: str, requires: str = "any", groups: int = 1) -> Row:
    return {
        "policy_key": 0, "article": "A1", "version": "1", "code": code, "jurisdiction": "*", "requires": requires,
        "exhaustive": True, "groups": groups,
    }  # fmt: skip


def listed(first: str, last: str | None = None, group: int = 1) -> Row:
    return {"policy_key": 0, "code": "A", "dx_from": first, "dx_to": last, "dx_group": group}


@pytest.mark.parametrize(
    ("dx", "pointed", "outcome"),
    [
        (["E119"], [1], []),
        (["E11"], [1], []),
        (["E13"], [1], [("COV-LCD-001", 0, "fail", 1)]),
        (["E109", "I10"], [1, 2], []),
        (["Z00", "I10"], [1], [("COV-LCD-002", 0, "fail", 2)]),
        ([], [], []),
    ],
)
def test_a_diagnosis_meets_a_range_or_a_single_code(
    dx: list[str], pointed: list[int], outcome: list[Any]
) -> None:
    """The policy lists E11 to E11 with all its subdivisions, and I10; without any diagnosis nothing can be told."""
    lines = lines_of({"code": "A", "dx": dx, "dx_ptr": pointed})
    rows = {"coverage_policy": [policy("A")], "coverage": [listed("E11", "E11"), listed("I10")]}
    assert told(evaluate(["COV-LCD-001"], lines, rows)) == outcome


@pytest.mark.parametrize(("dx", "met"), [(["E11"], False), (["I10"], False), (["I10", "E11"], True)])
def test_a_policy_may_ask_for_one_of_every_group(dx: list[str], met: bool) -> None:
    lines = lines_of({"code": "A", "dx": dx, "dx_ptr": list(range(1, len(dx) + 1))})
    rows = {"coverage_policy": [policy("A", "all", 2)], "coverage": [listed("E11"), listed("I10", group=2)]}
    assert (evaluate(["COV-LCD-001"], lines, rows) == []) is met


def test_an_earlier_fall_makes_a_pair_moot() -> None:
    """No shipped rule comes before the pairs; so a rule of an earlier stratum is made of one of the modifier rules."""
    (earlier,) = shipped("MOD-LAT-001").rules
    sides = replace(earlier, family="integrity", class_rule=m.ClassRule("definite"), concludes="line")
    (pairs,) = shipped("NCCI-PTP-001").rules
    rows: dict[str, list[Row]] = {name: [] for name in TABLES} | {
        "ncci_ptp": [pair("A", "B", "0") | {"row_no": 0, "effective": LONG_AGO, "deleted": FAR}]
    }
    tables = Tables(rows, [Answer("ncci_ptp", "*", LONG_AGO, FAR)])
    lines = lines_of({"code": "A", "modifiers": ["LT", "RT"]}, {"code": "B"})
    outcomes = PlainEvaluator([sides, pairs], [], tables, dx_ptr_known=True).evaluate(lines)
    assert told(outcomes) == [("MOD-LAT-001", 0, "fail", 1), ("NCCI-PTP-002", 1, "moot", 1)]


@pytest.mark.parametrize(
    ("day", "payer", "verdict"),
    [
        (date(2023, 12, 31), "EXAMPLE-HEALTH", "fail"),
        (date(2024, 1, 1), "EXAMPLE-HEALTH", "suppressed"),
        (date(2026, 12, 31), "EXAMPLE-HEALTH", "suppressed"),
        (date(2027, 1, 1), "EXAMPLE-HEALTH", "fail"),
        (date(2024, 7, 1), "OTHER", "fail"),
    ],
)
def test_an_override_sets_aside_what_it_names_in_its_time(day: date, payer: str, verdict: str) -> None:
    rows = addon_rows(("A", "P"))
    for row in (*rows["ncci_aoc"], *rows["ncci_aoc_code"]):
        row["edit_type"] = "3"
    lines = lines_of({"code": "A", "date_from": day, "payer_id": payer})
    assert [o.verdict for o in evaluate(["NCCI-AOC-002"], lines, rows)] == [verdict]


# ---- its parts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "days", "wanted"),
    [
        (None, 1, None),
        (None, 3, None),
        ("1.5", 1, "1.5"),
        ("5", 2, "3"),
        ("3", 2, "2"),
        ("4", 3, "1"),
        ("-5", 2, "-3"),
    ],
)
def test_units_of_a_day(units: str | None, days: int, wanted: str | None) -> None:
    line = {"units": units and Decimal(units), "date_from": DAY, "date_to": DAY + timedelta(days - 1)}
    assert day_units(line) == (wanted and Decimal(wanted))


def test_units_of_a_line_without_a_day_are_its_own() -> None:
    assert day_units({"units": Decimal(5), "date_from": DAY, "date_to": None}) == 5


def test_the_amount_is_the_first_that_is_known() -> None:
    read = reader(m.FieldRef("line", "amount", "line", "money"), True)
    assert read({"line": {"paid": 0, "allowed": 5, "charge": 9}}, {}) == 0
    assert read({"line": {"paid": None, "allowed": 5, "charge": 9}}, {}) == 5
    assert read({"line": {"paid": None, "allowed": None, "charge": None}}, {}) is None


def test_a_parameter_without_a_value_on_the_day_meets_nothing_and_no_list() -> None:
    parameters = {
        "one": m.Parameter("one", ((date(2020, 1, 1), "59"),), ""),
        "many": m.Parameter("many", ((date(2020, 1, 1), ("59",)),), ""),
    }
    code = m.FieldRef("line", "code", "line", "text")

    def on(op: str, name: str, day: date) -> bool:
        return holds(m.Test(code, op, m.ParameterRef(name)), parameters, True)(
            {"line": {"code": "59"}}, day, {}
        )

    assert [on(op, "one", date(2019, 12, 31)) for op in ("eq", "ne")] == [False, False]
    assert [on(op, "one", date(2020, 1, 1)) for op in ("eq", "ne")] == [True, False]
    assert [on(op, "many", date(2019, 12, 31)) for op in ("in", "not_in")] == [False, True]
    assert [on(op, "many", date(2020, 1, 1)) for op in ("in", "not_in")] == [True, False]


def test_rows_are_asked_by_columns_and_a_missing_value_meets_none() -> None:
    rows: list[Row] = [{"code": "A", "mai": None}, {"code": "A", "mai": "2"}]
    tables = Tables({"ncci_mue": rows}, [Answer("ncci_mue", "practitioner", DAY, DAY)])
    assert tables.where("ncci_mue", ("code",), ("A",)) == rows
    assert tables.where("ncci_mue", ("code", "mai"), ("A", "2")) == rows[1:]
    assert tables.where("ncci_mue", ("code", "mai"), ("A", None)) == ()
    assert tables.where("ncci_mue", ("code",), ("B",)) == ()
    assert tables.answers_on("ncci_mue", "practitioner", DAY)
    assert not tables.answers_on("ncci_mue", "practitioner", DAY + timedelta(1))
    assert not tables.answers_on("ncci_mue", "dme", DAY) and not tables.answers_on("ncci_ptp", "dme", DAY)
