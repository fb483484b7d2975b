"""Stories of services inside a stay or an election (catalogue 3.16 EP, 3.8 SIT, and 3.18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees
from auditor.synth.stories.model import PROBABLE, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_RIDE: dict[str, Any] = {"rendering_specialty": "59", "pos": "41"}


def _stay(**more: Any) -> dict[str, Any]:
    """An inpatient stay from the first day to the seventh, billed with type of bill 111."""
    return {
        "claim_type": "institutional", "tob": "111", "admit_date": 0, "discharge_date": 6, "discharge_status": "01",
        "drg": "470", "dx1": "M1711", "occurrence_codes": "11:20240105", "condition_codes": "",
    } | more  # fmt: skip


def _told(
    catalogue: str,
    name: str,
    *lines: StoryLine,
    near: bool = False,
    stay: dict[str, Any] | None = None,
    **tables: Any,
) -> Story:
    held = stay or _stay()
    days, revenue = (30, "0651") if str(held["tob"]).startswith("8") else (7, "0120")
    room = (
        line("", claim="A", days=days, revenue_code=revenue, units=6, paid="9000.00"),
        line("", claim="A", days=days, revenue_code="0250", paid="0.00"),
    )
    return Story(catalogue, name, (*room, *lines), _ON, near_miss=near, claims={"A": held}, tables=tables)


def _ride(day: int, mods: str = "RH", **more: Any) -> tuple[StoryLine, ...]:
    return (line("A0428", mods=mods, day=day, claim="B", **(_RIDE | more)),)


_FEE: dict[str, Any] = {"mpfs_rvu": fees("71046", "93005", "99348", "99213")}

STORIES = (
    _told("EP-01", "An ambulance on the third day of a stay", *_ride(2, expect=fails("EP-01"))),
    _told("EP-01", "An ambulance on the day of admission", *_ride(0), near=True),
    _told("EP-01", "An ambulance on the day of discharge", *_ride(6, "HR"), near=True),
    _told("EP-01", "An ambulance the day after discharge", *_ride(7, "RH"), near=True),
    _told("EP-02", "An outpatient test at another hospital on the third day of a stay",
          line("71046", day=2, claim="B", provider="other_facility", claim_type="institutional", tob="131",
          revenue_code="0324",
               expect=fails("EP-02"))),
    _told("EP-02", "The test on the day of discharge",
          line("71046", day=6, claim="B", provider="other_facility", claim_type="institutional", tob="131",
          revenue_code="0324"),
          near=True),
    _told("EP-02", "A specimen sent in with type of bill 14x",
          line("80053", day=2, claim="B", provider="other_facility", claim_type="institutional", tob="141",
          revenue_code="0300"),
          near=True),
    _told("EP-03", "A home visit on the third day of a stay", line("99348", day=2, claim="B", pos="12",
          expect=fails("EP-03")),
          **_FEE),
    _told("EP-03", "A home visit the day after discharge", line("99348", day=7, claim="B", pos="12"), near=True,
          **_FEE),
    _told("EP-04", "The technical component of a study on the third day of a stay",
          line("71046", mods="TC", day=2, claim="B", pos="11", rendering_specialty="47", expect=fails("EP-04")),
          **_FEE),
    _told("EP-04", "The reading of a study on the third day of a stay",
          line("71046", mods="26", day=2, claim="B", pos="21", rendering_specialty="30"), near=True, **_FEE),
    _told("EP-05", "An ambulance between two nursing facilities during a Part A stay", *_ride(2, "NN",
          expect=fails("EP-05")),
          stay=_stay(tob="211", drg="")),
    _told("EP-05", "An ambulance from the nursing facility to the hospital during a Part A stay", *_ride(2, "NH"),
          near=True,
          stay=_stay(tob="211", drg="")),
    _told("POS-01", "An office visit's rate during an inpatient stay of another hospital",
          line("99213", day=2, claim="B", pos="11", expect=fails("POS-01")), **_FEE),
    _told("POS-01", "A visit in the hospital during the stay", line("99232", day=2, claim="B", pos="21"), near=True,
          mpfs_rvu=fees("99232")),
    _told("POS-01", "An office visit on the day of discharge", line("99213", day=6, claim="B", pos="11"), near=True,
          **_FEE),
    _told("EP-06", "A hospital bed during hospice, for the principal diagnosis",
          line("E0260", mods="RR", day=2, claim="B", claim_type="dme", pos="12", dx1="C3490",
          rendering_specialty="54",
               expect=fails("EP-06", PROBABLE)),
          stay=_stay(tob="811", drg="", dx1="C3490", discharge_date=29)),
    _told("EP-06", "A hospital bed during hospice, with GW",
          line("E0260", mods="RR GW", day=2, claim="B", claim_type="dme", pos="12", dx1="M1711",
          rendering_specialty="54"),
          near=True, stay=_stay(tob="811", drg="", dx1="C3490", discharge_date=29)),
    _told("SIT-02", "A visit during hospice for its diagnosis, without GV or GW",
          line("99213", day=2, claim="B", dx1="C3490", expect=fails("SIT-02", PROBABLE)),
          stay=_stay(tob="811", drg="", dx1="C3490", discharge_date=29), **_FEE),
    _told("SIT-02", "A visit during hospice with GV", line("99213", mods="GV", day=2, claim="B", dx1="C3490"),
          near=True,
          stay=_stay(tob="811", drg="", dx1="C3490", discharge_date=29), **_FEE),
)  # fmt: skip
