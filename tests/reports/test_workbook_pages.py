"""The sheets beside the lists: their totals tie to the document, and they say what is not there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from auditor.base.money import format_usd
from auditor.reports import AuditDocument, wording
from auditor.reports.scorecards import scorecards


@pytest.fixture(scope="module")
def shown(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """By sheet, its rows as a program sees them that does not calculate."""
    book = load_workbook(path, data_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


Shown = dict[str, list[tuple[Any, ...]]]


def cents(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def test_cover_names_scope_profile_and_every_sheet(
    document: AuditDocument, book: Workbook, shown: Shown
) -> None:
    pairs = {row[0]: row[1] for row in shown["Cover & scope"]}
    assert pairs["Profile"] == document.profile.label and pairs["Run"] == document.run_id
    assert pairs["Client (to be filled in)"] is None
    listed = [str(row[0]) for row in shown["Cover & scope"] if row[0] in book.sheetnames]
    assert listed == book.sheetnames[1:]


def test_the_executive_summary_has_headings_metrics_and_the_largest(
    document: AuditDocument, shown: Shown
) -> None:
    rows = {row[0]: row for row in shown["Executive summary"]}
    for name, words in wording.SECTION_WORDS.items():
        amount = document.totals[name]
        assert rows[words][2:4] == (amount.findings, amount.lines)
        assert rows[words][4] is None or cents(rows[words][4]) == amount.dollars
    assert rows["Bypass rate"][4] == pytest.approx(rows["Bypass rate"][2] / rows["Bypass rate"][3], abs=1e-6)
    assert rows["Net error rate"][2:5] == (None, None, None) and "needs" not in rows["Net error rate"][1][:10]
    first = document.by_rule[0]
    assert rows[first.key][1:4] == (first.label, first.findings, first["bypassed"].findings)
    for card in scorecards(document)[:10]:
        assert rows[card.entry.key][1] == f"{wording.share(card.bypassed, card.of)}, {card.position}"


def test_a_dollar_figure_in_a_sentence_says_that_it_is_dollars(document: AuditDocument, shown: Shown) -> None:
    said = [
        row[0]
        for row in shown["Exposure"]
        if str(row[0]).startswith("Paid on the lines of what was bypassed")
    ]
    assert said == [
        f"Paid on the lines of what was bypassed: {format_usd(document.bypassed_paid)}. For information only."
    ]


def test_review_metrics_follow_the_reviewers_cells(book: Workbook) -> None:
    rows = {row[0].value: row for row in book["Executive summary"].iter_rows()}
    assert rows["Reviewed"][2].value == "=COUNTA('Finding lines'!$T$2:$T$901)"
    assert rows["Confirmed rate"][2].value == "=COUNTIFS('Finding lines'!$T$2:$T$901,\"confirmed\")"
    assert book["Finding lines"]["T1"].value == "Disposition"


def test_findings_by_rule_sum_to_the_totals(document: AuditDocument, shown: Shown) -> None:
    rows = shown["Findings by rule"]
    names = [str(name) for name in rows[0]]
    listed = rows[1 : len(document.by_rule) + 1]
    assert [row[0] for row in listed] == [entry.key for entry in document.by_rule]
    checked, live = (next(row for row in rows if row[0] == name) for name in ("All, checked", "All, live"))
    for heading, wanted in (
        ("Findings", document.totals.findings),
        ("Over, claims-evident", document.totals["over_definite"].dollars),
        ("Over, record needed", document.totals["over_probable"].dollars),
        ("Under, gross", document.totals.under),
        ("At risk", document.totals["at_risk"].dollars),
        ("Bypassed", document.totals["bypassed"].findings),
    ):
        at = names.index(heading)
        assert (
            cents(checked[at]) == cents(live[at]) == cents(wanted) == cents(sum(cents(r[at]) for r in listed))
        )
    assert [row[3] for row in listed] == [row[4] for row in listed]


def test_provider_scorecards_sum_to_the_totals(document: AuditDocument, shown: Shown) -> None:
    rows = shown["Provider scorecards"]
    listed = rows[1 : len(document.by_provider) + 1]
    assert [row[0] for row in listed] == [entry.label for entry in document.by_provider]
    assert all(isinstance(row[0], str) for row in listed)
    checked = next(row for row in rows if row[0] == "All, checked")
    assert checked[1] == document.totals.findings == sum(row[1] for row in listed)
    assert cents(checked[2]) == document.totals["over_definite"].dollars
    for row in listed:
        assert row[8] is None or row[8] == pytest.approx(row[6] / row[7], abs=1e-6)
        assert row[10] in {"high", "low", "between", "too few to compare"}


def test_exposure_ties_what_is_in_question_to_what_was_paid(document: AuditDocument, shown: Shown) -> None:
    rows = {row[0]: row for row in reversed(shown["Exposure"])}
    paid = document.reconciliation.parts[0].paid
    assert paid is not None and cents(rows["Paid on audited lines"][4]) == paid
    tied = [row for row in shown["Exposure"] if row[0] == "Potential overpayment, claims-evident" and row[5]][
        -1
    ]
    assert float(tied[5]) == pytest.approx(float(document.totals["over_definite"].dollars / paid), abs=1e-6)
    months = [row for row in shown["Exposure"] if row[0] in {entry.label for entry in document.by_month}]
    assert sum(row[1] for row in months) == document.totals.findings


def test_underpayments_are_those_of_the_findings(document: AuditDocument, shown: Shown) -> None:
    under = [f for f in document.findings if f.section.startswith("under_")]
    rows = shown["Underpayments"]
    assert under and [row[0] for row in rows[1:]] == [finding.finding_id for finding in under]
    at = rows[0].index("Potential underpayment")
    assert sum(cents(row[at]) for row in rows[1:]) == document.totals.under


def test_what_is_not_there_is_said(shown: Shown) -> None:
    assert any("No earlier audit was named" in str(row[0]) for row in shown["Trend"])
    sample = {row[0]: row[1] for row in shown["Sample & estimate"]}
    assert any("No probability sample was drawn" in str(name) for name in sample)
    assert sample["Source of random numbers and seed"] == "no numbers were drawn"


def test_not_evaluated_has_every_reason_and_the_rates_of_every_rule(
    document: AuditDocument, shown: Shown
) -> None:
    rows = shown["Not evaluated"]
    reasons = [(e.rule_id, r.lines) for e in document.coverage for r in e.reasons]
    assert [(row[0], row[3]) for row in rows[1 : len(reasons) + 1]] == reasons
    covered = {row[0]: row for row in rows[len(reasons) + 2 :]}
    for entry in document.coverage:
        assert entry.fail is not None
        assert covered[entry.rule_id][12] == pytest.approx(entry.fail / entry.evaluated, abs=1e-6)
        assert covered[entry.rule_id][11] == entry.not_evaluated


def test_data_quality_and_reconciliation_stand_on_one_sheet(document: AuditDocument, shown: Shown) -> None:
    rows = shown["Data quality & reconciliation"]
    by_name = {row[0]: row for row in rows}
    assert by_name["Read from the input"][1] == by_name["Audited + superseded + set aside, live"][1]
    assert by_name["Difference, live"][1:4] == (0, 0, 0)
    assert all(
        by_name[check.name][1:4] == (check.left, check.right, "yes")
        for check in document.reconciliation.checks
    )
    odd = by_name["units are negative"]
    assert odd[2:4] == (103, 1040.5)
    assert " row 1, 2, 3, " in odd[5] and odd[5].endswith("; and 3 more in data_quality.parquet")
    noticed = by_name["the charge of the claim is not the sum of its lines"]
    assert (noticed[1], noticed[2], noticed[4]) == ("warning", 102, "claims.837")
    assert noticed[5].endswith("; and 2 more in diagnostics.parquet")
    assert by_name["replaced"][2:4] == (7, 70.25)


def test_the_manifest_names_inputs_versions_and_options(document: AuditDocument, shown: Shown) -> None:
    pairs = {row[0]: row[1] for row in shown["Run manifest"]}
    assert document.scope.inputs[0].sha256 in pairs["claims.csv"]
    assert pairs["durable rules"] == "2.0.28" and pairs["Run"] == document.run_id
