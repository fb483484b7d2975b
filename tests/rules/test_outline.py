"""The boxes of a rule's diagram say which lines, how many, in what window and held against which row."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.base.resources import resource_dir
from auditor.rules import model as m
from auditor.rules.outline import outline
from auditor.rules.outline_step import UNDER, Teller
from auditor.rules.packs import RuleSet, load_packs
from tests.rules.every_form import every_form

CODE = m.FieldRef("line", "code", "line", "text")
UNITS = m.FieldRef("line", "units", "line", "number")


@pytest.fixture(scope="module")
def rules() -> dict[str, m.Rule]:
    pack: RuleSet = load_packs([resource_dir("rulesets")])
    return {rule.id: rule for rule in pack.rules}


def told(rule: m.Rule) -> dict[str, list[str]]:
    """Title and lines of each box."""
    return {step.title: list(step.text) for step in outline(rule)}


def test_a_sequence_says_which_services_count_how_many_are_allowed_and_in_what_window(
    rules: dict[str, m.Rule],
) -> None:
    text = told(rules["PAY-MCD-003"])["In the order of first day, claim and line"]
    assert "of lines for which" in text and any("92507" in line for line in text)
    assert any(line.startswith("allowed: “visits a year”") and "payable" in line for line in text)
    assert f"{UNDER}“visits a year”: 3 from 2022-01-01, 4 from 2024-01-01" in text
    assert "window around the first day of the line: the calendar year of the day itself" in text


def test_a_number_that_stands_in_the_rule_is_the_limit_that_is_said(rules: dict[str, m.Rule]) -> None:
    text = told(rules["PAY-MAC-003"])["In the order of first day, claim and line"]
    assert any(line.startswith("allowed: 1; the line falls") for line in text)


def test_an_absence_says_the_codes_of_the_line_that_is_missing(rules: dict[str, m.Rule]) -> None:
    text = told(rules["PAY-MCD-005"])["None stands beside it"]
    assert "the evaluation line is one for which" in text
    assert any("97161, 97162, 97163, 97164" in line for line in text)
    assert "a line that the payer denied counts as standing there" in text


def test_what_hangs_on_others_says_on_which_and_when_they_have_fallen(rules: dict[str, m.Rule]) -> None:
    text = told(rules["PAY-MCD-010"])["All that stand beside it have fallen"]
    assert any("V2020 or V2025" in line for line in text)
    assert any("denied by the payer" in line for line in text)


def test_a_sum_says_what_is_added_of_which_lines_and_in_what_order(rules: dict[str, m.Rule]) -> None:
    text = told(rules["PAY-MAC-006"])["Added up for each calendar year, by the first day of each line"]
    assert text[0] == "the amounts allowed on lines with the same patient, called the sum “year”"
    assert "of lines for which" in text and any("GN or GP" in line for line in text)
    assert "in the order of first day, claim and line, up to and with each line" in text


def test_a_row_that_decides_the_window_is_not_said_to_be_read_where_there_is_one(
    rules: dict[str, m.Rule],
) -> None:
    steps = outline(rules["PAY-MAC-007"])
    titles = [step.title for step in steps]
    at = titles.index("Physician fee schedule relative values")
    assert steps[at].text == ("the row “fee” decides the window: without a row nothing matches",)
    assert titles[at + 1] == "Standing together"
    assert f"{UNDER}any other value, or none: no match" in steps[at + 1].text
    assert any("global days of the row “fee”" in line for line in steps[at + 1].text)


def test_conditions_under_others_are_written_out_and_a_long_list_is_counted() -> None:
    some = [m.Test(CODE, "eq", letter) for letter in "ABCDEFGHI"]
    teller = Teller({})
    assert teller.conditions(m.AnyOf((some[0], m.All((some[1], some[2]))))) == [
        "at least one of these holds:",
        f"{UNDER}the code of the line is A",
        f"{UNDER}all of these hold:",
        f"{UNDER}{UNDER}the code of the line is B",
        f"{UNDER}{UNDER}the code of the line is C",
    ]
    shown = teller.conditions(m.AnyOf(tuple(some)))
    assert len(shown) == 8 and shown[-1] == f"{UNDER}and 3 more"
    assert teller.conditions(m.ALWAYS, under="only lines for which") == []


def test_the_values_of_a_parameter_are_told_once_with_the_override_that_sets_it() -> None:
    own = m.ScopedValue("PAY-1", m.ALWAYS, 6, None, None)
    most = m.Parameter("most", ((date(2020, 1, 1), 3), (date(2024, 1, 1), 4)), "key", (own,))
    listed = m.Parameter(
        "codes", ((date(2020, 1, 1), ("A",)), (date(2024, 1, 1), tuple("ABCDEFGHIJK"))), "key"
    )
    teller = Teller({"most": most, "codes": listed})
    asked = m.Test(UNITS, "gt", m.ParameterRef("most"))
    assert teller.conditions(asked)[1:] == [
        "“most”: 3 from 2020-01-01, 4 from 2024-01-01; 6 by override PAY-1"
    ]
    assert teller.conditions(asked)[1:] == []
    assert teller.values("codes") == [
        "“codes”: A, B, C, D, E, F, G, H and 3 more (from 2024-01-01, other values before)"
    ]


def test_a_finding_of_a_benchmark_is_on_a_provider(rules: dict[str, m.Rule]) -> None:
    titles = [step.title for step in outline(rules["LVL-EM-002"])]
    assert "LVL-EM-002 on the provider, by its rendering NPI" in titles


def test_every_form_has_boxes_that_name_its_conditions(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name, rule in every_form(tmp_path_factory.mktemp("forms")):
        lines = [line for step in outline(rule) for line in step.text]
        assert not any(" conditions" in line for line in lines), name
        assert all(line.strip() for line in lines)
