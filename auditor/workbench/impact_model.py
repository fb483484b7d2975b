"""What an impact says: figures before and after, the findings that differ, providers, coverage, sample cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from auditor.workbench.impact_change import Changed

Kind = Literal["added", "removed", "changed", "reworded"]
KINDS: Final[tuple[Kind, ...]] = ("added", "removed", "changed", "reworded")
"""``changed``: the same finding with another outcome; ``reworded``: with the same outcome, told otherwise."""


@dataclass(frozen=True)
class Amounts:
    """Findings and dollars under one heading of the report, before and after; None where no dollars belong to it."""

    heading: str
    findings_before: int
    findings_after: int
    dollars_before: Decimal | None
    dollars_after: Decimal | None

    @property
    def findings(self) -> int:
        """How many more."""
        return self.findings_after - self.findings_before

    @property
    def dollars(self) -> Decimal | None:
        """How many dollars more."""
        if self.dollars_before is None or self.dollars_after is None:
            return None
        return self.dollars_after - self.dollars_before


@dataclass(frozen=True)
class Share:
    """The part of one rule, or of one provider, in the differences: findings by kind, and dollars more under a heading.

    ``moved`` adds up the dollars by which single findings differ, whichever way: the measure of how much is affected.
    """

    key: str
    title: str
    findings: Mapping[Kind, int]
    definite: Decimal
    probable: Decimal
    under: Decimal
    at_risk: Decimal
    moved: Decimal


@dataclass(frozen=True)
class Side:
    """A finding on one side of the change."""

    verdict: str
    cls: str
    direction: str
    at_risk: bool
    exposure: Decimal
    counted: Decimal
    basis: str
    suppressed_by: str
    reason: str
    explanation: str
    premises: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A finding that is not the same on both sides. One on a provider has no claim, line or date."""

    kind: Kind
    finding_id: str
    rule_id: str
    title: str
    claim_id: str
    line_no: int | None
    service_date: date | None
    code: str
    provider: str
    before: Side | None
    after: Side | None


@dataclass(frozen=True)
class CaseLine:
    """A claim line of a sample case: ``mark`` says what part it plays, ``flagged`` that the finding is on it."""

    mark: str
    flagged: bool
    claim_id: str
    line_no: int
    date_from: date
    date_to: date
    code: str
    modifiers: tuple[str, ...]
    units: Decimal | None
    paid: Decimal | None
    denied: bool

    @property
    def part(self) -> str:
        """What part it plays, in words."""
        told = [
            self.mark.replace("_", " "),
            "flagged" if self.flagged else "",
            "denied" if self.denied else "",
        ]
        return ", ".join(word for word in told if word) or "same day"

    @property
    def told_units(self) -> str:
        """Units without needless zeros."""
        if self.units is None:
            return "–"
        return f"{self.units:f}".rstrip("0").rstrip(".") if self.units % 1 else f"{int(self.units):,}"


@dataclass(frozen=True)
class SampleCase:
    """A difference with the lines that it rests on and others of the patient that day; ``why`` is empty if not told."""

    difference: Difference
    lines: tuple[CaseLine, ...]
    more_lines: int
    why: str


@dataclass(frozen=True)
class Reach:
    """How many lines (or providers) a touched rule is about, and at how many it could look; None: not there."""

    rule_id: str
    unit: str
    eligible_before: int | None
    evaluated_before: int | None
    eligible_after: int | None
    evaluated_after: int | None
    reasons_after: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Impact:
    """The whole answer.

    ``replayed`` tells whether claims were read at all; if not, nothing that decides a finding has changed, and
    ``retold`` findings of the run would only carry other words. ``accepted``: rules or tables of packs at hand that are
    not the run's stand on both sides, and what they do is no part of the answer. ``trusted``: the run's own findings
    stand for what was before, and ``amounts`` are of the whole run; else both sides were evaluated, and ``amounts`` are
    of the patients concerned alone. ``differences`` hold all that differ, ``samples`` a few of each kind.
    """

    run_id: str
    changed: tuple[Changed, ...]
    notes: tuple[str, ...]
    replayed: bool
    trusted: bool
    retold: int = 0
    accepted: bool = False
    patients: int = 0
    patients_replayed: int = 0
    lines: int = 0
    lines_replayed: int = 0
    rules: int = 0
    rules_replayed: tuple[str, ...] = ()
    checked: int = 0
    amounts: tuple[Amounts, ...] = ()
    by_rule: tuple[Share, ...] = ()
    by_provider: tuple[Share, ...] = ()
    providers: int = 0
    reach: tuple[Reach, ...] = ()
    differences: tuple[Difference, ...] = ()
    samples: tuple[SampleCase, ...] = ()
    counts: Mapping[Kind, int] = field(default_factory=dict)
