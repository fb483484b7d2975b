"""Stories of visits and screenings that are paid once in an interval (catalogue FRQ-01, FRQ-02; once in life: FRQ-03).

An interval of eleven full months counts from the month after that of the last service: after one of 12 March 2023 the
first day is 1 March 2024.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees_of
from auditor.synth.stories.model import DEFINITE, Given, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_LAST, _LAST_TOO_EARLY, _FIRST_IN_TIME = date(2023, 3, 12), date(2024, 2, 29), date(2024, 3, 1)
_OTHER: dict[str, Any] = {"provider": "other", "rendering_specialty": "08"}


def _told(
    catalogue: str, name: str, *lines: StoryLine, on: tuple[date, ...] = _ON, near: bool = False, **more: Any
) -> Story:
    return Story(catalogue, name, lines, on, near_miss=near, tables=fees_of(lines), **more)


def _visit(code: str, day: int = 0, **more: Any) -> StoryLine:
    return line(
        code, day=day, **({"claim": "B" if day == 0 else "A", "dx1": "Z0000", "paid": "130.00"} | more)
    )


def _since(day: date) -> int:
    """How many days before `day` the last service was."""
    return (_LAST - day).days


def _screen(
    code: str,
    name: str,
    last: int,
    *,
    near: bool = False,
    on: tuple[date, ...] = _ON,
    mods: str = "",
    before: Given | None = None,
    code_before: str = "",
    level: str | None = None,
    **columns: Any,
) -> Story:
    """A screening `last` days before another one; `before` are columns of the earlier line, `columns` of both."""
    expect = () if near else fails("FRQ-02", level)
    earlier = {"claim": "A", **columns, **(before or {})}
    return _told(
        "FRQ-02", name, line(code_before or code, day=last, **earlier),
        line(code, mods=mods, claim="B", expect=expect, **columns), on=on, near=near,
    )  # fmt: skip


_BREAST: dict[str, Any] = {"dx1": "Z1231", "rendering_specialty": "30"}
_COLON: dict[str, Any] = {
    "dx1": "Z1211",
    "rendering_specialty": "10",
    "pos": "24",
    "paid": "180.00",
}
_HIGH_RISK: dict[str, Any] = _COLON | {"dx1": "Z85038"}
_EYE: dict[str, Any] = {"dx1": "Z135", "rendering_specialty": "18"}
_MOOD: dict[str, Any] = {"dx1": "Z1331", "rendering_specialty": "11"}
_BONE: dict[str, Any] = {"dx1": "Z13820", "rendering_specialty": "30"}
_TOBACCO: dict[str, Any] = {"dx1": "F17210", "rendering_specialty": "11", "paid": "12.00"}
_NEW = {"birth_date": date(1958, 9, 14)}
_VESSEL: dict[str, Any] = {"dx1": "Z136", "rendering_specialty": "30"}
_AORTA = {"birth_date": date(1955, 6, 2), "sex": "M"}


def _sessions(count: int, expect_last: bool) -> list[StoryLine]:
    """Sessions of counselling every two weeks, each on a claim of its own."""
    return [
        line(
            "99407" if number % 3 == 2 else "99406", claim=chr(ord("A") + number), day=14 * number,
            expect=fails("FRQ-02") if expect_last and number == count - 1 else (), **_TOBACCO,
        )
        for number in range(count)
    ]  # fmt: skip


STORIES = (
    _told("FRQ-01", "The examination on entry twice", _visit("G0402", -100), _visit("G0402",
          expect=fails("FRQ-01", DEFINITE)), on=(date(2024, 5, 7),), person=_NEW),
    _told("FRQ-01", "The examination on entry once", _visit("G0402"), on=(date(2024, 5, 7),), near=True, person=_NEW),
    _told("FRQ-01", "The initial wellness visit twice", _visit("G0438", -800), _visit("G0438",
          expect=fails("FRQ-01", DEFINITE))),
    _told("FRQ-01", "The initial wellness visit twice, by two groups", _visit("G0438", -800, **_OTHER),
          _visit("G0438", expect=fails("FRQ-01", DEFINITE))),
    _told("FRQ-01", "The initial wellness visit a day before eleven full months after the entry examination",
          _visit("G0402", _since(_LAST_TOO_EARLY)), _visit("G0438", expect=fails("FRQ-01", DEFINITE)),
          on=(_LAST_TOO_EARLY,), person={"birth_date": date(1958, 1, 9)}),
    _told("FRQ-01", "The initial wellness visit on the first day after eleven full months",
          _visit("G0402", _since(_FIRST_IN_TIME)), _visit("G0438"), on=(_FIRST_IN_TIME,), near=True,
          person={"birth_date": date(1958, 1, 9)}),
    _told("FRQ-01", "A wellness visit a day before eleven full months after the last, by another group",
          _visit("G0439", _since(_LAST_TOO_EARLY), **_OTHER), _visit("G0439", expect=fails("FRQ-01", DEFINITE)),
          on=(_LAST_TOO_EARLY,)),
    _told("FRQ-01", "A wellness visit on the first day after eleven full months, by another group",
          _visit("G0439", _since(_FIRST_IN_TIME), **_OTHER), _visit("G0439"), on=(_FIRST_IN_TIME,), near=True),
    _told("FRQ-01", "A wellness visit half a year after the initial one", _visit("G0438", -180), _visit("G0439",
          expect=fails("FRQ-01", DEFINITE))),
    _told("FRQ-01", "A wellness visit half a year after the entry examination (RAC 0077)", _visit("G0402", -180),
          _visit("G0439", expect=fails("FRQ-01", DEFINITE)), on=(date(2024, 5, 7),), person=_NEW),
    _told("FRQ-01", "A wellness visit half a year after one that the payer denied", _visit("G0439", -180, denied=True),
          _visit("G0439"), near=True),
    _told("FRQ-01", "A wellness visit without an earlier one in the claims", _visit("G0439"), near=True),
    _screen("77067", "A screening mammogram half a year after the last", -180, level=DEFINITE, **_BREAST),
    _screen("77067", "A screening mammogram a day before eleven full months", _since(_LAST_TOO_EARLY),
            on=(_LAST_TOO_EARLY,), **_BREAST),
    _screen("77067", "A screening mammogram on the first day after eleven full months", _since(_FIRST_IN_TIME),
            on=(_FIRST_IN_TIME,), near=True, **_BREAST),
    _told("FRQ-02", "A screening mammogram taken by the hospital and read by a physician",
          line("77067", claim_type="institutional", tob="131", revenue_code="0403", dx1="Z1231"),
          line("77067", mods="26", claim="B", pos="22", paid="30.00", **_BREAST), near=True),
    _told("FRQ-02", "A screening mammogram taken by one group and read by another",
          line("77067", mods="TC", **_BREAST), line("77067", mods="26", claim="B", provider="other", paid="30.00",
          **_BREAST), near=True),
    _screen("77067", "A screening mammogram half a year after one that the payer denied", -180, near=True,
            before={"denied": True}, **_BREAST),
    _screen("G0105", "A high-risk colonoscopy fourteen months after the last", -425, level=DEFINITE, **_HIGH_RISK),
    _screen("G0105", "A high-risk colonoscopy twenty-five months after the last", -765, near=True, **_HIGH_RISK),
    _screen("G0121", "A colonoscopy of average risk five years after the last", -1826, level=DEFINITE, **_COLON),
    _screen("G0121", "A colonoscopy of average risk two years after a short one", -730, code_before="G0104", **_COLON),
    _screen("G0121", "A colonoscopy of average risk four years and a month after a short one", -1500,
            code_before="G0104", near=True, **_COLON),
    _screen("G0121", "A colonoscopy of average risk ten years and a month after the last", -3690, near=True, **_COLON),
    _told("FRQ-02", "A colonoscopy after a positive stool test, with KX, five years after the last",
          line("G0121", day=-1826, **_COLON),
          line("81528", claim="C", day=-30, dx1="Z1211", rendering_specialty="69", pos="81", clia="11D0000001",
               paid="500.00", provider="other"),
          line("G0121", mods="KX", claim="B", **_COLON), near=True),
    _screen("G0121", "A colonoscopy four weeks after an incomplete one with 53", -28, near=True,
            before={"mods": "53", "paid": "90.00"}, **_COLON),
    _told("FRQ-02", "A colonoscopy billed by the physician and by the surgical center", line("G0121", **_COLON),
          line("G0121", claim="B", provider="other", **(_COLON | {"rendering_specialty": "49", "paid": "400.00"})),
          near=True),
    _told("FRQ-02", "A colonoscopy billed by the physician and by the hospital",
          line("G0121", **(_COLON | {"pos": "22"})), line("G0121", claim="B", claim_type="institutional", tob="131",
          revenue_code="0750", dx1="Z1211", paid="600.00"), near=True),
    _screen("G0117", "Glaucoma screening half a year after the last", -180, **_EYE),
    _screen("G0117", "Glaucoma screening half a year after one under supervision", -180, code_before="G0118", **_EYE),
    _screen("G0117", "Glaucoma screening thirteen months after the last", -396, near=True, **_EYE),
    _screen("G0444", "Depression screening half a year after the last", -180, level=DEFINITE, **_MOOD),
    _screen("G0444", "Depression screening thirteen months after the last", -396, near=True, **_MOOD),
    _screen("77080", "Bone density a year after the last", -366, **_BONE),
    _screen("77080", "Bone density twenty-five months after the last", -765, near=True, **_BONE),
    _told("FRQ-03", "The screening of the aorta a second time (RAC H2009-C5)", line("76706", day=-900, **_VESSEL),
          line("76706", claim="B", expect=fails("FRQ-03"), **_VESSEL), person=_AORTA),
    _told("FRQ-03", "The screening of the aorta once", line("76706", **_VESSEL), near=True,
          person=_AORTA),
    _told("FRQ-02", "A ninth session of tobacco counselling in four months", *_sessions(9, True),
          on=(date(2024, 2, 5),)),
    _told("FRQ-02", "Eight sessions of tobacco counselling", *_sessions(8, False), on=(date(2024, 2, 5),), near=True),
)  # fmt: skip
