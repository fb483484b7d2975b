"""The loops of an 835, segment by segment: what each says goes to the remittance, claim or service that it is of.

CLP begins a claim (2100) and SVC a service line of it (2110); LX, TS3, PLB, SE and the next CLP end one. A
segment of a claim that stands before any is noticed and left out, a service line there is set aside with
its dollars. Source: 005010X221A1 and its forerunner 004010X091A1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from auditor.claims.readers.x12 import remittance_meanings as meanings
from auditor.claims.readers.x12.remittance_state import Adjustment, Claim, Remittance, Service
from auditor.claims.readers.x12.values import Cents, Days

Handler = Callable[[list[str], int], None]
Tell = Callable[[str, int, str], None]
PADDING: tuple[str, ...] = ("",) * 24
"""Appended to the elements of a segment before it is handled: optional elements at the end may be left out."""
_IGNORED = "TRN RDM N3 N4 PER QTY TS2 HCP K3 TA1".split()
_OF_CLAIMS = frozenset("CAS NM1 MIA MOA SVC LQ".split())
_MEMBER_QUALIFIERS = frozenset({"MI", "HN", "II", "MR", "XX"})
_OTHER_SEPARATOR = re.compile(r"(AD|ER|HC|HP|IV|N4|N6|NU|UI|WK)([^A-Za-z0-9 ])(.+)")
_CODE = re.compile(r"[A-Z0-9]{5}(\.0+)?", re.IGNORECASE)


def _nothing(elements: list[str], number: int) -> None:
    """What `_IGNORED` segments do."""


class RemittanceLoops:
    """The claims of one remittance after another.

    `finish` takes each claim with its remittance; `stray` a service line of no claim; `end` a remittance whose last
    claim was finished. `tell` takes the name of a diagnostic, a segment number and a claim number.
    """

    def __init__(
        self,
        tell: Tell,
        cents: Cents,
        finish: Callable[[Claim, Remittance], None],
        stray: Callable[[Service], None],
        end: Callable[[Remittance, int], None],
    ) -> None:
        self.component = ":"
        self.remittance: Remittance | None = None
        self.claim: Claim | None = None
        self.claims = self.services = self.plb_count = self.plb_cents = 0
        self._service: Service | None = None
        self._party = ""
        self._days = Days()
        self._tell, self._cents = tell, cents
        self._finish, self._stray, self._end = finish, stray, end
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(_IGNORED, _nothing),
            "BPR": self._bpr, "CUR": self._cur, "N1": self._n1, "REF": self._ref, "DTM": self._dtm, "LX": self._lx,
            "TS3": self._lx, "CLP": self._clp, "CAS": self._cas, "NM1": self._nm1, "MIA": self._mia, "MOA": self._moa,
            "AMT": self._amt, "SVC": self._svc, "LQ": self._lq, "PLB": self._plb,
        }  # fmt: skip

    def begin(self, number: int) -> None:
        """A remittance begins at segment `number`."""
        self.finish_remittance(number, cut=True)
        self.remittance = Remittance(number)
        self._party = ""

    def finish_remittance(self, number: int, cut: bool = False) -> None:
        """The remittance that is open has ended; `cut` says that it may lack what came last."""
        self.end_claim(cut)
        remittance, self.remittance = self.remittance, None
        if remittance is not None:
            remittance.sums_sound = remittance.sums_sound and not cut
            self._end(remittance, number)

    def end_claim(self, cut: bool = False) -> None:
        """The claim that is open has ended."""
        claim, self.claim, self._service = self.claim, None, None
        if claim is not None:
            claim.cut = claim.cut or cut
            assert self.remittance is not None
            self._finish(claim, self.remittance)

    def take_cut(self, elements: Sequence[str], number: int) -> None:
        """The file ends inside this segment: only the elements that are certainly whole are kept."""
        name, whole = elements[0].upper(), [*elements[:-1], *PADDING]
        if name == "CLP":
            self._clp(whole, number)
        elif name == "SVC":
            self.services += 1
            service = Service(number, charge=whole[2], paid=whole[3], cut=True)
            if self.claim is None:
                self._stray(service)
            else:
                self.claim.services.append(service)
        if self.claim is not None:
            self.claim.cut = True

    # The payment and its parties.

    def _open(self, number: int) -> Remittance:
        """The remittance at work; one is begun where its ST is missing."""
        if self.remittance is None:
            self._tell("st_missing", number, "")
            self.remittance = Remittance(number)
        return self.remittance

    def _bpr(self, e: list[str], number: int) -> None:
        remittance = self._open(number)
        remittance.amount, remittance.debit = e[2], e[3].upper() == "D"
        if self._days[e[16]]:
            remittance.paid_date = e[16]
        elif e[16]:
            self._tell("paid_date_unreadable", number, "")

    def _cur(self, e: list[str], number: int) -> None:
        if e[2].upper() not in ("", "USD"):
            self._tell("currency", number, "")

    def _n1(self, e: list[str], number: int) -> None:
        remittance = self._open(number)
        self._party = e[1].upper()
        if self._party == "PR":
            remittance.payer_name, remittance.payer_number = e[2], e[4].strip()
        elif self._party == "PE":
            kind = e[3].upper()
            if kind == "XX":
                remittance.payee_npi = e[4]
            elif kind in ("FI", "24"):
                remittance.payee_tin = e[4]

    def _lx(self, e: list[str], number: int) -> None:
        self.end_claim()
        self._party = ""

    def _plb(self, e: list[str], number: int) -> None:
        self.end_claim()
        remittance = self._open(number)
        self._tell("plb", number, "")
        for place in range(4, 16, 2):
            if e[place - 1] or e[place]:
                self.plb_count += 1
                amount = self._cents[e[place]]
                if amount is None:
                    remittance.sums_sound = False
                    self._tell("bad_number", number, "")
                else:
                    remittance.provider_level += amount
                    self.plb_cents += amount

    # The claim.

    def _clp(self, e: list[str], number: int) -> None:
        self.end_claim()
        self._open(number).claims += 1
        self.claims += 1
        self.claim = Claim(
            number, id=e[1], status=e[2].strip(), charge=e[3], paid=e[4], patient_resp=e[5],
            filing=e[6].strip().upper(), icn=e[7], facility_code=e[8].strip(), frequency=e[9].strip(), drg=e[11],
        )  # fmt: skip

    def _outside(self, number: int, name: str = "segment_outside_claim") -> None:
        self._tell(name, number, "")

    def _cas(self, e: list[str], number: int) -> None:
        if self.claim is None:
            self._outside(number, "adjustment_outside_claim")
            return
        found = (self._service or self.claim).adjustments
        if not e[1]:
            self._tell("adjustment_shape", number, self.claim.id)
        for place in range(2, 20, 3):
            reason, amount, quantity = e[place : place + 3]
            if not (reason or amount):
                continue
            if not reason or not amount:
                self._tell("adjustment_shape", number, self.claim.id)
            elif self._cents[amount] is None:
                self._tell("bad_number", number, self.claim.id)
            found.append(Adjustment(e[1].strip().upper(), reason.strip(), amount, quantity))

    def _nm1(self, e: list[str], number: int) -> None:
        claim = self.claim
        if claim is None:
            self._outside(number)
            return
        if e[9] in _MEMBER_QUALIFIERS and e[10] and e[8] not in _MEMBER_QUALIFIERS:
            # The number would be read one place too early, and be one for all people of such names.
            self._tell("name_shifted", number, claim.id)
            e[3:5] = [e[3] + e[4]]
        entity, value = e[1].upper(), e[9]
        if entity == "QC":
            claim.patient = value
        elif entity == "IL":
            claim.insured = value
        elif entity == "74":
            claim.corrected = value
        elif entity == "82" and e[8].upper() == "XX":
            claim.rendering = value

    def _mia(self, e: list[str], number: int) -> None:
        if self.claim is None:
            self._outside(number)
            return
        self.claim.inpatient = True
        self.claim.remarks += [code for code in (e[5], *e[20:24]) if code]

    def _moa(self, e: list[str], number: int) -> None:
        if self.claim is None:
            self._outside(number)
            return
        self.claim.remarks += [code for code in e[3:8] if code]

    def _ref(self, e: list[str], number: int) -> None:
        kind, value = e[1].upper(), e[2]
        if self._service is not None:
            if kind == "6R":
                self._service.control = value
            elif kind == "HPI":
                self._service.rendering = value
        elif self.claim is not None:
            if kind == "F8":
                self.claim.original = value
            elif kind == "G1":
                self.claim.authorisation = value
        elif self.remittance is not None:
            if self._party == "PR":
                self.remittance.payer_references.setdefault(kind, value.strip())
            elif self._party == "PE" and kind == "TJ":
                self.remittance.payee_tin = value

    def _dtm(self, e: list[str], number: int) -> None:
        kind, first, last = e[1], e[2], ""
        if not first and e[5].upper() == "RD8":
            first, _, last = e[6].partition("-")
        service, claim = self._service, self.claim
        if service is not None and kind in ("472", "150", "151"):
            if kind == "151":
                service.date_to = first
            else:
                service.date_from, service.date_to = first, last or service.date_to
        elif claim is not None:
            if kind == "232":
                claim.date_from, claim.date_to = first, last or claim.date_to
            elif kind == "233":
                claim.date_to = first
            elif kind == "050":
                claim.received = first
            elif kind in ("472", "150", "151"):
                # Of a service by its qualifier; at a claim it can only be the claim's own.
                claim.date_from = claim.date_from or (first if kind != "151" else "")
                claim.date_to = claim.date_to or (first if kind == "151" else last)
        elif self.remittance is not None and kind == "405" and not self.remittance.paid_date:
            self.remittance.paid_date = first

    def _amt(self, e: list[str], number: int) -> None:
        if self._service is not None and e[1].upper() == "B6":
            self._service.allowed = e[2]

    def _lq(self, e: list[str], number: int) -> None:
        if self.claim is None:
            self._outside(number)
            return
        if e[1].upper() == "HE" and e[2]:
            (self._service or self.claim).remarks.append(e[2])

    # The service line.

    def _svc(self, e: list[str], number: int) -> None:
        self.services += 1
        service = self._service = Service(number, charge=e[2], paid=e[3], revenue=e[4], units=e[5])
        claim_id = "" if self.claim is None else self.claim.id
        service.qualifier, service.code, service.mods = self._procedure(e[1], number, claim_id)
        if e[6]:
            _, code, mods = self._procedure(e[6], number, claim_id)
            service.submitted = ",".join((code, *mods)) if code else ""
        bare = e[1].strip().upper()
        if not service.code and bare in meanings.QUALIFIERS and _CODE.fullmatch(e[2].strip()):
            service.qualifier, service.shifted = bare, e
        if self.claim is None:
            self._outside(number, "service_outside_claim")
            self._service = None
            self._stray(service)
        else:
            self.claim.services.append(service)

    def _procedure(self, text: str, number: int, claim_id: str) -> tuple[str, str, tuple[str, ...]]:
        """Qualifier, code and up to four modifiers of a composite."""
        text, component = text.strip(), self.component
        if component not in text and (other := _OTHER_SEPARATOR.fullmatch(text)):
            component = other[2]
            self._tell("component_separator", number, claim_id)
        parts = text.split(component)
        if len(parts) == 1 and parts[0].upper() not in meanings.QUALIFIERS:
            return "", parts[0], ()
        mods = tuple(part.strip() for part in parts[2:6] if part.strip())
        return parts[0].strip().upper(), parts[1].strip() if len(parts) > 1 else "", mods
