from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.base.dates import next_quarter, quarter_bounds, quarter_of


@given(st.dates(date(1900, 1, 1), date(9998, 12, 31)))
def test_a_day_lies_in_its_quarter_and_quarters_follow_each_other(day):
    first, last = quarter_bounds(quarter_of(day))
    assert first <= day <= last
    assert quarter_of(last + timedelta(days=1)) == next_quarter(quarter_of(day))
    assert quarter_bounds(next_quarter(quarter_of(day)))[0] == last + timedelta(days=1)


def test_bounds_of_known_quarters():
    assert quarter_bounds("2024Q1") == (date(2024, 1, 1), date(2024, 3, 31))
    assert quarter_bounds(" 2024q4 ") == (date(2024, 10, 1), date(2024, 12, 31))


@pytest.mark.parametrize("text", ["2024Q5", "2024", "Q1", "24Q1", "0000Q1", "2024Q11"])
def test_what_is_no_quarter(text):
    with pytest.raises(ValueError, match="is not a quarter"):
        quarter_bounds(text)
