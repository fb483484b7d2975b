"""The review results letter to one provider, with the elements of CMS PIM chapter 3, section 3.6.4.

What the data tell stands in it; what they do not tell is a marked blank. It is a draft until a person signs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Final

from auditor.base.errors import InputRefused
from auditor.reports.document import ZERO, AuditDocument, Breakdown, RuleEntry
from auditor.reports.letters import words
from auditor.reports.letters.blanks import Blank, filled
from auditor.reports.letters.chosen import Chosen, check_sums, provider_entry, shared_citations, summed
from auditor.reports.letters.run_folder import RunFolder
from auditor.reports.letters.service_days import ServiceDays, service_days
from auditor.reports.rows import Citation, Finding

BLANKS: Final[tuple[Blank, ...]] = (
    Blank("provider_name", "name of the provider or supplier"),
    Blank("provider_address", "address of the provider or supplier"),
    Blank("letter_date", "date of the letter"),
    Blank("reason_for_review", "reason for conducting the review, or good cause for reopening"),
    Blank("corrective_actions", "recommended corrective actions"),
    Blank(
        "sampling", "information on the sample (PIM chapter 8, section 8.4), if one was drawn", needed=False
    ),
    Blank("responsible_amount", "total overpayment for which the provider is responsible"),
    Blank(
        "not_responsible_amount", "total overpayment for which the provider is not responsible, without fault"
    ),
    Blank("rights", "rights of rebuttal and appeal, and how amounts are recovered", words.RIGHTS_DRAFT),
    Blank("contact", "whom to ask: name, telephone, address"),
    Blank("signed_by", "name and title of who signs"),
    Blank("signed_on", "date of the signature"),
)
DETERMINATIONS: Final = (
    "Determination",
    "Denied",
    "Section 1879",
    "Section 1870",
    "To be recovered",
    "Not recovered",
)
"""What a reviewer decides of a claim: columns that stay empty for him."""


@dataclass(frozen=True, slots=True)
class ClaimFindings:
    """The findings on one claim in the order of the report, and its gross sums."""

    claim_id: str
    findings: tuple[Finding, ...]
    over_definite: Decimal
    over_probable: Decimal
    under: Decimal

    @property
    def priced(self) -> bool:
        """Whether any finding on it is of a potential overpayment or underpayment."""
        return any(finding.section in words.PRICED for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Issue:
    """A rule with findings of this provider: its entry in the register, its sums for this provider alone."""

    rule_id: str
    title: str
    entry: RuleEntry | None
    sums: Breakdown
    findings: tuple[Finding, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The authorities that all of its findings cite; rows of tables stand with the single findings."""
        return shared_citations(self.findings)

    @property
    def record_needed(self) -> tuple[str, ...]:
        """The records that its findings ask for, each once, in their order."""
        return tuple(dict.fromkeys(name for finding in self.findings for name in finding.record_needed))


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the manual's list: what it asks, where it stands in the letter, and what the user must fill."""

    asks: str
    stands: str
    blanks: tuple[Blank, ...]


@dataclass(frozen=True, slots=True)
class ProviderLetter:
    """The letter: sums of the provider as page and workbook print them, claims and issues behind them, blanks."""

    document: AuditDocument
    npi: str
    sums: Breakdown
    claims: tuple[ClaimFindings, ...]
    issues: tuple[Issue, ...]
    without_claim: tuple[Finding, ...]
    bypassed: int
    not_evaluated: int
    blanks: Mapping[str, Blank]
    notes: tuple[str, ...] = ()
    days: ServiceDays = field(default_factory=ServiceDays)

    @property
    def signed(self) -> bool:
        """Whether it carries a signature, and so is no draft any more."""
        return not self.blanks["signed_by"].open and not self.blanks["signed_on"].open

    @property
    def elements(self) -> tuple[Element, ...]:
        """The manual's list, for the sender: each element and its open blanks."""

        def of(asks: str, stands: str, *keys: str) -> Element:
            return Element(asks, stands, tuple(self.blanks[key] for key in keys))

        return (
            of(
                "Provider or supplier: name, address, NPI",
                "address field",
                "provider_name",
                "provider_address",
            ),
            of("Reason for the review, or good cause for reopening", "section 1", "reason_for_review"),
            of(
                "Narrative of the situation, the issues, corrective actions",
                "section 2",
                "corrective_actions",
            ),
            of(
                "Determination for each claim, with the specific reason",
                "section 3; determinations are yours",
            ),
            of(
                "List of claims: amounts, reasons, sections 1879 and 1870, recovery",
                "section 4; decisions are yours",
            ),
            of("Sampling (PIM chapter 8, section 8.4)", "section 5", "sampling"),
            of("Total underpayments", "section 6"),
            of("Overpayments the provider is responsible for", "section 6", "responsible_amount"),
            of("Overpayments the provider is not responsible for", "section 6", "not_responsible_amount"),
            of("Rights: rebuttal, appeal, recovery", "section 7", "rights"),
        )


