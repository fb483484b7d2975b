"""The rule model: what one YAML file says, typed and frozen. Both evaluators read this and nothing else.

Grain: one :class:`Rule` a file; its :class:`Variant` s name findings of the same match. No behaviour lives here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

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
class FieldRef:
    """``role.name``; ``kind`` tells what the role is (``line``, ``pair``, ``sum``, ``table``, ``absent``)."""

    role: str
    name: str
    kind: str
    type: str

    def __str__(self) -> str:
        return f"{self.role}.{self.name}"


@dataclass(frozen=True)
class ParameterRef:
    """``$name``: the parameter's value in force on the service date."""

    name: str


Value = FieldRef | ParameterRef | str | int | date | bool | tuple[Any, ...]


@dataclass(frozen=True)
class Test:
    """One comparison: a field, an operator of the closed set, a value."""

    field: FieldRef
    op: str
    value: Value


@dataclass(frozen=True)
class All:
    """Every part holds (true when empty)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds (false when empty)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Test | All | AnyOf | Not
ALWAYS: Condition = All(())
NEVER: Condition = AnyOf(())


def parameters_of(part: Condition) -> frozenset[str]:
    """The names of the parameters that a condition reads."""
    if isinstance(part, All | AnyOf):
        return frozenset().union(*(parameters_of(item) for item in part.parts))
    if isinstance(part, Not):
        return parameters_of(part.part)
    return frozenset({part.value.name}) if isinstance(part.value, ParameterRef) else frozenset()


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
class Parameter:
    """Values by the date from which each is in force, ascending."""

    name: str
    values: tuple[tuple[date, Any], ...]
    citation: str

    def on(self, day: date) -> Any:
        """The value in force on ``day``; before the first date, the first value's type emptied (no value)."""
        found: Any = ()
        for start, value in self.values:
            if day >= start:
                found = value
        return found


@dataclass(frozen=True)
class TableJoin:
    """A row of a reference table in force on a day. ``on`` maps table column to the field it must equal."""

    name: str
    alias: str
    on: tuple[tuple[str, FieldRef], ...]
    in_force_on: str


@dataclass(frozen=True)
class Sum:
    """A sum over a group of claim lines by day; ``over`` names the grouping fields, ``where`` the lines that count."""

    of: str
    alias: str
    over: tuple[str, ...]
    where: Condition


@dataclass(frozen=True)
class Partner:
    """Lines standing beside the flagged one: same keys (any of several sets), perhaps listed in a table."""

    role: str
    any_of: tuple[tuple[str, ...], ...]
    where: Condition
    table: TableJoin | None
    days_before: int = 0
    days_before_when: Condition = NEVER


@dataclass(frozen=True)
class CoverageMatch:
    """A coverage policy of the line's code and jurisdiction, and the diagnoses that must meet it."""

    alias: str
    jurisdiction: tuple[str, ...]
    dx: str
    elsewhere: str


@dataclass(frozen=True)
class Match:
    """What makes a candidate; ``form`` says which of the shapes of RULE_LANGUAGE it is."""

    form: Literal["line", "pair", "sum", "absent", "because", "coverage"]
    roles: tuple[str, ...]
    same: tuple[str, ...] = ()
    table: TableJoin | None = None
    sum: Sum | None = None
    absent: Partner | None = None
    because: Partner | None = None
    coverage: CoverageMatch | None = None
    when: Condition = ALWAYS


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


@dataclass(frozen=True)
class Exposure:
    """How the amount is found: ``line`` (whole line), ``excess_units`` (share of units above the value), ``none``."""

    method: Literal["line", "excess_units", "none"] = "line"
    direction: Literal["over", "under", "neutral"] = "over"
    at_risk: bool = False


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
    """A share of each provider held against its peers (class risk only)."""

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


@dataclass(frozen=True)
class Scope:
    """Which lines a rule is for; an empty tuple is no limit."""

    line_of_business: tuple[str, ...] = ()
    claim_type: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    payer_id: tuple[str, ...] = ()


@dataclass(frozen=True)
class Override:
    """A payer's dated, cited setting-aside of findings; the base rule is never edited."""

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


@dataclass(frozen=True)
class Rule:
    """One rule file, complete."""

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
