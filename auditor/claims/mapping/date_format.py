"""Date formats as people write them (`DD/MM/YYYY`) and as programs do (`%d/%m/%Y`)."""

from __future__ import annotations

import re
from typing import Final

_TOKENS: Final = {
    "YYYY": "%Y", "YY": "%y", "MONTH": "%B", "MON": "%b", "MMM": "%b", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d",
}  # fmt: skip
_PATTERN: Final = re.compile("|".join(_TOKENS), re.IGNORECASE)
_DIRECTIVES: Final = ("%Y", "%y", "%B", "%b", "%m", "%d")
_WIDTHS: Final = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2}


def directives(text: str) -> str | None:
    """`text` with the directives of strptime for year, month and day, or None where it is no date format.

    A format has one of each, and nothing else but marks between them: a time of day is left out of a cell before it is
    read.
    """
    bare = text.strip()
    told = bare if "%" in bare else _PATTERN.sub(lambda found: _TOKENS[found[0].upper()], bare)
    parts = re.findall("%.", told)
    if any(part not in _DIRECTIVES for part in parts) or re.search("[0-9A-Za-z]", re.sub("%.", "", told)):
        return None
    kinds = sorted(part[1].lower().replace("b", "m") for part in parts)
    return told if kinds == ["d", "m", "y"] else None


def has_short_year(text: str) -> bool:
    """Whether a format has a year of two digits, of which the century is a guess."""
    return "%y" in (directives(text) or "")


def digits_alone(told: str) -> int:
    """How many digits a cell has by a format without any mark (`%Y%m%d`: 8), else 0."""
    parts = re.findall("%.", told)
    if "".join(parts) != told or any(part not in _WIDTHS for part in parts):
        return 0
    return sum(_WIDTHS[part] for part in parts)
