"""The rule model: what one YAML file says, typed and frozen. Both evaluators read this and nothing else.

Grain: one :class:`Rule` a file; its :class:`Variant` s name findings of the same match. No behaviour lives here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from auditor.rules.conditions import (
    ALWAYS,
    NEVER,
    All,
    Amount,
    AnyOf,
    Computed,
    Condition,
    FieldRef,
    Not,
    ParameterRef,
    Test,
    Value,
    about,
    fields_read,
    parameters_of,
    tests_of,
)
from auditor.rules.forms import (
    Bound,
    CoverageMatch,
    Form,
    Group,
    Match,
    Partner,
    Sequence,
    Span,
    Sum,
    TableJoin,
    Window,
    Within,
)

__all__ = [
    "ALWAYS",
    "FAMILIES",
    "LEVELS",
    "NEVER",
    "SEVERITIES",
    "Action",
    "All",
    "Amount",
    "AnyOf",
    "Benchmark",
    "Bound",
    "Citation",
    "ClassRule",
    "CodeMap",
    "Computed",
    "Condition",
    "Corrected",
    "CoverageMatch",
    "Exposure",
    "FieldRef",
    "Form",
    "Group",
    "Match",
    "Not",
    "Override",
    "Parameter",
    "ParameterRef",
    "Partner",
    "Rule",
    "RuleClass",
    "Scope",
    "ScopedValue",
    "Sequence",
    "Span",
    "Sum",
    "TableJoin",
    "Test",
    "Value",
    "Variant",
    "Window",
    "Within",
    "about",
    "fields_read",
    "parameters_of",
    "tests_of",
]  # fmt: skip

RuleClass = Literal["definite", "probable", "risk"]
LEVELS: Mapping[RuleClass, int] = {"definite": 1, "probable": 2, "risk": 3}
FAMILIES: tuple[str, ...] = (
    "integrity",
    "eligibility",
    "duplicate",
    "ptp",
    "mue",
    "addon",
    "global",
    "fee_schedule",
    "modifier",
    "em",
    "frequency",
    "place",
    "drug",
    "therapy",
    "coverage",
    "diagnosis",
    "inpatient",
    "payer",
    "denial",
    "undercoding",
    "upcoding",
)
"""The strata in their order: a stratum sees the conclusions of those before it."""

SEVERITIES: tuple[str, ...] = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Citation:
    """A criterion: document, section, revision, address, and whether its text was read.

    ``secondary`` marks a publication that only repeats the criterion: it stands in the rule register, not on findings.
    ``read_at`` is where a copy was read, ``note`` what was read.
    """

    key: str
    document: str
    section: str
    revision: str
    url: str
    verified: bool
    table: str | None = None
    secondary: bool = False
    read_at: str = ""
    note: str = ""


@dataclass(frozen=True)
class ScopedValue:
    """The value that an override gives a parameter for some lines; ``when`` reads the line under the role ``line``."""

    override: str
    when: Condition
    value: Any
    effective_from: date | None
    expires: date | None


@dataclass(frozen=True)
class Parameter:
    """Values by the date from which each is in force, ascending."""

    name: str
    values: tuple[tuple[date, Any], ...]
    citation: str

    scoped: tuple[ScopedValue, ...] = ()

    def on(self, day: date) -> Any:
        """The value in force on ``day``; before the first date, the first value's type emptied (no value)."""
        found: Any = ()
        for start, value in self.values:
            if day >= start:
                found = value
        return found


@dataclass(frozen=True)
class ClassRule:
    """The class, the conditions that lower it to probable, and the partner whose fall lowers it.

    ``reasons`` say why each of ``probable_when`` leaves the finding to a record, ``partner_reason`` why such a fall
    does; empty where the author gave none.
    """

    base: RuleClass
    probable_when: tuple[Condition, ...] = ()
    reasons: tuple[str, ...] = ()
    partner: str | None = None
    partner_when: Condition = ALWAYS
    partner_reason: str = ""


class CodeMap(tuple[str, ...]):
    """A parameter's value that names a code for each code: ``"99202 to 99212"``, so that it reads as a list."""

    __slots__ = ()

    @classmethod
    def of(cls, codes: Mapping[str, str]) -> CodeMap:
        """From a mapping."""
        return cls(f"{code} to {other}" for code, other in codes.items())

    def codes(self) -> dict[str, str]:
        """As a mapping again."""
        pairs = (item.partition(" to ") for item in self)
        return {code: other for code, _, other in pairs}


@dataclass(frozen=True)
class Corrected:
    """The service that would have been paid in place of the one billed; what is None or empty is as billed.

    ``component`` is ``26``, ``TC`` or ``none`` (the whole service), ``setting`` where its practice expense falls.
    ``share`` is the part of its fee that is due, all reductions told; without one, those that lie in what was allowed
    are kept. Several fields of a row are added up (before and during an operation).
    """

    code: str | ParameterRef | FieldRef | None = None
    component: Literal["", "none", "26", "TC"] = ""
    setting: Literal["", "facility", "non_facility"] = ""
    share: Amount | FieldRef | tuple[FieldRef, ...] | None = None

    @property
    def fields(self) -> tuple[FieldRef, ...]:
        """The fields that it reads."""
        asked = (self.code, *(self.share if isinstance(self.share, tuple) else (self.share,)))
        return tuple(item for item in asked if isinstance(item, FieldRef))


