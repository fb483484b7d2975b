"""The lines of an EOB: its items, those the payer added, and details where they and not their item are billed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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

_PROCEDURE = re.compile(r"[0-9A-Za-z]{5}")
_NO_CODE = ("data-absent-reason", "c4bbcompoundliteral")
_OTHER_CODES = ("sct", "snomed", "loinc.org", "rxnorm", "cvx", "ndc")
_OF_ITEM = ("detail", "adjudication", "sequence")
_MODIFIERS = 20


@dataclass(frozen=True)
class Item:
    """A line to be: the JSON of the item, its number in the claim, and whether its own sequence gave it."""

    json: Object
    number: int


@dataclass
class Codes:
    """What was done: a procedure code, modifiers, a drug with its quantity; `other` names a system of other codes."""

    code: str = ""
    modifiers: list[str] = field(default_factory=list)
    ndc: str = ""
    ndc_quantity: str = ""
    ndc_unit: str = ""
    other: str = ""


def items(eob: Object) -> tuple[list[Item], int, bool]:
    """The items in order, how many entries of the list are no objects, and whether sequences could not be used.

    Where a sequence is missing or stands twice, all lines of the claim are numbered by their place.
    """
    given = eob.get("item")
    found: list[tuple[Object, int | None]] = []
    listed = given if type(given) is list else [] if given is None else [given]
    malformed = sum(1 for one in listed if type(one) is not dict)
    for one in objects(given):
        details = [more for more in objects(one.get("detail")) if procedure_of(more).code]
        codes = procedure_of(one)
        if details and not codes.code and not codings(one.get("revenue")):
            for more in details:
                rest = {name: value for name, value in one.items() if name not in _OF_ITEM}
                found.append(({**rest, **more}, None))
        else:
            found.append((one, whole(one.get("sequence"))))
    added = objects(eob.get("addItem"))
    numbers = [number for _, number in found]
    usable = None not in numbers and len(set(numbers)) == len(numbers)
    highest = max((number for number in numbers if number), default=0) if usable else len(found)
    lines = [
        Item(one, number if usable and number else place + 1) for place, (one, number) in enumerate(found)
    ]
    lines += [Item(one, highest + place + 1) for place, one in enumerate(added)]
    return lines, malformed, not usable


def procedure_of(item: Object) -> Codes:
    """The codes of an item: HCPCS or CPT, HIPPS, CDT; a drug's number beside it or in a detail."""
    found = Codes()
    # The R4 name of what STU3 calls `service`.
    concept = item.get("productOrService", item.get("service"))
    _choose(found, concept)
    for name, one in [*extensions(concept), *extensions(item)]:
        if name == "ndc" and not found.ndc:
            found.ndc = value_of(one)
    for one in objects(item.get("detail")):
        number = next((code for system, code in _services(one) if last_part(system) == "ndc"), "")
        if number and not found.ndc:
            quantity = an_object(one.get("quantity"))
            found.ndc, found.ndc_quantity = number, text(quantity.get("value"))
            found.ndc_unit = text(quantity.get("unit"))
    found.modifiers = modifiers(item.get("modifier"))
    return found


def _services(item: Object) -> list[tuple[str, str]]:
    return codings(item.get("productOrService", item.get("service")))


def _choose(found: Codes, concept: Json) -> None:
    """Of several codings the first of a system of procedures; a code without a system by its form."""
    unknown = ""
    for system, code in codings(concept):
        kind = last_part(system)
        lower = system.lower()
        if kind == "ndc":
            found.ndc = found.ndc or code
        elif kind in _NO_CODE:
            continue
        elif any(kind == other or other in lower for other in _OTHER_CODES):
            found.other = found.other or kind
        elif kind in (
            "cpt",
            "hcpcs",
            "hcpcsreleasecodesets",
            "hipps",
            "hippscodes",
            "cdt",
            "cd2",
            "hcpcs_cd",
        ):
            found.code = found.code or code
        elif _PROCEDURE.fullmatch(code):
            unknown = unknown or code
        else:
            found.other = found.other or kind or "no system"
    found.code = found.code or unknown
    if not (found.code or found.ndc or found.other):
        said = text(an_object(concept).get("text"))
        if _PROCEDURE.fullmatch(said) and any(c.isdigit() for c in said):
            found.code = said


def modifiers(given: Json) -> list[str]:
    """Modifiers in order. A concept is one modifier under several systems, or several under one, as BFD writes them."""
    found: list[str] = []
    for one in objects(given):
        by_system: dict[str, list[str]] = {}
        for system, code in codings(one):
            by_system.setdefault(system, []).append(code)
        most = max(by_system.values(), key=len, default=[])
        said = text(one.get("text"))
        found += most or ([said] if 0 < len(said) < 3 else [])
    return found[:_MODIFIERS]


def is_total(item: Object, codes: Codes) -> bool:
    """Whether the item is the total line of an institutional claim: revenue code 0001 and no procedure."""
    return not codes.code and revenue_code(item).zfill(4) == "0001"


def revenue_code(item: Object) -> str:
    """The revenue code of an item; codings of other things beside it are passed over."""
    given = codings(item.get("revenue"))
    for system, code in given:
        if last_part(system).replace("-", "_") in ("rev_cntr", "clm_rev_cntr_cd", "revenuecodes"):
            return code
    return given[0][1] if given else ""
