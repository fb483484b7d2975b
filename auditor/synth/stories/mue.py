"""Stories of medically unlikely edits (catalogue 2.2, 3.2; SEMANTICS MUE). The values are of their own making."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees
from auditor.synth.stories.model import DEFINITE, PROBABLE, Story, fails, line

_ON = (date(2024, 2, 14), date(2024, 8, 6))
_LAB = {"clia": "11D0000001"}
_D1, _D2, _P3 = fails("MUE-01", DEFINITE), fails("MUE-02", DEFINITE), fails("MUE-03", PROBABLE)


def _limit(code: str, value: int, mai: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    row = {
        "code": code,
        "value": value,
        "mai": mai,
        "rationale": "Made for stories",
        "effective": None,
        "deleted": None,
    }
    return {"ncci_mue_practitioner": [row]}


_LINE, _POLICY, _CLINICAL, _NOUGHT = (
    {**_limit("11721", 1, "1"), "mpfs_rvu": fees("11721")}, _limit("82948", 2, "2"),
    _limit("82947", 3, "3"), _limit("99070", 0, "2"),
)  # fmt: skip

STORIES = (
    Story("MUE-01", "A line above its line edit", (line("11721", units=2, expect=_D1),), _ON, tables=_LINE),
    Story("MUE-01", "Two lines of one unit each, the second with 59",
          (line("11721"), line("11721", mods="59", dx2="L600", dx_ptr="2")), _ON, near_miss=True, tables=_LINE),
    Story("MUE-05", "Two lines of one unit each that nothing tells apart",
          (line("11721", expect=fails("MUE-05", PROBABLE)), line("11721", paid="90.00",
          expect=(*fails("MUE-05", PROBABLE), *fails("DUP-02")))),
          _ON, tables=_LINE),
    Story("MUE-02", "A line above its policy edit", (line("82948", units=3, pos="81", expect=_D2, **_LAB),), _ON,
          tables=_POLICY),
    Story("MUE-02", "Two lines on two claims above the policy edit together",
          (line("82948", units=2, expect=_D2, **_LAB), line("82948", claim="B", mods="91", expect=_D2, **_LAB)), _ON,
          tables=_POLICY),
    Story("MUE-02", "The units of the policy edit on two days",
          (line("82948", units=2, **_LAB), line("82948", units=2, claim="B", day=1, **_LAB)), _ON, near_miss=True,
          tables=_POLICY),
    Story("MUE-02", "The units of the policy edit by two practices",
          (line("82948", units=2, **_LAB), line("82948", units=2, claim="B", provider="other", mods="77", dx1="E119",
          **_LAB)),
          _ON, near_miss=True, tables=_POLICY),
    Story("MUE-02", "A span of two days with the units of each day", (line("82948", units=4, days=2, **_LAB),), _ON,
          near_miss=True, tables=_POLICY),
    Story("MUE-03", "A line above its clinical edit", (line("82947", units=4, expect=_P3, **_LAB),), _ON,
          tables=_CLINICAL),
    Story("MUE-03", "A line at its clinical edit", (line("82947", units=3, **_LAB),), _ON, near_miss=True,
          tables=_CLINICAL),
    Story("MUE-04", "A code whose value is 0 and that the fee schedule bundles, paid",
          (line("99070", expect=(*fails("MUE-04"), *fails("PFS-11"))),), _ON,
          tables={**_NOUGHT, "mpfs_rvu": fees("99070")}),
    Story("MUE-04", "The same code, not paid by the payer", (line("99070", denied=True),), _ON, near_miss=True,
          tables={**_NOUGHT, "mpfs_rvu": fees("99070")}),
    Story("MUE-06", "Both knees on two lines where one line with 50 and one unit is asked for",
          (line("20610", mods="LT", expect=()),
           line("20610", mods="RT", expect=(*fails("MUE-06"), *fails("PFS-02")))), _ON,     # each side in full
          tables={**_limit("20610", 2, "3"), "mpfs_rvu": fees("20610")}),
    Story("MUE-06", "Both knees on one line with 50 and one unit", (line("20610", mods="50"),), _ON, near_miss=True,
          tables={**_limit("20610", 2, "3"), "mpfs_rvu": fees("20610")}),
    Story("MUE-06", "Both knees on two lines by a surgical center, which bills so",
          (line("20610", mods="LT", pos="24", rendering_specialty="49"),
           line("20610", mods="RT", pos="24", rendering_specialty="49")), _ON, near_miss=True,
          tables={**_limit("20610", 2, "3"), "mpfs_rvu": fees("20610")}),
    Story("MUE-07", "Units above the edit put on the patient with GA",
          (line("82948", units=2, **_LAB), line("82948", **_LAB, mods="GA", paid="0.00", claim="A",
          patient_resp="20.00",
                                        expect=fails("MUE-07"))), _ON, tables=_POLICY),
)  # fmt: skip
