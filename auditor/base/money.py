"""Money: integer cents in SQL, Decimal dollars in Python, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> int:
    """Dollars as whole cents; a fraction of a cent is rounded half away from zero.

    Raises ValueError for NaN and infinities.
    """
    if not amount.is_finite():
        raise ValueError("an amount must be a finite number")
    return int(amount.scaleb(2).to_integral_value(rounding=ROUND_HALF_UP))


def from_cents(cents: int) -> Decimal:
    """Cents as dollars with exactly two places."""
    return Decimal(cents).scaleb(-2)


def format_usd(amount: Decimal | int | None) -> str:
    """`$1,234.50`, `-$3.00`; an int is cents, a Decimal is dollars, None is an empty string."""
    if amount is None:
        return ""
    dollars = from_cents(amount) if isinstance(amount, int) else amount.quantize(CENT, rounding=ROUND_HALF_UP)
    sign = "-" if dollars < 0 else ""
    return f"{sign}${abs(dollars):,.2f}"
