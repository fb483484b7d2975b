"""Shares as reports print them: to six places, rounded half up as a spreadsheet does."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

Figure = Decimal | int | None


def share_of(part: Figure, whole: Figure) -> Decimal | None:
    """`part` ÷ `whole`, to six places; None where either is not known or the whole is nothing."""
    if part is None or not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
