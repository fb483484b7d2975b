"""R210: pairs of alike lines that are found from either side, and those that something orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.lint.check_cases import EVERY
from tests.workbench.lint.lint_world import changed, told

WITHIN = "  same: [patient_id, provider_id]\n  within: {visit: {of: surgery, window: after}}\n"
ONE_DAY = "  same: [patient_id, service_day, code]\n"
LOOKUP = "  lookup: [{name: ncci_mue, as: mue, on: {code: visit.code}}]\n"


def found(folder: Path, when: str, *changes: tuple[str, str]) -> list[str]:
    """What is said of the pair of the small world under another condition."""
    text = changed("pair", (EVERY, f"  when: {when}"), *changes)
    messages = told(folder, "pair", text)
    assert not [item for item in messages if item.check < "R010"], messages
    return [item.what for item in messages if item.check == "R210"]


@pytest.mark.parametrize(
    "when",
    [
        '{visit.code: "99213"}',
        "{pair.split_claim: true}",
        "{visit.units: {le: 3}, surgery.units: {le: 3}}",
        "{any: [{visit.units: 1}, {surgery.units: 1}], pair.split_claim: true}",
        "{visit.modifiers: {disjoint: $surgery.modifiers}}",
        "{any: [{visit.paid: {gt: $surgery.paid}}, {surgery.paid: {gt: $visit.paid}}]}",
        "{any: [{visit.paid: {gt: $surgery.paid}}, {visit.paid: {lt: $surgery.paid}}]}",
        "{not: {visit.paid_date: $surgery.paid_date}}",
    ],
)
def test_two_lines_of_a_day_that_nothing_orders_are_found_from_either_side(tmp_path: Path, when: str) -> None:
    (what,) = found(tmp_path, when, (WITHIN, ONE_DAY))
    assert what.startswith("nothing tells `surgery` from `visit`")


@pytest.mark.parametrize(
    "when",
    [
        '{visit.code: "99213", visit.units: 1}',
        "{visit.paid_date: {gt: $surgery.paid_date}}",
        "{visit.line_no: {gt: $surgery.line_no}, pair.split_claim: false}",
        "{visit.paid: {le: {of: surgery.paid, times: 2}}}",
        '{visit.modifiers: {overlaps: ["76"]}}',
        "{not: {any: [{visit.units: 1}]}}",
        "{pair.flagged_is_later: true}",
    ],
)
def test_a_condition_that_tells_the_two_apart_is_left_alone(tmp_path: Path, when: str) -> None:
    assert found(tmp_path, when, (WITHIN, ONE_DAY)) == []


def test_codes_of_two_lists_tell_the_two_apart_unless_the_code_is_a_key(tmp_path: Path) -> None:
    other_codes = '{visit.code: "99213", surgery.code: "99214"}'
    assert found(tmp_path, other_codes, (WITHIN, ONE_DAY.replace(", code", ""))) == []
    one_code = '{visit.code: "99213", surgery.code: "99213"}'
    assert len(found(tmp_path, one_code, (WITHIN, ONE_DAY.replace(", code", "")))) == 1


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ((), 1),
        ((("days: [0, 10]", "days: [-10, 10]"),), 1),
        ((("{days: [0, 10], citation", "{calendar: year, citation"),), 1),
        ((("days: [0, 10]", "days: [1, 10]"),), 0),
        ((("window: after}", "window: after, anchor: discharge_date}"),), 0),
    ],
)
def test_a_window_orders_the_two_where_it_leaves_out_the_day_itself(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], wanted: int
) -> None:
    assert len(found(tmp_path, "{visit.code: $surgery.code}", *changes)) == wanted


def test_a_bypass_may_order_the_two_and_without_an_amount_nothing_is_claimed_twice(tmp_path: Path) -> None:
    alike = (WITHIN, ONE_DAY)
    lifted = ("flag: [visit]", "bypass: {visit.units: {gt: $surgery.units}}\nflag: [visit]")
    assert found(tmp_path, "{pair.split_claim: true}", alike, lifted) == []
    assert (
        len(
            found(
                tmp_path,
                "{pair.split_claim: true}",
                alike,
                ("flag: [visit]", "bypass: {pair.split_claim: true}\nflag: [visit]"),
            )
        )
        == 1
    )
    assert found(tmp_path, "{pair.split_claim: true}", alike, ("method: line", "method: none")) == []


def test_a_row_looked_up_for_one_of_the_two_may_tell_them_apart(tmp_path: Path) -> None:
    rows = (WITHIN, ONE_DAY + LOOKUP)
    assert len(found(tmp_path, "{mue.value: 1}", rows)) == 1
    of_one = (WITHIN, ONE_DAY.replace(", code", "") + LOOKUP)
    assert found(tmp_path, "{mue.value: 1}", of_one) == []
