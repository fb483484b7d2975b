from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.base.money import format_usd, from_cents, to_cents


@pytest.mark.parametrize(
    ("dollars", "cents"),
    [("12.34", 1234), ("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("1E+3", 100000), ("-7", -700)],
)
def test_dollars_to_cents(dollars, cents):
    assert to_cents(Decimal(dollars)) == cents


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_no_amount(value):
    with pytest.raises(ValueError, match="finite"):
        to_cents(Decimal(value))


@given(st.integers(-(10**17), 10**17))
def test_cents_come_back_exactly(cents):
    dollars = from_cents(cents)
    assert to_cents(dollars) == cents
    assert dollars.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("amount", "text"),
    [(123450, "$1,234.50"), (-300, "-$3.00"), (Decimal("0.005"), "$0.01"), (0, "$0.00"), (None, "")],
)
def test_amounts_in_words(amount, text):
    assert format_usd(amount) == text
