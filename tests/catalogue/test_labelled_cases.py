"""Audit situations whose right outcome a public source states: each decided right, or named with the reason why not."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.pipeline import AuditOptions, run_audit
from auditor.synth.stories.model import Story, StoryLine, fails, line
from auditor.synth.stories.writing import write_stories
from auditor.workbench.story_library import write_library

DAY = date(2024, 7, 10)
FIRST_DAYS = {
    **dict.fromkeys(("L040", "L041"), date(2018, 7, 10)),
    **dict.fromkeys(("L051", "L052", "L053"), date(2009, 1, 10)),
}
ANSWERS = {
    "MUE_LINE": {"MUE-01"}, "MUE_DOS_POLICY": {"MUE-02"}, "PTP": {"PTP-01", "PTP-02", "PTP-05", "PTP-06"},
    "DUPLICATE": {"DUP-01", "DUP-02"}, "GLOBAL": {"GS-01", "GS-02", "GS-03", "GS-05"}, "GLOBAL_MOD24_DX": {"GS-04"},
    "MODIFIER_CONFLICT": {"AM-06"}, "MODIFIER_INVALID": {"GS-07"}, "NEW_PATIENT": {"EM-01"}, "ADDON": {"AOC-05"},
    "PROVIDER_TYPE": {"EL-04"}, "CODE_CHOICE": {"MN-07"},
}  # fmt: skip
"""Rows of the catalogue that are the finding of each kind of the labelled file."""
UNDECIDED: Mapping[str, str] = {}
"""Cases that claims do not decide, or that no rule of this version decides, and why."""
WORDS = {
    "10-day code": "11606",
    "surgery A": "27446",
    "surgery B": "66984-RT",
    "unplanned return to OR, same knee": "27310",
}
"""Codes that have the property for which the labelled file uses words."""
DIAGNOSES = {"171.2": "C4910", "692.0": "L240"}
"""Codes of ICD-10-CM for the conditions that a source names by ICD-9-CM, which the reader of claims does not take."""

_PART = re.compile(
    r"\b(?P<code>[A-Z0-9]{5})(?P<mods>(?:-[A-Z0-9]{2})*)(?:x(?P<units>\d+))?@?(?P<day>-?\d+)?(?:/(?P<who>\w+))?(?:;dx(?P<dx>[\w.]+))?"
)


def _pair(column_1: str, column_2: str, deleted: date | None = None) -> dict[str, Any]:
    return {"column_1": column_1, "column_2": column_2, "modifier_indicator": "1", "effective": date(2000, 1, 1),
            "deleted": deleted, "rationale": "Made"}  # fmt: skip


def _mue(code: str, value: int, mai: str) -> dict[str, Any]:
    return {"code": code, "value": value, "mai": mai, "rationale": "Made", "effective": None, "deleted": None}


def _fee(code: str, days: str) -> dict[str, Any]:
    return {"code": code, "status_code": "A", "glob_days": days, "work_rvu": "1.00", "non_fac_pe_rvu": "1.00",
            "facility_pe_rvu": "0.80", "mp_rvu": "0.10", "mult_proc": "2", "bilat_surg": "0", "asst_surg": "1",
            "co_surg": "0", "team_surg": "0", "pctc_ind": "0", "pre_op": "0.10", "intra_op": "0.80", "post_op": "0.10",
            "conv_factor": "32.0000"}  # fmt: skip


TABLES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "ncci_ptp_practitioner": [
        _pair("12002", "64450"), _pair("73110", "73100"), _pair("45385", "45378"), _pair("19120", "19100"),
        _pair("11603", "11100", date(2018, 12, 31)),
    ],
    "ncci_mue_practitioner": [_mue("88350", 4, "1"), _mue("G0422", 6, "2")],
    "mpfs_rvu": [
        _fee("11606", "010"), _fee("52601", "090"), _fee("27446", "090"), _fee("66984", "090"), _fee("27310", "090"),
        _fee("99213", "XXX"), _fee("99212", "XXX"), _fee("99223", "XXX"), _fee("99204", "XXX"),
    ],
}  # fmt: skip


def story_of(row: Mapping[str, str]) -> Story:
    """A labelled case as a story: its lines in order, the flagged one being the last of those that the source names."""
    text = row["lines"]
    for word, code in WORDS.items():
        text = text.replace(word, code)
    parts = [part.strip() for part in text.split("|")]
    lines = [_line(row, part, at) for at, part in enumerate(parts)]
    if row["case_id"] == "L070":
        lines.insert(0, line("99204", claim="Z", day=-400))
    kind = row["expected_finding"]
    if kind == "PASS":
        return Story(row["family"], row["case_id"], tuple(lines), _days(row), near_miss=True, tables=TABLES)
    wanted = sorted(ANSWERS[kind.removeprefix("FLAG ")])[0]
    flagged = range(len(lines)) if row["case_id"] == "L006" else [len(lines) - 1]
    lines = [replace(one, expect=fails(wanted)) if at in flagged else one for at, one in enumerate(lines)]
    return Story(row["family"], row["case_id"], tuple(lines), _days(row), tables=TABLES)


def _days(row: Mapping[str, str]) -> tuple[date, ...]:
    return (FIRST_DAYS.get(row["case_id"], DAY),)


def _line(row: Mapping[str, str], text: str, at: int) -> StoryLine:
    found = _PART.search(text)
    assert found is not None, text
    claim = re.search(r"claim ([A-Z])", text)
    more: dict[str, Any] = {}
    if found["dx"]:
        more["dx1"] = DIAGNOSES.get(found["dx"], found["dx"])
    elif at:  # the sources that say nothing of diagnoses speak of separate services
        more |= {"dx2": "M5416", "dx_ptr": "2"}
    if found["code"].startswith("9922"):
        more["pos"] = "21"
    if "specialty 35" in text:
        more["rendering_specialty"] = "35"
    day = int(found["day"] or 0)
    return line(
        found["code"], mods=found["mods"].replace("-", " "), units=int(found["units"] or 1), day=day,
        claim=claim[1] if claim else ("A" if day == 0 and not found["who"] else "ABCDEF"[at]),
        provider="mate" if found["who"] == "NPI2" else "own", **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "labelled" / "audit_cases.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


@pytest.mark.slow
def test_every_labelled_case_is_decided_right_or_named(tmp_path: Path, cases: list[dict[str, str]]) -> None:
    stories = [story_of(row) for row in cases]
    made = write_stories(stories, tmp_path / "made", 1)
    write_library(stories, tmp_path / "library")
    options = AuditOptions(library=tmp_path / "library", workers=0, reports=False)
    run_audit([made.claims], tmp_path / "run", options)
    rows = pq.read_table(tmp_path / "run" / "findings.parquet").to_pylist()
    wrong = []
    for number, (row, story) in enumerate(zip(cases, stories, strict=True), start=1):
        own = [
            item
            for item in rows
            if str(item["claim_id"]).startswith(f"ST{number:06d}") and item["verdict"] == "fail"
        ]
        counted = {item["catalogue_id"] for item in own}
        if row["case_id"] in UNDECIDED:
            continue
        kind = row["expected_finding"].removeprefix("FLAG ")
        if (story.near_miss and counted) or (not story.near_miss and not counted & ANSWERS[kind]):
            wrong.append((row["case_id"], row["expected_finding"], sorted(counted)))
    assert wrong == [], wrong
    assert set(UNDECIDED) <= {row["case_id"] for row in cases}