def provider_letter(
    folder: RunFolder, npi: str, fill: Mapping[str, str], fill_name: str = ""
) -> ProviderLetter:
    """The letter to the provider `npi` of a finished audit; `fill` has texts for its blanks.

    Raises UsageError when no finding is counted under it, InputRefused when `fill` has an unknown key or signs a letter
    whose blanks are open, InternalCheckFailed when its sums are not those of the report.
    """
    document = folder.document
    sums = provider_entry(document, npi)
    everything = list(Chosen(providers=frozenset({npi})).of(document))
    check_sums(f"letter to {npi}", everything, sums)
    findings = [finding for finding in everything if finding.section in words.FOUND]
    blanks = filled(BLANKS, fill, fill_name)
    letter = ProviderLetter(
        document=document,
        npi=npi,
        sums=sums,
        claims=tuple(_claims(finding for finding in findings if finding.claim_id)),
        issues=tuple(_issues(document, findings)),
        without_claim=tuple(finding for finding in findings if not finding.claim_id),
        bypassed=sums["bypassed"].findings,
        not_evaluated=sums["not_evaluated"].findings,
        blanks={blank.key: blank for blank in blanks},
        notes=folder.notes,
        days=service_days(document, findings),
    )
    _may_be_signed(letter, fill_name)
    return letter


def _may_be_signed(letter: ProviderLetter, name: str) -> None:
    """A signature under a letter with holes would take the draft mark from something unfinished."""
    blanks = letter.blanks.values()
    if all(blank.open for blank in blanks if blank.key.startswith("signed_")):
        return
    missing = [blank.key for blank in blanks if blank.needed and blank.open]
    if missing:
        raise InputRefused(
            "the letter is signed, and blanks of it are open",
            where=name,
            why="a signed letter loses its draft mark",
            mend=f"fill {', '.join(missing)}, or take the signature out",
        )


def _claims(findings: Iterable[Finding]) -> list[ClaimFindings]:
    """Findings by claim, the claims by their service dates; a number of two payers or patients is of two claims."""
    by_claim: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.claim_id, finding.payer_id, finding.patient_id)
        by_claim.setdefault(key, []).append(finding)

    def total(listed: list[Finding], *sections: str) -> Decimal:
        return sum((finding.amount for finding in listed if finding.section in sections), ZERO)

    made = [
        ClaimFindings(
            claim, tuple(listed), total(listed, "over_definite"), total(listed, "over_probable"),
            total(listed, "under_definite", "under_probable"),
        )
        for (claim, *_), listed in sorted(by_claim.items(), key=itemgetter(0))
    ]  # fmt: skip
    return sorted(made, key=lambda one: min(str(f.service_date or "9999") for f in one.findings))


def _issues(document: AuditDocument, findings: Iterable[Finding]) -> list[Issue]:
    """Findings by rule, in the order in which the report ranks rules; the sums are of these findings alone."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule_id, []).append(finding)
    return [
        Issue(
            entry.key, entry.label, document.rule_index.get(entry.key), summed(entry.key, by_rule[entry.key]),
            tuple(by_rule[entry.key]),
        )
        for entry in document.by_rule
        if entry.key in by_rule
    ]  # fmt: skip
