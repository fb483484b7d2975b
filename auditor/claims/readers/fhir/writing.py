"""One ExplanationOfBenefit after another, written as claim lines or set aside: nothing goes without a place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from auditor.claims.readers.fhir import amounts, items, kinds
from auditor.claims.readers.fhir.claim import Claim, number_of
from auditor.claims.readers.fhir.directory import Directory
from auditor.claims.readers.fhir.lines import line_values
from auditor.claims.readers.fhir.values import Object, tally
from auditor.claims.readers.rows import Rows

_REPEATED = "a name stands twice in one object with different values; which of them is meant is not known"


@dataclass
class Told:
    """What is counted over a whole source, for its notes."""

    unread: Counter[str] = field(default_factory=Counter)
    other_codes: Counter[str] = field(default_factory=Counter)
    other_resources: Counter[str] = field(default_factory=Counter)
    header_paid: int = 0
    beside_unread: int = 0
    claims: int = 0


@dataclass
class _Line:
    """An item with its money and codes, and whether it is the total of the others."""

    item: items.Item
    money: amounts.Money
    codes: items.Codes
    total: bool = False


class ClaimWriter:
    """Writes the lines of one EOB after another to `rows`."""

    def __init__(self, rows: Rows, directory: Directory, told: Told) -> None:
        self._rows, self._directory, self._told = rows, directory, told

    def write(self, position: int, eob: Object, repeated: bool) -> None:
        """Write one EOB: `repeated` says that a name stands twice in it with different values."""
        self._told.claims += 1
        given, malformed, renumbered = items.items(eob)
        kind = kinds.claim_type(eob)
        code, reason = kinds.why_not(eob, kind)
        if repeated and not code:
            code, reason = "name_repeated", _REPEATED
        if not (code or given or malformed):
            code, reason = "no_items", "the explanation of benefit has no items"
        claim_id = number_of(eob)
        for _ in range(malformed):
            self._rows.aside(position, "item_malformed", "an item is no JSON object", claim_id=claim_id)
        if not code and not given:
            return
        claim = Claim(eob, kind, claim_id, self._directory)
        unread = Counter[str]() if code else self._told.unread
        lines = [_Line(one, amounts.of_item(one.json, unread), items.procedure_of(one.json)) for one in given]
        if code:
            self._set_aside(position, claim, lines, code, reason)
            return
        if renumbered:
            claim.noticed["sequence_unusable"] = (
                "note", "sequences of items are missing or stand twice; lines are numbered by their place"
            )  # fmt: skip
        self._lines(position, claim, lines)

    def _aside(
        self, position: int, claim: Claim, line: _Line, code: str, reason: str, charge: str, paid: str
    ) -> None:
        number = str(line.item.number)
        self._rows.aside(
            position, code, reason, claim_id=claim.number, line_no=number, charge=charge, paid=paid
        )

    def _set_aside(self, position: int, claim: Claim, lines: list[_Line], code: str, reason: str) -> None:
        """Set aside each item with its dollars; the claim's own stand with the first where no item has any."""
        charge = "" if any(line.money.charge for line in lines) else claim.money.charge
        paid = "" if any(line.money.paid for line in lines) else claim.money.paid
        for line in lines:
            self._aside(
                position, claim, line, code, reason, line.money.charge or charge, line.money.paid or paid
            )
            charge = paid = ""
        if not lines:
            self._rows.aside(position, code, reason, claim_id=claim.number, charge=charge, paid=paid)

    def _lines(self, position: int, claim: Claim, lines: list[_Line]) -> None:
        for line in lines:
            line.total = len(lines) > 1 and items.is_total(line.item.json, line.codes)
        services = [line for line in lines if not line.total]
        if not services:
            services = lines
            for line in lines:
                line.total = False
        self._place_header(position, claim, lines, services)
        self._hold_against_totals(claim, services)
        charges, payments = ([getattr(one.money, name) for one in services] for name in ("charge", "paid"))
        for line in lines:
            money = line.money
            if line.total:
                reason = "revenue code 0001 is the total of the claim's lines, not a service"
                charge = "" if any(charges) else money.charge
                paid = "" if amounts.adds_up(money.paid, payments) else money.paid
                self._aside(position, claim, line, "total_line", reason, charge, paid)
            elif money.fault:
                self._aside(position, claim, line, money.fault, money.reason, money.charge, money.paid)
            else:
                if line.codes.other and not line.codes.code:
                    tally(self._told.other_codes, line.codes.other)
                self._rows.line(position, line_values(claim, line.item, line.codes, money))
        for name, (severity, says) in claim.noticed.items():
            self._rows.diagnose(name, severity, says, position, claim_id=claim.number)

    def _place_header(self, position: int, claim: Claim, lines: list[_Line], services: list[_Line]) -> None:
        """Give amounts of the whole claim a place where none of its lines has any; they are never written twice.

        A payment of an institutional claim stands on its first line alone: the next steps take that for the payment of
        all lines, and share it by charge. Of other claims it cannot be told whose it is, and it is set aside.
        """
        charge = "" if any(line.money.charge for line in lines) else claim.money.charge
        paid = "" if any(line.money.paid for line in lines) else claim.money.paid
        first = services[0].money
        if len(services) == 1:
            first.charge, first.paid = first.charge or charge, first.paid or paid
            return
        institutional = claim.kind == "institutional" or (
            not claim.kind and all(items.revenue_code(line.item.json) for line in services)
        )
        if paid and institutional and not first.fault:
            first.paid, paid = paid, ""
            self._told.header_paid += 1
        if charge or amounts.is_something(paid):
            reason = (
                "amounts of the whole claim, of which none of its lines has any; whose they are is not known"
            )
            self._rows.aside(
                position, "claim_amounts", reason, claim_id=claim.number, charge=charge, paid=paid
            )

    def _hold_against_totals(self, claim: Claim, services: list[_Line]) -> None:
        """Notice where the claim's own charge is not the sum of its lines'."""
        charges = [line.money.charge for line in services]
        if any(charges) and not amounts.adds_up(claim.money.charge, charges):
            claim.noticed["charge_total"] = (
                "warning",
                "the charge of the claim is not the sum of its lines' charges",
            )
