"""Stories of code pairs (catalogue 3.1). The pairs are rows of their own making with codes of everyday practice."""

from __future__ import annotations

from datetime import date

from auditor.synth.stories.model import BYPASSED, DEFINITE, Expected, Story, fails, line

_ON = (date(2024, 3, 12), date(2024, 8, 6))


def _pair(
    column_1: str, column_2: str, indicator: str, **dates: date | None
) -> dict[str, list[dict[str, object]]]:
    row: dict[str, object] = {
        "column_1": column_1, "column_2": column_2, "modifier_indicator": indicator, "effective": date(2010, 1, 1),
        "deleted": None, "rationale": "Made for stories",
    }  # fmt: skip
    return {"ncci_ptp_practitioner": [row | dates]}


STORIES = (
    Story(
        "PTP-01", "A pair that no modifier lifts, with 59 on Column 2",
        (line("45385"), line("45378", mods="59", expect=fails("PTP-01", DEFINITE))),
        _ON, tables=_pair("45385", "45378", "0"),
    ),
    Story(
        "PTP-02", "A pair that a modifier may lift, without one",
        (line("12002"), line("64450", expect=fails("PTP-02", DEFINITE))),
        _ON, tables=_pair("12002", "64450", "1"),
    ),
    Story(
        "PTP-02", "The same pair on two claims",
        (line("12002"), line("64450", claim="B", expect=fails("PTP-02", DEFINITE))),
        _ON, tables=_pair("12002", "64450", "1"),
    ),
    Story(
        "PTP-02", "The same pair lifted by 59",
        (line("12002"), line("64450", mods="59", dx2="M5416", dx_ptr="2", expect=(Expected("PTP-02", BYPASSED),))),
        _ON, near_miss=True, tables=_pair("12002", "64450", "1"),
    ),
    Story(
        "PTP-02", "The same pair on two days",
        (line("12002"), line("64450", day=1)),
        _ON, near_miss=True, tables=_pair("12002", "64450", "1"),
    ),
    Story(
        "PTP-02", "The same pair by physicians of two groups",
        (line("12002"), line("64450", claim="B", provider="other")),
        _ON, near_miss=True, tables=_pair("12002", "64450", "1"),
    ),
    Story(
        "PTP-02", "The last day of a pair that was deleted",
        (line("11603"), line("11100", expect=fails("PTP-02", DEFINITE))),
        (date(2018, 12, 31),), tables=_pair("11603", "11100", "1", deleted=date(2018, 12, 31)),
    ),
    Story(
        "PTP-02", "The day after a pair was deleted",
        (line("11603"), line("11100")),
        (date(2019, 1, 1),), near_miss=True, tables=_pair("11603", "11100", "1", deleted=date(2018, 12, 31)),
    ),
)  # fmt: skip
