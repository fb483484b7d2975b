"""A record parsed, and whether a name stands twice in one of its objects.

RFC 8259 leaves open which of two values is meant; a parser keeps the last and the first is gone without a word.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_NAME = re.compile(rb'"\s*:')


class NoJson(ValueError):
    """The bytes are no JSON."""


def parse(raw: bytes) -> tuple[Any, bool]:
    """The value, and whether some object of it has a name twice with different values. Raises NoJson.

    Numbers become int or float; a float's shortest text is the text it was read from up to 15 digits, which is more
    than any amount has, and no arithmetic is done on it.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NoJson from None
    return value, _some_name_lost(raw, value) and _differ(raw)


def _some_name_lost(raw: bytes, value: Any) -> bool:
    """Whether the text has more names than what was parsed; cheap, and never wrong when it says no."""
    try:
        kept = orjson.dumps(value).count(b'":')
    except orjson.JSONEncodeError:
        # It writes less deep than it reads.
        return True
    given = raw.count(b'":')
    return given != kept and len(_NAME.findall(raw)) != kept


def _differ(raw: bytes) -> bool:
    found = False

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        seen: dict[str, Any] = {}
        for name, value in pairs:
            if name in seen and seen[name] != value:
                found = True
            seen[name] = value
        return seen

    try:
        json.loads(raw, object_pairs_hook=keep, parse_float=str, parse_int=str)
    except (RecursionError, ValueError):
        raise NoJson from None
    return found
