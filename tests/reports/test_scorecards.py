"""Where a provider stands among the others of the feed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from auditor.reports import AuditDocument
from auditor.reports.document import Amount, Breakdown
from auditor.reports.scorecards import ENOUGH, Scorecard, scorecards


def provider(key: str, bypassed: int, found: int) -> Breakdown:
    sections = {"bypassed": Amount(findings=bypassed), "over_definite": Amount(findings=found)}
    return Breakdown(key, key, sections)


def cards(document: AuditDocument, *entries: Breakdown) -> list[Scorecard]:
    return list(scorecards(replace(document, by_provider=entries)))


def test_the_rate_is_bypassed_over_bypassed_and_findings(document: AuditDocument) -> None:
    (card,) = cards(document, provider("1", 2, 4))
    assert (card.bypassed, card.of, card.rate) == (2, 6, Decimal("0.333333"))
    assert (card.percentile, card.position) == (None, "too few to compare")
    assert cards(document, provider("2", 0, 0))[0].rate is None


def test_percentiles_are_among_providers_with_enough_behind_them(document: AuditDocument) -> None:
    comparable = [provider(str(n), n, ENOUGH - n) for n in range(5)]
    few, nobody = provider("few", ENOUGH - 1, 0), provider("", ENOUGH, 0)
    given = {card.entry.key: card for card in cards(document, *comparable, few, nobody)}
    assert [given[str(n)].percentile for n in range(5)] == [10, 30, 50, 70, 90]
    assert [given[str(n)].position for n in range(5)] == ["low", "between", "between", "between", "high"]
    assert given["few"].percentile is given[""].percentile is None


def test_equal_rates_stand_in_the_middle(document: AuditDocument) -> None:
    same = [provider(str(n), 5, 5) for n in range(6)]
    assert {card.percentile for card in cards(document, *same)} == {50}
    assert {card.percentile for card in cards(document, *same[:4])} == {None}
