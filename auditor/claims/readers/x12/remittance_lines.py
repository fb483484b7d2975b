"""From a claim of an 835 to claim lines, with what holds the amounts of claim and lines together.

What is allowed of a line is AMT*B6; without it the charge less the adjustments of groups CO and PI, but for
withholding, tax and sequestration (reasons 104, 105, 253), which lower the payment of what was allowed;
nothing is allowed of a line that is denied. A line is denied when its claim is (status 4) and nothing of the
claim is paid, or when nothing is paid of its charge, no part of it is a deductible, coinsurance or copayment
or was paid by another payer, and a reason says why. What the payer takes off a whole claim, or adds to it,
beyond its lines is a row of its own without a code: :mod:`auditor.claims.remittance.joining` shares it among the
lines. Source: 005010X221A1, 1.10.2.1 (balancing) and 1.10.2.4 (claim adjustment and service adjustment).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12 import meanings as claims_meanings
from auditor.claims.readers.x12 import remittance_meanings as meanings
from auditor.claims.readers.x12.remittance_state import Adjustment, Claim, Remittance, Service
from auditor.claims.readers.x12.values import Cents, money

FIELDS = (
    "claim_id", "line_no", "source_system",
    "payer_id", "payer_name", "payer_sequence", "line_of_business", "patient_id",
    "claim_type",
    "billing_npi", "billing_tin", "rendering_npi", "pos", "tob", "frequency_code", "original_ref",
    "payer_icn", "drg",
    "prior_auth", "status", "received_date", "paid_date",
    "denied", "date_from", "date_to", "date_of_claim", "code", "revenue_code", "ndc", "mod1", "mod2",
    "mod3", "mod4",
    "units", "line_control_no", "submitted_code", "charge", "allowed", "paid", "patient_resp", "adjustments",
    "remark_codes",
)  # fmt: skip
"""The fields of a line: those of the claim first, as `_of_claim` gives them, then those of `_of_line`."""
ALWAYS = frozenset(
    {"claim_id", "line_no", "patient_id", "date_from", "code", "units", "charge", "paid", "status"}
)
_COST_SHARE = frozenset({"1", "2", "3", "66", "241", "247", "248"})


class RemittanceLines:
    """Writes the claims of one source to `rows`. `tell` is that of :class:`RemittanceLoops`."""

    def __init__(
        self, rows: Rows, tell: Callable[[str, int, str], None], cents: Cents, payer_id: str | None
    ) -> None:
        self._rows, self._tell, self._cents, self._payer_id = rows, tell, cents, payer_id

    def finish(self, claim: Claim, remittance: Remittance) -> None:
        """Write a claim: a row a service and one for what is of the whole claim, or set it aside with the reason."""
        self._notice(claim)
        self._sum_up(claim, remittance)
        if any(service.shifted for service in claim.services):
            self._shift(claim)
        claim.refused = self._says_refused(claim) and not self._is_paid(claim)
        if claim.status == meanings.PREDETERMINATION:
            self._tell("predetermination", claim.number, claim.id)
            self._set_aside(claim, "predetermination", "a price told beforehand is no claim")
            return
        of_claim = self._of_claim(claim, remittance)
        written = 0
        for service in claim.services:
            if service.cut:
                self._aside(claim, service, "segment_cut", "the file ends inside the service line")
            elif not service.code and (service.shifted or not service.revenue):
                self._tell("service_code_missing", service.number, claim.id)
                reason = "the service line names no procedure, revenue or drug code"
                self._aside(claim, service, "service_code_missing", reason)
            else:
                written += 1
                if not service.charge or not service.paid:
                    self._tell("service_amount_missing", service.number, claim.id)
                self._rows.line(service.number, (*of_claim(service, written), *self._of_line(claim, service)))
        if claim.services:
            self._balance(claim)
            self._rest(claim, of_claim, written)
        elif claim.cut:
            self._set_aside(claim, "claim_cut_off", "the file ends inside the claim, before any service line")
        else:
            self._tell("claim_without_lines", claim.number, claim.id)
            self._balance(claim)
            whole = Service(claim.number, charge=claim.charge, paid=claim.paid, adjustments=claim.adjustments)
            self._rows.line(claim.number, (*of_claim(whole, 0), *self._of_line(claim, whole, whole=True)))

    def stray(self, service: Service) -> None:
        """Set aside a service line that stands before any claim."""
        self._rows.aside(
            service.number,
            "service_outside_claim",
            "the service line stands before any CLP: which claim it is of is not said",
            charge=service.charge,
            paid=service.paid,
        )

    def _notice(self, claim: Claim) -> None:
        for known, name in (
            (claim.id.strip(), "claim_id_missing"),
            (claim.status, "status_missing"),
            (claim.patient or claim.insured or claim.corrected, "patient_unknown"),
        ):
            if not known:
                self._tell(name, claim.number, claim.id)
        if claim.cut:
            self._tell("claim_cut_off", claim.number, claim.id)

    def _sum_up(self, claim: Claim, remittance: Remittance) -> None:
        """Add what the claim is paid to its remittance."""
        paid = self._cents[claim.paid]
        if paid is None:
            remittance.sums_sound = remittance.sums_sound and not claim.paid.strip()
        else:
            remittance.paid += paid
        for text in (claim.charge, claim.paid, *(t for s in claim.services for t in (s.charge, s.paid))):
            if text.strip() and self._cents[text] is None:
                self._tell("bad_number", claim.number, claim.id)

    def _shift(self, claim: Claim) -> None:
        """Read services one element further where the claim's own amounts say that they are shifted."""
        shifted = [service for service in claim.services if service.shifted is not None]
        others = [service for service in claim.services if service.shifted is None]
        charge = self._sum([*(s.charge for s in others), *(s.shifted[3] for s in shifted if s.shifted)])
        paid = self._sum([*(s.paid for s in others), *(s.shifted[4] for s in shifted if s.shifted)])
        own = self._adjusted(claim.adjustments)
        agreed = charge is not None and paid is not None and own is not None
        if agreed and (charge, (paid or 0) - (own or 0)) == (
            self._cents[claim.charge],
            self._cents[claim.paid],
        ):
            for service in shifted:
                e = service.shifted or []
                service.code, service.charge, service.paid, service.revenue, service.units = e[2:7]
                service.submitted = ""
                self._tell("service_shifted", service.number, claim.id)

    # Balances.

    def _sum(self, texts: Sequence[str]) -> int | None:
        """Cents of several amounts, blanks as 0; None when one is no number."""
        total = 0
        for text in texts:
            value = self._cents[text] if text.strip() else 0
            if value is None:
                return None
            total += value
        return total

    def _adjusted(self, adjustments: Sequence[Adjustment]) -> int | None:
        return self._sum([adjustment.amount for adjustment in adjustments])

    def _balance(self, claim: Claim) -> None:
        """Hold charge less payment against the adjustments, of each service and of the claim."""
        if claim.cut:
            return
        total = self._adjusted(claim.adjustments)
        for service in claim.services:
            adjusted, unpaid = self._adjusted(service.adjustments), self._unpaid(service.charge, service.paid)
            if adjusted is None or unpaid is None:
                total = None
                continue
            if unpaid != adjusted:
                self._tell("service_balance", service.number, claim.id)
            total = None if total is None else total + adjusted
        unpaid = self._unpaid(claim.charge, claim.paid)
        if unpaid is None or total is None:
            self._tell("balance_unsure", claim.number, claim.id)
        elif unpaid != total:
            self._tell("claim_balance", claim.number, claim.id)

    def _unpaid(self, charge: str, paid: str) -> int | None:
        charged, given = self._sum([charge]), self._sum([paid])
        return None if charged is None or given is None else charged - given

    def _rest(self, claim: Claim, of_claim: _OfClaim, written: int) -> None:
        """A row, or a record set aside, with what CLP03 and CLP04 say beyond the sums of the lines."""
        charges, payments = (
            self._sum([s.charge for s in claim.services]),
            self._sum([s.paid for s in claim.services]),
        )
        charge, paid = self._cents[claim.charge], self._cents[claim.paid]
        if charge is None or paid is None or charges is None or payments is None:
            return
        more_charge, more_paid = charge - charges, paid - payments
        if not more_charge and not more_paid:
            return
        own = self._adjusted(claim.adjustments)
        if not claim.cut and not more_charge and own is not None and more_paid == -own and written:
            self._tell("claim_adjustment_shared", claim.number, claim.id)
            rest = Service(claim.number, paid=money(more_paid), adjustments=claim.adjustments)
            line = self._of_line(claim, rest, whole=True)
            self._rows.line(claim.number, (*of_claim(rest, written + 1), *line))
            return
        if not claim.cut:
            if more_charge:
                self._tell("claim_lines_charge", claim.number, claim.id)
            if more_paid:
                self._tell("claim_lines_paid", claim.number, claim.id)
        self._rows.aside(
            claim.number,
            "claim_cut_off" if claim.cut else "claim_lines_differ",
            "the file ends inside the claim: what CLP says beyond the lines that were read"
            if claim.cut
            else "what CLP says of the claim beyond the sums of its service lines",
            claim_id=claim.id,
            charge=money(more_charge) if more_charge else "",
            paid=money(more_paid) if more_paid else "",
        )

    # Rows.

    def _set_aside(self, claim: Claim, code: str, reason: str) -> None:
        """Set aside each service of a claim, or the claim where it has none."""
        for service in claim.services:
            self._aside(claim, service, code, reason)
        if not claim.services:
            self._rows.aside(
                claim.number, code, reason, claim_id=claim.id, charge=claim.charge, paid=claim.paid
            )

    def _aside(self, claim: Claim, service: Service, code: str, reason: str) -> None:
        self._rows.aside(
            service.number, code, reason, claim_id=claim.id, charge=service.charge, paid=service.paid
        )

    def _of_claim(self, claim: Claim, remittance: Remittance) -> _OfClaim:
        """The values of FIELDS that a claim's lines share, as a function of the service and its number."""
        status, sequence = meanings.STATUS.get(claim.status.lstrip("0") or claim.status, (claim.status, ""))
        if status == "reversed" and not self._takes_back(claim):
            self._tell("reversal_positive", claim.number, claim.id)
            status = meanings.REVERSAL_POSITIVE
        elif status in ("paid", "denied") and self._negated(claim):
            self._tell("reversal_unnamed", claim.number, claim.id)
            status = "reversed"
        elif self._says_refused(claim) and not claim.refused:
            self._tell("denied_paid", claim.number, claim.id)
            status = "paid"
        payer_id = remittance.payer_id
        if not payer_id and self._payer_id is None:
            payer_id = remittance.payer_name
        kind = claim_type(claim)
        institutional = kind == "institutional"
        bill = claim.facility_code + claim.frequency if institutional and claim.facility_code else ""
        business = claims_meanings.LINE_OF_BUSINESS.get(claim.filing, "other" if claim.filing else "")
        payee = remittance.payee_npi or remittance.payee_tin
        head = (payer_id, remittance.payer_name, sequence, business, claim.patient or claim.insured or claim.corrected,
                kind, remittance.payee_npi, remittance.payee_tin)  # fmt: skip
        place = "" if institutional else claim.facility_code
        tail = (place, bill, claim.frequency, claim.original, claim.icn, claim.drg, claim.authorisation)
        dates = (claim.received, remittance.paid_date)

        def values(service: Service, line_no: int) -> tuple[str, ...]:
            rendering = service.rendering or claim.rendering
            said = "denied" if status == "paid" and self._denied(claim, service) else status
            return (claim.id, str(line_no), payee, *head, rendering, *tail, said, *dates)

        return values

    def _takes_back(self, claim: Claim) -> bool:
        amounts = [self._cents[text] or 0 for text in (claim.charge, claim.paid)]
        return min(amounts) < 0 or not any(amounts)

    @staticmethod
    def _says_refused(claim: Claim) -> bool:
        """Whether the status says that the payer pays nothing, or nothing yet."""
        status = claim.status.lstrip("0")
        return status == meanings.NOT_OURS or meanings.STATUS.get(status, ("", ""))[0] in (
            "denied",
            "pending",
        )

    def _is_paid(self, claim: Claim) -> bool:
        """Whether the claim or a line of it has a payment above zero, which no status undoes."""
        return any((self._cents[text] or 0) > 0 for text in (claim.paid, *(s.paid for s in claim.services)))

    def _negated(self, claim: Claim) -> bool:
        """Whether the claim's charge is below zero and its payment not above: what was said before is taken back."""
        charge, paid = self._cents[claim.charge], self._cents[claim.paid]
        return charge is not None and charge < 0 and (paid or 0) <= 0

    def _of_line(self, claim: Claim, service: Service, whole: bool = False) -> tuple[str, ...]:
        """The values of FIELDS of one service; `whole` is a row for the claim itself."""
        own = bool(service.date_from) and not whole
        first, last = (service.date_from, service.date_to) if own else (claim.date_from, claim.date_to)
        if not first:
            first, last = last, ""
        drug, revenue = service.qualifier == meanings.DRUG, service.qualifier == meanings.REVENUE
        denied = self._denied(claim, service)
        mods = (*service.mods, "", "", "", "")[:4]
        texts = [adjustment.text() for adjustment in service.adjustments]
        if not whole:
            texts += [adjustment.text(with_amount=False) for adjustment in claim.adjustments]
        return (
            "true" if denied else "",
            first,
            last,
            "" if own else "true",
            "" if drug or revenue else service.code,
            service.code if revenue and service.code else service.revenue,
            service.code if drug else "",
            *mods,
            "" if whole else service.units or "1",
            service.control,
            service.submitted,
            service.charge,
            "" if whole else self._allowed(service, denied),
            service.paid,
            (claim.patient_resp if not claim.services else "") if whole else self._owed(claim, service),
            ",".join(filter(None, texts)),
            ",".join(dict.fromkeys((*service.remarks, *claim.remarks))),
        )

    def _denied(self, claim: Claim, service: Service) -> bool:
        if claim.status.lstrip("0") in ("4", meanings.NOT_OURS) and claim.refused:
            return True
        if (
            claim.status.lstrip("0") == meanings.REVERSAL
            or self._sum([service.paid])
            or not self._sum([service.charge])
        ):
            return False
        said = [*service.adjustments, *claim.adjustments]
        if any(
            (a.reason in _COST_SHARE and a.group == "PR") or a.reason == "23" for a in service.adjustments
        ):
            return False
        packaged = {meanings.PACKAGED} if claim_type(claim) == "institutional" else set()
        return any(a.reason and a.reason not in meanings.NO_DENIAL | packaged for a in said)

    def _allowed(self, service: Service, denied: bool) -> str:
        if service.allowed:
            return service.allowed
        if denied:
            return "0.00"
        charge = self._cents[service.charge]
        taken = self._sum(
            [
                adjustment.amount
                for adjustment in service.adjustments
                if adjustment.group in meanings.NOT_ALLOWED_GROUPS
                and adjustment.reason not in meanings.OFF_THE_PAYMENT
            ]
        )
        return "" if charge is None or taken is None else money(charge - taken)

    def _owed(self, claim: Claim, service: Service) -> str:
        """What the patient owes of a line; not known where the payer says it of the whole claim."""
        owed = [adjustment.amount for adjustment in service.adjustments if adjustment.group == "PR"]
        if not owed and any(adjustment.group == "PR" for adjustment in claim.adjustments):
            return ""
        total = self._sum(owed)
        return "" if total is None else money(total)


_OfClaim = Callable[[Service, int], tuple[str, ...]]


def claim_type(claim: Claim) -> str:
    """The type of a claim by what only one type has; the 835 does not say it.

    Institutional: an inpatient segment (MIA), a DRG, Medicare Part A, a revenue code on a line, or a facility code that
    is no place of service. Dental: a procedure of the American Dental Association's list. Else professional.
    """
    revenue = any(s.revenue or s.qualifier == meanings.REVENUE for s in claim.services if not s.shifted)
    if (
        claim.inpatient
        or claim.drg
        or claim.filing == "MA"
        or revenue
        or claim.facility_code in meanings.FACILITY_ONLY
    ):
        return "institutional"
    if any(s.qualifier == meanings.DENTAL for s in claim.services):
        return "dental"
    return "professional"
