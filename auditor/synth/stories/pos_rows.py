"""The places of service that exist, for stories of any place: a row each in the library of stories.

The numbers are those of CMS's list of place of service codes; the first day is one before all stories, not CMS's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.synth.stories.model import Given

_CODES = (
    "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 31 32 33 34 41 42 49 50 51 52 53 "
    "54 55 56 57 58 60 61 62 65 66 71 72 81 99"
).split()
PLACES: Sequence[Given] = tuple(
    {"code": code, "effective": date(1990, 1, 1), "deleted": None} for code in _CODES
)
