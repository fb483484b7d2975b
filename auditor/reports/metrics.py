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
from auditor.reports.trend import Trend

_NO_ERROR_RATE = "Potential, before any review: no error rate"


@dataclass(frozen=True, slots=True)
class Metric:
    """A share: what over what, with both figures (None: not known, or not before a review), and what it needs.

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
    def needs_reviewer(self) -> bool:
        """Whether there is no figure before somebody reviewed."""
        return self.numerator is None


def metrics(document: AuditDocument, trend: Trend | None = None) -> tuple[Metric, ...]:
    """All metrics in the order of the conventions: those of the claims first, then those that need a reviewer."""
    return (*_of_claims(document, trend), *_of_review(document))


def coverage_rates(entry: CoverageEntry) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Of a rule: findings ÷ evaluated, bypassed ÷ (bypassed + findings), not evaluated ÷ in scope, to six places."""
    return (
        share_of(entry.fail, entry.evaluated),
        share_of(entry.bypassed, entry.bypassed + entry.fail),
        share_of(entry.not_evaluated, entry.eligible),
    )


def _of_claims(document: AuditDocument, trend: Trend | None) -> Iterator[Metric]:
    totals = document.totals
    paid = document.reconciliation.parts[0].paid
    for name, dollars in (
        ("Potential overpayment, claims-evident, of paid", totals["over_definite"].dollars),
        ("Potential overpayment, record needed, of paid", totals["over_probable"].dollars),
        ("Potential underpayment, gross, of paid", totals.under),
    ):
        yield Metric(name, "Dollars ÷ paid on audited lines", dollars, paid, _NO_ERROR_RATE)
    found = totals.findings
    for name, sections in (
        ("Direction split: over", ("over_definite", "over_probable")),
        ("Direction split: under", ("under_definite", "under_probable")),
        ("Direction split: money in neither direction", ("no_amount",)),
        ("At risk", ("at_risk",)),
    ):
        count = sum(totals[section].findings for section in sections)
        yield Metric(name, "Findings ÷ all findings", count, found, "By count; dollars under their headings")
    bypassed = totals["bypassed"].findings
    yield Metric(
        "Bypass rate", "Bypassed ÷ (bypassed + findings)", bypassed, bypassed + found,
        "By rule on Not evaluated, by provider on Provider scorecards",
    )  # fmt: skip
    evaluated, eligible = document.evaluated
    yield Metric(
        "Not-evaluated rate", "Evaluations not made ÷ evaluations in scope", eligible - evaluated, eligible,
        "A line counts once a rule; lines and dollars by rule and reason on Not evaluated",
    )  # fmt: skip
    again, before = (trend.whole.again, trend.whole.earlier) if trend else (None, None)
    yield Metric(
        "Repeat-finding rate", "Findings of the same rule and provider ÷ findings of the earlier run", again, before,
        "Against the earlier run on Trend" if trend else "No earlier run was named (--previous)",
    )  # fmt: skip


def _of_review(document: AuditDocument) -> Iterator[Metric]:
    found = document.totals.findings
    yield Metric(
        "Reviewed",
        "Findings with a disposition ÷ all findings",
        0,
        found,
        "Live from Finding lines",
        "reviewed",
    )
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
