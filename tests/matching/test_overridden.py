"""Overrides of candidates: of several for one finding the first by id has its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny import audit, flagged, override, rule, setting

LINE = """\
match: {lines: [line], when: {line.code: "99213"}}
exposure: {method: line}
explanation: "told"
"""
OURS = [{"payer_id": "OURS"}]


@pytest.mark.parametrize(("first", "second"), [("probable", "risk"), ("risk", "probable")])
def test_the_first_override_by_id_lowers_a_finding_and_the_second_does_nothing(
    tmp_path: Path, first: str, second: str
) -> None:
    lowered = [
        override(name, f"action: reclassify, to: {to}")
        for name, to in (("PAY-TINY-102", second), ("PAY-TINY-101", first))
    ]
    (finding,) = audit(tmp_path, OURS, rule(LINE), *lowered)
    assert finding["class"] == first
    assert "PAY-TINY-101" in repr(finding) and "PAY-TINY-102" not in repr(finding)


def test_the_first_override_by_id_sets_a_finding_aside(tmp_path: Path) -> None:
    both = [override(name, "action: suppress") for name in ("PAY-TINY-102", "PAY-TINY-101")]
    (finding,) = audit(tmp_path, OURS, rule(LINE), *both)
    assert (finding["verdict"], finding["suppressed_by"]) == ("suppressed", "PAY-TINY-101")


COUNTED = """\
parameters: {{counts: {{2020-01-01: {{value: {filed}, citation: policy}}}}}}
match: {{lines: [line], when: {{line.line_no: {{in: $counts}}}}}}
exposure: {{method: line}}
explanation: "one of {{$counts}}"
"""


@pytest.mark.parametrize(("filed", "own", "wanted"), [("[1, 2]", "[]", [2]), ("[]", "[1]", [1])])
def test_a_list_of_numbers_may_be_emptied_for_some_lines_and_an_empty_one_filled(
    tmp_path: Path, filed: str, own: str, wanted: list[int]
) -> None:
    change = setting("PAY-TINY-101", "counts", own)
    lines = [{"payer_id": "OURS"}, {"payer_id": "OTHER"}]
    assert flagged(audit(tmp_path, lines, rule(COUNTED.format(filed=filed)), change)) == wanted
