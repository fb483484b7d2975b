"""How many pairs a rule would compare, measured on the clean corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.workbench.lint.cost import pairs_per_million
from tests.workbench.lint.lint_world import changed, told

NO_CODES = ('{visit.code: {in: ["99213", "99214"]}, surgery.units: {ge: 1}}', "{visit.units: {ge: 1}}")


def test_pairs_grow_with_the_window_and_shrink_with_each_key() -> None:
    day = pairs_per_million(["patient_id", "service_day"], 0, 0)
    week = pairs_per_million(["patient_id"], 7, 7)
    quarter = pairs_per_million(["patient_id"], 92, 92)
    assert day == pairs_per_million(["patient_id"], 0, 0)
    assert 0 < pairs_per_million(["patient_id", "code"], 92, 92) < day < week < quarter
    assert quarter < pairs_per_million(["patient_id"], 1_095, 0) < 200_000_000
    assert pairs_per_million(["rendering_npi"], 1, 1) > 10 * quarter


def test_lines_of_different_patients_are_told_with_the_number_of_pairs(tmp_path: Path) -> None:
    messages = told(
        tmp_path, "pair", changed("pair", ("same: [patient_id, provider_id]", "same: [provider_id]"))
    )
    assert [message.check for message in messages] == ["R801"]
    assert "pairs in a million lines" in messages[0].what and ",000,000" in messages[0].what


@pytest.mark.parametrize(
    ("window", "check"),
    [
        ("{days: [0, 10]}", None),
        ("{days: [-60, 60]}", "R803"),
        ("{months: [-36, 36]}", "R802"),
        ("{days: [null, null]}", "R802"),
    ],
)
def test_a_wide_window_without_codes_is_told_and_one_with_codes_is_not(
    tmp_path: Path, window: str, check: str | None
) -> None:
    wide = (
        ("after: {days: [0, 10],", f"after: {window[:-1]},"),
        ("same: [patient_id, provider_id]", "same: [patient_id]"),
    )
    with_codes = told(tmp_path, "pair", changed("pair", *wide))
    assert [message for message in with_codes if message.check.startswith("R8")] == []
    without = told(tmp_path, "pair", changed("pair", *wide, NO_CODES))
    assert [message.check for message in without if message.check.startswith("R8")] == (
        [check] if check else []
    )


def test_a_code_counts_where_every_way_to_hold_asks_for_one(tmp_path: Path) -> None:
    wide = ("after: {days: [0, 10],", "after: {days: [null, null],")
    for when, told_of in (
        ('{any: [{visit.code: "99213"}, {surgery.code: "11111"}]}', False),
        ('{any: [{visit.code: "99213"}, {visit.units: 1}]}', True),
        ('{visit.code: {ne: "99213"}}', True),
        ('{not: {visit.code: {in: ["99213"]}}}', True),
        ("{visit.code: $surgery.code}", False),
    ):
        messages = told(tmp_path, "pair", changed("pair", wide, (NO_CODES[0], when)))
        assert ("R802" in {message.check for message in messages}) == told_of, when


@pytest.mark.parametrize(("months", "check"), [("[-11, 0]", "R803"), ("[-240, 0]", "R802")])
def test_visits_without_codes_in_a_wide_window_are_told(tmp_path: Path, months: str, check: str) -> None:
    wide = ("months: [-11, 0]", f"months: {months}")
    with_codes = told(tmp_path, "sequence", changed("sequence", wide))
    assert [message for message in with_codes if message.check.startswith("R8")] == []
    without = told(tmp_path, "sequence", changed("sequence", wide, ('where: {visit.code: "G0439"}, ', "")))
    assert [message.check for message in without if message.check.startswith("R8")] == [check]
