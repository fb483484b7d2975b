"""Stories of place of service and telehealth (catalogue 3.8, AMB-01, EM-08, and 3.18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees
from auditor.synth.stories.model import PROBABLE, Story, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_LIST: dict[str, Any] = {
    "telehealth_services": [
        {"code": code, "status": "Permanent", "kind": "permanent", "audio_only": audio, "effective": None,
          "deleted": None}
        for code, audio in (("99213", False), ("90834", True), ("99232", False))
    ]
}  # fmt: skip
_PLACES = {"pos_codes": [
    {"code": code, "effective": date(1990, 1, 1), "deleted": None} for code in ("11", "21", "22", "23", "12", "02",
          "10", "81", "31", "24", "41")
] + [{"code": "35", "effective": date(1990, 1, 1), "deleted": date(2005, 12, 31)}]}  # fmt: skip
_HOSPITAL: dict[str, Any] = {"claim_type": "institutional", "tob": "131", "revenue_code": "0360"}

STORIES = (
    Story("POS-01", "A procedure at the office's rate on the day the hospital bills the same code",
          (line("31622", claim="A", **_HOSPITAL), line("31622", claim="B", pos="11", rendering_specialty="29",
                expect=fails("POS-01"))), _ON, tables={"mpfs_rvu": fees("31622")}),
    Story("POS-01", "The procedure with the hospital's place",
          (line("31622", claim="A", **_HOSPITAL), line("31622", claim="B", pos="22", rendering_specialty="29")),
          _ON, near_miss=True, tables={"mpfs_rvu": fees("31622")}),
    Story("POS-02", "An emergency visit in the office", (line("99284", pos="11", rendering_specialty="93",
          expect=fails("POS-02", PROBABLE)),), _ON),
    Story("POS-02", "An emergency visit in the emergency department", (line("99284", pos="23",
          rendering_specialty="93"),), _ON,
          near_miss=True),
    Story("POS-02", "A subsequent hospital visit by telehealth", (line("99232", pos="02"),), _ON, near_miss=True,
          tables=_LIST),
    Story("POS-03", "A place of service that is none", (line("99213", pos="35", expect=fails("POS-03")),), _ON,
          tables=_PLACES),
    Story("POS-03", "A place of service in force", (line("99213", pos="22"),), _ON, near_miss=True, tables=_PLACES),
    Story("TEL-01", "A procedure by telehealth that is not on the list", (line("20610", mods="95", pos="11",
          expect=fails("TEL-01")),), _ON, tables=_LIST),
    Story("TEL-01", "A visit by telehealth that is on the list", (line("99213", mods="95", pos="11"),), _ON,
          near_miss=True,
          tables=_LIST),
    Story("TEL-03", "Audio only of a service that needs video", (line("99213", mods="93", pos="10",
          expect=fails("TEL-03")),),
          _ON, tables=_LIST),
    Story("TEL-03", "Audio only of psychotherapy", (line("90834", mods="93", pos="10", rendering_specialty="62"),),
          _ON,
          near_miss=True, tables=_LIST),
    Story("TEL-03", "93 and 95 on one line", (line("90834", mods="93 95", pos="10", rendering_specialty="62",
          expect=fails("TEL-03")),), _ON, tables=_LIST),
    Story("TEL-04", "A telephone visit on the first day of 2025", (line("99441", expect=fails("TEL-04")),),
          (date(2025, 1, 1),)),
    Story("TEL-04", "A telephone visit on the last day of 2024", (line("99441"),), (date(2024, 12, 31),),
          near_miss=True),
    Story("AMB-01", "An ambulance to a physician's office", (line("A0428", mods="RP", pos="41",
          rendering_specialty="59",
          expect=fails("AMB-01")), line("A0425", mods="RP", pos="41", units=8, rendering_specialty="59",
          expect=fails("AMB-01"))), _ON),
    Story("AMB-01", "An ambulance to the hospital", (line("A0428", mods="RH", pos="41", rendering_specialty="59"),
          line("A0425", mods="RH", pos="41", units=8, rendering_specialty="59")), _ON, near_miss=True),
    Story("AMB-01", "Miles without a trip", (line("A0425", mods="RH", pos="41", units=8, rendering_specialty="59",
          expect=fails("AMB-01")),), _ON),
    Story("EM-08", "A split visit in the office", (line("99214", mods="FS", pos="11", expect=fails("EM-08")),), _ON),
    Story("EM-08", "A split visit in the hospital", (line("99232", mods="FS", pos="21"),), _ON, near_miss=True),
)  # fmt: skip
