"""Providers side by side: their headings, the rate of what modifiers lifted, and where that stands among the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from auditor.reports.document import AuditDocument, Breakdown
from auditor.reports.profile_cells import OTHERS
from auditor.reports.shares import share_of
from auditor.reports.shown import FAILING, Shown, shown_of

ENOUGH: Final = 10
"""Findings and bypassed pairs that a provider's rate must rest on to be compared."""
PEERS: Final = 5
"""Providers with such a rate that a comparison needs."""
HIGH, LOW = 80, 20


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A provider: its sections, bypassed ÷ (bypassed + findings), and where that stands among the feed's providers.

    `percentile` is None where too few findings or providers stand behind it; so are both counts where hidden.
    """

    entry: Breakdown
    bypassed: int | None
    of: int | None
    percentile: int | None

    @property
    def rate(self) -> Decimal | None:
        """The bypass rate, to six places; None without findings."""
        return share_of(self.bypassed, self.of)

    @property
    def position(self) -> str:
        """The percentile in words: high from the 80th, low to the 20th, as PEPPER counts."""
        if self.percentile is None:
            return "too few to compare"
        if self.percentile >= HIGH:
            return "high"
        return "low" if self.percentile <= LOW else "between"


def scorecards(document: AuditDocument) -> tuple[Scorecard, ...]:
    """Every provider of the document, in its order.

    The percentile is the share of comparable providers with a lower rate, those with the same counted half. The row of
    providers that are put together is compared with nobody.
    """
    shown = shown_of(document)
    rates = {
        entry.key: Decimal(entry["bypassed"].findings) / (entry["bypassed"].findings + entry.findings)
        for entry in document.by_provider
        if entry.key not in ("", OTHERS)
        and not shown.hides(entry, "bypassed", *FAILING)
        and entry["bypassed"].findings + entry.findings >= ENOUGH
    }
    listed = sorted(rates.values())
    return tuple(_card(entry, rates.get(entry.key), listed, shown) for entry in document.by_provider)


def _card(entry: Breakdown, rate: Decimal | None, rates: Sequence[Decimal], shown: Shown) -> Scorecard:
    percentile = None if rate is None else _percentile(rates, rate)
    if shown.hides(entry, "bypassed", *FAILING):
        return Scorecard(entry, None, None, percentile)
    bypassed = entry["bypassed"].findings
    return Scorecard(entry, bypassed, bypassed + entry.findings, percentile)


def _percentile(rates: Sequence[Decimal], rate: Decimal) -> int | None:
    """Where `rate` stands among the sorted `rates`, 0 to 100; None where there are too few of them."""
    if len(rates) < PEERS:
        return None
    below = bisect_left(rates, rate)
    same = bisect_right(rates, rate) - below
    return int((Decimal(below) + Decimal(same) / 2) * 100 / len(rates))
