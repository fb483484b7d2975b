"""What single columns say of the lines a rule is for: it keeps questions away, and never a finding."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from auditor.engine import plain_standing
from auditor.engine.plain import Tables
from auditor.engine.plain_rule import PlainRule
from auditor.engine.plain_standing import Standing
from auditor.rules import model as m
from tests.engine.plain_world import DAY, TABLES, Lines, Row, evaluate, lines_of, rule

LINE = "match:\n  lines: [line]\n  when:\n    all:\n{when}flag: [line]\n"
BODIES = {
    "TEST-CODE-001": LINE.format(when='      - {line.code: {in_ranges: ["99202-99215"]}}\n'),
    "TEST-ANY-001": LINE.format(when='      - any: [{line.pos: "11"}, {line.code: {starts_with: "J"}}]\n'),
    "TEST-NOT-001": LINE.format(
        when='      - not: {any: [{line.pos: "11"}, {line.pos: "22"}]}\n      - {line.modifiers: {disjoint: ["25"]}}\n'
    ),
    "TEST-NONE-001": LINE.format(when="      - {line.pos: {exists: false}}\n      - {line.paid: {gt: 5}}\n"),
    "TEST-DATED-001": (
        'parameters:\n  asked:\n    2024-07-05: {value: ["25"], citation: law}\n'
        '    2024-07-12: {value: ["59"], citation: law}\n'
        "effective: {from: 2024-07-03, to: 2024-07-17, applies_by: service_date}\n"
        + LINE.format(when="      - {line.modifiers: {overlaps: $asked}}\n")
    ),
    "TEST-KIND-001": "applies_to: {setting: [dme]}\n" + LINE.format(when="      - {line.paid: {gt: 0}}\n"),
    "TEST-ROW-001": (
        "match:\n  lines: [line]\n  table: {name: ncci_mue, as: mue, on: {code: line.code}}\n"
        '  when: {all: [{mue.mai: "2"}, {line.pos: "22"}]}\nflag: [line]\n'
    ),
    "TEST-HAS-001": (
        "match:\n  lines: [line]\n  lookup: [{name: ncci_mue, as: mue, on: {code: line.code}}]\n"
        '  when: {all: [{mue.mai: "3"}, {line.units: {gt: 0}}]}\nflag: [line]\n'
    ),
    "TEST-LACKS-001": (
        "match:\n  lines: [line]\n  lookup: [{name: ncci_mue, as: mue, on: {code: line.code}}]\n"
        "  when: {all: [{mue.mai: {exists: false}}, {line.units: {gt: 0}}]}\nflag: [line]\n"
    ),
    "TEST-PAIR-001": (
        "effective: {from: 2024-07-10, to: null, applies_by: service_date}\nmatch:\n  lines: [one, two]\n"
        '  same: [patient_id, service_day]\n  when: {all: [{one.code: "99213"}, {two.modifiers: {contains: "59"}}]}\n'
        "flag: [two]\n"
    ),
    "TEST-LATER-001": (
        "effective: {from: 2024-07-10, to: null, applies_by: service_date}\n"
        "windows: {near: {days: [-9, 0], citation: law}}\n"
        "match:\n  lines: [one, two]\n  same: [patient_id]\n  within: {one: {of: two, window: near}}\n"
        "  lookup: [{name: ncci_mue, as: mue, on: {code: one.code}}]\n"
        '  when: {all: [{mue.mai: "2"}, {two.pos: "11"}]}\n'
        "flag: [two]\n"
    ),
    "TEST-COPY-001": (
        "match:\n  lines: [first, again]\n"
        '  group: {same: [patient_id, code], order: [date_from], where: {first.pos: "11"}}\n'
        '  when: {again.modifiers: {contains: "59"}}\nflag: [again]\n'
    ),
    "TEST-DAY-001": (
        "match:\n  lines: [line]\n  table: {name: ncci_mue, as: mue, on: {code: line.code}}\n"
        "  sum: {as: day, of: day_units, over: [patient_id, code, service_day],\n"
        '        where: {line.modifiers: {disjoint: ["25"]}}}\n'
        '  when: {all: [{mue.mai: "3"}, {line.pos: "11"}, {day.units: {ge: 1}}]}\nflag: [line]\n'
    ),
    "TEST-YEAR-001": (
        "match:\n  lines: [line]\n"
        "  sum: {as: total, of: units, over: [year, patient_id], where: {line.code: J1885}}\n"
        '  when: {total.units: {ge: 2}, line.pos: "22"}\nflag: [line]\n'
    ),
    "TEST-VISIT-001": (
        "match:\n  lines: [visit]\n  sequence: {same: [patient_id], window: {days: [-9, 0]}, limit: 1,\n"
        '             where: {visit.code: "99213"}}\n'
        '  when: {visit.pos: "11"}\nconcludes: {not_payable: visit}\nflag: [visit]\n'
    ),
    "TEST-ALONE-001": (
        "match:\n  lines: [drug]\n  when: {drug.code: J1885}\n"
        '  absent: {line: given, same: [patient_id, service_day], where: {given.code: "97110"}}\nflag: [drug]\n'
    ),
    "TEST-HANGS-001": (
        'match:\n  lines: [addon]\n  when: {addon.code: J1885, addon.modifiers: {disjoint: ["25"]}}\n'
        "  because: {not_payable: {all: primary}}\n"
        "  primary: {same: [patient_id, service_day], where: {primary.code: {ne: J1885}}}\nflag: [addon]\n"
    ),
}
MUE: list[Row] = [
    {"code": "99213", "mai": "2", "mue": 1, "deleted": date(2024, 7, 12)},
    {"code": "99213", "mai": "3", "mue": 1, "effective": date(2024, 7, 13)},
    {"code": "J1885", "mai": None, "mue": 4},
    {"code": "97110", "mai": "3", "mue": 4},
]


def rules() -> list[m.Rule]:
    return [rule(body, name) for name, body in BODIES.items()]


def some_lines(seed: int) -> Lines:
    chance = Random(seed)
    return lines_of(*({
        "date_from": DAY + timedelta(chance.randrange(-12, 12)),
        "code": chance.choice(("99213", "J1885", "97110", "A")),
        "pos": chance.choice(("11", "22", "31", None)), "modifiers": chance.choice(([], ["25"], ["59"], ["LT", "59"])),
        "setting": chance.choice(("practitioner", "dme")), "denied": chance.random() < 0.1, "units": 1,
        "paid": chance.choice((0, 10)),
    } for _ in range(30)))  # fmt: skip


def test_no_finding_is_kept_away(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds, tables = [some_lines(seed) for seed in range(12)], {"ncci_mue": MUE}
    found = [evaluate(rules(), lines, tables) for lines in feeds]
    assert {outcome.rule_id for outcomes in found for outcome in outcomes} == BODIES.keys()
    monkeypatch.setattr(Standing, "of", lambda self, line: self._all)
    assert found == [evaluate(rules(), lines, tables) for lines in feeds]


def roles_of(standing: Standing, asked: list[PlainRule], line: dict[str, Any]) -> set[str]:
    bits = standing.of(line)
    return {
        f"{one.rule.id} {role}" for one in asked for role, bit in standing.bits(one).items() if bits & bit
    }


def made() -> tuple[Standing, list[PlainRule]]:
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    rows["ncci_mue"] = [{"row_no": at} | row for at, row in enumerate(MUE)]
    asked = [PlainRule(one, Tables(rows, []), True) for one in rules()]
    return Standing(asked), asked


@pytest.mark.parametrize(
    ("own", "role", "stands"),
    [
        ({"code": "99213"}, "TEST-CODE-001 line", True),
        ({"code": "99216"}, "TEST-CODE-001 line", False),
        ({"pos": None, "code": "J1885"}, "TEST-ANY-001 line", True),
        # of two columns at once nothing is remembered: the rule is asked
        ({"pos": None, "code": "A"}, "TEST-ANY-001 line", True),
        ({"pos": "22"}, "TEST-NOT-001 line", False),
        ({"pos": "31", "modifiers": ["59", "25"]}, "TEST-NOT-001 line", False),
        ({"pos": "31", "modifiers": ["59"]}, "TEST-NOT-001 line", True),
        ({"pos": None}, "TEST-NONE-001 line", True),
        ({"modifiers": ["LT", "25"]}, "TEST-DATED-001 line", True),  # of a list on any day
        ({"modifiers": ["LT"]}, "TEST-DATED-001 line", False),
        ({"modifiers": ["25"], "date_from": date(2024, 7, 3)}, "TEST-DATED-001 line", True),
        ({"modifiers": ["25"], "date_from": date(2024, 7, 2)}, "TEST-DATED-001 line", False),
        ({"setting": "dme"}, "TEST-KIND-001 line", True),
        ({"setting": "dme", "denied": True}, "TEST-KIND-001 line", False),
        ({"setting": "practitioner"}, "TEST-KIND-001 line", False),
        ({"code": "99213", "pos": "22"}, "TEST-ROW-001 line", True),
        ({"code": "97110", "pos": "22"}, "TEST-ROW-001 line", False),
        ({"code": "A", "pos": "22"}, "TEST-ROW-001 line", False),
        ({"code": "99213"}, "TEST-HAS-001 line", True),
        ({"code": "J1885"}, "TEST-HAS-001 line", False),
        ({"code": "A"}, "TEST-HAS-001 line", False),
        ({"code": "A"}, "TEST-LACKS-001 line", True),
        ({"code": "99213"}, "TEST-LACKS-001 line", True),  # on a day without a row
        ({"code": "99213", "date_from": date(2024, 7, 1)}, "TEST-PAIR-001 one", True),
        ({"code": "97110"}, "TEST-PAIR-001 one", False),
        ({"modifiers": ["59"]}, "TEST-PAIR-001 two", True),
        ({"modifiers": ["59"], "date_from": date(2024, 7, 9)}, "TEST-PAIR-001 two", False),
        ({"code": "99213"}, "TEST-LATER-001 one", True),
        ({"code": "97110"}, "TEST-LATER-001 one", False),
        ({"pos": "11"}, "TEST-COPY-001 first", True),
        ({"pos": "22"}, "TEST-COPY-001 first", False),
        ({"pos": "22", "modifiers": ["59"]}, "TEST-COPY-001 again", True),  # what the other is, holds of both
        ({"pos": "11"}, "TEST-COPY-001 again", False),
        ({"code": "97110", "pos": "11"}, "TEST-DAY-001 line", True),
        ({"code": "97110", "pos": "11", "modifiers": ["25"]}, "TEST-DAY-001 line", False),
        ({"code": "J1885", "pos": "11"}, "TEST-DAY-001 line", False),
        ({"code": "J1885", "pos": "22"}, "TEST-YEAR-001 line", True),
        ({"code": "97110", "pos": "22"}, "TEST-YEAR-001 line", False),
        ({"code": "99213", "pos": "11"}, "TEST-VISIT-001 visit", True),
        ({"code": "97110", "pos": "11"}, "TEST-VISIT-001 visit", False),
        ({"code": "J1885"}, "TEST-ALONE-001 drug", True),
        ({"code": "97110"}, "TEST-ALONE-001 drug", False),
        ({"code": "J1885"}, "TEST-HANGS-001 addon", True),
        ({"code": "J1885", "modifiers": ["25"]}, "TEST-HANGS-001 addon", False),
    ],
)  # fmt: skip
def test_a_line_stands_where_its_columns_let_it(own: dict[str, Any], role: str, stands: bool) -> None:
    standing, asked = made()
    for _ in range(2):  # found once, and then remembered
        assert (role in roles_of(standing, asked, lines_of(own)[0])) is stands


def test_what_is_remembered_of_a_value_is_told_of_every_role_that_a_later_line_asks_for() -> None:
    """A line whose other columns settle a role leaves its code unasked; the next line must not take that for a no."""
    standing, asked = made()
    first, second = lines_of({"code": "97110", "pos": "22"}, {"code": "97110", "pos": "11"})
    assert "TEST-DAY-001 line" not in roles_of(standing, asked, first)
    assert "TEST-DAY-001 line" in roles_of(standing, asked, second)


def test_a_whole_claim_has_no_roles() -> None:
    body = "match:\n  claims: [stay]\n  when: {stay.lines: {ge: 2}}\nflag: [stay]\n"
    asked = PlainRule(rule(body, "TEST-STAY-001"), Tables({name: [] for name in TABLES}, []), True)
    assert asked.match.form not in plain_standing.FORMS
    assert Standing([asked]).bits(asked) == {}
