"""The cases inside rule files: those of every shipped rule hold, and a case that does not hold is told as such."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from auditor.base.resources import resource_dir
from auditor.rules import model as m
from auditor.rules.packs import load_packs
from auditor.workbench.inline_tests import CaseResult, run_tests

PACK = load_packs([resource_dir("rulesets")])
SHIPPED: tuple[m.Rule | m.Override, ...] = (*PACK.rules, *PACK.overrides)


FIRST = {
    getattr(item, "family", "override"): item.id
    for item in sorted(SHIPPED, key=lambda item: len(item.tests), reverse=True)
}
"""Of every family the rule with the fewest cases; the cases of the others are run with the slow tests."""


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(item, marks=() if item.id in FIRST.values() else pytest.mark.slow, id=item.id)
        for item in SHIPPED
    ],
)
def test_every_case_of_a_shipped_rule_holds(item: m.Rule | m.Override) -> None:
    results = run_tests(item, PACK)
    assert [f"{result.name}: {result.problem}" for result in results if result.problem] == []
    assert len(results) == len(item.tests) >= 4


# ---- cases that do not hold ------------------------------------------------------------------------

DAY = date(2024, 7, 10)
LINES = [
    {"claim_id": "A", "line_no": 1, "code": "20610", "modifiers": ["LT", "RT"], "date_from": DAY, "paid": 60}
]  # fmt: skip
FOUND = {
    "rule": "MOD-LAT-001",
    "verdict": "fail",
    "class": "probable",
    "line": "A/1",
    "exposure": Decimal("0.00"),
}


def results_of(rule_id: str, *cases: Any) -> list[CaseResult]:
    rule = next(rule for rule in PACK.rules if rule.id == rule_id)
    return run_tests(replace(rule, tests=tuple(cases)), PACK)


def problem_of(**case: Any) -> str:
    (result,) = results_of("MOD-LAT-001", {"name": "one", "lines": LINES, "expect": [FOUND]} | case)
    return result.problem


def test_the_case_they_are_made_from_holds() -> None:
    assert problem_of() == ""


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"expect": []}, ["found MOD-LAT-001", "not expected"]),
        ({"expect": [FOUND, FOUND]}, ["expected MOD-LAT-001", "found nothing"]),
        ({"expect": [FOUND | {"class": "definite"}]}, ["definite", "probable"]),
        ({"expect": [FOUND | {"line": "A/2"}]}, ["A 2", "A 1"]),
        ({"expect": [FOUND | {"exposure": Decimal("1.00")}]}, ["1.00", "0.00"]),
        ({"expect": [FOUND | {"verdict": "bypassed"}]}, ["bypassed"]),
        ({"expect": [FOUND | {"rule": "MOD-LAT-002"}]}, ["MOD-LAT-002"]),
        ({"expects": [], "expect": []}, ["no key expects"]),
        ({"expect": None}, ["`expect` is missing"]),
        ({"expect": [FOUND | {"exposed": 1}]}, ["no key exposed"]),
        ({"expect": [{"line": "A/1"}]}, ["names a rule"]),
        ({"expect": [FOUND | {"line": "A1"}]}, ["claim/line"]),
        ({"lines": [LINES[0] | {"modifers": ["LT"]}]}, ["no field modifers"]),
        ({"lines": [{"code": "20610"}]}, ["date_from is missing"]),
        ({"lines": [LINES[0] | {"dx_ptr": [1]}]}, ["points to no diagnosis"]),
        ({"tables": {"nci_ptp": []}}, ["no table nci_ptp"]),
        ({"tables": {"ncci_ptp": [{"colum_1": "20610"}]}}, ["no column colum_1"]),
        ({"providers": []}, ["`lines` or `providers`"]),
    ],
)
def test_a_case_that_does_not_hold_says_why(case: dict[str, Any], said: list[str]) -> None:
    problem = problem_of(**case)
    assert problem and all(words in problem for words in said), problem


def test_what_is_no_case_is_told_as_such() -> None:
    (result,) = results_of("MOD-LAT-001", "flags")
    assert result.name == "case 1" and "mapping" in result.problem


def test_cases_that_share_tables_do_not_see_each_other() -> None:
    """One case has the Column 1 line of a pair, the next its Column 2 line: of the same patient, claim and day."""
    pair = {"setting": "practitioner", "column_1": "45385", "column_2": "45378", "modifier_indicator": "0"}
    tables = {"ncci_ptp": [pair]}
    day = {"date_from": date(2024, 7, 10), "paid": 10, "claim_id": "A"}
    first, second = {**day, "code": "45385", "line_no": 1}, {**day, "code": "45378", "line_no": 2}
    found = {"rule": "NCCI-PTP-002", "line": "A/2", "exposure": Decimal(10)}
    cases = [
        {"name": "one", "tables": tables, "lines": [first], "expect": []},
        {"name": "other", "tables": tables, "lines": [second], "expect": []},
        {"name": "both", "tables": tables, "lines": [first, second], "expect": [found]},
        {"name": "wrong", "tables": tables, "lines": [first, second], "expect": []},
    ]
    results = results_of("NCCI-PTP-001", *cases)
    assert [(result.name, bool(result.problem)) for result in results] == [
        ("one", False), ("other", False), ("both", False), ("wrong", True),
    ]  # fmt: skip


def test_a_case_that_cannot_be_run_does_not_take_its_neighbours_with_it() -> None:
    good = {"name": "good", "lines": LINES, "expect": [FOUND]}
    bad = {"name": "bad", "lines": [LINES[0] | {"units": "many"}], "expect": []}
    results = results_of("MOD-LAT-001", good, bad, good | {"name": "good too"})
    assert [result.problem[:27] for result in results] == ["", "the case could not be run: ", ""]


def test_an_override_is_judged_by_the_rules_it_names() -> None:
    (override,) = [item for item in PACK.overrides if item.id == "PAY-EXAMPLE-001"]
    silent = replace(override, tests=({**override.tests[0], "expect": []},))
    (result,) = run_tests(silent, PACK)
    assert "NCCI-AOC-002 suppressed" in result.problem


PEERS = {"count": 30, "rendering_specialty": "08", "year": 2024, "visits": {"99213": 24, "99214": 16}}
ONE = {"rendering_npi": "1000000012", "rendering_specialty": "08", "year": 2024, "visits": {"99215": 40}}
STANDS_OUT = {"rule": "LVL-EM-001", "provider": "1000000012", "class": "risk", "exposure": 0}


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({}, ""),
        ({"expect": []}, "LVL-EM-001 fail risk 1000000012"),
        ({"expect": [STANDS_OUT | {"provider": "1000000020"}]}, "expected LVL-EM-001 fail risk 1000000020"),
        ({"providers": [PEERS]}, "found nothing"),
        ({"providers": [PEERS, {"visits": {"99213": 1}}]}, "year is missing"),
        ({"providers": [PEERS, ONE | {"specialty": "08"}]}, "no field specialty"),
    ],
)
def test_cases_of_a_statistic(case: dict[str, Any], said: str) -> None:
    (result,) = results_of(
        "LVL-EM-001", {"name": "one", "providers": [PEERS, ONE], "expect": [STANDS_OUT]} | case
    )
    assert said in result.problem and bool(said) == bool(result.problem), result.problem