@dataclass(frozen=True)
class Exposure:
    """How the amount is found.

    ``line`` (whole line), ``excess_units`` (share of units above ``limit``), ``difference`` (what was allowed above the
    fee of the service ``corrected``), ``none``. ``limit`` is None for the ``value`` of the match's table.
    ``only_above``: cents by which what was allowed must differ from what is due by a fee of the place or payer for a
    finding; without such a fee the line is not evaluated. None where the difference is no condition.
    """

    method: Literal["line", "excess_units", "difference", "none"] = "line"
    direction: Literal["over", "under", "neutral"] = "over"
    at_risk: bool = False
    limit: ParameterRef | FieldRef | None = None
    corrected: Corrected | None = None
    only_above: int | None = None


@dataclass(frozen=True)
class Variant:
    """A more specific name for the finding of one match; every field is complete (inherited at load)."""

    id: str
    catalogue_id: str
    title: str
    when: Condition
    class_rule: ClassRule
    severity: str
    exposure: Exposure
    explanation: str
    record_needed: tuple[str, ...]
    cites: tuple[str, ...] = ()
    """Keys of the rule's citations that bear on this variant; empty: all of them."""


@dataclass(frozen=True)
class Benchmark:
    """A measure of each provider held against its peers (class risk only).

    ``by`` begins with the provider and ends with what parts its measures; ``peers`` are the keys of a peer group.
    ``percentile``, ``certainty`` and ``fdr`` are percentages, ``min_gap`` is in percentage points, ``min_effect`` is
    Cramer's V. ``of`` is what a measure other than a share adds up; ``weights`` are those of ``of: weight`` by code.
    ``table`` is the user's table of peers, empty where the peers are those of the audited claims; ``table_rows`` are
    columns of it and the value that they must have.
    """

    by: tuple[str, ...]
    population: Condition
    numerator: Condition
    peers: tuple[str, ...]
    min_n: int
    min_peers: int
    percentile: int
    certainty: int
    fdr: int
    role: str = "line"
    method: Literal["beta_binomial", "funnel", "percentile", "chi_square"] = "beta_binomial"
    measure: Literal["share", "mean", "per_patient", "per_day"] = "share"
    of: str = "lines"
    weights: tuple[tuple[str, Decimal], ...] = ()
    levels: tuple[str, ...] = ()
    side: Literal["above", "below", "both"] = "above"
    z: Decimal = Decimal("3.09")
    min_gap: Decimal = Decimal(0)
    min_effect: Decimal = Decimal("0.2")
    table: str = ""
    table_rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scope:
    """Which lines a rule is for; an empty tuple is no limit."""

    line_of_business: tuple[str, ...] = ()
    claim_type: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    payer_id: tuple[str, ...] = ()


Action = Literal["suppress", "reclassify", "set_parameter"]


@dataclass(frozen=True)
class Override:
    """A payer's dated, cited change of what other rules say; the base rule is never edited.

    ``suppress`` sets findings aside; ``reclassify`` lowers them ``to`` probable, or to amounts at risk (``risk``);
    ``set_parameter`` gives a parameter the ``value`` for the lines that ``when`` describes, before matching.
    """

    id: str
    rules: tuple[str, ...]
    when: Condition
    reason: str
    approved_by: str
    expires: date | None
    effective_from: date | None
    title: str
    file: str
    hash: str
    tests: tuple[Mapping[str, Any], ...] = ()
    action: Action = "suppress"
    to: Literal["", "probable", "risk"] = ""
    parameter: str = ""
    value: Any = None


@dataclass(frozen=True)
class Retired:
    """A rule is out of use from the day ``on``: it is not run any more, and still explains what it once found."""

    on: date
    because: str
    successor: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule file, complete. ``windows`` are those it names, by name."""

    id: str
    catalogue_id: str
    version: int
    title: str
    status: str
    owner: str
    family: str
    class_rule: ClassRule
    severity: str
    effective_from: date | None
    effective_to: date | None
    scope: Scope
    citations: tuple[Citation, ...]
    requires: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    match: Match | None
    benchmark: Benchmark | None
    variants: tuple[Variant, ...]
    bypass: Condition | None
    bypass_reason: str
    bypass_explanation: str
    unjudged_explanation: str
    unless: str | None
    flag: str
    concludes: str | None
    exposure: Exposure
    explanation: str
    record_needed: tuple[str, ...]
    root_cause: str
    false_positives: tuple[str, ...]
    carc_analogue: str
    tests: tuple[Mapping[str, Any], ...]
    file: str
    hash: str
    related: tuple[Mapping[str, Any], ...] = field(default=())
    cites: tuple[str, ...] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)
    changelog: tuple[Mapping[str, Any], ...] = ()
    retired: Retired | None = None
    optional: tuple[str, ...] = ()
    """Fields without which the rule is evaluated all the same, and its findings need a record."""

    @property
    def base_variant(self) -> Variant:
        """The rule itself in the shape of a variant: what names the finding when no variant holds."""
        return Variant(
            self.id,
            self.catalogue_id,
            self.title,
            ALWAYS,
            self.class_rule,
            self.severity,
            self.exposure,
            self.explanation,
            self.record_needed,
            self.cites,
        )

    @property
    def all_variants(self) -> tuple[Variant, ...]:
        """The variants in their order, the rule itself last."""
        return (*self.variants, self.base_variant)

    @property
    def stratum(self) -> int:
        """The place of the rule's family among the strata."""
        return FAMILIES.index(self.family)
