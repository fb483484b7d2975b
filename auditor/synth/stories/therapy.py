"""Stories of outpatient therapy (catalogue TH-01 to TH-05 and the KX modifier of MN-06).

Minutes are those of the line. A unit begins at 8 minutes, the second at 23, the third at 38; the minutes of all timed
services of a day count together.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import INDICES, LOCALITY, fees_of
from auditor.synth.stories.model import DEFINITE, RISK, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_WINTER = (date(2024, 1, 8),)
_PRIVATE: dict[str, Any] = {"rendering_specialty": "65", "dx1": "M5450"}
_OCCUPATIONAL: dict[str, Any] = {"rendering_specialty": "67", "dx1": "M25541"}
_SPEECH: dict[str, Any] = {"rendering_specialty": "15", "dx1": "R4701"}


def _told(
    catalogue: str, name: str, *lines: StoryLine, on: tuple[date, ...] = _ON, near: bool = False, **more: Any
) -> Story:
    return Story(
        catalogue, name, lines, on, near_miss=near, tables=fees_of(lines) | more.pop("tables", {}), **more
    )


def _pt(code: str, mods: str = "GP", **more: Any) -> StoryLine:
    return line(code, mods=mods, **({"paid": "24.00"} | _PRIVATE | more))


_TIME = (
    _told("TH-01", "Three units in 37 minutes", _pt("97110", units=3, minutes=37, paid="60.00",
          expect=fails("TH-01", DEFINITE))),
    _told("TH-01", "Three units in 38 minutes", _pt("97110", units=3, minutes=38, paid="60.00"), near=True),
    _told("TH-01", "A unit in 7 minutes", _pt("97110", minutes=7, expect=fails("TH-01", DEFINITE))),
    _told("TH-01", "A unit in 8 minutes", _pt("97110", minutes=8), near=True),
    _told("TH-01", "Two services of 33 and 7 minutes, two units and one",
          _pt("97110", units=2, minutes=33, paid="45.00"), _pt("97140", minutes=7), near=True),
    _told("TH-01", "An evaluation without minutes beside a timed service",
          _pt("97161", paid="80.00"), _pt("97110", units=2, minutes=23, paid="45.00"), near=True),
    _told("TH-02", "Therapy without the modifier of a plan of care", _pt("97110", "", expect=fails("TH-02", DEFINITE))),
    _told("TH-02", "An evaluation of occupational therapy without one",
          line("97165", paid="80.00", **_OCCUPATIONAL, expect=fails("TH-02", DEFINITE))),
    _told("TH-02", "Therapy by a physician without one",
          _pt("97110", "", rendering_specialty="25", expect=fails("TH-02", DEFINITE))),
    _told("TH-02", "Therapy on a hospital's bill without one",
          line("97110", claim_type="institutional", tob="131", revenue_code="0420", dx1="M5450", paid="24.00",
               expect=fails("TH-02"))),
    _told("TH-02", "Occupational therapy with GO", line("97530", mods="GO", paid="30.00", **_OCCUPATIONAL), near=True),
    _told("TH-02", "Speech therapy with GN", line("92507", mods="GN", paid="60.00", **_SPEECH), near=True),
    _told("TH-02", "A service that only sometimes is therapy, by a physician",
          line("97597", paid="80.00", rendering_specialty="11", dx1="L97511"), near=True),
    _told("TH-03", "Therapy by an assistant, allowed in full",
          _pt("97110", "GP CQ", allowed="28.81", paid="23.05", **LOCALITY, expect=fails("TH-03")), tables=INDICES),
    _told("TH-03", "Therapy by an assistant, allowed at 85 percent",
          _pt("97110", "GP CQ", allowed="24.49", paid="19.59", **LOCALITY), near=True, tables=INDICES),
    _told("TH-03", "Therapy by an assistant, the reduction taken from the payment",
          _pt("97110", "GP CQ", allowed="28.81", paid="19.59", **LOCALITY), near=True, tables=INDICES),
    _told("TH-03", "Therapy by an assistant in the last year before the reduction",
          _pt("97110", "GP CQ", allowed="28.81", paid="23.05", **LOCALITY), on=(date(2021, 12, 31),), near=True,
          tables=INDICES),
    _told("TH-03", "Therapy by an assistant on the first day of the reduction, allowed in full",
          _pt("97110", "GP CQ", allowed="28.81", paid="23.05", **LOCALITY, expect=fails("TH-03")),
          on=(date(2022, 1, 1),), tables=INDICES),
    _told("TH-04", "Eight hours of timed therapy on a day", _pt("97110", units=32, paid="500.00",
          expect=fails("TH-04", RISK))),
    _told("TH-04", "A quarter of an hour less", _pt("97110", units=31, paid="490.00"), near=True),
    _told("TH-05", "An evaluation with two units", _pt("97161", units=2, paid="160.00",
          expect=fails("TH-05", DEFINITE))),
    _told("TH-05", "Electrical stimulation with two units", _pt("G0283", units=2, paid="16.00",
          expect=fails("TH-05", DEFINITE))),
    _told("TH-05", "A timed service with two units", _pt("97110", units=2, paid="45.00"), near=True),
    _told("TH-05", "An untimed service a second time with 59 (excluded by RAC H2009-C2)",
          _pt("G0283", paid="8.00"), _pt("G0283", "GP 59", paid="8.00", dx2="M25511", dx_ptr="2"), near=True),
    _told("TH-05", "An untimed service with one unit", _pt("G0283", paid="8.00"), near=True),
)  # fmt: skip


def _year(
    count: int,
    *,
    kx: Container[int] = (),
    expect: Mapping[int, str | None] | None = None,
    other_from: int = 99,
    other: str = "GO",
) -> tuple[StoryLine, ...]:
    """Visits of 95.00 allowed each, every third day. 2,330.00 was the threshold of 2024: the 25th visit passes it.

    Those of `kx` have KX, those of `expect` are flagged in the class given; from `other_from` on they are of another
    discipline.
    """
    flagged = expect or {}
    disciplines: dict[str, tuple[str, dict[str, Any]]] = {
        "GP": ("97110", _PRIVATE), "GO": ("97530", _OCCUPATIONAL), "GN": ("92507", _SPEECH),
    }  # fmt: skip
    lines = []
    for number in range(1, count + 1):
        kind = other if number >= other_from else "GP"
        code, columns = disciplines[kind]
        lines.append(
            line(
                code, mods=kind + (" KX" if number in kx else ""), claim=f"V{number:02d}", day=3 * (number - 1),
                units=1 if kind == "GN" else 4, paid="76.00", provider="own" if kind == "GP" else "other",
                expect=fails("MN-06", flagged[number]) if number in flagged else (), **columns,
            )
        )  # fmt: skip
    return tuple(lines)


_THRESHOLD = (
    _told("MN-06", "A visit above the threshold without KX", *_year(26, kx={25}, expect={26: None}), on=_WINTER),
    _told("MN-06", "Physical and speech therapy, which share a threshold, above it without KX",
          *_year(26, kx={25}, expect={26: None}, other_from=21, other="GN"), on=_WINTER),
    _told("MN-06", "All visits above the threshold with KX", *_year(26, kx={25, 26}), on=_WINTER, near=True),
    _told("MN-06", "The last visit below the threshold", *_year(24), on=_WINTER, near=True),
    _told("MN-06", "Physical and occupational therapy, each below its threshold", *_year(28, other_from=21),
          on=_WINTER, near=True),
    _told("MN-06", "Visits of two years, each below its threshold", *_year(24), on=(date(2023, 11, 6),), near=True),
    _told("MN-06", "KX on the first visit of a year", *_year(1, kx={1}, expect={1: RISK}), on=_WINTER),
)  # fmt: skip

STORIES = (*_TIME, *_THRESHOLD)
