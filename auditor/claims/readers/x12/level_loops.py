"""Loops 2000A to 2010: who bills, who is insured, who is the patient, who pays; and the parties of claims and lines."""

from __future__ import annotations

from auditor.claims.readers.x12 import meanings
from auditor.claims.readers.x12.claim_state import Claim, Level, Line, OtherPayer, Party, Person
from auditor.claims.readers.x12.open_loops import OpenLoops

_ID_QUALIFIERS = frozenset({"MI", "II", "XX", "PI", "XV"})
"""NM108 of members, providers and payers."""
_LEVELS = frozenset({"85", "IL", "QC"})


class LevelLoops(OpenLoops):
    """The segments that tell of parties: HL, NM1, N4, REF, PRV, SBR, PAT, DMG."""

    def _hl(self, e: list[str], number: int) -> None:
        self.end_claim()
        own, parent, kind = e[1], e[2], e[3]
        self._party = ""
        if kind == "22":
            self._level = Level(self._parent(parent, number))
            self._subscriber_hl = own
        elif kind == "23":
            self._level.dependent = Person()
            if parent and self._subscriber_hl and parent != self._subscriber_hl:
                self._notices.tell("hl_parent", number)
        elif kind == "20":
            self._by_number = self._by_number or self._last_hl == "20"
            self._level = Level(Party())
            self._billings[own] = self._level.billing
        else:
            self._notices.tell("segment_out_of_place", number)
        self._last_hl = kind

    def _parent(self, named: str, number: int) -> Party:
        """The billing provider of a subscriber: of the level before it, as the guides order them.

        Where one provider's level follows another's at once, the levels are not in that order: HL02 tells.
        """
        before = self._level.billing
        other = self._billings.get(named, before)
        if other is before:
            return before
        self._notices.tell("hl_order" if self._by_number else "hl_parent", number)
        return other if self._by_number else before

    def _nm1(self, e: list[str], number: int) -> None:
        entity, claim = e[1], self.claim
        if e[9] in _ID_QUALIFIERS and e[10] and e[8] not in _ID_QUALIFIERS:
            # The number would be read one place too early, and be one for all people of such names.
            self._notices.tell("name_shifted", number, claim.id if claim is not None else "")
            e[3:5] = [e[3] + e[4]]
        if claim is None:
            self._level_party(entity, e)
        elif self._line is not None:
            if entity in _LEVELS:
                self._without_hl(entity, number)
                self._level_party(entity, e)
            else:
                self._line_party(self._line, entity, e)
        elif self._other is not None:
            self._party = ""
            if entity == "PR":
                self._other.number = e[9]
        elif entity in _LEVELS:
            self._party = ""
            self._notices.tell("segment_out_of_place", number, claim.id)
        else:
            self._claim_party(claim, entity, e)

    def _without_hl(self, entity: str, number: int) -> None:
        """A party of a level comes after lines: the HL before it is missing."""
        self.end_claim()
        self._notices.tell("hl_missing", number)
        if entity == "85":
            self._level = Level(Party())
        elif entity == "IL":
            self._level = Level(self._level.billing)
        else:
            self._level.dependent = Person()

    def _level_party(self, entity: str, e: list[str]) -> None:
        level = self._level
        self._party = ""
        if entity == "85":
            self._party = "billing"
            if e[8] in ("24", "34", "FI"):
                level.billing.tin = e[9]
            else:
                level.billing.npi = _npi(e)
        elif entity == "IL":
            self._party = "subscriber"
            _name(level.subscriber, e)
        elif entity == "QC":
            self._party = "dependent"
            if level.dependent is None:
                level.dependent = Person()
            _name(level.dependent, e)
        elif entity == "PR":
            level.payer_id, level.payer_name = e[9], e[3]

    def _claim_party(self, claim: Claim, entity: str, e: list[str]) -> None:
        self._party = entity
        npi = _npi(e)
        if entity in meanings.FACILITY:
            self._party = "facility"
            claim.facility = npi
        elif entity == "82" and not npi:
            claim.unnumbered = claim.unnumbered or bool(e[3] or e[9])
        # A primary care provider (P3) does not displace the provider who referred.
        elif npi and entity in meanings.PROVIDERS and (entity != "P3" or not claim.referring):
            setattr(claim, meanings.PROVIDERS[entity], npi)

    def _line_party(self, line: Line, entity: str, e: list[str]) -> None:
        self._party = entity
        npi = _npi(e)
        if entity in meanings.FACILITY:
            self._party = "line_facility"
            line.facility = npi
        elif entity == "82" and not npi:
            line.unnumbered = line.unnumbered or bool(e[3] or e[9])
        elif npi and entity in meanings.LINE_PROVIDERS and (entity != "P3" or not line.referring):
            setattr(line, meanings.LINE_PROVIDERS[entity], npi)

    def _n4(self, e: list[str], number: int) -> None:
        party = self._party
        if party == "billing":
            self._level.billing.state, self._level.billing.zip = e[2], e[3]
        elif party == "facility" and self.claim is not None:
            self.claim.facility_state, self.claim.facility_zip = e[2], e[3]
        elif party == "line_facility" and self._line is not None:
            self._line.state, self._line.zip = e[2], e[3]

    def _ref(self, e: list[str], number: int) -> None:
        kind, claim, line = e[1], self.claim, self._line
        if line is not None:
            if kind == "6R":
                line.control = e[2]
            elif kind == "G1":
                if not e[4]:
                    line.authorisation = e[2]
            elif kind == "X4":
                line.clia = e[2]
        elif claim is not None:
            if self._other is None:
                if kind == "F8":
                    claim.original = e[2]
                elif kind == "G1":
                    claim.authorisation = e[2]
                elif kind == "X4":
                    claim.clia = e[2]
        elif self._party == "billing":
            if kind in ("EI", "SY", "TJ"):
                self._level.billing.tin = e[2]
        elif kind == "1W":
            if self._party == "subscriber":
                self._level.subscriber.other_id = e[2]
            elif self._party == "dependent" and self._level.dependent is not None:
                self._level.dependent.other_id = e[2]

    def _prv(self, e: list[str], number: int) -> None:
        kind = e[1]
        if kind == "BI":
            if self.claim is None:
                self._level.billing.taxonomy = e[3]
        elif kind == "PE":
            if self._line is not None:
                self._line.taxonomy = e[3]
            elif self.claim is not None and self._other is None:
                self.claim.taxonomy = e[3]

    def _sbr(self, e: list[str], number: int) -> None:
        if self.claim is not None and self._line is None:
            self._other = OtherPayer(e[1])
            if self.claim.other_payers is None:
                self.claim.other_payers = []
            self.claim.other_payers.append(self._other)
            self._party = ""
            return
        if self.claim is not None:
            self._without_hl("IL", number)
        self._level.sequence, self._level.filing = e[1], e[9]

    def _pat(self, e: list[str], number: int) -> None:
        if self.claim is None and e[6]:
            (self._level.dependent or self._level.subscriber).death = e[6]

    def _dmg(self, e: list[str], number: int) -> None:
        if self.claim is not None:
            return  # another payer's subscriber (4010)
        level = self._level
        person = level.subscriber if self._party == "subscriber" else level.dependent or level.subscriber
        person.birth, person.sex, person.demographics = e[2], e[3], True


def _npi(e: list[str]) -> str:
    """NM109 where it is an NPI: qualified XX, or not at all and of ten digits."""
    if e[8] == "XX" or (not e[8] and len(e[9]) == 10):
        return e[9]
    return ""


def _name(person: Person, e: list[str]) -> None:
    person.last, person.first, person.member_id = e[3], e[4], e[9]
