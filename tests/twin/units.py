"""Medically unlikely edits: units of a line or of a day against the value of the quarter."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from .decisions import DEFINITE_LINES_OF_BUSINESS, MUE_04_LINES_OF_BUSINESS
from .findings import ASSOCIATED, DEFINITE, PROBABLE, Finding, auditable, half_up
from .lines import Line
from .tables import Mue, Tables

DAY_EDITS_BEGAN = dt.date(2013, 4, 1)
# Families of codes that have no left and right: the bilateral indicator of every other code is not known here.
NO_SIDES = ((100, 1999), (80047, 89398), (90281, 90999), (96360, 96549), (97010, 97799), (99201, 99499))
DISTINGUISHING = ASSOCIATED | {"76", "77"}


@dataclass
class Excess:
    """What one rule finds on one line, day after day: the share of the line above the value."""

    line: Line
    share: Fraction = Fraction(0)
    classes: set[str] = field(default_factory=set)


def mue(lines: Sequence[Line], tables: Tables) -> list[Finding]:
    """One finding a rule and line, however many days of the line exceed the value."""
    counted = [line for line in lines if auditable(line) and counts(line)]
    days: dict[tuple[str, str, str, str, str, str, dt.date], list[Line]] = defaultdict(list)
    for line in counted:
        for offset in range(line.days):
            day = line.first + dt.timedelta(days=offset)
            days[(*line.person, line.provider, line.setting, line.code, day)].append(line)
    excesses: dict[tuple[str, int], Excess] = {}
    for (_, _, _, _, setting, code, day), group in days.items():
        limit = tables.limit(setting, code, day)
        if limit is None:
            continue
        for catalogue_id, klass, line, share in exceeded(group, limit, day):
            excess = excesses.setdefault((catalogue_id, id(line)), Excess(line))
            excess.share += share / line.days
            excess.classes.add(klass if line.line_of_business in DEFINITE_LINES_OF_BUSINESS else PROBABLE)
    return [
        Finding(
            catalogue_id,
            "fail",
            PROBABLE if PROBABLE in excess.classes else DEFINITE,
            excess.line,
            exposure=half_up(excess.line.amount * excess.share),
        )
        for (catalogue_id, _), excess in excesses.items()
    ]


def counts(line: Line) -> bool:
    """Paid lines with units; not post-operative shares (55), nor lines of an ambulatory surgical centre."""
    surgical_centre = line.pos == "24" and line.specialty == "49"
    paid = line.units is not None and line.units > 0 and not line.no_payment
    return paid and "55" not in line.modifiers and not surgical_centre


def day_units(line: Line) -> Fraction:
    """Units of one day of the line: of a span, units over days to the nearest whole unit, halves up."""
    units = Fraction(line.units or 0)
    return units if line.days == 1 else Fraction(half_up(units / line.days))


def exceeded(group: Sequence[Line], limit: Mue, day: dt.date) -> Iterator[tuple[str, str, Line, Fraction]]:
    """Rule, class, line and the share in excess, for the lines of one code on one day."""
    total = sum((day_units(line) for line in group), Fraction(0))
    if limit.value == 0:
        for line in group:
            if line.amount > 0 and line.line_of_business in MUE_04_LINES_OF_BUSINESS:
                yield "MUE-04", PROBABLE, line, Fraction(1)
    elif limit.mai == "1":
        for line in group:
            if day_units(line) > limit.value:
                unsure = perhaps_bilateral(line.code, day_units(line)) or may_lack_a_side(line)
                klass = PROBABLE if unsure else DEFINITE
                yield "MUE-01", klass, line, over(day_units(line), limit.value)
        plain = [line for line in group if not line.modifiers & DISTINGUISHING]
        largest = max((day_units(line) for line in plain), default=Fraction(0))
        together = sum((day_units(line) for line in plain), Fraction(0))
        if len(plain) >= 2 and largest <= limit.value < together:
            for line in plain:
                yield "MUE-05", PROBABLE, line, over(together, limit.value)
    elif limit.mai in {"2", "3"} and total > limit.value and day >= DAY_EDITS_BEGAN:
        sides = frozenset().union(*(line.modifiers for line in group))
        two_parts = {"26", "TC"} <= sides
        clinical = limit.mai == "3"
        both_sides = {"LT", "RT"} <= sides
        sided = len(group) == 1 and perhaps_bilateral(group[0].code, total)
        for line in group:
            if two_parts and total == 2 and len(group) == 2 and len(line.modifiers & {"26", "TC"}) == 1:
                continue  # the technical or the professional part of one service
            yield (
                "MUE-03" if clinical else "MUE-02",
                PROBABLE
                if clinical or both_sides or two_parts or sided or may_lack_a_side(line)
                else DEFINITE,
                line,
                over(total, limit.value),
            )


def perhaps_bilateral(code: str, units: Fraction) -> bool:
    """Two units on a line of a code that may be one service on both sides (catalogue 3.18)."""
    return units == 2 and not without_sides(code)


def may_lack_a_side(line: Line) -> bool:
    """A modifier of side, or 55, may be among those that the feed drops."""
    return line.truncated and not without_sides(line.code)


def without_sides(code: str) -> bool:
    """A code of a family that has no left and right."""
    if code.isdecimal():
        return any(low <= int(code) <= high for low, high in NO_SIDES)
    return code[0] in "AJ" and code[1:].isdecimal() and code >= "A0021"


def over(units: Fraction, value: int) -> Fraction:
    """The part of `units` above `value`."""
    return (units - value) / units
