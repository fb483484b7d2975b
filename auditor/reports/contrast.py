"""Colours as reports use them: `#rrggbb`, their contrast (WCAG 2.1, 1.4.3), and the nearest that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

READABLE: Final = 4.5
"""The contrast that text of ordinary size needs (WCAG 2.1 AA, success criterion 1.4.3)."""
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
_STEPS: Final = 100


def is_colour(text: str) -> bool:
    """Whether `text` is a colour as it is written here: `#1f5a7a`, lower case."""
    return _COLOUR.match(text) is not None


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, 1 (none) to 21 (black on white), by relative luminance."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def least_contrast(colour: str, papers: Iterable[str]) -> tuple[float, str]:
    """The lowest contrast of `colour` on any of `papers`, and the paper it is on."""
    return min((contrast(colour, paper), paper) for paper in papers)


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with a share (0 to 1) of `other` mixed in."""
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(own + (new - own) * share):02x}" for own, new in parts)


def readable(colour: str, papers: Iterable[str], towards: str) -> str:
    """`colour` moved towards black or white (`towards`) no further than it needs to be readable on all `papers`."""
    papers = tuple(papers)
    for step in range(_STEPS):
        tried = mixed(colour, towards, step / _STEPS)
        if least_contrast(tried, papers)[0] >= READABLE:
            return tried
    return towards


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
