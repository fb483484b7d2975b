"""Which part of a fee is due: the percentages of the law by the day from which each is in force, in millionths.

What was read: the indicators of the relative value file in a copy of CMS's record layout (multiple procedures: second
to fifth 50 %, imaging TC 50 % from 2010-07-01, PC 25 % off 2012 to 2016 and 5 % off from 2017, cardiovascular TC 25 %
and ophthalmology TC 20 % off from 2013; bilateral 150 %); Noridian JE on therapy (20 % off practice expense in offices
from 2011-01-01, 50 % from 2013-04-01); Noridian JF article 10534 (assistant 16 %, nurse practitioner, physician
assistant and clinical nurse specialist 85 % of it, co-surgeons 62.5 %); a contractor's fact sheet repeated at
medicalbillingcptmodifiers.com (54: pre- and intraoperative part, 55: postoperative part); MM9647 at aapc.com (imaging).
Section 40.6 of the Claims Processing Manual, chapter 12, was read in a copy (medicarepaymentandreimbursement.com,
February 2011): multiple surgeries are those of one physician, or of one group, "at the same operative session or on the
same day". So 59 and XE take no surgery out of the rank; a trade journal (aapc.com, 59 with multiple colonoscopies)
prices a second endoscopy with 59 by the difference to its base. Therapy: NGS, "on the same day", in all disciplines.
Imaging: "in the same session" (apsmedbill.com on the rule of 2012), and the reduction comes before the cap of the
outpatient amount (a contractor's worksheet repeated at radiologybillingcoding.com, April 2011: rank and halve the fee
schedule amounts, then the lower of that and the capped amount). An assistant who is no physician: 85 % of 16 %, once
(issue 0222 of the recovery audit programme at cms.gov; Novitas JL on assistants).
Not read at CMS: the manual's sections 40.2 and 40.4 (78: intraoperative part; that a return for complications stands in
no rank is the milder reading), 110 and 120 (practitioners 85 %).
Read in a copy: 42 CFR 414.53 (clinical social workers 75 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

WHOLE: Final = 1_000_000
Dated = Sequence[tuple[date, int]]
"""Values from a first day on, ascending."""

LATER_SURGERY: Final = 500_000
"""Of the second to the fifth procedure of a day; further ones are paid by report, so that no part is told."""
LAST_TOLD: Final = 5

IMAGING_TECHNICAL: Final[Dated] = ((date(2010, 7, 1), 500_000),)
IMAGING_PROFESSIONAL: Final[Dated] = (
    (date(2010, 7, 1), WHOLE),
    (date(2012, 1, 1), 750_000),
    (date(2017, 1, 1), 950_000),
)
CARDIOVASCULAR_TECHNICAL: Final[Dated] = ((date(1996, 1, 1), WHOLE), (date(2013, 1, 1), 750_000))
OPHTHALMOLOGY_TECHNICAL: Final[Dated] = ((date(1996, 1, 1), WHOLE), (date(2013, 1, 1), 800_000))
THERAPY_EXPENSE: Final[Dated] = (
    (date(1996, 1, 1), WHOLE),
    (date(2011, 1, 1), 800_000),
    (date(2013, 4, 1), 500_000),
)
TECHNICAL: Final[dict[str, Dated]] = {
    "4": IMAGING_TECHNICAL,
    "6": CARDIOVASCULAR_TECHNICAL,
    "7": OPHTHALMOLOGY_TECHNICAL,
}
"""What is paid of the technical component of the second and further services, by multiple procedure indicator."""
PROFESSIONAL: Final[dict[str, Dated]] = {
    "4": IMAGING_PROFESSIONAL,
    "6": ((date(1996, 1, 1), WHOLE),),
    "7": ((date(1996, 1, 1), WHOLE),),
}

BOTH_SIDES: Final[dict[str, int]] = {"1": 1_500_000, "3": 2_000_000}
"""Of one line with modifier 50, by bilateral indicator; of another one fee is due for both sides."""
EACH_SIDE: Final[dict[str, int]] = {"0": 500_000, "1": 750_000, "2": 500_000}
"""Of each of two lines, one LT and one RT; of another indicator each side is paid in full."""

ASSISTING: Final[dict[str, int]] = {"AS": 136_000, "80": 160_000, "81": 160_000, "82": 160_000}
"""An assistant's part by modifier, the least first: AS beside 80 is one assistant, who is no physician."""
ASSISTANTS: Final = tuple(ASSISTING)
CO_SURGEON: Final = "62"
CO_SURGEONS_PART: Final = 625_000
"""Of one of two surgeons. Beside an assistant's modifier it is a contradiction, and no part is told."""
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "54": ("pre_op", "intra_op"),
    "55": ("post_op",),
    "56": ("pre_op",),
    "78": ("intra_op",),
}
"""Modifiers that stand for parts of the global package, with the columns of these parts."""
TEAM: Final = "66"
"""Paid by report: no part is told."""
UNRANKED: Final = ("55", "56", "78")
"""Modifiers of care that is not given at the operation, or of a return for complications: they stand in no rank."""
APART: Final = ("59", "XE")
"""Modifiers that may tell of a separate session."""
OF_A_SESSION: Final = ("4", "6", "7")
"""Indicators of tests, reduced in one session: with :data:`APART` they stand in no rank. Surgery and therapy are
reduced by the day, and such lines stand in it."""
_FROM_1998: Final = date(1998, 1, 1)
PRACTITIONERS: Final[dict[str, Dated]] = {
    "50": ((_FROM_1998, 850_000),),
    "80": ((_FROM_1998, 750_000),),
    "89": ((_FROM_1998, 850_000),),
    "97": ((_FROM_1998, 850_000),),
}
"""Parts of the fee due to practitioners, by CMS specialty: nurse practitioner, clinical social worker (of what is
due to a psychologist, the whole fee), clinical nurse specialist, physician assistant."""


def dated_sql(values: Dated, day: str) -> str:
    """SQL of the value in force on a day, NULL before the first."""
    cases = " ".join(f"WHEN {day} >= DATE '{first}' THEN {value}" for first, value in reversed(values))
    return f"(CASE {cases} END)"


def practitioner_sql(specialty: str, day: str) -> str:
    """SQL of the part due to a practitioner of the specialty on a day; whole for all others."""
    cases = " ".join(
        f"WHEN '{name}' THEN coalesce({dated_sql(values, day)}, {WHOLE})"
        for name, values in PRACTITIONERS.items()
    )
    return f"(CASE {specialty} {cases} ELSE {WHOLE} END)"


def dated(values: Dated, day: date) -> int | None:
    """The value in force on a day, None before the first."""
    found = None
    for first, value in values:
        if day >= first:
            found = value
    return found
