"""A code, a place and a limit mean the same in all stories, and the rows that a story meets are there."""

from __future__ import annotations

from collections import Counter

import pytest

from auditor.synth.stories import (
    all_stories,
    drugs,
    equipment,
    frequency,
    frequency_preventive,
    liability,
    therapy,
)
from auditor.synth.stories.fee_rows import fees, fees_of
from auditor.synth.stories.model import FAIL, line
from auditor.synth.stories.pos_rows import PLACES

OWN = [
    story
    for module in (drugs, equipment, frequency, frequency_preventive, liability, therapy)
    for story in module.STORIES
]
RULES = (
    "FRQ-01 FRQ-02 FRQ-03 FRQ-04 FRQ-07 FRQ-08 ESRD-01 CARE-01 AGE-01 LAB-01 INF-01 SKIN-01 DME-01 DME-02 DME-03 RC-01 "
    "TH-01 TH-02 TH-03 TH-04 TH-05 MN-05 MN-06 MN-07 JW-01 JW-02 JW-03 JW-05 EL-05 EL-06 EL-08 TF-02 MSP-01"
).split()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_an_error_and_a_near_miss(rule: str) -> None:
    told = [story for story in OWN if story.catalogue_id == rule]
    expected = {
        item.catalogue_id
        for story in told
        for row in story.lines
        for item in row.expect
        if item.verdict == FAIL
    }
    assert rule in expected
    assert any(story.near_miss for story in told)


def test_a_story_brings_the_fees_of_its_codes() -> None:
    for story in OWN:
        for row in fees_of(story.lines).get("mpfs_rvu", ()):
            assert row in story.tables["mpfs_rvu"], (story.name, row["code"])


def test_fees_of_lines_leave_out_codes_without_a_row() -> None:
    assert fees_of([line("E0260")]) == {}
    assert {row["code"] for row in fees_of([line("E0260"), line("20611")])["mpfs_rvu"]} == {"20611"}


def test_a_code_has_one_row_of_fees_and_a_family_one_limit() -> None:
    rows = {
        (str(row["code"]), str(row["modifier"]), tuple(map(str, row.values())))
        for story in all_stories()
        for row in story.tables.get("mpfs_rvu", ())
        if not row.get("effective")
    }
    counts = Counter((code, modifier) for code, modifier, _ in rows if fees_known(code))
    assert [key for key, count in counts.items() if count > 1] == []
    limits: dict[str, set[tuple[object, object]]] = {}
    for story in all_stories():
        for row in story.tables.get("frequency_limits", ()):
            limits.setdefault(str(row["family"]), set()).add((row["limit_count"], row["period"]))
    assert limits and all(len(found) == 1 for found in limits.values())


def fees_known(code: str) -> bool:
    """Whether `code` has rows that stories share."""
    try:
        return bool(fees(code))
    except KeyError:
        return False


def test_the_places_of_stories_are_listed() -> None:
    listed = {row["code"] for row in PLACES}
    used = {row.more["pos"] for story in OWN for row in story.lines if "pos" in row.more}
    assert used <= listed
    assert not listed & {"35", "00"}
