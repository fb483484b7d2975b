from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.base.dates import OPEN_END, quarter_of
from auditor.base.periods import Period


@pytest.mark.parametrize(
    ("text", "first", "last", "label", "kind"),
    [
        ("2024Q3", date(2024, 7, 1), date(2024, 9, 30), "2024Q3", "quarter"),
        (" 2024q4 ", date(2024, 10, 1), date(2024, 12, 31), "2024Q4", "quarter"),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2024", "year"),
        ("cy2024", date(2024, 1, 1), date(2024, 12, 31), "2024", "year"),
        ("FY2025", date(2024, 10, 1), date(2025, 9, 30), "FY2025", "fiscal year"),
        ("fy2025", date(2024, 10, 1), date(2025, 9, 30), "FY2025", "fiscal year"),
        ("2024-03-09", date(2024, 3, 9), OPEN_END, "2024-03-09", "day"),
        ("9999Q4", date(9999, 10, 1), OPEN_END, "9999Q4", "quarter"),
    ],
)
def test_a_period_is_told_in_four_ways(text, first, last, label, kind):
    period = Period.parse(text)
    assert (period.first, period.last, period.label, period.kind) == (first, last, label, kind)


@pytest.mark.parametrize(
    "text", ["", "24Q3", "2024Q5", "2024Q", "0000", "FY0001", "FY24", "2024-07", "July 2024"]
)
def test_what_is_no_period_is_refused_with_the_ways_to_write_one(text):
    with pytest.raises(ValueError, match=r"is no period; write a quarter as 2024Q3"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13-01", "0000-01-01"])
def test_a_day_that_does_not_exist_is_refused_in_the_same_words(text):
    with pytest.raises(ValueError, match=r"is no period; write a quarter as 2024Q3"):
        Period.parse(text)


@given(st.dates(date(1900, 1, 1), date(9998, 12, 31)))
def test_a_day_lies_in_its_quarter_its_year_and_its_fiscal_year(day):
    fiscal = day.year + (day.month >= 10)
    for text in (quarter_of(day), str(day.year).zfill(4), f"FY{fiscal:04d}", day.isoformat()):
        period = Period.parse(text)
        assert period.first <= day <= period.last
        assert Period.parse(period.label) == period


@given(st.integers(1900, 9998))
def test_years_of_one_kind_follow_each_other_without_gap(year):
    for form in ("{:04d}", "FY{:04d}"):
        one, two = Period.parse(form.format(year)), Period.parse(form.format(year + 1))
        assert one.last + timedelta(days=1) == two.first
        assert one < two


def test_periods_are_ordered_by_their_first_day():
    labels = ["2024", "2024Q3", "FY2025", "2023Q4", "2024-03-09"]
    assert [p.label for p in sorted(map(Period.parse, labels))] == [
        "2023Q4", "2024", "2024-03-09", "2024Q3", "FY2025",
    ]  # fmt: skip
