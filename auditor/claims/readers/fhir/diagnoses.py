"""The diagnoses of an EOB: the claim's in order, those with a place of their own, and which one a sequence means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.claims.model import MAX_DIAGNOSES
from auditor.claims.readers.fhir.amounts import part
from auditor.claims.readers.fhir.values import (
    Json,
    Object,
    codings,
    extensions,
    last_part,
    objects,
    value_of,
    whole,
)

_ADMITTING = {"admitting"}
_REASON = {"patientreasonforvisit", "reason-for-visit"}
_EXTERNAL = {"externalcauseofinjury", "external-first", "external"}
_ICD10 = re.compile(r"icd-?10", re.IGNORECASE)
_ICD9 = re.compile(r"icd-?9", re.IGNORECASE)
_FORM = re.compile(r"[A-Za-z][0-9][0-9A-Za-z](\.?[0-9A-Za-z]{1,4})?")


@dataclass
class Diagnoses:
    """Codes as given, `places` from a sequence to a position from 1, and what was left out, by name and count."""

    codes: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    version: str = ""
    admitting: str = ""
    reasons: list[str] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    beyond: int = 0
    other_system: int = 0

    def pointers(self, sequences: Json) -> tuple[str, int]:
        """Positions as `1:2`, and how many of the sequences name no diagnosis of the claim."""
        given = sequences if type(sequences) is list else [] if sequences is None else [sequences]
        places = [self.places.get(number or 0) for number in map(whole, given)]
        known = list(dict.fromkeys(place for place in places if place))
        # A colon keeps a single 12 from being read as 1 and 2.
        joined = ":".join(map(str, known)) + (":" if len(known) == 1 and known[0] > 9 else "")
        return joined, sum(1 for place in places if place is None)


def read(eob: Object) -> Diagnoses:
    """The diagnoses of a claim: the principal first, then by their sequence, each code once."""
    found = Diagnoses()
    versions: list[str] = []
    listed = []
    for place, one in enumerate(objects(eob.get("diagnosis"))):
        code, version = _icd(one.get("diagnosisCodeableConcept"))
        if not code:
            found.other_system += 1
            continue
        kinds = {last_part(kind) for _, kind in codings(one.get("type"))}
        special = kinds & (_ADMITTING | _REASON | _EXTERNAL)
        if kinds & _ADMITTING:
            found.admitting = found.admitting or code
        if kinds & _REASON:
            found.reasons.append(_bare(code))
        if kinds & _EXTERNAL:
            found.external.append(_bare(code))
        if special and not kinds - special:
            continue
        versions.append(version)
        sequence = whole(one.get("sequence")) or place + 1
        listed.append(("principal" not in kinds, sequence, place, code, _present(one)))
    at: dict[str, int] = {}
    for _, sequence, _, code, present in sorted(listed):
        key = _bare(code)
        position = at.get(key)
        if position is None:
            if len(found.codes) == MAX_DIAGNOSES:
                found.beyond += 1
                continue
            found.codes.append(code)
            found.present.append(present)
            position = at[key] = len(found.codes)
        elif found.present[position - 1] == "":
            # The principal diagnosis often stands twice, and only its second copy says when it was present.
            found.present[position - 1] = present
        found.places.setdefault(sequence, position)
    found.version = "9" if "9" in versions else "10" if "10" in versions else ""
    return found


def _bare(code: str) -> str:
    """A code without its dot, in upper case."""
    return part(code.upper().replace(".", ""))


def _icd(concept: Json) -> tuple[str, str]:
    """The ICD code among the codings of a diagnosis and its version; one without a system by its form."""
    given = codings(concept)
    for pattern, version in ((_ICD10, "10"), (_ICD9, "9")):
        for system, code in given:
            if pattern.search(system):
                return code, version
    return next(((code, "") for system, code in given if not system and _FORM.fullmatch(code)), ("", ""))


def _present(one: Object) -> str:
    """The present-on-admission indicator: `onAdmission`, or Blue Button's extension clm_poa_ind_swN."""
    given = codings(one.get("onAdmission"))
    if given:
        return part(given[0][1])
    return next((part(value_of(more)) for name, more in extensions(one) if "_poa_ind_sw" in name), "")
