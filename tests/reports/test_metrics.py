"""Metrics: those of the claims tie to the document, those of a review have no figure."""

from __future__ import annotations

from decimal import Decimal

from auditor.reports import AuditDocument
from auditor.reports.metrics import Metric, coverage_rates, metrics
from auditor.reports.shares import share_of
from tests.reports.fakes import FakeRun


def by_name(document: AuditDocument) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics(document)}


def test_those_of_the_claims_have_numerator_and_denominator(document: AuditDocument, fake: FakeRun) -> None:
    given = by_name(document)
    verdicts = [row["verdict"] for row in fake.rows]
    bypass = given["Bypass rate"]
    assert (bypass.numerator, bypass.denominator) == (
        verdicts.count("bypassed"),
        verdicts.count("bypassed") + verdicts.count("fail"),
    )
    over = given["Potential overpayment, claims-evident, of paid"]
    assert over.numerator == document.totals["over_definite"].dollars
    assert over.denominator == Decimal(fake.run["reconciliation"]["paid_audited"])
    missing = given["Not-evaluated rate"]
    assert missing.numerator == sum(entry["not_evaluated"] for entry in fake.run["coverage"])
    split = [metric for name, metric in given.items() if name.startswith(("Direction split", "At risk"))]
    assert sum(int(metric.numerator or 0) for metric in split) == verdicts.count("fail")


def test_those_of_a_review_have_no_figure_and_say_what_they_need(document: AuditDocument) -> None:
    given = by_name(document)
    for name in (
        "Line (code-over-code) accuracy",
        "Financial error rate, gross",
        "Net error rate",
        "Overturn rate",
    ):
        assert given[name].without_figure and given[name].rate is None
        assert "Needs" in given[name].remark
    assert "never shown alone" in given["Net error rate"].remark
    assert {metric.live for metric in given.values()} == {"", "reviewed", "confirmed"}
    assert given["Confirmed rate"].rate is None and given["Reviewed"].rate == 0


def test_shares_round_half_up_and_need_a_whole() -> None:
    assert share_of(1, 3) == Decimal("0.333333") and share_of(Decimal("0.0000005"), 1) == Decimal("0.000001")
    assert share_of(1, 0) is share_of(1, None) is share_of(None, 4) is None


def test_rates_of_a_rule(document: AuditDocument) -> None:
    entry = next(entry for entry in document.coverage if entry.bypassed and entry.not_evaluated)
    assert entry.bypassed is not None and entry.fail is not None
    fire, bypass, missing = coverage_rates(entry)
    assert fire == share_of(entry.fail, entry.evaluated)
    assert bypass == share_of(entry.bypassed, entry.bypassed + entry.fail)
    assert missing == share_of(entry.not_evaluated, entry.eligible)
