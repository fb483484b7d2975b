"""Which pairs the second evaluator looks at: every one that can be, and of a long case not all with all."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

from auditor.engine import plain_pairs
from auditor.engine.plain_near import Near, early
from auditor.engine.plain_rule import PlainRule, shared_day
from auditor.engine.plain_tables import Tables
from auditor.engine.plain_windows import Around, inside
from auditor.rules import model as m
from tests.engine.plain_world import DAY, TABLES, evaluate, flagged, lines_of, rule

NO_ROWS = Tables({name: [] for name in TABLES}, [])
WITHIN = """
windows: {near: WINDOW}
match:
  lines: [one, two]
  same: [patient_id]
  within: {ROLES, window: near}}
flag: [two]
"""
SPANS = (
    "{days: [0, 3], citation: law}",
    "{days: [-2, -1], citation: law}",
    "{months: [-1, 0], days: [1, -1], citation: law}",
    "{months: [0, 1], whole_months: true, citation: law}",
    "{days: [null, -1], citation: law}",
    "{calendar: month, citation: law}",
    "{by: HOST.pos, values: {'11': {days: [0, 0]}, '22': {days: [2, 4]}}, citation: law}",
)


def some_lines(seed: int) -> list[dict[str, Any]]:
    chance = Random(seed)
    firsts = [date(2024, 1, 31) + timedelta(chance.randrange(40)) for _ in range(24)]
    return lines_of(
        *({"date_from": day, "date_to": day + timedelta(chance.choice((0, 0, 2, 30))),
           "pos": chance.choice(("11", "22", None)), "discharge_date": chance.choice((None, day))}
          for day in firsts)
    )  # fmt: skip


@pytest.mark.parametrize("window", SPANS)
@pytest.mark.parametrize("roles", ["two: {of: one", "one: {of: two", "two: {of: one, anchor: discharge_date"])
def test_every_pair_that_lies_in_the_window_is_looked_at_and_hardly_another(roles: str, window: str) -> None:
    host = "two" if "of: two" in roles else "one"
    asked = PlainRule(
        rule(WITHIN.replace("ROLES", roles).replace("WINDOW", window.replace("HOST", host))), NO_ROWS, True
    )
    within = asked.match.within
    assert within is not None
    around, lines = Around(within.window, True), some_lines(len(roles + window))
    near = [(a["line_id"], b["line_id"]) for a, b in Near(asked, around).pairs(lines, lines)]
    wanted = []
    for one, two in product(lines, lines):
        both = {"one": one, "two": two}
        laid = around.day(both[within.of][within.anchor], both, {})
        if laid is not None and inside(laid, both[within.role][within.day]):
            wanted.append((one["line_id"], two["line_id"]))
    assert wanted and set(wanted) <= set(near) and near == sorted(near)
    assert "by" in window or near == wanted


def test_lines_of_a_shared_day_are_looked_at_and_no_other() -> None:
    text = "match: {lines: [one, two], same: [patient_id, service_day]}\nflag: [two]\n"
    lines = some_lines(1)
    near = list(Near(PlainRule(rule(text), NO_ROWS, True), None).pairs(lines, lines))
    assert near == [(one, two) for one, two in product(lines, lines) if shared_day(one, two)]


def test_of_a_claim_every_two_lines_are_looked_at() -> None:
    text = "match: {lines: [one, two], same: [claim_id]}\nflag: [two]\n"
    lines = some_lines(2)
    assert len(list(Near(PlainRule(rule(text), NO_ROWS, True), None).pairs(lines, lines))) == 24 * 24


def test_only_what_can_be_asked_of_the_lines_alone_is_asked_early() -> None:
    made = rule(
        "parameters: {codes: {2024-01-01: {value: [A], citation: law}}}\n"
        "match:\n  lines: [one, two]\n  same: [claim_id]\n  when:\n    all:\n"
        "      - {one.pos: '11', one.code: {in: $codes}}\n      - {any: [{one.pos: '11'}, {two.pos: '11'}]}\n"
        "      - {pair.split_claim: true}\n      - {two.units: {gt: $one.units}}\n      - not: {two.units: 4}\n"
        "flag: [two]\n"
    )

    def asked(*roles: str) -> list[str]:
        assert made.match is not None
        return [str(test.field) for test in m.tests_of(early(made.match.when, set(roles), made.parameters))]

    assert asked("one") == ["one.pos", "one.code"] and asked("two") == ["two.units"]
    assert asked("one", "two") == ["one.pos", "two.pos", "two.units"]


LONG = """
match:
  lines: [one, two]
  same: [patient_id]
  within: {two: {of: one, window: {days: [0, 90]}}}
  when: {one.code: A, two.code: B, WHEN}
