"""Where a fee is for: facility or not by place of service, and the payment locality of a line.

Source of the places: CMS's place of service code set with its payment column (facility or non-facility rate), copy of
June 2024, against which a test holds this list. The rule itself is in the Medicare Claims Processing Manual,
chapter 12, section 20.4.2, and chapter 26, section 10.5, which were not read for it. Place 10 came without a rate of
its own and has the non-facility rate from 2024-01-01 (final rule of that year, not read); before that no rate is told
for it, and no amount is put on such a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

FACILITY: Final = frozenset("02 06 08 19 21 22 23 24 26 31 34 41 42 51 52 53 56 61".split())
NON_FACILITY: Final = frozenset(
    (
        "01 03 04 05 07 09 10 11 12 13 14 15 16 17 18 20 25 27 32 33 49 50 54 55 57 58 60 62 65 66 71 72 81 99"
    ).split()
)
TOLD_FROM: Final[Mapping[str, date]] = {"10": date(2024, 1, 1)}
"""Places whose rate is known from a day on only."""
NOT_WHOLE: Final = frozenset({"VA"})
"""States with one locality of their name, a part of which belongs to another (GPCI file: `DC + MD/VA SUBURBS`)."""


def setting_sql(pos: str, day: str) -> str:
    """SQL: ``facility`` or ``non_facility``; NULL where the place is missing or its rate is not told."""
    late = " ".join(
        f"WHEN {pos} = '{place}' AND {day} < DATE '{first}' THEN NULL" for place, first in TOLD_FROM.items()
    )
    lists = (("facility", FACILITY), ("non_facility", NON_FACILITY))
    told = " ".join(
        f"WHEN {pos} IN ({', '.join(repr(place) for place in sorted(places))}) THEN '{name}'"
        for name, places in lists
    )
    return f"(CASE {late} {told} END)"


def place_sql(line: str) -> str:
    """SQL of the name by which a line's locality stands in ``price_place``: contractor and locality, or state."""
    return (
        f"(CASE WHEN {line}.mac IS NOT NULL AND {line}.locality IS NOT NULL "
        f"THEN {line}.mac || '/' || {line}.locality ELSE upper({line}.service_state) END)"
    )


def places_sql(indices: str) -> str:
    """SQL of ``price_place``: indices by the name of a place and their days, of contractor and locality and of states.

    ``indices`` is a relation of rows of ``mpfs_gpci`` with the days for which they answer. A state stands there only
    where it is one locality, and all of it.
    """
    parts = ", ".join(repr(state) for state in sorted(NOT_WHOLE))
    shown = (
        "judged_from AS first, judged_to AS last, mac || '/' || locality AS told, "
        "CAST(gpci_work AS DECIMAL(7,4)) AS gw, CAST(gpci_pe AS DECIMAL(7,4)) AS gp, "
        "CAST(gpci_mp AS DECIMAL(7,4)) AS gm"
    )
    return f"""
SELECT row_number() OVER (ORDER BY place, first) AS site_key, * FROM (
SELECT mac || '/' || locality AS place, {shown} FROM {indices}
 WHERE mac IS NOT NULL AND locality IS NOT NULL
UNION ALL
SELECT state, {shown} FROM {indices} i
 WHERE state NOT IN ({parts})
   AND 1 = (SELECT count(DISTINCT o.mac || '/' || o.locality) FROM {indices} o
             WHERE o.state = i.state AND o.judged_from <= i.judged_to AND o.judged_to >= i.judged_from))"""
