"""Stories are told alike each time, to people of their own, and an audit of them finds what was seeded and no more."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

from auditor.base.codes import npi_check_digit
from auditor.pipeline import AuditOptions, run_audit
from auditor.synth.precision import measure, table
from auditor.synth.stories import all_stories
from auditor.synth.stories.model import DEFINITE, Story, fails, line
from auditor.synth.stories.telling import npi, tell
from auditor.synth.stories.writing import write_stories
from auditor.workbench.story_library import write_library

PAIR = {
    "column_1": "12002", "column_2": "64450", "modifier_indicator": "1", "effective": date(2010, 1, 1), "deleted": None,
    "rationale": "Made",
}  # fmt: skip
FAULT = Story(
    "PTP-02", "A pair", (line("12002"), line("64450", expect=fails("PTP-02", DEFINITE))), (date(2024, 3, 12),),
    tables={"ncci_ptp_practitioner": [PAIR]},
)  # fmt: skip
NEAR = Story(
    "PTP-02", "A pair on two days", (line("12002"), line("64450", day=1)), (date(2024, 3, 12),), near_miss=True,
    tables={"ncci_ptp_practitioner": [PAIR]},
)  # fmt: skip


def test_a_story_says_whether_it_is_a_near_miss() -> None:
    with pytest.raises(ValueError, match="near miss"):
        Story("PTP-02", "Nothing", (line("12002"),), (date(2024, 3, 12),))
    with pytest.raises(ValueError, match="near miss"):
        Story("PTP-02", "Both", FAULT.lines, FAULT.on, near_miss=True)


def test_every_instance_has_a_patient_providers_and_claims_of_its_own() -> None:
    told = list(tell([FAULT, NEAR], 3))
    assert len(told) == 6
    assert len({row["patient_id"] for one in told for row in one.lines}) == 6
    assert len({row["rendering_npi"] for one in told for row in one.lines}) == 6
    assert len({row["claim_id"] for one in told for row in one.lines}) == 6
    number = npi(12, 3)
    assert len(number) == 10 and npi_check_digit(number[:9]) == int(number[9])


def test_days_and_offsets_count_from_the_first_day() -> None:
    story = Story(
        "EP-01", "A stay", (line("A0428", day=2, admit_date=-1, expect=fails("EP-01")),), (date(2024, 3, 12),),
        claims={"A": {"discharge_date": 5}},
    )  # fmt: skip
    (row,) = next(tell([story], 1)).lines
    assert row["date_from"] == date(2024, 3, 14)
    assert row["admit_date"] == date(2024, 3, 11)
    assert row["discharge_date"] == date(2024, 3, 17)


def test_all_stories_have_names_of_their_own_and_known_tables(tmp_path: Path) -> None:
    stories = all_stories()
    assert stories
    assert write_library(stories, tmp_path / "library")


def test_equal_stories_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_stories([FAULT, NEAR], tmp_path / name, 2)
    assert (tmp_path / "one" / "stories.csv").read_bytes() == (tmp_path / "two" / "stories.csv").read_bytes()


def test_an_audit_of_them_is_scored_by_rule(tmp_path: Path) -> None:
    made = write_stories([FAULT, NEAR], tmp_path / "made", 2)
    with made.claims.open(encoding="utf-8", newline="") as source:
        assert len(list(csv.DictReader(source))) == made.lines == 8
    write_library([FAULT, NEAR], tmp_path / "library")
    run_audit(
        [made.claims],
        tmp_path / "run",
        AuditOptions(library=tmp_path / "library", rules=("ptp",), workers=0, reports=False),
    )
    found = measure(made.truth, tmp_path / "run" / "findings.parquet")
    (score,) = found.rules
    assert (score.catalogue_id, score.seeded, score.found, score.stray) == ("PTP-02", 2, 2, 0)
    assert (found.near_misses, found.near_misses_flagged, found.surprises) == (4, 0, ())
    assert "PTP-02" in table(found.rules)


def test_what_is_missed_stray_or_in_another_class_is_told(tmp_path: Path) -> None:
    columns = "'c' AS rule_id, 'fail' AS verdict, CAST(1 AS INTEGER) AS line_no"
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT 'X-1' AS catalogue_id, 'A' AS claim_id, 'probable' AS \"class\", {columns} UNION ALL "
            f"SELECT 'X-2', 'B', 'definite', {columns}) TO '{tmp_path / 'f.parquet'}'"
        )
        row = "'{}' AS catalogue_id, 'k' AS kind, '{}' AS verdict, {} AS \"class\", '{}' AS claim_id, 1 AS line_no"
        rows = [
            row.format("X-1", "fail", "'definite'", "A"),
            row.format("X-2", "none", "NULL", "B"),
            row.format("X-3", "fail", "NULL", "C"),
        ]
        con.execute(f"COPY (SELECT {' UNION ALL SELECT '.join(rows)}) TO '{tmp_path / 't.parquet'}'")
    found = measure(tmp_path / "t.parquet", tmp_path / "f.parquet")
    assert [(item.what, item.catalogue_id) for item in found.surprises] == [
        ("missed", "X-3"), ("near miss", "X-2"), ("other class", "X-1"),
    ]  # fmt: skip
    assert found.near_misses_flagged == 1
    by_id = {item.catalogue_id: item for item in found.rules}
    assert by_id["X-1"].class_differs == 1 and by_id["X-2"].precision == 0 and by_id["X-3"].recall == 0
