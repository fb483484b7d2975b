"""Which findings a document is about, and that its sums are those of the whole report."""

from __future__ import annotations

import difflib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from auditor.base.errors import InternalCheckFailed, UsageError
from auditor.base.money import format_usd
from auditor.reports.document import ZERO, Amount, AuditDocument, Breakdown
from auditor.reports.rows import Citation, Finding


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked for; an empty set asks for all. `rules` are ids as findings bear them."""

    rules: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    verdicts: frozenset[str] = frozenset()
    lines_of_business: frozenset[str] = frozenset()

    def of(self, document: AuditDocument) -> Iterator[Finding]:
        """The findings asked for, in the order of the report."""
        asked: list[tuple[str, frozenset[str]]] = [
            ("rule_id", self.rules), ("provider", self.providers), ("cls", self.classes), ("verdict", self.verdicts),
            ("line_of_business", self.lines_of_business),
        ]  # fmt: skip
        asked = [(name, wanted) for name, wanted in asked if wanted]
        for finding in document.findings:
            if all(getattr(finding, name) in wanted for name, wanted in asked):
                yield finding


def rule_ids(document: AuditDocument, names: Iterable[str]) -> frozenset[str]:
    """The ids that findings bear under the rules or variants called `names`, whatever their case.

    A name that findings bear means them alone, also where the rule of that name has further variants.
    Raises UsageError for a name of which the run knows no rule, with the nearest.
    """
    known: dict[str, set[str]] = defaultdict(set)
    for rule in document.rules:
        variants = [rule.id, *(variant[0] for variant in rule.variants)]
        known[rule.id.upper()].update(variants)
        for variant in variants:
            known[variant.upper()].add(variant)
    known |= {entry.key.upper(): {entry.key} for entry in document.by_rule}
    found: set[str] = set()
    for name in names:
        if name.upper() not in known:
            raise _unknown(name, known)
        found |= known[name.upper()]
    return frozenset(found)


def provider_entry(document: AuditDocument, npi: str) -> Breakdown:
    """The sums of the provider `npi`. Raises UsageError when no finding is counted under it.

    None that is near is named: a letter to the wrong provider is worse than none.
    """
    known = {entry.key: entry for entry in document.by_provider if entry.key}
    if npi not in known:
        raise UsageError(
            f"no finding is counted under the provider {npi}",
            where="--provider",
            why="a finding counts under the rendering provider, under the billing one where there is none",
            mend="take the number from the list of providers in the report",
        )
    return known[npi]


class Sums:
    """Dollars and findings by heading, added up one by one. Lines are not counted; the report counts them."""

    def __init__(self) -> None:
        self._dollars: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self._counts: dict[str, int] = defaultdict(int)

    def counting(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Pass `findings` on, each added up."""
        for finding in findings:
            self.add(finding)
            yield finding

    def add(self, finding: Finding) -> None:
        """Add one finding up."""
        self._dollars[finding.section] += finding.amount
        self._counts[finding.section] += 1

    def breakdown(self, key: str) -> Breakdown:
        """The sums so far, under `key`."""
        return Breakdown(
            key, key, {name: Amount(self._dollars[name], self._counts[name]) for name in self._counts}
        )

    def check(self, what: str, total: Breakdown) -> None:
        """Hold the sums against those of the report. Raises InternalCheckFailed naming both figures."""
        own = self.breakdown("")
        for section in sorted({*own.sections, *total.sections}):
            mine, theirs = own[section], total[section]
            if (mine.dollars, mine.findings) != (theirs.dollars, theirs.findings):
                raise InternalCheckFailed(
                    f"{what}: {mine.findings:,} findings of {format_usd(mine.dollars)} against "
                    f"{theirs.findings:,} of {format_usd(theirs.dollars)} in the report",
                    where=section,
                    why="the document and the report disagree, so nothing was written",
                    mend="this is a fault of the program; please report it with the run_id",
                )


def summed(key: str, findings: Iterable[Finding]) -> Breakdown:
    """The sums of `findings` by heading, under `key`."""
    sums = Sums()
    deque(sums.counting(findings), maxlen=0)
    return sums.breakdown(key)


def check_sums(what: str, findings: Iterable[Finding], total: Breakdown) -> None:
    """Hold the sums of `findings` against those of the report. Raises InternalCheckFailed naming both figures."""
    sums = Sums()
    deque(sums.counting(findings), maxlen=0)
    sums.check(what, total)


def shared_citations(findings: Sequence[Finding]) -> tuple[Citation, ...]:
    """The authorities that every one of `findings` cites, in their order; a row of a table is a finding's own."""
    return reduce(both, (finding.citations for finding in findings)) if findings else ()


def both(first: tuple[Citation, ...], second: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """The citations of `first` that stand in `second` too."""
    return first if first == second else tuple(citation for citation in first if citation in second)


def _unknown(name: str, known: Mapping[str, object]) -> UsageError:
    near = difflib.get_close_matches(name.upper(), list(known), 1, 0.75)
    return UsageError(
        f"no rule of this run is called {name}",
        where="--rule",
        mend=f"did you mean {near[0]}?" if near else "see the register of rules in the report",
    )
