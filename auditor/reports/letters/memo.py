"""The findings memo: for each rule the five elements of a finding under GAGAS.

Criteria, condition and effect come from the data; cause and recommendation are drafts for the auditor to confirm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nsmallest
from typing import Final

from auditor.base.errors import UsageError
from auditor.reports.document import AuditDocument, Breakdown, CoverageEntry, RuleEntry
from auditor.reports.letters import words
from auditor.reports.letters.chosen import Chosen, check_sums, rule_ids, shared_citations
from auditor.reports.letters.run_folder import RunFolder
from auditor.reports.rows import Citation, Finding

SHOWN: Final = 10
"""Findings listed under Condition: the largest; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the claims show of one rule, counted over its findings; a rule on providers has no claims and no dates."""

    findings: int
    claims: int
    patients: int
    providers: int
    first: date | None
    last: date | None
    largest: tuple[Finding, ...]

    @property
    def more(self) -> int:
        """How many findings are not listed."""
        return self.findings - len(self.largest)


@dataclass(frozen=True, slots=True)
class RuleMemo:
    """One rule of the memo. `sums` are those of the report, `citations` those of all its findings; `editions` are the
    tables whose rows single findings cite, with their editions and how many rows.

    `causes` are root-cause tags with how many findings bear them, the drafts made of them and of the rule's own texts.
    """

    rule_id: str
    title: str
    entry: RuleEntry | None
    coverage: CoverageEntry | None
    sums: Breakdown
    citations: tuple[Citation, ...]
    editions: tuple[tuple[str, str, int], ...]
    condition: Condition
    causes: tuple[tuple[str, int], ...]
    bases: tuple[tuple[str, int], ...]
    cause_draft: tuple[str, ...]
    recommendation_draft: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memo:
    """The memo on the rules asked for, in the order in which the report ranks them."""

    document: AuditDocument
    rules: tuple[RuleMemo, ...]
    notes: tuple[str, ...] = ()


def findings_memo(folder: RunFolder, names: Sequence[str] = ()) -> Memo:
    """The memo on the rules `names` (of all with findings for none).

    Raises UsageError for a rule that the run does not know or that found nothing, InternalCheckFailed when its sums are
    not those of the report.
    """
    document = folder.document
    asked = rule_ids(document, names)
    entries = [entry for entry in document.by_rule if entry.findings and (not names or entry.key in asked)]
    if not entries:
        raise UsageError(
            "there is no finding to write a memo on",
            where="--rule" if names else folder.document.run_id,
            why="the rules asked for found nothing in these claims" if names else "no rule found anything",
            mend="see the sheet of rules for those with findings",
        )
    by_rule: dict[str, list[Finding]] = {entry.key: [] for entry in entries}
    for finding in Chosen(rules=frozenset(by_rule)).of(document):
        by_rule[finding.rule_id].append(finding)
    memos = tuple(_memo(document, entry, by_rule.pop(entry.key)) for entry in entries)
    return Memo(document, memos, folder.notes)


def _memo(document: AuditDocument, sums: Breakdown, everything: list[Finding]) -> RuleMemo:
    check_sums(f"memo on {sums.key}", everything, sums)
    findings = [finding for finding in everything if finding.section in words.FOUND]
    entry = document.rule_index.get(sums.key)
    editions = Counter(
        (document.table_words(row.table), row.edition)
        for finding in findings
        for row in finding.reference_rows
    )
    causes = tuple(_ranked(finding.root_cause for finding in findings if finding.root_cause))
    return RuleMemo(
        rule_id=sums.key,
        title=sums.label,
        entry=entry,
        coverage=_coverage(document, entry, sums.key),
        sums=sums,
        citations=shared_citations(findings),
        editions=tuple((table, edition, number) for (table, edition), number in sorted(editions.items())),
        condition=_condition(findings),
        causes=causes,
        bases=tuple(_ranked(finding.exposure_basis for finding in findings if finding.exposure_basis)),
        cause_draft=tuple(_cause(causes, entry)),
        recommendation_draft=tuple(_recommendation(findings, entry)),
    )


def _coverage(document: AuditDocument, entry: RuleEntry | None, name: str) -> CoverageEntry | None:
    known = {covered.rule_id: covered for covered in document.coverage}
    return known.get(entry.id if entry is not None else name) or known.get(name)


def _condition(findings: list[Finding]) -> Condition:
    days = sorted(finding.service_date for finding in findings if finding.service_date)
    largest = nsmallest(SHOWN, enumerate(findings), key=lambda pair: (-pair[1].amount, pair[0]))
    return Condition(
        findings=len(findings),
        claims=len({(finding.payer_id, finding.claim_id) for finding in findings if finding.claim_id}),
        patients=len({(finding.payer_id, finding.patient_id) for finding in findings if finding.patient_id}),
        providers=len({finding.provider for finding in findings if finding.provider}),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        largest=tuple(finding for _, finding in largest),
    )


def _ranked(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Names with how often they stand, the most frequent first."""
    return iter(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _cause(causes: Sequence[tuple[str, int]], entry: RuleEntry | None) -> Iterator[str]:
    if causes:
        yield (
            "The findings bear the tag " + ", ".join(f"“{name}” ({count:,})" for name, count in causes) + "."
        )
    yield "Claims data do not tell why a line was billed or paid as it was. Ask how it came about, and who decided."
    if entry is not None and entry.false_positives:
        yield "Exclude first what makes such a finding untrue: " + " ".join(entry.false_positives)


def _recommendation(findings: Sequence[Finding], entry: RuleEntry | None) -> Iterator[str]:
    records = tuple(dict.fromkeys(name for finding in findings for name in finding.record_needed))
    sections = {finding.section for finding in findings}
    if records:
        yield "Obtain for the findings that need a record: " + "; ".join(records) + "."
    if "over_definite" in sections or "over_probable" in sections:
        yield (
            "Confirm each line against the criterion in force on its date of service, correct claims where the payer's "
            "filing limits allow it, and have counsel decide on what is to be reported and returned."
        )
    if "under_definite" in sections or "under_probable" in sections:
        yield "Consider corrected claims for potential underpayments within the payer's filing limits."
    if "at_risk" in sections:
        yield "Draw a sample for record review where the indicator stands out; it carries no figure of recovery."
    if entry is not None and entry.carc:
        yield f"Compare with remittances that bear the adjustment reason {entry.carc}."
    yield "Name who changes what, and by when; look again in the next audit whether the finding returns."
