"""The five elements of a finding, rule by rule."""

from __future__ import annotations

from dataclasses import replace

from auditor.base.money import format_usd
from auditor.reports import AuditDocument, wording
from auditor.reports.columns import cited
from auditor.reports.elements import DRAFT, elements
from auditor.reports.profile import BOARD, note_of
from auditor.reports.rows import Citation, Finding


def test_criteria_and_condition_are_those_of_the_first_finding_in_the_report(document: AuditDocument) -> None:
    first: dict[str, Finding] = {}
    for finding in document.findings:
        if finding.verdict == "fail":
            first.setdefault(finding.rule_id, finding)
    given = {item.entry.key: item for item in elements(document)}
    assert [item.entry for item in elements(document)] == list(document.by_rule)
    for rule, finding in first.items():
        assert given[rule].condition.endswith(finding.explanation)
        assert given[rule].condition.startswith(f"{given[rule].entry.findings:,} finding")
        assert given[rule].criteria == "\n".join(map(cited, finding.citations))


def test_a_rule_without_a_finding_to_quote_cites_no_place_to_fill(document: AuditDocument) -> None:
    rule = next(iter(document.rule_index.values()))
    cited_row = replace(rule, citations=(Citation("CMS", "column {edit.column_1}", "", "", True),))
    board = replace(
        document,
        profile=note_of(BOARD),
        rule_index={entry.key: cited_row for entry in document.by_rule},
    )
    for item in elements(board):
        assert item.criteria == "CMS"


def test_amounts_stand_under_their_headings_and_are_not_added(document: AuditDocument) -> None:
    for item in elements(document):
        for name in ("over_definite", "over_probable", "at_risk"):
            amount = item.entry[name]
            said = f"{wording.SECTION_WORDS[name]}: {format_usd(amount.dollars)} in {amount.findings:,}."
            assert (said in item.effect) == bool(amount.findings)


def test_cause_and_recommendation_are_drafts_where_there_is_a_finding(document: AuditDocument) -> None:
    for item in elements(document):
        assert (
            item.cause.startswith(DRAFT) == item.recommendation.startswith(DRAFT) == bool(item.entry.findings)
        )
        assert not wording.banned_in(item.cause + item.recommendation + item.effect)
