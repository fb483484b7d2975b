"""Stories of drugs, infusions, tests for drugs and skin substitutes (JW-01 to JW-05, INF-01, LAB-01, SKIN-01)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from auditor.synth.stories.fee_rows import fees_of
from auditor.synth.stories.model import Given, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_BOTTLE = "50242006101"
"""A vial of 400 mg in 16 ml: 40 billing units of 10 mg."""


def _price(code: str, dosage: str, limit: str) -> Given:
    return {"code": code, "dosage": dosage, "payment_limit": limit, "effective": None, "deleted": None}


_PRICES = {
    "J9271": _price("J9271", "1 mg", "55.000"),
    "J9035": _price("J9035", "10 mg", "70.000"),
    "J3420": _price("J3420", "1000 mcg", "1.500"),
}
_CROSSWALK: Given = {
    "code": "J9035", "ndc": _BOTTLE, "dosage": "10 MG", "package_size": Decimal(16), "package_quantity": Decimal(1),
    "billing_units": Decimal(40), "billing_units_per_package": Decimal(40),
}  # fmt: skip


def _told(
    catalogue: str, name: str, *lines: StoryLine, on: tuple[date, ...] = _ON, near: bool = False, **more: Any
) -> Story:
    tables: dict[str, Any] = {**fees_of(lines)}
    prices = [_PRICES[code] for code in dict.fromkeys(item.code for item in lines) if code in _PRICES]
    if prices:
        tables["asp_price"] = prices
    if any("ndc" in item.more for item in lines):
        tables["asp_ndc_crosswalk"] = [_CROSSWALK]
    return Story(catalogue, name, lines, on, near_miss=near, tables=tables, **more)


_CANCER: dict[str, Any] = {"rendering_specialty": "83", "dx1": "C3411", "dx2": "Z5112", "dx_ptr": "1:2"}


def _drug(code: str, units: int, mods: str = "", **more: Any) -> StoryLine:
    usual: dict[str, Any] = {"units": units, "paid": f"{units * 44}.00"}
    return line(code, mods=mods, **(usual | _CANCER | more))


def _bottled(units: int, mods: str, millilitres: int, **more: Any) -> StoryLine:
    quantity: dict[str, Any] = {"ndc": _BOTTLE, "ndc_unit": "ML", "ndc_quantity": millilitres}
    return _drug("J9035", units, mods, **quantity, **more)


_CHEMO = line("96413", paid="110.00", **_CANCER)
_HOSPITAL: dict[str, Any] = {
    "claim_type": "institutional", "tob": "131", "revenue_code": "0636", "dx1": "C3411", "paid": "8000.00",
    "units": 200,
}  # fmt: skip

_WASTE = (
    _told("JW-01", "A drug of single-dose vials without JW or JZ", _CHEMO, _drug("J9271", 200,
          expect=fails("JW-01"))),
    _told("JW-01", "The drug on a hospital's bill without JW or JZ", line("J9271", **_HOSPITAL,
          expect=fails("JW-01"))),
    _told("JW-01", "The same with JZ", _CHEMO, _drug("J9271", 200, "JZ"), near=True),
    _told("JW-01", "Given and wasted amounts on two lines, the second with JW", _CHEMO, _drug("J9035", 75),
          _drug("J9035", 5, "JW"), near=True),
    _told("JW-01", "The drug without a modifier on the last day before JZ", _CHEMO, _drug("J9271", 200),
          on=(date(2023, 6, 30),), near=True),
    _told("JW-01", "The drug without a modifier on the first day of JZ", _CHEMO, _drug("J9271", 200,
          expect=fails("JW-01")), on=(date(2023, 7, 1),)),
    _told("JW-01", "The drug without a modifier on a commercial claim",
          line("96413", paid="110.00", line_of_business="commercial", **_CANCER),
          _drug("J9271", 200, line_of_business="commercial"), near=True),
    _told("JW-01", "A drug of vials of many doses", line("96372", paid="12.00", rendering_specialty="11", dx1="D510"),
          line("J3420", paid="1.20", rendering_specialty="11", dx1="D510"), near=True),
    _told("JW-01", "A vaccine in a syringe", line("90662", paid="70.00", rendering_specialty="11", dx1="Z23"),
          line("G0008", paid="30.00", rendering_specialty="11", dx1="Z23"), on=(date(2024, 10, 8),), near=True),
    _told("JW-02", "JZ and JW for one drug of a day", _CHEMO, _drug("J9035", 75, "JZ"),
          _drug("J9035", 5, "JW", expect=fails("JW-02"))),
    _told("JW-02", "JW without a line of what was given", _CHEMO, _drug("J9035", 5, "JW", expect=fails("JW-02"))),
    _told("JW-02", "JZ on one day and JW on another", _CHEMO, _drug("J9035", 80, "JZ"),
          line("96413", claim="B", day=21, paid="110.00", **_CANCER), _drug("J9035", 75, claim="B", day=21),
          _drug("J9035", 5, "JW", claim="B", day=21), near=True),
    _told("JW-03", "As much wasted as a whole vial holds", _CHEMO, _bottled(80, "", 32),
          _bottled(40, "JW", 16, expect=fails("JW-03"))),
    _told("JW-03", "What was given and wasted are two vials", _CHEMO, _bottled(75, "", 30), _bottled(5, "JW", 2),
          near=True),
    _told("JW-05", "JG of a hospital of the 340B programme on the first day of TB alone",
          line("J9271", mods="JG JZ", **_HOSPITAL, expect=fails("JW-05")), on=(date(2025, 1, 1),)),
    _told("JW-05", "JG on the last day before", line("J9271", mods="JG JZ", **_HOSPITAL), on=(date(2024, 12, 31),),
          near=True),
    _told("JW-05", "TB on the last day before", line("J9271", mods="TB JZ", **_HOSPITAL),
          on=(date(2024, 12, 31),), near=True),
    _told("JW-05", "TB on the first day of TB alone", line("J9271", mods="TB JZ", **_HOSPITAL),
          on=(date(2025, 1, 1),), near=True),
)  # fmt: skip

_INFUSED: dict[str, Any] = {"rendering_specialty": "11", "dx1": "A419", "paid": "60.00"}
_LABORATORY: dict[str, Any] = {
    "rendering_specialty": "69",
    "pos": "81",
    "clia": "11D0000001",
    "dx1": "Z79891",
}
_WOUND: dict[str, Any] = {"rendering_specialty": "48", "dx1": "E11621", "dx2": "L97511", "dx_ptr": "1:2"}


def _skin(units: int, mods: str = "JZ", **more: Any) -> StoryLine:
    return line("Q4186", mods=mods, units=units, paid=f"{units * 120}.00", **_WOUND, **more)


_REST = (
    _told("INF-01", "Two initial services of an encounter", line("96365", **_INFUSED),
          line("96374", **(_INFUSED | {"paid": "40.00"}), expect=fails("INF-01"))),
    _told("INF-01", "Hydration and chemotherapy, both as initial", line("96413", **_CANCER, paid="110.00"),
          line("96360", **(_CANCER | {"paid": "30.00"}), expect=fails("INF-01"))),
    _told("INF-01", "The second initial service with 59 for a second site", line("96365", **_INFUSED),
          line("96374", mods="59", **(_INFUSED | {"paid": "40.00", "dx2": "E860", "dx_ptr": "2"})), near=True),
    _told("INF-01", "An initial and a sequential service", line("96413", **_CANCER, paid="110.00"),
          line("96367", **(_CANCER | {"paid": "25.00"})), near=True),
    _told("INF-01", "Initial services of two days", line("96365", **_INFUSED),
          line("96374", claim="B", day=1, **(_INFUSED | {"paid": "40.00"})), near=True),
    _told("INF-01", "Initial services of two practices on a day", line("96365", **_INFUSED),
          line("96374", claim="B", provider="other", **(_INFUSED | {"paid": "40.00", "rendering_specialty": "83"})),
          near=True),
    _told("LAB-01", "Two presumptive tests of a day", line("80307", paid="60.00", **_LABORATORY),
          line("80305", mods="QW", claim="B", paid="12.00", **_LABORATORY, expect=fails("LAB-01"))),
    _told("LAB-01", "Two presumptive tests of a day by two laboratories", line("80307", paid="60.00", **_LABORATORY),
          line("80305", mods="QW", claim="B", paid="12.00", provider="other", **(_LABORATORY | {"pos": "11",
          "rendering_specialty": "11"}), expect=fails("LAB-01"))),
    _told("LAB-01", "Two definitive tests of a day", line("G0482", paid="190.00", **_LABORATORY),
          line("G0480", claim="B", paid="110.00", **_LABORATORY, expect=fails("LAB-01"))),
    _told("LAB-01", "A presumptive and a definitive test of a day", line("80307", paid="60.00", **_LABORATORY),
          line("G0480", paid="110.00", **_LABORATORY), near=True),
    _told("LAB-01", "Presumptive tests of two days", line("80307", paid="60.00", **_LABORATORY),
          line("80307", claim="B", day=1, paid="60.00", **_LABORATORY), near=True),
    _told("SKIN-01", "More of a substitute than the area that it was applied to",
          line("15271", paid="120.00", **_WOUND), _skin(90, expect=fails("SKIN-01"))),
    _told("SKIN-01", "As much of a substitute as the area", line("15271", paid="120.00", **_WOUND), _skin(25),
          near=True),
    _told("SKIN-01", "As much of a substitute as the area, and the rest of the piece with JW",
          line("15271", paid="120.00", **_WOUND), _skin(25, ""), _skin(11, "JW"), near=True),
    _told("SKIN-01", "The area of the add-on code too", line("15271", paid="120.00", **_WOUND),
          line("15272", units=3, paid="70.00", **_WOUND), _skin(100), near=True),
)  # fmt: skip

STORIES = (*_WASTE, *_REST)
