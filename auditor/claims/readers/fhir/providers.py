"""Who billed, rendered, referred, attended: the care team of an EOB and the providers of the claim."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.claims.readers.fhir.directory import NOBODY, Parties, Party, is_specialty
from auditor.claims.readers.fhir.values import (
    Json,
    Object,
    an_object,
    codings,
    extensions,
    last_part,
    objects,
    text,
    value_of,
    whole,
)

_RENDERING = {"rendering", "performing"}
_ROLES = {
    "referring": "referring_npi", "attending": "attending_npi", "operating": "operating_npi",
    "supervising": "supervising_npi", "supervisor": "supervising_npi", "ordering": "ordering_npi",
}  # fmt: skip
_TAX = re.compile(r"[0-9]{9}")


@dataclass(frozen=True)
class Member:
    """One of the care team: the canonical field of the role, `rendering_npi` among them, and who it is."""

    field: str
    npi: str
    taxonomy: str
    specialty: str


@dataclass
class Providers:
    """The providers of a claim by canonical field, and its care team by sequence."""

    fields: dict[str, str] = field(default_factory=dict)
    team: dict[int, Member] = field(default_factory=dict)

    def rendering(self, sequences: Json) -> tuple[Member | None, bool]:
        """Who rendered a line with these care team sequences, and whether several may have.

        A line that names none takes the one rendering provider of the claim, if there is only one.
        """
        given = sequences if type(sequences) is list else [] if sequences is None else [sequences]
        linked = [self.team[n] for n in map(whole, given) if n in self.team]
        chosen = _rendering(linked) or _rendering(list(self.team.values()))
        numbers = {member.npi for member in chosen if member.npi}
        if len(numbers) > 1:
            return None, True
        return next((member for member in chosen if member.npi), chosen[0] if chosen else None), False


def _rendering(members: list[Member]) -> list[Member]:
    return [member for member in members if member.field == "rendering_npi"]


def read(eob: Object, kind: str, parties: Parties) -> Providers:
    """The providers of a claim of the claim type `kind`."""
    found = Providers()
    billing = parties.find(eob.get("provider"))
    group = parties.find(eob.get("organization"))
    _put(found, "billing_npi", billing.npi or group.npi)
    _put(found, "billing_tin", billing.tin or group.tin)
    _put(found, "billing_taxonomy", billing.taxonomy)
    _put(found, "facility_npi", parties.find(eob.get("facility")).npi)
    for one in objects(eob.get("supportingInfo")):
        if any(last_part(code) == "servicefacility" for _, code in codings(one.get("category"))):
            _put(found, "facility_npi", parties.find(one.get("valueReference")).npi)
    for place, one in enumerate(objects(eob.get("careTeam"))):
        _member(found, place, one, kind, parties)
    referral = an_object(eob.get("referral"))
    if referral:
        _put(found, "referring_npi", parties.find(referral).npi)
    return found


def _member(found: Providers, place: int, one: Object, kind: str, parties: Parties) -> None:
    roles = {last_part(code) for _, code in codings(one.get("role"))}
    provider = one.get("provider")
    party: Party = parties.find(provider) if provider is not None else NOBODY
    identifier = an_object(an_object(provider).get("identifier"))
    if "other" in roles and last_part(text(identifier.get("system"))) == "v2-0203":
        # Blue Button (STU3) gives the tax number of the supplier as a member of the care team.
        number = text(identifier.get("value"))
        if _TAX.fullmatch(number):
            _put(found, "billing_tin", number)
        return
    taxonomy, specialty = party.taxonomy, party.specialty
    for system, code in codings(one.get("qualification")):
        if last_part(system) == "provider-taxonomy":
            taxonomy = code
        elif is_specialty(system):
            specialty = code
    name = _field(roles, kind)
    if not name:
        return
    member = Member(name, party.npi, taxonomy, specialty)
    sequence = whole(one.get("sequence")) or place + 1
    if name == "rendering_npi":
        found.team.setdefault(sequence, member)
        for url, more in extensions(one):
            if url == "us_npi":
                _put(found, "billing_npi", value_of(more))
    else:
        _put(found, name, party.npi)


def _field(roles: set[str], kind: str) -> str:
    """The canonical field of a role. Blue Button's `primary` attends and its `assist` operates in an institution."""
    if roles & _RENDERING:
        return "rendering_npi"
    for role in sorted(roles):
        if role in _ROLES:
            return _ROLES[role]
    if "primary" in roles:
        return "attending_npi" if kind == "institutional" else "rendering_npi"
    if "assist" in roles:
        return "operating_npi" if kind == "institutional" else ""
    return "" if roles else "rendering_npi"


def _put(found: Providers, name: str, value: str) -> None:
    if value:
        found.fields.setdefault(name, value)
