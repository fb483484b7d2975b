"""Stories of the payment policy indicators of the fee schedule (catalogue 2.5, 3.5, and 3.18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import INDICES, LOCALITY, fee_table
from auditor.synth.stories.model import Story, StoryLine, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_OR: dict[str, Any] = {"pos": "22", "rendering_specialty": "20", "dx1": "M1711"}
_THERE: dict[str, Any] = _OR | LOCALITY


def _told(catalogue: str, name: str, *lines: StoryLine, near: bool = False) -> Story:
    tables = fee_table(item.code for item in lines)
    if any("locality" in item.more for item in lines):
        tables |= INDICES
    return Story(catalogue, name, lines, _ON, near_miss=near, tables=tables)


STORIES = (
    _told("PFS-01", "50 where the code is for one side or both alike", line("12002", mods="50", pos="23",
          rendering_specialty="93",
          dx1="S8101XA", expect=fails("PFS-01"))),
    _told("PFS-01", "50 where both sides are paid at 150 percent", line("27447", mods="50", **_OR), near=True),
    _told("PFS-04", "An assistant where none is ever paid", line("66984", mods="80 RT", pos="24",
          rendering_specialty="18",
          dx1="H2511", expect=fails("PFS-04"))),
    _told("PFS-04", "An assistant where one is payable", line("27447", mods="80 RT", **_OR), near=True),
    _told("PFS-06", "Co-surgeons where none are permitted", line("12002", mods="62", pos="23",
          rendering_specialty="20",
          dx1="S8101XA", expect=fails("PFS-06"))),
    _told("PFS-07", "A team where none is permitted", line("27447", mods="66 RT", **_OR, expect=fails("PFS-07"))),
    _told("PFS-08", "26 on a code that has no components", line("99213", mods="26", expect=fails("PFS-08"))),
    _told("PFS-08", "26 on a study", line("71046", mods="26", pos="22", rendering_specialty="30"), near=True),
    _told("PFS-08", "TC on a reading", line("93010", mods="TC", rendering_specialty="06", expect=fails("PFS-08"))),
    _told("PFS-09", "A whole study and its reading by another", line("71046", dx1="R05"),
          line("71046", mods="26", claim="B", provider="other", rendering_specialty="30", dx1="R05",
          expect=fails("PFS-09"))),
    _told("PFS-09", "The technical component and the reading by another", line("71046", mods="TC",
          rendering_specialty="47"),
          line("71046", mods="26", claim="B", provider="other", rendering_specialty="30"), near=True),
    _told("PFS-10", "A whole study with the hospital's place", line("71046", pos="22", rendering_specialty="30",
          expect=fails("PFS-10"))),
    _told("PFS-10", "A whole study in the office", line("71046"), near=True),
    _told("PFS-11", "A bundled code paid", line("99024", paid="20.00", pos="11", rendering_specialty="20",
          expect=fails("PFS-11"))),
    _told("PFS-11", "Oximetry paid beside a visit of the day", line("99213"), line("94760", expect=fails("PFS-11"))),
    _told("PFS-11", "Oximetry alone", line("94760"), near=True),
    _told("PFS-14", "51 on a code to which no reduction applies", line("71046", mods="51", expect=fails("PFS-14"))),
    _told("PFS-14", "53 on a visit", line("99213", mods="53", expect=fails("PFS-14"))),
    _told("PFS-02", "Both knees on two lines, each at the full fee",
          line("27447", mods="LT", paid="1010.00", allowed="1262.95", **_THERE),
          line("27447", mods="RT", paid="1010.00", allowed="1262.95", **_THERE,
               expect=(*fails("PFS-02"), *fails("MUE-06")))),
    _told("PFS-03", "Two procedures of one day, both at the full fee",
          line("27447", mods="RT", paid="1010.00", allowed="1262.95", **_THERE),
          line("52601", paid="555.00", allowed="711.53", **(_THERE | {"dx1": "N401"}), expect=fails("PFS-03"))),
    _told("PFS-03", "Two procedures of one day, the lesser at half its fee",
          line("27447", mods="RT", paid="1010.00", allowed="1262.95", **_THERE),
          line("52601", paid="278.00", allowed="355.76", **(_THERE | {"dx1": "N401"})), near=True),
    _told("PFS-05", "An assistant paid as the surgeon",
          line("27447", mods="80 RT", paid="1010.00", allowed="1262.95", **_THERE, expect=fails("PFS-05"))),
    _told("PFS-05", "An assistant paid 16 percent",
          line("27447", mods="80 RT", paid="161.00", allowed="202.07", **_THERE), near=True),
    _told("AM-01", "LT and RT on one line", line("27447", mods="LT RT", **_OR, expect=fails("AM-01"))),
    _told("AM-02", "50 and LT on one line", line("27447", mods="50 LT", **_OR, expect=fails("AM-02"))),
    _told("AM-06", "26 and TC on one line", line("71046", mods="26 TC", expect=fails("AM-06"))),
    _told("AM-06", "76 and 77 on one line", line("93010", mods="76 77", rendering_specialty="06",
          expect=fails("AM-06"))),
    _told("AM-03", "A toe's modifier on a knee", line("27447", mods="TA", **_OR, expect=fails("AM-03"))),
    _told("AM-03", "A side on a knee", line("27447", mods="LT", **_OR), near=True),
    _told("PFS-04", "An assistant with 81 where none is ever paid", line("66984", mods="81 RT", pos="24",
          rendering_specialty="18",
          dx1="H2511", expect=fails("PFS-04"))),
    _told("PTP-07", "59 on a visit", line("99213", mods="59", expect=fails("PTP-07"))),
)  # fmt: skip
