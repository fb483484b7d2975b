"""Stories of evaluation and management (catalogue 3.7, FRQ-05, FRQ-06, and the conditions of 3.17 and 3.18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fee_table
from auditor.synth.stories.model import DEFINITE, PROBABLE, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_HERE: dict[str, Any] = {"rendering_specialty": "11"}
_WARD: dict[str, Any] = {"rendering_specialty": "11", "pos": "21"}


def _told(
    catalogue: str, name: str, *lines: StoryLine, near: bool = False, on: tuple[date, ...] = _ON, **more: Any
) -> Story:
    codes = [item.code for item in lines if item.code in _PRICED]
    return Story(catalogue, name, lines, on, near_miss=near, tables=fee_table(codes) if codes else {}, **more)


_PRICED = frozenset(
    "99202 99203 99204 99205 99211 99212 99213 99214 99215 99221 99222 99223 99231 99232 99233 99238 99291 99292 93010 "
    "90833 90834 96372 96413 G2211 G2212 99417 G0438 G0439 G0402 99495 20610 12002".split()
)


def _visit(code: str, day: int = 0, mods: str = "", claim: str = "B", **more: Any) -> StoryLine:
    usual: dict[str, Any] = {"paid": "80.00", "dx1": "I10"}
    return line(code, mods=mods, claim=claim, day=day, **(usual | _HERE | more))


STORIES = (
    _told("EM-01", "A new-patient code two years after a visit to the same physician", _visit("99213", -700,
          claim="A"),
          _visit("99203", expect=fails("EM-01", DEFINITE))),
    _told("EM-01", "A new-patient code after a visit to a colleague of the group and specialty",
          _visit("99213", -300, claim="A", provider="mate"), _visit("99204", expect=fails("EM-01"))),
    _told("EM-01", "A new-patient code more than three years after the last visit", _visit("99213", -1100, claim="A"),
          _visit("99203"), near=True),
    _told("EM-01", "A new-patient code after a visit to another group",
          _visit("99213", -300, claim="A", provider="other", rendering_specialty="20"), _visit("99203"), near=True),
    _told("EM-01", "A new-patient code after the reading of a test", _visit("93010", -30, claim="A", mods=""),
          _visit("99203"),
          near=True),
    _told("EM-01", "A new-patient code after a visit that the payer denied", _visit("99213", -300, claim="A",
          denied=True),
          _visit("99203"), near=True),
    _told("EM-04", "G2211 with a visit that has 25, in 2024, beside a procedure", _visit("99213", mods="25"),
          _visit("20610", mods="RT", dx1="M1711", claim="B"), _visit("G2211", expect=fails("EM-04")), on=(date(2024,
          5, 7),)),
    _told("EM-04", "G2211 with a visit without 25", _visit("99213"), _visit("G2211"), near=True, on=(date(2024, 5,
          7),)),
    _told("EM-04", "G2211 without any visit", _visit("G2211", expect=fails("EM-04")), on=(date(2024, 5, 7),)),
    _told("EM-04", "G2211 with 25 and the annual wellness visit of the day, in 2025", _visit("99213", mods="25"),
          _visit("G0439"),
          _visit("G2211"), near=True, on=(date(2025, 5, 6),)),
    _told("EM-05", "99417 to Medicare", _visit("99215"), _visit("99417", expect=(*fails("EM-05"),
          *fails("PFS-11"))), on=(date(2024, 5, 7),)),
    _told("EM-05", "G2212 with 99214", _visit("99214"), _visit("G2212", expect=fails("EM-05")), on=(date(2024, 5,
          7),)),
    _told("EM-05", "G2212 with 99215", _visit("99215"), _visit("G2212"), near=True, on=(date(2024, 5, 7),)),
    _told("EM-06", "99292 with 90 minutes of critical care in all",
          _visit("99291", **_WARD, minutes="60"), _visit("99292", **_WARD, minutes="30", expect=fails("EM-06")),
          on=(date(2024, 5, 7),)),
    _told("EM-07", "Critical care with another visit of the day by the same physician without 25", _visit("99291",
          **_WARD),
          _visit("99232", **_WARD, claim="A", expect=fails("EM-07"))),
    _told("EM-07", "The other visit with 25", _visit("99291", **_WARD), _visit("99232", **_WARD, mods="25",
          claim="A"), near=True),
    _told("EM-09", "A consultation to Medicare", _visit("99244", expect=fails("EM-09"))),
    _told("EM-09", "A consultation to a commercial payer", _visit("99244", line_of_business="commercial"), near=True),
    _told("EM-09", "A consultation to Medicare on the last day of 2009", _visit("99244"), near=True, on=(date(2009,
          12, 31),)),
    _told("EM-09", "A consultation to Medicare on the first day of 2010", _visit("99244", expect=fails("EM-09")),
          on=(date(2010, 1, 1),)),
    _told("EM-10", "99211 beside an injection", _visit("96372"), _visit("99211", expect=fails("EM-10"))),
    _told("EM-10", "99211 alone", _visit("99211"), near=True),
    _told("EM-13", "Psychotherapy as an add-on without a visit", _visit("90833", rendering_specialty="26",
          expect=fails("EM-13"))),
    _told("EM-13", "Psychotherapy as an add-on with a visit", _visit("99214", rendering_specialty="26", dx1="F331"),
          _visit("90833", rendering_specialty="26", dx1="F331"), near=True),
    _told("EM-14", "A visit beside the annual wellness visit without 25", _visit("G0439"),
          _visit("99213", expect=fails("EM-14"))),
    _told("EM-14", "A visit beside the annual wellness visit with 25", _visit("G0439"), _visit("99213", mods="25"),
          near=True),
    _told("FRQ-05", "Two initial hospital visits of one stay on one day", _visit("99222", **_WARD),
          _visit("99221", **_WARD, claim="A", paid="60.00", expect=fails("FRQ-05"))),
    _told("FRQ-05", "Discharge and a subsequent visit on one day", _visit("99238", **_WARD),
          _visit("99232", **_WARD, claim="A", expect=fails("FRQ-05"))),
    _told("FRQ-05", "Initial visits by two specialties", _visit("99222", **_WARD),
          _visit("99222", provider="other", claim="A", pos="21", rendering_specialty="06", dx1="I509", mods=""),
          near=True),
    _told("FRQ-06", "Two visits of one day to the same physician", _visit("99214", paid="100.00"),
          _visit("99213", claim="A", paid="70.00", expect=fails("FRQ-06", PROBABLE))),
    _told("FRQ-06", "Two visits of one day, the second with 25 for another condition", _visit("99214", paid="100.00"),
          _visit("99213", mods="25", claim="A", paid="70.00", dx1="S8101XA"), near=True),
    _told("FRQ-06", "Two visits of one day to two specialties", _visit("99214"),
          _visit("99213", provider="other", claim="A", rendering_specialty="20", dx1="M1711"), near=True),
)  # fmt: skip
