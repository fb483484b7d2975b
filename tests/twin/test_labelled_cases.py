"""Situations whose right outcome a public source states, judged by the twin and by the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .brute_force import audit
from .compare import read_findings
from .labelled import ANSWERS, FAMILIES, NOT_DECIDED, Case, claims_of, read_cases, with_stated_limits
from .product import build_library, run_product
from .tables import Tables, from_parquet


@dataclass(frozen=True)
class Labelled:
    """The cases of our families, the tables they stand in, and all of them as one claims file."""

    families: Mapping[str, str]
    cases: Sequence[Case]
    tables: Tables
    rows: Sequence[dict[str, str]]


@pytest.fixture(scope="module")
def labelled(shared_data: Path) -> Labelled:
    families, cases = read_cases(shared_data / "labelled" / "audit_cases.csv")
    codes = {line.code for case in cases for line in case.lines}
    tables = with_stated_limits(from_parquet(shared_data / "reference", codes), cases)
    return Labelled(families, cases, tables, [row for case in cases for row in claims_of(case, tables)])


@pytest.fixture(scope="module")
def run(labelled: Labelled, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("labelled")
    out = run_product(labelled.rows, build_library(labelled.tables, folder), folder)
    return read_findings(out)


def wrong(case: Case, found: Sequence[tuple[str, str, int]]) -> str:
    """What is wrong with the findings (catalogue id, verdict, line) of a case; empty if nothing is."""
    fails = {(catalogue_id, line) for catalogue_id, verdict, line in found if verdict == "fail"}
    if not case.kind:
        bypassed = any(verdict == "bypassed" for _, verdict, _ in found)
        if fails:
            return f"{case.case_id} passes by its source, found {sorted(fails)}"
        return (
            f"{case.case_id}: no bypass of the pair was seen" if case.family == "ptp" and not bypassed else ""
        )
    if {line for _, line in fails} != case.flagged_lines or not {i for i, _ in fails} <= ANSWERS[case.kind]:
        return f"{case.case_id}: {case.kind} on lines {case.flagged_lines} expected, found {sorted(fails)}"
    return ""


def decided(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.case_id not in NOT_DECIDED]


def test_the_twin_agrees_with_the_sources(labelled: Labelled) -> None:
    findings = audit(labelled.rows, labelled.tables)
    verdicts = [
        wrong(
            case,
            [
                (f.catalogue_id, f.verdict, f.line.line_no)
                for f in findings
                if f.line.patient == f"patient-{case.case_id}" and f.family == case.family
            ],
        )
        for case in decided(labelled.cases)
    ]
    assert [text for text in verdicts if text] == []


def test_the_product_agrees_with_the_sources(labelled: Labelled, run: list[dict[str, Any]]) -> None:
    verdicts = [
        wrong(
            case,
            [
                (row["catalogue_id"], row["verdict"], row["line_no"])
                for row in run
                if row["patient_id"] == f"patient-{case.case_id}" and row["family"] == case.family
            ],
        )
        for case in decided(labelled.cases)
    ]
    assert [text for text in verdicts if text] == []


def test_every_case_of_our_families_is_decided_or_listed_with_a_reason(labelled: Labelled) -> None:
    ours = {case_id for case_id, family in labelled.families.items() if family in FAMILIES}
    answered = {case.case_id for case in decided(labelled.cases)}
    assert answered | NOT_DECIDED.keys() == ours
    assert not answered & NOT_DECIDED.keys()
    assert all(len(reason) > 40 for reason in NOT_DECIDED.values())


def test_the_cases_cover_passes_and_every_kind_that_flags(labelled: Labelled) -> None:
    kinds = {(case.family, case.kind) for case in decided(labelled.cases)}
    expected = {("mue", ""), ("mue", "MUE_LINE"), ("mue", "MUE_DOS_POLICY"), ("ptp", ""), ("ptp", "PTP")}
    assert kinds >= expected | {("addon", ""), ("addon", "ADDON")}
