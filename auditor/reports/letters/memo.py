"""The findings memo: for each rule the five elements of a finding under GAGAS.

Criteria, condition and effect come from the data; cause and recommendation are drafts for the auditor to confirm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from heapq import heappush, heappushpop
from typing import Final

from auditor.base.errors import UsageError
from auditor.reports.document import AuditDocument, Breakdown, CoverageEntry, RuleEntry
from auditor.reports.letters import words
from auditor.reports.letters.chosen import Chosen, Sums, both, rule_ids
from auditor.reports.letters.run_folder import RunFolder
from auditor.reports.letters.service_days import ServiceDays, service_days
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
    days: ServiceDays = field(default_factory=ServiceDays)


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
    counted = {entry.key: _Counted() for entry in entries}
    for finding in Chosen(rules=frozenset(counted)).of(document):
        counted[finding.rule_id].add(finding)
    memos = tuple(_memo(document, entry, counted[entry.key]) for entry in entries)
    listed = [finding for memo in memos for finding in memo.condition.largest]
    return Memo(document, memos, folder.notes, service_days(document, listed))


class _Counted:
    """The findings of one rule, counted one by one, so that their number does not bound memory."""

    def __init__(self) -> None:
        self.sums = Sums()
        self.findings = 0
        self.citations: tuple[Citation, ...] | None = None
        self.editions: Counter[tuple[str, str]] = Counter()
        self.causes: Counter[str] = Counter()
        self.bases: Counter[str] = Counter()
        self.records: dict[str, None] = {}
        self.sections: set[str] = set()
        self._claims: set[tuple[str, str, str]] = set()
        self._patients: set[tuple[str, str]] = set()
        self._providers: set[str] = set()
        self._first: date | None = None
        self._last: date | None = None
        self._largest: list[tuple[Decimal, int, Finding]] = []

    def add(self, finding: Finding) -> None:
        """Count a row of the rule; what is no finding goes into the sums alone."""
        self.sums.add(finding)
        if finding.section not in words.FOUND:
            return
        self.findings += 1
        self.sections.add(finding.section)
        cited = self.citations
        self.citations = finding.citations if cited is None else both(cited, finding.citations)
        self.editions.update((row.table, row.edition) for row in finding.reference_rows)
        self.causes.update([finding.root_cause] if finding.root_cause else [])
        self.bases.update([finding.exposure_basis] if finding.exposure_basis else [])
        self.records.update(dict.fromkeys(finding.record_needed))
        if finding.claim_id:
            self._claims.add((finding.payer_id, finding.patient_id, finding.claim_id))
        if finding.patient_id:
            self._patients.add((finding.payer_id, finding.patient_id))
        if finding.provider:
            self._providers.add(finding.provider)
        if finding.service_date:
            self._first = min(self._first or finding.service_date, finding.service_date)
            self._last = max(self._last or finding.service_date, finding.service_date)
        # Among equal amounts the earlier of the report stays: its number, turned round, is the larger.
        heap = self._largest
        (heappush if len(heap) < SHOWN else heappushpop)(heap, (finding.amount, -self.findings, finding))

    @property
    def condition(self) -> Condition:
        """What the claims show, as far as it was counted."""
        largest = sorted(self._largest, key=lambda kept: (-kept[0], -kept[1]))
        return Condition(
            findings=self.findings,
            claims=len(self._claims),
            patients=len(self._patients),
            providers=len(self._providers),
            first=self._first,
            last=self._last,
            largest=tuple(kept[2] for kept in largest),
        )


def _memo(document: AuditDocument, sums: Breakdown, counted: _Counted) -> RuleMemo:
    counted.sums.check(f"memo on {sums.key}", sums)
    entry = document.rule_index.get(sums.key)
    causes = _ranked(counted.causes)
    editions = sorted(
        (document.table_words(table), edition, number)
        for (table, edition), number in counted.editions.items()
    )
    return RuleMemo(
        rule_id=sums.key,
        title=sums.label,
        entry=entry,
        coverage=_coverage(document, entry, sums.key),
        sums=sums,
        citations=counted.citations or (),
        editions=tuple(editions),
        condition=counted.condition,
        causes=causes,
        bases=_ranked(counted.bases),
        cause_draft=tuple(_cause(causes, entry)),
        recommendation_draft=tuple(_recommendation(counted, entry)),
    )


def _coverage(document: AuditDocument, entry: RuleEntry | None, name: str) -> CoverageEntry | None:
    known = {covered.rule_id: covered for covered in document.coverage}
    return known.get(entry.id if entry is not None else name) or known.get(name)


def _ranked(names: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Names with how often they stand, the most frequent first."""
    return tuple(sorted(names.items(), key=lambda pair: (-pair[1], pair[0])))


def _cause(causes: Sequence[tuple[str, int]], entry: RuleEntry | None) -> Iterator[str]:
    if causes:
        yield (
            "The findings bear the tag " + ", ".join(f"“{name}” ({count:,})" for name, count in causes) + "."
        )
    yield "Claims data do not tell why a line was billed or paid as it was. Ask how it came about, and who decided."
    if entry is not None and entry.false_positives:
        yield "Exclude first what makes such a finding untrue: " + " ".join(entry.false_positives)


def _recommendation(counted: _Counted, entry: RuleEntry | None) -> Iterator[str]:
    records, sections = counted.records, counted.sections
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
