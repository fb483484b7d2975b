"""The five elements of a finding (GAGAS), rule by rule: three from the data, two as drafts to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from auditor.base.money import format_usd
from auditor.reports import wording
from auditor.reports.columns import cited
from auditor.reports.database import connect
from auditor.reports.document import AuditDocument, Breakdown, CoverageEntry, RuleEntry
from auditor.reports.profile_cells import OTHERS
from auditor.reports.rows import NARROW_SQL, ORDER_SQL, ROWS_SQL, Citation, citations_of
from auditor.reports.shown import Shown, shown_of

DRAFT: Final = "Draft – auditor to confirm: "
_PRICED: Final = ("over_definite", "over_probable", "under_definite", "under_probable", "at_risk")


@dataclass(frozen=True, slots=True)
class Elements:
    """A rule with findings, and what a report says of them as a whole."""

    entry: Breakdown
    cls: str
    criteria: str
    condition: str
    cause: str
    effect: str
    recommendation: str


def elements(document: AuditDocument) -> tuple[Elements, ...]:
    """Every rule with a finding or a candidate that is none, the costliest first, as the document orders them.

    Without a finding there is no cause and no recommendation; rules that are put together have an effect only. No
    single finding is quoted where the profile lists none.
    """
    listed = document.totals.findings and document.profile.lists_findings
    first = _first_findings(document.findings.path) if listed else {}
    shown = shown_of(document)
    coverage = {entry.rule_id: entry for entry in document.coverage}
    return tuple(
        Elements(entry, "", "", "", "", _effect(entry, shown), "")
        if entry.key == OTHERS
        else _elements(
            entry, document.rule_index.get(entry.key), coverage.get(entry.key), first.get(entry.key), shown
        )
        for entry in document.by_rule
    )


def _elements(
    entry: Breakdown,
    rule: RuleEntry | None,
    coverage: CoverageEntry | None,
    first: tuple[str, tuple[Citation, ...]] | None,
    shown: Shown,
) -> Elements:
    said, citations = first or ("", tuple(map(_of_no_row, rule.citations)) if rule else ())
    cause = rule.page.root_cause if rule else ""
    return Elements(
        entry=entry,
        cls=rule.cls if rule else "",
        criteria="\n".join(map(cited, citations)) or wording.UNVERIFIED,
        condition=_condition(entry, coverage, said, shown),
        cause=DRAFT + (f"{cause}." if cause else "the rule names none.") if entry.findings else "",
        effect=_effect(entry, shown),
        recommendation=DRAFT + _recommendation(entry, rule) if entry.findings else "",
    )


def _of_no_row(citation: Citation) -> Citation:
    """A citation of the rule file without the places that a finding fills with values of its row."""
    return citation if "{" not in citation.section else replace(citation, section="")


def _condition(entry: Breakdown, coverage: CoverageEntry | None, first: str, shown: Shown) -> str:
    count = shown.all_findings(entry)
    said = f"Findings: {count}" if isinstance(count, str) else f"{count:,} finding{'' if count == 1 else 's'}"
    if coverage is not None:
        said += f"; evaluated {wording.share(coverage.evaluated, coverage.eligible)} {coverage.unit}"
    beside = [
        f"{entry[name].findings:,} {wording.VERDICT_WORDS[name]}"
        for name in ("bypassed", "suppressed", "not_evaluated")
        if entry[name].findings
    ]
    said += f"; beside them {', '.join(beside)}." if beside else "."
    return f"{said} The first of them: {first}" if first else said


def _effect(entry: Breakdown, shown: Shown) -> str:
    """The amounts under their headings, never added together."""
    said = [
        f"{wording.SECTION_WORDS[name]}: {format_usd(entry[name].dollars)} in {entry[name].findings:,}."
        for name in _PRICED
        if entry[name].findings
    ]
    said += [
        f"{wording.SECTION_WORDS[name]}: {wording.NOT_SHOWN}." for name in entry.pooled if name in _PRICED
    ]
    if not entry.findings and not said:
        return "No finding." if shown.all_findings(entry) == 0 else wording.NOT_SHOWN.capitalize() + "."
    return "\n".join(said) or "Money in neither direction."


def _recommendation(entry: Breakdown, rule: RuleEntry | None) -> str:
    records = "; ".join(rule.page.record_needed) if rule else ""
    steps = [f"ask for {records} and hold the lines against it" if records else "review the lines listed"]
    if entry["over_definite"].findings or entry["over_probable"].findings:
        steps.append("where a finding is confirmed, correct the claim or return the amount as the payer asks")
    if entry.under:
        steps.append("where a potential underpayment is confirmed, rebill within filing limits")
    steps.append("change the billing step that let the line through, and look at later claims for it")
    return "; ".join(steps) + "."


def _first_findings(path: Path) -> dict[str, tuple[str, tuple[Citation, ...]]]:
    """By rule, explanation and citations of the finding that stands first in the report."""
    with connect() as con:
        found = con.execute(
            f"""SELECT rule_id, coalesce(explanation, ''), CAST(to_json(citations) AS VARCHAR)
            FROM {ROWS_SQL} WHERE file_row_number IN (SELECT file_row_number FROM {NARROW_SQL} WHERE verdict = 'fail'
                QUALIFY row_number() OVER (PARTITION BY rule_id ORDER BY {ORDER_SQL}) = 1)""",
            {"path": str(path)},
        ).fetchall()
    return {rule: (said, citations_of(citations or "[]")) for rule, said, citations in found}
