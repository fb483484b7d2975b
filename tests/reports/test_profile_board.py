"""The board's document: totals kept, no figure of few patients, no row of a finding, nothing said that is not so."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.base.pseudonyms import Pseudonyms
from auditor.reports import AuditDocument
from auditor.reports.board_coverage import covered
from auditor.reports.document import SECTIONS, CoverageEntry, ReasonCount
from auditor.reports.metrics import metrics
from auditor.reports.profile_board import Cells, for_board
from auditor.reports.profile_cells import OTHERS
from tests.reports.conftest import document_of
from tests.reports.fakes import FINDING_COLUMNS, FakeRun, make_run, write_parquet

NAMES = Pseudonyms(b"a key of this test, 32 characters")
MANY = {"audited": 900, "superseded": 40, "set_aside": 30, "not_audited": 65}


def cells(**patients: int) -> Cells:
    return Cells(MANY | patients, 20, NAMES, {"CLM-4711": "C-AAAA"})


def board_of(fake: FakeRun, given: Cells | None = None, **run: Any) -> tuple[AuditDocument, dict[str, Any]]:
    told = fake.run | run
    document = document_of(replace(fake, run=told))
    return for_board(document, told, given or cells(), fake.findings.parent)


def patients(fake: FakeRun, section: str, **where: object) -> set[str]:
    """The patients of a section's cell, counted here in Python."""

    def of(row: dict[str, Any]) -> str:
        if row["verdict"] != "fail":
            return str(row["verdict"])
        if row["class"] == "risk" or row["at_risk"]:
            return "at_risk"
        return f"{row['direction']}_{row['class']}" if row["direction"] != "neutral" else "no_amount"

    rows = [row for row in fake.rows if of(row) == section and all(row[k] == v for k, v in where.items())]
    return {row["patient_id"] for row in rows if row["patient_id"]}


def test_every_cell_that_is_shown_rests_on_enough_patients(fake: FakeRun) -> None:
    document, _ = board_of(fake)
    shown = 0
    for entry in document.by_rule:
        for section in entry.sections:
            if entry.key != OTHERS:
                count = len(patients(fake, section, rule_id=entry.key))
                assert count == 0 or count >= 11
                shown += 1
    assert shown > 5 and document.by_rule[-1].key == OTHERS


@pytest.mark.parametrize("by", ["by_rule", "by_provider", "by_month"])
def test_every_table_still_adds_up_to_the_whole(fake: FakeRun, document: AuditDocument, by: str) -> None:
    board, _ = board_of(fake)
    for section in SECTIONS:
        if section in board.withheld:
            assert section not in board.totals.sections
            assert 0 < len(patients(fake, section)) < 11
            continue
        entries = getattr(board, by)
        assert sum(entry[section].findings for entry in entries) == document.totals[section].findings
        assert sum((e[section].dollars for e in entries), Decimal(0)) == document.totals[section].dollars


def test_no_row_of_anything_stands_in_it(fake: FakeRun) -> None:
    document, _ = board_of(fake)
    assert [len(rows) for rows in (document.findings, document.set_aside, document.superseded)] == [0, 0, 0]
    assert not document.odd_values and not document.diagnostics and not document.remittances.told
    assert not document.profile.lists_findings


def test_a_heading_of_few_patients_is_said_to_be_withheld(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 60, seed=4)
    document, run = board_of(fake)
    assert document.withheld
    assert any("Not shown, because fewer than 11 patients" in banner for banner in document.banners)
    assert not document.withheld & run["dollars"].keys()
    assert sum(amount.findings for amount in document.totals.sections.values()) == sum(
        run["counts"]["sections"].values()
    )


def test_findings_under_a_withheld_heading_do_not_follow_from_the_authorities(tmp_path: Path) -> None:
    """Were all of them said to be unverified, those shown taken away would be those that are not."""
    fake = make_run(tmp_path, 60, seed=4)
    for row in fake.rows:
        row["citations"] = [{**citation, "verified": False} for citation in row["citations"]]
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    document, _ = board_of(fake)
    assert "at_risk" in document.withheld and document_of(fake).unverified_findings
    assert document.unverified_findings is None


@pytest.mark.parametrize(
    ("most", "safe"), [(0, 100), (9, 100), (10, 200), (43, 500), (50, 1_000), (429, 5_000)]
)
def test_the_bound_that_is_printed_does_not_tell_the_lines_of_one_patient(most: int, safe: int) -> None:
    given = replace(cells(), most_lines=most)
    assert given.safe_lines == safe > 10 * most


