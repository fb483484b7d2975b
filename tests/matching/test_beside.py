"""What stands beside a line: spans that overlap, the day before, and rows of a table in force on the day both share."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.base.errors import InputRefused
from auditor.workbench.case_tables import FAR, LONG_AGO
from tests import tiny
from tests.findings.worlds import World, audited, findings
from tests.tiny import DAY, flagged

TWO_SETS = """
match:
  lines: [line]
  when: {line.code: "99292", absent.unknown: UNKNOWN}
  absent:
    line: other
    any_of: [[patient_id, rendering_npi, service_day], [patient_id, billing_tin, service_day]]
    where: {other.code: "99291"}
    days_before: BEFORE
flag: [line]
exposure: {direction: over, method: line, basis: paid}
explanation: "{line.code} was processed without denial."
"""
LATER = {"code": "99292", "billing_tin": "T1"}


def known(folder: Path, given: dict[str, Any], before: str, **line: Any) -> bool:
    """Whether absence of 99291 is known beside 99292, where a 99291 of the patient lacks both providers."""
    other = {"code": "99291", "rendering_npi": None, "billing_npi": "1000000020", "claim_id": "B"} | given
    told = []
    for word in ("true", "false"):
        text = tiny.rule(TWO_SETS.replace("UNKNOWN", word).replace("BEFORE", before))
        told.append(flagged(tiny.audit(folder, [LATER | line, other], text)))
    assert sorted(told) == [[], [1]]
    return told[1] == [1]


@pytest.mark.parametrize(("offset", "told"), [(-2, True), (-1, False), (0, False), (1, True)])
def test_a_line_of_the_day_before_that_lacks_a_key_leaves_absence_unknown(
    offset: int, told: bool, tmp_path: Path
) -> None:
    assert known(tmp_path, {"date_from": DAY + timedelta(offset)}, "1") is told


@pytest.mark.slow
def test_the_day_before_counts_only_for_the_lines_it_is_searched_for(tmp_path: Path) -> None:
    eve = {"date_from": DAY - timedelta(1)}
    for_visits, for_others = (f'{{days: 1, when: {{line.pos: "{place}"}}}}' for place in ("11", "22"))
    assert not known(tmp_path, eve, for_visits)
    assert known(tmp_path, eve, for_others)


@pytest.mark.parametrize(
    ("first", "last", "told"), [(-3, 1, False), (-3, 0, False), (2, 5, False), (3, 5, True)]
)
def test_a_span_that_overlaps_and_lacks_a_key_leaves_absence_unknown(
    first: int, last: int, told: bool, tmp_path: Path
) -> None:
    span = {"date_from": DAY + timedelta(first), "date_to": DAY + timedelta(last)}
    assert known(tmp_path, span, "0", date_to=DAY + timedelta(2)) is told


LISTED = """
match:
  lines: [line]
  when: {line.code: "17003"}
  absent:
    line: other
    same: [patient_id, provider_id, service_day]
    table: {name: ncci_aoc, as: listed, on: {addon: line.code, primary_code: other.code}, in_force_on: service_day}
flag: [line]
exposure: {direction: over, method: line, basis: paid}
explanation: "{line.code} was processed without denial."
"""


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (LONG_AGO, FAR, []),
        (DAY + timedelta(4), FAR, []),
        (DAY + timedelta(5), FAR, [1]),
        (LONG_AGO, DAY + timedelta(3), [1]),
    ],
)
def test_a_partner_is_listed_by_the_row_of_the_first_day_that_both_share(
    first: date, last: date, wanted: list[int], tmp_path: Path
) -> None:
    row = {"edit_type": "1", "addon": "17003", "primary_code": "17000", "effective": first, "deleted": last}
    common = {"claim_id": "A", "patient_id": "P", "paid": 10}
    lines = [
        common | {"line_no": 1, "code": "17003", "date_from": DAY, "date_to": DAY + timedelta(9)},
        common | {"line_no": 2, "code": "17000", "date_from": DAY + timedelta(4)},
    ]
    world = World(lines, {"ncci_aoc": [row]}, (("ncci_aoc", "*", LONG_AGO, FAR),), True)
    with audited(world, rules=tiny.pack(tmp_path, tiny.rule(LISTED))) as con:
        assert flagged(findings(con)) == wanted


OF_A_KIND = """\
match:
  lines: [line]
  when: {line.modifiers: {contains: "57"}}
  absent:
    line: major
    same: [patient_id, service_day]
    table: {name: ncci_mue, as: row, on: {code: major.code}, where: {row.mai: "3"}}
exposure: {method: none}
"""


def rows_of(*mai: str) -> list[dict[str, Any]]:
    return [{"code": "45385", "value": 1, "mai": one, "effective": DAY - timedelta(9)} for one in mai]


@pytest.mark.parametrize(("mai", "wanted"), [((), [1]), (("1",), [1]), (("3",), []), (("1", "3"), [])])
def test_only_rows_of_the_kind_that_is_asked_for_list_a_partner(
    tmp_path: Path, mai: tuple[str, ...], wanted: list[int]
) -> None:
    lines: list[dict[str, Any]] = [{"modifiers": ["57"]}, {"code": "45385"}]
    tables = {"ncci_mue": rows_of(*mai)}
    for prefilter in (True, False):
        found = tiny.audit(tmp_path, lines, tiny.rule(OF_A_KIND), tables=tables, prefilter=prefilter)
        assert flagged(found) == wanted


@pytest.mark.parametrize(
    ("days", "wanted"), [((LONG_AGO, FAR), [1]), ((LONG_AGO, DAY), [1]), ((LONG_AGO, DAY - timedelta(1)), [])]
)
@pytest.mark.parametrize("span", [0, 1])
def test_where_the_table_of_partners_answers_for_no_such_day_absence_is_not_told(
    tmp_path: Path, days: tuple[date, date], wanted: list[int], span: int
) -> None:
    line = tiny.USUAL | {"line_no": 1, "modifiers": ["57"], "date_to": DAY + timedelta(span)}
    world = World([line], {"ncci_mue": rows_of("3")}, (("ncci_mue", "*", *days),), True)
    with audited(world, rules=tiny.pack(tmp_path, tiny.rule(OF_A_KIND))) as con:
        assert flagged(findings(con)) == (wanted if not span or days[1] == FAR else [])


def test_a_condition_on_a_row_reads_that_row_alone(tmp_path: Path) -> None:
    for other in ("major.code", "line.code"):
        text = OF_A_KIND.replace('where: {row.mai: "3"}', f'where: {{{other}: "3"}}')
        with pytest.raises(InputRefused, match=f"`{other}` is not known"):
            tiny.pack(tmp_path, tiny.rule(text))


def test_a_row_answers_for_its_own_setting_where_the_rule_asks_none(tmp_path: Path) -> None:
    """An institutional line without a bill type has no setting; both evaluators take the row for what it is."""
    body = """\
match:
  lines: [line]
  table: {name: ncci_mue, as: edit, on: {code: line.code}}
  absent: {line: other, same: [patient_id, service_day], where: {other.code: "11042"}}
exposure: {method: line}
"""
    row = {"setting": "practitioner", "code": "99213", "value": 3, "mai": "1"}
    line = tiny.USUAL | {"line_no": 1, "claim_type": "institutional"}
    answers = (("ncci_mue", "practitioner", LONG_AGO, FAR),)
    made = tiny.pack(tmp_path, tiny.rule(body))
    with audited(World([line], {"ncci_mue": [row]}, answers, True), rules=made) as con:
        assert [item["verdict"] for item in findings(con)] == ["fail"]
