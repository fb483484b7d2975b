"""Loops 2300 and 2320: the claim, its dates and code lists, and what other payers answered to it."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.claims.readers.x12 import meanings
from auditor.claims.readers.x12.claim_state import Claim
from auditor.claims.readers.x12.level_loops import LevelLoops
from auditor.claims.readers.x12.open_loops import PADDING
from auditor.claims.readers.x12.values import period

_ICD10 = frozenset({"ABK", "ABF", "ABJ", "APR", "ABN"})
_LISTS: Mapping[str, str] = {
    "BG": "conditions", "BH": "occurrences", "BI": "occurrences", "BE": "values",
    **dict.fromkeys(meanings.REASON, "reasons"), **dict.fromkeys(meanings.EXTERNAL, "external"),
    **dict.fromkeys(meanings.PROCEDURES, "procedures"),
}  # fmt: skip
"""Qualifier of HI to the list of the claim that its codes go to."""


class ClaimLoops(LevelLoops):
    """The segments of a claim: CLM, DTP, HI, CL1, AMT, CAS, CR3, LQ."""

    def _clm(self, e: list[str], number: int) -> None:
        self.end_claim()
        self.claims += 1
        claim = self.claim = Claim(number)
        claim.id, claim.charge = e[1], e[2]
        place = e[5].split(self.component)
        claim.facility_code = place[0]
        if len(place) > 2:
            claim.qualifier, claim.frequency = place[1], place[2]
        elif len(place) > 1:
            claim.qualifier = place[1]
        if e[11]:
            claim.causes = ",".join(part for part in e[11].split(self.component)[:3] if part)

    def _dtp(self, e: list[str], number: int) -> None:
        kind, claim, line = e[1], self.claim, self._line
        if line is not None:
            if kind == "472":
                line.date_from, line.date_to = period(e[2], e[3])
        elif claim is None or self._other is not None:
            return
        elif kind == "434" or kind == "472":
            claim.date_from, claim.date_to = period(e[2], e[3])
        elif kind == "435":
            claim.admit = period(e[2], e[3])[0]
            if e[2] == "DT":
                claim.admit_hour = e[3][8:10]
        elif kind == "096":
            if e[2] == "TM":
                claim.discharge_hour = e[3][:2]
            else:
                claim.discharge_date = period(e[2], e[3])[0]
                if e[2] == "DT":
                    claim.discharge_hour = e[3][8:10]

    def _hi(self, e: list[str], number: int) -> None:
        claim = self.claim
        if claim is None:
            self._notices.tell("segment_out_of_place", number)
            return
        component, alone = self.component, ""
        for element in e[1:]:
            if not element:
                continue
            parts = element.split(component)
            if len(parts) == 1:
                # A code after its qualifier as an element of its own: `BK*4019` for `BK:4019`.
                if not alone:
                    alone = element
                    continue
                self._notices.tell("code_list_shape", number, claim.id)
                parts = [alone, element]
            kind, code, alone = parts[0], parts[1], ""
            if kind in meanings.DIAGNOSES:
                claim.diagnoses.append(code)
                if len(parts) > 8 and parts[8]:
                    claim.poa.append(parts[8])
                    claim.poa_said = True
                else:
                    claim.poa.append("-")
            else:
                self._other_code(claim, kind, code, parts, number)
            version = "9" if kind in meanings.ICD9 else "10" if kind in _ICD10 else claim.version
            if claim.version and version != claim.version:
                self._notices.tell("diagnosis_versions", number, claim.id)
            else:
                claim.version = version
        if alone:
            self._notices.tell("code_list_shape", number, claim.id)

    def _other_code(self, claim: Claim, kind: str, code: str, parts: list[str], number: int) -> None:
        """A code of HI that is no diagnosis of the claim's list."""
        if kind in meanings.ADMITTING:
            claim.admitting = code
        elif kind in ("DR", "DRG"):
            claim.drg = code
        elif (name := _LISTS.get(kind)) is not None:
            said = code
            if kind in ("BH", "BI") and len(parts) > 3:
                said = f"{code}:{parts[3]}"
            elif kind == "BE" and len(parts) > 4:
                said = f"{code}:{parts[4]}"
            if getattr(claim, name) is None:
                setattr(claim, name, [])
            getattr(claim, name).append(said)
        elif kind not in meanings.NOT_USED:
            self._notices.tell("qualifier_unknown", number, claim.id)

    def _cl1(self, e: list[str], number: int) -> None:
        if self.claim is not None:
            self.claim.type, self.claim.source, self.claim.status = e[1], e[2], e[3]

    def _amt(self, e: list[str], number: int) -> None:
        if e[1] == "D" and self.claim is not None and self._other is not None and self._line is None:
            if self.claim.other_paid is None:
                self.claim.other_paid = []
            self.claim.other_paid.append(e[2])

    def _dme(self, e: list[str], number: int) -> None:
        if self.claim is not None:
            self.claim.dme = True

    def _lq(self, e: list[str], number: int) -> None:
        if e[1] == "UT":
            self._dme(e, number)

    def _cas(self, e: list[str], number: int) -> None:
        claim = self.claim
        if claim is None or (self._line is None and self._other is None):
            self._notices.tell("segment_out_of_place", number)
            return
        group, reasons = e[1], []
        for place in range(2, len(e) - len(PADDING), 3):
            reason, amount, quantity = e[place : place + 3]
            if reason:
                rest = f":{amount}:{quantity}" if quantity else f":{amount}" if amount else ""
                reasons.append((f"{group}-{reason}", rest))
        if not group or not reasons or not all(rest.strip(":") for _, rest in reasons):
            self._notices.tell("adjustment_shape", number, claim.id)
        if self._line is not None:
            if self._line.adjustments is None:
                self._line.adjustments = []
            self._line.adjustments.extend(code + rest for code, rest in reasons)
        else:
            if claim.other_adjustments is None:
                claim.other_adjustments = []
            claim.other_adjustments.extend((code, ":".join(filter(None, rest))) for code, *rest in reasons)
