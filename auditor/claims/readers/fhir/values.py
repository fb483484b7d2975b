"""Values out of parsed JSON in which anything may stand in any place: text, codings, references.

None of these raises: what is not of the form that FHIR (STU3, R4) gives an element is as good as absent, but for
amounts, whose text is passed on so that the canonical step can refuse it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

LONGEST = 1000
"""Characters of one value; what is longer is none of an identifier, a code, a date or an amount."""
_BLANK = dict.fromkeys(
    [*range(32), *range(127, 161), *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x3000], " "
)
_NO_WIDTH = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)
_ODD = str.maketrans({**{chr(c): " " for c in _BLANK}, **{chr(c): None for c in _NO_WIDTH}})
_HISTORY = re.compile(r"/_history/.*$")

Json = Any
Object = dict[str, Any]


def text(value: Json) -> str:
    """The text of a string or number; "" for anything else."""
    if type(value) is str:
        if not (value.isascii() and value.isprintable()):
            value = value.translate(_ODD)
        return str(value).strip()[:LONGEST]
    return number(value) if type(value) in (int, float) else ""


def number(value: int | float) -> str:
    """A parsed number as the shortest text that is the same number; of up to 15 digits it is the text it came as."""
    return repr(value)


def amount(value: Json) -> str:
    """The text of an amount. What is neither number nor string is given as JSON, which no later step can read."""
    if value is None:
        return ""
    if type(value) in (int, float):
        return repr(value)
    if type(value) is str:
        return text(value)
    try:
        return text(orjson.dumps(value).decode())
    except orjson.JSONEncodeError:
        return "nested too deep"


def an_object(value: Json) -> Object:
    """An object, also where a list of objects stands in its place: then the first; {} for anything else."""
    if type(value) is dict:
        return value
    if type(value) is list and value and type(value[0]) is dict:
        return value[0]
    return {}


def objects(value: Json) -> list[Object]:
    """The objects of a list, or the one object that stands in its place."""
    if type(value) is list:
        return [one for one in value if type(one) is dict]
    return [value] if type(value) is dict else []


def whole(value: Json) -> int | None:
    """A positive whole number, as a sequence is; also as text or 1.0."""
    if type(value) is str and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 < value < 1_000_000_000 else None


def codings(concept: Json) -> list[tuple[str, str]]:
    """(system, code) of each coding of a CodeableConcept, or of a list of them; codings without a code are left out."""
    if concept is None:
        return []
    found = []
    for one in (concept,) if type(concept) is dict else objects(concept):
        coding = one.get("coding")
        for entry in coding if type(coding) is list else (coding,):
            if type(entry) is not dict:
                continue
            code, system = entry.get("code"), entry.get("system")
            known = _code(code) if type(code) is str else text(code)
            if known:
                found.append((system if type(system) is str else "", known))
    return found


@lru_cache(maxsize=65_536)
def _code(value: str) -> str:
    """As `text`; a feed has few codes and many copies of each."""
    return text(value)


def codes(concept: Json) -> set[str]:
    """The codes of a CodeableConcept in lower case; of a URL (Blue Button's variables) its last part."""
    return {last_part(code) for _, code in codings(concept)}


@lru_cache(maxsize=65_536)
def last_part(code: str) -> str:
    """The last part of a URL, in lower case; what is no URL, in lower case."""
    return code.rsplit("/", 1)[-1].lower()


def coding_of(value: Json) -> tuple[str, str]:
    """(system, code) of one Coding; "" where it has none."""
    one = an_object(value)
    return text(one.get("system")), text(one.get("code"))


def extensions(element: Json) -> Iterator[tuple[str, Object]]:
    """The extensions of an element: the last part of its URL in lower case with _ for -, and the extension."""
    if type(element) is dict:
        for one in objects(element.get("extension")):
            yield last_part(text(one.get("url"))).replace("-", "_"), one


def value_of(extension: Object) -> str:
    """The text of the value of an extension: a code, an identifier, a date, a number or a string."""
    for name in ("valueCoding", "valueIdentifier", "valueQuantity"):
        if name in extension:
            one = an_object(extension[name])
            return text(one.get("code")) or text(one.get("value"))
    for name in ("valueString", "valueCode", "valueDate", "valueDecimal", "valueUnsignedInt", "valueInteger"):
        if name in extension:
            return text(extension[name])
    return ""


def reference_of(value: Json) -> str:
    """What a Reference points to: `Patient/1`, `#contained`, `urn:uuid:...`; of a URL its last two parts."""
    target = text(an_object(value).get("reference"))
    if "/" not in target or "?" in target:
        return target
    return "/".join(_HISTORY.sub("", target).rsplit("/", 2)[-2:])


def bare_id(reference: str) -> str:
    """The identifier in a reference without the kind of resource: `1` of `Patient/1`, the UUID of `urn:uuid:`."""
    return reference.rsplit("/", 1)[-1].removeprefix("urn:uuid:")


def tally(counts: Counter[str], name: str) -> None:
    """Count a word of the source; long ones are cut, and after many different ones the rest are counted together."""
    name = name[:40]
    counts[name if name in counts or len(counts) < 500 else "others"] += 1
