"""Stories of equipment and supplies, of ages, and of a procedure with its guidance (DME-01 to -03, AGE-01, RC-01)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees_of
from auditor.synth.stories.model import Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_HOME: dict[str, Any] = {"claim_type": "dme", "pos": "12", "rendering_specialty": "51", "paid": "90.00"}
_WEAK: dict[str, Any] = _HOME | {"dx1": "G8220"}


def _told(
    catalogue: str, name: str, *lines: StoryLine, on: tuple[date, ...] = _ON, near: bool = False, **more: Any
) -> Story:
    return Story(catalogue, name, lines, on, near_miss=near, tables=fees_of(lines), **more)


def _rented(months: int, expect_last: bool, late: int = 0) -> list[StoryLine]:
    """A bed rented by the month from the sixth of February 2023, each month on a claim of its own, `late` days later
    each; KH, KI, KJ count the months.
    """
    first = date(2023, 2, 6)
    lines = []
    for month in range(1, months + 1):
        day = date(2023 + month // 12, month % 12 + 1, 6)
        lines.append(
            line(
                "E0260", mods="RR " + ("KH" if month == 1 else "KI" if month < 4 else "KJ"), claim=f"M{month:02d}",
                day=(day - first).days + late * (month - 1),
                expect=fails("DME-01") if expect_last and month == months else (), **_WEAK,
            )
        )  # fmt: skip
    return lines


_BACK: dict[str, Any] = _HOME | {"dx1": "M4806", "paid": "700.00"}
_KNEE: dict[str, Any] = {"dx1": "Z471", "dx2": "Z96651", "dx_ptr": "1:2"}
_BLADDER: dict[str, Any] = _HOME | {"dx1": "R339", "paid": "20.00"}
_JOINT: dict[str, Any] = {"dx1": "M1711", "rendering_specialty": "20"}


def _motion(day: int, **more: Any) -> StoryLine:
    return line("E0935", mods="RR", claim="B", day=day, **_HOME, **_KNEE, **more)


_REPLACED = line("27447", mods="RT", paid="900.00", pos="21", **_JOINT)

_EQUIPMENT = (
    _told("DME-01", "A bed rented for a fourteenth month", *_rented(14, True), on=(date(2023, 2, 6),)),
    _told("DME-01", "A bed rented for a fourteenth month, each a day later than the last", *_rented(14, True, 1),
          on=(date(2023, 2, 6),)),
    _told("DME-01", "A bed rented for thirteen months", *_rented(13, False), on=(date(2023, 2, 6),), near=True),
    _told("DME-01", "A back brace again within its lifetime (RAC 0128)", line("L0650", **_BACK),
          line("L0650", claim="B", day=500, expect=fails("DME-01"), **_BACK), on=(date(2022, 5, 10),)),
    _told("DME-01", "A like brace of another code within its lifetime", line("L0631", **_BACK),
          line("L0650", claim="B", day=500, expect=fails("DME-01"), **_BACK), on=(date(2022, 5, 10),)),
    _told("DME-01", "A brace replaced because it was lost, with RA", line("L0650", **_BACK),
          line("L0650", mods="RA", claim="B", day=500, **_BACK), on=(date(2022, 5, 10),), near=True),
    _told("DME-01", "A brace after five years", line("L0650", **_BACK), line("L0650", claim="B", day=1830, **_BACK),
          on=(date(2018, 5, 8),), near=True),
    _told("DME-02", "A motion device without a replacement of the knee", _motion(0, expect=fails("DME-02"))),
    _told("DME-02", "A motion device after an arthroscopy", line("29881", mods="RT", paid="400.00", pos="24",
          **(_JOINT | {"dx1": "S83231A"})), _motion(2, expect=fails("DME-02"))),
    _told("DME-02", "A motion device half a year after the replacement", _REPLACED,
          _motion(180, expect=fails("DME-02"))),
    _told("DME-02", "A motion device two days after the replacement", _REPLACED, _motion(2), near=True),
    _told("DME-02", "A motion device two days after a stay with the replacement",
          line("", days=2, claim_type="institutional", tob="111", revenue_code="0360", drg="470", px1="0SRC0J9",
               admit_date=0, discharge_date=1, discharge_status="01", dx1="M1711", paid="9000.00"),
          _motion(2), near=True),
    _told("DME-02", "A motion device two days after the replacement on a hospital's bill",
          line("27447", mods="RT", claim_type="institutional", tob="131", revenue_code="0360", dx1="M1711",
               paid="9000.00"), _motion(2), near=True),
    _told("DME-03", "A bed with mattress, and another mattress of group 2",
          line("E0260", mods="RR KH", expect=fails("DME-03"), **_WEAK),
          line("E0277", mods="RR KH", claim="B", **(_WEAK | {"dx1": "L89153"}))),
    _told("DME-03", "A bed without mattress, and a mattress of group 2", line("E0295", mods="RR KH", **_WEAK),
          line("E0277", mods="RR KH", claim="B", day=5, **(_WEAK | {"dx1": "L89153"})), near=True),
    _told("DME-03", "A bed with mattress, and an overlay", line("E0260", mods="RR KH", **_WEAK),
          line("E0372", mods="RR KH", claim="B", day=5, **(_WEAK | {"dx1": "L89153"})), near=True),
    _told("DME-03", "A wheelchair with power, and its charger", line("K0823", mods="RR KH", **_WEAK),
          line("E2366", mods="NU", expect=fails("DME-03"), **(_WEAK | {"paid": "30.00"}))),
    _told("DME-03", "A kit for a catheter, and the lubricant that is in it", line("A4353", units=30, **_BLADDER),
          line("A4332", units=30, expect=fails("DME-03"), **(_BLADDER | {"paid": "4.00"}))),
    _told("DME-03", "A catheter without a kit, and lubricant", line("A4351", units=30, **_BLADDER),
          line("A4332", units=30, **(_BLADDER | {"paid": "4.00"})), near=True),
)  # fmt: skip

_CHILD: dict[str, Any] = {"line_of_business": "commercial", "rendering_specialty": "04", "pos": "24"}
_THROAT: dict[str, Any] = _CHILD | {"dx1": "J353", "paid": "300.00"}
_GROIN: dict[str, Any] = _CHILD | {"rendering_specialty": "02", "dx1": "K4090", "paid": "500.00"}
_BORN = date(2012, 5, 14)
_DAY_BEFORE_12, _DAY_12 = (date(2024, 5, 13),), (date(2024, 5, 14),)
_DAY_BEFORE_5, _DAY_5 = (date(2017, 5, 13),), (date(2017, 5, 14),)
_PERSON = {"birth_date": _BORN}
_KIDNEY: dict[str, Any] = {"dx1": "N186", "rendering_specialty": "39", "pos": "65", "paid": "400.00"}
_INTENSIVE: dict[str, Any] = _CHILD | {
    "rendering_specialty": "37",
    "pos": "21",
    "dx1": "P220",
    "paid": "900.00",
}

_AGES = (
    _told("AGE-01", "A code of those under twelve, on the day before", line("42820", **_THROAT), on=_DAY_BEFORE_12,
          near=True, person=_PERSON),
    _told("AGE-01", "A code of those under twelve, on the twelfth birthday",
          line("42820", expect=fails("AGE-01"), **_THROAT), on=_DAY_12, person=_PERSON),
    _told("AGE-01", "A code of those of twelve and more, on the day before",
          line("42821", expect=fails("AGE-01"), **_THROAT), on=_DAY_BEFORE_12, person=_PERSON),
    _told("AGE-01", "A code of those of twelve and more, on the twelfth birthday", line("42821", **_THROAT),
          on=_DAY_12, near=True, person=_PERSON),
    _told("AGE-01", "A child's operation on a person of 74",
          line("49500", mods="RT", expect=fails("AGE-01"), **(_GROIN | {"line_of_business": "medicare"}))),
    _told("AGE-01", "A code of those of five and more, on the day before",
          line("49505", mods="RT", expect=fails("AGE-01"), **_GROIN), on=_DAY_BEFORE_5, person=_PERSON),
    _told("AGE-01", "A code of those of five and more, on the fifth birthday", line("49505", mods="RT", **_GROIN),
          on=_DAY_5, near=True, person=_PERSON),
    _told("AGE-01", "A month of dialysis of a child's code to a person of 74",
          line("90951", expect=fails("AGE-01"), **_KIDNEY)),
    _told("AGE-01", "A month of dialysis of an adult's code to a person of 15",
          line("90960", expect=fails("AGE-01"), **_KIDNEY), person={"birth_date": date(2009, 1, 20)}),
    _told("AGE-01", "A month of dialysis of the code of that age",
          line("90957", **_KIDNEY), near=True, person={"birth_date": date(2009, 1, 20)}),
    _told("AGE-01", "Intensive care of the newborn at forty days",
          line("99468", expect=fails("AGE-01"), **_INTENSIVE), on=(date(2024, 6, 10),),
          person={"birth_date": date(2024, 5, 1)}),
    _told("AGE-01", "Intensive care of the newborn at ten days", line("99468", **_INTENSIVE), on=(date(2024, 5, 11),),
          near=True, person={"birth_date": date(2024, 5, 1)}),
)  # fmt: skip

_GUIDED = (
    _told("RC-01", "An injection and its guidance, where one code is of both",
          line("20610", mods="RT", **_JOINT), line("76942", paid="50.00", **_JOINT, expect=fails("RC-01"))),
    _told("RC-01", "The same for a small joint", line("20600", mods="F1", **(_JOINT | {"dx1": "M19041"})),
          line("76942", paid="50.00", **(_JOINT | {"dx1": "M19041"}), expect=fails("RC-01"))),
    _told("RC-01", "The code of both", line("20611", mods="RT", **_JOINT), near=True),
    _told("RC-01", "The injection and guidance of another day", line("20610", mods="RT", **_JOINT),
          line("60100", claim="B", day=14, dx1="E041", rendering_specialty="30"),
          line("76942", claim="B", day=14, dx1="E041", rendering_specialty="30", paid="50.00"), near=True),
    _told("RC-01", "The injection and its guidance on the last day before the code of both",
          line("20610", mods="RT", **_JOINT), line("76942", paid="50.00", **_JOINT), on=(date(2014, 12, 31),),
          near=True),
)  # fmt: skip

STORIES = (*_EQUIPMENT, *_AGES, *_GUIDED)
