"""Fields that only lift or lower a finding: what a feed without them is told, and what may not be optional."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.base.codes import npi_check_digit
from auditor.base.errors import InputRefused
from auditor.matching.columns import needed
from auditor.pipeline import AuditOptions, run_audit
from auditor.rules.phrasing import phrase
from tests.tiny import pack, rule

LEAVE = """\
optional: [claim_line.occurrence_codes, claim_line.condition_codes]
match:
  lines: [line]
  when: {line.pos: "11", line.condition_codes: {disjoint: ["G0"]}}
bypass: {line.occurrence_codes: {any_starts_with: ["74"]}}
exposure: {method: line}
"""
PACK = "id: tiny\ntitle: tiny\nversion: 1.0.0\npublisher: me\ndescription: tiny\n"


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


def audited(
    folder: Path, lines: list[dict[str, Any]], text: str
) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """The findings of the one rule, its row of the coverage, and run.json."""
    usual = {
        "patient_id": "P", "claim_type": "professional", "code": "99213", "date_from": "2024-07-10", "paid": "10.00",
        "allowed": "10.00", "charge": "20.00", "units": "1", "pos": "11", "rendering_npi": "1234567893",
    }  # fmt: skip
    rows = [usual | {"claim_id": f"C{at}", "line_no": "1"} | line for at, line in enumerate(lines)]
    rules, out = folder / "rules", folder / "out"
    rules.mkdir()
    (rules / "pack.yaml").write_text(PACK, encoding="utf-8")
    (rules / "one.yaml").write_text(text, encoding="utf-8")
    with (folder / "claims.csv").open("w", newline="", encoding="utf-8") as file:
        written = csv.DictWriter(file, list(rows[0]))
        written.writeheader()
        written.writerows(rows)
    options = AuditOptions(
        use_starter=True, workers=0, reports=False, rulesets=(rules,), rules=("PAY-TINY-001",)
    )
    run_audit([folder / "claims.csv"], out, options)
    found = pq.read_table(out / "findings.parquet").to_pylist()
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    (coverage,) = [row for row in run["coverage"] if row["rule_id"] == "PAY-TINY-001"]
    return found, coverage, run


def test_a_rule_does_not_need_what_it_calls_optional(tmp_path: Path) -> None:
    (made,) = pack(tmp_path, rule(LEAVE)).rules
    assert not needed(made) & {"occurrence_codes", "condition_codes"}
    assert "occurrence codes" in json.dumps([passage.plain() for passage in phrase(made)])
    (strict,) = pack(tmp_path, rule(LEAVE.partition("\n")[2])).rules
    assert {"occurrence_codes", "condition_codes"} <= needed(strict)


def test_without_the_field_the_rule_is_evaluated_and_its_findings_need_a_record(tmp_path: Path) -> None:
    found, coverage, _ = audited(tmp_path, [{}], rule(LEAVE))
    assert [(item["verdict"], item["class"]) for item in found] == [("fail", "probable")]
    assert "the claims carry no occurrence codes, no condition codes" in found[0]["explanation"]
    assert (coverage["eligible"], coverage["evaluated"]) == (1, 1)


def test_with_the_field_nothing_is_lowered_and_what_it_lifts_is_lifted(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"occurrence_codes": "", "condition_codes": "44"}, {"occurrence_codes": "74:20240101", "condition_codes": ""},
        {"occurrence_codes": "", "condition_codes": "G0"},
    ]  # fmt: skip
    found, _, _ = audited(tmp_path, lines, rule(LEAVE))
    assert sorted((item["claim_id"], item["verdict"], item["class"]) for item in found) == [
        ("C0", "fail", "definite"),
        ("C1", "bypassed", "definite"),
    ]


@pytest.mark.parametrize(
    "match",
    [
        'match: {lines: [line], when: {line.condition_codes: {overlaps: ["G0"]}}}',
        'match: {lines: [line], when: {not: {line.condition_codes: {disjoint: ["G0"]}}}}',
        'match: {lines: [line], when: {any: [{line.pos: "11"}, {line.condition_codes: {contains: "G0"}}]}}',
        "match: {lines: [line, other], same: [patient_id, service_day, condition_codes]}",
        "match: {lines: [line], sum: {as: s, of: units, over: [patient_id], "
        'where: {line.condition_codes: {disjoint: ["G0"]}}}, when: {s.units: {gt: 1}}}',
        "requires: [claim_line.condition_codes]\nmatch: {lines: [line]}",
    ],
)
def test_what_a_rule_cannot_find_anything_without_is_not_optional(tmp_path: Path, match: str) -> None:
    text = rule(
        f"optional: [claim_line.condition_codes]\n{match}\nflag: [line]\nexposure: {{method: none}}\n"
    )
    with pytest.raises(InputRefused, match="`condition_codes` refused under `optional`"):
        pack(tmp_path, text)


# ---- NPIs that were replaced ---------------------------------------------------------------------------

CHECKED = """\
match: {lines: [line], when: {line.rendering_npi_valid: false}}
exposure: {method: none}
"""


def npis(good: int, bad: int) -> list[dict[str, Any]]:
    """Lines of so many different NPIs with and without their check digit, each on two lines."""
    firsts = [f"1{number:08d}" for number in range(good + bad)]
    digits = [(npi_check_digit(nine) + (at >= good)) % 10 for at, nine in enumerate(firsts)]
    return [{"rendering_npi": f"{nine}{digit}"} for nine, digit in zip(firsts, digits, strict=True)] * 2


@pytest.mark.parametrize(
    ("good", "bad", "told"), [(10, 10, True), (9, 11, False), (0, 19, True), (0, 20, False), (9, 10, True)]
)
def test_where_most_npis_fail_the_check_they_were_replaced_and_nothing_is_told_by_it(
    tmp_path: Path, good: int, bad: int, told: bool
) -> None:
    found, coverage, run = audited(tmp_path, npis(good, bad), rule(CHECKED))
    assert len(found) == (2 * bad if told else 0)
    notes = [text for text in run["banners"] if "look replaced" in text]
    if told:
        assert coverage["evaluated"] == coverage["eligible"] == 2 * (good + bad) and notes == []
        return
    assert coverage["evaluated"] == 0
    assert coverage["reasons"][0]["reason"] == "the feed has no rendering NPI with a check digit"
    assert notes == [
        f"The values of rendering NPI look replaced: {bad} of {good + bad} different ones have no valid check digit. "
        "Rules on the check digit are not evaluated, which is not a pass."
    ]
