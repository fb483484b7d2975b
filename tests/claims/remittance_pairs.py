"""Claims (837) and the remittances that answer them (835), made in tests. Amounts are whole cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.claims.readers.x12 import files

DAY = "20240105"
NPI = "1000000004"


def usd(cents: int) -> str:
    """Dollars as X12 writes them."""
    text = f"{abs(cents) // 100}.{abs(cents) % 100:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if cents < 0 else text


@dataclass(frozen=True)
class Line:
    """A line as it was sent, and what the payer says to it. `sent` is the code as sent where the payer "
    "changed it."""

    code: str = "99213"
    charge: int = 10_000
    paid: int = 8_000
    mods: tuple[str, ...] = ()
    day: str = DAY
    control: str = ""
    units: str = "1"
    pointer: str = "1"
    sent: str = ""
    reason: str = "45"
    group: str = "CO"
    rendering: str = ""
    more: tuple[str, ...] = ()

    @property
    def composite(self) -> str:
        return ":".join(("HC", self.code, *self.mods))


@dataclass(frozen=True)
class Claim:
    """A claim and its lines. `charge` and `paid` stand in place of the sums of the lines, `cas` are "
    "adjustments of it."""

    id: str = "C1"
    lines: tuple[Line, ...] = (Line(),)
    member: str = "M1"
    payer: str = "PAY1"
    payer_name: str = "PAYER"
    frequency: str = "1"
    ref: str = ""
    icn: str = "ICN1"
    status: str = "1"
    filing: str = "MB"
    npi: str = NPI
    sequence: str = "P"
    charge: int | None = None
    paid: int | None = None
    cas: tuple[tuple[str, str, int], ...] = ()
    more: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(line.charge for line in self.lines) if self.charge is None else self.charge

    @property
    def payment(self) -> int:
        if self.paid is not None:
            return self.paid
        return sum(line.paid for line in self.lines) - sum(amount for _, _, amount in self.cas)

    def reversal(self, **more: object) -> Claim:
        """The claim taken back: status 22, every amount below zero."""
        lines = tuple(replace(line, charge=-line.charge, paid=-line.paid) for line in self.lines)
        cas = tuple((group, reason, -amount) for group, reason, amount in self.cas)
        charge = None if self.charge is None else -self.charge
        paid = None if self.paid is None else -self.paid
        return replace(self, status="22", lines=lines, cas=cas, charge=charge, paid=paid, **more)  # type: ignore[arg-type]


def bill(*claims: Claim) -> str:
    """The claims as a professional 837."""
    segments: list[str] = []
    for number, claim in enumerate(claims):
        levels = [
            f"HL*{2 * number + 1}**20*1", f"NM1*85*2*GROUP*****XX*{claim.npi}", "N3*1 SQUARE",
            "N4*BALTIMORE*MD*212020001",
            f"HL*{2 * number + 2}*{2 * number + 1}*22*0", f"SBR*{claim.sequence}*18*GRP******{claim.filing}",
            f"NM1*IL*1*ONE*ANN****MI*{claim.member}", "DMG*D8*19500102*F",
            f"NM1*PR*2*{claim.payer_name}*****PI*{claim.payer}",
        ]  # fmt: skip
        ref = [f"REF*F8*{claim.ref}"] if claim.ref else []
        segments += [
            *levels,
            f"CLM*{claim.id}*{usd(claim.total)}***11:B:{claim.frequency}*Y*A*Y*Y",
            *ref,
            "HI*ABK:E119*ABF:I10",
        ]
        for place, line in enumerate(claim.lines, 1):
            segments += [f"LX*{place}", f"SV1*{line.composite}*{usd(line.charge)}*UN*{line.units}***{line.pointer}",
                         f"DTP*472*D8*{line.day}"]  # fmt: skip
            segments += [f"REF*6R*{line.control}"] if line.control else []
            segments += [f"NM1*82*1*X*Y****XX*{line.rendering}"] if line.rendering else []
    return files.text(files.whole(*segments, levels=()))


@dataclass(frozen=True)
class Remittance:
    """An 835: its claims, the day of payment, its payer, and adjustments of the provider (PLB)."""

    claims: Sequence[Claim] = field(default_factory=tuple)
    day: str = "20240201"
    payer: str = "PAY1"
    payer_name: str = "PAYER"
    plb: int = 0
    npi: str = NPI
    total: int | None = None
    count: int | None = None
    head: tuple[str, ...] = ()

    def segments(self) -> list[str]:
        """From ST to SE."""
        total = sum(claim.payment for claim in self.claims) - self.plb if self.total is None else self.total
        inside = [f"BPR*I*{usd(total)}*C*CHK************{self.day}", "TRN*1*CHECK*1999999999", *self.head,
                  f"N1*PR*{self.payer_name}" + (f"*XV*{self.payer}" if self.payer else ""),
                  f"N1*PE*GROUP*XX*{self.npi}", "LX*1"]  # fmt: skip
        for claim in self.claims:
            inside += answer(claim)
        inside += [f"PLB*{self.npi}*20241231*WO:X*{usd(self.plb)}"] if self.plb else []
        count = len(inside) + 2 if self.count is None else self.count
        return ["ST*835*0001", *inside, f"SE*{count}*0001"]


def answer(claim: Claim) -> list[str]:
    """The segments of a claim from its CLP."""
    owed = sum(amount for group, _, amount in claim.cas if group == "PR")
    made = [f"CLP*{claim.id}*{claim.status}*{usd(claim.total)}*{usd(claim.payment)}*{usd(owed)}"
            f"*{claim.filing}*{claim.icn}*11"
            f"*{claim.frequency}", *(f"CAS*{group}*{reason}*{usd(amount)}" for group, reason, amount in claim.cas),
            f"NM1*QC*1*ONE*ANN****MI*{claim.member}", *claim.more]  # fmt: skip
    for line in claim.lines:
        sent = f"*HC:{line.sent}" if line.sent else ""
        rest = line.charge - line.paid
        made += [
            f"SVC*{line.composite}*{usd(line.charge)}*{usd(line.paid)}**{line.units}{sent}",
            f"DTM*472*{line.day}",
        ]
        made += [f"CAS*{line.group}*{line.reason}*{usd(rest)}"] if rest else []
        made += [f"REF*6R*{line.control}"] if line.control else []
        made += list(line.more)
    return made


def remit(*claims: Claim, **more: object) -> str:
    """A remittance of these claims as a file; `more` as in :class:`Remittance`."""
    return pay(Remittance(claims, **more))  # type: ignore[arg-type]


def pay(*remittances: Remittance) -> str:
    """Several remittances as a file."""
    group = files.group(*(one.segments() for one in remittances), version="005010X221A1", code="HP")
    return files.text(files.interchange(group))
