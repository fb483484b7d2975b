"""``optional: true`` on a lookup: a rule is evaluated without the table, and nothing is more certain without it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.matching import coverage
from auditor.matching.facts import Facts
from auditor.rules.phrasing import phrase
from tests.findings.worlds import Finding, World, audited, findings
from tests.tiny import ANSWERS, DAY, USUAL, pack, rule

LOOKUP = "lookup: [{name: mpfs_rvu, as: fee, on: {code: line.code}, optional: true}]"
BODY = f"""\
match:
  lines: [line]
  {LOOKUP}
  when: {{line.units: {{gt: 1}}}}
variants:
  - id: PAY-TINY-002
    when: {{fee.bilat_surg: {{in: ["0", "2"]}}}}
    class: definite
    explanation: "{{fee.bilat_surg}} for {{line.claim_id}}"
exposure: {{method: line}}
"""
TEXT = rule(
    BODY, base="{is: definite, probable_when: [{not: {fee.bilat_surg: '0'}, reason: no row says otherwise}]}"
)
ROW = {"code": "99213", "bilat_surg": "0", "effective": date(2024, 1, 1), "deleted": date(2024, 12, 31)}


def found(folder: Path, row: dict[str, Any] | None, answers: bool = True, **line: Any) -> list[Finding]:
    """What is found of a line with two units; both evaluators agree."""
    told = ANSWERS + ((("mpfs_rvu", "*", date(2024, 7, 1), date(2024, 9, 30)),) if answers else ())
    world = World([USUAL | {"line_no": 1, "units": 2} | line], {"mpfs_rvu": [row] if row else []}, told, True)
    with audited(world, rules=pack(folder, TEXT)) as con:
        return list(findings(con))


def named(found: list[Finding]) -> list[tuple[Any, Any]]:
    return [(item["rule_id"], item["class"]) for item in found]


CASES = [
    (ROW, True, {}, ("PAY-TINY-002", "definite")),
    (None, False, {}, ("PAY-TINY-001", "probable")),
    (ROW, False, {}, ("PAY-TINY-001", "probable")),
    (None, True, {}, ("PAY-TINY-001", "probable")),
    (ROW, True, {"date_from": date(2024, 6, 30)}, ("PAY-TINY-001", "probable")),
    (ROW, True, {"date_from": date(2024, 7, 1)}, ("PAY-TINY-002", "definite")),
    (ROW, True, {"date_from": date(2024, 7, 2)}, ("PAY-TINY-002", "definite")),
    (ROW | {"bilat_surg": "1"}, True, {}, ("PAY-TINY-001", "probable")),
    (ROW | {"code": "99214"}, True, {}, ("PAY-TINY-001", "probable")),
    (ROW | {"modifier": "26"}, True, {}, ("PAY-TINY-001", "probable")),
]


@pytest.mark.parametrize(
    ("row", "answers", "line", "expected"),
    [pytest.param(*case, marks=[pytest.mark.slow] if at > 2 else []) for at, case in enumerate(CASES)],
)
def test_a_line_has_one_finding_with_the_table_and_without(
    tmp_path: Path, row: dict[str, Any] | None, answers: bool, line: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert named(found(tmp_path, row, answers, **line)) == [expected]


def test_rows_of_components_that_differ_do_not_keep_the_rule_from_being_evaluated(tmp_path: Path) -> None:
    """Without ``optional`` the lookup would mean several rows, and the rule be left out."""
    rows = [ROW | {"modifier": "26", "bilat_surg": "1"}, ROW | {"modifier": "TC", "bilat_surg": "0"}]
    answers = (*ANSWERS, ("mpfs_rvu", "*", date(2024, 1, 1), date(2024, 12, 31)))
    world = World([USUAL | {"line_no": 1, "units": 2}], {"mpfs_rvu": rows}, answers, True)
    with audited(world, rules=pack(tmp_path, TEXT)) as con:
        assert named(list(findings(con))) == [("PAY-TINY-001", "probable")]


def test_coverage_counts_the_lines_that_were_evaluated_without_it(tmp_path: Path) -> None:
    rules = pack(tmp_path, TEXT)
    lines = [
        USUAL | {"line_no": at, "units": 2, "date_from": day}
        for at, day in enumerate((DAY, date(2023, 7, 10)), 1)
    ]
    answers = (*ANSWERS, ("mpfs_rvu", "*", date(2024, 1, 1), date(2024, 12, 31)))
    with audited(World(lines, {"mpfs_rvu": [ROW]}, answers, True), rules=rules) as con:
        gaps = coverage.measure(con, rules.rules, Facts(True, answers), {})
    told = {gap.reason: gap.lines for gap in gaps}
    (reason,) = set(told) - {""}
    assert reason.startswith(coverage.WITHOUT) and reason.startswith(coverage.BESIDE)
    assert told == {"": 2, reason: 1}


def test_the_words_of_a_rule_say_that_it_is_evaluated_all_the_same(tmp_path: Path) -> None:
    (made,) = pack(tmp_path, TEXT).rules
    assert "evaluated all the same" in json.dumps([passage.plain() for passage in phrase(made)])


ASKED = 'when: {fee.bilat_surg: {in: ["0", "2"]}}'


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("when: {line.units: {gt: 1}}", "when: {fee.status_code: {exists: false}}", "found, lifted or priced"),
        ("exposure: {method: line}",
         "exposure: {method: line}\nbypass: {fee.bilat_surg: \"1\"}", "found, lifted or priced"),
        (ASKED, "when: {fee.bilat_surg: {exists: false}}", "a variant could hold"),
        (ASKED, "when: {not: {fee.bilat_surg: \"1\"}}", "a variant could hold"),
        (ASKED, "when: {fee.bilat_surg: {ne: \"1\"}}", "a variant could hold"),
        ("class: definite\n    expl", "class: probable\n    expl", "less certain than the rule"),
        ("{not: {fee.bilat_surg: '0'}", "{fee.bilat_surg: '1'", "`probable_when` could fail"),
        ("{not: {fee.bilat_surg: '0'}", "{fee.bilat_surg: {exists: true}", "`probable_when` could fail"),
        ("optional: true", "optional: perhaps", "true or false"),
    ],
)  # fmt: skip
def test_what_would_be_more_without_the_row_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in TEXT
    with pytest.raises(InputRefused, match=why):
        pack(tmp_path, TEXT.replace(old, new))


@pytest.mark.parametrize("place", ["table", "absent"])
def test_only_lookups_may_be_optional(tmp_path: Path, place: str) -> None:
    table = "{name: mpfs_rvu, as: fee, on: {code: line.code}, optional: true}"
    own = f"table: {table}"
    if place == "absent":
        table = table.replace("line.code", "other.code")
        own = f"absent: {{line: other, same: [patient_id, service_day], table: {table}}}"
    with pytest.raises(InputRefused, match="optional"):
        pack(tmp_path, rule(f"match:\n  lines: [line]\n  {own}\nexposure: {{method: line}}\n"))


@pytest.mark.slow
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_both_evaluators_say_the_same_whatever_answers(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    days = st.sampled_from([date(2024, 6, 30), date(2024, 7, 1), DAY, date(2024, 10, 1)])
    line = st.fixed_dictionaries(
        {
            "code": st.sampled_from(["99213", "99214"]),
            "units": st.sampled_from([Decimal(1), Decimal(2)]),
            "date_from": days,
        }
    )
    row = st.fixed_dictionaries(
        {
            "code": st.sampled_from(["99213", "99214"]),
            "modifier": st.sampled_from([None, None, "26"]),
            "bilat_surg": st.sampled_from([None, "0", "1", "2"]),
            "effective": st.sampled_from([date(2024, 1, 1), date(2024, 7, 1)]),
            "deleted": st.sampled_from([date(2024, 9, 30), date(9999, 12, 31)]),
        }
    )
    lines = [
        USUAL | {"line_no": at} | item
        for at, item in enumerate(data.draw(st.lists(line, min_size=1, max_size=5)), 1)
    ]
    rows = data.draw(st.lists(row, max_size=3, unique_by=lambda item: (item["code"], item["modifier"])))
    told = data.draw(st.sampled_from([(), (("mpfs_rvu", "*", date(2024, 7, 1), date(2024, 9, 30)),)]))
    made = pack(tmp_path_factory.mktemp("rules"), TEXT)
    with audited(World(lines, {"mpfs_rvu": rows}, ANSWERS + told, True), rules=made) as con:
        for item in findings(con):
            assert told or item["class"] == "probable"
