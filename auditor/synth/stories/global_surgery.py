"""Stories of global surgery (catalogue 2.4, 3.4 and the conditions of 3.17 and 3.18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fee_table
from auditor.synth.stories.model import PROBABLE, Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_SURGEON: dict[str, Any] = {"rendering_specialty": "20"}
_MINOR, _MAJOR = "11606", "27447"


def _told(name: str, *lines: StoryLine, catalogue: str = "GS-03", near: bool = False) -> Story:
    return Story(
        catalogue, name, lines, _ON, near_miss=near,
        tables=fee_table([_MINOR, _MAJOR, "27310", "66984", "12002", *(item.code for item in lines)]),
    )  # fmt: skip


def _op(code: str, mods: str = "", **more: Any) -> StoryLine:
    usual: dict[str, Any] = {"paid": "800.00", "pos": "22", "dx1": "M1711"}
    return line(code, mods=mods, **(usual | _SURGEON | more))


def _visit(day: int, mods: str = "", code: str = "99213", **more: Any) -> StoryLine:
    usual: dict[str, Any] = {"paid": "70.00", "claim": "B", "day": day, "dx1": "I10"}
    return line(code, mods=mods, **(usual | _SURGEON | more))


STORIES = (
    _told("A visit on the day of a procedure of no days", _op("12002", pos="11", dx1="S8101XA"),
          _visit(0, expect=fails("GS-01"), dx1="S8101XA"), catalogue="GS-01"),
    _told("The visit of that day with 25", _op("12002", pos="11", dx1="S8101XA"), _visit(0, "25"), catalogue="GS-01",
          near=True),
    _told("A visit on the day of a procedure of ten days", _op(_MINOR, pos="11", dx1="C4361"),
          _visit(0, expect=fails("GS-01"), dx1="C4361"), catalogue="GS-01"),
    _told("A visit on the day before a major operation", _op(_MAJOR), _visit(-1, expect=fails("GS-02")),
          catalogue="GS-02"),
    _told("A visit on the day of a major operation", _op(_MAJOR), _visit(0, expect=fails("GS-02")),
          catalogue="GS-02"),
    _told("The visit of the day before with 57", _op(_MAJOR), _visit(-1, "57"), catalogue="GS-02", near=True),
    _told("A visit two days before a major operation", _op(_MAJOR), _visit(-2), catalogue="GS-02", near=True),
    _told("A visit on day 90", _op(_MAJOR), _visit(90, expect=fails("GS-03"))),
    _told("A visit on day 91", _op(_MAJOR), _visit(91), near=True),
    _told("A visit on day 10 of ten", _op(_MINOR, pos="11", dx1="C4361"), _visit(10, expect=fails("GS-03"))),
    _told("A visit on day 11 of ten", _op(_MINOR, pos="11", dx1="C4361"), _visit(11), near=True),
    _told("A visit of the period with 24 and a diagnosis of its own", _op(_MAJOR), _visit(30, "24"), near=True),
    _told("A visit of the period by a colleague of the group and specialty", _op(_MAJOR),
          _visit(30, provider="mate", expect=fails("GS-03"))),
    _told("A visit of the period by a physician of another group", _op(_MAJOR),
          line("99213", claim="B", day=30, provider="other", dx1="I10", rendering_specialty="11"), near=True),
    _told("A visit after an assistant's line", _op(_MAJOR, "80"), _visit(30), near=True),
    _told("A visit after a component of a test", line("93000", **_SURGEON), _visit(3), near=True),
    _told("A visit with 24 and the diagnosis of the operation", _op(_MAJOR),
          _visit(30, "24", dx1="M1711", expect=fails("GS-04", PROBABLE)), catalogue="GS-04"),
    _told("Another operation on day 30 without a modifier", _op(_MAJOR),
          _op("27310", claim="B", day=30, expect=fails("GS-05", PROBABLE)), catalogue="GS-05"),
    _told("An unplanned return with 78", _op(_MAJOR), _op("27310", "78", claim="B", day=30, paid="300.00"),
          catalogue="GS-05", near=True),
    _told("An unrelated operation with 79", _op(_MAJOR), _op("66984", "79 RT", claim="B", day=30, dx1="H2511"),
          catalogue="GS-05", near=True),
    _told("24 on an operation", _op(_MINOR, "24", pos="11", dx1="C4361", expect=fails("GS-07")), catalogue="GS-07"),
    _told("79 on a visit", _visit(0, "79", expect=fails("GS-07")), catalogue="GS-07"),
    _told("57 with nothing but a minor procedure", _op(_MINOR, pos="11", dx1="C4361"),
          _visit(0, "57", expect=fails("GS-07")), catalogue="GS-07"),
    _told("57 with a major operation", _op(_MAJOR), _visit(0, "57"), catalogue="GS-07", near=True),
    _told("The whole package to the surgeon and the management to another", _op(_MAJOR),
          line(_MAJOR, mods="55", claim="B", day=0, provider="other", dx1="M1711", rendering_specialty="08",
               expect=fails("GS-08")), catalogue="GS-08"),
    _told("The operation with 54 and the management with 55", _op(_MAJOR, "54"),
          line(_MAJOR, mods="55", claim="B", day=0, provider="other", dx1="M1711", rendering_specialty="08"),
          catalogue="GS-08", near=True),
)  # fmt: skip
