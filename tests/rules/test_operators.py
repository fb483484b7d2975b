"""Every operator once in SQL and once in Python: the two say the same of every value, missing ones included."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.matching.sql import literal
from auditor.rules.code_ranges import ranges_sql
from auditor.rules.operators import OPERATORS, Operator

SQL_TYPES = {
    "text": "VARCHAR",
    "integer": "INTEGER",
    "number": "DECIMAL(18,3)",
    "money": "BIGINT",
    "date": "DATE",
    "flag": "BOOLEAN",
    "texts": "VARCHAR[]",
    "integers": "INTEGER[]",
}
CODES = ["99213", "99214", "9921", "992130", "G0402", "00100", "00500", "0001U", "0042T", "", "'", "é"]
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(CODES),
    "integer": st.integers(-3, 3),
    "number": st.one_of(
        st.integers(-3, 3), st.sampled_from([Decimal("0.5"), Decimal("1.125"), Decimal("-2.000")])
    ),
    "money": st.integers(-200, 200),
    "date": st.sampled_from([date(2018, 12, 31), date(2019, 7, 1), date(2024, 2, 29), date(9999, 12, 31)]),
    "flag": st.booleans(),
}
RANGES = ["99213", "99202-99214", "G0400-G0410", "0001U-0999U", "0042T-0999T", "00100-01999", "9-99215", ""]
RANGES.append("99214-99213")
CASES = [(op, kind) for op in OPERATORS.values() for kind in sorted(op.types)]


def other_field(op: Operator, kind: str) -> str | None:
    """The type of the field that may stand at the operator's right; None where none may."""
    if op.name == "in_ranges" or op.value not in {"scalar", "list"}:
        return None
    if op.name == "contains":
        return kind.removesuffix("s")
    if op.value == "scalar":
        return kind
    lists = {"text": "texts", "texts": "texts", "integer": "integers", "integers": "integers"}
    return lists.get(kind)


FIELD_CASES = [(op, kind, other) for op, kind in CASES if (other := other_field(op, kind))]


def fields(kind: str) -> st.SearchStrategy[Any]:
    """Values that a field of a type may hold; lists are never missing in ``claim_line``, but rows of tables may be."""
    if kind in {"texts", "integers"}:
        return st.none() | st.lists(SCALARS[kind.removesuffix("s")], max_size=3)
    return st.none() | SCALARS[kind]


def operands(op: Operator, kind: str) -> st.SearchStrategy[Any]:
    """Values that a rule file may write at the operator's right."""
    scalar = SCALARS[kind.removesuffix("s") if kind in {"texts", "integers"} else kind]
    if op.name == "in_ranges":
        return st.lists(st.sampled_from(RANGES), max_size=3).map(tuple)
    return {
        "scalar": scalar,
        "flag": st.booleans(),
        "list": st.lists(scalar, max_size=3).map(tuple),
        "pair": st.tuples(scalar, scalar),
    }[op.value]


def sql_of(op: Operator, field: str, value: Any) -> str:
    return ranges_sql(field, value) if op.name == "in_ranges" else op.sql(field, literal(value))


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize(("op", "kind"), CASES, ids=[f"{op.name}-{kind}" for op, kind in CASES])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_sql_and_python_agree(
    con: duckdb.DuckDBPyConnection, op: Operator, kind: str, data: st.DataObject
) -> None:
    pairs = data.draw(st.lists(st.tuples(fields(kind), operands(op, kind)), min_size=1, max_size=12))
    columns = ", ".join(
        sql_of(op, f"CAST({cast(field)} AS {SQL_TYPES[kind]})", value) for field, value in pairs
    )
    said = con.execute(f"SELECT {columns}").fetchone()
    assert said == tuple(op.plain(field, value) for field, value in pairs), pairs


@pytest.mark.parametrize(
    ("op", "kind", "other"), FIELD_CASES, ids=[f"{op.name}-{kind}" for op, kind, _ in FIELD_CASES]
)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_they_agree_where_the_value_is_another_field(
    con: duckdb.DuckDBPyConnection, op: Operator, kind: str, other: str, data: st.DataObject
) -> None:
    """The other field may be missing as well."""
    pairs = data.draw(st.lists(st.tuples(fields(kind), fields(other)), min_size=1, max_size=12))
    columns = ", ".join(
        op.sql(f"CAST({cast(left)} AS {SQL_TYPES[kind]})", f"CAST({cast(right)} AS {SQL_TYPES[other]})")
        for left, right in pairs
    )
    said = con.execute(f"SELECT {columns}").fetchone()
    assert said == tuple(op.plain(left, right) for left, right in pairs), pairs


def cast(value: Any) -> str:
    if value is None:
        return "NULL"
    return literal(tuple(value) if isinstance(value, list) else value)


def test_negative_operators_are_the_negations() -> None:
    for negative, positive in (("ne", "eq"), ("not_in", "in"), ("disjoint", "overlaps")):
        left: Any = ["59"] if positive == "overlaps" else "59"
        for field in (None, left):
            value: Any = "59" if positive == "eq" else ("59", "XE")
            assert OPERATORS[negative].plain(field, value) is not OPERATORS[positive].plain(field, value)


def test_a_range_takes_codes_of_its_own_length() -> None:
    holds = OPERATORS["in_ranges"].plain
    assert holds("99213", ("99202-99215",)) and holds("99215", ("99202-99215",))
    assert not holds("9921", ("99202-99215",)) and not holds("992130", ("99202-99215",))
    assert holds("G0380", ("99202-99215", "G0380")) and not holds(None, ("99202-99215",))
