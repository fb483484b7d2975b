"""The frozen view model of one audit: everything that page and workbook say, computed once.

Renderers lay it out and compute nothing, so that they cannot disagree. Money is Decimal dollars. The rows of
findings and of lines set aside stay in Parquet and are read through `FindingRows` and `SetAsideRows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from auditor.reports.claim_rows import ClaimRows
from auditor.reports.listed_rows import ListedRows
from auditor.reports.override_pages import OverridePage
from auditor.reports.peers import Peers
from auditor.reports.profile import ProfileNote
from auditor.reports.rows import Citation, FindingRows, SetAsideRows
from auditor.reports.rule_pages import RulePage, paged
from auditor.reports.standards import Element
from auditor.reports.superseded_rows import SupersededRow
from auditor.reports.unmatched_rows import NONE, UnmatchedRow
from auditor.reports.wording import NOT_SHOWN, SECTION_WORDS, share, table_words

ZERO = Decimal("0.00")
CLAIM_LINES = "claim lines"
SECTIONS: tuple[str, ...] = tuple(SECTION_WORDS)


@dataclass(frozen=True, slots=True)
class Amount:
    """One figure: dollars, the findings behind it, the distinct claim lines behind them.

    `apart` are those of the findings that the words of the section tell apart: of what is at risk the indicators,
    of potential over- and underpayments the findings without an amount; None where that may not be shown.
    """

    dollars: Decimal = ZERO
    findings: int = 0
    lines: int = 0
    apart: int | None = 0


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The sections of the report for one rule, provider or month; `label` is what is printed.

    `pooled` are the sections of which this row has figures that are shown in the row of the others only (board
    profile); `[...]` gives nothing for them, and the label says so.
    """

    key: str
    label: str
    sections: Mapping[str, Amount]
    pooled: tuple[str, ...] = ()

    def __getitem__(self, section: str) -> Amount:
        return self.sections.get(section, Amount())

    @property
    def findings(self) -> int:
        """Findings of verdict `fail`, whatever their class."""
        return sum(
            amount.findings
            for name, amount in self.sections.items()
            if name not in ("bypassed", "suppressed", "not_evaluated")
        )

    @property
    def under(self) -> Decimal:
        """Gross potential underpayment of both classes."""
        return self["under_definite"].dollars + self["under_probable"].dollars

    @property
    def rank(self) -> Decimal:
        """What it is sorted by: the largest of its amounts, since they are never added together."""
        return max(self["over_definite"].dollars, self["over_probable"].dollars, self.under)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A claims file that was read."""

    name: str
    format: str
    sha256: str
    bytes: int | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What was audited. `period_basis` says where the period comes from (audited lines, or findings only)."""

    inputs: tuple[InputFile, ...]
    period_from: date | None
    period_to: date | None
    period_basis: str
    lines_of_business: tuple[str, ...]
    payers: tuple[str, ...]
    claims: int | None
    patients: int | None


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule of the register, in the version that ran; `variants` are (id, catalogue id, title)."""

    id: str
    version: str
    hash: str
    title: str
    family: str
    cls: str
    review_priority: int | None
    status: str
    catalogue_ids: tuple[str, ...]
    citations: tuple[Citation, ...]
    false_positives: tuple[str, ...]
    explanation_template: str
    requires: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    carc: str
    variants: tuple[tuple[str, str, str], ...] = ()
    page: RulePage = field(default_factory=RulePage)


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A reference table of the register: the edition used and the files it was made from."""

    table: str
    edition: str
    edition_id: str
    files: tuple[tuple[str, str], ...]
    rows: int | None
    published: str
    imported: str
    valid_from: str
    valid_to: str
    layout: str
    carried_forward: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Why lines were not evaluated, or set aside: reason, lines (None: not known), dollars."""

    reason: str
    lines: int | None
    dollars: Decimal | None


@dataclass(frozen=True, slots=True)
class OddValues:
    """A check of data quality that some audited lines meet: what, what became of them, and where the first stand."""

    says: str
    catalogue_id: str
    treated: str
    lines: int
    paid: Decimal | None
    places: tuple[tuple[str, int | None], ...]

    @property
    def where(self) -> str:
        """The places in words: `claims.csv row 12, 15; other.csv row 3; and 7 more`."""
        files: dict[str, list[str]] = {}
        for name, row in self.places:
            files.setdefault(name, []).append("?" if row is None else str(row))
        said = "; ".join(f"{name} row {', '.join(rows)}" for name, rows in files.items())
        more = self.lines - len(self.places)
        return f"{said}; and {more:,} more in data_quality.parquet" if more > 0 else said


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What the reader of a file noticed: how grave, how often, and the first places (segment or row, byte)."""

    source_file: str
    name: str
    severity: str
    says: str
    count: int
    places: tuple[tuple[int | None, int | None], ...]

    @property
    def where(self) -> str:
        """The places in words: `12, 15; and 7 more in diagnostics.parquet`; nothing of what is of the whole file."""
        said = ", ".join(str(place) for place, _ in self.places if place)
        more = self.count - len(self.places)
        return f"{said}; and {more:,} more in diagnostics.parquet" if more > 0 else said


@dataclass(frozen=True, slots=True)
class Remittances:
    """How far remittances were joined to claims: figures in words, and (which side, why, how many) of what was not."""

    told: tuple[tuple[str, str], ...] = ()
    without: tuple[tuple[str, str, int], ...] = ()
    rows: ListedRows[UnmatchedRow] = NONE


