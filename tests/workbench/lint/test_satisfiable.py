"""What cannot hold is said only of what cannot hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.rules import model as m
from auditor.rules.operators import OPERATORS
from auditor.workbench.lint.satisfiable import can_hold, can_hold_in

CODES = ["99202", "99213", "99499", "G0439", "0001T", "00500", "0043T", "9921", ""]
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(CODES),
    "number": st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1), Decimal("1.5"), Decimal(2)]),
    "date": st.dates(date(2023, 12, 30), date(2024, 1, 3)),
    "flag": st.booleans(),
    "texts": st.sampled_from(["25", "59", "LT", "2"]),
}
FIELDS = {"code": "text", "units": "number", "date_from": "date", "denied": "flag", "modifiers": "texts"}
RANGES = ["99202-99499", "99213", "G0400-G0500", "0042T-0999T", "00100-01999"]


@st.composite
def comparisons(draw: st.DrawFn) -> m.Test:
    name, kind = draw(st.sampled_from(sorted(FIELDS.items())))
    operator = draw(st.sampled_from([op for op in OPERATORS.values() if kind in op.types]))
    value: Any
    if operator.value == "flag" or kind == "flag":
        value = draw(st.booleans())
        if operator.value == "list":
            value = (value,)
    elif operator.name == "in_ranges":
        value = tuple(draw(st.lists(st.sampled_from(RANGES), max_size=2)))
    elif operator.value == "list":
        value = tuple(draw(st.lists(VALUES[kind], max_size=3)))
    elif operator.value == "pair":
        value = (draw(VALUES[kind]), draw(VALUES[kind]))
    else:
        value = draw(VALUES[kind])
    return m.Test(m.FieldRef("line", name, "line", kind), operator.name, value)


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: m.All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: m.AnyOf(tuple(parts))),
        inner.map(m.Not),
    ),
    max_leaves=6,
)
LINES = st.fixed_dictionaries(
    {
        "code": st.none() | VALUES["text"] | st.sampled_from(["99212", "G0440"]),
        "units": st.none() | VALUES["number"] | st.just(Decimal("0.7")),
        "date_from": st.none() | VALUES["date"],
        "denied": st.none() | VALUES["flag"],
        "modifiers": st.none() | st.lists(st.sampled_from(["25", "59", "LT", "2", "26"]), max_size=3),
    }
)


def holds(part: m.Condition, line: Mapping[str, Any]) -> bool:
    if isinstance(part, m.All):
        return all(holds(item, line) for item in part.parts)
    if isinstance(part, m.AnyOf):
        return any(holds(item, line) for item in part.parts)
    if isinstance(part, m.Not):
        return not holds(part.part, line)
    return OPERATORS[part.op].plain(line[part.field.name], part.value)


@settings(max_examples=150, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), LINES)
@pytest.mark.slow
def test_what_a_line_satisfies_can_hold(parts: list[m.Condition], line: dict[str, Any]) -> None:
    if all(holds(part, line) for part in parts):
        assert can_hold(parts, lambda _: ())


@settings(max_examples=100, deadline=None)
@given(CONDITIONS)
def test_a_condition_or_its_opposite_can_hold(part: m.Condition) -> None:
    assert can_hold([part], lambda _: ()) or can_hold([m.Not(part)], lambda _: ())


@settings(max_examples=100, deadline=None)
@given(CONDITIONS)
@pytest.mark.slow
def test_a_comparison_and_its_opposite_never_hold_together(part: m.Condition) -> None:
    if isinstance(part, m.Test):
        assert not can_hold([part, m.Not(part)], lambda _: ())


def line(name: str, op: str, value: Any) -> m.Test:
    return m.Test(m.FieldRef("line", name, "line", FIELDS.get(name, "text")), op, value)


@pytest.mark.parametrize(
    ("parts", "possible"),
    [
        ([line("units", "gt", Decimal(2)), line("units", "lt", Decimal(3))], True),
        ([line("units", "gt", Decimal(3)), line("units", "le", Decimal(3))], False),
        ([line("code", "in_ranges", ("99202-99215",)), line("code", "not_in", ("99202", "99215"))], True),
        ([line("code", "in_ranges", ("99202-99203",)), line("code", "not_in", ("99202", "99203"))], False),
        ([line("code", "in_ranges", ("0042T-0999T",)), line("code", "in_ranges", ("00100-01999",))], False),
        ([line("code", "in_ranges", ("0042T-0044T",)), line("code", "not_in", ("0042T", "0044T"))], True),
        ([line("code", "in_ranges", ("99209-99211",)), line("code", "not_in", ("99209", "99211"))], True),
        ([line("code", "in_ranges", ("0042T-0043T",)), line("code", "not_in", ("0042T", "0043T"))], False),
        ([line("code", "starts_with", "992"), line("code", "in_ranges", ("99300-99400",))], False),
        ([line("code", "exists", False), line("code", "ne", "99213")], True),
        ([line("code", "exists", False), line("code", "in", ("99213",))], False),
        ([line("modifiers", "overlaps", ("LT", "RT")), line("modifiers", "disjoint", ("LT", "RT", "50"))], False),
        ([line("modifiers", "overlaps", ("LT", "RT")), line("modifiers", "disjoint", ("LT",))], True),
        ([line("modifiers", "not_empty", False), line("modifiers", "contains", "LT")], False),
        ([line("setting", "not_in", ("practitioner", "outpatient_hospital", "inpatient", "dme", "dental")),
          line("setting", "exists", True)], False),
        ([m.AnyOf((line("code", "eq", "1"), line("code", "eq", "2"))), line("code", "eq", "3")], False),
        ([m.NEVER], False),
        ([m.ALWAYS], True),
    ],
)  # fmt: skip
def test_contradictions_are_seen_field_by_field(parts: list[m.Condition], possible: bool) -> None:
    assert can_hold(parts, lambda _: ()) == possible


def test_a_parameter_counts_with_each_value_that_it_had_in_the_rules_dates() -> None:
    start = date(2024, 1, 1)
    known = {"codes": m.Parameter("codes", ((start, ("1",)), (start + timedelta(100), ("1", "2"))), "a")}
    part = m.Test(m.FieldRef("line", "code", "line", "text"), "in", m.ParameterRef("codes"))
    parts: list[m.Condition] = [part, line("code", "eq", "2")]
    assert can_hold_in(parts, known, None, None)
    assert not can_hold_in(parts, known, start, start + timedelta(99))
    assert not can_hold_in([part], known, start - timedelta(9), start - timedelta(1))


def test_a_search_that_would_not_end_lets_the_condition_pass() -> None:
    free: list[m.Condition] = [
        m.AnyOf(tuple(line(f"field_{at}_{other}", "eq", "1") for other in range(5))) for at in range(9)
    ]
    apart: list[m.Condition] = [
        m.AnyOf(tuple(line("code", "eq", f"{at}{other}") for other in range(6))) for at in range(2)
    ]
    assert not can_hold(apart, lambda _: ())
    assert can_hold([*free, *apart], lambda _: ())
