"""What the twin concludes, and the facts of law that all three families share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from .decisions import IN_SCOPE
from .lines import Line

EYELIDS = frozenset(f"E{n}" for n in "1234")
FINGERS_AND_TOES = frozenset(limb + digit for limb in "FT" for digit in "A123456789")
SIDES = frozenset({"LT", "RT"})
CORONARIES = frozenset({"LC", "LD", "LM", "RC", "RI"})
ANATOMIC = EYELIDS | FINGERS_AND_TOES | SIDES | CORONARIES
SUBSETS_OF_59 = frozenset({"XE", "XS", "XP", "XU"})
GLOBAL_AND_EM = frozenset({"24", "25", "57", "58", "78", "79"})
ASSOCIATED = ANATOMIC | GLOBAL_AND_EM | frozenset({"27", "59", "91"}) | SUBSETS_OF_59
X_BEGAN = dt.date(2015, 1, 1)

STRATA = ("ptp", "mue", "addon")
DEFINITE, PROBABLE = "definite", "probable"


@dataclass(frozen=True)
class Finding:
    """One conclusion. `partner` is the Column 1 line of a pair; `exposure` in cents."""

    catalogue_id: str
    verdict: str  # fail, bypassed
    klass: str  # definite, probable; "" for a bypass
    line: Line
    partner: Line | None = None
    exposure: int = 0
    at_risk: bool = False

    @property
    def family(self) -> str:
        """The family of the rule."""
        return {"PTP": "ptp", "MUE": "mue", "AOC": "addon"}[self.catalogue_id[:3]]


def associated_on(day: dt.date) -> frozenset[str]:
    """The PTP-associated modifiers that existed on `day` (44 since 2015)."""
    return ASSOCIATED if day >= X_BEGAN else ASSOCIATED - SUBSETS_OF_59


def auditable(line: Line) -> bool:
    """A paid line, under a payer that follows these edits, of a known provider, in a setting with a table."""
    return bool(
        line.line_of_business in IN_SCOPE and line.setting and line.provider and line.code and not line.denied
    )


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
