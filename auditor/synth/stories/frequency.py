"""Stories of what is done once, or once a month (catalogue FRQ-03, FRQ-04, FRQ-07, FRQ-08, ESRD-01, CARE-01)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees_of
from auditor.synth.stories.model import DEFINITE, PROBABLE, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_MAY = (date(2024, 5, 14),)
_MAY_2025 = (date(2025, 5, 13),)


def _told(
    catalogue: str, name: str, *lines: StoryLine, on: tuple[date, ...] = _ON, near: bool = False, **more: Any
) -> Story:
    return Story(
        catalogue, name, lines, on, near_miss=near, tables=fees_of(lines) | more.pop("tables", {}), **more
    )


def _op(code: str, day: int = 0, mods: str = "", **more: Any) -> StoryLine:
    usual: dict[str, Any] = {"paid": "800.00", "pos": "22", "rendering_specialty": "02"}
    return line(code, mods=mods, day=day, **(usual | {"claim": "B" if day else "A"} | more))


_UTERUS: dict[str, Any] = {"dx1": "D259", "rendering_specialty": "16"}
_LENS: dict[str, Any] = {"dx1": "H2511", "rendering_specialty": "18", "pos": "24"}
_BREAST: dict[str, Any] = {"dx1": "C50912", "rendering_specialty": "91"}
_BILE: dict[str, Any] = {"dx1": "K8020"}

_ONCE = (
    _told("FRQ-03", "The gallbladder removed twice", _op("47562", **_BILE),
          _op("47562", 200, expect=fails("FRQ-03"), **_BILE)),
    _told("FRQ-03", "The gallbladder removed twice, by two groups", _op("47562", **_BILE),
          _op("47562", 200, provider="other", expect=fails("FRQ-03"), **_BILE)),
    _told("FRQ-03", "The surgeon's and the hospital's claim of one operation", _op("47562", **_BILE),
          line("47562", claim="B", claim_type="institutional", tob="131", revenue_code="0360", paid="4000.00",
               dx1="K8020"), near=True),
    _told("FRQ-03", "The appendix removed twice", _op("44970", dx1="K3580"),
          _op("44970", 200, dx1="K3580", expect=fails("FRQ-03"))),
    _told("FRQ-03", "The appendix removed after a claim that the payer denied",
          _op("44970", -60, dx1="K3580", denied=True), _op("44970", dx1="K3580"), near=True),
    _told("FRQ-03", "The uterus removed, and again by another approach", _op("58150", **_UTERUS),
          _op("58571", 200, expect=fails("FRQ-03"), **_UTERUS)),
    _told("FRQ-03", "A biopsy of the uterus after it was removed", _op("58150", **_UTERUS),
          _op("58100", 200, pos="11", paid="90.00", expect=fails("FRQ-03"), **_UTERUS)),
    _told("FRQ-03", "A biopsy of the uterus before it was removed", _op("58100", -30, pos="11", paid="90.00",
          **_UTERUS), _op("58150", **_UTERUS), near=True),
    _told("FRQ-03", "The surgeon and the assistant at one operation", _op("58150", **_UTERUS),
          _op("58150", mods="80", claim="B", provider="mate", paid="120.00", **_UTERUS), near=True),
    _told("FRQ-03", "The lens of the right eye removed twice", _op("66984", mods="RT", **_LENS),
          _op("66984", 200, "RT", expect=fails("FRQ-03"), **_LENS)),
    _told("FRQ-03", "The lens of the other eye", _op("66984", mods="RT", **_LENS),
          _op("66984", 30, "79 LT", **(_LENS | {"dx1": "H2512"})), near=True),
    _told("FRQ-03", "The lens of the same eye after an operation that was stopped",
          _op("66984", mods="53 RT", paid="200.00", **_LENS), _op("66984", 120, "RT", **_LENS), near=True),
    _told("FRQ-03", "The surgeon's and the surgical center's claim of one operation", _op("66984", mods="RT", **_LENS),
          _op("66984", mods="RT", claim="B", provider="other", **(_LENS | {"rendering_specialty": "49"})), near=True),
    _told("FRQ-03", "The operation with 54 and the management of it with 55 by another",
          _op("66984", mods="54 RT", **_LENS),
          _op("66984", mods="55 RT", claim="B", provider="other", paid="150.00", **(_LENS | {"pos": "11",
              "rendering_specialty": "41"})), near=True),
    _told("FRQ-03", "The left breast removed twice", _op("19303", mods="LT", **_BREAST),
          _op("19303", 200, "LT", expect=fails("FRQ-03"), **_BREAST)),
    _told("FRQ-03", "The other breast removed", _op("19303", mods="LT", **_BREAST),
          _op("19303", 200, "RT", **(_BREAST | {"dx1": "C50911"})), near=True),
)  # fmt: skip


def _care(code: str, day: int = 0, **more: Any) -> StoryLine:
    usual: dict[str, Any] = {"paid": "60.00", "dx1": "I10", "dx2": "E119", "dx_ptr": "1:2"}
    return line(code, day=day, **(usual | {"rendering_specialty": "11", "claim": "B" if day else "A"} | more))


_OTHER: dict[str, Any] = {"provider": "other", "rendering_specialty": "06"}
_STAY: dict[str, Any] = {
    "claim_type": "institutional", "tob": "111", "revenue_code": "0120", "paid": "6000.00", "dx1": "I509",
    "discharge_status": "01", "drg": "291",
}  # fmt: skip

_MONTHLY = (
    _told("FRQ-04", "Transitional care twice in thirty days", _care("99495", -14, claim="A"),
          _care("99495", claim="B", expect=fails("FRQ-04"))),
    _told("FRQ-04", "Transitional care by two groups in thirty days", _care("99495", -10, claim="A"),
          _care("99496", claim="B", expect=fails("FRQ-04"), **_OTHER)),
    _told("FRQ-04", "Transitional care again after thirty-five days", _care("99495", -35, claim="A"),
          _care("99495", claim="B"), near=True),
    _told("FRQ-04", "Transitional care after each of two stays, the second after the thirty days of the first",
          line("", claim="A", day=-5, days=4, admit_date=-5, discharge_date=-2, **_STAY),
          _care("99495", 10, claim="B"),
          line("", claim="C", day=26, days=4, admit_date=26, discharge_date=29, **_STAY),
          _care("99495", 31, claim="D"), on=_MAY, near=True),
    _told("FRQ-04", "A telephone visit inside transitional care", _care("99495", claim="A"),
          _care("99442", 5, paid="50.00", expect=fails("FRQ-04")), on=_ON),
    _told("FRQ-04", "A telephone visit two months after transitional care", _care("99495", claim="A"),
          _care("99442", 60, paid="50.00"), on=_ON, near=True),
    _told("FRQ-04", "Care management twice in a month", _care("99490"), _care("99490", 14,
          expect=fails("FRQ-04")), on=_MAY),
    _told("FRQ-04", "Care management by two groups in a month", _care("99490"),
          _care("99490", 14, expect=fails("FRQ-04"), **_OTHER), on=_MAY),
    _told("FRQ-04", "Care management on the last day of a month and the first of the next", _care("99490"),
          _care("99490", 1), on=(date(2024, 5, 31),), near=True),
    _told("FRQ-04", "Care management with its add-on", _care("99490"), _care("99439", claim="A"), on=_MAY, near=True),
    _told("FRQ-04", "A device's data twice in thirty days", _care("99454"), _care("99454", 15,
          expect=fails("FRQ-04")), on=_MAY),
    _told("FRQ-04", "A device's data of two periods of thirty days", _care("99454"), _care("99454", 30), on=_MAY,
          near=True),
)  # fmt: skip

_KIDNEY: dict[str, Any] = {"dx1": "N186", "rendering_specialty": "39", "pos": "65", "paid": "220.00"}

_OF_A_MONTH = (
    _told("ESRD-01", "The month of dialysis by two groups", line("90960", **_KIDNEY),
          line("90960", claim="B", day=10, provider="other", expect=fails("ESRD-01", DEFINITE), **_KIDNEY), on=_MAY),
    _told("ESRD-01", "The month of dialysis twice, with fewer visits", line("90960", **_KIDNEY),
          line("90961", claim="B", day=10, expect=fails("ESRD-01", DEFINITE), **_KIDNEY), on=_MAY),
    _told("ESRD-01", "Dialysis of May and of June, each with its span of days", line("90960", days=31, **_KIDNEY),
          line("90960", claim="B", day=31, days=30, **_KIDNEY), on=(date(2024, 5, 1),), near=True),
    _told("ESRD-01", "Dialysis on the last day of a month and on the first of the next", line("90960", **_KIDNEY),
          line("90961", claim="B", day=1, **_KIDNEY), on=(date(2024, 5, 31),), near=True),
    _told("ESRD-01", "The month of dialysis again after the payer denied it", line("90960", denied=True, **_KIDNEY),
          line("90960", claim="B", day=10, **_KIDNEY), on=_MAY, near=True),
    _told("CARE-01", "Advanced primary care and chronic care management in a month", _care("G0557"),
          _care("99490", 14, expect=fails("CARE-01")), on=_MAY_2025),
    _told("CARE-01", "Advanced primary care and principal care management in a month by a colleague", _care("G0557"),
          _care("99426", 14, provider="mate", expect=fails("CARE-01")), on=_MAY_2025),
    _told("CARE-01", "Principal care management by a specialist of another group", _care("G0557"),
          _care("99426", 14, **_OTHER), on=_MAY_2025, near=True),
    _told("CARE-01", "Chronic care management in May, advanced primary care in June", _care("99490"),
          _care("G0557", 1), on=(date(2025, 5, 31),), near=True),
    _told("CARE-01", "Remote monitoring by two groups in a month", _care("99457"),
          _care("99457", 14, expect=fails("CARE-01"), **_OTHER), on=_MAY),
    _told("CARE-01", "Remote therapeutic monitoring by two groups in a month", _care("98980"),
          _care("98980", 14, expect=fails("CARE-01"), **_OTHER), on=_MAY),
    _told("CARE-01", "Advanced primary care by two groups in a month", _care("G0557"),
          _care("G0557", 14, expect=fails("CARE-01"), **_OTHER), on=_MAY_2025),
    _told("CARE-01", "Remote monitoring and chronic care management by one", _care("99457"), _care("99490", 14),
          on=_MAY, near=True),
)  # fmt: skip

_LASER: dict[str, Any] = {"dx1": "E113511", "rendering_specialty": "18", "pos": "11", "paid": "300.00"}
_EXTRACTS = {"frequency_limits": [
    {"family": "allergen extracts", "code": "95165", "limit_count": 120, "period": "year", "counts": "units",
     "effective": date(2020, 1, 1), "deleted": None}]}  # fmt: skip
_ALLERGY: dict[str, Any] = {"line_of_business": "commercial", "rendering_specialty": "03", "dx1": "J301"}

_OTHERS = (
    _told("FRQ-07", "More units of a year than a payer's policy allows",
          line("95165", units=60, **_ALLERGY), line("95165", units=60, claim="B", day=60, **_ALLERGY),
          line("95165", units=10, claim="C", day=120, expect=fails("FRQ-07"), **_ALLERGY), on=(date(2024, 3, 12),),
          tables=_EXTRACTS),
    _told("FRQ-07", "As many units of a year as the policy allows",
          line("95165", units=60, **_ALLERGY), line("95165", units=60, claim="B", day=60, **_ALLERGY),
          on=(date(2024, 3, 12),), near=True, tables=_EXTRACTS),
    _told("FRQ-07", "The units of two years", line("95165", units=120, **_ALLERGY),
          line("95165", units=60, claim="B", day=60, **_ALLERGY), on=(date(2023, 12, 12),), near=True,
          tables=_EXTRACTS),
    _told("FRQ-08", "The same eye again on day 8", line("67228", mods="RT", **_LASER),
          line("67228", mods="RT", claim="B", day=8, expect=(*fails("FRQ-08"), *fails("GS-11", PROBABLE)), **_LASER)),
    _told("FRQ-08", "The same eye again on day 10", line("67228", mods="RT", **_LASER),
          line("67228", mods="RT", claim="B", day=10, expect=(*fails("FRQ-08"), *fails("GS-11", PROBABLE)), **_LASER)),
    _told("FRQ-08", "The same eye again on day 11", line("67228", mods="RT", **_LASER),
          line("67228", mods="RT", claim="B", day=11, **_LASER), near=True),
    _told("FRQ-08", "The physician's and the hospital's claim of one treatment",
          line("67228", mods="RT", **(_LASER | {"pos": "22"})), line("67228", mods="RT", claim="B",
          claim_type="institutional", tob="131", revenue_code="0361", dx1="E113511", paid="300.00"), near=True),
    _told("FRQ-08", "The other eye on day 8, with 79", line("67228", mods="RT", **_LASER),
          line("67228", mods="79 LT", claim="B", day=8, **(_LASER | {"dx1": "E113512"})), near=True),
)  # fmt: skip

STORIES = (*_ONCE, *_MONTHLY, *_OF_A_MONTH, *_OTHERS)
