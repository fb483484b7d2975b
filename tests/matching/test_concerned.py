"""Rules that no line can be a case of are not asked; whatever is left out would have found nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from auditor.matching.concerned import codes_of, concerned
from auditor.matching.facts import Facts
from auditor.matching.lines import open_partition
from auditor.rules import model as m
from auditor.workbench.case_tables import make_claim_lines, make_line, make_tables
from tests.tiny import ANSWERS, USUAL, audit, flagged, pack, rule

ONE = "match: {{lines: [line], when: {{{when}}}}}\nflag: [line]\nexposure: {{method: line}}\n"
PAIR = """\
match: {lines: [one, two], same: [patient_id, service_day], when: {one.code: "99213", two.code: {in: ["36415"]}}}
flag: [one]
exposure: {method: none}
explanation: "{one.units} units"
"""
LISTED = """\
match: {lines: [line], table: {name: ncci_mue, on: {setting: line.setting, code: line.code}}}
flag: [line]
exposure: {method: none}
explanation: "{line.units} units"
"""


def asked(folder: Path, body: str, *lines: dict[str, object], prefilter: bool = True) -> bool:
    """Whether the rule of ``body`` is asked of lines like these."""
    with duckdb.connect() as con:
        make_claim_lines(con, [make_line(at, USUAL | dict(line)) for at, line in enumerate(lines)])
        make_tables(con, {}, {})
        open_partition(con, 0, 1)
        rules = pack(folder, rule(body)).rules
        return concerned(con, rules, Facts(True, ANSWERS, prefilter)) == list(rules)


@pytest.mark.parametrize(
    ("when", "line", "wanted"),
    [
        ('line.code: "99213"', {}, True),
        ('line.code: "99214"', {}, False),
        ('line.code: {in: ["99214", "99213"]}', {}, True),
        ('line.code: {in: ["99214", "99215"]}', {}, False),
        ('line.code: {not_in: ["99213"]}', {}, True),
        ('not: {line.code: "99214"}', {}, True),
        ('any: [{line.code: "99214"}, {line.units: 1}]', {}, True),
        ('any: [{line.code: "99214"}, {line.code: "99215"}]', {}, False),
        ('all: [{line.code: {in: ["99213", "99214"]}}, {line.code: {in: ["99214", "99215"]}}]', {}, False),
        ('line.modifiers: {overlaps: ["25"]}', {}, False),
        ('line.modifiers: {overlaps: ["25"]}', {"modifiers": ["59"]}, True),
        ('line.modifiers: {disjoint: ["25"]}', {}, True),
        ('line.code: "99213"', {"denied": True}, False),
    ],
)
def test_a_rule_is_asked_where_a_line_may_be_its_case(
    tmp_path: Path, when: str, line: dict[str, object], wanted: bool
) -> None:
    assert asked(tmp_path, ONE.format(when=when), line) is wanted


def test_both_lines_of_a_pair_must_be_there(tmp_path: Path) -> None:
    assert not asked(tmp_path, PAIR, {}, {"code": "99214"})
    assert not asked(tmp_path, PAIR, {"code": "36415"})
    assert asked(tmp_path, PAIR, {}, {"code": "36415"})


def test_a_rule_about_the_rows_of_a_table_that_has_none_is_not_asked(tmp_path: Path) -> None:
    assert not asked(tmp_path, LISTED, {})


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        ("effective: {from: 2024-07-10}", True),
        ("effective: {from: 2024-07-11}", False),
        ("effective: {to: 2024-07-10}", True),
        ("effective: {to: 2024-07-09}", False),
        ("applies_to: {claim_type: [professional]}", True),
        ("applies_to: {claim_type: [institutional]}", False),
        ("applies_to: {line_of_business: [medicaid]}", False),
    ],
)
def test_lines_of_another_kind_or_time_are_none(tmp_path: Path, limit: str, wanted: bool) -> None:
    body = f"{limit}\n" + ONE.format(when='line.code: "99213"')
    assert asked(tmp_path, body, {"date_from": date(2024, 7, 10)}) is wanted


def test_everything_is_asked_where_nothing_is_to_be_asked_first(tmp_path: Path) -> None:
    assert asked(tmp_path, ONE.format(when='line.code: "99214"'), {}, prefilter=False)


def test_what_is_left_out_had_found_nothing(tmp_path: Path) -> None:
    lines = [{"code": "99213"}, {"code": "36415"}]
    for prefilter in (True, False):
        assert flagged(audit(tmp_path, lines, rule(PAIR), prefilter=prefilter)) == [1]


def test_codes_that_are_compared_in_another_way_may_be_any() -> None:
    code, units = m.FieldRef("line", "code", "line", "text"), m.FieldRef("line", "units", "line", "number")
    assert codes_of(m.Test(code, "starts_with", "9")) is None
    assert codes_of(m.Test(units, "eq", 1)) is None
    assert codes_of(m.NEVER) == frozenset()
    assert codes_of(m.Test(code, "in", ("1", "2"))) == frozenset({"1", "2"})
