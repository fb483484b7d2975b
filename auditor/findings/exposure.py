"""The only place that computes money: what a finding puts at stake, in integer cents.

A candidate carries the part of its line's amount at stake as ``share_num / share_den`` (whole line 1/1; MUE: the
excess units' part of the day, SEMANTICS MUE 3). A span line over on several days is one finding whose parts add up.
Parts are summed in millionths of a cent and rounded half up once.
"""

from __future__ import annotations

from typing import Final

MICRO: Final = 1_000_000
_HALF: Final = 500_000 + 1_000
"""Half a cent, and a thousandth of one for the millionths lost by dividing each day on its own."""


def amount(alias: str) -> str:
    """The line's amount in cents by the best basis it has: paid, else allowed, else charge; never negative."""
    return f"greatest(coalesce({alias}.paid, {alias}.allowed, {alias}.charge, 0), 0)"


def basis(alias: str, method: str = "", priced: str = "") -> str:
    """Which of the amounts :func:`amount` took; a share of a header payment is an estimate.

    Of a difference (``method``) it is what the price rests on: repriced, estimated, or not_priced.
    """
    by_price = ""
    if method:
        by_price = f"WHEN {method} = 'difference' AND {priced} = 'not_priced' THEN 'not_priced' "
        by_price += (
            f"WHEN {method} = 'difference' AND {priced} IS NOT NULL AND NOT coalesce({alias}.paid_allocated, FALSE) "
            f"THEN {priced} "
        )
    return (
        f"CASE {by_price}WHEN {alias}.paid_allocated THEN 'estimated' WHEN {alias}.paid IS NOT NULL THEN 'paid' "
        f"WHEN {alias}.allowed IS NOT NULL THEN 'allowed' WHEN {alias}.charge IS NOT NULL THEN 'charge' END"
    )


def is_repriced(method: str, priced: str) -> str:
    """SQL: the amount that would have been paid is known, or estimated."""
    return f"{method} = 'difference' AND coalesce({priced} <> 'not_priced', FALSE)"


def corrected(alias: str, direction: str, exposure_cents: str) -> str:
    """The amount in cents that would have been paid in place of the line's, by the same basis as its exposure."""
    return (
        f"{amount(alias)} + CASE {direction} WHEN 'under' THEN {exposure_cents} ELSE - {exposure_cents} END"
    )


def part(cents: str, num: str, den: str) -> str:
    """Millionths of a cent of ``cents * num / den``, truncated, as a HUGEINT."""
    return f"(({cents})::HUGEINT * {MICRO} * ({num}) // ({den}))"


def rounded(micro: str) -> str:
    """Cents from millionths of a cent, rounded half up."""
    return f"CAST(({micro} + {_HALF}) // {MICRO} AS BIGINT)"
