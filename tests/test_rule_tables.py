"""Rules that ask the library's other tables, and those of their own pack, from files to findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.pipeline import AuditOptions, run_audit
from tests.reference.layouts import Desk
from tests.reference.mpfs_samples import text, titled
from tests.rules.pack_making import make_pack, rule_text

HEADER = (
    "claim_id,line_no,patient_id,birth_date,claim_type,rendering_npi,pos,date_from,code,mod1,mod2,mod3,mod4,units,paid,"
    "plan_id,prior_auth\n"
)
LINES = """\
A,1,P1,2005-10-10,professional,1000000004,11,2025-10-09,45385,,,,,1,100.00,GOLD,
B,1,P2,2005-10-10,professional,1000000004,11,2025-10-10,45385,,,,,1,100.00,GOLD,
C,1,P3,1950-01-01,professional,1000000004,11,2025-10-10,45385,,,,,1,100.00,GOLD,A-77
D,1,P4,1950-01-01,professional,1000000004,11,2025-10-10,49505,,,,,1,100.00,GOLD,
E,1,P5,1950-01-01,professional,1000000004,11,2026-10-10,49505,,,,,1,100.00,GOLD,
F,1,P6,1950-01-01,professional,1000000004,11,2025-12-01,45385,,,,,1,100.00,BASIC,
"""
LISTED = {
    "plan_auth.yaml": "title: Codes that need prior authorisation\ncolumns: {plan: text, code: text}\n"
    "key: [plan, code]\ncode_column: code\nsource: An invented list\n",
    "plan_auth.csv": "plan,code,effective,deleted\nGOLD,45385,2025-01-01,2025-11-30\n",
}


def rule(name: str, match: str, explanation: str = "found") -> str:
    made = rule_text(name).replace('match: {lines: [line], when: {line.code: "99213"}}', match)
    assert match in made
    return made.replace('"{line.code} on line {line.line_no}"', f'"{explanation}"')


def desk_with_fees(folder: Path) -> Desk:
    """A library with one release of the fee schedule."""
    (folder / "files").mkdir()
    desk = Desk(folder / "files", folder / "library")
    desk.take(desk.write("PPRRVU2025_Oct.csv", text(titled())))
    return desk


def audit(desk: Desk, tmp_path: Path, **rules: str) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    pack = make_pack(tmp_path / "acme", **rules)
    (pack / "tables").mkdir()
    for name, content in LISTED.items():
        (pack / "tables" / name).write_text(content, encoding="utf-8")
    claims = desk.write("claims.csv", HEADER + LINES)
    options = AuditOptions(
        library=desk.library, reports=False, rulesets=(pack,), rules=("payer",), workers=0, threads=1
    )
    run_audit([claims], tmp_path / "out", options)
    found = duckdb.execute(
        f"SELECT rule_id, claim_id, explanation FROM '{tmp_path / 'out' / 'findings.parquet'}' "
        "WHERE verdict = 'fail' ORDER BY ALL"
    ).fetchall()
    return found, json.loads((tmp_path / "out" / "run.json").read_text())


FEE = (
    "match: {lines: [line], lookup: [{name: mpfs_rvu, as: fee, on: {code: line.code}}], "
    'when: {fee.glob_days: "090"}}'
)
OWN = "lookup: [{name: plan_auth, as: listed, on: {code: line.code, plan: line.plan_id}}]"
UNAUTHORISED = (
    f"match: {{lines: [line], {OWN}, "
    "when: {all: [{listed.code: {exists: true}}, {line.prior_auth: {exists: false}}]}}"
)
UNLISTED = f"match: {{lines: [line], {OWN}, when: {{listed.code: {{exists: false}}}}}}"
YOUNG = "match: {lines: [line], when: {line.age: {lt: 20}}}"


@pytest.fixture(scope="module")
def audited(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, list[tuple[str, str]]], dict[str, Any]]:
    """What each rule found in one audit, and the run."""
    folder = tmp_path_factory.mktemp("audit")
    found, run = audit(
        desk_with_fees(folder),
        folder,
        AA=rule("PAY-FEE-001", FEE, "{line.code}: {fee.work_rvu}"),
        BB=rule("PAY-OWN-001", UNAUTHORISED),
        CC=rule("PAY-OWN-002", UNLISTED),
        DD=rule("PAY-AGE-001", YOUNG, "aged {line.age}"),
    )
    told: dict[str, list[tuple[str, str]]] = {}
    for name, claim, explanation in found:
        told.setdefault(name, []).append((claim, explanation))
    return told, run


def test_a_looked_up_row_of_the_fee_schedule_decides_and_is_said(audited: Any) -> None:
    """Of claim E no release answers for the day."""
    found, run = audited
    assert found["PAY-FEE-001"] == [("D", "49505: 7.96")]
    assert [(table["table"], table["edition"]) for table in run["tables"]] == [("mpfs_rvu", "2025Q4")]


def test_the_packs_own_list_says_what_needs_an_authorisation(audited: Any) -> None:
    assert [claim for claim, _ in audited[0]["PAY-OWN-001"]] == ["A", "B"]


def test_what_no_row_lists_is_told_apart_from_what_no_table_answers_for(audited: Any) -> None:
    assert [claim for claim, _ in audited[0]["PAY-OWN-002"]] == ["D", "E", "F"]


def test_an_age_is_that_of_the_first_day(audited: Any) -> None:
    assert audited[0]["PAY-AGE-001"] == [("A", "aged 19")]


def test_both_evaluators_saw_the_rows_of_these_tables(audited: Any) -> None:
    assert (audited[1]["engine"]["checked"], audited[1]["engine"]["disagreements"]) == (6, 0)


@pytest.mark.slow
def test_a_row_of_the_fee_schedule_in_force_is_cited(tmp_path: Path) -> None:
    match = (
        "match: {lines: [line], table: {name: mpfs_rvu, as: fee, on: {code: line.code}, in_force_on: service_day}, "
        "when: {fee.work_rvu: {gt: 5}}}"
    )
    found, _ = audit(desk_with_fees(tmp_path), tmp_path, AA=rule("PAY-ACME-001", match))
    assert [claim for _, claim, _ in found] == ["D"]
    rows = duckdb.execute(f"SELECT reference_rows FROM '{tmp_path / 'out' / 'findings.parquet'}'").fetchall()
    assert [(row["table"], row["edition"], row["key"]) for (listed,) in rows for row in listed] == [
        ("mpfs_rvu", "2025Q4", "code 49505 / modifier -")
    ]


@pytest.mark.slow
def test_a_row_of_the_packs_own_list_is_cited_and_said(tmp_path: Path) -> None:
    match = (
        "match: {lines: [line], table: {name: plan_auth, as: listed, on: {code: line.code, plan: line.plan_id}, "
        "in_force_on: service_day}, when: {line.prior_auth: {exists: false}}}"
    )
    made = rule("PAY-ACME-001", match, "{line.code} is listed for {listed.plan} to {listed.deleted}")
    found, _ = audit(desk_with_fees(tmp_path), tmp_path, AA=made)
    assert found == [
        ("PAY-ACME-001", claim, "45385 is listed for GOLD to 2025-11-30") for claim in ("A", "B")
    ]
    rows = duckdb.execute(f"SELECT reference_rows FROM '{tmp_path / 'out' / 'findings.parquet'}'").fetchall()
    assert [(row["table"], row["edition"], row["key"]) for (listed,) in rows for row in listed] == [
        ("plan_auth", "acme 1.0.0", "plan GOLD / code 45385")
    ] * 2
