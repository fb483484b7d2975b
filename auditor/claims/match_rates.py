"""How far remittances and claims were joined, for the notes of a run, its run.json and its reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MatchRates:
    """How far remittances and claims were joined: claims, and lines, each side, by the key that matched.

    `remittances` are claims of an 835, repeats left out; `lines_matched` counts claim lines, `service_lines` lines of
    standing remittances. Paid amounts are cents of remittances, of those joined and of those set aside.
    """

    claims: int = 0
    claims_matched: int = 0
    remittances: int = 0
    remittances_matched: int = 0
    remittances_repeated: int = 0
    reversals: int = 0
    reversals_unpaired: int = 0
    superseded: int = 0
    by_claim_key: Mapping[str, int] = field(default_factory=dict)
    unmatched: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0
    lines_matched: int = 0
    service_lines: int = 0
    service_lines_matched: int = 0
    service_lines_ambiguous: int = 0
    service_lines_unmatched: int = 0
    codes_changed: int = 0
    whole_claims: int = 0
    shared_amounts: int = 0
    by_line_key: Mapping[str, int] = field(default_factory=dict)
    paid_matched: int = 0
    paid_unmatched: int = 0

    @property
    def shares_payments(self) -> bool:
        """Whether a payment of a whole claim was shared among its lines."""
        return bool(self.whole_claims or self.shared_amounts)

    def notes(self) -> tuple[str, ...]:
        """What a run tells of the join; empty when there was nothing to join."""
        told = []
        if self.shared_amounts:
            told.append(
                f"{self.shared_amounts:,} remittances adjust a claim as a whole; the amount is shared among "
                "its lines"
            )
        if self.whole_claims:
            told.append(
                f"{self.whole_claims:,} remittances pay a claim as a whole; the payment is shared among its "
                "lines by charge"
            )
        if self.remittances and self.lines:
            told.append(
                f"{self.remittances_matched:,} of {self.remittances:,} remittances are joined to "
                f"{self.claims_matched:,} of {self.claims:,} claims, and {self.service_lines_matched:,} of "
                f"{self.service_lines:,} of their lines to {self.lines_matched:,} of {self.lines:,} claim lines"
            )
        if self.codes_changed:
            told.append(
                f"{self.codes_changed:,} lines are answered under another code than was sent; the code that "
                "was sent is audited"
            )
        if self.reversals_unpaired:
            told.append(f"{self.reversals_unpaired:,} reversals take back no remittance of this feed")
        return tuple(told)
