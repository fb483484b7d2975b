"""Why a case does not find what it expects: told where it is plain, and left out where it would be a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.rules.packs import RuleSet
from auditor.workbench.expectations import wanted
from auditor.workbench.inline_tests import run_tests
from auditor.workbench.missed import why_missed
from tests.workbench.lint.lint_world import FILES

TABLE = """\
match:
  lines: [line]
  table: {name: ncci_mue, as: mue, on: {setting: line.setting, code: line.code}, in_force_on: service_day}
  when: {line.units: {gt: $mue.value}}
"""
LINE = {"code": "93010", "modifiers": ["76"], "pos": "11", "date_from": date(2024, 2, 1), "paid": Decimal(10)}


def asked(
    folder: Path, lines: list[dict[str, Any]], form: str = "line", line: str = "A/1", **more: Any
) -> tuple[m.Rule, dict[str, Any]]:
    """A rule of the small world, changed, with one case that expects its finding."""
    name, text = FILES[form]
    for old, new in more.pop("changes", ()):
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    rule = load_rule(folder / name)
    assert isinstance(rule, m.Rule)
    found = more.pop("rule", rule.id)
    return rule, {"name": "one", "lines": lines, "expect": [{"rule": found, "line": line}], **more}


def said_of(*args: Any, **more: Any) -> str:
    """Why the finding is not there, asked without running the case."""
    rule, case = asked(*args, **more)
    return why_missed(case, wanted(case["expect"][0]), RuleSet((rule,), (), ""))


def told(*args: Any, **more: Any) -> str:
    """What is said of the case when it is run."""
    rule, case = asked(*args, **more)
    (result,) = run_tests(_with(rule, case), RuleSet((rule,), (), ""))
    return result.problem


def _with(rule: m.Rule, case: dict[str, Any]) -> m.Rule:
    return replace(rule, tests=(case,))


PAYER = (("setting: [practitioner]", "setting: [practitioner], payer_id: [LARKSPUR]"),)
SAYS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the payer of the defaults": (
        {}, {"changes": PAYER},
        "A/1 lies outside `applies_to`: its payer_id is X, as a case has it that gives none, and the rule is "
        "for LARKSPUR",
    ),
    "another payer": (
        {"payer_id": "ACME"}, {"changes": PAYER},
        "A/1 lies outside `applies_to`: its payer_id is ACME, and the rule is for LARKSPUR",
    ),
    "another line of business": ({"line_of_business": "medicaid"}, {}, "its line_of_business is medicaid, and"),
    "another setting": (
        {"claim_type": "institutional", "tob": "131", "billing_npi": "1000000012"}, {},
        "its setting is outpatient_hospital, by its claim_type and type of bill, and the rule is for practitioner",
    ),
    "the day before": ({"date_from": date(2023, 12, 31)}, {}, "is of 2023-12-31, and the rule begins on 2024-01-01"),
    "the day after": (
        {"date_from": date(2024, 6, 1)}, {"changes": (("to: null", "to: 2024-05-31"),)}, "the rule ended on 2024-05-31",
    ),
    "a denied line": ({"denied": True}, {}, "A/1 is denied, and what was not paid is never flagged"),
    "a line set aside": ({"state": "set_aside"}, {}, "A/1 is set aside"),
    "a line that the case has not": ({"line_no": 2}, {}, "the case has no line A/1"),
    "a rule that is not there": ({"pos": "23"}, {"rule": "MOD-NONE-001"}, "variant that is loaded is called MOD-NONE"),
    "a condition": ({"code": "99213"}, {}, "it does not hold of A/1 that the code of the line is one of"),
    "several conditions": ({"pos": "23"}, {}, "that at least one of these holds: the place of service"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_it_is_said_why_nothing_was_found(tmp_path: Path, name: str) -> None:
    line, more, said = SAYS[name]
    assert said in said_of(tmp_path, [{"claim_id": "A", "line_no": 1} | LINE | line], **more)


def test_the_reason_stands_behind_what_was_expected_and_found(tmp_path: Path) -> None:
    lines = [{"claim_id": "A", "line_no": 1} | LINE]
    assert told(tmp_path, lines, changes=PAYER) == (
        "expected MOD-GOOD-001 fail A 1, found nothing: A/1 lies outside `applies_to`: its payer_id is X, as a case "
        "has it that gives none, and the rule is for LARKSPUR"
    )


def table_rule() -> tuple[tuple[str, str], ...]:
    text = FILES["pair"][1]
    start, end = text.index("windows:"), text.index("flag:")
    return (
        (text[start:end], TABLE), ("flag: [visit]", "flag: [line]"), ("not_payable: visit", "not_payable: line"),
        ("{visit.code} on {visit.service_date} after {surgery.code}", "{line.code}"),
    )  # fmt: skip


ROW = {"setting": "practitioner", "code": "93010", "value": 1, "mai": "2"}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({}, "the case gives no row of the table `ncci_mue`, which the rule asks for"),
        ({"ncci_mue": []}, "the case gives no row of the table `ncci_mue`, which the rule asks for"),
        (
            {"ncci_mue": [ROW | {"deleted": date(2023, 12, 31)}]},
            "no row that the case gives of the table `ncci_mue` is in force on 2024-02-01",
        ),
        ({"ncci_mue": [ROW]}, ""),
    ],
)
def test_a_table_without_a_row_is_named(tmp_path: Path, tables: dict[str, Any], said: str) -> None:
    line = {"claim_id": "A", "line_no": 1, "units": 3} | LINE
    assert said_of(tmp_path, [line], "pair", tables=tables, changes=table_rule()) == said


def test_what_coverage_says_of_the_rule_is_told_where_nothing_plain_is_in_the_way(tmp_path: Path) -> None:
    line = {"claim_id": "A", "line_no": 1, "units": 3} | LINE
    tables = {"ncci_mue": [ROW | {"setting": "dme"}]}
    problem = told(tmp_path, [line], "pair", tables=tables, changes=table_rule())
    assert problem.endswith(
        "nothing: the rule was not evaluated: no published MUE value for the code on the service date"
    )
    assert told(tmp_path, [line], "pair", tables={"ncci_mue": [ROW]}, changes=table_rule()) == ""


def test_a_line_that_cannot_stand_beside_the_flagged_one_is_named(tmp_path: Path) -> None:
    lines = [
        {"claim_id": "A", "line_no": 1, "code": "11111", "payer_id": "X", "date_from": date(2024, 1, 1)},
        {"claim_id": "B", "line_no": 1, "code": "99213", "payer_id": "ACME", "date_from": date(2024, 1, 2)},
    ]
    scoped = (("\ncitations:", "\napplies_to: {payer_id: [ACME]}\ncitations:"),)
    said = said_of(tmp_path, lines, "pair", "B/1", changes=scoped)
    assert said.startswith("A/1 lies outside `applies_to`: its payer_id is X")


def test_where_nothing_plain_is_in_the_way_nothing_is_said(tmp_path: Path) -> None:
    lines = [
        {"claim_id": "A", "line_no": 1, "code": "11111", "date_from": date(2024, 1, 1)},
        {"claim_id": "B", "line_no": 1, "code": "99213", "date_from": date(2024, 1, 31)},
    ]
    assert told(tmp_path, lines, "pair", "B/1").endswith("found nothing")


def test_a_finding_of_another_class_is_told_by_its_figures_alone(tmp_path: Path) -> None:
    rule, case = asked(tmp_path, [{"claim_id": "A", "line_no": 1} | LINE], rule="MOD-GOOD-002")
    case["expect"][0]["class"] = "risk"
    (result,) = run_tests(_with(rule, case), RuleSet((rule,), (), ""))
    assert result.problem.endswith("found MOD-GOOD-002 fail definite A 1 1000000012 0.00 0.00"), (
        result.problem
    )
