"""Stories of add-on codes (catalogue 2.3, 3.3; SEMANTICS add-on codes)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees
from auditor.synth.stories.model import DEFINITE, PROBABLE, Story, fails, line

_ON = (date(2024, 2, 14), date(2024, 8, 6))


def _row(addon: str, primary: str, kind: str, **dates: date | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "edit_type": kind, "addon": addon, "addon_deleted": None, "primary_code": primary, "primary_deleted": None,
        "effective": date(2013, 4, 1), "edit_deleted": None, "note": None,
    }  # fmt: skip
    return row | dates


_TYPE_1 = {
    "ncci_aoc": [_row("11103", "11102", "1"), _row("11103", "11104", "1"), _row("11107", "11106", "1")]
}
_TYPE_2 = {"ncci_aoc": [_row("22840", "CCCCC", "2")]}
_TYPE_3 = {"ncci_aoc": [_row("64727", "64702", "3"), _row("64727", "CCCCC", "3")]}
_CARE = {"rendering_specialty": "29", "pos": "21"}

STORIES = (
    Story("AOC-01", "An add-on code alone", (line("11103", expect=fails("AOC-01", DEFINITE)),), _ON, tables=_TYPE_1),
    Story("AOC-01", "Its primary on the day before",
          (line("11102"), line("11103", day=1, claim="B", expect=fails("AOC-01", DEFINITE))), _ON, tables=_TYPE_1),
    Story("AOC-01", "Its primary by another group",
          (line("11102", provider="other", claim="B"), line("11103", expect=fails("AOC-01", DEFINITE))), _ON,
          tables=_TYPE_1),
    Story("AOC-01", "Its primary on another claim of the day", (line("11102"), line("11103", claim="B")), _ON,
          near_miss=True, tables=_TYPE_1),
    Story("AOC-01", "A primary on the last day of the edit",
          (line("11102"), line("11103")), (date(2024, 6, 30),), near_miss=True,
          tables={"ncci_aoc": [_row("11103", "11102", "1"), _row("11103", "11104", "1"), _row("11107", "11106",
          "1")]}),
    Story("AOC-02", "An add-on code whose primaries the contractor names, alone",
          (line("64727", expect=fails("AOC-02", PROBABLE)),), _ON, tables=_TYPE_3),
    Story("AOC-02", "The same with a listed primary", (line("64702"), line("64727")), _ON, near_miss=True,
          tables=_TYPE_3),
    Story("AOC-03", "The primary is Column 2 of a pair that no modifier lifts",
          (line("11606"), line("11102", expect=fails("PTP-01", DEFINITE)), line("11103", expect=fails("AOC-03",
          DEFINITE))),
          _ON, tables={**_TYPE_1, "ncci_ptp_practitioner": [
              {"column_1": "11606", "column_2": "11102", "modifier_indicator": "0", "effective": date(2010, 1, 1),
               "deleted": None, "rationale": "Made for stories"}]}),
    Story("AOC-03", "The payer denied the primary",
          (line("11102", denied=True), line("11103", expect=fails("AOC-03", PROBABLE))), _ON, tables=_TYPE_1),
    Story("AOC-04", "51 on an add-on code",
          (line("11102"), line("11103", mods="51", expect=fails("AOC-04"))), _ON,
          tables={**_TYPE_1, "mpfs_rvu": [*fees("11102"), fees("11102")[0] | {"code": "11103", "glob_days": "ZZZ",
          "mult_proc": "0"}]}),
    Story("AOC-05", "99292 without 99291", (line("99292", **_CARE, expect=fails("AOC-05")),), _ON),
    Story("AOC-05", "99291 by another specialty of another group",
          (line("99291", provider="other", claim="B", pos="21"), line("99292", **_CARE, expect=fails("AOC-05"))),
          _ON),
    Story("AOC-05", "99291 by a colleague of the group and specialty",
          (line("99291", provider="mate", claim="B", **_CARE), line("99292", **_CARE)), _ON, near_miss=True),
    Story("AOC-05", "99291 by the same physician", (line("99291", **_CARE), line("99292", **_CARE)), _ON,
          near_miss=True),
)  # fmt: skip
