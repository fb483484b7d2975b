"""Conditions and explanations written as SQL: the same meaning as the plain evaluator's, and never NULL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.plain_conditions import day_units, holds
from auditor.engine.plain_matching import differing
from auditor.matching.lines import open_partition
from auditor.matching.sql import Names, condition, literal, message
from auditor.rules import model as m
from auditor.rules.fields import LINE_FIELDS
from auditor.rules.operators import OPERATORS
from auditor.workbench.case_tables import LINE_COLUMNS as CARRIED
from auditor.workbench.case_tables import make_claim_lines, make_line
from tests.findings.worlds import CODES, DIAGNOSES, worlds

TEXTS = [*CODES, *DIAGNOSES, "medicare", "professional", "practitioner", "59", "LT", "T1", "11", "X", ""]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(TEXTS),
    "integer": st.integers(0, 3),
    "number": st.sampled_from([0, 1, 2, -1, Decimal("1.5"), Decimal("0.5")]),
    "money": st.sampled_from([0, 1, 1000, 3333, -500]),
    "date": st.sampled_from([date(2024, 6, 30), date(2024, 7, 1), date(2019, 7, 1), date(2013, 4, 1)]),
    "flag": st.booleans(),
}
READABLE = {name: kind for name, kind in LINE_FIELDS.items() if name in CARRIED or name == "amount"} | {
    "service_date": "date",
    "service_day": "date",
    "day_units": "number",
    "dx_ptr_known": "flag",
}
RANGES = ["99201-99499", "45378", "17000-17003", "0042T-0999T", "A0021-G9999"]
DATED = [date(1996, 1, 1), date(2019, 7, 1), date(2024, 7, 1)]


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[m.Test, m.Parameter | None]:
    name = draw(st.sampled_from(sorted(READABLE)))
    kind = READABLE[name]
    op = draw(st.sampled_from([op for op in OPERATORS.values() if kind in op.types]))
    ref = m.FieldRef("line", name, "line", kind)
    scalar = VALUES[kind.removesuffix("s") if kind in {"texts", "integers"} else kind]
    ranges = st.lists(st.sampled_from(RANGES), max_size=2).map(tuple)
    value = {
        "scalar": scalar,
        "flag": st.booleans(),
        "list": ranges if op.name == "in_ranges" else st.lists(scalar, max_size=3).map(tuple),
        "pair": st.tuples(scalar, scalar),
    }[op.value]
    if (
        op.value == "scalar"
        and kind not in {"texts", "integers"}
        and draw(st.sampled_from([False, False, True]))
    ):
        other = draw(st.sampled_from([field for field, of in sorted(READABLE.items()) if of == kind]))
        return m.Test(ref, op.name, m.FieldRef("line", other, "line", kind)), None
    if op.value != "flag" and kind != "flag" and draw(st.booleans()):
        days = draw(st.lists(st.sampled_from(DATED), min_size=1, max_size=2, unique=True))
        parameter = m.Parameter("p", tuple((day, draw(value)) for day in sorted(days)), "")
        return m.Test(ref, op.name, m.ParameterRef("p")), parameter
    return m.Test(ref, op.name, draw(value)), None


@st.composite
def conditions(draw: st.DrawFn) -> tuple[m.Condition, dict[str, m.Parameter]]:
    parameters: dict[str, m.Parameter] = {}

    def leaf() -> m.Condition:
        test, parameter = draw(comparisons())
        if parameter is None:
            return test
        name = f"p{len(parameters)}"
        parameters[name] = parameter
        return m.Test(test.field, test.op, m.ParameterRef(name))

    def tree(depth: int) -> m.Condition:
        shape = draw(st.sampled_from(["test", "all", "any", "not"] if depth else ["test"]))
        if shape == "test":
            return leaf()
        if shape == "not":
            return m.Not(tree(depth - 1))
        parts = tuple(tree(depth - 1) for _ in range(draw(st.integers(0, 2))))
        return m.All(parts) if shape == "all" else m.AnyOf(parts)

    return tree(2), parameters


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(worlds(least=1, most=2), st.lists(conditions(), min_size=5, max_size=15), st.booleans())
@pytest.mark.slow
def test_a_condition_means_the_same_in_sql_and_in_python(
    world: Any, given_conditions: list[tuple[m.Condition, dict[str, m.Parameter]]], dx_ptr_known: bool
) -> None:
    lines = [make_line(number, line) for number, line in enumerate(world.lines)]
    con = duckdb.connect()
    make_claim_lines(con, lines)
    open_partition(con, 0, 1)
    names = Names(day="r_line.date_from", dx_ptr_known=dx_ptr_known)
    columns = ", ".join(condition(part, names, parameters) for part, parameters in given_conditions)
    said = con.execute(f"SELECT {columns} FROM line r_line ORDER BY line_id").fetchall()
    con.close()
    audited = [line for line in lines if line["state"] == "audited"]
    for line, row in zip(audited, said, strict=True):
        for (part, parameters), value in zip(given_conditions, row, strict=True):
            plain = holds(part, parameters, dx_ptr_known)({"line": line}, line["date_from"], {})
            assert value is plain, (part, line)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.decimals(Decimal("-9999.999"), Decimal("9999.999"), places=3, allow_nan=False),
            st.integers(0, 365),
        ),
        min_size=1,
        max_size=30,
    )
)
@pytest.mark.slow
def test_units_of_a_day_are_rounded_half_up_alike(given_lines: list[tuple[Decimal | None, int]]) -> None:
    first = date(2024, 1, 1)
    lines = [
        make_line(
            at, {"date_from": first, "date_to": date.fromordinal(first.toordinal() + span), "units": units}
        )
        for at, (units, span) in enumerate(given_lines)
    ]
    con = duckdb.connect()
    make_claim_lines(con, lines)
    open_partition(con, 0, 1)
    said = [row[0] for row in con.execute("SELECT day_units FROM line ORDER BY line_id").fetchall()]
    con.close()
    assert said == [day_units(line) for line in lines]


# ---- explanations -----------------------------------------------------------------------------------


@pytest.fixture
def one_line() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    given_line = {
        "date_from": date(2024, 7, 10), "code": "45378", "modifiers": ["59", "RT"], "units": Decimal("2.500"),
        "paid": Decimal("1234.50"), "dx": ["I10"], "rendering_npi": None,
    }  # fmt: skip
    make_claim_lines(con, [make_line(0, given_line)])
    open_partition(con, 0, 1)
    yield con
    con.close()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Code {line.code} on {line.service_date}.", "Code 45378 on 2024-07-10."),
        ("{line.modifiers}; {line.pointed_dx}; {line.dx}", "59, RT; none; I10"),
        (
            "{line.units} units, paid {line.paid}, allowed {line.allowed}",
            "2.5 units, paid 1234.50, allowed not given",
        ),
        ("NPI {line.rendering_npi}, line {line.line_no}", "NPI not given, line 1"),
        ("It's {not a field}, {line}.", "It's {not a field}, {line}."),
        ("", ""),
    ],
)
def test_an_explanation_is_filled_and_never_null(
    one_line: duckdb.DuckDBPyConnection, template: str, text: str
) -> None:
    refs = {f"line.{name}": m.FieldRef("line", name, "line", kind) for name, kind in LINE_FIELDS.items()}
    sql = message(template, Names(day="r_line.date_from"), refs, {})
    assert one_line.execute(f"SELECT {sql} FROM line r_line").fetchone() == (text,)


@pytest.mark.parametrize(("units", "shown"), [("10", "10"), ("100.000", "100"), ("0", "0"), ("0.05", "0.05")])
def test_a_number_is_shown_without_needless_noughts(units: str, shown: str) -> None:
    con = duckdb.connect()
    make_claim_lines(con, [make_line(0, {"date_from": date(2024, 7, 10), "units": Decimal(units)})])
    open_partition(con, 0, 1)
    ref = {"line.units": m.FieldRef("line", "units", "line", "number")}
    sql = message("{line.units}", Names(day="r_line.date_from"), ref, {})
    assert con.execute(f"SELECT {sql} FROM line r_line").fetchone() == (shown,)
    con.close()


@pytest.mark.parametrize(
    "value", ["it's", "", "99213", 5, -5, Decimal("1.50"), date(2024, 2, 29), True, ("a", "b'c"), (1, 2), ()]
)
def test_a_literal_is_the_value(value: Any) -> None:
    row = duckdb.execute(f"SELECT {literal(value)}").fetchone()
    assert row is not None and row[0] == (list(value) if isinstance(value, tuple) else value)


def test_no_literal_of_a_float() -> None:
    with pytest.raises(TypeError):
        literal(0.5)


def test_modifiers_of_one_of_two_lines_only_are_told_alike() -> None:
    lists = [[], ["RT"], ["LT"], ["RT", "T6"], ["59", "RT"], ["T6", "59"], ["RT", "RT"]]
    names = Names(day="DATE '2024-07-01'", roles=("one", "two"))
    told = names.field(m.FieldRef("pair", "differing_modifiers", "pair", "texts"))
    con = duckdb.connect()
    con.execute("CREATE TABLE lists (modifiers VARCHAR[])")
    con.executemany("INSERT INTO lists VALUES (?)", [[one] for one in lists])
    rows = con.execute(
        f"SELECT r_one.modifiers, r_two.modifiers, {told} FROM lists r_one CROSS JOIN lists r_two"
    ).fetchall()
    con.close()
    assert len(rows) == len(lists) ** 2
    for one, two, said in rows:
        assert said == differing(one, two), (one, two)
        assert set(said) == set(one) ^ set(two)