def test_coverage_of_providers_alone_is_no_percentage_of_nothing(fake: FakeRun) -> None:
    document, _ = board_of(fake)
    entry = replace(document_of(fake).coverage[0], unit="providers")
    few = replace(document, coverage=(entry,))
    assert few.evaluated_share == "not shown"
    rate = next(metric for metric in metrics(few) if metric.name == "Not-evaluated rate")
    assert rate.numerator is None and rate.denominator is None


def test_files_days_and_numbers_are_not_those_of_the_run(fake: FakeRun) -> None:
    document, run = board_of(
        fake,
        banners=["12 of 40 claim lines are odd, 3 patients too; claim CLM-4711.", "4 rules could not run."],
        period={"from": "2024-07-09", "to": "2024-12-03"},
    )
    assert (document.scope.period_from, document.scope.period_to) == (date(2024, 7, 1), date(2024, 12, 31))
    assert document.banners[:2] == (
        "some of some claim lines are odd, some patients too; claim C-AAAA.",
        "4 rules could not run.",
    )
    assert document.scope.inputs[0].name == "claims file 1" and document.scope.inputs[0].rows is None
    assert run["run_id"] == document.run_id != fake.run["run_id"]
    assert "claims.csv" not in json.dumps(run) and "2024-07-09" not in json.dumps(run)
    assert "column_map" not in run["options"]


@pytest.mark.parametrize(
    ("patients", "lines", "whole"),
    [
        ({}, 3, True),
        ({"set_aside": 4}, 2, True),
        ({"set_aside": 4, "not_audited": 9}, 1, False),
    ],
)
def test_parts_of_the_input_of_few_patients_are_put_together_or_left_out(
    fake: FakeRun, patients: dict[str, int], lines: int, whole: bool
) -> None:
    given = board_of(fake, cells(**patients))[0].reconciliation
    assert len(given.parts) == lines
    assert (given.whole.lines is not None) is whole
    if whole:
        assert sum(part.lines or 0 for part in given.parts) == given.whole.lines
        assert sum((part.paid or Decimal(0) for part in given.parts), Decimal(0)) == given.whole.paid
    assert all(check.left == check.right == "not shown" for check in given.checks)


@dataclass(frozen=True, slots=True)
class Longer(AuditDocument):
    """A document with a part that nobody has thought of, and one that a user brings."""

    by_street: tuple[str, ...] = ()
    counsel_header: str = ""


def test_a_part_that_nobody_thought_of_is_left_empty(fake: FakeRun) -> None:
    document = document_of(fake)
    given = {item.name: getattr(document, item.name) for item in fields(document)}
    longer = Longer(**given | {"by_street": ("one patient of Elm Street",), "counsel_header": "For counsel"})
    board, _ = for_board(longer, fake.run, cells(), fake.findings.parent)
    assert isinstance(board, Longer)
    assert (board.by_street, board.counsel_header) == ((), "For counsel")


def test_an_input_of_few_patients_has_no_counts_at_all(fake: FakeRun) -> None:
    document, run = board_of(fake, cells(audited=10))
    assert document.reconciliation.parts[0].lines is None
    assert (document.scope.claims, document.scope.patients) == (None, None)
    assert run["counts"]["lines_audited"] is None


def entry(rule: str, eligible: int, evaluated: int, *reasons: int, fail: int = 0) -> CoverageEntry:
    told = tuple(ReasonCount(f"reason {n}", lines, None) for n, lines in enumerate(reasons))
    missing = eligible - evaluated
    return CoverageEntry(
        rule, rule, "ptp", "claim lines", eligible, evaluated, fail, 0, 0, missing, None, None, told
    )


def test_coverage_is_shown_where_so_many_lines_are_certainly_of_enough_patients() -> None:
    entries = [
        entry("ALL", 500, 500),
        entry("FEW", 150, 150),
        entry("GAP", 500, 490, 10),
        entry("WHY", 900, 500, 390, 10),
        entry("NONE", 0, 0),
    ]
    shown = {one.rule_id: one for one in covered(entries, (), (), 201)}
    assert list(shown) == ["ALL", "WHY", "NONE"]
    assert shown["WHY"].not_evaluated == 400 and shown["WHY"].reasons == ()


def test_a_count_of_findings_that_the_table_hides_is_hidden_in_coverage_too(fake: FakeRun) -> None:
    document, _ = board_of(fake)
    visible = {row.key: row for row in document.by_rule}
    told = covered(
        [entry("X", 500, 500, fail=3), *(entry(key, 500, 500, fail=1) for key in visible)], (), (), 201
    )
    assert [one.fail for one in told] == [None] * (1 + len(visible))
    row = document.by_rule[0]
    (one,) = covered([entry(row.key, 500, 500, fail=row.findings)], document.by_rule, (), 201)
    assert one.fail == row.findings
