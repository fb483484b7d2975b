"""What is known so far of the remittance being read: its payment, its parties, the claim, its services.

Values are the text of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Adjustment:
    """One triplet of a CAS: group, reason, amount, quantity."""

    group: str
    reason: str
    amount: str
    quantity: str

    def text(self, with_amount: bool = True) -> str:
        """As `CO-45:12.50:1`; a part that would break a list is left out."""
        code = f"{self.group}-{self.reason}" if self.group else self.reason
        if not with_amount:
            return _whole(code)
        parts = [_whole(code), _whole(self.amount), _whole(self.quantity)]
        return ":".join(parts).rstrip(":")


def _whole(text: str) -> str:
    return "" if "," in text or ":" in text else text


@dataclass(slots=True)
class Remittance:
    """One 835: payment (BPR), dates, payer and payee, and what its claims and PLB add up to in cents.

    `sums_sound` is false when an amount that should be added is no number, or a part of the transaction is missing.
    """

    number: int
    amount: str = ""
    debit: bool = False
    paid_date: str = ""
    payer_name: str = ""
    payer_number: str = ""
    payer_references: dict[str, str] = field(default_factory=dict)
    payee_npi: str = ""
    payee_tin: str = ""
    claims: int = 0
    paid: int = 0
    provider_level: int = 0
    sums_sound: bool = True

    @property
    def payer_id(self) -> str:
        """N104 of the payer; else its reference 2U (payer), NF (NAIC), HI or EO; blank without any."""
        return self.payer_number or next(
            (
                self.payer_references[kind]
                for kind in ("2U", "NF", "HI", "EO")
                if self.payer_references.get(kind)
            ),
            "",
        )


@dataclass(slots=True)
class Service:
    """Loop 2110: a service line. `number` is its segment number."""

    number: int
    qualifier: str = ""
    code: str = ""
    mods: tuple[str, ...] = ()
    submitted: str = ""
    charge: str = ""
    paid: str = ""
    revenue: str = ""
    units: str = ""
    date_from: str = ""
    date_to: str = ""
    control: str = ""
    allowed: str = ""
    rendering: str = ""
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    shifted: list[str] | None = None
    cut: bool = False


@dataclass(slots=True)
class Claim:
    """Loop 2100: a claim as the payer answers it. `number` is its segment number.

    `refused` is told when the claim is finished: its status says that nothing is paid, and nothing is.
    """

    number: int
    id: str = ""
    status: str = ""
    charge: str = ""
    paid: str = ""
    patient_resp: str = ""
    filing: str = ""
    icn: str = ""
    facility_code: str = ""
    frequency: str = ""
    drg: str = ""
    patient: str = ""
    insured: str = ""
    corrected: str = ""
    rendering: str = ""
    date_from: str = ""
    date_to: str = ""
    received: str = ""
    original: str = ""
    authorisation: str = ""
    inpatient: bool = False
    cut: bool = False
    refused: bool = False
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
