"""The chart of dollars by month."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.claims.profile.model import Amounts, Month
from auditor.workbench.feed_chart import chart_of
from auditor.workbench.feed_rows import MONTHS, told_months


def month(name: str, paid: int | None, charge: int | None = None, lines: int = 1) -> Month:
    return Month(name, Amounts(lines, 1, charge, None, paid))


def test_a_column_is_as_tall_as_its_dollars() -> None:
    chart = chart_of([month("2024-01", 200_00), month("2024-02", 400_00), month("2024-03", 0)])
    assert chart is not None and chart.what == "Paid"
    tall = [float(column.height) for column in chart.columns]
    assert tall[1] == pytest.approx(2 * tall[0], abs=0.2) and tall[2] == 0
    assert all(float(c.y) + float(c.height) == pytest.approx(chart.floor, abs=0.2) for c in chart.columns)
    assert chart.columns[1].hint == "2024-02: $400.00 on 1 line"


def test_without_paid_dollars_it_draws_what_was_charged_and_without_any_nothing() -> None:
    chart = chart_of([month("2024-01", None, 500)])
    assert chart is not None and chart.what == "Charged"
    assert chart_of([month("2024-01", None)]) is None
    assert chart_of([]) is None


def test_a_sum_below_zero_has_no_column() -> None:
    chart = chart_of([month("2024-01", -500), month("2024-02", 500)])
    assert chart is not None and chart.columns[0].height == "0.0"
    assert chart.columns[0].hint.startswith("2024-01: -$5.00")


def test_many_months_are_not_all_labelled() -> None:
    months = [month(f"{2015 + n // 12}-{n % 12 + 1:02}", 100) for n in range(100)]
    chart = chart_of(months)
    assert chart is not None
    labelled = [column for column in chart.columns if column.label]
    assert 5 < len(labelled) < 16 and labelled[0].label == "2015-01"


def test_more_months_than_can_be_told_are_told_by_year() -> None:
    months = [month(f"{1900 + n // 12}-{n % 12 + 1:02}", 100, lines=2) for n in range(MONTHS + 12)]
    years = told_months(months)
    assert len(years) == MONTHS // 12 + 1
    assert (years[0].month, years[0].amounts.lines, years[0].amounts.paid) == ("1900", 24, 1_200)
    assert years[0].amounts.charge is None
    assert told_months(months[:MONTHS]) == tuple(months[:MONTHS])


@given(st.lists(st.integers(-(10**12), 10**15), min_size=1, max_size=30))
def test_the_highest_line_is_not_below_the_tallest_column(values: list[int]) -> None:
    chart = chart_of([month(f"{2000 + n}-01", value) for n, value in enumerate(values)])
    assert (chart is None) == all(value <= 0 for value in values)
    if chart is not None:
        assert 2 <= len(chart.ticks) <= 5 or max(values) <= 100
        assert min(float(tick.y) for tick in chart.ticks) <= min(float(column.y) for column in chart.columns)
