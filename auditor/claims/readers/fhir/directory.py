"""Providers and patients named by reference: contained, in the same file, or in the files beside it.

They are kept in a database on disk, for an export may hold millions of patients.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.claims.readers.fhir.values import (
    Json,
    Object,
    an_object,
    bare_id,
    codings,
    last_part,
    objects,
    reference_of,
    text,
)

KINDS: Final = ("Patient", "Practitioner", "PractitionerRole", "Organization")
"""Kinds of resource of which a claim uses something."""
_CACHED = 50_000


@dataclass(frozen=True, slots=True)
class Party:
    """Who a reference names: numbers of a provider, insurer or facility; dates and sex of a patient."""

    npi: str = ""
    tin: str = ""
    number: str = ""
    name: str = ""
    taxonomy: str = ""
    specialty: str = ""
    birth_date: str = ""
    sex: str = ""
    death_date: str = ""
    refers_to: str = ""


NOBODY: Final = Party()
_FIELDS = tuple(Party.__dataclass_fields__)


class Directory:
    """References and who they name. `add` resources and `settle`; then `find`.

    What is not here is looked for in `beyond`. A directory that was settled in `path` is opened as it stands.
    """

    def __init__(self, path: Path, beyond: Directory | None = None) -> None:
        self._beyond = beyond
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        columns = ", ".join(f"{name} TEXT" for name in _FIELDS)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS party (key TEXT PRIMARY KEY, {columns}) WITHOUT ROWID")
        self._empty = self._db.execute("SELECT key FROM party LIMIT 1").fetchone() is None
        self._db.execute("BEGIN")
        self._put = f"INSERT OR REPLACE INTO party VALUES ({', '.join('?' * (len(_FIELDS) + 1))})"
        self._cache: dict[str, Party] = {}

    def add(self, resource: Object, full_url: str = "") -> None:
        """Keep what a resource says, if it is of a kind that claims use."""
        kind = text(resource.get("resourceType"))
        if kind not in KINDS:
            return
        party = party_of(resource)
        number = text(resource.get("id"))
        keys = {f"{kind}/{number}"} if number else set()
        if full_url:
            keys |= {reference_of({"reference": full_url}), f"{kind}/{bare_id(full_url)}"}
        for key in keys:
            self._db.execute(self._put, (key, *(getattr(party, name) for name in _FIELDS)))
            self._empty = False

    def settle(self) -> None:
        """End adding: what was added can then be found by another directory of the same path."""
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    def find(self, key: str) -> Party:
        """Who `key` (Practitioner/1, urn:uuid:...) names; NOBODY when no resource says."""
        if not key:
            return NOBODY
        known = self._cache.get(key)
        if known is None:
            known = self._look_up(key)
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = known
        return known

    def _look_up(self, key: str) -> Party:
        row = None
        if not self._empty:
            chosen = f"SELECT {', '.join(_FIELDS)} FROM party WHERE key = ?"
            row = self._db.execute(chosen, (key,)).fetchone()
        if row is not None:
            return Party(*row)
        return NOBODY if self._beyond is None else self._beyond.find(key)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()


def party_of(resource: Object) -> Party:
    """What a Patient, Practitioner, PractitionerRole or Organization says of itself."""
    npi = tin = number = taxonomy = specialty = ""
    for one in objects(resource.get("identifier")):
        value = text(one.get("value"))
        kinds = {code.lower() for _, code in codings(one.get("type"))}
        system = last_part(text(one.get("system")))
        if system == "us-npi" or "npi" in kinds:
            npi = npi or value
        elif system.endswith("2.16.840.1.113883.4.4") or "tax" in kinds:
            tin = tin or value
        elif kinds & {"payerid", "naiccode", "mb", "um"} or not number:
            number = value or number
    stated = [codings(one.get("code")) for one in objects(resource.get("qualification"))]
    for given in [*stated, codings(resource.get("specialty"))]:
        for system, code in given:
            if last_part(system) == "provider-taxonomy":
                taxonomy = taxonomy or code
            elif is_specialty(system):
                specialty = specialty or code
    return Party(
        npi=npi,
        tin=tin,
        number=number,
        name=text(resource.get("name")),
        taxonomy=taxonomy,
        specialty=specialty,
        birth_date=text(resource.get("birthDate")),
        sex=_sex(resource.get("gender")),
        death_date=text(resource.get("deceasedDateTime")),
        refers_to=reference_of(resource.get("practitioner")) or reference_of(resource.get("organization")),
    )


def is_specialty(system: str) -> bool:
    """Whether a coding system is CMS's two-character provider specialty."""
    return last_part(system).replace("-", "_") in ("prvdr_spclty", "clm_prvdr_spclty_cd", "cms_specialty")


def _sex(value: Json) -> str:
    return {"male": "M", "female": "F"}.get(text(value).lower(), "")


class Parties:
    """Who the references of one EOB name: what it contains comes before the directory."""

    def __init__(self, eob: Object, directory: Directory) -> None:
        self._directory = directory
        self._contained = {text(one.get("id")): one for one in objects(eob.get("contained"))}

    def find(self, value: Json) -> Party:
        """Who a Reference names: its own identifier, the contained or known resource, a search by NPI."""
        one = an_object(value)
        if not one:
            return NOBODY
        target = reference_of(one)
        known = self._resolve(target)
        if known.npi == "" and known.refers_to:
            known = _with(known, self._resolve(known.refers_to))
        own = party_of({"identifier": one.get("identifier")}) if "identifier" in one else NOBODY
        if "?" in target and "us-npi|" in target:
            own = Party(npi=target.rsplit("us-npi|", 1)[1].split("&", 1)[0])
        named = Party(name=text(one.get("display")))
        return _with(_with(own, known), named) if own is not NOBODY or known is not NOBODY else named

    def patient(self, value: Json) -> tuple[str, Party]:
        """The patient's identifier, without `Patient/`, and what is known of him."""
        one = an_object(value)
        target = reference_of(one)
        party = self._resolve(target)
        if target.startswith("#"):
            return party.number or target[1:], party
        if target:
            return bare_id(target), party
        return text(an_object(one.get("identifier")).get("value")), NOBODY

    def _resolve(self, target: str) -> Party:
        if target.startswith("#"):
            contained = self._contained.get(target[1:])
            return NOBODY if contained is None else party_of(contained)
        return self._directory.find(target)


def _with(first: Party, second: Party) -> Party:
    """`first`, and of `second` what it lacks."""
    if second is NOBODY:
        return first
    return Party(*(getattr(first, name) or getattr(second, name) for name in _FIELDS))