flag: [two]
"""


@pytest.mark.parametrize("when", ["one.paid: {gt: 1000.00}", "one.claim_id: $two.claim_id", "two.units: 7"])
def test_of_a_long_case_only_lines_that_can_be_the_pair_are_put_together(
    monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """300 lines are 90,000 pairs, 6,000 of them of the two codes and in the window, and two can be it."""
    built: list[int] = []
    told_of = plain_pairs.told_of

    def counted(one: Any, two: Any, *, second: bool = True) -> dict[str, Any]:
        built.append(one["line_id"])
        return told_of(one, two, second=second)

    monkeypatch.setattr(plain_pairs, "told_of", counted)
    lines = lines_of(
        *(
            {"code": "AB"[at % 2], "claim_id": f"C{at}", "units": 1, "date_from": DAY + timedelta(at)}
            for at in range(300)
        )
    )
    lines[8] |= {"paid": 200_000, "claim_id": "S"}
    lines[9] |= {"units": 7, "claim_id": "S"}
    outcomes = evaluate(rule(LONG.replace("WHEN", when)), lines)
    assert 1 <= len(built) == len(outcomes) <= 60 and 9 in flagged(outcomes)


CODE = m.FieldRef("one", "code", "line", "text")
OTHER = m.FieldRef("two", "code", "line", "text")
SHARED = m.FieldRef("pair", "common_modifiers", "pair", "texts")
MODIFIERS = m.FieldRef("one", "modifiers", "line", "texts")
LISTS = m.Parameter("codes", ((date(2020, 1, 1), ("1-3",)), (date(2024, 1, 1), ("5",))), "policy")
BY_LIST = m.Test(CODE, "in_ranges", m.ParameterRef("codes"))
EVER = m.AnyOf((m.Test(CODE, "in_ranges", ("1-3",)), m.Test(CODE, "in_ranges", ("5",))))


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (BY_LIST, EVER),
        (m.Test(CODE, "not_in", m.ParameterRef("codes")), m.ALWAYS),
        (m.AnyOf((BY_LIST, m.Test(CODE, "eq", "9"))), m.AnyOf((EVER, m.Test(CODE, "eq", "9")))),
        (m.AnyOf((BY_LIST, m.Test(OTHER, "eq", "9"))), m.ALWAYS),
        (m.AnyOf((BY_LIST, m.All((m.Test(OTHER, "eq", "9"),)))), m.ALWAYS),
        (m.Not(BY_LIST), m.ALWAYS),
        (m.Test(SHARED, "overlaps", ("LT",)), m.Test(MODIFIERS, "overlaps", ("LT",))),
        (m.Test(SHARED, "disjoint", ("LT",)), m.ALWAYS),
        (m.Test(CODE, "eq", OTHER), m.ALWAYS),
    ],
)
def test_what_is_asked_of_one_line_first_is_weaker_than_the_condition(
    part: m.Condition, wanted: m.Condition
) -> None:
    found = early(part, {"one"}, {"codes": LISTS})
    assert (
        (found.field.name, found.op, found.value) == (wanted.field.name, wanted.op, wanted.value)
        if (isinstance(found, m.Test) and isinstance(wanted, m.Test))
        else found == wanted
    )


def test_of_two_lines_only_what_reads_both_is_asked() -> None:
    both = m.Test(CODE, "ne", OTHER)
    assert early(m.All((BY_LIST, both)), {"one", "two"}, {"codes": LISTS}) == m.All((m.ALWAYS, both))
