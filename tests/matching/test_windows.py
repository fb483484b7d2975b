"""Windows of time in SQL: the same days as the second evaluator lays, around month ends, leap days and year ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine import plain_windows
from auditor.engine.plain_windows import laid
from auditor.matching.windows import days_around, end_of, first_day, inside, start_of
from auditor.rules import model as m

DAYS = [date(2023, 12, 1) + timedelta(days) for days in range(460)] + [
    date(1999, 12, 31), date(2000, 2, 29), date(2019, 2, 28), date(2100, 2, 28), date(2096, 2, 29)
]  # fmt: skip
"""Every day of fifteen months, a leap day among them, and days of other leap years and centuries."""
SPANS = {
    "calendar month": m.Span(calendar="month"),
    "calendar year": m.Span(calendar="year"),
    "whole months": m.Span(m.Bound(-11), m.Bound(), whole_months=True),
    "whole months and days": m.Span(m.Bound(-1, 3), m.Bound(1, -2), whole_months=True),
    "months without days": m.Span(m.Bound(-1), m.Bound(1)),
    "open at its start": m.Span(None, m.Bound(0, 3), whole_months=True),
    "open at its end": m.Span(m.Bound(-1), None),
    "open": m.Span(None, None),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("CREATE TABLE anchor AS SELECT unnest(?) AS day", [DAYS])
        made.execute("INSERT INTO anchor VALUES (NULL)")
        yield made


def in_sql(con: duckdb.DuckDBPyConnection, span: m.Span) -> dict[date, Any]:
    """First and last day of the span around each day."""
    ends = [f"CAST({sql or 'NULL'} AS DATE)" for sql in (start_of("day", span), end_of("day", span))]
    rows = con.execute(f"SELECT day, {ends[0]}, {ends[1]} FROM anchor WHERE day IS NOT NULL").fetchall()
    return {day: (first, last) for day, first, last in rows}


@pytest.mark.parametrize("name", SPANS)
def test_a_window_is_the_same_in_both_evaluators(con: duckdb.DuckDBPyConnection, name: str) -> None:
    assert in_sql(con, SPANS[name]) == {day: laid(SPANS[name], day) for day in DAYS}


months = st.integers(-14, 14)
days = st.sampled_from([-365, -31, -30, -2, -1, 0, 0, 1, 28, 31, 365])
bounds = st.one_of(st.none(), st.builds(m.Bound, months, days))
spans = st.builds(m.Span, bounds, bounds, st.booleans())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(span=spans)
def test_any_window_is_the_same_in_both_evaluators(con: duckdb.DuckDBPyConnection, span: m.Span) -> None:
    assert in_sql(con, span) == {day: laid(span, day) for day in DAYS}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(span=st.one_of(st.sampled_from(list(SPANS.values())), spans), shift=st.integers(-40, 40))
def test_the_same_days_lie_inside_in_both_evaluators(
    con: duckdb.DuckDBPyConnection, span: m.Span, shift: int
) -> None:
    other = f"(day + ({shift}))"
    asked = inside(other, "day", m.Window((("", span),)))
    found = dict(con.execute(f"SELECT day, {asked} FROM anchor").fetchall())
    assert found.pop(None) is False
    assert found == {day: plain_windows.inside(laid(span, day), day + timedelta(shift)) for day in DAYS}


@settings(max_examples=60, deadline=None)
@given(span=st.one_of(st.sampled_from(list(SPANS.values())), spans))
def test_a_window_reaches_no_further_than_is_said_and_hardly_less(span: m.Span) -> None:
    before, after = days_around(m.Window((("", span),)))
    whole = [laid(span, day) for day in DAYS]
    earliest = [(day - first).days for day, (first, _) in zip(DAYS, whole, strict=True) if first is not None]
    latest = [(last - day).days for day, (_, last) in zip(DAYS, whole, strict=True) if last is not None]
    bounds = (None, None) if span.calendar else (span.start, span.end)
    for said, reached, bound in ((before, earliest, bounds[0]), (after, latest, bounds[1])):
        if said is None:
            assert not reached
        else:
            inexact = 3 * abs(bound.months) + 30 * span.whole_months if bound is not None else 0
            assert max(0, *reached) <= said <= max(0, max(reached) + inexact)


def test_of_several_windows_the_furthest_end_is_told_on_either_side() -> None:
    near, far = m.Span(m.Bound(0, -9), m.Bound(0, 1)), m.Span(m.Bound(0, -2), m.Bound(0, 90))
    ref = m.FieldRef("line", "pos", "line", "text")
    assert days_around(m.Window((("11", near), ("24", far)), ref)) == (9, 90)
    assert days_around(m.Window((("11", near), ("24", m.Span(None, m.Bound()))), ref)) == (None, 1)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [("2023-02-14", "2023-02-01", "2023-02-28"), ("2024-02-01", "2024-02-01", "2024-02-29"),
     ("2024-12-31", "2024-12-01", "2024-12-31"), ("2025-04-30", "2025-04-01", "2025-04-30")],
)  # fmt: skip
def test_a_calendar_month_ends_on_its_last_day(
    con: duckdb.DuckDBPyConnection, day: str, first: str, last: str
) -> None:
    span, anchor = m.Span(calendar="month"), f"DATE '{day}'"
    wanted = (date.fromisoformat(first), date.fromisoformat(last))
    assert con.execute(f"SELECT {start_of(anchor, span)}, {end_of(anchor, span)}").fetchone() == wanted
    assert laid(span, date.fromisoformat(day)) == wanted


def test_a_value_that_is_not_named_has_no_window(con: duckdb.DuckDBPyConnection) -> None:
    ref = m.FieldRef("line", "pos", "line", "text")
    window = m.Window((("11", m.Span(m.Bound(0, -1), m.Bound())),), ref)
    for value, lies, first in (
        ("'11'", True, date(2024, 1, 30)),
        ("'24'", False, None),
        ("NULL", False, None),
    ):
        sql = inside("DATE '2024-01-30'", "DATE '2024-01-31'", window, value)
        start = first_day("DATE '2024-01-31'", window, value)
        assert con.execute(f"SELECT {sql}, {start}").fetchone() == (lies, first)
