"""The age on a line's first day: in SQL as in plain Python."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.engine.plain_conditions import age as plain_age
from auditor.matching.columns import line_columns
from auditor.matching.sql import age as age_sql

DAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31)) | st.sampled_from(
    [date(2000, 2, 28), date(2000, 2, 29), date(2000, 3, 1), date(2001, 2, 28), date(2001, 3, 1)]
)


def both(births: list[date | None], days: list[date | None]) -> list[tuple[int | None, int | None]]:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t AS SELECT unnest(?::DATE[]) AS b, unnest(?::DATE[]) AS d", [births, days])
        found = con.execute(f"SELECT b, d, {age_sql('b', 'd')} FROM t").fetchall()
    return [(in_sql, plain_age({"birth_date": birth, "date_from": day})) for birth, day, in_sql in found]


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        ("1950-07-10", "2024-07-09", 73),
        ("1950-07-10", "2024-07-10", 74),
        ("1950-07-10", "1950-07-10", 0),
        ("1950-07-10", "1950-07-09", None),
        ("2000-02-29", "2001-02-28", 0),
        ("2000-02-29", "2001-03-01", 1),
        ("2000-02-29", "2004-02-29", 4),
        (None, "2024-07-10", None),
        ("1950-07-10", None, None),
    ],
)
def test_full_years_count_from_the_birthday_on(birth: str | None, day: str | None, years: int | None) -> None:
    given_days = [None if text is None else date.fromisoformat(text) for text in (birth, day)]
    assert both(given_days[:1], given_days[1:]) == [(years, years)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS), min_size=50, max_size=100))
def test_both_evaluators_count_alike(pairs: list[tuple[date | None, date | None]]) -> None:
    births, days = zip(*pairs, strict=True)
    assert all(in_sql == plain for in_sql, plain in both(list(births), list(days)))


def test_a_rule_that_asks_the_age_reads_the_dates_that_it_is_made_of() -> None:
    assert line_columns(["age", "plan_id"]) == {"birth_date", "date_from", "plan_id"}
