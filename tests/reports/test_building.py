"""The document: sums against sums made in Python, checks that stop a wrong report, odd and empty inputs."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InternalCheckFailed
from auditor.reports import AuditDocument, build_document
from auditor.reports.database import streamed
from auditor.reports.document import SECTIONS
from tests.reports.conftest import document_of
from tests.reports.fakes import FINDING_COLUMNS, FakeRun, make_run, write_parquet


def test_totals_are_those_of_the_rows(fake: FakeRun, document: AuditDocument) -> None:
    failing = [row for row in fake.rows if row["verdict"] == "fail"]
    sure = [row for row in failing if not row["at_risk"]]
    definite = [r for r in sure if r["class"] == "definite" and r["direction"] == "over"]
    assert document.totals["over_definite"].dollars == sum(row["exposure_counted"] for row in definite)
    assert document.totals["over_definite"].findings == len(definite)
    at_risk = [row for row in failing if row["at_risk"]]
    assert document.totals["at_risk"].dollars == sum(row["exposure"] for row in at_risk)
    assert document.totals.findings == len(failing)
    assert document.totals.under == sum(r["exposure_counted"] for r in sure if r["direction"] == "under")
    assert document.totals["bypassed"].findings == sum(row["verdict"] == "bypassed" for row in fake.rows)


@pytest.mark.parametrize("by", ["by_rule", "by_provider", "by_month"])
def test_every_breakdown_adds_up_to_the_whole(document: AuditDocument, by: str) -> None:
    entries = getattr(document, by)
    for section in SECTIONS:
        assert sum(entry[section].findings for entry in entries) == document.totals[section].findings
        dollars = sum((entry[section].dollars for entry in entries), Decimal(0))
        assert dollars == document.totals[section].dollars


def test_every_row_stands_in_one_section(fake: FakeRun, document: AuditDocument) -> None:
    listed = list(document.findings)
    assert sorted(finding.finding_id for finding in listed) == sorted(row["finding_id"] for row in fake.rows)
    assert Counter(finding.section for finding in listed) == {
        name: amount.findings for name, amount in document.totals.sections.items()
    }


def test_findings_come_in_report_order_and_twice_the_same(document: AuditDocument) -> None:
    listed = list(document.findings)
    assert [finding.finding_id for finding in listed] == [finding.finding_id for finding in document.findings]
    ranks = [(f.verdict != "fail", ("definite", "probable", "risk").index(f.cls)) for f in listed]
    assert [rank for rank in ranks if not rank[0]] == sorted(rank for rank in ranks if not rank[0])
    amounts = [f.exposure_counted or 0 for f in listed if f.rule_id == "NCCI-PTP-001" and f.verdict == "fail"]
    assert amounts == sorted(amounts, reverse=True)


def test_a_finding_keeps_all_that_was_written(fake: FakeRun, document: AuditDocument) -> None:
    rows = {row["finding_id"]: row for row in fake.rows}
    for finding in document.findings:
        row = rows[finding.finding_id]
        assert finding.paid == row["paid"]
        assert finding.exposure_as_processed == row["exposure_as_processed"]
        assert finding.modifiers == tuple(row["modifiers"])
        assert [line.paid for line in finding.evidence] == [line["paid"] for line in row["evidence"]]
        assert [line.service_date for line in finding.evidence] == [
            e["service_date"] for e in row["evidence"]
        ]
        assert [ref.key for ref in finding.reference_rows] == [ref["key"] for ref in row["reference_rows"]]
        assert [c.verified for c in finding.citations] == [c["verified"] for c in row["citations"]]


def test_the_open_end_of_a_reference_row_is_no_date(document: AuditDocument) -> None:
    ends = {row.deleted for finding in document.findings for row in finding.reference_rows}
    assert ends == {None, date(2024, 12, 31)}


def test_bypassed_dollars_count_a_line_once(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 40, seed=3)
    bypassed = next(row for row in fake.rows if row["verdict"] == "bypassed")
    again = {**bypassed, "finding_id": "again", "rule_id": "NCCI-PTP-004"}
    write_parquet(fake.findings, FINDING_COLUMNS, [*fake.rows, again])
    run = deepcopy(fake.run)
    run["counts"]["findings"]["bypassed"] += 1
    document = build_document(run, fake.findings, fake.set_aside)
    assert document.bypassed_paid == sum(r["paid"] for r in fake.rows if r["verdict"] == "bypassed")


def test_dollars_at_risk_count_a_line_once_in_every_breakdown(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 60, seed=3)
    risky = next(row for row in fake.rows if row["verdict"] == "fail" and row["at_risk"] and row["claim_id"])
    again = {**risky, "finding_id": "again", "rule_id": "NCCI-PTP-004", "exposure": risky["exposure"] + 1}
    write_parquet(fake.findings, FINDING_COLUMNS, [*fake.rows, again])
    run = deepcopy(fake.run)
    run["counts"]["findings"]["fail"] += 1
    run["dollars"]["at_risk"] = str(Decimal(run["dollars"]["at_risk"]) + 1)
    document = build_document(run, fake.findings, fake.set_aside)
    whole = document.totals["at_risk"]
    assert whole.dollars == Decimal(run["dollars"]["at_risk"])
    assert (
        whole.lines
        == whole.findings - sum(f.claim_id == "" and f.section == "at_risk" for f in document.findings) - 1
    )
    for entries in (document.by_rule, document.by_provider, document.by_month):
        assert sum(entry["at_risk"].dollars for entry in entries) == whole.dollars
    assert sum(f.amount for f in document.findings if f.section == "at_risk") == whole.dollars


@pytest.mark.parametrize(
    "name",
    ["place=3", "row_at=5", "amount=7", "section=at_risk", "payer_id=X", "npi=1", "lines=2", "it's a[1]b"],
)
def test_no_name_of_a_folder_bears_on_what_is_read(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = make_run(tmp_path / "plain", 60, seed=3)
    plain, odd = document_of(fake), tmp_path / name
    shutil.copytree(fake.findings.parent, odd)
    monkeypatch.setattr(tempfile, "tempdir", str(odd))
    document = build_document(fake.run, odd / fake.findings.name, odd / fake.set_aside.name)
    assert list(document.findings) == list(plain.findings)
    assert (document.totals, document.peers) == (plain.totals, plain.peers)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("dollars", "over_definite", "1.00"), "Potential overpayment, claims-evident"),
        (("dollars", "at_risk", "1.00"), "At risk"),
        (("dollars", "under", "1.00"), "Potential underpayment"),
        (("dollars", "bypassed", "1.00"), "Bypassed, each line once"),
        (("dollars", "suppressed", "1.00"), "Suppressed, each line once"),
        (("reconciliation", "lines_audited", 3), "Lines read"),
        (("reconciliation", "paid_audited", "3.00"), "Paid in the input"),
        (("reconciliation", "lines_set_aside", 3), "Lines set aside"),
        (("counts", "findings", {"fail": 1}), "Rows of verdict"),
    ],
)
def test_a_figure_that_differs_stops_the_report(
    fake: FakeRun, change: tuple[str, str, object], said: str
) -> None:
    run = deepcopy(fake.run)
    group, name, value = change
    run[group][name] = value
    with pytest.raises(InternalCheckFailed, match=said) as caught:
        build_document(run, fake.findings, fake.set_aside)
    assert caught.value.exit_code == 4


def test_a_finding_counted_above_the_paid_amount_of_its_line_stops_the_report(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 40, seed=3)
    row = next(
        r
        for r in fake.rows
        if r["verdict"] == "fail" and r["class"] == "definite" and r["direction"] == "over"
    )
    row["exposure_counted"] = row["paid"] + 1
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    run = {**fake.run, "dollars": {}}
    with pytest.raises(InternalCheckFailed, match="above what was paid"):
        build_document(run, fake.findings, fake.set_aside)


def test_a_verdict_that_no_report_knows_stops_it(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 10)
    fake.rows[0]["verdict"] = "maybe"
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    with pytest.raises(InternalCheckFailed, match="no section"):
        build_document({}, fake.findings, fake.set_aside)


def test_counts_by_class_are_understood(fake: FakeRun) -> None:
    run = deepcopy(fake.run)
    nested: dict[str, Counter[str]] = {}
    for row in fake.rows:
        nested.setdefault(row["verdict"], Counter())[row["class"]] += 1
    run["counts"]["findings"] = {verdict: dict(counts) for verdict, counts in nested.items()}
    names = [check.name for check in build_document(run, fake.findings, fake.set_aside).reconciliation.checks]
    assert "Rows of verdict 'finding'" in names


def test_an_empty_run_is_a_document_too(tmp_path: Path) -> None:
    document = document_of(make_run(tmp_path, 0, set_aside=0))
    assert list(document.findings) == []
    assert document.totals.findings == 0
    assert document.totals["over_definite"].dollars == 0
    assert document.by_rule == document.by_provider == document.by_month == ()


def test_a_run_that_says_next_to_nothing_is_a_document_too(fake: FakeRun) -> None:
    document = build_document({}, fake.findings, fake.set_aside)
    assert document.scope.period_basis == "service dates of the findings"
    assert document.scope.lines_of_business == ("medicare",)
    assert document.rules == ()


def test_set_aside_dollars_are_read_from_cents(document: AuditDocument) -> None:
    rows = list(document.set_aside)
    assert len(rows) == 7
    assert {row.charge for row in rows} == {Decimal("120.00")}
    assert [row.source_pos for row in rows] == sorted(row.source_pos or 0 for row in rows)


def test_variants_find_the_rule_they_belong_to(fake: FakeRun) -> None:
    run = deepcopy(fake.run)
    run["rules"] = [
        {"id": "BASE-1", "variants": [{"id": "NCCI-PTP-001", "catalogue_id": "PTP-02", "title": "x"}]}
    ]
    document = build_document(run, fake.findings, fake.set_aside)
    assert document.rule_index["NCCI-PTP-001"].id == "BASE-1"


def test_providers_do_not_enter_the_coverage_of_lines(fake: FakeRun) -> None:
    run = deepcopy(fake.run)
    before = build_document(run, fake.findings, fake.set_aside).evaluated
    run["coverage"].append({"rule_id": "X", "unit": "providers", "eligible": 5, "evaluated": 5})
    assert build_document(run, fake.findings, fake.set_aside).evaluated == before


def test_indicators_and_findings_without_an_amount_are_told_apart(
    fake: FakeRun, document: AuditDocument
) -> None:
    at_risk = [row for row in fake.rows if row["verdict"] == "fail" and row["at_risk"]]
    indicators = sum(row["class"] == "risk" for row in at_risk)
    assert 0 < indicators < len(at_risk)
    assert (document.totals["at_risk"].apart, document.totals["at_risk"].findings) == (
        indicators,
        len(at_risk),
    )
    assert document.totals["over_definite"].apart == 0


def test_a_finding_of_a_class_stays_under_it_where_no_amount_is_put_on_it(tmp_path: Path) -> None:
    made = make_run(tmp_path, 40, seed=2)
    chosen = next(row for row in made.rows if row["verdict"] == "fail" and row["class"] == "probable"
                  and not row["at_risk"] and row["direction"] == "over")  # fmt: skip
    taken = Decimal(chosen["exposure_counted"])
    chosen |= {"exposure": Decimal("0.00"), "exposure_counted": Decimal("0.00")}
    write_parquet(made.findings, FINDING_COLUMNS, made.rows)
    dollars = made.run["dollars"]
    dollars["over_probable"] = str(Decimal(dollars["over_probable"]) - taken)
    assert document_of(made).totals["over_probable"].apart == 1


def test_what_does_not_fit_in_memory_is_not_left_where_the_user_is(
    document: AuditDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []
    rows = streamed(
        "SELECT current_setting('temp_directory') FROM read_parquet($path)", document.findings.path
    )
    asked.extend(str(where) for (where,) in rows)
    assert asked and not Path(asked[0]).is_relative_to(tmp_path) and Path(asked[0]).is_absolute()
    assert not Path(asked[0]).exists()
