"""How far remittances and claims were joined, for the notes of a run, its run.json and its reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auditor.base.money import format_usd

CLAIM_KEYS: Mapping[str, str] = {
    "number": "the claim number alone, which one claim has",
    "payer": "the claim number and the payer",
    "provider": "the claim number and the billing provider",
    "sequence": "the claim number and whether the payer was first or second",
    "payer_number": "the claim number and the payer's own number",
    "frequency": "the claim number and the frequency code",
    "charge": "the claim number and the charge",
    "unanswered": "the claim number, the others of that number being answered",
}
"""What told the claim that a remittance answers, in words, in the order in which it is asked."""
LINE_KEYS: Mapping[str, str] = {
    "control_number": "the line control number (REF 6R)",
    "line_number": "the line number",
    "code_date_charge": "code, modifiers, day and charge",
    "submitted_code": "the code that was sent (SVC06)",
}
"""What told the claim line that a service line answers."""


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

    def figures(self) -> tuple[tuple[str, str], ...]:
        """The join in words and figures, as reports and `claims inspect` show it; what is nought is left out."""
        return tuple(self._figures())

    def _figures(self) -> Iterator[tuple[str, str]]:
        if self.claims:
            yield "Claims that a remittance answers", _part(self.claims_matched, self.claims)
            yield "Claim lines that a remittance answers", _part(self.lines_matched, self.lines)
            yield "Remittances joined to a claim", _part(self.remittances_matched, self.remittances)
            yield (
                "Service lines of remittances joined to a claim line",
                _part(self.service_lines_matched, self.service_lines),
            )
        elif self.remittances:
            yield "Remittances without claims beside them, audited as they stand", f"{self.remittances:,}"
            yield "Service lines of these", f"{self.service_lines:,}"
        for counts, words, what in (
            (self.by_claim_key, CLAIM_KEYS, "Claims told by "),
            (self.by_line_key, LINE_KEYS, "Lines told by "),
        ):
            for key in sorted(counts, key=lambda key: [*words, key].index(key)):
                yield what + words.get(key, key.replace("_", " ")), f"{counts[key]:,}"
        for label, count in (
            ("Service lines that may be more than one claim line", self.service_lines_ambiguous),
            ("Service lines that are no line of their claim", self.service_lines_unmatched),
            ("Lines answered under another code than was sent", self.codes_changed),
            ("Remittances that pay a claim as a whole", self.whole_claims),
            ("Remittances that adjust a claim as a whole", self.shared_amounts),
            ("Remittances that were read before, counted once", self.remittances_repeated),
            ("Reversals", self.reversals),
            ("Reversals that take back no remittance of this feed", self.reversals_unpaired),
            ("Rows of remittances that a later one takes the place of", self.superseded),
        ):
            if count:
                yield label, f"{count:,}"
        if self.claims:
            yield "Paid on the lines that are joined", format_usd(self.paid_matched)
            yield "Paid on rows of remittances that could not be joined", format_usd(self.paid_unmatched)

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


def _part(part: int, whole: int) -> str:
    """`5 of 7 (71.4 %)`, cut and not rounded, so that only all is 100 %."""
    thousandths = part * 1000 // whole if whole else 0
    return f"{part:,} of {whole:,} ({thousandths // 10}.{thousandths % 10} %)"
