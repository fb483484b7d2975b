"""The 60-day worksheet: findings in groups of the same cause, with the dates that follow from what a person enters.

A group is a root cause within a rule family, since 42 CFR 401.305 speaks of overpayments "from the same or a similar
cause"; whether the findings of a group are related is for the user to say. Only Medicare's lines stand in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from auditor.base.errors import UsageError
from auditor.reports.document import ZERO, AuditDocument
from auditor.reports.letters.chosen import Chosen, Sums, provider_entry, rule_ids
from auditor.reports.letters.clock import AFTER, BEFORE, Clock, Entered, clock, look_back
from auditor.reports.letters.run_folder import RunFolder
from auditor.reports.rows import Finding
from auditor.reports.wording import family_words

OVER: Final = ("over_definite", "over_probable")
MEDICARE: Final = "medicare"


@dataclass(frozen=True, slots=True)
class WorksheetLine:
    """A finding of potential overpayment in its group, and whether it lies within the look-back."""

    group: str
    finding: Finding
    look_back: str


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one root cause and family. Gross sums, by class, as the report counts them."""

    key: str
    cause: str
    family: str
    rules: tuple[str, ...]
    findings: int
    claims: int
    over_definite: Decimal
    over_probable: Decimal


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The worksheet. `entered` is what the user has entered so far, for all groups; every date may be missing.

    `left_out` counts findings of other lines of business by its name.
    """

    document: AuditDocument
    entered: Entered
    clock: Clock
    groups: tuple[Group, ...]
    lines: tuple[WorksheetLine, ...]
    left_out: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def over_definite(self) -> Decimal:
        """Claims-evident dollars of all groups."""
        return sum((group.over_definite for group in self.groups), ZERO)

    @property
    def over_probable(self) -> Decimal:
        """Dollars of all groups that need a record."""
        return sum((group.over_probable for group in self.groups), ZERO)


def sixty_day_worksheet(
    folder: RunFolder, entered: Entered, names: Sequence[str] = (), provider: str = ""
) -> Worksheet:
    """The worksheet on the potential overpayments of a run, of the rules `names` and of one provider if they are given.

    Raises UsageError for an unknown rule or provider, for a date that can be none of these and when nothing is left,
    InternalCheckFailed when the sums of the whole run are not those of the report.
    """
    for name, day in entered.slips():
        raise UsageError(
            f"{day.isoformat()} is no day that a worksheet counts from",
            where=f"--{name.replace('_', '-')}",
            why=f"days after {AFTER.isoformat()} and before {BEFORE.isoformat()} are taken",
            mend="look at the year",
        )
    document = folder.document
    if provider:
        provider_entry(document, provider)
    chosen = Chosen(rule_ids(document, names), frozenset({provider} if provider else ()))
    sums = Sums()
    other: dict[str, int] = {}
    ours: list[Finding] = []
    for finding in sums.counting(chosen.of(document)):
        if finding.section not in OVER:
            continue
        if finding.line_of_business == MEDICARE:  # what a line does not show is not kept: there may be many
            ours.append(replace(finding, evidence=(), reference_rows=(), citations=(), explanation=""))
        else:
            other[finding.line_of_business] = other.get(finding.line_of_business, 0) + 1
    if not names and not provider:
        sums.check("60-day worksheet", document.totals)
    if not ours:
        raise UsageError(
            "there is no potential overpayment of Medicare to put on a worksheet",
            where=document.run_id,
            why="42 CFR 401.305 is of Medicare Parts A and B",
            mend="choose other rules or another provider" if names or provider else "",
        )
    groups, keys = _groups(ours)
    lines = tuple(
        WorksheetLine(
            keys[_cause(finding)], finding, look_back(entered.identified, None, finding.service_date)
        )
        for finding in ours
    )
    return Worksheet(
        document, entered, clock(entered), groups, tuple(sorted(lines, key=lambda line: line.group)),
        tuple(sorted(other.items())), folder.notes,
    )  # fmt: skip


def _cause(finding: Finding) -> tuple[str, str]:
    return finding.root_cause or "no cause named", finding.family


def _groups(findings: Sequence[Finding]) -> tuple[tuple[Group, ...], Mapping[tuple[str, str], str]]:
    """The groups, the costliest first, and the key of each cause: G01, G02 ..."""
    by_cause: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_cause.setdefault(_cause(finding), []).append(finding)

    def total(listed: Sequence[Finding], section: str) -> Decimal:
        return sum((finding.amount for finding in listed if finding.section == section), ZERO)

    ranked = sorted(
        by_cause.items(),
        key=lambda item: (-total(item[1], "over_definite"), -total(item[1], "over_probable"), item[0]),
    )
    keys = {cause: f"G{number:02d}" for number, (cause, _) in enumerate(ranked, start=1)}
    groups = tuple(
        Group(
            key=keys[cause],
            cause=cause[0],
            family=family_words(cause[1]),
            rules=tuple(sorted({finding.rule_id for finding in listed})),
            findings=len(listed),
            claims=len({(finding.payer_id, finding.patient_id, finding.claim_id) for finding in listed}),
            over_definite=total(listed, "over_definite"),
            over_probable=total(listed, "over_probable"),
        )
        for cause, listed in ranked
    )
    return groups, keys
