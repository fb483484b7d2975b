"""The metrics that every report prints (REPORT_CONVENTIONS, section 11), each with its numerator and denominator.

What the claims alone can tell is computed from the document. What asks a reviewer has no figure until somebody
reviewed, and most of it none before a probability sample was drawn: findings are suspects, not a sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from auditor.reports.document import AuditDocument, CoverageEntry
from auditor.reports.shares import Figure, share_of
from auditor.reports.shown import FAILING, UNDER, shown_of
from auditor.reports.trend import Trend

_HIDDEN = "Not shown: too few patients"
_NO_ERROR_RATE = "Potential, before any review: no error rate"


@dataclass(frozen=True, slots=True)
class Metric:
    """A share: what over what, with both figures (None: not known, not shown, or not before a review), and its needs.

    `live` names what a reviewer's entries make of it in a workbook: 'reviewed', 'confirmed' or nothing.
    """

    name: str
    over: str
    numerator: Figure
    denominator: Figure
    remark: str
    live: str = ""

    @property
    def rate(self) -> Decimal | None:
        """The share, to six places; None where there is none."""
        return share_of(self.numerator, self.denominator)

    @property
    def without_figure(self) -> bool:
        """Whether there is no figure: before somebody reviewed, or where none may be shown."""
        return self.numerator is None


def metrics(document: AuditDocument, trend: Trend | None = None) -> tuple[Metric, ...]:
    """All metrics in the order of the conventions: those of the claims first, then those that need a reviewer."""
    return (*_of_claims(document, trend), *_of_review(document))


def coverage_rates(entry: CoverageEntry) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Of a rule: findings ÷ evaluated, bypassed ÷ (bypassed + findings), not evaluated ÷ in scope, to six places."""
    either = None if entry.bypassed is None or entry.fail is None else entry.bypassed + entry.fail
    return (
        share_of(entry.fail, entry.evaluated),
        share_of(entry.bypassed, either),
        share_of(entry.not_evaluated, entry.eligible),
    )


def _of_claims(document: AuditDocument, trend: Trend | None) -> Iterator[Metric]:
    totals, shown = document.totals, shown_of(document)
    paid = document.reconciliation.parts[0].paid
    for name, dollars, sections in (
        ("Potential overpayment, claims-evident, of paid", totals["over_definite"].dollars, FAILING[:1]),
        ("Potential overpayment, record needed, of paid", totals["over_probable"].dollars, FAILING[1:2]),
        ("Potential underpayment, gross, of paid", totals.under, UNDER),
    ):
        hidden = shown.hides(totals, *sections) or paid is None
        figure = None if hidden else dollars
        yield Metric(
            name, "Dollars ÷ paid on audited lines", figure, paid, _HIDDEN if hidden else _NO_ERROR_RATE
        )
    found = None if shown.hides(totals, *FAILING) else totals.findings
    for name, sections in (
        ("Direction split: over", FAILING[:2]),
        ("Direction split: under", UNDER),
        ("Direction split: money in neither direction", ("no_amount",)),
        ("At risk", ("at_risk",)),
    ):
        count = None if found is None else sum(totals[section].findings for section in sections)
        said = _HIDDEN if found is None else "By count; dollars under their headings"
        yield Metric(name, "Findings ÷ all findings", count, found, said)
    bypassed = None if found is None or shown.hides(totals, "bypassed") else totals["bypassed"].findings
    yield Metric(
        "Bypass rate", "Bypassed ÷ (bypassed + findings)", bypassed,
        None if bypassed is None or found is None else bypassed + found,
        _HIDDEN if bypassed is None else "By rule on Not evaluated, by provider on Provider scorecards",
    )  # fmt: skip
    evaluated, eligible = document.evaluated
    counted = bool(eligible) or document.profile.lists_findings
    yield Metric(
        "Not-evaluated rate", "Evaluations not made ÷ evaluations in scope",
        eligible - evaluated if counted else None, eligible if counted else None,
        "A line counts once a rule; lines and dollars by rule and reason on Not evaluated" if counted else _HIDDEN,
    )  # fmt: skip
    again, before = (trend.whole.again, trend.whole.earlier) if trend else (None, None)
    yield Metric(
        "Repeat-finding rate", "Findings of the same rule and provider ÷ findings of the earlier run", again, before,
        "Against the earlier run on Trend" if trend else "Not compared with an earlier run",
    )  # fmt: skip


def _of_review(document: AuditDocument) -> Iterator[Metric]:
    found = document.totals.findings
    if document.profile.lists_findings:
        yield Metric(
            "Reviewed", "Findings with a disposition ÷ all findings", 0, found, "Live from Finding lines", "reviewed"
        )  # fmt: skip
        yield Metric(
            "Confirmed rate", "Confirmed ÷ reviewed findings", 0, 0,
            "Precision of the rules; live from Finding lines, no figure until something is reviewed", "confirmed",
        )  # fmt: skip
    sample = "Needs a reviewer and a probability sample"
    for name, over in (
        ("Line (code-over-code) accuracy", "Correct codes ÷ codes reviewed"),
        ("Record (claim) accuracy", "Claims without error ÷ claims reviewed"),
        ("Case accuracy (DRG, APC)", "Cases in the right group ÷ cases reviewed"),
        ("Financial error rate, gross", "(Σ over + Σ under) ÷ Σ paid reviewed"),
        ("Overpayment rate", "Σ over ÷ Σ paid reviewed"),
        ("Underpayment rate", "Σ under ÷ Σ paid reviewed"),
        ("Net error rate", "(Σ over − Σ under) ÷ Σ paid reviewed"),
    ):
        remark = f"{sample}; never shown alone" if name.startswith("Net") else sample
        yield Metric(name, over, None, None, remark)
    yield Metric("Overturn rate", "Overturned ÷ disposed", None, None, "Needs dispositions and appeals")
    yield Metric("CERT category", "Findings by category", None, None, "Needs a reviewer with the record")
    yield Metric(
        "Accuracy target", "Set by the organisation", None, None, "Usual internal target: 95 % (confirm)"
    )