@dataclass(frozen=True, slots=True)
class CoverageEntry:
    """How far a rule could be evaluated: how many `unit`s in scope, how many evaluated, reasons for the rest.

    `unit` is 'claim lines', or 'providers' for rules that compare providers. `eligible` and `not_evaluated` are None
    where they are not known: of a rule whose file could not be read. The verdicts are None where their number may not
    be shown.
    """

    rule_id: str
    title: str
    family: str
    unit: str
    eligible: int | None
    evaluated: int
    fail: int | None
    bypassed: int | None
    suppressed: int | None
    not_evaluated: int | None
    dollars_eligible: Decimal | None
    dollars_evaluated: Decimal | None
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationRow:
    """Lines and dollars of one part of the input; the parts add up to the first row."""

    label: str
    lines: int | None
    paid: Decimal | None
    charge: Decimal | None


@dataclass(frozen=True, slots=True)
class Check:
    """A figure that was computed twice by different ways. A document with a failed check is never built."""

    name: str
    left: str
    right: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Input = audited + superseded + set aside, in lines and dollars."""

    rows_read: int | None
    whole: ReconciliationRow
    parts: tuple[ReconciliationRow, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """One audit as it is reported. Built by `build_document`; laid out by `write_html` and `write_xlsx`.

    `packs` are the rule packs by name and version, with what is known of each in words; `table_titles` what the packs
    call their own tables, by name. `profile` says whom the report is for and how confidential information was handled;
    `withheld` are the sections of which nothing may be shown, although they hold something; `standards` what an audit
    report states of itself: objective, scope, methodology, reliability of the data, limitations ... `counsel_header`
    stands at the head of every page, where the user asked for one.
    """

    title: str
    run_id: str
    banners: tuple[str, ...]
    notes: tuple[str, ...]
    scope: Scope
    totals: Breakdown
    bypassed_paid: Decimal
    by_rule: tuple[Breakdown, ...]
    by_provider: tuple[Breakdown, ...]
    by_month: tuple[Breakdown, ...]
    rules: tuple[RuleEntry, ...]
    tables: tuple[TableEntry, ...]
    coverage: tuple[CoverageEntry, ...]
    unverified_findings: int | None
    findings: FindingRows
    set_aside: SetAsideRows
    set_aside_reasons: tuple[ReasonCount, ...]
    odd_values: tuple[OddValues, ...]
    diagnostics: tuple[Diagnostic, ...]
    superseded: ListedRows[SupersededRow]
    superseded_reasons: tuple[ReasonCount, ...]
    reconciliation: Reconciliation
    versions: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    engine: tuple[tuple[str, str], ...]
    packs: tuple[tuple[str, str], ...] = ()
    rule_index: Mapping[str, RuleEntry] = field(default_factory=dict)
    descriptors: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[OverridePage, ...] = ()
    table_titles: Mapping[str, str] = field(default_factory=dict)
    remittances: Remittances = field(default_factory=Remittances)
    claims: ClaimRows = field(default_factory=ClaimRows)
    peers: Peers = field(default_factory=Peers)
    profile: ProfileNote = field(default_factory=ProfileNote)
    withheld: frozenset[str] = frozenset()
    standards: tuple[Element, ...] = ()
    counsel_header: str = ""

    def table_words(self, name: str) -> str:
        """What a reference table is called in print."""
        return table_words(name, self.table_titles)

    def overrides_of(self, rule: str) -> tuple[OverridePage, ...]:
        """The overrides that bear on a rule."""
        return tuple(item for item in self.overrides if rule in item.rules)

    @property
    def evaluated(self) -> tuple[int, int]:
        """(evaluations made, evaluations in scope) over all rules of claim lines; a line counts once a rule.

        Rules of which it is not known what is in scope are left out.
        """
        by_line = [entry for entry in self.coverage if entry.unit == CLAIM_LINES]
        return sum(entry.evaluated for entry in by_line), sum(entry.eligible or 0 for entry in by_line)

    @property
    def evaluated_share(self) -> str:
        """That as a percentage with both figures, as it is printed."""
        evaluated, eligible = self.evaluated
        return share(evaluated, eligible) if eligible or self.profile.lists_findings else NOT_SHOWN

    @property
    def evaluated_words(self) -> str:
        """The same with what it counts; a board's is of those rules of which it may be shown."""
        if self.evaluated_share == NOT_SHOWN:
            return NOT_SHOWN
        of = "" if self.profile.lists_findings else " of the rules of which it may be shown"
        return f"{self.evaluated_share} of the evaluations, each of one line by one rule, in scope{of}"

    @property
    def rules_asked(self) -> tuple[int, int] | None:
        """(rules with something in scope, those of them that were evaluated at least once); None where not known.

        A board sees the coverage of some rules only, and so does not learn how many there are.
        """
        if not self.coverage or not self.profile.lists_findings:
            return None
        return sum(bool(entry.eligible) for entry in self.coverage), sum(
            entry.evaluated > 0 for entry in self.coverage
        )

    @property
    def paged(self) -> frozenset[str]:
        """The rules that have a page in the report: those with findings, others as far as there is room."""
        listed = [(rule.id, frozenset(item[0] for item in rule.variants)) for rule in self.rules]
        return paged(listed, [entry.key for entry in self.by_rule])

    @property
    def carried_forward(self) -> tuple[TableEntry, ...]:
        """Tables that the user let answer beyond the quarter of their publication."""
        return tuple(table for table in self.tables if table.carried_forward)
