"""Sums of one day without a table: each patient's own, and none lost before the lines are looked at."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import audit, flagged, rule, setting

SUMMED = """\
match: {lines: [line], sum: {as: s, over: [claim_id, service_day]}, when: {s.units: {gt: $most}}}
parameters: {most: {2020-01-01: {value: 4, citation: policy}}}
exposure: {method: none}
explanation: "{s.units} units"
"""
SET = setting("PAY-TINY-101", "most", 2)


def test_a_day_sum_over_claims_is_that_of_each_patient(tmp_path: Path) -> None:
    lines = [
        {"units": 3, "patient_id": "P"},
        {"units": 3, "patient_id": "Q"},
        {"units": 2, "patient_id": "Q"},
    ]
    found = audit(tmp_path, lines, rule(SUMMED))
    assert [(finding["line_no"], finding["explanation"]) for finding in found] == [
        (2, "5 units"),
        (3, "5 units"),
    ]


def test_a_day_sum_above_what_an_override_sets_for_its_lines_is_found(tmp_path: Path) -> None:
    lines = [{"units": 3, "payer_id": "OURS"}, {"units": 3, "payer_id": "OTHER", "claim_id": "B"}]
    assert flagged(audit(tmp_path, lines, rule(SUMMED), SET)) == [1]


def test_a_day_sum_below_what_an_override_sets_is_not(tmp_path: Path) -> None:
    lines = [{"units": 5, "payer_id": "OURS"}, {"units": 5, "payer_id": "OTHER", "claim_id": "B"}]
    assert flagged(audit(tmp_path, lines, rule(SUMMED), SET.replace("value: 2", "value: 6"))) == [2]
